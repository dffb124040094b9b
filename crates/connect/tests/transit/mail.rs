//! Protocols in which TLS begins in the middle.

use dataward_testkit::server::certificates::Certificate;
use dataward_testkit::server::tls::TlsServer;
use dataward_tls::Version;
use dataward_tls::facts::PlaintextLogins;
use dataward_tls::facts::Protocol;

use crate::ask;
use crate::fake;
use crate::spoken;

type Script = (Protocol, &'static str, &'static [(&'static str, &'static str)], &'static str, PlaintextLogins);

const SCRIPTS: [Script; 5] = [
    (
        Protocol::Smtp,
        "220-mail.example\r\n220 ESMTP ready\r\n",
        &[("EHLO", "250-mail.example\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n"), ("STARTTLS", "220 go\r\n")],
        "STARTTLS",
        PlaintextLogins::AsksForPassword,
    ),
    (
        Protocol::Smtp,
        "220 ESMTP ready\r\n",
        &[("EHLO", "250-mail.example\r\n250 STARTTLS\r\n"), ("STARTTLS", "220 go\r\n")],
        "STARTTLS",
        PlaintextLogins::Refused,
    ),
    (
        Protocol::Imap,
        "* OK ready\r\n",
        &[
            ("a CAPABILITY", "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\na OK done\r\n"),
            ("b STARTTLS", "b OK go\r\n"),
        ],
        "b STARTTLS",
        PlaintextLogins::Refused,
    ),
    (
        Protocol::Pop3,
        "+OK ready\r\n",
        &[("CAPA", "+OK\r\nUSER\r\nSTLS\r\n.\r\n"), ("STLS", "+OK go\r\n")],
        "STLS",
        PlaintextLogins::AsksForPassword,
    ),
    (
        Protocol::Ftp,
        "220 FTP ready\r\n",
        &[("USER", "530 use TLS\r\n"), ("AUTH TLS", "234 go\r\n")],
        "AUTH TLS",
        PlaintextLogins::Refused,
    ),
];

#[tokio::test]
async fn tls_begins_where_each_protocol_says() {
    let server = TlsServer::start(Certificate::Good, &["-tls1_2"]);
    let port = server.port();
    for (protocol, greeting, answers, begin, plaintext) in SCRIPTS {
        let address = fake::serve(move |stream| fake::speak(stream, greeting, answers, begin, port)).await;
        // Once told what is spoken, once found out by the greeting.
        for given in [Some(protocol), None] {
            let facts = ask(&address, given, None).await;
            assert_eq!(facts.protocol, protocol);
            assert_eq!((spoken(&facts), facts.plaintext), (vec![Version::Tls12], plaintext), "{protocol:?}");
        }
    }
}

#[tokio::test]
async fn ldap_begins_tls_by_a_request_with_a_name() {
    let server = TlsServer::start(Certificate::Good, &["-tls1_2"]);
    let port = server.port();
    let address = fake::serve(move |mut stream| async move {
        use tokio::io::AsyncWriteExt;
        let mut kind = [0; 6];
        let _ = tokio::io::AsyncReadExt::read_exact(&mut stream, &mut kind).await;
        if kind[5] == 0x77 {
            fake::skip(&mut stream, 25).await;
            let _ = stream.write_all(&[0x30, 12, 2, 1, 1, 0x78, 7, 0x0a, 1, 0, 4, 0, 4, 0]).await;
            fake::pass_on(stream, port).await;
        } else {
            // confidentialityRequired
            let _ = stream.write_all(&[0x30, 12, 2, 1, 1, 0x61, 7, 0x0a, 1, 13, 4, 0, 4, 0]).await;
        }
    })
    .await;
    let facts = ask(&address, Some(Protocol::Ldap), None).await;
    assert_eq!((spoken(&facts), facts.plaintext), (vec![Version::Tls12], PlaintextLogins::Refused));
}

#[tokio::test]
async fn a_mail_server_without_tls_is_no_error() {
    const ANSWERS: &[(&str, &str)] = &[("EHLO", "250-mail.example\r\n250 AUTH CRAM-MD5\r\n")];
    let address = fake::serve(|stream| fake::speak(stream, "220 ESMTP\r\n", ANSWERS, "never", 0)).await;
    let facts = ask(&address, Some(Protocol::Smtp), None).await;
    assert_eq!((facts.offers_tls, facts.plaintext), (false, PlaintextLogins::AsksForProof));
}
