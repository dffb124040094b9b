//! One server under two names is one place for a hold; what a hold names and is not there stops a replay too.

use dataward_testkit::server::mariadb;
use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::moto::MotoServer;
use dataward_testkit::server::mysql;
use dataward_testkit::server::mysql::MysqlServer;
use dataward_testkit::server::postgres;
use dataward_testkit::server::postgres::PostgresServer;
use dataward_testkit::sqlite;
use serde_json::Value;

use crate::support::Desk;
use crate::support::Said;

const MAKE: &str = "CREATE TABLE people (id integer PRIMARY KEY, last_seen date);
    INSERT INTO people VALUES (1, '2019-05-04'), (2, '2019-05-04'), (3, '2019-05-04')";

fn planned(plan: &Value) -> u64 {
    plan["tables"].as_array().unwrap().iter().map(|line| line["rows"].as_u64().unwrap()).sum()
}

/// A rule for the people of `shop`, and two sources: one address each.
fn declare(desk: &Desk, (shop, twin): (&str, &str), table: &str) {
    let source =
        |name: &str, url: &str| format!("\n[source.{name}]\nurl = \"{url}\"\npassword = {{ file = \"password\" }}\n");
    desk.write(
        "dataward.toml",
        format!(
            "[business]\nname = \"B\"\n{}{}\n[[retain]]\nname = \"people\"\nwhat = \"shop.{table}\"\nkeep = \"2 years\"\n\
             from = \"last_seen\"\nthen = \"erase\"\n",
            source("shop", shop),
            source("twin", twin)
        ),
    );
}

/// Holds a row by the second source, and sees that it is held in the first.
fn is_held(desk: &Desk, table: &str) {
    let place = format!("twin.{table}");
    desk.json(&["retain", "hold", "place", "--matter", "m1", "--place", &place, "--where", "id=2"]);
    assert_eq!(planned(&desk.json(&["retain", "plan"])), 2);
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    desk.json(&["retain", "hold", "release", "H1"]);
    assert_eq!(planned(&desk.json(&["retain", "plan"])), 1, "it was held, and is due");
}

#[tokio::test]
async fn a_hold_knows_a_postgresql_server_by_all_its_names_and_another_as_another() {
    let (server, other) = (PostgresServer::private(), PostgresServer::private());
    for server in [&server, &other] {
        server.execute("postgres", "CREATE DATABASE crm").await;
        server.execute("crm", MAKE).await;
    }
    let desk = Desk::new();
    desk.write("password", postgres::PASSWORD);
    let address = |server: &PostgresServer| format!("postgres://postgres@{}", server.place("crm"));
    // Every address of this machine: not one that is known to be it.
    let by_name = address(&server).replace("127.0.0.1", "0.0.0.0");
    declare(&desk, (&address(&server), &by_name), "public.people");
    is_held(&desk, "public.people");

    let desk = Desk::new();
    desk.write("password", postgres::PASSWORD);
    declare(&desk, (&address(&server), &address(&other)), "public.people");
    desk.json(&["retain", "hold", "place", "--matter", "m1", "--place", "twin.public.people", "--where", "id=2"]);
    assert_eq!(planned(&desk.json(&["retain", "plan"])), 1, "the other server's row is held");
}

#[tokio::test]
async fn a_hold_knows_mysql_and_mariadb_by_all_their_names_and_their_sockets() {
    let mariadb = MariaDbServer::shared().database().await;
    mariadb.execute(MAKE).await;
    let (name, port) = (mariadb.name().to_owned(), mariadb.server().server().port());
    let tcp = |host: &str| format!("mysql://root@{host}:{port}/{name}");
    let desk = Desk::new();
    desk.write("password", mariadb::PASSWORD);
    declare(&desk, (&tcp("127.0.0.1"), &tcp("0.0.0.0")), &format!("{name}.people"));
    is_held(&desk, &format!("{name}.people"));

    let mysql = MysqlServer::shared();
    let name = format!("places_{}", std::process::id());
    mysql.execute("mysql", &format!("DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name}")).await;
    mysql.execute(&name, MAKE).await;
    let tcp = format!("mysql://root@{}", mysql.place(&name));
    let socket = format!("mysql://root@localhost/{name}?socket={}&ssl-mode=required", mysql.socket().display());
    let desk = Desk::new();
    desk.write("password", mysql::PASSWORD);
    declare(&desk, (&tcp, &socket), &format!("{name}.people"));
    is_held(&desk, &format!("{name}.people"));
}

