//! Which rows a sample takes.
//!
//! Tables with a row id: random points between the smallest and the largest row id, each resolved
//! to the next row that is there. Where ids have gaps, the row after a gap is a little more likely
//! than others. Everything else: row numbers drawn at random from a count of the rows.

use std::collections::BTreeSet;

use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sqlx::AssertSqlSafe;
use sqlx::Row;

use super::address::Session;

/// Rounds of drawing before a sample that is still short is taken as it is: the ids have gaps.
const ROUNDS: usize = 8;

/// Points resolved in one statement.
const POINTS_PER_STATEMENT: usize = 5_000;

/// Whether the table, as it stands in a FROM clause, has at most `rows` rows. Looks at no more.
pub(super) async fn is_at_most(session: &mut Session, from: &str, rows: u64) -> Result<bool, sqlx::Error> {
    let sql =
        format!("SELECT count(*) FROM (SELECT 1 FROM {from} LIMIT {})", rows.saturating_add(1).min(i64::MAX as u64));
    let found: i64 = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut session.connection).await?.try_get(0)?;
    Ok(found.unsigned_abs() <= rows)
}

/// The row ids of a sample, in order.
pub(super) async fn row_ids(
    session: &mut Session,
    from: &str,
    row_id: &str,
    rows: u64,
    seed: u64,
) -> Result<Vec<i64>, sqlx::Error> {
    let sql = format!("SELECT (SELECT min({row_id}) FROM {from}), (SELECT max({row_id}) FROM {from})");
    let ends = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut session.connection).await?;
    let (Some(low), Some(high)) = (ends.try_get::<Option<i64>, _>(0)?, ends.try_get::<Option<i64>, _>(1)?) else {
        return Ok(Vec::new());
    };
    let resolve = format!(
        "SELECT (SELECT t.{row_id} FROM {from} AS t WHERE t.{row_id} >= point.value ORDER BY t.{row_id} LIMIT 1) \
         FROM json_each(?1) AS point"
    );
    let wanted = usize::try_from(rows).unwrap_or(usize::MAX);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut chosen = BTreeSet::new();
    for _ in 0..ROUNDS {
        let points: BTreeSet<i64> =
            (0..wanted.saturating_sub(chosen.len())).map(|_| random.random_range(low..=high)).collect();
        let points: Vec<i64> = points.into_iter().collect();
        for points in points.chunks(POINTS_PER_STATEMENT) {
            let query = sqlx::query(AssertSqlSafe(resolve.clone())).bind(json_list(points));
            for row in query.fetch_all(&mut session.connection).await? {
                chosen.extend(row.try_get::<Option<i64>, _>(0)?);
            }
        }
        if chosen.len() >= wanted {
            break;
        }
    }
    Ok(chosen.into_iter().collect())
}

/// The numbers of the rows (from 0, in reading order) of a sample, and how many rows there are.
pub(super) async fn row_numbers(
    session: &mut Session,
    from: &str,
    rows: u64,
    seed: u64,
) -> Result<(BTreeSet<u64>, u64), sqlx::Error> {
    let count = sqlx::query(AssertSqlSafe(format!("SELECT count(*) FROM {from}")));
    let total = count.fetch_one(&mut session.connection).await?.try_get::<i64, _>(0)?.unsigned_abs();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut chosen = BTreeSet::new();
    while (chosen.len() as u64) < rows.min(total) {
        chosen.insert(random.random_range(0..total));
    }
    Ok((chosen, total))
}

/// Numbers as a JSON array, to bind many in one parameter.
pub(super) fn json_list(numbers: &[i64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
    format!("[{}]", numbers.join(","))
}
