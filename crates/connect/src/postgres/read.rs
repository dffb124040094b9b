//! Reading one unit: described, chosen from and copied out in one snapshot, by a task of its own.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use dataward_model::Skipped;
use dataward_model::counted;
use futures::Stream;
use futures::StreamExt;
use futures::stream;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::decode::BadStream;
use super::decode::Decoder;
use super::decode::Framing;
use super::fault;
use super::names::quote_identifier;
use super::relation::Relation;
use super::relation::RelationKind;
use super::sample;
use super::sample::Choice;
use super::sample::Thinning;
use super::sample::WaitingRows;
use super::session::Pool;
use super::session::Session;
use crate::Chunk;
use crate::ChunkStream;
use crate::ConnectError;
use crate::HowMuch;
use crate::ReadRequest;

/// Batches that wait for whoever looks at them, while the next is decoded.
const BATCHES_AHEAD: usize = 2;
/// Largest batch; texts of one must stay below 2 GiB.
const MOST_BATCH_BYTES: usize = 256 << 20;
/// How often a reader looks whether it shall stop, whatever it waits for.
const LOOK_UP: Duration = Duration::from_millis(100);
/// The best compression of stored values is below 1 to 255: a table with fewer bytes aside than
/// the limit of a cell divided by this has no cell above the limit.
const BEST_COMPRESSION: usize = 255;

/// Reads `name`; the task ends when the stream is dropped.
pub(super) fn stream(pool: Arc<Pool>, name: String, request: ReadRequest) -> ChunkStream {
    let (sender, receiver) = mpsc::channel(BATCHES_AHEAD);
    tokio::spawn(async move {
        let reading = Reading { pool: &pool, name: &name, request: &request, sender: &sender };
        let outcome = tokio::select! {
            biased;
            outcome = reading.run() => outcome,
            stop = reading.asked_to_stop() => Err(stop),
        };
        if let Err(Stop::Failed(error)) = outcome {
            // Nobody listens any more: nobody misses it.
            let _ = sender.send(Err(error)).await;
        }
    });
    let next = async |mut receiver: mpsc::Receiver<_>| Some((receiver.recv().await?, receiver));
    stream::unfold(receiver, next).boxed()
}

/// Why a reading ends early.
enum Stop {
    Failed(ConnectError),
    /// The stream was dropped.
    NobodyListens,
}

impl From<ConnectError> for Stop {
    fn from(error: ConnectError) -> Self {
        Self::Failed(error)
    }
}

struct Reading<'a> {
    pool: &'a Pool,
    name: &'a str,
    request: &'a ReadRequest,
    sender: &'a mpsc::Sender<Result<Chunk, ConnectError>>,
}

