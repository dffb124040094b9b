//! `findings`: list, show, decide about, export. `dataward/findings@1`.

use std::collections::BTreeMap;

use dataward_evidence::Event;
use dataward_evidence::FindingEvent;
use dataward_model::Clock;
use dataward_model::FindingState;
use dataward_model::Severity;
use dataward_model::SourceId;
use dataward_policy::AuditStage;
use dataward_report::ExportedCheck;
use dataward_report::ExportedFinding;
use dataward_report::ExportedRun;
use dataward_report::FindingsExport;
use dataward_store::Store;
use dataward_store::StoredFinding;
use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

pub use dataward_store::FindingDecision;

use crate::AppError;
use crate::Project;
use crate::check_integrity::FindingRow;
use crate::environment;
use crate::evidence_log;
use crate::finding_line::FindingLine;
use crate::unnamed::Unnamed;
use crate::unnamed_report::Aliases;

/// Which findings.
#[derive(Clone, Debug, Default)]
pub struct FindingFilter {
    /// Only those that stand so; none: the open ones.
    pub states: Vec<FindingState>,
    /// Only those of this severity or above.
    pub severity: Option<Severity>,
    /// Only those whose check begins so: `access`, `access/readable-by-everyone`.
    pub check: Option<String>,
    /// Only those in this source.
    pub source: Option<String>,
    /// Only those that are given to this person or team.
    pub assigned_to: Option<String>,
}

/// Findings.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FindingsReport {
    /// `dataward/findings@1`.
    pub schema: &'static str,
    /// How many findings there are in all, by state.
    pub counts: BTreeMap<String, u64>,
    /// Those asked for, the gravest first.
    pub findings: Vec<FindingLine>,
}

/// A finding and its history.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FindingDetail {
    /// `dataward/finding@1`.
    pub schema: &'static str,
    /// The finding.
    pub finding: FindingLine,
    /// The rows that it is about, where no later audit can tell them: at most 10,000.
    pub rows: Vec<FindingRow>,
    /// What happened to it, oldest first.
    pub history: Vec<HistoryLine>,
    /// The entries of the evidence log that tell of it.
    pub evidence: Vec<u64>,
}

/// One change of a finding.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct HistoryLine {
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// found, fixed, reopened, accepted, rejected, assigned.
    pub change: String,
    /// How much it mattered then.
    pub severity: String,
    /// Who did it; null: an audit or scan.
    pub person: Option<String>,
    /// Why, or to whom it was given.
    pub note: Option<String>,
}

/// An acceptance is looked at again within a year.
const LONGEST_ACCEPTANCE_DAYS: i64 = 366;

/// Lists findings.
///
/// # Errors
/// When the state cannot be read, or a source is named that there is not.
pub async fn list_findings(
    project: &Project,
    filter: &FindingFilter,
    clock: &dyn Clock,
) -> Result<FindingsReport, AppError> {
    let store = project.store().await?;
    need_scan(&store).await?;
    let all = store.findings(clock.now()).await?;
    filter.must_be_known(project, &all)?;
    let mut counts = BTreeMap::new();
    for stored in &all {
        *counts.entry(stored.finding.state.as_str().to_owned()).or_default() += 1;
    }
    let findings = all.iter().filter(|stored| filter.takes(stored)).map(FindingLine::new).collect();
    Ok(FindingsReport { schema: "dataward/findings@1", counts, findings })
}

/// One finding and its history.
///
/// # Errors
/// When no finding, or more than one, has an id that begins so.
pub async fn show_finding(project: &Project, id: &str, clock: &dyn Clock) -> Result<FindingDetail, AppError> {
    let store = project.store().await?;
    detail(&store, &find(&store, id, clock.now()).await?).await
}

/// Keeps and logs what the person at the keyboard decided about findings.
///
/// # Errors
/// When one of them is not known, the decision does not fit, or the state or the log cannot be written:
/// then nothing is kept.
pub async fn decide_findings(
    project: &Project,
    ids: &[String],
    decision: &FindingDecision,
    clock: &dyn Clock,
) -> Result<Vec<FindingDetail>, AppError> {
    let (store, now) = (project.store().await?, clock.now());
    let mut findings = Vec::new();
    for id in ids {
        let stored = find(&store, id, now).await?;
        check(decision, &stored)?;
        findings.push(stored);
    }
    // No log, no decision: what cannot be proven later is not done.
    let events = findings.iter().map(|stored| event(stored, decision)).collect();
    evidence_log::record_all(project, &store, events, now).await?;
    let mut details = Vec::new();
    for stored in &findings {
        let decided = store.decide_finding(&stored.finding.id, decision, &environment::actor(), now).await?;
        details.push(detail(&store, &decided.unwrap_or_else(|| stored.clone())).await?);
    }
    Ok(details)
}

