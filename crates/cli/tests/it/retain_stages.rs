//! What surrounds a plan: people are told before, a scheduler runs, files go with their rows, policies are tried.

use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::AtomicBool;

use dataward_app::AppError;
use dataward_app::Project;
use dataward_app::apply_plan::Watcher;
use dataward_app::apply_plan::apply_plan;
use dataward_app::environment::SystemClock;
use dataward_app::run_retention::When;
use dataward_app::run_retention::run_retention;
use dataward_model::Clock;
use dataward_seal::SecretBytes;
use dataward_testkit::sqlite;
use jiff::SignedDuration;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use crate::support::Desk;

const SHOP: &str = "[business]\nname = \"Test\"\n\n[source.shop]\nurl = \"sqlite:shop.db\"\n";

fn rule(name: &str, what: &str, keep: &str, more: &str) -> String {
    format!(
        "\n[[retain]]\nname = \"{name}\"\nwhat = \"{what}\"\nkeep = \"{keep}\"\nfrom = \"last_seen\"\nthen = \"erase\"\n{more}"
    )
}

/// Eight readers, five of them not seen for long; the fifth has no address.
fn readers() -> Desk {
    let desk = Desk::new();
    let mut script =
        "CREATE TABLE readers (id INTEGER PRIMARY KEY, email TEXT, full_name TEXT, last_seen TEXT);".to_owned();
    for number in 1..=8 {
        let name = ["Ada Lovelace", "Grace Hopper", "Alan Turing", "Emmy Noether"][number % 4];
        let seen = if number <= 5 { "2019-05-04" } else { "2026-11-01" };
        let email = if number == 5 { "NULL".to_owned() } else { format!("'canary{number}@lantern.example'") };
        script += &format!("INSERT INTO readers VALUES ({number}, {email}, '{name}', '{seen}');");
    }
    sqlite::make(&desk.path().join("shop.db"), &script);
    desk.write(
        "dataward.toml",
        format!("{SHOP}{}", rule("Readers", "shop.readers", "2 years", "notify = \"48 hours\"\n")),
    );
    desk.json(&["scan", "--full"]);
    desk
}

fn rows(plan: &Value, table: &str) -> u64 {
    let tables = plan["tables"].as_array().unwrap();
    tables.iter().filter(|line| line["table"] == table).map(|line| line["rows"].as_u64().unwrap()).sum()
}

struct Silent;

impl Watcher for Silent {
    fn progress(&self, _done: u64, _of: u64) {}
}

struct At(Timestamp);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// `retain apply` at another time.
fn apply_in(desk: &Desk, hours: i64) -> Result<Value, AppError> {
    let project = Project::open(&desk.path().join("dataward.toml")).unwrap();
    let clock = At(SystemClock.now().saturating_add(SignedDuration::from_hours(hours)).unwrap());
    let never = |_: &str| -> Result<SecretBytes, AppError> { unreachable!("no archive, no key") };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cancel = AtomicBool::new(false);
    let applied = runtime.block_on(apply_plan(&project, None, &never, &cancel, &Silent, &clock))?;
    Ok(serde_json::to_value(applied).unwrap())
}

/// Stopped before its first batch is begun, as by Ctrl-C.
fn cut_off(desk: &Desk) {
    let project = Project::open(&desk.path().join("dataward.toml")).unwrap();
    let never = |_: &str| -> Result<SecretBytes, AppError> { unreachable!("no archive, no key") };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cancel = AtomicBool::new(true);
    let stopped = runtime.block_on(apply_plan(&project, None, &never, &cancel, &Silent, &SystemClock));
    assert!(stopped.is_err(), "{stopped:?}");
}

