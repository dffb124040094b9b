//! Trees of rows: as many at once as go in half of [`super::LONGEST`], one statement a step. What stops some
//! of them sends these into smaller transactions, and at last row by row. A partition goes as a whole in the
//! same way, and so do the rows of tables that are emptied at once.

use std::collections::BTreeMap;
use std::time::Duration;

use dataward_connect::amend::BatchDone;
use dataward_connect::amend::BatchOutcome;
use dataward_connect::amend::Rows;
use dataward_store::StoredBatch;

use super::Apply;
use super::LOCK_TRIES;
use super::SHORT;
use super::TRIES;
use super::passes_by_itself;
use super::state::State;
use super::state::next_size;
use super::state::pause;
use crate::error::RetainError;
use crate::rows_file::PlannedRows;
use crate::rows_file::Together;

/// Rows of trees in the largest transaction.
pub(super) const MOST_ROWS: usize = 32_000;

/// What became of trees that were to go at once.
enum Went {
    All(Duration),
    /// Nothing was changed: something stops some of them.
    None,
}

impl Apply<'_> {
    /// Whether `next` goes together with the `rows` rows of `records` before it.
    pub(super) fn belongs(&self, records: &[PlannedRows], next: &PlannedRows, rows: usize, state: &State) -> bool {
        let first = &records[0];
        let last = &records[records.len() - 1];
        match (last.together, next.together) {
            (Together::Alone, _) => false,
            (last, next) if last == next => true,
            (Together::Trees(_), Together::Trees(_)) => {
                let steps = &self.plan.steps;
                steps[first.step].source == steps[next.step].source && rows + next.rows.len() <= state.tree_rows
            }
            _ => false,
        }
    }

    /// Records of trees.
    pub(super) async fn trees(&self, records: &[PlannedRows], state: &mut State) -> Result<(), RetainError> {
        let mut records = records;
        if state.first > 0 {
            // It was begun by itself.
            self.chunk(&records[0], state).await?;
            state.next_chunk(1);
            records = &records[1..];
        }
        let mut work = vec![records];
        while let Some(part) = work.pop() {
            if part.is_empty() {
                continue;
            }
            let rows = part.iter().map(|record| record.rows.len()).sum();
            match self.at_once(part, state).await? {
                Went::All(took) => {
                    if matches!(part[0].together, Together::Trees(_)) {
                        state.tree_rows = next_size(state.tree_rows, rows, took, MOST_ROWS);
                    }
                    state.next_chunk(part.len() as u64);
                    self.give_way(state, part[0].step, rows, took).await?;
                }
                Went::None => match middle(part) {
                    Some(at) => {
                        let (one, other) = part.split_at(at);
                        work.push(other);
                        work.push(one);
                    }
                    None => match part[0].together {
                        Together::Trees(_) => self.one_by_one(part, state).await?,
                        Together::Large(_) | Together::Refill(_) => self.in_parts(part, state).await?,
                        Together::Alone | Together::Partition(_) => {
                            for record in part {
                                self.chunk(record, state).await?;
                                state.next_chunk(1);
                            }
                        }
                    },
                },
            }
        }
        Ok(())
    }

    async fn at_once(&self, records: &[PlannedRows], state: &mut State) -> Result<Went, RetainError> {
        self.may_go_on(state, records[0].step).await?;
        let first = state.chunk;
        let begun = |(record, chunk): (&PlannedRows, u64)| StoredBatch::begun(chunk, record.step, 0..record.rows.len());
        let planned: Vec<StoredBatch> = records.iter().zip(first..).map(begun).collect();
        // One statement a step, or more where its rows refer to each other; steps of children come first in the plan.
        let mut by_step: BTreeMap<(u32, usize), Rows> = BTreeMap::new();
        let mut records_of: BTreeMap<(u32, usize), Vec<usize>> = BTreeMap::new();
        for (at, record) in records.iter().enumerate() {
            let turn = (record.height, record.step);
            by_step.entry(turn).or_default().append(&record.rows);
            records_of.entry(turn).or_default().push(at);
        }
        let (mut batches, mut waiting) = (Vec::with_capacity(by_step.len()), Vec::with_capacity(by_step.len()));
        let is_whole = matches!(records[0].together, Together::Partition(_) | Together::Refill(_));
        for (at, record) in records.iter().enumerate() {
            state.chunk = first + at as u64;
            self.copy_first(record, state).await?;
        }
        state.chunk = first;
        for ((_, step), rows) in by_step {
            let (batch, waits) = match is_whole {
                true => self.whole(step, rows, state).await?,
                false => self.batch(step, rows, state).await?,
            };
            // A parent that turns out to stay keeps its children, and what refers to it.
            batches.push(if is_whole { batch } else { batch.entire() });
            waiting.push(waits);
        }
        let (_, approved, target) = self.place(records[0].step)?;
        let mut tries = 0;
        loop {
            self.begin(state, planned.clone()).await?;
            match target.source.amend(approved, &batches).await {
                Ok(BatchOutcome::Done(mut done)) => {
                    self.watcher.point("changed");
                    waiting.iter().zip(&mut done).for_each(|(waiting, done)| waiting.tell(done));
                    let took = done.iter().map(|done| done.took).max().unwrap_or_default();
                    for (of, done) in records_of.values().zip(&done) {
                        self.tell(state, records[of[0]].step, &done.said).await?;
                        let mut parts = split(done, of.iter().map(|at| records[*at].rows.len()));
                        for (at, part) in of.iter().zip(parts.drain(..)) {
                            self.end(state, planned[*at].clone(), &part);
                        }
                    }
                    return Ok(Went::All(took));
                }
                Ok(BatchOutcome::Busy) if is_whole && tries < LOCK_TRIES => pause(&mut tries).await,
                Ok(BatchOutcome::Busy) => {
                    self.fell_back(&records[0], "somebody kept them locked, or it would have taken too long").await?;
                    tokio::time::sleep(SHORT).await;
                    state.tree_rows = (state.tree_rows / 2).max(1);
                    return Ok(Went::None);
                }
                Ok(BatchOutcome::Stays(_)) => return Ok(Went::None),
                Ok(BatchOutcome::Refused(said)) => {
                    self.fell_back(&records[0], &said).await?;
                    return Ok(Went::None);
                }
                Ok(BatchOutcome::Referenced) => {
                    self.fell_back(&records[0], "they are not as they were when the plan was made").await?;
                    return Ok(Went::None);
                }
                Err(error) if passes_by_itself(&error) && tries < TRIES => {
                    state.doubt(first + records.len() as u64, 0);
                    pause(&mut tries).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Apply<'_> {
    /// Notes that rows which were to go at once go in batches.
    async fn fell_back(&self, record: &PlannedRows, why: &str) -> Result<(), RetainError> {
        let step = &self.plan.steps[record.step];
        let what = match (&record.together, &step.at_once) {
            (Together::Refill(_), Some(at_once)) => at_once.tables.join(", "),
            (Together::Partition(_), _) => step.change.partition().unwrap_or(&step.table.name).to_owned(),
            _ => return Ok(()),
        };
        let note = format!("{}: {what} went in batches and not at once: {why}", step.source);
        Ok(self.store.note_plan(self.hash, &note).await?)
    }
}

/// Where the second half of several trees begins; none when it is one.
fn middle(records: &[PlannedRows]) -> Option<usize> {
    let half = records.len() / 2;
    let begins = |at: &usize| records[*at].together != records[*at - 1].together;
    (half.max(1)..records.len()).find(begins).or_else(|| (1..half).rev().find(begins))
}

/// What was done of rows that stood one part after the other.
fn split(done: &BatchDone, lengths: impl Iterator<Item = usize>) -> Vec<BatchDone> {
    let ends: Vec<u32> = lengths
        .scan(0_u32, |end, length| {
            *end += length as u32;
            Some(*end)
        })
        .collect();
    let mut parts = vec![BatchDone { took: done.took, ..BatchDone::default() }; ends.len()];
    let place = |row: u32| {
        let part = ends.partition_point(|end| *end <= row);
        (part, row - if part == 0 { 0 } else { ends[part - 1] })
    };
    for row in &done.changed {
        let (part, row) = place(*row);
        parts[part].changed.push(row);
    }
    for (row, reason) in &done.skipped {
        let (part, row) = place(*row);
        parts[part].skipped.push((row, *reason));
    }
    parts
}

#[cfg(test)]
mod tests {
    use dataward_connect::amend::SkipReason;

    use super::*;

    #[test]
    fn what_was_done_is_told_by_the_part_it_stood_in() {
        let (changed, skipped) = (vec![0, 2, 3, 6], vec![(5, SkipReason::Gone)]);
        let done = BatchDone { changed, skipped, ..BatchDone::default() };
        let parts = split(&done, [3, 0, 3, 1].into_iter());
        let changed: Vec<Vec<u32>> = parts.iter().map(|part| part.changed.clone()).collect();
        assert_eq!(changed, [vec![0, 2], vec![], vec![0], vec![0]]);
        assert_eq!(parts[2].skipped, [(2, SkipReason::Gone)]);
    }

    #[test]
    fn trees_are_halved_between_two_of_them() {
        let record = |number| PlannedRows {
            step: 0,
            together: Together::Trees(number),
            trees: Vec::new(),
            height: 0,
            rows: Rows::default(),
        };
        let middles = |numbers: &[u32]| middle(&numbers.iter().map(|number| record(*number)).collect::<Vec<_>>());
        assert_eq!(middles(&[1, 1, 1]), None);
        assert_eq!(middles(&[1, 1, 2, 2]), Some(2));
        assert_eq!(middles(&[1, 2, 2, 2]), Some(1));
        assert_eq!(middles(&[1, 1, 1, 2]), Some(3));
    }
}
