//! The text scanner, with and without names.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code)]
#[path = "../../crates/detect/tests/checks/mod.rs"]
mod checks;

fuzz_target!(|text: &str| {
    checks::text(checks::detector(false), text);
    checks::text(checks::detector(true), text);
});
