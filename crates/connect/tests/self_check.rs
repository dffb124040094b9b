//! What engines' own checks say, on real servers; SQLite's are tested through the program.

use dataward_connect::Read;
use dataward_connect::mysql::Mysql;
use dataward_connect::postgres::Postgres;
use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::postgres::PostgresServer;

/// An index over numbers whose order is then turned round under it.
const DAMAGED_INDEX: &str = "
    CREATE EXTENSION amcheck;
    CREATE TABLE good (id int PRIMARY KEY); INSERT INTO good SELECT generate_series(1, 3000);
    CREATE FUNCTION order_of(int, int) RETURNS int LANGUAGE sql IMMUTABLE
        AS 'SELECT pg_catalog.btint4cmp($1, $2)';
    CREATE OPERATOR CLASS odd FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =,
        OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 order_of(int, int);
    CREATE TABLE bad (a int); INSERT INTO bad SELECT generate_series(1, 3000);
    CREATE INDEX bad_a ON bad (a odd);
    CREATE OR REPLACE FUNCTION order_of(int, int) RETURNS int LANGUAGE sql IMMUTABLE
        AS 'SELECT pg_catalog.btint4cmp($2, $1)'";

#[tokio::test]
async fn amcheck_finds_a_damaged_index_and_names_its_table() {
    let database = PostgresServer::shared().database().await;
    database.execute(DAMAGED_INDEX).await;
    let found = Postgres::new(&database.url(), None).unwrap().self_check().await.unwrap().unwrap();
    let tables: Vec<_> = found.faults.iter().map(|fault| fault.table.as_deref()).collect();
    assert_eq!(tables, [Some("public.bad")], "{found:?}");
    assert!(found.done.iter().any(|done| done == "bt_index_check of 1 indexes"), "{found:?}");
}

#[tokio::test]
async fn what_an_account_may_not_check_is_said_with_the_grant_that_helps() {
    let database = PostgresServer::shared().database().await;
    let name = database.name();
    database.execute(&format!("CREATE EXTENSION amcheck; CREATE ROLE {name}_auditor LOGIN PASSWORD 'x'")).await;
    let url = format!("postgres://{name}_auditor:x@{}", database.server().place(name));
    let found = Postgres::new(&url, None).unwrap().self_check().await.unwrap().unwrap();
    assert!(found.faults.is_empty() && found.unseen.iter().any(|one| one.contains("GRANT EXECUTE")), "{found:?}");
}

#[tokio::test]
async fn a_database_without_amcheck_is_told_how_to_have_it() {
    let database = PostgresServer::shared().database().await;
    let found = Postgres::new(&database.url(), None).unwrap().self_check().await.unwrap().unwrap();
    assert!(found.unseen.iter().any(|one| one.contains("CREATE EXTENSION amcheck")), "{found:?}");
}

#[tokio::test]
async fn tables_that_pg_tde_encrypts_are_named() {
    let database = PostgresServer::shared().database().await;
    // Percona's access method under its name, without its encryption: the catalogue looks the same.
    let script = "CREATE ACCESS METHOD tde_heap TYPE TABLE HANDLER heap_tableam_handler;
        CREATE TABLE sealed (a int) USING tde_heap; CREATE TABLE plain (a int)";
    database.execute(script).await;
    let found = Postgres::new(&database.url(), None).unwrap().at_rest().await.unwrap();
    let named: Vec<_> = found.protections.iter().filter_map(|one| Some((one.unit.as_deref()?, &*one.by))).collect();
    assert_eq!(named, [("public.sealed", "pg_tde")]);
}

#[tokio::test]
async fn innodb_is_checked_and_engines_whose_check_locks_are_not() {
    let server = MariaDbServer::shared();
    let script = "CREATE DATABASE checked; CREATE TABLE checked.a (id int PRIMARY KEY) ENGINE=InnoDB;
        CREATE TABLE checked.b (id int PRIMARY KEY) ENGINE=MyISAM; INSERT INTO checked.a VALUES (1), (2)";
    server.execute("mysql", script).await;
    let found = Mysql::new(&server.url("checked"), None).unwrap().self_check().await.unwrap().unwrap();
    assert_eq!((found.faults.as_slice(), found.done.as_slice()), (&[][..], &["CHECK TABLE of 1 table".to_owned()][..]));
    assert!(found.unseen[0].contains("would lock writers out"), "{found:?}");
}
