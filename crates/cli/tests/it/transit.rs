//! `transit` and the stages `audit transit` and `audit encryption`, as a user meets them.

use dataward_testkit::server::certificates::Certificate;
use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::mysql::MysqlServer;
use dataward_testkit::server::postgres::PASSWORD;
use dataward_testkit::server::postgres::PostgresServer;
use dataward_testkit::server::tls::TlsServer;
use serde_json::Value;

use crate::support::Desk;

fn checks(report: &Value) -> Vec<String> {
    let problems = report["endpoints"][0]["problems"].as_array().unwrap();
    problems.iter().map(|problem| problem["check"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_server_is_graded_and_the_setting_to_change_is_named() {
    let server = TlsServer::start(Certificate::Good, &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"]);
    let desk = Desk::new();
    let authority = server.authority().display().to_string();
    let report = desk.json(&["transit", &server.address(), "--ca", &authority]);
    assert_eq!(report["schema"], "dataward/transit@1");
    let endpoint = &report["endpoints"][0];
    assert_eq!((&endpoint["grade"]["letter"], &endpoint["mozilla"]), (&"A-".into(), &"intermediate".into()));
    assert_eq!(endpoint["grade"]["because"][0], "it does not speak TLS 1.3");
    assert_eq!(endpoint["versions"][4]["suites"], serde_json::json!(["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"]));
    assert_eq!(checks(&report), Vec::<String>::new());
    let said = desk.run(&["transit", &server.address(), "--fail-on", "medium"]);
    assert_eq!(said.code, 1, "nobody vouches for it: {said:?}");
    assert!(said.out.contains("A- if its certificate were in order"), "{}", said.out);
}

#[test]
fn an_endpoint_that_is_none_and_one_that_is_away_end_differently() {
    let desk = Desk::new();
    let said = desk.run(&["transit", "gopher://ada:geheim@db"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("is not an endpoint") && !said.err.contains("geheim"), "{}", said.err);
    let port = dataward_testkit::server::free_port();
    let said = desk.run(&["transit", &format!("127.0.0.1:{port}")]);
    assert_eq!(said.code, 3);
    assert!(said.out.contains("nobody listens on that port"), "{}", said.out);
}

fn findings(report: &Value) -> Vec<(String, String, String)> {
    let word = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    let all = report["findings"].as_array().unwrap();
    let mut lines: Vec<_> =
        all.iter().map(|finding| (word(finding, "check"), word(finding, "place"), word(finding, "title"))).collect();
    lines.sort();
    lines
}

#[test]
fn the_weekly_audit_asks_every_server_and_reads_the_settings_of_folders() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (postgres, mariadb) = runtime.block_on(async {
        let postgres = PostgresServer::shared().database().await;
        postgres.execute("CREATE TABLE people (email text); INSERT INTO people VALUES ('ada@example.org')").await;
        (postgres, MariaDbServer::shared().database().await)
    });
    let web = TlsServer::start(Certificate::Expired, &["-tls1_3"]);
    let desk = Desk::new();
    desk.write("password", PASSWORD);
    desk.write("exports/app/.env", "DATABASE_URL=postgres://shop:geheim-42@db.example/shop?sslmode=require\n");
    let url = |url: String| url.replace(&format!(":{}@", PASSWORD.replace(' ', "%20")), "@");
    desk.write(
        "dataward.toml",
        format!(
            "[business]\nname = \"Test\"\n[source.shop]\nurl = \"{}\"\npassword = {{ file = \"password\" }}\n\
             [source.crm]\nurl = \"{}\"\npassword = {{ file = \"password\" }}\n\
             [source.exports]\nurl = \"file:exports\"\n[transit]\nendpoints = [\"tls://{}\"]\n",
            url(postgres.url()),
            url(mariadb.url()),
            web.address()
        ),
    );
    assert_eq!(desk.run(&["scan"]).code, 0);
    let said = desk.run(&["audit", "transit", "collection", "--fail-on", "never", "--format", "json"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(!said.out.contains("geheim-42"), "{}", said.out);
    let found = findings(&said.json());
    let has = |check: &str, place: &str| found.iter().any(|(c, p, _)| c == check && p.starts_with(place));
    assert!(has("transit/plaintext-logins", "shop") && has("transit/plaintext-logins", "crm"), "{found:?}");
    assert!(has("transit/unverified-setting", "exports.app/.env"), "{found:?}");
    assert!(has("transit/certificate-dates", "network.tls://127.0.0.1"), "{found:?}");
    assert!(has("transit/certificate-trust", "shop"), "{found:?}");
    // One stage alone prints its own format.
    let report = desk.run(&["audit", "transit", "--fail-on", "never", "--format", "json"]).json();
    assert_eq!((&report["schema"], report["endpoints"].as_array().unwrap().len()), (&"dataward/transit@1".into(), 3));
    // Repaired settings are fixed findings.
    desk.write("exports/app/.env", "DATABASE_URL=postgres://shop@db.example/shop?sslmode=verify-full\n");
    let report = desk.run(&["audit", "transit", "collection", "--fail-on", "never", "--format", "json"]).json();
    assert!(report["stages"][1]["fixed"].as_array().unwrap().len() == 1, "{report}");
    assert_eq!(desk.run(&["evidence", "verify"]).code, 0);
}

#[test]
fn what_is_encrypted_says_by_what_how_and_when() {
    let desk = Desk::with_exports();
    desk.write("exports/people.csv", "email,city\nada@example.org,Berlin\nbob@example.org,Bonn\n");
    desk.write("exports/shop.sql", "INSERT INTO people VALUES ('ada@example.org', 'Berlin');\n");
    desk.write("exports/old.csv.age", "age-encryption.org/v1\n-> X25519 abc\nx\n--- y\nz");
    assert_eq!(desk.run(&["scan"]).code, 0);
    let said = desk.run(&["audit", "encryption", "--fail-on", "never", "--format", "json"]);
    assert_eq!(said.code, 0, "{said:?}");
    let report = said.json();
    assert_eq!(report["stages"][0]["counts"]["files, objects and tables"], 3);
    assert_eq!(report["stages"][0]["complete"], true);
    let found = findings(&report);
    assert!(
        found.iter().any(|(check, place, _)| check == "encryption/plain-backup" && place == "exports.shop.sql"),
        "{found:?}"
    );
    let inventory = desk.json(&["inventory"]);
    let people = inventory["entries"].as_array().unwrap().iter().find(|entry| entry["table"] == "people.csv").unwrap();
    // Only a disk could be what encrypts it; where the tests run there may be one.
    assert!(people["encrypted"].is_null() || people["encrypted"]["covers"] == "source", "{people}");
}

#[test]
fn tables_that_servers_encrypt_are_in_the_inventory_with_proof_and_time() {
    let (mariadb, mysql) = (MariaDbServer::private_with_key(), MysqlServer::private_with_keyring());
    let rows =
        "INSERT INTO sealed VALUES ('ada@example.org'), ('ben@example.com'); INSERT INTO plain SELECT * FROM sealed";
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        for (server, option) in [("mariadb", "ENCRYPTED = YES"), ("mysql", "ENCRYPTION = 'Y'")] {
            let script = format!(
                "CREATE DATABASE shop; USE shop; CREATE TABLE sealed (email VARCHAR(90)) {option};
                 CREATE TABLE plain (email VARCHAR(90)); {rows}"
            );
            match server {
                "mysql" => mysql.execute("mysql", &script).await,
                _ => mariadb.execute("mysql", &script).await,
            }
        }
    });
    let desk = Desk::new();
    desk.write("password", PASSWORD);
    let source = |name: &str, place: String| {
        format!("[source.{name}]\nurl = \"mysql://root@{place}\"\npassword = {{ file = \"password\" }}\n")
    };
    let (one, other) = (source("maria", mariadb.place("shop")), source("mysql", mysql.place("shop")));
    desk.write("dataward.toml", format!("[business]\nname = \"Test\"\n{one}{other}"));
    assert_eq!(desk.run(&["scan"]).code, 0);
    assert_eq!(desk.run(&["audit", "encryption", "--fail-on", "never"]).code, 0);
    let inventory = desk.json(&["inventory"]);
    let entries = inventory["entries"].as_array().unwrap();
    for name in ["maria", "mysql"] {
        let entry = |table: &str| {
            let is_it = |one: &&Value| one["source"] == name && one["table"].as_str().unwrap().ends_with(table);
            entries.iter().find(is_it).unwrap_or_else(|| panic!("{name} {table}: {inventory}"))["encrypted"].clone()
        };
        let sealed = entry("sealed");
        assert_eq!(sealed["by"], "InnoDB tablespace encryption", "{name}: {sealed}");
        assert!(
            sealed.to_string().contains("the server says that the table's pages are written with a key"),
            "{sealed}"
        );
        assert!(sealed.to_string().contains("T"), "since when: {sealed}");
        assert_ne!(entry("plain")["by"], "InnoDB tablespace encryption", "{name}");
    }
}

#[test]
fn columns_of_ciphertext_are_found_in_a_database() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = runtime.block_on(async {
        let database = PostgresServer::shared().database().await;
        let rows = "CREATE EXTENSION pgcrypto; CREATE TABLE people (email text, card bytea);
            INSERT INTO people SELECT 'ada' || n || '@example.org', pgp_sym_encrypt('4111111111111111', 'key')
            FROM generate_series(1, 20) n";
        database.execute(rows).await;
        database
    });
    let desk = Desk::new();
    desk.write("password", PASSWORD);
    let url = database.url().replace(&format!(":{}@", PASSWORD.replace(' ', "%20")), "@");
    desk.write(
        "dataward.toml",
        format!("[business]\nname = \"Test\"\n[source.shop]\nurl = \"{url}\"\npassword = {{ file = \"password\" }}\n"),
    );
    assert_eq!(desk.run(&["scan"]).code, 0);
    assert_eq!(desk.run(&["audit", "encryption", "--fail-on", "never"]).code, 0);
    let said = desk.run(&["inventory", "explain", "shop.public.people.card"]);
    assert!(said.out.contains("encrypted by OpenPGP (the whole column): all of 20 cells"), "{said:?}");
}