#[test]
fn a_plan_can_be_given_up_also_when_it_was_cut_off() {
    let desk = readers();
    desk.write("dataward.toml", format!("{SHOP}{}", rule("Readers", "shop.readers", "2 years", "")));
    let state = |desk: &Desk| desk.json(&["retain", "status"])["plans"][0]["state"].as_str().unwrap().to_owned();
    let plan = desk.json(&["retain", "plan"])["plan"].as_str().unwrap().to_owned();
    desk.json(&["retain", "approve"]);
    cut_off(&desk);
    assert_eq!(state(&desk), "applying");
    let report = desk.json(&["retain", "drop", &plan[..12]]);
    assert_eq!(report["tables"][0]["skipped"], json!({ "given-up": 5 }), "{report:#}");
    assert_eq!(state(&desk), "dropped");
    // As a kill between the log and the state leaves it: what left the ledger may not go any more.
    sqlite::make(&desk.path().join(".dataward/state.db"), "UPDATE retain_plans SET state = 'applying'");
    let refused = desk.run(&["retain", "apply", &plan]);
    assert!(refused.code == 4 && refused.err.contains("was given up"), "{refused:?}");
    let entries = |desk: &Desk| desk.json(&["evidence", "show", "--last", "900"])["entries"].as_array().unwrap().len();
    let before = entries(&desk);
    assert_eq!(desk.run(&["retain", "drop", &plan]).code, 0);
    assert_eq!((entries(&desk), state(&desk)), (before, "dropped".to_owned()), "nothing is said twice");
    let again = desk.run(&["retain", "drop", &plan]);
    assert!(again.code == 2 && again.err.contains("has ended"), "{again:?}");
    // Nobody was erased: nobody is looked for after a restore.
    let replay = desk.json(&["retain", "replay"]);
    assert!(replay["plan"].is_null() && replay["tables"].as_array().unwrap().is_empty(), "{replay:#}");
    assert_eq!(rows(&desk.json(&["retain", "plan"]), "readers"), 5);
    assert_eq!(desk.run(&["evidence", "verify"]).code, 0);
}

