//! The gate: a plan that was approved, and the batches that it lets through.

use std::collections::BTreeSet;
use std::time::Duration;

use dataward_evidence::Receipt;
use dataward_model::SourceId;
use serde::Deserialize;
use serde::Serialize;

use super::Rows;
use super::Sql;
use super::TableFacts;
use crate::ConnectError;

/// A plan that was approved, with the receipt of the approval's entry in the evidence log. INVARIANT:
/// `retain::approve` alone makes one, after it compared policy, pack, counts and holds (the house test
/// looks for other callers of [`ApprovedPlan::from_approval`]).
#[derive(Clone, Debug)]
pub struct ApprovedPlan {
    hash: String,
    source: SourceId,
    steps: Vec<ApprovedStep>,
    approval: Receipt,
}

/// One step of an approved plan: what happens to which rows of a table.
#[derive(Clone, Debug)]
pub struct ApprovedStep {
    /// The table; for files and objects the source itself.
    pub table: TableFacts,
    /// What happens.
    pub change: Change,
    /// What must still be true of a row when it happens.
    pub condition: Sql,
    /// Rows that the plan lists for the step: no more can ever be changed by it.
    pub rows: u64,
    /// The table whose rows take these along; none where a rule says so itself. When both go in one
    /// transaction, the condition is asked of that row alone: these go because of it.
    pub taken_by: Option<String>,
    /// Its rows may go at once with those of other steps that say the same.
    pub at_once: Option<AtOnce>,
}

/// Tables that may be emptied at once: locked for everybody, the rows that stay set aside, the tables truncated and
/// filled again, in one transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AtOnce {
    /// All of them, as they stand in SQL: those of which rows go, and all that refer to these.
    pub tables: Vec<String>,
    /// The longest that they may be locked, in seconds.
    pub may_lock: u32,
    /// How long they will be, in seconds: an estimate.
    pub seconds: u32,
}

impl AtOnce {
    /// The longest that the tables may be locked.
    pub fn longest(&self) -> Duration {
        Duration::from_secs(self.may_lock.into())
    }
}

/// What happens to a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It goes. With `guards`, only when no row refers to it by these conditions any more: an engine
    /// that cascades would else take a new child along that nobody planned.
    Erase {
        /// References of which none may be left.
        guards: Vec<Guard>,
    },
    /// It goes with the whole partition that it lies in, which is dropped when all rows in it are among those
    /// that go. Where some are not, row by row.
    DropPartition {
        /// The partition, as it stands in SQL.
        partition: String,
    },
    /// These columns get the values that come with the batch; NULL where there is none.
    Rewrite {
        /// The columns.
        columns: Vec<String>,
    },
}

/// A reference by which a row that is not in the plan could be taken along or left pointing into the void.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// True of a row while another one refers to it.
    pub referenced: Sql,
    /// The table, as it stands in SQL, whose rows the engine itself would delete or change; none where only
    /// a person knows of the reference.
    pub engine_changes: Option<String>,
}

/// Rows that go through the gate together. INVARIANT: made by [`ApprovedPlan::batch`] alone, so that
/// condition and change are those of the approved step.
#[derive(Clone, Debug)]
pub struct Batch {
    step: ApprovedStep,
    rows: Rows,
    values: Vec<Vec<Option<String>>>,
    held: Sql,
    named: Sql,
    whole: bool,
    together: bool,
    entire: bool,
}

impl ApprovedPlan {
    /// The plan named `hash`, approved by the entry that `approval` is the receipt of.
    pub fn from_approval(hash: String, source: SourceId, steps: Vec<ApprovedStep>, approval: Receipt) -> Self {
        Self { hash, source, steps, approval }
    }

    /// The plan's hash, in hex.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The source it changes.
    pub fn source(&self) -> &SourceId {
        &self.source
    }

    /// The steps in order.
    pub fn steps(&self) -> &[ApprovedStep] {
        &self.steps
    }

    /// The entry of the approval.
    pub fn approval(&self) -> &Receipt {
        &self.approval
    }

