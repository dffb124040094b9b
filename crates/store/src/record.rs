//! What a scan writes: sources, units with their tables and columns, what is gone.

use std::collections::HashMap;

use dataward_model::Category;
use dataward_model::Confidence;
use dataward_model::SkipCause;
use dataward_model::Skipped;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use dataward_model::TableShape;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use sqlx::Row;
use sqlx::SqliteConnection;

use crate::Coverage;
use crate::ScanId;
use crate::SketchRecord;
use crate::Store;
use crate::StoreError;
use crate::row::Typed;
use crate::row::count;
use crate::row::json;
use crate::row::time_text;
use crate::row::word;
use crate::sketches;

/// What a source says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRecord {
    /// Its name.
    pub source: SourceId,
    /// What kind of store it is.
    pub kind: SourceKind,
    /// Product and version.
    pub product: String,
    /// How the way there is protected, in the words of `connect::TransportSecurity`.
    pub transport: String,
}

/// What was read of one unit: a table, a file, an object.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitRecord {
    /// Its source, which was recorded before.
    pub source: SourceId,
    /// Its name, unique within the source.
    pub name: String,
    /// What it is, in the words of `connect::UnitKind`.
    pub kind: String,
    /// Bytes stored.
    pub bytes: Option<u64>,
    /// Who else can read the stored bytes, in the words of `connect::Exposure`.
    pub exposure: Option<String>,
    /// Equal as long as nothing changed.
    pub fingerprint: Option<String>,
    /// How much was read.
    pub coverage: Coverage,
    /// The tables and documents in it.
    pub tables: Vec<TableRecord>,
    /// Parts of it that were not read.
    pub skipped: Vec<Skipped>,
}

/// What was read of one table or document.
#[derive(Clone, Debug, PartialEq)]
pub struct TableRecord {
    /// Its name, unique within the source.
    pub name: String,
    /// Table or document.
    pub shape: TableShape,
    /// Rows in all of it, where known.
    pub rows: Option<u64>,
    /// Rows that were read.
    pub rows_read: u64,
    /// How many different people are behind it, estimated for all of it.
    pub people: Option<u64>,
    /// For a document: what was found in it, and how often.
    pub spans: Vec<SpanCount>,
    /// Where the list of columns comes from.
    pub origin: ColumnOrigin,
    /// The columns, in order.
    pub columns: Vec<ColumnRecord>,
    /// Who is in it, by column.
    pub sketches: Vec<SketchRecord>,
}

/// Where the list of a table's columns comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnOrigin {
    /// From the source's catalogue or a header: a column that is not in it is gone.
    Declared,
    /// From the rows (JSON): a column that a sample did not meet may still be there.
    Rows,
}

/// What was found in one column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnRecord {
    /// Its name.
    pub name: String,
    /// The type as declared or seen.
    pub declared_type: String,
    /// What its values are; none when they are not about a person.
    pub category: Option<Category>,
    /// What else was found in some cells.
    pub also: Vec<Category>,
    /// How sure that is.
    pub confidence: Confidence,
    /// The evidence, strongest first, without raw values.
    pub why: Vec<Why>,
    /// Masked examples; only the first three are kept.
    pub masked: Vec<String>,
    /// Cells that were looked at.
    pub rows: u64,
    /// Cells that were neither NULL nor blank.
    pub filled: u64,
    /// Different values, estimated.
    pub distinct: u64,
}

/// One piece of evidence for or against a category.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Why {
    /// What was seen, as a sentence without a raw value.
    pub text: String,
    /// How much it counts, in natural-logarithm odds.
    pub weight: f64,
}

/// How often a category was found in a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpanCount {
    /// What was found.
    pub category: Category,
    /// How often.
    pub count: u64,
}

/// What is known of a unit from before, for `--since-last`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownUnit {
    /// Equal as long as nothing changed.
    pub fingerprint: String,
    /// How much was read.
    pub coverage: Coverage,
}

/// Masked examples that are kept for each column.
const MASKED_KEPT: usize = 3;

impl Store {
    /// Records what was read of units, all of them or none. After it came back they are on disk
    /// and in [`Store::finished_units`]. Tables and columns that a unit no longer has are marked
    /// gone. Small units are cheaper together: each call waits for the disk once.
    pub async fn record_units(&self, scan: &ScanId, now: Timestamp, units: &[UnitRecord]) -> Result<(), StoreError> {
        const DOING: &str = "record what was scanned";
        let mut transaction = self.begin(DOING).await?;
        for unit in units {
            let recorder = Recorder { connection: &mut transaction, scan, now: time_text(now), unit };
            recorder.record().await.map_err(|error| self.fault(DOING, &error))?;
        }
        self.commit(DOING, transaction).await
    }

