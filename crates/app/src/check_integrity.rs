//! `audit integrity`: which cells are wrong. `dataward/integrity@1`.
//!
//! Reads every table once, in blocks of bounded size; views are left out because their tables are
//! read. A source, table or file that fails is listed, the rest goes on.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use async_trait::async_trait;
use dataward_audit::Facts;
use dataward_audit::integrity::ColumnIssues;
use dataward_audit::integrity::Row;
use dataward_audit::integrity::TableCheck;
use dataward_audit::integrity::TableIssues;
use dataward_audit::integrity::Tier;
use dataward_audit::integrity::Today;
use dataward_connect::Chunk;
use dataward_connect::ConnectError;
use dataward_connect::ReadRequest;
use dataward_connect::Unit;
use dataward_connect::UnitKind;
use dataward_model::Clock;
use dataward_model::SkipCause;
use dataward_model::Skipped;
use dataward_model::SourceId;
use dataward_model::TableHead;
use dataward_model::TableShape;
use dataward_policy::AuditStage;
use futures::StreamExt;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::audit::AuditContext;
use crate::audit::Gather;
use crate::audit::Gathered;
use crate::scan::Target;

/// What is wrong, cell by cell.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct IntegrityReport {
    /// `dataward/integrity@1`.
    pub schema: &'static str,
    /// One for each cell that something speaks against, by table and row.
    pub issues: Vec<IssueLine>,
    /// What was read.
    pub tables: Vec<TableLine>,
    /// What could not be read, and why.
    pub skipped: Vec<UnreadLine>,
}

/// A cell that something speaks against.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct IssueLine {
    /// The source.
    pub source: String,
    /// The table or file.
    pub table: String,
    /// The column.
    pub column: String,
    /// The row.
    pub row: RowLine,
    /// encoding, validity, date, dependency, typo, format, missing or outlier.
    pub check: &'static str,
    /// certain, likely or hint.
    pub tier: &'static str,
    /// Why, without any value.
    pub reason: String,
}

/// Where a row is.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RowLine {
    /// Its place in the table, from 0.
    Index(u64),
    /// Its primary key, where that is a number.
    Key(i64),
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

/// Reads the targets and says which cells are wrong.
pub async fn check_integrity(targets: &[Target], clock: &dyn Clock, cancel: Arc<AtomicBool>) -> IntegrityReport {
    let mut report =
        IntegrityReport { schema: "dataward/integrity@1", issues: Vec::new(), tables: Vec::new(), skipped: Vec::new() };
    let today = today(clock.now());
    for target in targets {
        let mut keep = |table: String, found: TableIssues| report.add(&target.id, table, found);
        for skipped in check_source(target, today, &cancel, &mut keep).await {
            report.skip(&target.id, &skipped);
        }
    }
    report
}

