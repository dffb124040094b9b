//! Reading one table or view as a stream of batches.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow_array::RecordBatch;
use arrow_array::RecordBatchOptions;
use arrow_schema::Field;
use arrow_schema::Schema;
use dataward_model::Skipped;
use futures::TryStreamExt;
use sqlx::AssertSqlSafe;
use sqlx::Decode;
use sqlx::Row;
use sqlx::Sqlite;
use sqlx::TypeInfo;
use sqlx::ValueRef;
use sqlx::sqlite::SqliteRow;
use tokio::sync::mpsc;

use super::address::DatabaseFile;
use super::address::Session;
use super::sample;
use super::types::Cell;
use super::types::ColumnBuilder;
use super::units;
use super::units::TableFacts;
use super::units::quote_identifier;
use crate::Chunk;
use crate::ConnectError;
use crate::HowMuch;
use crate::ReadRequest;

/// Bytes of the largest value that is read; what is larger is counted and listed.
const LARGEST_CELL: u64 = 64 << 20;

/// Rows of the largest batch.
const ROWS_PER_BATCH: usize = 8_192;

/// Steps of SQLite's virtual machine between two looks at the wish to stop.
const STEPS_PER_LOOK: i32 = 100_000;

/// Where the chunks go; closed when nobody listens any more.
pub(super) type Sender = mpsc::Sender<Result<Chunk, ConnectError>>;

/// Why reading ended early.
enum Stop {
    Failed(ConnectError),
    NobodyListens,
    Statement(sqlx::Error),
}

impl From<ConnectError> for Stop {
    fn from(error: ConnectError) -> Self {
        Self::Failed(error)
    }
}

impl From<sqlx::Error> for Stop {
    fn from(error: sqlx::Error) -> Self {
        Self::Statement(error)
    }
}

/// Reads the table or view `name` into `sender`.
pub(super) async fn run(file: DatabaseFile, name: String, request: ReadRequest, sender: Sender) {
    let session = match file.open().await {
        Ok(session) => session,
        Err(error) => {
            // Nobody may listen any more; then there is nobody to tell either.
            let _ = sender.send(Err(error)).await;
            return;
        }
    };
    let mut reader =
        Reader { session, request: request.clone(), output: Output { request, sender, refused: 0, rows: 0 } };
    let error = match reader.read(&name).await {
        Ok(()) | Err(Stop::NobodyListens) => return,
        Err(Stop::Failed(error)) => error,
        Err(Stop::Statement(error)) => reader.session.explain_in(&error, &name),
    };
    let _ = reader.output.sender.send(Err(error)).await;
}

struct Reader {
    session: Session,
    request: ReadRequest,
    output: Output,
}

/// Where batches go, and what is counted on the way.
struct Output {
    request: ReadRequest,
    sender: Sender,
    /// Values that were too large.
    refused: u64,
    /// Rows sent.
    rows: u64,
}

/// The parts of the statement that reads a table.
struct Statement {
    /// What stands behind SELECT: the columns, then the number of values that were left out, unless that is counted
    /// apart.
    columns: String,
    /// The number of values of a row that are left out, where no statement has room for it beside the columns.
    refused_apart: Option<String>,
    /// What stands behind FROM.
    from: String,
}

