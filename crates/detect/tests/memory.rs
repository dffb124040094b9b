//! A profile takes at most 1 MiB for each column, whatever is fed: measured by
//! what the process holds, which only Linux tells.

#![cfg(target_os = "linux")]

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use dataward_detect::Detector;
use dataward_detect::Options;
use dataward_model::ColumnHead;
use dataward_model::TableHead;

const COLUMNS: usize = 120;
const MEBIBYTE: usize = 1 << 20;

/// Bytes of memory that are in use, in pages of 4 KiB.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

/// Long cells that all differ: the most a sample can hold.
fn worst(column: usize, part: usize) -> RecordBatch {
    let cells = (0..300).map(|row| Some(format!("{column} {part} {row} {}", "Ada Lovelace wrote ".repeat(160))));
    let array: ArrayRef = Arc::new(cells.collect::<StringArray>());
    RecordBatch::try_from_iter([(format!("column_{column}"), array)]).unwrap()
}

#[test]
fn a_column_takes_at_most_one_mebibyte() {
    let detector = Detector::new(Options { today: (2026, 11, 23), names_in_text: false }).unwrap();
    let heads: Vec<ColumnHead> =
        (0..COLUMNS).map(|column| ColumnHead::new(format!("column_{column}"), "text")).collect();
    let head = TableHead::table("wide", heads);
    let mut warm = detector.profile(&head);
    warm.update(&detector, &worst(0, 0));
    drop(warm);
    let before = resident();
    let mut profile = detector.profile(&head);
    for part in 0..2 {
        for column in 0..COLUMNS {
            profile.update(&detector, &worst(column, part));
        }
    }
    let each = resident().saturating_sub(before) / COLUMNS;
    println!("{} KiB for each column", each / 1024);
    assert!(each <= MEBIBYTE, "{each} bytes for each column");
    assert_eq!(profile.rows(), 2 * 300 * COLUMNS as u64);
}
