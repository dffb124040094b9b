//! Columns whose cells are ciphertext: seen by reading some of them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use arrow_array::Array;
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_schema::DataType;
use dataward_model::counted;
use futures::StreamExt;

use super::Protection;
use crate::Chunk;
use crate::ConnectError;
use crate::HowMuch;
use crate::Read;
use crate::ReadRequest;
use crate::Unit;
use crate::ciphertext::Histogram;
use crate::ciphertext::of_cell;
use crate::ciphertext::unpacked;

/// Cells looked at of each column.
const CELLS: u64 = 300;
/// Fewer tell nothing.
const FEWEST: u64 = 5;

/// Reads some rows of a unit and tells which columns hold ciphertext in every filled cell.
///
/// # Errors
/// When the unit cannot be read.
pub async fn of_unit(source: &dyn Read, unit: &Unit) -> Result<Vec<(String, Protection)>, ConnectError> {
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
            Chunk::Rows(batch) => count(&batch, &mut columns),
            Chunk::End { .. } => found.extend(std::mem::take(&mut columns).into_iter().filter_map(|(column, seen)| {
                let all = |count: u64| count == seen.filled && seen.filled >= FEWEST;
                let by = seen
                    .format
                    .filter(|_| all(seen.sealed))
                    .or(all(seen.tink).then_some(Cow::Borrowed("Tink AEAD")))
                    .or(seen.noise.is_of_sealed_values().then_some(Cow::Borrowed("a cipher without a header")))?;
                let proof = format!("all of {} that were read: ciphertext", counted(seen.filled, "cell", "cells"));
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
    /// Cells that begin as Tink's do, and how the first of them did.
    tink: u64,
    prefix: Option<[u8; 5]>,
    /// The bytes of all cells, as far as they are written as bytes.
    noise: Histogram,
}

/// Tink's AEAD output (wire format, "Tink" prefix): 0x01, four bytes of the key's number, the same for all
/// values of a key, then nonce, ciphertext and tag, which are noise.
fn is_tink(cell: &[u8]) -> Option<[u8; 5]> {
    let (prefix, noise) = cell.split_first_chunk::<5>()?;
    // Points on maps (WKB) begin with 1 too, and with small numbers.
    if prefix[0] != 1 || prefix[1..].iter().filter(|byte| **byte == 0).count() > 1 || noise.len() < 28 {
        return None;
    }
    let noise = &noise[..noise.len().min(40)];
    let different: std::collections::BTreeSet<u8> = noise.iter().copied().collect();
    (different.len() * 4 >= noise.len() * 3).then_some(*prefix)
}

fn count(batch: &RecordBatch, columns: &mut BTreeMap<String, Seen>) {
    let schema = batch.schema();
    for (field, array) in schema.fields().iter().zip(batch.columns()) {
        let seen = columns.entry(field.name().clone()).or_default();
        for row in 0..array.len() {
            let Some(cell) = cell(array, row).filter(|cell| !cell.is_empty()) else { continue };
            seen.filled += 1;
            if let Some(format) = of_cell(cell) {
                seen.sealed += 1;
                seen.format = Some(format);
            }
            match (array.data_type(), unpacked(cell)) {
                (_, Some(bytes)) => seen.noise.add(&bytes),
                (DataType::Utf8 | DataType::LargeUtf8, None) => seen.noise.add(&[]),
                _ => seen.noise.add(cell),
            }
            if let Some(prefix) = is_tink(cell)
                && *seen.prefix.get_or_insert(prefix) == prefix
            {
                seen.tink += 1;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_tink_sealed_are_told_from_points_on_maps() {
        let mut sealed = vec![1, 0x4a, 0x99, 0x01, 0xc7];
        sealed.extend((0..40_u8).map(|byte| byte.wrapping_mul(151) ^ 0x5d));
        assert_eq!(is_tink(&sealed), Some([1, 0x4a, 0x99, 0x01, 0xc7]));
        let mut point = vec![1, 1, 0, 0, 0x20];
        point.extend((0..40_u8).map(|byte| byte.wrapping_mul(151)));
        assert_eq!(is_tink(&point), None);
        assert_eq!(is_tink(&sealed[..20]), None);
        assert_eq!(is_tink(&[1; 60]), None);
    }
}
