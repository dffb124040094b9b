//! Where formats put what they read.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::RecordBatch;
use arrow_array::RecordBatchOptions;
use arrow_array::builder::StringBuilder;
use arrow_schema::DataType;
use arrow_schema::Field;
use arrow_schema::Schema;
use arrow_schema::SchemaRef;
use dataward_model::Skipped;
use dataward_model::TableHead;
use tokio::sync::mpsc::Sender;

use super::reservoir::Reservoir;
use super::valued_names;
use crate::Chunk;
use crate::ConnectError;
use crate::HowMuch;
use crate::ReadRequest;

/// Where formats put what they read. Keeps the order that [`Chunk`] promises, counts rows, and
/// takes the sample for formats that cannot jump about in their input.
pub struct Out {
    sender: Sender<Result<Chunk, ConnectError>>,
    request: ReadRequest,
    open: Option<OpenTable>,
    waiting: Vec<Skipped>,
    begun: u64,
}

struct OpenTable {
    rows: u64,
    sample: Option<Reservoir>,
    /// Names of columns that are values of people, and what they are called instead.
    renamed: HashMap<String, String>,
}

impl Out {
    /// Sends to `sender` what `request` asks for.
    pub fn new(sender: Sender<Result<Chunk, ConnectError>>, request: ReadRequest) -> Self {
        Self { sender, request, open: None, waiting: Vec::new(), begun: 0 }
    }

    /// What was asked for.
    pub fn request(&self) -> &ReadRequest {
        &self.request
    }

    /// How many tables and documents have begun so far.
    pub fn begun(&self) -> u64 {
        self.begun
    }

    /// Whether a table is open.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Begins a table; one that is still open ends first. Send every row: where a sample is asked
    /// for, it is taken here.
    pub fn begin(&mut self, head: TableHead) -> Result<(), ConnectError> {
        let sample = match self.request.how_much {
            HowMuch::Everything => None,
            // The name takes part, so that two tables of one unit get choices of their own.
            HowMuch::Sample { rows, seed } => Some(Reservoir::new(rows, seed, &head.name)),
        };
        self.open_table(head, sample)
    }

    /// Begins a table of which the format itself takes the sample asked for.
    pub fn begin_sampled(&mut self, head: TableHead) -> Result<(), ConnectError> {
        self.open_table(head, None)
    }

    fn open_table(&mut self, mut head: TableHead, sample: Option<Reservoir>) -> Result<(), ConnectError> {
        if self.is_open() {
            self.end(None)?;
        }
        self.begun += 1;
        let renamed = valued_names::renamed(head.columns.iter().map(|column| column.name.as_str()));
        for column in &mut head.columns {
            if let Some(name) = renamed.get(&column.name) {
                column.name.clone_from(name);
            }
        }
        self.open = Some(OpenTable { rows: 0, sample, renamed });
        self.send(Chunk::Begin(head))
    }

    /// Rows of the open table. Waits while the consumer is busy.
    pub fn rows(&mut self, batch: RecordBatch) -> Result<(), ConnectError> {
        self.check_cancelled()?;
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let Some(table) = &mut self.open else {
            return Err(ConnectError::Internal {
                target: "a file".into(),
                reason: "rows came before their table".into(),
            });
        };
        table.rows += batch.num_rows() as u64;
        let batch = if table.renamed.is_empty() { batch } else { with_names(&batch, &table.renamed) };
        match &mut table.sample {
            Some(sample) => sample.offer(&batch),
            None => self.send(Chunk::Rows(batch)),
        }
    }

    /// Ends the open table, all of whose rows were sent.
    pub fn end_complete(&mut self) -> Result<(), ConnectError> {
        let rows = self.open.as_ref().map(|table| table.rows);
        self.end(rows)
    }

    /// Ends the open table, which has `rows_total` rows as far as that is known.
    pub fn end(&mut self, rows_total: Option<u64>) -> Result<(), ConnectError> {
        let Some(table) = self.open.take() else { return Ok(()) };
        if let Some(sample) = table.sample {
            for batch in sample.finish(self.request.batch_bytes)? {
                self.send(Chunk::Rows(batch))?;
            }
        }
        self.send(Chunk::End { rows_total })?;
        for skipped in std::mem::take(&mut self.waiting) {
            self.send(Chunk::Skipped(skipped))?;
        }
        Ok(())
    }

    /// Says that a place was not read, and why ([`Skipped::failed`], [`Skipped::not_supported`],
    /// [`ConnectError::skip`]). No value of a customer may stand in it.
    pub fn skip(&mut self, skipped: Skipped) -> Result<(), ConnectError> {
        if self.is_open() {
            // Such lines stand between tables.
            self.waiting.push(skipped);
            return Ok(());
        }
        self.send(Chunk::Skipped(skipped))
    }

    /// Fails once the reader was asked to stop. Call it in loops that send nothing for long.
    pub fn check_cancelled(&self) -> Result<(), ConnectError> {
        if self.sender.is_closed() { Err(ConnectError::Cancelled) } else { self.request.check_cancelled() }
    }

    fn send(&self, chunk: Chunk) -> Result<(), ConnectError> {
        self.sender.blocking_send(Ok(chunk)).map_err(|_| ConnectError::Cancelled)
    }
}

/// The rows under other names.
fn with_names(batch: &RecordBatch, renamed: &HashMap<String, String>) -> RecordBatch {
    let schema = batch.schema();
    let fields = schema.fields().iter().map(|field| match renamed.get(field.name()) {
        Some(name) => field.as_ref().clone().with_name(name),
        None => field.as_ref().clone(),
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<Field>>()));
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema, batch.columns().to_vec(), &options).expect("only names are others")
}

/// Builds a document: paragraphs, pages or groups of lines, one a row.
pub struct DocumentWriter<'a> {
    out: &'a mut Out,
    text: StringBuilder,
    schema: SchemaRef,
}

impl<'a> DocumentWriter<'a> {
    /// Begins the document `name`.
    pub fn begin(out: &'a mut Out, name: &str) -> Result<Self, ConnectError> {
        out.begin(TableHead::document(name))?;
        let schema = Arc::new(Schema::new(vec![Field::new(TableHead::TEXT, DataType::Utf8, false)]));
        Ok(Self { out, text: StringBuilder::new(), schema })
    }

    /// Adds a row. Empty text is left out. Keep rows to a few KiB: paragraphs, not books.
    pub fn push(&mut self, text: &str) -> Result<(), ConnectError> {
        if text.trim().is_empty() {
            return Ok(());
        }
        self.text.append_value(text);
        if self.text.values_slice().len() >= self.out.request.batch_bytes { self.flush() } else { Ok(()) }
    }

    /// The sink, to say that a part was skipped.
    pub fn out(&mut self) -> &mut Out {
        self.out
    }

    /// Ends the document.
    pub fn finish(mut self) -> Result<(), ConnectError> {
        self.flush()?;
        self.out.end_complete()
    }

    fn flush(&mut self) -> Result<(), ConnectError> {
        let column: ArrayRef = Arc::new(self.text.finish());
        let batch = RecordBatch::try_new(self.schema.clone(), vec![column]).expect("one column, as the schema says");
        self.out.rows(batch)
    }
}
