//! The gate on MySQL and MariaDB.
//!
//! A transaction locks the rows of a batch first (a new child must then wait, as it locks its parent), looks
//! at them in a fresh snapshot, and changes those that are as they were planned.

mod catalogue;
mod delete_rules;
mod elsewhere;
mod rights;
mod statement;

use std::collections::HashMap;
use std::time::Duration;
use std::time::Instant;

use arrow_array::RecordBatch;
use async_trait::async_trait;
use dataward_model::SourceKind;
use futures::StreamExt;
use sqlx::AssertSqlSafe;
use sqlx::mysql::MySqlRow;
use tokio::sync::mpsc;

use super::Mysql;
use super::faults;
use super::faults::TableName;
use super::session::Session;
use super::stream_of;
use super::types;
use crate::ConnectError;
use crate::amend::ALIAS;
use crate::amend::Amend;
use crate::amend::ApprovedPlan;
use crate::amend::Batch;
use crate::amend::BatchDone;
use crate::amend::BatchOutcome;
use crate::amend::Catalogue;
use crate::amend::Intent;
use crate::amend::KeyColumn;
use crate::amend::Limits;
use crate::amend::Note;
use crate::amend::RowIdentity;
use crate::amend::RowStream;
use crate::amend::Rows;
use crate::amend::SelectedRows;
use crate::amend::Selection;
use crate::amend::SkipReason;
use crate::amend::Sql;
use crate::amend::TableFacts;
use crate::amend::Whereabouts;
use crate::amend::texts_batch;
use statement::KeyKind;

/// Rows in one chunk of a selection.
const CHUNK: usize = 8192;

/// Rows of the largest batch of which those that a trigger refuses are found within one transaction.
const MOST_ISOLATED: usize = 256;

/// Reading all of one table.
const READING: Duration = Duration::from_secs(6 * 3600);

#[async_trait]
impl Amend for Mysql {
    fn kind(&self) -> SourceKind {
        SourceKind::Mysql
    }

    fn whereabouts(&self) -> Whereabouts {
        self.door.whereabouts()
    }

    async fn identity(&self) -> Result<Option<String>, ConnectError> {
        // MySQL has the first; MariaDB the second, where it is new enough: the rest tells older ones apart.
        const WHO: &str = "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('server_uuid', 'server_uid', 'hostname', 'datadir', \
                           'port')";
        let mut session = self.door.enter().await?;
        let rows = session.try_rows(WHO.to_owned()).await.map_err(|error| explain(&session, &error, ""))?;
        session.leave();
        let values: Vec<(String, String)> =
            rows.iter().map(|row| (types::text(row, 0).to_lowercase(), types::text(row, 1))).collect();
        let own = values.iter().find(|(name, value)| name.starts_with("server_u") && !value.is_empty());
        let all = || values.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ");
        Ok(own.map(|(_, value)| value.clone()).or_else(|| (!values.is_empty()).then(all)))
    }

    async fn catalogue(&self) -> Result<Catalogue, ConnectError> {
        let mut session = self.door.enter().await?;
        let catalogue = catalogue::read(&mut session).await?;
        session.leave();
        Ok(catalogue)
    }

    async fn select(&self, selection: &Selection) -> Result<RowStream, ConnectError> {
        if selection.table.identity == RowIdentity::None {
            return Ok(futures::stream::empty().boxed());
        }
        let mut session = self.door.enter().await?;
        session.begin(READING).await?;
        let (sender, receiver) = mpsc::channel(2);
        tokio::spawn(select(session, selection.clone(), sender));
        Ok(stream_of(receiver))
    }

    async fn count(&self, table: &TableFacts, condition: &Sql) -> Result<u64, ConnectError> {
        let mut session = self.door.enter().await?;
        session.begin(READING).await?;
        let sql = format!("SELECT COUNT(*) FROM {} AS {ALIAS} WHERE {}", table.sql, condition.as_str());
        let counted = session.try_rows(sql).await.map_err(|error| explain(&session, &error, &table.name))?;
        let rows = counted.first().and_then(|row| types::number(row, 0)).unwrap_or_default();
        session.finish().await;
        Ok(rows)
    }

