//! Certificates, OCSP answers and hellos of SSL 2.0: no bytes end in a panic.

#![no_main]

use dataward_tls::Certificate;
use dataward_tls::ocsp::Answer;
use dataward_tls::ssl2::read_server_hello;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(certificate) = Certificate::read(bytes) {
        let _ = certificate.covers("shop.example.org");
        let _ = certificate.lifespan_days();
    }
    let _ = Answer::read(bytes);
    let _ = read_server_hello(bytes);
});
