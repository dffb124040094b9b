//! Rows that the account of a source is not shown, or that can't be told apart: what they refer to stays.

use std::sync::Arc;

use dataward_connect::mysql::Mysql;
use dataward_connect::postgres::Postgres;
use dataward_model::SourceKind;
use dataward_retain::approve;
use dataward_retain::hold::Cover;
use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::mysql::MysqlServer;
use dataward_testkit::server::postgres::PostgresServer;

use crate::apply::skipped;
use crate::world::Planned;
use crate::world::World;
use crate::world::rule;
use crate::world::shop;

fn says(planned: &Planned, kind: &str) -> Vec<String> {
    let of_kind = planned.plan.warnings.iter().filter(|warning| warning.kind == kind);
    of_kind.map(|warning| warning.text.clone()).collect()
}

fn kept(planned: &Planned) -> String {
    let kept = planned.plan.kept.iter().map(|kept| format!("{} {}: {}", kept.rows, kept.table, kept.reason));
    kept.collect::<Vec<_>>().join("\n")
}

fn all_of(table: &str) -> Cover {
    Cover { matter: "suit 7".to_owned(), table: Some(table.to_owned()), rows: None }
}

const SHOP: &str = "CREATE DATABASE shop; CREATE DATABASE archive;
    CREATE TABLE shop.customers (id INT PRIMARY KEY, due INT);
    CREATE TABLE shop.notes (id INT PRIMARY KEY, customer_id INT,
        CONSTRAINT `odd ``name, (x)` FOREIGN KEY (customer_id) REFERENCES shop.customers (id) ON DELETE CASCADE);
    CREATE TABLE archive.`l#x ö` (id INT PRIMARY KEY, customer_id INT,
        FOREIGN KEY (customer_id) REFERENCES shop.customers (id) ON DELETE CASCADE);
    INSERT INTO shop.customers VALUES (1, 1), (2, 1), (3, 1), (4, 0);
    INSERT INTO shop.notes VALUES (10, 1); INSERT INTO archive.`l#x ö` VALUES (20, 2);
    CREATE USER reader@'%' IDENTIFIED BY 'x'; GRANT SELECT ON *.* TO reader@'%';
    GRANT INSERT, UPDATE, DELETE ON shop.customers TO reader@'%';
    CREATE USER owner@'%' IDENTIFIED BY 'x'; GRANT SELECT, INSERT, UPDATE, DELETE ON shop.* TO owner@'%';
    CREATE USER watcher@'%' IDENTIFIED BY 'x'; GRANT SELECT, INSERT, UPDATE, DELETE ON shop.* TO watcher@'%';
    GRANT PROCESS ON *.* TO watcher@'%'";

