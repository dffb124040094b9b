//! The reader of names of columns: one name a line.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code)]
#[path = "../../crates/detect/tests/checks/mod.rs"]
mod checks;

fuzz_target!(|text: &str| {
    let names: Vec<String> = text.lines().take(8).map(str::to_owned).collect();
    checks::table(&names, &[Some("x".to_owned()), None, Some("12".to_owned())]);
});
