//! Rules of the user's own: they find what we cannot know, and their examples keep them honest.

use crate::support::Desk;

const POLICY: &str = r#"[business]
name = "Test"

[source.exports]
url = "file:exports"

[[category]]
key = "user.account.loyalty_card"
title = "loyalty card number"

[[recogniser]]
name = "loyalty-card"
category = "user.account.loyalty_card"
pattern = "LC-[0-9]{8}"
validator = "luhn"
columns = ["loyalty card", "treuekarte"]
examples = ["LC-12345674"]
near_misses = ["LC-12345675", "12345674"]

[[recogniser]]
name = "ward"
category = "user.health_and_medical"
list = "wards.txt"
examples = ["ward 7"]
near_misses = ["Ward 77"]
"#;

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("dataward.toml", POLICY);
    desk.write("wards.txt", "# wards\nWard 7\nStation Nord\n");
    let rows: String =
        (0..60).map(|row| format!("{},LC-{},{}\n", row, card(row), ["Ward 7", "Station Nord"][row % 2])).collect();
    desk.write("exports/visits.csv", format!("nr,ref,place\n{rows}"));
    desk.write("exports/note.txt", "She showed LC-12345674 and was brought to Ward 7 afterwards.\n");
    desk
}

/// Eight digits of which the last is the Luhn digit.
fn card(row: usize) -> String {
    let body = format!("{:07}", 1_234_567 + row * 7_919);
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0') * if place % 2 == 0 { 2 } else { 1 };
            if digit > 9 { digit - 9 } else { digit }
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

#[test]
fn rules_of_the_users_own_find_their_values_in_columns_and_texts() {
    let desk = desk();
    let scan = desk.json(&["scan", "--full"]);
    let source = &scan["sources"][0];
    let columns = source["tables"][0]["columns"].as_array().unwrap();
    let category = |name: &str| {
        columns.iter().find(|column| column["column"] == name).map(|column| column["category"].clone()).unwrap()
    };
    assert_eq!(category("ref"), "user.account.loyalty_card");
    assert_eq!(category("place"), "user.health_and_medical");
    let spans = source["documents"][0]["spans"].to_string();
    assert!(spans.contains("loyalty_card") && spans.contains("health_and_medical"), "{spans}");

    let said = desk.run(&["inventory", "explain", "visits.csv.ref"]);
    assert!(said.out.contains("holds: loyalty card number"), "{}", said.out);
    assert!(said.out.contains("100 % of the cells match your own rule `loyalty-card`"), "{}", said.out);

    let spans = desk.json(&["inspect", "exports/note.txt"])["spans"].to_string();
    assert!(spans.contains("user.account.loyalty_card"), "{spans}");
    assert_eq!(desk.run(&["inventory", "--category", "user.account.loyalty_card"]).code, 0);
}

#[test]
fn every_rule_is_checked_by_its_examples() {
    let desk = desk();
    let report = desk.json(&["rules", "check"]);
    assert_eq!(report["schema"], "dataward/rules-check@1");
    assert_eq!((report["own"].as_u64(), report["wrong"].as_array().map(Vec::len)), (Some(2), Some(0)));

    desk.write("dataward.toml", POLICY.replace("\"LC-12345675\", ", "\"LC-12345674\", "));
    let said = desk.run(&["rules", "check"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.out.contains("dataward.toml:18"), "{}", said.out);
    assert!(said.out.contains("must not match and does"), "{}", said.out);
    let scan = desk.run(&["scan"]);
    assert_eq!(scan.code, 2, "a rule that its own examples refute finds nothing: {scan:?}");
    assert!(scan.err.contains("near miss") && scan.err.contains("dataward.toml:18:16"), "{}", scan.err);
}

#[test]
fn mistakes_in_rules_are_shown_where_they_stand() {
    for (from, to, place, says) in [
        ("LC-[0-9]{8}", "LC-[0-9", ":14:", "unclosed character class"),
        ("\"luhn\"", "\"luhm\"", ":15:", "did you mean `luhn`"),
        ("wards.txt", "missing.txt", ":23:", "cannot be read"),
        ("user.account.loyalty_card\"\ntitle", "user.contact.email\"\ntitle", ":8:", "known already"),
        ("\"user.health_and_medical\"", "\"user.helth\"", ":22:", "is not a data category"),
        ("near_misses = [\"Ward 77\"]", "near_misses = []", ":21:", "no `near_misses`"),
    ] {
        let desk = desk();
        desk.write("dataward.toml", POLICY.replace(from, to));
        let said = desk.run(&["scan"]);
        assert_eq!(said.code, 2, "{to}: {said:?}");
        assert!(said.err.contains(says) && said.err.contains(place), "{to}: {}", said.err);
    }
}

#[test]
fn rules_are_listed_with_the_countries_they_know() {
    let desk = desk();
    let all = desk.json(&["rules", "list"]);
    assert_eq!(all["schema"], "dataward/rules@1");
    assert!(all["countries"].as_array().unwrap().len() >= 40, "{}", all["countries"]);
    assert_eq!(desk.json(&["rules", "list", "--own"])["rules"].as_array().unwrap().len(), 2);
    let dutch = desk.run(&["rules", "list", "--country", "nl"]);
    assert!(dutch.out.contains("nl-bsn"), "{}", dutch.out);
}

#[test]
fn what_people_said_of_a_column_is_evidence_for_columns_like_it() {
    let desk = Desk::with_exports();
    let rows: String = (0..50).map(|row| format!("{row},K{}\n", 10_000 + row * 37)).collect();
    desk.write("exports/a.csv", format!("nr,member_code\n{rows}"));
    assert_eq!(desk.run(&["scan"]).code, 0);
    assert_eq!(desk.run(&["inventory", "overrule", "a.csv.member_code", "user.unique_id"]).code, 0);
    desk.write("exports/b.csv", format!("nr,MemberCode\n{rows}"));
    assert_eq!(desk.run(&["scan"]).code, 0);
    let like = desk.json(&["inventory", "explain", "b.csv.MemberCode"]);
    assert_eq!(like["category"], "user.unique_id", "{like}");
    let said = desk.run(&["inventory", "explain", "b.csv.MemberCode"]);
    assert!(said.out.contains("somebody said so of a like column: exports.a.csv.member_code"), "{}", said.out);
    let itself = desk.json(&["inventory", "explain", "a.csv.member_code"]);
    assert_eq!(itself["detected"], serde_json::Value::Null, "a column is no precedent of its own: {itself}");
    assert_eq!(desk.run(&["inventory", "withdraw", "a.csv.member_code"]).code, 0);
    assert_eq!(desk.run(&["scan", "--full"]).code, 0);
    assert_eq!(desk.json(&["inventory", "explain", "b.csv.MemberCode"])["category"], serde_json::Value::Null);
}

#[test]
fn documents_tables_folders_and_sources_are_explained_too() {
    let desk = desk();
    desk.write("exports/keys/shop.env", "ADMIN_MAIL=ada.lovelace@example.org\n");
    assert_eq!(desk.run(&["scan", "--full"]).code, 0);
    let document = desk.run(&["inventory", "explain", "exports.note.txt"]);
    assert_eq!(document.code, 0, "{document:?}");
    assert!(
        document.out.contains("This document holds") && document.out.contains("In its text we found"),
        "{}",
        document.out
    );
    assert_eq!(desk.run(&["inventory", "explain", "exports.keys/shop.env"]).code, 0);
    for place in ["exports", "exports.visits.csv", "exports.keys", "visits.csv"] {
        let said = desk.run(&["inventory", "explain", place]);
        assert_eq!(said.code, 0, "{place}: {said:?}");
        assert!(!said.out.contains("log-odds") && !said.out.contains("lovelace"), "{}", said.out);
    }
    let figures = desk.run(&["inventory", "explain", "visits.csv.ref", "--details"]);
    assert!(figures.out.contains("logarithm odds") && figures.out.contains("+6.0"), "{}", figures.out);
}
