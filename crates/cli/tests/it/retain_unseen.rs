//! What the account of a source is not shown stops an apply, and tables of PostgreSQL that inherit from others keep their
//! own holds and rules.

use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::postgres;
use dataward_testkit::server::postgres::PostgresServer;
use serde_json::Value;

use crate::support::Desk;

const SHOP: &str = "CREATE DATABASE shop; CREATE DATABASE crm;
    CREATE TABLE shop.customers (id INT PRIMARY KEY, email VARCHAR(60), last_seen DATE);
    CREATE TABLE crm.people (id INT PRIMARY KEY, email VARCHAR(60));
    INSERT INTO shop.customers VALUES (1, 'ada@lantern.example', '2019-01-01'), (2, 'ben@lantern.example', '2019-01-01');
    CREATE USER owner@'%' IDENTIFIED BY 'x'; GRANT SELECT, INSERT, UPDATE, DELETE ON shop.* TO owner@'%';
    GRANT SELECT ON crm.* TO owner@'%'";

fn policy(url: &str, more: &str, rules: &str) -> String {
    format!(
        "[business]\nname = \"Blue Lantern Books\"\n\n[source.shop]\nurl = \"{url}\"\npassword = {{ file = \"password\" }}\n\
         {more}\n{rules}"
    )
}

