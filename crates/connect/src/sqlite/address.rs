//! The file behind the source: looked at first, then opened in the one way that touches nothing.
//!
//! SQLite opened "read-only" may still create a `-wal` and a `-shm` file beside a database in
//! write-ahead mode, and an exclusive reader deletes a log it finds empty. So the way in is chosen
//! by what lies beside the file:
//!
//! | journal mode | beside it | way in |
//! |---|---|---|
//! | rollback | nothing, or a journal in use | read-only, shared lock per statement |
//! | rollback | journal of a crashed program | refused: rolling back would change the file |
//! | write-ahead | log and index in use | read-only, index read-only too; else as any other reader of it |
//! | write-ahead | log without index (a backup, a crash) | read-only, index kept in our memory |
//! | write-ahead | nothing, or a log without a commit | as an unchanging file |
//!
//! The last two take no locks. There the file and its log are looked at again after every batch,
//! and a change ends the unit with [`ConnectError::Gone`].

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::UNIX_EPOCH;

use percent_encoding::AsciiSet;
use percent_encoding::CONTROLS;
use percent_encoding::utf8_percent_encode;
use sqlx::AssertSqlSafe;
use sqlx::ConnectOptions;
use sqlx::Row;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::sqlite::SqliteConnection;

use super::faults;
use super::faults::code;
use super::header;
use super::header::Header;
use super::header::NotADatabase;
use crate::ConnectError;
use crate::Exposure;
use crate::Fingerprint;

/// How long we wait for another program to finish its change.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Rows that wait between SQLite's thread and ours. With 64 MiB as the largest cell this is what
/// bounds memory; 16 are enough to keep both threads busy.
const ROWS_IN_FLIGHT: usize = 16;

/// Characters that end or escape the path in a `file:` address.
const PATH_ESCAPES: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#');

/// The database file and all handles we ever held on it.
#[derive(Clone, Debug)]
pub(super) struct DatabaseFile {
    path: PathBuf,
    /// NOTE: closing any handle of a file drops all POSIX locks this process holds on it, also
    /// those of SQLite's own handles. So a handle once opened stays open with the source.
    handles: Arc<Mutex<Vec<fs_err::File>>>,
}

/// What a look at the file told.
#[derive(Clone, Debug)]
pub(super) struct Inspection {
    header: Header,
    /// Bytes of the database and its log.
    pub(super) bytes: u64,
    pub(super) fingerprint: Fingerprint,
    pub(super) exposure: Option<Exposure>,
}

/// How the file is opened; see the table above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    PrivateIndex,
    ReadOnly,
    ReadOnlyIndex,
    Unchanging,
}

/// An open connection and what must stay true for what it reads to be true.
pub(super) struct Session {
    pub(super) connection: SqliteConnection,
    pub(super) inspection: Inspection,
    pub(super) way: Way,
    file: DatabaseFile,
}

