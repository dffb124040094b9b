//! Tests against Debian's MariaDB, and the conformance suite against MySQL's own server too.

mod content;
mod failures;
mod security;

use std::sync::Arc;
use std::time::Duration;

use dataward_testkit::server::mariadb::MariaDbDatabase;
use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::mysql::MysqlServer;

use super::Mysql;
use crate::ReadRequest;
use crate::conformance::Expected;
use crate::conformance::Suite;
use crate::conformance::TableRead;
use crate::conformance::check_fingerprint;
use crate::conformance::check_gone;
use crate::conformance::find_unit;
use crate::conformance::read_unit;

/// An empty database with `statements` run in it, and the source that reads it.
async fn planted(statements: &str) -> (MariaDbDatabase, Mysql) {
    let database = MariaDbServer::shared().database().await;
    database.execute(statements).await;
    let source = Mysql::new(&database.url(), None).unwrap();
    (database, source)
}

/// Reads all of one table of the database.
async fn read_all(source: &Mysql, name: &str) -> TableRead {
    let unit = find_unit(source, name).await.unwrap();
    read_unit(source, &unit, &ReadRequest::full()).await.unwrap().tables.remove(0)
}

/// Values of a column over all batches, as text.
fn texts(table: &TableRead, column: &str) -> Vec<Option<String>> {
    let mut values = Vec::new();
    for batch in &table.content {
        let array = batch.column_by_name(column).unwrap();
        let array = arrow_cast::cast(array, &arrow_schema::DataType::Utf8).unwrap();
        let array = array.as_any().downcast_ref::<arrow_array::StringArray>().unwrap().clone();
        values.extend(array.iter().map(|value| value.map(str::to_owned)));
    }
    values
}

#[tokio::test]
async fn a_database_passes_the_conformance_suite() {
    let (database, source) = planted(
        "CREATE TABLE people (id INT UNSIGNED PRIMARY KEY, name VARCHAR(80), mail TEXT) COMMENT 'all of them';
         INSERT INTO people SELECT seq, IF(seq % 10 = 0, NULL, CONCAT('name ', seq)), CONCAT('p', seq, '@example.org')
           FROM seq_0_to_1999;
         CREATE TABLE stock (place INT, item VARCHAR(20), PRIMARY KEY (item, place)) ENGINE = Aria;
         INSERT INTO stock SELECT seq, CONCAT('item ', LPAD(seq, 5, '0')) FROM seq_0_to_1999;
         CREATE VIEW named AS SELECT id, name FROM people WHERE name IS NOT NULL;
         CREATE TABLE empty (a INT, b INT);
         CREATE TABLE parted (id INT PRIMARY KEY, x INT) PARTITION BY HASH (id) PARTITIONS 4;
         INSERT INTO parted SELECT seq, seq FROM seq_0_to_999;
         CREATE TABLE remembered (x INT) WITH SYSTEM VERSIONING; INSERT INTO remembered VALUES (1);
         CREATE TABLE scratch (x INT) ENGINE = MEMORY; INSERT INTO scratch VALUES (1);
         CREATE SEQUENCE numbers;",
    )
    .await;
    let name = |table: &str| format!("{}.{table}", database.name());
    let expected = vec![
        Expected::new(&name("people"), 2000, &["id", "name", "mail"]).nulls("name", 200).position("id"),
        Expected::new(&name("stock"), 2000, &["place", "item"]).position("place"),
        Expected::new(&name("named"), 1800, &["id", "name"]),
        Expected::new(&name("empty"), 0, &["a", "b"]),
        Expected::new(&name("parted"), 1000, &["id", "x"]).position("id"),
        Expected::new(&name("remembered"), 1, &["x"]),
        Expected::new(&name("scratch"), 1, &["x"]),
    ];
    Suite::new(Arc::new(source), expected).check().await.unwrap();
}

