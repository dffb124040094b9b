//! What dataward did itself between two audits, so that no audit is surprised by it: rows that plans of
//! retention took away, and files that were sealed.

use dataward_model::Place;
use dataward_model::SourceId;
use dataward_protect::SUFFIX;
use dataward_retain::plan::PlannedChange;
use dataward_store::PlanState;
use dataward_store::StoredProtection;
use jiff::Timestamp;

use super::AuditContext;
use crate::AppError;
use crate::plan_folder;

/// How many rows of a table plans of retention took away since `since`. Plans that ran over that moment
/// count as a whole.
pub(crate) async fn erased_rows(
    context: &AuditContext<'_>,
    source: &SourceId,
    table: &str,
    since: Timestamp,
) -> Result<u64, AppError> {
    let mut rows = 0;
    for stored in context.store.plans().await? {
        let ran = matches!(stored.state, PlanState::Applying | PlanState::Done);
        if !ran || stored.finished_at.is_some_and(|ended| ended < since) {
            continue;
        }
        let Ok(plan) = plan_folder::load(context.project, &stored.hash) else { continue };
        let takes = |step: u64| {
            plan.steps.get(step as usize).is_some_and(|step| {
                step.source == *source
                    && step.table.name == table
                    && !matches!(step.change, PlannedChange::Rewrite { .. })
            })
        };
        let batches = context.store.batches(&stored.hash).await?;
        rows += batches.iter().filter(|batch| batch.done && takes(batch.step)).map(|batch| batch.changed).sum::<u64>();
    }
    Ok(rows)
}

/// Whether what was read there lies sealed now: a file or object of another name, with its sheets or members.
pub(crate) fn is_sealed(place: &Place, protections: &[StoredProtection]) -> bool {
    let Some(table) = &place.table else { return false };
    let file = table.split(['#', '!']).next().unwrap_or(table);
    let plain = |unit: &str| unit.strip_suffix(SUFFIX)?.strip_suffix('.').map(str::to_owned);
    let is_it = |known: &StoredProtection| known.record.unit.as_deref().and_then(plain).as_deref() == Some(file);
    protections.iter().any(|known| known.source == place.source && is_it(known))
}
