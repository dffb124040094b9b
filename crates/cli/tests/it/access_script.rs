//! The script that takes away what the policy does not give: run on real servers, it leaves what the policy gives.

use std::io::Write;
use std::process::Command;
use std::process::Stdio;

use dataward_testkit::server::mariadb;
use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::postgres;
use dataward_testkit::server::postgres::PostgresServer;
use serde_json::Value;

use crate::support::Desk;

/// Runs statements with a client; what the server said against them, where it did.
fn run(mut client: Command, statements: &str) -> Result<(), String> {
    let mut child = client.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(statements.as_bytes()).unwrap();
    let ended = child.wait_with_output().unwrap();
    if ended.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&ended.stderr).into_owned()) }
}

fn psql(server: &PostgresServer) -> Command {
    let mut client = Command::new("psql");
    client.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", &server.url("shop")]);
    client
}

fn unwanted(desk: &Desk) -> Vec<String> {
    assert!(desk.run(&["audit", "access", "--format", "json"]).code < 2);
    let all = desk.run(&["findings", "--check", "access/not-given", "--format", "json"]).json();
    let titles = all["findings"].as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap().to_owned());
    titles.filter(|title| ["app", "support", "other"].iter().any(|name| title.contains(name))).collect()
}

#[tokio::test]
async fn a_right_on_a_table_that_goes_for_one_column_leaves_the_others_in_postgresql() {
    let server = PostgresServer::private();
    server.execute("postgres", "CREATE DATABASE shop").await;
    server
        .execute(
            "shop",
            "CREATE ROLE app LOGIN; CREATE ROLE support LOGIN; CREATE ROLE other LOGIN; CREATE ROLE readers;
             CREATE TABLE customers (id int PRIMARY KEY, email text, phone text);
             INSERT INTO customers SELECT n, 'person' || n || '@example.org', '+49 151 2' || (1000000 + n) FROM generate_series(1, 60) n;
             CREATE TABLE products (id int PRIMARY KEY, title text);
             GRANT SELECT, INSERT, UPDATE ON customers TO app; GRANT SELECT ON customers TO support;
             GRANT SELECT ON customers, products TO readers; GRANT readers TO other;
             CREATE ROLE batch LOGIN; CREATE ROLE pay_meta; CREATE SCHEMA till;
             CREATE TABLE till.payments (id int PRIMARY KEY, paid_on date, card text);
             GRANT USAGE ON SCHEMA till TO pay_meta; GRANT SELECT (id, paid_on) ON till.payments TO pay_meta;
             GRANT SELECT (email) ON customers TO pay_meta; GRANT pay_meta TO batch",
        )
        .await;
    let desk = Desk::new();
    desk.write("secret", postgres::PASSWORD);
    desk.write(
        "dataward.toml",
        format!(
            "[business]\nname = \"Test\"\n\n[source.shop]\nurl = \"postgres://postgres@{}?sslmode=require\"\n\
             password = {{ file = \"secret\" }}\n\n[access]\n\"user\" = [{{ who = \"app\", may = \"write\" }}]\n\
             \"user.contact.email\" = [{{ who = \"app\", may = \"write\" }}, \"support\"]\n\
             \"user.contact.phone_number\" = [{{ who = \"app\", may = \"write\" }}, \"other\"]\n",
            server.place("shop")
        ),
    );
    assert!(desk.run(&["scan", "--quiet"]).code < 2);
    let script = desk.run(&["access", "shop", "--revoke-script"]).out;
    assert!(script.contains("GRANT SELECT (id, email) ON TABLE public.customers TO support;"), "{script}");
    run(psql(&server), &script).unwrap_or_else(|error| panic!("{error}\n{script}"));
    let can = |role: &str, query: &str| run(psql(&server), &format!("SET ROLE {role}; {query}"));
    for (role, query) in [
        ("support", "SELECT id, email FROM customers"),
        ("app", "SELECT * FROM customers; UPDATE customers SET phone = '1' WHERE id = 1"),
        ("other", "SELECT id, phone FROM customers; SELECT * FROM products"),
        ("batch", "SELECT id, paid_on FROM till.payments"),
    ] {
        assert_eq!(can(role, query), Ok(()), "{role}: {query}\n{script}");
    }
    for (role, query) in [
        ("support", "SELECT phone FROM customers"),
        ("support", "UPDATE customers SET email = 'x'"),
        ("other", "SELECT email FROM customers"),
        ("other", "SELECT * FROM customers"),
        // What nobody had before is not given with what goes back.
        ("batch", "SELECT card FROM till.payments"),
        ("batch", "SELECT email FROM customers"),
    ] {
        assert!(can(role, query).is_err_and(|error| error.contains("permission denied")), "{role}: {query}\n{script}");
    }
    assert_eq!(unwanted(&desk), Vec::<String>::new(), "{script}");
    let idle = desk.run(&["findings", "--check", "access/idle-rule", "--format", "json"]).json();
    assert_eq!(idle["findings"], Value::Array(Vec::new()), "nobody lost what the policy gives");
}

