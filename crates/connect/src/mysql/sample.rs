//! Which rows a sample takes.
//!
//! A table whose primary key is one whole number: runs of neighbouring rows, begun at random points
//! spread over the range of the key. Everything else: each row by the server's `RAND(seed)`, which
//! reads the whole table and is therefore bounded in time.

use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Runs of rows a sample is made of. More runs are a better sample, fewer are fewer round trips.
const RUNS: u64 = 64;

/// Where runs begin, in order, and how long each is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Runs {
    pub(super) starts: Vec<i128>,
    pub(super) rows: u64,
}

/// Runs of about `rows` rows altogether over keys from `low` to `high`: one random start in each
/// part of the range, all parts alike.
pub(super) fn runs(low: i128, high: i128, rows: u64, seed: u64) -> Runs {
    let count = RUNS.min(rows).max(1);
    let length = rows.div_ceil(count);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let span = high - low + 1;
    let starts = (0..i128::from(count)).map(|part| {
        let begin = low + span * part / i128::from(count);
        let end = low + span * (part + 1) / i128::from(count);
        if end > begin { random.random_range(begin..end) } else { begin }
    });
    Runs { starts: starts.collect(), rows: length }
}

/// The condition that takes about `rows` of `total` rows.
pub(super) fn condition(rows: u64, total: u64, seed: u64) -> String {
    // The server's generator takes 32 bits and gives similar beginnings for similar seeds.
    let seed: u32 = ChaCha8Rng::seed_from_u64(seed).random_range(1..1 << 30);
    format!("RAND({seed}) < {:.9}", rows as f64 / total.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_begin_in_every_part_of_the_range_and_repeat_with_their_seed() {
        let made = runs(0, 6399, 640, 1);
        assert_eq!((made.starts.len(), made.rows), (64, 10));
        for (part, start) in made.starts.iter().enumerate() {
            assert_eq!(*start / 100, part as i128);
        }
        assert_eq!(made, runs(0, 6399, 640, 1));
        assert_ne!(made, runs(0, 6399, 640, 2));
    }

    #[test]
    fn the_widest_range_of_keys_does_not_overflow() {
        let made = runs(i128::from(i64::MIN), i128::from(u64::MAX), 10, 3);
        assert_eq!((made.starts.len(), made.rows), (10, 1));
        assert!(made.starts.is_sorted());
    }
}
