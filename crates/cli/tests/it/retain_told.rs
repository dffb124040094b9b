//! What would stop or spoil an apply is told by the plan, and in words that say what to do.

use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::postgres::PASSWORD;
use dataward_testkit::server::postgres::PostgresServer;
use dataward_testkit::server::postgres::TestDatabase;
use dataward_testkit::sqlite;
use serde_json::Value;

use crate::support::Desk;

const SHOP: &str = "[business]\nname = \"Blue Lantern Books\"\n\n[source.shop]\nurl = \"sqlite:shop.db\"\n";

fn rule(what: &str, then: &str) -> String {
    format!(
        "\n[[retain]]\nname = \"Old {what}\"\nwhat = \"{what}\"\nkeep = \"1 year\"\nfrom = \"closed_at\"\nthen = \"{then}\"\n"
    )
}

fn warned<'a>(plan: &'a Value, kind: &str) -> Vec<&'a str> {
    let of_kind = plan["warnings"].as_array().unwrap().iter().filter(|warning| warning["kind"] == kind);
    of_kind.map(|warning| warning["text"].as_str().unwrap()).collect()
}

fn tickets(then: &str) -> Desk {
    let desk = Desk::new();
    sqlite::make(
        &desk.path().join("shop.db"),
        "CREATE TABLE tickets (id INTEGER PRIMARY KEY, note TEXT, closed_at TEXT);
         INSERT INTO tickets VALUES (1, 'old', '2019-01-02'), (2, 'new', '2999-11-01');",
    );
    desk.write("dataward.toml", format!("{SHOP}{}", rule("shop.tickets", then)));
    desk
}

#[test]
fn a_plan_that_archives_says_that_there_are_no_keys() {
    let desk = tickets("archive");
    let plan = desk.json(&["retain", "plan"]);
    let told = warned(&plan, "no-keys");
    assert!(told.len() == 1 && told[0].contains("dataward keys init"), "{plan}");
    assert_eq!(desk.run(&["keys", "init", "--root", "file:root.key"]).code, 0);
    assert_eq!(warned(&desk.json(&["retain", "plan"]), "no-keys"), Vec::<&str>::new());
}

#[test]
fn a_column_that_came_after_the_plan_stops_it_before_a_row_is_archived_without_it() {
    let desk = tickets("archive");
    assert_eq!(desk.run(&["keys", "init", "--root", "file:root.key"]).code, 0);
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    sqlite::make(
        &desk.path().join("shop.db"),
        "ALTER TABLE tickets ADD COLUMN email TEXT DEFAULT 'ada@lantern.example'",
    );
    let refused = desk.run(&["retain", "apply"]);
    assert_eq!(refused.code, 4, "{refused:?}");
    assert!(refused.err.contains("`email` is new") && refused.err.contains("retain plan"), "{refused:?}");
    assert!(!desk.path().join(".dataward/archive").exists(), "nothing was archived");
    let again = desk.json(&["retain", "plan"]);
    assert_eq!(again["tables"][0]["rows"], 1, "{again}");
}

#[test]
fn references_that_are_taken_away_are_steps_with_a_number_and_counted_as_the_approval_does() {
    let desk = Desk::new();
    sqlite::make(
        &desk.path().join("shop.db"),
        "CREATE TABLE tickets (id INTEGER PRIMARY KEY, closed_at TEXT);
         CREATE TABLE notes (id INTEGER PRIMARY KEY, ticket INTEGER REFERENCES tickets ON DELETE SET NULL);
         INSERT INTO tickets VALUES (1, '2019-01-02'), (2, '2019-01-02'), (3, '2999-11-01');
         INSERT INTO notes VALUES (1, 1), (2, 1), (3, 2), (4, 3);",
    );
    desk.write("dataward.toml", format!("{SHOP}{}", rule("shop.tickets", "erase")));
    let plan = desk.json(&["retain", "plan"]);
    assert_eq!((&plan["unlinked"][0]["rows"], &plan["unlinked"][0]["order"]), (&3.into(), &1.into()), "{plan}");
    let shown = desk.run(&["retain", "plan", "--show", plan["plan"].as_str().unwrap()]).out;
    let (unlink, erase) = (shown.find("1. unlink").unwrap(), shown.find("2. erase").unwrap());
    assert!(unlink < erase && shown.contains("5 rows"), "{shown}");
    let approved = desk.run(&["retain", "approve"]);
    assert!(approved.code == 0 && approved.out.contains("5 rows"), "{approved:?}");
}

