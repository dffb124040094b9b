//! Each thing that the transit audit promises to tell, on the command line and against a real server.

use std::collections::BTreeSet;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::net::UdpSocket;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;

use dataward_testkit::server::certificates::Certificate;
use dataward_testkit::server::certificates::Certificates;
use dataward_testkit::server::certificates::Responder;
use dataward_testkit::server::mail::MailServer;
use dataward_testkit::server::mail::MailTls;
use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::postgres::PASSWORD;
use dataward_testkit::server::postgres::PostgresServer;
use dataward_testkit::server::tls::OldMethod;
use dataward_testkit::server::tls::TlsServer;
use rustls::ServerConfig;
use rustls::ServerConnection;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::Value;

use crate::support::Desk;

/// What is wrong with the one endpoint of a report, beside what is only worth knowing: the OpenSSL of Debian 12 has no
/// group against quantum computers.
fn checks(report: &Value) -> BTreeSet<String> {
    let problems = report["endpoints"][0]["problems"].as_array().unwrap_or_else(|| panic!("{report}"));
    let wrong = problems.iter().filter(|problem| problem["severity"] != "info");
    wrong.map(|problem| problem["check"].as_str().unwrap().to_owned()).collect()
}

fn versions(report: &Value) -> Vec<&str> {
    let all = report["endpoints"][0]["versions"].as_array().unwrap_or_else(|| panic!("{report}"));
    all.iter().filter(|one| one["supported"] == true).map(|one| one["version"].as_str().unwrap()).collect()
}

#[test]
fn each_version_from_ssl_2_to_tls_1_3_is_told_and_old_ones_are_problems() {
    let desk = Desk::new();
    let old = ["SSL 2.0", "SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2"];
    for (method, spoken) in [(OldMethod::All, &old[..]), (OldMethod::Ssl2, &old[..1]), (OldMethod::Ssl3, &old[1..2])] {
        let server = TlsServer::of_old(method);
        let report = desk.json(&["transit", &server.address(), "--fail-on", "never"]);
        assert_eq!(versions(&report), spoken, "{method:?}");
        let endpoint = &report["endpoints"][0];
        assert_eq!((&endpoint["grade"]["letter"], &endpoint["mozilla"]), (&"F".into(), &"none".into()));
        let found = checks(&report);
        assert!(found.contains("transit/old-version") && found.contains("transit/certificate-key"), "{found:?}");
        assert_eq!(endpoint["chains"][0]["certificates"][0]["signature_hash"], "sha1", "{method:?}: {endpoint}");
        let said = desk.run(&["transit", &server.address(), "--fail-on", "high"]);
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.out.contains(spoken[0]) && !said.out.contains("shows no certificate"), "{}", said.out);
    }
    let server = TlsServer::start(Certificate::Good, &[]);
    let authority = server.authority().display().to_string();
    let report = desk.json(&["transit", &server.address(), "--ca", &authority]);
    assert_eq!((versions(&report), checks(&report)), (vec!["TLS 1.2", "TLS 1.3"], BTreeSet::new()));
}

#[test]
fn keys_suites_and_exchanges_that_are_too_weak_are_told() {
    let desk = Desk::new();
    let cases: [(&str, &[&str], &[&str]); 4] = [
        ("-newkey rsa:1024 -sha1", &["-tls1_2", "-cipher", "ALL:@SECLEVEL=0"], &["transit/certificate-key"]),
        ("-newkey rsa:2048", &["-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"], &["transit/weak-exchange"]),
        ("-newkey rsa:2048", &["-tls1_2", "-cipher", "ECDHE-RSA-NULL-SHA:@SECLEVEL=0"], &["transit/weak-cipher"]),
        ("-newkey rsa:1024", &["-tls1_2", "-cipher", "DHE-RSA-AES128-SHA:@SECLEVEL=0"], &["transit/weak-exchange"]),
    ];
    for (request, arguments, expected) in cases {
        let server = TlsServer::with_request(request, arguments);
        let report = desk.json(&["transit", &server.address(), "--fail-on", "never"]);
        let found = checks(&report);
        assert!(expected.iter().all(|check| found.contains(*check)), "{request} {arguments:?}: {found:?}");
        assert!(report["endpoints"][0]["grade"]["setting"].is_string(), "{report}");
    }
}

