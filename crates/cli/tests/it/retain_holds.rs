//! Holds on places: what is renamed, moved or named twice is held all the same, or nothing goes.

use std::process::Command;

use dataward_testkit::server::mariadb;
use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::postgres;
use dataward_testkit::server::postgres::PostgresServer;
use dataward_testkit::sqlite;
use serde_json::Value;

use crate::support::Desk;
use crate::support::Said;

const RULE: &str = "[[retain]]\nname = \"people\"\nwhat = \"SOURCE.people\"\nkeep = \"2 years\"\nfrom = \"last_seen\"\n\
                    then = \"erase\"\n";

/// Five people in `shop.db`, all due, under the source `old`.
fn shop() -> Desk {
    let desk = Desk::new();
    let mut script = String::from("CREATE TABLE people (id INTEGER PRIMARY KEY, mail TEXT, last_seen TEXT);");
    for number in 1..=5 {
        script += &format!("INSERT INTO people VALUES ({number}, 'reader{number}@example.com', '2019-05-04');");
    }
    sqlite::make(&desk.path().join("shop.db"), &script);
    declare(&desk, "old", "", "");
    desk
}

fn declare(desk: &Desk, source: &str, before: &str, after: &str) {
    let rule = RULE.replace("SOURCE", source);
    let policy =
        format!("[business]\nname = \"Blue Lantern Books\"\n{before}\n[source.{source}]\nurl = \"sqlite:shop.db\"\n");
    desk.write("dataward.toml", format!("{policy}\n{rule}{after}"));
}

fn hold(desk: &Desk, place: &[&str]) -> Value {
    desk.json(&[&["retain", "hold", "place", "--matter", "m1"], place].concat())
}

fn planned(plan: &Value) -> u64 {
    plan["tables"].as_array().unwrap().iter().map(|line| line["rows"].as_u64().unwrap()).sum()
}

/// Refused, with the hold and what to do about it.
fn is_stopped(said: &Said, why: &str) {
    assert_eq!(said.code, 4, "{said:?}");
    for words in ["the hold `H1` (m1) covers `", why, "dataward retain hold release H1"] {
        assert!(said.err.contains(words), "no `{words}`: {said:?}");
    }
}

#[test]
fn a_hold_on_a_source_that_has_another_name_now_stops_every_plan_until_it_is_placed_anew() {
    let desk = shop();
    hold(&desk, &["--place", "old.people", "--where", "id=5"]);
    declare(&desk, "new", "", "");
    is_stopped(&desk.run(&["retain", "plan"]), "the policy file has no source `old`");
    for list in [["retain", "hold", "list"].as_slice(), &["retain", "status"]] {
        assert!(desk.run(list).out.contains("the policy file has no source `old`"), "{:?}", desk.run(list));
        let missing = desk.json(list)["holds"][0]["missing"].as_str().map(str::to_owned);
        assert_eq!(missing.as_deref(), Some("the policy file has no source `old`"));
    }
    hold(&desk, &["--place", "new.people", "--where", "id=5"]);
    is_stopped(&desk.run(&["retain", "plan"]), "the policy file has no source `old`");
    desk.json(&["retain", "hold", "release", "H1"]);
    assert_eq!(planned(&desk.json(&["retain", "plan"])), 4);
    assert_eq!(desk.json(&["retain", "hold", "list"])["holds"][0]["missing"], Value::Null);

    // A hold on all of a source likewise.
    let desk = shop();
    hold(&desk, &["--place", "old"]);
    declare(&desk, "new", "", "");
    is_stopped(&desk.run(&["retain", "plan"]), "the policy file has no source `old`");
}

