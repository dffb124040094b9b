//! A source held in this process: the smallest example of [`Read`], and what tests above this room
//! read from. [`Recorded`] wraps any source and counts what is read from it.

mod recorded;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use arrow_array::RecordBatch;
use arrow_array::StringArray;
use arrow_array::UInt64Array;
use arrow_schema::DataType;
use arrow_schema::Field;
use arrow_schema::Schema;
use arrow_select::take::take_record_batch;
use async_trait::async_trait;
use dataward_model::ColumnHead;
use dataward_model::SourceKind;
use dataward_model::TableHead;
use futures::StreamExt;
use futures::stream;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

pub use recorded::Recorded;

use crate::Chunk;
use crate::ChunkStream;
use crate::ConnectError;
use crate::Fingerprint;
use crate::HowMuch;
use crate::Read;
use crate::ReadRequest;
use crate::SourceFacts;
use crate::TransportSecurity;
use crate::Unit;
use crate::UnitKind;
use crate::UnitStream;

/// Tables and documents in memory. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    held: Arc<Mutex<Vec<Held>>>,
}

#[derive(Clone, Debug)]
struct Held {
    head: TableHead,
    rows: RecordBatch,
    version: u64,
    fault: Option<Fault>,
}

/// How a unit fails when it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Reading is refused.
    Denied,
    /// The connection breaks after the first batch.
    CutOff,
}

impl Memory {
    /// An empty source.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a table, or puts other rows in its place (its fingerprint changes then).
    pub fn put(&self, name: &str, rows: RecordBatch) -> &Self {
        let column = |field: &Arc<Field>| ColumnHead::new(field.name(), field.data_type().to_string());
        let head = TableHead::table(name, rows.schema().fields().iter().map(column).collect());
        self.put_with_head(head, rows)
    }

    /// The same with keys, comments and declared types.
    pub fn put_with_head(&self, head: TableHead, rows: RecordBatch) -> &Self {
        let mut held = self.lock();
        match held.iter_mut().find(|unit| unit.head.name == head.name) {
            Some(unit) => *unit = Held { head, rows, version: unit.version + 1, fault: None },
            None => held.push(Held { head, rows, version: 0, fault: None }),
        }
        drop(held);
        self
    }

    /// Adds a document, one row for each of `parts`.
    pub fn put_document(&self, name: &str, parts: &[&str]) -> Result<&Self, ConnectError> {
        let schema = Schema::new(vec![Field::new(TableHead::TEXT, DataType::Utf8, false)]);
        let column = Arc::new(StringArray::from_iter_values(parts));
        let rows = RecordBatch::try_new(Arc::new(schema), vec![column])
            .map_err(|error| ConnectError::Internal { target: name.to_owned(), reason: error.to_string() })?;
        Ok(self.put_with_head(TableHead::document(name), rows))
    }

    /// Makes reading a unit fail from now on.
    pub fn break_unit(&self, name: &str, fault: Fault) -> &Self {
        if let Some(unit) = self.lock().iter_mut().find(|unit| unit.head.name == name) {
            unit.fault = Some(fault);
        }
        self
    }

    /// Removes a unit.
    pub fn remove(&self, name: &str) -> &Self {
        self.lock().retain(|unit| unit.head.name != name);
        self
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Read for Memory {
    fn kind(&self) -> SourceKind {
        SourceKind::Memory
    }

    async fn open(&self) -> Result<SourceFacts, ConnectError> {
        Ok(SourceFacts { product: "memory".into(), account: None, transport: TransportSecurity::Local })
    }

    async fn units(&self) -> Result<UnitStream, ConnectError> {
        let units: Vec<_> = self.lock().iter().map(|held| Ok(held.unit())).collect();
        Ok(stream::iter(units).boxed())
    }

    async fn read(&self, unit: &Unit, request: &ReadRequest) -> Result<ChunkStream, ConnectError> {
        let held = self.lock().iter().find(|held| held.head.name == unit.name).cloned();
        let Some(held) = held else {
            return Err(ConnectError::Gone { target: unit.name.clone(), reason: "it was removed".into() });
        };
        held.read(request.clone())
    }
}

impl Held {
    fn unit(&self) -> Unit {
        Unit {
            name: self.head.name.clone(),
            kind: UnitKind::Table,
            rows_estimate: Some(self.rows.num_rows() as u64),
            bytes: Some(self.rows.get_array_memory_size() as u64),
            fingerprint: Some(Fingerprint(self.version.to_string())),
            exposure: None,
        }
    }

    fn read(self, request: ReadRequest) -> Result<ChunkStream, ConnectError> {
        let Self { head, rows, fault, .. } = self;
        let target = head.name.clone();
        if fault == Some(Fault::Denied) {
            return Err(ConnectError::Denied { target, reason: "it was broken by a test".into() });
        }
        let rows_total = rows.num_rows() as u64;
        let chosen = choose(&rows, request.how_much)
            .map_err(|error| ConnectError::Internal { target: target.clone(), reason: error.to_string() })?;
        let bytes_per_row = chosen.get_array_memory_size() / chosen.num_rows().max(1) + 1;
        let step = (request.batch_bytes / bytes_per_row).max(1);
        let batches = (0..chosen.num_rows()).step_by(step).map(move |start| {
            request.check_cancelled()?;
            if fault == Some(Fault::CutOff) && start > 0 {
                let reason = "the connection broke".to_owned();
                return Err(ConnectError::Unreachable { target: target.clone(), reason });
            }
            let batch = chosen.slice(start, step.min(chosen.num_rows() - start));
            request.bytes_read.fetch_add((batch.num_rows() * bytes_per_row) as u64, Ordering::Relaxed);
            Ok(Chunk::Rows(batch))
        });
        let chunks = std::iter::once(Ok(Chunk::Begin(head)))
            .chain(batches)
            .chain(std::iter::once(Ok(Chunk::End { rows_total: Some(rows_total) })));
        // An error ends the unit.
        let chunks = chunks.scan(false, |failed, chunk| {
            let ends = std::mem::replace(failed, chunk.is_err());
            (!ends).then_some(chunk)
        });
        Ok(stream::iter(chunks).boxed())
    }
}

fn choose(rows: &RecordBatch, how_much: HowMuch) -> Result<RecordBatch, arrow_schema::ArrowError> {
    match how_much {
        HowMuch::Sample { rows: wanted, seed } if wanted < rows.num_rows() as u64 => {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let chosen = rand::seq::index::sample(&mut random, rows.num_rows(), wanted as usize);
            let mut chosen: Vec<u64> = chosen.into_iter().map(|index| index as u64).collect();
            chosen.sort_unstable();
            take_record_batch(rows, &UInt64Array::from(chosen))
        }
        _ => Ok(rows.clone()),
    }
}
