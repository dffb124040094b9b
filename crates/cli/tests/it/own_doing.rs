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
