//! Files and objects as rows: what a folder or bucket stores, as a table in memory, so that rules and holds
//! are the same SQL there as in a database (SQLite's dialect, as SQLite answers it).
//!
//! | column | is |
//! |---|---|
//! | `path` | the path or key |
//! | `written`, `version`, `bytes` | seconds since 1970 of the last change, the version of an object, its size |
//! | `modified` | the last change, as the file system or store says |
//! | `name_date` | the last day that the path speaks of |
//! | `content_date` | the latest day in the content; read only where a condition speaks of it |
//! | `dated`, `dated_by` | the first of `content_date`, `name_date`, `modified` that is known, and which |
//! | `names`, `latest`, `marker` | names of the file (hard links), whether a plain read gives it, a mark of deletion |
//! | `seen` | the name and fingerprint that a scan notes, on two lines; of marks of deletion nothing |
//! | `stays` | `denied` where the account may not read or remove it, `protected` where the store protects it; else NULL |
//! | `words` | the words of the path: small letters without accents (`ß` is `ss`, `ł` is `l`) and digits, one blank before and after each |
//! | `sha256` | of the content; [`super::Amend::fetch`] alone gives it |
//! | `mentions …` | whether somebody stands in the content ([`Mention`]); read only where a row's fate hangs on it |
//!
//! Other columns are columns of the files themselves: of each file the latest day in that column.

mod content;
mod dates;
mod mention;
mod seek;
mod spelling;

use std::collections::HashMap;

use arrow_array::RecordBatch;
use dataward_model::SourceKind;
use futures::FutureExt;
use futures::StreamExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use serde_json::json;
use sha2::Digest;
use sha2::Sha256;
use sqlx::AssertSqlSafe;
use sqlx::ConnectOptions;
use sqlx::Row;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::sqlite::SqliteConnection;

use self::content::ContentDates;
pub(crate) use self::content::ReadBefore;
pub(crate) use self::dates::latest_in_text;
pub use self::mention::Mention;
pub use self::spelling::has_no_blanks;
pub use self::spelling::number_of;
pub use self::spelling::spellings;
pub use self::spelling::weight;
pub use self::spelling::words;
use super::ALIAS;
use super::Batch;
use super::Catalogue;
use super::ColumnFacts;
use super::KeyColumn;
use super::RowIdentity;
use super::Rows;
use super::SelectedRows;
use super::Selection;
use super::SkipReason;
use super::Sql;
use super::TableFacts;
use super::texts_batch;
use crate::ConnectError;
use crate::Fingerprint;
use crate::Read;
use crate::Unit;
use crate::UnitKind;
use crate::sqlite::quote_identifier;

/// The name of the one table.
pub const STORED: &str = "stored";

/// The type of a column that has to be read out of the files.
pub const IN_CONTENT: &str = "date in content";

/// The columns that are known without opening a file, and their types.
const PLAIN: [(&str, &str); 10] = [
    ("path", "text"),
    ("written", "seconds"),
    ("version", "text"),
    ("bytes", "bytes"),
    ("modified", "timestamp"),
    ("name_date", "date"),
    ("dated_by", "text"),
    ("names", "count"),
    ("latest", "flag"),
    ("marker", "flag"),
];

/// Whether such a source stores files or objects: things that go whole, by their names.
pub fn is_stored(kind: SourceKind) -> bool {
    matches!(kind, SourceKind::Files | SourceKind::Objects)
}

/// What tells a row from others after a restore: of a file or object its path, of others the whole key.
pub fn lasting_key(kind: SourceKind, rows: &Rows, at: usize) -> Vec<u8> {
    if is_stored(kind) { name_at(rows, at).0.as_bytes().to_vec() } else { rows.key_bytes(at) }
}

/// One file, or one version of an object.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) path: String,
    /// Empty where there are no versions.
    pub(crate) version: String,
    pub(crate) kind: UnitKind,
    pub(crate) bytes: u64,
    pub(crate) modified: Timestamp,
    /// As a reader wants it.
    pub(crate) fingerprint: Option<Fingerprint>,
    /// Changes with every change.
    pub(crate) state: u64,
    /// Hard links.
    pub(crate) names: u64,
    pub(crate) latest: bool,
    pub(crate) marker: bool,
    /// Why it can't go, as far as that is known beforehand.
    pub(crate) stays: Option<SkipReason>,
}