/// The end of an acceptance: the beginning of `day` in the time zone of the plan.
///
/// # Errors
/// When it is no day, lies in the past, or more than a year ahead.
pub fn accepted_until(project: &Project, day: &str, clock: &dyn Clock) -> Result<Timestamp, AppError> {
    let zone = &project.policy.audit.time_zone;
    let day: Date =
        day.parse().map_err(|_| AppError::usage_hint(format!("`{day}` is not a day"), "write it as 2027-03-31"))?;
    let today = clock.now().to_zoned(zone.clone()).date();
    if day <= today {
        return Err(AppError::usage(format!("{day} is not in the future")));
    }
    if today.checked_add(LONGEST_ACCEPTANCE_DAYS.days()).is_ok_and(|last| day > last) {
        return Err(AppError::usage_hint(
            format!("{day} is more than a year ahead"),
            "a finding is accepted for a year at most: then someone looks at it again",
        ));
    }
    // To the last second of that day.
    day.tomorrow()
        .and_then(|next| next.to_zoned(zone.clone()))
        .map(|next| next.timestamp() - 1.second())
        .map_err(|_| AppError::usage(format!("`{day}` is not a day")))
}

/// What the exports of findings are made of; names of files that may be a customer's stand in it as digests.
///
/// # Errors
/// When the state cannot be read.
pub async fn findings_export(
    project: &Project,
    filter: &FindingFilter,
    clock: &dyn Clock,
) -> Result<FindingsExport, AppError> {
    let (store, now) = (project.store().await?, clock.now());
    need_scan(&store).await?;
    let mut runs = Vec::new();
    for run in store.last_runs().await? {
        let receipts = store.receipts("audit", &format!("{}/{}", run.stage, run.started)).await?;
        runs.push(ExportedRun {
            evidence: receipts.last().map(|receipt| receipt.log_index),
            stage: run.stage,
            started: run.started,
        });
    }
    let mut export = FindingsExport {
        business: project.policy.business.name.clone(),
        generated_at: now,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        checks: dataward_audit::CHECKS
            .iter()
            .map(|check| ExportedCheck { name: check.name.to_owned(), summary: check.summary.to_owned() })
            .collect(),
        runs,
        findings: store.findings(now).await?.into_iter().filter(|stored| filter.takes(stored)).map(exported).collect(),
    };
    let unnamed = Unnamed::new(project, clock.now())?;
    Aliases::read(&unnamed, &store, clock).await?.findings(&mut export);
    Ok(export)
}

impl FindingFilter {
    /// All findings, whatever their state.
    pub fn all() -> Self {
        use FindingState::*;
        Self { states: vec![Accepted, Fixed, Open, Rejected, Reopened], ..Self::default() }
    }

    /// A mistyped check or source would find nothing, which looks like a clean answer.
    fn must_be_known(&self, project: &Project, stored: &[StoredFinding]) -> Result<(), AppError> {
        if let Some(check) = &self.check {
            let mut names = dataward_audit::CHECKS.iter().map(|known| known.name);
            let old = stored.iter().any(|stored| is_of_check(&stored.finding.check, check));
            if !old && !names.any(|name| is_of_check(name, check)) {
                let stages = AuditStage::ALL.map(|stage| stage.as_str()).join(", ");
                return Err(AppError::usage_hint(
                    format!("there is no check `{check}`"),
                    format!("a stage ({stages}), or a check as `dataward findings` names it in JSON"),
                ));
            }
        }
        if let Some(source) = &self.source {
            let declared = project.policy.sources.keys().any(|known| known.as_str() == source);
            if !declared && !stored.iter().any(|stored| stored.finding.place.source.as_str() == source) {
                let known: Vec<&str> = project.policy.sources.keys().map(SourceId::as_str).collect();
                return Err(AppError::usage_hint(
                    format!("`{source}` is no source of the policy file"),
                    format!("known: {}", known.join(", ")),
                ));
            }
        }
        Ok(())
    }

    fn takes(&self, stored: &StoredFinding) -> bool {
        let finding = &stored.finding;
        let state = if self.states.is_empty() { finding.state.is_open() } else { self.states.contains(&finding.state) };
        let check = |wanted: &String| is_of_check(&finding.check, wanted);
        state
            && self.severity.is_none_or(|severity| finding.severity >= severity)
            && self.check.as_ref().is_none_or(check)
            && self.source.as_ref().is_none_or(|source| finding.place.source.as_str() == source)
            && self.assigned_to.as_ref().is_none_or(|who| stored.assigned_to.as_ref() == Some(who))
    }
}

