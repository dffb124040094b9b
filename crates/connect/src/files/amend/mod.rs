//! The gate of a folder: files go by their names, one by one, and nothing is ever followed out of the root.
//!
//! Each folder on the way to a file is opened by its handle, links refused (`O_NOFOLLOW`), and the file is
//! removed by name within that handle: whoever swaps a folder for a link in between gains nothing. A link is
//! no file, and never goes. What the file system keeps of a removed file is told, not claimed: see
//! [`kept_by`].

mod beneath;
pub(super) mod kept;

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;
use std::time::Instant;

use arrow_array::RecordBatch;
use async_trait::async_trait;
use bytes::Bytes;
use dataward_model::SourceKind;
use dataward_model::counted;
use futures::StreamExt;
use futures::stream;
use ignore::WalkBuilder;
use jiff::Timestamp;
use rustix::fs::Access;
use rustix::fs::CWD;
use sha2::Digest;
use sha2::Sha256;

use self::beneath::Beneath;
use self::beneath::CHANGE;
use self::beneath::may;
use super::Files;
use super::names::name_of;
use super::units;
use super::units::OUR_FOLDER;
use super::units::Root;
use crate::ConnectError;
use crate::UnitKind;
use crate::amend::Amend;
use crate::amend::ApprovedPlan;
use crate::amend::Batch;
use crate::amend::BatchDone;
use crate::amend::BatchOutcome;
use crate::amend::Catalogue;
use crate::amend::Change;
use crate::amend::Content;
use crate::amend::Note;
use crate::amend::RowStream;
use crate::amend::Rows;
use crate::amend::SelectedRows;
use crate::amend::Selection;
use crate::amend::SkipReason;
use crate::amend::Sql;
use crate::amend::TableFacts;
use crate::amend::Whereabouts;
use crate::amend::stored;
use crate::amend::stored::Listing;
use crate::amend::stored::ReadBefore;
use crate::amend::stored::Stored;
use crate::formats::limits::from_io;

/// Bytes of a file in memory at a time.
const BLOCK: usize = 256 << 10;

/// Names of files with hard links that a note spells out.
const NAMED: usize = 20;

/// All regular files below the root, and what could not be looked at.
#[derive(Default)]
struct Walked {
    stored: Vec<Stored>,
    unlisted: Vec<String>,
    links: u64,
}

#[async_trait]
impl Amend for Files {
    fn kind(&self) -> SourceKind {
        SourceKind::Files
    }

    fn whereabouts(&self) -> Whereabouts {
        Whereabouts::path(&self.path)
    }

    async fn catalogue(&self) -> Result<Catalogue, ConnectError> {
        let walked = self.walk().await?;
        let bytes = walked.stored.iter().map(|stored| stored.bytes).sum();
        let product =
            kept::file_system(&self.path).map_or_else(|| "folder".to_owned(), |kind| format!("folder on {kind}"));
        Ok(stored::catalogue(SourceKind::Files, product, walked.stored.len() as u64, bytes))
    }

    async fn select(&self, selection: &Selection) -> Result<RowStream, ConnectError> {
        if selection.through.is_some() {
            return Ok(stream::empty().boxed());
        }
        let listing = Listing::new(&selection.table, self.walk().await?.stored, &self.read_before).await?;
        let selected = listing.select(selection, self).await?;
        Ok(stream::iter([Ok(selected)]).boxed())
    }

    async fn count(&self, table: &TableFacts, condition: &Sql) -> Result<u64, ConnectError> {
        Listing::new(table, self.walk().await?.stored, &self.read_before).await?.count(condition, self).await
    }

    async fn fetch(&self, table: &TableFacts, rows: &Rows) -> Result<RecordBatch, ConnectError> {
        let (path, table, rows) = (self.path.clone(), table.clone(), rows.clone());
        blocking(&self.path, move || {
            let root = Root::open(&path)?;
            let mut beneath = Beneath::open(&root)?;
            let mut found = Vec::new();
            for at in 0..rows.len() {
                let (name, _) = stored::name_at(&rows, at);
                // What can't be read stays, and is told of by the gate.
                let Some(now) = read_along(look(&mut beneath, name))?.flatten() else { continue };
                let Some(file) = read_along(beneath.read(name))?.flatten() else { continue };
                let digest = digest_of(file).map_err(|error| from_io(name, &error))?;
                found.push((now, Some(digest)));
            }
            stored::batch_of(&table, &found)
        })
        .await
    }

