//! The suite that every source passes, and what is particular to PostgreSQL's tables.

use dataward_connect::Read;
use dataward_connect::UnitKind;
use dataward_connect::conformance::Expected;
use dataward_connect::conformance::Suite;
use dataward_connect::conformance::check_fingerprint;
use dataward_connect::conformance::check_gone;
use dataward_connect::conformance::find_unit;
use dataward_connect::conformance::list_units;
use dataward_model::ColumnRole;

use super::database;
use super::read_all;
use super::read_sample;
use super::source;
use super::texts;

const WORLD: &str = r#"
CREATE TABLE people (id int PRIMARY KEY, name text, note varchar(20));
INSERT INTO people SELECT i, CASE WHEN i % 10 <> 0 THEN 'person ' || i END, 'x' FROM generate_series(0, 19999) i;
CREATE TABLE nobody (id int, name text);
CREATE TABLE "a ""few"" ta.bles; 😀" ("select" int, "ta.b""le" text, "ЁЖ 😀" text);
INSERT INTO "a ""few"" ta.bles; 😀" VALUES (1, 'x', NULL), (2, NULL, NULL);
CREATE TABLE one (only_one text);
INSERT INTO one VALUES ('x'), ('y');
CREATE TABLE no_columns ();
INSERT INTO no_columns DEFAULT VALUES; INSERT INTO no_columns DEFAULT VALUES;
CREATE VIEW grown AS SELECT id, upper(name) AS name FROM people WHERE id < 5000;
CREATE MATERIALIZED VIEW kept AS SELECT id FROM people WHERE id < 3000;
CREATE SCHEMA "Other.Place";
CREATE TABLE "Other.Place".people (id int);
CREATE TABLE orders (id int, placed date) PARTITION BY RANGE (id);
CREATE TABLE orders_low PARTITION OF orders FOR VALUES FROM (0) TO (4000);
CREATE TABLE orders_high PARTITION OF orders FOR VALUES FROM (4000) TO (10000) PARTITION BY RANGE (id);
CREATE TABLE orders_higher PARTITION OF orders_high FOR VALUES FROM (4000) TO (10000);
INSERT INTO orders SELECT i, '2020-01-01' FROM generate_series(0, 7999) i;
CREATE TABLE cities (name text);
CREATE TABLE old_cities () INHERITS (cities);
INSERT INTO cities VALUES ('Berlin'); INSERT INTO old_cities VALUES ('Ur'), ('Uruk');
CREATE TABLE vehicles (plate text);
CREATE TABLE lorries (load int) INHERITS (vehicles);
INSERT INTO vehicles VALUES ('B-1'); INSERT INTO lorries VALUES ('B-2', 40);
"#;

fn wide_table() -> String {
    let columns: Vec<String> = (0..1600).map(|index| format!("c{index} smallint")).collect();
    format!("CREATE TABLE wide ({}); INSERT INTO wide (c0, c1599) VALUES (1, 2)", columns.join(", "))
}

fn expected(wide: &[String]) -> Vec<Expected> {
    let wide: Vec<&str> = wide.iter().map(String::as_str).collect();
    vec![
        Expected::new("public.people", 20_000, &["id", "name", "note"]).position("id").nulls("name", 2000),
        Expected::new("public.nobody", 0, &["id", "name"]),
        Expected::new("public.\"a \"\"few\"\" ta.bles; 😀\"", 2, &["select", "ta.b\"le", "ЁЖ 😀"])
            .nulls("ta.b\"le", 1)
            .nulls("ЁЖ 😀", 2),
        Expected::new("public.one", 2, &["only_one"]),
        Expected::new("public.no_columns", 2, &[]),
        Expected::new("public.grown", 5000, &["id", "name"]).position("id"),
        Expected::new("public.kept", 3000, &["id"]).position("id"),
        Expected::new("\"Other.Place\".people", 0, &["id"]),
        Expected::new("public.orders", 8000, &["id", "placed"]).position("id"),
        Expected::new("public.cities", 3, &["name"]),
        Expected::new("public.vehicles", 1, &["plate"]),
        Expected::new("public.lorries", 1, &["plate", "load"]),
        Expected::new("public.wide", 1, &wide).nulls("c0", 0).nulls("c1", 1),
    ]
}

#[tokio::test]
async fn postgres_keeps_the_contract() {
    let database = database().await;
    database.execute(WORLD).await;
    database.execute(&wide_table()).await;
    let wide: Vec<String> = (0..1600).map(|index| format!("c{index}")).collect();
    Suite::new(source(&database), expected(&wide)).check().await.unwrap();

    database.execute("ANALYZE").await;
    let source = source(&database);
    Suite::new(source.clone(), expected(&wide)).samples_are_random_and_reproducible().await.unwrap();
    let people = find_unit(&*source, "public.people").await.unwrap();
    assert_eq!((people.kind, people.rows_estimate), (UnitKind::Table, Some(20_000)));
    assert!(people.bytes.unwrap() > 500_000);
    let orders = find_unit(&*source, "public.orders").await.unwrap();
    assert_eq!((orders.kind, orders.rows_estimate), (UnitKind::Table, Some(8000)));
    let kinds = [("public.grown", UnitKind::View), ("public.kept", UnitKind::MaterialisedView)];
    for (name, kind) in kinds {
        assert_eq!(find_unit(&*source, name).await.unwrap().kind, kind);
    }
    assert_eq!(find_unit(&*source, "public.grown").await.unwrap().fingerprint, None);
}