    /// Notes that units had not changed since they were last read, and were not read again.
    pub async fn record_unchanged(
        &self,
        scan: &ScanId,
        now: Timestamp,
        source: &SourceId,
        units: &[String],
    ) -> Result<(), StoreError> {
        const DOING: &str = "record what did not change";
        const SEEN: &[&str] = &[
            "INSERT INTO scan_units (scan, source, unit) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            "UPDATE units SET last_seen = ?4, gone_since = NULL WHERE source = ?2 AND name = ?3",
            "UPDATE tables SET last_seen = ?4 WHERE source = ?2 AND unit = ?3 AND gone_since IS NULL",
            "UPDATE columns SET last_seen = ?4 WHERE source = ?2 AND gone_since IS NULL
             AND table_name IN (SELECT name FROM tables WHERE source = ?2 AND unit = ?3)",
        ];
        let mut transaction = self.begin(DOING).await?;
        for unit in units {
            for sql in SEEN {
                sqlx::query(*sql)
                    .bind(scan.as_str())
                    .bind(source.as_str())
                    .bind(unit)
                    .bind(time_text(now))
                    .execute(&mut *transaction)
                    .await
                    .map_err(|error| self.fault(DOING, &error))?;
            }
        }
        self.commit(DOING, transaction).await
    }

    /// Notes a unit that could not be read, or (with no `unit`) a whole source. What is known of it
    /// from before stays in the inventory.
    pub async fn record_skipped(
        &self,
        scan: &ScanId,
        source: &SourceId,
        unit: Option<&str>,
        skipped: &Skipped,
    ) -> Result<(), StoreError> {
        const DOING: &str = "record what was skipped";
        let mut transaction = self.begin(DOING).await?;
        insert_skipped(&mut transaction, scan, source, unit.unwrap_or_default(), skipped)
            .await
            .map_err(|error| self.fault(DOING, &error))?;
        self.commit(DOING, transaction).await
    }

    /// Marks units of `source` that are not in `listed` as gone, with all that is in them. Only
    /// right after a listing that came to its end without an error. Returns how many went.
    pub async fn mark_gone(&self, source: &SourceId, now: Timestamp, listed: &[String]) -> Result<u64, StoreError> {
        const DOING: &str = "mark what is gone";
        const SQL: &[&str] = &[
            // Who was in it is compared with nothing any more.
            "DELETE FROM sketches WHERE source = ?1 AND table_name IN (
                SELECT name FROM tables WHERE source = ?1 AND unit NOT IN (SELECT value FROM json_each(?2)))",
            "UPDATE columns SET gone_since = ?3 WHERE source = ?1 AND gone_since IS NULL AND table_name IN (
                SELECT name FROM tables WHERE source = ?1 AND unit NOT IN (SELECT value FROM json_each(?2)))",
            "UPDATE tables SET gone_since = ?3 WHERE source = ?1 AND gone_since IS NULL
             AND unit NOT IN (SELECT value FROM json_each(?2))",
            "UPDATE units SET gone_since = ?3 WHERE source = ?1 AND gone_since IS NULL
             AND name NOT IN (SELECT value FROM json_each(?2))",
        ];
        let names = json(&listed).map_err(|error| self.fault(DOING, &error))?;
        let mut transaction = self.begin(DOING).await?;
        let mut gone = 0;
        for sql in SQL {
            gone = sqlx::query(*sql)
                .bind(source.as_str())
                .bind(&names)
                .bind(time_text(now))
                .execute(&mut *transaction)
                .await
                .map_err(|error| self.fault(DOING, &error))?
                .rows_affected();
        }
        self.commit(DOING, transaction).await?;
        Ok(gone)
    }

    /// What was known of each unit of `source` when it was last read. Units that are gone, or that
    /// cannot tell whether they changed, or of which a part could not be read are not in it.
    pub async fn unit_fingerprints(&self, source: &SourceId) -> Result<HashMap<String, KnownUnit>, StoreError> {
        const SQL: &str = "
            SELECT name, fingerprint, coverage FROM units
            WHERE source = ? AND fingerprint IS NOT NULL AND gone_since IS NULL";
        let known = |row: &sqlx::sqlite::SqliteRow| {
            let unit = KnownUnit { fingerprint: row.text("fingerprint")?, coverage: row.json("coverage")? };
            Ok((row.text("name")?, unit))
        };
        let rows = sqlx::query(SQL).bind(source.as_str()).fetch_all(self.reader()).await;
        rows.and_then(|rows| rows.iter().map(known).collect())
            .map_err(|error| self.fault("read what was scanned before", &error))
    }
}

