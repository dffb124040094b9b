//! What is read back: every column with what detection and people say of it.

use std::collections::HashMap;

use dataward_model::Category;
use dataward_model::Confidence;
use dataward_model::Place;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use dataward_model::TableShape;
use jiff::Timestamp;
use serde::Serialize;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::Decision;
use crate::Ownership;
use crate::ScanId;
use crate::SpanCount;
use crate::Store;
use crate::StoreError;
use crate::Why;
use crate::row::Typed;

/// A column, what detection found in it and what a person decided about it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InventoryEntry {
    /// Source, table and column.
    pub place: Place,
    /// What kind of store the source is.
    pub source_kind: SourceKind,
    /// The file, table or object it lies in.
    pub unit: UnitFacts,
    /// Table or document.
    pub shape: TableShape,
    /// The type as declared or seen.
    pub declared_type: String,
    /// What detection says; none: not about a person.
    pub detected: Option<Category>,
    /// What a person decided; beats detection.
    pub decision: Option<Decision>,
    /// What else was found in some cells.
    pub also: Vec<Category>,
    /// How sure detection is.
    pub confidence: Confidence,
    /// The evidence, strongest first.
    pub why: Vec<Why>,
    /// Up to three masked examples.
    pub masked: Vec<String>,
    /// Cells that were looked at.
    pub rows: u64,
    /// Cells that were neither NULL nor blank.
    pub filled: u64,
    /// Different values, estimated.
    pub distinct: u64,
    /// Rows in the whole table, where known.
    pub table_rows: Option<u64>,
    /// How many different people are behind the table, estimated.
    pub people: Option<u64>,
    /// For a document: what was found in it, and how often.
    pub spans: Vec<SpanCount>,
    /// Who answers for it, from the nearest place that says so.
    pub ownership: Ownership,
    /// The scan that looked at it last.
    pub last_scan: ScanId,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// When it was found to be gone.
    pub gone_since: Option<Timestamp>,
}

impl InventoryEntry {
    /// What the column holds as far as anyone knows: a decision beats detection.
    pub fn category(&self) -> Option<&Category> {
        match &self.decision {
            Some(decision) => decision.category.as_ref(),
            None => self.detected.as_ref(),
        }
    }
}

/// What is read in one go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitFacts {
    /// Its name.
    pub name: String,
    /// What it is, in the words of `connect::UnitKind`.
    pub kind: String,
    /// Bytes stored.
    pub bytes: Option<u64>,
    /// Who else can read the stored bytes, in the words of `connect::Exposure`.
    pub exposure: Option<String>,
}

impl UnitFacts {
    /// Whether it only shows rows of other tables, and holds none of its own.
    pub fn is_view(&self) -> bool {
        self.kind == "view"
    }

    /// Whether its rows come from other tables: of a view, or of one whose rows are stored until it is made anew. No row
    /// of it is retired or held by itself.
    pub fn is_derived(&self) -> bool {
        self.is_view() || self.kind == "materialised-view"
    }
}

/// Which entries to list. The default lists all columns that are not gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InventoryFilter {
    /// Only of this source.
    pub source: Option<SourceId>,
    /// Only of this table.
    pub table: Option<String>,
    /// Only of this column.
    pub column: Option<String>,
    /// Only what holds this category or one below it; [`Category::USER`] for all personal data.
    pub category: Option<Category>,
    /// Also what is gone.
    pub with_gone: bool,
}

/// A table or document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TableSummary {
    /// Source and table.
    pub place: Place,
    /// What kind of store the source is.
    pub source_kind: SourceKind,
    /// The file, table or object it lies in.
    pub unit: UnitFacts,
    /// Table or document.
    pub shape: TableShape,
    /// Rows in all of it, where known.
    pub rows: Option<u64>,
    /// Rows that were read.
    pub rows_read: u64,
    /// How many different people are behind it, estimated.
    pub people: Option<u64>,
    /// For a document: what was found in it, and how often.
    pub spans: Vec<SpanCount>,
    /// Columns that are not gone.
    pub columns: u64,
    /// Columns that hold personal data, decisions included.
    pub personal_columns: u64,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// When it was found to be gone.
    pub gone_since: Option<Timestamp>,
}

