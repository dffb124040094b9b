//! `sslmode` against real certificates, as libpq means it.

use dataward_connect::ConnectError;
use dataward_connect::Read;
use dataward_connect::ReadRequest;
use dataward_connect::TransportSecurity;
use dataward_connect::conformance::list_units;
use dataward_connect::conformance::read_unit;
use dataward_connect::postgres::Postgres;
use dataward_model::Redacted;
use dataward_testkit::server::certificates::Certificate;
use dataward_testkit::server::postgres::PASSWORD;
use dataward_testkit::server::postgres::PostgresServer;

const PLAIN: Result<TransportSecurity, &str> = Ok(TransportSecurity::Plain);
const TLS: Result<TransportSecurity, &str> = Ok(TransportSecurity::Tls { verified: false });
const VERIFIED: Result<TransportSecurity, &str> = Ok(TransportSecurity::Tls { verified: true });
const UNTRUSTED: Result<TransportSecurity, &str> =
    Err("the server's certificate is signed by an authority that is not trusted");
const SELF_SIGNED: Result<TransportSecurity, &str> =
    Err("the server's certificate is not acceptable (self-signed or malformed)");
const EXPIRED: Result<TransportSecurity, &str> = Err("the server's certificate has expired");
const WRONG_NAME: Result<TransportSecurity, &str> = Err("the server's certificate is for another host name");

async fn outcome(url: &str) -> Result<TransportSecurity, ConnectError> {
    let password = Some(Redacted::new(PASSWORD.to_owned()));
    Ok(Postgres::new(url, password)?.open().await?.transport)
}

async fn expect(url: &str, expected: &Result<TransportSecurity, &str>, case: &str) {
    match (outcome(url).await, expected) {
        (Ok(transport), Ok(expected)) => assert_eq!(transport, *expected, "{case}"),
        (Err(error), Err(sentence)) => {
            assert!(matches!(error, ConnectError::Transport { .. }), "{case}: {error}");
            assert!(error.to_string().contains(sentence), "{case}: {error}");
        }
        (found, expected) => panic!("{case}: {found:?} instead of {expected:?}"),
    }
}

#[tokio::test]
async fn each_mode_accepts_exactly_the_certificates_it_should() {
    let server = PostgresServer::private();
    let port = server.server().port();
    let certificates = server.certificates();
    let authority = certificates.authority();
    let stranger = certificates.stranger();
    let cases = [
        (Certificate::Good, [VERIFIED, VERIFIED, TLS]),
        (Certificate::SelfSigned, [SELF_SIGNED, SELF_SIGNED, TLS]),
        (Certificate::Expired, [EXPIRED, EXPIRED, TLS]),
        (Certificate::WrongName, [VERIFIED, WRONG_NAME, TLS]),
    ];
    for (certificate, [verify_ca, verify_full, require]) in cases {
        server.show_certificate(certificate).await;
        for (mode, expected) in [("verify-ca", verify_ca), ("verify-full", verify_full)] {
            for host in ["localhost", "127.0.0.1"] {
                let url = |root: &std::path::Path| {
                    format!("postgres://postgres@{host}:{port}/postgres?sslmode={mode}&sslrootcert={}", root.display())
                };
                let case = format!("{certificate:?} {mode} {host}");
                expect(&url(&authority), &expected, &case).await;
                let refused = if certificate == Certificate::Good { UNTRUSTED } else { SOME_FAULT };
                expect(&url(&stranger), &refused, &case).await;
            }
        }
        let url = format!("postgres://postgres@localhost:{port}/postgres");
        expect(&format!("{url}?sslmode=require"), &require, "require").await;
        expect(&format!("{url}?sslmode=prefer"), &TLS, "prefer").await;
        expect(&format!("{url}?sslmode=allow"), &PLAIN, "allow").await;
        expect(&format!("{url}?sslmode=disable"), &PLAIN, "disable").await;
        expect(&format!("{url}?sslrootcert=system"), &SOME_FAULT, "system").await;
        if certificate == Certificate::SelfSigned {
            let itself = certificates.certificate(Certificate::SelfSigned);
            let url = |host: &str| {
                format!(
                    "postgres://postgres@{host}:{port}/postgres?sslmode=verify-full&sslrootcert={}",
                    itself.display()
                )
            };
            expect(&url("localhost"), &VERIFIED, "trusted by itself").await;
            expect(&url("0.0.0.0"), &WRONG_NAME, "trusted, for another name").await;
        }
    }
}

