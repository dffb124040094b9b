//! The plan as a document: what will happen to how many rows of which tables, in which order, and what
//! stays and why. Holds no value and no key of a row: those lie sealed beside it, and the plan holds the
//! digest of that file, so that the plan's hash covers them too.

use std::collections::BTreeMap;

use dataward_connect::amend::AtOnce;
use dataward_connect::amend::Catalogue;
use dataward_connect::amend::Change;
use dataward_connect::amend::Check;
use dataward_connect::amend::Guard;
use dataward_connect::amend::Rows;
use dataward_connect::amend::Sql;
use dataward_connect::amend::TableFacts;
use dataward_connect::amend::stored::bytes_at;
use dataward_connect::amend::stored::is_stored;
use dataward_evidence::EvidenceError;
use dataward_evidence::canonical::canonical_json;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;

/// A saved plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// When it was made; also the moment at which periods must have ended.
    pub made_at: Timestamp,
    /// Who made it.
    pub made_by: String,
    /// SHA-256 of the policy file, in hex.
    pub policy_sha256: String,
    /// The version of the rule pack.
    pub pack: String,
    /// Whether somebody other than who made it must approve.
    pub four_eyes: bool,
    /// The rules that the plan follows.
    pub rules: Vec<PlannedRule>,
    /// What happens, in the order of execution.
    pub steps: Vec<Step>,
    /// Per source: what it is.
    pub sources: BTreeMap<SourceId, PlannedSource>,
    /// Archives that have come to their own end: their keys are destroyed and their files go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub archives: Vec<EndedArchive>,
    /// How many rows each rule found due, to see later how far the data has moved.
    pub due: Vec<Due>,
    /// What stays although a rule says that its time is over.
    pub kept: Vec<Kept>,
    /// What somebody should know before approving.
    pub warnings: Vec<Warning>,
    /// SHA-256 of the sealed file of rows, in hex.
    pub rows_sha256: String,
    /// The number of chunks in it.
    pub chunks: u64,
}

/// An archive that has come to its own end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedArchive {
    /// The class of its keys.
    pub class: String,
    /// The day on which it ended.
    pub ended: String,
    /// Its files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// SHA-256 of their names and lengths, in hex.
    pub files_sha256: String,
}

/// A rule that a plan follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedRule {
    /// Its name.
    pub name: String,
    /// What it covers.
    pub what: String,
    /// How long that is kept.
    pub keep: String,
    /// Counted from when.
    pub from: String,
    /// erase, archive, clean-up, anonymise.
    pub then: String,
    /// How many hours before the people concerned are told, where the policy says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify_hours: Option<u32>,
}

/// A source of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedSource {
    /// What kind of store it is.
    pub kind: SourceKind,
    /// Product and version.
    pub product: String,
}

/// One step: the same thing happens to some rows of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The source.
    pub source: SourceId,
    /// The table.
    pub table: TableFacts,
    /// The position of the rule in [`Plan::rules`].
    pub rule: usize,
    /// erase, archive, clean-up, anonymise, or `unlink` for a reference that is taken away.
    pub action: String,
    /// What happens to the rows.
    pub change: PlannedChange,
    /// What must still be true of a row when it happens.
    pub condition: Sql,
    /// How many rows.
    pub rows: u64,
    /// Its place in the order of execution, from 1; the same for all steps of one table and action.
    pub order: u64,
    /// The table whose rows take these along; none where a rule says so itself.
    pub because_of: Option<String>,
    /// The class of keys that seals the copy made first; none: no copy is made.
    pub archive: Option<String>,
    /// Of files and objects: what their age was counted from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// Of files that rows name: all columns that may, so that a file goes after the last row that names it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named_by: Vec<NamedBy>,
    /// Columns that name files which go with the rows: a row whose file stays waits for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<Names>,
    /// Of files and objects: the bytes that go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// The tables that are emptied at once, this one among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_once: Option<AtOnce>,
}

/// A column of a step whose values name files that go with its rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// The column.
    pub column: String,
    /// The folder or bucket.
    pub files: SourceId,
    /// What stands before the path in its values, where they are absolute: the folder.
    pub root: Option<String>,
}

