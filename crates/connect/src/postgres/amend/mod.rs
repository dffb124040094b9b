//! The gate on PostgreSQL.
//!
//! A row's version is its `xmin`: any change gives it another one, and comparing it costs nothing. A
//! transaction names its own lock and statement time-outs and ends with COMMIT or not at all.
//!
//! Rows that go are first taken as a whole (`erase_all`): each statement finds them by key and version and
//! gives nothing back, the numbers of rows say whether all of it went and nothing else. If a single one is
//! missing, or the engine took another row along, nothing was changed, and the careful way (`careful`) asks of
//! each row why.
//!
//! Where most rows of a table go and a lock on it is allowed, it is emptied at once (`refill`).

mod careful;
mod catalogue;
mod exactly;
mod refill;
mod rights;
mod statement;

use std::time::Instant;

use arrow_array::RecordBatch;
use async_trait::async_trait;
use dataward_model::SourceKind;
use futures::StreamExt;
use sqlx::AssertSqlSafe;
use sqlx::Row;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;

use super::Postgres;
use super::fault;
use super::session::Session;
use crate::ConnectError;
use crate::amend::ALIAS;
use crate::amend::Amend;
use crate::amend::ApprovedPlan;
use crate::amend::AtOnce;
use crate::amend::Batch;
use crate::amend::BatchDone;
use crate::amend::BatchOutcome;
use crate::amend::Catalogue;
use crate::amend::Intent;
use crate::amend::KeyColumn;
use crate::amend::Limits;
use crate::amend::Note;
use crate::amend::RowStream;
use crate::amend::Rows;
use crate::amend::SelectedRows;
use crate::amend::Selection;
use crate::amend::Sql;
use crate::amend::TableFacts;
use crate::amend::Whereabouts;
use crate::amend::texts_batch;
use refill::Refilled;

/// Rows in one chunk of a selection.
const CHUNK: usize = 8192;

/// The planner's prices for a batch: a few thousand look-ups, never a scan of the table. Without an index
/// it still takes a hash join, as that is cheaper than scan after scan. Ours are planned with their arrays in
/// sight (an unnamed statement is); those of the foreign keys' triggers must keep their plans.
const PRICES: &str = "SET LOCAL random_page_cost = 0.1; SET LOCAL seq_page_cost = 10; \
                      SET LOCAL plan_cache_mode = auto; SET LOCAL jit = off";

/// What we write down as done must not be lost with the server; the other levels wait for more than that.
const DURABLE: &str = "SELECT pg_catalog.set_config('synchronous_commit', 'on', true) \
                       WHERE pg_catalog.current_setting('synchronous_commit') = 'off'";

#[async_trait]
impl Amend for Postgres {
    fn kind(&self) -> SourceKind {
        SourceKind::Postgresql
    }

    fn whereabouts(&self) -> Whereabouts {
        self.pool.whereabouts()
    }

    async fn identity(&self) -> Result<Option<String>, ConnectError> {
        // A standby has that of its primary: it holds the same rows.
        const WHO: &str = "SELECT system_identifier::text AS who FROM pg_catalog.pg_control_system()";
        let mut session = self.pool.begin(self.pool.limits().catalogue).await?;
        let rows = session.rows(WHO, &[]).await?;
        let who = rows.first().map(|row| session.get(row, "who")).transpose()?;
        self.pool.end(session).await;
        Ok(who)
    }

    async fn catalogue(&self) -> Result<Catalogue, ConnectError> {
        let mut session = self.pool.begin(self.pool.limits().catalogue).await?;
        let catalogue = catalogue::read(&mut session).await?;
        self.pool.end(session).await;
        Ok(catalogue)
    }

    async fn select(&self, selection: &Selection) -> Result<RowStream, ConnectError> {
        let session = self.pool.begin(self.pool.limits().full).await?;
        let (sender, receiver) = tokio::sync::mpsc::channel(2);
        tokio::spawn(select(session, self.clone(), selection.clone(), sender));
        Ok(futures::stream::unfold(receiver, |mut receiver| async {
            receiver.recv().await.map(|chunk| (chunk, receiver))
        })
        .boxed())
    }

    async fn count(&self, table: &TableFacts, condition: &Sql) -> Result<u64, ConnectError> {
        let mut session = self.pool.begin(self.pool.limits().full).await?;
        let sql = format!("SELECT count(*) FROM {} AS {ALIAS} WHERE {}", table.sql, condition.as_str());
        let counted = session.row(sql).await.and_then(|row| row.try_get::<i64, _>(0));
        let counted =
            counted.map_err(|error| fault::planning(error, table, &session.server.account, self.pool.limits().full))?;
        self.pool.end(session).await;
        Ok(counted as u64)
    }

