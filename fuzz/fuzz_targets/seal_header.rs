//! Headers: what is read is written back byte by byte.

#![no_main]

use dataward_seal::esdk::Header;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut input = bytes;
    if let Ok(header) = Header::read(&mut input) {
        let taken = bytes.len() - input.len();
        assert_eq!(header.to_bytes(), &bytes[..taken]);
        assert_eq!(header.length(), taken as u64);
    }
});