#[test]
fn what_the_authority_says_of_a_certificate_is_told() {
    let desk = Desk::new();
    type Make = fn(&Certificates) -> std::path::PathBuf;
    let revoked: Make = |certificates| {
        certificates.revoke(Certificate::Good);
        certificates.answer(Certificate::Good, Responder::Authority)
    };
    let good: Make = |certificates| certificates.answer(Certificate::Good, Responder::Authority);
    for (answer, word, problem) in [(good, "good", false), (revoked, "revoked", true)] {
        let server = TlsServer::stapling(Certificate::Good, answer, &["-tls1_3"]);
        let authority = server.authority().display().to_string();
        let report = desk.json(&["transit", &server.address(), "--ca", &authority, "--fail-on", "never"]);
        assert_eq!(report["endpoints"][0]["chains"][0]["ocsp"], word);
        assert_eq!(checks(&report).contains("transit/revocation"), problem, "{word}");
    }
}

/// What is wrong with a certificate: the check of each fault, for a client that knows the authority.
const FAULTS: [(Certificate, &str); 4] = [
    (Certificate::Good, ""),
    (Certificate::Expired, "transit/certificate-dates"),
    (Certificate::SelfSigned, "transit/certificate-trust"),
    (Certificate::WrongName, "transit/certificate-name"),
];

/// The problems of a report that are about the certificate.
fn of_certificate(report: &Value) -> Vec<String> {
    checks(report).into_iter().filter(|check| check.starts_with("transit/certificate")).collect()
}

fn expected(fault: &str) -> Vec<String> {
    [fault].into_iter().filter(|fault| !fault.is_empty()).map(str::to_owned).collect()
}

#[test]
fn the_fault_of_each_certificate_is_told_of_tls_servers_and_mail_servers() {
    let desk = Desk::new();
    for (certificate, fault) in FAULTS {
        let server = TlsServer::start(certificate, &["-tls1_3"]);
        let authority = server.authority().display().to_string();
        let report = desk.json(&["transit", &server.address(), "--ca", &authority, "--fail-on", "never"]);
        assert_eq!(of_certificate(&report), expected(fault), "{certificate:?}");
        let server = MailServer::start(certificate, MailTls::Required);
        let authority = server.authority().display().to_string();
        let report = desk.json(&["transit", &server.address(), "--ca", &authority, "--fail-on", "never"]);
        assert_eq!(report["endpoints"][0]["protocol"], "smtp");
        assert_eq!(of_certificate(&report), expected(fault), "mail, {certificate:?}");
    }
}

#[test]
fn the_fault_of_each_certificate_is_told_of_postgresql() {
    let (desk, server) = (Desk::new(), PostgresServer::private());
    let address = format!("postgres://127.0.0.1:{}", server.server().port());
    let authority = server.certificates().authority().display().to_string();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for (certificate, fault) in FAULTS {
        runtime.block_on(server.show_certificate(certificate));
        let ask = || desk.json(&["transit", &address, "--ca", &authority, "--fail-on", "never"]);
        // The server reads its certificate again a moment after it was told to.
        let mut found = Vec::new();
        for _ in 0..20 {
            found = of_certificate(&ask());
            if found == expected(fault) {
                break;
            }
        }
        assert_eq!(found, expected(fault), "{certificate:?}");
    }
}

#[test]
fn the_fault_of_each_certificate_is_told_of_mariadb_and_that_it_has_none() {
    let desk = Desk::new();
    for (certificate, fault) in FAULTS {
        let server = MariaDbServer::private(certificate);
        let authority = server.certificates().authority().display().to_string();
        let address = format!("mysql://127.0.0.1:{}", server.server().port());
        let report = desk.json(&["transit", &address, "--ca", &authority, "--fail-on", "never"]);
        assert_eq!(of_certificate(&report), expected(fault), "{certificate:?}");
    }
    let server = MariaDbServer::private_without_tls();
    let report =
        desk.json(&["transit", &format!("mysql://127.0.0.1:{}", server.server().port()), "--fail-on", "never"]);
    assert_eq!(report["endpoints"][0]["offers_tls"], false);
    assert!(checks(&report).contains("transit/no-encryption"), "{report}");
}

