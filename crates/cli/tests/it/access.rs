//! Who can reach what, from the command line.

use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::moto::MotoServer;
use dataward_testkit::server::postgres::PostgresServer;
use dataward_testkit::server::postgres::TestDatabase;
use serde_json::Value;

use crate::support::Desk;
use crate::support::Said;

const PEOPLE: &str = "name,email\nAda Lovelace,ada.lovelace@example.org\nGrace Hopper,grace.hopper@example.com\n\
    Alan Turing,alan.turing@example.net\nEdsger Dijkstra,edsger.dijkstra@example.org\n";

/// Runs the program with a key for buckets.
fn with_key(desk: &Desk, arguments: &[&str]) -> Said {
    let mut command = desk.command(arguments);
    Said::of(command.env("AWS_ACCESS_KEY_ID", "any").env("AWS_SECRET_ACCESS_KEY", "any").output().unwrap())
}

fn put(moto: &MotoServer, bucket: &str, key: &str, list: &str) {
    moto.request("PUT", &format!("/{bucket}/{key}"), &[("x-amz-acl", list)], PEOPLE.as_bytes());
}

#[test]
fn a_bucket_says_who_reads_it_with_a_key_and_without() {
    let (desk, moto) = (Desk::new(), MotoServer::shared());
    moto.make_bucket("cli-open", false);
    put(&moto, "cli-open", "open.csv", "public-read");
    put(&moto, "cli-open", "closed.csv", "private");
    let url = moto.url("cli-open");
    let said = with_key(&desk, &["access", &url]);
    assert_eq!(said.code, 0, "{said:?}");
    let row = said.out.lines().find(|line| line.starts_with("everyone")).unwrap_or_else(|| panic!("{}", said.out));
    assert!(row.contains("R!") && row.ends_with("on the internet"), "{row}");
    let said = with_key(&desk, &["access", &url, "--principal", "everyone", "--format", "json"]);
    let report = said.json();
    let entries = report["entries"].as_array().unwrap();
    assert!(entries.iter().all(|entry| entry["object"] == "open.csv"), "{entries:#?}");
    let email = entries.iter().find(|entry| entry["column"] == "email").unwrap();
    assert_eq!(
        (&email["category"], &email["privileges"]),
        (&"user.contact.email".into(), &serde_json::json!(["select"]))
    );
    assert_eq!(email["paths"][0], "everyone: the access control list of open.csv gives READ to everyone");
    assert!(
        email["revoke"][0].as_str().unwrap().starts_with("aws s3api put-object-acl --bucket cli-open --key open.csv")
    );
}

#[test]
fn what_everyone_can_read_is_a_critical_finding_until_it_is_closed() {
    let (desk, moto) = (Desk::new(), MotoServer::shared());
    moto.make_bucket("cli-found", false);
    put(&moto, "cli-found", "people.csv", "public-read");
    let policy = format!("[business]\nname = \"Test\"\n\n[source.exports]\nurl = \"{}\"\n", moto.url("cli-found"));
    desk.write("dataward.toml", policy);
    assert!(with_key(&desk, &["scan", "--quiet"]).code < 2);
    let critical = || -> Vec<Value> {
        let said = with_key(&desk, &["audit", "access", "--format", "json"]);
        assert!(said.code < 2, "{said:?}");
        let said = with_key(&desk, &["findings", "--format", "json"]);
        let found = said.json()["findings"].as_array().unwrap().clone();
        found.into_iter().filter(|one| one["check"] == "access/open-to-everyone" && one["state"] == "open").collect()
    };
    let found = critical();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0]["severity"], "critical");
    moto.request("PUT", "/cli-found/people.csv?acl", &[("x-amz-acl", "private")], b"");
    assert_eq!(critical(), Vec::<Value>::new());
}

#[test]
fn buckets_that_cannot_be_asked_are_one_sentence() {
    let (desk, moto) = (Desk::new(), MotoServer::shared());
    let said = desk.run(&["access", &moto.url("cli-nobody")]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("no access key was given"), "{said:?}");
    let said = with_key(&desk, &["access", &moto.url("cli-never-made")]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.err.contains("knows no such bucket"), "{said:?}");
    let said = with_key(&desk, &["access", "s3://x?endpoint=http://h"]);
    assert_eq!(said.code, 2, "{said:?}");
}

