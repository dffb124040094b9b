//! Reads one unit and profiles every table in it.

use std::sync::Arc;

use dataward_connect::Chunk;
use dataward_connect::ConnectError;
use dataward_connect::Read;
use dataward_connect::ReadRequest;
use dataward_connect::Unit;
use dataward_detect::Detector;
use dataward_detect::IdentitySketch;
use dataward_detect::TableProfile;
use dataward_detect::TableVerdict;
use dataward_model::Category;
use dataward_model::Skipped;
use dataward_model::TableHead;
use dataward_model::TableShape;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::task::JoinHandle;

/// What came out of one unit.
#[derive(Clone, Debug, Default)]
pub struct UnitOutcome {
    /// The tables in it, in the order they stand there.
    pub tables: Vec<TableOutcome>,
    /// Parts that were not read.
    pub skipped: Vec<Skipped>,
}

/// What came out of one table.
#[derive(Clone, Debug)]
pub struct TableOutcome {
    /// What the source says of it.
    pub head: TableHead,
    /// What it holds.
    pub verdict: TableVerdict,
    /// Rows in the whole table as counted while reading, where known.
    pub rows_total: Option<u64>,
    /// Rows in the whole unit as the source estimates them.
    pub rows_estimate: Option<u64>,
    /// For a document: how often each category occurs in it.
    pub counts: Vec<(Category, u64)>,
    /// Who is in it, by column.
    pub sketches: Vec<IdentitySketch>,
}

/// From this share of different people on, a sample grows as the table does: each row is a person.
const ONE_ROW_ONE_PERSON: f64 = 0.9;

impl TableOutcome {
    /// Rows in the whole table: counted, else estimated, never less than were read.
    pub fn rows_in_all(&self) -> Option<u64> {
        self.rows_total.or(self.rows_estimate.map(|estimate| estimate.max(self.verdict.rows)))
    }

    /// How many different people are behind the whole table. From a sample in which nearly each row
    /// is another person it is scaled up; else what the sample shows is the least there are.
    pub fn people(&self) -> Option<u64> {
        // Of a text the lines are counted, and who is in it has no line of his own.
        if self.head.shape == TableShape::Document {
            return None;
        }
        let people = self.verdict.people?;
        let read = self.verdict.rows.max(1);
        let share = people as f64 / read as f64;
        match self.rows_in_all() {
            Some(rows) if rows > read && share >= ONE_ROW_ONE_PERSON => Some((rows as f64 * share) as u64),
            _ => Some(people),
        }
    }
}

impl UnitOutcome {
    fn add(&mut self, table: Result<TableOutcome, Skipped>) {
        match table {
            Ok(table) => self.tables.push(table),
            Err(skipped) => self.skipped.push(skipped),
        }
    }
}

/// Reads `unit` to its end, or to the first fault: what was seen before it counts, the fault stands
/// under `skipped`. A table of which no row came before the fault was not read, and has no verdict.
///
/// # Errors
/// Only [`ConnectError::Cancelled`]: a unit that was not read whole on request has no outcome.
pub async fn read_unit(
    source: &dyn Read,
    unit: &Unit,
    request: &ReadRequest,
    detector: &Arc<Detector>,
    on_rows: &(dyn Fn(u64) + Send + Sync),
) -> Result<UnitOutcome, ConnectError> {
    let mut outcome = UnitOutcome::default();
    let mut chunks = match source.read(unit, request).await {
        Ok(chunks) => chunks,
        Err(ConnectError::Cancelled) => return Err(ConnectError::Cancelled),
        Err(error) => {
            outcome.skipped.push(error.skip(&unit.name));
            return Ok(outcome);
        }
    };
    let mut open: Option<OpenTable> = None;
    let mut is_cut_off = false;
    while let Some(chunk) = chunks.next().await {
        match chunk {
            Ok(Chunk::Begin(head)) => {
                if let Some(table) = open.replace(OpenTable::new(head, unit.rows_estimate, detector)) {
                    outcome.add(table.close(detector, None).await);
                }
            }
            Ok(Chunk::Rows(batch)) => {
                on_rows(batch.num_rows() as u64);
                if let Some(table) = &mut open {
                    table.feed(batch, detector).await;
                }
            }
            Ok(Chunk::End { rows_total }) => {
                if let Some(table) = open.take() {
                    outcome.add(table.close(detector, rows_total).await);
                }
            }
            Ok(Chunk::Skipped(skipped)) => outcome.skipped.push(skipped),
            Err(ConnectError::Cancelled) => return Err(ConnectError::Cancelled),
            Err(error) => {
                outcome.skipped.push(error.skip(&unit.name));
                is_cut_off = true;
                break;
            }
        }
    }
    if let Some(table) = open.filter(|table| table.rows > 0 || !is_cut_off) {
        outcome.add(table.close(detector, None).await);
    }
    Ok(outcome)
}

/// A table whose rows are coming in. Batches are profiled on several threads, each with a partial
/// profile; at the end the parts are merged.
struct OpenTable {
    head: TableHead,
    rows_estimate: Option<u64>,
    /// Rows that came so far.
    rows: u64,
    idle: Vec<TableProfile>,
    busy: FuturesUnordered<JoinHandle<TableProfile>>,
    /// A batch killed its profiler; a fault of ours, kept from taking the scan down.
    broken: bool,
    threads: usize,
}

impl OpenTable {
    fn new(head: TableHead, rows_estimate: Option<u64>, detector: &Detector) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let idle = vec![detector.profile(&head)];
        Self { idle, head, rows_estimate, rows: 0, busy: FuturesUnordered::new(), broken: false, threads }
    }

    async fn feed(&mut self, batch: arrow_array::RecordBatch, detector: &Arc<Detector>) {
        self.rows += batch.num_rows() as u64;
        if self.busy.len() >= self.threads {
            self.collect_one().await;
        }
        let mut profile = self.idle.pop().unwrap_or_else(|| detector.profile(&self.head));
        let detector = Arc::clone(detector);
        self.busy.push(tokio::task::spawn_blocking(move || {
            profile.update(&detector, &batch);
            profile
        }));
    }

    async fn collect_one(&mut self) {
        match self.busy.next().await {
            Some(Ok(profile)) => self.idle.push(profile),
            Some(Err(_)) => self.broken = true,
            None => {}
        }
    }

    async fn close(mut self, detector: &Arc<Detector>, rows_total: Option<u64>) -> Result<TableOutcome, Skipped> {
        while !self.busy.is_empty() {
            self.collect_one().await;
        }
        let fault = Skipped::failed(&self.head.name, "dataward failed while looking at the values; please report this");
        if self.broken {
            return Err(fault);
        }
        let mut parts = self.idle.into_iter();
        let Some(mut whole) = parts.next() else { return Err(fault) };
        let rest: Vec<TableProfile> = parts.collect();
        let detector = Arc::clone(detector);
        let (head, rows_estimate) = (self.head, self.rows_estimate);
        let finish = move || {
            for part in rest {
                whole.merge(part);
            }
            let verdict = whole.verdict(&detector);
            let counts = whole.document_counts();
            let sketches = whole.sketches(&verdict);
            TableOutcome { head, verdict, rows_total, rows_estimate, counts, sketches }
        };
        tokio::task::spawn_blocking(finish).await.map_err(|_| fault)
    }
}
