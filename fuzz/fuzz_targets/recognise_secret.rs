//! The recognisers of the family `secret`: the bytes as they are, and as damage done to an example.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code)]
#[path = "../../crates/detect/tests/checks/mod.rs"]
mod checks;

fuzz_target!(|bytes: &[u8]| {
    let family = checks::family("secret");
    if let Ok(text) = std::str::from_utf8(bytes) {
        checks::value(&family, text);
    }
    checks::value(&family, &checks::damaged(&family, bytes));
});
