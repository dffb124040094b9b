//! Whatever goes wrong gives one clear sentence, without a value of a customer.

use std::net::TcpListener;
use std::sync::atomic::Ordering;
use std::time::Duration;

use dataward_connect::ConnectError;
use dataward_connect::HowMuch;
use dataward_connect::Read;
use dataward_connect::ReadRequest;
use dataward_connect::conformance::find_unit;
use dataward_connect::conformance::first_error;
use dataward_connect::conformance::read_unit;
use dataward_connect::postgres::Limits;
use dataward_connect::postgres::Postgres;
use dataward_model::Redacted;
use dataward_testkit::server::free_port;
use dataward_testkit::server::postgres::PostgresServer;
use futures::StreamExt;
use sqlx::Connection;
use sqlx::Executor;

use super::database;
use super::fails;
use super::read_all;
use super::read_sample;
use super::source;

async fn refusal(url: &str, password: Option<&str>) -> String {
    let password = password.map(|text| Redacted::new(text.to_owned()));
    let source = Postgres::new(url, password).unwrap();
    source.open().await.expect_err("nobody lets us in").to_string()
}

#[tokio::test]
async fn who_cannot_connect_learns_why() {
    let server = PostgresServer::shared();
    let place = server.place("postgres");
    let port = server.server().port();
    let at = format!("127.0.0.1:{port}");
    let nobody = free_port();
    let mute = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let mute = mute.local_addr().unwrap().port();
    let cases = [
        (format!("postgres://postgres@{place}"), Some("hunter2"), format!("not allowed to read {at}: the server refused the password of `postgres`; check account and password")),
        (format!("postgres://postgres@{place}"), None, format!("not allowed to read {at}: the server asks for the password of `postgres` and none was given")),
        (format!("postgres://stranger@{place}"), Some("hunter2"), format!("not allowed to read {at}: the server refused the password of `stranger`; check account and password")),
        (server.url("no such shop"), None, format!("not allowed to read {at}: there is no database `no such shop` on this server")),
        (format!("postgres://a@127.0.0.1:{nobody}/s"), None, format!("cannot reach 127.0.0.1:{nobody}: nothing listens there; check host and port, and that the server runs")),
        ("postgres://a@no-such-host.invalid/s".into(), None, "cannot reach no-such-host.invalid:5432: the host name is unknown; check its spelling".into()),
        (format!("postgres://a@127.0.0.1:{mute}/s?connect_timeout=2&sslmode=disable"), None, format!("cannot reach 127.0.0.1:{mute}: no answer came within 2 s")),
        (format!("postgres://a@127.0.0.1:{mute}/s?connect_timeout=2"), None, format!("cannot reach 127.0.0.1:{mute}: no answer came within 2 s")),
        ("postgres://a@%2Fno%2Fsuch%2Ffolder/s".into(), None, "cannot reach /no/such/folder/.s.PGSQL.5432: there is no such socket; check the folder and that the server runs".into()),
    ];
    for (url, password, sentence) in cases {
        assert_eq!(refusal(&url, password).await, sentence);
    }
}

#[tokio::test]
async fn something_else_than_postgres_is_told() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let mut connection = connection;
            let _ = std::io::Write::write_all(&mut connection, b"220 mail.example ESMTP ready\r\n");
        }
    });
    let message = refusal(&format!("postgres://a@127.0.0.1:{port}/s?sslmode=disable"), None).await;
    assert!(message.starts_with(&format!("cannot reach 127.0.0.1:{port}: ")), "{message}");
}

#[tokio::test]
async fn server_messages_that_quote_values_are_not_repeated() {
    let database = database().await;
    database
        .execute(
            "CREATE TABLE t (name text); INSERT INTO t VALUES ('ada@example.org'); \
             CREATE VIEW numbers AS SELECT name::int AS n FROM t; \
             CREATE FUNCTION loud(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '%', $1; END $$; \
             CREATE VIEW raising AS SELECT loud(name) AS n FROM t; \
             CREATE VIEW halves AS SELECT 1 / length(replace(name, name, '')) AS n FROM t",
        )
        .await;
    let source = source(&database);
    for (view, state) in [("numbers", "22P02"), ("raising", "P0001"), ("halves", "22012")] {
        let error = fails(&*source, &format!("public.{view}")).await;
        let sentence = format!("cannot read public.{view}: computing its rows fails on the server (SQLSTATE {state})");
        assert_eq!(error.to_string(), sentence);
        assert!(!format!("{error:?}").contains("ada"));
    }
    assert_eq!(read_all(&*source, "public.t").await.tables[0].rows, 1);
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_stopped() {
    let database = database().await;
    database.execute("CREATE VIEW slow AS SELECT pg_sleep(600)::text AS never; CREATE TABLE t (a int)").await;
    let limits = Limits { full: Duration::from_millis(300), ..Limits::default() };
    let source = Postgres::with_limits(&database.url(), None, limits).unwrap();
    let error = fails(&source, "public.slow").await;
    assert!(matches!(&error, ConnectError::Limit { reason, .. } if reason.contains("statement_timeout")), "{error}");
    assert_eq!(read_all(&source, "public.t").await.tables[0].rows, 0);
}

#[tokio::test]
async fn a_locked_table_is_listed_and_told_as_locked() {
    let database = database().await;
    database.execute("CREATE TABLE t (a int); CREATE TABLE free (a int)").await;
    let mut holder = database.connect().await;
    holder.execute("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let limits = Limits { lock: Duration::from_millis(200), ..Limits::default() };
    let source = Postgres::with_limits(&database.url(), None, limits).unwrap();
    let message = fails(&source, "public.t").await.to_string();
    assert_eq!(message, "refused to read public.t: another session holds it locked; try again later");
    assert_eq!(read_all(&source, "public.free").await.tables[0].rows, 0);
    holder.close().await.unwrap();
}

#[tokio::test]
async fn a_connection_cut_in_the_middle_ends_the_unit_and_the_next_connects_anew() {
    let database = database().await;
    database.execute("CREATE TABLE t AS SELECT repeat('x', 1000) AS a FROM generate_series(1, 50000)").await;
    let source = source(&database);
    let unit = find_unit(&*source, "public.t").await.unwrap();
    let mut chunks = source.read(&unit, &ReadRequest::full()).await.unwrap();
    for _ in 0..2 {
        chunks.next().await.unwrap().unwrap();
    }
    database
        .execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE application_name = 'dataward' AND datname = current_database()",
        )
        .await;
    let mut last = None;
    while let Some(chunk) = chunks.next().await {
        last = chunk.err();
    }
    let error = last.expect("the stream ends with an error");
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error}");
    let reading = read_unit(&*source, &unit, &ReadRequest::full()).await.unwrap();
    assert_eq!(reading.tables[0].rows, 50_000);
}