    async fn fetch(&self, table: &TableFacts, rows: &Rows) -> Result<RecordBatch, ConnectError> {
        let mut session = self.door.enter().await?;
        session.begin(READING).await?;
        let fetched = session.try_rows(statement::fetch(table, rows)).await;
        let fetched = fetched.map_err(|error| explain(&session, &error, &table.name))?;
        session.finish().await;
        let mut by_key = HashMap::new();
        for (at, row) in fetched.iter().enumerate() {
            by_key.insert(read_keys(table, row, table.columns.len()).key_bytes(0), at);
        }
        let order: Vec<usize> = (0..rows.len()).filter_map(|at| by_key.get(&rows.key_bytes(at)).copied()).collect();
        texts_batch(table, order.len(), |row, column| {
            types::bytes(&fetched[order[row]], column).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        })
    }

    async fn amend(&self, _plan: &ApprovedPlan, batches: &[Batch]) -> Result<BatchOutcome, ConnectError> {
        let mut session = self.door.enter().await?;
        let begun = Instant::now();
        let mut at = 0;
        let mut ran = run(&mut session, batches, &mut at).await;
        if let (Err(error), [batch]) = (&ran, batches)
            && !batch.is_entire()
            && refusal(error, batch).is_some()
            && batch.rows().len() <= MOST_ISOLATED
        {
            session.try_rows("ROLLBACK".to_owned()).await.map_err(|error| amending(&session, &error, ""))?;
            ran = isolate(&mut session, batch).await.map(|done| Ran::All(vec![done]));
        }
        match ran {
            Ok(Ran::Not(done)) => {
                session.leave();
                Ok(BatchOutcome::Stays(done))
            }
            Ok(Ran::All(done)) => {
                let took = begun.elapsed();
                session.leave();
                Ok(BatchOutcome::Done(done.into_iter().map(|done| BatchDone { took, ..done }).collect()))
            }
            Err(error) => {
                let outcome = match faults::number(&error) {
                    Some(1205 | 1213 | 1969 | 3024 | 1317) => BatchOutcome::Busy,
                    Some(1451 | 1217) => BatchOutcome::Referenced,
                    _ => match refused(&error, batches, at) {
                        Some(said) => BatchOutcome::Refused(said),
                        None => {
                            let table = batches.get(at).map_or("", |batch| batch.table().name.as_str());
                            return Err(amending(&session, &error, table));
                        }
                    },
                };
                if session.try_rows("ROLLBACK".to_owned()).await.is_ok() {
                    session.leave();
                }
                Ok(outcome)
            }
        }
    }

    async fn look(&self, batch: &Batch) -> Result<BatchDone, ConnectError> {
        let mut session = self.door.enter().await?;
        session.begin(READING).await?;
        let looked = look(&mut session, batch).await;
        let looked = looked.map_err(|error| explain(&session, &error, &batch.table().name))?;
        session.finish().await;
        Ok(looked)
    }

