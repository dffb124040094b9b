//! What is read, and as what.

use arrow_schema::DataType;
use dataward_model::ColumnRole;
use dataward_model::Reference;

use super::planted;
use super::read_all;
use super::texts;
use crate::ReadRequest;
use crate::UnitKind;
use crate::conformance::find_unit;
use crate::conformance::list_units;
use crate::conformance::read_unit;

/// A column: its type, a literal for it, what is read, as what.
type Row = (&'static str, &'static str, Option<&'static str>, DataType);

#[tokio::test]
async fn every_type_is_read() {
    let (int, uint, float, text, binary) =
        (DataType::Int64, DataType::UInt64, DataType::Float64, DataType::Utf8, DataType::Binary);
    let rows: Vec<Row> = vec![
        ("TINYINT", "-128", Some("-128"), int.clone()),
        ("TINYINT UNSIGNED", "255", Some("255"), int.clone()),
        ("BOOLEAN", "true", Some("1"), int.clone()),
        ("INT", "-2147483648", Some("-2147483648"), int.clone()),
        ("INT UNSIGNED", "4294967295", Some("4294967295"), int.clone()),
        ("INT(5) ZEROFILL", "1067", Some("01067"), text.clone()),
        ("BIGINT", "-9223372036854775808", Some("-9223372036854775808"), int.clone()),
        ("BIGINT UNSIGNED", "18446744073709551615", Some("18446744073709551615"), uint.clone()),
        ("YEAR", "1984", Some("1984"), int.clone()),
        ("BIT(1)", "1", Some("1"), uint.clone()),
        ("BIT(64)", "b'1000000000000001'", Some("32769"), uint),
        ("FLOAT", "0.5", Some("0.5"), float.clone()),
        ("DOUBLE", "-1.25e300", Some("-1.25e300"), float),
        ("DECIMAL(30,2)", "1234567890123456789012345678.05", Some("1234567890123456789012345678.05"), text.clone()),
        ("DATE", "'1990-02-28'", Some("1990-02-28"), text.clone()),
        ("DATE", "'0000-00-00'", Some("0000-00-00"), text.clone()),
        ("DATE", "'1990-02-00'", Some("1990-02-00"), text.clone()),
        ("DATETIME(6)", "'1990-02-28 12:30:00.000001'", Some("1990-02-28 12:30:00.000001"), text.clone()),
        ("DATETIME", "'0000-00-00 00:00:00'", Some("0000-00-00 00:00:00"), text.clone()),
        ("TIMESTAMP NULL", "'1990-02-28 12:30:00'", Some("1990-02-28 12:30:00"), text.clone()),
        ("TIME", "'-838:59:59'", Some("-838:59:59"), text.clone()),
        ("CHAR(4)", "'ab'", Some("ab"), text.clone()),
        ("VARCHAR(20) CHARACTER SET latin1", "'Zoë'", Some("Zoë"), text.clone()),
        ("VARCHAR(20) CHARACTER SET utf8mb3", "'Жанна'", Some("Жанна"), text.clone()),
        ("VARCHAR(20) CHARACTER SET utf16", "'🦊'", Some("🦊"), text.clone()),
        ("TINYTEXT CHARACTER SET sjis", "'日本'", Some("日本"), text.clone()),
        ("LONGTEXT", "'long'", Some("long"), text.clone()),
        ("JSON", "'{\"a\": 1}'", Some("{\"a\": 1}"), text.clone()),
        ("ENUM('red','blue')", "'blue'", Some("blue"), text.clone()),
        ("SET('a','b','c')", "'a,c'", Some("a,c"), text.clone()),
        ("UUID", "'123e4567-e89b-12d3-a456-426614174000'", Some("123e4567-e89b-12d3-a456-426614174000"), text.clone()),
        ("INET4", "'192.0.2.1'", Some("192.0.2.1"), text.clone()),
        ("INET6", "'2001:db8::1'", Some("2001:db8::1"), text.clone()),
        ("POINT", "ST_GeomFromText('POINT(13.4 52.5)')", Some("POINT(13.4 52.5)"), text.clone()),
        ("BINARY(2)", "x'6162'", Some("ab"), binary.clone()),
        ("VARBINARY(9)", "x'6162'", Some("ab"), binary.clone()),
        ("LONGBLOB", "x'6162'", Some("ab"), binary.clone()),
        ("VARCHAR(9)", "NULL", None, text),
        ("BLOB", "NULL", None, binary),
        ("INT", "NULL", None, int),
    ];
    let columns: Vec<_> = rows.iter().enumerate().map(|(at, row)| format!("c{at} {}", row.0)).collect();
    let values: Vec<_> = rows.iter().map(|row| row.1).collect();
    let (database, source) = planted(&format!(
        "SET sql_mode = 'ALLOW_INVALID_DATES', time_zone = '+00:00';
         CREATE TABLE t ({}); INSERT INTO t VALUES ({});",
        columns.join(", "),
        values.join(", ")
    ))
    .await;
    let table = read_all(&source, &format!("{}.t", database.name())).await;
    for (at, (declared, _, expected, data_type)) in rows.iter().enumerate() {
        let name = format!("c{at}");
        let found = table.content[0].column_by_name(&name).unwrap().data_type();
        assert_eq!((found, texts(&table, &name)[0].as_deref()), (data_type, *expected), "{declared}");
    }
}

#[tokio::test]
async fn names_with_quotes_emoji_dots_and_reserved_words_are_read() {
    let names = ["a \"b\"", "back`tick", "x.y", "select", "it's", "Ünïcode", "%wild_", "back\\slash"];
    let quote = |name: &str| format!("`{}`", name.replace('`', "``"));
    let statements: String = names
        .iter()
        .map(|name| format!("CREATE TABLE {0} ({0} TEXT); INSERT INTO {0} VALUES ('v');", quote(name)))
        .collect();
    let (database, source) = planted(&statements).await;
    for name in names {
        let table = read_all(&source, &format!("{}.{name}", database.name())).await;
        assert_eq!(texts(&table, name), [Some("v".to_owned())], "{name}");
    }
}

#[tokio::test]
async fn invisible_and_generated_columns_are_read() {
    let (database, source) = planted(
        "CREATE TABLE t (first TEXT, hidden TEXT INVISIBLE, whole TEXT AS (CONCAT(first, '!')) VIRTUAL,
                         kept TEXT AS (UPPER(first)) STORED);
         INSERT INTO t (first, hidden) VALUES ('Ada', 'secret');",
    )
    .await;
    let table = read_all(&source, &format!("{}.t", database.name())).await;
    for (column, expected) in [("first", "Ada"), ("hidden", "secret"), ("whole", "Ada!"), ("kept", "ADA")] {
        assert_eq!(texts(&table, column), [Some(expected.to_owned())], "{column}");
    }
}