/// A shop with an application, a colleague and somebody who left, and a desk whose policy declares it.
async fn shop() -> (Desk, TestDatabase, String) {
    let database = PostgresServer::shared().database().await;
    let name = database.name().to_owned();
    database
        .execute(&format!(
            "CREATE ROLE {name}_app LOGIN; CREATE ROLE {name}_support LOGIN; CREATE ROLE {name}_left LOGIN;
             CREATE TABLE customers (id int PRIMARY KEY, name text, email text);
             INSERT INTO customers SELECT n, (ARRAY['Ada Lovelace', 'Grace Hopper', 'Alan Turing'])[1 + n % 3],
               'person' || n || '@example.org' FROM generate_series(1, 60) n;
             GRANT SELECT, INSERT, UPDATE ON customers TO {name}_app; GRANT SELECT ON customers TO {name}_support"
        ))
        .await;
    let desk = Desk::new();
    desk.write("secret", dataward_testkit::server::postgres::PASSWORD);
    let place = database.server().place(&name);
    desk.write(
        "dataward.toml",
        format!(
            "[business]\nname = \"Test\"\n\n[source.shop]\nurl = \"postgres://postgres@{place}?sslmode=require\"\n\
             password = {{ file = \"secret\" }}\n"
        ),
    );
    assert!(desk.run(&["scan", "--quiet"]).code < 2);
    (desk, database, name)
}

