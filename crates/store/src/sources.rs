//! What sources said of themselves when they were last scanned.

use dataward_model::SourceId;
use dataward_model::SourceKind;
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;

use crate::Store;
use crate::StoreError;
use crate::row::Typed;

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
