//! The reader of JSON, XML, `key=value` and log lines inside cells; a zero parts the cells.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code)]
#[path = "../../crates/detect/tests/checks/mod.rs"]
mod checks;

fuzz_target!(|text: &str| {
    let cells: Vec<Option<String>> = text.split('\0').take(16).map(|cell| Some(cell.to_owned())).collect();
    checks::table(&["note".to_owned()], &cells);
});