/// What detection said of a column once; the next one in time holds from its scan on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PastVerdict {
    /// The scan that said so first.
    pub scan: ScanId,
    /// When.
    pub at: Timestamp,
    /// What it said.
    pub category: Option<Category>,
    /// How sure it was.
    pub confidence: Confidence,
}

impl Store {
    /// Columns in the order of source, table and position.
    pub async fn inventory(&self, filter: &InventoryFilter) -> Result<Vec<InventoryEntry>, StoreError> {
        const DOING: &str = "read the inventory";
        // Category keys hold no wildcards of GLOB; a child is its parent, a dot, and more.
        const SQL: &str = "
            SELECT * FROM inventory
            WHERE (?1 IS NULL OR source = ?1)
              AND (?2 IS NULL OR table_name = ?2)
              AND (?3 IS NULL OR column_name = ?3)
              AND (?4 IS NULL OR effective = ?4 OR effective GLOB ?4 || '.*')
              AND (?5 OR gone_since IS NULL)
            ORDER BY source, table_name, gone_since IS NOT NULL, position, column_name";
        let ownership = self.ownership().await?;
        let rows = sqlx::query(SQL)
            .bind(filter.source.as_ref().map(SourceId::as_str))
            .bind(&filter.table)
            .bind(&filter.column)
            .bind(filter.category.as_ref().map(Category::key))
            .bind(filter.with_gone)
            .fetch_all(self.reader())
            .await;
        rows.and_then(|rows| rows.iter().map(|row| entry_of(row, &ownership)).collect())
            .map_err(|error| self.fault(DOING, &error))
    }

    /// One column, also when it is gone.
    pub async fn inventory_entry(&self, place: &Place) -> Result<InventoryEntry, StoreError> {
        let unknown = || StoreError::UnknownPlace { place: place.to_string() };
        let filter = InventoryFilter {
            source: Some(place.source.clone()),
            table: Some(place.table.clone().ok_or_else(unknown)?),
            column: Some(place.column.clone().ok_or_else(unknown)?),
            category: None,
            with_gone: true,
        };
        self.inventory(&filter).await?.pop().ok_or_else(unknown)
    }

    /// Tables and documents in the order of source and name; with `source` only its own.
    pub async fn tables(&self, source: Option<&SourceId>) -> Result<Vec<TableSummary>, StoreError> {
        const SQL: &str = "
            SELECT t.source, t.name, t.shape, t.row_count, t.rows_read, t.people, t.spans, t.first_seen,
                t.last_seen, t.gone_since, u.name AS unit, u.kind AS unit_kind, u.bytes, u.exposure,
                s.kind AS source_kind, count(i.column_name) AS columns, count(i.effective) AS personal_columns
            FROM tables t
            JOIN units u ON u.source = t.source AND u.name = t.unit
            JOIN sources s ON s.source = t.source
            LEFT JOIN inventory i ON i.source = t.source AND i.table_name = t.name AND i.gone_since IS NULL
            WHERE ?1 IS NULL OR t.source = ?1
            GROUP BY t.source, t.name
            ORDER BY t.source, t.name";
        let rows = sqlx::query(SQL).bind(source.map(SourceId::as_str)).fetch_all(self.reader()).await;
        rows.and_then(|rows| rows.iter().map(table_of).collect())
            .map_err(|error| self.fault("read the list of tables", &error))
    }

    /// What detection said of a column over time, oldest first: one line for each change.
    pub async fn past_verdicts(&self, place: &Place) -> Result<Vec<PastVerdict>, StoreError> {
        const SQL: &str =
            "SELECT * FROM verdicts WHERE source = ? AND table_name = ? AND column_name = ? ORDER BY scan";
        let rows = sqlx::query(SQL)
            .bind(place.source.as_str())
            .bind(&place.table)
            .bind(&place.column)
            .fetch_all(self.reader())
            .await;
        rows.and_then(|rows| rows.iter().map(verdict_of).collect())
            .map_err(|error| self.fault("read the history of a column", &error))
    }

