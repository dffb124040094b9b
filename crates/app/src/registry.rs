//! The one list of parts: which address is served by which connector, what each audit stage gathers.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use dataward_connect::Amend;
use dataward_connect::ChunkStream;
use dataward_connect::ConnectError;
use dataward_connect::Grants;
use dataward_connect::Read;
use dataward_connect::ReadRequest;
use dataward_connect::Scrub;
use dataward_connect::SourceFacts;
use dataward_connect::Unit;
use dataward_connect::UnitStream;
use dataward_connect::files::Files;
use dataward_connect::mysql::Mysql;
use dataward_connect::objects::Credentials;
use dataward_connect::objects::Objects;
use dataward_connect::postgres::Postgres;
use dataward_connect::sqlite::Sqlite;
use dataward_model::Redacted;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use dataward_policy::SourceUrl;

use crate::AppError;
use crate::Project;
use crate::audit::Gather;
use crate::audit::access;
use crate::audit::collection::Collection;
use crate::audit::encryption::Encryption;
use crate::audit::integrity::GatherIntegrity;
use crate::audit::transit::Transit;
use crate::environment;
use crate::scan::Target;

/// What the stages of an audit gather before their checks run; a stage that is not here has checks that
/// go by policy and inventory alone. One line each.
pub(crate) const GATHERERS: &[&dyn Gather] = &[&access::Access, &Collection, &GatherIntegrity, &Encryption, &Transit];

/// The connector of an address. What it can do is a trait of each.
enum Connector {
    Sqlite(Sqlite),
    Files(Files),
    Postgres(Postgres),
    Mysql(Mysql),
    Objects(Box<Objects>),
}

impl Connector {
    /// Paths are relative to `base`. Nothing is opened yet.
    fn of(url: &SourceUrl, password: Option<Redacted<String>>, base: &Path) -> Result<Self, AppError> {
        Ok(match url {
            SourceUrl::Sqlite(path) => Self::Sqlite(Sqlite::new(base.join(path))),
            SourceUrl::Path(path) if is_database(&base.join(path)) => Self::Sqlite(Sqlite::new(base.join(path))),
            SourceUrl::Path(path) => Self::Files(Files::new(base.join(path))),
            SourceUrl::Remote { kind, url } => match kind {
                SourceKind::Postgresql => Self::Postgres(Postgres::new(url.as_str(), password).map_err(usage)?),
                SourceKind::Mysql => Self::Mysql(Mysql::new(url.as_str(), password).map_err(usage)?),
                SourceKind::Objects => {
                    let objects = Objects::new(url.as_str(), Some(bucket_credentials(password))).map_err(usage)?;
                    Self::Objects(Box::new(objects))
                }
                SourceKind::Files | SourceKind::Memory | SourceKind::Sqlite => {
                    return Err(AppError::Internal(format!("`{kind}` addresses are paths")));
                }
            },
        })
    }
}

/// Makes the connector for `url`; paths are relative to `base`.
///
/// # Errors
/// When the address is not one a connector takes. Nothing is opened yet.
pub fn target(
    id: SourceId,
    url: &SourceUrl,
    password: Option<Redacted<String>>,
    base: &Path,
) -> Result<Target, AppError> {
    let connector: Arc<dyn Read> = match Connector::of(url, password, base)? {
        Connector::Sqlite(source) => Arc::new(source),
        Connector::Files(source) => Arc::new(source),
        Connector::Postgres(source) => Arc::new(source),
        Connector::Mysql(source) => Arc::new(source),
        Connector::Objects(source) => Arc::new(*source),
    };
    Ok(Target { id, address: url.to_string(), connector })
}

/// The side of a connector that reads rights; paths are relative to `base`. A bucket is asked with `keys`
/// too, each with the name of the source that it is configured for; its own is for the source `label`.
///
/// # Errors
/// As [`target`].
pub fn grants(
    url: &SourceUrl,
    password: Option<Redacted<String>>,
    base: &Path,
    label: &str,
    keys: Vec<(String, Credentials)>,
) -> Result<Arc<dyn Grants>, AppError> {
    Ok(match Connector::of(url, password, base)? {
        Connector::Sqlite(source) => Arc::new(source),
        Connector::Files(source) => Arc::new(source),
        Connector::Postgres(source) => Arc::new(source),
        Connector::Mysql(source) => Arc::new(source),
        Connector::Objects(source) => Arc::new(source.with_keys(label, keys)),
    })
}