#[tokio::test]
async fn a_table_dropped_after_the_listing_is_gone_and_the_rest_is_read() {
    let database = database().await;
    database.execute("CREATE TABLE a (x int); CREATE TABLE b (x int); INSERT INTO b VALUES (1)").await;
    check_gone(&*source(&database), "public.a", async || database.execute("DROP TABLE a").await).await.unwrap();
}

#[tokio::test]
async fn every_kind_of_change_changes_the_fingerprint() {
    const FLUSH: &str = "; SELECT pg_stat_force_next_flush()";
    let database = database().await;
    database
        .execute(
            "CREATE TABLE t (a int, b text); INSERT INTO t SELECT i, 'x' FROM generate_series(1, 100) i; \
             CREATE TABLE p (a int) PARTITION BY RANGE (a); \
             CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); \
             CREATE MATERIALIZED VIEW m AS SELECT * FROM t; SELECT pg_stat_force_next_flush()",
        )
        .await;
    let source = source(&database);
    let changes = [
        ("public.t", "INSERT INTO t VALUES (101, 'y')"),
        ("public.t", "UPDATE t SET b = 'z' WHERE a = 5"),
        ("public.t", "DELETE FROM t WHERE a = 6"),
        ("public.t", "TRUNCATE t"),
        ("public.t", "ALTER TABLE t ADD COLUMN c int DEFAULT 7"),
        ("public.t", "ALTER TABLE t RENAME COLUMN c TO d"),
        ("public.t", "GRANT SELECT ON t TO pg_monitor"),
        ("public.p", "INSERT INTO p VALUES (3)"),
        ("public.p", "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20)"),
        ("public.m", "REFRESH MATERIALIZED VIEW m"),
    ];
    for (unit, change) in changes {
        let outcome = check_fingerprint(&*source, unit, async || database.execute(&format!("{change}{FLUSH}")).await);
        outcome.await.unwrap_or_else(|breach| panic!("{change}: {breach}"));
    }
}

#[tokio::test]
async fn heads_tell_types_keys_references_and_comments() {
    let database = database().await;
    database
        .execute(
            "CREATE TABLE people (id int PRIMARY KEY, email varchar(80) UNIQUE, dropped int, \
                                  age numeric(3), doubled int GENERATED ALWAYS AS (id * 2) STORED); \
             ALTER TABLE people DROP COLUMN dropped; \
             COMMENT ON COLUMN people.email IS 'where to write'; \
             CREATE TABLE orders (shop int, no int, buyer int REFERENCES people, PRIMARY KEY (shop, no)); \
             INSERT INTO people (id, email, age) VALUES (7, 'a@b.example', 30)",
        )
        .await;
    let source = source(&database);
    let people = read_all(&*source, "public.people").await.tables.remove(0);
    let described: Vec<_> = people
        .head
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.declared_type.as_str(), column.role))
        .collect();
    assert_eq!(
        described,
        [
            ("id", "integer", ColumnRole::PrimaryKey),
            ("email", "character varying(80)", ColumnRole::Unique),
            ("age", "numeric(3,0)", ColumnRole::Plain),
            ("doubled", "integer", ColumnRole::Plain),
        ]
    );
    assert_eq!(people.head.columns[1].comment.as_deref(), Some("where to write"));
    assert_eq!(texts(&people.content, "doubled"), [Some("14".to_owned())]);
    let orders = read_all(&*source, "public.orders").await.tables.remove(0);
    let roles: Vec<_> = orders.head.columns.iter().map(|column| column.role).collect();
    assert_eq!(roles, [ColumnRole::PrimaryKey, ColumnRole::PrimaryKey, ColumnRole::ForeignKey]);
    let reference = orders.head.columns[2].references.clone().unwrap();
    assert_eq!((reference.table.as_str(), reference.column.as_str()), ("public.people", "id"));
}

#[tokio::test]
async fn samples_of_large_tables_come_from_everywhere_without_any_analyze() {
    let database = database().await;
    database
        .execute(
            "CREATE TABLE big (id int, filler text); \
             INSERT INTO big SELECT i, repeat('x', 200) FROM generate_series(0, 79999) i",
        )
        .await;
    let source = source(&database);
    for analyze in [false, true] {
        if analyze {
            database.execute("ANALYZE big").await;
        }
        for rows in [300, 20_000] {
            let table = read_sample(&*source, "public.big", rows).await.tables.remove(0);
            assert!((rows * 2 / 3..rows * 3 / 2).contains(&table.rows), "{} of about {rows}", table.rows);
            let tenths: std::collections::BTreeSet<usize> = texts(&table.content, "id")
                .into_iter()
                .map(|id| id.unwrap().parse::<usize>().unwrap() / 8000)
                .collect();
            assert_eq!(tenths.len(), 10);
        }
    }
}

#[tokio::test]
async fn facts_name_product_account_and_transport() {
    let database = database().await;
    let facts = source(&database).open().await.unwrap();
    assert!(facts.product.starts_with("PostgreSQL 1"), "{}", facts.product);
    assert_eq!(facts.account.as_deref(), Some("postgres"));
}

#[tokio::test]
async fn large_objects_are_told_as_not_read() {
    let database = database().await;
    database.execute("CREATE TABLE t (a int); SELECT lo_from_bytea(0, 'secret')").await;
    let breach = list_units(&*source(&database)).await.unwrap_err().to_string();
    assert!(breach.contains("1 large objects"), "{breach}");
}
