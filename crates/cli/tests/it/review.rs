//! The collection review: copies, changes, declarations, special categories.

use serde_json::Value;

use crate::support::Desk;

fn people(from: u32, to: u32, domain: &str) -> String {
    let rows = (from..to).map(|n| format!("Ada Lovelace,person{n}@{domain},+49 151 2{n:07}\n"));
    format!("name,email,phone\n{}", rows.collect::<String>())
}

/// Scans, audits the collection, and gives the findings of one check.
fn review(desk: &Desk, check: &str) -> Vec<Value> {
    let scan = desk.run(&["scan", "--full"]);
    assert_eq!(scan.code, 0, "{scan:?}");
    let report = desk.run(&["audit", "collection", "--fail-on", "never", "--format", "json"]);
    assert_eq!(report.code, 0, "{report:?}");
    let found = report.json();
    let findings = found["findings"].as_array().unwrap().iter();
    findings.filter(|finding| finding["check"] == check).cloned().collect()
}

fn tables(findings: &[Value]) -> Vec<&str> {
    findings.iter().map(|finding| finding["place"].as_str().unwrap().trim_start_matches("exports.")).collect()
}

#[test]
fn a_copy_is_named_whatever_its_columns_and_rows_are_called_and_ordered() {
    let desk = Desk::with_exports();
    desk.write("exports/customers.csv", people(0, 300, "example.org"));
    let copy: String =
        (100..280).rev().map(|n| format!("{{\"mail\":\"PERSON{n}@Example.org\",\"who\":\"A. L.\"}}\n")).collect();
    desk.write("exports/old/crm.jsonl", copy);
    desk.write("exports/log.txt", "nobody is in here\n");
    let found = review(&desk, "collection/shadow-copy");
    assert_eq!(tables(&found), ["old/crm.jsonl"], "{found:?}");
    assert!(found[0]["title"].as_str().unwrap().contains("`exports.customers.csv`: about 100 %"), "{found:?}");
    assert_eq!(found[0]["people"], 180);
}

#[test]
fn customers_of_two_shops_with_the_same_names_are_no_copies() {
    let desk = Desk::with_exports();
    desk.write("exports/north.csv", people(0, 300, "example.org"));
    desk.write("exports/south.csv", people(300, 600, "example.net"));
    assert_eq!(tables(&review(&desk, "collection/shadow-copy")), Vec::<&str>::new());
}

#[test]
fn a_declared_copy_is_no_finding() {
    let desk = Desk::with_exports();
    desk.write("exports/customers.csv", people(0, 300, "example.org"));
    desk.write("exports/copy.csv", people(0, 200, "example.org"));
    assert_eq!(tables(&review(&desk, "collection/shadow-copy")), ["copy.csv"]);
    let policy = desk.read("dataward.toml");
    desk.write(
        "dataward.toml",
        format!("{policy}\n[source.exports.table.\"copy.csv\"]\ncopy_of = \"exports.customers.csv\"\n"),
    );
    assert_eq!(tables(&review(&desk, "collection/shadow-copy")), Vec::<&str>::new());
}

#[test]
fn the_state_tells_nobody_who_is_in_a_sketch() {
    use std::os::unix::fs::PermissionsExt as _;
    let [one, two] = [Desk::with_exports(), Desk::with_exports()];
    for desk in [&one, &two] {
        desk.write("exports/customers.csv", people(0, 300, "example.org"));
        review(desk, "collection/shadow-copy");
        let key = std::fs::metadata(desk.path().join(".dataward/sketch.key")).unwrap();
        assert_eq!(key.permissions().mode() & 0o777, 0o600);
    }
    assert_ne!(one.read(".dataward/sketch.key"), two.read(".dataward/sketch.key"), "each project has its own");
    let state = std::fs::read(one.path().join(".dataward/state.db")).unwrap();
    assert!(!state.windows(20).any(|window| window == b"person17@example.org"));
}