impl Reader {
    async fn read(&mut self, name: &str) -> Result<(), Stop> {
        self.stop_statements_on_request().await?;
        self.session.hold_snapshot().await?;
        let facts = units::describe(&mut self.session, name).await?;
        self.output.send(Chunk::Begin(facts.head.clone())).await?;
        let statement = self.statement(&facts);
        if let Some(refused) = &statement.refused_apart {
            let sql = format!("SELECT CAST(total({refused}) AS INTEGER) FROM {} AS t", statement.from);
            let left_out: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut self.session.connection).await?;
            self.output.refused = left_out.unsigned_abs();
        }
        let total = match self.request.how_much {
            HowMuch::Everything => self.read_whole(&facts, &statement).await?,
            HowMuch::Sample { rows, .. } if sample::is_at_most(&mut self.session, &statement.from, rows).await? => {
                self.read_whole(&facts, &statement).await?
            }
            HowMuch::Sample { rows, seed } => self.read_sample(&facts, &statement, rows, seed).await?,
        };
        self.session.check_unchanged(name)?;
        self.output.send(Chunk::End { rows_total: total }).await?;
        if self.output.refused > 0 {
            let reason = format!("values larger than 64 MiB were not read ({} of them)", self.output.refused);
            self.output.send(Chunk::Skipped(Skipped::failed(name, reason))).await?;
        }
        Ok(())
    }

    /// Lets SQLite end a statement that takes long when nobody wants its rows any more.
    async fn stop_statements_on_request(&mut self) -> Result<(), sqlx::Error> {
        let cancel = Arc::clone(&self.request.cancel);
        let listener = self.output.sender.downgrade();
        let go_on =
            move || !cancel.load(Ordering::Relaxed) && listener.upgrade().is_some_and(|sender| !sender.is_closed());
        self.session.connection.lock_handle().await?.set_progress_handler(STEPS_PER_LOOK, go_on);
        Ok(())
    }

    fn statement(&self, facts: &TableFacts) -> Statement {
        let names: Vec<String> =
            facts.head.columns.iter().map(|column| format!("t.{}", quote_identifier(&column.name))).collect();
        // A stored value cannot be larger than the file; the test costs time only where it can fail.
        let (columns, refused) = if facts.computed || self.session.inspection.bytes > LARGEST_CELL {
            let guarded = names.iter().map(|name| format!("iif(octet_length({name}) > {LARGEST_CELL}, NULL, {name})"));
            let refused = names.iter().map(|name| format!("ifnull(octet_length({name}) > {LARGEST_CELL}, 0)"));
            (join(guarded, ", "), join(refused, " + "))
        } else {
            (names.join(", "), "0".to_owned())
        };
        let (columns, refused_apart) =
            if is_full(facts) { (columns, Some(refused)) } else { (format!("{columns}, {refused}"), None) };
        Statement { columns, refused_apart, from: format!("\"main\".{}", quote_identifier(&facts.head.name)) }
    }

    async fn read_whole(&mut self, facts: &TableFacts, statement: &Statement) -> Result<Option<u64>, Stop> {
        match facts.row_id {
            Some(row_id) if !is_full(facts) => self.read_by_row_id(facts, statement, row_id).await?,
            _ => self.read_once(facts, statement, None).await?,
        }
        Ok(Some(self.output.rows))
    }

    /// Reads ranges of the row id, one batch each, so that no lock outlives a batch.
    async fn read_by_row_id(&mut self, facts: &TableFacts, statement: &Statement, row_id: &str) -> Result<(), Stop> {
        let Statement { columns, from, .. } = statement;
        let sql = format!(
            "SELECT {columns}, t.{row_id} FROM {from} AS t WHERE t.{row_id} >= ?1 ORDER BY t.{row_id} LIMIT {ROWS_PER_BATCH}"
        );
        let mut batch = Batch::new(facts, self.request.batch_bytes);
        let mut next = i64::MIN;
        loop {
            let mut last = None;
            {
                let mut rows = sqlx::query(AssertSqlSafe(sql.clone())).bind(next).fetch(&mut self.session.connection);
                while let Some(row) = rows.try_next().await? {
                    last = Some(row.try_get::<i64, _>(facts.head.columns.len() + 1)?);
                    batch.push(&row)?;
                    if batch.is_full() {
                        break;
                    }
                }
            }
            let was_full = batch.is_full();
            self.output.send_batch(&mut batch, facts).await?;
            match last.and_then(|last| last.checked_add(1)) {
                Some(after) if was_full => next = after,
                _ => return Ok(()),
            }
        }
    }

    /// Reads everything in one statement: views, virtual tables, tables WITHOUT ROWID.
    async fn read_once(
        &mut self,
        facts: &TableFacts,
        statement: &Statement,
        only: Option<&BTreeSet<u64>>,
    ) -> Result<(), Stop> {
        let Statement { columns, from, .. } = statement;
        let sql = format!("SELECT {columns} FROM {from} AS t");
        let mut batch = Batch::new(facts, self.request.batch_bytes);
        let mut number = 0_u64;
        let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(&mut self.session.connection);
        while let Some(row) = rows.try_next().await? {
            if only.is_none_or(|only| only.contains(&number)) {
                batch.push(&row)?;
            }
            number += 1;
            if batch.is_full() {
                self.output.send_batch(&mut batch, facts).await?;
            }
        }
        self.output.send_batch(&mut batch, facts).await
    }

    async fn read_sample(
        &mut self,
        facts: &TableFacts,
        statement: &Statement,
        rows: u64,
        seed: u64,
    ) -> Result<Option<u64>, Stop> {
        let from = &statement.from;
        let Some(row_id) = facts.row_id else {
            let (chosen, total) = sample::row_numbers(&mut self.session, from, rows, seed).await?;
            self.read_once(facts, statement, Some(&chosen)).await?;
            return Ok(Some(total));
        };
        let chosen = sample::row_ids(&mut self.session, from, row_id, rows, seed).await?;
        let columns = &statement.columns;
        let sql = format!(
            "SELECT {columns} FROM {from} AS t WHERE t.{row_id} IN (SELECT value FROM json_each(?1)) ORDER BY t.{row_id}"
        );
        let mut batch = Batch::new(facts, self.request.batch_bytes);
        for some in chosen.chunks(ROWS_PER_BATCH) {
            let query = sqlx::query(AssertSqlSafe(sql.clone())).bind(sample::json_list(some));
            let mut rows = query.fetch(&mut self.session.connection);
            while let Some(row) = rows.try_next().await? {
                batch.push(&row)?;
                if batch.is_full() {
                    self.output.send_batch(&mut batch, facts).await?;
                }
            }
        }
        self.output.send_batch(&mut batch, facts).await?;
        Ok(None)
    }
}

