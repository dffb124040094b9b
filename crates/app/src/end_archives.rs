//! Archives that have come to their own end: planned, approved and ended like anything else whose time is over. Their key
//! is destroyed first, which ends every copy of them; then their files go.

use std::collections::BTreeSet;
use std::path::PathBuf;

use dataward_evidence::KeyEvent;
use dataward_model::SourceId;
use dataward_retain::archive;
use dataward_retain::archive::SUBJECTS;
use dataward_retain::archive_subjects::Subjects;
use dataward_retain::plan::EndedArchive;
use dataward_retain::plan::Plan;
use dataward_seal::keys::KeyState;
use dataward_store::Store;
use dataward_store::StoredPlan;
use jiff::Timestamp;
use jiff::ToSpan;
use schemars::JsonSchema;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;

use crate::AppError;
use crate::Project;
use crate::bind_retention::tollings;
use crate::environment;
use crate::erasure_folder;
use crate::hold_data::hold_book;
use crate::hold_places;
use crate::key_folder::KeyFolder;
use crate::key_root::AskSecret;
use crate::manage_keys::event;
use crate::plan_folder;
use crate::shred_key::BACKUP_DAYS;

/// An archive that ends by a plan, or stays.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ArchiveLine {
    /// The class of its keys.
    pub class: String,
    /// The day on which it ended.
    pub ended: String,
    /// Its files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// What ends it by itself, without a plan.
    pub command: String,
    /// Why it stays all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
}

/// What became of an archive.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EndedArchiveLine {
    /// The class of its keys.
    pub class: String,
    /// Files that went.
    pub files: u64,
    /// Versions of its key that were destroyed.
    pub key_versions: Vec<u32>,
    /// Why it was left alone: held, changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
    /// The certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
}

/// `dataward/archive-end@1`: the certificate.
#[derive(Debug, Serialize)]
struct ArchiveCertificate<'a> {
    schema: &'static str,
    class: &'a str,
    /// The plan that was approved.
    plan: &'a str,
    planned_by: &'a str,
    approved_by: Option<&'a str>,
    ended: &'a str,
    files: u64,
    bytes: u64,
    key_versions: &'a [u32],
    /// Unreadable with the live key store from now on.
    unreadable_live: String,
    /// Unreadable with any backup of the key store from then on, if backups are kept as configured.
    unreadable_backups: String,
}

fn folder(project: &Project) -> PathBuf {
    project.state_dir().join("archive")
}

/// Names and bytes of the files of a class, in order.
fn files(project: &Project, class: &str) -> Vec<(String, u64)> {
    let Ok(entries) = fs_err::read_dir(folder(project).join(class)) else { return Vec::new() };
    let file = |entry: fs_err::DirEntry| {
        Some((entry.file_name().into_string().ok()?, entry.metadata().map_or(0, |metadata| metadata.len())))
    };
    let mut files: Vec<(String, u64)> = entries.flatten().filter_map(file).collect();
    files.sort();
    files
}

fn digest(files: &[(String, u64)]) -> String {
    let mut digest = Sha256::new();
    files.iter().for_each(|(name, bytes)| digest.update(format!("{name} {bytes}\n")));
    hex::encode(digest.finalize())
}

/// The archives past their own end, by the year in the name of their keys; those that a hold keeps with the reason.
pub(crate) async fn find(
    project: &Project,
    store: &Store,
    now: Timestamp,
) -> Result<Vec<(EndedArchive, Option<String>)>, AppError> {
    let today = now.to_zoned(project.policy.business.time_zone.clone()).date();
    let Ok(classes) = fs_err::read_dir(folder(project)) else { return Ok(Vec::new()) };
    let mut ended = Vec::new();
    for class in classes.flatten() {
        let Ok(class) = class.file_name().into_string() else { continue };
        let year = class.rsplit('-').next().and_then(|year| year.parse::<i16>().ok());
        let Some(year) = year.filter(|year| *year < today.year()) else { continue };
        let files = files(project, &class);
        if files.is_empty() {
            continue;
        }
        let kept = held(project, store, &class, now).await?;
        let sealed = files.iter().filter(|(name, _)| !name.ends_with(SUBJECTS));
        let archive = EndedArchive {
            ended: format!("{year}-12-31"),
            files: sealed.count() as u64,
            bytes: files.iter().map(|(_, bytes)| bytes).sum(),
            files_sha256: digest(&files),
            class,
        };
        ended.push((archive, kept));
    }
    ended.sort_by(|(a, _), (b, _)| a.class.cmp(&b.class));
    Ok(ended)
}

