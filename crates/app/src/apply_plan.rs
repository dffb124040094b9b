//! `retain apply`: carries out an approved plan, or goes on with one that was cut off.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dataward_connect::Amend;
use dataward_connect::ConnectError;
use dataward_evidence::Event;
use dataward_evidence::Hash;
use dataward_evidence::Receipt;
use dataward_evidence::Retention;
use dataward_model::Clock;
use dataward_model::SourceId;
use dataward_retain::RetainError;
use dataward_retain::apply::Applied;
use dataward_retain::apply::Apply;
use dataward_retain::apply::Target;
pub use dataward_retain::apply::Watcher;
use dataward_retain::approve;
use dataward_retain::archive::Archive;
use dataward_retain::plan::Plan;
use dataward_retain::rows_file::RowsReader;
use dataward_store::PlanState;
use dataward_store::Store;
use dataward_store::StoredBatch;
use dataward_store::StoredPlan;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::Project;
use crate::approve_plan::check_standing;
use crate::approve_plan::open_sources;
use crate::approve_plan::short;
use crate::bind_references;
use crate::bind_retention;
use crate::end_archives;
use crate::end_archives::EndedArchiveLine;
use crate::erasure_folder;
use crate::erasure_folder::PlanHistory;
use crate::evidence_log;
use crate::forget_files;
use crate::hold_data::hold_book;
use crate::hold_places;
use crate::key_folder::KeyFolder;
use crate::key_root::AskSecret;
use crate::list_planned;
use crate::notify_people;
use crate::plan_folder;
use crate::record_erasure;

/// What came of a plan.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ApplyReport {
    /// `dataward/retain-apply@1`.
    pub schema: &'static str,
    /// The plan's hash.
    pub plan: String,
    /// Whether it came to its end.
    pub complete: bool,
    /// What happened, table by table.
    pub tables: Vec<AppliedLine>,
    /// What else there is to know of how it went, each with its source in front: a table that was to be emptied at once
    /// and went in batches, what keeps VACUUM from giving space back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Archives that were ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub archives: Vec<EndedArchiveLine>,
    /// The last entry about it in the evidence log.
    pub log_index: Option<u64>,
}

/// What happened to a table.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AppliedLine {
    /// The source.
    pub source: String,
    /// The table.
    pub table: String,
    /// erase, archive, clean-up, anonymise, unlink.
    pub action: String,
    /// Rows of the plan.
    pub planned: u64,
    /// Rows that were changed.
    pub changed: u64,
    /// Rows that were left alone, by why: changed, gone, held, not-due, referenced, locked, refused, kept-by-server, together,
    /// given-up; while the file they name stays: file-changed, file-denied, file-held, file-protected, file-unseen.
    pub skipped: BTreeMap<String, u64>,
    /// The folders and buckets whose files rows wait for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waits_for: Vec<String>,
}

