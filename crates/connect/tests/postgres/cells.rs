//! Every type's cells come out right.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::Date32Type;
use arrow_array::types::TimestampMicrosecondType;
use arrow_schema::DataType;
use arrow_schema::TimeUnit;
use dataward_connect::postgres::Limits;
use dataward_connect::postgres::Postgres;
use dataward_testkit::server::postgres::PostgresServer;

use super::database;
use super::read_all;
use super::source;
use super::texts;

/// Declared type, literal, what comes out as text.
const CASES: &[(&str, &str, &str)] = &[
    ("boolean", "true", "true"),
    ("smallint", "-32768", "-32768"),
    ("integer", "2147483647", "2147483647"),
    ("bigint", "-9223372036854775808", "-9223372036854775808"),
    ("real", "1.5", "1.5"),
    ("double precision", "-2.25", "-2.25"),
    (
        "numeric",
        "'-12345678901234567890123456789012345678901234567890.0100'",
        "-12345678901234567890123456789012345678901234567890.0100",
    ),
    ("numeric", "'NaN'", "NaN"),
    ("numeric", "'Infinity'", "Infinity"),
    ("numeric", "10000", "10000"),
    ("numeric", "0.00001", "0.00001"),
    ("numeric(16,0)", "4111111111111111", "4111111111111111"),
    ("numeric(10,2)", "-1234.5", "-1234.50"),
    ("numeric(34,10)", "'123456789012345678901234.5678901234'", "123456789012345678901234.5678901234"),
    ("numeric(40,2)", "1.5", "1.50"),
    ("numeric(5,-2)", "12345", "12300"),
    ("text", "'Ægir 😀'", "Ægir 😀"),
    ("varchar(9)", "'abc'", "abc"),
    ("char(8)", "'abc'", "abc"),
    ("name", "'abc'", "abc"),
    ("\"char\"", "'x'", "x"),
    ("xml", "'<a>b</a>'", "<a>b</a>"),
    ("json", "'{\"b\": 1}'", "{\"b\": 1}"),
    ("jsonb", "'{\"b\":1}'", "{\"b\": 1}"),
    ("date", "'2024-02-29'", "2024-02-29"),
    ("date", "'0044-03-15 BC'", "-0043-03-15"),
    ("time", "'23:59:59.999999'", "23:59:59.999999"),
    ("timetz", "'04:05:06+02'", "04:05:06+02"),
    ("timestamp", "'1999-12-31 23:59:59.5'", "1999-12-31T23:59:59.500"),
    ("timestamptz", "'2020-01-01 00:00:00+02'", "2019-12-31T22:00:00Z"),
    ("interval", "'1 year 2 days 03:00'", "1 year 2 days 03:00:00"),
    ("uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ("inet", "'192.0.2.7'", "192.0.2.7"),
    ("inet", "'192.0.2.7/24'", "192.0.2.7/24"),
    ("inet", "'2001:db8::1'", "2001:db8::1"),
    ("cidr", "'192.0.2.0/32'", "192.0.2.0/32"),
    ("macaddr", "'08-00-2B-01-02-03'", "08:00:2b:01:02:03"),
    ("macaddr8", "'08:00:2b:01:02:03:04:05'", "08:00:2b:01:02:03:04:05"),
    ("bit(4)", "B'1010'", "1010"),
    ("bit varying", "B'101'", "101"),
    ("money", "'12.34'", "$12.34"),
    ("point", "'(1,2)'", "(1,2)"),
    ("line", "'{1,2,3}'", "{1,2,3}"),
    ("lseg", "'[(1,2),(3,4)]'", "[(1,2),(3,4)]"),
    ("box", "'(3,4),(1,2)'", "(3,4),(1,2)"),
    ("path", "'[(1,2),(3,4)]'", "[(1,2),(3,4)]"),
    ("polygon", "'((1,2),(3,4))'", "((1,2),(3,4))"),
    ("circle", "'<(1,2),3>'", "<(1,2),3>"),
    ("tsvector", "'fat cat'", "'cat' 'fat'"),
    ("tsquery", "'fat & cat'", "'fat' & 'cat'"),
    ("int4range", "'[1,5)'", "[1,5)"),
    ("datemultirange", "'{[2020-01-01,2020-02-01)}'", "{[2020-01-01,2020-02-01)}"),
    ("integer[]", "'{{1,2},{3,NULL}}'", "{{1,2},{3,NULL}}"),
    ("oid", "4294967295", "4294967295"),
    ("regclass", "'pg_class'", "pg_class"),
    ("pg_lsn", "'16/B374D848'", "16/B374D848"),
    ("xid", "'7'", "7"),
    ("mood", "'so so'", "so so"),
    ("mail", "'ada@example.org'", "ada@example.org"),
    ("cents", "1.25", "1.25"),
    ("address", "ROW('Main Street', NULL)", "(\"Main Street\",)"),
    ("address", "ROW(NULL, NULL)", "(,)"),
    ("citext", "'Ada'", "Ada"),
    ("hstore", "'a=>1'", "\"a\"=>\"1\""),
];

const TYPES: &str = "\
CREATE TYPE mood AS ENUM ('fine', 'so so');
CREATE DOMAIN mail AS text CHECK (VALUE LIKE '%@%');
CREATE DOMAIN cents AS numeric(8,2);
CREATE TYPE address AS (street text, number int);
CREATE EXTENSION citext; CREATE EXTENSION hstore;";

#[tokio::test]
async fn every_type_comes_out_as_its_text_and_null_as_null() {
    let database = database().await;
    database.execute(TYPES).await;
    let columns: Vec<String> =
        CASES.iter().enumerate().map(|(index, (declared, ..))| format!("c{index} {declared}")).collect();
    let values: Vec<&str> = CASES.iter().map(|(_, literal, _)| *literal).collect();
    database
        .execute(&format!(
            "CREATE TABLE t ({}); INSERT INTO t VALUES ({}); INSERT INTO t DEFAULT VALUES",
            columns.join(", "),
            values.join(", ")
        ))
        .await;
    let table = read_all(&*source(&database), "public.t").await.tables.remove(0);
    for (index, (declared, literal, expected)) in CASES.iter().enumerate() {
        let cells = texts(&table.content, &format!("c{index}"));
        assert_eq!(cells, [Some((*expected).to_owned()), None], "{declared} {literal}");
    }
}

#[tokio::test]
async fn arrow_types_fit_their_columns() {
    let database = database().await;
    let microseconds = || TimeUnit::Microsecond;
    let cases = [
        ("boolean", DataType::Boolean),
        ("integer", DataType::Int32),
        ("numeric(10,2)", DataType::Decimal128(10, 2)),
        ("numeric", DataType::Utf8),
        ("bytea", DataType::Binary),
        ("date", DataType::Date32),
        ("time", DataType::Time64(microseconds())),
        ("timestamp", DataType::Timestamp(microseconds(), None)),
        ("timestamptz", DataType::Timestamp(microseconds(), Some("UTC".into()))),
        ("uuid", DataType::Utf8),
        ("jsonb", DataType::Utf8),
        ("point", DataType::Utf8),
    ];
    let columns: Vec<String> =
        cases.iter().enumerate().map(|(index, (declared, _))| format!("c{index} {declared}")).collect();
    database.execute(&format!("CREATE TABLE t ({}); INSERT INTO t DEFAULT VALUES", columns.join(", "))).await;
    let table = read_all(&*source(&database), "public.t").await.tables.remove(0);
    for (index, (declared, expected)) in cases.iter().enumerate() {
        assert_eq!(table.content[0].column(index).data_type(), expected, "{declared}");
    }
}

#[tokio::test]
async fn arrays_of_texts_are_lists_and_bytes_stay_bytes() {
    let database = database().await;
    database
        .execute(
            "CREATE TYPE mood AS ENUM ('fine'); \
             CREATE TABLE t (a text[], b varchar(9)[], c mood[], d bytea); \
             INSERT INTO t VALUES ('{x,NULL,\"y, z\"}', '{{a,b},{c,d}}', '{fine}', '\\x00ff'), \
                                  ('{}', NULL, NULL, NULL)",
        )
        .await;
    let table = read_all(&*source(&database), "public.t").await.tables.remove(0);
    let batch = &table.content[0];
    let list = |column: usize, row: usize| -> Vec<Option<String>> {
        let values = batch.column(column).as_list::<i32>().value(row);
        values.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(list(0, 0), [some("x"), None, some("y, z")]);
    assert_eq!(list(0, 1), []);
    assert_eq!(list(1, 0), ["a", "b", "c", "d"].map(some));
    assert_eq!(list(2, 0), [some("fine")]);
    assert_eq!(batch.column(3).as_binary::<i32>().value(0), b"\x00\xff");
    assert!(batch.column(1).is_null(1) && batch.column(3).is_null(1));
}

#[tokio::test]
async fn infinite_dates_are_the_ends_of_time_and_nan_decimals_null() {
    let database = database().await;
    database
        .execute(
            "CREATE TABLE t (d date, t timestamptz, n numeric(5,2)); \
             INSERT INTO t VALUES ('infinity', '-infinity', 'NaN')",
        )
        .await;
    let table = read_all(&*source(&database), "public.t").await.tables.remove(0);
    let batch = &table.content[0];
    assert_eq!(batch.column(0).as_primitive::<Date32Type>().value(0), i32::MAX);
    assert_eq!(batch.column(1).as_primitive::<TimestampMicrosecondType>().value(0), i64::MIN);
    assert!(batch.column(2).is_null(0));
}

#[tokio::test]
async fn a_database_without_an_encoding_is_read_whatever_its_bytes() {
    let database = PostgresServer::shared().database_with("ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'").await;
    database
        .execute(
            "CREATE TABLE t (a text); \
             INSERT INTO t VALUES ('Zoë'), (convert_from('\\x5a6feb', 'SQL_ASCII'))",
        )
        .await;
    let table = read_all(&*source(&database), "public.t").await.tables.remove(0);
    assert_eq!(texts(&table.content, "a"), vec![Some("Zoë".to_owned()); 2]);
}

#[tokio::test]
async fn a_latin1_database_comes_as_utf8() {
    let database = PostgresServer::shared().database_with("ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'").await;
    database.execute("CREATE TABLE t (a text); INSERT INTO t VALUES ('Zoë')").await;
    let table = read_all(&*source(&database), "public.t").await.tables.remove(0);
    assert_eq!(texts(&table.content, "a"), [Some("Zoë".to_owned())]);
}

#[tokio::test]
async fn a_huge_cell_is_left_out_and_told_while_the_rest_is_read() {
    let database = database().await;
    database
        .execute(
            "CREATE TABLE t (id int, a text, b bytea, c jsonb, d text[]); \
             INSERT INTO t SELECT i, 'small', 'small', '1', '{x}' FROM generate_series(1, 50) i; \
             ALTER TABLE t ALTER a SET STORAGE EXTERNAL, ALTER b SET STORAGE EXTERNAL, \
                           ALTER c SET STORAGE EXTERNAL, ALTER d SET STORAGE EXTERNAL; \
             INSERT INTO t VALUES (51, repeat('a', 2000000), 'x', '1', '{x}'), \
                                  (52, 'x', decode(repeat('00', 2000000), 'hex'), '1', '{x}'), \
                                  (53, 'x', 'x', to_jsonb(repeat('a', 2000000)), '{x}'), \
                                  (54, 'x', 'x', '1', ARRAY[repeat('a', 2000000)])",
        )
        .await;
    let limits = Limits { cell_bytes: 1 << 20, ..Limits::default() };
    let source = Postgres::with_limits(&database.url(), None, limits).unwrap();
    let reading = read_all(&source, "public.t").await;
    let table = &reading.tables[0];
    assert_eq!((table.rows, table.nulls["id"]), (54, 0));
    for column in ["a", "b", "c", "d"] {
        assert_eq!(table.nulls[column], 1, "{column}");
    }
    let places: Vec<_> = reading.skipped.iter().map(|skipped| skipped.place.as_str()).collect();
    assert_eq!(places, ["public.t.a", "public.t.b", "public.t.c", "public.t.d"]);
    assert_eq!(reading.skipped[0].reason, "1 cell longer than 1 MiB not read");
}