    async fn fetch(&self, table: &TableFacts, rows: &Rows) -> Result<RecordBatch, ConnectError> {
        let mut session = self.pool.begin(self.pool.limits().full).await?;
        let sql = statement::fetch(table);
        let query = bind_keys(sqlx::query(AssertSqlSafe(sql)).persistent(false), rows);
        let fetched = query.fetch_all(&mut session.connection).await;
        let fetched =
            fetched.map_err(|error| fault::planning(error, table, &session.server.account, self.pool.limits().full))?;
        self.pool.end(session).await;
        texts_batch(table, fetched.len(), |row, column| {
            fetched[row].try_get::<Option<String>, _>(column).unwrap_or_default()
        })
    }

    async fn amend(&self, _plan: &ApprovedPlan, batches: &[Batch]) -> Result<BatchOutcome, ConnectError> {
        let mut session = self.pool.writer().await?;
        if let Some(at_once) = batches.first().and_then(Batch::at_once) {
            return self.at_once(session, batches, at_once).await;
        }
        let (mut begun, mut at) = (Instant::now(), 0);
        let mut ran = if let [batch] = batches
            && let Some(partition) = batch.whole_partition()
        {
            match exactly::drop_partition(&mut session, batch, partition).await {
                Ok(false) => {
                    self.pool.keep_writer(session);
                    return Ok(BatchOutcome::Referenced);
                }
                dropped => dropped.map(|_| Some(vec![all_of(batch)])),
            }
        } else {
            exactly::erase_all(&mut session, batches).await
        };
        if refusal(&ran, batches, at).is_some() {
            session.run("ROLLBACK").await?;
            ran = Ok(None);
        }
        if let Ok(None) = ran {
            begun = Instant::now();
            ran = match careful::run(&mut session, batches, &mut at).await {
                Ok((done, true)) => Ok(Some(done)),
                Ok((done, false)) => {
                    self.pool.keep_writer(session);
                    return Ok(BatchOutcome::Stays(done));
                }
                Err(error) => Err(error),
            };
        }
        if let (Some(_), [batch]) = (refusal(&ran, batches, at), batches)
            && !batch.is_entire()
            && batch.rows().len() <= careful::MOST_ISOLATED
        {
            session.run("ROLLBACK").await?;
            ran = careful::isolate(&mut session, batch).await.map(|done| Some(vec![done]));
        }
        let refused = refusal(&ran, batches, at);
        match ran {
            Ok(done) => {
                let done = done.unwrap_or_default();
                let took = begun.elapsed();
                self.pool.keep_writer(session);
                let done = done.into_iter().map(|done| BatchDone { took, ..done }).collect();
                Ok(BatchOutcome::Done(done))
            }
            Err(error) => {
                let outcome = match fault::sqlstate(&error).as_deref() {
                    // lock_not_available, deadlock_detected, query_canceled (time-out), serialization_failure
                    Some("55P03" | "40P01" | "57014" | "40001") => Some(BatchOutcome::Busy),
                    // The last: something hangs on a partition that was to be dropped.
                    Some("23503" | "23001" | "2BP01") => Some(BatchOutcome::Referenced),
                    _ => refused.map(BatchOutcome::Refused),
                };
                let Some(outcome) = outcome else {
                    let table = batches.get(at).map_or("", |batch| batch.table().name.as_str());
                    return Err(fault::amending(error, table, &session.server.account));
                };
                if session.run("ROLLBACK").await.is_ok() {
                    self.pool.keep_writer(session);
                }
                Ok(outcome)
            }
        }
    }

    async fn look(&self, batch: &Batch) -> Result<BatchDone, ConnectError> {
        let limit = self.pool.limits().full;
        let mut session = self.pool.begin(limit).await?;
        let looked = careful::look(&mut session, batch).await;
        let looked = looked.map_err(|error| fault::planning(error, batch.table(), &session.server.account, limit))?;
        self.pool.end(session).await;
        Ok(looked)
    }

