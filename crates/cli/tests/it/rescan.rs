//! Scanning again: only what changed is read; what was stopped goes on; what is gone is gone.

use std::process::Stdio;

use serde_json::Value;

use crate::support::Desk;

fn people(count: usize) -> String {
    let rows: String = (0..count).map(|number| format!("p{number}@example.org\n")).collect();
    format!("email\n{rows}")
}

/// Names of the tables that a scan read, and how many it left alone.
fn read(scan: &Value) -> (Vec<String>, u64) {
    let source = &scan["sources"][0];
    let names = source["tables"].as_array().unwrap().iter().map(|table| table["table"].as_str().unwrap().to_owned());
    (names.collect(), source["unchanged"].as_u64().unwrap())
}

#[test]
fn unchanged_files_are_not_read_again() {
    let desk = Desk::with_exports();
    for name in ["a", "b", "c"] {
        desk.write(&format!("exports/{name}.csv"), people(10));
    }
    assert_eq!(read(&desk.json(&["scan"])), (vec!["a.csv".into(), "b.csv".into(), "c.csv".into()], 0));
    assert_eq!(read(&desk.json(&["scan", "--since-last"])), (vec![], 3));
    desk.write("exports/b.csv", people(11));
    std::fs::remove_file(desk.path().join("exports/c.csv")).unwrap();
    assert_eq!(read(&desk.json(&["scan", "--since-last"])), (vec!["b.csv".into()], 1));
    let left = desk.json(&["inventory"]);
    let places: Vec<&str> = left["entries"].as_array().unwrap().iter().map(|e| e["place"].as_str().unwrap()).collect();
    assert_eq!(places, ["exports.a.csv.email", "exports.b.csv.email"], "what is gone is gone");
}

#[test]
fn a_sample_does_not_stand_in_for_a_full_scan() {
    let desk = Desk::with_exports();
    desk.write("exports/a.csv", people(10));
    desk.json(&["scan"]);
    assert_eq!(read(&desk.json(&["scan", "--since-last", "--full"])), (vec!["a.csv".into()], 0));
    assert_eq!(read(&desk.json(&["scan", "--since-last"])), (vec![], 1), "a full scan stands in for a sample");
}

#[test]
fn a_sample_does_not_overrule_a_full_scan() {
    let desk = Desk::with_exports();
    let rows: String = (0..150_000).map(|number| format!("{number},\n")).collect();
    desk.write("exports/gross.csv", format!("no,mail\n{rows}150000,erika.mustermann@web.de\n"));
    desk.json(&["scan", "--full"]);
    let known = desk.json(&["inventory"])["entries"].clone();
    assert_eq!(known.as_array().unwrap().len(), 1, "{known}");
    let findings = || {
        let listed = desk.json(&["findings"]);
        let said = |finding: &Value| (finding["id"].clone(), finding["state"].clone());
        listed["findings"].as_array().unwrap().iter().map(said).collect::<Vec<_>>()
    };
    let before = findings();
    assert_eq!(read(&desk.json(&["scan"])), (vec![], 1), "it is known whole, and has not changed");
    assert_eq!(desk.json(&["inventory"])["entries"].as_array().unwrap().len(), 1);
    assert_eq!(findings(), before);
    assert_eq!(read(&desk.json(&["scan", "--full"])), (vec!["gross.csv".into()], 0));
}

#[test]
fn a_killed_scan_goes_on_where_it_was() {
    let desk = Desk::with_exports();
    for number in 0..400 {
        desk.write(&format!("exports/{number:03}.csv"), people(20));
    }
    // A process that dies at any moment leaves a state that opens and can be gone on with.
    let mut child = desk.command(&["scan", "--full"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let state = desk.path().join(".dataward/state.db");
    while !state.exists() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let status = desk.json(&["status"]);
    let commands: Vec<&str> =
        status["next_steps"].as_array().unwrap().iter().map(|step| step["command"].as_str().unwrap()).collect();
    if commands.contains(&"dataward scan --resume") {
        assert_eq!(desk.run(&["scan", "--resume", "--full"]).code, 0);
    } else {
        // It died before the scan began.
        assert_eq!(desk.run(&["scan", "--full"]).code, 0);
    }
    assert_eq!(desk.json(&["inventory"])["entries"].as_array().unwrap().len(), 400);
    assert_eq!(desk.run(&["evidence", "verify"]).code, 0);
    assert_eq!(desk.run(&["scan", "--resume"]).code, 2, "nothing is left to go on with");
}
