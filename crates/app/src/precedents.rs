//! What people decided about columns, as evidence for columns like them.

use dataward_detect::Precedent;
use dataward_model::SourceId;
use dataward_store::InventoryEntry;
use dataward_store::InventoryFilter;
use dataward_store::Ruling;
use dataward_store::Store;

use crate::AppError;

/// The decisions of a project, earlier ones first.
#[derive(Debug, Default)]
pub(crate) struct Precedents {
    decided: Vec<InventoryEntry>,
}

impl Precedents {
    /// Reads the decisions that hold, those about columns that are gone too.
    pub(crate) async fn read(store: &Store) -> Result<Self, AppError> {
        let filter = InventoryFilter { with_gone: true, ..InventoryFilter::default() };
        let mut decided = store.inventory(&filter).await?;
        decided.retain(|entry| entry.decision.as_ref().is_some_and(|decision| decision.ruling != Ruling::Withdrawn));
        decided.sort_by_key(|entry| entry.decision.as_ref().map(|decision| decision.at));
        Ok(Self { decided })
    }

    /// As a scan of `source` sees them.
    pub(crate) fn seen_from(&self, source: &SourceId) -> Vec<Precedent> {
        let precedent = |entry: &InventoryEntry| Precedent {
            place: entry.place.to_string(),
            table_here: entry.place.table.clone().filter(|_| entry.place.source == *source),
            column: entry.place.column.clone().unwrap_or_default(),
            declared_type: entry.declared_type.clone(),
            detected: entry.detected.clone(),
            category: entry.category().cloned(),
        };
        self.decided.iter().map(precedent).collect()
    }
}
