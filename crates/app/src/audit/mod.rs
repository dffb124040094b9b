//! What the stages of an audit gather before their checks run: one file a stage, listed in
//! [`crate::registry`]. The checks themselves are pure and stand in `dataward-audit`.

pub(crate) mod access;
pub(crate) mod collection;
pub(crate) mod encryption;
pub(crate) mod integrity;
pub(crate) mod our_own;
mod table_states;
pub(crate) mod transit;

use std::collections::BTreeMap;

use async_trait::async_trait;
use dataward_audit::Facts;
use dataward_audit::HeldTable;
use dataward_model::Place;
use dataward_model::SkipCause;
use dataward_model::Skipped;
use dataward_model::SourceId;
use dataward_policy::AuditStage;
use dataward_store::Store;
use jiff::Timestamp;

use crate::AppError;
use crate::Project;
use crate::read_tables::ReadEvents;
use crate::scan::Target;

/// What an audit goes by while it gathers.
pub struct AuditContext<'a> {
    /// The policy file.
    pub project: &'a Project,
    /// Our own state.
    pub store: &'a Store,
    /// The sources to look at, not opened yet.
    pub targets: &'a [Target],
    /// What they hold as far as the inventory knows: tables with personal data alone.
    pub tables: &'a [HeldTable],
    /// The same with the views that show personal data.
    pub shown: &'a [HeldTable],
    /// When it is.
    pub now: Timestamp,
    /// Who is told while tables are read.
    pub events: &'a dyn ReadEvents,
}

/// A stage whose checks need more than policy and inventory.
#[async_trait]
pub trait Gather: Sync {
    /// The stage.
    fn stage(&self) -> AuditStage;

    /// Looks at the sources and puts what it saw into the field of its stage in `facts`. A source that
    /// fails is named under `skipped`, and the others go on.
    ///
    /// # Errors
    /// When our own state fails.
    async fn gather(&self, context: &AuditContext<'_>, facts: &mut Facts) -> Result<Gathered, AppError>;
}

/// How gathering went.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// The sources that were looked at: what their checks no longer find is fixed.
    pub looked_at: Vec<SourceId>,
    /// Places that could not be looked at: findings there stay as they are, the run has a gap, and the exit code
    /// is 3.
    pub skipped: Vec<(SourceId, Skipped)>,
    /// What was looked at, counted (`accounts`, `endpoints`, `rows`): for people and for the evidence.
    pub counts: BTreeMap<String, u64>,
    /// The line of JSON that `audit STAGE --format json` prints in place of `dataward/audit@1`, where product.md
    /// names a format of the stage's own.
    pub document: Option<String>,
    /// What the tables of each source held, where the stage keeps that: logged with the audit.
    pub table_roots: Option<BTreeMap<SourceId, String>>,
    /// By finding, the rows that it is about, as JSON: what a later audit cannot find out any more.
    pub finding_rows: Vec<(String, String)>,
}

impl Gathered {
    /// Whether a source as a whole could not be looked at: the run does not count for the plan.
    pub(crate) fn missed_a_source(&self) -> bool {
        self.skipped.iter().filter(|(_, skipped)| skipped.cause == SkipCause::Failed).any(|(source, skipped)| {
            skipped.place == source.as_str() || (skipped.place.is_empty() && !self.looked_at.contains(source))
        })
    }
}

/// Where something was not looked at.
pub(crate) fn place(source: &SourceId, skipped: &Skipped) -> Place {
    if skipped.place.is_empty() || skipped.place == source.as_str() {
        Place::of_source(source.clone())
    } else {
        Place::of_table(source.clone(), skipped.place.as_str())
    }
}
