//! Tests against real files. The "application" that owns a database is a connection of SQLite's own.

mod content;
mod failures;
mod untouched;

use std::path::PathBuf;
use std::sync::Arc;

use futures::StreamExt;
use sqlx::AssertSqlSafe;
use sqlx::ConnectOptions;
use sqlx::Connection;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::sqlite::SqliteConnection;
use sqlx::sqlite::SqliteJournalMode;

use super::Sqlite;
use crate::Read;
use crate::ReadRequest;
use crate::conformance::Expected;
use crate::conformance::Suite;
use crate::conformance::TableRead;
use crate::conformance::check_fingerprint;
use crate::conformance::check_gone;
use crate::conformance::read_unit;

/// A folder with one database, and a connection that owns it.
struct Application {
    folder: tempfile::TempDir,
    connection: SqliteConnection,
}

impl Application {
    async fn new(mode: SqliteJournalMode, statements: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new().filename(folder.path().join("shop.db")).create_if_missing(true);
        let connection = options.journal_mode(mode).foreign_keys(false).connect().await.unwrap();
        let mut application = Self { folder, connection };
        application.execute(statements).await;
        application
    }

    async fn rollback(statements: &str) -> Self {
        Self::new(SqliteJournalMode::Delete, statements).await
    }

    async fn execute(&mut self, statements: &str) {
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut self.connection).await.unwrap();
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("shop.db")
    }

    fn source(&self) -> Sqlite {
        Sqlite::new(self.path())
    }

    /// Ends the application in an orderly way.
    async fn close(self) -> tempfile::TempDir {
        self.connection.close().await.unwrap();
        self.folder
    }
}

/// Reads all of one table.
async fn read_all(source: &Sqlite, name: &str) -> TableRead {
    let listed: Vec<_> = source.units().await.unwrap().collect().await;
    let unit = listed.into_iter().flatten().find(|unit| unit.name == name).unwrap();
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

/// `count` people, of whom every tenth has no name.
fn people(count: u32) -> String {
    format!(
        "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, mail TEXT UNIQUE);
         WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {count} - 1)
         INSERT INTO people SELECT i, iif(i % 10 = 0, NULL, 'name ' || i), 'p' || i || '@example.org' FROM n;"
    )
}

#[tokio::test]
async fn a_database_in_rollback_mode_passes_the_conformance_suite() {
    passes_the_suite(SqliteJournalMode::Delete).await;
}

#[tokio::test]
async fn a_database_in_write_ahead_mode_passes_the_conformance_suite() {
    passes_the_suite(SqliteJournalMode::Wal).await;
}

async fn passes_the_suite(mode: SqliteJournalMode) {
    let application = Application::new(
        mode,
        &format!(
            "{}
             CREATE TABLE stock (place INTEGER, item TEXT, PRIMARY KEY (item, place)) WITHOUT ROWID;
             INSERT INTO stock SELECT id, printf('item %05d', id) FROM people;
             CREATE VIEW named AS SELECT id, name FROM people WHERE name IS NOT NULL;
             CREATE TABLE empty (a, b);",
            people(2000)
        ),
    )
    .await;
    let expected = vec![
        Expected::new("people", 2000, &["id", "name", "mail"]).nulls("name", 200).position("id"),
        Expected::new("stock", 2000, &["place", "item"]).nulls("item", 0).position("place"),
        Expected::new("named", 1800, &["id", "name"]),
        Expected::new("empty", 0, &["a", "b"]),
    ];
    Suite::new(Arc::new(application.source()), expected).check().await.unwrap();
}

#[tokio::test]
async fn a_dropped_table_is_gone_and_the_others_are_read_on() {
    let mut application =
        Application::rollback("CREATE TABLE a (x); CREATE TABLE b (x); INSERT INTO b VALUES (1)").await;
    let source = application.source();
    check_gone(&source, "a", async || application.execute("DROP TABLE a").await).await.unwrap();
}

#[tokio::test]
async fn the_fingerprint_changes_with_the_database_in_both_journal_modes() {
    for mode in [SqliteJournalMode::Delete, SqliteJournalMode::Wal] {
        let mut application = Application::new(mode, "CREATE TABLE a (x); INSERT INTO a VALUES (1)").await;
        let source = application.source();
        check_fingerprint(&source, "a", async || application.execute("UPDATE a SET x = 2").await).await.unwrap();
    }
}