/// The side of a connector that changes data, for retention; paths are relative to `base`.
///
/// # Errors
/// As [`target`].
pub fn amend(url: &SourceUrl, password: Option<Redacted<String>>, base: &Path) -> Result<Arc<dyn Amend>, AppError> {
    Ok(match Connector::of(url, password, base)? {
        Connector::Sqlite(source) => Arc::new(source),
        Connector::Files(source) => Arc::new(source),
        Connector::Postgres(source) => Arc::new(source),
        Connector::Mysql(source) => Arc::new(source),
        Connector::Objects(source) => Arc::new(*source),
    })
}

/// The side of a connector that cleans and searches the store's own files; paths are relative to `base`.
///
/// # Errors
/// As [`target`].
pub fn scrub(url: &SourceUrl, password: Option<Redacted<String>>, base: &Path) -> Result<Arc<dyn Scrub>, AppError> {
    Ok(match Connector::of(url, password, base)? {
        Connector::Sqlite(source) => Arc::new(source),
        Connector::Files(source) => Arc::new(source),
        Connector::Postgres(source) => Arc::new(source),
        Connector::Mysql(source) => Arc::new(source),
        Connector::Objects(source) => Arc::new(*source),
    })
}

/// A source that only the command line names: an address or a path, relative to `here`. Its id is
/// made from it, different from those of `others`.
///
/// # Errors
/// When it is not an address, or a path where nothing is.
pub fn bare_target(text: &str, here: &Path, others: &[Target]) -> Result<Target, AppError> {
    let url = bare_url(text, here)?;
    let id = free_id(&url, |id| others.iter().any(|other| other.id.as_str() == id));
    target(id, &url, None, here)
}

/// The address that `text` means. A path that exists is a path, whatever it looks like.
///
/// # Errors
/// When it is not an address, or a path where nothing is.
pub fn bare_url(text: &str, here: &Path) -> Result<SourceUrl, AppError> {
    if here.join(text).exists() && !text.is_empty() {
        return Ok(SourceUrl::Path(PathBuf::from(text)));
    }
    let url = SourceUrl::parse(text).map_err(|error| {
        AppError::usage_hint(error.to_string(), format!("addresses begin with {}", SourceUrl::SCHEMES))
    })?;
    match &url {
        SourceUrl::Path(path) | SourceUrl::Sqlite(path) if !here.join(path).exists() => Err(AppError::Unreachable {
            message: match SourceId::new(text) {
                Ok(name) => {
                    format!("there is no file or folder `{name}` here, and no policy file with a source of that name")
                }
                Err(_) => format!("there is no file or folder `{}`", path.display()),
            },
            hint: Some(format!("addresses begin with {}", SourceUrl::SCHEMES)),
        }),
        _ => Ok(url),
    }
}

/// A name for a source after what its address ends in: the database, the bucket, the file.
pub fn free_id(url: &SourceUrl, is_taken: impl Fn(&str) -> bool) -> SourceId {
    let text = match url {
        SourceUrl::Path(path) | SourceUrl::Sqlite(path) => {
            let stem = if path.is_dir() { path.file_name() } else { path.file_stem() };
            stem.map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
        }
        SourceUrl::Remote { kind: SourceKind::Objects, url } => url.host_str().unwrap_or_default().to_owned(),
        SourceUrl::Remote { url, .. } => {
            let database = url.path().trim_matches('/');
            if database.is_empty() { url.host_str().unwrap_or_default().to_owned() } else { database.to_owned() }
        }
    };
    let name = SourceId::from_text(&text);
    if !is_taken(name.as_str()) {
        return name;
    }
    let mut number = 2;
    loop {
        let next = SourceId::from_text(&format!("{name}-{number}"));
        if !is_taken(next.as_str()) {
            return next;
        }
        number += 1;
    }
}

/// A declared source that cannot even be tried, for want of its password: listed with the reason, while
/// the others go on.
pub(crate) fn closed(id: SourceId, url: &SourceUrl, reason: &AppError) -> Target {
    let kind = match url {
        SourceUrl::Path(_) => SourceKind::Files,
        SourceUrl::Sqlite(_) => SourceKind::Sqlite,
        SourceUrl::Remote { kind, .. } => *kind,
    };
    let error = ConnectError::Denied { target: id.to_string(), reason: reason.to_string() };
    Target { id, address: url.to_string(), connector: Arc::new(Closed { kind, error }) }
}

