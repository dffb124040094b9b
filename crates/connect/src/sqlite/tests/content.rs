//! What is read, and as what.

use arrow_schema::DataType;
use dataward_model::ColumnRole;
use dataward_model::Reference;
use futures::StreamExt;

use super::Application;
use super::read_all;
use super::texts;
use crate::ConnectError;
use crate::HowMuch;
use crate::Read;
use crate::ReadRequest;
use crate::Unit;
use crate::UnitKind;
use crate::conformance::find_unit;
use crate::conformance::read_unit;

fn some(values: &[&str]) -> Vec<Option<String>> {
    values.iter().map(|value| Some((*value).to_owned())).collect()
}

async fn listing(application: &Application) -> (Vec<Unit>, Vec<ConnectError>) {
    let found: Vec<_> = application.source().units().await.unwrap().collect().await;
    let (units, errors): (Vec<_>, Vec<_>) = found.into_iter().partition(Result::is_ok);
    (units.into_iter().map(Result::unwrap).collect(), errors.into_iter().map(Result::unwrap_err).collect())
}

#[tokio::test]
async fn names_with_quotes_emoji_dots_and_reserved_words_are_read() {
    let names = ["a \"b\"", "🦊 fox", "x.y", "select", "tab\tle", "it's", "[brackets]", "%wild_"];
    let quote = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let statements: String = names
        .iter()
        .map(|name| {
            format!("CREATE TABLE {0} ({0} TEXT, \"rowid\" TEXT); INSERT INTO {0} VALUES ('v', 'w');", quote(name))
        })
        .collect();
    let application = Application::rollback(&statements).await;
    for name in names {
        let table = read_all(&application.source(), name).await;
        assert_eq!(texts(&table, name), some(&["v"]), "{name}");
    }
}

#[tokio::test]
async fn rows_that_break_rules_are_counted_by_table_and_are_no_damage() {
    let application = Application::rollback(
        "PRAGMA ignore_check_constraints = ON; PRAGMA writable_schema = ON;
         CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT, age INTEGER CHECK (age > 0), n ANY) STRICT;
         INSERT INTO people VALUES (1, NULL, 5, 'x'), (2, NULL, 6, 7), (3, 'ada@example.org', -7, 8);
         UPDATE sqlite_schema SET sql = replace(replace(sql, 'email TEXT', 'email TEXT NOT NULL'), 'n ANY', 'n INT');",
    )
    .await;
    let said = application.source().self_check().await.unwrap().unwrap();
    assert!(said.faults.is_empty(), "{said:?}");
    assert_eq!(said.unseen, Vec::<String>::new());
    assert_eq!(
        said.broken_rules[0].what,
        "1 row with another type in `n` than the column has; \
         2 rows without the `email` that each must have; 1 row breaks the CHECK rule of `age`"
    );
}

#[tokio::test]
async fn check_rules_that_rows_break_are_counted_and_those_that_cannot_be_tried_are_told() {
    let application = Application::rollback(
        "PRAGMA ignore_check_constraints = ON;
         CREATE TABLE \"order\" (id INTEGER PRIMARY KEY, kind TEXT CHECK (kind IN ('a', 'b')), low INT, high INT,
           CONSTRAINT span CHECK (low <= high), CHECK (id > 0 -- always
         ));
         INSERT INTO \"order\" VALUES (1, 'a', 1, 2), (2, 'z', 3, 2), (3, NULL, 9, 2), (4, 'b', NULL, 1);
         CREATE TABLE kept (n INT CHECK (n > 0)); INSERT INTO kept VALUES (1), (NULL);",
    )
    .await;
    let said = application.source().self_check().await.unwrap().unwrap();
    let broken: Vec<(&str, &str)> =
        said.broken_rules.iter().map(|fault| (fault.table.as_deref().unwrap(), fault.what.as_str())).collect();
    let expected = "1 row breaks the CHECK rule of `kind`; 2 rows break the CHECK rule of `span`";
    assert_eq!(broken, [("order", expected)]);
    assert!(said.done.contains(&"CHECK rules".to_owned()) && said.unseen.is_empty(), "{said:?}");
    let application = Application::rollback(
        "PRAGMA writable_schema = ON; CREATE TABLE t (n INT CHECK (n > 0)); INSERT INTO t VALUES (1);
         UPDATE sqlite_schema SET sql = replace(sql, 'n > 0', 'our_own(n)');",
    )
    .await;
    let said = application.source().self_check().await.unwrap().unwrap();
    assert!(said.broken_rules.is_empty() && said.unseen[0].starts_with("the CHECK rules of `t`"), "{said:?}");
}