    async fn obstacles(&self, intents: &[Intent<'_>]) -> Result<Vec<Note>, ConnectError> {
        let mut session = self.pool.begin(self.pool.limits().catalogue).await?;
        let notes = rights::obstacles(&mut session, intents).await?;
        self.pool.end(session).await;
        Ok(notes)
    }

    async fn at_once_obstacles(&self, tables: &[String]) -> Result<Option<Vec<String>>, ConnectError> {
        let mut session = self.pool.begin(self.pool.limits().catalogue).await?;
        let query = sqlx::query(refill::OBSTACLES).persistent(false).bind(tables.to_vec());
        let rows = query.fetch_all(&mut session.connection).await.map_err(|error| session.explain(error))?;
        let texts = rows.iter().map(|row| row.try_get::<String, _>(0));
        let texts = texts.collect::<Result<Vec<_>, _>>().map_err(|error| session.explain(error))?;
        self.pool.end(session).await;
        Ok(Some(texts.iter().map(|text| refill::obstacle(text)).collect()))
    }

    async fn reclaim(&self, _plan: &ApprovedPlan, table: &TableFacts) -> Result<(), ConnectError> {
        let mut session = self.pool.writer().await?;
        session.run("SET statement_timeout = 0; SET lock_timeout = '5s'").await?;
        // One statement alone: VACUUM runs in no transaction.
        session.run(&format!("VACUUM (ANALYZE) {}", table.name_sql())).await?;
        self.pool.keep_writer(session);
        Ok(())
    }

    async fn pressure(&self, limits: &Limits) -> Result<Option<String>, ConnectError> {
        const LAG: &str = "SELECT COALESCE(pg_catalog.max(EXTRACT(EPOCH FROM replay_lag)), 0)::float8 AS lag \
                           FROM pg_catalog.pg_stat_replication";
        let mut session = self.pool.begin(self.pool.limits().catalogue).await?;
        let rows = session.rows(LAG, &[]).await?;
        let lag: f64 = rows.first().map_or(Ok(0.0), |row| session.get(row, "lag"))?;
        self.pool.end(session).await;
        Ok((lag > limits.replica_lag.as_secs_f64()).then(|| format!("a replica is {lag:.0} s behind")))
    }

    async fn works_for_others(&self) -> Result<bool, ConnectError> {
        // Who waits for a lock is no load. Without `pg_read_all_stats` only sessions of the same role are seen.
        const OTHERS: &str = "SELECT count(*) > 0 AS others FROM pg_catalog.pg_stat_activity
            WHERE state = 'active' AND backend_type = 'client backend' AND pid <> pg_catalog.pg_backend_pid()
              AND wait_event_type IS DISTINCT FROM 'Lock'";
        let mut session = self.pool.begin(self.pool.limits().catalogue).await?;
        let rows = session.rows(OTHERS, &[]).await?;
        let others = rows.first().map_or(Ok(false), |row| session.get(row, "others"))?;
        self.pool.end(session).await;
        Ok(others)
    }
}

impl Postgres {
    /// Empties tables at once. What can't be done so goes in batches ([`BatchOutcome::Referenced`]).
    async fn at_once(
        &self,
        mut session: Session,
        batches: &[Batch],
        at_once: &AtOnce,
    ) -> Result<BatchOutcome, ConnectError> {
        let begun = Instant::now();
        match refill::refill(&mut session, batches, at_once).await {
            Ok(Refilled::Done(done)) => {
                let took = begun.elapsed();
                // What the planner knows of the tables is of before. It finds out by itself, later.
                if session.run(&format!("ANALYZE {}", at_once.tables.join(", "))).await.is_ok() {
                    self.pool.keep_writer(session);
                }
                Ok(BatchOutcome::Done(done.into_iter().map(|done| BatchDone { took, ..done }).collect()))
            }
            Ok(Refilled::Not) => {
                self.pool.keep_writer(session);
                Ok(BatchOutcome::Referenced)
            }
            // The session is let go with its transaction: it may be in the middle of a copy.
            Err(sqlx::Error::PoolTimedOut) => Ok(BatchOutcome::Referenced),
            Err(error) => match fault::sqlstate(&error).as_deref() {
                Some("55P03" | "40P01") => Ok(BatchOutcome::Busy),
                Some(state) if !state.starts_with("08") && !state.starts_with("57P") => Ok(BatchOutcome::Referenced),
                _ => {
                    let table = batches.first().map_or("", |batch| batch.table().name.as_str());
                    Err(fault::amending(error, table, &session.server.account))
                }
            },
        }
    }
}

/// What a trigger or a constraint said, when it was one that ended these batches: of the one at work, or else of another
/// whose rows went with it.
fn refusal(ran: &Result<Option<Vec<BatchDone>>, sqlx::Error>, batches: &[Batch], at: usize) -> Option<String> {
    let error = ran.as_ref().err()?;
    batches.get(at).into_iter().chain(batches).find_map(|batch| fault::refusal(error, batch.table()))
}

type PgQuery<'q> = Query<'q, sqlx::Postgres, PgArguments>;

fn bind_keys<'q>(mut query: PgQuery<'q>, rows: &Rows) -> PgQuery<'q> {
    for column in &rows.keys {
        query = match column {
            KeyColumn::Integers(values) => query.bind(values.clone()),
            KeyColumn::Texts(values) => query.bind(values.clone()),
            KeyColumn::Bytes(values) => query.bind(values.clone()),
        };
    }
    query
}