async fn insert_skipped(
    connection: &mut SqliteConnection,
    scan: &ScanId,
    source: &SourceId,
    unit: &str,
    skipped: &Skipped,
) -> Result<(), sqlx::Error> {
    const SQL: &str = "INSERT INTO skipped (scan, source, unit, place, reason, cause) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
    sqlx::query(SQL)
        .bind(scan.as_str())
        .bind(source.as_str())
        .bind(unit)
        .bind(&skipped.place)
        .bind(&skipped.reason)
        .bind(word(&skipped.cause)?)
        .execute(connection)
        .await?;
    Ok(())
}

/// Writes one unit inside a transaction.
struct Recorder<'a> {
    connection: &'a mut SqliteConnection,
    scan: &'a ScanId,
    now: String,
    unit: &'a UnitRecord,
}

impl Recorder<'_> {
    async fn record(mut self) -> Result<(), sqlx::Error> {
        self.record_unit().await?;
        for table in &self.unit.tables {
            let is_broken = self.is_broken(table);
            if !is_broken || !self.more_was_read_before(table).await? {
                self.record_table(table).await?;
                sketches::record(self.connection, &self.now, &self.unit.source, table).await?;
            }
            let before = self.categories_before(&table.name).await?;
            for (position, column) in table.columns.iter().enumerate() {
                // What was not read to its end may add to what is known, and takes nothing away.
                if is_broken && column.category.is_none() && before.get(&column.name).is_some_and(Option::is_some) {
                    continue;
                }
                if before.get(&column.name) != Some(&column.category) {
                    self.record_verdict(&table.name, column).await?;
                }
                self.record_column(&table.name, position as u64, column).await?;
            }
            if is_broken {
                continue;
            }
            if table.origin == ColumnOrigin::Declared || self.unit.coverage == Coverage::Everything {
                self.mark_columns_gone(table).await?;
            }
        }
        // A part that could not be read this time may hold tables that were seen before.
        if self.unit.skipped.is_empty() {
            self.mark_tables_gone().await?;
        }
        Ok(())
    }

    async fn record_unit(&mut self) -> Result<(), sqlx::Error> {
        const UNIT: &str = "
            INSERT INTO units (source, name, kind, bytes, exposure, fingerprint, coverage, first_seen, last_seen)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)
            ON CONFLICT DO UPDATE SET kind = ?3, bytes = ?4, exposure = ?5, fingerprint = ?6, coverage = ?7,
                last_seen = ?8, gone_since = NULL";
        const FORGET: &str = "DELETE FROM skipped WHERE scan = ? AND source = ? AND unit = ?";
        const DONE: &str = "INSERT INTO scan_units (scan, source, unit) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
        let unit = self.unit;
        // With a part unread the unit must be looked at again even if it does not change.
        let fingerprint = unit.fingerprint.as_ref().filter(|_| unit.skipped.is_empty());
        sqlx::query(UNIT)
            .bind(unit.source.as_str())
            .bind(&unit.name)
            .bind(&unit.kind)
            .bind(unit.bytes.map(count))
            .bind(&unit.exposure)
            .bind(fingerprint)
            .bind(json(&unit.coverage)?)
            .bind(&self.now)
            .execute(&mut *self.connection)
            .await?;
        for sql in [FORGET, DONE] {
            sqlx::query(sql)
                .bind(self.scan.as_str())
                .bind(unit.source.as_str())
                .bind(&unit.name)
                .execute(&mut *self.connection)
                .await?;
        }
        for skipped in &unit.skipped {
            insert_skipped(self.connection, self.scan, &unit.source, &unit.name, skipped).await?;
        }
        Ok(())
    }

    async fn record_table(&mut self, table: &TableRecord) -> Result<(), sqlx::Error> {
        const SQL: &str = "
            INSERT INTO tables (source, name, unit, shape, row_count, rows_read, people, spans, first_seen, last_seen)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)
            ON CONFLICT DO UPDATE SET unit = ?3, shape = ?4, row_count = ?5, rows_read = ?6, people = ?7, spans = ?8,
                last_seen = ?9, gone_since = NULL";
        sqlx::query(SQL)
            .bind(self.unit.source.as_str())
            .bind(&table.name)
            .bind(&self.unit.name)
            .bind(word(&table.shape)?)
            .bind(table.rows.map(count))
            .bind(count(table.rows_read))
            .bind(table.people.map(count))
            .bind(json(&table.spans)?)
            .bind(&self.now)
            .execute(&mut *self.connection)
            .await?;
        Ok(())
    }

    /// Whether a part of the table could not be read.
    fn is_broken(&self, table: &TableRecord) -> bool {
        let is_of = |place: &str| {
            place == self.unit.name
                || place.strip_prefix(&table.name).is_some_and(|rest| matches!(rest.chars().next(), None | Some('.')))
        };
        self.unit.skipped.iter().any(|skipped| skipped.cause == SkipCause::Failed && is_of(&skipped.place))
    }

    /// Whether an earlier reading of a table that is still there saw more of it than this one.
    async fn more_was_read_before(&mut self, table: &TableRecord) -> Result<bool, sqlx::Error> {
        let sql = "SELECT rows_read FROM tables WHERE source = ? AND name = ? AND gone_since IS NULL";
        let before: Option<i64> = sqlx::query_scalar(sql)
            .bind(self.unit.source.as_str())
            .bind(&table.name)
            .fetch_optional(&mut *self.connection)
            .await?;
        Ok(before.is_some_and(|before| before > count(table.rows_read)))
    }

    async fn categories_before(&mut self, table: &str) -> Result<HashMap<String, Option<Category>>, sqlx::Error> {
        let rows = sqlx::query("SELECT name, category FROM columns WHERE source = ? AND table_name = ?")
            .bind(self.unit.source.as_str())
            .bind(table)
            .fetch_all(&mut *self.connection)
            .await?;
        rows.iter().map(|row| Ok((row.try_get("name")?, row.category("category")?))).collect()
    }

    async fn record_verdict(&mut self, table: &str, column: &ColumnRecord) -> Result<(), sqlx::Error> {
        const SQL: &str = "
            INSERT INTO verdicts (source, table_name, column_name, scan, at, category, confidence)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            ON CONFLICT DO UPDATE SET at = ?5, category = ?6, confidence = ?7";
        sqlx::query(SQL)
            .bind(self.unit.source.as_str())
            .bind(table)
            .bind(&column.name)
            .bind(self.scan.as_str())
            .bind(&self.now)
            .bind(column.category.as_ref().map(Category::key))
            .bind(column.confidence.value())
            .execute(&mut *self.connection)
            .await?;
        Ok(())
    }

    async fn record_column(&mut self, table: &str, position: u64, column: &ColumnRecord) -> Result<(), sqlx::Error> {
        const SQL: &str = "
            INSERT INTO columns (source, table_name, name, position, declared_type, category, also, confidence, why,
                masked, row_count, filled, distinct_count, last_scan, first_seen, last_seen)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?15)
            ON CONFLICT DO UPDATE SET position = ?4, declared_type = ?5, category = ?6, also = ?7, confidence = ?8,
                why = ?9, masked = ?10, row_count = ?11, filled = ?12, distinct_count = ?13, last_scan = ?14,
                last_seen = ?15, gone_since = NULL";
        let masked: Vec<&String> = column.masked.iter().take(MASKED_KEPT).collect();
        sqlx::query(SQL)
            .bind(self.unit.source.as_str())
            .bind(table)
            .bind(&column.name)
            .bind(count(position))
            .bind(&column.declared_type)
            .bind(column.category.as_ref().map(Category::key))
            .bind(json(&column.also)?)
            .bind(column.confidence.value())
            .bind(json(&column.why)?)
            .bind(json(&masked)?)
            .bind(count(column.rows))
            .bind(count(column.filled))
            .bind(count(column.distinct))
            .bind(self.scan.as_str())
            .bind(&self.now)
            .execute(&mut *self.connection)
            .await?;
        Ok(())
    }

    async fn mark_columns_gone(&mut self, table: &TableRecord) -> Result<(), sqlx::Error> {
        const SQL: &str = "
            UPDATE columns SET gone_since = ? WHERE source = ? AND table_name = ? AND gone_since IS NULL
            AND name NOT IN (SELECT value FROM json_each(?))";
        let names: Vec<&String> = table.columns.iter().map(|column| &column.name).collect();
        sqlx::query(SQL)
            .bind(&self.now)
            .bind(self.unit.source.as_str())
            .bind(&table.name)
            .bind(json(&names)?)
            .execute(&mut *self.connection)
            .await?;
        Ok(())
    }

    async fn mark_tables_gone(&mut self) -> Result<(), sqlx::Error> {
        const SQL: &[&str] = &[
            "DELETE FROM sketches WHERE source = ?2 AND table_name IN (
                SELECT name FROM tables WHERE source = ?2 AND unit = ?3
                AND name NOT IN (SELECT value FROM json_each(?4)))",
            "UPDATE columns SET gone_since = ?1 WHERE source = ?2 AND gone_since IS NULL AND table_name IN (
                SELECT name FROM tables WHERE source = ?2 AND unit = ?3
                AND name NOT IN (SELECT value FROM json_each(?4)))",
            "UPDATE tables SET gone_since = ?1 WHERE source = ?2 AND unit = ?3 AND gone_since IS NULL
             AND name NOT IN (SELECT value FROM json_each(?4))",
        ];
        let names: Vec<&String> = self.unit.tables.iter().map(|table| &table.name).collect();
        for sql in SQL {
            sqlx::query(*sql)
                .bind(&self.now)
                .bind(self.unit.source.as_str())
                .bind(&self.unit.name)
                .bind(json(&names)?)
                .execute(&mut *self.connection)
                .await?;
        }
        Ok(())
    }
}
