//! What dataward did itself between two audits, so that no audit is surprised by it: rows that plans of
//! retention took away, and files that were sealed.

use std::collections::HashSet;

use dataward_audit::integrity::changes::OurOwn;
use dataward_model::Place;
use dataward_model::SourceId;
use dataward_model::unit::files_of;
use dataward_protect::SUFFIX;
use dataward_retain::plan::Mask;
use dataward_retain::plan::PlannedChange;
use dataward_store::PlanState;
use dataward_store::Store;
use dataward_store::StoredProtection;
use jiff::Timestamp;

use crate::AppError;
use crate::Project;
use crate::plan_folder;
use crate::read_tables::MadeUp;

/// Rows that plans of retention took away or rewrote, by table and plan.
pub(crate) struct RetiredRows(Vec<Retired>);

struct Retired {
    source: SourceId,
    table: String,
    did: OurOwn,
    made_up: Vec<String>,
    started: Option<Timestamp>,
    finished: Option<Timestamp>,
}

impl RetiredRows {
    /// All that the state knows of.
    pub(crate) async fn of(project: &Project, store: &Store) -> Result<Self, AppError> {
        let mut all = Vec::new();
        for stored in store.plans().await? {
            if !matches!(stored.state, PlanState::Applying | PlanState::Done) {
                continue;
            }
            let Ok(plan) = plan_folder::load(project, &stored.hash) else { continue };
            let batches = store.batches(&stored.hash).await?;
            for batch in batches.iter().filter(|batch| batch.done) {
                let Some(step) = plan.steps.get(batch.step as usize) else { continue };
                let did = match step.change {
                    PlannedChange::Rewrite { .. } => OurOwn { rewritten: batch.changed, erased: 0 },
                    _ => OurOwn { erased: batch.changed, rewritten: 0 },
                };
                let made_up = match &step.change {
                    PlannedChange::Rewrite { columns } => {
                        let made_up = columns.iter().filter(|column| matches!(column.with, Mask::MadeUp { .. }));
                        made_up.map(|column| column.column.clone()).collect()
                    }
                    _ => Vec::new(),
                };
                all.push(Retired {
                    made_up,
                    source: step.source.clone(),
                    table: step.table.name.clone(),
                    did,
                    started: stored.started_at,
                    finished: stored.finished_at,
                });
            }
        }
        Ok(Self(all))
    }

    /// By table, the columns in which values were made up, whenever that was.
    pub(crate) fn made_up(&self) -> MadeUp {
        let mut all = MadeUp::new();
        for retired in self.0.iter().filter(|retired| !retired.made_up.is_empty()) {
            let table = all.entry((retired.source.clone(), retired.table.clone())).or_default();
            table.extend(retired.made_up.iter().cloned());
        }
        all
    }

    /// How many of a table since `since`. A plan that came to its end after that moment counts as a whole; one
    /// that was cut off before it does not: it would excuse what others take away for as long as it lies there.
    pub(crate) fn since(&self, source: &SourceId, table: &str, since: Timestamp) -> OurOwn {
        let counts = |retired: &&Retired| {
            retired.source == *source
                && retired.table == table
                && retired.finished.or(retired.started).is_some_and(|at| at >= since)
        };
        self.0.iter().filter(counts).fold(OurOwn::default(), |all, retired| OurOwn {
            erased: all.erased + retired.did.erased,
            rewritten: all.rewritten + retired.did.rewritten,
        })
    }
}

/// Files and objects that lie sealed now, under the names that they had in the clear.
pub(crate) struct Sealed<'a>(HashSet<(&'a SourceId, &'a str)>);

impl<'a> Sealed<'a> {
    /// All of `protections`.
    pub(crate) fn of(protections: &'a [StoredProtection]) -> Self {
        let plain = |known: &'a StoredProtection| {
            let unit = known.record.unit.as_deref()?.strip_suffix(SUFFIX)?.strip_suffix('.')?;
            Some((&known.source, unit))
        };
        Self(protections.iter().filter_map(plain).collect())
    }

    /// Whether what was read there is one of them, or a sheet or member of one.
    pub(crate) fn holds(&self, place: &Place) -> bool {
        let table = place.table.as_deref().unwrap_or_default();
        files_of(table).any(|file| self.0.contains(&(&place.source, file)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_that_was_cut_off_excuses_nothing_after_the_next_audit() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let shop = SourceId::new("shop").unwrap();
        let erased = |finished: Option<i64>| {
            RetiredRows(vec![Retired {
                source: shop.clone(),
                table: "customers".to_owned(),
                did: OurOwn { erased: 7, rewritten: 0 },
                made_up: Vec::new(),
                started: Some(at(100)),
                finished: finished.map(at),
            }])
        };
        let since = |finished, audit| erased(finished).since(&shop, "customers", at(audit)).erased;
        assert_eq!((since(None, 90), since(None, 110)), (7, 0));
        assert_eq!((since(Some(120), 90), since(Some(120), 110), since(Some(120), 130)), (7, 7, 0));
        assert_eq!(erased(None).since(&shop, "orders", at(90)), OurOwn::default());
    }
}