    /// Rows of a step, ready to be changed. `held` is true of every row that a hold or a tolling covers
    /// at this moment. `values` are those of a [`Change::Rewrite`], one list a column.
    ///
    /// # Errors
    /// When there is no such step, or the values do not fit it.
    pub fn batch(
        &self,
        step: usize,
        rows: Rows,
        values: Vec<Vec<Option<String>>>,
        held: Sql,
    ) -> Result<Batch, ConnectError> {
        let refuse = |reason: &str| ConnectError::Internal { target: self.hash.clone(), reason: reason.to_owned() };
        let step = self.steps.get(step).ok_or_else(|| refuse("the plan has no such step"))?.clone();
        let columns = match &step.change {
            Change::DropPartition { .. } | Change::Erase { .. } => 0,
            Change::Rewrite { columns } => columns.len(),
        };
        if values.len() != columns || values.iter().any(|column| column.len() != rows.len()) {
            return Err(refuse("the new values do not fit the step"));
        }
        if rows.len() as u64 > step.rows {
            return Err(refuse("there are more rows than the step was approved for"));
        }
        Ok(Batch { step, rows, values, held, named: Sql::never(), whole: false, together: false, entire: false })
    }

    /// All rows of a step that drops a partition, to go with it.
    ///
    /// # Errors
    /// When there is no such step, or these are not all of its rows.
    pub fn partition(&self, step: usize, rows: Rows, held: Sql) -> Result<Batch, ConnectError> {
        let mut batch = self.batch(step, rows, Vec::new(), held)?;
        batch.whole = batch.rows.len() as u64 == batch.step.rows;
        Ok(batch)
    }

    /// All rows of a step whose tables are emptied at once, to go with those of its other steps.
    ///
    /// # Errors
    /// When there is no such step, or these are more than its rows.
    pub fn at_once(&self, step: usize, rows: Rows, held: Sql) -> Result<Batch, ConnectError> {
        let batch = self.batch(step, rows, Vec::new(), held)?;
        Ok(Batch { together: batch.step.at_once.is_some(), ..batch })
    }
}

impl Batch {
    /// The table.
    pub fn table(&self) -> &TableFacts {
        &self.step.table
    }

    /// What happens.
    pub fn change(&self) -> &Change {
        &self.step.change
    }

    /// The partition to drop, when the batch has all rows that the plan knows in it.
    pub fn whole_partition(&self) -> Option<&str> {
        match &self.step.change {
            Change::DropPartition { partition } if self.whole => Some(partition),
            _ => None,
        }
    }

    /// The tables that are emptied at once with these rows; none when they go by themselves.
    pub fn at_once(&self) -> Option<&AtOnce> {
        self.step.at_once.as_ref().filter(|_| self.together)
    }

    /// The table whose rows take these along.
    pub fn taken_by(&self) -> Option<&str> {
        self.step.taken_by.as_deref()
    }

    /// What must still be true.
    pub fn condition(&self) -> &Sql {
        &self.step.condition
    }

    /// The references of which none may be left; none for a rewrite.
    pub fn guards(&self) -> &[Guard] {
        match &self.step.change {
            Change::Erase { guards } => guards,
            Change::DropPartition { .. } | Change::Rewrite { .. } => &[],
        }
    }

    /// True of a row while one that is not in the plan refers to it.
    pub fn referenced(&self) -> Sql {
        Sql::any(self.guards().iter().map(|guard| guard.referenced.clone()))
    }

    /// What must not be true: a hold or a tolling.
    pub fn held(&self) -> &Sql {
        &self.held
    }

    /// The same, less what this is true of: files that rows of another source name still.
    pub fn less_named(self, named: Sql) -> Self {
        Self { named, ..self }
    }

    /// What must not be true: rows of another source name the file still. Only files and objects have such.
    pub fn named(&self) -> &Sql {
        &self.named
    }

    /// The same, to be changed as a whole with all other rows of the transaction: when one of them may not be, none is,
    /// and the outcome is [`BatchOutcome::Stays`].
    pub fn entire(self) -> Self {
        Self { entire: true, ..self }
    }

    /// Whether `done` leaves something of it alone that had to go with the rest; rows that are gone already stop nothing.
    pub fn is_broken_by(&self, done: &BatchDone) -> bool {
        self.entire && done.skipped.iter().any(|(_, reason)| *reason != SkipReason::Gone)
    }

