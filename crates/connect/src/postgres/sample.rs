//! Which rows a sample takes.
//!
//! A table up to a few megabytes is counted in the same snapshot and each row drawn (BERNOULLI).
//! Of a larger one whole pages are drawn (SYSTEM), never fewer than [`LEAST_PAGES`] so that rows
//! stored side by side do not fill the sample, and thinned here where those hold too many rows.
//! What has no pages (views, foreign tables) is read from its beginning up to
//! [`REACH`] times the sample, and rows drawn from that.

use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sqlx::Row;

use super::fault;
use super::relation::Relation;
use super::session::Session;
use crate::ConnectError;
use crate::HowMuch;

/// Up to this many pages counting all rows takes some milliseconds.
const SMALL_PAGES: f64 = 1024.0;
/// Pages a sample comes from at least.
const LEAST_PAGES: f64 = 256.0;
/// Pages looked at to learn how many rows a page holds, where nobody has analysed the table.
const PROBED_PAGES: f64 = 128.0;
/// Rows of a view read for each row of the sample.
const REACH: u64 = 100;
/// Estimates may be wrong by this factor before a sample is cut.
const SLACK: f64 = 4.0;
/// Rows drawn from a view wait in memory, in up to this many bytes.
const MOST_WAITING_BYTES: usize = 64 << 20;

/// How rows are chosen.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Choice {
    /// All of them; their number, where it is known beforehand.
    All(Option<u64>),
    /// Those the server draws, and of these a share.
    Drawn { clause: String, keep: f64, seed: u64, total: Option<u64> },
    /// `rows` of the first `reach`.
    Waiting { rows: u64, reach: u64, seed: u64 },
}

/// Decides, asking the server for counts where needed.
pub(super) async fn choose(
    session: &mut Session,
    relation: &Relation,
    how_much: HowMuch,
) -> Result<Choice, ConnectError> {
    let HowMuch::Sample { rows, seed } = how_much else { return Ok(Choice::All(None)) };
    if !relation.can_sample {
        return Ok(Choice::Waiting { rows, reach: rows.saturating_mul(REACH), seed });
    }
    let pages = relation.bytes as f64 / relation.page_bytes as f64;
    let from = relation.from();
    if pages <= SMALL_PAGES {
        let total = count(session, relation, format!("SELECT pg_catalog.count(*) FROM {from}")).await?;
        return Ok(match total <= rows {
            true => Choice::All(Some(total)),
            false => drawn("BERNOULLI", rows as f64 / total as f64, seed, Some(total)),
        });
    }
    let rows_per_page = match relation.rows_per_page {
        Some(rows_per_page) => rows_per_page,
        None => {
            let share = 100.0 * PROBED_PAGES / pages;
            let probe =
                format!("SELECT pg_catalog.count(*) FROM {from} TABLESAMPLE SYSTEM ({share:.9}) REPEATABLE (0)");
            count(session, relation, probe).await? as f64 / PROBED_PAGES
        }
    };
    Ok(of_pages(pages, rows_per_page, rows, seed))
}

fn of_pages(pages: f64, rows_per_page: f64, rows: u64, seed: u64) -> Choice {
    let wanted = rows as f64;
    let rows_per_page = rows_per_page.max(0.001);
    if pages * rows_per_page <= wanted {
        return Choice::All(None);
    }
    let needed = wanted / rows_per_page;
    let taken = needed.max(LEAST_PAGES).min(pages);
    let limit = (SLACK * taken * rows_per_page).max(wanted) as u64;
    match drawn("SYSTEM", taken / pages, seed, None) {
        Choice::Drawn { clause, seed, total, .. } => {
            Choice::Drawn { clause: format!("{clause} LIMIT {limit}"), keep: needed / taken, seed, total }
        }
        choice => choice,
    }
}

fn drawn(method: &str, share: f64, seed: u64, total: Option<u64>) -> Choice {
    let percent = (share * 100.0).clamp(1e-9, 100.0);
    // The server takes a float8: 32 bits of the seed keep apart whatever people type.
    let repeatable = (seed ^ (seed >> 32)) as u32;
    let clause = format!("TABLESAMPLE {method} ({percent:.9}) REPEATABLE ({repeatable})");
    Choice::Drawn { clause, keep: 1.0, seed, total }
}