#[test]
fn a_table_that_was_renamed_stops_plans_approvals_and_what_was_approved() {
    let desk = shop();
    sqlite::make(
        &desk.path().join("shop.db"),
        "CREATE TABLE notes (id INTEGER PRIMARY KEY); INSERT INTO notes VALUES (1);",
    );
    hold(&desk, &["--place", "old.notes"]);
    let plan = desk.json(&["retain", "plan"]);
    assert_eq!(planned(&plan), 5);
    let why = "`old` has no table `notes`";
    sqlite::make(&desk.path().join("shop.db"), "ALTER TABLE notes RENAME TO remarks;");
    is_stopped(&desk.run(&["retain", "approve"]), why);
    is_stopped(&desk.run(&["retain", "plan"]), why);
    assert!(desk.run(&["retain", "hold", "list"]).out.contains(why));
    sqlite::make(&desk.path().join("shop.db"), "ALTER TABLE remarks RENAME TO notes;");
    desk.json(&["retain", "approve"]);
    sqlite::make(&desk.path().join("shop.db"), "ALTER TABLE notes RENAME TO remarks;");
    is_stopped(&desk.run(&["retain", "apply"]), why);
    let rows = Command::new("sqlite3").arg(desk.path().join("shop.db")).arg("SELECT count(*) FROM people").output();
    assert_eq!(String::from_utf8(rows.unwrap().stdout).unwrap().trim(), "5");
}

#[test]
fn a_hold_covers_its_place_under_all_the_names_that_the_policy_file_has_for_it() {
    let desk = shop();
    let twin = "\n[source.twin]\nurl = \"sqlite:./shop.db\"\n\n[source.all]\nurl = \"file:.\"\n";
    declare(&desk, "old", twin, "");
    hold(&desk, &["--place", "twin.people", "--where", "id=5"]);
    assert_eq!(planned(&desk.json(&["retain", "plan"])), 4);
    desk.json(&["retain", "hold", "release", "H1"]);
    // The file in which the database lies.
    hold(&desk, &["--place", "all.shop.db"]);
    assert_eq!(planned(&desk.json(&["retain", "plan"])), 0);
    desk.json(&["retain", "hold", "release", "H2"]);
    hold(&desk, &["--place", "twin"]);
    assert_eq!(planned(&desk.json(&["retain", "plan"])), 0);
}