#[test]
fn what_came_went_and_shrank_since_the_last_review_is_told_once() {
    let desk = Desk::with_exports();
    desk.write("exports/a.csv", people(0, 400, "example.org"));
    desk.write("exports/b.csv", people(1_000, 1_050, "example.org"));
    for check in ["collection/appeared", "collection/vanished", "collection/growth"] {
        assert_eq!(tables(&review(&desk, check)), Vec::<&str>::new(), "{check}: there was no review to compare with");
    }
    desk.write("exports/a.csv", people(0, 120, "example.org"));
    std::fs::remove_file(desk.path().join("exports/b.csv")).unwrap();
    desk.write("exports/new/c.csv", people(2_000, 2_040, "example.org"));
    let scan = desk.run(&["scan", "--full"]);
    assert_eq!(scan.code, 0, "{scan:?}");
    let report = desk.run(&["audit", "collection", "--fail-on", "never", "--format", "json"]).json();
    let of = |check: &str| -> Vec<Value> {
        report["findings"].as_array().unwrap().iter().filter(|finding| finding["check"] == check).cloned().collect()
    };
    assert_eq!(tables(&of("collection/appeared")), ["new/c.csv"]);
    assert_eq!(tables(&of("collection/vanished")), ["b.csv"]);
    assert_eq!(tables(&of("collection/growth")), ["a.csv"]);
    for check in ["collection/appeared", "collection/vanished", "collection/growth"] {
        assert_eq!(tables(&review(&desk, check)), Vec::<&str>::new(), "{check}: it was told at the last review");
    }
}

#[test]
fn a_table_is_declared_by_itself_its_folder_or_its_source() {
    let desk = Desk::with_exports();
    desk.write("exports/crm/one.csv", people(0, 40, "example.org"));
    desk.write("exports/crm/two.csv", people(40, 80, "example.org"));
    desk.write("exports/shop.csv", people(80, 120, "example.org"));
    let policy = desk.read("dataward.toml");
    assert_eq!(review(&desk, "collection/undeclared-use").len(), 1, "one for the source");
    let said = "purpose = \"marketing\"\nlawful_basis = \"consent\"\ncollected_from = \"form\"\nowner = \"ops\"\n";
    desk.write("dataward.toml", format!("{policy}\n[source.exports.table.\"crm\"]\n{said}"));
    assert_eq!(tables(&review(&desk, "collection/undeclared-use")), ["shop.csv"]);
    desk.write("dataward.toml", format!("{policy}\n[source.exports.table.\"crm/one.csv\"]\n{said}"));
    assert_eq!(tables(&review(&desk, "collection/undeclared-use")), ["crm/two.csv", "shop.csv"]);
}

#[test]
fn health_and_children_ask_for_a_condition() {
    let desk = Desk::with_exports();
    let children: String = (0..60).map(|n| format!("Ada Lovelace,parent{n}@example.org\n")).collect();
    desk.write("exports/summer_camp.csv", format!("child_name,guardian_email\n{children}"));
    let found = review(&desk, "collection/children");
    assert_eq!(tables(&found), ["summer_camp.csv"], "{found:?}");
    assert_eq!(found[0]["law"][0]["id"], "eu-gdpr-8");
    let policy = desk.read("dataward.toml");
    desk.write(
        "dataward.toml",
        format!("{policy}\n[source.exports.table.\"summer_camp.csv\"]\nspecial_basis = \"consent of the parents\"\n"),
    );
    assert_eq!(tables(&review(&desk, "collection/children")), Vec::<&str>::new());
}

#[test]
fn a_new_personal_column_without_a_rule_fails_the_build() {
    let desk = Desk::with_exports();
    desk.write("exports/visits.csv", "page,seconds\nhome,3\nshop,9\n");
    let policy = desk.read("dataward.toml");
    desk.write(
        "dataward.toml",
        format!(
            "{policy}purpose = \"marketing\"\nlawful_basis = \"consent\"\ncollected_from = \"form\"\nowner = \"ops\"\n"
        ),
    );
    assert_eq!(desk.run(&["scan", "--full"]).code, 0);
    assert_eq!(desk.run(&["audit", "collection"]).code, 0);
    let rows: String = (0..60).map(|n| format!("home,{n},person{n}@example.org\n")).collect();
    desk.write("exports/visits.csv", format!("page,seconds,email\n{rows}"));
    assert_eq!(desk.run(&["scan", "--full", "--fail-on", "medium"]).code, 1);
    assert_eq!(desk.run(&["audit", "collection"]).code, 1);
}