impl Stored {
    fn unit(&self) -> Unit {
        let name = match self.kind {
            UnitKind::ObjectVersion => format!("{}{}{}", self.path, crate::objects::VERSION, self.version),
            _ => self.path.clone(),
        };
        let fingerprint = self.fingerprint.clone();
        Unit { name, kind: self.kind, rows_estimate: None, bytes: Some(self.bytes), fingerprint, exposure: None }
    }
}

/// The first 64 bits of a digest.
pub(crate) fn state_of(text: &str) -> u64 {
    let digest = Sha256::digest(text);
    u64::from_be_bytes(*digest.first_chunk().expect("a digest has more than eight bytes"))
}

/// The catalogue of a folder or bucket: one table.
pub(crate) fn catalogue(kind: SourceKind, product: String, stored: u64, bytes: u64) -> Catalogue {
    let column = |(name, sql_type): (&str, &str)| ColumnFacts {
        name: name.to_owned(),
        sql_type: sql_type.to_owned(),
        nullable: true,
        generated: true,
        max_chars: None,
        check: None,
    };
    let mut columns: Vec<ColumnFacts> = PLAIN.into_iter().map(column).collect();
    columns.extend([("content_date", IN_CONTENT), ("dated", IN_CONTENT), ("sha256", "digest")].map(column));
    let table = TableFacts {
        name: STORED.to_owned(),
        sql: quote_identifier(STORED),
        columns,
        identity: RowIdentity::Key(["path", "written", "version", "bytes"].map(str::to_owned).to_vec()),
        unique: Vec::new(),
        rows_estimate: stored,
        bytes,
        triggers: Vec::new(),
        keepers: Vec::new(),
        rules: Vec::new(),
        row_security: false,
        hides_rows: false,
        inherits: Vec::new(),
        keeps_history: false,
        elsewhere: false,
        partitioning: None,
    };
    Catalogue { kind, product, tables: vec![table], foreign_keys: Vec::new() }
}

/// What is stored, as a table that answers SQL.
pub(crate) struct Listing {
    connection: SqliteConnection,
    stored: Vec<Stored>,
    /// Columns of the files that the table has.
    own: Vec<String>,
    before: ReadBefore,
}

impl Listing {
    /// A table of `stored` with the columns of `table`; `before` has what of them was read already.
    pub(crate) async fn new(
        table: &TableFacts,
        stored: Vec<Stored>,
        before: &ReadBefore,
    ) -> Result<Self, ConnectError> {
        let own: Vec<String> = table
            .columns
            .iter()
            .filter(|column| {
                column.sql_type == IN_CONTENT && !["content_date", "dated"].contains(&column.name.as_str())
            })
            .map(|column| column.name.clone())
            .collect();
        let options = SqliteConnectOptions::new().in_memory(true).disable_statement_logging();
        let mut connection = options.connect().await.map_err(|error| broken(&error))?;
        let owned: String = own.iter().map(|name| format!(", {} TEXT", quote_identifier(name))).collect();
        let make = format!(
            "CREATE TABLE facts (n INTEGER PRIMARY KEY, path TEXT, written INTEGER, version TEXT, bytes INTEGER, \
             modified TEXT, name_date TEXT, names INTEGER, latest INTEGER, marker INTEGER, seen TEXT, stays TEXT, words TEXT, sha256 TEXT, \
             doubtful INTEGER NOT NULL DEFAULT 0, content_date TEXT{owned}); \
             CREATE VIEW {STORED} AS SELECT *, \
             CASE WHEN doubtful THEN NULL ELSE coalesce(content_date, name_date, modified) END AS dated, \
             CASE WHEN doubtful THEN NULL WHEN content_date IS NOT NULL THEN 'content' \
             WHEN name_date IS NOT NULL THEN 'name' ELSE 'change' END AS dated_by FROM facts"
        );
        sqlx::raw_sql(AssertSqlSafe(make)).execute(&mut connection).await.map_err(|error| broken(&error))?;
        for (part, first) in stored.chunks(ROWS_A_STATEMENT).zip((0..).step_by(ROWS_A_STATEMENT)) {
            let rows: Vec<serde_json::Value> = part.iter().zip(first..).map(|(stored, n)| row(n, stored)).collect();
            let rows = serde_json::Value::from(rows).to_string();
            sqlx::query(FILL).bind(rows).execute(&mut connection).await.map_err(|error| broken(&error))?;
        }
        Ok(Self { connection, stored, own, before: before.clone() })
    }