impl Output {
    async fn send(&mut self, chunk: Chunk) -> Result<(), Stop> {
        self.request.check_cancelled()?;
        self.sender.send(Ok(chunk)).await.map_err(|_| Stop::NobodyListens)
    }

    async fn send_batch(&mut self, batch: &mut Batch, facts: &TableFacts) -> Result<(), Stop> {
        if batch.rows == 0 {
            return Ok(());
        }
        self.refused += batch.refused;
        self.rows += batch.rows as u64;
        self.request.bytes_read.fetch_add(batch.bytes as u64, Ordering::Relaxed);
        let chunk = Chunk::Rows(batch.finish(facts)?);
        self.send(chunk).await
    }
}

/// Rows on their way into a record batch.
struct Batch {
    columns: Vec<ColumnBuilder>,
    rows: usize,
    bytes: usize,
    refused: u64,
    full_at: usize,
}

impl Batch {
    fn new(facts: &TableFacts, full_at: usize) -> Self {
        let columns = facts.affinities.iter().map(|&affinity| ColumnBuilder::new(affinity)).collect();
        Self { columns, rows: 0, bytes: 0, refused: 0, full_at }
    }

    fn is_full(&self) -> bool {
        self.rows >= ROWS_PER_BATCH || self.bytes >= self.full_at
    }

    fn push(&mut self, row: &SqliteRow) -> Result<(), sqlx::Error> {
        for (at, column) in self.columns.iter_mut().enumerate() {
            self.bytes += column.push(cell(row, at)?);
        }
        if row.len() > self.columns.len() {
            self.refused += row.try_get::<i64, _>(self.columns.len())?.unsigned_abs();
        }
        self.rows += 1;
        Ok(())
    }

    fn finish(&mut self, facts: &TableFacts) -> Result<RecordBatch, ConnectError> {
        let arrays: Vec<_> = self.columns.iter_mut().map(ColumnBuilder::finish).collect();
        let fields: Vec<Field> = facts
            .head
            .columns
            .iter()
            .zip(&arrays)
            .map(|(head, array)| Field::new(&head.name, array.data_type().clone(), true))
            .collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        (self.rows, self.bytes, self.refused) = (0, 0, 0);
        RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options).map_err(|_| {
            ConnectError::Internal {
                target: format!("`{}`", facts.head.name),
                reason: "its columns did not fit together".to_owned(),
            }
        })
    }
}

/// The value in column `at`, as it is stored.
fn cell(row: &SqliteRow, at: usize) -> Result<Cell<'_>, sqlx::Error> {
    let value = row.try_get_raw(at)?;
    let kind = value.type_info();
    let decoded = match kind.name() {
        _ if value.is_null() => return Ok(Cell::Null),
        "INTEGER" => <i64 as Decode<'_, Sqlite>>::decode(value).map(Cell::Integer),
        "REAL" => <f64 as Decode<'_, Sqlite>>::decode(value).map(Cell::Real),
        "TEXT" => <&[u8] as Decode<'_, Sqlite>>::decode(value).map(Cell::Text),
        _ => <&[u8] as Decode<'_, Sqlite>>::decode(value).map(Cell::Blob),
    };
    decoded.map_err(sqlx::Error::Decode)
}

/// Whether the columns of a table leave no room beside them: SQLite answers with 2,000 at most (SQLITE_MAX_COLUMN).
fn is_full(facts: &TableFacts) -> bool {
    const MOST_COLUMNS: usize = 2_000;
    facts.head.columns.len() + 2 > MOST_COLUMNS
}

fn join(parts: impl Iterator<Item = String>, between: &str) -> String {
    parts.collect::<Vec<_>>().join(between)
}