#[tokio::test]
async fn a_database_of_mysql_passes_the_conformance_suite() {
    let server = MysqlServer::shared();
    let name = format!("c{}", std::process::id());
    server.execute("mysql", &format!("CREATE DATABASE {name}")).await;
    let numbers = "WITH RECURSIVE n (seq) AS (SELECT 0 UNION ALL SELECT seq + 1 FROM n WHERE seq < 1999)";
    server
        .execute(
            &name,
            &format!(
                "SET SESSION cte_max_recursion_depth = 2000;
                 CREATE TABLE people (id INT UNSIGNED PRIMARY KEY, name VARCHAR(80), mail TEXT) COMMENT 'all of them';
                 INSERT INTO people {numbers} SELECT seq, IF(seq % 10 = 0, NULL, CONCAT('name ', seq)),
                   CONCAT('p', seq, '@example.org') FROM n;
                 CREATE TABLE stock (place INT, item VARCHAR(20), PRIMARY KEY (item, place)) ENGINE = MyISAM;
                 INSERT INTO stock {numbers} SELECT seq, CONCAT('item ', LPAD(seq, 5, '0')) FROM n;
                 CREATE VIEW named AS SELECT id, name FROM people WHERE name IS NOT NULL;
                 CREATE TABLE `empty` (a INT, b INT);
                 CREATE TABLE parted (id INT PRIMARY KEY, x INT) PARTITION BY HASH (id) PARTITIONS 4;
                 INSERT INTO parted {numbers} SELECT seq, seq FROM n WHERE seq < 1000;
                 CREATE TABLE scratch (x INT) ENGINE = MEMORY; INSERT INTO scratch VALUES (1);
                 CREATE TABLE documents (id INT PRIMARY KEY, body JSON, hidden INT INVISIBLE,
                   mail VARCHAR(80) GENERATED ALWAYS AS (body->>'$.mail') STORED);
                 INSERT INTO documents (id, body) VALUES (1, '{{\"mail\": \"ada@example.org\"}}');"
            ),
        )
        .await;
    let source = Mysql::new(&server.url(&name), None).unwrap();
    let named = |table: &str| format!("{name}.{table}");
    let expected = vec![
        Expected::new(&named("people"), 2000, &["id", "name", "mail"]).nulls("name", 200).position("id"),
        Expected::new(&named("stock"), 2000, &["place", "item"]).position("place"),
        Expected::new(&named("named"), 1800, &["id", "name"]),
        Expected::new(&named("empty"), 0, &["a", "b"]),
        Expected::new(&named("parted"), 1000, &["id", "x"]).position("id"),
        Expected::new(&named("scratch"), 1, &["x"]),
        Expected::new(&named("documents"), 1, &["id", "body", "hidden", "mail"]).nulls("hidden", 1),
    ];
    Suite::new(Arc::new(source), expected).check().await.unwrap();
    server.execute("mysql", &format!("DROP DATABASE {name}")).await;
}

#[tokio::test]
async fn a_dropped_table_is_gone_and_the_others_are_read_on() {
    let (database, source) = planted("CREATE TABLE a (x INT); CREATE TABLE b (x INT); INSERT INTO b VALUES (1)").await;
    let name = format!("{}.a", database.name());
    check_gone(&source, &name, async || database.execute("DROP TABLE a").await).await.unwrap();
}

#[tokio::test]
async fn the_fingerprint_changes_with_the_table_once_the_second_of_the_change_is_over() {
    for engine in ["InnoDB", "MyISAM"] {
        let (database, source) =
            planted(&format!("CREATE TABLE a (x INT) ENGINE = {engine}; INSERT INTO a VALUES (1)")).await;
        let name = format!("{}.a", database.name());
        while find_unit(&source, &name).await.unwrap().fingerprint.is_none() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        check_fingerprint(&source, &name, async || database.execute("UPDATE a SET x = 2").await).await.unwrap();
    }
}

#[tokio::test]
async fn a_sample_of_a_table_read_by_ranges_of_its_key_has_the_size_asked_for_in_spite_of_gaps() {
    let (database, source) = planted(
        "CREATE TABLE t (id BIGINT PRIMARY KEY, x INT);
         INSERT INTO t SELECT CAST(seq * seq * 1000003 AS SIGNED) - 5000, seq FROM seq_0_to_4999;",
    )
    .await;
    let unit = find_unit(&source, &format!("{}.t", database.name())).await.unwrap();
    let request = ReadRequest::new(crate::HowMuch::Sample { rows: 640, seed: 7 });
    let table = read_unit(&source, &unit, &request).await.unwrap().tables.remove(0);
    assert!((600..=640).contains(&table.rows), "{} rows", table.rows);
}

#[tokio::test]
async fn connections_are_used_again_for_the_next_table() {
    let (database, source) = planted("CREATE TABLE t (x INT); INSERT INTO t VALUES (1)").await;
    let unit = find_unit(&source, &format!("{}.t", database.name())).await.unwrap();
    let mut numbers = std::collections::BTreeSet::new();
    for _ in 0..20 {
        read_unit(&source, &unit, &ReadRequest::full()).await.unwrap();
        numbers.extend(source.door.idle_numbers());
    }
    // The next read may begin before the last one has given its connection back.
    assert!(numbers.len() <= 3, "{} connections", numbers.len());
}
