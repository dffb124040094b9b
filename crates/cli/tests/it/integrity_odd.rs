//! `scan` and `audit integrity` over what no table should be: on the servers themselves, and in files.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::postgres::PostgresServer;
use dataward_testkit::sqlite;
use parquet::arrow::ArrowWriter;
use serde_json::Value;

use crate::support::Desk;

/// Scans and audits a source; what both say, which must end well and read all.
fn looked_at(desk: &Desk, source: &str) -> Value {
    let scan = desk.json(&["scan", "--full", source]);
    assert_eq!(scan["sources"][0]["skipped"].as_array().unwrap().len(), 0, "{scan}");
    let report = desk.json(&["audit", "integrity", source]);
    assert_eq!(report["skipped"].as_array().unwrap().len(), 0, "{report}");
    report
}

fn rows_of(report: &Value, table: &str) -> u64 {
    let tables = report["tables"].as_array().unwrap();
    let found = tables.iter().find(|one| one["table"].as_str().unwrap().ends_with(table));
    found.unwrap_or_else(|| panic!("no table {table}: {report}"))["rows"].as_u64().unwrap()
}

/// The rows whose cell in a column is named, whatever check says so; no cell that holds something is called empty.
fn named(report: &Value, column: &str) -> Vec<u64> {
    let all = report["issues"].as_array().unwrap().iter().filter(|one| one["column"] == column);
    let mut rows: Vec<u64> = all
        .inspect(|one| assert_ne!(one["check"], "missing", "{one}"))
        .map(|one| one["row"]["index"].as_u64().unwrap())
        .collect();
    rows.sort_unstable();
    rows
}

#[test]
fn days_beyond_every_calendar_keyless_and_empty_tables_of_postgresql_are_read() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = runtime.block_on(async {
        let database = PostgresServer::shared().database().await;
        let wide: Vec<String> = (0..1_600).map(|at| format!("c{at} int2")).collect();
        database
            .execute(&format!(
                "CREATE TABLE people (born date, seen timestamptz, at timestamp, note text);
                 INSERT INTO people SELECT date '1950-01-01' + n, now() - n * interval '1 day', now(), NULL
                   FROM generate_series(1, 300) n;
                 INSERT INTO people VALUES ('infinity', 'infinity', '-infinity', NULL),
                   ('-infinity', '-infinity', 'infinity', NULL),
                   ('4713-01-01 BC', '4713-11-24 00:00:00+00 BC', '294276-12-31 23:59:59.999999', NULL),
                   ('5874897-12-31', '294276-12-31 23:59:59+00', '4713-01-01 00:00:00 BC', NULL);
                 CREATE TABLE hollow (a text, b int); INSERT INTO hollow SELECT NULL, NULL FROM generate_series(1, 300);
                 CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES;
                 CREATE TABLE wide ({})",
                wide.join(", ")
            ))
            .await;
        database
    });
    let desk = Desk::new();
    let report = looked_at(&desk, &database.url());
    assert_eq!((rows_of(&report, "people"), rows_of(&report, "hollow"), rows_of(&report, "wide")), (304, 300, 0));
    assert_eq!(named(&report, "born"), [300, 301, 302, 303]);
    assert!(named(&report, "note").is_empty(), "a column that nobody fills misses nothing");
}

#[test]
fn days_that_are_none_keyless_and_empty_tables_of_mariadb_are_read() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = runtime.block_on(async {
        let database = MariaDbServer::shared().database().await;
        database
            .execute(
                "SET sql_mode = '';
                 CREATE TABLE people (born DATE, seen DATETIME, at TIMESTAMP NULL, year YEAR, note TEXT);
                 INSERT INTO people SELECT DATE '1950-01-01' + INTERVAL seq DAY, NOW(), NOW(), 1999, NULL FROM seq_1_to_300;
                 INSERT INTO people VALUES ('0000-00-00', '0000-00-00 00:00:00', '0000-00-00 00:00:00', 0, NULL),
                   ('2024-00-00', '2024-05-00 10:00:00', NULL, 2155, NULL), ('9999-12-31', '9999-12-31 23:59:59', NULL, 1901, NULL);
                 CREATE TABLE hollow (a VARCHAR(9), b INT); INSERT INTO hollow SELECT NULL, NULL FROM seq_1_to_300",
            )
            .await;
        database
    });
    let desk = Desk::new();
    let report = looked_at(&desk, &database.url());
    assert_eq!((rows_of(&report, "people"), rows_of(&report, "hollow")), (303, 300));
    assert_eq!(named(&report, "born"), [300, 301, 302]);
    assert!(named(&report, "note").is_empty());
}

#[test]
fn the_widest_table_of_sqlite_and_its_odd_days_are_read() {
    let desk = Desk::new();
    let columns: Vec<String> = (0..2_000).map(|at| format!("c{at}")).collect();
    let mut script = format!("CREATE TABLE wide ({}); INSERT INTO wide DEFAULT VALUES;", columns.join(", "));
    script += "CREATE TABLE people (born TEXT, note TEXT);";
    for row in 0..300 {
        write!(script, "INSERT INTO people VALUES ('19{:02}-0{}-11', NULL);", 50 + row % 49, 1 + row % 9).unwrap();
    }
    script += "INSERT INTO people VALUES ('-4713-01-01', NULL), ('294276-12-31', NULL), ('0000-00-00', NULL), ('infinity', NULL);";
    sqlite::make(&desk.path().join("odd.db"), &script);
    let report = looked_at(&desk, "odd.db");
    assert_eq!((rows_of(&report, "people"), rows_of(&report, "wide")), (304, 1));
    assert_eq!(named(&report, "born"), [300, 301, 302, 303]);
}