/// Whether `check` is `wanted`, or a check of the stage `wanted`.
fn is_of_check(check: &str, wanted: &str) -> bool {
    check.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Before the first scan there is nothing to say, and an empty answer would look like a clean one.
pub(crate) async fn need_scan(store: &Store) -> Result<(), AppError> {
    if store.scans(1).await?.is_empty() {
        return Err(AppError::usage_hint("nothing was scanned yet", "dataward scan"));
    }
    Ok(())
}

async fn find(store: &Store, id: &str, now: Timestamp) -> Result<StoredFinding, AppError> {
    let wanted = if id.starts_with("F-") { id.to_owned() } else { format!("F-{id}") };
    let mut matching = store.findings(now).await?.into_iter().filter(|stored| stored.finding.id.starts_with(&wanted));
    match (matching.next(), matching.next()) {
        (Some(stored), None) => Ok(stored),
        (Some(_), Some(_)) => {
            Err(AppError::usage_hint(format!("more than one finding begins with `{id}`"), "write more of it"))
        }
        (None, _) => Err(AppError::usage_hint(
            format!("there is no finding `{id}`"),
            "`dataward findings list --state all` has them",
        )),
    }
}

fn check(decision: &FindingDecision, stored: &StoredFinding) -> Result<(), AppError> {
    let id = &stored.finding.id;
    match (decision, stored.finding.state) {
        (FindingDecision::Accept { why, .. } | FindingDecision::Reject { why }, _) if why.trim().is_empty() => {
            Err(AppError::usage_hint("a decision needs its reason", "--reason \"…\": an auditor will read it"))
        }
        (FindingDecision::Accept { .. } | FindingDecision::Reject { .. }, FindingState::Fixed) => {
            Err(AppError::usage(format!("{id} is fixed: there is nothing to decide")))
        }
        (FindingDecision::Assign { to: Some(to) }, _) if to.trim().is_empty() => Err(AppError::usage_hint(
            "a finding is given to somebody",
            "--to NAME, or an address; `--to nobody` takes it back",
        )),
        (FindingDecision::Reopen, state) if state.is_open() => Err(AppError::usage(format!("{id} is open already"))),
        (FindingDecision::Reopen, FindingState::Fixed) => Err(AppError::usage_hint(
            format!("{id} is fixed: the next audit opens it again if the fault is back"),
            "dataward audit",
        )),
        _ => Ok(()),
    }
}

/// What is logged. The reason stays in the state: it may name people.
fn event(stored: &StoredFinding, decision: &FindingDecision) -> Event {
    let finding = &stored.finding;
    Event::Finding(FindingEvent {
        finding: finding.id.clone(),
        check: finding.check.clone(),
        place: finding.place.clone(),
        severity: finding.severity.as_str().to_owned(),
        change: decision.change().as_str().to_owned(),
        until: match decision {
            FindingDecision::Accept { until, .. } => Some(*until),
            _ => None,
        },
    })
}

async fn detail(store: &Store, stored: &StoredFinding) -> Result<FindingDetail, AppError> {
    let id = &stored.finding.id;
    let changes = store.finding_changes(Some(id)).await?;
    let receipts = store.receipts("finding", id).await?;
    let rows = store.finding_rows(id).await?;
    let damaged = |_| AppError::Internal(format!("the rows of {id} cannot be read"));
    Ok(FindingDetail {
        schema: "dataward/finding@1",
        finding: FindingLine::new(stored),
        rows: rows.map_or(Ok(Vec::new()), |rows| serde_json::from_str(&rows)).map_err(damaged)?,
        history: changes
            .into_iter()
            .map(|change| HistoryLine {
                at: change.at,
                change: change.change.as_str().to_owned(),
                severity: change.severity.as_str().to_owned(),
                person: change.person,
                note: change.note,
            })
            .collect(),
        evidence: receipts.iter().map(|receipt| receipt.log_index).collect(),
    })
}

fn exported(stored: StoredFinding) -> ExportedFinding {
    let authority = |id: &String| dataward_audit::law::find(id).map_or(id.as_str(), |law| law.authority).to_owned();
    ExportedFinding {
        law: stored.finding.law.iter().map(authority).collect(),
        finding: stored.finding,
        last_seen: stored.last_seen,
        fixed_at: stored.fixed_at,
        assigned_to: stored.assigned_to,
        decided_by: stored.decided_by,
        decided_at: stored.decided_at,
        decided_why: stored.decided_why,
        accepted_until: stored.accepted_until,
    }
}
