//! What dataward erased or sealed itself is no surprise to the next audit; what somebody else did is one.

use dataward_testkit::sqlite;
use serde_json::Value;

use crate::support::Desk;

const POLICY: &str = "
[business]
name = \"Blue Lantern Books\"

[source.shop]
url = \"sqlite:shop.db\"

[source.files]
url = \"file:exports\"

[[retain]]
name = \"Customers\"
what = \"shop.customers\"
keep = \"2 years\"
from = \"last_seen\"
then = \"erase\"
";

const SHOP: &str = "
    CREATE TABLE customers (id INTEGER PRIMARY KEY, full_name TEXT, email TEXT, last_seen TEXT);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
    INSERT INTO customers SELECT i, 'Ada Larkspur', 'ada' || i || '@lantern.example',
        CASE WHEN i <= 120 THEN '2019-05-04' ELSE '2026-11-01' END FROM n;
";

/// The checks with an open finding.
fn open(desk: &Desk) -> Vec<String> {
    desk.run(&["audit", "collection", "integrity", "--fail-on", "never"]);
    let found = desk.json(&["findings"]);
    let checks = found["findings"].as_array().unwrap().iter().map(|finding| finding["check"].as_str().unwrap());
    checks.map(str::to_owned).collect()
}

#[test]
fn what_we_erased_and_sealed_is_no_finding_and_what_others_did_is() {
    let desk = Desk::new();
    sqlite::make(&desk.path().join("shop.db"), SHOP);
    let people: String = (0..40).map(|n| format!("Ben Quill,ben{n}@lantern.example\n")).collect();
    desk.write("exports/people.csv", format!("name,email\n{people}"));
    desk.write("dataward.toml", POLICY);
    desk.write("passphrase", "lantern 77 staple horse of nobody");
    let run = |arguments: &[&str]| {
        let said = desk.run(arguments);
        assert_eq!(said.code, 0, "{arguments:?}: {said:?}");
    };
    run(&["scan", "--full"]);
    open(&desk);
    run(&["retain", "plan"]);
    run(&["retain", "approve"]);
    run(&["retain", "apply"]);
    run(&["keys", "init", "--secret-file", "passphrase"]);
    run(&["encrypt", "exports", "--recursive", "--in-place", "--secret-file", "passphrase"]);
    run(&["scan", "--full"]);
    let checks = open(&desk);
    let surprises = ["collection/vanished", "integrity/change", "integrity/drift"];
    assert!(!checks.iter().any(|check| surprises.contains(&check.as_str())), "{checks:?}");
    let status: Value = desk.json(&["status"]);
    let steps = status["next_steps"].to_string();
    assert!(!steps.contains("no scan has reached"), "a source without any table was read all the same: {steps}");

    sqlite::make(&desk.path().join("shop.db"), "DELETE FROM customers WHERE id > 160");
    let checks = open(&desk);
    assert!(checks.contains(&"integrity/change".to_owned()), "{checks:?}");
    assert!(checks.contains(&"integrity/drift".to_owned()), "{checks:?}");
}

#[test]
fn what_we_made_up_is_no_finding_and_what_others_changed_is() {
    let desk = Desk::new();
    sqlite::make(&desk.path().join("shop.db"), SHOP);
    std::fs::create_dir(desk.path().join("exports")).unwrap();
    desk.write("dataward.toml", POLICY.replace("then = \"erase\"", "then = \"anonymise\""));
    desk.json(&["scan", "--full"]);
    open(&desk);
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    let applied = desk.json(&["retain", "apply"]);
    assert_eq!(applied["tables"][0]["changed"], 120, "{applied}");
    let status = desk.json(&["retain", "status"]);
    assert_eq!((&status["plans"][0]["rows_done"], &status["plans"][0]["rows_changed"]), (&120.into(), &120.into()));
    let report = desk.run(&["audit", "integrity", "--format", "json"]).json();
    let ours = |check: &str| report["issues"].as_array().unwrap().iter().filter(|one| one["check"] == check).count();
    assert_eq!((ours("change"), ours("drift")), (0, 0), "{report}");
    sqlite::make(&desk.path().join("shop.db"), "UPDATE customers SET email = 'x' || email WHERE id > 160");
    let report = desk.run(&["audit", "integrity", "--format", "json"]).json();
    let changed = report["issues"].as_array().unwrap().iter().filter(|one| one["check"] == "change").count();
    assert_eq!(changed, 40, "{report}");
}

#[test]
fn days_that_we_made_up_are_neither_right_nor_wrong_and_those_of_others_are_judged() {
    let desk = Desk::new();
    let shop = "CREATE TABLE guests (id INTEGER PRIMARY KEY, email TEXT, date_of_birth DATE NOT NULL, last_seen TEXT);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
        INSERT INTO guests SELECT i, 'ada' || i || '@lantern.example', date('1950-03-01', (i * 71) || ' days'),
            CASE WHEN i <= 30 THEN '2019-05-04' ELSE '2026-11-01' END FROM n;";
    sqlite::make(&desk.path().join("shop.db"), shop);
    std::fs::create_dir(desk.path().join("exports")).unwrap();
    desk.write("dataward.toml", POLICY.replace("shop.customers", "shop.guests.date_of_birth"));
    desk.json(&["scan", "--full"]);
    open(&desk);
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    let applied = desk.json(&["retain", "apply"]);
    assert_eq!(applied["tables"][0]["changed"], 30, "{applied}");
    let issues = || {
        let report = desk.run(&["audit", "integrity", "--format", "json"]).json();
        let of_births = report["issues"].as_array().unwrap().iter().filter(|one| one["column"] == "date_of_birth");
        of_births.cloned().collect::<Vec<_>>()
    };
    assert_eq!(issues(), Vec::<Value>::new());
    sqlite::make(&desk.path().join("shop.db"), "UPDATE guests SET date_of_birth = '2094-01-01' WHERE id = 150");
    let found = issues();
    assert!(found.iter().any(|one| one["row"]["key"] == 150 && one["check"] == "date"), "{found:?}");
}

