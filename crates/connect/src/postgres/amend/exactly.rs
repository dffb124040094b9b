//! What goes exactly as it was planned, or not at all: all rows of some batches, or a partition with all of its rows.

use sqlx::AssertSqlSafe;
use sqlx::Row;
use sqlx::query::Query;

use super::all_of;
use super::begin;
use super::bind_batch;
use super::bind_placed;
use super::statement;
use crate::amend::Batch;
use crate::amend::BatchDone;
use crate::amend::Change;
use crate::postgres::session::Session;

/// How long the rows of a partition may be looked at before it is dropped.
const WHOLE: &str = "60s";

/// Changes all rows of the batches, which come children first, and nothing else; none when that can't be done:
/// then nothing was changed. A rewrite alone gains nothing by it.
pub(super) async fn erase_all(session: &mut Session, batches: &[Batch]) -> Result<Option<Vec<BatchDone>>, sqlx::Error> {
    if batches.iter().all(|batch| matches!(batch.change(), Change::Rewrite { .. })) {
        return Ok(None);
    }
    begin(session).await?;
    let all = erase_exactly(session, batches).await?;
    session.run_or_state(if all { "COMMIT" } else { "ROLLBACK" }).await?;
    Ok(all.then(|| batches.iter().map(all_of).collect()))
}

/// Drops a partition when it has no row but those of the batch, each as it was planned, due, and held by
/// nothing; whether it did. Nobody writes to the partition meanwhile; readers go on until it is dropped.
pub(super) async fn drop_partition(session: &mut Session, batch: &Batch, partition: &str) -> Result<bool, sqlx::Error> {
    begin(session).await?;
    let names = [partition.to_owned(), batch.table().sql.clone()];
    let query = names.into_iter().fold(sqlx::query(statement::IS_PARTITION).persistent(false), Query::bind);
    let mut whole = query.fetch_one(&mut session.connection).await?.try_get::<bool, _>(0)?;
    if whole {
        let lock =
            format!("SET LOCAL statement_timeout = '{WHOLE}'; LOCK TABLE {partition} IN SHARE ROW EXCLUSIVE MODE");
        session.run_or_state(&lock).await?;
        let query = sqlx::query(AssertSqlSafe(statement::whole(batch, partition))).persistent(false);
        let counts = bind_batch(query, batch, None).fetch_one(&mut session.connection).await?;
        let wanted = batch.rows().len() as i64;
        whole = counts.try_get::<i64, _>(0)? == wanted && counts.try_get::<i64, _>(1)? == wanted;
    }
    if whole {
        session.run_or_state(&format!("DROP TABLE {partition}")).await?;
    }
    session.run_or_state(if whole { "COMMIT" } else { "ROLLBACK" }).await?;
    Ok(whole)
}

/// Whether all of it went and nothing else.
async fn erase_exactly(session: &mut Session, batches: &[Batch]) -> Result<bool, sqlx::Error> {
    let guards = batches.iter().flat_map(Batch::guards);
    let mut watched: Vec<&str> = guards.filter_map(|guard| guard.engine_changes.as_deref()).collect();
    watched.sort_unstable();
    watched.dedup();
    let Some(before) = engine_changed(session, &watched).await? else { return Ok(false) };
    for (at, batch) in batches.iter().enumerate() {
        if matches!(batch.change(), Change::Rewrite { .. }) {
            let query = sqlx::query(AssertSqlSafe(statement::change(batch))).persistent(false);
            let changed = bind_batch(query, batch, None).execute(&mut session.connection).await?.rows_affected();
            if changed != batch.rows().len() as u64 {
                return Ok(false);
            }
            continue;
        }
        let with_its_parent = batch.taken_by().is_some_and(|parent| {
            let later = batches[at + 1..].iter().map(|other| other.table().name.as_str());
            later.filter(|other| *other != batch.table().name).any(|other| other == parent)
        });
        let query = sqlx::query(AssertSqlSafe(statement::erase_all(batch, !with_its_parent))).persistent(false);
        let went = bind_placed(query, batch).execute(&mut session.connection).await?.rows_affected();
        if went != batch.rows().len() as u64 {
            return Ok(false);
        }
    }
    let Some(after) = engine_changed(session, &watched).await? else { return Ok(false) };
    Ok(watched.iter().zip(after.iter().zip(before)).all(|(table, (after, before))| {
        let ours =
            batches.iter().filter(|batch| batch.table().name_sql() == *table).map(|batch| batch.rows().len() as i64);
        after - before == ours.sum::<i64>()
    }))
}

/// What the engine counts of these tables; none when it does not count.
async fn engine_changed(session: &mut Session, tables: &[&str]) -> Result<Option<Vec<i64>>, sqlx::Error> {
    if tables.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let tables: Vec<String> = tables.iter().map(|table| (*table).to_owned()).collect();
    let query = sqlx::query(statement::ENGINE_CHANGED).persistent(session.keeps_statements).bind(tables);
    let row = query.fetch_one(&mut session.connection).await?;
    Ok(row.try_get::<bool, _>(1)?.then_some(row.try_get(0)?))
}