impl DatabaseFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path: std::path::absolute(&path).unwrap_or(path), handles: Arc::default() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The path, for messages.
    pub(super) fn target(&self) -> String {
        self.path.display().to_string()
    }

    /// Opens the file in the first way that works.
    pub(super) async fn open(&self) -> Result<Session, ConnectError> {
        let inspection = self.inspect()?;
        let ways = self.ways(&inspection.header)?;
        let mut failure = None;
        for way in ways {
            match self.open_as(way).await {
                Ok(connection) => {
                    return Ok(Session { connection, inspection, way, file: self.clone() });
                }
                // The index could not be used: try the next way. Anything else is the answer.
                Err(error) if way_is_closed(&error) => failure = Some(error),
                Err(error) => return Err(self.explain(&error, &inspection)),
            }
        }
        Err(failure.map_or_else(
            || ConnectError::Internal { target: self.target(), reason: "no way to open it".to_owned() },
            |error| self.explain(&error, &inspection),
        ))
    }

    async fn open_as(&self, way: Way) -> Result<SqliteConnection, sqlx::Error> {
        let path = self.path.to_str().ok_or_else(|| std::io::Error::from(std::io::ErrorKind::InvalidFilename))?;
        let parameters = match way {
            Way::PrivateIndex => "mode=ro&vfs=unix-none",
            Way::ReadOnly => "mode=ro",
            Way::ReadOnlyIndex => "mode=ro&readonly_shm=1",
            Way::Unchanging => "mode=ro&immutable=1",
        };
        let mut options = SqliteConnectOptions::new()
            .filename(format!("file:{}?{parameters}", utf8_percent_encode(path, PATH_ESCAPES)))
            .read_only(true)
            .busy_timeout(BUSY_TIMEOUT)
            .row_buffer_size(ROWS_IN_FLIGHT)
            .foreign_keys(false)
            .pragma("query_only", "ON")
            .pragma("trusted_schema", "OFF")
            .pragma("cell_size_check", "ON")
            .disable_statement_logging();
        if way == Way::PrivateIndex {
            options = options.pragma("locking_mode", "EXCLUSIVE");
        }
        let mut connection = options.connect().await?;
        sqlx::query("SELECT count(*) FROM sqlite_schema").fetch_one(&mut connection).await?;
        Ok(connection)
    }

    fn ways(&self, header: &Header) -> Result<Vec<Way>, ConnectError> {
        if !header.write_ahead {
            return Ok(vec![Way::ReadOnly]);
        }
        let log = self.beside("-wal");
        let log_bytes = fs_err::metadata(&log).map_or(0, |found| found.len());
        if fs_err::metadata(self.beside("-shm")).is_ok() && fs_err::metadata(&log).is_ok() {
            return Ok(vec![Way::ReadOnlyIndex, Way::ReadOnly]);
        }
        if log_bytes == 0 {
            return Ok(vec![Way::Unchanging]);
        }
        match header::log_has_commit(&log) {
            Ok(true) => Ok(vec![Way::PrivateIndex]),
            Ok(false) => Ok(vec![Way::Unchanging]),
            Err(error) => Err(unreadable(&error, log.display().to_string())),
        }
    }

    /// Looks at the file without SQLite.
    pub(super) fn inspect(&self) -> Result<Inspection, ConnectError> {
        let found = fs_err::metadata(&self.path).map_err(|error| unreadable(&error, self.target()))?;
        if !found.is_file() {
            let reason = "it is not a file; give the path of the database file itself".to_owned();
            return Err(ConnectError::Malformed { target: self.target(), reason });
        }
        let head = self.head(&found).map_err(|error| unreadable(&error, self.target()))?;
        let header = Header::parse(&head).map_err(|why| self.not_a_database(why))?;
        let log = fs_err::metadata(self.beside("-wal")).ok();
        let journal = fs_err::metadata(self.beside("-journal")).ok();
        let fingerprint = Fingerprint(format!(
            "sqlite {} {} {} {} {}",
            header.change_counter,
            stamp(Some(&found)),
            stamp(log.as_ref()),
            stamp(journal.as_ref()),
            identity(&found),
        ));
        let bytes = found.len() + log.map_or(0, |log| log.len());
        Ok(Inspection { header, bytes, fingerprint, exposure: exposure(&found) })
    }

    fn head(&self, found: &std::fs::Metadata) -> std::io::Result<Vec<u8>> {
        let mut handles = self.handles.lock().unwrap_or_else(PoisonError::into_inner);
        let known = handles.iter().position(|file| file.metadata().is_ok_and(|old| identity(&old) == identity(found)));
        let file = match known {
            Some(at) => &handles[at],
            None => {
                handles.push(fs_err::File::open(&self.path)?);
                handles.last().expect("one was just pushed")
            }
        };
        let mut head = vec![0_u8; 4096];
        let mut filled = 0;
        while filled < head.len() {
            match std::os::unix::fs::FileExt::read_at(file.file(), &mut head[filled..], filled as u64)? {
                0 => break,
                read => filled += read,
            }
        }
        head.truncate(filled);
        Ok(head)
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(suffix);
        path.into()
    }

    fn not_a_database(&self, why: NotADatabase) -> ConnectError {
        let reason = match why {
            NotADatabase::Empty => "the file is empty (0 bytes), so no database was ever written to it",
            NotADatabase::Encrypted => {
                "encrypted, or not an SQLite database; if it is encrypted (SQLCipher, SEE), decrypt a copy with its own \
                 program (`sqlcipher_export`) and scan that"
            }
            NotADatabase::OldFormat => "an SQLite 2 database; convert it with `sqlite OLD .dump | sqlite3 NEW`",
            NotADatabase::Other => "not an SQLite 3 database; scan its folder to read other kinds of files",
        };
        ConnectError::Malformed { target: self.target(), reason: reason.to_owned() }
    }

    /// `error` as a sentence, with what the header knows better than SQLite.
    fn explain(&self, error: &sqlx::Error, inspection: &Inspection) -> ConnectError {
        let on_disk = fs_err::metadata(&self.path).map_or(0, |found| found.len());
        let header = inspection.header;
        if let Some(declared) = header.pages.map(|pages| pages * header.page_size)
            && declared > on_disk
            && faults::result_code(error).is_some_and(|found| found & 0xff == code::CORRUPT)
        {
            let reason =
                format!("the file was cut off: {on_disk} bytes are there of {declared}; restore it from a backup");
            return ConnectError::Malformed { target: self.target(), reason };
        }
        faults::classify(error, &self.target())
    }
}