    async fn obstacles(&self, intents: &[Intent<'_>]) -> Result<Vec<Note>, ConnectError> {
        let mut session = self.door.enter().await?;
        let mut notes = rights::obstacles(&mut session, intents).await?;
        notes.extend(elsewhere::obstacles(&mut session, intents).await?);
        session.leave();
        Ok(notes)
    }

    async fn reclaim(&self, _plan: &ApprovedPlan, table: &TableFacts) -> Result<(), ConnectError> {
        let mut session = self.door.enter().await?;
        let sql = format!(
            "SET SESSION TRANSACTION READ WRITE; SET SESSION lock_wait_timeout = 5; OPTIMIZE TABLE {}; \
             SET SESSION TRANSACTION READ ONLY",
            table.sql
        );
        session.try_rows(sql).await.map_err(|error| match faults::missing_right(&error) {
            Some(lacks) => ConnectError::Denied {
                target: format!("`{}`", table.name),
                reason: format!("the account may not run OPTIMIZE TABLE on it: GRANT {lacks} ON {} to it", table.sql),
            },
            None => amending(&session, &error, &table.name),
        })?;
        session.leave();
        Ok(())
    }

    async fn pressure(&self, limits: &Limits) -> Result<Option<String>, ConnectError> {
        // Replicas are seen from themselves only; what the primary knows is how many transactions wait.
        const WAITING: &str = "SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'
            AND trx_wait_started < NOW() - INTERVAL 10 SECOND";
        let _ = limits;
        let mut session = self.door.enter().await?;
        // Needs PROCESS; without it nothing is known.
        let waiting = session.try_rows(WAITING.to_owned()).await.unwrap_or_default();
        let waiting = waiting.first().and_then(|row| types::number(row, 0)).unwrap_or_default();
        session.leave();
        Ok((waiting > 0).then(|| format!("{waiting} transactions have waited for a lock for ten seconds")))
    }

    async fn works_for_others(&self) -> Result<bool, ConnectError> {
        // Needs no right; one of them is the question itself.
        const RUNNING: &str = "SHOW GLOBAL STATUS LIKE 'Threads_running'";
        let mut session = self.door.enter().await?;
        let running = session.try_rows(RUNNING.to_owned()).await.unwrap_or_default();
        let running = running.first().and_then(|row| types::text(row, 1).parse::<u64>().ok()).unwrap_or_default();
        session.leave();
        Ok(running > 1)
    }
}

enum Ran {
    All(Vec<BatchDone>),
    /// Nothing was changed: some rows stay of those that go as a whole.
    Not(Vec<BatchDone>),
}

/// `at` is the batch at work: where it ends in an error, the one that the error is about.
async fn run(session: &mut Session, batches: &[Batch], at: &mut usize) -> Result<Ran, sqlx::Error> {
    begin(session).await?;
    let mut all = Vec::with_capacity(batches.len());
    let mut broken = false;
    for (number, batch) in batches.iter().enumerate() {
        *at = number;
        let done = lock_and_look(session, batch).await?;
        if broken {
            all.push(done.after_a_break());
            continue;
        }
        broken = batch.is_broken_by(&done);
        if !broken {
            change(session, batch, &done.changed).await?;
        }
        all.push(done);
    }
    session.try_rows(if broken { "ROLLBACK" } else { "COMMIT" }.to_owned()).await?;
    Ok(if broken { Ran::Not(all) } else { Ran::All(all) })
}

/// A batch of which a trigger refuses rows: halved until only these are left. What a statement did before its trigger
/// raised is undone with it.
async fn isolate(session: &mut Session, batch: &Batch) -> Result<BatchDone, sqlx::Error> {
    begin(session).await?;
    let mut done = lock_and_look(session, batch).await?;
    let mut work = vec![std::mem::take(&mut done.changed)];
    while let Some(part) = work.pop() {
        match change(session, batch, &part).await {
            Ok(()) => done.changed.extend(part),
            Err(error) => match (refusal(&error, batch), &part[..]) {
                (Some(said), [one]) => {
                    done.said.insert(said);
                    done.skipped.push((*one, SkipReason::Refused));
                }
                (Some(_), _) => {
                    let (first, second) = part.split_at(part.len() / 2);
                    work.push(second.to_vec());
                    work.push(first.to_vec());
                }
                (None, _) => return Err(error),
            },
        }
    }
    session.try_rows("COMMIT".to_owned()).await?;
    done.changed.sort_unstable();
    Ok(done)
}

async fn lock_and_look(session: &mut Session, batch: &Batch) -> Result<BatchDone, sqlx::Error> {
    session.try_rows(statement::lock(batch)).await?;
    look(session, batch).await
}

async fn change(session: &mut Session, batch: &Batch, rows: &[u32]) -> Result<(), sqlx::Error> {
    if !rows.is_empty() {
        let positions: Vec<usize> = rows.iter().map(|at| *at as usize).collect();
        let sql = statement::change(batch, &positions);
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut session.connection).await?;
    }
    Ok(())
}

