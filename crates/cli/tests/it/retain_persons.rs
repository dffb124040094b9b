//! A hold on a person: whatever is about them stays, wherever it lies by then, and what is about others goes.

use std::time::Duration;
use std::time::SystemTime;

use dataward_app::environment::SystemClock;
use dataward_model::Clock;
use dataward_testkit::server::postgres;
use dataward_testkit::server::postgres::PostgresServer;
use dataward_testkit::sqlite;
use serde_json::Value;

use crate::support::Desk;

const POLICY: &str = r#"
[business]
name = "Blue Lantern Books"

[source.exports]
url = "file:exports"

[[retain]]
name = "Exports"
what = "exports"
keep = "1 year"
from = "modified"
then = "erase"
"#;

const ANNA: [&str; 7] =
    ["retain", "hold", "place", "--matter", "suit 7", "--person", "user.contact.email=anna.krause@lantern.example"];

fn write(desk: &Desk, name: &str, content: &str) {
    desk.write(name, content);
    let file = std::fs::File::options().append(true).open(desk.path().join(name)).unwrap();
    file.set_modified(SystemTime::from(SystemClock.now()) - Duration::from_secs(800 * 86_400)).unwrap();
}

fn people(names: &[&str]) -> String {
    let others = (0..20).map(|n| format!("reader{n}@lantern.example,Berlin\n"));
    let named = names.iter().map(|name| format!("{name},Bonn\n"));
    "email,town\n".to_owned() + &others.chain(named).collect::<String>()
}

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("dataward.toml", POLICY);
    write(&desk, "exports/anna.csv", &people(&["Anna.Krause@lantern.example"]));
    write(&desk, "exports/others.csv", &people(&[]));
    write(&desk, "exports/letter.txt", "Dear Ms Krause, we wrote to anna.krause@lantern.example about the parcel.\n");
    write(&desk, "exports/other-letter.txt", "Dear Mr Kunz, we wrote to karl.kunz@lantern.example about it.\n");
    write(&desk, "exports/prices.csv", "sku,price\nA1,10\nA2,12\n");
    desk.json(&["scan", "--full"]);
    desk
}