    /// The rows of a selection, in the order of their paths; of one path the newest last. Stores list the newest first:
    /// their clocks tell whole seconds only.
    pub(crate) async fn select(mut self, selection: &Selection, read: &dyn Read) -> Result<SelectedRows, ConnectError> {
        let mut texts: Vec<&str> = selection.flags.iter().map(Sql::as_str).collect();
        texts.push(selection.condition.as_str());
        let mentions = self.add_mentions(&texts).await?;
        if self.speaks_of_content(&texts) {
            let wanted = self.may_match(&selection.condition, &mentions).await?;
            self.read_content(&wanted, read).await?;
        }
        let flags: String =
            selection.flags.iter().map(|flag| format!(", coalesce(({}), 0) <> 0", flag.as_str())).collect();
        let sql = format!(
            "SELECT n{flags} FROM {STORED} AS {ALIAS} WHERE ({}) ORDER BY path, written, latest, n DESC",
            selection.condition.as_str()
        );
        self.seek(&mentions, &sql, selection.flags.len(), read).await?;
        let found = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut self.connection).await;
        let mut selected = SelectedRows { flags: vec![Vec::new(); selection.flags.len()], ..SelectedRows::default() };
        let mut numbers = Vec::new();
        for row in found.map_err(|error| broken(&error))? {
            let n: i64 = row.try_get(0).map_err(|error| broken(&error))?;
            numbers.push(n as usize);
            for (at, flags) in selected.flags.iter_mut().enumerate() {
                flags.push(row.try_get::<i64, _>(at + 1).map_err(|error| broken(&error))? != 0);
            }
        }
        selected.rows = rows_of(numbers.iter().map(|n| &self.stored[*n]));
        Ok(selected)
    }

    /// How many rows a condition is true of.
    pub(crate) async fn count(mut self, condition: &Sql, read: &dyn Read) -> Result<u64, ConnectError> {
        let mentions = self.add_mentions(&[condition.as_str()]).await?;
        if self.speaks_of_content(&[condition.as_str()]) {
            let wanted = self.may_match(condition, &mentions).await?;
            self.read_content(&wanted, read).await?;
        }
        let ask = format!("SELECT n FROM {STORED} AS {ALIAS} WHERE {}", condition.as_str());
        self.seek(&mentions, &ask, 0, read).await?;
        let sql = format!("SELECT count(*) FROM {STORED} AS {ALIAS} WHERE {}", condition.as_str());
        let counted = sqlx::query_scalar::<_, i64>(AssertSqlSafe(sql)).fetch_one(&mut self.connection).await;
        counted.map(|rows| rows as u64).map_err(|error| broken(&error))
    }

    /// Of each row of a batch, whether it may go, as it is stored now. `now` has what is there of the batch's
    /// paths.
    pub(crate) async fn verdicts(
        mut self,
        batch: &Batch,
        read: &dyn Read,
    ) -> Result<Vec<Result<Stored, SkipReason>>, ConnectError> {
        let texts = [batch.held().as_str(), batch.condition().as_str(), batch.named().as_str()];
        let mentions = self.add_mentions(&texts).await?;
        if self.speaks_of_content(&[batch.condition().as_str()]) {
            let all: Vec<usize> = (0..self.stored.len()).collect();
            self.read_content(&all, read).await?;
        }
        let sql = format!(
            "SELECT n, coalesce(({}), 0) <> 0, coalesce(({}), 0) <> 0, coalesce(({}), 0) <> 0 FROM {STORED} AS {ALIAS}",
            batch.held().as_str(),
            batch.condition().as_str(),
            batch.named().as_str()
        );
        self.seek(&mentions, &sql, 3, read).await?;
        let found = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut self.connection).await;
        let mut answers = vec![(false, false, false); self.stored.len()];
        for row in found.map_err(|error| broken(&error))? {
            let get = |at: usize| row.try_get::<i64, _>(at).map_err(|error| broken(&error));
            answers[get(0)? as usize] = (get(1)? != 0, get(2)? != 0, get(3)? != 0);
        }
        let by_name: HashMap<(&str, &str), usize> =
            self.stored.iter().enumerate().map(|(n, one)| ((one.path.as_str(), one.version.as_str()), n)).collect();
        let verdict = |at: usize| {
            let Some(n) = by_name.get(&name_at(batch.rows(), at)).copied() else { return Err(SkipReason::Gone) };
            match answers[n] {
                (true, ..) => Err(SkipReason::Held),
                _ if self.stored[n].state != batch.rows().versions[at] => Err(SkipReason::Changed),
                (_, false, _) => Err(SkipReason::NotDue),
                (_, _, true) => Err(SkipReason::Referenced),
                _ => self.stored[n].stays.map_or_else(|| Ok(self.stored[n].clone()), Err),
            }
        };
        Ok((0..batch.rows().len()).map(verdict).collect())
    }

    fn speaks_of_content(&self, texts: &[&str]) -> bool {
        let named = |name: &str| texts.iter().any(|text| text.contains(&quote_identifier(name)));
        ["content_date", "dated", "dated_by"].into_iter().any(named) || self.own.iter().any(|name| named(name))
    }

    /// The rows that the condition may be true of, whatever their content: as if it were very old, unknown, a
    /// day that can't be, ahead, or in doubt, and whomever it mentions. The others need not be read.
    async fn may_match(&mut self, condition: &Sql, mentions: &[Mention]) -> Result<Vec<usize>, ConnectError> {
        let mut matching = Vec::new();
        let days = [Some("1950-01-01"), None, Some("1970-01-01"), Some("9000-01-01")];
        let ask = format!("SELECT n FROM {STORED} AS {ALIAS} WHERE {}", condition.as_str());
        for mark in ALL_MARKS.into_iter().take(if mentions.is_empty() { 1 } else { ALL_MARKS.len() }) {
            self.mark(mentions, mark).await?;
            for (day, doubtful) in days.into_iter().map(|day| (day, false)).chain([(None, true)]) {
                let own: String = self.own.iter().map(|name| format!(", {} = ?1", quote_identifier(name))).collect();
                let set = format!("UPDATE facts SET content_date = ?1, doubtful = ?2{own}");
                let set = sqlx::query(AssertSqlSafe(set)).bind(day).bind(doubtful).execute(&mut self.connection).await;
                set.map_err(|error| broken(&error))?;
                let found = sqlx::query_scalar::<_, i64>(AssertSqlSafe(ask.clone())).fetch_all(&mut self.connection);
                matching.extend(found.await.map_err(|error| broken(&error))?.into_iter().map(|n| n as usize));
            }
        }
        self.mark(mentions, mention::ABSENT).await?;
        let own: String = self.own.iter().map(|name| format!(", {} = NULL", quote_identifier(name))).collect();
        let clear = format!("UPDATE facts SET content_date = NULL, doubtful = 0{own}");
        let clear = sqlx::query(AssertSqlSafe(clear)).execute(&mut self.connection).await;
        clear.map_err(|error| broken(&error))?;
        matching.sort_unstable();
        matching.dedup();
        Ok(matching)
    }

    async fn read_content(&mut self, numbers: &[usize], read: &dyn Read) -> Result<(), ConnectError> {
        let mut reading: Vec<BoxFuture<'_, (usize, ContentDates)>> = Vec::new();
        for n in numbers.iter().copied().filter(|n| !self.stored[*n].marker) {
            let (stored, own, before) = (&self.stored[n], &self.own, &self.before);
            reading.push(async move { (n, before.dates(read, stored, own).await) }.boxed());
        }
        let reading = futures::stream::iter(reading).buffer_unordered(read.parallel_reads());
        let found: Vec<(usize, ContentDates)> = reading.collect().await;
        let column = |(name, at): (&String, usize)| format!(", {} = value ->> {at}", quote_identifier(name));
        let own: String = self.own.iter().zip(3..).map(column).collect();
        let set = format!(
            "UPDATE facts SET content_date = value ->> 1, doubtful = value ->> 2{own} \
             FROM json_each(?1) WHERE n = value ->> 0"
        );
        for part in found.chunks(ROWS_A_STATEMENT) {
            let row = |(n, dates): &(usize, ContentDates)| {
                let mut row = vec![json!(n), json!(dates.latest), json!(i32::from(dates.doubtful))];
                row.extend(dates.columns.iter().map(|day| json!(day)));
                serde_json::Value::from(row)
            };
            let rows = serde_json::Value::from(part.iter().map(row).collect::<Vec<_>>()).to_string();
            let set = sqlx::query(AssertSqlSafe(set.clone())).bind(rows).execute(&mut self.connection).await;
            set.map_err(|error| broken(&error))?;
        }
        Ok(())
    }
}

