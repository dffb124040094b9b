//! What of retention stands in the report: plans that were carried out, what waits, what is next.

use std::collections::BTreeMap;

use dataward_connect::amend::stored::STORED;
use dataward_report::RetentionPicture;
use dataward_report::RetentionRun;
use dataward_store::PlanState;
use dataward_store::Store;
use dataward_store::StoredPlan;
use jiff::Timestamp;

use crate::AppError;
use crate::Project;
use crate::erasure_folder;
use crate::plan_folder;
use crate::run_retention::due;

/// Gathers it.
pub(crate) async fn retention_picture(
    project: &Project,
    store: &Store,
    now: Timestamp,
) -> Result<RetentionPicture, AppError> {
    let mut picture = RetentionPicture { next: due(project, store, now).await?.0, ..RetentionPicture::default() };
    for stored in store.plans().await? {
        match stored.state {
            PlanState::Done => picture.runs.extend(run(project, store, &stored).await?),
            PlanState::Planned | PlanState::Approved | PlanState::Applying if picture.waiting.is_none() => {
                let what = match stored.state {
                    PlanState::Planned => "an approval",
                    PlanState::Approved => "being applied",
                    _ => "its end: it was cut off",
                };
                picture.waiting = Some((stored.hash.clone(), stored.rows, what.to_owned()));
            }
            _ => {}
        }
    }
    picture.holds = store.holds(false).await?.len() as u64;
    picture.certificates = erasure_folder::certificate_paths(project).len() as u64;
    Ok(picture)
}

/// A plan as its journal has it; none where the plan itself can't be read any more.
async fn run(project: &Project, store: &Store, stored: &StoredPlan) -> Result<Option<RetentionRun>, AppError> {
    let Ok(plan) = plan_folder::load(project, &stored.hash) else { return Ok(None) };
    let mut went: BTreeMap<String, u64> = BTreeMap::new();
    let mut stayed: BTreeMap<String, u64> = BTreeMap::new();
    for batch in store.batches(&stored.hash).await?.iter().filter(|batch| batch.done) {
        let Some(step) = plan.steps.get(batch.step as usize) else { continue };
        let place = match step.table.name.as_str() {
            STORED => step.source.to_string(),
            table => format!("{}.{table}", step.source),
        };
        *went.entry(format!("{place} {}", step.action)).or_default() += batch.changed;
        for (reason, rows) in &batch.skipped {
            *stayed.entry(reason.clone()).or_default() += rows;
        }
    }
    for kept in &plan.kept {
        let reason = kept.reason.split(':').next().unwrap_or(&kept.reason).to_owned();
        *stayed.entry(reason).or_default() += kept.rows;
    }
    Ok(Some(RetentionRun {
        plan: stored.hash.clone(),
        ended: stored.finished_at.unwrap_or(stored.made_at),
        approved_by: stored.approved.as_ref().map(|(by, _)| by.clone()).unwrap_or_default(),
        went: went.into_iter().collect(),
        stayed: stayed.into_iter().collect(),
    }))
}
