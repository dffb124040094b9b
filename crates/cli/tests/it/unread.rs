//! What could not be read: what is known of it stays, it is told as not read, and one bad file undoes no audit.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::os::unix::fs::symlink;
use std::process::Command;

use dataward_testkit::sqlite;
use serde_json::Value;

use crate::support::Desk;
use crate::support::Said;

const SHOP: &str = "
    CREATE TABLE support (id INTEGER PRIMARY KEY, name TEXT, email TEXT);
    CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
    INSERT INTO support SELECT i, 'Ada Lovelace', 'person' || i || '@example.org' FROM n;
    INSERT INTO words VALUES (1, 'lantern'), (2, 'book');";

fn shop() -> Desk {
    let desk = Desk::with_exports();
    sqlite::make(&desk.path().join("shop.db"), SHOP);
    let policy = desk.read("dataward.toml");
    desk.write("dataward.toml", format!("{policy}\n[source.shop]\nurl = \"sqlite:shop.db\"\n"));
    desk.write("exports/people.csv", "name,email\nGrace Hopper,grace.hopper@example.com\n");
    desk
}

/// Overwrites the page at which the rows of `support` begin.
fn damage(desk: &Desk) {
    let file = desk.path().join("shop.db");
    let query =
        "SELECT (rootpage - 1) * (SELECT page_size FROM pragma_page_size) FROM sqlite_schema WHERE name = 'support'";
    let said = Command::new("sqlite3").arg(&file).arg(query).output().unwrap();
    let offset: u64 = String::from_utf8(said.stdout).unwrap().trim().parse().unwrap();
    OpenOptions::new().write(true).open(&file).unwrap().write_all_at(&[0xa5; 1024], offset).unwrap();
}

fn personal(desk: &Desk, table: &str) -> Vec<(String, String)> {
    let listed = desk.json(&["inventory"]);
    let entries = listed["entries"].as_array().unwrap().iter();
    let of_table = entries.filter(|entry| entry["table"] == table);
    of_table
        .map(|entry| {
            (entry["column"].as_str().unwrap().to_owned(), entry["not_read"].as_str().unwrap_or_default().to_owned())
        })
        .collect()
}

fn not_read(desk: &Desk) -> Vec<String> {
    let status = desk.json(&["status"]);
    let lines = status["not_read"].as_array().unwrap().iter();
    lines.map(|line| format!("{}.{}", line["source"].as_str().unwrap(), line["place"].as_str().unwrap())).collect()
}

#[test]
fn a_damaged_table_keeps_its_verdict_and_is_told_as_not_read() {
    let desk = shop();
    assert_eq!(desk.run(&["scan", "--full"]).code, 0);
    let before = personal(&desk, "support");
    assert_eq!(before, [("email".to_owned(), String::new())]);
    damage(&desk);
    let said = desk.run(&["scan", "--full"]);
    assert_eq!(said.code, 3, "{said:?}");
    let nothing: Vec<&str> = said.out.lines().filter(|line| line.contains("nothing personal")).collect();
    assert!(nothing.iter().all(|line| !line.contains("support")), "{}", said.out);
    let after = personal(&desk, "support");
    assert_eq!(after.iter().map(|(column, _)| column.as_str()).collect::<Vec<_>>(), ["email"]);
    assert!(after.iter().all(|(_, why)| why.contains("damaged")), "{after:?}");
    assert_eq!(not_read(&desk), ["shop.support"]);
    let explained = desk.run(&["inventory", "explain", "shop.support.email"]);
    assert!(explained.out.contains("Not read by the last scan"), "{}", explained.out);
    assert!(explained.out.contains("300 cells"), "{}", explained.out);
    let list = desk.run(&["inventory"]).out;
    assert!(list.contains("not read by the last scan"), "{list}");
    // The same where nothing was known of it before.
    std::fs::remove_dir_all(desk.path().join(".dataward")).unwrap();
    let said = desk.run(&["scan", "--full"]);
    assert_eq!(said.code, 3, "{said:?}");
    assert_eq!(personal(&desk, "support"), []);
    assert_eq!(not_read(&desk), ["shop.support"]);
}

#[test]
fn what_was_not_read_of_one_source_is_told_after_another_was_scanned() {
    let desk = shop();
    desk.run(&["scan", "--full"]);
    damage(&desk);
    assert_eq!(desk.run(&["scan", "--full"]).code, 3);
    assert_eq!(desk.run(&["scan", "exports", "--since-last"]).code, 0);
    assert_eq!(not_read(&desk), ["shop.support"], "the last scan of `shop` could not read it");
    let head: Vec<String> = desk.run(&["status"]).out.lines().take(3).map(str::to_owned).collect();
    assert!(head[1].contains("every row (303 rows)"), "{head:?}");
    assert!(head[2].contains("shop.support"), "{head:?}");
    sqlite::make(&desk.path().join("new.db"), SHOP);
    std::fs::rename(desk.path().join("new.db"), desk.path().join("shop.db")).unwrap();
    assert_eq!(desk.run(&["scan", "shop", "--full"]).code, 0);
    assert_eq!(not_read(&desk), Vec::<String>::new());
}

fn stage(desk: &Desk, name: &str) -> Value {
    let status = desk.json(&["status"]);
    status["stages"].as_array().unwrap().iter().find(|stage| stage["stage"] == name).unwrap().clone()
}

fn audit(desk: &Desk, arguments: &[&str]) -> Said {
    desk.run(&[&["audit", "--fail-on", "never"], arguments].concat())
}

#[test]
fn one_bad_file_does_not_undo_an_audit_and_is_named_as_its_gap() {
    let desk = shop();
    desk.write("exports/broken.parquet", "PAR1 and nothing more PAR1");
    symlink(desk.path().join("exports"), desk.path().join("exports/up")).unwrap();
    assert_eq!(desk.run(&["scan", "--full"]).code, 3);
    let said = audit(&desk, &["integrity"]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.out.contains("with gaps") && !said.out.contains("does not count"), "{}", said.out);
    let integrity = stage(&desk, "integrity");
    assert!(integrity["last"].is_string(), "it ran, and counts: {integrity}");
    assert_eq!(integrity["gaps"], serde_json::json!(["exports.broken.parquet"]), "a link upwards is none");
    let shown = desk.run(&["status"]).out;
    assert!(shown.contains("not looked at then: exports.broken.parquet"), "{shown}");
}

#[test]
fn an_audit_without_a_whole_source_does_not_count_and_says_what_it_left_out() {
    let desk = shop();
    assert_eq!(desk.run(&["scan"]).code, 0);
    audit(&desk, &["integrity", "--source", "exports"]);
    let integrity = stage(&desk, "integrity");
    assert!(integrity["last"].is_null(), "{integrity}");
    assert_eq!(integrity["in_part"]["gaps"], serde_json::json!(["shop"]));
    let shown = desk.run(&["status"]).out;
    assert!(shown.contains("never ran whole") && shown.contains("without shop"), "{shown}");
    audit(&desk, &["integrity"]);
    let integrity = stage(&desk, "integrity");
    assert!(integrity["last"].is_string() && integrity["in_part"].is_null(), "{integrity}");
}