/// The path and version of a row of a plan; version is empty where there are none.
pub fn name_at(rows: &Rows, at: usize) -> (&str, &str) {
    let text = |column: usize| match rows.keys.get(column) {
        Some(KeyColumn::Texts(texts)) => texts.get(at).map_or("", String::as_str),
        _ => "",
    };
    (text(0), text(2))
}

/// The size of a row of a plan.
pub fn bytes_at(rows: &Rows, at: usize) -> u64 {
    match rows.keys.last() {
        Some(KeyColumn::Integers(bytes)) => bytes.get(at).map_or(0, |bytes| u64::try_from(*bytes).unwrap_or(0)),
        _ => 0,
    }
}

fn rows_of<'a>(stored: impl Iterator<Item = &'a Stored>) -> Rows {
    let (mut paths, mut written, mut versions, mut bytes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut states = Vec::new();
    for stored in stored {
        paths.push(stored.path.clone());
        written.push(stored.modified.as_second());
        versions.push(stored.version.clone());
        bytes.push(stored.bytes as i64);
        states.push(stored.state);
    }
    Rows {
        keys: vec![
            KeyColumn::Texts(paths),
            KeyColumn::Integers(written),
            KeyColumn::Texts(versions),
            KeyColumn::Integers(bytes),
        ],
        versions: states,
        ..Rows::default()
    }
}

/// What is known of rows, with the digest of what each holds.
pub(crate) fn batch_of(table: &TableFacts, rows: &[(Stored, Option<String>)]) -> Result<RecordBatch, ConnectError> {
    texts_batch(table, rows.len(), |at, column| {
        let (stored, sha256) = &rows[at];
        match table.columns[column].name.as_str() {
            "path" => Some(stored.path.clone()),
            "written" => Some(stored.modified.as_second().to_string()),
            "version" => Some(stored.version.clone()),
            "bytes" => Some(stored.bytes.to_string()),
            "modified" => Some(stored.modified.to_string()),
            "name_date" => dates::in_path(&stored.path).map(|day| day.to_string()),
            "names" => Some(stored.names.to_string()),
            "latest" => Some(u8::from(stored.latest).to_string()),
            "marker" => Some(u8::from(stored.marker).to_string()),
            "sha256" => sha256.clone(),
            _ => None,
        }
    })
}

fn row(n: usize, stored: &Stored) -> serde_json::Value {
    let modified = stored.modified.strftime("%Y-%m-%d %H:%M:%S").to_string();
    serde_json::json!([
        n,
        stored.path,
        stored.modified.as_second(),
        stored.version,
        stored.bytes,
        modified,
        dates::in_path(&stored.path).map(|day| day.to_string()),
        stored.names,
        u8::from(stored.latest),
        u8::from(stored.marker),
        stored.fingerprint.as_ref().filter(|_| !stored.marker).map(|known| seen(&stored.unit().name, &known.0)),
        stored.stays.map(SkipReason::as_str),
        words(&stored.path),
    ])
}

/// What `seen` has of a unit that a scan noted with this fingerprint.
pub fn seen(unit: &str, fingerprint: &str) -> String {
    format!("{unit}\n{fingerprint}")
}

const ROWS_A_STATEMENT: usize = 5_000;

/// All that may be said of a mention.
const ALL_MARKS: [u8; 3] = [mention::ABSENT, mention::FOUND, mention::UNREAD];

const FILL: &str = "INSERT INTO facts (n, path, written, version, bytes, modified, name_date, names, latest, marker, seen, \
                    stays, words) \
                    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'), \
                    json_extract(value, '$[3]'), json_extract(value, '$[4]'), json_extract(value, '$[5]'), \
                    json_extract(value, '$[6]'), json_extract(value, '$[7]'), json_extract(value, '$[8]'), \
                    json_extract(value, '$[9]'), json_extract(value, '$[10]'), json_extract(value, '$[11]'), \
                    json_extract(value, '$[12]') FROM json_each(?1)";

/// A statement of ours over the table in memory: its fault is ours, or the rule's.
fn broken(error: &sqlx::Error) -> ConnectError {
    let code = crate::sqlite::result_code(error).unwrap_or(0);
    ConnectError::Internal {
        target: "what is stored".to_owned(),
        reason: format!("a question about it could not be answered (SQLite code {code})"),
    }
}