    async fn notes(&self, table: &TableFacts, due: &Sql) -> Result<Vec<Note>, ConnectError> {
        let walked = self.walk().await?;
        let mut notes = Vec::new();
        let denied = match walked.stored.iter().any(|stored| stored.stays.is_some()) {
            true => {
                let condition = Sql::from_trusted(format!("stays IS NOT NULL AND ({})", due.as_str()));
                let rows = Listing::new(table, walked.stored.clone(), &self.read_before)
                    .await?
                    .select(&Selection::new(table, condition), self)
                    .await?
                    .rows;
                (0..rows.len()).map(|at| stored::name_at(&rows, at).0.to_owned()).collect()
            }
            false => Vec::new(),
        };
        let condition = Sql::from_trusted(format!("names > 1 AND ({})", due.as_str()));
        let linked = match walked.stored.iter().any(|stored| stored.names > 1) {
            true => {
                Listing::new(table, walked.stored, &self.read_before)
                    .await?
                    .select(&Selection::new(table, condition), self)
                    .await?
                    .rows
            }
            false => Rows::default(),
        };
        let linked: Vec<&str> = (0..linked.len()).map(|at| stored::name_at(&linked, at).0).collect();
        if !linked.is_empty() {
            let more = linked.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            notes.push(Note {
                kind: "hard-link",
                text: format!(
                    "{} further names (hard links), and what stands there stays while one is left: {}{more}",
                    counted(linked.len() as u64, "file that goes has", "files that go have"),
                    linked.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ")
                ),
            });
        }
        if !denied.is_empty() {
            let more = denied.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            notes.push(Note {
                kind: "denied",
                text: format!(
                    "left alone, as this account may not read them or not change their folders: {}: {}{more}; let it, or plan and \
                     apply by an account that may",
                    counted(denied.len() as u64, "file that is due", "files that are due"),
                    denied.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ")
                ),
            });
        }
        if walked.links > 0 {
            notes.push(Note {
                kind: "link",
                text: format!("{} links are left alone: neither they nor what they point to goes", walked.links),
            });
        }
        if !walked.unlisted.is_empty() {
            notes.push(Note {
                kind: "unlisted",
                text: format!("not looked into, so nothing of it goes: {}", walked.unlisted.join("; ")),
            });
        }
        Ok(notes)
    }

    async fn content(&self, rows: &Rows, at: usize) -> Result<Option<Content>, ConnectError> {
        let name = stored::name_at(rows, at).0.to_owned();
        let (path, state) = (self.path.clone(), rows.versions[at]);
        let opened = blocking(&self.path, move || {
            let mut beneath = Beneath::open(&Root::open(&path)?)?;
            let is_same = look(&mut beneath, &name)?.is_some_and(|now| now.state == state);
            let file = if is_same { beneath.read(&name)? } else { None };
            file.map(|file| (file, name.clone())).ok_or_else(|| ConnectError::Gone {
                target: name,
                reason: "the file was changed or removed since the plan".to_owned(),
            })
        })
        .await?;
        Ok(Some(stream::try_unfold(opened, next_block).boxed()))
    }

    async fn stored_now(
        &self,
        table: &TableFacts,
        paths: &[String],
        flags: &[Sql],
    ) -> Result<SelectedRows, ConnectError> {
        let (path, paths) = (self.path.clone(), paths.to_owned());
        let (now, _) = blocking(&self.path, move || look_at(&path, paths.iter().map(String::as_str))).await?;
        let all = Selection { flags: flags.to_vec(), ..Selection::new(table, Sql::always()) };
        Listing::new(table, now, &self.read_before).await?.select(&all, self).await
    }