#[tokio::test]
async fn mysql_and_mariadb_take_no_rows_along_of_whose_references_the_account_is_not_told() {
    let (mariadb, mysql) = (MariaDbServer::private_with(&[]), MysqlServer::private(&[]));
    mariadb.execute("mysql", SHOP).await;
    mysql.execute("mysql", SHOP).await;
    for (product, port) in [("MariaDB", mariadb.server().port()), ("MySQL", mysql.server().port())] {
        let of = |account: &str| {
            let url = format!("mysql://{account}:x@127.0.0.1:{port}/shop");
            World::over(Arc::new(Mysql::new(&url, None).unwrap()))
        };
        let rules = || vec![rule("shop.customers", "due = 1")];
        // MariaDB shows this one which references there are, and their rules in no table of the catalogue.
        let reader = of("reader");
        let planned = reader.plan(rules(), vec![all_of("shop.notes")]).await;
        assert_eq!((planned.goes("customers"), planned.goes("notes")), (1, 0), "{product}: {}", kept(&planned));
        let told = kept(&planned);
        assert!(told.contains("shop.notes") && told.contains("archive.l#x ö"), "{product}: {told}");
        assert_eq!(says(&planned, "unseen-references"), Vec::<String>::new(), "{product}");
        // What the server would take along is a line of the plan, and so is the right that this asks for.
        let planned = reader.plan(rules(), Vec::new()).await;
        assert_eq!((planned.goes("customers"), planned.goes("notes")), (2, 1), "{product}");
        let rights = says(&planned, "no-right").join("\n");
        assert!(rights.contains("GRANT DELETE ON `shop`.`notes`"), "{product}: {rights}");

        // What this one is not shown nobody can tell.
        let unseen = says(&of("owner").plan(rules(), Vec::new()).await, "unseen-references");
        assert!(unseen.len() == 1 && unseen[0].contains("GRANT PROCESS ON *.*"), "{product}: {unseen:?}");
        // And this one is shown that there is a table that it may not read.
        let watcher = of("watcher");
        let planned = watcher.plan(rules(), Vec::new()).await;
        let hidden = says(&planned, "hidden-references");
        let wanted = "rows refer from archive.l#x ö to shop.customers";
        assert!(hidden.len() == 1 && hidden[0].starts_with(wanted), "{product}: {hidden:?}");
        assert_eq!(says(&planned, "unseen-references"), Vec::<String>::new(), "{product}");
    }
    let drop = "DROP TABLE archive.`l#x ö`";
    mariadb.execute("mysql", drop).await;
    mysql.execute("mysql", drop).await;
    for port in [mariadb.server().port(), mysql.server().port()] {
        let url = format!("mysql://watcher:x@127.0.0.1:{port}/shop");
        let world = World::over(Arc::new(Mysql::new(&url, None).unwrap()));
        let planned = world.plan(vec![rule("shop.customers", "due = 1")], Vec::new()).await;
        assert_eq!(says(&planned, "hidden-references").len() + says(&planned, "unseen-references").len(), 0);
        planned.apply().await;
        assert_eq!(world.keys("customers").await, [4].into());
    }
}

#[tokio::test]
async fn postgresql_takes_no_rows_along_that_row_security_hides() {
    let server = PostgresServer::private();
    server.execute("postgres", "CREATE DATABASE shop").await;
    let script = "CREATE TABLE customers (id integer PRIMARY KEY, due integer);
        CREATE TABLE notes (id integer PRIMARY KEY, customer_id integer REFERENCES customers ON DELETE CASCADE);
        CREATE TABLE teams (id integer PRIMARY KEY, due integer);
        CREATE TABLE members (id integer PRIMARY KEY, team_id integer REFERENCES teams ON DELETE CASCADE);
        CREATE TABLE badges (id integer PRIMARY KEY, member_id integer REFERENCES members ON DELETE SET NULL);
        INSERT INTO customers SELECT i, 1 FROM generate_series(1, 100) i;
        INSERT INTO notes SELECT i, i FROM generate_series(1, 100) i;
        INSERT INTO teams VALUES (1, 1); INSERT INTO members VALUES (1, 1); INSERT INTO badges VALUES (1, 1);
        CREATE ROLE app LOGIN PASSWORD 'x'; GRANT ALL ON ALL TABLES IN SCHEMA public TO app";
    server.execute("shop", script).await;
    let url = format!("postgres://app:x@{}", server.place("shop"));
    let world = World::over(Arc::new(Postgres::new(&url, None).unwrap()));
    let rules = || vec![rule("public.customers", "due = 1"), rule("public.teams", "due = 1")];
    let before = world.plan(rules(), Vec::new()).await;
    assert_eq!(before.goes("customers"), 100);
    server
        .execute(
            "shop",
            "ALTER TABLE notes ENABLE ROW LEVEL SECURITY; CREATE POLICY a_few ON notes USING (id > 90);
             ALTER TABLE badges ENABLE ROW LEVEL SECURITY",
        )
        .await;
    // A plan of before is not carried out any more.
    let now = world.source.catalogue().await.unwrap();
    let refused = approve::check_hidden(&before.plan, &shop(), &now).unwrap_err().to_string();
    assert!(refused.contains("row security hides rows of `public."), "{refused}");

    let planned = world.plan(rules(), vec![all_of("public.notes")]).await;
    assert_eq!(planned.plan.rows(), 0, "{}", kept(&planned));
    let told = kept(&planned);
    assert!(told.contains("100 public.customers: row-security: row security hides rows of public.notes"), "{told}");
    // Through members, of whom none is hidden.
    assert!(told.contains("1 public.teams: row-security: row security hides rows of public.badges"), "{told}");
    assert!(told.contains("BYPASSRLS"), "{told}");
    approve::check_hidden(&planned.plan, &shop(), &now).unwrap();

    server
        .execute(
            "shop",
            "CREATE POLICY all_of_it ON notes TO app USING (true); ALTER TABLE badges DISABLE ROW LEVEL SECURITY",
        )
        .await;
    let planned = world.plan(rules(), Vec::new()).await;
    assert_eq!((planned.goes("customers"), planned.goes("notes"), planned.goes("members")), (100, 100, 1));
    assert_eq!(says(&planned, "row-security"), Vec::<String>::new(), "it hides nothing");
    planned.apply().await;
    assert_eq!(world.number("notes", "1 = 1").await.unwrap(), 0);
}

