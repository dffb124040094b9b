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
use dataward_evidence::load_or_create_row_key;
use dataward_model::Clock;
use dataward_model::FindingState;
use dataward_model::SourceId;
use dataward_policy::AuditStage;
use jiff::Timestamp;

use super::AuditContext;
use super::Gather;
use super::Gathered;
use super::table_states::TableStates;
use crate::AppError;
use crate::check_integrity::IntegrityReport;
use crate::check_integrity::TableIssueLine;
use crate::read_tables::ReadWith;
use crate::read_tables::TakeTables;
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
        let mut audited = Audited {
            states: TableStates::open(context).await?,
            report: IntegrityReport::empty(),
            columns: Vec::new(),
        };
        let clock = At(context.now);
        let references = &context.project.policy.retention.references;
        let made_up = &audited.states.made_up();
        let with = ReadWith {
            clock: &clock,
            key: Some(key),
            answers,
            references,
            made_up,
            cancel: &cancel,
            events: context.events,
        };
        let read = read_tables(context.targets, with, &mut audited).await?;
        let Audited { states, mut report, mut columns } = audited;
        let mut gathered = Gathered::default();
        for (source, check) in read.engines {
            report.engine(&source, check);
        }
        let compared = states.compared;
        columns.extend(states.changes.iter().cloned());
        gathered.finding_rows.clone_from(&states.rows);
        gathered.table_roots = Some(states.close(&mut report).await?);
        columns.extend(report.table_issues.iter().filter_map(of_table));
        for (source, skipped) in read.skipped {
            report.skip(&source, &skipped);
            gathered.skipped.push((source, skipped));
        }
        gathered.looked_at.extend(context.targets.iter().map(|target| target.id.clone()));
        report.sort();
        let rows = report.tables.iter().map(|table| table.rows).sum();
        let cells = report.tables.iter().map(|table| table.rows * table.columns).sum();
        let hints = report.count(Tier::Hint);
        let counts = [("rows", rows), ("cells", cells), ("hints", hints), ("tables-compared", compared)];
        gathered.counts.extend(counts.map(|(name, count)| (name.to_owned(), count)));
        gathered.document =
            Some(serde_json::to_string(&report).map_err(|error| AppError::Internal(error.to_string()))?);
        facts.integrity = Some(columns);
        Ok(gathered)
    }
}

/// What an audit finds, table by table.
struct Audited<'a> {
    states: TableStates<'a>,
    report: IntegrityReport,
    columns: Vec<ColumnIssues>,
}

#[async_trait]
impl TakeTables for Audited<'_> {
    async fn table(&mut self, source: &SourceId, found: &mut TableFound) -> Result<(), AppError> {
        self.states.compare(source, found, &mut self.report).await?;
        ColumnIssues::count(source, &found.name, &found.issues, &mut self.columns);
        self.report.add(source, found);
        Ok(())
    }

    fn later(&mut self, source: &SourceId, found: &mut TableFound) {
        ColumnIssues::count(source, &found.name, &found.issues, &mut self.columns);
        self.report.add_later(source, found);
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
            pattern: finding.detail.clone(),
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

/// What is said of a table as a whole, as a finding; hints are none.
fn of_table(issue: &TableIssueLine) -> Option<ColumnIssues> {
    // What changed is counted with the rows.
    if issue.check == CHANGE {
        return None;
    }
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
        pattern: String::new(),
        certain,
        likely,
        rows: 1,
        reason: Some(issue.reason.clone()),
    })
}
