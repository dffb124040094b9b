//! What a server answers to a hello: no bytes end in a panic, and how they were cut on their way says nothing.

#![no_main]

use dataward_tls::Answer;
use dataward_tls::FlightReader;
use dataward_tls::Suite;
use dataward_tls::Version;
use libfuzzer_sys::fuzz_target;

/// A suite each of elliptic curves, finite fields, plain RSA and TLS 1.3.
const OFFERED: &[Suite] = &[Suite(0xc02f), Suite(0x0033), Suite(0x002f), Suite(0x1301)];

fn read(asked: Version, bytes: &[u8], size: usize) -> Answer {
    let mut reader = FlightReader::new(asked, OFFERED, false);
    for piece in bytes.chunks(size) {
        if let Some(answer) = reader.push(piece) {
            return answer;
        }
    }
    reader.end(Answer::Closed)
}

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (version, size, bytes) = input;
    let asked = [Version::Ssl3, Version::Tls10, Version::Tls12, Version::Tls13][usize::from(version % 4)];
    assert_eq!(read(asked, bytes, usize::from(size).max(1)), read(asked, bytes, usize::MAX));
});
