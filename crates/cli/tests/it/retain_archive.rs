//! Archives: what lies in them, single files and rows brought back, and whom a hold keeps them for.

use std::path::PathBuf;
use std::time::Duration;
use std::time::SystemTime;

use dataward_app::environment::SystemClock;
use dataward_model::Clock;
use dataward_testkit::sqlite;
use serde_json::Value;

use crate::support::Desk;

const POLICY: &str = "[business]\nname = \"Blue Lantern Books\"\n\n[source.shop]\nurl = \"sqlite:shop.db\"\n\n\
    [source.exports]\nurl = \"file:exports\"\n\n[[retain]]\nname = \"Tickets\"\nwhat = \"shop.tickets\"\nkeep = \"1 year\"\n\
    from = \"closed_at\"\nthen = \"archive\"\narchive_for = \"5 years\"\n\n[[retain]]\nname = \"Exports\"\nwhat = \"exports\"\n\
    keep = \"1 year\"\nfrom = \"modified\"\nthen = \"archive\"\narchive_for = \"5 years\"\n";

/// Old tickets of Ada and Ben, one mentions Carol; Dora has none that is old.
const SHOP: &str = "CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT);
    CREATE TABLE tickets (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customers, note TEXT, closed_at TEXT);
    INSERT INTO customers VALUES (1, 'ada@lantern.example'), (2, 'ben@lantern.example'), (3, 'carol@lantern.example'),
                                 (4, 'dora@lantern.example');
    INSERT INTO tickets VALUES (10, 1, 'lamp is broken', '2019-01-02'), (11, 2, NULL, '2019-05-06'),
        (12, 2, 'send it to carol@lantern.example', '2019-05-07'), (13, 4, 'new', '2026-11-01');";

fn archived() -> Desk {
    let desk = Desk::new();
    desk.write("dataward.toml", POLICY);
    sqlite::make(&desk.path().join("shop.db"), SHOP);
    for (name, text) in
        [("2019/list.csv", "email\nada@lantern.example\n"), ("old.txt", "an old letter"), ("new.txt", "new")]
    {
        desk.write(&format!("exports/{name}"), text);
    }
    for name in ["exports/2019/list.csv", "exports/old.txt"] {
        let file = std::fs::File::options().append(true).open(desk.path().join(name)).unwrap();
        file.set_modified(SystemTime::from(SystemClock.now()) - Duration::from_secs(800 * 86_400)).unwrap();
    }
    desk.json(&["scan", "--full"]);
    assert_eq!(desk.run(&["keys", "init", "--root", "file:root.key"]).code, 0);
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    assert!(!desk.path().join("exports/old.txt").exists() && desk.path().join("exports/new.txt").exists());
    desk
}

