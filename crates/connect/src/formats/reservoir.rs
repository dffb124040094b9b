//! A fair sample of a stream of unknown length.

use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;

use arrow_array::Array;
use arrow_array::RecordBatch;
use arrow_array::UInt64Array;
use arrow_schema::ArrowError;
use arrow_select::concat::concat_batches;
use arrow_select::take::take_record_batch;
use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::ConnectError;

/// Keeps every row with the same chance: each gets a random number, and the rows with the lowest
/// numbers stay (bottom-k sampling). Holds at most about twice the sample and [`HELD_BYTES`];
/// when rows are so large that this is too little, the sample becomes smaller but stays fair.
pub(super) struct Reservoir {
    wanted: usize,
    random: ChaCha8Rng,
    /// Rows above it cannot get into the sample any more.
    threshold: u64,
    held: Vec<(RecordBatch, Vec<u64>)>,
    held_rows: usize,
    held_bytes: usize,
}

impl Reservoir {
    /// A sample of `rows` rows; the same `seed` and `name` over the same rows give the same sample.
    pub(super) fn new(rows: u64, seed: u64, name: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        Self {
            wanted: usize::try_from(rows).unwrap_or(usize::MAX),
            random: ChaCha8Rng::seed_from_u64(seed ^ hasher.finish()),
            threshold: u64::MAX,
            held: Vec::new(),
            held_rows: 0,
            held_bytes: 0,
        }
    }

    /// Looks at rows in their order.
    pub(super) fn offer(&mut self, batch: &RecordBatch) -> Result<(), ConnectError> {
        let mut rows = Vec::new();
        let mut numbers = Vec::new();
        for row in 0..batch.num_rows() as u64 {
            let number = self.random.random();
            if number <= self.threshold {
                rows.push(row);
                numbers.push(number);
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        self.held_rows += rows.len();
        let taken = take_record_batch(batch, &UInt64Array::from(rows)).map_err(internal)?;
        self.held_bytes += bytes_of(&taken);
        self.held.push((taken, numbers));
        if self.held_rows > self.wanted.saturating_mul(2).max(MIN_HELD_ROWS) || self.held_bytes > HELD_BYTES {
            self.shrink()?;
        }
        Ok(())
    }

    /// The sample, in the order of the rows.
    pub(super) fn finish(mut self, batch_bytes: usize) -> Result<Vec<RecordBatch>, ConnectError> {
        if self.held_rows > self.wanted {
            self.shrink()?;
        }
        let mut batches = Vec::new();
        for (batch, _) in std::mem::take(&mut self.held) {
            let parts = (bytes_of(&batch) / batch_bytes.max(1) + 1).min(batch.num_rows().max(1));
            let rows = batch.num_rows().div_ceil(parts).max(1);
            for start in (0..batch.num_rows()).step_by(rows) {
                batches.push(batch.slice(start, rows.min(batch.num_rows() - start)));
            }
        }
        Ok(batches)
    }

    /// Drops all but the lowest numbers and joins what is left into few batches.
    fn shrink(&mut self) -> Result<(), ConnectError> {
        if self.held_bytes > HELD_BYTES {
            self.wanted = self.wanted.min(self.held_rows / 2).max(1);
        }
        let mut numbers: Vec<u64> = self.held.iter().flat_map(|(_, numbers)| numbers).copied().collect();
        if numbers.len() > self.wanted && self.wanted > 0 {
            self.threshold = *numbers.select_nth_unstable(self.wanted - 1).1;
        } else if self.wanted == 0 {
            self.threshold = 0;
        }
        let mut joined: Vec<(Vec<RecordBatch>, Vec<u64>)> = Vec::new();
        for (batch, numbers) in std::mem::take(&mut self.held) {
            let rows = (0u64..).zip(&numbers).filter(|(_, number)| **number <= self.threshold).map(|(row, _)| row);
            let rows = UInt64Array::from(rows.collect::<Vec<_>>());
            if rows.is_empty() {
                continue;
            }
            let numbers = numbers.into_iter().filter(|number| *number <= self.threshold).collect::<Vec<_>>();
            let batch = take_record_batch(&batch, &rows).map_err(internal)?;
            match joined.last_mut() {
                Some((batches, held)) if batches[0].schema() == batch.schema() => {
                    batches.push(batch);
                    held.extend(numbers);
                }
                _ => joined.push((vec![batch], numbers)),
            }
        }
        (self.held_rows, self.held_bytes) = (0, 0);
        for (batches, numbers) in joined {
            let batch = concat_batches(&batches[0].schema(), &batches).map_err(internal)?;
            self.held_rows += batch.num_rows();
            self.held_bytes += bytes_of(&batch);
            self.held.push((batch, numbers));
        }
        Ok(())
    }
}

/// What the rows of a batch take, less what other rows of shared buffers take.
fn bytes_of(batch: &RecordBatch) -> usize {
    batch.columns().iter().map(|column| column.to_data().get_slice_memory_size().unwrap_or_default()).sum()
}

fn internal(_: ArrowError) -> ConnectError {
    ConnectError::Internal { target: "a sample".into(), reason: "the rows taken at random did not fit together".into() }
}

const HELD_BYTES: usize = 24 << 20;
const MIN_HELD_ROWS: usize = 1024;
