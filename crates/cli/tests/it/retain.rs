//! `retain`: from a policy file to rows that are gone, on a SQLite shop.

use std::process::Stdio;

use dataward_testkit::sqlite;
use serde_json::Value;
use serde_json::json;

use crate::support::Desk;

const POLICY: &str = r#"
[business]
name = "Blue Lantern Books"

[source.shop]
url = "sqlite:shop.db"

[[retain]]
name = "Customers"
what = "shop.customers"
keep = "2 years"
from = "last_seen"
then = "erase"

[[retain]]
name = "Tickets"
what = "shop.tickets"
keep = "3 months"
from = "closed_at"
then = "clean-up"
"#;

/// Ten customers, the first six not seen for long; the sixth has a letter that no rule lets go. Their keys
/// are e-mail addresses.
fn shop() -> Desk {
    let desk = Desk::new();
    let mut script = String::from(
        "CREATE TABLE customers (email TEXT PRIMARY KEY, last_seen TEXT);
         CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT NOT NULL REFERENCES customers ON DELETE CASCADE);
         CREATE TABLE letters (id INTEGER PRIMARY KEY, customer TEXT NOT NULL REFERENCES customers);
         CREATE TABLE tickets (id INTEGER PRIMARY KEY, closed_at TEXT);",
    );
    for number in 1..=10 {
        let seen = if number <= 6 { "2019-05-04" } else { "2999-01-01" };
        let seen = if number > 8 { "NULL".to_owned() } else { format!("'{seen}'") };
        script += &format!("INSERT INTO customers VALUES ('reader{number}@example.com', {seen});");
        script += &format!("INSERT INTO orders (customer) VALUES ('reader{number}@example.com');");
        script += &format!(
            "INSERT INTO tickets (closed_at) VALUES ('{}');",
            if number < 4 { "2020-01-01" } else { "2999-01-01" }
        );
    }
    script += "INSERT INTO letters (customer) VALUES ('reader6@example.com');";
    sqlite::make(&desk.path().join("shop.db"), &script);
    desk.write("dataward.toml", POLICY);
    desk
}

fn rows(plan: &Value, table: &str) -> u64 {
    let tables = plan["tables"].as_array().unwrap();
    tables.iter().filter(|line| line["table"] == table).map(|line| line["rows"].as_u64().unwrap()).sum()
}

fn kept(plan: &Value, table: &str) -> Value {
    let tables = plan["tables"].as_array().unwrap();
    tables.iter().find(|line| line["table"] == table).map_or(Value::Null, |line| line["kept"].clone())
}

#[test]
fn a_plan_says_exactly_what_goes_and_what_stays_and_changes_nothing() {
    let desk = shop();
    let before = std::fs::read(desk.path().join("shop.db")).unwrap();
    let plan = desk.json(&["retain", "plan"]);
    assert_eq!(plan["schema"], "dataward/retain-plan@1");
    assert_eq!((rows(&plan, "customers"), rows(&plan, "orders"), rows(&plan, "tickets")), (5, 5, 3), "{plan}");
    assert_eq!(
        kept(&plan, "customers"),
        json!([
            { "rows": 1, "reason": "referenced: rows of letters refer to them, and no rule lets those go" },
            { "rows": 2, "reason": "no start: what the period counts from is empty, so it never ends" },
            { "rows": 2, "reason": "a start that can't be: somebody should look at these rows" },
        ])
    );
    let order = |table: &str| {
        plan["tables"].as_array().unwrap().iter().find(|line| line["table"] == table).unwrap()["order"].as_u64()
    };
    assert!(order("orders") < order("customers"), "{plan}");
    assert_eq!(std::fs::read(desk.path().join("shop.db")).unwrap(), before);
    // Keys are e-mail addresses: they are nowhere in what we keep.
    for file in walk(&desk.path().join(".dataward")) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(6).any(|part| part == b"reader"), "{}", file.display());
    }
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(walk(&path)) } else { files.push(path) }
    }
    files
}