fn with_key(desk: &Desk, arguments: &[&str]) -> Value {
    let mut command = desk.command(arguments);
    let command =
        command.args(["--format", "json"]).env("AWS_ACCESS_KEY_ID", "any").env("AWS_SECRET_ACCESS_KEY", "any");
    let said = Said::of(command.output().unwrap());
    assert_eq!(said.code, 0, "{said:?}");
    said.json()
}

#[test]
fn a_hold_knows_a_bucket_by_all_names_of_its_store() {
    let moto = MotoServer::shared();
    moto.make_bucket("places-twin", true);
    for name in ["a 2019-01-01.csv", "b 2019-01-01.csv"] {
        moto.put("places-twin", &name.replace(' ', "%20"), b"old");
    }
    let desk = Desk::new();
    let (url, by_name) = (moto.url("places-twin"), moto.url("places-twin").replace("127.0.0.1", "0.0.0.0"));
    desk.write(
        "dataward.toml",
        format!(
            "[business]\nname = \"B\"\n\n[source.shop]\nurl = \"{url}\"\n\n[source.twin]\nurl = \"{by_name}\"\n\n[[retain]]\n\
             name = \"Exports\"\nwhat = \"shop\"\nkeep = \"1 year\"\nfrom = \"name_date\"\nthen = \"erase\"\n"
        ),
    );
    let place = "twin.a 2019-01-01.csv";
    with_key(&desk, &["retain", "hold", "place", "--matter", "m1", "--place", place]);
    assert_eq!(planned(&with_key(&desk, &["retain", "plan"])), 1);
    with_key(&desk, &["retain", "approve"]);
    with_key(&desk, &["retain", "apply"]);
    let listing = String::from_utf8(moto.request("GET", "/places-twin?versions", &[], b"")).unwrap();
    assert!(listing.contains("a 2019-01-01.csv") && !listing.contains("b 2019-01-01.csv"), "{listing}");
}

#[tokio::test]
async fn references_between_types_that_mysql_compares_by_guessing_stop_the_plan() {
    for kind in ["MariaDB", "MySQL"] {
        let (desk, name) = (Desk::new(), format!("types_{}_{kind}", std::process::id()).to_lowercase());
        let (mariadb, mysql) = (MariaDbServer::shared(), MysqlServer::shared());
        let run = async |statements: &str| match kind {
            "MySQL" => mysql.execute("mysql", statements).await,
            _ => mariadb.execute("mysql", statements).await,
        };
        run(&format!("DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name}")).await;
        let tables =
            "CREATE TABLE NAME.people (id BIGINT UNSIGNED PRIMARY KEY, code BINARY(2), word CHAR(4), last_seen DATE);
            INSERT INTO NAME.people VALUES (1, X'6161', '6161', '2019-05-04');
            CREATE TABLE NAME.notes (id INT PRIMARY KEY, person INT, code VARCHAR(4), text_person VARCHAR(20));
            INSERT INTO NAME.notes VALUES (1, 1, '6161', '1st')";
        run(&tables.replace("NAME", &name)).await;
        let (url, password) = match kind {
            "MySQL" => (format!("mysql://root@{}", mysql.place(&name)), mysql::PASSWORD),
            _ => (format!("mysql://root@{}", mariadb.place(&name)), mariadb::PASSWORD),
        };
        desk.write("password", password);
        let plan = |child: &str, parent: &str| {
            declare(&desk, (&url, &url), &format!("{name}.people"));
            let policy = std::fs::read_to_string(desk.path().join("dataward.toml")).unwrap();
            let reference = format!("[references]\n\"shop.{name}.notes.{child}\" = \"shop.{name}.people.{parent}\"\n");
            desk.write("dataward.toml", format!("{policy}\n{reference}"));
            desk.run(&["retain", "plan", "--format", "json"])
        };
        for (child, parent) in [("text_person", "id"), ("code", "code")] {
            let said = plan(child, parent);
            assert!(
                said.code == 2 && said.err.contains("compares such values by guessing"),
                "{kind} {child}: {said:?}"
            );
        }
        for (child, parent) in [("person", "id"), ("code", "word")] {
            let said = plan(child, parent);
            assert!(said.code == 0 && said.out.contains("no rule lets those go"), "{kind} {child}: {said:?}");
        }
        run(&format!("DROP DATABASE {name}")).await;
    }
}