struct Closed {
    kind: SourceKind,
    error: ConnectError,
}

#[async_trait]
impl Read for Closed {
    fn kind(&self) -> SourceKind {
        self.kind
    }

    async fn open(&self) -> Result<SourceFacts, ConnectError> {
        Err(self.error.clone())
    }

    async fn units(&self) -> Result<UnitStream, ConnectError> {
        Err(self.error.clone())
    }

    async fn read(&self, _unit: &Unit, _request: &ReadRequest) -> Result<ChunkStream, ConnectError> {
        Err(self.error.clone())
    }
}

/// The account that `init` suggests.
const READER: &str = "dataward";

/// What the owner of a database types to make a user that can read and nothing else; none where the
/// engine has no users.
pub fn least_privilege_sql(url: &SourceUrl) -> Option<String> {
    let SourceUrl::Remote { kind, url } = url else { return None };
    let database = url.path().trim_matches('/');
    match kind {
        SourceKind::Postgresql => Some(dataward_connect::postgres::least_privilege(READER, database)),
        SourceKind::Mysql => {
            use dataward_connect::mysql::LogsInFrom;
            let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
            let by_socket = url.query_pairs().any(|(key, _)| key == "socket");
            let from = match host {
                _ if by_socket => LogsInFrom::SameMachine("localhost"),
                "" | "localhost" => LogsInFrom::SameMachine("localhost"),
                "::1" => LogsInFrom::SameMachine(host),
                _ if host.starts_with("127.") => LogsInFrom::SameMachine(host),
                _ => LogsInFrom::Elsewhere,
            };
            Some(dataward_connect::mysql::least_privilege(READER, (!database.is_empty()).then_some(database), from))
        }
        _ => None,
    }
}

/// Keys for a bucket: the password of the policy file as the secret, else what the environment holds
/// under the names that the stores' own tools use.
fn bucket_credentials(password: Option<Redacted<String>>) -> Credentials {
    match password {
        Some(secret) => Credentials::secret(secret.expose().as_str()),
        None => Credentials::from_variables(environment::variables()),
    }
}

/// The keys of other buckets at the same place as `url`: whoever holds one may be able to read this one
/// too. A source whose key cannot be had now is left out.
pub(crate) fn keys_beside(project: &Project, id: &SourceId, url: &SourceUrl) -> Vec<(String, Credentials)> {
    let of = |url: &SourceUrl| match url {
        SourceUrl::Remote { kind: SourceKind::Objects, url } => {
            let setting =
                |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
            Some((url.scheme().to_owned(), setting("endpoint"), setting("access_key_id")))
        }
        _ => None,
    };
    let Some((scheme, endpoint, own)) = of(url) else { return Vec::new() };
    let mut known: Vec<Option<String>> = vec![own.clone()];
    let mut found = Vec::new();
    for (other, source) in project.policy.sources.iter().filter(|(other, _)| *other != id) {
        let Some((other_scheme, other_endpoint, key)) = of(&source.url) else { continue };
        if (other_scheme, other_endpoint) != (scheme.clone(), endpoint.clone()) || known.contains(&key) {
            continue;
        }
        let secret = source.password.as_ref().and_then(|secret| environment::secret(secret, &project.root).ok());
        if let (Some(key), Some(secret)) = (&key, secret) {
            found.push((other.to_string(), Credentials::access_key(key, secret.expose().as_str())));
            known.push(Some(key.clone()));
        }
    }
    // A source with a key of its own does not use the one of this machine.
    let of_machine = environment::variables().find(|(name, _)| name == "AWS_ACCESS_KEY_ID").map(|(_, key)| key);
    if own.is_some() && of_machine.is_some() && !known.contains(&of_machine) {
        found.push(("this machine".to_owned(), Credentials::from_variables(environment::variables())));
    }
    found
}

/// A file that is an SQLite database is one; everything else is files.
pub(crate) fn is_database(path: &Path) -> bool {
    path.is_file() && starts_like_sqlite(path)
}

fn starts_like_sqlite(path: &Path) -> bool {
    use std::io::Read as _;
    let mut head = [0u8; 16];
    let read = fs_err::File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && dataward_connect::sqlite::is_sqlite_file(&head)
}

fn usage(error: ConnectError) -> AppError {
    AppError::usage(error.to_string())
}