/// Findings of a check that are open.
fn open(desk: &Desk, check: &str) -> Vec<String> {
    let said = desk.run(&["audit", "access", "--format", "json"]);
    assert!(said.code < 2, "{said:?}");
    let all = desk.run(&["findings", "--format", "json"]).json();
    let all = all["findings"].as_array().unwrap().iter();
    let of_check = all.filter(|one| one["check"] == check && one["state"] == "open");
    of_check.map(|one| one["title"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_proposal_is_a_policy_that_nothing_offends_and_drift_is_found_both_ways() {
    let (desk, database, name) = shop().await;
    let proposed = desk.run(&["access", "shop", "--propose"]);
    assert_eq!(proposed.code, 0, "{proposed:?}");
    assert!(
        proposed.out.starts_with("[access]\n") && proposed.out.contains(&format!("{name}_support")),
        "{proposed:?}"
    );
    // Roles of other tests on the same server come and go; only ours are judged.
    let ours = |titles: Vec<String>| -> Vec<String> {
        titles.into_iter().filter(|title| title.contains(&format!("`{name}_"))).collect()
    };
    desk.write("dataward.toml", format!("{}\n{}", desk.read("dataward.toml"), proposed.out));
    assert_eq!(ours(open(&desk, "access/not-given")), Vec::<String>::new());
    database.execute(&format!("GRANT SELECT (email) ON customers TO {name}_left")).await;
    let found = ours(open(&desk, "access/not-given"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains(&format!("`{name}_left`")) && found[0].contains("email"), "{found:?}");
    database.execute(&format!("REVOKE ALL ON customers FROM {name}_left, {name}_support")).await;
    assert_eq!(ours(open(&desk, "access/not-given")), Vec::<String>::new());
    let idle = ours(open(&desk, "access/idle-rule"));
    assert!(!idle.is_empty() && idle.iter().all(|title| title.contains(&format!("{name}_support"))), "{idle:?}");
}

#[tokio::test]
async fn diff_names_exactly_what_changed_since_the_audit() {
    let (desk, database, name) = shop().await;
    let said = desk.run(&["access", "shop", "--diff"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("dataward audit access"), "{said:?}");
    open(&desk, "access/widened");
    let changes = || {
        let report = desk.run(&["access", "shop", "--diff", "--format", "json"]).json();
        let mut found: Vec<String> = (report["changes"].as_array().unwrap().iter())
            .filter(|change| change["principal"].as_str().unwrap().starts_with(&name) && change["column"] == "email")
            .map(|change| {
                let rights = |side: &str| change[side]["privileges"].to_string();
                format!("{} {}: {} -> {}", change["principal"], change["column"], rights("before"), rights("after"))
            })
            .collect();
        found.sort();
        found
    };
    assert_eq!(changes(), Vec::<String>::new());
    database
        .execute(&format!(
            "GRANT SELECT (email) ON customers TO {name}_left; REVOKE UPDATE ON customers FROM {name}_app"
        ))
        .await;
    assert_eq!(
        changes(),
        [
            format!("\"{name}_app\" \"email\": [\"select\",\"insert\",\"update\"] -> [\"select\",\"insert\"]"),
            format!("\"{name}_left\" \"email\": null -> [\"select\"]"),
        ]
    );
    let text = desk.run(&["access", "shop", "--diff"]);
    assert!(text.out.contains(&format!("{name}_left")) && text.out.contains("nothing -> select"), "{text:?}");
}

#[tokio::test]
async fn rights_that_are_hidden_now_are_not_told_as_gone() {
    let database = MariaDbServer::shared().database().await;
    let name = database.name().to_owned();
    database
        .execute(&format!(
            "CREATE TABLE customers (email VARCHAR(50));
             INSERT INTO customers VALUES ('ada@example.org'), ('grace@example.com'), ('alan@example.net');
             CREATE USER '{name}_app'@'%' IDENTIFIED BY 'x'; CREATE USER '{name}_audit'@'%' IDENTIFIED BY 'x';
             GRANT SELECT ON customers TO '{name}_app'@'%'; GRANT SELECT ON mysql.* TO '{name}_audit'@'%';
             GRANT SELECT, SHOW VIEW ON *.* TO '{name}_audit'@'%'"
        ))
        .await;
    let desk = Desk::new();
    desk.write("password", "x");
    let url = format!("mysql://{name}_audit@{}", database.server().place(&name));
    desk.write(
        "dataward.toml",
        format!(
            "[business]\nname = \"Test\"\n\n[source.shop]\nurl = \"{url}\"\npassword = {{ file = \"password\" }}\n"
        ),
    );
    assert!(desk.run(&["scan", "--quiet"]).code < 2);
    assert!(desk.run(&["audit", "access", "--quiet"]).code < 2);
    let report = desk.run(&["access", "shop", "--diff", "--format", "json"]).json();
    assert_eq!((&report["changes"], &report["changes_complete"]), (&serde_json::json!([]), &Value::Bool(true)));
    database
        .execute(&format!(
            "REVOKE SELECT ON mysql.* FROM '{name}_audit'@'%'; REVOKE SELECT, SHOW VIEW ON *.* FROM '{name}_audit'@'%';
             GRANT SELECT, UPDATE ON customers TO '{name}_audit'@'%'"
        ))
        .await;
    let report = desk.run(&["access", "shop", "--diff", "--format", "json"]).json();
    assert_eq!((&report["complete"], &report["changes_complete"]), (&Value::Bool(false), &Value::Bool(false)));
    let changes = report["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1, "{changes:#?}");
    assert_eq!(changes[0]["principal"], format!("{name}_audit@%"));
    assert_eq!(changes[0]["after"]["privileges"], serde_json::json!(["select", "update"]));
    let text = desk.run(&["access", "shop", "--diff"]);
    assert!(text.out.contains("This difference is not complete") && text.out.contains("GRANT SELECT ON mysql."));
    assert!(!text.out.contains(&format!("{name}_app")), "{text:?}");
    // Nor does an audit that sees little forget what the one before saw.
    desk.run(&["audit", "access", "--quiet"]);
    database.execute(&format!("GRANT SELECT ON mysql.* TO '{name}_audit'@'%'")).await;
    let report = desk.run(&["access", "shop", "--diff", "--format", "json"]).json();
    assert_eq!(report["changes_complete"], true, "{report:#?}");
    let changes = report["changes"].as_array().unwrap();
    assert!(changes.iter().all(|change| change["principal"] == format!("{name}_audit@%")), "{changes:#?}");
    database.execute(&format!("DROP USER '{name}_app'@'%', '{name}_audit'@'%'")).await;
}

#[tokio::test]
async fn the_matrix_fits_the_screen_and_needs_no_colour() {
    let (desk, _database, name) = shop().await;
    let said = desk.run(&["access", "shop"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(!said.out.contains('\u{1b}'), "{said:?}");
    let row = said.out.lines().find(|line| line.starts_with(&format!("{name}_support"))).unwrap();
    assert!(row.contains('R') && !row.contains('W'), "{row}");
    for columns in [48, 140] {
        let program = env!("CARGO_BIN_EXE_dataward");
        let typed = format!("stty cols {columns} rows 40; NO_COLOR=1 {program} access shop");
        let mut command = std::process::Command::new("script");
        let screen = command.args(["-qec", &typed, "/dev/null"]).current_dir(desk.path()).output().unwrap();
        let text = String::from_utf8(screen.stdout).unwrap().replace('\r', "");
        assert!(!text.contains('\u{1b}'), "{text}");
        let begins = text.find("Who can do what").unwrap_or_else(|| panic!("{text}"));
        let table = text[begins..].split("\nThe policy does not say").next().unwrap();
        for line in table.lines() {
            assert!(
                line.chars().count() <= columns,
                "{} characters on {columns}: {line}\n{text}",
                line.chars().count()
            );
        }
    }
}

#[tokio::test]
async fn what_is_asked_wrongly_is_one_sentence() {
    let (desk, _database, _) = shop().await;
    for (arguments, code, part) in [
        (vec!["access", "shop", "--principal", "nobody-here"], 2, "there is no account or role `nobody-here`"),
        (vec!["access", "shop", "--category", "user.e-mail"], 2, "`user.e-mail` is not a data category"),
        (vec!["access", "/no/such/place"], 3, "there is no file or folder"),
        (vec!["access", "ftp://host/x"], 2, "ftp"),
        (vec!["access", "postgres://a:b@127.0.0.1:1/x"], 3, "nothing listens there"),
    ] {
        let said = desk.run(&arguments);
        assert_eq!(said.code, code, "{said:?}");
        assert!(said.err.contains(part) && said.out.is_empty(), "{said:?}");
    }
}

#[tokio::test]
async fn the_script_of_mariadb_runs_as_it_stands_and_leaves_the_administrator_alone() {
    let server = MariaDbServer::private_with(&[]);
    server
        .execute(
            "mysql",
            "CREATE DATABASE shop; CREATE TABLE shop.customers (email VARCHAR(50), phone VARCHAR(30));
             INSERT INTO shop.customers VALUES ('ada@example.org', '+49 30 901820'), ('grace@example.com', '+49 30 901821');
             CREATE USER app@'%' IDENTIFIED BY 'x'; CREATE USER old@'%' IDENTIFIED BY 'x'; CREATE ROLE readers;
             CREATE USER twice@'%' IDENTIFIED BY 'x'; GRANT SELECT ON shop.* TO app@'%', readers;
             GRANT readers TO old@'%', twice@'%'; GRANT SELECT (email), UPDATE (phone) ON shop.customers TO twice@'%'",
        )
        .await;
    let desk = Desk::new();
    desk.write("password", dataward_testkit::server::mariadb::PASSWORD);
    desk.write(
        "dataward.toml",
        format!(
            "[business]\nname = \"Test\"\n\n[source.shop]\nurl = \"mysql://root@{}\"\npassword = {{ file = \"password\" \
             }}\n\n[access]\n\"user\" = [\"app@%\"]\n",
            server.place("shop")
        ),
    );
    assert!(desk.run(&["scan", "--quiet"]).code < 2);
    let unwanted = || {
        let mut titles = open(&desk, "access/not-given");
        titles.retain(|title| !title.contains("`root@") && !title.contains("`mysql@"));
        titles
    };
    assert!(unwanted().iter().any(|title| title.contains("`twice@%`")), "{:?}", unwanted());
    let script = desk.run(&["access", "shop", "--revoke-script"]);
    assert_eq!(script.code, 0, "{script:?}");
    let mut client = std::process::Command::new("mariadb");
    client.arg("--no-defaults").arg(format!("--socket={}", server.socket().display())).arg("--user=root");
    client.arg(format!("--password={}", dataward_testkit::server::mariadb::PASSWORD));
    let mut client = client.stdin(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut client.stdin.take().unwrap(), script.out.as_bytes()).unwrap();
    let ended = client.wait_with_output().unwrap();
    assert!(ended.status.success(), "{}\n{}", String::from_utf8_lossy(&ended.stderr), script.out);
    assert_eq!(unwanted(), Vec::<String>::new());
    assert!(script.out.contains("-- No statement ends these:"), "{}", script.out);
    // The first administrator can still do everything, and the application what the policy gives it.
    server
        .execute("shop", "INSERT INTO customers VALUES ('alan@example.net', NULL); GRANT SELECT ON shop.* TO old@'%'")
        .await;
    let said = desk.run(&["access", "shop", "--principal", "app@%"]);
    assert!(said.out.contains("customers"), "{said:?}");
}

#[tokio::test]
async fn without_access_in_the_policy_nobody_is_judged_and_what_public_has_is_found() {
    let (desk, database, _) = shop().await;
    let said = desk.run(&["audit", "access"]);
    assert!(said.out.contains("the policy has no [access]"), "{said:?}");
    assert!(!said.out.contains("not found: readable or writable by accounts to which"), "{said:?}");
    assert_eq!(open(&desk, "access/given-to-everybody"), Vec::<String>::new());
    database.execute("GRANT SELECT ON customers TO PUBLIC").await;
    let found = open(&desk, "access/given-to-everybody");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("can select `public.customers`") && found[0].contains("email"), "{found:?}");
    let listed = desk.json(&["findings"]);
    let listed = listed["findings"].as_array().unwrap();
    let finding = listed.iter().find(|one| one["check"] == "access/given-to-everybody").unwrap();
    let remedy = finding["remedy"].as_str().unwrap();
    database.execute(remedy).await;
    assert_eq!(open(&desk, "access/given-to-everybody"), Vec::<String>::new(), "{remedy}");
}
