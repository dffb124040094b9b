//! Just enough CSV for fixtures.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::RecordBatch;
use arrow_array::StringArray;

/// The records of a file.
pub(crate) fn read(path: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut records = vec![vec![String::new()]];
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let record = records.last_mut().unwrap();
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                record.last_mut().unwrap().push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(String::new()),
            '\r' if !quoted => {}
            '\n' if !quoted => records.push(vec![String::new()]),
            other => record.last_mut().unwrap().push(other),
        }
    }
    records.retain(|record| record.len() > 1 || !record[0].is_empty());
    records
}

/// Records as one batch of text columns; empty cells are NULL.
pub(crate) fn batch(names: &[String], records: &[Vec<String>]) -> RecordBatch {
    let columns = names.iter().enumerate().map(|(at, name)| {
        let cells = records.iter().map(|record| record.get(at).map(String::as_str).filter(|cell| !cell.is_empty()));
        (name.clone(), Arc::new(cells.collect::<StringArray>()) as ArrayRef)
    });
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).unwrap()
}
