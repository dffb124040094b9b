//! `inventory`: what is held where. `dataward/inventory@1`.

use dataward_model::Category;
use dataward_model::SkipCause;
use dataward_model::TableShape;
use dataward_store::InventoryEntry;
use dataward_store::InventoryFilter;
use dataward_store::Ruling;
use dataward_store::SkippedLine;
use dataward_store::Store;
use dataward_store::StoredProtection;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::review_findings::need_scan;
use crate::show_status::uncertain;

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only this source.
    pub source: Option<String>,
    /// Only this category and those below it.
    pub category: Option<Category>,
    /// Only what detection is not sure of and nobody decided about.
    pub uncertain: bool,
    /// Columns without personal data too.
    pub all: bool,
}

/// The inventory.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct InventoryReport {
    /// `dataward/inventory@1`.
    pub schema: &'static str,
    /// One for each column.
    pub entries: Vec<InventoryLine>,
    /// Files and objects that are sealed, and what they held before.
    pub sealed: Vec<SealedLine>,
}

/// One column of the inventory.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct InventoryLine {
    /// source.table.column
    pub place: String,
    /// The source.
    pub source: String,
    /// The table or document.
    pub table: String,
    /// The column.
    pub column: String,
    /// What the place is: `column`, or `document` for a text of its own.
    pub shape: &'static str,
    /// The type as declared or seen.
    pub declared_type: String,
    /// What it holds as far as anyone knows, as a Fideslang key: a decision beats detection.
    pub category: Option<String>,
    /// What detection says.
    pub detected: Option<String>,
    /// What else was found in some cells.
    pub also: Vec<String>,
    /// For a document: what stands in it, and how often.
    pub spans: Vec<FoundInText>,
    /// How sure detection is, 0 to 1.
    pub confidence: f64,
    /// The evidence, strongest first.
    pub why: Vec<WhyLine>,
    /// Masked examples.
    pub masked: Vec<String>,
    /// confirmed or overruled, where a person decided.
    pub decided: Option<String>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// Why they decided so.
    pub decided_reason: Option<String>,
    /// Cells that were looked at.
    pub rows: u64,
    /// Cells that were neither NULL nor blank.
    pub filled: u64,
    /// Different values, estimated.
    pub distinct: u64,
    /// Different people behind the table, estimated.
    pub people: Option<u64>,
    /// What encrypts it where it lies, how that was proven and when; none: nothing was seen to.
    pub encrypted: Option<EncryptedLine>,
    /// Why the last scan could not read it, where that is so: what stands here is from before.
    pub not_read: Option<String>,
    /// When it was first seen.
    #[schemars(with = "String")]
    pub first_seen: Timestamp,
    /// When it was last seen.
    #[schemars(with = "String")]
    pub last_seen: Timestamp,
}

/// One column, as `inventory explain`, `confirm`, `overrule` and `withdraw` print it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ExplainedEntry {
    /// `dataward/inventory-entry@1`.
    pub schema: &'static str,
    /// The column.
    #[serde(flatten)]
    pub entry: InventoryLine,
}

impl From<InventoryLine> for ExplainedEntry {
    fn from(entry: InventoryLine) -> Self {
        Self { schema: "dataward/inventory-entry@1", entry }
    }
}

/// What stands in a document.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FoundInText {
    /// Fideslang key.
    pub category: String,
    /// How often.
    pub count: u64,
}

/// What encrypts a place.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EncryptedLine {
    /// What: `LUKS2`, `age`, `InnoDB tablespace encryption`.
    pub by: String,
    /// What it covers: source, unit or column.
    pub covers: String,
    /// How that was seen.
    pub proof: String,
    /// When it was seen first.
    #[schemars(with = "String")]
    pub since: Timestamp,
    /// When it was seen last.
    #[schemars(with = "String")]
    pub seen: Timestamp,
}

impl EncryptedLine {
    fn new(known: &StoredProtection) -> Self {
        Self {
            by: known.record.by.clone(),
            covers: ["source", "unit", "column"][usize::from(known.nearness().min(2))].to_owned(),
            proof: known.record.proof.clone(),
            since: known.first_seen,
            seen: known.last_seen,
        }
    }
}

/// A file or object that is sealed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SealedLine {
    /// The source.
    pub source: String,
    /// The file or object.
    pub unit: String,
    /// With what: `AES-256-GCM, key files/1 of dataward`.
    pub by: String,
    /// Fideslang keys of what it held when it was sealed, as far as a scan had found it.
    pub holds: Vec<String>,
    /// How that was seen.
    pub proof: String,
    /// When it was sealed, or first seen so.
    #[schemars(with = "String")]
    pub since: Timestamp,
    /// When it was seen last.
    #[schemars(with = "String")]
    pub seen: Timestamp,
}

impl SealedLine {
    /// The line for what encrypts one file or object; none for disks, columns and tables.
    fn new(known: &StoredProtection) -> Option<Self> {
        let record = &known.record;
        let unit = record.unit.as_ref().filter(|_| record.column.is_none())?;
        Some(Self {
            source: known.source.to_string(),
            unit: unit.clone(),
            by: record.by.clone(),
            holds: record.holds.clone(),
            proof: record.proof.clone(),
            since: known.first_seen,
            seen: known.last_seen,
        })
    }
}

