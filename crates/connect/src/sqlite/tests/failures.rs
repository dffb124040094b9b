//! One clear sentence for each way in which a file cannot be read, without any of its values.

use std::path::Path;

use sqlx::sqlite::SqliteJournalMode;

use super::super::Sqlite;
use super::super::is_sqlite_file;
use super::Application;
use super::people;
use super::read_all;
use crate::ConnectError;
use crate::Read;
use crate::ReadRequest;
use crate::conformance::find_unit;
use crate::conformance::first_error;
use crate::conformance::list_units;

async fn sentence(path: &Path) -> String {
    let message = Sqlite::new(path).open().await.unwrap_err().to_string();
    message.replace(&path.display().to_string(), "PATH")
}

#[tokio::test]
async fn files_that_are_no_database_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let noise: Vec<u8> = (0..8192_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
    for (content, expected) in [
        (&b""[..], "cannot read PATH: the file is empty (0 bytes), so no database was ever written to it"),
        (
            &noise,
            "cannot read PATH: encrypted, or not an SQLite database; if it is encrypted (SQLCipher, SEE), decrypt a \
             copy with its own program (`sqlcipher_export`) and scan that",
        ),
        (
            b"id,name\n1,Ada\n",
            "cannot read PATH: not an SQLite 3 database; scan its folder to read other kinds of files",
        ),
    ] {
        let path = folder.path().join("x.db");
        std::fs::write(&path, content).unwrap();
        assert_eq!(sentence(&path).await, expected);
    }
    assert_eq!(
        sentence(&folder.path().join("absent.db")).await,
        "cannot reach PATH: there is no such file; check the path"
    );
    assert_eq!(
        sentence(folder.path()).await,
        "cannot read PATH: it is not a file; give the path of the database file itself"
    );
}

#[tokio::test]
async fn a_database_is_known_by_its_first_bytes() {
    let application = Application::rollback("CREATE TABLE t (x)").await;
    assert!(is_sqlite_file(&std::fs::read(application.path()).unwrap()));
    assert!(!is_sqlite_file(b"SQLite format 4\0"));
    assert!(!is_sqlite_file(b""));
}

#[tokio::test]
async fn a_file_that_was_cut_off_says_how_much_is_missing() {
    let folder = Application::rollback(&people(3000)).await.close().await;
    let path = folder.path().join("shop.db");
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(
        sentence(&path).await,
        format!(
            "cannot read PATH: the file was cut off: {} bytes are there of {}; restore it from a backup",
            whole.len() / 2,
            whole.len()
        )
    );
}

#[tokio::test]
async fn a_damaged_table_does_not_hide_the_others() {
    let mut application = Application::rollback(&people(3000)).await;
    application.execute("CREATE TABLE fine (x); INSERT INTO fine VALUES (1)").await;
    let folder = application.close().await;
    let path = folder.path().join("shop.db");
    let mut bytes = std::fs::read(&path).unwrap();
    // The second page is the root of the first table.
    bytes[4096..8192].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    let source = Sqlite::new(&path);
    let damaged = find_unit(&source, "people").await.unwrap();
    let error = first_error(&source, &damaged, &ReadRequest::full()).await.unwrap();
    assert_eq!(
        error.to_string(),
        "cannot read `people`: the database file is damaged; check it with `PRAGMA integrity_check` and restore a backup"
    );
    assert_eq!(read_all(&source, "fine").await.rows, 1);
}

#[tokio::test]
async fn a_locked_database_is_one_sentence() {
    let mut application = Application::new(SqliteJournalMode::Delete, "CREATE TABLE t (x)").await;
    application.execute("BEGIN EXCLUSIVE").await;
    assert_eq!(
        sentence(&application.path()).await,
        "cannot reach PATH: another program keeps the database locked; scan again when it is idle, or scan a backup"
    );
}

#[tokio::test]
async fn views_that_cannot_run_say_why_without_values() {
    let application = Application::rollback(
        "CREATE TABLE t (x); INSERT INTO t VALUES ('ada@example.org');
         CREATE VIEW broken AS SELECT missing FROM t;
         CREATE VIEW json_error AS SELECT json_extract(x, '$.a') FROM t;",
    )
    .await;
    let source = application.source();
    assert_eq!(list_units(&source).await.unwrap().len(), 3);
    for (view, expected) in [
        ("broken", "`broken` changed while it was read: it refers to a column that is not there (any more)"),
        ("json_error", "cannot read `json_error`: SQLite could not run the statement behind it"),
    ] {
        let unit = find_unit(&source, view).await.unwrap();
        let error = first_error(&source, &unit, &ReadRequest::full()).await.unwrap();
        assert_eq!(error.to_string(), expected);
    }
}

#[tokio::test]
async fn a_view_that_would_never_end_stops_when_asked() {
    let application = Application::rollback(
        "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0",
    )
    .await;
    let source = application.source();
    let unit = find_unit(&source, "endless").await.unwrap();
    let request = ReadRequest::full();
    let cancel = std::sync::Arc::clone(&request.cancel);
    let reading = first_error(&source, &unit, &request);
    let stopping = async {
        tokio::task::yield_now().await;
        cancel.store(true, std::sync::atomic::Ordering::Relaxed);
    };
    let (error, ()) = futures::join!(reading, stopping);
    assert!(matches!(error, Some(ConnectError::Cancelled)), "{error:?}");
}
