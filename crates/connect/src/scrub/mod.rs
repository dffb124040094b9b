//! Taking deleted values out of the files of a store, and showing those files to whoever looks for them.
//!
//! A DELETE takes rows out of sight and leaves their bytes: in pages, indexes, logs, undo, journals and
//! statistics. Each engine has a *recipe*: steps in order, planned first ([`Scrub::scrub_plan`]), each
//! saying what it needs and takes out, each repeatable, so that a killed run begins a step again. What
//! cannot be done lowers the level that can be reached, with the reason.
//!
//! [`Scrub::raw`] hands the bytes of the files to a [`Watch`]. It never looks at them itself and keeps
//! nothing: what is looked for stands above this room.

pub mod carve;
mod local;
pub mod raw;

use async_trait::async_trait;
use dataward_model::ErasureLevel;
use serde::Deserialize;
use serde::Serialize;

use crate::ConnectError;
pub use raw::BlindSpot;
pub use raw::HowRead;
pub use raw::RawClass;
pub use raw::RawPart;
pub use raw::RawReport;
pub use raw::Watch;

pub(crate) use local::LocalFiles;

/// A store whose files can be cleaned of what was deleted.
#[async_trait]
pub trait Scrub: Send + Sync {
    /// The steps that clean the files of `wish.tables` up to `wish.level`, in order. Changes nothing.
    async fn scrub_plan(&self, wish: &ScrubWish) -> Result<ScrubPlan, ConnectError>;

    /// Does one step that is [`StepState::Ready`]. May be repeated.
    ///
    /// # Errors
    /// When it could not be done; what was done before stays done.
    async fn scrub_step(&self, step: &ScrubStep) -> Result<StepEnd, ConnectError>;

    /// Names of the units that are copies of what `tables` had (materialised views). What they show is no living row.
    async fn copies(&self, tables: &[String]) -> Result<Vec<String>, ConnectError> {
        let _ = tables;
        Ok(Vec::new())
    }

    /// Shows the bytes of all files in which rows of `tables` may stand to `watch`, and says which files
    /// these were, how they were read, and what could not be seen. Changes nothing.
    async fn raw(&self, tables: &[String], watch: &dyn Watch) -> Result<RawReport, ConnectError>;
}

/// What is to be cleaned, and how much that may disturb.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScrubWish {
    /// Names of the units that rows were deleted from.
    pub tables: Vec<String>,
    /// The level that the policy asks for.
    pub level: ErasureLevel,
    /// Whether tables may be locked against readers while they are written anew.
    pub exclusive: Exclusive,
}

/// Whether a table may be locked against everybody for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exclusive {
    /// It may.
    Allowed,
    /// Readers and writers must not wait.
    Refused,
}

/// The steps of a recipe.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScrubPlan {
    /// In the order in which they are done.
    pub steps: Vec<ScrubStep>,
    /// What lowers the level beside blocked steps: replicas, archived logs.
    pub limits: Vec<Limit>,
}

/// Something that keeps a level from being reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// The best level that can still be reached.
    pub level: ErasureLevel,
    /// Why, and what would lift it.
    pub reason: String,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScrubStep {
    /// Unique within the plan, the same whenever it is planned: `vacuum public.customers`.
    pub id: String,
    /// What is done; the connector's own word.
    pub action: String,
    /// The table it works on; none: the whole store.
    pub table: Option<String>,
    /// The statements, for people.
    pub statement: String,
    /// What it takes out.
    pub cleans: String,
    /// The level that needs it.
    pub serves: ErasureLevel,
    /// What it asks of the server.
    pub needs: Needs,
    /// Whether it can be done.
    pub state: StepState,
}

/// What a step asks of the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Needs {
    /// Rights of the account, for people.
    pub rights: String,
    /// The strongest lock it takes, for people.
    pub lock: String,
    /// Free bytes on disk while it runs, roughly.
    pub disk_bytes: Option<u64>,
}

/// Whether a step can be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// It cannot: the level that can be reached is lower.
    Blocked {
        /// Why, and what would lift it.
        reason: String,
        /// The best level without it.
        lowers_to: ErasureLevel,
    },
    /// It can.
    Ready,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepEnd {
    /// Done.
    Done,
    /// Done as far as the server lets us: it says what is left.
    DoneInPart(String),
}

impl ScrubPlan {
    /// The best level that can be reached, at most `wanted`.
    pub fn reach(&self, wanted: ErasureLevel) -> ErasureLevel {
        let blocked = self.steps.iter().filter_map(|step| match &step.state {
            StepState::Blocked { lowers_to, .. } => Some(*lowers_to),
            StepState::Ready => None,
        });
        blocked.chain(self.limits.iter().map(|limit| limit.level)).fold(wanted, ErasureLevel::min)
    }

    /// Why the level is lower than asked for.
    pub fn reasons(&self) -> Vec<String> {
        let blocked = self.steps.iter().filter_map(|step| match &step.state {
            StepState::Blocked { reason, .. } => Some(format!("{}: {reason}", step.id)),
            StepState::Ready => None,
        });
        blocked.chain(self.limits.iter().map(|limit| limit.reason.clone())).collect()
    }

    pub(crate) fn push(&mut self, step: ScrubStep) {
        self.steps.push(step);
    }

    pub(crate) fn limit(&mut self, level: ErasureLevel, reason: impl Into<String>) {
        self.limits.push(Limit { level, reason: reason.into() });
    }
}

impl ScrubStep {
    /// A step that can be done, on `table` or the whole store.
    pub(crate) fn new(action: &str, table: Option<&str>, statement: impl Into<String>) -> Self {
        Self {
            id: table.map_or_else(|| action.to_owned(), |table| format!("{action} {table}")),
            action: action.to_owned(),
            table: table.map(str::to_owned),
            statement: statement.into(),
            cleans: String::new(),
            serves: ErasureLevel::L1,
            needs: Needs::default(),
            state: StepState::Ready,
        }
    }

    pub(crate) fn cleans(mut self, serves: ErasureLevel, what: &str) -> Self {
        self.serves = serves;
        self.cleans = what.to_owned();
        self
    }

    pub(crate) fn needs(mut self, rights: &str, lock: &str, disk_bytes: Option<u64>) -> Self {
        self.needs = Needs { rights: rights.to_owned(), lock: lock.to_owned(), disk_bytes };
        self
    }

    /// Blocked by `reason`, where there is one.
    pub(crate) fn unless(mut self, reason: Option<String>, lowers_to: ErasureLevel) -> Self {
        if let Some(reason) = reason {
            self.state = StepState::Blocked { reason, lowers_to };
        }
        self
    }
}