/// Applies the plan whose hash begins with `name`, or the newest that is approved or was cut off.
///
/// # Errors
/// [`AppError::Refused`] without an approval, when the plan is stale, or while another process applies it.
pub async fn apply_plan(
    project: &Project,
    name: Option<&str>,
    ask: &AskSecret<'_>,
    cancel: &AtomicBool,
    watcher: &dyn Watcher,
    clock: &dyn Clock,
) -> Result<ApplyReport, AppError> {
    let store = project.store().await?;
    let stored = plan_folder::find(&store, name, &[PlanState::Applying, PlanState::Approved]).await?;
    let plan = plan_folder::load(project, &stored.hash)?;
    match stored.state {
        PlanState::Applying | PlanState::Approved => {}
        PlanState::Done => {
            let applied = journalled(&store, &plan, &stored.hash).await?;
            return Ok(ApplyReport { notes: stored.notes, ..report_of(&plan, &stored.hash, &applied, None) });
        }
        PlanState::Dropped | PlanState::Planned => {
            return Err(AppError::Refused {
                message: format!("nobody has approved the plan {}", short(&stored.hash)),
                hint: Some(format!("dataward retain approve {}", short(&stored.hash))),
            });
        }
    }
    let _alone = take_turn(project, &stored.hash)?;
    if PlanHistory::read(project, &stored.hash)?.was_given_up {
        return Err(AppError::Refused {
            message: format!(
                "the plan {} was given up: rows that stayed have left the erasure ledger",
                short(&stored.hash)
            ),
            hint: Some(format!("dataward retain drop {}", short(&stored.hash))),
        });
    }
    let archive = open_archive(project, &plan, ask, clock.now()).await?;
    if let Some(archive) = &archive {
        archive.sweep(&stored.hash)?;
    }
    let sources = open_sources(project, &plan)?;
    let receipt = approval(project, &stored)?;
    let approved_at = stored.receipt.as_ref().map_or(0, |receipt| receipt.log_index);
    if stored.state == PlanState::Applying {
        for source in sources.values() {
            source.recover().await.map_err(RetainError::from)?;
        }
    }
    // One that was cut off before its first batch has to stand as one that was only approved.
    if store.batches(&stored.hash).await?.is_empty() {
        notify_people::check(project, &plan, &stored.hash, clock.now())?;
        check_standing(project, &store, &plan, &sources, clock.now()).await?;
        let event = Event::Retention(Retention {
            action: "apply".to_owned(),
            object: stored.hash.clone(),
            planned_by: Some(plan.made_by.clone()),
            rows: crate::plan_retention::rows_by_table(&plan),
            skipped: BTreeMap::new(),
        });
        evidence_log::record_once(project, &store, event, approved_at, clock.now()).await?;
    }
    let rows = plan_folder::rows(project, &stored.hash);
    let reader = || RowsReader::open(&rows, plan_folder::row_key(&stored)?, &plan.rows_sha256).map_err(AppError::from);
    let holds = hold_book(project, &store, bind_retention::tollings(project, clock.now())).await?;
    let targets = open_targets(project, &plan, &sources).await?;
    let opened: Vec<_> = targets.iter().map(|(id, one)| (id, one.source.as_ref(), &one.catalogue)).collect();
    hold_places::check(project, &store, &opened, clock.now()).await?;
    record_erasure::check(project)?;
    // From here on the ledger names rows that may yet stay: nothing is replayed until the plan is at its end.
    store.begin_plan(&stored.hash, clock.now()).await?;
    // The ledger is on the disk before the first row goes: what a restore brings back is found by it.
    record_erasure::record(project, &store, &plan, &stored.hash, reader()?, &sources, clock.now()).await?;
    let approved = approve::approved(&plan, &stored.hash, &receipt);
    let apply = Apply {
        plan: &plan,
        hash: &stored.hash,
        approved: &approved,
        targets: &targets,
        store: &store,
        holds: &holds,
        archive: archive.as_ref(),
        cancel,
        watcher,
    };
    let applied = apply.run(reader()?).await?;
    if let Some(archive) = &archive {
        remove_empty_parts(archive, &stored.hash, &store).await?;
    }
    for note in reclaim(&plan, &approved, &targets).await? {
        store.note_plan(&stored.hash, &note).await?;
    }
    for view in plan.warnings.iter().filter(|warning| warning.kind == "materialised-view") {
        store.note_plan(&stored.hash, &format!("{}: {}", view.source, view.text)).await?;
    }
    let archives = end_archives::carry_out(project, (&plan, &stored), &store, ask, clock.now()).await?;
    let is_gone = |reason: &String| reason == "gone";
    if applied.skipped.iter().any(|step| step.keys().any(|reason| !is_gone(reason))) {
        record_erasure::keep_what_stayed(project, &plan, &stored.hash, &targets, clock.now()).await?;
    }
    let files = list_planned::files_of(&plan, reader()?)?;
    forget_files::forget_retired(project, &store, files, &stored.hash, clock.now()).await?;
    let mut skipped: BTreeMap<String, u64> = BTreeMap::new();
    let mut changed: BTreeMap<String, u64> = BTreeMap::new();
    for (at, step) in plan.steps.iter().enumerate() {
        let name = format!("{}.{} {}", step.source, step.table.name, step.action);
        *changed.entry(name).or_default() += applied.changed[at];
        for (reason, rows) in &applied.skipped[at] {
            *skipped.entry(reason.clone()).or_default() += rows;
        }
    }
    for archive in &archives {
        match &archive.left {
            None => drop(changed.insert(format!("{} end", archive.class), archive.files)),
            Some(left) => *skipped.entry(left.clone()).or_default() += 1,
        }
    }
    let event = Event::Retention(Retention {
        action: "applied".to_owned(),
        object: stored.hash.clone(),
        planned_by: Some(plan.made_by.clone()),
        rows: changed,
        skipped,
    });
    let index = evidence_log::record_once(project, &store, event, approved_at, clock.now()).await?;
    // Lines of the ledger that have come to their own end.
    erasure_folder::ledger(project).prune(clock.now())?;
    store.end_plan(&stored.hash, PlanState::Done, clock.now()).await?;
    plan_folder::remove_rows(project, &stored.hash);
    let notes = store.plan_notes(&stored.hash).await?;
    Ok(ApplyReport { archives, notes, ..report_of(&plan, &stored.hash, &applied, index) })
}

