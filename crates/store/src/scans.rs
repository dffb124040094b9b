//! Scans: begun, cut off, gone on with, finished.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::fmt;

use dataward_model::SkipCause;
use dataward_model::SourceId;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use sqlx::sqlite::SqliteRow;

use crate::Store;
use crate::StoreError;
use crate::row::Typed;
use crate::row::json;
use crate::row::time_text;

/// Names a scan; later scans have greater ids.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScanId(String);

impl ScanId {
    /// The text of the id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn from_stored(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for ScanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How much of a unit was, or is to be, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Coverage {
    /// Every row.
    Everything,
    /// A random sample.
    Sample {
        /// Rows of each table.
        rows: u64,
        /// Seed of the choice.
        seed: u64,
    },
}

impl Coverage {
    /// Whether what was read with this answers what `wanted` asks for.
    pub fn covers(self, wanted: Self) -> bool {
        match (self, wanted) {
            (Self::Everything, _) => true,
            (Self::Sample { .. }, Self::Everything) => false,
            (Self::Sample { rows: had, .. }, Self::Sample { rows: wanted, .. }) => had >= wanted,
        }
    }
}

/// What was asked of a scan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanRequest {
    /// How much of each table.
    pub coverage: Coverage,
    /// Whether units that did not change since the last scan are left alone.
    pub since_last: bool,
    /// The sources, by name.
    pub sources: Vec<SourceId>,
}

/// What came of a scan, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScanTotals {
    /// Sources that could be opened.
    pub sources: u64,
    /// Tables, files and objects that were read.
    pub units: u64,
    /// Units that had not changed and were not read again.
    pub unchanged: u64,
    /// Tables and documents in them.
    pub tables: u64,
    /// Columns in them.
    pub columns: u64,
    /// Columns with personal data.
    pub personal_columns: u64,
    /// Rows that were read.
    pub rows_read: u64,
    /// Bytes that were read.
    pub bytes_read: u64,
    /// Places that were not read.
    pub skipped: u64,
    /// Columns for each category key.
    pub by_category: BTreeMap<String, u64>,
}

/// Where a scan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScanState {
    /// Came to its end.
    Finished,
    /// Was stopped; can be gone on with.
    Interrupted,
    /// Is under way, or its process died.
    Running,
}

/// A scan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    /// Its id.
    pub id: ScanId,
    /// When it began.
    pub started: Timestamp,
    /// When it came to its end or was stopped.
    pub finished: Option<Timestamp>,
    /// Where it stands.
    pub state: ScanState,
    /// What was asked.
    pub request: ScanRequest,
    /// What came of it so far.
    pub totals: ScanTotals,
}

/// A place that a scan did not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedLine {
    /// The source.
    pub source: SourceId,
    /// The table, file or member.
    pub place: String,
    /// What happened.
    pub reason: String,
    /// Whether that is a fault or just nothing for us.
    pub cause: SkipCause,
}

/// How much of a source was read when each of its units was read last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Whether every row was, of all of them.
    pub is_whole: bool,
    /// Rows that were read.
    pub rows: u64,
}

impl Store {
    /// Begins a scan.
    pub async fn begin_scan(&self, now: Timestamp, request: &ScanRequest) -> Result<ScanId, StoreError> {
        const DOING: &str = "begin a scan";
        let mut transaction = self.begin(DOING).await?;
        let inserted = async {
            // The first part sorts by time; the second keeps two scans of one millisecond apart.
            let random: String =
                sqlx::query_scalar("SELECT lower(hex(randomblob(4)))").fetch_one(&mut *transaction).await?;
            let id = format!("{}-{random}", now.strftime("%Y%m%dT%H%M%S%.3fZ"));
            sqlx::query("INSERT INTO scans (id, started, state, request, totals) VALUES (?, ?, 'running', ?, '{}')")
                .bind(&id)
                .bind(time_text(now))
                .bind(json(request)?)
                .execute(&mut *transaction)
                .await?;
            Ok(ScanId(id))
        };
        let id = inserted.await.map_err(|error| self.fault(DOING, &error))?;
        self.commit(DOING, transaction).await?;
        Ok(id)
    }

