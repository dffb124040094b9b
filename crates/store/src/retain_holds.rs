//! Holds and tollings: what must not go. Several may cover one thing.

use dataward_model::SourceId;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::Store;
use crate::StoreError;
use crate::row::Typed;
use crate::row::time_text;

/// One hold or tolling of one place, or of a person wherever they are.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredHold {
    /// Its name.
    pub id: String,
    /// `hold` or `tolling`.
    pub kind: String,
    /// The matter, for people; no name of a person.
    pub matter: String,
    /// The source; none: all of them, as for a person.
    pub source: Option<SourceId>,
    /// Where the source was on its server when it was placed; none where that is not known.
    pub address: Option<String>,
    /// The table; none: all of the source.
    pub table: Option<String>,
    /// Which rows or which person, sealed; none: all of the table.
    pub rows: Option<Vec<u8>>,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// Who placed it.
    pub placed_by: String,
    /// When and by whom it was lifted.
    pub released: Option<(Timestamp, String)>,
}

impl std::fmt::Debug for StoredHold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredHold({} {})", self.id, self.matter)
    }
}

impl Store {
    /// Keeps holds, all or none.
    pub async fn place_holds(&self, holds: &[StoredHold]) -> Result<(), StoreError> {
        const DOING: &str = "keep a hold";
        const SQL: &str = "
            INSERT INTO retain_holds (id, kind, matter, source, address, table_name, rows, placed_at, placed_by)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let mut transaction = self.begin(DOING).await?;
        for hold in holds {
            sqlx::query(SQL)
                .bind(&hold.id)
                .bind(&hold.kind)
                .bind(&hold.matter)
                .bind(hold.source.as_ref().map(SourceId::as_str))
                .bind(&hold.address)
                .bind(&hold.table)
                .bind(&hold.rows)
                .bind(time_text(hold.placed_at))
                .bind(&hold.placed_by)
                .execute(&mut *transaction)
                .await
                .map_err(|error| self.fault(DOING, &error))?;
        }
        self.commit(DOING, transaction).await
    }

    /// Lifts those of these holds that lie now. Returns how many.
    pub async fn release_holds(&self, ids: &[&str], at: Timestamp, by: &str) -> Result<u64, StoreError> {
        const DOING: &str = "lift a hold";
        const SQL: &str = "UPDATE retain_holds SET released_at = ?2, released_by = ?3
                           WHERE id IN (SELECT value FROM json_each(?1)) AND released_at IS NULL";
        let mut transaction = self.begin(DOING).await?;
        let done = sqlx::query(SQL)
            .bind(serde_json::json!(ids).to_string())
            .bind(time_text(at))
            .bind(by)
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.fault(DOING, &error))?;
        self.commit(DOING, transaction).await?;
        Ok(done.rows_affected())
    }

    /// The holds that lie now, oldest first; with `all` also those that were lifted.
    pub async fn holds(&self, all: bool) -> Result<Vec<StoredHold>, StoreError> {
        const SQL: &str =
            "SELECT * FROM retain_holds WHERE ?1 OR released_at IS NULL ORDER BY placed_at, length(id), id";
        let hold = |row: &SqliteRow| {
            let released = match (row.time_or_none("released_at")?, row.text_or_none("released_by")?) {
                (Some(at), Some(by)) => Some((at, by)),
                _ => None,
            };
            Ok(StoredHold {
                id: row.text("id")?,
                kind: row.text("kind")?,
                matter: row.text("matter")?,
                source: row.word_or_none("source")?,
                address: row.text_or_none("address")?,
                table: row.text_or_none("table_name")?,
                rows: row.try_get("rows")?,
                placed_at: row.time("placed_at")?,
                placed_by: row.text("placed_by")?,
                released,
            })
        };
        let rows = sqlx::query(SQL).bind(all).fetch_all(self.reader()).await;
        rows.and_then(|rows| rows.iter().map(hold).collect()).map_err(|error| self.fault("read the holds", &error))
    }
}
