//! The gate of a bucket: versions of objects go one by one, for good. A plain delete in a bucket with
//! versions leaves all of them and a mark; that is never what is done here.
//!
//! Of one object the oldest versions go first, and what a plain read gives (or the mark of deletion) last, when
//! nothing of the object is left: else an older version would come back to light.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::time::Instant;

use arrow_array::RecordBatch;
use async_trait::async_trait;
use dataward_model::SourceKind;
use dataward_model::counted;
use futures::FutureExt;
use futures::StreamExt;
use futures::TryStreamExt;
use futures::future::BoxFuture;
use futures::stream;
use jiff::Timestamp;
use sha2::Digest;
use sha2::Sha256;

use super::Objects;
use super::bucket::Entry;
use super::bucket::Part;
use super::bucket::Removed;
use super::s3::fits_an_address;
use super::units;
use crate::ConnectError;
use crate::Read;
use crate::UnitKind;
use crate::amend::ALIAS;
use crate::amend::Amend;
use crate::amend::ApprovedPlan;
use crate::amend::Batch;
use crate::amend::BatchDone;
use crate::amend::BatchOutcome;
use crate::amend::Catalogue;
use crate::amend::Change;
use crate::amend::Content;
use crate::amend::Intent;
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

/// Objects that are looked at or removed at a time.
const AT_A_TIME: usize = 16;

/// A key that no object has, to ask whether it could be removed.
const ASKED_FOR: &str = ".dataward-asks-whether-it-may-remove";

/// The column that says why something can't go.
const STAYS: &str = "stays";

/// Versions named in one note.
const NAMED: usize = 3;

/// Bytes of an object in memory at a time.
const BLOCK: u64 = 4 << 20;

#[async_trait]
impl Amend for Objects {
    fn kind(&self) -> SourceKind {
        SourceKind::Objects
    }

    fn whereabouts(&self) -> Whereabouts {
        self.address.whereabouts()
    }

    async fn catalogue(&self) -> Result<Catalogue, ConnectError> {
        let facts = self.open().await?;
        let stored = self.listed().await?;
        let bytes = stored.iter().map(|stored| stored.bytes).sum();
        Ok(stored::catalogue(SourceKind::Objects, facts.product, stored.len() as u64, bytes))
    }

    async fn select(&self, selection: &Selection) -> Result<RowStream, ConnectError> {
        if selection.through.is_some() {
            return Ok(stream::empty().boxed());
        }
        let listing = Listing::new(&selection.table, self.looked_at(selection).await?, &self.read_before).await?;
        let selected = listing.select(selection, self).await?;
        Ok(stream::iter([Ok(selected)]).boxed())
    }

    async fn count(&self, table: &TableFacts, condition: &Sql) -> Result<u64, ConnectError> {
        Listing::new(table, self.listed().await?, &self.read_before).await?.count(condition, self).await
    }

    async fn fetch(&self, table: &TableFacts, rows: &Rows) -> Result<RecordBatch, ConnectError> {
        let now = self.now(rows).await?;
        let mut reading: Vec<BoxFuture<'_, Result<Option<Known>, ConnectError>>> = Vec::new();
        for at in 0..rows.len() {
            if let Some(stored) = find(&now, stored::name_at(rows, at)) {
                reading.push(self.known(stored.clone()).boxed());
            }
        }
        let found: Vec<Option<Known>> = stream::iter(reading).buffered(AT_A_TIME).try_collect().await?;
        stored::batch_of(table, &found.into_iter().flatten().collect::<Vec<_>>())
    }

    async fn notes(&self, table: &TableFacts, due: &Sql) -> Result<Vec<Note>, ConnectError> {
        let keeping = self.bucket.keeping().await;
        let mut notes = Vec::new();
        let mut note = |kind, text: String| notes.push(Note { kind, text });
        if keeping.locks {
            let protected = self.protected(table, due).await?;
            let more = protected.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let named = match protected.len() as u64 {
                0 => "none that is due is, as far as the key sees (s3:GetObjectRetention, s3:GetObjectLegalHold)"
                    .to_owned(),
                count => format!(
                    "{}: {}{more}",
                    counted(count, "version that is due is", "versions that are due are"),
                    protected.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ")
                ),
            };
            note(
                "object-lock",
                format!(
                    "the bucket has object lock: versions under a retention or legal hold of the store stay; {named}"
                ),
            );
        }
        if keeping.replicated {
            note("replicated", "the bucket is copied to another one: what goes here stays there".to_owned());
        }
        if keeping.versions_unseen {
            note(
                "versions",
                "whether the store keeps older versions is not seen: they stay until its own lifecycle rules end them"
                    .to_owned(),
            );
        }
        if keeping.unfinished > 0 {
            note(
                "unfinished-uploads",
                format!(
                    "{} uploads were begun and never finished: their parts are stored and are no objects; end them with \
                     a lifecycle rule (AbortIncompleteMultipartUpload)",
                    keeping.unfinished
                ),
            );
        }
        Ok(notes)
    }

