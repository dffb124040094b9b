//! `access`: who can do what to which customer data in one source.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dataward_audit::access::AccessChange;
use dataward_audit::access::AccessModel;
use dataward_audit::access::AccessSnapshot;
use dataward_audit::access::EntryGroup;
use dataward_audit::access::Intent;
use dataward_audit::access::Scope;
use dataward_audit::access::diff;
use dataward_audit::access::intent;
use dataward_audit::access::revoke;
use dataward_connect::Grants;
use dataward_detect::OwnRules;
use dataward_model::Category;
use dataward_model::Clock;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use dataward_policy::policy::DEFAULT_SAMPLE_ROWS;
use dataward_store::InventoryFilter;

pub use dataward_audit::access::Matrix;
pub use dataward_audit::access::Note;
pub use dataward_audit::access::NoteKind;
pub use dataward_audit::access::Reach;
pub use dataward_audit::access::matrix::MatrixCell;
pub use dataward_audit::access::matrix::MatrixRow;
pub use dataward_model::Family;

use crate::AppError;
use crate::Project;
use crate::registry;
use crate::scan::HowMuch;
use crate::scan::Target;
use crate::scan::events::Quiet;
use crate::scan_sources::ScanCommand;
use crate::scan_sources::scan_sources_with;

/// What is asked.
#[derive(Debug, Default)]
pub struct AccessRequest {
    /// Also columns that nobody found customer data in.
    pub all_columns: bool,
    /// Only this account or role.
    pub principal: Option<String>,
    /// Only this category and those below it.
    pub category: Option<Category>,
    /// Say what changed since the last audit.
    pub diff: bool,
    /// Rules of the user's own for what columns hold, where no inventory tells.
    pub own: OwnRules,
}

/// A source whose rights can be read.
#[derive(Clone)]
pub struct AccessTarget {
    /// The source.
    pub target: Target,
    /// The side of its connector that reads rights.
    pub grants: Arc<dyn Grants>,
}

/// The answer.
#[derive(Debug)]
pub struct AccessReview {
    /// The source.
    pub source: SourceId,
    /// What names it on the command line: its name, or its address.
    pub asked: String,
    /// What kind of store it is.
    pub kind: SourceKind,
    /// Who can do what.
    pub model: Box<dyn AccessModel>,
    /// What of it was asked for.
    pub scope: Scope,
    /// What the policy wants.
    pub intent: Intent,
    /// What changed since the last audit that saw all rights, when that was asked for; where something is hidden from
    /// us now, what was added alone.
    pub changes: Option<Vec<AccessChange>>,
}

impl AccessReview {
    /// Whether nothing was hidden from us.
    pub fn is_complete(&self) -> bool {
        self.model.missing().is_empty()
    }

    /// Whether entries may be wrong for what was hidden, not only notes.
    pub fn is_doubtful(&self) -> bool {
        self.model.missing().iter().any(|missing| missing.decides)
    }

    /// Whether rights may be there that we could not see.
    pub fn is_hidden(&self) -> bool {
        self.model.is_hidden()
    }

    /// Principals by families of categories.
    pub fn matrix(&self) -> Matrix {
        Matrix::of(&*self.model, &self.scope, &self.intent)
    }

    /// The notes that were asked for: with a principal only its own.
    pub fn notes(&self) -> impl Iterator<Item = &Note> {
        self.model.notes().iter().filter(|note| {
            self.scope.principal.is_none() || note.principal.as_deref().is_some_and(|name| self.scope.wants(name))
        })
    }

    /// Whether no right is ever asked of `principal`.
    pub fn is_superuser(&self, principal: &str) -> bool {
        self.model.principals().iter().any(|one| one.superuser && one.name == principal)
    }

    /// Whether the policy says of no category in scope who may read it.
    pub fn intent_is_silent(&self) -> bool {
        !self.scope.categories.values().flat_map(BTreeMap::values).any(|category| self.intent.speaks_of(category))
    }

    /// Whether `principal` stands for people whom nobody knows.
    pub fn is_anonymous(&self, principal: &str) -> bool {
        self.model.principals().iter().any(|one| one.anonymous && one.name == principal)
    }

    /// A script that ends all access that was asked for.
    pub fn revoke_script(&self) -> String {
        revoke::script(&*self.model, &self.scope)
    }

    /// A script that ends all access that the policy does not give.
    pub fn revoke_unwanted_script(&self) -> String {
        revoke::script_for(&*self.model, &self.scope, &self.intent)
    }

    /// An `[access]` table that gives what accounts can do today.
    pub fn proposal(&self) -> String {
        intent::propose(&*self.model, &self.scope)
    }