#[test]
fn the_score_counts_what_nobody_looked_at_as_not_shown() {
    let desk = Desk::with_exports();
    desk.write("exports/people.csv", people(0, 100, "example.org"));
    assert_eq!(desk.run(&["scan", "--full"]).code, 0);
    let before = desk.run(&["status", "--format", "json"]).json();
    assert_eq!(before["score"]["points"], 0, "{}", before["score"]);
    let step = |status: &Value, command: &str| {
        status["next_steps"].as_array().unwrap().iter().position(|step| step["command"] == command)
    };
    assert!(step(&before, "dataward audit --due").is_some(), "{}", before["next_steps"]);
    desk.run(&["audit"]);
    let after = desk.run(&["status", "--format", "json"]).json();
    assert!(after["score"]["points"].as_u64().unwrap() > 0, "{}", after["score"]);
    assert_eq!(after["score"]["whole"]["unknown"], 0, "{}", after["score"]);
    assert_eq!(step(&after, "dataward audit --due"), None);
}

#[test]
fn a_report_is_a_page_and_a_pdf_or_what_is_asked_for() {
    let desk = Desk::with_exports();
    desk.write("exports/people.csv", people(0, 100, "example.org"));
    assert_eq!(desk.run(&["scan", "--full"]).code, 0);
    desk.run(&["audit"]);
    let written = desk.run(&["report", "--format", "json"]).json();
    assert_eq!(
        (written["file"].as_str(), written["pdf"].as_str()),
        (Some("dataward-report.html"), Some("dataward-report.pdf"))
    );
    let pdf = std::fs::read(desk.path().join("dataward-report.pdf")).unwrap();
    assert!(pdf.starts_with(b"%PDF-1.7"));
    assert_eq!(desk.run(&["report", "-o", "only.pdf"]).code, 0);
    assert!(std::fs::read(desk.path().join("only.pdf")).unwrap().starts_with(b"%PDF-"));
    let oscal = desk.run(&["report", "--format", "oscal"]);
    assert_eq!(oscal.code, 0, "{oscal:?}");
    let exported = desk.run(&["findings", "export", "--as", "oscal"]).out;
    // The two were made in different seconds, perhaps, and objectives are of one document each.
    let keys = |text: &str| {
        let document = serde_json::from_str::<Value>(text).unwrap();
        let mut findings = document["assessment-results"]["results"][0]["findings"].as_array().unwrap().clone();
        findings.iter_mut().for_each(|finding| finding["uuid"] = Value::Null);
        findings
    };
    assert_eq!(keys(&oscal.out), keys(&exported), "what outside tools judge in `findings export`");
    let refused = desk.run(&["report", "--format", "sarif"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.err.contains("dataward findings export --as sarif"), "{}", refused.err);
}

#[test]
fn findings_keep_their_ids_when_rows_are_renumbered_and_tables_made_anew() {
    let desk = Desk::new();
    desk.write("dataward.toml", "[business]\nname = \"Test\"\n\n[source.shop]\nurl = \"sqlite:shop.db\"\n");
    let file = desk.path().join("shop.db");
    // One address in a hundred is none: the integrity audit names the column.
    let fill = |first: u32, step: i64| {
        let rows = (0..400i64).map(|n| {
            let mail = if n % 100 == 7 { "at example.org".to_owned() } else { format!("person{n}@example.org") };
            format!("({}, '{mail}')", i64::from(first) + n * step)
        });
        format!("INSERT INTO customers VALUES {};", rows.collect::<Vec<_>>().join(","))
    };
    let create = "CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT);";
    dataward_testkit::sqlite::make(&file, &format!("{create}{}", fill(1, 1)));
    let audit = || {
        assert_eq!(desk.run(&["scan", "--full"]).code, 0);
        let report = desk.run(&["audit", "--fail-on", "never", "--format", "json"]).json();
        // That every row has another key is told too, and is no finding of the audit before.
        let faults = report["findings"].as_array().unwrap().iter();
        let ids = faults.filter(|finding| finding["check"] != "integrity/change");
        let mut ids: Vec<String> = ids.map(|finding| finding["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        (ids, report)
    };
    let (before, _) = audit();
    assert!(before.len() >= 3, "{before:?}");
    dataward_testkit::sqlite::make(&file, &format!("DROP TABLE customers;{create}{}", fill(900_000, -3)));
    let (after, report) = audit();
    assert_eq!(after, before);
    let new: usize =
        report["stages"].as_array().unwrap().iter().map(|stage| stage["found"].as_array().unwrap().len()).sum();
    let changes =
        report["findings"].as_array().unwrap().iter().filter(|one| one["check"] == "integrity/change").count();
    assert_eq!(new, changes, "{report}");
}