#[tokio::test]
async fn tables_of_mariadb_without_a_key_are_told_and_keep_what_they_refer_to() {
    let world = World::new(SourceKind::Mysql).await;
    world
        .execute(
            "CREATE TABLE customers (id INT PRIMARY KEY, due INT);
             CREATE TABLE orders (id INT PRIMARY KEY, customer_id INT,
                FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE);
             CREATE TABLE visits (day INT, customer_id INT,
                FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE);
             CREATE TABLE bits (note VARCHAR(20), order_id INT,
                FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE);
             INSERT INTO customers VALUES (1, 1), (2, 1), (3, 1), (4, 1), (5, 0);
             INSERT INTO orders VALUES (10, 2), (11, 3); INSERT INTO visits VALUES (1, 1), (1, 1), (0, 5);
             INSERT INTO bits VALUES ('a', 10)",
        )
        .await;
    let [customers, visits] = [world.name("customers").await, world.name("visits").await];
    let planned = world.plan(vec![rule(&customers, "due = 1"), rule(&visits, "day = 1")], Vec::new()).await;
    assert_eq!((planned.goes("customers"), planned.goes("orders"), planned.goes("visits")), (2, 1, 0));
    let told = kept(&planned);
    assert!(told.contains(&format!("2 {visits}: no key: two rows of the table")), "{told}");
    assert!(told.contains(&format!("1 {customers}: no key: rows of {visits} refer to them")), "{told}");
    assert!(told.contains(".bits refer to them"), "customer 2, through his order: {told}");
    assert_eq!(says(&planned, "no-key").len(), 1, "{:?}", planned.plan.warnings);
    let applied = planned.apply().await;
    assert_eq!(skipped(&applied), Default::default());
    assert_eq!(world.keys("customers").await, [1, 2, 5].into());
}

#[tokio::test]
async fn postgresql_loses_the_columns_of_a_reference_that_may_be_null() {
    let world = World::new(SourceKind::Postgresql).await;
    world
        .execute(
            "CREATE TABLE customers (tenant integer, id integer, due integer, PRIMARY KEY (tenant, id));
             CREATE TABLE tickets (id integer PRIMARY KEY, tenant integer NOT NULL, customer_id integer,
                FOREIGN KEY (tenant, customer_id) REFERENCES customers ON DELETE SET NULL (customer_id));
             CREATE TABLE calls (id integer PRIMARY KEY, tenant integer NOT NULL, customer_id integer,
                FOREIGN KEY (tenant, customer_id) REFERENCES customers ON DELETE SET NULL);
             INSERT INTO customers VALUES (1, 1, 1), (1, 2, 0);
             INSERT INTO tickets VALUES (1, 1, 1), (2, 1, 2); INSERT INTO calls VALUES (1, 1, 1)",
        )
        .await;
    let planned = world.plan(vec![rule("public.customers", "due = 1")], Vec::new()).await;
    assert_eq!((planned.goes("customers"), planned.goes("tickets"), planned.goes("calls")), (1, 1, 1));
    let applied = planned.apply().await;
    assert_eq!(skipped(&applied), Default::default());
    assert_eq!(world.number("tickets", "customer_id IS NULL AND tenant = 1 AND id = 1").await.unwrap(), 1);
    assert_eq!(world.number("calls", "customer_id IS NULL AND tenant = 1").await.unwrap(), 1);
}
