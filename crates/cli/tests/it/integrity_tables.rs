//! `audit integrity` over whole tables: duplicates, references, persons in two tables, changes between
//! audits, the engines' own checks, and odd tables.

use std::fmt::Write as _;
use std::process::Command;

use dataward_testkit::registers;
use dataward_testkit::registers::Names;
use dataward_testkit::registers::Style;
use dataward_testkit::sqlite;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::support::Desk;

fn names() -> Names {
    let given = "Anna Peter Maria Thomas Julia Martin Laura Stefan Emma Lukas Sofia Daniel Clara Felix Nina Robert Helen \
                 David Alice Simon Karen Philip Judith Andrew Monica George Sarah Victor Diana Oliver";
    let family = "Miller Schmidt Johnson Weber Taylor Fischer Brown Wagner Wilson Becker Evans Hoffmann Roberts Koch \
                  Walker Richter Wright Klein Thompson Wolf White Schroeder Hughes Neumann Edwards Schwarz Green \
                  Zimmermann Hall Braun Lewis Krueger Harris Hartmann Clarke Lange Jackson Werner Wood Krause";
    let weighted = |list: &str| list.split_whitespace().map(|name| (name.to_owned(), 1.0)).collect();
    Names::new(weighted(given), weighted(family))
}

fn csv(columns: &[&str], rows: &[Vec<String>]) -> String {
    let mut text = columns.join(",") + "\n";
    for row in rows {
        writeln!(text, "{}", row.join(",")).unwrap();
    }
    text
}

fn of_check<'r>(report: &'r Value, check: &str) -> Vec<&'r Value> {
    report["issues"].as_array().unwrap().iter().filter(|issue| issue["check"] == check).collect()
}

#[test]
fn the_same_person_twice_is_named_with_both_rows() {
    let desk = Desk::new();
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let register = registers::register(Style::Shop, 1_500, 0.1, &names(), &mut random);
    desk.write("people.csv", csv(&register.columns, &register.rows));
    let report = desk.json(&["audit", "integrity", "people.csv"]);
    let (mut right, mut wrong) = (0, 0);
    for issue in of_check(&report, "duplicate") {
        let row = |value: &Value| usize::try_from(value["index"].as_u64().unwrap()).unwrap();
        assert_eq!(issue["column"], "");
        for other in issue["with"].as_array().unwrap() {
            if register.persons[row(&issue["row"])] == register.persons[row(other)] { right += 1 } else { wrong += 1 }
        }
        for value in &register.rows[row(&issue["row"])][1..5] {
            assert!(value.len() < 4 || !issue["reason"].as_str().unwrap().contains(value.as_str()));
        }
    }
    // With 30 given names two of a name live under one roof now and then.
    assert!(right > 120 && wrong * 10 < right, "{right} right, {wrong} wrong");
}

#[test]
fn orders_of_the_same_customer_are_no_duplicates() {
    let desk = Desk::new();
    let mut random = ChaCha8Rng::seed_from_u64(4);
    let register = registers::register(Style::Shop, 60, 0.0, &names(), &mut random);
    let rows: Vec<Vec<String>> = (0..600).map(|at| register.rows[at * 7 % 60].clone()).collect();
    desk.write("orders.csv", csv(&register.columns, &rows));
    let report = desk.json(&["audit", "integrity", "orders.csv"]);
    assert_eq!(of_check(&report, "duplicate").len(), 0);
}

/// A shop whose orders refer to customers, though nobody declared it.
fn shop(updated: &str) -> String {
    let mut script = String::from(
        "CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT, phone TEXT, city TEXT, updated_at TEXT);
         CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, total INTEGER);",
    );
    for id in 1..=200 {
        writeln!(
            script,
            "INSERT INTO customers VALUES ({id}, 'customer{id}@example.org', '0301{:06}', 'Town{}', '{updated}');",
            id * 4211,
            id % 9
        )
        .unwrap();
    }
    for id in 1..=500 {
        let customer = if id == 77 { 9_999 } else { 1 + id * 3 % 200 };
        writeln!(script, "INSERT INTO orders VALUES ({id}, {customer}, {});", id * 17 % 900).unwrap();
    }
    script
}

