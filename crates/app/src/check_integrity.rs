//! `audit integrity`: which cells and rows are wrong. `dataward/integrity@1`.
//!
//! Every table is read once ([`crate::read_tables`]); views are left out because their tables are read. A
//! source, table or file that fails is listed, the rest goes on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dataward_audit::integrity::Answers;
use dataward_audit::integrity::Row;
use dataward_audit::integrity::TableIssues;
use dataward_audit::integrity::Tier;
use dataward_audit::integrity::row_key::uuid_text;
use dataward_connect::SelfCheck;
use dataward_model::Clock;
use dataward_model::SkipCause;
use dataward_model::Skipped;
use dataward_model::SourceId;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::read_tables::ReadEvents;
use crate::read_tables::read_tables;
use crate::scan::Target;

/// What is wrong, cell by cell.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct IntegrityReport {
    /// `dataward/integrity@1`.
    pub schema: &'static str,
    /// One for each cell that something speaks against, by table and row.
    pub issues: Vec<IssueLine>,
    /// What is said of tables and sources as a whole.
    pub table_issues: Vec<TableIssueLine>,
    /// What was read.
    pub tables: Vec<TableLine>,
    /// What engines checked of themselves, and what they did not.
    pub engines: Vec<EngineLine>,
    /// What could not be read, and why.
    pub skipped: Vec<UnreadLine>,
    /// By source and table: the root of the Merkle tree over keyed hashes of the rows, in hex, where it is kept
    /// for the next audit. The evidence log has the SHA-256 of each source's object, in canonical JSON.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub roots: BTreeMap<String, BTreeMap<String, String>>,
}

/// A cell that something speaks against.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct IssueLine {
    /// The source.
    pub source: String,
    /// The table or file.
    pub table: String,
    /// The column; empty: the row as a whole.
    pub column: String,
    /// The row.
    pub row: RowLine,
    /// encoding, validity, date, dependency, typo, format, missing, stale, outlier, orphan, duplicate,
    /// difference or change.
    pub check: &'static str,
    /// certain, likely or hint.
    pub tier: &'static str,
    /// Why, without any value.
    pub reason: String,
    /// For a duplicate: the other rows of the same person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<RowLine>,
}

/// Something said of a table, or of a source, as a whole.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TableIssueLine {
    /// The source.
    pub source: String,
    /// The table; null: the source.
    pub table: Option<String>,
    /// engine, change, drift or record.
    pub check: &'static str,
    /// certain, likely or hint.
    pub tier: &'static str,
    /// Why, without any value.
    pub reason: String,
}

/// What an engine checked of itself.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EngineLine {
    /// The source.
    pub source: String,
    /// The checks that were made.
    pub done: Vec<String>,
    /// The checks that were not, and what would help.
    pub unseen: Vec<String>,
}

/// Where a row is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RowLine {
    /// Its place in the table, from 0.
    Index(u64),
    /// Its primary key, where that is a number or a UUID.
    Key(KeyLine),
}

/// A primary key that tells nothing of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum KeyLine {
    /// A number.
    Number(i64),
    /// A UUID.
    Uuid(String),
}

impl RowLine {
    fn new(row: &Row) -> Self {
        match row {
            Row::Index(index) => Self::Index(*index),
            Row::Key(key) => Self::Key(KeyLine::Number(*key)),
            Row::Uuid(id) => Self::Key(KeyLine::Uuid(uuid_text(*id))),
        }
    }
}

/// A table that was read.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TableLine {
    /// The source.
    pub source: String,
    /// The table or file.
    pub table: String,
    /// Rows read.
    pub rows: u64,
    /// Columns checked.
    pub columns: u64,
    /// Issues beyond the first million, counted only.
    pub left_out: u64,
}

/// A place that was not read.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct UnreadLine {
    /// The source.
    pub source: String,
    /// The table, file or source.
    pub place: String,
    /// What happened, and what to do.
    pub reason: String,
    /// `failed`, or `not-supported` where there is nothing that dataward reads.
    #[schemars(with = "String")]
    pub cause: SkipCause,
}

impl IntegrityReport {
    /// Whether a place that should have been read could not be: exit code 3.
    pub fn has_failures(&self) -> bool {
        self.skipped.iter().any(|skipped| skipped.cause == SkipCause::Failed)
    }

    /// Issues of a tier.
    pub fn count(&self, tier: Tier) -> u64 {
        self.issues.iter().filter(|issue| issue.tier == tier.as_str()).count() as u64
    }
}

/// Reads the targets and says which cells and rows are wrong.
///
/// # Errors
/// Only for a fault of ours; sources that fail stand in the report.
pub async fn check_integrity(
    targets: &[Target],
    clock: &dyn Clock,
    cancel: Arc<AtomicBool>,
    events: &dyn ReadEvents,
) -> Result<IntegrityReport, AppError> {
    let mut report = IntegrityReport::empty();
    let read = read_tables(targets, clock, None, Answers::default(), &cancel, events).await?;
    for (source, found) in read.tables {
        report.add(&source, found.name, found.issues);
    }
    for (source, check) in read.engines {
        report.engine(&source, check);
    }
    for (source, skipped) in &read.skipped {
        report.skip(source, skipped);
    }
    Ok(report)
}

impl IntegrityReport {
    pub(crate) fn empty() -> Self {
        Self {
            schema: "dataward/integrity@1",
            issues: Vec::new(),
            table_issues: Vec::new(),
            tables: Vec::new(),
            engines: Vec::new(),
            skipped: Vec::new(),
            roots: BTreeMap::new(),
        }
    }

    pub(crate) fn engine(&mut self, source: &SourceId, check: SelfCheck) {
        for fault in check.faults {
            self.table_issues.push(TableIssueLine {
                source: source.to_string(),
                table: fault.table,
                check: "engine",
                tier: Tier::Certain.as_str(),
                reason: fault.what,
            });
        }
        self.engines.push(EngineLine { source: source.to_string(), done: check.done, unseen: check.unseen });
    }

    pub(crate) fn add(&mut self, source: &SourceId, table: String, found: TableIssues) {
        self.issues.extend(found.issues.into_iter().map(|issue| IssueLine {
            source: source.to_string(),
            table: table.clone(),
            column: issue.column,
            row: RowLine::new(&issue.row),
            with: issue.with.iter().map(RowLine::new).collect(),
            check: issue.check,
            tier: issue.tier.as_str(),
            reason: issue.reason.to_string(),
        }));
        self.tables.push(TableLine {
            source: source.to_string(),
            table,
            rows: found.rows,
            columns: found.columns,
            left_out: found.left_out,
        });
    }

    pub(crate) fn skip(&mut self, source: &SourceId, skipped: &Skipped) {
        self.skipped.push(UnreadLine {
            source: source.to_string(),
            place: skipped.place.clone(),
            reason: skipped.reason.clone(),
            cause: skipped.cause,
        });
    }
}