async fn count(session: &mut Session, relation: &Relation, statement: String) -> Result<u64, ConnectError> {
    let limit = session.limits().sample;
    let row = session.row(statement).await.map_err(|error| fault::reading(error, &relation.name, limit))?;
    let count: i64 = row.try_get(0).map_err(|error| fault::reading(error, &relation.name, limit))?;
    Ok(count.unsigned_abs())
}

/// Keeps a share of the rows that come by; the same for the same seed.
pub(super) struct Thinning {
    random: ChaCha8Rng,
    keep: f64,
}

impl Thinning {
    pub(super) fn new(keep: f64, seed: u64) -> Self {
        Self { random: ChaCha8Rng::seed_from_u64(seed), keep }
    }

    pub(super) fn keeps_next(&mut self) -> bool {
        self.keep >= 1.0 || self.random.random::<f64>() < self.keep
    }
}

/// Draws rows from a stream of unknown length (Vitter's algorithm R).
pub(super) struct WaitingRows {
    random: ChaCha8Rng,
    wanted: usize,
    seen: u64,
    bytes: usize,
    rows: Vec<(u64, Vec<u8>)>,
}

impl WaitingRows {
    pub(super) fn new(wanted: u64, seed: u64) -> Self {
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        Self { random: ChaCha8Rng::seed_from_u64(seed), wanted, seen: 0, bytes: 0, rows: Vec::new() }
    }

    /// Offers the next row; false when no more shall come.
    pub(super) fn offer(&mut self, row: &[u8]) -> bool {
        let index = self.seen;
        self.seen += 1;
        if self.rows.len() < self.wanted {
            self.bytes += row.len();
            self.rows.push((index, row.to_vec()));
        } else {
            let place = self.random.random_range(0..=index);
            if let Some(waiting) = usize::try_from(place).ok().and_then(|place| self.rows.get_mut(place)) {
                self.bytes = self.bytes + row.len() - waiting.1.len();
                *waiting = (index, row.to_vec());
            }
        }
        self.bytes <= MOST_WAITING_BYTES
    }

    /// Rows offered.
    pub(super) fn seen(&self) -> u64 {
        self.seen
    }

    /// The rows drawn, in their order.
    pub(super) fn into_rows(mut self) -> Vec<Vec<u8>> {
        self.rows.sort_unstable_by_key(|(index, _)| *index);
        self.rows.into_iter().map(|(_, row)| row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_tables_give_at_least_256_pages_thinned_to_the_size_asked_for() {
        let Choice::Drawn { clause, keep, .. } = of_pages(100_000.0, 50.0, 1000, 7) else { panic!() };
        assert_eq!(clause, "TABLESAMPLE SYSTEM (0.256000000) REPEATABLE (7) LIMIT 51200");
        assert_eq!(keep, 20.0 / 256.0);
        let Choice::Drawn { clause, keep, .. } = of_pages(100_000.0, 50.0, 50_000, 7) else { panic!() };
        assert_eq!(clause, "TABLESAMPLE SYSTEM (1.000000000) REPEATABLE (7) LIMIT 200000");
        assert_eq!(keep, 1.0);
        assert_eq!(of_pages(2000.0, 0.1, 1000, 7), Choice::All(None));
    }

    #[test]
    fn waiting_rows_are_drawn_evenly_and_repeat_with_their_seed() {
        let draw = |seed| {
            let mut waiting = WaitingRows::new(100, seed);
            for index in 0..10_000_u32 {
                assert!(waiting.offer(&index.to_be_bytes()));
            }
            waiting.into_rows()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        let late = draw(1).iter().filter(|row| row.as_slice() >= &5000_u32.to_be_bytes()[..]).count();
        assert!((30..70).contains(&late), "{late} of 100 rows from the second half");
    }

    #[test]
    fn few_rows_all_wait() {
        let mut waiting = WaitingRows::new(100, 1);
        waiting.offer(b"only");
        assert_eq!((waiting.seen(), waiting.into_rows()), (1, vec![b"only".to_vec()]));
    }
}