impl Session {
    /// The version of the SQLite library that reads.
    pub(super) async fn library_version(&mut self) -> Result<String, ConnectError> {
        let row = sqlx::query("SELECT sqlite_version()").fetch_one(&mut self.connection).await;
        row.and_then(|row| row.try_get(0)).map_err(|error| self.explain(&error))
    }

    /// Whether the database keeps a write-ahead log.
    pub(super) fn is_write_ahead(&self) -> bool {
        self.inspection.header.write_ahead
    }

    /// Whether another program can see that we read and waits for us.
    fn takes_locks(&self) -> bool {
        matches!(self.way, Way::ReadOnly | Way::ReadOnlyIndex)
    }

    /// Keeps one state of a write-ahead database for all that follows. A rollback database is not
    /// held: a reader's lock of minutes would stop the application from writing.
    pub(super) async fn hold_snapshot(&mut self) -> Result<(), ConnectError> {
        if self.inspection.header.write_ahead {
            self.run("BEGIN").await?;
        }
        Ok(())
    }

    async fn run(&mut self, sql: &str) -> Result<(), ConnectError> {
        let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.connection).await;
        done.map(|_| ()).map_err(|error| self.explain(&error))
    }

    /// Fails if the file changed under a way in that takes no locks.
    pub(super) fn check_unchanged(&self, target: &str) -> Result<(), ConnectError> {
        if self.takes_locks() || self.file.inspect().is_ok_and(|now| now.fingerprint == self.inspection.fingerprint) {
            return Ok(());
        }
        let reason = "a program began to write to the database; scan again".to_owned();
        Err(ConnectError::Gone { target: target.to_owned(), reason })
    }

    /// `error`, met outside any table, as a sentence.
    pub(super) fn explain(&self, error: &sqlx::Error) -> ConnectError {
        self.file.explain(error, &self.inspection)
    }

    /// `error`, met while reading the table `name`, as a sentence.
    pub(super) fn explain_in(&self, error: &sqlx::Error, name: &str) -> ConnectError {
        match self.check_unchanged(name) {
            Ok(()) => faults::classify(error, &format!("`{name}`")),
            Err(changed) => changed,
        }
    }
}

/// Whether the failure says that this way of using the log's index is closed to us.
fn way_is_closed(error: &sqlx::Error) -> bool {
    faults::result_code(error).is_some_and(|found| {
        found != code::READ_ONLY_ROLLBACK && matches!(found & 0xff, code::READ_ONLY | code::CANNOT_OPEN)
    })
}

fn unreadable(error: &std::io::Error, target: String) -> ConnectError {
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            ConnectError::Unreachable { target, reason: "there is no such file; check the path".to_owned() }
        }
        std::io::ErrorKind::PermissionDenied => {
            let reason = "the account dataward runs as may not read the file; give it read permission".to_owned();
            ConnectError::Denied { target, reason }
        }
        kind => ConnectError::Unreachable { target, reason: format!("the file cannot be read ({kind})") },
    }
}

/// Size and modification time.
fn stamp(found: Option<&std::fs::Metadata>) -> String {
    let Some(found) = found else { return "-".to_owned() };
    let modified = found.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    format!("{}@{}", found.len(), modified.as_nanos())
}

fn identity(found: &std::fs::Metadata) -> String {
    use std::os::unix::fs::MetadataExt;
    format!("{}:{}", found.dev(), found.ino())
}

/// Who else can read the file, by its mode.
fn exposure(found: &std::fs::Metadata) -> Option<Exposure> {
    use std::os::unix::fs::PermissionsExt;
    let mode = found.permissions().mode();
    Some(match (mode & 0o004 != 0, mode & 0o040 != 0) {
        (true, _) => Exposure::Everyone,
        (false, true) => Exposure::Group,
        (false, false) => Exposure::Owner,
    })
}
