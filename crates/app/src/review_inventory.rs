//! Runs the checks that go by the inventory after a scan, and keeps what they find. That is no audit: a
//! scan does not count for the plan.

use dataward_audit::CHECKS;
use dataward_audit::Facts;
use dataward_audit::HeldColumn;
use dataward_audit::HeldSource;
use dataward_audit::HeldTable;
use dataward_audit::Needs;
use dataward_audit::Snapshot;
use dataward_model::Category;
use dataward_model::Place;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use dataward_model::TableShape;
use dataward_store::FindingChange;
use dataward_store::FindingsPass;
use dataward_store::InventoryEntry;
use dataward_store::InventoryFilter;
use dataward_store::Store;
use jiff::Timestamp;

use crate::AppError;
use crate::Project;
use crate::convert;
use crate::scan::SourceOutcome;
use crate::schedule::review_plan;

/// Runs them on the sources that were just scanned, and says what changed. What could not be read keeps
/// the findings it had.
pub(crate) async fn review(
    project: &Project,
    store: &Store,
    outcomes: &[SourceOutcome],
    now: Timestamp,
) -> Result<Vec<FindingChange>, AppError> {
    let scanned: Vec<SourceId> =
        outcomes.iter().filter(|outcome| outcome.facts.is_some()).map(|outcome| outcome.id.clone()).collect();
    let tables = held_tables(store).await?;
    let tables: Vec<HeldTable> = tables.into_iter().filter(|table| scanned.contains(&table.source)).collect();
    let sources: Vec<HeldSource> = outcomes
        .iter()
        .filter_map(convert::source_record)
        .map(|record| HeldSource { plain_transport: record.transport == convert::PLAIN, id: record.source })
        .collect();
    let facts = Facts::default();
    let snapshot = Snapshot { policy: &project.policy, sources: &sources, tables: &tables, facts: &facts, now };
    let checks = || CHECKS.iter().filter(|check| check.needs == Needs::Inventory);
    let seen = dataward_audit::run(checks(), &snapshot);
    let names: Vec<String> = checks().map(|check| check.name.to_owned()).collect();
    let unread: Vec<Place> = outcomes
        .iter()
        .flat_map(|outcome| {
            outcome.skipped.iter().map(|skipped| Place::of_table(outcome.id.clone(), skipped.place.as_str()))
        })
        .collect();
    let pass = FindingsPass { at: now, checks: &names, sources: &scanned, unread: &unread, seen: &seen, lasting: &[] };
    let mut changes = store.record_findings(&pass).await?;
    changes.extend(review_plan(project, store, now).await?);
    Ok(changes)
}

/// The tables and documents of the inventory that hold personal data, decisions of people included. Views show what
/// tables hold, and hold nothing.
pub(crate) async fn held_tables(store: &Store) -> Result<Vec<HeldTable>, AppError> {
    tables(store, |entry| !entry.unit.is_view()).await
}

/// The same with the views: whoever may read one reads what it shows.
pub(crate) async fn held_tables_and_views(store: &Store) -> Result<Vec<HeldTable>, AppError> {
    tables(store, |_| true).await
}

async fn tables(store: &Store, is_wanted: impl Fn(&InventoryEntry) -> bool) -> Result<Vec<HeldTable>, AppError> {
    let filter = InventoryFilter { category: Some(Category::USER), ..InventoryFilter::default() };
    let mut tables: Vec<HeldTable> = Vec::new();
    for entry in store.inventory(&filter).await?.iter().filter(|entry| is_wanted(entry)) {
        let same =
            |table: &HeldTable| table.source == entry.place.source && Some(&table.table) == entry.place.table.as_ref();
        // Entries come in the order of their tables.
        match tables.last_mut().filter(|table| same(table)) {
            Some(table) => table.columns.extend(held_columns(entry)),
            None => tables.push(held_table(entry)),
        }
    }
    tables.retain(|table| !table.columns.is_empty());
    Ok(tables)
}

fn held_table(entry: &InventoryEntry) -> HeldTable {
    HeldTable {
        source: entry.place.source.clone(),
        table: entry.place.table.clone().unwrap_or_default(),
        unit: entry.unit.name.clone(),
        goes_whole: matches!(entry.source_kind, SourceKind::Files | SourceKind::Objects),
        is_derived: entry.unit.is_derived(),
        readable_by_everyone: entry.unit.exposure.as_deref() == Some(convert::EVERYONE),
        people: entry.people,
        columns: held_columns(entry),
    }
}

/// The column; a document or a column of prose counts as what was found in it.
fn held_columns(entry: &InventoryEntry) -> Vec<HeldColumn> {
    let column = entry.place.column.clone().unwrap_or_default();
    let found: Vec<Category> = match entry.category() {
        None => Vec::new(),
        // An empty column holds nothing yet, whatever it is called.
        Some(_) if entry.filled == 0 && entry.decision.is_none() => Vec::new(),
        Some(_) if entry.shape == TableShape::Document && !entry.spans.is_empty() => {
            entry.spans.iter().map(|span| span.category.clone()).collect()
        }
        Some(category) if *category == Category::CONTENT && !entry.also.is_empty() => entry.also.clone(),
        Some(category) => vec![category.clone()],
    };
    found.into_iter().map(|category| HeldColumn { column: column.clone(), category }).collect()
}