#[test]
fn nothing_goes_without_an_approval_and_all_of_it_goes_with_one() {
    let desk = shop();
    let plan = desk.json(&["retain", "plan"]);
    let refused = desk.run(&["retain", "apply", plan["plan"].as_str().unwrap()]);
    assert_eq!(refused.code, 4, "{refused:?}");
    assert_eq!(desk.json(&["retain", "approve"])["rows"], 13);
    let applied = desk.json(&["retain", "apply"]);
    let lines: Vec<(&str, u64)> = applied["tables"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["table"].as_str().unwrap(), line["changed"].as_u64().unwrap()))
        .collect();
    assert!(lines.contains(&("customers", 5)) && lines.contains(&("orders", 5)) && lines.contains(&("tickets", 3)));
    // A second time there is nothing to do, and the next plan is empty.
    assert_eq!(desk.json(&["retain", "apply", plan["plan"].as_str().unwrap()])["complete"], true);
    let next = desk.json(&["retain", "plan"]);
    assert_eq!(next["tables"].as_array().unwrap().iter().map(|line| line["rows"].as_u64().unwrap()).sum::<u64>(), 0);
    assert_eq!(desk.run(&["evidence", "verify"]).code, 0);
    let actions: Vec<String> =
        desk.json(&["evidence", "show"])["entries"].to_string().split('"').map(str::to_owned).collect();
    for action in ["plan", "approve", "apply", "applied"] {
        assert!(actions.iter().any(|word| word == action), "{action}: {actions:?}");
    }
}

#[test]
fn a_hold_on_a_person_keeps_their_row_and_orders_and_releasing_it_lets_them_go() {
    let desk = shop();
    let placed = desk.json(&[
        "retain",
        "hold",
        "place",
        "--matter",
        "suit 7",
        "--place",
        "shop.customers",
        "--where",
        "email=reader2@example.com",
    ]);
    assert_eq!(placed["holds"][0]["rows_only"], true);
    let plan = desk.json(&["retain", "plan"]);
    assert_eq!((rows(&plan, "customers"), rows(&plan, "orders")), (4, 4), "{plan}");
    let all = desk.run(&["retain", "hold", "list"]).out + &desk.run(&["retain", "status"]).out;
    assert!(!all.contains("reader2"), "{all}");
    desk.json(&["retain", "hold", "release", "suit 7"]);
    assert_eq!(rows(&desk.json(&["retain", "plan"]), "customers"), 5);
    assert_eq!(desk.run(&["retain", "hold", "release", "suit 7"]).code, 2);
}

#[test]
fn a_hold_on_a_person_reaches_the_places_that_are_there_though_others_went() {
    let desk = shop();
    let hold = ["retain", "hold", "place", "--matter", "suit 9", "--person", "user.contact.email=reader2@example.com"];
    let refused = desk.run(&hold);
    assert!(refused.code == 2 && refused.err.contains("dataward scan"), "nothing was scanned: {refused:?}");
    desk.json(&["scan", "--full"]);
    sqlite::make(&desk.path().join("shop.db"), "DROP TABLE orders");
    let placed = desk.json(&hold);
    assert_eq!(placed["holds"][0]["rows_now"], 1, "{placed:#}");
    assert_eq!(rows(&desk.json(&["retain", "plan"]), "customers"), 4);
    sqlite::make(&desk.path().join("shop.db"), "DROP TABLE letters; DROP TABLE customers;");
    let placed = desk.run(&hold);
    assert!(placed.code == 1 && placed.out.contains("nothing is covered now"), "{placed:?}");
}

#[test]
fn a_hold_on_a_person_covers_texts_that_mention_them_and_the_value_in_large_letters() {
    let desk = Desk::new();
    let mut script = "CREATE TABLE tickets (id INTEGER PRIMARY KEY, email TEXT, body TEXT, closed_at TEXT);".to_owned();
    for number in 1..=40 {
        let body = match number {
            7 => "Please call Reader3@Example.com back about the parcel".to_owned(),
            _ if number % 2 == 0 => format!("The parcel of other{number}@example.com came late, thank you"),
            _ => "The parcel came late, thank you".to_owned(),
        };
        let email = if number == 3 { " READER3@example.com".to_owned() } else { format!("reader{number}@example.com") };
        script += &format!("INSERT INTO tickets VALUES ({number}, '{email}', '{body}', '2019-05-04');");
    }
    sqlite::make(&desk.path().join("shop.db"), &script);
    desk.write("dataward.toml", POLICY);
    desk.json(&["scan", "--full"]);
    assert_eq!(rows(&desk.json(&["retain", "plan"]), "tickets"), 40);
    let person = "user.contact.email=reader3@example.com";
    let placed = desk.json(&["retain", "hold", "place", "--matter", "suit 9", "--person", person]);
    let covered: Vec<u64> =
        placed["holds"].as_array().unwrap().iter().map(|hold| hold["rows_now"].as_u64().unwrap()).collect();
    assert_eq!(covered, [2], "{placed:#}");
    assert_eq!(rows(&desk.json(&["retain", "plan"]), "tickets"), 38);
    let refused = desk.run(&["retain", "hold", "place", "--matter", "suit 9", "--person", "user.contact.email= "]);
    assert_eq!(refused.code, 2, "{refused:?}");
}