/// A desk over a PostgreSQL database with an account of its own, which `name` is.
async fn postgres(script: &str, policy: &str) -> (Desk, TestDatabase, String) {
    let database = PostgresServer::shared().database().await;
    let name = format!("{}_retire", database.name());
    database
        .execute(&format!("CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'; {script}").replace("{name}", &name))
        .await;
    let desk = Desk::new();
    desk.write("secret", PASSWORD);
    let place = database.server().place(database.name());
    let source = format!("url = \"postgres://{name}@{place}?sslmode=require\"\npassword = {{ file = \"secret\" }}\n");
    desk.write("dataward.toml", format!("[business]\nname = \"Test\"\n\n[source.shop]\n{source}{policy}"));
    (desk, database, name)
}

#[tokio::test]
async fn row_security_that_hides_all_rows_is_no_all_clear_and_one_that_only_shows_them_is_told() {
    let script =
        "CREATE TABLE tickets (id int PRIMARY KEY, closed_at date); INSERT INTO tickets VALUES (1, '2019-01-01');
        ALTER TABLE tickets ENABLE ROW LEVEL SECURITY; GRANT SELECT, UPDATE, DELETE ON tickets TO {name}";
    let (desk, database, name) = postgres(script, &rule("shop.public.tickets", "erase")).await;
    let plan = desk.json(&["retain", "plan"]);
    assert!(warned(&plan, "row-security").len() == 1 && plan["tables"] == Value::Array(vec![]), "{plan}");
    database.execute(&format!("CREATE POLICY sees ON tickets FOR SELECT TO {name} USING (true)")).await;
    let plan = desk.json(&["retain", "plan"]);
    let told = warned(&plan, "no-right");
    assert!(told.len() == 1 && told[0].contains("FOR DELETE TO"), "{plan}");
    desk.json(&["retain", "approve"]);
    let applied = desk.json(&["retain", "apply"]);
    assert_eq!(applied["tables"][0]["skipped"], serde_json::json!({ "denied": 1 }), "{applied}");
    database.execute(&format!("CREATE POLICY goes ON tickets FOR DELETE TO {name} USING (true)")).await;
    let plan = desk.json(&["retain", "plan"]);
    assert_eq!(warned(&plan, "no-right"), Vec::<&str>::new(), "{plan}");
    desk.json(&["retain", "approve"]);
    assert_eq!(desk.json(&["retain", "apply"])["tables"][0]["changed"], 1);
}

#[tokio::test]
async fn a_reference_between_types_that_are_not_compared_is_told_by_its_types() {
    let script = "CREATE TABLE tickets (id int PRIMARY KEY, closed_at date); CREATE TABLE notes (id int PRIMARY KEY, ticket text);
        INSERT INTO tickets VALUES (1, '2019-01-01'); GRANT SELECT, UPDATE, DELETE ON tickets, notes TO {name}";
    let reference = "\n[references]\n\"shop.public.notes.ticket\" = \"shop.public.tickets.id\"\n";
    let policy = format!("{}{reference}", rule("shop.public.tickets", "erase"));
    let (desk, database, _) = postgres(script, &policy).await;
    let said = desk.run(&["retain", "plan"]);
    assert_ne!(said.code, 0, "{said:?}");
    let all = format!("{}{}", said.out, said.err);
    assert!(all.contains("the one is text, the other integer") && !all.contains("changed while"), "{said:?}");
    database.execute("ALTER TABLE notes ALTER ticket TYPE bigint USING ticket::bigint").await;
    assert_eq!(desk.json(&["retain", "plan"])["tables"][0]["rows"], 1);
}

