//! What the collection review compares: sketches of the people in each column, and how tables grew.

use dataward_model::Category;
use dataward_model::Place;
use dataward_model::Sketch;
use dataward_model::SourceId;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use crate::Store;
use crate::StoreError;
use crate::TableRecord;
use crate::row::Typed;
use crate::row::count;
use crate::row::time_text;

/// Who is in a column, as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SketchRecord {
    /// The column; empty for the text of a document.
    pub column: String,
    /// What its values are.
    pub category: Category,
    /// Different values, estimated.
    pub distinct: u64,
    /// The sketch.
    pub sketch: Sketch,
}

/// Who is in a column, as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownSketch {
    /// The source and the table.
    pub place: Place,
    /// What was written.
    pub record: SketchRecord,
}

/// How large a table was when it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSize {
    /// The source and the table.
    pub place: Place,
    /// When it was read.
    pub at: Timestamp,
    /// Its rows, where known.
    pub rows: Option<u64>,
    /// Different people in it, estimated.
    pub people: Option<u64>,
}

/// What a server counted of the use of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableUseRecord {
    /// The table.
    pub table: String,
    /// Rows looked up by an index.
    pub lookups: u64,
    /// Rows written, changed or deleted.
    pub writes: u64,
}

/// Sizes that are kept of each table.
const SIZES_KEPT: i64 = 24;

pub(crate) async fn record(
    connection: &mut SqliteConnection,
    now: &str,
    source: &SourceId,
    table: &TableRecord,
) -> Result<(), sqlx::Error> {
    const FORGET: &str = "DELETE FROM sketches WHERE source = ? AND table_name = ?";
    const SKETCH: &str = "
        INSERT INTO sketches (source, table_name, column_name, category, distinct_count, hashes)
        VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
    const SIZE: &str = "
        INSERT INTO table_sizes (source, table_name, at, row_count, people) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT DO UPDATE SET row_count = ?4, people = ?5";
    const PRUNE: &str = "
        DELETE FROM table_sizes WHERE source = ?1 AND table_name = ?2 AND at NOT IN (
            SELECT at FROM table_sizes WHERE source = ?1 AND table_name = ?2 ORDER BY at DESC LIMIT ?3)";
    sqlx::query(FORGET).bind(source.as_str()).bind(&table.name).execute(&mut *connection).await?;
    for sketch in &table.sketches {
        sqlx::query(SKETCH)
            .bind(source.as_str())
            .bind(&table.name)
            .bind(&sketch.column)
            .bind(sketch.category.key())
            .bind(count(sketch.distinct))
            .bind(sketch.sketch.to_bytes())
            .execute(&mut *connection)
            .await?;
    }
    sqlx::query(SIZE)
        .bind(source.as_str())
        .bind(&table.name)
        .bind(now)
        .bind(table.rows.map(count))
        .bind(table.people.map(count))
        .execute(&mut *connection)
        .await?;
    sqlx::query(PRUNE).bind(source.as_str()).bind(&table.name).bind(SIZES_KEPT).execute(connection).await?;
    Ok(())
}

impl Store {
    /// The sketches of all tables that are not gone, by place.
    pub async fn sketches(&self) -> Result<Vec<KnownSketch>, StoreError> {
        const SQL: &str = "
            SELECT s.* FROM sketches s JOIN tables t ON t.source = s.source AND t.name = s.table_name
            WHERE t.gone_since IS NULL ORDER BY s.source, s.table_name, s.column_name, s.category";
        let known = |row: &SqliteRow| -> Result<KnownSketch, sqlx::Error> {
            let damaged = || sqlx::Error::Decode("a sketch is damaged".into());
            let bytes: Vec<u8> = row.try_get("hashes")?;
            Ok(KnownSketch {
                place: Place::of_table(row.word("source")?, row.text("table_name")?),
                record: SketchRecord {
                    column: row.text("column_name")?,
                    category: row.category("category")?.ok_or_else(damaged)?,
                    distinct: row.number("distinct_count")?,
                    sketch: Sketch::from_bytes(&bytes).ok_or_else(damaged)?,
                },
            })
        };
        let rows = sqlx::query(SQL).fetch_all(self.reader()).await;
        rows.and_then(|rows| rows.iter().map(known).collect())
            .map_err(|error| self.fault("read who is in which column", &error))
    }

    /// Keeps what a server counted; says of each table since when its counters have not changed.
    pub async fn record_uses(
        &self,
        source: &SourceId,
        now: Timestamp,
        uses: &[TableUseRecord],
    ) -> Result<Vec<(Place, Timestamp)>, StoreError> {
        const DOING: &str = "keep how tables are used";
        const SQL: &str = "
            INSERT INTO table_uses (source, table_name, lookups, writes, since) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT DO UPDATE SET
                since = CASE WHEN lookups = ?3 AND writes = ?4 THEN since ELSE ?5 END, lookups = ?3, writes = ?4
            RETURNING since";
        let mut transaction = self.begin(DOING).await?;
        let mut unchanged = Vec::new();
        for table in uses {
            let row = sqlx::query(SQL)
                .bind(source.as_str())
                .bind(&table.table)
                .bind(count(table.lookups))
                .bind(count(table.writes))
                .bind(time_text(now))
                .fetch_one(&mut *transaction)
                .await
                .map_err(|error| self.fault(DOING, &error))?;
            let since = row.time("since").map_err(|error| self.fault(DOING, &error))?;
            unchanged.push((Place::of_table(source.clone(), table.table.as_str()), since));
        }
        self.commit(DOING, transaction).await?;
        Ok(unchanged)
    }

    /// How large each table was whenever it was read: by place, oldest first.
    pub async fn table_sizes(&self) -> Result<Vec<TableSize>, StoreError> {
        let size = |row: &SqliteRow| -> Result<TableSize, sqlx::Error> {
            Ok(TableSize {
                place: Place::of_table(row.word("source")?, row.text("table_name")?),
                at: row.time("at")?,
                rows: row.number_or_none("row_count")?,
                people: row.number_or_none("people")?,
            })
        };
        let rows =
            sqlx::query("SELECT * FROM table_sizes ORDER BY source, table_name, at").fetch_all(self.reader()).await;
        rows.and_then(|rows| rows.iter().map(size).collect())
            .map_err(|error| self.fault("read how tables grew", &error))
    }
}