#[test]
fn a_view_holds_nothing_of_its_own() {
    let desk = Desk::new();
    let view = "CREATE VIEW mailing AS SELECT full_name, email FROM customers;";
    sqlite::make(&desk.path().join("shop.db"), &format!("{SHOP}{view}"));
    std::fs::create_dir(desk.path().join("exports")).unwrap();
    desk.write("dataward.toml", POLICY);
    desk.json(&["scan", "--full"]);
    assert!(desk.json(&["inventory"]).to_string().contains("mailing"), "the inventory knows it");
    desk.run(&["audit", "--fail-on", "never"]);
    let policy = desk.json(&["retain", "policy"]);
    let places: Vec<&str> =
        policy["places"].as_array().unwrap().iter().map(|place| place["place"].as_str().unwrap()).collect();
    assert_eq!(places, ["shop.customers"]);
    let findings = desk.json(&["findings"]);
    assert!(!findings.to_string().contains("mailing"), "{findings:#}");
    let hold = ["retain", "hold", "place", "--matter", "suit 7", "--person", "user.contact.email=ada3@lantern.example"];
    let held = desk.json(&hold);
    assert!(held["holds"].as_array().unwrap().len() == 1 && !held.to_string().contains("mailing"), "{held}");
}

#[test]
fn an_audit_of_one_source_lists_the_findings_of_that_source() {
    let desk = Desk::new();
    for name in ["shop.db", "crm.db"] {
        sqlite::make(&desk.path().join(name), SHOP);
    }
    let policy = POLICY.replace("[source.files]\nurl = \"file:exports\"", "[source.crm]\nurl = \"sqlite:crm.db\"");
    desk.write("dataward.toml", policy);
    desk.json(&["scan", "--full"]);
    desk.run(&["audit", "collection", "--fail-on", "never"]);
    let said = desk.run(&["audit", "collection", "--source", "crm", "--fail-on", "never", "--format", "json"]).json();
    let findings = said["findings"].as_array().unwrap();
    assert!(
        !findings.is_empty() && findings.iter().all(|one| one["place"].as_str().unwrap().starts_with("crm")),
        "{said:#}"
    );
    assert_eq!(said["stages"][0]["open"].as_u64(), Some(findings.len() as u64));
}

#[test]
fn a_file_that_was_closed_is_fixed_at_the_next_audit_without_a_scan() {
    let desk = Desk::new();
    desk.write("exports/people.csv", "name,email\nBen Quill,ben@lantern.example\n".repeat(9));
    desk.write("dataward.toml", "[business]\nname = \"Lantern\"\n\n[source.files]\nurl = \"file:exports\"\n");
    let mode = |bits: u32| {
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(bits);
        std::fs::set_permissions(desk.path().join("exports/people.csv"), permissions).unwrap();
    };
    let open = || {
        desk.run(&["audit", "access", "--fail-on", "never"]);
        desk.json(&["findings"])["findings"].to_string().contains("access/readable-by-everyone")
    };
    mode(0o644);
    let folders = [desk.path().to_owned(), desk.path().join("exports")];
    for folder in folders {
        std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    desk.json(&["scan", "--full"]);
    assert!(open());
    mode(0o600);
    assert!(!open(), "nobody but the owner reads it now");
}

#[test]
fn a_source_of_which_no_row_was_to_go_is_left_alone_by_verify() {
    let desk = Desk::new();
    sqlite::make(&desk.path().join("shop.db"), SHOP);
    let other = "CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT, last_seen TEXT);
                 INSERT INTO people VALUES (1, 'ben@lantern.example', '2026-11-01');";
    sqlite::make(&desk.path().join("crm.db"), other);
    let rule = "\n[[retain]]\nname = \"People\"\nwhat = \"crm.people\"\nkeep = \"90 years\"\nfrom = \"last_seen\"\nthen = \"erase\"\n";
    let policy = POLICY.replace("[source.files]\nurl = \"file:exports\"", "[source.crm]\nurl = \"sqlite:crm.db\"");
    desk.write("dataward.toml", policy + rule);
    desk.json(&["scan", "--full"]);
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    let verified = desk.json(&["retain", "verify", "--exclusive"]);
    let sources = verified["sources"].as_array().unwrap();
    assert_eq!((sources.len(), &sources[0]["source"]), (1, &"shop".into()), "{verified}");
}

#[test]
fn nothing_is_ticked_of_what_nobody_looked_at_nor_found_by_a_mistyped_name() {
    let desk = Desk::new();
    sqlite::make(&desk.path().join("shop.db"), SHOP);
    desk.write("dataward.toml", "[business]\nname = \"Lantern\"\n\n[source.shop]\nurl = \"sqlite:shop.db\"\n");
    desk.json(&["scan", "--full"]);
    let said = desk.run(&["audit", "transit", "--fail-on", "never"]);
    assert!(said.out.contains("nothing to look at: certificates for another host"), "{}", said.out);
    for wrong in [["--check", "acces"], ["--source", "sho"]] {
        let said = desk.run(&["findings", wrong[0], wrong[1]]);
        assert_eq!(said.code, 2, "{said:?}");
    }
}