    async fn obstacles(&self, intents: &[Intent<'_>]) -> Result<Vec<Note>, ConnectError> {
        if intents.is_empty() || !self.bucket.refuses_before_it_looks() {
            return Ok(Vec::new());
        }
        // A key that is not there: nothing can go, and as a version is named no mark of deletion is made.
        let (key, version) = (format!("{}{ASKED_FOR}", self.address.prefix), "null");
        if !self.bucket.versions_of(&key).await?.is_empty() {
            return Ok(Vec::new());
        }
        match self.bucket.remove(&key, Some(version)).await {
            Ok(Removed::Denied) => {
                let text = format!(
                    "the key may not remove what is in {}, and all of it would stay: grant s3:DeleteObject and \
                     s3:DeleteObjectVersion",
                    self.address.shown()
                );
                Ok(vec![Note { kind: "no-right", text }])
            }
            // Whatever else a store says of what it has not.
            _ => Ok(Vec::new()),
        }
    }

    async fn content(&self, rows: &Rows, at: usize) -> Result<Option<Content>, ConnectError> {
        let wanted = rows.pick([at]);
        let now = self.now(&wanted).await?;
        let (key, version) = stored::name_at(&wanted, 0);
        match find(&now, (key, version)).filter(|stored| stored.state == wanted.versions[0]) {
            Some(stored) if stored.marker => Ok(Some(stream::empty().boxed())),
            Some(stored) => Ok(Some(self.read_whole(stored))),
            None => Err(ConnectError::Gone {
                target: key.to_owned(),
                reason: "the object was changed or removed since the plan".to_owned(),
            }),
        }
    }

    async fn stored_now(
        &self,
        table: &TableFacts,
        paths: &[String],
        flags: &[Sql],
    ) -> Result<SelectedRows, ConnectError> {
        let mut now = self.now_under(paths.iter().map(String::as_str)).await?;
        let asking: Vec<BoxFuture<'_, Result<Option<SkipReason>, ConnectError>>> =
            now.iter().map(|stored| self.stays(stored).boxed()).collect();
        let stays: Vec<Option<SkipReason>> = stream::iter(asking).buffered(AT_A_TIME).try_collect().await?;
        now.iter_mut().zip(stays).for_each(|(stored, stays)| stored.stays = stays);
        let all = Selection { flags: flags.to_vec(), ..Selection::new(table, Sql::always()) };
        Listing::new(table, now, &self.read_before).await?.select(&all, self).await
    }

    async fn amend(&self, _plan: &ApprovedPlan, batches: &[Batch]) -> Result<BatchOutcome, ConnectError> {
        let begun = Instant::now();
        let mut all = Vec::with_capacity(batches.len());
        for batch in batches {
            if !matches!(batch.change(), Change::Erase { .. }) {
                return Err(ConnectError::Internal {
                    target: self.address.shown(),
                    reason: "an object goes whole or stays".to_owned(),
                });
            }
            let now = self.now(batch.rows()).await?;
            let verdicts =
                Listing::new(batch.table(), now, &ReadBefore::default()).await?.verdicts(batch, self).await?;
            let mut by_key: BTreeMap<String, Vec<(u32, Result<Stored, SkipReason>)>> = BTreeMap::new();
            for (at, verdict) in (0..).zip(verdicts) {
                let key = stored::name_at(batch.rows(), at as usize).0.to_owned();
                by_key.entry(key).or_default().push((at, verdict));
            }
            let mut removing: Vec<BoxFuture<'_, Result<BatchDone, ConnectError>>> = Vec::new();
            for rows in by_key.into_values() {
                removing.push(self.remove(rows).boxed());
            }
            let removing = stream::iter(removing).buffer_unordered(AT_A_TIME);
            let parts: Vec<BatchDone> = removing.try_collect().await?;
            let mut done = BatchDone::default();
            for part in parts {
                done.changed.extend(part.changed);
                done.skipped.extend(part.skipped);
            }
            done.changed.sort_unstable();
            done.skipped.sort_unstable();
            done.took = begun.elapsed();
            all.push(done);
        }
        Ok(BatchOutcome::Done(all))
    }

    async fn reclaim(&self, _plan: &ApprovedPlan, _table: &TableFacts) -> Result<(), ConnectError> {
        Ok(())
    }
}

impl Objects {
    /// Everything that is stored, all versions, marks of deletion too; marks of folders hold nothing.
    async fn listed(&self) -> Result<Vec<Stored>, ConnectError> {
        let entries = self.bucket.clone().entries(true);
        let stored = entries.try_filter_map(|entry| std::future::ready(Ok(stored(entry))));
        stored.try_collect().await.map_err(|error| match error {
            ConnectError::Denied { target, .. } => ConnectError::Denied {
                target,
                reason: "objects go with all their versions; grant s3:ListBucketVersions, s3:GetObjectVersion, \
                         s3:DeleteObject and s3:DeleteObjectVersion"
                    .to_owned(),
            },
            other => other,
        })
    }