#[test]
fn a_reference_that_nobody_declared_and_one_row_breaks_is_named_by_key() {
    let desk = Desk::new();
    sqlite::make(&desk.path().join("shop.db"), &shop("2026-01-01"));
    let report = desk.json(&["audit", "integrity", "shop.db"]);
    let orphans = of_check(&report, "orphan");
    assert_eq!(orphans.len(), 1, "{orphans:?}");
    assert_eq!(orphans[0]["column"], "customer_id");
    assert_eq!(orphans[0]["row"]["key"], 77);
    assert_eq!(orphans[0]["tier"], "likely");
    assert!(!orphans[0].to_string().contains("9999"));
    // SQLite's own checks were made, and found nothing.
    assert_eq!(report["engines"][0]["done"][0], "PRAGMA integrity_check");
    assert_eq!(report["table_issues"].as_array().unwrap().len(), 0);
}

#[test]
fn a_row_that_refers_to_nothing_is_an_orphan_and_no_damage() {
    let desk = Desk::new();
    sqlite::make(
        &desk.path().join("shop.db"),
        "PRAGMA foreign_keys = OFF;
         CREATE TABLE customers (id INTEGER PRIMARY KEY, town TEXT, street TEXT, UNIQUE (town, street));
         CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customers (id), total INTEGER);
         CREATE TABLE visits (town TEXT, street TEXT, FOREIGN KEY (town, street) REFERENCES customers (town, street));
         INSERT INTO customers VALUES (1, 'Ulm', 'Am Tor'), (2, 'Ulm', 'Am Markt');
         INSERT INTO orders VALUES (1, 1, 20), (2, 77, 30); INSERT INTO visits VALUES ('Ulm', 'Am Tor'), ('Ulm', 'Weg');",
    );
    let report = desk.json(&["audit", "integrity", "shop.db"]);
    let orphans = of_check(&report, "orphan");
    assert_eq!(orphans.len(), 1, "{orphans:?}");
    assert_eq!(
        (&orphans[0]["table"], &orphans[0]["row"]["key"], &orphans[0]["tier"]),
        (&"orders".into(), &2.into(), &"certain".into())
    );
    let whole = report["table_issues"].as_array().unwrap();
    assert_eq!(whole.len(), 1, "of several columns: {whole:?}");
    assert_eq!((&whole[0]["check"], &whole[0]["table"]), (&"orphan".into(), &"visits".into()));
}

#[test]
fn a_reference_that_the_policy_declares_counts_as_declared() {
    let desk = Desk::new();
    let script = "CREATE TABLE people (code TEXT, email TEXT); CREATE TABLE notes (id INTEGER PRIMARY KEY, reader TEXT);
                  INSERT INTO people VALUES ('a', 'ada@example.org'), ('b', 'ben@example.com'), ('c', 'cleo@example.net');
                  INSERT INTO notes VALUES (1, 'a'), (2, 'b'), (3, 'z'), (4, 'y');";
    sqlite::make(&desk.path().join("shop.db"), script);
    let policy = "[business]\nname = \"Test\"\n\n[source.shop]\nurl = \"sqlite:shop.db\"\n";
    desk.write("dataward.toml", policy);
    desk.json(&["scan", "--full"]);
    let audited = || desk.run(&["audit", "integrity", "--fail-on", "never", "--format", "json"]).json();
    assert_eq!(of_check(&audited(), "orphan").len(), 0, "nobody said so");
    desk.write("dataward.toml", format!("{policy}\n[references]\n\"shop.notes.reader\" = \"shop.people.code\"\n"));
    let report = audited();
    let orphans = of_check(&report, "orphan");
    let found: Vec<(u64, &str)> =
        orphans.iter().map(|one| (one["row"]["key"].as_u64().unwrap(), one["tier"].as_str().unwrap())).collect();
    assert_eq!(found, [(3, "certain"), (4, "certain")], "{report}");
    assert!(orphans.iter().all(|one| !one["reason"].as_str().unwrap().contains("nobody")));
    assert!(desk.run(&["audit", "integrity", "--fail-on", "never"]).out.contains(" hints"));
}

