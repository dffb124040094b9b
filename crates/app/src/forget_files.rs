//! What the state forgets of files and objects that are gone: those that went by a plan at once, others after a while.
//! Findings and decisions stay under a digest of the name; the evidence log says what is kept of the tables from then on.

use std::collections::BTreeMap;
use std::collections::HashSet;

use dataward_connect::objects::key_of;
use dataward_evidence::Event;
use dataward_evidence::Forgotten;
use dataward_evidence::TableDigest;
use dataward_evidence::rows::roots_sha256;
use dataward_model::SourceId;
use dataward_policy::AuditStage;
use dataward_store::Forgetting;
use dataward_store::Store;
use futures::StreamExt;
use jiff::Timestamp;
use jiff::ToSpan;

use crate::AppError;
use crate::Project;
use crate::encrypt_plan;
use crate::evidence_log;
use crate::list_planned::FileLine;
use crate::unnamed::Unnamed;
use crate::unnamed_report::Names;

/// How long names of files are known that went without a plan: until the collection review of the next quarter has told
/// what went, and a drive that was not there may be back.
const REMEMBERED_DAYS: i64 = 120;

/// Forgets the files of a plan that are not there any more. Harmless when repeated. What can't be looked for now is
/// forgotten when it is gone for long.
///
/// # Errors
/// When the state or the log cannot be written.
pub(crate) async fn forget_retired(
    project: &Project,
    store: &Store,
    files: Vec<FileLine>,
    hash: &str,
    now: Timestamp,
) -> Result<(), AppError> {
    let mut planned: BTreeMap<String, HashSet<String>> = BTreeMap::new();
    for file in files {
        planned.entry(file.source).or_default().insert(file.path);
    }
    let mut gone: BTreeMap<&SourceId, Vec<String>> = BTreeMap::new();
    for (source, files) in &planned {
        let Some(source) = project.policy.sources.keys().find(|id| id.as_str() == source) else { continue };
        let units = gone_among(project, store, source, files).await?;
        if !units.is_empty() {
            gone.insert(source, units);
        }
    }
    if gone.is_empty() {
        return Ok(());
    }
    let mut forgotten = Forgotten { plan: hash.to_owned(), files: BTreeMap::new(), table_roots: BTreeMap::new() };
    for (source, units) in &gone {
        forgotten.files.insert((*source).clone(), units.len() as u64);
        if let Some(root) = root_without(project, store, source, units).await? {
            forgotten.table_roots.insert((*source).clone(), root);
        }
    }
    // Said anew by a run that goes on after a kill: an audit may have come between, and the newest counts.
    evidence_log::record_all(project, store, vec![Event::Forgotten(forgotten)], now).await?;
    for (source, units) in &gone {
        forget(project, store, source, units, now).await?;
    }
    Ok(())
}

/// Forgets the files of a source that went long ago.
///
/// # Errors
/// When the state cannot be written.
pub(crate) async fn forget_long_gone(
    project: &Project,
    store: &Store,
    source: &SourceId,
    now: Timestamp,
) -> Result<(), AppError> {
    let until = now.checked_sub((REMEMBERED_DAYS * 24).hours());
    let until = until.map_err(|error| AppError::Internal(error.to_string()))?;
    let units = store.long_gone(source, until).await?;
    if units.is_empty() || !Unnamed::new(project, now)?.stores_files(source) {
        return Ok(());
    }
    forget(project, store, source, &units, now).await
}

async fn forget(
    project: &Project,
    store: &Store,
    source: &SourceId,
    units: &[String],
    now: Timestamp,
) -> Result<(), AppError> {
    if units.is_empty() {
        return Ok(());
    }
    encrypt_plan::forget(project, source.as_str(), units)?;
    let unnamed = Unnamed::new(project, now)?;
    let mut known: HashSet<String> = store.tables_in(source, units).await?.into_iter().collect();
    known.extend(units.iter().cloned());
    let others = store.tables(Some(source)).await?.into_iter().filter_map(|table| table.place.table);
    let others: Vec<String> = others.filter(|table| !known.contains(table)).collect();
    let names = Names::of_erased(&unnamed, source, &known, &others)?;
    let place = |path: &str| names.erased(path);
    let text = |text: &str| names.text(text);
    Ok(store.forget_units(&Forgetting { source, units, place: &place, text: &text }).await?)
}

/// The units that the state knows of a source, that are among `files` or older versions of them, and that are not there
/// any more.
async fn gone_among(
    project: &Project,
    store: &Store,
    source: &SourceId,
    files: &HashSet<String>,
) -> Result<Vec<String>, AppError> {
    let mut known = store.unit_names(source).await?;
    known.retain(|unit| files.contains(key_of(unit)));
    for target in project.targets(&[source.to_string()])? {
        let Ok(mut units) = target.connector.units().await else { return Ok(Vec::new()) };
        let mut here = HashSet::new();
        while let Some(unit) = units.next().await {
            match unit {
                Ok(unit) => drop(here.insert(unit.name)),
                // What cannot be listed may still be there.
                Err(_) => return Ok(Vec::new()),
            }
        }
        known.retain(|unit| !here.contains(unit));
    }
    Ok(known)
}

/// What the state keeps of the tables of a source without those of `units`, where anything of them is kept and the
/// state is what the log says: what somebody tampered with is not made good.
async fn root_without(
    project: &Project,
    store: &Store,
    source: &SourceId,
    units: &[String],
) -> Result<Option<Option<String>>, AppError> {
    let Some(last) = evidence_log::last_audit(project, AuditStage::Integrity)? else { return Ok(None) };
    let gone: HashSet<String> = store.tables_in(source, units).await?.into_iter().collect();
    let mut roots = BTreeMap::new();
    for table in store.tables_with_state(source, last.started).await? {
        let state = store.table_state(source, &table, last.started).await?;
        if let Some(digest) = state.and_then(|state| TableDigest::from_bytes(&state.digest)) {
            roots.insert(table, digest.root_hex());
        }
    }
    let logged =
        |roots: &Option<BTreeMap<SourceId, String>>| roots.as_ref().and_then(|roots| roots.get(source)).cloned();
    let digest = |roots: &BTreeMap<String, String>| match roots.is_empty() {
        true => Ok(None),
        false => roots_sha256(roots).map(Some),
    };
    // What a run that was killed said of them may not be done yet.
    let now = digest(&roots)?;
    if now != logged(&last.table_roots) && now != logged(&last.audited_roots) {
        return Ok(None);
    }
    let before = roots.len();
    roots.retain(|table, _| !gone.contains(table));
    Ok((roots.len() < before).then(|| digest(&roots)).transpose()?)
}