    /// Everything that is stored, with why it stays where a selection asks for that: in a bucket with object lock each
    /// version that it may mean is asked for.
    async fn looked_at(&self, selection: &Selection) -> Result<Vec<Stored>, ConnectError> {
        let mut stored = self.listed().await?;
        let asks = |sql: &Sql| sql.as_str().contains(STAYS);
        let of_all = asks(&selection.condition);
        if !of_all && !selection.flags.iter().any(asks) || !self.bucket.keeping().await.locks {
            return Ok(stored);
        }
        let mut wanted: Vec<usize> = (0..stored.len()).collect();
        if !of_all {
            let plain = Selection::new(&selection.table, selection.condition.clone());
            let listing = Listing::new(&selection.table, stored.clone(), &self.read_before).await?;
            let rows = listing.select(&plain, self).await?.rows;
            let meant: HashSet<(&str, &str)> = (0..rows.len()).map(|at| stored::name_at(&rows, at)).collect();
            wanted.retain(|at| meant.contains(&(stored[*at].path.as_str(), stored[*at].version.as_str())));
        }
        let asking: Vec<BoxFuture<'_, Result<Option<SkipReason>, ConnectError>>> =
            wanted.iter().map(|at| self.stays(&stored[*at]).boxed()).collect();
        let stays: Vec<Option<SkipReason>> = stream::iter(asking).buffered(AT_A_TIME).try_collect().await?;
        wanted.into_iter().zip(stays).for_each(|(at, stays)| stored[at].stays = stays);
        Ok(stored)
    }

    /// Versions that are due and that the store protects.
    async fn protected(&self, table: &TableFacts, due: &Sql) -> Result<Vec<String>, ConnectError> {
        let is_protected = format!("{ALIAS}.{STAYS} = '{}'", SkipReason::Protected.as_str());
        let selection = Selection::new(table, due.clone()).flag(Sql::from_trusted(is_protected));
        let listing = Listing::new(table, self.looked_at(&selection).await?, &self.read_before).await?;
        let found = listing.select(&selection, self).await?;
        let protected = (0..found.rows.len()).filter(|at| found.flags[0][*at]);
        Ok(protected.map(|at| stored::name_at(&found.rows, at).0.to_owned()).collect())
    }

    /// What is stored now under the keys of these rows.
    async fn now(&self, rows: &Rows) -> Result<Vec<Stored>, ConnectError> {
        self.now_under((0..rows.len()).map(|at| stored::name_at(rows, at).0)).await
    }

    async fn now_under(&self, keys: impl Iterator<Item = &str>) -> Result<Vec<Stored>, ConnectError> {
        let mut keys: Vec<&str> = keys.collect();
        keys.sort_unstable();
        keys.dedup();
        let looking: Vec<BoxFuture<'_, Result<Vec<Entry>, ConnectError>>> =
            keys.into_iter().map(|key| self.bucket.versions_of(key)).collect();
        let found: Vec<Vec<Entry>> = stream::iter(looking).buffered(AT_A_TIME).try_collect().await?;
        Ok(found.into_iter().flatten().filter_map(stored).collect())
    }

