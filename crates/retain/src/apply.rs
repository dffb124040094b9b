//! Applying an approved plan: batch after batch through the gate, each journalled before and after, so
//! that whatever cuts it off, the next run goes on where this one was.
//!
//! A batch that was begun and not ended may or may not have reached the source. It is simply run again:
//! rows that are gone then went by our hand. Sizes follow what the source can bear: halved when somebody
//! waits for a lock or a transaction took long, doubled when it was quick.

mod copies;
mod hanging;
mod in_parts;
mod one_by_one;
mod state;
mod subjects;
mod trees;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use dataward_connect::ConnectError;
use dataward_connect::amend::Amend;
use dataward_connect::amend::ApprovedPlan;
use dataward_connect::amend::Batch;
use dataward_connect::amend::BatchDone;
use dataward_connect::amend::BatchOutcome;
use dataward_connect::amend::Catalogue;
use dataward_connect::amend::ForeignKey;
use dataward_connect::amend::Limits;
use dataward_connect::amend::Rows;
use dataward_connect::amend::SkipReason;
use dataward_connect::amend::Sql;
use dataward_model::SourceId;
use dataward_store::Store;
use dataward_store::StoredBatch;

use crate::archive::Archive;
use crate::error::RetainError;
use crate::hold::Holds;
use crate::hold_book::HoldBook;
use crate::mask;
use crate::named_files;
use crate::plan::Plan;
use crate::plan::PlannedChange;
use crate::rows_file::PlannedRows;
use crate::rows_file::RowsReader;
use crate::rows_file::Together;
use crate::waiting::PlannedFiles;
use crate::waiting::Waiting;
use state::FIRST_ROWS;
use state::State;
use state::next_size;
use state::pause;

/// The longest that a transaction should take.
pub const LONGEST: Duration = Duration::from_millis(500);

/// Rows of the largest batch.
const MOST_ROWS: usize = 10_000;

/// How often a batch is tried while the source is away: about half a minute.
const TRIES: u32 = 12;

/// How often one row is tried that somebody holds.
const LOCK_TRIES: u32 = 4;

/// So many locked rows in a row: somebody holds the table.
const MOST_LOCKED: u32 = 20;

/// Between two tries of a batch that met a lock.
const SHORT: Duration = Duration::from_millis(50);

/// Batches between two looks at replicas.
const BETWEEN_LOOKS: u64 = 16;

/// Batches that took less are small, and the next ones are larger.
const WORTH_ASKING: Duration = Duration::from_millis(5);

/// A source that is changed.
pub struct Target {
    /// The way to it.
    pub source: Arc<dyn Amend>,
    /// Its facts, for the holds.
    pub catalogue: Catalogue,
    /// Its references, for the holds.
    pub references: Vec<ForeignKey>,
}

/// What is done around the batches, by whoever calls.
pub trait Watcher: Send + Sync {
    /// Rows done so far, of how many.
    fn progress(&self, done: u64, of: u64);

    /// Called at each point of the journal, with its name; tests stop us here.
    fn point(&self, name: &'static str) {
        let _ = name;
    }
}

/// An approved plan on its way.
pub struct Apply<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Its hash.
    pub hash: &'a str,
    /// The same as the gate knows it, by source.
    pub approved: &'a BTreeMap<SourceId, ApprovedPlan>,
    /// The sources.
    pub targets: &'a BTreeMap<SourceId, Target>,
    /// Our state.
    pub store: &'a Store,
    /// What is held.
    pub holds: &'a HoldBook<'a>,
    /// Where copies go that are made first; needed when a step says so.
    pub archive: Option<&'a Archive>,
    /// Set to stop after the batch that runs.
    pub cancel: &'a AtomicBool,
    /// Who is told.
    pub watcher: &'a dyn Watcher,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Rows that were changed, by step.
    pub changed: Vec<u64>,
    /// Rows that were left alone, by step and why.
    pub skipped: Vec<BTreeMap<String, u64>>,
}

impl Applied {
    /// Adds what one batch of the journal did.
    pub fn add(&mut self, batch: &StoredBatch) {
        let step = batch.step as usize;
        self.changed[step] += batch.changed;
        for (reason, rows) in &batch.skipped {
            *self.skipped[step].entry(reason.clone()).or_default() += rows;
        }
    }
}

