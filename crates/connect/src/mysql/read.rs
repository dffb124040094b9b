//! Reading one table or view as a stream of batches.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use arrow_array::RecordBatch;
use arrow_array::RecordBatchOptions;
use arrow_schema::Field;
use arrow_schema::Schema;
use dataward_model::Skipped;
use futures::FutureExt;
use futures::TryStreamExt;
use futures::stream::BoxStream;
use sqlx::AssertSqlSafe;
use sqlx::mysql::MySqlRow;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::faults;
use super::sample;
use super::session::Session;
use super::statements::OURS;
use super::types;
use super::types::ColumnBuilder;
use super::units;
use super::units::TableFacts;
use crate::Chunk;
use crate::ConnectError;
use crate::HowMuch;
use crate::ReadRequest;

/// Rows of the largest batch.
const ROWS_PER_BATCH: usize = 8_192;

/// How long the server may work on a statement that reads everything.
const FULL_LIMIT: Duration = Duration::from_secs(6 * 3600);

/// How long it may work on one that takes a sample; what it sent until then is the sample.
const SAMPLE_LIMIT: Duration = Duration::from_secs(60);

/// How long a server that has begun to send may pause.
const PAUSE_LIMIT: Duration = Duration::from_secs(120);

/// Between two looks at the wish to stop while the server is silent.
const LOOK: Duration = Duration::from_millis(200);

/// Where the chunks go; closed when nobody listens any more.
pub(super) type Sender = mpsc::Sender<Result<Chunk, ConnectError>>;