#[test]
fn a_tolling_that_names_nothing_stops_plans_and_one_on_a_column_covers_its_table() {
    let desk = shop();
    let tolling = |what: &str| {
        format!("\n[[tolling]]\nname = \"Tax\"\nwhat = \"{what}\"\nfrom = \"2020-01-10\"\nevidence = \"order 7\"\n")
    };
    declare(&desk, "old", "", &tolling("old.poeple"));
    let said = desk.run(&["retain", "plan"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(
        said.err.contains("`[[tolling]]` \"Tax\" says `what = \"old.poeple\"`, and `old` has no `poeple`"),
        "{said:?}"
    );
    for what in ["old.people", "old.people.mail", "old"] {
        declare(&desk, "old", "", &tolling(what));
        assert_eq!(planned(&desk.json(&["retain", "plan"])), 0, "{what}");
    }
}

#[test]
fn a_file_that_is_not_there_stops_plans_and_a_pattern_waits_for_what_comes() {
    let desk = Desk::new();
    desk.write("out/a.csv", "mail\nada@example.com\n");
    desk.write("out/b.csv", "mail\nben@example.com\n");
    desk.write(
        "dataward.toml",
        "[business]\nname = \"B\"\n\n[source.out]\nurl = \"file:out\"\n\n[[retain]]\nname = \"files\"\nwhat = \"out\"\n\
         keep = \"1 day\"\nfrom = \"modified\"\nthen = \"erase\"\n",
    );
    let place = |what: &str| desk.run(&["retain", "hold", "place", "--matter", "m1", "--place", what]);
    let refused = place("out.c.csv");
    assert!(refused.code == 2 && refused.err.contains("`out` has no file or folder `c.csv`"), "{refused:?}");
    assert_eq!(place("out.a.csv").code, 0);
    std::fs::rename(desk.path().join("out/a.csv"), desk.path().join("out/z.csv")).unwrap();
    is_stopped(&desk.run(&["retain", "plan"]), "`out` has no `a.csv`");
}

#[tokio::test]
async fn a_table_in_another_schema_and_a_source_at_another_server_stop_plans_on_postgresql() {
    let server = PostgresServer::private();
    for name in ["crm", "arch"] {
        server.execute("postgres", &format!("CREATE DATABASE {name}")).await;
        let make = "CREATE SCHEMA away; CREATE TABLE people (id integer PRIMARY KEY, last_seen date);
            INSERT INTO people SELECT i, '2019-05-04' FROM generate_series(1, 5) i;";
        server.execute(name, make).await;
    }
    let desk = Desk::new();
    desk.write("password", postgres::PASSWORD);
    let source = |name: &str, database: &str| {
        let url = server.place(database);
        format!("\n[source.{name}]\nurl = \"postgres://postgres@{url}\"\npassword = {{ file = \"password\" }}\n")
    };
    let rule = RULE.replace("SOURCE.people", "crm.public.people");
    let declare = |sources: &[String]| {
        desk.write("dataward.toml", format!("[business]\nname = \"B\"\n{}{rule}", sources.concat()));
    };
    declare(&[source("crm", "crm"), source("twin", "crm")]);
    hold(&desk, &["--place", "twin.public.people", "--where", "id=5"]);
    assert_eq!(planned(&desk.json(&["retain", "plan"])), 4);

    // Under the name of the hold stands another database now, with a table of that name.
    declare(&[source("crm", "crm"), source("twin", "arch")]);
    is_stopped(&desk.run(&["retain", "plan"]), "`twin` was at postgresql://");

    declare(&[source("crm", "crm"), source("twin", "crm")]);
    server.execute("crm", "ALTER TABLE people SET SCHEMA away").await;
    is_stopped(&desk.run(&["retain", "plan"]), "no table `public.people`");
    server.execute("crm", "ALTER TABLE away.people SET SCHEMA public").await;
    assert_eq!(planned(&desk.json(&["retain", "plan"])), 4);
}

/// Places a hold and says how many rows it covers; one that covers none is told, with exit code 1, and lifted again.
fn covered(desk: &Desk, what: &[&str]) -> u64 {
    let said = desk.run(&[&["retain", "hold", "place", "--matter", "m2"], what, &["--format", "json"]].concat());
    let rows = said.json()["holds"][0]["rows_found"].as_u64().unwrap();
    assert_eq!(said.code, i32::from(rows == 0), "{said:?}");
    assert_eq!(said.err.contains("what is to be held was found nowhere"), rows == 0, "{said:?}");
    desk.json(&["retain", "hold", "release", "m2"]);
    rows
}

#[tokio::test]
async fn a_value_is_compared_by_the_type_of_its_column_on_postgresql() {
    let server = PostgresServer::private();
    server.execute("postgres", "CREATE DATABASE crm").await;
    let make = "CREATE TABLE people (id integer PRIMARY KEY, ip inet, net cidr, n numeric(10,2), r real, d double precision,
            b boolean, ts timestamp, tz timestamptz, day date, u uuid, mac macaddr, phone text, last_seen date);
        INSERT INTO people VALUES (1, '10.0.0.7', '10.1.0.0/16', 7.50, 7.1, 7.1, true, '2018-01-01 10:00:00',
            '2018-01-01 10:00:00+00', '2018-01-01', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '08:00:2b:01:02:03',
            '+49 170 1038999', '2019-05-04'),
            (2, '10.0.0.8/24', NULL, 8, 8, 8, false, '2018-01-02', '2018-01-02', '2018-01-02', NULL, NULL,
            '+49 171 2038998', '2019-05-04'), (3, NULL, NULL, NULL, 1e30, 1e300, NULL, 'infinity', NULL, NULL, NULL, NULL,
            '030 901820', '2019-05-04');";
    server.execute("crm", make).await;
    let desk = Desk::new();
    desk.write("password", postgres::PASSWORD);
    let source = format!("[source.crm]\nurl = \"postgres://postgres@{}\"\n", server.place("crm"));
    let rule = RULE.replace("SOURCE.people", "crm.public.people");
    desk.write(
        "dataward.toml",
        format!("[business]\nname = \"B\"\n\n{source}password = {{ file = \"password\" }}\n\n{rule}"),
    );
    let by = |what: &str| covered(&desk, &["--place", "crm.public.people", "--where", what]);
    for what in [
        "ip=10.0.0.7",
        "ip=10.0.0.7/32",
        "ip=10.0.0.8",
        "net=10.1.0.0/16",
        "n=7.5",
        "n=7.50",
        "r=7.1",
        "d=7.1",
        "d=1e300",
        "b=t",
        "b=true",
        "b=no",
        "ts=2018-01-01 10:00",
        "ts=2018-01-01T10:00:00",
        "ts=2018-01-01",
        "ts=infinity",
        "tz=2018-01-01 11:00+01",
        "tz=2018-01-01T10:00:00Z",
        "day=2018-01-01",
        "u=A0EEBC999C0B4EF8BB6D6BB9BD380A11",
        "mac=08-00-2B-01-02-03",
    ] {
        assert_eq!(by(what), 1, "{what}");
    }
    for what in ["ip=10.0.0.9", "n=7.51", "ts=2018-01-01 10:01", "b=f ", "d=1e-300"] {
        assert_eq!(by(what), u64::from(what == "b=f "), "{what}");
    }
    for (what, wanted) in
        [("ip=10.9.9", "an address"), ("n=7,5", "a number"), ("b=maybe", "yes or no"), ("ts=soon", "a moment")]
    {
        let said =
            desk.run(&["retain", "hold", "place", "--matter", "m2", "--place", "crm.public.people", "--where", what]);
        assert!(said.code == 2 && said.err.contains("can't stand there") && said.err.contains(wanted), "{said:?}");
        assert!(!said.err.contains(what.split_once('=').unwrap().1), "no value is repeated: {said:?}");
    }
    desk.json(&["scan", "--full"]);
    for phone in ["+491701038999", "0049 170 1038999", "0170/1038999"] {
        assert_eq!(covered(&desk, &["--person", &format!("user.contact.phone_number={phone}")]), 1, "{phone}");
    }
    assert_eq!(covered(&desk, &["--person", "user.contact.phone_number=+491791038997"]), 0);
    // And the gate goes by it too.
    hold(&desk, &["--place", "crm.public.people", "--where", "ip=10.0.0.7"]);
    hold(&desk, &["--person", "user.contact.phone_number=00491712038998"]);
    assert_eq!(planned(&desk.json(&["retain", "plan"])), 1);
    desk.json(&["retain", "approve"]);
    assert_eq!(desk.json(&["retain", "apply"])["tables"][0]["changed"], 1);
}

#[tokio::test]
async fn a_value_is_compared_by_the_type_of_its_column_on_mariadb_and_sqlite() {
    let server = MariaDbServer::private_with(&[]);
    let make = "CREATE TABLE people (id INTEGER PRIMARY KEY, n DECIMAL(10,2), f FLOAT, b BOOLEAN, ts DATETIME, day DATE,
            phone VARCHAR(40), last_seen DATE);
        INSERT INTO people VALUES (1, 7.50, 7.1, 1, '2018-01-01 10:00:00', '2018-01-01', '+49 170 1038999', '2019-05-04'),
            (2, 8, 8, 0, '2018-01-02 00:00:00', '2018-01-02', '+49 171 2038998', '2019-05-04');";
    server.execute("mysql", "CREATE DATABASE crm").await;
    server.execute("crm", make).await;
    let address = format!("mysql://root@{}", server.place("crm"));
    for (url, table) in [(address.as_str(), "crm.people"), ("sqlite:shop.db", "people")] {
        let desk = Desk::new();
        if table == "people" {
            let made = Command::new("sqlite3").arg(desk.path().join("shop.db")).arg(make).status();
            assert!(made.unwrap().success());
        }
        desk.write("password", mariadb::PASSWORD);
        let password = if table == "people" { "" } else { "password = { file = \"password\" }\n" };
        let rule = RULE.replace("SOURCE.people", &format!("shop.{table}"));
        desk.write(
            "dataward.toml",
            format!("[business]\nname = \"B\"\n\n[source.shop]\nurl = \"{url}\"\n{password}\n{rule}"),
        );
        let place = format!("shop.{table}");
        for what in
            ["n=7.5", "n=7.500", "f=7.1", "b=t", "b=1", "ts=2018-01-01 10:00", "ts=2018-01-01", "day=2018-01-01"]
        {
            assert_eq!(covered(&desk, &["--place", &place, "--where", what]), 1, "{what} on {url}");
        }
        for what in ["n=7.51", "ts=2018-01-01 10:01"] {
            assert_eq!(covered(&desk, &["--place", &place, "--where", what]), 0, "{what} on {url}");
        }
        desk.json(&["scan", "--full"]);
        for phone in ["+491701038999", "0049 170 1038999"] {
            assert_eq!(
                covered(&desk, &["--person", &format!("user.contact.phone_number={phone}")]),
                1,
                "{phone} on {url}"
            );
        }
    }
}
