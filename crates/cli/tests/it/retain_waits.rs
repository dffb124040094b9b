//! Rows and the files they name go together or stay together; what an account may not read keeps nothing else back.

use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use std::time::SystemTime;

use dataward_app::environment::SystemClock;
use dataward_model::Clock;
use dataward_testkit::sqlite;
use serde_json::Value;
use serde_json::json;

use crate::support::Desk;
use crate::support::Said;

fn age(path: &Path) {
    let file = std::fs::File::options().append(true).open(path).unwrap();
    file.set_modified(SystemTime::from(SystemClock.now()) - Duration::from_secs(800 * 86_400)).unwrap();
}

/// Four old tickets, each with a file in `up`; all are scanned.
fn tickets() -> Desk {
    let desk = Desk::new();
    let mut script = "CREATE TABLE tickets (id INTEGER PRIMARY KEY, anhang TEXT, closed_at TEXT);".to_owned();
    for number in 1..=4 {
        script += &format!("INSERT INTO tickets VALUES ({number}, 'a{number}.txt', '2019-05-04');");
        let text = format!("We wrote to kunde{number}@lantern.example about the parcel.\n");
        desk.write(&format!("up/a{number}.txt"), text);
    }
    sqlite::make(&desk.path().join("s.db"), &script);
    desk.write(
        "dataward.toml",
        "[business]\nname = \"Test\"\n\n[source.s]\nurl = \"sqlite:s.db\"\n\n[source.up]\nurl = \"file:up\"\n\n[files]\n\
         \"s.tickets.anhang\" = \"up\"\n\n[[retain]]\nname = \"Tickets\"\nwhat = \"s.tickets\"\nkeep = \"3 months\"\n\
         from = \"closed_at\"\nthen = \"erase\"\n",
    );
    desk.json(&["scan", "--full"]);
    desk
}

fn rows(plan: &Value) -> (u64, u64, String) {
    let of = |table: &str| {
        let lines = plan["tables"].as_array().unwrap().iter().filter(|line| line["table"] == table);
        lines.map(|line| line["rows"].as_u64().unwrap()).sum()
    };
    (of("tickets"), of("stored"), plan["tables"].to_string())
}

fn apply(desk: &Desk) -> Value {
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"])
}

fn hold(desk: &Desk, email: &str) {
    let person = format!("user.contact.email={email}");
    desk.json(&["retain", "hold", "place", "--matter", "suit 7", "--person", &person]);
}

fn left(desk: &Desk) -> Vec<String> {
    let names = std::fs::read_dir(desk.path().join("up")).unwrap();
    let mut names: Vec<String> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_row_whose_file_is_held_waits_for_it_and_both_go_when_the_hold_is_lifted() {
    let desk = tickets();
    hold(&desk, "kunde3@lantern.example");
    let plan = desk.json(&["retain", "plan"]);
    let (tickets, files, said) = rows(&plan);
    assert_eq!((tickets, files), (3, 3), "{plan:#}");
    assert!(said.contains("file: they wait for files of up that are held"), "{said}");
    apply(&desk);
    assert_eq!(left(&desk), ["a3.txt"]);
    desk.json(&["retain", "hold", "release", "suit 7"]);
    let plan = desk.json(&["retain", "plan"]);
    assert_eq!((rows(&plan).0, rows(&plan).1), (1, 1), "{plan:#}");
    apply(&desk);
    assert!(left(&desk).is_empty());
}

#[test]
fn a_row_whose_file_nobody_has_looked_through_for_a_held_person_waits_and_the_plan_says_what_to_do() {
    let desk = tickets();
    hold(&desk, "kunde1@lantern.example");
    desk.write("up/a2.txt", "written anew, who knows about whom\n");
    let plan = desk.json(&["retain", "plan"]);
    let (tickets, files, said) = rows(&plan);
    assert_eq!((tickets, files), (2, 2), "{plan:#}");
    assert!(said.contains("dataward scan --full up"), "{said}");
    desk.json(&["scan", "--full"]);
    assert_eq!(rows(&desk.json(&["retain", "plan"])).0, 3);
}

#[test]
fn at_the_gate_a_row_waits_for_a_file_that_was_changed_since_and_the_next_plan_takes_both() {
    let desk = tickets();
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    desk.write("up/a4.txt", "somebody wrote more into it");
    let applied = desk.json(&["retain", "apply"]);
    let line = |table: &str| {
        let lines = applied["tables"].as_array().unwrap();
        lines.iter().find(|line| line["table"] == table).unwrap().clone()
    };
    assert_eq!((&line("tickets")["changed"], &line("tickets")["skipped"]), (&json!(3), &json!({"file-changed": 1})));
    assert_eq!(line("tickets")["waits_for"], json!(["up"]));
    assert_eq!(line("stored")["changed"], 3, "{applied:#}");
    assert_eq!(left(&desk), ["a4.txt"]);
    let plan = desk.json(&["retain", "plan"]);
    assert_eq!((rows(&plan).0, rows(&plan).1), (1, 1), "{plan:#}");
    apply(&desk);
    assert!(left(&desk).is_empty());
}

/// The program as an account that may not read everything: root may.
fn as_nobody(desk: &Desk, arguments: &[&str]) -> Said {
    let mut command = desk.command(arguments);
    if desk.path().metadata().unwrap().uid() == 0 {
        let program = command.get_program().to_owned();
        let path = desk.path().to_str().unwrap();
        let owned = Command::new("chown").args(["-R", "65534:65534", path]).status().unwrap();
        assert!(owned.success());
        command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program).args(arguments);
        command.current_dir(desk.path()).env_clear().env("USER", "tester").env("PATH", "/usr/bin:/bin");
    }
    Said::of(command.output().unwrap())
}