impl IntegrityReport {
    fn add(&mut self, source: &SourceId, table: String, found: TableIssues) {
        self.issues.extend(found.issues.into_iter().map(|issue| IssueLine {
            source: source.to_string(),
            table: table.clone(),
            column: issue.column,
            row: match issue.row {
                Row::Index(index) => RowLine::Index(index),
                Row::Key(key) => RowLine::Key(key),
            },
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

    fn skip(&mut self, source: &SourceId, skipped: &Skipped) {
        self.skipped.push(UnreadLine {
            source: source.to_string(),
            place: skipped.place.clone(),
            reason: skipped.reason.clone(),
            cause: skipped.cause,
        });
    }
}

fn today(now: Timestamp) -> Today {
    let date = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    (i32::from(date.year()), u32::from(date.month().unsigned_abs()), u32::from(date.day().unsigned_abs()))
}

/// Checks all tables of a source; gives what could not be read.
async fn check_source(
    target: &Target,
    today: Today,
    cancel: &Arc<AtomicBool>,
    keep: &mut (dyn FnMut(String, TableIssues) + Send),
) -> Vec<Skipped> {
    let mut skipped = Vec::new();
    if let Err(error) = target.connector.open().await {
        return vec![error.skip(target.id.as_str())];
    }
    let mut units = match target.connector.units().await {
        Ok(units) => units,
        Err(error) => return vec![error.skip(target.id.as_str())],
    };
    while let Some(unit) = units.next().await {
        match unit {
            Ok(unit) if matches!(unit.kind, UnitKind::View | UnitKind::MaterialisedView | UnitKind::ObjectVersion) => {}
            Ok(unit) => check_unit(target, &unit, today, cancel, keep, &mut skipped).await,
            Err(error) => skipped.push(error.skip(target.id.as_str())),
        }
    }
    skipped
}

async fn check_unit(
    target: &Target,
    unit: &Unit,
    today: Today,
    cancel: &Arc<AtomicBool>,
    keep: &mut (dyn FnMut(String, TableIssues) + Send),
    skipped: &mut Vec<Skipped>,
) {
    let request = ReadRequest { cancel: Arc::clone(cancel), ..ReadRequest::full() };
    let mut chunks = match target.connector.read(unit, &request).await {
        Ok(chunks) => chunks,
        Err(error) => return skipped.push(error.skip(&unit.name)),
    };
    let mut open: Option<(TableHead, TableCheck)> = None;
    while let Some(chunk) = chunks.next().await {
        match chunk {
            Ok(Chunk::Begin(head)) => {
                close(open.take(), keep, skipped).await;
                if head.shape == TableShape::Table {
                    let check = TableCheck::new(&head, today);
                    open = Some((head, check));
                }
            }
            Ok(Chunk::Rows(batch)) => {
                if let Some((head, mut check)) = open.take() {
                    let added = tokio::task::spawn_blocking(move || {
                        check.add(&batch);
                        check
                    });
                    match added.await {
                        Ok(check) => open = Some((head, check)),
                        Err(_) => skipped.push(fault(&head.name)),
                    }
                }
            }
            Ok(Chunk::End { .. }) => close(open.take(), keep, skipped).await,
            Ok(Chunk::Skipped(part)) => skipped.push(part),
            Err(ConnectError::Cancelled) => {
                skipped.push(Skipped::failed(&unit.name, "stopped on request"));
                break;
            }
            Err(error) => {
                skipped.push(error.skip(&unit.name));
                break;
            }
        }
    }
    close(open.take(), keep, skipped).await;
}

async fn close(
    open: Option<(TableHead, TableCheck)>,
    keep: &mut (dyn FnMut(String, TableIssues) + Send),
    skipped: &mut Vec<Skipped>,
) {
    let Some((head, check)) = open else { return };
    match tokio::task::spawn_blocking(move || check.finish()).await {
        Ok(found) => keep(head.name, found),
        Err(_) => skipped.push(fault(&head.name)),
    }
}

/// A panic in a check is a fault of ours, and no reason to leave out the other tables.
fn fault(table: &str) -> Skipped {
    Skipped::failed(table, "dataward failed while checking the values; please report this")
}

/// The stage of the audit plan.
pub(crate) struct GatherIntegrity;

#[async_trait]
impl Gather for GatherIntegrity {
    fn stage(&self) -> AuditStage {
        AuditStage::Integrity
    }

    async fn gather(&self, context: &AuditContext<'_>, facts: &mut Facts) -> Result<Gathered, AppError> {
        let mut gathered = Gathered::default();
        let mut report = IntegrityReport {
            schema: "dataward/integrity@1",
            issues: Vec::new(),
            tables: Vec::new(),
            skipped: Vec::new(),
        };
        let mut columns: Vec<ColumnIssues> = Vec::new();
        let (mut rows, mut cells) = (0, 0);
        for target in context.targets {
            let mut keep = |table: String, found: TableIssues| {
                rows += found.rows;
                cells += found.rows * found.columns;
                ColumnIssues::count(&target.id, &table, &found, &mut columns);
                report.add(&target.id, table, found);
            };
            let skipped = check_source(target, today(context.now), &Arc::default(), &mut keep).await;
            for skipped in &skipped {
                report.skip(&target.id, skipped);
            }
            gathered.looked_at.push(target.id.clone());
            gathered.skipped.extend(skipped.into_iter().map(|skipped| (target.id.clone(), skipped)));
        }
        gathered.counts.extend([("rows".to_owned(), rows), ("cells".to_owned(), cells)]);
        gathered.document = Some(serde_json::to_value(&report).map_err(|error| AppError::Internal(error.to_string()))?);
        facts.integrity = Some(columns);
        Ok(gathered)
    }
}