    async fn ownership(&self) -> Result<OwnershipMap, StoreError> {
        let owned = |row: &SqliteRow| {
            let place = (row.text("source")?, row.text("table_name")?, row.text("column_name")?);
            let ownership = Ownership {
                owner: row.text_or_none("owner")?,
                purpose: row.text_or_none("purpose")?,
                lawful_basis: row.text_or_none("lawful_basis")?,
            };
            Ok((place, ownership))
        };
        let rows = sqlx::query("SELECT * FROM ownership").fetch_all(self.reader()).await;
        rows.and_then(|rows| rows.iter().map(owned).collect()).map_err(|error| self.fault("read who owns what", &error))
    }
}

/// By source, table and column, empty for all below.
type OwnershipMap = HashMap<(String, String, String), Ownership>;

fn ownership_of(owners: &OwnershipMap, source: &str, table: &str, column: &str) -> Ownership {
    let mut found = Ownership::default();
    for (table, column) in [(table, column), (table, ""), ("", "")] {
        if let Some(above) = owners.get(&(source.to_owned(), table.to_owned(), column.to_owned())) {
            found = found.or(above);
        }
    }
    found
}

fn entry_of(row: &SqliteRow, owners: &OwnershipMap) -> Result<InventoryEntry, sqlx::Error> {
    let (source, table, column) = (row.text("source")?, row.text("table_name")?, row.text("column_name")?);
    let ownership = ownership_of(owners, &source, &table, &column);
    let place = Place::of_column(row.word("source")?, table, column);
    let decision = match row.text_or_none("ruling")? {
        None => None,
        Some(_) => Some(Decision {
            place: place.clone(),
            ruling: row.word("ruling")?,
            category: row.category("decided")?,
            by: row.text("person")?,
            at: row.time("decided_at")?,
            reason: row.text("decided_why")?,
        }),
    };
    Ok(InventoryEntry {
        place,
        source_kind: row.word("source_kind")?,
        unit: unit_of(row)?,
        shape: row.word("shape")?,
        declared_type: row.text("declared_type")?,
        detected: row.category("detected")?,
        decision,
        also: row.json("also")?,
        confidence: confidence_of(row)?,
        why: row.json("why")?,
        masked: row.json("masked")?,
        rows: row.number("column_rows")?,
        filled: row.number("filled")?,
        distinct: row.number("distinct_count")?,
        table_rows: row.number_or_none("table_rows")?,
        people: row.number_or_none("people")?,
        spans: row.json("spans")?,
        ownership,
        last_scan: ScanId::from_stored(row.text("last_scan")?),
        first_seen: row.time("first_seen")?,
        last_seen: row.time("last_seen")?,
        gone_since: row.time_or_none("gone_since")?,
    })
}

fn table_of(row: &SqliteRow) -> Result<TableSummary, sqlx::Error> {
    Ok(TableSummary {
        place: Place::of_table(row.word("source")?, row.text("name")?),
        source_kind: row.word("source_kind")?,
        unit: unit_of(row)?,
        shape: row.word("shape")?,
        rows: row.number_or_none("row_count")?,
        rows_read: row.number("rows_read")?,
        people: row.number_or_none("people")?,
        spans: row.json("spans")?,
        columns: row.number("columns")?,
        personal_columns: row.number("personal_columns")?,
        first_seen: row.time("first_seen")?,
        last_seen: row.time("last_seen")?,
        gone_since: row.time_or_none("gone_since")?,
    })
}

fn unit_of(row: &SqliteRow) -> Result<UnitFacts, sqlx::Error> {
    Ok(UnitFacts {
        name: row.text("unit")?,
        kind: row.text("unit_kind")?,
        bytes: row.number_or_none("bytes")?,
        exposure: row.text_or_none("exposure")?,
    })
}

fn verdict_of(row: &SqliteRow) -> Result<PastVerdict, sqlx::Error> {
    Ok(PastVerdict {
        scan: ScanId::from_stored(row.text("scan")?),
        at: row.time("at")?,
        category: row.category("category")?,
        confidence: confidence_of(row)?,
    })
}

fn confidence_of(row: &SqliteRow) -> Result<Confidence, sqlx::Error> {
    Ok(Confidence::new(row.try_get("confidence")?))
}