fn going(desk: &Desk) -> Vec<String> {
    let plan = desk.json(&["retain", "plan", "--list"]);
    let files = plan["files"].as_array().cloned().unwrap_or_default();
    let mut names: Vec<String> = files.iter().map(|file| file["path"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[test]
fn files_with_the_value_stay_and_files_of_others_go() {
    let desk = desk();
    let placed = desk.json(&ANNA);
    assert_eq!(placed["holds"].as_array().unwrap().len(), 1, "one person, one hold: {placed:#}");
    assert_eq!((&placed["holds"][0]["rows_now"], &placed["holds"][0]["source"]), (&2.into(), &Value::Null));
    assert_eq!(placed["holds"][0]["rows_found"], 2, "{placed:#}");
    assert_eq!(going(&desk), ["other-letter.txt", "others.csv", "prices.csv"]);
    desk.json(&["retain", "hold", "release", "suit 7"]);
    assert_eq!(going(&desk).len(), 5);
}

#[test]
fn a_value_that_stands_nowhere_is_said_though_files_that_nobody_can_look_into_stay() {
    let desk = desk();
    write(&desk, "exports/broken.xlsx", "PK\u{3}\u{4} this is no workbook");
    desk.run(&["scan", "--full"]);
    let mistyped = ANNA.map(|word| word.replace("anna.krause", "ana.krause"));
    let mistyped: Vec<&str> = mistyped.iter().map(String::as_str).collect();
    let said = desk.run(&mistyped).out;
    assert!(said.contains("the value was found nowhere: look whether it is right"), "{said}");
    assert!(said.contains("1 row or file is covered all the same"), "{said}");
    let said = desk.run(&ANNA).out;
    assert!(!said.contains("nowhere") && said.contains("3 rows and files are covered now"), "{said}");
}

#[test]
fn what_was_renamed_added_or_never_looked_through_stays_too() {
    let desk = desk();
    desk.json(&ANNA);
    std::fs::rename(desk.path().join("exports/anna.csv"), desk.path().join("exports/renamed.csv")).unwrap();
    write(&desk, "exports/new.txt", "Anna is at anna.krause@lantern.example these days.\n");
    write(&desk, "exports/broken.xlsx", "PK\u{3}\u{4} this is no workbook");
    desk.run(&["scan", "--full"]);
    // And what came after the last scan, or changed since.
    write(&desk, "exports/unseen.csv", &people(&["anna.krause@lantern.example"]));
    write(&desk, "exports/prices.csv", "sku,price\nA1,10\nA2,13\n");
    assert_eq!(going(&desk), ["other-letter.txt", "others.csv"]);
}

#[test]
fn a_file_that_gets_the_value_after_the_approval_is_left_alone() {
    let desk = desk();
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    let hold = desk.json(&ANNA);
    assert_eq!(hold["holds"][0]["rows_now"], 2);
    let refused = desk.run(&["retain", "apply"]);
    assert!(refused.code == 4 && desk.path().join("exports/anna.csv").exists(), "{refused:?}");
}

#[test]
fn a_table_that_came_after_the_hold_is_held_row_by_row_once_it_was_scanned_and_whole_before() {
    let desk = Desk::new();
    let make = "CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT, last_seen TEXT);
        INSERT INTO customers WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)
            SELECT i, 'reader' || i || '@lantern.example', '2019-05-04' FROM n;";
    sqlite::make(&desk.path().join("shop.db"), make);
    let rule = |name: &str| {
        format!(
            "\n[[retain]]\nname = \"{name}\"\nwhat = \"shop.{name}\"\nkeep = \"2 years\"\nfrom = \"last_seen\"\nthen = \"erase\"\n"
        )
    };
    let policy = "[business]\nname = \"Blue Lantern Books\"\n\n[source.shop]\nurl = \"sqlite:shop.db\"\n".to_owned();
    desk.write("dataward.toml", policy + &rule("customers") + &rule("copy"));
    desk.json(&["scan", "--full"]);
    let person = "user.contact.email=reader7@lantern.example";
    desk.json(&["retain", "hold", "place", "--matter", "suit 7", "--person", person]);
    sqlite::make(&desk.path().join("shop.db"), "CREATE TABLE copy AS SELECT * FROM customers WHERE id < 11;");
    let rows = || {
        let plan = desk.json(&["retain", "plan"]);
        let of = |table: &str| -> u64 {
            let tables = plan["tables"].as_array().unwrap().iter().filter(|line| line["table"] == table);
            tables.map(|line| line["rows"].as_u64().unwrap()).sum()
        };
        (of("customers"), of("copy"))
    };
    assert_eq!(rows(), (29, 0));
    desk.json(&["scan", "--full"]);
    assert_eq!(rows(), (29, 9));
    sqlite::make(&desk.path().join("shop.db"), "ALTER TABLE copy RENAME COLUMN email TO mail;");
    assert_eq!(rows(), (29, 0), "nobody knows where the value stands");
}

#[tokio::test]
async fn values_in_arrays_and_in_types_that_no_scan_looks_into_are_held_on_postgresql() {
    let server = PostgresServer::private();
    server.execute("postgres", "CREATE DATABASE crm").await;
    let make = r#"CREATE EXTENSION hstore;
        CREATE TABLE people (id integer PRIMARY KEY, mails text[], attrs hstore, last_seen date);
        INSERT INTO people SELECT i, ARRAY['alt' || i || '@web.de', 'neu' || i || '@gmx.de'],
            hstore('mail', 'post' || i || '@web.de'), '2019-05-04' FROM generate_series(1, 60) i;"#;
    server.execute("crm", make).await;
    let desk = Desk::new();
    desk.write("password", postgres::PASSWORD);
    let url = server.place("crm");
    let policy = format!(
        "[business]\nname = \"Blue Lantern Books\"\n\n[source.crm]\nurl = \"postgres://postgres@{url}\"\n\
         password = {{ file = \"password\" }}\n\n[[retain]]\nname = \"people\"\nwhat = \"crm.public.people\"\n\
         keep = \"2 years\"\nfrom = \"last_seen\"\nthen = \"erase\"\n"
    );
    desk.write("dataward.toml", &policy);
    desk.json(&["scan", "--full"]);
    let hold = |what: &[&str]| {
        let placed = desk.json(&[&["retain", "hold", "place", "--matter", "suit 9"], what].concat());
        (placed["holds"][0]["rows_now"].clone(), placed["holds"][0]["rows_found"].clone())
    };
    let one = (Value::from(1), Value::from(1));
    assert_eq!(hold(&["--person", "user.contact.email=Alt32@web.de"]), one, "an element of an array");
    assert_eq!(hold(&["--person", "user.contact.email=post33@web.de"]), one, "a value of an hstore");
    assert_eq!(
        hold(&["--place", "crm.public.people", "--where", "mails=neu40@gmx.de"]),
        one,
        "an element by its column"
    );
    let plan = desk.json(&["retain", "plan"]);
    let tables = plan["tables"].as_array().unwrap().iter();
    assert_eq!(tables.map(|line| line["rows"].as_u64().unwrap()).sum::<u64>(), 57, "{plan:#}");

    desk.write("dataward.toml", policy.replace(&url, &server.place("gone")));
    let place = ["retain", "hold", "place", "--matter", "suit 10", "--place", "crm.public.people"];
    let said = desk.run(&place);
    assert!(said.code == 0 && said.out.contains("could not be counted: `crm`: "), "{said:?}");
    assert!(desk.json(&place)["holds"][0]["not_counted"].as_str().is_some());
}

#[test]
fn a_file_whose_name_says_who_it_is_about_is_held_whatever_stands_in_it() {
    let desk = desk();
    for name in ["g_name anna.krause@lantern.example.txt", "briefe/Krause_Anna.txt", "briefe/M%C3%BCller.txt"] {
        write(&desk, &format!("exports/{name}"), "about a parcel\n");
    }
    desk.json(&["scan", "--full"]);
    let others = ["briefe/Krause_Anna.txt", "briefe/M%C3%BCller.txt", "other-letter.txt", "others.csv", "prices.csv"];
    desk.json(&ANNA);
    assert_eq!(going(&desk), others);
    let name = |name: &str| {
        let person = format!("user.name={name}");
        desk.json(&["retain", "hold", "place", "--matter", "suit 8", "--person", &person]);
    };
    name("Anna Krause");
    name("Mueller");
    name("Müller");
    // Whether the name in the other letter is theirs nobody can tell.
    assert_eq!(going(&desk), ["others.csv", "prices.csv"]);
}

#[test]
fn a_name_is_looked_for_in_all_columns_of_names_whole_and_in_parts() {
    let desk = Desk::new();
    let mut script = "CREATE TABLE kunden (id INTEGER PRIMARY KEY, name TEXT, last_seen TEXT);
        CREATE TABLE leute (id INTEGER PRIMARY KEY, vorname TEXT, nachname TEXT, last_seen TEXT);"
        .to_owned();
    let first = ["Anna", "Peter", "Julia", "Thomas", "Sabine", "Michael"];
    let last = ["Meier", "Schmidt", "Wagner", "Becker", "Hoffmann"];
    for (at, (first, last)) in first.iter().flat_map(|first| last.iter().map(move |last| (first, last))).enumerate() {
        script += &format!("INSERT INTO kunden VALUES ({at}, '{first} {last}', '2019-05-04');");
        script += &format!("INSERT INTO leute VALUES ({at}, '{first}', '{last}', '2019-05-04');");
    }
    sqlite::make(&desk.path().join("s.db"), &script);
    let rule = |name: &str| {
        format!(
            "\n[[retain]]\nname = \"{name}\"\nwhat = \"s.{name}\"\nkeep = \"2 years\"\nfrom = \"last_seen\"\nthen = \"erase\"\n"
        )
    };
    let policy = "[business]\nname = \"Test\"\n\n[source.s]\nurl = \"sqlite:s.db\"\n\n[source.ex]\nurl = \"file:ex\"\n";
    desk.write("dataward.toml", policy.to_owned() + &rule("kunden") + &rule("leute"));
    let more =
        ["Müller", "Fischer", "Weber", "Schulz", "Koch", "Bauer", "Richter", "Klein", "Wolf", "Schröder", "Neumann"];
    let names = last.iter().chain(&more).map(|last| format!("{last},Bonn\n"));
    desk.write("ex/b.csv", "Nachname,Ort\n".to_owned() + &names.collect::<String>().repeat(3));
    desk.json(&["scan", "--full"]);
    let hold = |person: &str| {
        let placed = desk.json(&["retain", "hold", "place", "--matter", "suit", "--person", person]);
        let plan = desk.json(&["retain", "plan"]);
        let of = |table: &str| -> u64 {
            let tables = plan["tables"].as_array().unwrap().iter().filter(|line| line["table"] == table);
            tables.map(|line| line["rows"].as_u64().unwrap()).sum()
        };
        let found = placed["holds"][0]["rows_found"].as_u64().unwrap();
        desk.json(&["retain", "hold", "release", "suit"]);
        (of("kunden"), of("leute"), found)
    };
    assert_eq!(hold("user.name.last=Meier"), (24, 24, 13), "all six Meiers of both tables, and the file of last names");
    assert_eq!(hold("user.name=meier, anna"), (29, 29, 3), "in any order, whole or in two columns");
}
