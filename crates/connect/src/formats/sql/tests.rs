//! Real dumps of one little shop, and what hands and accidents make of dumps.

use proptest::prelude::*;

use super::super::testing::Found;
use super::super::testing::read;

fn table<'a>(found: &'a Found, name: &str) -> &'a crate::formats::testing::FoundTable {
    found.table(name).unwrap_or_else(|| panic!("no table {name} in {:?}", found.names()))
}

fn dump(file: &str) -> Found {
    let path = format!("{}/tests/data/{file}", env!("CARGO_MANIFEST_DIR"));
    read(file, &fs_err::read(path).unwrap())
}

#[test]
fn each_programs_dump_gives_the_tables_it_was_made_from() {
    for (file, prefix, quoted_odd) in [
        ("pg_copy.sql", "public.", true),
        ("pg_inserts.sql", "public.", true),
        ("pg_column_inserts.sql", "public.", true),
        ("mariadb.sql", "", false),
        ("mariadb_databases.sql", "shop.", false),
        ("sqlite.sql", "", true),
    ] {
        let found = dump(file);
        let customers = table(&found, &format!("{file}#{prefix}customers"));
        assert_eq!(customers.rows_total, Some(3), "{file}");
        let texts = |column: &str| customers.column(column);
        let text = |value: &str| Some(value.to_owned());
        assert_eq!(
            texts("full_name"),
            [text("Ada Lovelace"), text("Grace O'Hopper"), text("Zoë Ünïcode 🦀")],
            "{file}"
        );
        assert_eq!(texts("email"), [text("ada@example.org"), text("grace@example.org"), None], "{file}");
        assert_eq!(texts("phone"), [text("+44 20 7946 0958"), None, text("")], "{file}");
        // A picture is nothing for us, a blob with text in it is.
        assert_eq!(texts("photo"), [None, None, text("hi")], "{file}");
        let notes = texts("notes");
        let first = notes[0].as_deref().unwrap();
        assert!(first.starts_with("First line\ntab\tend; back\\slash 'quote'"), "{file}: {first:?}");
        assert_eq!(notes[1..], [text(""), text("\\.")], "{file}");
        let balance = &texts("balance")[1];
        assert!(balance.as_deref().is_some_and(|balance| balance.starts_with("-3.25")), "{file}");

        let orders = table(&found, &format!("{file}#{prefix}orders"));
        assert_eq!(orders.rows_total, Some(3), "{file}");
        let odd = if quoted_odd { "Odd \"Name\", ünï" } else { "Odd `Name`, ünï" };
        let odd = table(&found, &format!("{file}#{prefix}{odd}"));
        assert_eq!(odd.column("a b"), [text("v"), text("v2")], "{file}");
        assert_eq!(table(&found, &format!("{file}#{prefix}empty_table")).rows_total, Some(0), "{file}");
        assert_eq!(found.tables.len(), 4, "{file}: {:?}", found.names());
        assert_eq!(found.skipped, [], "{file}");
    }
}

#[test]
fn types_keys_and_comments_come_from_the_dump() {
    let found = dump("mariadb.sql");
    let heads: Vec<String> = table(&found, "mariadb.sql#customers")
        .head
        .columns
        .iter()
        .map(|column| {
            format!(
                "{} {} {:?} {}",
                column.name,
                column.declared_type,
                column.role,
                column.comment.as_deref().unwrap_or("-")
            )
        })
        .collect();
    assert_eq!(
        heads,
        [
            "id bigint(20) unsigned PrimaryKey -",
            "full_name varchar(80) Plain -",
            "email varchar(120) Unique where invoices go; may be 'empty'",
            "phone varchar(30) Plain -",
            "balance decimal(12,2) Plain -",
            "feeling enum('happy','s,a)d') Plain -",
            "photo blob Plain -",
            "notes text Plain -",
            "born date Plain -",
        ]
    );
    for (file, table_name) in [("mariadb.sql", "orders"), ("sqlite.sql", "orders")] {
        let found = dump(file);
        let reference = table(&found, &format!("{file}#{table_name}")).head.columns[1].references.clone().unwrap();
        assert_eq!((reference.table.as_str(), reference.column.as_str()), ("customers", "id"), "{file}");
    }
    let found = dump("pg_copy.sql");
    let customers = table(&found, "pg_copy.sql#public.customers");
    let types: Vec<&str> = customers.head.columns.iter().map(|column| column.declared_type.as_str()).collect();
    assert_eq!(
        types,
        [
            "bigint",
            "character varying(80)",
            "text",
            "character varying(30)",
            "numeric(12,2)",
            "public.mood",
            "text[]",
            "bytea",
            "text",
            "date"
        ]
    );
    assert_eq!(customers.head.columns[2].comment.as_deref(), Some("where invoices go; may be 'empty'"));
}

