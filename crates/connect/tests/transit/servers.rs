//! `openssl s_server` in all its modes.

use std::path::PathBuf;

use dataward_connect::transit::Endpoint;
use dataward_connect::transit::Limits;
use dataward_connect::transit::TrustedRoots;
use dataward_connect::transit::probe;
use dataward_testkit::server::certificates::Certificate;
use dataward_testkit::server::certificates::Certificates;
use dataward_testkit::server::certificates::Responder;
use dataward_testkit::server::tls::ANYTHING_GOES;
use dataward_testkit::server::tls::OldMethod;
use dataward_testkit::server::tls::TlsServer;
use dataward_tls::Group;
use dataward_tls::Suite;
use dataward_tls::Version;
use dataward_tls::certificate::KeyKind;
use dataward_tls::certificate::SignatureHash;
use dataward_tls::facts::PlainHttp;
use dataward_tls::facts::Protocol;
use dataward_tls::facts::Trust;
use dataward_tls::ocsp::Stapled;
use tokio::io::AsyncWriteExt;

use crate::ask;
use crate::endpoint;
use crate::fake;
use crate::now;
use crate::spoken;

const TLS: Option<Protocol> = Some(Protocol::Tls);

#[tokio::test]
async fn a_server_of_today_speaks_what_it_is_told_to() {
    let server = TlsServer::start(Certificate::Good, &[]);
    let facts = ask(&server.address(), TLS, Some(&server.authority())).await;
    assert_eq!(spoken(&facts), [Version::Tls12, Version::Tls13]);
    assert!(facts.complete && facts.malformed.is_empty(), "{facts:?}");
    assert_eq!(facts.compresses, Some(false));
    assert_eq!(facts.renegotiates_safely, Some(true));
    assert_eq!(facts.notices_fallback, Some(true));
    assert_eq!(facts.groups.first(), Some(&Group(29)), "{:?}", facts.groups);
    assert!(facts.groups.contains(&Group(23)) && facts.groups.contains(&Group(256)), "{:?}", facts.groups);
    let [chain] = facts.chains.as_slice() else { panic!("{:?}", facts.chains) };
    assert_eq!((chain.public, chain.named), (Trust::UnknownIssuer, Some(Trust::Trusted)));
    let leaf = chain.leaf().unwrap();
    assert!(leaf.is_valid_at(now()) && leaf.covers("127.0.0.1") && leaf.covers("localhost"));
    assert_eq!((leaf.key, leaf.key_bits, leaf.hash), (KeyKind::Ecdsa, 256, SignatureHash::Sha2));
}

#[tokio::test]
async fn each_version_is_told_from_the_others() {
    let cases: [(&[&str], &[Version]); 4] = [
        (&["-tls1_3"], &[Version::Tls13]),
        (&["-tls1_2"], &[Version::Tls12]),
        (&["-tls1_1"], &[Version::Tls11]),
        (&["-no_tls1_2"], &[Version::Tls10, Version::Tls11, Version::Tls13]),
    ];
    for (arguments, versions) in cases {
        let server = TlsServer::start(Certificate::Good, &[&ANYTHING_GOES, arguments].concat());
        let facts = ask(&server.address(), TLS, None).await;
        assert_eq!(spoken(&facts), versions, "{arguments:?}");
        assert_eq!(facts.chains.len(), 1, "{arguments:?}");
    }
}

#[tokio::test]
async fn servers_of_old_are_told_by_the_version_and_show_their_certificate() {
    let old = [Version::Ssl2, Version::Ssl3, Version::Tls10, Version::Tls11, Version::Tls12];
    for (method, versions) in [(OldMethod::Ssl2, &old[..1]), (OldMethod::Ssl3, &old[1..2]), (OldMethod::All, &old[..])]
    {
        let server = TlsServer::of_old(method);
        let facts = ask(&server.address(), TLS, None).await;
        assert_eq!(spoken(&facts), versions, "{method:?}");
        let [chain] = facts.chains.as_slice() else { panic!("{method:?}: {:?}", facts.chains) };
        let leaf = chain.leaf().unwrap();
        assert_eq!((leaf.key, leaf.key_bits, leaf.hash), (KeyKind::Rsa, 2048, SignatureHash::Sha1), "{method:?}");
    }
}

#[tokio::test]
async fn suites_are_those_the_server_was_given() {
    let ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-NULL-SHA:AECDH-AES128-SHA";
    let server = TlsServer::start(Certificate::Good, &["-tls1_2", "-cipher", &format!("{ciphers}:@SECLEVEL=0")]);
    let facts = ask(&server.address(), TLS, None).await;
    let mut found: Vec<Suite> = facts.suites().map(|(_, suite)| suite).collect();
    found.sort();
    assert_eq!(found, [Suite(0xc006), Suite(0xc018), Suite(0xc02b), Suite(0xcca9)]);
}

#[tokio::test]
async fn certificates_with_a_fault_are_read_and_the_fault_seen() {
    let cases = [
        (Certificate::Expired, false, true, Trust::Trusted),
        (Certificate::WrongName, true, false, Trust::Trusted),
        (Certificate::SelfSigned, true, true, Trust::UnknownIssuer),
    ];
    for (certificate, valid, covers, named) in cases {
        for version in ["-tls1_2", "-tls1_3"] {
            let server = TlsServer::start(certificate, &[version]);
            let facts = ask(&server.address(), TLS, Some(&server.authority())).await;
            let chain = &facts.chains[0];
            let leaf = chain.leaf().unwrap();
            let seen = (leaf.is_valid_at(now()), leaf.covers("127.0.0.1"), chain.named);
            assert_eq!(seen, (valid, covers, Some(named)), "{certificate:?} {version}");
            assert_eq!(leaf.is_self_issued, certificate == Certificate::SelfSigned);
        }
    }
}