    async fn amend(&self, _plan: &ApprovedPlan, batches: &[Batch]) -> Result<BatchOutcome, ConnectError> {
        let begun = Instant::now();
        let mut all = Vec::with_capacity(batches.len());
        for batch in batches {
            if !matches!(batch.change(), Change::Erase { .. }) {
                return Err(ConnectError::Internal {
                    target: self.path.display().to_string(),
                    reason: "a file goes whole or stays".to_owned(),
                });
            }
            let rows = batch.rows().clone();
            let path = self.path.clone();
            let names = move || (0..rows.len()).map(|at| stored::name_at(&rows, at).0.to_owned()).collect::<Vec<_>>();
            let (now, closed) = blocking(&self.path, move || {
                let names = names();
                look_at(&path, names.iter().map(String::as_str))
            })
            .await?;
            let mut verdicts =
                Listing::new(batch.table(), now, &ReadBefore::default()).await?.verdicts(batch, self).await?;
            for (at, verdict) in verdicts.iter_mut().enumerate() {
                if closed.contains(stored::name_at(batch.rows(), at).0) {
                    *verdict = Err(SkipReason::Denied);
                }
            }
            let path = self.path.clone();
            let mut done = blocking(&self.path, move || remove(&path, verdicts)).await?;
            done.took = begun.elapsed();
            all.push(done);
        }
        Ok(BatchOutcome::Done(all))
    }

    async fn reclaim(&self, _plan: &ApprovedPlan, _table: &TableFacts) -> Result<(), ConnectError> {
        Ok(())
    }
}

impl Files {
    async fn walk(&self) -> Result<Walked, ConnectError> {
        let path = self.path.clone();
        blocking(&self.path, move || walk(&Root::open(&path)?)).await
    }
}

fn walk(root: &Root) -> Result<Walked, ConnectError> {
    let start = root.only_file.as_ref().map_or(root.folder.clone(), |file| root.folder.join(file));
    let entries = WalkBuilder::new(&start)
        .standard_filters(false)
        .follow_links(false)
        .sort_by_file_name(Ord::cmp)
        .filter_entry(|entry| entry.depth() == 0 || entry.file_name() != OUR_FOLDER)
        .build();
    let mut walked = Walked::default();
    let mut folder: (PathBuf, bool) = Default::default();
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                walked.unlisted.push(units::walk_error(&root.folder, &error).to_string());
                continue;
            }
        };
        let Some(kind) = entry.file_type() else { continue };
        if kind.is_symlink() {
            walked.links += 1;
        }
        if !kind.is_file() {
            continue;
        }
        let name = name_of(entry.path().strip_prefix(&root.folder).unwrap_or(entry.path()));
        // It may have gone a moment ago.
        if let Ok(metadata) = entry.path().symlink_metadata() {
            let above = entry.path().parent().unwrap_or(&root.folder);
            if folder.0 != above {
                folder = (above.to_owned(), may(CWD, above, CHANGE));
            }
            let denied = !folder.1 || !may(CWD, entry.path(), Access::READ_OK);
            walked.stored.push(Facts { denied, ..Facts::from(metadata) }.stored(name));
        }
    }
    Ok(walked)
}

/// What a file system says of a file.
#[derive(Clone, Copy, Debug)]
struct Facts {
    bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
    inode: u64,
    names: u64,
    /// The account may not read it, or not change its folder.
    denied: bool,
}

impl From<std::fs::Metadata> for Facts {
    fn from(found: std::fs::Metadata) -> Self {
        Self {
            bytes: found.len(),
            modified: (found.mtime(), found.mtime_nsec()),
            changed: (found.ctime(), found.ctime_nsec()),
            inode: found.ino(),
            names: found.nlink(),
            denied: false,
        }
    }
}

impl Facts {
    fn stored(self, path: String) -> Stored {
        let (modified, changed) = (self.modified, self.changed);
        let modified_at = Timestamp::new(modified.0, modified.1 as i32).unwrap_or(Timestamp::UNIX_EPOCH);
        Stored {
            path,
            version: String::new(),
            kind: UnitKind::File,
            bytes: self.bytes,
            modified: modified_at,
            fingerprint: Some(units::fingerprint_of(self.bytes, modified, changed, self.inode)),
            state: stored::state_of(&format!("{} {modified:?} {changed:?} {}", self.bytes, self.inode)),
            names: self.names,
            latest: true,
            marker: false,
            stays: self.denied.then_some(SkipReason::Denied),
        }
    }
}

/// The files of these names that are there, and the names in folders that the account may not look into any more.
fn look_at<'a>(
    path: &Path,
    names: impl Iterator<Item = &'a str>,
) -> Result<(Vec<Stored>, BTreeSet<String>), ConnectError> {
    let mut beneath = Beneath::open(&Root::open(path)?)?;
    let (mut found, mut closed) = (Vec::new(), BTreeSet::new());
    for name in names {
        match read_along(look(&mut beneath, name))? {
            Some(stored) => found.extend(stored),
            None => drop(closed.insert(name.to_owned())),
        }
    }
    Ok((found, closed))
}