/// A column whose values name files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedBy {
    /// The source of the table.
    pub source: SourceId,
    /// The table.
    pub table: TableFacts,
    /// Its column.
    pub column: String,
    /// What stands before the path in its values, where they are absolute: the folder.
    pub root: Option<String>,
}

/// What happens to a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlannedChange {
    /// It goes.
    Erase {
        /// References of which none may be left: of rows that are not in the plan.
        guards: Vec<Guard>,
    },
    /// It goes with the partition that it lies in, in which nothing stays.
    DropPartition {
        /// The partition, as it stands in SQL.
        partition: String,
    },
    /// These columns become NULL or get made-up values.
    Rewrite {
        /// The columns and what they get.
        columns: Vec<Replacement>,
    },
}

/// What a column gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    /// The column.
    pub column: String,
    /// What it gets.
    pub with: Mask,
}

/// What takes the place of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mask {
    /// Nothing.
    Null,
    /// A made-up value of this category, the same length limit, unlike every other one.
    MadeUp {
        /// The category's key.
        category: String,
        /// The longest text the column takes.
        max_chars: Option<u32>,
        /// A number, a date or a text, by the column's type.
        sql_type: String,
        /// What CHECK rules demand of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        check: Option<Check>,
    },
}

/// Rows that a rule found due.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Due {
    /// The source.
    pub source: SourceId,
    /// The table.
    pub table: String,
    /// The position of the rule.
    pub rule: usize,
    /// True of them.
    pub condition: Sql,
    /// How many rows.
    pub rows: u64,
}

/// Rows that stay although their time is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The source.
    pub source: SourceId,
    /// The table.
    pub table: String,
    /// The position of the rule.
    pub rule: usize,
    /// How many rows.
    pub rows: u64,
    /// Why.
    pub reason: String,
}

/// What somebody should know before approving.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// The source.
    pub source: SourceId,
    /// The table, where it is about one.
    pub table: Option<String>,
    /// no-key, missing-index, trigger, rewrite-rule, row-security, set-default, drop-partition,
    /// at-once, not-at-once, first-run, keeps-history, unseen-references, hidden-references, left-elsewhere, no-right, takes-no-changes, rows-kept-back; of files and objects those of
    /// [`dataward_connect::amend::Note`].
    pub kind: String,
    /// In a sentence.
    pub text: String,
}

impl Plan {
    /// The plan's name: SHA-256 of its canonical JSON (RFC 8785), in hex.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn hash(&self) -> Result<String, EvidenceError> {
        let value = serde_json::to_value(self).expect("a plan is a tree of texts and numbers");
        Ok(hex::encode(Sha256::digest(canonical_json(&value)?)))
    }

    /// The facts of a table that something happens to.
    pub fn table(&self, source: &SourceId, name: &str) -> Option<&TableFacts> {
        let step = self.steps.iter().find(|step| step.source == *source && step.table.name == name);
        step.map(|step| &step.table)
    }

    /// How many hours before the first row goes the people concerned are told: the longest that a rule says under
    /// which something goes.
    pub fn notice(&self) -> Option<u32> {
        self.steps.iter().filter_map(|step| self.rules.get(step.rule)?.notify_hours).max()
    }

    /// Rows that go or are changed, taken-away references included.
    pub fn rows(&self) -> u64 {
        self.steps.iter().map(|step| step.rows).sum()
    }
}

impl PlannedChange {
    /// The partition that is dropped as a whole.
    pub fn partition(&self) -> Option<&str> {
        match self {
            Self::DropPartition { partition } => Some(partition),
            Self::Erase { .. } | Self::Rewrite { .. } => None,
        }
    }

    /// As the gate knows it.
    pub fn at_the_gate(&self) -> Change {
        match self {
            Self::Erase { guards } => Change::Erase { guards: guards.clone() },
            Self::DropPartition { partition } => Change::DropPartition { partition: partition.clone() },
            Self::Rewrite { columns } => {
                Change::Rewrite { columns: columns.iter().map(|replacement| replacement.column.clone()).collect() }
            }
        }
    }
}

/// The bytes that rows of files and objects stand for; none for rows of tables.
pub(crate) fn bytes_of(catalogue: &Catalogue, rows: &Rows) -> Option<u64> {
    is_stored(catalogue.kind).then(|| (0..rows.len()).map(|at| bytes_at(rows, at)).sum())
}