impl Reading<'_> {
    async fn run(&self) -> Result<(), Stop> {
        self.request.check_cancelled()?;
        let mut session = self.pool.begin(self.statement_limit()).await?;
        let relation = match Relation::describe(&mut session, self.name).await? {
            Some(relation) => relation,
            None => {
                self.pool.end(session).await;
                let reason = "it was dropped or renamed".into();
                return Err(ConnectError::Gone { target: self.name.to_owned(), reason }.into());
            }
        };
        if let Err(error) = may_read(&relation, &session) {
            self.pool.end(session).await;
            return Err(error.into());
        }
        for skipped in unseen(&relation, &session) {
            self.send(Chunk::Skipped(skipped)).await?;
        }
        let choice = sample::choose(&mut session, &relation, self.request.how_much).await?;
        if session.server.is_sql_ascii {
            // The server would refuse texts that are not UTF-8; `decode` does not.
            session.run("SET LOCAL client_encoding = 'SQL_ASCII'").await?;
        }
        let copied = self.copy(&mut session, &relation, choice).await?;
        if copied.to_the_end {
            self.pool.end(session).await;
        }
        self.send(Chunk::End { rows_total: copied.rows_total }).await?;
        for skipped in copied.skipped {
            self.send(Chunk::Skipped(skipped)).await?;
        }
        Ok(())
    }

    fn statement_limit(&self) -> Duration {
        let limits = self.pool.limits();
        match self.request.how_much {
            HowMuch::Everything => limits.full,
            HowMuch::Sample { .. } => limits.sample,
        }
    }

    async fn copy(&self, session: &mut Session, relation: &Relation, choice: Choice) -> Result<Copied, Stop> {
        let cell_limit = self.pool.limits().cell_bytes;
        let guarded = relation.kind != RelationKind::Stored
            || usize::try_from(relation.toast_bytes).unwrap_or(0) >= cell_limit / BEST_COMPRESSION;
        let statement = statement(relation, &choice, guarded.then_some(cell_limit));
        let columns = relation.columns.iter().filter(|column| column.may_read);
        let columns: Vec<_> = columns.map(|column| (column.head.name.clone(), column.form.kind)).collect();
        let has_marker = guarded && statement.marks_long_cells;
        let mut decoder = Decoder::new(columns, has_marker, cell_limit);
        let mut copied = Copied { to_the_end: true, rows_total: None, skipped: Vec::new() };

        let limit = self.statement_limit();
        let copying = timeout(self.pool.limits().silence, session.connection.copy_out_raw(&statement.text));
        let mut messages = copying
            .await
            .map_err(|_| fault::silent(self.name, self.pool.limits().silence))?
            .map_err(|error| fault::reading(error, self.name, limit))?;
        self.send(Chunk::Begin(relation.head())).await?;

        let mut framing = Framing::default();
        let mut seen = 0_u64;
        match choice {
            Choice::Waiting { rows, reach, seed } => {
                let mut waiting = WaitingRows::new(rows, seed);
                let mut goes_on = true;
                while goes_on && let Some(message) = self.next_message(&mut messages).await? {
                    self.count_bytes(message.len());
                    let framed = framing.rows(&message, |row| {
                        goes_on &= waiting.offer(row);
                        Ok(())
                    });
                    framed.map_err(|BadStream| self.bad_stream())?;
                }
                seen = waiting.seen();
                copied.to_the_end = goes_on;
                if goes_on && seen < reach {
                    copied.rows_total = Some(seen);
                } else {
                    copied.skipped.push(self.only_the_beginning(seen));
                }
                for row in waiting.into_rows() {
                    decoder.add(&row).map_err(|BadStream| self.bad_stream())?;
                    self.send_full_batch(&mut decoder).await?;
                }
            }
            Choice::All(_) | Choice::Drawn { .. } => {
                let mut thinning = match choice {
                    Choice::Drawn { keep, seed, .. } if keep < 1.0 => Some(Thinning::new(keep, seed)),
                    _ => None,
                };
                while let Some(message) = self.next_message(&mut messages).await? {
                    self.count_bytes(message.len());
                    let framed = framing.rows(&message, |row| {
                        if thinning.as_mut().is_none_or(Thinning::keeps_next) {
                            seen += 1;
                            decoder.add(row)?;
                        }
                        Ok(())
                    });
                    framed.map_err(|BadStream| self.bad_stream())?;
                    self.send_full_batch(&mut decoder).await?;
                }
                copied.rows_total = match choice {
                    Choice::Drawn { total, .. } => total,
                    _ => Some(seen),
                };
            }
        }
        if decoder.rows() > 0 {
            self.send_batch(&mut decoder).await?;
        }
        for (column, count) in decoder.refused() {
            let reason = format!("{} longer than {} MiB not read", counted(count, "cell", "cells"), cell_limit >> 20);
            copied.skipped.push(Skipped::failed(format!("{}.{column}", self.name), reason));
        }
        Ok(copied)
    }

    /// Returns once the reader shall stop, wherever it is; dropping it closes the connection.
    async fn asked_to_stop(&self) -> Stop {
        loop {
            match timeout(LOOK_UP, self.sender.closed()).await {
                Ok(()) => return Stop::NobodyListens,
                Err(_) => {
                    if let Err(error) = self.request.check_cancelled() {
                        return Stop::Failed(error);
                    }
                }
            }
        }
    }

    /// The next message of the server; waits no longer than the limit of silence.
    async fn next_message<S, B>(&self, messages: &mut S) -> Result<Option<B>, Stop>
    where
        S: Stream<Item = Result<B, sqlx::Error>> + Unpin,
    {
        self.request.check_cancelled()?;
        // A timer for each of millions of messages would cost more than the messages.
        let next = match futures::poll!(messages.next()) {
            Poll::Ready(next) => next,
            Poll::Pending => {
                let silence = self.pool.limits().silence;
                let waiting = timeout(silence, messages.next()).await;
                waiting.map_err(|_| fault::silent(self.name, silence))?
            }
        };
        next.transpose().map_err(|error| fault::reading(error, self.name, self.statement_limit()).into())
    }

    fn count_bytes(&self, bytes: usize) {
        self.request.bytes_read.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    async fn send_full_batch(&self, decoder: &mut Decoder) -> Result<(), Stop> {
        if decoder.bytes() < self.request.batch_bytes.min(MOST_BATCH_BYTES) {
            return Ok(());
        }
        self.send_batch(decoder).await
    }

    async fn send_batch(&self, decoder: &mut Decoder) -> Result<(), Stop> {
        let batch = decoder.finish().map_err(|BadStream| self.bad_stream())?;
        self.send(Chunk::Rows(batch)).await
    }

    async fn send(&self, chunk: Chunk) -> Result<(), Stop> {
        self.sender.send(Ok(chunk)).await.map_err(|_| Stop::NobodyListens)
    }

    fn bad_stream(&self) -> Stop {
        let reason = "the server sent rows in a form that is not PostgreSQL's".to_owned();
        Stop::Failed(ConnectError::Malformed { target: self.name.to_owned(), reason })
    }

    fn only_the_beginning(&self, seen: u64) -> Skipped {
        let reason = format!(
            "the sample comes from its first {seen} rows: the server cannot draw rows of a view or foreign table \
             at random (--full reads all)"
        );
        Skipped::not_supported(self.name, reason)
    }
}