    /// Takes up a scan that was cut off: it is running again. Forgets what it skipped in units it
    /// was not done with, since those will be tried again.
    pub async fn resume_scan(&self, scan: &ScanId) -> Result<(), StoreError> {
        const DOING: &str = "take up a scan";
        const RUNNING: &str = "UPDATE scans SET state = 'running', finished = NULL WHERE id = ?";
        const FORGET: &str = "
            DELETE FROM skipped WHERE scan = ?1
            AND (source, unit) NOT IN (SELECT source, unit FROM scan_units WHERE scan = ?1)";
        let mut transaction = self.begin(DOING).await?;
        let done = sqlx::query(RUNNING).bind(scan.as_str()).execute(&mut *transaction).await;
        self.one_scan(DOING, scan, done)?;
        sqlx::query(FORGET)
            .bind(scan.as_str())
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.fault(DOING, &error))?;
        self.commit(DOING, transaction).await
    }

    /// Notes that a scan came to its end.
    pub async fn finish_scan(&self, scan: &ScanId, now: Timestamp, totals: &ScanTotals) -> Result<(), StoreError> {
        self.end_scan(scan, "finished", now, totals).await
    }

    /// Notes that a scan was stopped before its end.
    pub async fn interrupt_scan(&self, scan: &ScanId, now: Timestamp, totals: &ScanTotals) -> Result<(), StoreError> {
        self.end_scan(scan, "interrupted", now, totals).await
    }

    async fn end_scan(
        &self,
        scan: &ScanId,
        state: &'static str,
        now: Timestamp,
        totals: &ScanTotals,
    ) -> Result<(), StoreError> {
        const DOING: &str = "end a scan";
        let totals = json(totals).map_err(|error| self.fault(DOING, &error))?;
        let mut transaction = self.begin(DOING).await?;
        let done = sqlx::query("UPDATE scans SET state = ?, finished = ?, totals = ? WHERE id = ?")
            .bind(state)
            .bind(time_text(now))
            .bind(totals)
            .bind(scan.as_str())
            .execute(&mut *transaction)
            .await;
        self.one_scan(DOING, scan, done)?;
        self.commit(DOING, transaction).await
    }

    fn one_scan(
        &self,
        doing: &'static str,
        scan: &ScanId,
        done: Result<sqlx::sqlite::SqliteQueryResult, sqlx::Error>,
    ) -> Result<(), StoreError> {
        match done {
            Ok(result) if result.rows_affected() == 0 => Err(StoreError::UnknownScan { scan: scan.to_string() }),
            Ok(_) => Ok(()),
            Err(error) => Err(self.fault(doing, &error)),
        }
    }

    /// Scans, newest first, at most `limit`.
    pub async fn scans(&self, limit: u32) -> Result<Vec<Scan>, StoreError> {
        self.scans_by("SELECT * FROM scans ORDER BY id DESC LIMIT ?", i64::from(limit)).await
    }

    /// The newest scan, if it did not come to its end. An older one is not worth going on with.
    pub async fn latest_unfinished_scan(&self) -> Result<Option<Scan>, StoreError> {
        let newest = self.scans(1).await?.pop();
        Ok(newest.filter(|scan| scan.state != ScanState::Finished))
    }

    /// The newest scan that came to its end.
    pub async fn latest_finished_scan(&self) -> Result<Option<Scan>, StoreError> {
        const SQL: &str = "SELECT * FROM scans WHERE state = 'finished' ORDER BY id DESC LIMIT ?";
        Ok(self.scans_by(SQL, 1_i64).await?.pop())
    }

    /// The oldest scan that came to its end: the audit plan begins with it.
    pub async fn first_finished_scan(&self) -> Result<Option<Scan>, StoreError> {
        const SQL: &str = "SELECT * FROM scans WHERE state = 'finished' ORDER BY id LIMIT ?";
        Ok(self.scans_by(SQL, 1_i64).await?.pop())
    }

    async fn scans_by(&self, sql: &'static str, limit: i64) -> Result<Vec<Scan>, StoreError> {
        let rows = sqlx::query(sql).bind(limit).fetch_all(self.reader()).await;
        rows.and_then(|rows| rows.iter().map(scan_of).collect()).map_err(|error| self.fault("list the scans", &error))
    }

    /// The units of `source` that `scan` is done with, read or found unchanged.
    pub async fn finished_units(&self, scan: &ScanId, source: &SourceId) -> Result<HashSet<String>, StoreError> {
        let units = sqlx::query_scalar("SELECT unit FROM scan_units WHERE scan = ? AND source = ?")
            .bind(scan.as_str())
            .bind(source.as_str())
            .fetch_all(self.reader())
            .await
            .map_err(|error| self.fault("list the units of a scan", &error))?;
        Ok(units.into_iter().collect())
    }

    /// What `scan` did not read, by source and place.
    pub async fn skipped(&self, scan: &ScanId) -> Result<Vec<SkippedLine>, StoreError> {
        const SQL: &str =
            "SELECT source, place, reason, cause FROM skipped WHERE scan = ? ORDER BY source, place, reason";
        self.skipped_by(SQL, scan.as_str()).await
    }

    /// What the last scan of each source that came to its end did not read, by source and place.
    pub async fn not_read(&self) -> Result<Vec<SkippedLine>, StoreError> {
        const SQL: &str = "
            SELECT source, place, reason, cause FROM skipped AS s WHERE scan = (
                SELECT max(l.id) FROM scans l, json_each(l.request, '$.sources') AS named
                WHERE l.state = ? AND named.value = s.source)
            ORDER BY source, place, reason";
        self.skipped_by(SQL, "finished").await
    }

    /// How much of each source was read, the units that are not gone alone; sources of which nothing is known are
    /// not in it.
    pub async fn readings(&self) -> Result<BTreeMap<SourceId, Reading>, StoreError> {
        const SQL: &str = "
            SELECT u.source, min(u.coverage = ?) AS is_whole, coalesce(sum(t.rows_read), 0) AS rows_read
            FROM units u LEFT JOIN (
                SELECT source, unit, sum(rows_read) AS rows_read FROM tables WHERE gone_since IS NULL GROUP BY source, unit
            ) t ON t.source = u.source AND t.unit = u.name
            WHERE u.gone_since IS NULL GROUP BY u.source";
        const DOING: &str = "read how much was read";
        let everything = json(&Coverage::Everything).map_err(|error| self.fault(DOING, &error))?;
        let reading = |row: &SqliteRow| {
            let reading = Reading { is_whole: row.number("is_whole")? == 1, rows: row.number("rows_read")? };
            Ok((row.word("source")?, reading))
        };
        let rows = sqlx::query(SQL).bind(everything).fetch_all(self.reader()).await;
        rows.and_then(|rows| rows.iter().map(reading).collect()).map_err(|error| self.fault(DOING, &error))
    }

    async fn skipped_by(&self, sql: &'static str, bound: &str) -> Result<Vec<SkippedLine>, StoreError> {
        let rows = sqlx::query(sql).bind(bound).fetch_all(self.reader()).await;
        let line = |row: &SqliteRow| {
            Ok(SkippedLine {
                source: row.word("source")?,
                place: row.text("place")?,
                reason: row.text("reason")?,
                cause: row.word("cause")?,
            })
        };
        rows.and_then(|rows| rows.iter().map(line).collect())
            .map_err(|error| self.fault("list what was skipped", &error))
    }
}

fn scan_of(row: &SqliteRow) -> Result<Scan, sqlx::Error> {
    Ok(Scan {
        id: ScanId(row.text("id")?),
        started: row.time("started")?,
        finished: row.time_or_none("finished")?,
        state: row.word("state")?,
        request: row.json("request")?,
        totals: row.json("totals")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_sample_covers_a_smaller_one_and_everything_covers_all() {
        let small = Coverage::Sample { rows: 10, seed: 1 };
        let large = Coverage::Sample { rows: 20, seed: 2 };
        assert!(large.covers(small));
        assert!(!small.covers(large));
        assert!(Coverage::Everything.covers(large));
        assert!(!large.covers(Coverage::Everything));
    }
}
