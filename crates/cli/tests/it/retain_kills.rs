//! `retain` killed at any moment (`kill -9`), or without room on the disk: what was begun ends the same.
//!
//! `DATAWARD_KILLS=300` sets how often the campaign on PostgreSQL kills; `./x bench retain` does that.

use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::time::Duration;
use std::time::Instant;

use dataward_testkit::server::postgres;
use dataward_testkit::server::postgres::PostgresServer;
use dataward_testkit::server::run;
use dataward_testkit::sqlite;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;
use rand_chacha::rand_core::SeedableRng;
use serde_json::Value;

use crate::support::Desk;
use crate::support::Said;

const OLD: u64 = 1_500;
const CUSTOMERS: u64 = 2_000;

fn email(number: u64) -> String {
    format!("canary{number}.{}@lantern.example", number * 7919)
}

fn policy(source: &str, table: &str) -> String {
    format!(
        "[business]\nname = \"Blue Lantern Books\"\n\n[source.shop]\n{source}\n\n[[retain]]\nname = \"Customers\"\n\
         what = \"shop.{table}\"\nkeep = \"2 years\"\nfrom = \"last_seen\"\nthen = \"erase\"\n"
    )
}

/// Customers of whom the first have not been seen for long, each with two orders.
fn script(kind: &str, old: u64) -> String {
    let mut customers = Vec::new();
    let mut orders = Vec::new();
    for number in 1..=old + CUSTOMERS - OLD {
        let seen = if number <= old { "2019-05-04" } else { "2026-11-01" };
        customers.push(format!("({number}, '{}', '{seen}')", email(number)));
        orders.push(format!("({}, {number}), ({}, {number})", 2 * number, 2 * number + 1));
    }
    format!(
        "CREATE TABLE customers (id INTEGER PRIMARY KEY, email VARCHAR(100), last_seen {kind});
         CREATE TABLE orders (id INTEGER PRIMARY KEY,
             customer INTEGER NOT NULL REFERENCES customers ON DELETE CASCADE);
         CREATE INDEX orders_customer ON orders (customer);
         INSERT INTO customers VALUES {}; INSERT INTO orders VALUES {};",
        customers.join(", "),
        orders.join(", ")
    )
}

/// Runs the program and kills it after a while; none when it was killed.
pub(crate) fn run_for(desk: &Desk, limit: Duration, arguments: &[&str]) -> Option<Said> {
    let output = Command::new("timeout")
        // In the foreground it outlives the program, and waits until that is really gone; a program that ended
        // just before it would have been killed has its own status.
        .args(["--foreground", "--preserve-status", "--signal=KILL"])
        .args([&format!("{:.3}", limit.as_secs_f64()), env!("CARGO_BIN_EXE_dataward")])
        .args(arguments)
        .args(["--format", "json"])
        .current_dir(desk.path())
        .env_clear()
        .env("USER", "tester")
        .output()
        .unwrap();
    let killed = output.status.signal() == Some(9) || output.status.code() == Some(137);
    (!killed).then(|| Said::of(output))
}

/// Kills a run a little later each time, until it comes to its end; how often it was killed.
fn until_done(desk: &Desk, arguments: &[&str]) -> (Said, u32) {
    let mut limit = Duration::from_millis(20);
    let mut kills = 0;
    loop {
        if let Some(said) = run_for(desk, limit, arguments) {
            assert!(!said.err.contains("panicked"), "{arguments:?}: {said:?}");
            return (said, kills);
        }
        kills += 1;
        limit = limit * 5 / 4;
    }
}

#[test]
fn apply_clean_up_and_replay_end_the_same_however_often_they_are_killed() {
    let desk = Desk::new();
    let file = desk.path().join("shop.db");
    sqlite::make(&file, &script("TEXT", OLD));
    let backup = desk.path().join("shop.backup");
    std::fs::copy(&file, &backup).unwrap();
    desk.write("dataward.toml", policy("url = \"sqlite:shop.db\"", "customers"));
    desk.json(&["scan", "--full"]);
    let mut plan = desk.json(&["retain", "plan"])["plan"].as_str().unwrap().to_owned();
    desk.json(&["retain", "approve", &plan]);
    for restored in [false, true] {
        if restored {
            std::fs::copy(&backup, &file).unwrap();
            let (said, kills) = until_done(&desk, &["retain", "replay"]);
            let found = said.json();
            assert_eq!((said.code, &found["tables"][0]["back"]), (1, &Value::from(OLD)), "{found}");
            assert!(kills > 1, "replay was killed {kills} times");
            plan = found["plan"].as_str().unwrap().to_owned();
            desk.json(&["retain", "approve", &plan]);
        }
        // The ledger is written and the traces are gathered before the first row goes: early kills meet these.
        let (said, kills) = until_done(&desk, &["retain", "apply", &plan]);
        assert_eq!(said.code, 0, "{said:?}");
        assert!(kills > 1, "apply was killed {kills} times");
        let (said, kills) = until_done(&desk, &["retain", "verify", "--exclusive"]);
        let source = &said.json()["sources"][0];
        assert_eq!((said.code, &source["level_proven"]), (0, &Value::from("L2")), "{source:#}");
        assert_eq!(source["search"]["selectable"], 0);
        assert!(kills > 1, "verify was killed {kills} times");
        let bytes = std::fs::read(&file).unwrap();
        let there = |number: &u64| bytes.windows(email(*number).len()).any(|part| part == email(*number).as_bytes());
        assert_eq!((1..=CUSTOMERS).filter(there).count() as u64, CUSTOMERS - OLD);
    }
    assert_eq!(desk.run(&["retain", "replay"]).code, 0, "nothing is back any more");
    assert_eq!(desk.run(&["evidence", "verify"]).code, 0);
    let entries = desk.json(&["evidence", "show"])["entries"].to_string();
    assert_eq!(entries.matches("applied/").count(), 2, "each plan once: {entries}");
}

