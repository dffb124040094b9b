//! Columns whose cells are ciphertext: seen by reading some of them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use arrow_array::Array;
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_schema::DataType;
use futures::StreamExt;

use super::Look;
use super::Protection;
use crate::Chunk;
use crate::ConnectError;
use crate::HowMuch;
use crate::Read;
use crate::ReadRequest;
use crate::Unit;

/// Cells looked at of each column.
const CELLS: u64 = 300;
/// Fewer tell nothing.
const FEWEST: u64 = 5;

/// Reads some rows of a unit and tells which columns hold ciphertext in every filled cell.
///
/// # Errors
/// When the unit cannot be read.
pub async fn of_unit(source: &dyn Read, unit: &Unit, look: Look) -> Result<Vec<(String, Protection)>, ConnectError> {
    let request = ReadRequest::new(HowMuch::Sample { rows: CELLS, seed: 1 });
    let mut stream = source.read(unit, &request).await?;
    let mut found = Vec::new();
    let mut table = unit.name.clone();
    let mut columns: BTreeMap<String, Seen> = BTreeMap::new();
    while let Some(chunk) = stream.next().await {
        match chunk? {
            Chunk::Begin(head) => {
                table = head.name;
                columns.clear();
            }
            Chunk::Rows(batch) => count(&batch, look, &mut columns),
            Chunk::End { .. } => found.extend(std::mem::take(&mut columns).into_iter().filter_map(|(column, seen)| {
                let by = seen.format.filter(|_| seen.sealed == seen.filled && seen.filled >= FEWEST)?;
                let proof = format!("all of {} cells that were read are ciphertext", seen.filled);
                let protection =
                    Protection { unit: Some(unit.name.clone()), column: Some(column), by: by.into_owned(), proof };
                Some((table.clone(), protection))
            })),
            Chunk::Skipped(_) => {}
        }
    }
    Ok(found)
}

#[derive(Clone, Debug, Default)]
struct Seen {
    filled: u64,
    sealed: u64,
    format: Option<Cow<'static, str>>,
}

fn count(batch: &RecordBatch, look: Look, columns: &mut BTreeMap<String, Seen>) {
    let schema = batch.schema();
    for (field, array) in schema.fields().iter().zip(batch.columns()) {
        let seen = columns.entry(field.name().clone()).or_default();
        for row in 0..array.len() {
            let Some(cell) = cell(array, row).filter(|cell| !cell.is_empty()) else { continue };
            seen.filled += 1;
            if let Some(format) = look(cell, cell.len() as u64) {
                seen.sealed += 1;
                seen.format = Some(format);
            }
        }
    }
}

/// The bytes of a cell that may hold ciphertext.
fn cell(array: &dyn Array, row: usize) -> Option<&[u8]> {
    if array.is_null(row) {
        return None;
    }
    match array.data_type() {
        DataType::Utf8 => Some(array.as_string::<i32>().value(row).as_bytes()),
        DataType::LargeUtf8 => Some(array.as_string::<i64>().value(row).as_bytes()),
        DataType::Binary => Some(array.as_binary::<i32>().value(row)),
        DataType::LargeBinary => Some(array.as_binary::<i64>().value(row)),
        _ => None,
    }
}
