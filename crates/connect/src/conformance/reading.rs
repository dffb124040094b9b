//! Reading units to their end, keeping the rules of order.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use arrow_array::Array;
use arrow_array::RecordBatch;
use dataward_model::Skipped;
use dataward_model::TableHead;
use futures::StreamExt;
use futures::TryStreamExt;

use super::Breach;
use super::ensure;
use crate::Chunk;
use crate::ConnectError;
use crate::Read;
use crate::ReadRequest;
use crate::Unit;

/// What came out of a unit.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The tables in their order.
    pub tables: Vec<TableRead>,
    /// What was left out.
    pub skipped: Vec<Skipped>,
}

/// What came of one table.
#[derive(Clone, Debug)]
pub struct TableRead {
    /// How it began.
    pub head: TableHead,
    /// All batches.
    pub content: Vec<RecordBatch>,
    /// Rows in them.
    pub rows: u64,
    /// Rows in the largest of them.
    pub largest_batch_rows: usize,
    /// NULLs of each column; a column that a batch lacks counts as NULL in all its rows.
    pub nulls: BTreeMap<String, u64>,
    /// What the end said.
    pub rows_total: Option<u64>,
}

impl TableRead {
    fn new(head: TableHead) -> Self {
        let content = Vec::new();
        Self { head, content, rows: 0, largest_batch_rows: 0, nulls: BTreeMap::new(), rows_total: None }
    }

    fn add(&mut self, batch: RecordBatch) {
        let mut names: BTreeSet<String> = self.head.columns.iter().map(|column| column.name.clone()).collect();
        names.extend(batch.schema().fields().iter().map(|field| field.name().clone()));
        for name in names {
            let nulls = batch.column_by_name(&name).map_or(batch.num_rows(), |column| column.logical_null_count());
            *self.nulls.entry(name).or_default() += nulls as u64;
        }
        self.rows += batch.num_rows() as u64;
        self.largest_batch_rows = self.largest_batch_rows.max(batch.num_rows());
        self.content.push(batch);
    }
}

/// All units of a source; an error in the listing is a breach.
pub async fn list_units(source: &dyn Read) -> Result<Vec<Unit>, Breach> {
    Ok(source.units().await?.try_collect().await?)
}

/// The unit of that name, whatever else cannot be listed.
pub async fn find_unit(source: &dyn Read, name: &str) -> Result<Unit, Breach> {
    let listed: Vec<Result<Unit, ConnectError>> = source.units().await?.collect().await;
    let unit = listed.into_iter().flatten().find(|unit| unit.name == name);
    unit.ok_or_else(|| Breach::new(format!("{name} is not listed")))
}

/// Reads a unit to its end; an error, or a chunk out of its order, is a breach.
pub async fn read_unit(source: &dyn Read, unit: &Unit, request: &ReadRequest) -> Result<Reading, Breach> {
    let name = &unit.name;
    let mut chunks = source.read(unit, request).await?;
    let mut reading = Reading::default();
    let mut open: Option<TableRead> = None;
    while let Some(chunk) = chunks.try_next().await? {
        match chunk {
            Chunk::Begin(head) => {
                ensure(open.is_none(), || format!("{name}: {} begins inside a table", head.name))?;
                open = Some(TableRead::new(head));
            }
            Chunk::Rows(batch) => match &mut open {
                Some(table) => table.add(batch),
                None => return Err(Breach::new(format!("{name}: rows before the beginning of a table"))),
            },
            Chunk::End { rows_total } => match open.take() {
                Some(table) => reading.tables.push(TableRead { rows_total, ..table }),
                None => return Err(Breach::new(format!("{name}: an end without a beginning"))),
            },
            Chunk::Skipped(skipped) => {
                ensure(open.is_none(), || format!("{name}: a skipped part inside a table"))?;
                ensure(!skipped.reason.is_empty(), || format!("{name}: skipped without a reason"))?;
                reading.skipped.push(skipped);
            }
        }
    }
    ensure(open.is_none(), || format!("{name}: the stream ends inside a table"))?;
    Ok(reading)
}
