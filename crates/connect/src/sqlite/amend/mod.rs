//! The gate on SQLite: one writer at a time, so a transaction looks first and changes then.

mod catalogue;
mod rights;
mod statement;

use std::time::Instant;

use arrow_array::RecordBatch;
use async_trait::async_trait;
use dataward_model::SourceKind;
use futures::StreamExt;
use sha2::Digest;
use sha2::Sha256;
use sqlx::AssertSqlSafe;
use sqlx::ConnectOptions;
use sqlx::Row;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::mpsc;

use super::Sqlite;
use super::address::Session;
use super::faults;
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
use crate::amend::RowStream;
use crate::amend::Rows;
use crate::amend::SelectedRows;
use crate::amend::Selection;
use crate::amend::SkipReason;
use crate::amend::Sql;
use crate::amend::TableFacts;
use crate::amend::Whereabouts;
use crate::amend::texts_batch;

/// Rows in one chunk of a selection.
const CHUNK: usize = 8192;

/// Rows of the largest batch of which those that a trigger keeps or refuses are found within one transaction.
const MOST_ISOLATED: usize = 256;

#[async_trait]
impl Amend for Sqlite {
    fn kind(&self) -> SourceKind {
        SourceKind::Sqlite
    }

    fn whereabouts(&self) -> Whereabouts {
        Whereabouts::path(self.file.path())
    }

    async fn recover(&self) -> Result<(), ConnectError> {
        if self.file.open().await.is_ok() {
            return Ok(());
        }
        let fault = |error: sqlx::Error| amending(&error, "");
        let mut connection = self.writer().await.map_err(fault)?;
        // The first who reads and may write rolls the journal back.
        sqlx::query("SELECT count(*) FROM sqlite_schema").fetch_one(&mut connection).await.map_err(fault)?;
        sqlx::Connection::close(connection).await.map_err(fault)
    }

    async fn catalogue(&self) -> Result<Catalogue, ConnectError> {
        let mut session = self.file.open().await?;
        catalogue::read(&mut session.connection).await.map_err(|error| session.explain(&error))
    }

    async fn select(&self, selection: &Selection) -> Result<RowStream, ConnectError> {
        let mut session = self.file.open().await?;
        session.hold_snapshot().await?;
        let (sender, receiver) = mpsc::channel(2);
        let selection = selection.clone();
        tokio::spawn(async move {
            if let Err(error) = send_rows(&mut session, &selection, &sender).await {
                drop(sender.send(Err(session.explain_in(&error, &selection.table.name))).await);
            }
        });
        Ok(futures::stream::unfold(receiver, |mut receiver| async {
            receiver.recv().await.map(|chunk| (chunk, receiver))
        })
        .boxed())
    }

    async fn count(&self, table: &TableFacts, condition: &Sql) -> Result<u64, ConnectError> {
        let mut session = self.file.open().await?;
        let sql = format!("SELECT count(*) FROM {} AS {ALIAS} WHERE {}", table.sql, condition.as_str());
        let counted = sqlx::query_scalar::<_, i64>(AssertSqlSafe(sql)).fetch_one(&mut session.connection).await;
        counted.map(|rows| rows as u64).map_err(|error| session.explain_in(&error, &table.name))
    }

    async fn fetch(&self, table: &TableFacts, rows: &Rows) -> Result<RecordBatch, ConnectError> {
        let mut session = self.file.open().await?;
        let keys = statement::json(rows, &[], 0..rows.len());
        let query = sqlx::query(AssertSqlSafe(statement::fetch(table))).bind(keys);
        let fetched = query.fetch_all(&mut session.connection).await;
        let fetched = fetched.map_err(|error| session.explain_in(&error, &table.name))?;
        texts_batch(table, fetched.len(), |row, column| {
            fetched[row].try_get::<String, _>(column).ok().filter(|literal| literal != "NULL")
        })
    }