#[test]
fn a_mail_server_that_takes_passwords_before_tls_is_told_and_one_without_tls_too() {
    let desk = Desk::new();
    for (tls, logins, problem) in [
        (MailTls::Required, "refused", None),
        (MailTls::Optional, "password", Some("transit/plaintext-logins")),
        (MailTls::None, "password", Some("transit/no-encryption")),
    ] {
        let server = MailServer::start(Certificate::Good, tls);
        let authority = server.authority().display().to_string();
        let address = format!("smtp://{}", server.address());
        let report = desk.json(&["transit", &address, "--ca", &authority, "--fail-on", "never"]);
        let endpoint = &report["endpoints"][0];
        assert_eq!(endpoint["plaintext_logins"], logins, "{tls:?}");
        assert_eq!(endpoint["offers_tls"], tls != MailTls::None);
        let found = checks(&report);
        assert!(problem.is_none_or(|problem| found.contains(problem)), "{tls:?}: {found:?}");
        assert_eq!(problem.is_none(), found.is_empty(), "{tls:?}: {found:?}");
    }
}

/// A web server with TLS that sends `head`, on a port of this address; `plain` is what the port of plain HTTP says.
fn serve_web(host: Ipv4Addr, head: &'static str, plain: Option<&'static str>) -> Vec<Arc<TcpListener>> {
    let folder = tempfile::tempdir().unwrap();
    let made = Certificates::make(&folder.path().join("certificates"));
    let chain = CertificateDer::pem_file_iter(made.certificate(Certificate::Good)).unwrap();
    let chain = chain.map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(made.key(Certificate::Good)).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap());
    let bound = |port: u16| {
        let listener = TcpListener::bind((host, port));
        Arc::new(listener.unwrap_or_else(|error| panic!("this test needs the right to listen on {port}: {error}")))
    };
    let web = bound(443);
    let mut listeners = vec![Arc::clone(&web)];
    std::thread::spawn(move || {
        for mut stream in web.incoming().map_while(Result::ok) {
            let config = Arc::clone(&config);
            std::thread::spawn(move || {
                let mut tls = ServerConnection::new(config).unwrap();
                let mut tls = rustls::Stream::new(&mut tls, &mut stream);
                let mut line = String::new();
                if BufReader::new(&mut tls).read_line(&mut line).is_ok_and(|read| read > 0) {
                    let _ = tls.write_all(head.as_bytes());
                    tls.conn.send_close_notify();
                    let _ = tls.flush();
                }
            });
        }
    });
    if let Some(plain) = plain {
        let http = bound(80);
        listeners.push(Arc::clone(&http));
        std::thread::spawn(move || {
            for mut stream in http.incoming().map_while(Result::ok) {
                let mut line = String::new();
                let _ = BufReader::new(&stream).read_line(&mut line);
                let _ = stream.write_all(plain.as_bytes());
            }
        });
    }
    listeners
}

#[test]
fn a_web_server_is_told_by_its_promise_and_by_what_plain_http_does() {
    const PROMISE: &str = "HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=63072000\r\nConnection: close\r\n\r\n";
    const SHORT: &str = "HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=86400\r\nConnection: close\r\n\r\n";
    const NONE: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
    const MOVED: &str = "HTTP/1.1 301 Moved\r\nLocation: https://shop.example/\r\nConnection: close\r\n\r\n";
    let desk = Desk::new();
    let cases = [
        (PROMISE, Some(MOVED), Some(63_072_000), "redirects", vec![]),
        (SHORT, None, Some(86_400), "closed", vec!["for 1 day only"]),
        (NONE, Some(NONE), None, "serves", vec!["over plain HTTP", "does not tell browsers"]),
    ];
    // An address of this machine that no other test of any checkout has.
    let [_, second, third, fourth] = std::process::id().to_be_bytes();
    for (at, (head, plain, seconds, beside, expected)) in cases.into_iter().enumerate() {
        let host = Ipv4Addr::new(127, 16 * (at as u8 + 1) + (second & 15), third, fourth.clamp(1, 254));
        let _listeners = serve_web(host, head, plain);
        let report = desk.json(&["transit", &format!("https://{host}"), "--fail-on", "never"]);
        let endpoint = &report["endpoints"][0];
        assert_eq!(endpoint["hsts_seconds"].as_u64(), seconds, "{report}");
        assert_eq!(endpoint["plain_http"], beside, "{report}");
        assert_eq!(versions(&report), sslscan(&format!("{host}:443")), "of rustls too sslscan says the same");
        assert_eq!(endpoint["groups"][0], "X25519MLKEM768", "what quantum computers do not break comes first");
        let problems = endpoint["problems"].as_array().unwrap().iter().filter(|one| one["check"] == "transit/web");
        let titles: Vec<&str> = problems.map(|one| one["title"].as_str().unwrap()).collect();
        assert_eq!(titles.len(), expected.len(), "{titles:?}");
        assert!(expected.iter().all(|words| titles.iter().any(|title| title.contains(words))), "{titles:?}");
    }
}