#[test]
fn people_are_told_and_who_comes_back_stays() {
    let desk = readers();
    let plan = desk.json(&["retain", "plan"]);
    assert_eq!((rows(&plan, "readers"), &plan["notify"]), (5, &json!("48 hours")), "{plan}");
    desk.json(&["retain", "approve"]);
    let refused = desk.run(&["retain", "apply"]);
    assert!(refused.code == 4 && refused.err.contains("no list of them was written yet"), "{refused:?}");
    let said = desk.run(&["retain", "notify", "--out", "people.csv", "--format", "json"]);
    assert_eq!(said.code, 0, "{said:?}");
    let notice = said.json();
    assert_eq!((&notice["people"], &notice["unreachable"]), (&json!(4), &json!(1)), "{notice}");
    assert!(!(said.out + &said.err).contains("canary"), "no value is printed");
    let list = desk.read("people.csv");
    assert_eq!(list.lines().count(), 5, "{list}");
    assert!(list.contains("canary1@lantern.example,,Grace Hopper,Readers,shop.readers\n"), "{list}");
    let mode = std::fs::metadata(desk.path().join("people.csv")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(desk.run(&["retain", "notify", "--out", "people.csv"]).code, 2, "never written over");
    let entries = desk.json(&["evidence", "show"])["entries"].to_string();
    assert!(entries.contains("notified") && !entries.contains("canary"), "{entries}");
    let refused = desk.run(&["retain", "apply"]);
    assert!(refused.code == 4 && refused.err.contains("48 hours to come back"), "{refused:?}");
    // The second reader logs in.
    sqlite::make(&desk.path().join("shop.db"), "UPDATE readers SET last_seen = '2026-11-29' WHERE id = 2");
    assert!(apply_in(&desk, 47).is_err());
    let applied = apply_in(&desk, 49).unwrap();
    let line = &applied["tables"][0];
    assert_eq!((&line["changed"], line["skipped"].as_object().unwrap().len()), (&json!(4), 1), "{applied}");
    let plan = desk.json(&["retain", "plan"]);
    assert_eq!(rows(&plan, "readers"), 0);
}

#[test]
fn a_scheduler_previews_then_applies_what_was_approved_and_the_report_tells() {
    let desk = readers();
    let policy =
        format!("{SHOP}\n[audit]\nretention = \"monthly\"\n{}", rule("Readers", "shop.readers", "2 years", ""));
    desk.write("dataward.toml", policy);
    let first = desk.json(&["retain", "run", "--due"]);
    assert_eq!((&first["planned"], rows(&first["waiting"], "readers")), (&json!(true), 5), "{first:#}");
    assert!(first["waiting"]["warnings"].to_string().contains("first-run"), "{first:#}");
    assert!(first["command"].as_str().unwrap().starts_with("dataward retain approve"), "{first:#}");
    let again = desk.json(&["retain", "run", "--due"]);
    assert_eq!((&again["planned"], &again["waiting"]["plan"]), (&json!(false), &first["waiting"]["plan"]));
    assert_eq!(again["applied"], json!([]), "nobody approved it");
    desk.json(&["retain", "approve"]);
    let third = desk.json(&["retain", "run", "--due"]);
    assert_eq!(third["applied"][0]["tables"][0]["changed"], 5, "{third:#}");
    assert!(third["waiting"].is_null() && !third["next"].is_null(), "{third:#}");
    let quiet = desk.run(&["retain", "run", "--due"]);
    assert!(quiet.code == 0 && quiet.out.contains("Nothing is due."), "{quiet:?}");
    desk.json(&["report", "--output", "report.html"]);
    let page = desk.read("report.html");
    assert!(page.contains("What went, and what is next") && page.contains("shop.readers erase: 5"), "{page}");
    let second = desk.json(&["retain", "run"]);
    assert!(!second["waiting"]["warnings"].to_string().contains("first-run"), "{second:#}");
}

#[test]
fn a_plan_that_waits_until_people_were_told_is_not_made_anew_after_a_week() {
    let desk = readers();
    let rules = rule("Readers", "shop.readers", "2 years", "notify = \"480 hours\"\n");
    desk.write("dataward.toml", format!("{SHOP}\n[audit]\nretention = \"monthly\"\n{rules}"));
    let plan = desk.json(&["retain", "plan"]);
    let run_in = |days: i64| {
        let project = Project::open(&desk.path().join("dataward.toml")).unwrap();
        let clock = At(SystemClock.now().saturating_add(SignedDuration::from_hours(24 * days)).unwrap());
        let never = |_: &str| -> Result<SecretBytes, AppError> { unreachable!("no archive, no key") };
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let cancel = AtomicBool::new(false);
        let run = runtime.block_on(run_retention(&project, When::Due, &never, &cancel, &Silent, &clock)).unwrap();
        serde_json::to_value(run).unwrap()
    };
    let waiting = run_in(20);
    assert_eq!((&waiting["planned"], &waiting["waiting"]["plan"]), (&json!(false), &plan["plan"]), "{waiting}");
    assert_eq!(run_in(40)["planned"], true, "then it is too old");
}

#[test]
fn four_eyes_stay_four_on_a_schedule() {
    let desk = readers();
    desk.write(
        "dataward.toml",
        format!("{SHOP}{}", rule("Readers", "shop.readers", "2 years", "approve = \"four-eyes\"\n")),
    );
    desk.json(&["retain", "run"]);
    let refused = desk.run(&["retain", "approve"]);
    assert!(refused.code == 4 && refused.err.contains("somebody else"), "who planned may not approve: {refused:?}");
    assert_eq!(desk.json(&["retain", "run"])["applied"], json!([]));
}

#[test]
fn another_policy_is_tried_and_nothing_is_saved() {
    let desk = readers();
    let before = desk.json(&["retain", "plan"]);
    desk.write("other.toml", format!("{SHOP}{}", rule("Readers", "shop.readers", "2000 days", "")));
    let simulated = desk.json(&["retain", "plan", "--with", "other.toml"]);
    assert_eq!((&simulated["now"], &simulated["then"]), (&json!(5), &json!(5)), "{simulated}");
    desk.write("other.toml", format!("{SHOP}{}", rule("Readers", "shop.readers", "30 years", "")));
    let simulated = desk.json(&["retain", "plan", "--with", "other.toml"]);
    assert_eq!((&simulated["now"], &simulated["then"]), (&json!(5), &json!(0)), "{simulated}");
    let status = desk.json(&["retain", "status"]);
    assert_eq!(status["plans"].as_array().unwrap().len(), 1);
    assert_eq!(status["plans"][0]["plan"], before["plan"]);
    assert_eq!(desk.run(&["retain", "plan", "--with", "none.toml"]).code, 2);
}

#[test]
fn a_plan_whose_signature_was_taken_away_is_none() {
    let desk = readers();
    let plan = desk.json(&["retain", "plan"]);
    let note = desk.path().join(format!(".dataward/plans/{}.note", plan["plan"].as_str().unwrap()));
    std::fs::remove_file(note).unwrap();
    let refused = desk.run(&["retain", "approve"]);
    assert!(refused.code == 4 && refused.err.contains("signed here"), "{refused:?}");
}

#[test]
fn a_confirmed_reference_keeps_its_parent_until_a_rule_lets_the_child_go() {
    let desk = Desk::new();
    sqlite::make(
        &desk.path().join("shop.db"),
        "CREATE TABLE readers (id INTEGER PRIMARY KEY, last_seen TEXT);
         CREATE TABLE notes (id INTEGER PRIMARY KEY, reader INTEGER);
         INSERT INTO readers VALUES (1, '2019-01-01'), (2, '2019-01-01'); INSERT INTO notes VALUES (1, 1);",
    );
    let policy = format!("{SHOP}{}", rule("Readers", "shop.readers", "2 years", ""));
    desk.write("dataward.toml", &policy);
    assert_eq!(rows(&desk.json(&["retain", "plan"]), "readers"), 2);
    let reference = "\n[references]\n\"shop.notes.reader\" = \"shop.readers.id\"\n";
    desk.write("dataward.toml", format!("{policy}{reference}"));
    let plan = desk.json(&["retain", "plan"]);
    assert_eq!(rows(&plan, "readers"), 1, "{plan}");
    assert!(plan["tables"][0]["kept"].to_string().contains("referenced: rows of notes"), "{plan}");
    let taken = format!(
        "{}{reference}",
        policy.replace("then = \"erase\"\n", "then = \"erase\"\nchildren = { notes = \"erase\" }\n")
    );
    desk.write("dataward.toml", taken);
    let plan = desk.json(&["retain", "plan"]);
    assert_eq!((rows(&plan, "readers"), rows(&plan, "notes")), (2, 1), "{plan}");
    desk.json(&["retain", "approve"]);
    let applied = desk.json(&["retain", "apply"]);
    assert!(applied["tables"].as_array().unwrap().iter().all(|line| line["changed"] == line["planned"]), "{applied}");
}

/// Six notes, four of them old; files lie in `uploads`. The third and the fifth note share a file.
fn notes() -> Desk {
    let desk = Desk::new();
    let mut script = "CREATE TABLE notes (id INTEGER PRIMARY KEY, attachment TEXT, last_seen TEXT);".to_owned();
    for number in 1..=6 {
        let seen = if number <= 4 { "2019-05-04" } else { "2999-01-01" };
        let file = if number == 5 { 3 } else { number };
        let path =
            if number == 2 { desk.path().join("uploads/2.pdf").display().to_string() } else { format!("{file}.pdf") };
        script += &format!("INSERT INTO notes VALUES ({number}, '{path}', '{seen}');");
        desk.write(&format!("uploads/{number}.pdf"), format!("file {number}"));
    }
    sqlite::make(&desk.path().join("shop.db"), &script);
    desk.write(
        "dataward.toml",
        format!(
            "{SHOP}\n[source.uploads]\nurl = \"file:uploads\"\n\n[files]\n\"shop.notes.attachment\" = \"uploads\"\n{}",
            rule("Notes", "shop.notes", "2 years", "")
        ),
    );
    desk
}

fn uploads(desk: &Desk) -> Vec<String> {
    let names = std::fs::read_dir(desk.path().join("uploads")).unwrap();
    let mut names: Vec<String> = names.map(|entry| entry.unwrap().file_name().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_file_goes_with_its_row_and_one_that_another_row_names_stays() {
    let desk = notes();
    let plan = desk.json(&["retain", "plan"]);
    assert_eq!((rows(&plan, "notes"), rows(&plan, "stored")), (4, 3), "{plan:#}");
    let line = plan["tables"].as_array().unwrap().iter().find(|line| line["table"] == "stored").unwrap();
    assert_eq!(line["because_of"], json!(["shop.notes"]));
    assert!(line["kept"].to_string().contains("referenced: rows of notes that stay name them too"), "{plan:#}");
    assert!(line["order"].as_u64() > plan["tables"][0]["order"].as_u64(), "after the rows");
    desk.json(&["retain", "approve"]);
    // The first note is touched, and a new one names the file of the fourth.
    sqlite::make(
        &desk.path().join("shop.db"),
        "UPDATE notes SET last_seen = '2999-01-01' WHERE id = 1; INSERT INTO notes VALUES (9, '4.pdf', '2999-01-01');",
    );
    let applied = desk.json(&["retain", "apply"]);
    assert_eq!(uploads(&desk), ["1.pdf", "3.pdf", "4.pdf", "5.pdf", "6.pdf"], "{applied:#}");
    let files = applied["tables"].as_array().unwrap().iter().find(|line| line["table"] == "stored").unwrap();
    assert_eq!((&files["changed"], &files["skipped"]), (&json!(1), &json!({"referenced": 2})), "{applied:#}");
}

#[test]
fn a_file_that_two_columns_name_goes_after_the_last_row_however_it_is_written() {
    let desk = notes();
    // Another table names files too: the first, the second and the fourth, each written in another way.
    sqlite::make(
        &desk.path().join("shop.db"),
        "CREATE TABLE covers (id INTEGER PRIMARY KEY, scan TEXT);
         INSERT INTO covers VALUES (1, './/1.pdf'), (2, ' /2.pdf'), (3, 'https://elsewhere.example/4.pdf');",
    );
    let policy = desk.read("dataward.toml").replace("[files]\n", "[files]\n\"shop.covers.scan\" = \"uploads\"\n");
    desk.write("dataward.toml", policy);
    let plan = desk.json(&["retain", "plan"]);
    assert_eq!((rows(&plan, "notes"), rows(&plan, "stored")), (4, 1), "{plan:#}");
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    assert_eq!(uploads(&desk), ["1.pdf", "2.pdf", "3.pdf", "5.pdf", "6.pdf"]);
}