    async fn amend(&self, _plan: &ApprovedPlan, batches: &[Batch]) -> Result<BatchOutcome, ConnectError> {
        let begun = Instant::now();
        let mut at = 0;
        let mut ended = match self.writer().await {
            Ok(mut connection) => run(&mut connection, batches, &mut at).await,
            Err(error) => Err(error),
        };
        let has_triggers = batches.iter().any(|batch| !batch.table().triggers.is_empty());
        let stopped = match &ended {
            Ok(outcome) => *outcome == BatchOutcome::Referenced && has_triggers,
            Err(error) => refused(error, batches, at).is_some(),
        };
        if let ([batch], true) = (batches, stopped)
            && !batch.is_entire()
            && batch.rows().len() <= MOST_ISOLATED
        {
            ended = match self.writer().await {
                Ok(mut connection) => {
                    row_by_row(&mut connection, batch).await.map(|done| BatchOutcome::Done(vec![done]))
                }
                Err(error) => Err(error),
            };
        }
        match ended {
            Ok(BatchOutcome::Done(done)) => {
                let took = begun.elapsed();
                Ok(BatchOutcome::Done(done.into_iter().map(|done| BatchDone { took, ..done }).collect()))
            }
            Ok(outcome) => Ok(outcome),
            // SQLITE_BUSY, SQLITE_LOCKED; SQLITE_CONSTRAINT_FOREIGNKEY.
            Err(error) => match faults::result_code(&error) {
                Some(code) if matches!(code & 0xff, 5 | 6) => Ok(BatchOutcome::Busy),
                Some(787) => Ok(BatchOutcome::Referenced),
                _ => match refused(&error, batches, at) {
                    Some(said) => Ok(BatchOutcome::Refused(said)),
                    None => Err(amending(&error, batches.get(at).map_or("", |batch| &batch.table().name))),
                },
            },
        }
    }

    async fn look(&self, batch: &Batch) -> Result<BatchDone, ConnectError> {
        let mut session = self.file.open().await?;
        let all: Vec<usize> = (0..batch.rows().len()).collect();
        let looked = look(&mut session.connection, batch, &all).await;
        looked.map_err(|error| session.explain_in(&error, &batch.table().name))
    }