/// No file of the process may grow beyond so many blocks of 512 bytes: what a full disk does to it, for the
/// data, for our state and for what we write beside it alike.
fn run_with_room(desk: &Desk, blocks: u32, arguments: &[&str]) -> Said {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let output = Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_dataward")])
        .args(arguments)
        .args(["--format", "json"])
        .current_dir(desk.path())
        .env_clear()
        .env("USER", "tester")
        .output()
        .unwrap();
    Said::of(output)
}

#[test]
fn without_room_on_the_disk_it_says_so_and_goes_on_later() {
    let desk = Desk::new();
    let file = desk.path().join("shop.db");
    sqlite::make(&file, &script("TEXT", OLD));
    desk.write("dataward.toml", policy("url = \"sqlite:shop.db\"", "customers"));
    desk.json(&["scan", "--full"]);
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    let (mut blocks, mut refusals) = (2, 0);
    loop {
        let said = run_with_room(&desk, blocks, &["retain", "apply"]);
        assert!(!said.err.contains("panicked") && !said.err.contains("canary"), "{blocks} blocks: {said:?}");
        if said.code == 0 {
            break;
        }
        assert!(said.code > 0 && said.err.lines().count() > 0, "{blocks} blocks: {said:?}");
        refusals += 1;
        blocks *= 2;
    }
    assert!(refusals > 2, "refused {refusals} times");
    let next = desk.json(&["retain", "plan"]);
    assert!(next["tables"].as_array().unwrap().iter().all(|table| table["rows"] == 0), "{next}");
    assert_eq!(desk.run(&["evidence", "verify"]).code, 0);
    let entries = desk.json(&["evidence", "show"])["entries"].to_string();
    assert_eq!(entries.matches("applied/").count(), 1, "{entries}");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_on_postgresql_every_plan_ends_the_same() {
    on_postgresql(OLD, "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_while_tables_of_postgresql_are_emptied_at_once_every_plan_ends_the_same() {
    on_postgresql(4_000, "may_lock = \"60 seconds\"\n").await;
}

/// Plans over so many old customers, killed again and again; `leave` is a further line of the rule.
async fn on_postgresql(old: u64, leave: &str) {
    #[expect(clippy::disallowed_methods, reason = "a test is told by the environment how long it runs")]
    let wanted: u32 = std::env::var("DATAWARD_KILLS").map_or(4, |text| text.parse().unwrap());
    let server = PostgresServer::private();
    server.execute("postgres", "CREATE DATABASE shop").await;
    server.execute("shop", &script("date", old)).await;
    let fill = format!(
        "INSERT INTO customers SELECT i, 'canary' || i || '.' || i * 7919 || '@lantern.example', '2019-05-04'
             FROM generate_series(1, {old}) i;
         INSERT INTO orders SELECT 2 * i + o, i FROM generate_series(1, {old}) i, generate_series(0, 1) o"
    );
    let desk = Desk::new();
    desk.write("password", postgres::PASSWORD);
    let source =
        format!("url = \"postgres://postgres@{}\"\npassword = {{ file = \"password\" }}", server.place("shop"));
    desk.write("dataward.toml", policy(&source, "public.customers") + leave);
    desk.json(&["scan", "--full"]);
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let (mut kills, mut plans) = (0, 0);
    let mut longest = Duration::ZERO;
    while kills < wanted || plans < 2 {
        if plans > 0 {
            server.execute("shop", &fill).await;
        }
        let plan = desk.json(&["retain", "plan"]);
        let at_once = plan["tables"].as_array().unwrap().iter().all(|table| table["at_once_seconds"].is_u64());
        assert_eq!(at_once, !leave.is_empty(), "{plan:#}");
        let plan = plan["plan"].as_str().unwrap().to_owned();
        desk.json(&["retain", "approve", &plan]);
        let begun = Instant::now();
        let done = loop {
            // The first plan is left alone, to see how long one takes.
            let limit = match plans {
                0 => Duration::from_secs(600),
                _ => longest.mul_f64(0.02 + (dice.next_u32() % 1_000) as f64 / 1_000.0),
            };
            match run_for(&desk, limit, &["retain", "apply", &plan]) {
                Some(said) => break said,
                None => kills += 1,
            }
        };
        longest = longest.max(if plans == 0 { begun.elapsed() } else { Duration::ZERO });
        plans += 1;
        assert_eq!(done.code, 0, "seed {seed}: {done:?}");
        let said = done.json();
        let tables = said["tables"].as_array().unwrap();
        let changed: u64 = tables.iter().map(|table| table["changed"].as_u64().unwrap()).sum();
        assert_eq!(changed, 3 * old, "seed {seed}, plan {plans}: {said}");
        let sql = "SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM orders),
                          (SELECT count(*) FROM customers WHERE last_seen < '2020-01-01')";
        let mut psql = Command::new(postgres::programs().join("psql"));
        psql.arg("--host").arg(server.socket_folder()).arg(format!("--port={}", server.server().port()));
        let left = run(psql.args(["--username=postgres", "--dbname=shop", "-At", "--command", sql]));
        assert_eq!(left.trim(), "500|1000|0", "seed {seed}, plan {plans}");
    }
    println!("{kills} kills over {plans} plans: the same state after each");
    assert_eq!(desk.run(&["evidence", "verify"]).code, 0);
    let entries = desk.json(&["evidence", "show", "--last", "100000"])["entries"].to_string();
    assert_eq!(entries.matches("applied/").count(), plans, "{entries}");
}
