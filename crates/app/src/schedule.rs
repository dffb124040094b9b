//! The audit plan: when each stage ran last, when it is due next, and what was missed.

use dataward_audit::Facts;
use dataward_audit::Snapshot;
use dataward_audit::checks;
use dataward_audit::plan::MissedStage;
use dataward_audit::plan::missed_audit;
use dataward_model::Finding;
use dataward_policy::AuditStage;
use dataward_policy::Frequency;
use dataward_store::FindingChange;
use dataward_store::FindingsPass;
use dataward_store::StageRun;
use dataward_store::Store;
use jiff::SignedDuration;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::Project;

/// Where an audit stage stands.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StageStatus {
    /// collection, access, integrity, encryption, transit.
    pub stage: String,
    /// What it is for.
    pub objective: String,
    /// How often it runs: a word or a cron expression.
    pub frequency: String,
    /// When it ran last over all sources.
    #[schemars(with = "Option<String>")]
    pub last: Option<Timestamp>,
    /// When it is due next; null before the first scan and for stages that never run.
    #[schemars(with = "Option<String>")]
    pub next: Option<Timestamp>,
    /// Whether it should have run by now.
    pub due: bool,
    /// Whether it is more than a day late: that is a finding.
    pub missed: bool,
    /// Whether this version of dataward has checks of it.
    pub available: bool,
    /// The places that the last run could not look at.
    pub gaps: Vec<String>,
    /// A later run that left out whole sources, and so does not count; null where there is none.
    pub in_part: Option<PartRun>,
    /// How many findings were open after each run, oldest first, at most the last twelve runs.
    pub trend: Vec<TrendPoint>,
}

/// A run that does not count for the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PartRun {
    /// When it ran.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// What it left out.
    pub gaps: Vec<String>,
}

/// What a run left open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TrendPoint {
    /// When it ran.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Findings of the stage that were open then.
    pub open: u64,
}

/// A stage that is so late was missed: a day, so that a nightly job that is an hour late is none.
const GRACE: SignedDuration = SignedDuration::from_hours(24);

/// Runs that a trend shows.
const TREND: usize = 12;

/// All stages in the order of the roadmap.
///
/// # Errors
/// When the state cannot be read.
pub async fn plan(project: &Project, store: &Store, now: Timestamp) -> Result<Vec<StageStatus>, AppError> {
    let runs = store.runs().await?;
    let in_part = store.runs_in_part().await?;
    let begun = store.first_finished_scan().await?.map(|scan| scan.finished.unwrap_or(scan.started));
    let zone = &project.policy.audit.time_zone;
    Ok(AuditStage::ALL
        .into_iter()
        .map(|stage| {
            let runs: Vec<&StageRun> = runs.iter().filter(|run| run.stage == stage.as_str()).collect();
            let in_part = in_part.iter().find(|run| run.stage == stage.as_str());
            let in_part = in_part.map(|run| PartRun { at: run.started, gaps: run.gaps.clone() });
            let status = stage_status(stage, project.policy.audit.frequency(stage), zone, begun, &runs, now);
            StageStatus { in_part, ..status }
        })
        .collect())
}

fn stage_status(
    stage: AuditStage,
    frequency: &Frequency,
    zone: &TimeZone,
    begun: Option<Timestamp>,
    runs: &[&StageRun],
    now: Timestamp,
) -> StageStatus {
    let last = runs.last().map(|run| run.started);
    let available = checks::of_stage(stage).next().is_some();
    let planned = *frequency != Frequency::Never && available;
    // The first run is due as soon as there is something to audit.
    let next = if planned { last.map_or(begun, |last| frequency.next(last, zone)) } else { None };
    let late = next.is_some_and(|next| match last {
        Some(_) => now.duration_since(next) > GRACE,
        // A plan that begins today has missed nothing for as long as its frequency.
        None => frequency.next(next, zone).is_some_and(|end| now.duration_since(end) > GRACE),
    });
    let shown = runs.len().saturating_sub(TREND);
    let point = |run: &&StageRun| TrendPoint { at: run.started, open: run.outcome.get("open").copied().unwrap_or(0) };
    StageStatus {
        stage: stage.as_str().to_owned(),
        objective: stage.objective().to_owned(),
        frequency: frequency.as_str().to_owned(),
        last,
        next,
        due: next.is_some_and(|next| next <= now),
        missed: late,
        available,
        gaps: runs.last().map(|run| run.gaps.clone()).unwrap_or_default(),
        in_part: None,
        trend: runs[shown..].iter().map(point).collect(),
    }
}

/// Finds the audits that were missed and those that were made up for, and keeps that as findings.
///
/// # Errors
/// When the state cannot be read or written.
pub(crate) async fn review_plan(
    project: &Project,
    store: &Store,
    now: Timestamp,
) -> Result<Vec<FindingChange>, AppError> {
    let zone = &project.policy.audit.time_zone;
    let late = |status: &StageStatus| {
        let stage = AuditStage::ALL.into_iter().find(|stage| stage.as_str() == status.stage)?;
        let due = status.next.filter(|_| status.missed)?;
        let frequency = project.policy.audit.frequency(stage);
        let twice = frequency.next(due, zone).is_some_and(|second| now.duration_since(second) > GRACE);
        Some(MissedStage { stage, frequency: status.frequency.clone(), last: status.last, due, twice })
    };
    let missed = plan(project, store, now).await?.iter().filter_map(late).collect();
    let facts = Facts { missed, ..Facts::default() };
    let snapshot = Snapshot { policy: &project.policy, sources: &[], tables: &[], facts: &facts, now };
    let seen: Vec<Finding> = checks::run([&missed_audit::CHECK], &snapshot);
    let pass = FindingsPass {
        at: now,
        checks: &[missed_audit::CHECK.name.to_owned()],
        sources: &[missed_audit::plan()],
        unread: &[],
        seen: &seen,
        lasting: &[],
    };
    Ok(store.record_findings(&pass).await?)
}