/// The versions that sslscan finds.
fn sslscan(address: &str) -> Vec<&'static str> {
    let said = Command::new("sslscan").args(["--no-colour", "--no-ciphersuites", address]).output().unwrap();
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    let words = [("SSLv2", "SSL 2.0"), ("SSLv3", "SSL 3.0"), ("TLSv1.0", "TLS 1.0"), ("TLSv1.1", "TLS 1.1")];
    let words = words.into_iter().chain([("TLSv1.2", "TLS 1.2"), ("TLSv1.3", "TLS 1.3")]);
    let is_spoken = |word: &str| text.lines().any(|line| line.starts_with(word) && line.ends_with("enabled"));
    words.filter(|(word, _)| is_spoken(word)).map(|(_, version)| version).collect()
}

/// An address of this machine by which others reach it; none where it has no net.
fn own_address() -> Option<IpAddr> {
    // Nothing is sent: the system only picks the address that it would send from.
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("198.51.100.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|address| !address.is_loopback() && !address.is_unspecified())
}

/// A client program that stays connected until it is dropped.
struct Client(Child);

impl Client {
    /// Starts it and waits until the server answered its first statement.
    fn connected(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        child.stdin.as_mut().unwrap().write_all(b"SELECT 42;\n").unwrap();
        let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
        assert_eq!(lines.next().unwrap().unwrap().trim(), "42", "{command:?}");
        drop(lines);
        Self(child)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn clients_that_are_connected_in_the_clear_and_addresses_that_check_nobody_are_told() {
    let newest = *PostgresServer::versions().last().unwrap();
    let postgres = PostgresServer::private_with(newest, &["listen_addresses = '*'"]);
    let mariadb = MariaDbServer::private_with(&["--bind-address=0.0.0.0", "--performance-schema=ON"]);
    let address = own_address();
    let host = address.map_or("127.0.0.1".to_owned(), |address| address.to_string());
    let rules = postgres.server().inside().join("data/pg_hba.conf");
    let mut text = std::fs::read_to_string(&rules).unwrap();
    text += "host all all samenet scram-sha-256\n";
    std::fs::write(&rules, text).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        postgres
            .execute("postgres", "CREATE ROLE billing LOGIN PASSWORD 'correct horse'; SELECT pg_reload_conf()")
            .await;
        mariadb.execute("mysql", "CREATE USER billing@'%' IDENTIFIED BY 'correct horse'; CREATE DATABASE shop").await;
        let people = "CREATE TABLE people (email VARCHAR(90)); INSERT INTO people VALUES ('ada@example.org')";
        postgres.execute("postgres", people).await;
        mariadb.execute("shop", people).await;
    });
    let (one, other) = (postgres.server().port(), mariadb.server().port());
    let place = format!("host={host} port={one} user=billing dbname=postgres sslmode=disable");
    let mut psql = Command::new("psql");
    let _one = Client::connected(psql.args(["-XAtq", &place]).env("PGPASSWORD", PASSWORD));
    let mut mysql = Command::new("mariadb");
    mysql.args(["--no-defaults", "--skip-ssl", "-N", "--unbuffered", "-h", &host, "-P", &other.to_string()]);
    let _other = Client::connected(mysql.args(["-u", "billing", &format!("--password={PASSWORD}")]));
    let desk = Desk::new();
    desk.write("password", PASSWORD);
    let source =
        |name: &str, url: String| format!("[source.{name}]\nurl = \"{url}\"\npassword = {{ file = \"password\" }}\n");
    desk.write(
        "dataward.toml",
        format!(
            "[business]\nname = \"Test\"\n{}{}{}{}",
            source("shop", format!("postgres://postgres@{host}:{one}/postgres")),
            source("crm", format!("mysql://root@{host}:{other}/shop?ssl-mode=DISABLED")),
            source("safe", "postgres://ada@db.invalid/shop?sslmode=verify-full".to_owned()),
            source("loose", "postgres://ada@db.invalid/shop?sslmode=require".to_owned()),
        ),
    );
    assert_eq!(desk.run(&["scan"]).code, 3, "two sources are away");
    let said = desk.run(&["audit", "transit", "--fail-on", "never", "--format", "json"]);
    assert_eq!(said.code, 3, "two sources are away: {said:?}");
    let listed = desk.json(&["findings", "list"]);
    let all = listed["findings"].as_array().unwrap();
    let of = |check: &str, source: &str| -> Vec<&str> {
        let of = all.iter().filter(|one| one["check"] == check && one["place"] == source);
        of.map(|one| one["title"].as_str().unwrap()).collect()
    };
    for source in ["shop", "crm"] {
        let told = of("transit/clients-in-clear", source);
        match address {
            Some(_) => assert!(told.len() == 1 && told[0].contains("`billing`"), "{source}: {told:?}"),
            // Where there is no net nobody can come over it.
            None => assert!(told.is_empty(), "{source}: {told:?}"),
        }
    }
    assert_eq!(of("transit/unverified-connection", "loose").len(), 1, "{all:?}");
    assert!(of("transit/unverified-connection", "safe").is_empty(), "{all:?}");
    if address.is_some() {
        assert_eq!(of("transit/unverified-connection", "shop").len(), 1, "{all:?}");
    }
}

/// Listens and does this with every connection, until the test ends.
fn serve(script: fn(TcpStream)) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = format!("tls://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || script(stream));
        }
    });
    address
}