#[test]
fn rows_that_break_rules_of_their_table_are_no_damage_of_the_disk() {
    let desk = Desk::new();
    sqlite::make(
        &desk.path().join("shop.db"),
        "PRAGMA ignore_check_constraints = ON; PRAGMA writable_schema = ON;
         CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT, age INTEGER CHECK (age > 0));
         INSERT INTO people VALUES (1, NULL, 5), (2, NULL, 6), (3, 'ada@example.org', -7);
         UPDATE sqlite_schema SET sql = replace(sql, 'email TEXT', 'email TEXT NOT NULL') WHERE name = 'people';",
    );
    desk.write("dataward.toml", "[business]\nname = \"Shop\"\n\n[source.shop]\nurl = \"sqlite:shop.db\"\n");
    assert_eq!(desk.run(&["scan", "--full"]).code, 0);
    let report = desk.json(&["audit", "integrity", "--fail-on", "never"]);
    let said = report["table_issues"].as_array().unwrap();
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(
        (&said[0]["check"], &said[0]["table"], &said[0]["reason"]),
        (
            &"rule".into(),
            &"people".into(),
            &"2 rows without the `email` that each must have; 1 row breaks the CHECK rule of `age`".into()
        )
    );
    let findings = desk.json(&["findings", "list"]);
    let found = findings["findings"].as_array().unwrap();
    let checks: Vec<&str> = found.iter().map(|one| one["check"].as_str().unwrap()).collect();
    assert!(checks.contains(&"integrity/rule") && !checks.contains(&"integrity/engine"), "{checks:?}");
}

#[test]
fn lines_of_a_file_in_another_order_are_told_as_that_and_as_no_change() {
    let desk = Desk::with_exports();
    let lines: Vec<String> = (0..80).map(|at| format!("person{at}@example.org,{}.5,{at}", at * 7 % 90)).collect();
    let file = |lines: &[String]| format!("email,amount,number\n{}\n", lines.join("\n"));
    desk.write("exports/people.csv", file(&lines));
    assert_eq!(desk.run(&["scan", "--full"]).code, 0);
    let audit = || desk.json(&["audit", "integrity", "--fail-on", "never"]);
    assert_eq!(audit()["table_issues"], serde_json::json!([]));
    let other: Vec<String> = lines.iter().rev().cloned().collect();
    desk.write("exports/people.csv", file(&other));
    let report = audit();
    let [said] = report["table_issues"].as_array().unwrap().as_slice() else { panic!("{report}") };
    assert_eq!(
        (&said["check"], &said["tier"], &said["table"]),
        (&"change".into(), &"hint".into(), &"people.csv".into())
    );
    assert!(said["reason"].as_str().unwrap().contains("in another order: nothing"), "{said}");
    assert!(report["issues"].as_array().unwrap().iter().all(|one| one["check"] != "change"), "{report}");
    assert!(!desk.json(&["findings", "list"]).to_string().contains("integrity/change"));
    assert_eq!(audit()["table_issues"], serde_json::json!([]), "it is as it was at the last audit");
}

#[test]
fn ten_thousand_columns_in_files_are_read_and_checked() {
    let desk = Desk::new();
    let names: Vec<String> = (0..10_000).map(|at| format!("c{at}")).collect();
    let row = |row: usize| (0..10_000).map(|at| format!("{}", row * at % 97)).collect::<Vec<_>>().join(",");
    let rows: Vec<String> = (0..40).map(row).collect();
    desk.write("wide/wide.csv", format!("{}\n{}\n", names.join(","), rows.join("\n")));
    let objects: Vec<String> = (0..3)
        .map(|row| {
            format!("{{{}}}", names.iter().map(|name| format!("\"{name}\":{row}")).collect::<Vec<_>>().join(","))
        })
        .collect();
    desk.write("wide/wide.jsonl", objects.join("\n") + "\n");
    let columns = names.iter().enumerate().map(|(at, name)| {
        let cell = |row: usize| match at % 3 {
            0 => format!("ada{}@example.org", row * 7 + at),
            1 => (row * at % 97).to_string(),
            _ => String::new(),
        };
        (name, Arc::new((0..40).map(|row| Some(cell(row))).collect::<StringArray>()) as ArrayRef)
    });
    let rows = RecordBatch::try_from_iter(columns).unwrap();
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, rows.schema(), None).unwrap();
    writer.write(&rows).unwrap();
    writer.close().unwrap();
    desk.write("wide/wide.parquet", file);
    let report = looked_at(&desk, "wide");
    let read = ["wide.csv", "wide.jsonl", "wide.parquet"].map(|table| rows_of(&report, table));
    assert_eq!(read, [40, 3, 40]);
    let scan = desk.json(&["scan", "wide/wide.parquet"]);
    let mails = scan["sources"][0]["tables"][0]["columns"].as_array().unwrap();
    let mails = mails.iter().filter(|column| column["category"] == "user.contact.email").count();
    assert_eq!((mails, scan["sources"][0]["tables"][0]["rows"].as_u64()), (3_334, Some(40)));
}