#[test]
fn what_two_tables_say_differently_of_one_person_is_named_in_both() {
    let desk = Desk::new();
    let (mut crm, mut mail) = (String::from("email,phone,city\n"), String::from("mail,mobile_phone,town\n"));
    for id in 1..=120 {
        let city = ["Berlin", "Hamburg", "Leipzig", "Dresden", "Bremen"][id % 5];
        writeln!(crm, "customer{id}@example.org,+49 30 {:07},{city}", id * 42_111).unwrap();
        let phone = if id == 9 { 7_777_777 } else { id * 42_111 };
        writeln!(mail, "Customer{id}@Example.org,030{phone:07},{city}").unwrap();
    }
    desk.write("data/crm.csv", crm);
    desk.write("data/newsletter.csv", mail);
    let report = desk.json(&["audit", "integrity", "data"]);
    let cells: Vec<(&str, &str, u64)> = of_check(&report, "difference")
        .iter()
        .map(|issue| {
            let text = |key: &str| issue[key].as_str().unwrap();
            (text("table"), text("column"), issue["row"]["index"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(cells, [("crm.csv", "phone", 8), ("newsletter.csv", "mobile_phone", 8)]);
}

/// A project whose only source is an SQLite shop, scanned and audited once.
fn audited_shop() -> Desk {
    let desk = Desk::new();
    sqlite::make(&desk.path().join("shop.db"), &shop("2026-01-01"));
    desk.write("dataward.toml", "[business]\nname = \"Shop\"\n\n[source.shop]\nurl = \"sqlite:shop.db\"\n");
    assert_eq!(desk.run(&["scan", "--full"]).code, 0);
    let first = desk.json(&["audit", "integrity", "--fail-on", "never"]);
    assert_eq!(of_check(&first, "change").len(), 0);
    desk
}

fn change(desk: &Desk, script: &str) -> Value {
    sqlite::make(&desk.path().join("shop.db"), script);
    desk.json(&["audit", "integrity", "--fail-on", "never"])
}

#[test]
fn a_cell_that_someone_changed_past_the_application_is_named() {
    let desk = audited_shop();
    let report = change(&desk, "UPDATE customers SET city = 'Elsewhere' WHERE id = 42");
    let changes = of_check(&report, "change");
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(
        (&changes[0]["table"], &changes[0]["row"]["key"], &changes[0]["tier"]),
        (&"customers".into(), &42.into(), &"likely".into())
    );
    let findings = desk.json(&["findings", "list"]);
    assert!(findings.to_string().contains("integrity/change"), "{findings}");
    // Values in each other's place, and a row that is gone.
    let report = change(
        &desk,
        "UPDATE customers SET phone = (SELECT phone FROM customers WHERE id = 3 - customers.id) WHERE id IN (1, 2);
         DELETE FROM orders WHERE id = 5",
    );
    let keys: Vec<u64> = of_check(&report, "change").iter().map(|one| one["row"]["key"].as_u64().unwrap()).collect();
    assert_eq!(keys, [1, 2]);
    let gone = report["table_issues"].as_array().unwrap();
    assert!(gone.len() == 1 && gone[0]["table"] == "orders" && gone[0]["check"] == "change", "{gone:?}");
}

/// An acceptance ends within a year of today.
#[expect(clippy::disallowed_methods, reason = "the program goes by the wall clock")]
fn in_a_month() -> String {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    today.saturating_add(jiff::Span::new().days(30)).to_string()
}

#[test]
fn a_finding_of_tampering_counts_names_the_rows_and_stays_until_somebody_answers() {
    let desk = audited_shop();
    let tampered = "UPDATE customers SET city = 'Elsewhere' WHERE id IN (42, 43);
        DELETE FROM customers WHERE id IN (1, 2, 3, 4, 5)";
    change(&desk, tampered);
    let findings = |state: &str| {
        let listed = desk.json(&["findings", "list", "--check", "integrity/change", "--state", state]);
        listed["findings"].as_array().unwrap().clone()
    };
    let found = findings("open");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        found[0]["title"],
        "`shop.customers`: 2 rows changed and 5 rows are gone since the last audit, and nothing says by whom"
    );
    let id = found[0]["id"].as_str().unwrap();
    let command = format!("dataward findings show {id}");
    assert!(found[0]["remedy"].as_str().unwrap().contains(&command), "{found:?}");
    // Later audits see nothing of it, and something else.
    change(&desk, "SELECT 1");
    change(&desk, "UPDATE customers SET city = 'Nowhere' WHERE id = 77");
    let ids: Vec<String> = findings("open").iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 2, "{ids:?}");
    assert!(ids.iter().any(|one| one == id));
    let shown = desk.json(&["findings", "show", id]);
    let rows = shown["rows"].as_array().unwrap();
    let of = |what: &str| rows.iter().filter(|row| row["what"] == what).cloned().collect::<Vec<Value>>();
    let keys: Vec<u64> = of("changed").iter().map(|row| row["row"]["key"].as_u64().unwrap()).collect();
    assert_eq!((keys, of("gone").len()), (vec![42, 43], 5));
    let text = desk.run(&["findings", "show", id]).out;
    assert!(text.contains("key 42, key 43"), "{text}");
    // Once somebody has answered, the next audit closes it.
    desk.json(&["findings", "assign", id, "--to", "ops@example.org"]);
    assert_eq!(findings("open").len(), 2, "given to somebody is not answered");
    let until = "2099-01-01";
    let said = desk.run(&["findings", "accept", id, "--until", until, "--reason", "asked"]);
    assert_eq!(said.code, 2, "no acceptance lasts that long: {said:?}");
    let soon = in_a_month();
    desk.json(&["findings", "accept", id, "--until", &soon, "--reason", "the owner did it by hand"]);
    change(&desk, "SELECT 1");
    assert_eq!((findings("open").len(), findings("fixed").len()), (1, 1));
}

#[test]
fn a_change_that_the_application_dated_is_no_finding() {
    let desk = audited_shop();
    let report = change(&desk, "UPDATE customers SET city = 'Elsewhere', updated_at = '2999-01-01' WHERE id = 42");
    assert_eq!(of_check(&report, "change").len(), 0);
}

#[test]
fn a_table_that_is_stored_anew_has_not_changed() {
    let desk = audited_shop();
    let report = change(
        &desk,
        "CREATE INDEX customers_city ON customers (city); REINDEX;
         CREATE TABLE copy (updated_at TEXT, city TEXT, phone TEXT, email TEXT, id INTEGER PRIMARY KEY);
         INSERT INTO copy SELECT updated_at, city, phone, email, id FROM customers ORDER BY city DESC;
         DROP TABLE customers; ALTER TABLE copy RENAME TO customers; VACUUM",
    );
    assert_eq!(of_check(&report, "change").len(), 0);
    assert_eq!(report["table_issues"].as_array().unwrap().len(), 0, "{report}");
}

#[test]
fn the_key_for_hashes_of_rows_is_its_owners_alone_and_the_state_holds_no_value() {
    use std::os::unix::fs::PermissionsExt;
    let desk = audited_shop();
    let key = desk.path().join(".dataward/rows.key");
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let state = std::fs::read(desk.path().join(".dataward/state.db")).unwrap();
    let held = |value: &[u8]| state.windows(value.len()).any(|window| window == value);
    assert!(!held(b"customer42@example.org") && !held(b"Town7"));
}

#[test]
fn the_log_has_the_roots_of_the_tables_and_the_report_shows_them() {
    let desk = Desk::new();
    sqlite::make(&desk.path().join("shop.db"), &shop("2026-01-01"));
    desk.write("dataward.toml", "[business]\nname = \"Shop\"\n\n[source.shop]\nurl = \"sqlite:shop.db\"\n");
    assert_eq!(desk.run(&["scan", "--full"]).code, 0);
    let report = desk.json(&["audit", "integrity", "--fail-on", "never"]);
    let roots = &report["roots"]["shop"];
    assert_eq!(roots.as_object().unwrap().len(), 2);
    // As the book has it: canonical JSON of the object is what `jq -cjS` writes.
    desk.write("roots.json", serde_json::to_string(roots).unwrap());
    let sum = Command::new("sha256sum").arg(desk.path().join("roots.json")).output().unwrap();
    let expected = String::from_utf8(sum.stdout).unwrap()[..64].to_owned();
    let logged = desk.json(&["evidence", "show", "--last", "50"]);
    let audits = logged["entries"].as_array().unwrap().iter().map(|entry| &entry["statement"]["predicate"]["event"]);
    let told: Vec<&Value> = audits.filter(|event| event["stage"] == "integrity").collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["table_roots"], serde_json::json!({ "shop": expected }));
    // The next audit finds the same.
    let again = desk.json(&["audit", "integrity", "--fail-on", "never"]);
    assert_eq!((&again["roots"], again["table_issues"].as_array().unwrap().len()), (&report["roots"], 0));
}

#[test]
fn who_changes_rows_and_then_what_the_state_keeps_of_them_is_found() {
    let desk = audited_shop();
    // The attacker changes a row, audits a copy of the project, and takes its hashes over.
    sqlite::make(&desk.path().join("shop.db"), "UPDATE customers SET city = 'Elsewhere' WHERE id = 42");
    let copy = Desk::new();
    for name in ["shop.db", "dataward.toml"] {
        std::fs::copy(desk.path().join(name), copy.path().join(name)).unwrap();
    }
    let state = desk.path().join(".dataward/state.db");
    assert_eq!(copy.run(&["scan", "--full"]).code, 0);
    std::fs::copy(desk.path().join(".dataward/rows.key"), copy.path().join(".dataward/rows.key")).unwrap();
    copy.json(&["audit", "integrity", "--fail-on", "never"]);
    let theirs = copy.path().join(".dataward/state.db");
    let script = format!(
        "ATTACH '{}' AS theirs; UPDATE table_states SET digest = (SELECT digest FROM theirs.table_states known
         WHERE known.table_name = table_states.table_name)",
        theirs.display()
    );
    sqlite::make(&state, &script);
    let report = desk.json(&["audit", "integrity", "--fail-on", "never"]);
    assert_eq!(of_check(&report, "change").len(), 0, "the hashes are those of the changed row");
    let told = report["table_issues"].as_array().unwrap();
    assert_eq!((told.len(), &told[0]["check"], &told[0]["source"]), (1, &"record".into(), &"shop".into()), "{told:?}");
    let findings = desk.json(&["findings", "list"]);
    let found = findings["findings"].as_array().unwrap();
    let record = found.iter().find(|finding| finding["check"] == "integrity/record").expect("a finding");
    assert_eq!(record["severity"], "high");
    // What is removed is missed too.
    sqlite::make(&state, "DELETE FROM table_states WHERE table_name = 'orders'");
    let report = desk.json(&["audit", "integrity", "--fail-on", "never"]);
    assert_eq!(report["table_issues"][0]["check"], "record", "{report}");
}