#[tokio::test]
async fn keys_references_and_comments_come_with_the_head() {
    let (database, source) = planted(
        "CREATE TABLE customer (id INT PRIMARY KEY, mail VARCHAR(80) UNIQUE COMMENT 'for the newsletter', a INT, b INT,
                                UNIQUE (a, b));
         CREATE TABLE orders (nr INT, line INT, customer INT REFERENCES customer (id), PRIMARY KEY (nr, line));",
    )
    .await;
    let name = |table: &str| format!("{}.{table}", database.name());
    let customer = read_all(&source, &name("customer")).await.head;
    let roles: Vec<_> = customer.columns.iter().map(|column| column.role).collect();
    assert_eq!(roles, [ColumnRole::PrimaryKey, ColumnRole::Unique, ColumnRole::Plain, ColumnRole::Plain]);
    assert_eq!(customer.columns[1].comment.as_deref(), Some("for the newsletter"));
    assert_eq!(customer.columns[1].declared_type, "varchar(80)");
    let orders = read_all(&source, &name("orders")).await.head;
    let roles: Vec<_> = orders.columns.iter().map(|column| column.role).collect();
    assert_eq!(roles, [ColumnRole::PrimaryKey, ColumnRole::PrimaryKey, ColumnRole::ForeignKey]);
    let to_customer = Reference { table: name("customer"), column: "id".to_owned() };
    assert_eq!(orders.columns[2].references, Some(to_customer));
}

#[tokio::test]
async fn a_value_above_64_mib_is_left_out_and_counted() {
    let (database, source) = planted(
        "SET GLOBAL max_allowed_packet = 268435456;
         CREATE TABLE t (id INT PRIMARY KEY, x LONGTEXT) ENGINE = MyISAM;",
    )
    .await;
    // The raised limit holds for new connections.
    database.execute("INSERT INTO t VALUES (1, REPEAT('x', 67108865)), (2, 'small')").await;
    let unit = find_unit(&source, &format!("{}.t", database.name())).await.unwrap();
    let reading = read_unit(&source, &unit, &ReadRequest::full()).await.unwrap();
    assert_eq!(texts(&reading.tables[0], "x"), [None, Some("small".to_owned())]);
    assert_eq!(reading.skipped[0].reason, "values larger than 64 MiB were not read (1 of them)");
}

#[tokio::test]
async fn units_say_their_kind_rows_and_bytes() {
    let (_database, source) = planted(
        "CREATE TABLE t (x INT) ENGINE = MyISAM; INSERT INTO t VALUES (1), (2); CREATE VIEW v AS SELECT 1 AS one;
         CREATE SEQUENCE s;",
    )
    .await;
    let mut units = list_units(&source).await.unwrap();
    units.sort_by(|one, other| one.name.cmp(&other.name));
    let facts: Vec<_> = units.iter().map(|unit| (unit.kind, unit.rows_estimate, unit.bytes)).collect();
    assert_eq!(facts, [(UnitKind::Table, Some(2), Some(14)), (UnitKind::View, None, None)]);
}

#[tokio::test]
async fn without_a_database_in_the_address_all_but_the_servers_own_are_listed() {
    let (database, _) = planted("CREATE TABLE t (x INT)").await;
    let source = super::Mysql::new(&database.server().url(""), None).unwrap();
    let units = list_units(&source).await.unwrap();
    assert!(units.iter().any(|unit| unit.name == format!("{}.t", database.name())));
    assert!(units.iter().all(|unit| !unit.name.starts_with("mysql.") && !unit.name.starts_with("sys.")));
}
