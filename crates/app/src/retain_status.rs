//! `retain status`: plans, how far they are, holds, and what is next.

use dataward_model::Clock;
use dataward_store::PlanState;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::Project;
use crate::approve_plan::short;
use crate::approve_plan::stale;
use crate::erasure_folder;
use crate::evidence_log;
use crate::hold_data::HoldLine;
use crate::hold_data::looked_at;

/// Plans and holds, and what is next.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RetainStatus {
    /// `dataward/retain-status@1`.
    pub schema: &'static str,
    /// Plans, newest first.
    pub plans: Vec<PlanLine>,
    /// Holds that are in force.
    pub holds: Vec<HoldLine>,
    /// The next command.
    pub next: Option<String>,
}

/// A plan.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PlanLine {
    /// Its hash.
    pub plan: String,
    /// planned, approved, applying, done, dropped.
    pub state: String,
    /// When it was made.
    #[schemars(with = "String")]
    pub made_at: jiff::Timestamp,
    /// Who made it.
    pub made_by: String,
    /// Rows that it changes.
    pub rows: u64,
    /// Rows of it that are done: changed, or left alone for a reason.
    pub rows_done: u64,
    /// Rows that it changed.
    pub rows_changed: u64,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// Whether a certificate proves it; null of one that is not done or changed nothing.
    pub certified: Option<bool>,
    /// Why it can't be approved or applied any more, as far as that is seen without asking its sources.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale: Option<String>,
}

/// Plans and holds.
///
/// # Errors
/// When the state can't be read.
pub async fn retain_status(project: &Project, clock: &dyn Clock) -> Result<RetainStatus, AppError> {
    let store = project.store().await?;
    let mut plans = Vec::new();
    for plan in store.plans().await? {
        let batches = store.batches(&plan.hash).await?;
        let done = || batches.iter().filter(|batch| batch.done);
        let waits = matches!(plan.state, PlanState::Planned | PlanState::Approved);
        let stale = if waits { stale(project, &store, &plan.hash, clock.now()).await? } else { None };
        plans.push(PlanLine {
            stale,
            plan: plan.hash.clone(),
            state: format!("{:?}", plan.state).to_lowercase(),
            made_at: plan.made_at,
            made_by: plan.made_by.clone(),
            rows: plan.rows,
            rows_done: done().map(|batch| batch.count).sum(),
            rows_changed: done().map(|batch| batch.changed).sum(),
            approved_by: plan.approved.map(|(by, _)| by),
            certified: None,
        });
    }
    let key = evidence_log::exists(project).then(|| evidence_log::verifier_key(&evidence_log::folder(project)));
    let certified: Vec<String> = match key.transpose()? {
        Some(key) => {
            let files = erasure_folder::read_certificates(project, &key)?;
            files.into_iter().map(|file| file.certificate.plan).collect()
        }
        None => Vec::new(),
    };
    for plan in plans.iter_mut().filter(|plan| plan.state == "done" && plan.rows_changed > 0) {
        plan.certified = Some(certified.contains(&plan.plan));
    }
    let unproven = plans.iter().find(|plan| plan.certified == Some(false));
    let next = match plans.iter().find(|plan| is_open(plan)) {
        Some(plan) if plan.state == "planned" => {
            format!("dataward retain approve {}", short(&plan.plan))
        }
        Some(plan) => format!("dataward retain apply {}", short(&plan.plan)),
        None => match unproven {
            Some(plan) => format!("dataward retain verify {}", short(&plan.plan)),
            None => "dataward retain plan".to_owned(),
        },
    };
    let holds = looked_at(project, &store.holds(false).await?).await?;
    Ok(RetainStatus { schema: "dataward/retain-status@1", plans, holds, next: Some(next) })
}

fn is_open(plan: &PlanLine) -> bool {
    plan.stale.is_none() && ["applying", "approved", "planned"].contains(&plan.state.as_str())
}