#[tokio::test]
async fn a_table_of_as_many_columns_as_there_may_be_is_read() {
    let columns: Vec<String> = (0..2_000).map(|at| format!("c{at} TEXT")).collect();
    let script = format!("CREATE TABLE wide ({}); INSERT INTO wide (c1999) VALUES ('last');", columns.join(", "));
    let application = Application::rollback(&script).await;
    let table = read_all(&application.source(), "wide").await;
    assert_eq!(texts(&table, "c1999"), some(&["last"]));
    for how_much in [HowMuch::Everything, HowMuch::Sample { rows: 1, seed: 1 }] {
        let unit = find_unit(&application.source(), "wide").await.unwrap();
        let request = ReadRequest { how_much, ..ReadRequest::full() };
        assert!(read_unit(&application.source(), &unit, &request).await.is_ok());
    }
}

#[tokio::test]
async fn each_column_has_the_type_its_values_fit_into() {
    let application = Application::rollback(
        "CREATE TABLE t (whole INTEGER, share REAL, name TEXT, price NUMERIC, anything, photo BLOB, mixed INTEGER);
         INSERT INTO t VALUES (1, 0.5, 'Ada', 10, 7, x'ff00', 3), (NULL, 2, 'Bob', 10.5, 8, x'00', 'n/a');
         CREATE TABLE strict_one (n INT, m ANY) STRICT;
         INSERT INTO strict_one VALUES (1, 'one'), (2, 2.5);",
    )
    .await;
    let table = read_all(&application.source(), "t").await;
    let types: Vec<_> = table.content[0].schema().fields().iter().map(|field| field.data_type().clone()).collect();
    assert_eq!(
        types,
        [
            DataType::Int64,
            DataType::Float64,
            DataType::Utf8,
            DataType::Float64,
            DataType::Int64,
            DataType::Binary,
            DataType::Utf8
        ]
    );
    assert_eq!(texts(&table, "mixed"), some(&["3", "n/a"]));
    let strict = read_all(&application.source(), "strict_one").await;
    assert_eq!(texts(&strict, "m"), some(&["one", "2.5"]));
}

#[tokio::test]
async fn keys_uniqueness_and_references_come_with_the_head() {
    let application = Application::rollback(
        "CREATE TABLE customer (id INTEGER PRIMARY KEY, mail VARCHAR(80) UNIQUE, a, b, UNIQUE (a, b));
         CREATE TABLE orders (nr INT, line INT, customer INT REFERENCES customer, note TEXT, PRIMARY KEY (nr, line));",
    )
    .await;
    let customer = read_all(&application.source(), "customer").await.head;
    let roles: Vec<_> = customer.columns.iter().map(|column| column.role).collect();
    assert_eq!(roles, [ColumnRole::PrimaryKey, ColumnRole::Unique, ColumnRole::Plain, ColumnRole::Plain]);
    assert_eq!(customer.columns[1].declared_type, "VARCHAR(80)");
    let orders = read_all(&application.source(), "orders").await.head;
    let roles: Vec<_> = orders.columns.iter().map(|column| column.role).collect();
    assert_eq!(roles, [ColumnRole::PrimaryKey, ColumnRole::PrimaryKey, ColumnRole::ForeignKey, ColumnRole::Plain]);
    let to_customer = Reference { table: "customer".to_owned(), column: "id".to_owned() };
    assert_eq!(orders.columns[2].references, Some(to_customer));
}

#[tokio::test]
async fn generated_columns_are_read_and_hidden_ones_are_not() {
    let application = Application::rollback(
        "CREATE TABLE t (first, last, whole AS (first || ' ' || last), stored AS (last) STORED);
         INSERT INTO t VALUES ('Ada', 'Lovelace');
         CREATE VIRTUAL TABLE notes USING fts5(body);
         INSERT INTO notes VALUES ('call Ada');",
    )
    .await;
    let table = read_all(&application.source(), "t").await;
    assert_eq!(texts(&table, "whole"), some(&["Ada Lovelace"]));
    assert_eq!(texts(&table, "stored"), some(&["Lovelace"]));
    let notes = read_all(&application.source(), "notes").await;
    let columns: Vec<_> = notes.head.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(columns, ["body"]);
}

