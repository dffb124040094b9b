//! `audit integrity`: which cells and rows are wrong. `dataward/integrity@1`.
//!
//! Every table is read once ([`crate::read_tables`]); views are left out because their tables are read. A
//! source, table or file that fails is listed, the rest goes on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use async_trait::async_trait;
use dataward_audit::integrity::Answers;
use dataward_audit::integrity::Row;
use dataward_audit::integrity::TableFound;
use dataward_audit::integrity::TableIssues;
use dataward_audit::integrity::Tier;
use dataward_audit::integrity::row_key::uuid_text;
use dataward_connect::SelfCheck;
use dataward_model::Clock;
use dataward_model::SkipCause;
use dataward_model::Skipped;
use dataward_model::SourceId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;
use serde::Serializer;

use crate::AppError;
use crate::read_tables::MadeUp;
use crate::read_tables::ReadEvents;
use crate::read_tables::ReadWith;
use crate::read_tables::TakeTables;
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
    #[serde(serialize_with = "text")]
    #[schemars(with = "String")]
    pub source: Arc<str>,
    /// The table or file.
    #[serde(serialize_with = "text")]
    #[schemars(with = "String")]
    pub table: Arc<str>,
    /// The column; empty: the row as a whole.
    #[serde(serialize_with = "text")]
    #[schemars(with = "String")]
    pub column: Arc<str>,
    /// The row.
    pub row: RowLine,
    /// encoding, validity, date, dependency, place, typo, format, missing, stale, outlier, orphan, duplicate,
    /// difference or change.
    pub check: &'static str,
    /// certain, likely or hint.
    pub tier: &'static str,
    /// Why, without any value.
    #[serde(serialize_with = "text")]
    #[schemars(with = "String")]
    pub reason: Arc<str>,
    /// For a duplicate: the other rows of the same person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<RowLine>,
}

/// A report may hold a million of them, and they say few things.
fn text<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

/// Something said of a table, or of a source, as a whole.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TableIssueLine {
    /// The source.
    pub source: String,
    /// The table; null: the source.
    pub table: Option<String>,
    /// engine, change, drift, orphan, record or rule.
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RowLine {
    /// Its place in the table, from 0.
    Index(u64),
    /// Its primary key, where that is a number or a UUID.
    Key(KeyLine),
}

/// A primary key that tells nothing of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum KeyLine {
    /// A number.
    Number(i64),
    /// A UUID.
    Uuid(String),
}

/// A row that a finding is about, as it was when the finding was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindingRow {
    /// changed, new or gone.
    pub what: String,
    /// Where it was; null for a row that is gone.
    pub row: Option<RowLine>,
    /// The keyed hash of the key of a row that is gone.
    pub key_hash: Option<String>,
}

impl RowLine {
    pub(crate) fn new(row: &Row) -> Self {
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
    /// Issues beyond the first million of the table, or of the report, counted only.
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
    let with = ReadWith {
        clock,
        key: None,
        answers: Answers::default(),
        references: &[],
        made_up: &MadeUp::new(),
        cancel: &cancel,
        events,
    };
    let read = read_tables(targets, with, &mut report).await?;
    for (source, check) in read.engines {
        report.engine(&source, check);
    }
    for (source, skipped) in &read.skipped {
        report.skip(source, skipped);
    }
    report.sort();
    Ok(report)
}

#[async_trait]
impl TakeTables for IntegrityReport {
    async fn table(&mut self, source: &SourceId, found: &mut TableFound) -> Result<(), AppError> {
        self.add(source, found);
        Ok(())
    }

    fn later(&mut self, source: &SourceId, found: &mut TableFound) {
        self.add_later(source, found);
    }
}

/// Issues listed in one report, of all tables together; the rest is counted.
const MOST_LISTED: usize = 1_000_000;

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

    /// A table with its issues.
    pub(crate) fn add(&mut self, source: &SourceId, found: &mut TableFound) {
        let issues = std::mem::take(&mut found.issues);
        let mut line = TableLine {
            source: source.to_string(),
            table: found.name.clone(),
            rows: issues.rows,
            columns: issues.columns,
            left_out: 0,
        };
        line.left_out = self.list(source, &found.name, issues);
        self.tables.push(line);
    }

    /// More issues of a table that stands in the report.
    pub(crate) fn add_later(&mut self, source: &SourceId, found: &mut TableFound) {
        let left_out = self.list(source, &found.name, std::mem::take(&mut found.issues));
        let is_it = |line: &&mut TableLine| line.source == source.as_str() && line.table == found.name;
        if let Some(line) = self.tables.iter_mut().find(is_it) {
            line.left_out += left_out;
        }
    }

    /// Lists issues while there is room; how many were only counted.
    fn list(&mut self, source: &SourceId, table: &str, found: TableIssues) -> u64 {
        let (source, table): (Arc<str>, Arc<str>) = (source.as_str().into(), table.into());
        let mut columns: BTreeMap<String, Arc<str>> = BTreeMap::new();
        let room = MOST_LISTED.saturating_sub(self.issues.len());
        let left_out = found.left_out + found.issues.len().saturating_sub(room) as u64;
        for issue in found.issues.into_iter().take(room) {
            let column = match columns.get(&issue.column) {
                Some(known) => Arc::clone(known),
                None => Arc::clone(columns.entry(issue.column.clone()).or_insert_with(|| issue.column.as_str().into())),
            };
            self.issues.push(IssueLine {
                source: Arc::clone(&source),
                table: Arc::clone(&table),
                column,
                row: RowLine::new(&issue.row),
                with: issue.with.iter().map(RowLine::new).collect(),
                check: issue.check,
                tier: issue.tier.as_str(),
                reason: issue.reason,
            });
        }
        left_out
    }

    /// Brings what was found later to its table.
    pub(crate) fn sort(&mut self) {
        let places: BTreeMap<(&str, &str), usize> =
            self.tables.iter().zip(0..).map(|(line, at)| ((line.source.as_str(), line.table.as_str()), at)).collect();
        self.issues.sort_by_key(|issue| places.get(&(&*issue.source, &*issue.table)).copied());
    }

    pub(crate) fn engine(&mut self, source: &SourceId, check: SelfCheck) {
        let faults = check.faults.into_iter().map(|fault| ("engine", fault));
        let orphans = check.orphans.into_iter().map(|fault| ("orphan", fault));
        let rules = check.broken_rules.into_iter().map(|fault| ("rule", fault));
        self.table_issues.extend(faults.chain(orphans).chain(rules).map(|(check, fault)| TableIssueLine {
            source: source.to_string(),
            table: fault.table,
            check,
            tier: Tier::Certain.as_str(),
            reason: fault.what,
        }));
        self.engines.push(EngineLine { source: source.to_string(), done: check.done, unseen: check.unseen });
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