#[tokio::test]
async fn stapled_answers_are_believed_when_the_authority_gave_them() {
    type Make = fn(&Certificates) -> PathBuf;
    let damaged: Make = |certificates| {
        let file = certificates.answer(Certificate::Good, Responder::Authority);
        let mut bytes = std::fs::read(&file).unwrap();
        // The time at which the answer was made: a digit of its year.
        let year = bytes.windows(3).position(|window| window == [0x18, 0x0f, b'2']).unwrap() + 5;
        bytes[year] ^= 1;
        std::fs::write(&file, bytes).unwrap();
        file
    };
    let revoked: Make = |certificates| {
        certificates.revoke(Certificate::Good);
        certificates.answer(Certificate::Good, Responder::Authority)
    };
    let try_later: Make = |certificates| {
        let file = certificates.authority().with_extension("ocsp");
        std::fs::write(&file, [0x30, 3, 0x0a, 1, 3]).unwrap();
        file
    };
    let cases: [(Make, &str); 8] = [
        (|certificates| certificates.answer(Certificate::Good, Responder::Authority), "good"),
        (|certificates| certificates.answer(Certificate::Good, Responder::Deputy), "good"),
        (|certificates| certificates.answer(Certificate::Good, Responder::Impostor), "not-signed"),
        (|certificates| certificates.answer(Certificate::Good, Responder::Stranger), "not-signed"),
        (|certificates| certificates.answer(Certificate::WrongName, Responder::Authority), "of-another-certificate"),
        (damaged, "not-signed"),
        (revoked, "revoked"),
        (try_later, "useless"),
    ];
    for (at, (answer, expected)) in cases.into_iter().enumerate() {
        for version in ["-tls1_2", "-tls1_3"] {
            let server = TlsServer::stapling(Certificate::Good, answer, &[version]);
            let facts = ask(&server.address(), TLS, Some(&server.authority())).await;
            let said = facts.chains[0].stapled.map(Stapled::as_str);
            assert_eq!(said, Some(expected), "{at} {version}");
        }
    }
}

#[tokio::test]
async fn short_keys_and_old_signatures_are_seen() {
    let weak = ["-tls1_2", "-cipher", "ALL:@SECLEVEL=0"];
    let server = TlsServer::with_request("-newkey rsa:1024 -sha1 -days 2", &weak);
    let facts = ask(&server.address(), TLS, None).await;
    let leaf = facts.chains[0].leaf().unwrap();
    assert_eq!((leaf.key, leaf.key_bits, leaf.hash), (KeyKind::Rsa, 1024, SignatureHash::Sha1));
    assert!(facts.suites().any(|(_, suite)| suite == Suite(0x002f)), "key exchange by RSA is seen");
}

#[tokio::test]
async fn the_prime_of_a_key_exchange_is_measured() {
    let only = ["-tls1_2", "-cipher", "DHE-RSA-AES128-SHA:@SECLEVEL=0"];
    let server = TlsServer::with_request("-newkey rsa:2048", &only);
    let facts = ask(&server.address(), TLS, None).await;
    assert_eq!(facts.dh_bits, Some(2048), "OpenSSL picks a prime as long as the key of the certificate");
}

#[tokio::test]
async fn a_promise_to_use_https_is_read_and_plain_http_is_asked() {
    const HEAD: &str = "HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=300; preload\r\n\r\n";
    let folder = tempfile::tempdir().unwrap();
    let certificates = Certificates::make(&folder.path().join("certificates"));
    let good = (certificates.certificate(Certificate::Good), certificates.key(Certificate::Good));
    let address = fake::serve_https(&good.0, &good.1, HEAD).await;
    let answers = [
        ("HTTP/1.1 301 Moved\r\nLocation: https://127.0.0.1/\r\n\r\n", PlainHttp::Redirects),
        ("HTTP/1.1 200 OK\r\n\r\n", PlainHttp::Serves),
        ("SSH-2.0-x\r\n", PlainHttp::Closed),
    ];
    for (answer, expected) in answers {
        let plain = fake::serve(move |mut stream| async move {
            fake::skip(&mut stream, 5).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        })
        .await;
        let port = plain.rsplit_once(':').unwrap().1.parse().unwrap();
        let endpoint = Endpoint { plain_http: Some(port), ..endpoint(&address, Some(Protocol::Https)) };
        let facts = probe(&endpoint, &TrustedRoots::load(), Limits::default(), now()).await.unwrap();
        assert_eq!(facts.http.map(|http| (http.hsts_seconds, http.plain)), Some((Some(300), expected)));
        assert_eq!(facts.groups.first(), Some(&Group(0x11ec)), "rustls prefers what quantum computers do not break");
    }
}

#[tokio::test]
async fn what_is_spoken_on_an_unknown_port_is_found_out() {
    let server = TlsServer::start(Certificate::Good, &[]);
    let facts = ask(&server.address(), None, None).await;
    assert_eq!(facts.protocol, Protocol::Tls);
    assert_eq!(spoken(&facts), [Version::Tls12, Version::Tls13]);
}
