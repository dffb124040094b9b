//! What tables held at the last audit, and whether that is what the evidence log says of it.
//!
//! The state keeps keyed hashes of each table; the log keeps one digest over their roots for each source. So
//! who changes rows and then what the state remembers of them is found too, and who keeps the report of an audit
//! can show later which roots the tables had. What an audit keeps counts from its entry in the log on: one that
//! is cut off before leaves what the audit before it kept.

use std::collections::BTreeMap;

use dataward_audit::integrity::ColumnIssues;
use dataward_audit::integrity::Issue;
use dataward_audit::integrity::TableFound;
use dataward_audit::integrity::Tier;
use dataward_audit::integrity::changes::CHANGE;
use dataward_audit::integrity::changes::ChangeCounts;
use dataward_audit::integrity::changes::TableState;
use dataward_audit::integrity::changes::is_new;
use dataward_evidence::TableDigest;
use dataward_evidence::rows::roots_sha256;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use dataward_policy::AuditStage;
use dataward_store::StoredTableState;
use jiff::Timestamp;

use super::AuditContext;
use super::our_own::RetiredRows;
use crate::AppError;
use crate::check_integrity::FindingRow;
use crate::check_integrity::IntegrityReport;
use crate::check_integrity::RowLine;
use crate::check_integrity::TableIssueLine;
use crate::evidence_log;
use crate::evidence_log::LoggedAudit;
use crate::read_tables::MadeUp;

type Roots = BTreeMap<SourceId, BTreeMap<String, String>>;

/// The tables of an audit, beside those of the last one.
pub(super) struct TableStates<'a> {
    context: &'a AuditContext<'a>,
    retired: RetiredRows,
    last: Option<LoggedAudit>,
    before: Roots,
    now: Roots,
    /// Tables of which something was known.
    pub(super) compared: u64,
    /// What changed in tables, for findings.
    pub(super) changes: Vec<ColumnIssues>,
    /// By finding, the rows that it is about.
    pub(super) rows: Vec<(String, String)>,
}

impl<'a> TableStates<'a> {
    pub(super) async fn open(context: &'a AuditContext<'a>) -> Result<Self, AppError> {
        Ok(Self {
            retired: RetiredRows::of(context.project, context.store).await?,
            last: evidence_log::last_audit(context.project, AuditStage::Integrity)?,
            context,
            before: Roots::new(),
            now: Roots::new(),
            compared: 0,
            changes: Vec::new(),
            rows: Vec::new(),
        })
    }

    /// By table, the columns in which plans of retention made values up.
    pub(super) fn made_up(&self) -> MadeUp {
        self.retired.made_up()
    }

    /// What is kept of audits that began later was never logged.
    fn until(&self) -> Timestamp {
        self.last.as_ref().map_or(Timestamp::UNIX_EPOCH, |last| last.started)
    }

    async fn known(&self, source: &SourceId, table: &str) -> Result<Option<(TableState, Timestamp)>, AppError> {
        let stored = self.context.store.table_state(source, table, self.until()).await?;
        Ok(stored.and_then(|stored| {
            let digest = TableDigest::from_bytes(&stored.digest)?;
            Some((TableState { digest, filled: stored.filled, key: stored.key }, stored.at))
        }))
    }

    /// Whether a source is files or objects, whose rows have an order of their own.
    fn is_stored(&self, source: &SourceId) -> bool {
        let target = self.context.targets.iter().find(|target| target.id == *source);
        target.is_some_and(|target| matches!(target.connector.kind(), SourceKind::Files | SourceKind::Objects))
    }