#[test]
fn an_audit_that_could_not_be_logged_uses_up_no_change() {
    let desk = audited_shop();
    sqlite::make(&desk.path().join("shop.db"), "UPDATE customers SET city = 'Elsewhere' WHERE id = 42");
    let key = desk.path().join(".dataward/evidence.key");
    let aside = desk.path().join("aside");
    std::fs::rename(&key, &aside).unwrap();
    std::fs::create_dir(&key).unwrap();
    let said = desk.run(&["audit", "integrity", "--fail-on", "never"]);
    assert_eq!(said.code, 3, "{said:?}");
    std::fs::remove_dir(&key).unwrap();
    std::fs::rename(&aside, &key).unwrap();
    let report = desk.json(&["audit", "integrity", "--fail-on", "never"]);
    let changes = of_check(&report, "change");
    assert_eq!((changes.len(), &changes[0]["row"]["key"]), (1, &42.into()), "{changes:?}");
    assert_eq!(report["table_issues"].as_array().unwrap().len(), 0);
}

#[test]
fn a_damaged_database_is_a_finding_and_no_panic() {
    let desk = Desk::new();
    let file = desk.path().join("shop.db");
    sqlite::make(&file, &format!("{} CREATE INDEX by_email ON customers (email);", shop("2026-01-01")));
    // An index that says something else than its table: one letter in the index's copy of an address.
    let mut bytes = std::fs::read(&file).unwrap();
    let needle = b"customer150@example.org";
    let places: Vec<usize> = (0..bytes.len() - needle.len()).filter(|at| bytes[*at..].starts_with(needle)).collect();
    let last = *places.last().unwrap();
    bytes[last] = b'z';
    std::fs::write(&file, bytes).unwrap();
    let said = desk.run(&["audit", "integrity", "shop.db", "--format", "json"]);
    let issues = said.json()["table_issues"].as_array().unwrap().clone();
    assert!(issues.iter().any(|issue| issue["check"] == "engine" && issue["tier"] == "certain"), "{issues:?}");
    assert!(!said.out.contains("zustomer150"));
}

