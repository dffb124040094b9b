//! The Chinook music shop, on all three engines: every column about a customer or an employee, and
//! nothing in tracks, albums, artists and the invoices' money.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::postgres::PostgresServer;
use serde_json::Value;

use crate::support::Desk;

/// What is about a person. Other columns have no category, but for keys and for what is said of
/// persons besides (`HireDate`), which may.
const PERSONAL: &[(&str, &str, &str)] = &[
    ("customer", "firstname", "user.name.first"),
    ("customer", "lastname", "user.name.last"),
    ("customer", "company", "user.contact.organization"),
    ("customer", "address", "user.contact.address.street"),
    ("customer", "city", "user.contact.address.city"),
    ("customer", "state", "user.contact.address.state"),
    ("customer", "country", "user.contact.address.country"),
    ("customer", "postalcode", "user.contact.address.postal_code"),
    ("customer", "phone", "user.contact.phone_number"),
    ("customer", "fax", "user.contact.fax_number"),
    ("customer", "email", "user.contact.email"),
    ("employee", "firstname", "user.name.first"),
    ("employee", "lastname", "user.name.last"),
    ("employee", "title", "user.job_title"),
    ("employee", "birthdate", "user.demographic.date_of_birth"),
    ("employee", "address", "user.contact.address.street"),
    ("employee", "city", "user.contact.address.city"),
    ("employee", "state", "user.contact.address.state"),
    ("employee", "country", "user.contact.address.country"),
    ("employee", "postalcode", "user.contact.address.postal_code"),
    ("employee", "phone", "user.contact.phone_number"),
    ("employee", "fax", "user.contact.fax_number"),
    ("employee", "email", "user.contact.email"),
    ("invoice", "billingaddress", "user.contact.address.street"),
    ("invoice", "billingcity", "user.contact.address.city"),
    ("invoice", "billingstate", "user.contact.address.state"),
    ("invoice", "billingcountry", "user.contact.address.country"),
    ("invoice", "billingpostalcode", "user.contact.address.postal_code"),
];

/// Columns of person tables that may or may not have a category.
const EITHER: &[(&str, &str)] = &[("employee", "hiredate"), ("customer", "customerid"), ("employee", "employeeid")];

/// Table and column names without case, underscores and schema: `customer_id` and `CustomerId` are one.
fn plain(name: &str) -> String {
    name.rsplit('.').next().unwrap().replace('_', "").to_lowercase()
}

fn check(scan: &Value) {
    let source = &scan["sources"][0];
    assert_eq!(source["skipped"].as_array().unwrap().len(), 0, "{}", source["skipped"]);
    let mut found = BTreeMap::new();
    for table in source["tables"].as_array().unwrap() {
        for column in table["columns"].as_array().unwrap() {
            let place = (plain(table["table"].as_str().unwrap()), plain(column["column"].as_str().unwrap()));
            found.insert(place, column["category"].as_str().map(str::to_owned));
        }
    }
    assert_eq!(source["tables"].as_array().unwrap().len(), 11);
    assert_eq!(found.len(), 64);
    let mut wrong = Vec::new();
    for ((table, column), category) in &found {
        if EITHER.contains(&(table.as_str(), column.as_str())) {
            continue;
        }
        let wanted = PERSONAL.iter().find(|(t, c, _)| t == table && c == column).map(|(_, _, category)| *category);
        // A fax number is a phone number too.
        let same = category.as_deref() == wanted
            || (wanted == Some("user.contact.fax_number") && category.as_deref() == Some("user.contact.phone_number"));
        if !same {
            wrong.push(format!("{table}.{column}: {category:?}, should be {wanted:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn script(engine: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/chinook/chinook_{engine}.sql.gz"));
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text
}

#[test]
fn chinook_on_sqlite_is_seen_right() {
    let desk = Desk::new();
    let script = format!("PRAGMA synchronous=OFF; BEGIN;\n{}\nCOMMIT;", script("sqlite"));
    dataward_testkit::sqlite::make(&desk.path().join("chinook.db"), &script);
    check(&desk.json(&["scan", "chinook.db"]));
    check(&desk.json(&["scan", "chinook.db", "--full"]));
}

/// The script without the lines that make a database of its own and connect to it.
fn tables_only(engine: &str) -> String {
    let own =
        |line: &&str| !["DROP DATABASE", "CREATE DATABASE", "\\c", "USE "].iter().any(|start| line.starts_with(start));
    script(engine).lines().filter(own).map(|line| format!("{line}\n")).collect()
}

#[tokio::test]
async fn chinook_on_postgresql_is_seen_right() {
    let database = PostgresServer::shared().database().await;
    database.execute(&tables_only("postgresql")).await;
    check(&Desk::new().json(&["scan", &database.url()]));
}

#[tokio::test]
async fn chinook_on_mariadb_is_seen_right() {
    let database = MariaDbServer::shared().database().await;
    database.execute(&tables_only("mysql")).await;
    check(&Desk::new().json(&["scan", &database.url()]));
}
