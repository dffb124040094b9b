//! `retain run`: what a scheduler calls. Goes on with what was cut off, applies what was approved, and makes the
//! next plan when it is due; a plan never goes further by itself than to wait for its approval, so the first
//! run on a table is a preview, and so is every other. `dataward/retain-run@1`.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use dataward_model::Clock;
use dataward_policy::Frequency;
use dataward_retain::approve::is_too_old;
use dataward_store::PlanState;
use dataward_store::Store;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::Project;
use crate::apply_plan::ApplyReport;
use crate::apply_plan::Watcher;
use crate::apply_plan::apply_plan;
use crate::approve_plan::short;
use crate::key_root::AskSecret;
use crate::plan_folder;
use crate::plan_retention::Look;
use crate::plan_retention::RetainPlanReport;
use crate::plan_retention::plan_retention;
use crate::plan_retention::show_plan;

/// What went, what stayed, what is next.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RetainRunReport {
    /// `dataward/retain-run@1`.
    pub schema: &'static str,
    /// Plans that were applied, each with what went and what was left alone.
    pub applied: Vec<ApplyReport>,
    /// Plans that could not be applied now, and why.
    pub refused: Vec<RefusedPlan>,
    /// The plan that waits for an approval: made now, or before.
    pub waiting: Option<RetainPlanReport>,
    /// Whether it was made now.
    pub planned: bool,
    /// When the next plan is due; none where the policy says never.
    #[schemars(with = "Option<String>")]
    pub next: Option<Timestamp>,
    /// What to type next.
    pub command: Option<String>,
}

/// A plan that could not be applied now.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RefusedPlan {
    /// Its hash.
    pub plan: String,
    /// Why.
    pub reason: String,
}

/// Whether a plan is made in any case, or only when it is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// When `[audit] retention` says so.
    Due,
    /// Now.
    Now,
}

/// Runs once.
///
/// # Errors
/// When the state can't be read, or somebody asked to stop. A plan that can't be applied is listed.
pub async fn run_retention(
    project: &Project,
    when: When,
    ask: &AskSecret<'_>,
    cancel: &AtomicBool,
    watcher: &dyn Watcher,
    clock: &dyn Clock,
) -> Result<RetainRunReport, AppError> {
    let store = project.store().await?;
    let mut report = RetainRunReport {
        schema: "dataward/retain-run@1",
        applied: Vec::new(),
        refused: Vec::new(),
        waiting: None,
        planned: false,
        next: None,
        command: None,
    };
    let mut open = store.plans().await?;
    // The oldest first: what was cut off before what was approved later.
    open.reverse();
    open.sort_by_key(|plan| plan.state != PlanState::Applying);
    for plan in open.iter().filter(|plan| matches!(plan.state, PlanState::Applying | PlanState::Approved)) {
        match apply_plan(project, Some(&plan.hash), ask, cancel, watcher, clock).await {
            Ok(applied) => report.applied.push(applied),
            Err(error) if cancel.load(Ordering::Relaxed) => return Err(error),
            Err(AppError::Refused { message, .. } | AppError::Unreachable { message, .. }) => {
                report.refused.push(RefusedPlan { plan: plan.hash.clone(), reason: message });
            }
            Err(error) => return Err(error),
        }
    }
    let now = clock.now();
    let (next, is_due) = due(project, &store, now).await?;
    report.next = next;
    match waiting(project, &store, now).await? {
        Some(plan) if when == When::Due => report.waiting = Some(plan),
        _ if when == When::Now || is_due => {
            report.waiting = Some(plan_retention(project, &[], Look::AtTables, clock).await?);
            report.planned = true;
            report.next = due(project, &store, now).await?.0;
        }
        _ => {}
    }
    let ends = |plan: &RetainPlanReport| plan.archives.iter().any(|archive| archive.kept.is_none());
    let does_something = |plan: &&RetainPlanReport| plan.tables.iter().any(|table| table.rows > 0) || ends(plan);
    report.command = report.waiting.as_ref().filter(does_something).map(|plan| match &plan.notify {
        Some(_) => format!("dataward retain notify {} --out people.csv", short(&plan.plan)),
        None => format!("dataward retain approve {}", short(&plan.plan)),
    });
    Ok(report)
}

/// When the next plan is due, and whether that is now.
pub(crate) async fn due(
    project: &Project,
    store: &Store,
    now: Timestamp,
) -> Result<(Option<Timestamp>, bool), AppError> {
    let frequency = &project.policy.audit.retention;
    if *frequency == Frequency::Never || project.policy.retain.is_empty() {
        return Ok((None, false));
    }
    let last = store.plans().await?.iter().map(|plan| plan.made_at).max();
    let next = match last {
        None => Some(now),
        Some(last) => frequency.next(last, &project.policy.audit.time_zone),
    };
    Ok((next, next.is_some_and(|next| next <= now)))
}

/// The plan that waits for its approval and can still get it.
async fn waiting(project: &Project, store: &Store, now: Timestamp) -> Result<Option<RetainPlanReport>, AppError> {
    let plans = store.plans().await?;
    let can_still = |hash: &str| plan_folder::load(project, hash).is_ok_and(|plan| !is_too_old(&plan, now));
    match plans.iter().find(|plan| plan.state == PlanState::Planned && can_still(&plan.hash)) {
        Some(plan) => Ok(Some(show_plan(project, Some(&plan.hash)).await?)),
        None => Ok(None),
    }
}
