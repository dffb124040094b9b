//! What PostgreSQL does beside the tables that rows go from: materialised views, triggers, rights.

use dataward_testkit::server::postgres;
use dataward_testkit::server::postgres::PostgresServer;
use serde_json::Value;

use crate::support::Desk;

const SHOP: &str = "CREATE TABLE customers (id integer PRIMARY KEY, email text NOT NULL, last_seen date NOT NULL);
    INSERT INTO customers SELECT i, 'canary' || i || '.' || i * 7919 || '@lantern.example',
        CASE WHEN i <= 60 THEN date '2019-05-04' ELSE date '2026-11-01' END FROM generate_series(1, 100) i;
    CREATE VIEW addresses AS SELECT email FROM customers;
    CREATE MATERIALIZED VIEW mailing AS SELECT email FROM addresses;
    CREATE MATERIALIZED VIEW \"Mailing Count\" AS SELECT email AS one, count(*) AS many FROM mailing GROUP BY email;
    CREATE TABLE unrelated (id integer PRIMARY KEY);
    CREATE MATERIALIZED VIEW other AS SELECT id FROM unrelated;";

async fn desk(server: &PostgresServer, script: &str) -> Desk {
    // All of the WAL is written over once.
    for setting in ["max_wal_size = '64MB'", "min_wal_size = '48MB'"] {
        server.execute("postgres", &format!("ALTER SYSTEM SET {setting}")).await;
    }
    server.execute("postgres", "SELECT pg_reload_conf()").await;
    server.execute("postgres", "CREATE DATABASE shop").await;
    server.execute("shop", script).await;
    let desk = Desk::new();
    desk.write("password", postgres::PASSWORD);
    let source =
        format!("url = \"postgres://postgres@{}\"\npassword = {{ file = \"password\" }}", server.place("shop"));
    desk.write(
        "dataward.toml",
        format!(
            "[business]\nname = \"Blue Lantern Books\"\n\n[source.shop]\n{source}\n\n[[retain]]\nname = \"Customers\"\n\
             what = \"shop.public.customers\"\nkeep = \"2 years\"\nfrom = \"last_seen\"\nthen = \"erase\"\n"
        ),
    );
    desk.json(&["scan", "--full"]);
    desk
}

fn texts(list: &Value, kind: &str) -> Vec<String> {
    let list = list.as_array().unwrap().iter().filter(|line| line["kind"] == kind);
    list.map(|line| line["text"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn materialised_views_that_keep_erased_people_are_named_searched_and_refreshed() {
    let server = PostgresServer::private();
    let desk = desk(&server, SHOP).await;
    let plan = desk.json(&["retain", "plan"]);
    let told = texts(&plan["warnings"], "materialised-view");
    assert_eq!(told.len(), 2, "{plan:#}");
    assert!(
        told[0].contains("public.mailing")
            && told[1].contains("REFRESH MATERIALIZED VIEW \"public\".\"Mailing Count\""),
        "{told:?}"
    );
    desk.json(&["retain", "approve"]);
    let applied = desk.json(&["retain", "apply"]);
    assert!(applied["notes"].to_string().contains("the materialised view public.mailing"), "{applied:#}");

    // As they are, whoever selects from the views still sees the people: nothing is proven.
    let unproven = |arguments: &[&str]| {
        let said = desk.run(&[arguments, &["--format", "json"]].concat());
        assert_eq!(said.code, 1, "{said:?}");
        said.json()
    };
    let found = unproven(&["retain", "verify", "--search-only"]);
    let search = &found["sources"][0]["search"];
    assert_eq!(found["sources"][0]["level_proven"], Value::Null, "{found:#}");
    let views = search["classes"].as_array().unwrap().iter().find(|class| class["class"] == "view").unwrap();
    assert_eq!((&views["files"], &views["found"]), (&2.into(), &60.into()), "{search:#}");
    // Without a lock on readers they stay, and it says so.
    let found = unproven(&["retain", "verify"]);
    assert_eq!(found["sources"][0]["level_proven"], Value::Null, "{found:#}");
    assert!(found["sources"][0]["reasons"].to_string().contains("no unique index"), "{found:#}");

    let found = desk.json(&["retain", "verify", "--exclusive"]);
    let source = &found["sources"][0];
    assert_eq!(source["level_proven"], "L2", "{found:#}");
    let steps: Vec<&str> =
        source["steps"].as_array().unwrap().iter().map(|step| step["id"].as_str().unwrap()).collect();
    let refreshed: Vec<&&str> = steps.iter().filter(|step| step.starts_with("refresh")).collect();
    assert_eq!(refreshed, [&"refresh public.mailing", &"refresh public.Mailing Count"], "{steps:?}");
}
