//! What was proven to encrypt stored data, how, and from when to when: after a breach the question is
//! whether it was encrypted on that day.

use dataward_model::SourceId;
use dataward_model::unit::is_of_file;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use crate::Store;
use crate::StoreError;
use crate::row::Typed;
use crate::row::time_text;

/// Something that encrypts stored data, as an audit saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtectionRecord {
    /// The file, object or table; none: all of the source.
    pub unit: Option<String>,
    /// The column; none: all of the unit.
    pub column: Option<String>,
    /// What encrypts it.
    pub by: String,
    /// How that was seen.
    pub proof: String,
    /// Keys of the categories that it held when it was sealed, as far as a scan had found them.
    pub holds: Vec<String>,
}

/// Something that encrypts stored data, and when that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredProtection {
    /// The source.
    pub source: SourceId,
    /// What was seen.
    pub record: ProtectionRecord,
    /// When it was seen first.
    pub first_seen: Timestamp,
    /// When it was seen last.
    pub last_seen: Timestamp,
    /// When it was found to be gone.
    pub gone_since: Option<Timestamp>,
}

const DOING: &str = "keep what encrypts stored data";

/// What was seen before is seen again; the rest is new.
async fn keep(
    connection: &mut SqliteConnection,
    source: &SourceId,
    at: &str,
    seen: &[ProtectionRecord],
) -> Result<(), sqlx::Error> {
    const AGAIN: &str = "
        UPDATE protections SET last_seen = ?5, proof = ?6
        WHERE source = ?1 AND unit = ?2 AND column_name = ?3 AND by_what = ?4 AND gone_since IS NULL";
    const NEW: &str = "
        INSERT INTO protections (source, unit, column_name, by_what, proof, first_seen, last_seen, holds)
        VALUES (?1, ?2, ?3, ?4, ?6, ?5, ?5, ?7) ON CONFLICT DO NOTHING";
    for record in seen {
        for statement in [AGAIN, NEW] {
            let done = sqlx::query(statement)
                .bind(source.as_str())
                .bind(record.unit.as_deref().unwrap_or_default())
                .bind(record.column.as_deref().unwrap_or_default())
                .bind(&record.by)
                .bind(at)
                .bind(&record.proof)
                .bind(record.holds.join(" "))
                .execute(&mut *connection)
                .await?;
            if done.rows_affected() > 0 {
                break;
            }
        }
    }
    Ok(())
}

impl StoredProtection {
    /// Whether it covers a column of a unit of its source.
    pub fn covers(&self, unit: &str, column: &str) -> bool {
        let unit_fits = self.record.unit.as_deref().is_none_or(|known| is_of_file(unit, known));
        unit_fits && self.record.column.as_deref().is_none_or(|known| known == column)
    }

    /// 2 for a column, 1 for a unit, 0 for a source: the nearest says most.
    pub fn nearness(&self) -> u8 {
        u8::from(self.record.unit.is_some()) + u8::from(self.record.column.is_some())
    }
}

impl Store {
    /// Keeps what an audit saw of a source: what it no longer saw is gone since `at`.
    pub async fn record_protections(
        &self,
        source: &SourceId,
        at: Timestamp,
        seen: &[ProtectionRecord],
    ) -> Result<(), StoreError> {
        const GONE: &str =
            "UPDATE protections SET gone_since = ?2 WHERE source = ?1 AND gone_since IS NULL AND last_seen < ?2";
        let at = time_text(at);
        let mut transaction = self.begin(DOING).await?;
        keep(&mut transaction, source, &at, seen).await.map_err(|error| self.fault(DOING, &error))?;
        sqlx::query(GONE)
            .bind(source.as_str())
            .bind(&at)
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.fault(DOING, &error))?;
        self.commit(DOING, transaction).await
    }

    /// Keeps what was sealed (`seen`) and opened (`gone`, by unit) just now; all else stays as it was.
    pub async fn change_protections(
        &self,
        source: &SourceId,
        at: Timestamp,
        seen: &[ProtectionRecord],
        gone: &[String],
    ) -> Result<(), StoreError> {
        const GONE: &str = "
            UPDATE protections SET gone_since = ?3
            WHERE source = ?1 AND unit = ?2 AND by_what <> ?4 AND gone_since IS NULL";
        let at = time_text(at);
        let mut transaction = self.begin(DOING).await?;
        // What was sealed under another key before is so no more.
        let sealed = seen.iter().filter_map(|record| Some((record.unit.as_ref()?, record.by.as_str())));
        for (unit, by) in gone.iter().map(|unit| (unit, "")).chain(sealed) {
            let query = sqlx::query(GONE).bind(source.as_str()).bind(unit).bind(&at).bind(by);
            query.execute(&mut *transaction).await.map_err(|error| self.fault(DOING, &error))?;
        }
        keep(&mut transaction, source, &at, seen).await.map_err(|error| self.fault(DOING, &error))?;
        self.commit(DOING, transaction).await
    }

    /// What encrypts stored data, the nearest first; with `with_gone` also what once did.
    pub async fn protections(&self, with_gone: bool) -> Result<Vec<StoredProtection>, StoreError> {
        const SQL: &str = "SELECT * FROM protections WHERE ?1 OR gone_since IS NULL ORDER BY source, unit, column_name";
        let read = |row: &SqliteRow| -> Result<StoredProtection, sqlx::Error> {
            let named = |column| Ok::<_, sqlx::Error>(Some(row.text(column)?).filter(|text: &String| !text.is_empty()));
            Ok(StoredProtection {
                source: row.word("source")?,
                record: ProtectionRecord {
                    unit: named("unit")?,
                    column: named("column_name")?,
                    by: row.try_get("by_what")?,
                    proof: row.try_get("proof")?,
                    holds: row.text("holds")?.split_whitespace().map(str::to_owned).collect(),
                },
                first_seen: row.time("first_seen")?,
                last_seen: row.time("last_seen")?,
                gone_since: row.time_or_none("gone_since")?,
            })
        };
        let rows = sqlx::query(SQL).bind(with_gone).fetch_all(self.reader()).await;
        let mut found: Vec<StoredProtection> = rows
            .and_then(|rows| rows.iter().map(read).collect())
            .map_err(|error| self.fault("read what encrypts stored data", &error))?;
        found.sort_by_key(|protection| std::cmp::Reverse(protection.nearness()));
        Ok(found)
    }
}
