//! Cleaning a database file of SQLite, and showing it with what lies beside it.
//!
//! A DELETE puts pages on the free list or leaves rows' bytes in them (`secure_delete` overwrites most), and
//! copies them into the journal or the write-ahead log first. The recipe: merge full-text indexes, VACUUM,
//! statistics anew, then empty the log or remove the journal. The measured residue after each step stands in
//! `docs/book/deletion.md`.

use async_trait::async_trait;
use dataward_model::ErasureLevel;
use sqlx::AssertSqlSafe;
use sqlx::ConnectOptions;
use sqlx::Row;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::sqlite::SqliteConnection;
use std::time::Duration;

use super::Sqlite;
use super::address::DatabaseFile;
use super::faults;
use crate::ConnectError;
use crate::scrub::Exclusive;
use crate::scrub::HowRead;
use crate::scrub::LocalFiles;
use crate::scrub::RawClass;
use crate::scrub::RawPart;
use crate::scrub::RawReport;
use crate::scrub::Scrub;
use crate::scrub::ScrubPlan;
use crate::scrub::ScrubStep;
use crate::scrub::ScrubWish;
use crate::scrub::StepEnd;
use crate::scrub::Watch;

const FULL_TEXT: &str = "merge-full-text";
const VACUUM: &str = "vacuum";
const ANALYZE: &str = "analyze";
const CHECKPOINT: &str = "empty-log";
const JOURNAL: &str = "remove-journal";

/// How long we wait for other programs to let go of the database.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

#[async_trait]
impl Scrub for Sqlite {
    async fn scrub_plan(&self, wish: &ScrubWish) -> Result<ScrubPlan, ConnectError> {
        let mut plan = ScrubPlan::default();
        if wish.level < ErasureLevel::L1 {
            return Ok(plan);
        }
        let facts = Facts::read(&self.file).await?;
        let writable = is_writable(&self.file);
        let closed = (!writable).then(|| "the file and its folder must be writable for us".to_owned());
        for table in &facts.full_text {
            plan.push(
                ScrubStep::new(FULL_TEXT, Some(table), format!("INSERT INTO {table}({table}) VALUES ('optimize')"))
                    .cleans(ErasureLevel::L1, "words of deleted rows in the full-text index")
                    .needs("write access to the file", "writers wait", None)
                    .unless(closed.clone(), ErasureLevel::L0),
            );
        }
        let lock = (wish.exclusive == Exclusive::Refused)
            .then(|| "it locks the database for as long as it is written anew, which `--exclusive` allows".to_owned());
        plan.push(
            ScrubStep::new(VACUUM, None, "VACUUM")
                .cleans(ErasureLevel::L1, "everything in the file: it is written anew, free pages and all")
                .needs(
                    "write access to the file and its folder",
                    "exclusive: other programs wait",
                    Some(2 * facts.bytes),
                )
                .unless(closed.clone().or(lock), ErasureLevel::L0),
        );
        if facts.has_statistics {
            plan.push(
                ScrubStep::new(ANALYZE, None, "ANALYZE")
                    .cleans(ErasureLevel::L1, "samples of erased values in sqlite_stat4")
                    .needs("write access to the file", "writers wait", None)
                    .unless(closed.clone(), ErasureLevel::L0),
            );
        }
        let (action, statement, cleans) = if facts.write_ahead {
            (CHECKPOINT, "PRAGMA wal_checkpoint(TRUNCATE)", "the write-ahead log, which is emptied into the file")
        } else {
            (JOURNAL, "PRAGMA journal_mode = DELETE", "the rollback journal, which is removed")
        };
        // In write-ahead mode what VACUUM wrote is only in the log until now: L1 needs it too.
        plan.push(
            ScrubStep::new(action, None, statement)
                .cleans(if facts.write_ahead { ErasureLevel::L1 } else { ErasureLevel::L2 }, cleans)
                .needs("write access to the file and its folder", "readers must let go for a moment", None)
                .unless(closed, ErasureLevel::L0),
        );
        Ok(plan)
    }

    async fn scrub_step(&self, step: &ScrubStep) -> Result<StepEnd, ConnectError> {
        let mut connection = open(&self.file).await.map_err(|error| self.failed(&error))?;
        let end = run(&mut connection, step).await.map_err(|error| self.failed(&error));
        sqlx::Connection::close(connection).await.map_err(|error| self.failed(&error))?;
        if step.action == JOURNAL {
            remove_stale_journal(&self.file)?;
        }
        end
    }

