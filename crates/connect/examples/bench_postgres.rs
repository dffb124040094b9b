//! How fast the program scans PostgreSQL, beside `psql -c "\\copy … to /dev/null"` in the same run.
//!
//! `bench_postgres PROGRAM [ROWS] [ROUNDS] [TABLES]`
//!
//! Starts a server of its own, loads ROWS (5,000,000) customers, and in turn copies them out with psql and scans
//! them with `PROGRAM scan --full`, ROUNDS (3) times each; prints the best of each and their ratio. Then makes
//! TABLES (5,000) small tables, and prints when the first of them was read and how long a sampled scan of all takes.

use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use dataward_connect::HowMuch;
use dataward_connect::ReadRequest;
use dataward_connect::conformance::list_units;
use dataward_connect::conformance::read_unit;
use dataward_connect::postgres::Postgres;
use dataward_testkit::server::postgres::PASSWORD;
use dataward_testkit::server::postgres::PostgresServer;
use dataward_testkit::server::postgres::programs;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let program = arguments.next().expect("the path of the program to measure");
    let mut numbers = arguments.map(|text| text.parse::<u64>().expect("a number"));
    let rows = numbers.next().unwrap_or(5_000_000);
    let rounds = numbers.next().unwrap_or(3);
    let tables = numbers.next().unwrap_or(5000);
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
        ours = ours.min(scan(&program, &format!("{url}?sslmode=disable"), true));
    }
    let encrypted = scan(&program, &format!("{url}?sslmode=require"), true);
    let per_second = |time: Duration| rows as f64 / time.as_secs_f64() / 1e6;
    println!("PostgreSQL, {rows} rows, best of {rounds}");
    println!("  psql \\copy to /dev/null    {:6.2} s  {:5.2} M rows/s", copy.as_secs_f64(), per_second(copy));
    println!("  dataward scan --full       {:6.2} s  {:5.2} M rows/s", ours.as_secs_f64(), per_second(ours));
    println!("  the same over TLS, once    {:6.2} s  {:5.2} M rows/s", encrypted.as_secs_f64(), per_second(encrypted));
    println!("  ratio {:.2} (goal: at least 0.70)", copy.as_secs_f64() / ours.as_secs_f64());
    many_tables(&server, &program, tables).await;
}

async fn many_tables(server: &PostgresServer, program: &str, tables: u64) {
    server.execute("postgres", "CREATE DATABASE many").await;
    server
        .execute(
            "many",
            &format!(
                "DO $$ BEGIN FOR i IN 1..{tables} LOOP \
                   EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, email text, note text)', i); \
                   EXECUTE format('INSERT INTO t%s SELECT i, ''a'' || i || ''@example.org'', ''b'' FROM generate_series(1, 200) i', i); \
                   IF i % 100 = 0 THEN COMMIT; END IF; END LOOP; END $$"
            ),
        )
        .await;
    let source = Postgres::new(&server.url("many"), None).expect("the address is right");
    let start = Instant::now();
    let units = list_units(&source).await.expect("tables are listed");
    let sample = ReadRequest::new(HowMuch::Sample { rows: 100, seed: 1 });
    read_unit(&source, units.first().expect("there are tables"), &sample).await.expect("a table is read");
    println!("  {} tables: first one read after {:.2} s (goal 5)", units.len(), start.elapsed().as_secs_f64());
    let all = scan(program, &server.url("many"), false);
    println!("  {} tables: sampled scan of all  {:.1} s (goal 180)", units.len(), all.as_secs_f64());
}

fn scan(program: &str, url: &str, full: bool) -> Duration {
    let start = Instant::now();
    let status = Command::new(program)
        .args(["scan", url, "--quiet", "--format", "json"])
        .args(full.then_some("--full"))
        .stdout(Stdio::null())
        .status()
        .expect("the program runs");
    assert!(status.success(), "the scan ended with {status}");
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
