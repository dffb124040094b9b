//! What the integrity audit gathers: wrong cells and rows, tables that differ from what they held at the last
//! audit, and what engines say of themselves.

use std::sync::Arc;

use async_trait::async_trait;
use dataward_audit::Facts;
use dataward_audit::integrity::Answer;
use dataward_audit::integrity::Answers;
use dataward_audit::integrity::ColumnIssues;
use dataward_audit::integrity::TableFound;
use dataward_audit::integrity::Tier;
use dataward_audit::integrity::changes::CHANGE;
use dataward_audit::integrity::changes::TableState;
use dataward_evidence::TableDigest;
use dataward_evidence::load_or_create_row_key;
use dataward_model::Clock;
use dataward_model::FindingState;
use dataward_model::SourceId;
use dataward_policy::AuditStage;
use dataward_store::StoredTableState;
use jiff::Timestamp;

use super::AuditContext;
use super::Gather;
use super::Gathered;
use super::our_own::ErasedRows;
use crate::AppError;
use crate::check_integrity::IntegrityReport;
use crate::check_integrity::TableIssueLine;
use crate::read_tables::read_tables;

/// The stage of the audit plan.
pub(crate) struct GatherIntegrity;

/// The key for hashes of rows, within the state.
const KEY_FILE: &str = "rows.key";

#[async_trait]
impl Gather for GatherIntegrity {
    fn stage(&self) -> AuditStage {
        AuditStage::Integrity
    }

    async fn gather(&self, context: &AuditContext<'_>, facts: &mut Facts) -> Result<Gathered, AppError> {
        let key = load_or_create_row_key(&context.project.state_dir().join(KEY_FILE))?;
        let answers = answers(context).await?;
        let cancel = Arc::default();
        let read = read_tables(context.targets, &At(context.now), Some(key), answers, &cancel, context.events).await?;
        let mut gathered = Gathered::default();
        let mut report = IntegrityReport::empty();
        let mut columns: Vec<ColumnIssues> = Vec::new();
        let (mut rows, mut cells, mut compared) = (0, 0, 0);
        let erased = ErasedRows::of(context.project, context.store).await?;
        for (source, mut found) in read.tables {
            compared += u64::from(compare_with_last(context, &source, &erased, &mut found, &mut report).await?);
            rows += found.issues.rows;
            cells += found.issues.rows * found.issues.columns;
            ColumnIssues::count(&source, &found.name, &found.issues, &mut columns);
            report.add(&source, found.name, found.issues);
        }
        for (source, check) in read.engines {
            report.engine(&source, check);
        }
        columns.extend(report.table_issues.iter().filter_map(of_table));
        for (source, skipped) in read.skipped {
            report.skip(&source, &skipped);
            gathered.skipped.push((source, skipped));
        }
        gathered.looked_at.extend(context.targets.iter().map(|target| target.id.clone()));
        let counts = [("rows", rows), ("cells", cells), ("tables-compared", compared)];
        gathered.counts.extend(counts.map(|(name, count)| (name.to_owned(), count)));
        gathered.document = Some(serde_json::to_value(&report).map_err(|error| AppError::Internal(error.to_string()))?);
        facts.integrity = Some(columns);
        Ok(gathered)
    }
}

/// The time of the audit.
struct At(Timestamp);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// What people said about findings of this stage: accepted ones are right, rejected ones are none.
async fn answers(context: &AuditContext<'_>) -> Result<Answers, AppError> {
    let answer = |finding: &dataward_model::Finding| {
        Some(Answer {
            check: finding.check.strip_prefix("integrity/")?.to_owned(),
            table: finding.place.table.clone()?,
            column: finding.place.column.clone().unwrap_or_default(),
            is_right: match finding.state {
                FindingState::Accepted => true,
                FindingState::Rejected => false,
                _ => return None,
            },
        })
    };
    let findings = context.store.findings(context.now).await?;
    Ok(Answers::new(findings.iter().filter_map(|stored| answer(&stored.finding)).collect()))
}

/// Compares a table with what it held at the last audit, and keeps what it holds. Whether there was
/// something to compare.
async fn compare_with_last(
    context: &AuditContext<'_>,
    source: &SourceId,
    erased: &ErasedRows,
    found: &mut TableFound,
    report: &mut IntegrityReport,
) -> Result<bool, AppError> {
    let Some(now) = found.now.take() else { return Ok(false) };
    let before = context.store.table_state(source, &found.name).await?;
    let known = before.as_ref().and_then(|before| {
        let digest = TableDigest::from_bytes(&before.digest)?;
        Some((TableState { digest, filled: before.filled.clone(), key: before.key.clone() }, before.at))
    });
    let compared = known.is_some();
    if let Some((state, at)) = known {
        let day = at.to_zoned(jiff::tz::TimeZone::UTC).date();
        let since = (i32::from(day.year()), u32::from(day.month().unsigned_abs()), u32::from(day.day().unsigned_abs()));
        let changed = now.since(&state, since, erased.since(source, &found.name, at));
        for (row, tier, reason) in changed.rows {
            found.push("", row, CHANGE, tier, &reason.into(), &[]);
        }
        report.table_issues.extend(changed.table.into_iter().map(|(tier, check, reason)| TableIssueLine {
            source: source.to_string(),
            table: Some(found.name.clone()),
            check,
            tier: tier.as_str(),
            reason,
        }));
    }
    let state = StoredTableState {
        at: context.now,
        digest: now.state.digest.to_bytes(),
        key: now.state.key,
        filled: now.state.filled,
    };
    context.store.keep_table_state(source, &found.name, &state).await?;
    Ok(compared)
}

/// What is said of a table as a whole, as a finding; hints are none.
fn of_table(issue: &TableIssueLine) -> Option<ColumnIssues> {
    let (certain, likely) = match issue.tier {
        tier if tier == Tier::Certain.as_str() => (1, 0),
        tier if tier == Tier::Likely.as_str() => (0, 1),
        _ => return None,
    };
    Some(ColumnIssues {
        source: SourceId::new(&issue.source).ok()?,
        table: issue.table.clone().unwrap_or_default(),
        column: String::new(),
        check: issue.check,
        certain,
        likely,
        rows: 1,
        reason: Some(issue.reason.clone()),
    })
}