    /// Hands out the entries that were asked for.
    pub fn visit(&self, each: &mut dyn FnMut(&EntryGroup<'_>)) {
        self.model.visit(&self.scope, each);
    }
}

/// The source that `text` names: one of the policy file, else an address or a path.
///
/// # Errors
/// When it is neither, or rights of its kind cannot be read.
pub fn access_target(project: Option<&Project>, text: &str, here: &Path) -> Result<(AccessTarget, bool), AppError> {
    let declared =
        project.and_then(|project| Some((project, project.policy.sources.iter().find(|(id, _)| id.as_str() == text)?)));
    let Some((project, (id, source))) = declared else {
        let target = registry::bare_target(text, here, &[])?;
        let grants = registry::grants(&registry::bare_url(text, here)?, None, here, "this machine", Vec::new())?;
        return Ok((AccessTarget { target, grants }, false));
    };
    let target = project.targets(&[text.to_owned()])?.pop();
    let target = target.ok_or_else(|| AppError::Internal(format!("the source `{id}` is gone")))?;
    let password = source.password.as_ref().map(|secret| crate::environment::secret(secret, &project.root));
    let keys = registry::keys_beside(project, id, &source.url);
    let grants = registry::grants(&source.url, password.transpose()?, &project.root, id.as_str(), keys)?;
    Ok((AccessTarget { target, grants }, true))
}

/// Works out who can do what in a source. `project` is none for an address that no policy declares:
/// then customer data is looked for in a small sample first, where the answer needs that.
///
/// # Errors
/// When the source cannot be reached, or nobody of the name asked for is there.
pub async fn review_access(
    project: Option<&Project>,
    target: &AccessTarget,
    request: AccessRequest,
    clock: &dyn Clock,
) -> Result<AccessReview, AppError> {
    let facts = target.grants.grants().await.map_err(|error| AppError::unreachable(error.to_string()))?;
    let model = dataward_audit::access::model_of(facts);
    if let Some(name) = &request.principal
        && !model.principals().iter().any(|principal| &principal.name == name)
    {
        let names: Vec<&str> = model.principals().iter().map(|principal| principal.name.as_str()).take(20).collect();
        return Err(AppError::usage_hint(
            format!("there is no account or role `{name}`"),
            format!("there are: {}", names.join(", ")),
        ));
    }
    let categories = match project {
        Some(project) => held_categories(project, &target.target.id).await?,
        None if request.all_columns && request.category.is_none() => BTreeMap::new(),
        None => sampled_categories(target, request.own, clock).await?,
    };
    let scope = Scope {
        categories,
        all_columns: request.all_columns,
        principal: request.principal,
        category: request.category,
        without_paths: false,
    };
    let today = clock.now().to_zoned(jiff::tz::TimeZone::system()).date();
    let rules = project.map(|project| project.policy.access.clone()).unwrap_or_default();
    let intent = Intent::new(&rules, today, model.principals());
    let changes = match project.filter(|_| request.diff) {
        Some(project) => changes(project, target, &*model, &scope).await?,
        None => None,
    };
    Ok(AccessReview {
        source: target.target.id.clone(),
        asked: match project {
            Some(_) => target.target.id.to_string(),
            None => format!("'{}'", target.target.address),
        },
        kind: target.target.connector.kind(),
        model,
        scope,
        intent,
        changes,
    })
}

/// What the inventory says that the columns of a source hold.
async fn held_categories(
    project: &Project,
    source: &SourceId,
) -> Result<BTreeMap<String, BTreeMap<String, Category>>, AppError> {
    let filter =
        InventoryFilter { source: Some(source.clone()), category: Some(Category::USER), ..InventoryFilter::default() };
    let mut held: BTreeMap<String, BTreeMap<String, Category>> = BTreeMap::new();
    for entry in project.store().await?.inventory(&filter).await? {
        let (Some(table), Some(column)) = (&entry.place.table, &entry.place.column) else { continue };
        if let Some(category) = entry.category() {
            held.entry(table.clone()).or_default().insert(column.clone(), category.clone());
        }
    }
    Ok(held)
}

/// The same for a source that no inventory knows, as `scan` of the same address finds it.
async fn sampled_categories(
    target: &AccessTarget,
    own: OwnRules,
    clock: &dyn Clock,
) -> Result<BTreeMap<String, BTreeMap<String, Category>>, AppError> {
    let command = ScanCommand {
        targets: vec![target.target.clone()],
        how_much: HowMuch::Sample { rows: DEFAULT_SAMPLE_ROWS, seed: 1 },
        since_last: false,
        resume: false,
        names_in_text: true,
        cancel: Arc::new(AtomicBool::new(false)),
        bytes_read: Arc::default(),
    };
    let report = scan_sources_with(None, own, command, Arc::new(Quiet), clock).await?;
    let mut held: BTreeMap<String, BTreeMap<String, Category>> = BTreeMap::new();
    for table in report.sources.iter().flat_map(|source| &source.tables) {
        for column in &table.columns {
            if let Some(category) = column.category.as_deref().and_then(Category::parse) {
                held.entry(table.table.clone()).or_default().insert(column.column.clone(), category);
            }
        }
    }
    Ok(held)
}

/// What changed since the last audit of access; none when there was none.
async fn changes(
    project: &Project,
    target: &AccessTarget,
    model: &dyn AccessModel,
    scope: &Scope,
) -> Result<Option<Vec<AccessChange>>, AppError> {
    if matches!(target.target.connector.kind(), SourceKind::Files | SourceKind::Sqlite) {
        return Err(AppError::usage_hint(
            format!("audits do not keep who reads the files of `{}` account by account", target.target.id),
            "what everybody on this machine can read is a finding of `dataward audit access`",
        ));
    }
    let Some(before) = project.store().await?.access_answer(&target.target.id).await? else {
        return Err(AppError::usage_hint(
            format!("no audit has seen all rights in `{}` yet, so there is nothing to compare with", target.target.id),
            "dataward audit access",
        ));
    };
    let before: AccessSnapshot = serde_json::from_str(&before.answer)
        .map_err(|_| AppError::Internal("the kept answer about access cannot be read".to_owned()))?;
    let now = AccessSnapshot::of(model, &Scope { all_columns: true, ..Scope::default() });
    let wanted = |change: &AccessChange| {
        scope.wants(&change.principal) && scope.covers(scope.category(&[&change.object], &change.column))
    };
    let mut changes = diff::compare(&before, &now);
    if model.is_hidden() {
        changes = diff::added(changes);
    }
    changes.retain(wanted);
    Ok(Some(changes))
}