#[test]
fn a_file_that_the_account_may_not_read_is_listed_and_keeps_no_other_from_going() {
    let desk = Desk::new();
    desk.write(
        "dataward.toml",
        "[business]\nname = \"Test\"\n\n[source.ex]\nurl = \"file:ex\"\n\n[[retain]]\nname = \"Exports\"\nwhat = \"ex\"\n\
         keep = \"1 year\"\nfrom = \"modified\"\nthen = \"erase\"\n",
    );
    for name in ["a.csv", "b.csv", "geheim.csv", "fest/c.csv"] {
        desk.write(&format!("ex/{name}"), "nothing that says when");
        age(&desk.path().join("ex").join(name));
    }
    let mode = |name: &str, mode: u32| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(desk.path().join("ex").join(name), permissions).unwrap();
    };
    mode("geheim.csv", 0o000);
    mode("fest", 0o555);
    let run = |arguments: &[&str]| {
        let said = as_nobody(&desk, arguments);
        assert_eq!(said.code, 0, "{said:?}");
        said
    };
    let plan = run(&["retain", "plan", "--format", "json"]).json();
    assert_eq!(plan["tables"][0]["rows"], 2, "{plan:#}");
    assert_eq!(plan["tables"][0]["kept"][0]["rows"], 2, "{plan:#}");
    let warned = plan["warnings"].to_string();
    assert!(warned.contains("fest/c.csv, geheim.csv"), "{warned}");
    run(&["retain", "approve"]);
    run(&["retain", "apply"]);
    mode("fest", 0o755);
    let there = ["a.csv", "b.csv", "geheim.csv", "fest/c.csv"].map(|name| desk.path().join("ex").join(name).exists());
    assert_eq!(there, [false, false, true, true]);
}

#[test]
fn children_without_an_index_on_their_reference_go_and_stay_with_their_parents() {
    let desk = Desk::new();
    sqlite::make(
        &desk.path().join("s.db"),
        "CREATE TABLE customers (id INTEGER PRIMARY KEY, last_seen TEXT);
         CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customers (id) ON DELETE CASCADE);
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
            INSERT INTO customers SELECT i, CASE WHEN i % 3 THEN '2019-05-04' ELSE '2999-01-01' END FROM n;
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
            INSERT INTO orders SELECT i, i FROM n;",
    );
    desk.write(
        "dataward.toml",
        "[business]\nname = \"Test\"\n\n[source.s]\nurl = \"sqlite:s.db\"\n\n[[retain]]\nname = \"Customers\"\n\
         what = \"s.customers\"\nkeep = \"1 year\"\nfrom = \"last_seen\"\nthen = \"erase\"\n",
    );
    let plan = desk.json(&["retain", "plan"]);
    let of = |table: &str| {
        let tables = plan["tables"].as_array().unwrap();
        tables.iter().find(|line| line["table"] == table).unwrap()["rows"].as_u64().unwrap()
    };
    assert_eq!((of("customers"), of("orders")), (8000, 8000), "{plan:#}");
    assert!(plan["warnings"].to_string().contains("no index on orders (customer)"), "{plan:#}");
}

#[test]
fn of_several_done_plans_each_without_a_certificate_is_told() {
    let desk = tickets();
    desk.json(&["retain", "plan"]);
    apply(&desk);
    sqlite::make(&desk.path().join("s.db"), "INSERT INTO tickets VALUES (9, NULL, '2019-05-04')");
    desk.json(&["retain", "plan"]);
    apply(&desk);
    let newest = desk.json(&["retain", "status"])["plans"][0]["plan"].as_str().unwrap().to_owned();
    desk.run(&["retain", "verify", &newest]);
    let status = desk.json(&["retain", "status"]);
    let older = status["plans"][1]["plan"].as_str().unwrap();
    assert_eq!((&status["plans"][0]["certified"], &status["plans"][1]["certified"]), (&json!(true), &json!(false)));
    assert_eq!(status["next"], format!("dataward retain verify {}", &older[..12]));
    assert!(desk.run(&["retain", "status"]).out.contains("no certificate yet"));
}
