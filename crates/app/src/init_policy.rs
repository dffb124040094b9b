//! `init`: writes a commented policy file for the sources given.

use std::path::Path;
use std::path::PathBuf;

use dataward_connect::SourceFacts;
use dataward_model::Clock;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use dataward_policy::AddressSecrets;
use dataward_policy::Policy;
use dataward_policy::SecretRef;
use dataward_policy::SourceUrl;
use dataward_policy::jurisdiction;
use dataward_policy::template::Template;
use dataward_policy::template::TemplateSource;

use crate::AppError;
use crate::Project;
use crate::environment;
use crate::evidence_log;
use crate::project::POLICY_FILE;
use crate::registry;
use crate::scan::Target;

/// What `init` was told.
#[derive(Clone, Debug)]
pub struct InitCommand {
    /// Where the policy file goes.
    pub folder: PathBuf,
    /// `NAME=ADDRESS` or `ADDRESS`, as typed.
    pub targets: Vec<String>,
    /// The name of the business.
    pub business: String,
    /// `EU`, `DE`, `US-CA`.
    pub jurisdictions: Vec<String>,
    /// `retail`, …
    pub sectors: Vec<String>,
    /// Who looks after the data.
    pub owner: Option<String>,
}

/// A source as `init` understood it.
#[derive(Clone)]
pub struct DraftSource {
    /// Its name.
    pub id: SourceId,
    /// Its address, without what was secret in it.
    pub url: SourceUrl,
    /// What was secret in it.
    pub secrets: AddressSecrets,
    /// The environment variable that the policy file names, where a password was typed.
    pub password_variable: Option<String>,
}

impl DraftSource {
    /// The environment variable to name should its server ask for a password, where none was typed.
    pub fn password_if_asked(&self) -> Option<String> {
        let database = matches!(self.url, SourceUrl::Remote { kind: SourceKind::Mysql | SourceKind::Postgresql, .. });
        (database && self.password_variable.is_none()).then(|| variable_name(&self.id))
    }

    /// The server that it lies on: host and port; none for what lies on no server.
    pub fn server(&self) -> Option<String> {
        let SourceUrl::Remote { kind: SourceKind::Mysql | SourceKind::Postgresql, url } = &self.url else {
            return None;
        };
        let socket =
            url.query_pairs().find(|(key, _)| key == "socket" || key == "host").map(|(_, value)| value.into_owned());
        Some(format!("{} {:?} {:?} {socket:?}", url.scheme(), url.host_str(), url.port_or_known_default()))
    }
}

/// Refuses a folder that has a policy file already, before anything is asked or tried.
///
/// # Errors
/// When there is one.
pub fn check_free(folder: &Path) -> Result<(), AppError> {
    let file = folder.join(POLICY_FILE);
    if !file.exists() {
        return Ok(());
    }
    Err(AppError::usage_hint(
        format!("{} is there already, and is left as it is", file.display()),
        "edit it, or run init in another folder",
    ))
}

/// Understands the targets. Nothing is written.
///
/// # Errors
/// When one is neither an address nor a path, or a name is no name.
pub fn draft_sources(targets: &[String], here: &Path) -> Result<Vec<DraftSource>, AppError> {
    let mut drafts: Vec<DraftSource> = Vec::new();
    for text in targets {
        let (name, address) = match text.split_once('=') {
            Some((name, address)) if SourceId::new(name).is_ok() && !here.join(text).exists() => (Some(name), address),
            _ => (None, text.as_str()),
        };
        let (url, secrets) = registry::bare_url(address, here)?.without_secrets();
        let taken = |id: &str| drafts.iter().any(|draft| draft.id.as_str() == id);
        let id = match name {
            Some(name) if taken(name) => {
                return Err(AppError::usage(format!("two sources are named `{name}`")));
            }
            Some(name) => SourceId::new(name).map_err(|error| AppError::usage(error.to_string()))?,
            None => registry::free_id(&url, taken),
        };
        let password_variable = secrets.password.is_some().then(|| variable_name(&id));
        drafts.push(DraftSource { id, url, secrets, password_variable });
    }
    Ok(drafts)
}

/// Tries to open a source.
///
/// # Errors
/// The fault, in one sentence.
pub async fn try_source(draft: &DraftSource, here: &Path) -> Result<SourceFacts, AppError> {
    let Target { connector, .. } =
        registry::target(draft.id.clone(), &draft.url, draft.secrets.password.clone(), here)?;
    connector.open().await.map_err(|error| AppError::unreachable(error.to_string()))
}

/// Writes the policy file and begins the evidence log. Returns the file.
///
/// # Errors
/// When there is one already, or it cannot be written.
pub async fn init_policy(
    command: &InitCommand,
    drafts: &[DraftSource],
    clock: &dyn Clock,
) -> Result<Project, AppError> {
    let file = command.folder.join(POLICY_FILE);
    check_free(&command.folder)?;
    if let Some(unknown) = command.jurisdictions.iter().find(|code| !jurisdiction::is_known(code)) {
        return Err(AppError::usage_hint(format!("`{unknown}` is not a jurisdiction"), jurisdiction::HINT));
    }
    let text = Template {
        business: command.business.clone(),
        jurisdictions: command.jurisdictions.clone(),
        sectors: command.sectors.clone(),
        sources: drafts.iter().map(|draft| template_source(draft, command)).collect(),
    }
    .render();
    // What we write must be what we read.
    Policy::parse(POLICY_FILE, &text)?;
    environment::write_file(&file, &text)?;
    let project = Project::open(&file)?;
    evidence_log::record_init(&project, clock.now()).await?;
    Ok(project)
}

fn template_source(draft: &DraftSource, command: &InitCommand) -> TemplateSource {
    TemplateSource {
        id: draft.id.clone(),
        url: match &draft.url {
            SourceUrl::Path(path) if registry::is_database(&command.folder.join(path)) => {
                format!("sqlite:{}", path.display())
            }
            SourceUrl::Path(path) => format!("file:{}", path.display()),
            SourceUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
            SourceUrl::Remote { url, .. } => url.to_string(),
        },
        password: draft.password_variable.clone().map(SecretRef::Env),
        password_if_asked: draft.password_if_asked(),
        owner: command.owner.clone(),
    }
}

/// `my-shop` → `MY_SHOP_PASSWORD`.
fn variable_name(id: &SourceId) -> String {
    let word: String =
        id.as_str().chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    format!("{word}_PASSWORD")
}