#[test]
fn a_hold_that_was_lost_with_the_state_stops_everything_until_it_is_placed_again() {
    let desk = shop();
    let hold = ["retain", "hold", "place", "--matter", "suit 7", "--place", "shop.customers"];
    desk.json(&hold);
    for name in ["state.db", "state.db-wal", "state.db-shm"] {
        let _ = std::fs::remove_file(desk.path().join(".dataward").join(name));
    }
    let refused = desk.run(&["retain", "plan"]);
    assert!(refused.code == 4 && refused.err.contains("`H1` is in the evidence log"), "{refused:?}");
    desk.json(&hold);
    assert_eq!(rows(&desk.json(&["retain", "plan"]), "customers"), 0);
}

#[test]
fn holds_at_once_are_all_placed_and_one_is_lifted_by_its_own_name_alone() {
    let desk = shop();
    desk.json(&["retain", "plan"]);
    let place =
        |matter: &str| ["retain", "hold", "place", "--matter", matter, "--place", "shop.tickets"].map(str::to_owned);
    let six: Vec<_> = (0..6)
        .map(|number| {
            let words = place(&format!("suit {number}"));
            desk.command(&words.each_ref().map(String::as_str)).stdout(Stdio::null()).spawn().unwrap()
        })
        .collect();
    assert!(six.into_iter().all(|mut child| child.wait().unwrap().success()));
    let holds = || desk.json(&["retain", "hold", "list"])["holds"].as_array().unwrap().len();
    assert_eq!(holds(), 6);
    desk.json(&["retain", "hold", "release", "H3"]);
    assert_eq!(holds(), 5);
    for matter in ["H3", " ", "two\nlines"] {
        let words = place(matter);
        assert_eq!(desk.run(&words.each_ref().map(String::as_str)).code, 2, "{matter}");
    }
    let long = format!("email={}", "x".repeat(30_000));
    let words = ["retain", "hold", "place", "--matter", "suit", "--place", "shop.customers", "--where", &long];
    assert_eq!(desk.run(&words).code, 2);
    assert_eq!(holds(), 5);
}

#[test]
fn an_approval_is_refused_when_a_hold_came_or_the_policy_or_the_data_moved() {
    let desk = shop();
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "hold", "place", "--matter", "suit 8", "--place", "shop.tickets"]);
    let refused = desk.run(&["retain", "approve"]);
    assert_eq!(refused.code, 4, "{refused:?}");
    assert!(refused.err.contains("suit 8"), "{refused:?}");
    desk.json(&["retain", "plan"]);
    desk.write("dataward.toml", POLICY.replace("2 years", "3 years"));
    let refused = desk.run(&["retain", "approve"]);
    assert_eq!(refused.code, 4, "{refused:?}");
    assert!(refused.err.contains("policy"), "{refused:?}");
    let plan = desk.json(&["retain", "plan"]);
    let mut more = String::new();
    for number in 100..140 {
        more += &format!("INSERT INTO customers VALUES ('late{number}@example.com', '2018-01-01');");
    }
    sqlite::make(&desk.path().join("shop.db"), &more);
    let refused = desk.run(&["retain", "approve", &plan["plan"].as_str().unwrap()[..10]]);
    assert_eq!(refused.code, 4, "{refused:?}");
    assert!(refused.err.contains("more than a tenth"), "{refused:?}");
}

#[test]
fn a_row_that_stayed_is_neither_residue_nor_replayed() {
    let desk = shop();
    desk.json(&["scan", "--full"]);
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    // A reader comes back while the plan waits.
    sqlite::make(
        &desk.path().join("shop.db"),
        "UPDATE customers SET last_seen = '2999-01-01' WHERE email = 'reader1@example.com'",
    );
    let applied = desk.json(&["retain", "apply"]);
    assert!(applied["tables"].to_string().contains("changed"), "{applied}");
    let verified = desk.run(&["retain", "verify", "--exclusive", "--format", "json"]).json();
    assert_eq!(verified["sources"][0]["search"]["selectable"], 0, "{verified:#}");
    let said = desk.run(&["retain", "replay"]);
    assert_eq!(said.code, 0, "nothing was restored: {said:?}");
}