/// With two faults either may be named.
const SOME_FAULT: Result<TransportSecurity, &str> = Err("the server's certificate ");

#[tokio::test]
async fn allow_and_prefer_change_over_where_the_server_wants_the_other() {
    let server = PostgresServer::private();
    server
        .execute(
            "postgres",
            "CREATE ROLE tls_only LOGIN PASSWORD 'correct horse'; CREATE ROLE plain_only LOGIN PASSWORD 'correct horse'",
        )
        .await;
    let url = |user: &str, mode: &str| format!("postgres://{user}@{}?sslmode={mode}", server.place("postgres"));
    for (user, mode, expected) in [
        ("tls_only", "allow", TLS),
        ("tls_only", "prefer", TLS),
        ("plain_only", "allow", PLAIN),
        ("plain_only", "prefer", PLAIN),
    ] {
        expect(&url(user, mode), &expected, &format!("{user} {mode}")).await;
    }
    for (user, mode, way) in [("tls_only", "disable", "without TLS"), ("plain_only", "require", "with TLS")] {
        let error = outcome(&url(user, mode)).await.unwrap_err();
        assert!(matches!(error, ConnectError::Denied { .. }) && error.to_string().contains(way), "{error}");
    }

    server.execute("postgres", "ALTER SYSTEM SET ssl = off").await;
    server.execute("postgres", "SELECT pg_reload_conf()").await;
    let refused = Err("the server does not offer TLS");
    let authority = server.certificates().authority();
    // The reload reaches new connections soon, not at once.
    while outcome(&url("postgres", "require")).await.is_ok() {}
    expect(&url("postgres", "require"), &refused, "require").await;
    expect(&format!("{}&sslrootcert={}", url("postgres", "verify-ca"), authority.display()), &refused, "ca").await;
    expect(&url("postgres", "prefer"), &PLAIN, "prefer").await;
}

#[tokio::test]
async fn tables_are_read_over_tls_and_over_the_socket_alike() {
    let database = PostgresServer::shared().database().await;
    database.execute("CREATE TABLE t AS SELECT repeat('x', 1000) AS a FROM generate_series(1, 20000)").await;
    let server = database.server();
    let socket = format!(
        "host={} port={} user=postgres dbname={} sslmode=require",
        server.socket_folder().display(),
        server.server().port(),
        database.name()
    );
    let encrypted = format!("{}?sslmode=require", database.url());
    for (address, transport) in
        [(socket, TransportSecurity::Local), (encrypted, TransportSecurity::Tls { verified: false })]
    {
        let source = Postgres::new(&address, None).unwrap();
        assert_eq!(source.open().await.unwrap().transport, transport);
        let unit = list_units(&source).await.unwrap().remove(0);
        let reading = read_unit(&source, &unit, &ReadRequest::full()).await.unwrap();
        assert_eq!(reading.tables[0].rows, 20_000);
    }
}

#[tokio::test]
async fn a_missing_or_empty_root_certificate_file_is_named() {
    let server = PostgresServer::shared();
    let key = server.certificates().authority().with_file_name("index");
    for (path, sentence) in
        [("/no/such/ca.pem", "/no/such/ca.pem cannot be read"), (key.to_str().unwrap(), "holds no certificate")]
    {
        let url = format!("postgres://postgres@{}?sslmode=verify-ca&sslrootcert={path}", server.place("postgres"));
        let error = outcome(&url).await.unwrap_err().to_string();
        assert!(error.contains(sentence), "{error}");
    }
}

#[tokio::test]
async fn settings_in_the_address_reach_the_server() {
    let database = PostgresServer::shared().database().await;
    database
        .execute("CREATE VIEW v AS SELECT current_setting('dataward.greeting') AS a, current_setting('default_transaction_read_only') AS b")
        .await;
    let address = format!("{}?options=-c%20dataward.greeting%3Dgood%5C%20day", database.url());
    let source = Postgres::new(&address, None).unwrap();
    let unit = list_units(&source).await.unwrap().remove(0);
    let reading = read_unit(&source, &unit, &ReadRequest::full()).await.unwrap();
    let batch = &reading.tables[0].content;
    assert_eq!(super::texts(batch, "a"), [Some("good day".to_owned())]);
    assert_eq!(super::texts(batch, "b"), [Some("on".to_owned())]);
}
