//! Nothing is changed, neither in the file nor beside it, and what is read is one consistent state.

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use futures::StreamExt;
use sqlx::sqlite::SqliteJournalMode;

use super::super::Sqlite;
use super::Application;
use super::people;
use super::read_all;
use crate::Chunk;
use crate::ConnectError;
use crate::Exposure;
use crate::Read;
use crate::ReadRequest;
use crate::conformance::find_unit;

/// Each file of a folder with its modification time and a hash of its bytes.
fn snapshot(folder: &Path) -> BTreeMap<String, (std::time::SystemTime, u64)> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let hashed = entries.map(|entry| {
        let mut hasher = DefaultHasher::new();
        std::fs::read(entry.path()).unwrap().hash(&mut hasher);
        let modified = entry.metadata().unwrap().modified().unwrap();
        (entry.file_name().into_string().unwrap(), (modified, hasher.finish()))
    });
    hashed.collect()
}

/// Reads every row and asserts that no file came, went or changed.
async fn reads_without_a_trace(folder: &Path, rows: u64) {
    let before = snapshot(folder);
    {
        let source = Sqlite::new(folder.join("shop.db"));
        source.open().await.unwrap();
        assert_eq!(read_all(&source, "people").await.rows, rows);
    }
    assert_eq!(snapshot(folder), before);
}

/// A copy of the database's files, as a backup or a crash leaves them.
fn copy_files(from: &Path, names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        std::fs::copy(from.join(name), folder.path().join(name)).unwrap();
    }
    folder
}

#[tokio::test]
async fn a_closed_database_is_read_without_a_trace_in_both_journal_modes() {
    for mode in [SqliteJournalMode::Delete, SqliteJournalMode::Wal] {
        let folder = Application::new(mode, &people(300)).await.close().await;
        assert_eq!(snapshot(folder.path()).len(), 1);
        reads_without_a_trace(folder.path(), 300).await;
    }
}

#[tokio::test]
async fn a_log_left_by_a_crash_is_read_and_stays_as_it_is() {
    let mut application = Application::new(SqliteJournalMode::Wal, &people(300)).await;
    application.execute("PRAGMA wal_checkpoint(TRUNCATE); DELETE FROM people WHERE id >= 200").await;
    let left = copy_files(application.folder.path(), &["shop.db", "shop.db-wal"]);
    reads_without_a_trace(left.path(), 200).await;
    let with_index = copy_files(application.folder.path(), &["shop.db", "shop.db-wal", "shop.db-shm"]);
    reads_without_a_trace(with_index.path(), 200).await;
}

#[tokio::test]
async fn a_log_without_a_whole_transaction_is_left_alone() {
    let application = Application::new(SqliteJournalMode::Wal, &people(300)).await;
    let folder = application.close().await;
    for log in [&b""[..], b"half a header", &[0_u8; 4096]] {
        std::fs::write(folder.path().join("shop.db-wal"), log).unwrap();
        reads_without_a_trace(folder.path(), 300).await;
    }
}

#[tokio::test]
async fn a_read_only_folder_is_no_hindrance() {
    let mut application = Application::new(SqliteJournalMode::Wal, &people(300)).await;
    application.execute("PRAGMA wal_checkpoint(TRUNCATE); DELETE FROM people WHERE id >= 200").await;
    let left = copy_files(application.folder.path(), &["shop.db", "shop.db-wal"]);
    std::fs::set_permissions(left.path(), std::fs::Permissions::from_mode(0o555)).unwrap();
    reads_without_a_trace(left.path(), 200).await;
    std::fs::set_permissions(left.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn the_journal_of_a_crashed_program_is_not_rolled_back() {
    let mut application = Application::rollback(&people(300)).await;
    // A cache of one page makes SQLite write to the file before the transaction ends.
    application
        .execute("PRAGMA cache_size = 1; BEGIN; UPDATE people SET name = 'changed'; UPDATE people SET mail = id")
        .await;
    let crashed = copy_files(application.folder.path(), &["shop.db", "shop.db-journal"]);
    let before = snapshot(crashed.path());
    let source = Sqlite::new(crashed.path().join("shop.db"));
    let error = source.open().await.unwrap_err();
    assert!(error.to_string().contains("left a journal to be rolled back"), "{error}");
    assert_eq!(snapshot(crashed.path()), before);
}

#[tokio::test]
async fn an_application_goes_on_writing_while_its_database_is_read() {
    for mode in [SqliteJournalMode::Delete, SqliteJournalMode::Wal] {
        let mut application = Application::new(mode, &people(3000)).await;
        let source = application.source();
        let unit = find_unit(&source, "people").await.unwrap();
        let mut request = ReadRequest::full();
        request.batch_bytes = 4096;
        let mut chunks = source.read(&unit, &request).await.unwrap();
        let mut rows = 0;
        while let Some(chunk) = chunks.next().await {
            if let Chunk::Rows(batch) = chunk.unwrap() {
                rows += batch.num_rows();
                application.execute("UPDATE people SET name = 'x' || name WHERE id = 2999").await;
            }
        }
        assert_eq!(rows, 3000, "{mode:?}");
    }
}

#[tokio::test]
async fn a_write_ahead_database_is_read_as_it_was_when_the_reading_began() {
    let mut application = Application::new(SqliteJournalMode::Wal, &people(3000)).await;
    let source = application.source();
    let unit = find_unit(&source, "people").await.unwrap();
    let mut request = ReadRequest::full();
    request.batch_bytes = 4096;
    let mut chunks = source.read(&unit, &request).await.unwrap();
    chunks.next().await.unwrap().unwrap();
    chunks.next().await.unwrap().unwrap();
    application.execute("DELETE FROM people").await;
    let mut total = None;
    while let Some(chunk) = chunks.next().await {
        if let Chunk::End { rows_total } = chunk.unwrap() {
            total = rows_total;
        }
    }
    assert_eq!(total, Some(3000));
}

#[tokio::test]
async fn a_closed_database_that_is_written_to_meanwhile_is_reported_as_changed() {
    let folder = Application::new(SqliteJournalMode::Wal, &people(3000)).await.close().await;
    let source = Sqlite::new(folder.path().join("shop.db"));
    let unit = find_unit(&source, "people").await.unwrap();
    let mut request = ReadRequest::full();
    request.batch_bytes = 4096;
    let mut chunks = source.read(&unit, &request).await.unwrap();
    chunks.next().await.unwrap().unwrap();
    std::fs::write(folder.path().join("shop.db-wal"), b"an application begins").unwrap();
    let mut last = None;
    while let Some(chunk) = chunks.next().await {
        last = Some(chunk);
    }
    assert!(matches!(last, Some(Err(ConnectError::Gone { .. }))), "{last:?}");
}

#[tokio::test]
async fn who_else_can_read_the_file_is_told_by_its_mode() {
    let application = Application::rollback("CREATE TABLE t (x)").await;
    for (mode, expected) in
        [(0o644, Exposure::Everyone), (0o640, Exposure::Group), (0o600, Exposure::Owner), (0o604, Exposure::Everyone)]
    {
        std::fs::set_permissions(application.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        let unit = find_unit(&application.source(), "t").await.unwrap();
        assert_eq!(unit.exposure, Some(expected), "{mode:o}");
    }
}