#[tokio::test]
async fn a_child_that_the_account_may_not_see_is_named_with_its_grants() {
    let script = "CREATE TABLE tickets (id int PRIMARY KEY, closed_at date); CREATE SCHEMA support;
        CREATE TABLE support.notes (id int PRIMARY KEY, ticket int REFERENCES tickets);
        INSERT INTO tickets VALUES (1, '2019-01-01'); GRANT SELECT, UPDATE, DELETE ON tickets TO {name}";
    let (desk, database, name) = postgres(script, &rule("shop.public.tickets", "erase")).await;
    let said = desk.run(&["retain", "plan"]);
    assert_eq!(said.code, 3, "{said:?}");
    let all = format!("{}{}", said.out, said.err).replace('\n', " ");
    let grants =
        format!("GRANT USAGE ON SCHEMA \"support\" TO \"{name}\"; GRANT SELECT ON \"support\".\"notes\" TO \"{name}\"");
    assert!(all.contains("support.notes") && all.contains(&grants), "{said:?}");
    database.execute(&grants).await;
    assert_eq!(desk.json(&["retain", "plan"])["tables"][0]["rows"], 1);
}

#[tokio::test]
async fn a_clean_up_without_the_right_to_give_space_back_is_told_before_and_comes_to_its_end() {
    let database = MariaDbServer::shared().database().await;
    let name = database.name().to_owned();
    let rows = "INSERT INTO tickets VALUES (1, '2019-01-01'), (2, '2999-01-01')";
    let table = "CREATE TABLE tickets (id int PRIMARY KEY, closed_at date)";
    let account = format!(
        "CREATE USER {name}_r@'%' IDENTIFIED BY 'x'; GRANT SELECT, UPDATE, DELETE ON {name}.* TO {name}_r@'%'; GRANT PROCESS ON *.* TO {name}_r@'%'"
    );
    database.execute(&format!("{table}; {rows}; {account}")).await;
    let desk = Desk::new();
    desk.write("secret", "x");
    let port = database.server().server().port();
    let source = format!("url = \"mysql://{name}_r@127.0.0.1:{port}/{name}\"\npassword = {{ file = \"secret\" }}\n");
    let policy = format!("[business]\nname = \"Test\"\n\n[source.shop]\n{source}");
    desk.write("dataward.toml", format!("{policy}{}", rule(&format!("shop.{name}.tickets"), "clean-up")));
    let plan = desk.json(&["retain", "plan"]);
    let told = warned(&plan, "no-right");
    assert!(told.len() == 1 && told[0].contains("GRANT SELECT, INSERT ON"), "{plan}");
    desk.json(&["retain", "approve"]);
    let applied = desk.json(&["retain", "apply"]);
    let note = applied["notes"][0].as_str().unwrap();
    assert!(note.contains("rows gone, space not given back") && note.contains("INSERT"), "{applied}");
    assert_eq!((&applied["complete"], &applied["tables"][0]["changed"]), (&true.into(), &1.into()), "{applied}");
    // The proof does not promise what the account may not do, and what fails says what is missing.
    let shown = desk.run(&["retain", "verify", "--show"]);
    assert!(shown.out.contains("GRANT ALTER, INSERT, CREATE ON"), "{shown:?}");
    database.execute(&format!("GRANT INSERT, ALTER, CREATE, DROP ON {name}.* TO {name}_r@'%'; INSERT INTO tickets VALUES (3, '2019-01-01')")).await;
    let plan = desk.json(&["retain", "plan"]);
    assert_eq!(warned(&plan, "no-right"), Vec::<&str>::new(), "{plan}");
    desk.json(&["retain", "approve"]);
    assert_eq!(desk.json(&["retain", "apply"])["notes"], Value::Null);
    let shown = desk.run(&["retain", "verify", "--show"]);
    assert!(!shown.out.contains("GRANT ALTER"), "{shown:?}");
}
