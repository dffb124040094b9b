//! What sources said of themselves when they were last scanned.

use dataward_model::SourceId;
use dataward_model::SourceKind;
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;

use crate::SourceRecord;
use crate::Store;
use crate::StoreError;
use crate::row::Typed;
use crate::row::time_text;

/// A source that was scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownSource {
    /// Its name.
    pub source: SourceId,
    /// What kind of store it is.
    pub kind: SourceKind,
    /// Product and version.
    pub product: String,
    /// How the way there is protected, in the words of `connect::TransportSecurity`.
    pub transport: String,
    /// When it was last scanned.
    pub last_seen: Timestamp,
}

impl Store {
    /// Notes what a source says of itself. Comes before its units.
    pub async fn record_source(&self, now: Timestamp, record: &SourceRecord) -> Result<(), StoreError> {
        const DOING: &str = "record a source";
        const SQL: &str = "
            INSERT INTO sources (source, kind, product, transport, first_seen, last_seen)
            VALUES (?1, ?2, ?3, ?4, ?5, ?5)
            ON CONFLICT DO UPDATE SET kind = ?2, product = ?3, transport = ?4, last_seen = ?5";
        let mut transaction = self.begin(DOING).await?;
        sqlx::query(SQL)
            .bind(record.source.as_str())
            .bind(record.kind.as_str())
            .bind(&record.product)
            .bind(&record.transport)
            .bind(time_text(now))
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.fault(DOING, &error))?;
        self.commit(DOING, transaction).await
    }

    /// The sources that were ever scanned, by name.
    pub async fn sources(&self) -> Result<Vec<KnownSource>, StoreError> {
        let known = |row: &SqliteRow| {
            Ok(KnownSource {
                source: row.word("source")?,
                kind: row.word("kind")?,
                product: row.text("product")?,
                transport: row.text("transport")?,
                last_seen: row.time("last_seen")?,
            })
        };
        let rows = sqlx::query("SELECT * FROM sources ORDER BY source").fetch_all(self.reader()).await;
        rows.and_then(|rows| rows.iter().map(known).collect()).map_err(|error| self.fault("list the sources", &error))
    }
}