    async fn raw(&self, _tables: &[String], watch: &dyn Watch) -> Result<RawReport, ConnectError> {
        let mut report = RawReport { how: Some(HowRead::Files), ..RawReport::default() };
        let path = self.file.path();
        let folder = path.parent().unwrap_or(path);
        let files = LocalFiles::new(folder);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let part = |class, name: String| RawPart { class, name, table: None };
        files.show(part(RawClass::Database, name.clone()), watch, |_| {}, &mut report);
        files.show(part(RawClass::Journal, format!("{name}-journal")), watch, |_| {}, &mut report);
        files.show(part(RawClass::Redo, format!("{name}-wal")), watch, |_| {}, &mut report);
        files.show_all(RawClass::Journal, "", |other| other.starts_with(&format!("{name}-mj")), watch, &mut report);
        report.blind(
            None,
            "a value that SQLite splits over two pages (long rows only) is seen where 32 bytes of it are together",
        );
        report.blind(None, "numbers below 2^40 are too short to be searched for");
        report.blind(None, "copies and backups, blocks of removed files on the disk, memory and swap");
        Ok(report)
    }
}

impl Sqlite {
    fn failed(&self, error: &sqlx::Error) -> ConnectError {
        faults::classify(error, &self.file.target())
    }
}

/// What decides about the steps.
struct Facts {
    write_ahead: bool,
    has_statistics: bool,
    full_text: Vec<String>,
    bytes: u64,
}

impl Facts {
    async fn read(file: &DatabaseFile) -> Result<Self, ConnectError> {
        const TABLES: &str = "SELECT name, COALESCE(sql, '') FROM sqlite_schema WHERE type = 'table'";
        let mut session = file.open().await?;
        let rows = sqlx::query(TABLES).fetch_all(&mut session.connection).await;
        let rows = rows.map_err(|error| session.explain(&error))?;
        let tables: Vec<(String, String)> =
            rows.iter().filter_map(|row| Some((row.try_get(0).ok()?, row.try_get(1).ok()?))).collect();
        let is_full_text = |sql: &str| {
            let sql = sql.to_lowercase();
            sql.starts_with("create virtual table")
                && ["using fts5", "using fts4", "using fts3"].iter().any(|using| sql.contains(using))
        };
        Ok(Self {
            write_ahead: session.is_write_ahead(),
            has_statistics: tables.iter().any(|(name, _)| name.starts_with("sqlite_stat")),
            full_text: tables.iter().filter(|(_, sql)| is_full_text(sql)).map(|(name, _)| name.clone()).collect(),
            bytes: session.inspection.bytes,
        })
    }
}

async fn open(file: &DatabaseFile) -> Result<SqliteConnection, sqlx::Error> {
    SqliteConnectOptions::new()
        .filename(file.path())
        .create_if_missing(false)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(false)
        .pragma("trusted_schema", "OFF")
        .pragma("secure_delete", "ON")
        .disable_statement_logging()
        .connect()
        .await
}

async fn run(connection: &mut SqliteConnection, step: &ScrubStep) -> Result<StepEnd, sqlx::Error> {
    let mut execute = async |sql: String| sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *connection).await.map(|_| ());
    match step.action.as_str() {
        FULL_TEXT => {
            let table = quote(step.table.as_deref().unwrap_or_default());
            execute(format!("INSERT INTO {table}({table}) VALUES ('optimize')")).await?;
        }
        VACUUM => execute("VACUUM".to_owned()).await?,
        ANALYZE => execute("ANALYZE".to_owned()).await?,
        CHECKPOINT => {
            let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *connection).await?;
            if row.try_get::<i64, _>(0)? != 0 {
                return Ok(StepEnd::DoneInPart(
                    "another program reads the database: the log could not be emptied".to_owned(),
                ));
            }
        }
        // The mode is the connection's own; closing removes the journal only in the mode DELETE.
        JOURNAL => execute("PRAGMA journal_mode = DELETE".to_owned()).await?,
        _ => return Err(sqlx::Error::Protocol("no step for SQLite".to_owned())),
    }
    Ok(StepEnd::Done)
}

fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A journal that a program left in the modes PERSIST or TRUNCATE. One that is still in use has a header
/// that is not zero, and stays.
fn remove_stale_journal(file: &DatabaseFile) -> Result<(), ConnectError> {
    let mut path = file.path().as_os_str().to_owned();
    path.push("-journal");
    let Ok(mut journal) = fs_err::File::open(&path) else { return Ok(()) };
    let mut head = [0_u8; 28];
    let filled = std::io::Read::read(&mut journal, &mut head).unwrap_or(0);
    if head[..filled].iter().any(|byte| *byte != 0) {
        return Ok(());
    }
    let failed = |error: std::io::Error| ConnectError::Denied {
        target: file.target(),
        reason: format!("the journal beside it cannot be removed ({})", error.kind()),
    };
    fs_err::remove_file(&path).map_err(failed)?;
    let folder = file.path().parent().unwrap_or(file.path());
    fs_err::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}

fn is_writable(file: &DatabaseFile) -> bool {
    use rustix::fs::Access;
    let folder = file.path().parent().unwrap_or(file.path());
    [file.path(), folder].iter().all(|path| rustix::fs::access(*path, Access::WRITE_OK).is_ok())
}