/// Reads a hello; its version, and the first of its suites.
fn read_hello(stream: &mut TcpStream) -> Option<(u8, [u8; 2])> {
    let mut header = [0; 5];
    stream.read_exact(&mut header).ok()?;
    let mut body = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
    stream.read_exact(&mut body).ok()?;
    let suites = 39 + usize::from(*body.get(38)?);
    Some((*body.get(5)?, [*body.get(suites + 2)?, *body.get(suites + 3)?]))
}

fn says_nothing(mut stream: TcpStream) {
    // Until the other side gives up.
    let _ = std::io::copy(&mut stream, &mut std::io::sink());
}

fn shows_certificates_without_end(mut stream: TcpStream) {
    let Some((version, suite)) = read_hello(&mut stream) else { return };
    let mut hello = vec![22, 3, 1, 0, 42, 2, 0, 0, 38, 3, version];
    hello.extend([1; 32]);
    hello.extend([0, suite[0], suite[1], 0]);
    let _ = stream.write_all(&hello);
    let mut endless = vec![22, 3, 1, 0x3f, 0xff, 11, 0x03, 0xff, 0xff, 0x03, 0xff, 0xfc];
    endless.resize(5 + 0x3fff, 0);
    while stream.write_all(&endless).is_ok() {}
}

fn answers_with_a_broken_hello(mut stream: TcpStream) {
    let Some((version, _)) = read_hello(&mut stream) else { return };
    // A ServerHello whose list of extensions is longer than itself.
    let mut hello = vec![22, 3, 3, 0, 44, 2, 0, 0, 40, 3, version];
    hello.extend([1; 32]);
    hello.extend([0, 0xc0, 0x2b, 0, 0xff, 0xff]);
    let _ = stream.write_all(&hello);
}

#[test]
fn servers_that_hang_never_end_or_break_the_rules_are_listed_with_what_they_do() {
    let desk = Desk::new();
    let hostile = [serve(says_nothing), serve(shows_certificates_without_end), serve(answers_with_a_broken_hello)];
    let sound = TlsServer::start(Certificate::Good, &["-tls1_3"]);
    let mut arguments = vec!["transit", "--fail-on", "never", "--format", "json"];
    arguments.extend(hostile.iter().map(String::as_str));
    let address = sound.address();
    arguments.push(&address);
    let said = desk.run(&arguments);
    assert_eq!(said.code, 3, "{said:?}");
    let report = said.json();
    assert_eq!(report["endpoints"].as_array().unwrap().len(), 1, "the others do not hide the sound one: {report}");
    let skipped = report["skipped"].as_array().unwrap();
    let reasons: Vec<&str> = skipped.iter().map(|one| one["reason"].as_str().unwrap()).collect();
    for (address, reason, words) in [
        (&hostile[0], reasons[0], "does not answer"),
        (&hostile[1], reasons[1], "does not end"),
        (&hostile[2], reasons[2], "wrong length"),
    ] {
        assert!(reason.contains(address.trim_start_matches("tls://")) && reason.contains(words), "{reasons:?}");
    }
}
