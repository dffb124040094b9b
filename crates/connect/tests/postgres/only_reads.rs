//! The server's own log and lock table show that we only read.

use std::sync::atomic::Ordering;

use dataward_connect::HowMuch;
use dataward_connect::Read;
use dataward_connect::ReadRequest;
use dataward_connect::conformance::list_units;
use dataward_connect::postgres::Postgres;
use dataward_testkit::server::postgres::PostgresServer;
use futures::StreamExt;
use sqlx::Row;

#[tokio::test]
async fn the_servers_log_shows_nothing_but_reading() {
    let server = PostgresServer::private();
    server
        .execute(
            "postgres",
            "CREATE TABLE t AS SELECT i AS a, 'x' AS b FROM generate_series(1, 50000) i; \
             CREATE VIEW v AS SELECT * FROM t; CREATE SEQUENCE s; \
             CREATE VIEW writes AS SELECT nextval('s'); ANALYZE",
        )
        .await;
    server.execute("postgres", "ALTER DATABASE postgres SET log_statement = 'all'").await;
    let source = Postgres::new(&server.url("postgres"), None).unwrap();
    source.open().await.unwrap();
    let mut refusals = Vec::new();
    for unit in list_units(&source).await.unwrap() {
        for how_much in [HowMuch::Everything, HowMuch::Sample { rows: 100, seed: 1 }] {
            let request = ReadRequest::new(how_much);
            let error = dataward_connect::conformance::first_error(&source, &unit, &request).await;
            refusals.extend(error.map(|error| error.to_string()));
        }
    }
    assert_eq!(refusals.len(), 2, "{refusals:?}");
    assert!(refusals[0].contains("public.writes: it would write when read"), "{refusals:?}");

    let log = server.server().log();
    let mut kinds: Vec<&str> = log
        .lines()
        .filter_map(|line| {
            let (_, rest) = line.split_once("statement: ").or_else(|| line.split_once("execute <unnamed>: "))?;
            rest.split_whitespace().next()
        })
        .filter(|word| word.chars().all(|c| c.is_ascii_uppercase()))
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    let allowed = ["ALTER", "BEGIN", "COMMIT", "COPY", "SELECT", "SET"];
    assert!(kinds.iter().all(|kind| allowed.contains(kind)), "{kinds:?}");
    assert!(kinds.contains(&"COPY") && log.contains("TO STDOUT (FORMAT binary)"), "{kinds:?}");
    assert!(log.lines().filter(|line| line.contains("COPY")).all(|line| !line.contains("FROM STDIN")));
}

#[tokio::test]
async fn a_reading_holds_a_readers_lock_its_name_and_a_time_limit() {
    let database = PostgresServer::shared().database().await;
    database.execute("CREATE TABLE t AS SELECT i AS a, repeat('x', 500) AS b FROM generate_series(1, 100000) i").await;
    let source = Postgres::new(&database.url(), None).unwrap();
    let unit = list_units(&source).await.unwrap().remove(0);
    let request = ReadRequest::full();
    let mut chunks = source.read(&unit, &request).await.unwrap();
    for _ in 0..3 {
        chunks.next().await.unwrap().unwrap();
    }
    let mut admin = database.connect().await;
    let locks = sqlx::query(
        "SELECT DISTINCT mode FROM pg_locks l JOIN pg_stat_activity a USING (pid) \
         WHERE a.application_name = 'dataward' AND a.datname = current_database() AND l.locktype = 'relation'",
    )
    .fetch_all(&mut admin)
    .await
    .unwrap();
    let modes: Vec<String> = locks.iter().map(|row| row.get(0)).collect();
    assert_eq!(modes, ["AccessShareLock"]);
    let written = sqlx::query(
        "SELECT count(*) FROM pg_stat_activity \
         WHERE application_name = 'dataward' AND datname = current_database() AND backend_xid IS NOT NULL",
    );
    assert_eq!(written.fetch_one(&mut admin).await.unwrap().get::<i64, _>(0), 0);
    request.cancel.store(true, Ordering::Relaxed);
}