/// One piece of evidence.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WhyLine {
    /// What was seen.
    pub text: String,
    /// How much it counts, in natural-logarithm odds.
    pub weight: f64,
}

/// Lists the inventory.
///
/// # Errors
/// When the state cannot be read.
pub async fn list_inventory(store: &Store, wanted: &Wanted) -> Result<InventoryReport, AppError> {
    need_scan(store).await?;
    let category = match (&wanted.category, wanted.all) {
        (Some(category), _) => Some(category.clone()),
        (None, _) if wanted.all || wanted.uncertain => None,
        (None, _) => Some(Category::USER),
    };
    let filter = InventoryFilter { category, ..InventoryFilter::default() };
    let entries = store.inventory(&filter).await?;
    let of_source = |entry: &&InventoryEntry| wanted.source.as_ref().is_none_or(|id| entry.place.source.as_str() == id);
    let protections = store.protections(false).await?;
    let unread = unread(store).await?;
    let line = |entry: &InventoryEntry| InventoryLine::new(entry, &protections, &unread);
    let entries = if wanted.uncertain {
        uncertain(&entries).filter(of_source).map(line).collect()
    } else {
        entries.iter().filter(of_source).map(line).collect()
    };
    let mut sealed: Vec<SealedLine> = protections.iter().filter_map(SealedLine::new).collect();
    sealed.retain(|line| wanted.source.as_ref().is_none_or(|source| line.source == *source));
    sealed.sort_by(|a, b| (&a.source, &a.unit).cmp(&(&b.source, &b.unit)));
    Ok(InventoryReport { schema: "dataward/inventory@1", entries, sealed })
}

/// The lines for some entries, with what encrypts them.
///
/// # Errors
/// When the state cannot be read.
pub async fn explain_entries(store: &Store, entries: &[InventoryEntry]) -> Result<Vec<InventoryLine>, AppError> {
    let protections = store.protections(false).await?;
    let unread = unread(store).await?;
    Ok(entries.iter().map(|entry| InventoryLine::new(entry, &protections, &unread)).collect())
}

/// What the last scan of each source should have read and could not.
async fn unread(store: &Store) -> Result<Vec<SkippedLine>, AppError> {
    let mut lines = store.not_read().await?;
    lines.retain(|line| line.cause == SkipCause::Failed);
    Ok(lines)
}

/// Whether what was not read is the column, or all or part of what it lies in.
fn concerns(line: &SkippedLine, entry: &InventoryEntry) -> bool {
    let (table, column) = (entry.place.table.as_deref(), entry.place.column.as_deref().unwrap_or_default());
    let table = table.unwrap_or_default();
    let is_column =
        || line.place.strip_prefix(table).and_then(|rest| rest.strip_prefix('.')).is_some_and(|name| name == column);
    let places = ["", line.source.as_str(), entry.unit.name.as_str(), table];
    line.source == entry.place.source && (places.contains(&line.place.as_str()) || is_column())
}

impl InventoryLine {
    /// The line for an entry; `protections` of all sources, the nearest first.
    fn new(entry: &InventoryEntry, protections: &[StoredProtection], unread: &[SkippedLine]) -> Self {
        let column = entry.place.column.as_deref().unwrap_or_default();
        let covers =
            |known: &&StoredProtection| known.source == entry.place.source && known.covers(&entry.unit.name, column);
        let key = |category: &Category| category.key().to_owned();
        let decision = entry.decision.as_ref();
        Self {
            place: entry.place.to_string(),
            source: entry.place.source.to_string(),
            table: entry.place.table.clone().unwrap_or_default(),
            column: entry.place.column.clone().unwrap_or_default(),
            shape: if entry.shape == TableShape::Document { "document" } else { "column" },
            declared_type: entry.declared_type.clone(),
            category: entry.category().map(key),
            detected: entry.detected.as_ref().map(key),
            also: entry.also.iter().map(key).collect(),
            spans: entry
                .spans
                .iter()
                .map(|span| FoundInText { category: span.category.key().to_owned(), count: span.count })
                .collect(),
            confidence: (entry.confidence.value() * 1000.0).round() / 1000.0,
            why: entry
                .why
                .iter()
                .map(|why| WhyLine { text: why.text.clone(), weight: (why.weight * 100.0).round() / 100.0 })
                .collect(),
            masked: entry.masked.clone(),
            decided: decision.and_then(|decision| match decision.ruling {
                Ruling::Confirmed => Some("confirmed".to_owned()),
                Ruling::Overruled => Some("overruled".to_owned()),
                Ruling::Withdrawn => None,
            }),
            decided_by: decision.map(|decision| decision.by.clone()),
            decided_reason: decision.map(|decision| decision.reason.clone()),
            rows: entry.rows,
            filled: entry.filled,
            distinct: entry.distinct,
            people: entry.people,
            encrypted: protections.iter().find(covers).map(EncryptedLine::new),
            not_read: unread.iter().find(|line| concerns(line, entry)).map(|line| line.reason.clone()),
            first_seen: entry.first_seen,
            last_seen: entry.last_seen,
        }
    }
}
