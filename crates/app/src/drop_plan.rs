//! `retain drop`: gives a plan up. What it did stays done and is accounted for, the rest is left alone.

use std::collections::BTreeMap;

use dataward_evidence::Event;
use dataward_evidence::Retention;
use dataward_model::Clock;
use dataward_retain::RetainError;
use dataward_retain::apply::Target;
use dataward_store::PlanState;

use crate::AppError;
use crate::Project;
use crate::apply_plan::ApplyReport;
use crate::apply_plan::journalled;
use crate::apply_plan::open_archive;
use crate::apply_plan::remove_empty_parts;
use crate::apply_plan::report_of;
use crate::apply_plan::take_turn;
use crate::approve_plan::open_sources;
use crate::evidence_log;
use crate::key_root::AskSecret;
use crate::plan_folder;
use crate::record_erasure;

/// Why the rows of a plan that was given up were left alone.
pub const GIVEN_UP: &str = "given-up";

/// Gives up a plan that waits, was approved, or was cut off. One of which rows are gone counts as done, so that it can be
/// verified; rows that stayed leave the erasure ledger.
///
/// # Errors
/// When there is none of that name that has not ended, another process applies it, or, of one that was cut off, a
/// source can't be read: then nothing changes.
pub async fn drop_plan(
    project: &Project,
    name: &str,
    ask: &AskSecret<'_>,
    clock: &dyn Clock,
) -> Result<ApplyReport, AppError> {
    use PlanState::*;
    let store = project.store().await?;
    let stored = plan_folder::find(&store, Some(name), &[Planned, Approved, Applying]).await?;
    if matches!(stored.state, Done | Dropped) {
        return Err(AppError::usage_hint("the plan has ended already", "dataward retain status"));
    }
    let plan = plan_folder::load(project, &stored.hash)?;
    let _alone = take_turn(project, &stored.hash)?;
    let mut targets = BTreeMap::new();
    if stored.state == Applying {
        if let Some(archive) = open_archive(project, &plan, ask, clock.now()).await? {
            archive.sweep(&stored.hash)?;
            remove_empty_parts(&archive, &stored.hash, &store).await?;
        }
        for (id, source) in open_sources(project, &plan)? {
            source.recover().await.map_err(RetainError::from)?;
            let catalogue = source.catalogue().await.map_err(RetainError::from)?;
            targets.insert(id, Target { source, catalogue, references: Vec::new() });
        }
    }
    let mut applied = journalled(&store, &plan, &stored.hash).await?;
    // Also a batch that a kill kept from being counted.
    let is_begun = !store.batches(&stored.hash).await?.is_empty();
    let (mut changed, mut left) = (BTreeMap::new(), 0);
    for (at, step) in plan.steps.iter().enumerate() {
        *changed.entry(format!("{}.{} {}", step.source, step.table.name, step.action)).or_default() +=
            applied.changed[at];
        let told: u64 = applied.skipped[at].values().sum();
        let rest = step.rows.saturating_sub(applied.changed[at] + told);
        if rest > 0 {
            *applied.skipped[at].entry(GIVEN_UP.to_owned()).or_default() += rest;
            left += rest;
        }
    }
    let event = Event::Retention(Retention {
        action: "drop".to_owned(),
        object: stored.hash.clone(),
        planned_by: Some(plan.made_by.clone()),
        rows: changed,
        skipped: BTreeMap::from([(GIVEN_UP.to_owned(), left)]),
    });
    // The log first: rows that leave the ledger may not go any more, and whoever goes on with the plan asks the log.
    let planned_at = stored.receipt.as_ref().map_or(0, |receipt| receipt.log_index);
    let index = evidence_log::record_once(project, &store, event, planned_at, clock.now()).await?;
    if stored.state == Applying {
        record_erasure::keep_what_stayed(project, &plan, &stored.hash, &targets, clock.now()).await?;
    }
    store.end_plan(&stored.hash, if is_begun { Done } else { Dropped }, clock.now()).await?;
    plan_folder::remove_rows(project, &stored.hash);
    Ok(ApplyReport { complete: false, ..report_of(&plan, &stored.hash, &applied, index) })
}