#[tokio::test]
async fn a_server_that_stops_answering_is_given_up() {
    let server = PostgresServer::private();
    server.execute("postgres", "CREATE VIEW v AS SELECT pg_sleep(600)::text AS a").await;
    let limits = Limits { silence: Duration::from_millis(500), ..Limits::default() };
    let source = Postgres::with_limits(&server.url("postgres"), None, limits).unwrap();
    let error = fails(&source, "public.v").await;
    assert!(error.to_string().contains("no answer came within"), "{error}");
}

#[tokio::test]
async fn a_reader_that_waits_for_the_server_stops_when_asked() {
    let database = database().await;
    database.execute("CREATE VIEW slow AS SELECT 1 AS a UNION ALL SELECT length(pg_sleep(600)::text)").await;
    let source = source(&database);
    let unit = find_unit(&*source, "public.slow").await.unwrap();
    let request = ReadRequest::full();
    let cancel = request.cancel.clone();
    let mut admin = database.connect().await;
    let stop = async {
        let reading = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'dataward' AND state = 'active' \
                       AND datname = current_database() AND query LIKE 'COPY%'";
        while sqlx::query(reading).fetch_optional(&mut admin).await.unwrap().is_none() {}
        cancel.store(true, Ordering::Relaxed);
    };
    let (error, ()) = tokio::join!(first_error(&*source, &unit, &request), stop);
    assert!(matches!(error, Some(ConnectError::Cancelled)), "{error:?}");
}

#[tokio::test]
async fn foreign_tables_are_read_and_a_failing_one_is_told() {
    let database = database().await;
    let server = database.server();
    database
        .execute(&format!(
            "CREATE TABLE here AS SELECT i AS a FROM generate_series(1, 2000) i; \
             CREATE EXTENSION postgres_fdw; CREATE EXTENSION file_fdw; \
             CREATE SERVER again FOREIGN DATA WRAPPER postgres_fdw \
               OPTIONS (host '{}', port '{}', dbname '{}'); \
             CREATE USER MAPPING FOR postgres SERVER again OPTIONS (user 'postgres'); \
             CREATE FOREIGN TABLE there (a int) SERVER again OPTIONS (table_name 'here'); \
             CREATE SERVER files FOREIGN DATA WRAPPER file_fdw; \
             CREATE FOREIGN TABLE lost (a text) SERVER files OPTIONS (filename '/no/such/file')",
            server.socket_folder().display(),
            server.server().port(),
            database.name()
        ))
        .await;
    let source = source(&database);
    assert_eq!(read_all(&*source, "public.there").await.tables[0].rows, 2000);
    let sample = read_sample(&*source, "public.there", 100).await.tables.remove(0);
    assert_eq!((sample.rows, sample.rows_total), (100, Some(2000)));
    let message = fails(&*source, "public.lost").await.to_string();
    assert_eq!(message, "cannot read public.lost: the file behind it cannot be read by the server");
}

#[tokio::test]
async fn a_view_too_long_to_draw_from_says_so() {
    let database = database().await;
    database.execute("CREATE VIEW v AS SELECT i AS a FROM generate_series(1, 100000) i").await;
    let reading = read_sample(&*source(&database), "public.v", 100).await;
    assert_eq!((reading.tables[0].rows, reading.tables[0].rows_total), (100, None));
    assert!(reading.skipped[0].reason.contains("its first 10000 rows"), "{:?}", reading.skipped);
}

#[tokio::test]
async fn an_unfilled_materialised_view_is_told() {
    let database = database().await;
    database.execute("CREATE MATERIALIZED VIEW m AS SELECT 1 AS a WITH NO DATA").await;
    let message = fails(&*source(&database), "public.m").await.to_string();
    assert!(message.contains("REFRESH MATERIALIZED VIEW"), "{message}");
}

#[tokio::test]
async fn nothing_prints_a_password() {
    let server = PostgresServer::shared();
    let source = Postgres::new(&server.url("postgres"), None).unwrap();
    let facts = source.open().await.unwrap();
    let unit = ReadRequest::new(HowMuch::Everything);
    let printed = format!("{source:?} {facts:?} {unit:?}");
    assert!(!printed.contains("horse"), "{printed}");
}