/// Why a hold or a tolling keeps an archive: it may be about rows in it, as far as is known who is. Of parts of which
/// that was not kept, any hold on their source is; of parts of unknown plans, any at all.
async fn held(project: &Project, store: &Store, class: &str, now: Timestamp) -> Result<Option<String>, AppError> {
    let key = erasure_folder::key(project)?;
    let book = hold_book(project, store, Vec::new()).await?;
    let (holds, tollings) = (store.holds(false).await?, tollings(project, now));
    if holds.is_empty() && tollings.is_empty() {
        return Ok(None);
    }
    let places = hold_places::places(project).await;
    let mut parts: Vec<archive::Part> =
        archive::parts(&folder(project)).into_iter().filter(|part| part.class == class).collect();
    if parts.is_empty() {
        // Files that are no part: of an unknown plan.
        parts.push(archive::Part { class: class.to_owned(), plan: String::new(), file: PathBuf::new() });
    }
    let known = store.plans().await?;
    for part in parts {
        let subjects = part.subjects(&key);
        let sources: BTreeSet<SourceId> = match &subjects {
            Some(subjects) => BTreeSet::from([subjects.source.clone()]),
            None => {
                let of_plan = |plan: &&StoredPlan| !part.plan.is_empty() && plan.hash.starts_with(&part.plan);
                let plan = known.iter().find(of_plan).map(|stored| plan_folder::load(project, &stored.hash));
                match plan {
                    Some(Ok(plan)) => plan.sources.into_keys().collect(),
                    _ => project.policy.sources.keys().cloned().collect(),
                }
            }
        };
        for hold in &holds {
            // A hold on a person may be about rows of any source.
            let of_hold = |source: &SourceId| places.of_hold(hold, source).map(|table| (source.clone(), table));
            let Some((source, table)) = sources.iter().find_map(of_hold) else { continue };
            let meaning = book.meaning(hold)?;
            let may_be = |subjects: &Subjects| subjects.may_hold(&key, table.as_deref(), meaning.as_ref());
            if subjects.as_ref().is_none_or(may_be) {
                return Ok(Some(keeps(&hold.matter, &source)));
            }
        }
        for (of, cover) in &tollings {
            let seen =
                |source: &SourceId| Some((source.clone(), places.seen_from(of, cover.table.as_deref(), source)?));
            let Some((source, table)) = sources.iter().find_map(seen) else { continue };
            let may_be = |subjects: &Subjects| subjects.may_hold(&key, table.as_deref(), None);
            if subjects.as_ref().is_none_or(may_be) {
                return Ok(Some(keeps(&cover.matter, &source)));
            }
        }
    }
    Ok(None)
}

fn keeps(matter: &str, source: &SourceId) -> String {
    format!("hold: `{matter}` covers `{source}`, whose rows are in it")
}