/// How copying ended.
struct Copied {
    /// The server has nothing more to say: the connection can be used again.
    to_the_end: bool,
    rows_total: Option<u64>,
    skipped: Vec<Skipped>,
}

/// The COPY of a reading.
struct Statement {
    text: String,
    marks_long_cells: bool,
}

fn statement(relation: &Relation, choice: &Choice, cell_limit: Option<usize>) -> Statement {
    let columns = || relation.columns.iter().filter(|column| column.may_read);
    let mut wanted: Vec<String> =
        columns().map(|column| column.form.expression(&column.head.name, cell_limit)).collect();
    let long_cells: Vec<String> = columns()
        .enumerate()
        .filter_map(|(index, column)| {
            let is_longer = column.form.is_longer(&column.head.name, cell_limit?)?;
            Some(format!("WHEN {is_longer} THEN {index}"))
        })
        .collect();
    let marks_long_cells = !long_cells.is_empty();
    if marks_long_cells {
        wanted.push(format!("CASE {} END", long_cells.join(" ")));
    }
    let which = match choice {
        Choice::All(_) => String::new(),
        Choice::Drawn { clause, .. } => format!(" {clause}"),
        Choice::Waiting { reach, .. } => format!(" LIMIT {reach}"),
    };
    let text = format!("COPY (SELECT {} FROM {}{which}) TO STDOUT (FORMAT binary)", wanted.join(", "), relation.from());
    Statement { text, marks_long_cells }
}

/// What must be so before anything is read.
fn may_read(relation: &Relation, session: &Session) -> Result<(), ConnectError> {
    let target = || relation.name.clone();
    let account = quote_identifier(&session.server.account);
    if !relation.is_filled {
        let reason = "the materialised view was never filled; run REFRESH MATERIALIZED VIEW".into();
        return Err(ConnectError::Malformed { target: target(), reason });
    }
    if !relation.may_use_schema {
        let schema = relation.quoted.split("\".\"").next().unwrap_or_default();
        let reason = format!(
            "needed: GRANT USAGE ON SCHEMA {schema}\" TO {account}; GRANT SELECT ON TABLE {} TO {account}",
            relation.quoted
        );
        return Err(ConnectError::Denied { target: target(), reason });
    }
    if !relation.columns.is_empty() && relation.columns.iter().all(|column| !column.may_read) {
        let reason = format!("needed: GRANT SELECT ON TABLE {} TO {account}", relation.quoted);
        return Err(ConnectError::Denied { target: target(), reason });
    }
    if session.server.is_superuser && !relation.is_trusted {
        let reason = "reading this view as a superuser would run code of accounts that are none; read it as an \
                      account of least privilege (dataward init prints the SQL)";
        return Err(ConnectError::Denied { target: target(), reason: reason.into() });
    }
    Ok(())
}

/// What of a readable relation we do not get to see.
fn unseen(relation: &Relation, session: &Session) -> Vec<Skipped> {
    let account = quote_identifier(&session.server.account);
    let mut unseen = Vec::new();
    if relation.hides_rows {
        let reason = format!(
            "row-level security shows {account} only some of the rows; to see all: ALTER ROLE {account} BYPASSRLS"
        );
        unseen.push(Skipped::failed(&relation.name, reason));
    }
    for column in relation.columns.iter().filter(|column| !column.may_read) {
        let reason = format!(
            "not allowed to read this column; needed: GRANT SELECT ({}) ON TABLE {} TO {account}",
            quote_identifier(&column.head.name),
            relation.quoted
        );
        unseen.push(Skipped::failed(format!("{}.{}", relation.name, column.head.name), reason));
    }
    unseen
}