    async fn obstacles(&self, _intents: &[Intent<'_>]) -> Result<Vec<Note>, ConnectError> {
        Ok(rights::lacking(self.file.path()).into_iter().map(|text| Note { kind: "no-right", text }).collect())
    }

    async fn reclaim(&self, _plan: &ApprovedPlan, table: &TableFacts) -> Result<(), ConnectError> {
        let fault = |error: sqlx::Error| amending(&error, &table.name);
        let mut connection = self.writer().await.map_err(fault)?;
        sqlx::raw_sql("PRAGMA busy_timeout = 5000; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&mut connection)
            .await
            .map_err(fault)?;
        sqlx::Connection::close(connection).await.map_err(fault)
    }
}

impl Sqlite {
    /// A connection that may write, keeps references whole and overwrites what it frees.
    async fn writer(&self) -> Result<SqliteConnection, sqlx::Error> {
        SqliteConnectOptions::new()
            .filename(self.file.path())
            .create_if_missing(false)
            .busy_timeout(Limits::default().lock)
            .foreign_keys(true)
            .pragma("secure_delete", "ON")
            .disable_statement_logging()
            .connect()
            .await
    }
}

/// `at` is the batch at work: where it ends in an error, the one that the error is about.
async fn run(
    connection: &mut SqliteConnection,
    batches: &[Batch],
    at: &mut usize,
) -> Result<BatchOutcome, sqlx::Error> {
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut *connection).await?;
    if batches.len() > 1 {
        sqlx::raw_sql("PRAGMA defer_foreign_keys = ON").execute(&mut *connection).await?;
    }
    let mut all = Vec::with_capacity(batches.len());
    let mut broken = false;
    for (number, batch) in batches.iter().enumerate() {
        *at = number;
        let done = look(connection, batch, &(0..batch.rows().len()).collect::<Vec<_>>()).await?;
        if broken || batch.is_broken_by(&done) {
            all.push(if broken { done.after_a_break() } else { done });
            broken = true;
            continue;
        }
        let positions = done.changed.iter().map(|at| *at as usize);
        let changing = statement::json(batch.rows(), batch.values(), positions);
        let query = sqlx::query(AssertSqlSafe(statement::change(batch))).persistent(false).bind(changing);
        let changed = query.execute(&mut *connection).await?.rows_affected();
        if changed != done.changed.len() as u64 {
            // Rows of the batch refer to each other in an order that does not fit, or a trigger took some.
            sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await?;
            let table = batch.table();
            return Ok(match batch.is_entire() && !table.triggers.is_empty() {
                true => BatchOutcome::Refused(format!(
                    "triggers keep rows of {} without a word{}",
                    table.name,
                    table.actors()
                )),
                false => BatchOutcome::Referenced,
            });
        }
        all.push(done);
    }
    sqlx::raw_sql(if broken { "ROLLBACK" } else { "COMMIT" }).execute(&mut *connection).await?;
    Ok(if broken { BatchOutcome::Stays(all) } else { BatchOutcome::Done(all) })
}

/// A batch of a table whose triggers keep or refuse rows.
async fn row_by_row(connection: &mut SqliteConnection, batch: &Batch) -> Result<BatchDone, sqlx::Error> {
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut *connection).await?;
    let mut done = BatchDone::default();
    let table = batch.table();
    for at in 0..batch.rows().len() {
        // Another row's trigger or cascade may have taken it, or a reference to it.
        let looked = look(connection, batch, &[at]).await?;
        if looked.changed.is_empty() {
            done.skipped.extend(looked.skipped);
            continue;
        }
        sqlx::raw_sql("SAVEPOINT dataward").execute(&mut *connection).await?;
        let changing = statement::json(batch.rows(), batch.values(), [at]);
        let query = sqlx::query(AssertSqlSafe(statement::change(batch))).persistent(false).bind(changing);
        match query.execute(&mut *connection).await {
            Ok(changed) if changed.rows_affected() == 1 => done.changed.push(at as u32),
            Ok(_) => {
                done.said.insert(format!("triggers keep rows of {} without a word{}", table.name, table.actors()));
                done.skipped.push((at as u32, SkipReason::KeptByServer));
            }
            Err(error) => {
                let Some(said) = refusal(&error, batch) else { return Err(error) };
                // Where the trigger has ended the transaction, nothing is left to go back to.
                if sqlx::raw_sql("ROLLBACK TO dataward").execute(&mut *connection).await.is_err() {
                    return Err(error);
                }
                done.said.insert(said);
                done.skipped.push((at as u32, SkipReason::Refused));
            }
        }
        sqlx::raw_sql("RELEASE dataward").execute(&mut *connection).await?;
    }
    sqlx::raw_sql("COMMIT").execute(&mut *connection).await?;
    Ok(done)
}

/// What is refused of the batch at work, or else of one whose rows went with it.
fn refused(error: &sqlx::Error, batches: &[Batch], at: usize) -> Option<String> {
    batches.get(at).into_iter().chain(batches).find_map(|batch| refusal(error, batch))
}

/// What a trigger or constraint of the batch's table refuses, in a sentence without a value; none when it was neither.
fn refusal(error: &sqlx::Error, batch: &Batch) -> Option<String> {
    let (code, table) = (faults::result_code(error)?, batch.table());
    // Of rules of the table SQLite says which, by its name, its text or its columns: never a value.
    if OF_THE_TABLE.contains(&code) {
        let said = error.as_database_error()?.message();
        return Some(format!("the engine refuses rows of {}: {said}", table.name));
    }
    if table.triggers.is_empty() {
        return None;
    }
    // SQLITE_CONSTRAINT, but for references; SQLITE_ERROR: the trigger's own statements can't run.
    let refuses = (code & 0xff == 19 && code != 787) || code & 0xff == 1;
    refuses.then(|| format!("the engine refuses rows of {}: SQLite's code {code}{}", table.name, table.actors()))
}