    /// Whether its rows go as a whole or not at all.
    pub fn is_entire(&self) -> bool {
        self.entire
    }

    /// The rows.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// The new values of a rewrite, one list a column.
    pub fn values(&self) -> &[Vec<Option<String>>] {
        &self.values
    }
}

/// How a transaction of batches ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchOutcome {
    /// Somebody holds a lock, or it would have taken too long: nothing was changed; try again, smaller.
    Busy,
    /// It is done, one answer for each batch.
    Done(Vec<BatchDone>),
    /// A row is referenced by one that is not in the plan: nothing was changed; try again, smaller, to
    /// find which.
    Referenced,
    /// Of rows that go as a whole or not at all some may not be changed: nothing was. One answer for each batch, of what
    /// would have been done.
    Stays(Vec<BatchDone>),
    /// A trigger or a constraint refuses rows, as this sentence says: nothing was changed; try again, smaller.
    Refused(String),
}

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BatchDone {
    /// Positions of the rows that were changed.
    pub changed: Vec<u32>,
    /// Positions of the rows that were left alone, and why.
    pub skipped: Vec<(u32, SkipReason)>,
    /// How long the transaction took.
    pub took: Duration,
    /// What the server said of rows that it refuses or keeps, in sentences without a value: SQLSTATE, table, names of
    /// functions and triggers.
    pub said: BTreeSet<String>,
}

impl BatchDone {
    /// What is known of a batch whose transaction is broken by an earlier one: who refers to its rows would have gone.
    pub fn after_a_break(mut self) -> Self {
        self.skipped.retain(|(_, reason)| *reason != SkipReason::Referenced);
        self
    }
}

/// Why a row was left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SkipReason {
    /// It was changed since the plan.
    Changed,
    /// The account may not remove it.
    Denied,
    /// The file that it names was changed since the plan, and stays.
    FileChanged,
    /// The account may not read or remove the file that it names.
    FileDenied,
    /// The file that it names is held.
    FileHeld,
    /// The store protects the file that it names.
    FileProtected,
    /// Nobody has looked whether the file that it names is about a person who is held.
    FileUnseen,
    /// It is not there any more: somebody else took it, or an earlier run of ours.
    Gone,
    /// Somebody kept it locked.
    Locked,
    /// Something that has to go with it stays.
    Together,
    /// A hold or a tolling covers it now.
    Held,
    /// A trigger, a rewrite rule or row security of the table keeps it, without a word.
    KeptByServer,
    /// Its period has not ended any more: what it counts from was changed elsewhere.
    NotDue,
    /// An older version of the object stays, and would come back to light.
    OlderVersion,
    /// The store protects it: object lock, or a legal hold of the store's own.
    Protected,
    /// A row that is not in the plan refers to it now.
    Referenced,
    /// A trigger or a constraint of the server refuses it; what it said is in [`BatchDone::said`].
    Refused,
    /// The store said that it went, and gives it still.
    StillThere,
}

impl SkipReason {
    /// The word in machine-readable output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Denied => "denied",
            Self::FileChanged => "file-changed",
            Self::FileDenied => "file-denied",
            Self::FileHeld => "file-held",
            Self::FileProtected => "file-protected",
            Self::FileUnseen => "file-unseen",
            Self::Gone => "gone",
            Self::Held => "held",
            Self::KeptByServer => "kept-by-server",
            Self::Locked => "locked",
            Self::NotDue => "not-due",
            Self::OlderVersion => "older-version",
            Self::Protected => "protected",
            Self::Referenced => "referenced",
            Self::Refused => "refused",
            Self::StillThere => "still-there",
            Self::Together => "together",
        }
    }
}

/// What a transaction may cost others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest that one statement may wait for a lock.
    pub lock: Duration,
    /// The longest that one statement may run.
    pub statement: Duration,
    /// Work pauses while a replica is further behind.
    pub replica_lag: Duration,
}

impl Default for Limits {
    /// 0.2 s for a lock, 5 s for a statement (batches aim at 0.5 s; one row may need a whole index), 10 s
    /// for a replica.
    fn default() -> Self {
        Self {
            lock: Duration::from_millis(200),
            statement: Duration::from_secs(5),
            replica_lag: Duration::from_secs(10),
        }
    }
}
