//! Messages of the AWS Encryption SDK: whatever the bytes are, no panic, bounded memory, and nothing
//! released that was not sealed. The input changes a true message, so that it comes past the header.

#![no_main]

use dataward_seal::SecretKey;
use dataward_seal::esdk;
use dataward_seal::esdk::Context;
use dataward_seal::esdk::OlderSuites;
use dataward_seal::esdk::OpenRules;
use dataward_seal::esdk::OpenStream;
use dataward_seal::esdk::SealStream;
use dataward_seal::recipient::Identity;
use dataward_seal::recipient::LOCAL;
use dataward_seal::recipient::RawAes;
use libfuzzer_sys::fuzz_target;

const TEXT: &[u8] = b"what was sealed";

fuzz_target!(|bytes: &[u8]| {
    let key = RawAes::new(LOCAL, "files/1", SecretKey::of(&[1; 32]));
    let rules = OpenRules { older_suites: OlderSuites::Open, ..OpenRules::default() };
    let open = |mut message: &[u8]| {
        let identities: [&dyn Identity; 1] = [&key];
        let opened = esdk::open(&mut message, &identities, &rules).ok()?;
        let mut out = Vec::new();
        let whole = OpenStream::new(message, opened).copy_to(&mut out).is_ok();
        Some((out, whole))
    };
    // As it is: nothing that we did not seal opens with our key.
    assert!(open(bytes).is_none_or(|(out, _)| out.is_empty()));
    // Laid over a true message: position, then what is written there.
    let message = esdk::begin(&[&key], Context::of([("class", "files")])).expect("one recipient");
    let mut stream = SealStream::new(Vec::new(), message).expect("memory takes it");
    stream.push(TEXT).expect("memory takes it");
    let mut message = stream.finish().expect("memory takes it");
    let Some((position, change)) = bytes.split_first_chunk::<2>() else { return };
    let start = usize::from(u16::from_be_bytes(*position)) % message.len();
    let before = message.clone();
    for (there, new) in message[start..].iter_mut().zip(change) {
        *there = *new;
    }
    match open(&message) {
        Some((out, true)) => assert!(message == before && out == TEXT, "a changed message opened"),
        Some((out, false)) => assert!(out.is_empty(), "part of a frame was released"),
        None => {}
    }
});