#[tokio::test]
async fn a_right_on_a_database_that_goes_for_one_column_does_not_stop_the_shop_on_mariadb() {
    let server = MariaDbServer::private_with(&[]);
    server
        .execute(
            "mysql",
            "CREATE DATABASE shop; CREATE TABLE shop.customers (id INT PRIMARY KEY, email VARCHAR(50), phone VARCHAR(30));
             INSERT INTO shop.customers VALUES (1, 'ada@example.org', '+49 30 901820'),
               (2, 'grace@example.com', '+49 30 901821'), (3, 'alan@example.net', '+49 30 901822');
             CREATE TABLE shop.products (id INT PRIMARY KEY, title VARCHAR(50));
             INSERT INTO shop.products VALUES (1, 'Lantern');
             CREATE USER app@'%' IDENTIFIED BY 'x'; GRANT SELECT, INSERT, UPDATE, DELETE ON shop.* TO app@'%';
             CREATE TABLE shop.payments (id INT PRIMARY KEY, paid_on DATE, card VARCHAR(20));
             CREATE USER batch@'%' IDENTIFIED BY 'x'; CREATE ROLE pay_meta; GRANT SELECT (id, paid_on) ON shop.payments TO pay_meta;
             GRANT SELECT (phone) ON shop.customers TO pay_meta; GRANT pay_meta TO batch@'%'; SET DEFAULT ROLE pay_meta FOR batch@'%'",
        )
        .await;
    let desk = Desk::new();
    desk.write("password", mariadb::PASSWORD);
    desk.write(
        "dataward.toml",
        format!(
            "[business]\nname = \"Test\"\n\n[source.shop]\nurl = \"mysql://root@{}\"\npassword = {{ file = \"password\" \
             }}\n\n[access]\n\"user\" = [\"nobody@%\"]\n\"user.contact.email\" = [{{ who = \"app@%\", may = \"write\" }}]\n",
            server.place("shop")
        ),
    );
    assert!(desk.run(&["scan", "--quiet"]).code < 2);
    assert_eq!(unwanted(&desk).len(), 1, "the phone alone");
    let script = desk.run(&["access", "shop", "--revoke-script"]).out;
    let client = |user: &str, password: &str| {
        let mut client = Command::new("mariadb");
        client.arg("--no-defaults").arg(format!("--socket={}", server.socket().display()));
        client.args([format!("--user={user}"), format!("--password={password}"), "shop".to_owned()]);
        client
    };
    run(client("root", mariadb::PASSWORD), &script).unwrap_or_else(|error| panic!("{error}\n{script}"));
    for query in [
        "SELECT id, email FROM customers",
        "UPDATE customers SET email = 'ada@example.com' WHERE id = 1",
        "INSERT INTO products VALUES (2, 'Book'); UPDATE products SET title = 'Lamp' WHERE id = 1; SELECT * FROM products",
        "DELETE FROM products WHERE id = 2",
    ] {
        assert_eq!(run(client("app", "x"), query), Ok(()), "{query}\n{script}");
    }
    for query in ["SELECT phone FROM customers", "SELECT * FROM customers", "UPDATE customers SET phone = '1'"] {
        assert!(run(client("app", "x"), query).is_err_and(|error| error.contains("denied")), "{query}\n{script}");
    }
    assert_eq!(run(client("batch", "x"), "SELECT id, paid_on FROM payments"), Ok(()), "{script}");
    for query in ["SELECT card FROM payments", "SELECT phone FROM customers"] {
        assert!(run(client("batch", "x"), query).is_err_and(|error| error.contains("denied")), "{query}\n{script}");
    }
    assert_eq!(unwanted(&desk), Vec::<String>::new(), "{script}");
}