const POLICY: &str = "[business]\nname = \"B\"\n\n[source.shop]\nurl = \"sqlite:shop.db\"\n\n[source.a_folder]\nurl = \
    \"file:up\"\n\n[files]\n\"shop.people.photo\" = \"a_folder\"\n\n[[retain]]\nname = \"people\"\nwhat = \"shop.people\"\n\
    keep = \"2 years\"\nfrom = \"last_seen\"\nthen = \"erase\"\n";

/// Two people with a photo each were erased, and a restore brought all of it back.
fn restored() -> Desk {
    let desk = Desk::new();
    let make = |desk: &Desk| {
        sqlite::make(
            &desk.path().join("shop.db"),
            "CREATE TABLE people (id INTEGER PRIMARY KEY, mail TEXT, photo TEXT, last_seen TEXT);
             INSERT INTO people VALUES (1, 'ada@lantern.example', '1.txt', '2019-05-04'),
                (2, 'bob@lantern.example', '2.txt', '2019-05-04');
             CREATE TABLE notes (id INTEGER PRIMARY KEY)",
        );
        desk.write("up/1.txt", "ada@lantern.example wrote\n");
        desk.write("up/2.txt", "bob@lantern.example wrote\n");
    };
    make(&desk);
    desk.write("dataward.toml", POLICY);
    desk.json(&["scan", "--full"]);
    let plan = desk.json(&["retain", "plan"]);
    assert_eq!(planned(&plan), 4, "{plan:#}");
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    std::fs::remove_file(desk.path().join("shop.db")).unwrap();
    make(&desk);
    desk.json(&["scan", "--full"]);
    desk
}

#[test]
fn a_replay_stops_while_the_place_of_a_hold_is_missing_and_status_says_so() {
    let desk = restored();
    // It holds what comes, too: nothing stands there yet, and that is told by the exit code.
    let placed = desk.run(&["retain", "hold", "place", "--matter", "m1", "--place", "shop.notes"]);
    assert!(placed.code == 1 && placed.err.contains("H1"), "{placed:?}");
    sqlite::make(&desk.path().join("shop.db"), "ALTER TABLE notes RENAME TO remarks");
    let said = desk.run(&["retain", "replay"]);
    assert!(said.code == 4 && said.err.contains("`shop` has no table `notes`"), "{said:?}");
    let status = desk.json(&["status"]);
    assert_eq!(status["lost_holds"][0]["hold"], "H1", "{status:#}");
    assert_eq!(status["next_steps"][0]["command"], "dataward retain hold list");
    let shown = desk.run(&["status"]).out;
    assert!(shown.contains("Nothing is deleted:") && shown.contains("has no table `notes`"), "{shown}");
    desk.json(&["retain", "hold", "release", "H1"]);
    assert_eq!(desk.json(&["status"])["lost_holds"], Value::Null);
    let said = desk.run(&["retain", "replay", "--format", "json"]);
    assert!(said.json()["plan"].is_string(), "{said:?}");
}

#[test]
fn rows_that_a_replay_takes_out_wait_for_their_files() {
    let desk = restored();
    let said = desk.run(&["retain", "replay", "--format", "json"]);
    assert!(said.json()["plan"].is_string(), "{said:?}");
    desk.json(&["retain", "approve"]);
    // Somebody writes on in one of the files.
    desk.write("up/2.txt", "bob@lantern.example wrote, and wrote again\n");
    let applied = desk.json(&["retain", "apply"]);
    let of = |table: &str| {
        let lines = applied["tables"].as_array().unwrap();
        lines.iter().find(|line| line["table"] == table).unwrap_or_else(|| panic!("{applied:#}")).clone()
    };
    assert_eq!((&of("people")["changed"], &of("stored")["changed"]), (&1.into(), &1.into()), "{applied:#}");
    assert_eq!(of("people")["skipped"], serde_json::json!({ "file-changed": 1 }), "{applied:#}");
    assert!(desk.path().join("up/2.txt").exists() && !desk.path().join("up/1.txt").exists());
}