fn rule(name: &str, what: &str, keep: &str) -> String {
    format!(
        "\n[[retain]]\nname = \"{name}\"\nwhat = \"{what}\"\nkeep = \"{keep}\"\nfrom = \"last_seen\"\nthen = \"erase\"\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_not_shown_what_refers_to_its_rows_carries_no_plan_out() {
    let server = MariaDbServer::private_with(&[]);
    server.execute("mysql", SHOP).await;
    let desk = Desk::new();
    desk.write("password", "x");
    let url = format!("mysql://owner@{}", server.place("shop"));
    let crm = format!(
        "[source.crm]\nurl = \"mysql://owner@{}\"\npassword = {{ file = \"password\" }}\n",
        server.place("crm")
    );
    let rules = rule("Customers", "shop.shop.customers", "2 years");
    desk.write("dataward.toml", policy(&url, "", &rules));
    let plan = desk.json(&["retain", "plan"]);
    assert_eq!(plan["tables"][0]["rows"], 2, "{plan:#}");
    let refused = desk.run(&["retain", "approve"]);
    assert!(refused.code == 4 && refused.err.contains("all_references_seen = true"), "{refused:?}");

    // Who knows better says so; as long as something is held on the server nobody may.
    desk.write("dataward.toml", policy(&url, &format!("all_references_seen = true\n\n{crm}"), &rules));
    desk.json(&["retain", "plan"]);
    let held = desk.run(&["retain", "hold", "place", "--matter", "suit 7", "--place", "crm"]);
    assert!([0, 1].contains(&held.code), "{held:?}");
    desk.json(&["retain", "plan"]);
    let refused = desk.run(&["retain", "approve"]);
    assert!(refused.code == 4 && refused.err.contains("suit 7"), "{refused:?}");
    desk.json(&["retain", "hold", "release", "suit 7"]);
    desk.json(&["retain", "approve"]);

    // With the right it needs no word of anybody.
    server.execute("mysql", "GRANT PROCESS ON *.* TO owner@'%'").await;
    desk.write("dataward.toml", policy(&url, "", &rules));
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    let applied = desk.json(&["retain", "apply"]);
    assert_eq!(applied["tables"][0]["changed"], 2, "{applied:#}");
}

/// Rows that go, by table.
fn goes(plan: &Value) -> Vec<(String, u64)> {
    let tables = plan["tables"].as_array().unwrap().iter().filter(|line| line["rows"] != 0);
    let mut goes: Vec<(String, u64)> =
        tables.map(|line| (line["table"].as_str().unwrap().to_owned(), line["rows"].as_u64().unwrap())).collect();
    goes.sort();
    goes
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_table_that_inherits_go_by_its_own_rule_and_stay_for_its_own_holds() {
    let server = PostgresServer::private();
    server.execute("postgres", "CREATE DATABASE shop").await;
    let script = "CREATE TABLE customers (id integer PRIMARY KEY, email text, last_seen date);
        CREATE TABLE cust_vip (manager text) INHERITS (customers);
        CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer REFERENCES customers ON DELETE CASCADE);
        INSERT INTO customers SELECT i, 'canary' || i || '.' || i * 7919 || '@lantern.example', '2019-05-04'
            FROM generate_series(1, 50) i;
        INSERT INTO cust_vip SELECT i, 'canary' || i || '.' || i * 7919 || '@lantern.example', '2019-05-04', 'Eve'
            FROM generate_series(51, 70) i;
        INSERT INTO orders SELECT i, i FROM generate_series(1, 10) i";
    server.execute("shop", script).await;
    let desk = Desk::new();
    desk.write("password", postgres::PASSWORD);
    let url = format!("postgres://postgres@{}", server.place("shop"));
    let both = rule("Customers", "shop.public.customers", "2 years");
    desk.write("dataward.toml", policy(&url, "", &both));
    desk.json(&["scan", "--full"]);
    let all: Vec<(String, u64)> = [("public.cust_vip", 20), ("public.customers", 50), ("public.orders", 10)]
        .map(|(name, rows)| (name.to_owned(), rows))
        .into();
    // The rule speaks of whatever a question to `customers` finds.
    assert_eq!(goes(&desk.json(&["retain", "plan"])), all);
    // A hold on the one that inherits holds its rows, one on the other all of them.
    let hold = |place: &str| desk.json(&["retain", "hold", "place", "--matter", "suit 7", "--place", place]);
    let placed = hold("shop.public.cust_vip");
    assert_eq!(placed["holds"][0]["rows_now"], 20, "{placed:#}");
    assert_eq!(goes(&desk.json(&["retain", "plan"])), all[1..]);
    desk.json(&["retain", "hold", "release", "suit 7"]);
    let placed = hold("shop.public.customers");
    assert_eq!(placed["holds"][0]["rows_now"], 70, "{placed:#}");
    assert_eq!(goes(&desk.json(&["retain", "plan"])), []);
    desk.json(&["retain", "hold", "release", "suit 7"]);
    desk.json(&[
        "retain",
        "hold",
        "place",
        "--matter",
        "suit 8",
        "--place",
        "shop.public.customers",
        "--where",
        "id=60",
    ]);
    assert_eq!(goes(&desk.json(&["retain", "plan"]))[0], ("public.cust_vip".to_owned(), 19));
    desk.json(&["retain", "hold", "release", "suit 8"]);
    // A rule of its own goes before the other one.
    desk.write(
        "dataward.toml",
        policy(&url, "", &format!("{both}{}", rule("VIP", "shop.public.cust_vip", "30 years"))),
    );
    assert_eq!(goes(&desk.json(&["retain", "plan"])), all[1..]);
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    let left = |server: &PostgresServer| {
        let url = server.url("shop");
        let mut psql = std::process::Command::new(postgres::programs().join("psql"));
        let sql = "SELECT (SELECT count(*) FROM ONLY customers) || ' ' || (SELECT count(*) FROM cust_vip)";
        dataward_testkit::server::run(psql.args(["-At", "--command", sql]).arg(url)).trim().to_owned()
    };
    assert_eq!(left(&server), "0 20");

    // By the rule of both, and then nothing of them is left in any file.
    desk.write("dataward.toml", policy(&url, "", &both));
    assert_eq!(goes(&desk.json(&["retain", "plan"])), all[..1]);
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    assert_eq!(left(&server), "0 0");
    let verified = desk.run(&["retain", "verify", "--exclusive", "--format", "json"]);
    let found = verified.json();
    let classes = found["sources"][0]["search"]["classes"].as_array().unwrap();
    let tables = classes.iter().find(|class| class["class"] == "table").unwrap_or_else(|| panic!("{found:#}"));
    assert_eq!(tables["found"], 0, "{found:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_mariadb_that_keeps_its_past_proves_nothing_until_that_is_deleted_too() {
    let server = MariaDbServer::private_with(&[]);
    let script = "CREATE DATABASE shop;
        CREATE TABLE shop.customers (id INT PRIMARY KEY, email VARCHAR(60), last_seen DATE) WITH SYSTEM VERSIONING;
        INSERT INTO shop.customers VALUES (1, 'canary.7919@lantern.example', '2019-01-01'),
            (2, 'canary.6841@lantern.example', '2026-11-01')";
    server.execute("mysql", script).await;
    let desk = Desk::new();
    desk.write("password", dataward_testkit::server::mariadb::PASSWORD);
    let url = format!("mysql://root@{}", server.place("shop"));
    desk.write("dataward.toml", policy(&url, "", &rule("Customers", "shop.shop.customers", "2 years")));
    desk.json(&["scan", "--full"]);
    let plan = desk.json(&["retain", "plan"]);
    let warnings = plan["warnings"].to_string();
    assert!(
        warnings.contains("keeps-history") && warnings.contains("DELETE HISTORY FROM `shop`.`customers`"),
        "{warnings}"
    );
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    let verify = || desk.run(&["retain", "verify", "--search-only", "--format", "json"]);
    let (found, code) = (verify().json(), verify().code);
    let history = |found: &Value| {
        let classes = found["sources"][0]["search"]["classes"].as_array().unwrap().clone();
        classes.into_iter().find(|class| class["class"] == "history").unwrap_or_else(|| panic!("{found:#}"))
    };
    assert_eq!((code, &found["sources"][0]["level_proven"]), (1, &Value::Null), "{found:#}");
    assert!(history(&found)["found"].as_u64().unwrap() > 0, "{found:#}");
    assert!(found.to_string().contains("DELETE HISTORY FROM"), "{found:#}");
    server.execute("shop", "DELETE HISTORY FROM customers").await;
    let found = verify().json();
    assert_eq!(history(&found)["found"], 0, "{found:#}");
    assert_ne!(found["sources"][0]["level_proven"], Value::Null, "{found:#}");
}
