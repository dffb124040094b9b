//! `inventory confirm|overrule|withdraw`: what a person knows beats detection, and lasts.

use dataward_model::Category;
use dataward_model::Clock;
use dataward_model::TableShape;
use dataward_store::Decision;
use dataward_store::InventoryEntry;
use dataward_store::InventoryFilter;
use dataward_store::Ruling;
use dataward_store::Store;

use crate::AppError;
use crate::Project;
use crate::environment;
use crate::evidence_log;
use crate::unnamed_report::in_full;

/// What a person says of an entry.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Detection is right.
    Confirm,
    /// It is this; none: nothing about a person.
    Overrule(Option<Category>),
    /// What was said earlier no longer holds.
    Withdraw,
}

/// Keeps a decision about the column that `text` names, and logs it. Returns the entry as it counts
/// from now on.
///
/// # Errors
/// When there is no such column, or the state or the log cannot be written: then nothing is kept.
pub async fn decide_entry(
    project: &Project,
    text: &str,
    verdict: Verdict,
    reason: String,
    clock: &dyn Clock,
) -> Result<InventoryEntry, AppError> {
    let store = project.store().await?;
    let entry = find_entry(&store, &in_full(project, &store, text, clock).await?).await?;
    let (ruling, category) = match verdict {
        Verdict::Confirm => (Ruling::Confirmed, entry.detected.clone()),
        Verdict::Overrule(category) => (Ruling::Overruled, category),
        Verdict::Withdraw => (Ruling::Withdrawn, None),
    };
    let decision =
        Decision { place: entry.place.clone(), ruling, category, by: environment::actor(), at: clock.now(), reason };
    // No log, no decision: what cannot be proven later is not done.
    evidence_log::record_decision(project, &store, &decision).await?;
    store.decide(&decision).await?;
    Ok(store.inventory_entry(&entry.place).await?)
}

/// What a person asks about.
#[derive(Clone, Debug)]
pub enum Asked {
    /// A column, or a document.
    One(Box<InventoryEntry>),
    /// A table, a folder or a source: all that lies in it, the name first.
    Many(String, Vec<InventoryEntry>),
}

/// What `text` names: a column as [`find_entry`] finds it, or a document, a table, a folder or a
/// whole source by its name or a unique ending of it.
///
/// # Errors
/// When nothing, or more than one thing, is named so.
pub async fn find_asked(store: &Store, text: &str) -> Result<Asked, AppError> {
    let filter = InventoryFilter { with_gone: true, ..InventoryFilter::default() };
    let entries = store.inventory(&filter).await?;
    let table_of = |entry: &InventoryEntry| match &entry.place.table {
        Some(table) => format!("{}.{table}", entry.place.source),
        None => entry.place.source.to_string(),
    };
    let wanted = text.trim_end_matches('/');
    let within = |whole: &dyn Fn(&InventoryEntry) -> bool| -> Vec<InventoryEntry> {
        entries.iter().filter(|entry| entry.gone_since.is_none() && whole(entry)).cloned().collect()
    };
    let folder = format!("{wanted}/");
    let inside = within(&|entry: &InventoryEntry| {
        let table = table_of(entry);
        table == wanted || table.starts_with(&folder) || entry.place.source.as_str() == wanted
    });
    if !inside.is_empty() && !entries.iter().any(|entry| entry.place.to_string() == text) {
        return Ok(asked(wanted.to_owned(), inside));
    }
    match find_entry(store, text).await {
        Ok(entry) => Ok(Asked::One(Box::new(entry))),
        Err(unknown) => {
            let (ending, part) = (format!(".{wanted}"), format!("/{wanted}"));
            let inside = within(&|entry: &InventoryEntry| {
                let table = table_of(entry);
                table.ends_with(&ending) || table.ends_with(&part)
            });
            let Some(first) = inside.first().map(table_of) else { return Err(unknown) };
            match inside.iter().map(table_of).find(|table| *table != first) {
                None => Ok(asked(first, inside)),
                Some(second) => Err(AppError::usage_hint(
                    format!("`{text}` names more than one thing: {first}, {second} …"),
                    "write the whole name, source first",
                )),
            }
        }
    }
}

/// A document is one thing, whatever its only column is called.
fn asked(name: String, mut entries: Vec<InventoryEntry>) -> Asked {
    match entries.pop() {
        Some(only) if entries.is_empty() && only.shape == TableShape::Document => Asked::One(Box::new(only)),
        Some(last) => {
            entries.push(last);
            Asked::Many(name, entries)
        }
        None => Asked::Many(name, entries),
    }
}

/// The entry that `text` names as `source.table.column`. Names may hold dots themselves: the
/// inventory is asked, not the text cut.
///
/// # Errors
/// When nothing or more than one thing is named so.
pub async fn find_entry(store: &Store, text: &str) -> Result<InventoryEntry, AppError> {
    let filter = InventoryFilter { with_gone: true, ..InventoryFilter::default() };
    let entries = store.inventory(&filter).await?;
    let exact = |entry: &&InventoryEntry| entry.place.to_string() == text;
    if let Some(entry) = entries.iter().find(exact) {
        return Ok(entry.clone());
    }
    let ending = format!(".{text}");
    let mut matching = entries.iter().filter(|entry| entry.place.to_string().ends_with(&ending));
    match (matching.next(), matching.next()) {
        (Some(entry), None) => Ok(entry.clone()),
        (Some(first), Some(second)) => Err(AppError::usage_hint(
            format!("`{text}` names more than one column: {}, {} …", first.place, second.place),
            "write the whole place, source first",
        )),
        (None, _) => Err(AppError::usage_hint(
            format!("`{text}` is no column in the inventory"),
            "`dataward inventory --all` lists those there are",
        )),
    }
}
