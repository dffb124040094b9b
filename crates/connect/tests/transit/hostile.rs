//! Servers that hang, lie or never end: each is an answer in bounded time, none a panic.

use std::time::Duration;

use dataward_connect::transit::Limits;
use dataward_connect::transit::TrustedRoots;
use dataward_connect::transit::probe;
use dataward_testkit::server::certificates::Certificate;
use dataward_testkit::server::tls::TlsServer;
use dataward_tls::Version;
use dataward_tls::facts::Protocol;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;

use crate::endpoint;
use crate::fake;
use crate::now;

const IMPATIENT: Limits =
    Limits { handshake: Duration::from_millis(300), whole: Duration::from_secs(20), connections: 6 };

async fn fault(address: &str, protocol: Protocol) -> String {
    let endpoint = endpoint(address, Some(protocol));
    probe(&endpoint, &TrustedRoots::load(), IMPATIENT, now()).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up_soon() {
    let silent = fake::serve(|stream| async move {
        tokio::time::sleep(Duration::from_secs(600)).await;
        drop(stream);
    })
    .await;
    for protocol in [Protocol::Tls, Protocol::Postgresql, Protocol::Mysql, Protocol::Smtp, Protocol::Ldap] {
        let message = fault(&silent, protocol).await;
        assert!(message.contains("nothing") || message.contains("does not answer"), "{protocol:?}: {message}");
    }
}

#[tokio::test]
async fn a_server_that_hangs_at_any_step_before_tls_is_given_up() {
    let cases: [(Protocol, &'static [u8]); 7] = [
        (Protocol::Smtp, b"220 mail"),
        (Protocol::Smtp, b"220 mail\r\n"),
        (Protocol::Smtp, b"220 mail\r\n250-mail\r\n"),
        (Protocol::Smtp, b"220 mail\r\n250-mail\r\n250 STARTTLS\r\n"),
        (Protocol::Smtp, b"220 mail\r\n250-mail\r\n250 STARTTLS\r\n220 go\r\n"),
        (Protocol::Postgresql, b"S"),
        (Protocol::Mysql, b"\x4a\0\0\0\x0a10.11"),
    ];
    for (protocol, said) in cases {
        let address = fake::serve(move |mut stream| async move {
            let _ = stream.write_all(said).await;
            tokio::time::sleep(Duration::from_secs(600)).await;
        })
        .await;
        let message = fault(&address, protocol).await;
        let known = ["says nothing", "does not answer", "does not speak"].iter().any(|words| message.contains(words));
        assert!(known, "{protocol:?} after {:?}: {message}", String::from_utf8_lossy(said));
    }
}

#[tokio::test]
async fn a_server_that_hangs_in_the_middle_of_its_handshake_is_given_up_or_read_as_far_as_it_went() {
    let server = TlsServer::start(Certificate::Good, &["-tls1_2"]);
    let port = server.port();
    for length in [1, 4, 5, 6, 9, 11, 30, 44, 70, 120, 300, 700, 900] {
        let address = fake::serve(move |stream| fake::pass_on_some(stream, port, length)).await;
        let endpoint = endpoint(&address, Some(Protocol::Tls));
        match probe(&endpoint, &TrustedRoots::load(), IMPATIENT, now()).await {
            // A ServerHello has at least five, four and 38 bytes.
            Ok(facts) => assert!(length > 46 && facts.speaks(Version::Tls12), "{length}: {facts:?}"),
            Err(error) => {
                let message = error.to_string();
                let known = message.contains("no handshake could be made") || message.contains("does not answer");
                assert!(known, "{length}: {message}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_not_tls_is_said_to_be_so() {
    let web = fake::serve(|mut stream| async move {
        fake::skip(&mut stream, 5).await;
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    })
    .await;
    assert!(fault(&web, Protocol::Tls).await.contains("the answer is not TLS"));
    let message = fault(&web, Protocol::Postgresql).await;
    assert!(message.contains("does not speak postgresql"), "{message}");
}

#[tokio::test]
async fn a_greeting_without_end_is_cut_off() {
    for greeting in ["250-x", "x"] {
        let address = fake::serve(move |mut stream| async move {
            while stream.write_all(format!("{greeting}\r\n").repeat(100).as_bytes()).await.is_ok() {}
        })
        .await;
        assert!(fault(&address, Protocol::Smtp).await.contains("does not speak smtp"));
    }
}

#[tokio::test]
async fn a_chain_of_certificates_without_end_is_cut_off() {
    let address = fake::serve(|mut stream| async move {
        let mut header = [0; 5];
        let _ = stream.read_exact(&mut header).await;
        let mut asked = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
        let _ = stream.read_exact(&mut asked).await;
        // A ServerHello of the version that was asked for, with the first suite of the list.
        let Some(session) = asked.get(38).map(|length| usize::from(*length)) else { return };
        let mut hello = vec![2, 0, 0, 38, 3, asked[5]];
        hello.extend([1; 32]);
        hello.extend([0, asked[41 + session], asked[42 + session], 0]);
        let mut record = vec![22, 3, 1, 0, hello.len() as u8];
        record.extend(hello);
        let _ = stream.write_all(&record).await;
        let mut endless = vec![22, 3, 1, 0x3f, 0xff, 11, 0x03, 0xff, 0xff, 0x03, 0xff, 0xfc];
        endless.resize(5 + 0x3fff, 0);
        while stream.write_all(&endless).await.is_ok() {}
    })
    .await;
    let message = fault(&address, Protocol::Tls).await;
    assert!(message.contains("does not end"), "{message}");
}

#[tokio::test]
async fn bytes_between_the_go_ahead_and_tls_are_noticed() {
    let server = TlsServer::start(Certificate::Good, &["-tls1_2"]);
    let port = server.port();
    let address = fake::serve(move |mut stream| async move {
        fake::skip(&mut stream, 8).await;
        let _ = stream.write_all(b"SZ").await;
        fake::pass_on(stream, port).await;
    })
    .await;
    let endpoint = endpoint(&address, Some(Protocol::Postgresql));
    // The stray byte spoils the handshakes too: what matters is that nobody takes it for TLS.
    let outcome = probe(&endpoint, &TrustedRoots::load(), IMPATIENT, now()).await;
    assert!(outcome.is_err_and(|error| error.to_string().contains("not TLS")));
    let address = fake::serve(move |mut stream| async move {
        fake::skip(&mut stream, 8).await;
        let _ = stream.write_all(b"S").await;
        let mut first = [0; 1];
        // Speaks first when the client waits.
        match tokio::time::timeout(Duration::from_millis(100), stream.peek(&mut first)).await {
            Ok(_) => fake::pass_on(stream, port).await,
            Err(_) => drop(stream.write_all(b"E").await),
        }
    })
    .await;
    let endpoint = crate::endpoint(&address, Some(Protocol::Postgresql));
    let facts = probe(&endpoint, &TrustedRoots::load(), IMPATIENT, now()).await.unwrap();
    assert!(facts.injects);
}

#[tokio::test]
async fn a_server_that_keeps_what_came_before_tls_is_noticed() {
    let server = TlsServer::start(Certificate::Good, &["-tls1_2"]);
    let port = server.port();
    let address = fake::serve(move |mut stream| async move {
        // As PostgreSQL before 14.1: reads all there is, keeps what is too much for later.
        let mut bytes = [0; 64];
        let _ = stream.read(&mut bytes).await;
        let _ = stream.write_all(b"S").await;
        fake::pass_on(stream, port).await;
    })
    .await;
    let endpoint = endpoint(&address, Some(Protocol::Postgresql));
    let facts = probe(&endpoint, &TrustedRoots::load(), IMPATIENT, now()).await.unwrap();
    assert_eq!((facts.takes_injected, facts.injects), (Some(true), false));
}
