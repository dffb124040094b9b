//! `audit integrity`: cells that are wrong, in files, databases and the plan.

use std::fmt::Write as _;

use dataward_testkit::sqlite;
use serde_json::Value;

use crate::support::Desk;

/// A table of flights as three sites tell them, with one departure that two of them contradict, a
/// birth to come, damaged letters and a word for nothing.
fn flights() -> String {
    let mut text = String::from("id,flight,departs,pilot,born,seats\n");
    for row in 0..240 {
        let flight = row / 6;
        let departs =
            if row == 100 { "11:59 p.m.".to_owned() } else { format!("{}:{:02} a.m.", 1 + flight % 11, flight) };
        let pilot = if row == 7 { "MÃ¼ller" } else { ["Müller", "Kowalska", "Dubois", "Rossi"][flight % 4] };
        let born =
            if row == 30 { "2093-01-01".to_owned() } else { format!("19{:02}-{:02}-11", 60 + row % 39, 1 + row % 12) };
        let seats = if row == 55 { "N/A".to_owned() } else { (100 + row % 80).to_string() };
        text += &format!("{row},AA-{},{departs},{pilot},{born},{seats}\n", 100 + flight * 7);
    }
    text
}

fn cells(report: &Value, tier: &str) -> Vec<(String, u64, String)> {
    let mut cells: Vec<_> = report["issues"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|issue| issue["tier"] == tier)
        .map(|issue| {
            let text = |key: &str| issue[key].as_str().unwrap().to_owned();
            (text("column"), issue["row"]["index"].as_u64().unwrap(), text("check"))
        })
        .collect();
    cells.sort();
    cells
}

#[test]
fn a_file_is_checked_without_a_policy_and_cells_are_named() {
    let desk = Desk::new();
    desk.write("flights.csv", flights());
    let report = desk.json(&["audit", "integrity", "flights.csv"]);
    assert_eq!(report["schema"], "dataward/integrity@1");
    assert_eq!(report["issues"][0]["table"], "flights.csv");
    assert_eq!(
        cells(&report, "certain"),
        [
            ("born".to_owned(), 30, "date".to_owned()),
            ("pilot".to_owned(), 7, "encoding".to_owned()),
            ("seats".to_owned(), 55, "missing".to_owned())
        ]
    );
    assert_eq!(cells(&report, "likely"), [("departs".to_owned(), 100, "dependency".to_owned())]);
    for value in ["Müller", "Ã¼", "11:59", "2093", "AA-"] {
        let said = desk.run(&["audit", "integrity", "flights.csv"]);
        assert_eq!(said.code, 0, "{said:?}");
        assert!(!said.out.contains(value) && !report.to_string().contains(value), "{value}: {said:?}");
    }
}

#[test]
fn a_folder_with_a_broken_file_is_checked_and_the_file_is_listed() {
    let desk = Desk::new();
    desk.write("data/flights.csv", flights());
    desk.write("data/broken.xlsx", "PK\u{3}\u{4} no workbook");
    let said = desk.run(&["audit", "integrity", "data", "--format", "json"]);
    assert_eq!(said.code, 3, "{said:?}");
    let report = said.json();
    assert_eq!(report["tables"].as_array().unwrap().len(), 1);
    assert!(report["skipped"][0]["place"].as_str().unwrap().contains("broken.xlsx"), "{report}");
}

#[test]
fn the_stage_keeps_findings_that_are_fixed_when_the_cells_are() {
    let desk = Desk::with_exports();
    desk.write("exports/flights.csv", flights());
    assert_eq!(desk.run(&["scan", "--full"]).code, 0);
    let said = desk.run(&["audit", "integrity", "--format", "json", "--fail-on", "never"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(said.json()["schema"], "dataward/integrity@1");
    let open = |desk: &Desk| -> Vec<String> {
        let report = desk.json(&["audit", "integrity", "collection", "--fail-on", "never"]);
        let findings = report["findings"].as_array().unwrap().clone();
        findings
            .iter()
            .map(|finding| finding["check"].as_str().unwrap().to_owned())
            .filter(|check| check.starts_with("integrity/"))
            .collect()
    };
    assert!(open(&desk).contains(&"integrity/encoding".to_owned()));
    desk.write("exports/flights.csv", flights().replace("MÃ¼ller", "Müller"));
    assert!(!open(&desk).contains(&"integrity/encoding".to_owned()));
    assert!(open(&desk).contains(&"integrity/date".to_owned()));
}

#[test]
fn what_is_no_stage_and_no_source_is_said() {
    let desk = Desk::with_exports();
    let said = desk.run(&["audit", "colection"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("`colection`") && said.err.contains("collection, access"), "{said:?}");
    assert_eq!(desk.run(&["audit", "access", "/nowhere"]).code, 2);
    assert_eq!(desk.run(&["audit", "integrity", "no-such-file.csv"]).code, 3);
}

#[test]
fn what_two_sources_say_differently_of_one_person_is_a_finding_of_both() {
    let desk = Desk::new();
    let mut shop = "CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT, phone TEXT, city TEXT);".to_owned();
    let mut list = String::from("mail,mobile_phone,town\n");
    for id in 1..=120 {
        let city = ["Berlin", "Hamburg", "Leipzig", "Dresden", "Bremen"][id % 5];
        write!(
            shop,
            "INSERT INTO customers VALUES ({id}, 'customer{id}@example.org', '+49 30 {:07}', '{city}');",
            id * 42_111
        )
        .unwrap();
        let phone = if id == 9 { 7_777_777 } else { id * 42_111 };
        writeln!(list, "Customer{id}@Example.org,030{phone:07},{city}").unwrap();
    }
    sqlite::make(&desk.path().join("shop.db"), &shop);
    desk.write("exports/newsletter.csv", list);
    desk.write(
        "dataward.toml",
        "[business]\nname = \"Shop\"\n[source.shop]\nurl = \"sqlite:shop.db\"\n[source.exports]\nurl = \"file:exports\"\n",
    );
    assert_eq!(desk.run(&["scan", "--full"]).code, 0);
    let report = desk.json(&["audit", "integrity", "--fail-on", "never"]);
    let differences = report["issues"].as_array().unwrap().iter().filter(|issue| issue["check"] == "difference");
    let told: Vec<(&str, &str, &str)> = differences
        .map(|issue| {
            let text = |key: &str| issue[key].as_str().unwrap();
            (text("source"), text("column"), text("reason").split(" says").next().unwrap())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("exports", "mobile_phone", "`shop.customers`.`phone`"),
            ("shop", "phone", "`exports.newsletter.csv`.`mobile_phone`")
        ]
    );
    let findings = desk.json(&["findings", "list", "--check", "integrity/difference"]);
    let places: Vec<&str> =
        findings["findings"].as_array().unwrap().iter().map(|one| one["place"].as_str().unwrap()).collect();
    assert_eq!(places, ["exports.newsletter.csv.mobile_phone", "shop.customers.phone"]);
}
