//! The inventory: what people say beats detection, and lasts.

use serde_json::Value;

use crate::support::Desk;

fn desk() -> Desk {
    let desk = Desk::with_exports();
    let rows: String = (0..50).map(|number| format!("p{number}@example.org,{number}\n")).collect();
    desk.write("exports/people.csv", format!("email,points\n{rows}"));
    assert_eq!(desk.run(&["scan"]).code, 0);
    desk
}

fn entry(desk: &Desk, place: &str) -> Value {
    desk.json(&["inventory", "explain", place])
}

#[test]
fn what_is_found_is_listed_and_explained() {
    let desk = desk();
    let list = desk.json(&["inventory"]);
    assert_eq!(list["schema"], "dataward/inventory@1");
    assert_eq!(list["entries"].as_array().unwrap().len(), 1);
    let all = desk.json(&["inventory", "--all"]);
    assert_eq!(all["entries"].as_array().unwrap().len(), 2);
    let entry = entry(&desk, "exports.people.csv.email");
    assert_eq!(entry["category"], "user.contact.email");
    assert!(!entry["why"].as_array().unwrap().is_empty(), "{entry}");
    let text = desk.run(&["inventory", "explain", "people.csv.email"]);
    assert_eq!(text.code, 0, "an ending that is unique will do: {text:?}");
    assert!(text.out.contains("e-mail address"), "{}", text.out);
    assert_eq!(desk.run(&["inventory", "explain", "nothing.of.that.name"]).code, 2);
}

#[test]
fn a_decision_lasts_over_rescans_until_it_is_withdrawn() {
    let desk = desk();
    let said = desk.run(&["inventory", "overrule", "people.csv.email", "none", "--reason", "test data"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(desk.run(&["scan", "--full"]).code, 0);
    let after = entry(&desk, "people.csv.email");
    assert_eq!(after["category"], Value::Null);
    assert_eq!(after["detected"], "user.contact.email");
    assert_eq!(after["decided"], "overruled");
    let account = std::process::Command::new("id").arg("-un").output().unwrap().stdout;
    assert_eq!(after["decided_by"], String::from_utf8(account).unwrap().trim(), "whatever $USER says");
    assert_eq!(after["decided_reason"], "test data");

    desk.run(&["inventory", "overrule", "people.csv.points", "user.behavior.purchase_history"]);
    assert_eq!(entry(&desk, "people.csv.points")["category"], "user.behavior.purchase_history");

    assert_eq!(desk.run(&["inventory", "withdraw", "people.csv.email"]).code, 0);
    assert_eq!(entry(&desk, "people.csv.email")["category"], "user.contact.email");
    assert_eq!(desk.run(&["inventory", "confirm", "people.csv.email"]).code, 0);
    assert_eq!(entry(&desk, "people.csv.email")["decided"], "confirmed");
    assert_eq!(desk.run(&["inventory", "overrule", "people.csv.email", "system.thing"]).code, 2);
}

#[test]
fn decisions_are_in_the_evidence_log() {
    let desk = desk();
    let entries = |desk: &Desk| desk.json(&["evidence", "show"])["entries"].as_array().unwrap().len();
    let before = entries(&desk);
    desk.run(&["inventory", "confirm", "people.csv.email"]);
    assert_eq!(entries(&desk), before + 1);
    assert_eq!(desk.run(&["evidence", "verify"]).code, 0);
}

#[test]
fn exports_hold_places_and_no_values() {
    let desk = desk();
    for kind in ["fides", "dpv", "csv"] {
        let said = desk.run(&["inventory", "export", "--as", kind]);
        assert_eq!(said.code, 0, "{said:?}");
        assert!(said.out.contains("people.csv"), "{}", said.out);
        assert!(!said.out.contains("p1@example.org"), "{}", said.out);
    }
}

#[test]
fn a_misspelt_category_is_no_decision() {
    let desk = desk();
    let said = desk.run(&["inventory", "overrule", "people.csv.email", "user.contct.email"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("did you mean `user.contact.email`?"), "{}", said.err);
    assert_eq!(desk.run(&["inventory", "overrule", "people.csv.email", "user.contact.pigeon_post"]).code, 0);
}

#[test]
fn a_log_that_is_gone_is_told_from_one_that_never_was() {
    let desk = desk();
    std::fs::remove_dir_all(desk.path().join(".dataward/evidence")).unwrap();
    let said = desk.run(&["evidence", "verify"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("the log is gone"), "{}", said.out);
}

#[test]
fn empty_columns_are_no_finding() {
    let desk = Desk::with_exports();
    let rows: String = (0..30).map(|number| format!("item {number},,\n")).collect();
    desk.write("exports/empty.csv", format!("article,credit_card,ssn\n{rows}"));
    assert_eq!(desk.run(&["scan"]).code, 0);
    let status = desk.json(&["status"]);
    assert_eq!(status["problems"].as_array().unwrap().len(), 0, "{status}");
}