/// Ends the archives of an approved plan. After a crash the same call goes on.
///
/// # Errors
/// When the keys can't be unlocked, or the log or a file can't be written. A key goes before the files that it opens.
pub(crate) async fn carry_out(
    project: &Project,
    (plan, stored): (&Plan, &StoredPlan),
    store: &Store,
    ask: &AskSecret<'_>,
    now: Timestamp,
) -> Result<Vec<EndedArchiveLine>, AppError> {
    let mut lines = Vec::new();
    for archive in &plan.archives {
        let there = files(project, &archive.class);
        let line = |left: &str| EndedArchiveLine {
            class: archive.class.clone(),
            files: 0,
            key_versions: Vec::new(),
            left: Some(left.to_owned()),
            certificate: None,
        };
        let keys = KeyFolder::find(None, Some(project.clone()))?;
        let versions = versions(&keys, &archive.class)?;
        // Once the key is destroyed there is no way back: what a run that was cut off left of the files goes.
        let is_begun = !versions.is_empty() && versions.iter().all(|(_, lives)| !lives);
        if !is_begun && held(project, store, &archive.class, now).await?.is_some() {
            lines.push(line("held"));
            continue;
        }
        if !is_begun && digest(&there) != archive.files_sha256 {
            lines.push(line("changed"));
            continue;
        }
        for (version, _) in versions.iter().filter(|(_, lives)| *lives) {
            let (mut live, unlocked, _) = keys.unlock(ask).await?;
            live.shred(&unlocked, &archive.class, *version, now)?;
            // What cannot be proven later is not done: the log first.
            let logged = KeyEvent {
                files: Some(archive.files),
                plan: Some(stored.hash.clone()),
                approved_by: stored.approved.iter().map(|(by, _)| by.clone()).collect(),
                ..event(&live, "shred", Some(&archive.class), Some(*version))
            };
            keys.record(logged, now).await?;
            keys.save(&live)?;
        }
        let path = folder(project).join(&archive.class);
        if path.exists() {
            let removed = fs_err::remove_dir_all(&path);
            removed.map_err(|error| AppError::unreachable(format!("cannot remove an ended archive: {error}")))?;
        }
        let key_versions: Vec<u32> = versions.iter().map(|(version, _)| *version).collect();
        let certificate = certify(project, (plan, stored), archive, &key_versions, now)?;
        lines.push(EndedArchiveLine {
            class: archive.class.clone(),
            files: archive.files,
            key_versions,
            left: None,
            certificate: Some(certificate),
        });
    }
    Ok(lines)
}

/// The versions of a class of keys, and whether each is there still.
fn versions(keys: &KeyFolder, class: &str) -> Result<Vec<(u32, bool)>, AppError> {
    if !keys.exists() {
        return Ok(Vec::new());
    }
    let store = keys.read()?;
    let lives = |version: u32| Some((version, !matches!(store.version(class, version)?.state, KeyState::Shredded(_))));
    Ok((1..).map_while(lives).collect())
}

fn certify(
    project: &Project,
    (plan, stored): (&Plan, &StoredPlan),
    archive: &EndedArchive,
    key_versions: &[u32],
    now: Timestamp,
) -> Result<String, AppError> {
    let certificate = ArchiveCertificate {
        schema: "dataward/archive-end@1",
        class: &archive.class,
        plan: &stored.hash,
        planned_by: &plan.made_by,
        approved_by: stored.approved.as_ref().map(|(by, _)| by.as_str()),
        ended: &archive.ended,
        files: archive.files,
        bytes: archive.bytes,
        key_versions,
        unreadable_live: now.to_string(),
        unreadable_backups: now.checked_add((BACKUP_DAYS * 24).hours()).unwrap_or(now).to_string(),
    };
    let folder = erasure_folder::certificates(project);
    let made = dataward_owner::folder(&folder);
    made.map_err(|error| AppError::unreachable(format!("cannot keep the certificate: {error}")))?;
    let file = folder.join(format!("archive-end-{}.json", archive.class));
    let text = serde_json::to_string_pretty(&certificate).map_err(|error| AppError::Internal(error.to_string()))?;
    environment::write_file(&file, &text)?;
    Ok(file.strip_prefix(&project.root).unwrap_or(&file).display().to_string())
}

/// As plans show it.
pub(crate) fn line(archive: &EndedArchive, kept: Option<String>) -> ArchiveLine {
    ArchiveLine {
        class: archive.class.clone(),
        ended: archive.ended.clone(),
        files: archive.files,
        bytes: archive.bytes,
        command: format!("dataward keys shred {}", archive.class),
        kept,
    }
}