#[tokio::test]
async fn full_text_tables_are_listed_once_without_what_they_keep_beside_them() {
    let application = Application::rollback(
        "CREATE VIRTUAL TABLE three USING fts3(body); INSERT INTO three VALUES ('call Ada');
         CREATE VIRTUAL TABLE four USING fts4(body); INSERT INTO four VALUES ('call Bob');
         CREATE VIRTUAL TABLE five USING fts5(body); INSERT INTO five VALUES ('call Cem');
         CREATE TABLE letter (id INTEGER PRIMARY KEY, body);
         CREATE VIRTUAL TABLE outside USING fts5(body, content='letter', content_rowid='id');
         CREATE VIRTUAL TABLE without USING fts5(body, content='');
         CREATE VIRTUAL TABLE words USING fts5vocab(five, row);
         CREATE VIRTUAL TABLE box USING rtree(id, x0, x1); INSERT INTO box VALUES (1, 2, 3);",
    )
    .await;
    let (units, errors) = listing(&application).await;
    let names: Vec<_> = units.iter().map(|unit| unit.name.as_str()).collect();
    assert_eq!(names, ["box", "five", "four", "letter", "three"]);
    let reasons: Vec<_> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        reasons,
        [
            "`outside` was not read: this full-text index shows the text of `letter`, which is read itself",
            "`without` was not read: this full-text index keeps words, but no text that could be read back",
            "`words` was not read: a virtual table of the kind `fts5vocab` holds no rows of its own",
        ]
    );
    for (table, text) in [("three", "call Ada"), ("four", "call Bob"), ("five", "call Cem")] {
        assert_eq!(texts(&read_all(&application.source(), table).await, "body"), some(&[text]));
    }
    assert_eq!(read_all(&application.source(), "box").await.rows, 1);
}

#[tokio::test]
async fn a_virtual_table_whose_extension_is_missing_is_listed_with_its_reason() {
    let mut application = Application::rollback("CREATE TABLE t (x)").await;
    application
        .execute(
            "PRAGMA writable_schema = ON;
             INSERT INTO sqlite_schema VALUES ('table', 'shops', 'shops', 0,
                 'CREATE VIRTUAL TABLE shops USING spatialindex(a)');",
        )
        .await;
    let (units, errors) = listing(&application).await;
    assert_eq!(units.len(), 1);
    let expected = "`shops` was not read: it needs the SQLite extension `spatialindex`, which dataward does not have";
    assert_eq!(errors[0].to_string(), expected);
}

#[tokio::test]
async fn databases_in_utf_16_and_texts_that_are_no_utf_8_are_read() {
    for encoding in ["UTF-8", "UTF-16le", "UTF-16be"] {
        let application = Application::rollback(&format!(
            "PRAGMA encoding = '{encoding}'; CREATE TABLE t (x TEXT); INSERT INTO t VALUES ('Zoë 🦊'), (CAST(x'5aff' AS TEXT));"
        ))
        .await;
        let values = texts(&read_all(&application.source(), "t").await, "x");
        assert_eq!(values[0].as_deref(), Some("Zoë 🦊"), "{encoding}");
        if encoding == "UTF-8" {
            assert_eq!(values[1].as_deref(), Some("Z\u{fffd}"));
        }
    }
}

#[tokio::test]
async fn a_value_above_64_mib_is_left_out_and_counted() {
    let application = Application::rollback(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x); INSERT INTO t VALUES (1, zeroblob(67108865)), (2, 'small');",
    )
    .await;
    let source = application.source();
    let unit = find_unit(&source, "t").await.unwrap();
    let reading = read_unit(&source, &unit, &ReadRequest::full()).await.unwrap();
    assert_eq!(texts(&reading.tables[0], "x"), [None, Some("small".to_owned())]);
    assert_eq!(reading.skipped[0].reason, "values larger than 64 MiB were not read (1 of them)");
}

#[tokio::test]
async fn row_ids_at_both_ends_of_their_range_are_read() {
    let application = Application::rollback(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x);
         INSERT INTO t VALUES (-9223372036854775808, 'low'), (0, 'mid'), (9223372036854775807, 'high');",
    )
    .await;
    assert_eq!(texts(&read_all(&application.source(), "t").await, "x"), some(&["low", "mid", "high"]));
}

#[tokio::test]
async fn a_sample_of_ids_with_gaps_has_about_the_rows_asked_for() {
    let application = Application::rollback(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x);
         WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 4999)
         INSERT INTO t SELECT i * i * 1000003, i FROM n;",
    )
    .await;
    let source = application.source();
    let unit = find_unit(&source, "t").await.unwrap();
    let request = ReadRequest::new(HowMuch::Sample { rows: 500, seed: 7 });
    let table = read_unit(&source, &unit, &request).await.unwrap().tables.remove(0);
    assert!((450..=500).contains(&table.rows), "{} rows", table.rows);
}

#[tokio::test]
async fn units_say_their_kind_rows_and_bytes() {
    let application =
        Application::rollback("CREATE TABLE t (x); INSERT INTO t VALUES (1), (2); CREATE VIEW v AS SELECT 1").await;
    let (units, _) = listing(&application).await;
    let facts: Vec<_> = units.iter().map(|unit| (unit.kind, unit.rows_estimate, unit.bytes)).collect();
    assert_eq!(facts, [(UnitKind::Table, Some(2), Some(4096)), (UnitKind::View, None, None)]);
}
