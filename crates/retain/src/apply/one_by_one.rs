//! Trees of one bundle that do not go at once: each as a whole or not at all.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use dataward_connect::amend::BatchDone;
use dataward_connect::amend::BatchOutcome;
use dataward_connect::amend::Rows;
use dataward_connect::amend::SkipReason;
use dataward_store::StoredBatch;

use super::Apply;
use super::LOCK_TRIES;
use super::MOST_LOCKED;
use super::TRIES;
use super::passes_by_itself;
use super::state::State;
use super::state::pause;
use crate::error::RetainError;
use crate::plan::PlannedChange;
use crate::rows_file::PlannedRows;

/// A row: the record it stands in, and where.
type At = (usize, usize);

impl Apply<'_> {
    /// Changes the trees of one bundle, as many at a time as can be. Journalled as a whole: cut off, it is begun anew, and
    /// trees that went then are found gone.
    pub(super) async fn one_by_one(&self, records: &[PlannedRows], state: &mut State) -> Result<(), RetainError> {
        let first = state.chunk;
        let begun = |(record, chunk): (&PlannedRows, u64)| StoredBatch::begun(chunk, record.step, 0..record.rows.len());
        let planned: Vec<StoredBatch> = records.iter().zip(first..).map(begun).collect();
        self.begin(state, planned.clone()).await?;
        let mut done = vec![BatchDone::default(); records.len()];
        let mut skip = |(record, row): At, reason: SkipReason| done[record].skipped.push((row as u32, reason));
        let mut changed: Vec<At> = Vec::new();
        let trees: BTreeSet<u32> = records.iter().flat_map(|record| record.trees.iter().copied()).collect();
        let mut work: Vec<BTreeSet<u32>> = vec![trees];
        let (mut tries, mut locked) = (0, 0);
        while let Some(trees) = work.pop() {
            if trees.is_empty() {
                continue;
            }
            self.may_go_on(state, records[0].step).await?;
            let steps = rows_of(records, &trees);
            let (mut batches, mut waiting) = (Vec::with_capacity(steps.len()), Vec::with_capacity(steps.len()));
            for ((_, step), places) in &steps {
                let mut rows = Rows::default();
                places.iter().for_each(|(record, row)| rows.push(&records[*record].rows, *row));
                let (batch, waits) = self.batch(*step, rows, state).await?;
                batches.push(batch.entire());
                waiting.push(waits);
            }
            let (_, approved, target) = self.place(records[0].step)?;
            let all = || steps.values().flatten().copied();
            let tell = |answers: &mut [BatchDone]| waiting.iter().zip(answers).for_each(|(one, done)| one.tell(done));
            match target.source.amend(approved, &batches).await {
                Ok(BatchOutcome::Done(mut answers)) => {
                    self.watcher.point("trees");
                    tell(&mut answers);
                    for (places, answer) in steps.values().zip(answers) {
                        changed.extend(answer.changed.iter().map(|at| places[*at as usize]));
                        answer.skipped.iter().for_each(|(at, reason)| skip(places[*at as usize], *reason));
                    }
                    (tries, locked) = (0, 0);
                }
                Ok(BatchOutcome::Stays(mut answers)) => {
                    tell(&mut answers);
                    for answer in &answers {
                        self.tell(state, records[0].step, &answer.said).await?;
                    }
                    let staying = self.staying(records, &steps, &answers);
                    let left: BTreeSet<u32> = trees.difference(&staying.trees).copied().collect();
                    staying.rows.into_iter().for_each(|(at, reason)| skip(at, reason));
                    debug_assert!(left.len() < trees.len(), "some row stops its tree");
                    work.push(left);
                }
                Ok(BatchOutcome::Referenced | BatchOutcome::Busy | BatchOutcome::Refused(_)) if trees.len() > 1 => {
                    work.extend(halves(&trees));
                }
                Ok(BatchOutcome::Refused(said)) => {
                    self.tell(state, records[0].step, &BTreeSet::from([said])).await?;
                    all().for_each(|at| skip(at, SkipReason::Refused));
                }
                Ok(BatchOutcome::Busy) if tries < LOCK_TRIES => {
                    pause(&mut tries).await;
                    work.push(trees);
                }
                Ok(BatchOutcome::Busy) => {
                    all().for_each(|at| skip(at, SkipReason::Locked));
                    (tries, locked) = (0, locked + 1);
                    if locked == MOST_LOCKED {
                        let table = &self.plan.steps[records[0].step].table.name;
                        return Err(RetainError::refused(
                            format!("other sessions keep rows of `{table}` locked"),
                            "run `dataward retain apply` again when they are done; it goes on where it was",
                        ));
                    }
                }
                Ok(BatchOutcome::Referenced) => all().for_each(|at| skip(at, SkipReason::Referenced)),
                Err(error) if passes_by_itself(&error) && tries < TRIES => {
                    // Whether it was done nobody knows: the next try finds out.
                    state.doubt(first + records.len() as u64, 0);
                    pause(&mut tries).await;
                    work.push(trees);
                }
                Err(error) => return Err(error.into()),
            }
        }
        for (record, row) in changed {
            done[record].changed.push(row as u32);
        }
        self.watcher.point("changed");
        for (planned, done) in planned.into_iter().zip(&done) {
            self.end(state, planned, done);
        }
        state.next_chunk(records.len() as u64);
        Ok(())
    }

    /// The trees that stay, and why each of their rows does: for its own reason, or with the rest.
    fn staying(&self, records: &[PlannedRows], steps: &Steps, answers: &[BatchDone]) -> Staying {
        let mut reasons: BTreeMap<At, (bool, SkipReason)> = BTreeMap::new();
        for (((_, step), places), answer) in steps.iter().zip(answers) {
            let rewrites = matches!(self.plan.steps[*step].change, PlannedChange::Rewrite { .. });
            for (at, reason) in &answer.skipped {
                reasons.insert(places[*at as usize], (rewrites, *reason));
            }
        }
        let mut trees: BTreeMap<u32, Vec<At>> = BTreeMap::new();
        for at in steps.values().flatten() {
            trees.entry(records[at.0].trees[at.1]).or_default().push(*at);
        }
        let mut staying = Staying::default();
        for (tree, rows) in trees {
            let all_gone = rows
                .iter()
                .all(|at| matches!(reasons.get(at), Some((_, SkipReason::Gone) | (true, SkipReason::Changed))));
            let stops = rows.iter().any(|at| reasons.get(at).is_some_and(|(_, reason)| *reason != SkipReason::Gone));
            if stops || all_gone {
                staying.trees.insert(tree);
                let reason = |at: &At| reasons.get(at).map_or(SkipReason::Together, |(_, reason)| *reason);
                staying.rows.extend(rows.iter().map(|at| (*at, reason(at))));
            }
        }
        staying
    }
}

#[derive(Default)]
struct Staying {
    trees: BTreeSet<u32>,
    rows: Vec<(At, SkipReason)>,
}

/// Rows by their turn: height and step.
type Steps = BTreeMap<(u32, usize), Vec<At>>;

/// The rows of these trees, those of children first.
fn rows_of(records: &[PlannedRows], trees: &BTreeSet<u32>) -> Steps {
    let mut steps = Steps::new();
    for (number, record) in records.iter().enumerate() {
        let rows = record.trees.iter().enumerate().filter(|(_, tree)| trees.contains(tree));
        let rows: Vec<At> = rows.map(|(row, _)| (number, row)).collect();
        if !rows.is_empty() {
            steps.entry((record.height, record.step)).or_default().extend(rows);
        }
    }
    steps
}

/// Of one tree itself alone.
fn halves(trees: &BTreeSet<u32>) -> Vec<BTreeSet<u32>> {
    let all: Vec<u32> = trees.iter().copied().collect();
    let (one, other) = all.split_at(all.len() / 2);
    [one, other].into_iter().filter(|half| !half.is_empty()).map(|half| half.iter().copied().collect()).collect()
}