#[test]
fn a_plan_that_was_changed_is_none() {
    let desk = shop();
    let plan = desk.json(&["retain", "plan"]);
    let name = format!(".dataward/plans/{}.json", plan["plan"].as_str().unwrap());
    desk.write(&name, desk.read(&name).replace("2019", "2018").replace("\"rows\": 5", "\"rows\": 6"));
    assert_eq!(desk.run(&["retain", "approve"]).code, 4);
}

#[test]
fn what_is_archived_is_sealed_and_whole_before_it_goes() {
    let desk = shop();
    desk.write("dataward.toml", POLICY.replace("then = \"clean-up\"", "then = \"archive\"\narchive_for = \"5 years\""));
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    let refused = desk.run(&["retain", "apply"]);
    assert_eq!(refused.code, 4, "no keys, no archive, nothing goes: {refused:?}");
    assert_eq!(desk.run(&["keys", "init", "--root", "file:root.key"]).code, 0);
    let applied = desk.json(&["retain", "apply"]);
    let tickets = applied["tables"].as_array().unwrap().iter().find(|line| line["table"] == "tickets").unwrap();
    assert_eq!((&tickets["action"], &tickets["changed"]), (&json!("archive"), &json!(3)), "{applied}");
    // Beside it lies who is in it.
    let (files, beside): (Vec<_>, Vec<_>) = walk(&desk.path().join(".dataward/archive"))
        .into_iter()
        .partition(|file| file.extension().is_some_and(|end| end == "esdk"));
    assert_eq!((files.len(), beside.len()), (1, 1), "{files:?} {beside:?}");
    let sealed = std::fs::read(&files[0]).unwrap();
    assert!(!sealed.windows(4).any(|part| part == b"2020" || part == b"PAR1"), "readable");
    // The key of the archive opens it, to a Parquet file with the three rows.
    let name = files[0].to_str().unwrap();
    let opened = desk.run(&["decrypt", name, "--output", "opened.parquet"]);
    assert_eq!(opened.code, 0, "{opened:?}");
    let scan = desk.json(&["scan", "opened.parquet", "--full"]);
    assert_eq!(scan["sources"][0]["tables"][0]["rows"], 3, "{scan}");
}

#[test]
fn a_hold_that_would_hold_nothing_is_refused_or_says_so() {
    let desk = shop();
    let place = |place: &str, condition: &str| {
        desk.run(&["retain", "hold", "place", "--matter", "suit 9", "--place", place, "--where", condition])
    };
    let table = place("shop.custmers", "email=a");
    assert_eq!(table.code, 2, "{table:?}");
    assert!(table.err.contains("`shop` has no table `custmers`"), "{}", table.err);
    let column = place("shop.customers", "nope=1");
    assert_eq!(column.code, 2, "{column:?}");
    assert!(column.err.contains("no column `nope`") && column.err.contains("known: email"), "{}", column.err);
    let row = place("shop.customers", "email=nobody@example.com");
    assert_eq!(row.code, 1, "it lies, as the row may come, and nobody overlooks it: {row:?}");
    assert!(row.out.contains("nothing is covered now"), "{}", row.out);
    let released = desk.run(&["retain", "hold", "release", "suit 9"]);
    assert!(released.out.contains("released"), "{}", released.out);
}

#[test]
fn two_applies_at_once_do_it_once() {
    let desk = shop();
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    let start = || {
        desk.command(&["retain", "apply", "--format", "json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let (first, second) = (start(), start());
    let codes = [first, second].map(|child| child.wait_with_output().unwrap().status.code().unwrap());
    // The one that comes second is refused, or finds all of it done.
    assert!(codes.contains(&0) && codes.iter().all(|code| [0, 2, 4].contains(code)), "{codes:?}");
    let next = desk.json(&["retain", "plan"]);
    assert_eq!((rows(&next, "customers"), rows(&next, "tickets")), (0, 0));
    assert_eq!(desk.run(&["evidence", "verify"]).code, 0);
    let entries = desk.json(&["evidence", "show"])["entries"].to_string();
    assert_eq!(entries.matches("applied/").count(), 1, "{entries}");
}