/// Why reading ended early.
enum Stop {
    Failed(ConnectError),
    Hangs,
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

/// Reads the unit `name` into `sender`.
pub(super) async fn run(mut session: Session, name: String, request: ReadRequest, sender: Sender) {
    let mut output = Output { request, sender, refused: 0, rows: 0 };
    let error = match begin(&mut session, &name, &mut output).await {
        Ok(facts) => match read(&mut session, &facts, &mut output).await {
            Ok(()) => return session.finish().await,
            Err(Stop::NobodyListens) => return session.abandon().await,
            Err(Stop::Failed(error)) => error,
            Err(Stop::Hangs) => session.hangs(),
            Err(Stop::Statement(error)) => session.who().explain_in(&error, &facts.name),
        },
        Err(error) => error,
    };
    let was_cancelled = matches!(error, ConnectError::Cancelled);
    // Whoever does not listen any more need not be told.
    let _ = output.sender.send(Err(error)).await;
    if was_cancelled {
        session.abandon().await;
    }
}

async fn begin(session: &mut Session, name: &str, output: &mut Output) -> Result<TableFacts, ConnectError> {
    let facts = units::describe(session, name).await?;
    let limit = match output.request.how_much {
        HowMuch::Everything => FULL_LIMIT,
        HowMuch::Sample { .. } => SAMPLE_LIMIT,
    };
    session.begin(limit).await?;
    Ok(facts)
}

async fn read(session: &mut Session, facts: &TableFacts, output: &mut Output) -> Result<(), Stop> {
    output.send(Chunk::Begin(facts.head.clone())).await?;
    let total = match output.request.how_much {
        HowMuch::Everything => read_whole(session, facts, output).await?,
        HowMuch::Sample { rows, seed } => read_sample(session, facts, output, rows, seed).await?,
    };
    output.send(Chunk::End { rows_total: total }).await?;
    if output.refused > 0 {
        let reason = format!("values larger than 64 MiB were not read ({} of them)", output.refused);
        output.send(Chunk::Skipped(Skipped::failed(&facts.head.name, reason))).await?;
    }
    Ok(())
}

async fn read_whole(session: &mut Session, facts: &TableFacts, output: &mut Output) -> Result<Option<u64>, Stop> {
    let mut batch = Batch::new(facts, output.request.batch_bytes);
    read_rows(session, facts, "", &mut batch, output).await?;
    output.send_batch(&mut batch, facts).await?;
    Ok(Some(output.rows))
}

async fn read_sample(
    session: &mut Session,
    facts: &TableFacts,
    output: &mut Output,
    rows: u64,
    seed: u64,
) -> Result<Option<u64>, Stop> {
    let from = facts.name.quoted();
    let limit = rows.saturating_add(1);
    let found =
        count(session, format!("SELECT COUNT(*) FROM (SELECT 1 FROM {from} LIMIT {limit}) AS few"), output).await?;
    if found <= rows {
        return read_whole(session, facts, output).await;
    }
    let mut batch = Batch::new(facts, output.request.batch_bytes);
    let total = match &facts.integer_key {
        Some(key) => {
            read_runs(session, facts, key, &mut batch, output, (rows, seed)).await?;
            None
        }
        None => {
            let total = count(session, format!("SELECT COUNT(*) FROM {from}"), output).await?;
            let condition = sample::condition(rows, total, seed);
            match read_rows(session, facts, &format!(" WHERE {condition}"), &mut batch, output).await {
                // What came in time is the sample.
                Err(Stop::Statement(error)) if faults::is_timeout(&error) && output.rows + batch.rows as u64 > 0 => {}
                other => {
                    other?;
                }
            }
            Some(total)
        }
    };
    output.send_batch(&mut batch, facts).await?;
    Ok(total)
}

/// Reads runs of neighbouring keys; a run that reaches into the next one pushes that one on.
async fn read_runs(
    session: &mut Session,
    facts: &TableFacts,
    key: &str,
    batch: &mut Batch,
    output: &mut Output,
    (rows, seed): (u64, u64),
) -> Result<(), Stop> {
    let quoted = super::quote::quote_identifier(key);
    let ends = format!("SELECT MIN({quoted}), MAX({quoted}) FROM {}", facts.name.quoted());
    let ends = session.try_rows(ends).await?;
    let end = |at| ends.first().and_then(|row| types::text(row, at).parse::<i128>().ok());
    let (Some(low), Some(high)) = (end(0), end(1)) else { return Ok(()) };
    let at = facts.head.columns.iter().position(|column| column.name == key).unwrap_or_default();
    let runs = sample::runs(low, high, rows, seed);
    let mut next = low;
    for start in runs.starts {
        let start = start.max(next);
        let tail = format!(" WHERE {quoted} >= {start} ORDER BY {quoted} LIMIT {}", runs.rows);
        let Some(last) = read_rows(session, facts, &tail, batch, output).await? else { break };
        next = types::text(&last, at).parse::<i128>().unwrap_or(high) + 1;
    }
    Ok(())
}

/// One number, in a statement that may take its time.
async fn count(session: &mut Session, sql: String, output: &Output) -> Result<u64, Stop> {
    let mut rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch(&mut session.connection);
    let mut number = 0;
    while let Some(row) = next(&mut rows, output, SAMPLE_LIMIT).await? {
        number = types::number(&row, 0).unwrap_or_default();
    }
    Ok(number)
}

/// Reads the rows that `tail` selects, and returns the last.
async fn read_rows(
    session: &mut Session,
    facts: &TableFacts,
    tail: &str,
    batch: &mut Batch,
    output: &mut Output,
) -> Result<Option<MySqlRow>, Stop> {
    let columns = facts.expressions.join(", ");
    let sql = format!("{OURS} SELECT /* dataward */ {columns} FROM {}{tail}", facts.name.quoted());
    let mut rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch(&mut session.connection);
    let mut last = None;
    let mut limit = FULL_LIMIT;
    while let Some(row) = next(&mut rows, output, limit).await? {
        limit = PAUSE_LIMIT;
        batch.push(&row);
        if batch.is_full() {
            output.send_batch(batch, facts).await?;
        }
        last = Some(row);
    }
    Ok(last)
}

/// The next row. Waits for a silent server no longer than `limit`, and not when asked to stop.
async fn next(
    rows: &mut BoxStream<'_, Result<MySqlRow, sqlx::Error>>,
    output: &Output,
    limit: Duration,
) -> Result<Option<MySqlRow>, Stop> {
    // Nearly always the row is there already, and then no timer is needed.
    if let Some(row) = rows.try_next().now_or_never() {
        return Ok(row?);
    }
    let mut waited = Duration::ZERO;
    loop {
        if let Ok(row) = timeout(LOOK, rows.try_next()).await {
            return Ok(row?);
        }
        output.request.check_cancelled()?;
        if output.sender.is_closed() {
            return Err(Stop::NobodyListens);
        }
        waited += LOOK;
        if waited > limit {
            return Err(Stop::Hangs);
        }
    }
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
        let columns = facts.kinds.iter().map(|&kind| ColumnBuilder::new(kind)).collect();
        Self { columns, rows: 0, bytes: 0, refused: 0, full_at }
    }

    fn is_full(&self) -> bool {
        self.rows >= ROWS_PER_BATCH || self.bytes >= self.full_at
    }

    fn push(&mut self, row: &MySqlRow) {
        for (at, column) in self.columns.iter_mut().enumerate() {
            self.bytes += column.push(types::bytes(row, at));
        }
        if types::bytes(row, self.columns.len()) != Some(b"0") {
            self.refused += types::number(row, self.columns.len()).unwrap_or_default();
        }
        self.rows += 1;
    }

    fn finish(&mut self, facts: &TableFacts) -> Result<RecordBatch, ConnectError> {
        let arrays: Vec<_> = self.columns.iter_mut().map(ColumnBuilder::finish).collect();
        let fields = facts.head.columns.iter().zip(&arrays);
        let fields = fields.map(|(head, array)| Field::new(&head.name, array.data_type().clone(), true));
        let schema = Schema::new(fields.collect::<Vec<_>>());
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        (self.rows, self.bytes, self.refused) = (0, 0, 0);
        RecordBatch::try_new_with_options(Arc::new(schema), arrays, &options).map_err(|_| ConnectError::Internal {
            target: format!("`{}`", facts.head.name),
            reason: "its columns did not fit together".to_owned(),
        })
    }
}