#[test]
fn answers_of_people_are_heard_at_the_next_audit() {
    let desk = Desk::with_exports();
    let mut text = String::from("id,code,born\n");
    for row in 0..300 {
        let born =
            if row == 30 { "2093-01-01".to_owned() } else { format!("19{:02}-0{}-11", 60 + row % 39, 1 + row % 9) };
        writeln!(text, "{row},K-{row},{born}").unwrap();
    }
    desk.write("exports/people.csv", text);
    assert_eq!(desk.run(&["scan", "--full"]).code, 0);
    let before = desk.json(&["audit", "integrity", "--fail-on", "never"]);
    assert_eq!(of_check(&before, "date").len(), 1);
    let findings = desk.json(&["findings", "list"]);
    let id = findings["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["check"] == "integrity/date")
        .unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(desk.run(&["findings", "reject", &id, "--reason", "they are to be born then"]).code, 0);
    let after = desk.json(&["audit", "integrity", "--fail-on", "never"]);
    assert_eq!(of_check(&after, "date")[0]["tier"], "hint");
}

#[test]
fn odd_tables_are_looked_at_and_listed() {
    let desk = Desk::new();
    let wide: Vec<String> = (0..10_000).map(|column| format!("c{column}")).collect();
    desk.write("data/wide.csv", format!("{}\n{}\n", wide.join(","), vec!["1"; 10_000].join(",")).as_str());
    desk.write("data/empty.csv", "a,b\n".to_owned() + &",\n".repeat(300));
    let days: String = (0..300).map(|row| format!("{row},99999-{row}-77,0000-00-00,-5-13-40\n")).collect();
    desk.write("data/days.csv", format!("id,born,created_at,updated_at\n{days}"));
    sqlite::make(
        &desk.path().join("data/odd.db"),
        "CREATE TABLE keyless (a, b); INSERT INTO keyless VALUES (NULL, NULL), (x'00ff', 1e308), (NULL, 'x');
         CREATE TABLE hollow (a, b);",
    );
    let said = desk.run(&["audit", "integrity", "data", "--format", "json"]);
    assert!(matches!(said.code, 0), "{said:?}");
    let tables = said.json()["tables"].as_array().unwrap().len();
    assert!(tables >= 4, "{said:?}");
}

#[test]
fn the_screen_of_a_wide_table_says_the_same_of_many_columns_once() {
    let desk = Desk::new();
    let columns = 2_000;
    let head: Vec<String> = (0..columns).map(|column| format!("c{column}")).collect();
    let mut text = head.join(",") + "\n";
    for row in 0..60 {
        let cells = (0..columns)
            .map(|column| if (column * 7 + row) % 61 == 0 { "N/A".into() } else { (column % 9).to_string() });
        text += &(cells.collect::<Vec<String>>().join(",") + "\n");
    }
    desk.write("wide.csv", text);
    desk.write("one.csv", "id,seats\n".to_owned() + &"7,4\n".repeat(80) + "8,N/A\n");
    let said = desk.run(&["audit", "integrity", "wide.csv", "one.csv"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("more columns  missing, ") && said.out.lines().count() < 40, "{}", said.out);
    assert!(said.out.contains("seats  missing, 1 cell\n"), "{}", said.out);
}

#[test]
fn the_rows_on_the_screen_are_those_of_which_the_reason_is_told() {
    let desk = Desk::new();
    let days: String = (0..300).map(|row| format!("{row},19{:02}-0{}-11\n", 50 + row % 49, 1 + row % 9)).collect();
    desk.write("days.csv", format!("id,born\n300,1900-01-11\n{days}301,2023-02-30\n"));
    let said = desk.run(&["audit", "integrity", "days.csv"]);
    let lines: Vec<&str> = said.out.lines().map(str::trim).collect();
    let at = lines.iter().position(|line| *line == "no day of the calendar").expect("the reason");
    assert!(lines[at + 1].starts_with("row 302"), "{}", said.out);
}

#[test]
fn hints_are_counted_on_the_screen_with_the_command_that_lists_them() {
    let desk = Desk::new();
    let rows: String =
        (0..300).map(|id| format!("{id},{}\n", if id == 77 { 900_000 } else { 100 + id % 50 })).collect();
    desk.write("exports/sizes.csv", format!("id,size\n{rows}"));
    desk.write("dataward.toml", "[business]\nname = \"Test\"\n\n[source.exports]\nurl = \"file:exports\"\n");
    desk.json(&["scan", "--full"]);
    let told = desk.run(&["audit", "integrity", "--fail-on", "never"]).out;
    assert!(told.contains("1 cell is no finding") && told.contains("audit integrity --format json"), "{told}");
    let listed = desk.run(&["audit", "integrity", "--fail-on", "never", "--format", "json"]).json();
    assert_eq!(of_check(&listed, "outlier").len(), 1, "{listed}");
}