/// What is changed, as it is now.
async fn open_targets(
    project: &Project,
    plan: &Plan,
    sources: &BTreeMap<SourceId, Arc<dyn Amend>>,
) -> Result<BTreeMap<SourceId, Target>, AppError> {
    let mut targets = BTreeMap::new();
    for (id, source) in sources {
        let catalogue = source.catalogue().await.map_err(RetainError::from)?;
        approve::check_columns(plan, id, &catalogue)?;
        let references = bind_references::references(project, id, &catalogue)?;
        targets.insert(id.clone(), Target { source: Arc::clone(source), catalogue, references });
    }
    Ok(targets)
}

/// The archive of a plan that needs one, with keys for all its classes.
pub(crate) async fn open_archive(
    project: &Project,
    plan: &Plan,
    ask: &AskSecret<'_>,
    now: Timestamp,
) -> Result<Option<Archive>, AppError> {
    let classes: BTreeSet<&String> = plan.steps.iter().filter_map(|step| step.archive.as_ref()).collect();
    if classes.is_empty() {
        return Ok(None);
    }
    let folder = KeyFolder::find(None, Some(project.clone()))?;
    if !folder.exists() {
        return Err(AppError::Refused {
            message: "the plan archives rows, and there are no keys to seal the archive with".to_owned(),
            hint: Some("dataward keys init".to_owned()),
        });
    }
    let (mut store, mut keys, root) = folder.unlock(ask).await?;
    for class in classes {
        if keys.active_version(class).is_err() {
            store.rotate_class(&keys, root.as_ref(), class, now).await?;
            folder.save(&store)?;
            keys = store.unlock(root.as_ref()).await?;
        }
    }
    let key = erasure_folder::key(project)?;
    Ok(Some(Archive::new(project.state_dir().join("archive"), keys).with_subjects(key)))
}

/// Removes the parts of the archive of which no row went: all of them are where they were.
pub(crate) async fn remove_empty_parts(archive: &Archive, hash: &str, store: &Store) -> Result<(), AppError> {
    // What was begun and not ended may have gone, and what others deleted meanwhile is nowhere else.
    let may_be_gone = |batch: &StoredBatch| !batch.done || batch.changed > 0 || batch.skipped.contains_key("gone");
    let batches = store.batches(hash).await?;
    let went: BTreeSet<u64> = batches.iter().filter(|batch| may_be_gone(batch)).map(|batch| batch.chunk).collect();
    Ok(archive.retain_parts(hash, &went)?)
}

/// The receipt of the approval, once the log was asked whether the entry says so.
fn approval(project: &Project, stored: &StoredPlan) -> Result<Receipt, AppError> {
    let refused = |why: &str| AppError::Refused {
        message: format!("the approval of the plan {} can't be proven: {why}", short(&stored.hash)),
        hint: Some("dataward evidence verify".to_owned()),
    };
    let kept = stored.receipt.as_ref().ok_or_else(|| refused("it has no receipt"))?;
    let reader = evidence_log::reader(project)?.ok_or_else(|| refused("there is no evidence log"))?;
    let entries = reader.show(kept.log_index..kept.log_index + 1)?;
    let says_so = entries.first().is_some_and(|(_, entry)| {
        let statement: Option<serde_json::Value> = serde_json::from_slice(entry.bytes()).ok();
        let event = statement.map(|statement| statement["predicate"]["event"].clone()).unwrap_or_default();
        event["action"] == "approve" && event["object"] == stored.hash.as_str()
    });
    if !says_so {
        return Err(refused("the entry of the evidence log says something else"));
    }
    let root = Hash::parse_hash(&kept.root_hash).map_err(|_| refused("its receipt is damaged"))?;
    Ok(Receipt { index: kept.log_index, size: kept.tree_size, root })
}