#[test]
fn a_dump_that_breaks_off_gives_what_came_before_and_says_so() {
    let path = format!("{}/tests/data/pg_copy.sql", env!("CARGO_MANIFEST_DIR"));
    let whole = fs_err::read_to_string(path).unwrap();
    let cut = whole.find("grace@example.org").unwrap();
    let found = read("cut.sql", &whole.as_bytes()[..cut]);
    assert_eq!(table(&found, "cut.sql#public.customers").column("email"), [Some("ada@example.org".to_owned()), None]);
    assert_eq!(
        found.skipped_lines(),
        ["cut.sql#public.customers: the dump breaks off in the middle of a statement; what came before was read"]
    );
}

#[test]
fn a_packed_dump_says_how_to_unpack_it() {
    let error = dump("pg_custom.dump").error.unwrap();
    assert!(error.contains("pg_restore --file=dump.sql"), "{error}");
}

#[test]
fn rows_without_any_table_before_them_are_still_rows() {
    let found = read(
        "a.sql",
        b"INSERT INTO people VALUES (1,'Ada'),(2,'Bob') ON CONFLICT DO NOTHING;\nINSERT INTO p2 (name) VALUES ('x');",
    );
    assert_eq!(table(&found, "a.sql#people").column("column_2"), [Some("Ada".to_owned()), Some("Bob".to_owned())]);
    assert_eq!(table(&found, "a.sql#p2").column("name"), [Some("x".to_owned())]);
}

#[test]
fn queries_and_prose_about_sql_stay_text() {
    for (name, text) in [
        ("report.sql", "SELECT * FROM customers WHERE email = 'ada@example.org';"),
        ("notes.txt", "We COPY the table.\nINSERT INTO is a statement."),
        ("notes.md", "# Dumps\n\nCREATE TABLE makes tables."),
    ] {
        let found = read(name, text.as_bytes());
        assert_eq!(found.tables[0].head.name, name);
        assert_eq!(found.tables[0].text(), text);
    }
}

#[test]
fn a_value_beyond_the_limit_is_left_out_and_counted() {
    let huge = "x".repeat(9 << 20);
    let found = read("big.sql", format!("INSERT INTO t VALUES (1,'{huge}','ada'),(2,'small','bob');").as_bytes());
    let rows = table(&found, "big.sql#t");
    assert_eq!(rows.column("column_2"), [None, Some("small".to_owned())]);
    assert_eq!(rows.column("column_3"), [Some("ada".to_owned()), Some("bob".to_owned())]);
    assert_eq!(found.skipped_lines(), ["big.sql: 1 value is larger than 8 MiB, left out"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_dump_makes_it_fail(tail in "(INSERT INTO|CREATE TABLE|COPY|t|\\(|\\)|,|;|'|\"|`|\\\\|\\$\\$|x'|0x|--|/\\*|FROM stdin|VALUES|DELIMITER|USE|COMMENT ON COLUMN|1| |\n|\t|é){0,60}") {
        read("a.sql", format!("INSERT INTO t VALUES (1);\n{tail}").as_bytes());
        read("b.sql", format!("-- MySQL dump\n{tail}").as_bytes());
    }
}
