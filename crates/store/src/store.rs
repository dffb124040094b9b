//! Opening the state file.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::Sqlite;
use sqlx::SqlitePool;
use sqlx::Transaction;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::sqlite::SqliteJournalMode;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::sqlite::SqliteSynchronous;

use crate::StoreError;
use crate::migrate;

/// dataward's own state. Cheap to clone; all clones share the same connections.
#[derive(Clone, Debug)]
pub struct Store {
    /// One connection, so that writers of this process queue up instead of meeting a lock.
    write: SqlitePool,
    /// `query_only` connections: a reading method cannot write by mistake.
    read: SqlitePool,
    path: Arc<PathBuf>,
}

/// The name of the state file in its folder.
const STATE_FILE: &str = "state.db";

/// How long to wait for another process that writes.
const PATIENCE: Duration = Duration::from_secs(10);

impl Store {
    /// Opens the state in `folder` (`.dataward`), creating both where they are missing, for
    /// whom [`dataward_owner`] says, and brings an older file up to date.
    ///
    /// Fails with [`StoreError::Newer`] when a newer dataward wrote the file.
    pub async fn open(folder: &Path) -> Result<Self, StoreError> {
        const DOING: &str = "open the state";
        let path = folder.join(STATE_FILE);
        create_private(folder, &path).map_err(|error| StoreError::from_io(DOING, &path, &error))?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(PATIENCE)
            .foreign_keys(true)
            // The key of a plan's rows is overwritten, not left in a free page.
            .pragma("secure_delete", "ON")
            .disable_statement_logging();
        // Switching to WAL and migrating want the file alone: one process at a time.
        let _turn = take_turn(folder, &path).await?;
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(600))
            .connect_with(options.clone())
            .await
            .map_err(|error| StoreError::from_sqlx(DOING, &path, &error))?;
        migrate::migrate(&write, &path).await?;
        let read = SqlitePoolOptions::new()
            .max_connections(2)
            .connect_with(options.pragma("query_only", "ON"))
            .await
            .map_err(|error| StoreError::from_sqlx(DOING, &path, &error))?;
        Ok(Self { write, read, path: Arc::new(path) })
    }

    /// Where the state file lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Closes all connections and folds the write-ahead log into the file.
    pub async fn close(self) {
        self.read.close().await;
        self.write.close().await;
    }

    /// Folds the write-ahead log into the file, as far as nobody reads: what was overwritten is not kept there either.
    pub(crate) async fn fold(&self) -> Result<(), StoreError> {
        let folded = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.write).await;
        folded.map(drop).map_err(|error| self.fault("fold the log of the state", &error))
    }

    pub(crate) fn reader(&self) -> &SqlitePool {
        &self.read
    }

    pub(crate) async fn begin(&self, doing: &'static str) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.write.begin_with("BEGIN IMMEDIATE").await.map_err(|error| self.fault(doing, &error))
    }

    pub(crate) async fn commit(
        &self,
        doing: &'static str,
        transaction: Transaction<'static, Sqlite>,
    ) -> Result<(), StoreError> {
        transaction.commit().await.map_err(|error| self.fault(doing, &error))
    }

    pub(crate) fn fault(&self, doing: &'static str, error: &sqlx::Error) -> StoreError {
        StoreError::from_sqlx(doing, &self.path, error)
    }
}

fn create_private(folder: &Path, path: &Path) -> std::io::Result<()> {
    dataward_owner::folder(folder)?;
    // SQLite gives its -wal and -shm files the mode of the database file, and as root its owner.
    dataward_owner::append(path)?;
    dataward_owner::mend(folder, path)
}

async fn take_turn(folder: &Path, path: &Path) -> Result<std::fs::File, StoreError> {
    const DOING: &str = "open the state";
    let lock = dataward_owner::append(&folder.join("state.lock"))
        .map_err(|error| StoreError::from_io(DOING, path, &error))?
        .into_parts()
        .0;
    let pause = Duration::from_millis(20);
    let mut waited = Duration::ZERO;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(std::fs::TryLockError::WouldBlock) if waited < PATIENCE => {
                tokio::time::sleep(pause).await;
                waited += pause;
            }
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(StoreError::Locked { doing: DOING, path: path.to_owned() });
            }
            Err(std::fs::TryLockError::Error(error)) => return Err(StoreError::from_io(DOING, path, &error)),
        }
    }
}
