//! What is said once: people who stand in two places, one server behind two sources, one table behind two sources.

use std::collections::BTreeSet;

use dataward_testkit::server::postgres::PASSWORD;
use dataward_testkit::server::postgres::PostgresServer;
use dataward_testkit::sqlite;
use serde_json::Value;

use crate::support::Desk;

fn people(from: u32, to: u32) -> String {
    let rows = (from..to).map(|n| format!("Ada Lovelace,person{n}@example.org\n"));
    format!("name,email\n{}", rows.collect::<String>())
}

#[test]
fn people_of_two_sources_add_up_and_those_in_both_count_once() {
    let desk = Desk::new();
    desk.write("north/a.csv", people(0, 60));
    desk.write("south/b.csv", people(60, 120));
    desk.write("south/again.csv", people(90, 130));
    desk.write(
        "dataward.toml",
        "[business]\nname = \"Test\"\n[source.north]\nurl = \"file:north\"\n[source.south]\nurl = \"file:south\"\n",
    );
    assert_eq!(desk.run(&["scan", "--full"]).code, 0);
    let status = desk.json(&["status"]);
    let of = |id: &str| {
        let sources = status["sources"].as_array().unwrap();
        sources.iter().find(|source| source["source"] == id).unwrap()["people"].as_u64().unwrap()
    };
    assert_eq!((of("north"), of("south")), (60, 70), "{status}");
    desk.run(&["report", "--output", "report.html"]);
    let page = desk.read("report.html");
    assert!(page.contains("About 130 people"), "{}", &page[page.find("people").unwrap_or(0)..][..200]);
}

#[test]
fn a_log_names_as_many_people_as_there_are_addresses_in_it() {
    let desk = Desk::with_exports();
    desk.write("exports/customers.csv", people(0, 80));
    let lines: String =
        (0..500).map(|n| format!("2026-11-0{} mail to person{}@example.org sent\n", 1 + n % 9, n % 50)).collect();
    desk.write("exports/mail.log", lines);
    assert_eq!(desk.run(&["scan", "--full"]).code, 0);
    let report = desk.run(&["audit", "collection", "--fail-on", "never", "--format", "json"]).json();
    let findings = report["findings"].as_array().unwrap().iter();
    let of_log: Vec<&Value> =
        findings.filter(|one| one["check"] == "collection/shadow-copy" && one["place"] == "exports.mail.log").collect();
    assert_eq!(of_log.len(), 1, "{report}");
    assert_eq!(of_log[0]["people"], 50, "{of_log:?}");
}

#[test]
fn one_table_behind_two_sources_and_a_hard_link_are_no_copies() {
    let desk = Desk::new();
    desk.write("files/list.csv", people(0, 60));
    std::fs::hard_link(desk.path().join("files/list.csv"), desk.path().join("files/linked.csv")).unwrap();
    let script = "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, email TEXT);
        WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)
        INSERT INTO customers SELECT i, 'Ada Lovelace', 'person' || i || '@example.org' FROM n";
    sqlite::make(&desk.path().join("shop.db"), script);
    desk.write(
        "dataward.toml",
        "[business]\nname = \"Test\"\n[source.shop]\nurl = \"sqlite:shop.db\"\n[source.again]\nurl = \"sqlite:./shop.db\"\n\
         [source.files]\nurl = \"file:files\"\n",
    );
    assert_eq!(desk.run(&["scan", "--full"]).code, 0);
    let report = desk.run(&["audit", "collection", "--fail-on", "never", "--format", "json"]).json();
    let copies: Vec<&Value> =
        report["findings"].as_array().unwrap().iter().filter(|one| one["check"] == "collection/shadow-copy").collect();
    assert!(copies.is_empty(), "{copies:?}");
}

#[tokio::test]
async fn one_server_behind_two_sources_is_told_of_once() {
    let desk = Desk::new();
    desk.write("secret", PASSWORD);
    let mut policy = "[business]\nname = \"Test\"\n".to_owned();
    for id in ["crm", "shop"] {
        let database = PostgresServer::shared().database().await;
        database.execute("CREATE TABLE people (email text); INSERT INTO people VALUES ('ada@example.org')").await;
        let place = database.server().place(database.name());
        policy += &format!(
            "[source.{id}]\nurl = \"postgres://postgres@{place}?sslmode=require\"\npassword = {{ file = \"secret\" }}\n"
        );
    }
    desk.write("dataward.toml", policy);
    assert_eq!(desk.run(&["scan"]).code, 0);
    desk.run(&["audit", "transit", "collection", "--fail-on", "never"]);
    let listed = desk.run(&["findings", "--format", "json"]).json();
    let all: Vec<(&str, &str)> = (listed["findings"].as_array().unwrap().iter())
        .map(|one| (one["check"].as_str().unwrap(), one["title"].as_str().unwrap()))
        .collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "the same words twice: {all:#?}");
    let logins = all.iter().filter(|(check, _)| *check == "transit/plaintext-logins").count();
    assert_eq!(logins, 1, "{all:#?}");
    let rules: Vec<&str> =
        all.iter().filter(|(check, _)| *check == "collection/no-retention-rule").map(|(_, title)| *title).collect();
    assert!(rules.iter().any(|title| title.contains("`crm.")) && rules.iter().any(|title| title.contains("`shop.")));
}
