//! Rows that are stored in odd ways: a held person stands behind a NUL, in bytes, between marks; tables are wide; a
//! plan stops half way.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use dataward_testkit::server::mariadb;
use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::postgres;
use dataward_testkit::server::postgres::PostgresServer;
use dataward_testkit::sqlite;

use crate::retain_kills::run_for;
use crate::support::Desk;

fn desk(source: &str, table: &str, then: &str) -> Desk {
    let desk = Desk::new();
    desk.write(
        "dataward.toml",
        format!(
            "[business]\nname = \"Blue Lantern Books\"\n\n[source.shop]\n{source}\n\n[[retain]]\nname = \"Visits\"\n\
             what = \"shop.{table}\"\nkeep = \"2 years\"\nfrom = \"seen\"\nthen = \"{then}\"\n"
        ),
    );
    desk
}

fn on_sqlite(script: &str, table: &str) -> Desk {
    let desk = desk("url = \"sqlite:shop.db\"", table, "erase");
    sqlite::make(&desk.path().join("shop.db"), script);
    desk.json(&["scan", "--full"]);
    desk
}

fn ask(desk: &Desk, sql: &str) -> String {
    let out = Command::new("sqlite3").arg(desk.path().join("shop.db")).arg(sql).output().unwrap();
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// With this person held, so many rows go.
fn going(desk: &Desk, person: &str) -> u64 {
    desk.run(&["retain", "hold", "place", "--matter", "suit", "--person", person]);
    let plan = desk.json(&["retain", "plan"]);
    desk.json(&["retain", "hold", "release", "suit"]);
    plan["tables"].as_array().unwrap().iter().map(|line| line["rows"].as_u64().unwrap()).sum()
}

#[test]
fn a_person_behind_a_nul_or_in_bytes_is_held_on_sqlite() {
    let utf16: Vec<u8> = "anna.krause@posteo.de".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let wide = format!("X'{}'", hexadecimal(&utf16));
    let mut script = "CREATE TABLE visits (id INTEGER PRIMARY KEY, status TEXT, data, seen DATE);".to_owned();
    for n in 0..40 {
        let (status, data) = match n {
            3 => ("'a' || char(0) || 'Anna.Krause@posteo.de'", "1"),
            4 => ("'ok'", "X'000102' || CAST('anna.krause@posteo.de' AS BLOB)"),
            5 => ("'ok'", wide.as_str()),
            6 => ("'tel' || char(0) || '0170 10 38 999'", "1"),
            7 => ("'x' || char(0) || 'Krause, Anna'", "2"),
            _ => ("'ok'", "3"),
        };
        script += &format!("INSERT INTO visits VALUES ({n}, {status}, {data}, '2018-05-04');");
    }
    let desk = on_sqlite(&script, "visits");
    assert_eq!(going(&desk, "user.contact.email=anna.krause@posteo.de"), 37);
    assert_eq!(going(&desk, "user.contact.phone_number=+49 170 1038999"), 39);
    // Her name stands in the address too.
    assert_eq!(going(&desk, "user.name=Anna Krause"), 36);
    // And the gate asks once more.
    desk.run(&["retain", "hold", "place", "--matter", "suit", "--person", "user.contact.email=anna.krause@posteo.de"]);
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    assert_eq!(ask(&desk, "SELECT group_concat(id) FROM visits"), "3,4,5");
}

#[test]
fn a_table_of_a_thousand_columns_is_planned_held_and_emptied() {
    let columns: String = (0..1_000).map(|n| format!(", c{n} TEXT")).collect();
    let mut script = format!("CREATE TABLE visits (id INTEGER PRIMARY KEY, seen DATE{columns});");
    for n in 0..20 {
        let note = if n == 3 { "s. Krause, Anna" } else { "ok" };
        script += &format!("INSERT INTO visits (id, seen, c7, c977) VALUES ({n}, '2018-05-04', 'a', '{note}');");
    }
    let desk = on_sqlite(&script, "visits");
    desk.run(&["retain", "hold", "place", "--matter", "suit", "--person", "user.name=Anna Krause"]);
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    let applied = desk.json(&["retain", "apply"]);
    assert_eq!((&applied["tables"][0]["changed"], ask(&desk, "SELECT id FROM visits").as_str()), (&19.into(), "3"));
}

/// Notes of whose people some stand between marks or in bytes.
fn visits(bytes: &str, in_bytes: impl Fn(&str) -> String, more: &str) -> String {
    let mut script =
        format!("CREATE TABLE visits (id INTEGER PRIMARY KEY, status VARCHAR(200), data {bytes}, {more} seen DATE);");
    for n in 0..40 {
        let status = match n {
            3 => "(Li, Bo)",
            4 => "Li/Bo",
            5 => "Lima, Bologna",
            _ => "ok",
        };
        let data = if n == 6 { in_bytes("Björn Müller") } else { in_bytes("ok") };
        script +=
            &format!("INSERT INTO visits (id, status, data, seen) VALUES ({n}, '{status}', {data}, '2018-05-04');");
    }
    script
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_in_bytes_or_between_marks_is_held_on_postgresql() {
    let server = PostgresServer::private();
    server.execute("postgres", "CREATE DATABASE crm").await;
    let bytes = |text: &str| format!("convert_to('{text}', 'UTF8')");
    server.execute("crm", "CREATE DOMAIN scan AS bytea; CREATE DOMAIN date_note AS text").await;
    let more = "token uuid, address inet, device macaddr, paper scan, note date_note, pages bytea[],";
    server.execute("crm", &visits("bytea", bytes, more)).await;
    server
        .execute(
            "crm",
            "UPDATE visits SET token = '7d444840-9dc0-11d1-b245-5ffdce74fad2' WHERE id = 7;
             UPDATE visits SET address = '198.51.100.77' WHERE id = 8;
             UPDATE visits SET device = '08:00:2b:01:02:03' WHERE id = 9;
             UPDATE visits SET paper = convert_to('Krause, Anna', 'UTF8') WHERE id = 10;
             UPDATE visits SET note = 'frau anna krause' WHERE id = 11;
             UPDATE visits SET pages = ARRAY[convert_to('Anna', 'UTF8'), convert_to('KRAUSE', 'UTF8')] WHERE id = 12;
             UPDATE visits SET data = convert_to('{\"n\":\"Zo\\u00eb Vermeulen\"}', 'UTF8') WHERE id = 13;
             UPDATE visits SET data = convert_to('Öz, Ay', 'UTF8') WHERE id = 14;",
        )
        .await;
    let url = format!("url = \"postgres://postgres@{}\"\npassword = {{ file = \"password\" }}", server.place("crm"));
    let desk = desk(&url, "public.visits", "erase");
    desk.write("password", postgres::PASSWORD);
    desk.json(&["scan", "--full"]);
    assert_eq!(going(&desk, "user.name=Bo Li"), 38);
    assert_eq!(going(&desk, "user.name=Björn Müller"), 39);
    assert_eq!(going(&desk, "user.name=Anna Krause"), 37);
    assert_eq!(going(&desk, "user.name=Zoë Vermeulen"), 39);
    assert_eq!(going(&desk, "user.name=Ay Öz"), 39);
    assert_eq!(going(&desk, "user.unique_id=7D444840-9DC0-11D1-B245-5FFDCE74FAD2"), 39);
    assert_eq!(going(&desk, "user.device.ip_address=198.51.100.77"), 39);
    assert_eq!(going(&desk, "user.device.mac_address=08-00-2B-01-02-03"), 39);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_in_bytes_or_between_marks_is_held_on_mariadb() {
    let server = MariaDbServer::private_with(&[]);
    server.execute("mysql", "CREATE DATABASE crm CHARACTER SET utf8mb4").await;
    let bytes = |text: &str| format!("X'{}'", hexadecimal(text.as_bytes()));
    server.execute("crm", &visits("BLOB", bytes, "")).await;
    let url = format!("url = \"mysql://root@{}\"\npassword = {{ file = \"password\" }}", server.place("crm"));
    let desk = desk(&url, "crm.visits", "erase");
    desk.write("password", mariadb::PASSWORD);
    desk.json(&["scan", "--full"]);
    assert_eq!(going(&desk, "user.name=Bo Li"), 38);
    assert_eq!(going(&desk, "user.name=Björn Müller"), 39);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_row_that_a_check_refuses_does_not_stop_the_others_on_postgresql() {
    let server = PostgresServer::private();
    server.execute("postgres", "CREATE DATABASE crm").await;
    let mut script = "CREATE TABLE visits (id INTEGER PRIMARY KEY, email VARCHAR(200) NOT NULL, seen DATE,
            CHECK (id <> 7 OR email LIKE '%@lantern.example'));"
        .to_owned();
    for n in 0..40 {
        script += &format!("INSERT INTO visits VALUES ({n}, 'reader{n}@lantern.example', '2018-05-04');");
    }
    server.execute("crm", &script).await;
    let url = format!("url = \"postgres://postgres@{}\"\npassword = {{ file = \"password\" }}", server.place("crm"));
    let desk = desk(&url, "public.visits", "anonymise");
    desk.write("password", postgres::PASSWORD);
    desk.json(&["scan", "--full"]);
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    let applied = desk.json(&["retain", "apply"]);
    let line = &applied["tables"][0];
    assert_eq!((&line["changed"], &line["skipped"]["refused"]), (&39.into(), &1.into()), "{applied:#}");
    assert!(applied["notes"].to_string().contains("23514"), "{applied:#}");
}

#[test]
fn nothing_is_replayed_while_a_plan_is_not_at_its_end() {
    let mut script = "CREATE TABLE visits (id INTEGER PRIMARY KEY, email TEXT, seen DATE);".to_owned();
    for n in 0..3_000 {
        script += &format!("INSERT INTO visits VALUES ({n}, 'reader{n}@lantern.example', '2018-05-04');");
    }
    let desk = on_sqlite(&script, "visits");
    let plan = desk.json(&["retain", "plan"])["plan"].as_str().unwrap().to_owned();
    desk.json(&["retain", "approve"]);
    // Somebody keeps the database locked: the ledger is written, and no row goes.
    let mut locked = Command::new("sqlite3")
        .arg(desk.path().join("shop.db"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = locked.stdin.take().unwrap();
    stdin.write_all(b"BEGIN IMMEDIATE;\nSELECT 'locked';\n").unwrap();
    stdin.flush().unwrap();
    let mut line = String::new();
    BufReader::new(locked.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "locked\n");
    let mut limit = Duration::from_millis(200);
    let is_begun = |desk: &Desk| desk.json(&["retain", "status"])["plans"].to_string().contains("\"applying\"");
    while !is_begun(&desk) {
        assert!(run_for(&desk, limit, &["retain", "apply", &plan]).is_none(), "it can't end");
        limit = limit * 5 / 4;
    }
    drop(stdin);
    locked.wait().unwrap();
    // A reader comes back: her row is no erased one.
    sqlite::make(&desk.path().join("shop.db"), "UPDATE visits SET seen = '2026-11-01' WHERE id = 7");
    let said = desk.run(&["retain", "replay"]);
    assert_eq!((said.code, said.err.contains("is not at its end")), (4, true), "{said:?}");
    // Nor does it go on as if nothing had happened since it was approved.
    desk.json(&["retain", "hold", "place", "--matter", "suit", "--place", "shop.visits"]);
    let said = desk.run(&["retain", "apply", &plan]);
    assert_eq!((said.code, said.err.contains("suit")), (4, true), "{said:?}");
    desk.json(&["retain", "hold", "release", "suit"]);
    desk.json(&["retain", "drop", &plan]);
    let replay = desk.json(&["retain", "replay"]);
    assert!(replay["plan"].is_null(), "nothing was erased: {replay:#}");
    assert_eq!(ask(&desk, "SELECT count(*) FROM visits"), "3000");
}
