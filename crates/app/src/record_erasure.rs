//! Before the first row of a plan goes: the erasure ledger is on the disk, and traces of what goes are kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use dataward_connect::Amend;
use dataward_connect::amend::stored::STORED;
use dataward_model::Category;
use dataward_model::SourceId;
use dataward_retain::apply::Target;
use dataward_retain::gather::Columns;
use dataward_retain::gather::Gather;
use dataward_retain::kept;
use dataward_retain::ledger::LedgerHead;
use dataward_retain::plan::Plan;
use dataward_retain::rows_file::RowsReader;
use dataward_store::InventoryEntry;
use dataward_store::InventoryFilter;
use dataward_store::Store;
use jiff::Timestamp;
use jiff::ToSpan;

use crate::AppError;
use crate::Project;
use crate::erasure_folder;

/// How long lines of the ledger are kept: 24 months, which California asks for records of requests (11 CCR
/// § 7101) and which outlives the backups of most. A backup that is older brings erased rows back unseen.
const LEDGER_MONTHS: i32 = 24;

/// Categories whose values tell people apart.
const IDENTITY: [Category; 8] = [
    Category::USERNAME,
    Category::EMAIL,
    Category::PHONE_NUMBER,
    Category::DATE_OF_BIRTH,
    Category::FINANCIAL,
    Category::GOVERNMENT_ID,
    Category::NAME,
    Category::UNIQUE_ID,
];

/// Whether the ledger can be read. Lines are taken out again when all is done: what can't be read then would come too
/// late.
///
/// # Errors
/// When it can't, or its key is another one.
pub(crate) fn check(project: &Project) -> Result<(), AppError> {
    Ok(erasure_folder::ledger(project).check(&erasure_folder::key(project)?)?)
}

/// Writes the ledger and the traces of `plan`, unless that was done before.
pub(crate) async fn record(
    project: &Project,
    store: &Store,
    plan: &Plan,
    hash: &str,
    rows: RowsReader,
    sources: &BTreeMap<SourceId, Arc<dyn Amend>>,
    now: Timestamp,
) -> Result<(), AppError> {
    let key = erasure_folder::key(project)?;
    if erasure_folder::is_recorded(project, hash) {
        return Ok(());
    }
    let inventory = store.inventory(&InventoryFilter::default()).await?;
    let until = until(now)?;
    let columns = |source: &SourceId, table: &str| columns_of(&inventory, source, table);
    let gather = Gather { plan, hash, key: &key, columns: &columns, at: now, until };
    let ledger = erasure_folder::ledger(project);
    let traces = gather.run(rows, |id| sources.get(id).map(AsRef::as_ref), &ledger).await?;
    erasure_folder::save_traces(project, &key, hash, traces)
}

/// Takes rows that stayed out of the ledger again. Done before the plan counts as done; harmless when repeated.
pub(crate) async fn keep_what_stayed(
    project: &Project,
    plan: &Plan,
    hash: &str,
    targets: &BTreeMap<SourceId, Target>,
    now: Timestamp,
) -> Result<(), AppError> {
    let key = erasure_folder::key(project)?;
    let file = erasure_folder::ledger(project);
    let until = until(now)?;
    for (id, target) in targets {
        let ledger = file.read_plan(&key, id, hash)?;
        let head = |table: &str| LedgerHead {
            plan: hash.to_owned(),
            source: id.clone(),
            table: table.to_owned(),
            rule: String::new(),
            action: String::new(),
            rewrite: None,
            at: plan.made_at,
            until,
            columns: Vec::new(),
        };
        let lines = kept::lines(target.source.as_ref(), &target.catalogue, &ledger, &key, head).await?;
        if !lines.is_empty() {
            file.append(&lines)?;
        }
    }
    Ok(())
}

fn until(now: Timestamp) -> Result<Timestamp, AppError> {
    let until = now.to_zoned(jiff::tz::TimeZone::UTC).checked_add(LEDGER_MONTHS.months());
    until.map(|until| until.timestamp()).map_err(|error| AppError::Internal(error.to_string()))
}

/// The columns of a table that matter, by the inventory. Without one, all columns are looked for.
fn columns_of(inventory: &[InventoryEntry], source: &SourceId, table: &str) -> Columns {
    let (mut columns, mut shared) = (Columns::default(), Vec::new());
    if table == STORED {
        // A name is given again (a log that is rotated): it is the same file when it holds the same.
        columns.identity.push("sha256".to_owned());
        return columns;
    }
    for entry in inventory {
        let place = &entry.place;
        let (Some(name), Some(category)) = (&place.column, entry.category()) else { continue };
        if place.source != *source || place.table.as_deref() != Some(table) {
            continue;
        }
        columns.traced.push(name.clone());
        if IDENTITY.iter().any(|known| category.is_within(known)) {
            columns.identity.push(name.clone());
        } else if category.is_within(&Category::CONTACT) {
            shared.push(name.clone());
        }
    }
    if columns.identity.is_empty() {
        columns.identity = shared;
    }
    columns
}
