//! The demo business: made, scanned and reported, and seen right.

use std::collections::BTreeMap;
use std::path::Path;

use dataward_demo::Holds;
use serde_json::Value;

use crate::support::Desk;
use crate::support::Said;

#[test]
fn the_demo_runs_the_whole_loop() {
    let desk = Desk::new();
    let report = desk.json(&["demo", "lantern"]);
    assert_eq!(report["schema"], "dataward/demo@1");
    assert_eq!(report["scan"]["complete"], true);
    assert_eq!(report["evidence"]["ok"], true);
    check_columns(&report["scan"]);
    check_findings(&report["status"]);
    let page = desk.read("lantern/report.html");
    assert!(page.contains("Blue Lantern Books"));
    assert!(
        !page.contains("src=\"http") && !page.contains("href=\"http://") && !page.contains("@import"),
        "no network"
    );
    // What was made can be played with.
    let inside = Desk::new();
    let run = |arguments: &[&str]| {
        Said::of(inside.command(arguments).current_dir(desk.path().join("lantern")).output().unwrap())
    };
    assert_eq!(run(&["status"]).code, 0);
    assert_eq!(run(&["evidence", "verify"]).code, 0);
    let again = run(&["scan", "--full", "--since-last", "--format", "json"]).json();
    let read: usize =
        again["sources"].as_array().unwrap().iter().map(|source| source["tables"].as_array().unwrap().len()).sum();
    assert_eq!(read, 0, "nothing changed, nothing is read");
}

/// Every column of the shop that holds personal data is found with the right family, and few others.
fn check_columns(scan: &Value) {
    let mut found: BTreeMap<(String, String), Option<String>> = BTreeMap::new();
    for table in scan["sources"].as_array().unwrap().iter().flat_map(|s| s["tables"].as_array().unwrap()) {
        for column in table["columns"].as_array().unwrap() {
            found.insert(
                (table["table"].as_str().unwrap().to_owned(), column["column"].as_str().unwrap().to_owned()),
                column["category"].as_str().map(str::to_owned),
            );
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let truth = dataward_demo::build(Path::new(folder.path()), 1, jiff::civil::date(2026, 11, 23)).unwrap().columns;
    let (mut personal, mut seen, mut wrong) = (0, 0, Vec::new());
    for column in &truth {
        let place = (column.table.to_string(), column.column.to_string());
        let Some(category) = found.get(&place) else { continue };
        seen += 1;
        match &column.holds {
            Holds::Category(wanted) => {
                personal += 1;
                let family = |key: &str| dataward_model::Category::parse(key).map(|category| category.family());
                if category.as_deref().and_then(family) != Some(wanted.family()) {
                    wrong.push(format!("{}.{}: {category:?}, should be {wanted}", place.0, place.1));
                }
            }
            Holds::Nothing if category.is_some() => {
                wrong.push(format!("{}.{}: {category:?}, should be nothing", place.0, place.1));
            }
            Holds::Nothing | Holds::Either => {}
        }
    }
    assert!(seen > 80 && personal > 30, "{seen} columns compared, {personal} personal");
    assert!(wrong.is_empty(), "{} of {seen} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn check_findings(status: &Value) {
    let findings = status["findings"].as_array().unwrap();
    let critical = findings.iter().find(|finding| finding["severity"] == "critical");
    let title = critical.expect("the card list that everyone can read")["title"].as_str().unwrap();
    assert!(title.contains("everyone on this machine can read"), "{title}");
    assert!(findings.iter().any(|finding| finding["title"].as_str().unwrap().contains("does not say its")));
    let copies: Vec<&str> = findings
        .iter()
        .filter(|finding| finding["check"] == "collection/shadow-copy")
        .filter(|finding| finding["title"].as_str().unwrap().contains("the same people as `shop.customers`"))
        .map(|finding| finding["place"].as_str().unwrap())
        .collect();
    assert!(copies.contains(&"files.backup/shop-before-move.sql.gz#public.clients"), "the dump: {copies:?}");
    assert!(copies.contains(&"files.exports/kunden_2023.csv"), "the export: {copies:?}");
    let steps = status["next_steps"].as_array().unwrap();
    assert_eq!(steps.len(), 5);
    // A place with two faults of a kind is one place, here and there.
    for problem in status["problems"].as_array().unwrap() {
        let places = problem["places"].as_array().unwrap();
        assert_eq!(places.iter().collect::<std::collections::HashSet<_>>().len(), places.len(), "{problem}");
        let check = format!("`dataward findings --check {}`", problem["check"].as_str().unwrap());
        for title in steps.iter().map(|step| step["title"].as_str().unwrap()).filter(|title| title.contains(&check)) {
            let more = format!(", and {} more places: ", places.len() - 1);
            assert!(title.contains(&more) || places.len() == 2, "{title}: {}", places.len());
        }
    }
}

#[test]
fn a_folder_with_something_else_in_it_is_left_alone() {
    let desk = Desk::new();
    desk.write("mine/shop.db", "precious");
    let said = desk.run(&["demo", "mine"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert_eq!(desk.read("mine/shop.db"), "precious");
}

#[test]
fn a_project_of_ones_own_is_never_taken_for_an_earlier_demo() {
    let desk = Desk::with_exports();
    desk.write("exports/a.csv", "email\nada@example.org\n");
    desk.run(&["scan"]);
    let policy = desk.read("dataward.toml");
    let said = desk.run(&["demo", "."]);
    assert_eq!(said.code, 2, "{said:?}");
    assert_eq!(desk.read("dataward.toml"), policy);
    assert_eq!(desk.run(&["evidence", "verify"]).code, 0, "the log is still there");
    // Alike names do not make a folder ours.
    desk.write("shop/files/README.txt", "mine");
    desk.write("shop/notes.txt", "precious");
    assert_eq!(desk.run(&["demo", "shop"]).code, 2);
    assert_eq!(desk.read("shop/notes.txt"), "precious");
}
