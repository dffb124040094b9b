//! For tests of formats: reads bytes as a unit and keeps what comes out.

use std::sync::Arc;

use arrow_array::Array;
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_cast::cast;
use arrow_schema::DataType;
use dataward_model::Skipped;
use dataward_model::TableHead;
use futures::StreamExt;

use super::Budget;
use super::Input;
use super::Limits;
use crate::Chunk;
use crate::ReadRequest;

/// All that came out of a unit.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) tables: Vec<FoundTable>,
    pub(crate) skipped: Vec<Skipped>,
    /// The message with which reading ended, if it failed as a whole.
    pub(crate) error: Option<String>,
}

/// One table or document.
#[derive(Debug)]
pub(crate) struct FoundTable {
    pub(crate) head: TableHead,
    pub(crate) batches: Vec<RecordBatch>,
    pub(crate) rows_total: Option<u64>,
}

/// Reads `bytes` as the unit `name`.
pub(crate) fn read(name: &str, bytes: &[u8]) -> Found {
    read_within(name, bytes, Limits::default())
}

/// Reads `bytes` as the unit `name` within `limits`.
pub(crate) fn read_within(name: &str, bytes: &[u8], limits: Limits) -> Found {
    read_as(name, bytes, limits, &ReadRequest::full())
}

/// Reads of `bytes`, the unit `name`, what `request` asks for.
pub(crate) fn read_as(name: &str, bytes: &[u8], limits: Limits, request: &ReadRequest) -> Found {
    let at = Arc::new(bytes::Bytes::copy_from_slice(bytes));
    let budget = Budget::new(limits);
    let unit = name.to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut chunks = super::stream(name, request, move |out| super::decode(Input::random(&unit, at, budget)?, out));
        let mut found = Found::default();
        while let Some(chunk) = chunks.next().await {
            match chunk {
                Err(error) => found.error = Some(error.to_string()),
                Ok(Chunk::Begin(head)) => found.tables.push(FoundTable { head, batches: Vec::new(), rows_total: None }),
                Ok(Chunk::Rows(batch)) => found.tables.last_mut().unwrap().batches.push(batch),
                Ok(Chunk::End { rows_total }) => found.tables.last_mut().unwrap().rows_total = rows_total,
                Ok(Chunk::Skipped(skipped)) => found.skipped.push(skipped),
            }
        }
        found
    })
}

impl Found {
    pub(crate) fn table(&self, name: &str) -> Option<&FoundTable> {
        self.tables.iter().find(|table| table.head.name == name)
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.tables.iter().map(|table| table.head.name.as_str()).collect()
    }

    /// `place: reason` of all that was skipped.
    pub(crate) fn skipped_lines(&self) -> Vec<String> {
        self.skipped.iter().map(|skipped| format!("{}: {}", skipped.place, skipped.reason)).collect()
    }
}

impl FoundTable {
    /// A column as texts; columns that a batch lacks are NULL there.
    pub(crate) fn column(&self, name: &str) -> Vec<Option<String>> {
        let mut values = Vec::new();
        for batch in &self.batches {
            match batch.column_by_name(name) {
                None => values.extend(std::iter::repeat_n(None, batch.num_rows())),
                Some(column) => {
                    let texts = cast(column, &DataType::Utf8).unwrap();
                    assert_eq!(texts.len(), batch.num_rows());
                    values.extend(texts.as_string::<i32>().iter().map(|value| value.map(str::to_owned)));
                }
            }
        }
        values
    }

    /// The text of a document, a line end between its rows.
    pub(crate) fn text(&self) -> String {
        let rows: Vec<String> = self.column(TableHead::TEXT).into_iter().flatten().collect();
        rows.join("\n")
    }
}