/// None for what the account may not look at: it keeps nothing else from going.
fn read_along<T>(looked: Result<T, ConnectError>) -> Result<Option<T>, ConnectError> {
    match looked {
        Err(ConnectError::Denied { .. }) => Ok(None),
        looked => looked.map(Some),
    }
}

/// A file as it is now; none when no file is there.
fn look(beneath: &mut Beneath, name: &str) -> Result<Option<Stored>, ConnectError> {
    Ok(beneath.look(name)?.map(|facts| facts.stored(name.to_owned())))
}

/// Removes what may go. Each file is looked at once more in the same folder handle that it is removed by.
fn remove(path: &Path, verdicts: Vec<Result<Stored, SkipReason>>) -> Result<BatchDone, ConnectError> {
    let mut beneath = Beneath::open(&Root::open(path)?)?;
    let mut done = BatchDone::default();
    for (at, verdict) in (0..).zip(verdicts) {
        let stored = match verdict {
            Ok(stored) => stored,
            Err(reason) => {
                done.skipped.push((at, reason));
                continue;
            }
        };
        let Some(looked) = read_along(beneath.look(&stored.path))? else {
            done.skipped.push((at, SkipReason::Denied));
            continue;
        };
        match looked {
            None => done.skipped.push((at, SkipReason::Gone)),
            Some(now) if is_another(now.stored(String::new()), &stored) => {
                done.skipped.push((at, SkipReason::Changed));
            }
            Some(_) if !beneath.remove(&stored.path)? => done.skipped.push((at, SkipReason::Denied)),
            // What a file system says is no proof: network ones have caches.
            Some(_) => match beneath.look(&stored.path)? {
                Some(now) if !is_another(now.stored(String::new()), &stored) => {
                    done.skipped.push((at, SkipReason::StillThere));
                }
                Some(_) | None => done.changed.push(at),
            },
        }
    }
    beneath.sync()?;
    Ok(done)
}

/// Whether a file is another than when it was judged. With another of its names gone a moment ago, the time of its
/// last change is another, and its content is not.
fn is_another(now: Stored, judged: &Stored) -> bool {
    match judged.names {
        0 | 1 => now.state != judged.state,
        _ => (now.bytes, now.modified) != (judged.bytes, judged.modified),
    }
}

fn digest_of(mut file: fs_err::File) -> std::io::Result<String> {
    let mut digest = Sha256::new();
    std::io::copy(&mut file, &mut digest)?;
    Ok(hex::encode(digest.finalize()))
}

type Reading = (fs_err::File, String);

async fn next_block((file, name): Reading) -> Result<Option<(Bytes, Reading)>, ConnectError> {
    let reading = tokio::task::spawn_blocking(move || {
        let mut file = file;
        let mut block = vec![0; BLOCK];
        let count = std::io::Read::read(&mut file, &mut block).map_err(|error| from_io(&name, &error))?;
        block.truncate(count);
        Ok((count > 0).then(|| (Bytes::from(block), (file, name))))
    });
    reading.await.unwrap_or_else(|_| Err(broken_off("a file")))
}

async fn blocking<T: Send + 'static>(
    path: &Path,
    work: impl FnOnce() -> Result<T, ConnectError> + Send + 'static,
) -> Result<T, ConnectError> {
    let ended = tokio::task::spawn_blocking(work).await;
    ended.unwrap_or_else(|_| Err(broken_off(&path.display().to_string())))
}

fn broken_off(target: &str) -> ConnectError {
    ConnectError::Internal { target: target.to_owned(), reason: "looking at the files was broken off".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_file_with_two_names_a_new_content_is_another_file_and_a_name_that_went_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        fs_err::write(&path, "old").unwrap();
        fs_err::hard_link(&path, folder.path().join("b.log")).unwrap();
        let root = Root::open(folder.path()).unwrap();
        let look = || Beneath::open(&root).unwrap().look("a.log").unwrap().unwrap().stored(String::new());
        let judged = look();
        fs_err::remove_file(folder.path().join("b.log")).unwrap();
        assert!(!is_another(look(), &judged));
        fs_err::write(&path, "newer").unwrap();
        assert!(is_another(look(), &judged));
    }
}
