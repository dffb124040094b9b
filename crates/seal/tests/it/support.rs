//! Messages and keys for tests.

use std::io::Cursor;

use dataward_seal::SealError;
use dataward_seal::SecretKey;
use dataward_seal::esdk;
use dataward_seal::esdk::Context;
use dataward_seal::esdk::OpenRules;
use dataward_seal::esdk::OpenStream;
use dataward_seal::esdk::SealStream;
use dataward_seal::recipient::Identity;
use dataward_seal::recipient::LOCAL;
use dataward_seal::recipient::RawAes;

/// A key-encryption key; another number is another key of the same name.
pub(crate) fn key(number: u8) -> RawAes {
    RawAes::new(LOCAL, "files/1", SecretKey::of(&[number; 32]))
}

/// Bytes that differ everywhere.
pub(crate) fn text(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 31 + index / 251) as u8).collect()
}

/// A message of ours.
pub(crate) fn sealed(text: &[u8], key: &RawAes) -> Vec<u8> {
    let message = esdk::begin(&[key], Context::of([("class", "files"), ("format", "dataward/1")])).unwrap();
    let mut stream = SealStream::new(Vec::new(), message).unwrap();
    // In odd pieces, as a pipe gives them.
    for piece in text.chunks(10_007) {
        stream.push(piece).unwrap();
    }
    stream.finish().unwrap()
}

/// What a reader gets before the end or the first error, and that error.
pub(crate) fn opened(bytes: &[u8], identity: &dyn Identity, rules: &OpenRules) -> (Vec<u8>, Option<SealError>) {
    let mut input = Cursor::new(bytes);
    let mut released = Vec::new();
    let message = match esdk::open(&mut input, &[identity], rules) {
        Ok(message) => message,
        Err(error) => return (released, Some(error)),
    };
    let result = OpenStream::new(input, message).copy_to(&mut released);
    (released, result.err())
}

/// The error of a message that must not open.
pub(crate) fn refusal(bytes: &[u8], identity: &dyn Identity) -> String {
    opened(bytes, identity, &OpenRules::default()).1.expect("must be refused").to_string()
}