#[test]
fn what_was_archived_is_listed_and_single_files_and_rows_come_back_beside_the_data() {
    let desk = archived();
    let list = desk.json(&["retain", "archive", "list"]);
    let parts = list["parts"].as_array().unwrap();
    let told: Vec<(&str, Option<&str>, u64)> = parts
        .iter()
        .map(|part| (part["source"].as_str().unwrap(), part["table"].as_str(), part["rows"].as_u64().unwrap()))
        .collect();
    assert_eq!(told, [("exports", None, 2), ("shop", Some("tickets"), 3)], "{list:#}");
    let named = desk.json(&["retain", "archive", "list", "exports", "--names"]);
    assert_eq!(named["parts"][0]["files"], serde_json::json!(["2019/list.csv", "old.txt"]), "{named:#}");
    assert_eq!(named["parts"].as_array().unwrap().len(), 1);
    let shown = desk.run(&["retain", "archive", "list"]).out;
    assert!(shown.contains("3 rows  shop.tickets") && shown.contains("2 files  exports"), "{shown}");

    let restore = ["retain", "archive", "restore"];
    let back = desk.json(&[&restore[..], &["exports.2019/list.csv", "--output", "list.csv"]].concat());
    assert_eq!((&back["rows"], desk.read("list.csv").as_str()), (&1.into(), "email\nada@lantern.example\n"));
    let back = desk.json(&[&restore[..], &["shop.tickets", "--where", "customer=2", "-o", "rows.jsonl"]].concat());
    assert_eq!(back["rows"], 2, "{back}");
    let rows: Vec<Value> = desk.read("rows.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&rows[0]["id"], &rows[0]["note"]), (&"11".into(), &Value::Null));
    assert_eq!(rows[1]["note"], "send it to carol@lantern.example");
    // The source is as it was; the log knows that somebody had them, and not whose they are.
    assert!(!desk.path().join("exports/2019/list.csv").exists());
    let log = desk.json(&["evidence", "show"]);
    let is_it = |entry: &&Value| entry["statement"]["predicate"]["event"]["action"] == "archive-restore";
    let told: Vec<String> = log["entries"].as_array().unwrap().iter().filter(is_it).map(Value::to_string).collect();
    assert_eq!(told.len(), 2, "{log}");
    assert!(told.iter().all(|entry| !entry.contains("list.csv")), "{told:?}");

    // What is there is not written over; what is not in there is told.
    for (arguments, told) in [
        (["exports.old.txt", "-o", "list.csv"], "cannot write `list.csv`"),
        (["exports.new.txt", "-o", "other"], "nothing of `exports.new.txt`"),
        (["nowhere.x", "-o", "other"], "`nowhere` is no source"),
    ] {
        let said = desk.run(&[&restore[..], &arguments].concat());
        assert_eq!((said.code, said.err.contains(told)), (2, true), "{said:?}");
    }
    let said = desk.run(&[&restore[..], &["shop.tickets", "--where", "colour=2", "-o", "other"]].concat());
    assert_eq!((said.code, said.err.contains("known: id, customer, note, closed_at")), (2, true), "{said:?}");
    assert!(!desk.path().join("other").exists());
}

/// The files of the archive whose names end so, in order.
fn files(desk: &Desk, end: &str) -> Vec<PathBuf> {
    let classes = std::fs::read_dir(desk.path().join(".dataward/archive")).unwrap();
    let files = classes.flat_map(|class| std::fs::read_dir(class.unwrap().path()).unwrap());
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.to_string_lossy().ends_with(end));
    files.sort();
    files
}

#[test]
fn a_file_of_the_archive_under_the_name_of_another_is_not_taken_for_it() {
    let desk = archived();
    let contents: Vec<PathBuf> =
        files(&desk, ".esdk").into_iter().filter(|file| !file.to_string_lossy().contains("parquet")).collect();
    let [one, other] = &contents[..] else { panic!("{contents:?}") };
    let kept = std::fs::read(one).unwrap();
    std::fs::copy(other, one).unwrap();
    std::fs::write(other, kept).unwrap();
    for file in ["exports.old.txt", "exports.2019/list.csv"] {
        let said = desk.run(&["retain", "archive", "restore", file, "-o", "back"]);
        assert_eq!((said.code, said.err.contains("is another one under that name")), (4, true), "{said:?}");
    }
    assert!(!desk.path().join("back").exists());
}

#[test]
fn parts_that_cannot_be_opened_are_passed_over_and_counted() {
    let desk = archived();
    let damaged = files(&desk, ".parquet.esdk").into_iter().find(|file| file.to_string_lossy().contains("tickets"));
    let damaged = damaged.unwrap();
    std::fs::copy(&damaged, damaged.with_file_name("0123456789ab-000000.parquet.esdk")).unwrap();
    let restore = ["retain", "archive", "restore", "shop.tickets", "--where", "id=11", "-o"];
    let back = desk.json(&[&restore[..], &["ticket"]].concat());
    assert_eq!((&back["rows"], &back["unopened"]), (&1.into(), &1.into()), "{back}");
    let said = desk.run(&[&restore[..], &["again"]].concat());
    assert!(said.out.contains("1 part of the archive could not be opened"), "{said:?}");
}