impl Apply<'_> {
    /// Applies what is left of the plan.
    ///
    /// # Errors
    /// When a source or the state can't be reached, or somebody asked to stop. What is done is done; the
    /// same call goes on.
    pub async fn run(&self, mut rows: RowsReader) -> Result<Applied, RetainError> {
        let planned_files = PlannedFiles::of(self.plan, &mut rows)?;
        let journal = self.store.batches(self.hash).await?;
        let mut state = State::after(&journal, self.plan.rows(), planned_files);
        rows.skip(state.chunk)?;
        let mut waiting: Option<PlannedRows> = None;
        while let Some(first) = match waiting.take() {
            Some(chunk) => Some(chunk),
            None => rows.next_chunk()?,
        } {
            let mut records = vec![first];
            let mut count = records[0].rows.len();
            while let Some(chunk) = rows.next_chunk()? {
                if !self.belongs(&records, &chunk, count, &state) {
                    waiting = Some(chunk);
                    break;
                }
                count += chunk.rows.len();
                records.push(chunk);
            }
            match records[0].together {
                Together::Alone => {
                    self.chunk(&records[0], &mut state).await?;
                    state.next_chunk(1);
                }
                // Journalled as a whole: one of which rows are done is done.
                Together::Large(_) if state.first > 0 => state.next_chunk(records.len() as u64),
                Together::Large(_) => self.in_parts(&records, &mut state).await?,
                Together::Partition(_) | Together::Refill(_) | Together::Trees(_) => {
                    self.trees(&records, &mut state).await?
                }
            }
        }
        self.flush(&mut state).await?;
        self.applied().await
    }

    /// What the journal says was done.
    ///
    /// # Errors
    /// When the state can't be read.
    pub async fn applied(&self) -> Result<Applied, RetainError> {
        let steps = self.plan.steps.len();
        let mut applied = Applied { changed: vec![0; steps], skipped: vec![BTreeMap::new(); steps] };
        for batch in self.store.batches(self.hash).await?.iter().filter(|batch| batch.done) {
            applied.add(batch);
        }
        Ok(applied)
    }

    async fn chunk(&self, chunk: &PlannedRows, state: &mut State) -> Result<(), RetainError> {
        let total = chunk.rows.len();
        let table = (self.plan.steps[chunk.step].source.clone(), self.plan.steps[chunk.step].table.name.clone());
        self.copy_first(chunk, state).await?;
        let (mut tries, mut locked) = (0, 0);
        while state.first < total {
            self.may_go_on(state, chunk.step).await?;
            let size = *state.sizes.entry(table.clone()).or_insert(FIRST_ROWS);
            let end = total.min(state.first + size);
            let rows = chunk.rows.pick(state.first..end);
            let planned = StoredBatch::begun(state.chunk, chunk.step, state.first..end);
            let (batch, waiting) = self.batch(chunk.step, rows, state).await?;
            // Rows in doubt stay so in the journal until they are settled, however often we are cut off.
            let doubtful = (end.max(state.doubtful_rows(total)) - state.first) as u64;
            self.begin(state, vec![StoredBatch { count: doubtful, ..planned.clone() }]).await?;
            let (_, approved, target) = self.place(chunk.step)?;
            match target.source.amend(approved, std::slice::from_ref(&batch)).await {
                Ok(BatchOutcome::Done(done)) => {
                    self.watcher.point("changed");
                    let mut done = done.into_iter().next().unwrap_or_default();
                    waiting.tell(&mut done);
                    self.tell(state, chunk.step, &done.said).await?;
                    let (took, part) = (done.took, end - state.first);
                    self.end(state, planned, &done);
                    state.first = end;
                    (tries, locked) = (0, 0);
                    let size = state.sizes.entry(table.clone()).or_insert(FIRST_ROWS);
                    *size = next_size(*size, part, took, MOST_ROWS);
                    self.give_way(state, chunk.step, part, took).await?;
                }
                Ok(BatchOutcome::Referenced | BatchOutcome::Stays(_)) if end - state.first == 1 => {
                    self.skip_one(state, planned, SkipReason::Referenced.as_str());
                    tries = 0;
                }
                Ok(BatchOutcome::Refused(said)) if end - state.first == 1 => {
                    self.tell(state, chunk.step, &BTreeSet::from([said])).await?;
                    self.skip_one(state, planned, SkipReason::Refused.as_str());
                    tries = 0;
                }
                Ok(BatchOutcome::Referenced | BatchOutcome::Refused(_) | BatchOutcome::Stays(_)) => {
                    state.sizes.insert(table.clone(), ((end - state.first) / 2).max(1));
                }
                Ok(BatchOutcome::Busy) if end - state.first > 1 => {
                    // Smaller ones get past the row that somebody holds.
                    state.sizes.insert(table.clone(), (end - state.first) / 2);
                    tokio::time::sleep(SHORT).await;
                }
                Ok(BatchOutcome::Busy) if tries < LOCK_TRIES => pause(&mut tries).await,
                Ok(BatchOutcome::Busy) => {
                    self.skip_one(state, planned, "locked");
                    (tries, locked) = (0, locked + 1);
                    if locked == MOST_LOCKED {
                        self.flush(state).await?;
                        return Err(RetainError::refused(
                            format!("other sessions keep rows of `{}` locked", table.1),
                            "run `dataward retain apply` again when they are done; it goes on where it was",
                        ));
                    }
                }
                Err(error) if passes_by_itself(&error) && tries < TRIES => {
                    // Whether it was done nobody knows: the journal says so, and the next try finds out.
                    state.doubt(state.chunk, end);
                    pause(&mut tries).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn place(&self, step: usize) -> Result<(usize, &ApprovedPlan, &Target), RetainError> {
        let source = &self.plan.steps[step].source;
        let at = self.plan.steps[..step].iter().filter(|other| other.source == *source).count();
        match (self.approved.get(source), self.targets.get(source)) {
            (Some(approved), Some(target)) => Ok((at, approved, target)),
            _ => Err(RetainError::Internal(format!("no way to `{source}`"))),
        }
    }

    /// What is held of a step's rows at this moment, those among it that wait for their files.
    async fn held(&self, step: usize, rows: &Rows, state: &State) -> Result<(Sql, Waiting), RetainError> {
        let (_, _, target) = self.place(step)?;
        let planned = &self.plan.steps[step];
        let holds: Holds = self.holds.of(&planned.source).await?;
        let held: Sql = holds.condition(&target.catalogue, &target.references, &planned.table);
        let mut waiting = Waiting::default();
        for names in &planned.names {
            let Some(files) = self.targets.get(&names.files) else {
                return Err(RetainError::Internal(format!("no way to `{}`", names.files)));
            };
            let holds = self.holds.of(&names.files).await?;
            let what = (planned, names, rows);
            waiting.add(what, target, (files, &holds), (self.plan, &state.planned_files)).await?;
        }
        Ok((Sql::any(waiting.conditions.iter().cloned().chain([held])), waiting))
    }

    /// Rows of a step, with what is held at this moment.
    async fn batch(&self, step: usize, rows: Rows, state: &State) -> Result<(Batch, Waiting), RetainError> {
        let (at, approved, target) = self.place(step)?;
        let planned = &self.plan.steps[step];
        let (held, waiting) = self.held(step, &rows, state).await?;
        let values = match &planned.change {
            PlannedChange::DropPartition { .. } | PlannedChange::Erase { .. } => Vec::new(),
            PlannedChange::Rewrite { columns } => {
                mask::values(target.catalogue.kind, columns, rows.len(), &mut rand::rng())
            }
        };
        let mut named = Vec::new();
        for by in &planned.named_by {
            match self.targets.get(&by.source) {
                Some(rows_of) => named.push(named_files::referenced(rows_of.source.as_ref(), by, &rows).await?),
                None => return Err(RetainError::Internal(format!("no way to `{}`", by.source))),
            }
        }
        Ok((approved.batch(at, rows, values, held)?.less_named(Sql::any(named)), waiting))
    }

    /// All rows of a step that drops a partition or empties its table, with what is held at this moment.
    async fn whole(&self, step: usize, rows: Rows, state: &State) -> Result<(Batch, Waiting), RetainError> {
        let (at, approved, _) = self.place(step)?;
        let (held, waiting) = self.held(step, &rows, state).await?;
        let batch = match &self.plan.steps[step].change {
            PlannedChange::DropPartition { .. } => approved.partition(at, rows, held)?,
            PlannedChange::Erase { .. } | PlannedChange::Rewrite { .. } => approved.at_once(at, rows, held)?,
        };
        Ok((batch, waiting))
    }

    /// After a batch: whoever else needs the server goes first.
    async fn give_way(&self, state: &mut State, step: usize, rows: usize, took: Duration) -> Result<(), RetainError> {
        let (_, _, target) = self.place(step)?;
        // Who cannot be asked is not waited for.
        let others = took >= WORTH_ASKING && target.source.works_for_others().await.unwrap_or(false);
        state.give_way(step, rows, took, others).await;
        Ok(())
    }

    async fn may_go_on(&self, state: &mut State, step: usize) -> Result<(), RetainError> {
        let limits = Limits::default();
        state.batches += 1;
        let mut looks = 0;
        loop {
            if self.cancel.load(Ordering::Relaxed) {
                self.flush(state).await?;
                return Err(RetainError::Stopped);
            }
            if !state.batches.is_multiple_of(BETWEEN_LOOKS) {
                return Ok(());
            }
            let (_, _, target) = self.place(step)?;
            match target.source.pressure(&limits).await? {
                Some(why) if looks > 600 => {
                    self.flush(state).await?;
                    return Err(RetainError::refused(why, "run the same command again when it has caught up"));
                }
                Some(_) => tokio::time::sleep(Duration::from_secs(1)).await,
                None => return Ok(()),
            }
            looks += 1;
        }
    }

    async fn begin(&self, state: &mut State, next: Vec<StoredBatch>) -> Result<(), RetainError> {
        self.watcher.point("before-intent");
        self.store.journal(self.hash, &state.ended, &next).await?;
        state.ended.clear();
        self.watcher.point("intent");
        Ok(())
    }

    fn end(&self, state: &mut State, mut batch: StoredBatch, done: &BatchDone) {
        batch.done = true;
        batch.changed = done.changed.len() as u64;
        let change = self.plan.steps.get(batch.step as usize).map(|step| &step.change);
        let rewrites = matches!(change, Some(PlannedChange::Rewrite { .. }));
        for (at, reason) in &done.skipped {
            // Gone in a batch that may have been done before: by our own hand; rows that stay with other values
            // likewise. If somebody else changed one just then, the next plan finds its old values.
            let ours = *reason == SkipReason::Gone || (rewrites && *reason == SkipReason::Changed);
            let row = (batch.chunk, (*at as u64 + batch.first) as usize);
            if ours && row < state.doubt_until {
                batch.changed += 1;
            } else {
                *batch.skipped.entry(reason.as_str().to_owned()).or_default() += 1;
            }
        }
        state.rows_done += batch.count;
        state.ended.push(batch);
        self.watcher.progress(state.rows_done, state.rows_total);
    }

    fn skip_one(&self, state: &mut State, mut batch: StoredBatch, reason: &str) {
        batch.done = true;
        batch.skipped = BTreeMap::from([(reason.to_owned(), 1)]);
        state.rows_done += 1;
        state.first += 1;
        state.ended.push(batch);
    }

    /// Notes what the server said of rows that it keeps or refuses, once.
    async fn tell(&self, state: &mut State, step: usize, said: &BTreeSet<String>) -> Result<(), RetainError> {
        for text in said {
            let note = format!("{}: {text}", self.plan.steps[step].source);
            if state.told.insert(note.clone()) {
                self.store.note_plan(self.hash, &note).await?;
            }
        }
        Ok(())
    }

    async fn flush(&self, state: &mut State) -> Result<(), RetainError> {
        self.store.journal(self.hash, &state.ended, &[]).await?;
        state.ended.clear();
        self.watcher.point("flushed");
        Ok(())
    }
}

fn passes_by_itself(error: &ConnectError) -> bool {
    matches!(error, ConnectError::Unreachable { .. })
}