    /// Compares a table with what it held at the last audit, and keeps what it holds.
    pub(super) async fn compare(
        &mut self,
        source: &SourceId,
        found: &mut TableFound,
        report: &mut IntegrityReport,
    ) -> Result<(), AppError> {
        let Some(now) = found.now.take() else { return Ok(()) };
        if let Some((state, at)) = self.known(source, &found.name).await? {
            self.compared += 1;
            let root = state.digest.root_hex();
            self.before.entry(source.clone()).or_default().insert(found.name.clone(), root);
            let day = at.to_zoned(jiff::tz::TimeZone::UTC).date();
            let since =
                (i32::from(day.year()), u32::from(day.month().unsigned_abs()), u32::from(day.day().unsigned_abs()));
            let changed = now.since(&state, since, self.retired.since(source, &found.name, at));
            let reordered = now.reordered(&state).filter(|_| self.is_stored(source));
            let reordered = reordered.map(|reason| (Tier::Hint, CHANGE, reason.to_owned()));
            for (row, tier, reason) in changed.rows {
                found.push("", row, CHANGE, tier, &reason.into(), &[]);
            }
            let counts = ChangeCounts::of(&found.issues.issues, changed.gone_unexplained);
            if let Some(issues) = ColumnIssues::of_changes(source, &found.name, counts, found.issues.rows) {
                self.rows.push((issues.id(self.context.now), listed(&found.issues.issues, &changed.gone)?));
                self.changes.push(issues);
            }
            report.table_issues.extend(changed.table.into_iter().chain(reordered).map(|(tier, check, reason)| {
                TableIssueLine {
                    source: source.to_string(),
                    table: Some(found.name.clone()),
                    check,
                    tier: tier.as_str(),
                    reason,
                }
            }));
        }
        self.now.entry(source.clone()).or_default().insert(found.name.clone(), now.state.digest.root_hex());
        let state = StoredTableState {
            at: self.context.now,
            digest: now.state.digest.to_bytes(),
            key: now.state.key,
            filled: now.state.filled,
        };
        self.context.store.keep_table_state(source, &found.name, &state).await?;
        Ok(())
    }

    /// Compares what was kept with what the log says of it, and tells what is to be logged of each source.
    /// Sources that were not looked at keep what the log says of them.
    pub(super) async fn close(mut self, report: &mut IntegrityReport) -> Result<BTreeMap<SourceId, String>, AppError> {
        let logged = self.last.as_ref().and_then(|last| last.table_roots.clone());
        let mut told = logged.clone().unwrap_or_default();
        for target in self.context.targets {
            let source = &target.id;
            for table in self.context.store.tables_with_state(source, self.until()).await? {
                let is_read = |roots: &Roots| roots.get(source).is_some_and(|roots| roots.contains_key(&table));
                if is_read(&self.before) {
                    continue;
                }
                // A table that was not read whole this time keeps what it had; of one that is gone nothing is kept.
                let Some((state, _)) = self.known(source, &table).await? else { continue };
                let root = state.digest.root_hex();
                if !is_read(&self.now) && !self.context.store.is_gone(source, &table).await? {
                    self.now.entry(source.clone()).or_default().insert(table.clone(), root.clone());
                }
                self.before.entry(source.clone()).or_default().insert(table, root);
            }
            let before = self.before.remove(source).unwrap_or_default();
            let before = (!before.is_empty()).then(|| roots_sha256(&before)).transpose()?;
            if logged.as_ref().is_some_and(|logged| logged.get(source) != before.as_ref()) {
                report.table_issues.push(TableIssueLine {
                    source: source.to_string(),
                    table: None,
                    check: "record",
                    tier: Tier::Certain.as_str(),
                    reason: REPLACED.to_owned(),
                });
            }
            match self.now.remove(source) {
                Some(roots) => {
                    told.insert(source.clone(), roots_sha256(&roots)?);
                    report.roots.insert(source.to_string(), roots);
                }
                None => {
                    told.remove(source);
                }
            }
        }
        Ok(told)
    }
}

/// The rows that changed, came or went, for whoever asks later: no audit can find them out again.
fn listed(issues: &[Issue], gone: &[u64]) -> Result<String, AppError> {
    let told = issues.iter().filter(|issue| issue.check == CHANGE && issue.tier > Tier::Hint);
    let line = |issue: &Issue| FindingRow {
        what: if is_new(&issue.reason) { "new" } else { "changed" }.to_owned(),
        row: Some(RowLine::new(&issue.row)),
        key_hash: None,
    };
    let went = |key: &u64| FindingRow { what: "gone".to_owned(), row: None, key_hash: Some(format!("{key:016x}")) };
    let rows: Vec<FindingRow> = told.map(line).chain(gone.iter().map(went)).take(MOST_ROWS).collect();
    serde_json::to_string(&rows).map_err(|error| AppError::Internal(error.to_string()))
}

/// Rows kept of one finding.
const MOST_ROWS: usize = 10_000;

const REPLACED: &str = "what the state keeps of the tables is not what the evidence log says of the last audit: somebody \
    changed, removed or replaced it since then";