/// One process at a time applies a plan; the lock goes with the process.
pub(crate) fn take_turn(project: &Project, hash: &str) -> Result<File, AppError> {
    let path = plan_folder::folder(project).join(format!("{hash}.lock"));
    let cannot = |error: std::io::Error| AppError::unreachable(format!("cannot lock the plan: {error}"));
    let file = dataward_owner::append(&path).map_err(cannot)?.into_parts().0;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(AppError::Refused {
            message: format!("another process applies the plan {}", short(hash)),
            hint: Some("dataward retain status".to_owned()),
        }),
        Err(std::fs::TryLockError::Error(error)) => Err(cannot(error)),
    }
}

/// Gives the space of tables back whose rows were cleaned up; returns what kept some of it back.
async fn reclaim(
    plan: &Plan,
    approved: &BTreeMap<dataward_model::SourceId, dataward_connect::ApprovedPlan>,
    targets: &BTreeMap<dataward_model::SourceId, Target>,
) -> Result<Vec<String>, AppError> {
    let mut done: Vec<(&str, &str)> = Vec::new();
    let mut notes = Vec::new();
    for step in plan.steps.iter().filter(|step| step.action == "clean-up") {
        let name = (step.source.as_str(), step.table.name.as_str());
        if done.contains(&name) {
            continue;
        }
        done.push(name);
        if let (Some(approved), Some(target)) = (approved.get(&step.source), targets.get(&step.source)) {
            match target.source.reclaim(approved, &step.table).await {
                Ok(()) => {}
                Err(ConnectError::Denied { reason, .. }) => {
                    let place = format!("{}.{}", step.source, step.table.name);
                    notes.push(format!("{place}: rows gone, space not given back: {reason}"));
                    continue;
                }
                Err(error) => return Err(RetainError::from(error).into()),
            }
            let obstacles = target.source.obstacles(&[]).await.map_err(RetainError::from)?;
            notes.extend(obstacles.into_iter().map(|note| format!("{}: {}", step.source, note.text)));
        }
    }
    Ok(notes)
}

pub(crate) async fn journalled(store: &Store, plan: &Plan, hash: &str) -> Result<Applied, AppError> {
    let steps = plan.steps.len();
    let mut applied = Applied { changed: vec![0; steps], skipped: vec![BTreeMap::new(); steps] };
    for batch in store.batches(hash).await?.iter().filter(|batch| batch.done) {
        applied.add(batch);
    }
    Ok(applied)
}

pub(crate) fn report_of(plan: &Plan, hash: &str, applied: &Applied, log_index: Option<u64>) -> ApplyReport {
    let mut tables: Vec<AppliedLine> = Vec::new();
    for (at, step) in plan.steps.iter().enumerate() {
        let (source, table) = (step.source.to_string(), step.table.name.clone());
        let same = |line: &AppliedLine| line.source == source && line.table == table && line.action == step.action;
        let at_line = tables.iter().position(same).unwrap_or_else(|| {
            tables.push(AppliedLine {
                source: source.clone(),
                table: table.clone(),
                action: step.action.clone(),
                planned: 0,
                changed: 0,
                skipped: BTreeMap::new(),
                waits_for: Vec::new(),
            });
            tables.len() - 1
        });
        let line = &mut tables[at_line];
        line.planned += step.rows;
        line.changed += applied.changed[at];
        for (reason, rows) in &applied.skipped[at] {
            *line.skipped.entry(reason.clone()).or_default() += rows;
            for names in step.names.iter().filter(|_| reason.starts_with("file-")) {
                if !line.waits_for.iter().any(|known| *known == names.files.as_str()) {
                    line.waits_for.push(names.files.to_string());
                }
            }
        }
    }
    ApplyReport {
        schema: "dataward/retain-apply@1",
        plan: hash.to_owned(),
        complete: true,
        tables,
        notes: Vec::new(),
        archives: Vec::new(),
        log_index,
    }
}