/// All of a batch, with the places of its rows where they are known.
fn bind_placed<'q>(query: PgQuery<'q>, batch: &Batch) -> PgQuery<'q> {
    let query = bind_batch(query, batch, None);
    match batch.rows().has_places() {
        true => query.bind(statement::tids(&batch.rows().places)),
        false => query,
    }
}

fn bind_batch<'q>(query: PgQuery<'q>, batch: &Batch, positions: Option<&[usize]>) -> PgQuery<'q> {
    let picked = positions.map(|positions| batch.rows().pick(positions.iter().copied()));
    let rows = picked.as_ref().unwrap_or(batch.rows());
    let versions: Vec<i32> = rows.versions.iter().map(|version| *version as u32 as i32).collect();
    let mut query = bind_keys(query, rows).bind(versions);
    for column in batch.values() {
        let values = match positions {
            Some(positions) => positions.iter().map(|at| column[*at].clone()).collect(),
            None => column.clone(),
        };
        query = query.bind(values);
    }
    query
}

fn all_of(batch: &Batch) -> BatchDone {
    BatchDone { changed: (0..batch.rows().len() as u32).collect(), ..BatchDone::default() }
}

async fn begin(session: &mut Session) -> Result<(), sqlx::Error> {
    let limits = Limits::default();
    let begin = format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = {}; \
         SET LOCAL statement_timeout = {}; {PRICES}; {DURABLE}; SET CONSTRAINTS ALL DEFERRED",
        limits.lock.as_millis(),
        limits.statement.as_millis(),
    );
    session.run_or_state(&begin).await
}

async fn select(
    mut session: Session,
    postgres: Postgres,
    selection: Selection,
    sender: tokio::sync::mpsc::Sender<Result<SelectedRows, ConnectError>>,
) {
    let limit = postgres.pool.limits().full;
    match send_rows(&mut session, &selection, &sender).await {
        Ok(true) => postgres.pool.end(session).await,
        // Nobody listens any more; the connection ends with its open result.
        Ok(false) => {}
        Err(error) => {
            let error = fault::planning(error, &selection.table, &session.server.account, limit);
            drop(sender.send(Err(error)).await);
        }
    }
}

async fn send_rows(
    session: &mut Session,
    selection: &Selection,
    sender: &tokio::sync::mpsc::Sender<Result<SelectedRows, ConnectError>>,
) -> Result<bool, sqlx::Error> {
    let mut query = sqlx::query(AssertSqlSafe(statement::select(selection))).persistent(false);
    if let Some(through) = &selection.through {
        query = bind_keys(query, &through.parents);
    }
    let keys = statement::key_columns(&selection.table);
    let empty = || SelectedRows {
        rows: Rows { keys: keys.iter().map(statement::empty_key).collect(), ..Rows::default() },
        flags: vec![Vec::new(); selection.flags.len()],
        parents: Vec::new(),
    };
    let has_places = statement::has_places(&selection.table);
    let mut chunk = empty();
    let mut stream = query.fetch(&mut session.connection);
    while let Some(row) = stream.next().await {
        let row = row?;
        chunk.rows.versions.push(row.try_get::<i64, _>(0)? as u64);
        if has_places {
            chunk.rows.places.extend(statement::place(row.try_get("dw c")?));
        }
        let mut at = 1;
        for column in &mut chunk.rows.keys {
            match column {
                KeyColumn::Integers(values) => values.push(row.try_get(at)?),
                KeyColumn::Texts(values) => values.push(row.try_get(at)?),
                KeyColumn::Bytes(values) => values.push(row.try_get(at)?),
            }
            at += 1;
        }
        for flag in &mut chunk.flags {
            flag.push(row.try_get(at)?);
            at += 1;
        }
        if selection.through.is_some() {
            chunk.parents.push(row.try_get::<i32, _>("dw p")? as u32);
        }
        if chunk.rows.len() == CHUNK && sender.send(Ok(std::mem::replace(&mut chunk, empty()))).await.is_err() {
            return Ok(false);
        }
    }
    drop(stream);
    Ok(chunk.rows.is_empty() || sender.send(Ok(chunk)).await.is_ok())
}