/// What is refused of the batch at work, or else of one whose rows went with it.
fn refused(error: &sqlx::Error, batches: &[Batch], at: usize) -> Option<String> {
    batches.get(at).into_iter().chain(batches).find_map(|batch| refusal(error, batch))
}

/// What a trigger or a rule of the batch's own table refuses, in a sentence without a value; none when neither did.
/// Cascades fire no triggers here.
fn refusal(error: &sqlx::Error, batch: &Batch) -> Option<String> {
    let number = faults::number(error)?;
    let table = batch.table();
    // A rule of the table itself: NOT NULL, a unique key, what fits its types, a CHECK (of MySQL and of MariaDB).
    let by_rule = matches!(number, 1048 | 1062 | 1264 | 1292 | 1366 | 1406 | 3140 | 3819 | 4025);
    if table.triggers.is_empty() && !by_rule {
        return None;
    }
    // Locks, references, rights, a server without room or that ends: nobody's trigger.
    let other = matches!(
        number,
        1021 | 1053
            | 1114
            | 1142
            | 1143
            | 1205
            | 1213
            | 1217
            | 1227
            | 1290
            | 1317
            | 1451
            | 1792
            | 1836
            | 1927
            | 1969
            | 3024
    );
    let state = error.as_database_error()?.code().unwrap_or_default();
    (!other).then(|| {
        format!("the server refuses rows of {}: SQLSTATE {state}, error {number}{}", table.name, table.actors())
    })
}

async fn begin(session: &mut Session) -> Result<(), sqlx::Error> {
    let limits = Limits::default();
    let seconds = limits.statement.as_secs();
    let limit =
        if session.is_mariadb() { format!("SET SESSION max_statement_time = {seconds}; ") } else { String::new() };
    // Lock time-outs are whole seconds here.
    session
        .try_rows(format!(
            "{limit}SET SESSION innodb_lock_wait_timeout = 1, lock_wait_timeout = 1; \
             SET TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION READ WRITE"
        ))
        .await
        .map(drop)
}

async fn look(session: &mut Session, batch: &Batch) -> Result<BatchDone, sqlx::Error> {
    let rows = batch.rows();
    let positions: HashMap<Vec<u8>, u32> = (0..rows.len()).map(|at| (rows.key_bytes(at), at as u32)).collect();
    let mut there = vec![false; rows.len()];
    let mut done = BatchDone::default();
    let flags = 1 + rows.keys.len();
    for row in session.try_rows(statement::look(batch)).await? {
        let key = read_keys(batch.table(), &row, 1).key_bytes(0);
        let Some(at) = positions.get(&key).copied() else { continue };
        there[at as usize] = true;
        let is = |flag: usize| types::number(&row, flags + flag) == Some(1);
        let reason = match () {
            () if is(0) => Some(SkipReason::Held),
            () if types::number(&row, 0) != Some(rows.versions[at as usize]) => Some(SkipReason::Changed),
            () if !is(1) => Some(SkipReason::NotDue),
            () if is(2) => Some(SkipReason::Referenced),
            () => None,
        };
        match reason {
            Some(reason) => done.skipped.push((at, reason)),
            None => done.changed.push(at),
        }
    }
    let gone = there.iter().enumerate().filter(|(_, there)| !**there);
    done.skipped.extend(gone.map(|(at, _)| (at as u32, SkipReason::Gone)));
    Ok(done)
}

/// The key of one row, which begins at a column.
fn read_keys(table: &TableFacts, row: &MySqlRow, from: usize) -> Rows {
    let mut keys = Vec::new();
    for (at, (_, kind)) in statement::key_columns(table).into_iter().enumerate() {
        let mut column = statement::empty_key(kind);
        push_key(&mut column, kind, row, from + at);
        keys.push(column);
    }
    Rows { keys, versions: vec![0], ..Rows::default() }
}