#[test]
fn the_archive_of_a_source_that_the_policy_has_no_more_is_readable() {
    let desk = archived();
    desk.write(
        "dataward.toml",
        POLICY.replace("source.shop]", "source.store]").replace("shop.tickets", "store.tickets"),
    );
    let listed = desk.json(&["retain", "archive", "list", "shop"]);
    assert_eq!(listed["parts"].as_array().unwrap().len(), 1, "{listed:#}");
    let restore = ["retain", "archive", "restore", "shop.tickets", "--where", "id=11", "-o", "ticket"];
    assert_eq!(desk.json(&restore)["rows"], 1);
}

#[test]
fn what_was_not_removed_is_not_in_the_archive() {
    let desk = archived();
    sqlite::make(&desk.path().join("shop.db"), "INSERT INTO tickets VALUES (20, 1, 'again', '2019-01-02')");
    let before = files(&desk, "");
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    sqlite::make(&desk.path().join("shop.db"), "UPDATE tickets SET closed_at = '2026-11-01' WHERE id = 20");
    let applied = desk.json(&["retain", "apply"]);
    assert_eq!(applied["tables"][0]["changed"], 0, "{applied:#}");
    assert_eq!(files(&desk, ""), before);
}

/// The folder of the archive of tickets, as if it had ended years ago.
fn ended(desk: &Desk) -> PathBuf {
    let archive = desk.path().join(".dataward/archive");
    let class = std::fs::read_dir(&archive).unwrap().map(|entry| entry.unwrap().path());
    let tickets = class.into_iter().find(|path| path.to_string_lossy().contains("archive-tickets")).unwrap();
    let ended = archive.join("archive-tickets-2020");
    std::fs::rename(tickets, &ended).unwrap();
    desk.json(&["keys", "rotate", "--class", "archive-tickets-2020"]);
    ended
}

/// Why the archive that has ended stays.
fn kept(desk: &Desk) -> Option<String> {
    let plan = desk.json(&["retain", "plan"]);
    assert_eq!(plan["archives"].as_array().map(Vec::len), Some(1), "{plan:#}");
    plan["archives"][0]["kept"].as_str().map(str::to_owned)
}

fn held_for(desk: &Desk, arguments: &[&str]) -> Option<String> {
    // What it covers may be in the archive alone: then that is told, and it lies all the same.
    let said = desk.run(&[&["retain", "hold", "place", "--matter", "suit 7"], arguments].concat());
    assert!(said.code <= 1, "{said:?}");
    let kept = kept(desk);
    desk.json(&["retain", "hold", "release", "suit 7"]);
    kept
}

#[test]
fn a_hold_keeps_the_archives_that_speak_of_the_person_and_no_others() {
    let desk = archived();
    let folder = ended(&desk);
    assert_eq!(kept(&desk), None);
    let person = |address: &str| held_for(&desk, &["--person", &format!("user.contact.email={address}")]);
    // By a number that refers to her, by another's note, and by nothing.
    assert!(person("Ada@lantern.example").is_some_and(|kept| kept.contains("suit 7")));
    assert!(person("carol@lantern.example").is_some());
    assert_eq!(person("dora@lantern.example"), None);
    assert!(held_for(&desk, &["--place", "shop.tickets"]).is_some());
    assert!(held_for(&desk, &["--place", "shop"]).is_some());
    assert_eq!(held_for(&desk, &["--place", "exports"]), None);
    assert!(held_for(&desk, &["--place", "shop.tickets", "--where", "customer=2"]).is_some());
    assert_eq!(held_for(&desk, &["--place", "shop.tickets", "--where", "note=unknown"]), None);

    // Nobody can read there who is in it, and of what was archived before nobody knows.
    let beside: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "subjects"))
        .collect();
    assert_eq!(beside.len(), 1);
    let bytes = std::fs::read(&beside[0]).unwrap();
    assert!(!bytes.windows(7).any(|part| part == b"lantern") && !bytes.windows(7).any(|part| part == b"tickets"));
    std::fs::remove_file(&beside[0]).unwrap();
    assert!(person("dora@lantern.example").is_some());
}