/// SQLITE_CONSTRAINT_CHECK, _NOTNULL, _PRIMARYKEY, _UNIQUE, _DATATYPE.
const OF_THE_TABLE: [i32; 5] = [275, 1299, 1555, 2067, 3091];

async fn look(connection: &mut SqliteConnection, batch: &Batch, which: &[usize]) -> Result<BatchDone, sqlx::Error> {
    let rows = batch.rows();
    let keys = statement::json(rows, &[], which.iter().copied());
    let query = sqlx::query(AssertSqlSafe(statement::look(batch))).persistent(false).bind(keys);
    let mut done = BatchDone::default();
    for row in query.fetch_all(&mut *connection).await? {
        let at = which[row.try_get::<i64, _>(0)? as usize];
        let is = |column: usize| row.try_get::<i64, _>(column).map(|value| value != 0);
        let reason = match row.try_get::<Option<String>, _>(1)? {
            None => Some(SkipReason::Gone),
            Some(_) if is(2)? => Some(SkipReason::Held),
            Some(content) if version(&content) != rows.versions[at] => Some(SkipReason::Changed),
            Some(_) if !is(3)? => Some(SkipReason::NotDue),
            Some(_) if is(4)? => Some(SkipReason::Referenced),
            Some(_) => None,
        };
        match reason {
            Some(reason) => done.skipped.push((at as u32, reason)),
            None => done.changed.push(at as u32),
        }
    }
    Ok(done)
}

/// The first 64 bits of SHA-256.
fn version(content: &str) -> u64 {
    let digest = Sha256::digest(content);
    u64::from_be_bytes(digest[..8].try_into().expect("a digest has more than eight bytes"))
}

async fn send_rows(
    session: &mut Session,
    selection: &Selection,
    sender: &mpsc::Sender<Result<SelectedRows, ConnectError>>,
) -> Result<(), sqlx::Error> {
    let mut query = sqlx::query(AssertSqlSafe(statement::select(selection))).persistent(false);
    if let Some(through) = &selection.through {
        query = query.bind(statement::json(&through.parents, &[], 0..through.parents.len()));
    }
    let keys = statement::key_columns(&selection.table);
    let empty = || SelectedRows {
        rows: Rows { keys: keys.iter().map(statement::empty_key).collect(), ..Rows::default() },
        flags: vec![Vec::new(); selection.flags.len()],
        parents: Vec::new(),
    };
    let mut chunk = empty();
    let mut stream = query.fetch(&mut session.connection);
    while let Some(row) = stream.next().await {
        let row = row?;
        chunk.rows.versions.push(version(row.try_get::<&str, _>(0)?));
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
            flag.push(row.try_get::<i64, _>(at)? != 0);
            at += 1;
        }
        if selection.through.is_some() {
            chunk.parents.push(row.try_get::<i64, _>(at)? as u32);
        }
        if chunk.rows.len() == CHUNK && sender.send(Ok(std::mem::replace(&mut chunk, empty()))).await.is_err() {
            return Ok(());
        }
    }
    drop(stream);
    if !chunk.rows.is_empty() {
        let _ = sender.send(Ok(chunk)).await;
    }
    Ok(())
}

fn amending(error: &sqlx::Error, table: &str) -> ConnectError {
    let target = format!("`{table}`");
    match faults::result_code(error).map(|code| code & 0xff) {
        Some(3 | 8 | 14) => ConnectError::Denied {
            target,
            reason: "the account dataward runs as may not write to the database file and its folder".to_owned(),
        },
        Some(13) => ConnectError::Limit { target, reason: "the disk is full".to_owned() },
        Some(19) => {
            ConnectError::Unchanged { target, reason: "a constraint of the table refuses the change".to_owned() }
        }
        _ => faults::classify(error, &target),
    }
}