fn push_key(column: &mut KeyColumn, kind: KeyKind, row: &MySqlRow, at: usize) {
    match (column, kind) {
        (KeyColumn::Integers(values), _) => values.push(types::text(row, at).parse().unwrap_or_default()),
        (KeyColumn::Bytes(values), _) => values.push(types::bytes(row, at).unwrap_or_default().to_vec()),
        (KeyColumn::Texts(values), _) => values.push(types::text(row, at)),
    }
}

async fn select(mut session: Session, selection: Selection, sender: mpsc::Sender<Result<SelectedRows, ConnectError>>) {
    match send_rows(&mut session, &selection, &sender).await {
        Ok(true) => session.finish().await,
        // Nobody listens any more.
        Ok(false) => session.abandon().await,
        Err(error) => {
            let error = explain(&session, &error, &selection.table.name);
            drop(sender.send(Err(error)).await);
        }
    }
}

async fn send_rows(
    session: &mut Session,
    selection: &Selection,
    sender: &mpsc::Sender<Result<SelectedRows, ConnectError>>,
) -> Result<bool, sqlx::Error> {
    let keys = statement::key_columns(&selection.table);
    let empty = || SelectedRows {
        rows: Rows { keys: keys.iter().map(|(_, kind)| statement::empty_key(*kind)).collect(), ..Rows::default() },
        flags: vec![Vec::new(); selection.flags.len()],
        parents: Vec::new(),
    };
    let parents: HashMap<Vec<u8>, u32> = selection.through.as_ref().map_or_else(HashMap::new, |through| {
        (0..through.parents.len()).map(|at| (through.parents.key_bytes(at), at as u32)).collect()
    });
    let sql = statement::select(selection);
    let mut stream = sqlx::raw_sql(AssertSqlSafe(sql)).fetch(&mut session.connection);
    let mut chunk = empty();
    while let Some(row) = stream.next().await {
        let row = row?;
        chunk.rows.versions.push(types::number(&row, 0).unwrap_or_default());
        let mut at = 1;
        for (column, (_, kind)) in chunk.rows.keys.iter_mut().zip(&keys) {
            push_key(column, *kind, &row, at);
            at += 1;
        }
        for flag in &mut chunk.flags {
            flag.push(types::number(&row, at) == Some(1));
            at += 1;
        }
        if let Some(through) = &selection.through {
            let key = read_keys(&through.edge.parent, &row, at).key_bytes(0);
            chunk.parents.push(parents.get(&key).copied().unwrap_or_default());
        }
        if chunk.rows.len() == CHUNK && sender.send(Ok(std::mem::replace(&mut chunk, empty()))).await.is_err() {
            return Ok(false);
        }
    }
    drop(stream);
    Ok(chunk.rows.is_empty() || sender.send(Ok(chunk)).await.is_ok())
}

fn named(table: &str) -> TableName {
    let (schema, table) = table.split_once('.').unwrap_or_default();
    TableName { schema: schema.to_owned(), table: table.to_owned() }
}

fn explain(session: &Session, error: &sqlx::Error, table: &str) -> ConnectError {
    session.who().explain_in(error, &named(table))
}

fn amending(session: &Session, error: &sqlx::Error, table: &str) -> ConnectError {
    let target = format!("`{table}`");
    match faults::number(error) {
        Some(1142 | 1143 | 1227) => ConnectError::Denied {
            target,
            reason: "this account may not change it; grant SELECT, UPDATE and DELETE on it to that account".to_owned(),
        },
        Some(1290 | 1792 | 1836) => ConnectError::Denied {
            target,
            reason: "this server takes no changes (a replica, or read-only); name the primary in the policy file"
                .to_owned(),
        },
        // The last two: a check of the table, by MySQL and by MariaDB.
        Some(1048 | 1062 | 1292 | 1406 | 1264 | 1366 | 3140 | 3819 | 4025) => {
            ConnectError::Unchanged { target, reason: "a constraint of the table refuses the new values".to_owned() }
        }
        Some(1021 | 1114) => ConnectError::Limit { target, reason: "the server has no disk space left".to_owned() },
        _ => explain(session, error, table),
    }
}