#[tokio::test]
async fn a_rule_that_nobody_can_use_is_found_beside_a_source_without_such_data() {
    let database = PostgresServer::shared().database().await;
    let name = database.name().to_owned();
    database
        .execute(&format!(
            "CREATE ROLE {name}_app LOGIN; CREATE ROLE {name}_idle LOGIN; CREATE TABLE customers (email text);
             INSERT INTO customers SELECT 'person' || n || '@example.org' FROM generate_series(1, 60) n;
             GRANT SELECT ON customers TO {name}_app"
        ))
        .await;
    let empty = PostgresServer::shared().database().await;
    let desk = Desk::new();
    desk.write("secret", postgres::PASSWORD);
    let source = |id: &str, database: &dataward_testkit::server::postgres::TestDatabase| {
        let place = database.server().place(database.name());
        format!(
            "[source.{id}]\nurl = \"postgres://postgres@{place}?sslmode=require\"\npassword = {{ file = \"secret\" }}\n"
        )
    };
    let access = format!("[access]\n\"user.contact\" = [\"{name}_app\", \"{name}_idle\"]\n");
    let shop = source("shop", &database);
    let found = |sources: &str| -> Vec<(String, String)> {
        desk.write("dataward.toml", format!("[business]\nname = \"Test\"\n{sources}{access}"));
        assert!(desk.run(&["scan", "--quiet"]).code < 2);
        assert!(desk.run(&["audit", "access", "--quiet", "--fail-on", "never"]).code < 2);
        let all = desk.run(&["findings", "--check", "access/idle-rule", "--format", "json"]).json();
        let word = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
        all["findings"].as_array().unwrap().iter().map(|one| (word(one, "id"), word(one, "title"))).collect()
    };
    let alone = found(&shop);
    assert!(alone.len() == 1 && alone[0].1.contains(&format!("{name}_idle")), "{alone:?}");
    let beside = found(&format!("{}{shop}", source("archive", &empty)));
    assert_eq!(beside, alone, "another source changes nothing");
}

#[tokio::test]
async fn an_address_is_looked_at_as_scan_looks_at_it() {
    let database = PostgresServer::shared().database().await;
    let name = database.name().to_owned();
    // One note in forty is about somebody's health, behind a thousand others.
    database
        .execute(&format!(
            "CREATE ROLE {name}_app LOGIN; CREATE TABLE customers (id int, email text, note text);
             INSERT INTO customers SELECT n, 'person' || n || '@example.org', CASE WHEN n % 40 = 7
               THEN 'Mrs Erika Mustermann has diabetes mellitus and takes insulin' ELSE 'wants the parcel at the door' END
               FROM generate_series(1, 4000) n;
             GRANT SELECT ON customers TO {name}_app"
        ))
        .await;
    let desk = Desk::new();
    let url = database.url();
    let scanned = desk.json(&["scan", &url]);
    let columns = scanned["sources"][0]["tables"][0]["columns"].as_array().unwrap().iter();
    let mut personal: Vec<&str> =
        columns.filter(|one| one["category"].is_string()).map(|one| one["column"].as_str().unwrap()).collect();
    personal.sort_unstable();
    let report = desk.json(&["access", &url, "--principal", &format!("{name}_app")]);
    let entries = report["entries"].as_array().unwrap().iter();
    let mut seen: Vec<&str> = entries.map(|one| one["column"].as_str().unwrap()).collect();
    seen.sort_unstable();
    assert_eq!(seen, personal);
    assert!(seen.contains(&"note"), "{seen:?}");
}
