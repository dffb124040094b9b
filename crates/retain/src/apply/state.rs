//! Where an apply is, how large its next batch is, and when it waits.

use std::collections::HashMap;
use std::collections::HashSet;
use std::time::Duration;

use dataward_model::SourceId;
use dataward_store::StoredBatch;

use super::LONGEST;
use crate::waiting::PlannedFiles;

/// Rows of the first batch of a table.
pub(super) const FIRST_ROWS: usize = 500;

/// Batches of fewer rows say nothing of how quick the server is.
const ROWS_TO_JUDGE: usize = 500;

/// A batch that was so many times slower than the quickest one is no chance.
const SLOWER: f64 = 1.5;

/// The longest wait after a batch.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Where we are.
pub(super) struct State {
    /// The record of the rows file.
    pub(super) chunk: u64,
    /// The next row of it.
    pub(super) first: usize,
    /// Rows before this one (record, row) may have been changed already by a run that was cut off.
    pub(super) doubt_until: (u64, usize),
    pub(super) ended: Vec<StoredBatch>,
    pub(super) sizes: HashMap<(SourceId, String), usize>,
    /// Rows of trees in one transaction.
    pub(super) tree_rows: usize,
    /// Seconds a row in the quickest batch of each step.
    quickest: HashMap<usize, f64>,
    pub(super) batches: u64,
    pub(super) rows_done: u64,
    pub(super) rows_total: u64,
    /// The files of the plan that its rows name.
    pub(super) planned_files: PlannedFiles,
    /// What was noted of rows that the server keeps or refuses.
    pub(super) told: HashSet<String>,
}

impl State {
    /// Where the journal ends.
    pub(super) fn after(journal: &[StoredBatch], rows_total: u64, planned_files: PlannedFiles) -> Self {
        let last = journal.last().map_or(0, |batch| batch.chunk);
        // A ring is journalled as several records at once: go back to the first that is open.
        let open = journal.iter().find(|batch| !batch.done).map(|batch| batch.chunk);
        let chunk = open.unwrap_or(last);
        let of_chunk = || journal.iter().filter(|batch| batch.chunk == chunk);
        let end = |batch: &StoredBatch| (batch.first + batch.count) as usize;
        Self {
            chunk,
            first: of_chunk().filter(|batch| batch.done).map(end).max().unwrap_or(0),
            doubt_until: journal
                .iter()
                .filter(|batch| !batch.done)
                .map(|batch| (batch.chunk, end(batch)))
                .max()
                .unwrap_or_default(),
            ended: Vec::new(),
            sizes: HashMap::new(),
            tree_rows: FIRST_ROWS,
            quickest: HashMap::new(),
            batches: 0,
            rows_done: journal.iter().filter(|batch| batch.done).map(|batch| batch.count).sum(),
            rows_total,
            planned_files,
            told: HashSet::new(),
        }
    }

    pub(super) fn next_chunk(&mut self, chunks: u64) {
        self.chunk += chunks;
        self.first = 0;
    }

    /// Waits when the server is at work for others, or slower for us than it was.
    pub(super) async fn give_way(&mut self, step: usize, rows: usize, took: Duration, others: bool) {
        let wait = courtesy(self.quickest.entry(step).or_insert(f64::INFINITY), rows, took);
        let wait = if others { wait.max(took * SHARE_OF_OTHERS).min(LONGEST_WAIT) } else { wait };
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    /// Rows before this one may have been changed.
    pub(super) fn doubt(&mut self, chunk: u64, row: usize) {
        self.doubt_until = self.doubt_until.max((chunk, row));
    }

    /// How many of the `total` rows of the record may have been changed already.
    pub(super) fn doubtful_rows(&self, total: usize) -> usize {
        match self.doubt_until.0.cmp(&self.chunk) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => self.doubt_until.1,
            std::cmp::Ordering::Greater => total,
        }
    }
}

/// The size of the next batch: so that it takes about half of [`LONGEST`].
pub(super) fn next_size(size: usize, rows: usize, took: Duration, most: usize) -> usize {
    match () {
        () if took > LONGEST * 3 / 4 => (rows / 2).max(1),
        () if took < LONGEST / 3 && rows >= size * 3 / 4 => (size * 2).min(most),
        () => size,
    }
}

/// Waits a little longer each time: 50 ms to 5 s.
pub(super) async fn pause(tries: &mut u32) {
    let wait = Duration::from_millis(50 << (*tries).min(7)).min(Duration::from_secs(5));
    *tries += 1;
    tokio::time::sleep(wait).await;
}

/// While others are at work, we are for one part in nine of the time. On two processors that four sessions keep busy
/// they lose 40 % to work without rests, 12 to 16 % to one part in five (`bench_retain beside`).
const SHARE_OF_OTHERS: u32 = 8;

/// How long to wait after a batch of so many rows, so that a server that others load as well is left to them:
/// twice what it took longer than it would have. Alone on the server nothing is waited.
fn courtesy(quickest: &mut f64, rows: usize, took: Duration) -> Duration {
    if rows < ROWS_TO_JUDGE {
        return Duration::ZERO;
    }
    let seconds = took.as_secs_f64() / rows as f64;
    *quickest = quickest.min(seconds);
    let slower = seconds / quickest.max(f64::MIN_POSITIVE);
    if slower < SLOWER {
        Duration::ZERO
    } else {
        Duration::from_secs_f64(2.0 * rows as f64 * (seconds - *quickest)).min(LONGEST_WAIT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::MOST_ROWS;

    #[test]
    fn batches_grow_when_quick_and_shrink_when_slow() {
        let millis = Duration::from_millis;
        assert_eq!(next_size(500, 500, millis(20), MOST_ROWS), 1_000);
        assert_eq!(next_size(8_000, 8_000, millis(20), MOST_ROWS), 10_000);
        assert_eq!(next_size(1_000, 1_000, millis(300), MOST_ROWS), 1_000);
        assert_eq!(next_size(1_000, 1_000, millis(400), MOST_ROWS), 500);
        assert_eq!(next_size(1_000, 3, millis(1), MOST_ROWS), 1_000, "a short last batch says nothing");
        assert_eq!(next_size(1, 1, millis(900), MOST_ROWS), 1);
    }

    #[test]
    fn a_server_that_others_load_is_left_to_them() {
        let millis = Duration::from_millis;
        let mut quickest = f64::INFINITY;
        assert_eq!(courtesy(&mut quickest, 1_000, millis(100)), Duration::ZERO, "the first");
        assert_eq!(courtesy(&mut quickest, 2_000, millis(250)), Duration::ZERO, "nearly as quick");
        let twice_as_slow = courtesy(&mut quickest, 1_000, millis(200));
        assert!(twice_as_slow > millis(199) && twice_as_slow < millis(201), "{twice_as_slow:?}");
        assert_eq!(courtesy(&mut quickest, 1_000, millis(2_000)), LONGEST_WAIT, "no longer than that");
        assert_eq!(courtesy(&mut quickest, 3, millis(90)), Duration::ZERO, "a few rows say nothing");
    }
}
