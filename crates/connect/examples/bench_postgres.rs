//! How fast a table comes out of PostgreSQL as Arrow, beside `psql -c "\copy … to /dev/null"`.
//!
//! `cargo run --release -p dataward-connect --example bench_postgres -- [ROWS] [ROUNDS] [TABLES]`
//!
//! Starts a server of its own, loads ROWS (5,000,000) customers, reads them ROUNDS (3) times each
//! way in turn, and prints the best of each and their ratio. Then the same rows over TLS. Then makes
//! TABLES (5,000) small tables, lists them and samples each, one after the other.

use std::process::Command;
use std::time::Duration;
use std::time::Instant;

use dataward_connect::Chunk;
use dataward_connect::HowMuch;
use dataward_connect::Read;
use dataward_connect::ReadRequest;
use dataward_connect::conformance::find_unit;
use dataward_connect::conformance::list_units;
use dataward_connect::conformance::read_unit;
use dataward_connect::postgres::Postgres;
use dataward_testkit::server::postgres::PASSWORD;
use dataward_testkit::server::postgres::PostgresServer;
use dataward_testkit::server::postgres::programs;
use futures::TryStreamExt;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>().expect("a number"));
    let rows = arguments.next().unwrap_or(5_000_000);
    let rounds = arguments.next().unwrap_or(3);
    let tables = arguments.next().unwrap_or(5000);
    let server = PostgresServer::private();
    server
        .execute(
            "postgres",
            &format!(
                "CREATE TABLE customers (id bigint PRIMARY KEY, first_name text, last_name text, email text, \
                   phone varchar(30), street text, balance numeric(12,2), born date, seen timestamptz, active boolean); \
                 INSERT INTO customers SELECT i, 'First' || i % 5000, 'Last' || i % 70000, \
                   'user' || i || '@mail' || i % 300 || '.example', '+49 30 ' || 1000000 + i, \
                   i % 900 || ' Some Long Street, Building ' || i % 40, i % 100000 / 7.0, \
                   DATE '1940-01-01' + (i % 25000)::int, \
                   TIMESTAMPTZ '2020-01-01' + i * INTERVAL '1 second', i % 3 = 0 \
                 FROM generate_series(1, {rows}) i"
            ),
        )
        .await;
    server.execute("postgres", "VACUUM ANALYZE customers").await;

    let url = server.url("postgres");
    let (mut ours, mut copy) = (Duration::MAX, Duration::MAX);
    for _ in 0..rounds {
        copy = copy.min(psql(&server));
        ours = ours.min(read(&format!("{url}?sslmode=disable"), rows).await);
    }
    let encrypted = read(&format!("{url}?sslmode=require"), rows).await;
    let per_second = |time: Duration| rows as f64 / time.as_secs_f64() / 1e6;
    println!("psql \\copy to /dev/null  {:6.2} s  {:5.2} M rows/s", copy.as_secs_f64(), per_second(copy));
    println!("dataward to Arrow        {:6.2} s  {:5.2} M rows/s", ours.as_secs_f64(), per_second(ours));
    println!("dataward over TLS        {:6.2} s  {:5.2} M rows/s", encrypted.as_secs_f64(), per_second(encrypted));
    println!("ratio {:.2} (goal: at least 0.70)", copy.as_secs_f64() / ours.as_secs_f64());
    many_tables(&server, tables).await;
}

async fn many_tables(server: &PostgresServer, tables: u64) {
    server
        .execute(
            "postgres",
            &format!(
                "CREATE SCHEMA many; \
                 DO $$ BEGIN FOR i IN 1..{tables} LOOP \
                   EXECUTE format('CREATE TABLE many.t%s (id int PRIMARY KEY, email text, note text)', i); \
                   EXECUTE format('INSERT INTO many.t%s SELECT i, ''a'' || i, ''b'' FROM generate_series(1, 200) i', i); \
                   IF i % 100 = 0 THEN COMMIT; END IF; END LOOP; END $$"
            ),
        )
        .await;
    let source = Postgres::new(&server.url("postgres"), None).expect("the address is right");
    let start = Instant::now();
    let units = list_units(&source).await.expect("tables are listed");
    println!("{} tables listed in     {:6.2} s", units.len(), start.elapsed().as_secs_f64());
    let sample = ReadRequest::new(HowMuch::Sample { rows: 100, seed: 1 });
    for unit in units.iter().filter(|unit| unit.name.starts_with("many.")) {
        read_unit(&source, unit, &sample).await.expect("a table is read");
    }
    println!("… and sampled in         {:6.2} s", start.elapsed().as_secs_f64());
}

async fn read(url: &str, rows: u64) -> Duration {
    let source = Postgres::new(url, None).expect("the address is right");
    let unit = find_unit(&source, "public.customers").await.expect("the table is there");
    let start = Instant::now();
    let mut chunks = source.read(&unit, &ReadRequest::full()).await.expect("reading begins");
    let mut read = 0;
    while let Some(chunk) = chunks.try_next().await.expect("reading goes on") {
        if let Chunk::Rows(batch) = chunk {
            read += batch.num_rows() as u64;
        }
    }
    assert_eq!(read, rows);
    start.elapsed()
}

fn psql(server: &PostgresServer) -> Duration {
    let start = Instant::now();
    let status = Command::new(programs().join("psql"))
        .args(["-q", "-h", "127.0.0.1", "-p", &server.server().port().to_string(), "-U", "postgres", "postgres"])
        .args(["-c", r"\copy customers to /dev/null"])
        .env("PGPASSWORD", PASSWORD)
        .env("PGSSLMODE", "disable")
        .status()
        .expect("psql runs");
    assert!(status.success());
    start.elapsed()
}