    /// A version and the digest of what it holds; none of one that is not given to us: it stays, and is told of by the
    /// gate.
    async fn known(&self, stored: Stored) -> Result<Option<Known>, ConnectError> {
        if stored.marker {
            return Ok(Some((stored, None)));
        }
        let mut content = self.read_whole(&stored);
        let mut digest = Sha256::new();
        loop {
            match content.try_next().await {
                Ok(Some(block)) => digest.update(&block),
                Ok(None) => return Ok(Some((stored, Some(hex::encode(digest.finalize()))))),
                Err(ConnectError::Denied { .. }) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }

    /// Why a version can't go, as far as that shows before.
    async fn stays(&self, stored: &Stored) -> Result<Option<SkipReason>, ConnectError> {
        if stored.marker {
            return Ok(None);
        }
        let version = Some(stored.version.as_str()).filter(|version| !version.is_empty());
        Ok(match self.bucket.keeps(&stored.path, version).await? {
            Some(Removed::Protected) => Some(SkipReason::Protected),
            Some(Removed::Denied) => Some(SkipReason::Denied),
            Some(Removed::Gone) | None => None,
        })
    }

    /// Removes what may go of one object. What the store says is no proof: what went is looked for once more, before
    /// what hides it goes and at the end.
    async fn remove(&self, mut rows: Vec<(u32, Result<Stored, SkipReason>)>) -> Result<BatchDone, ConnectError> {
        let mut done = BatchDone::default();
        let Some(path) = rows.iter().find_map(|(_, verdict)| verdict.as_ref().ok()).map(|stored| stored.path.clone())
        else {
            let skipped = |(at, verdict): (u32, Result<Stored, SkipReason>)| Some((at, verdict.err()?));
            done.skipped = rows.into_iter().filter_map(skipped).collect();
            return Ok(done);
        };
        // Once more, as close to the removal as can be: contents may have been read since, for minutes.
        let mut there = self.versions_now(&path).await?;
        rows.sort_by_key(|(_, verdict)| {
            verdict.as_ref().map_or((false, Timestamp::MIN), |one| (one.latest, one.modified))
        });
        let mut told_gone: Vec<(u32, Stored)> = Vec::new();
        for (at, verdict) in rows {
            let stored = match verdict {
                Ok(stored) => stored,
                Err(reason) => {
                    done.skipped.push((at, reason));
                    continue;
                }
            };
            match find(&there, (&stored.path, &stored.version)) {
                None => {
                    done.skipped.push((at, SkipReason::Gone));
                    continue;
                }
                Some(one) if one.state != stored.state => {
                    done.skipped.push((at, SkipReason::Changed));
                    continue;
                }
                Some(_) => {}
            }
            if stored.latest {
                if !told_gone.is_empty() {
                    there = self.versions_now(&path).await?;
                }
                if there.iter().any(|other| other.version != stored.version) {
                    done.skipped.push((at, SkipReason::OlderVersion));
                    continue;
                }
            }
            if let Some(why) = self.stays(&stored).await? {
                done.skipped.push((at, why));
                continue;
            }
            let version = Some(stored.version.as_str()).filter(|version| !version.is_empty());
            match self.bucket.remove(&stored.path, version).await? {
                Removed::Gone => told_gone.push((at, stored)),
                Removed::Denied => done.skipped.push((at, SkipReason::Denied)),
                Removed::Protected => done.skipped.push((at, SkipReason::Protected)),
            }
        }
        if !told_gone.is_empty() {
            there = self.versions_now(&path).await?;
        }
        for (at, stored) in told_gone {
            match find(&there, (&stored.path, &stored.version)) {
                Some(now) if now.state == stored.state => done.skipped.push((at, SkipReason::StillThere)),
                // What stands there now was written since.
                Some(_) | None => done.changed.push(at),
            }
        }
        Ok(done)
    }

    /// What is stored now under this key.
    async fn versions_now(&self, key: &str) -> Result<Vec<Stored>, ConnectError> {
        Ok(self.bucket.versions_of(key).await?.into_iter().filter_map(stored).collect())
    }

    fn read_whole(&self, stored: &Stored) -> Content {
        let bucket = self.bucket.clone();
        let tag = stored.fingerprint.as_ref().and_then(units::tag);
        let version = Some(stored.version.clone()).filter(|version| !version.is_empty());
        let (key, bytes) = (stored.path.clone(), stored.bytes);
        stream::iter((0..bytes).step_by(BLOCK as usize))
            .then(move |start| {
                let bucket = bucket.clone();
                let range = start..(start + BLOCK).min(bytes);
                let part = Part { key: key.clone(), version: version.clone(), tag: tag.clone(), range };
                async move { bucket.range(&part).await }
            })
            .boxed()
    }
}

/// A version and the digest of what it holds.
type Known = (Stored, Option<String>);

fn find<'a>(now: &'a [Stored], (key, version): (&str, &str)) -> Option<&'a Stored> {
    now.iter().find(|stored| stored.path == key && stored.version == version)
}

/// An entry of the listing as a row; none for the mark of a folder, and for a key that could be neither read nor
/// removed by its address: it would keep all else from going.
fn stored(entry: Entry) -> Option<Stored> {
    let marks_a_folder = entry.key.ends_with('/') && entry.bytes == 0 && !entry.delete_marker;
    if marks_a_folder || !fits_an_address(&entry.key) {
        return None;
    }
    let tag = entry.tag.clone().unwrap_or_default();
    let version = entry.version.clone().unwrap_or_default();
    Some(Stored {
        state: stored::state_of(&format!("{tag} {} {} {version}", entry.bytes, entry.modified)),
        kind: if entry.latest || version.is_empty() { UnitKind::Object } else { UnitKind::ObjectVersion },
        modified: entry.modified.parse().unwrap_or(Timestamp::UNIX_EPOCH),
        fingerprint: units::fingerprint(&entry),
        path: entry.key,
        version,
        bytes: entry.bytes,
        names: 1,
        latest: entry.latest,
        marker: entry.delete_marker,
        stays: None,
    })
}
