//! `dataward/scan@1`: what `scan --format json` prints. Fields may be added, never renamed.

use dataward_detect::ColumnVerdict;
use dataward_evidence::ScannedSource;
use dataward_model::Category;
use dataward_model::SkipCause;
use dataward_model::Skipped;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use dataward_model::TableShape;
use dataward_model::counted;
use dataward_store::Coverage;
use dataward_store::ScanTotals;
use schemars::JsonSchema;
use serde::Serialize;

use crate::scan::SourceOutcome;
use crate::scan::TableOutcome;
use crate::scan::UnitOutcome;

/// What a scan found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ScanReport {
    /// `dataward/scan@1`.
    pub schema: &'static str,
    /// Whether the scan came to its end; false after Ctrl-C.
    pub complete: bool,
    /// Every row, or a sample of each table.
    pub how_much: String,
    /// One entry a source.
    pub sources: Vec<SourceReport>,
}

/// What was found in one source.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SourceReport {
    /// Its name.
    pub source: String,
    /// Its address, without a password.
    pub address: String,
    /// postgresql, mysql, sqlite, files, objects.
    pub kind: String,
    /// Product and version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Tables, views, and files with columns.
    pub tables: Vec<TableReport>,
    /// Files of running text.
    pub documents: Vec<DocumentReport>,
    /// What was not read, and why.
    pub skipped: Vec<SkippedReport>,
    /// Tables and files left alone because nothing changed since they were last read.
    pub unchanged: u64,
    #[serde(skip)]
    id: SourceId,
    #[serde(skip)]
    source_kind: SourceKind,
    /// Tables and files listed, less those that did not change.
    #[serde(skip)]
    units: u64,
}

/// What a table holds.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TableReport {
    /// Its name within the source.
    pub table: String,
    /// Rows in the whole table, exact or as the source estimates them; null where unknown.
    pub rows: Option<u64>,
    /// Rows that were looked at.
    pub rows_read: u64,
    /// How many different people are behind it, estimated; null when it is not about people.
    pub people: Option<u64>,
    /// Its columns.
    pub columns: Vec<ColumnReport>,
}

/// What a column holds.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ColumnReport {
    /// Its name.
    pub column: String,
    /// Its type as the source declares it.
    #[serde(rename = "type")]
    pub declared_type: String,
    /// Fideslang key; null when it holds no personal data.
    pub category: Option<String>,
    /// What else was found in some cells.
    pub also: Vec<String>,
    /// How sure the verdict is, 0 to 1.
    pub confidence: f64,
    /// Evidence for and against, strongest first.
    pub why: Vec<String>,
    /// Masked examples; never a raw value.
    pub masked: Vec<String>,
}

/// What a document holds.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DocumentReport {
    /// Its path within the source.
    pub path: String,
    /// Categories and how often each occurs.
    pub spans: Vec<SpanCount>,
}

/// How often a category occurs in a document.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SpanCount {
    /// Fideslang key.
    pub category: String,
    /// Occurrences.
    pub count: u64,
}

/// What was not read.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SkippedReport {
    /// Table or file within the source, or the source itself.
    pub place: String,
    /// What happened, and what to do.
    pub reason: String,
    /// `failed` or `not-supported`.
    #[schemars(with = "String")]
    pub cause: SkipCause,
}

impl ScanReport {
    pub(crate) fn new(complete: bool, coverage: Coverage, sources: Vec<SourceReport>) -> Self {
        let how_much = match coverage {
            Coverage::Everything => "every row".to_owned(),
            Coverage::Sample { rows, seed } => {
                format!("up to {} of each table, taken at random (seed {seed})", counted(rows, "row", "rows"))
            }
        };
        Self { schema: "dataward/scan@1", complete, how_much, sources }
    }

    /// Whether a place that should have been read could not be: exit code 3.
    pub fn has_failures(&self) -> bool {
        self.sources.iter().flat_map(|source| &source.skipped).any(|skipped| skipped.cause == SkipCause::Failed)
    }

    pub(crate) fn totals(&self, bytes_read: u64) -> ScanTotals {
        let mut totals = ScanTotals { bytes_read, ..ScanTotals::default() };
        for source in &self.sources {
            totals.sources += u64::from(source.product.is_some());
            totals.unchanged += source.unchanged;
            totals.skipped += source.skipped.len() as u64;
            totals.tables += (source.tables.len() + source.documents.len()) as u64;
            for table in &source.tables {
                totals.rows_read += table.rows_read;
                totals.columns += table.columns.len() as u64;
                for category in table.columns.iter().filter_map(|column| column.category.as_ref()) {
                    totals.personal_columns += 1;
                    *totals.by_category.entry(category.clone()).or_default() += 1;
                }
            }
        }
        totals
    }
}

impl SourceReport {
    pub(crate) fn new(outcome: &SourceOutcome, mut found: UnitOutcome) -> Self {
        found.tables.sort_by(|a, b| a.head.name.cmp(&b.head.name));
        let (documents, tables): (Vec<_>, Vec<_>) =
            found.tables.iter().partition(|table| table.head.shape == TableShape::Document);
        let mut skipped: Vec<SkippedReport> =
            outcome.skipped.iter().chain(&found.skipped).map(SkippedReport::new).collect();
        skipped.sort_by(|a, b| a.place.cmp(&b.place));
        Self {
            source: outcome.id.to_string(),
            address: outcome.address.clone(),
            kind: outcome.kind.as_str().to_owned(),
            product: outcome.facts.as_ref().map(|facts| facts.product.clone()),
            tables: tables.into_iter().map(TableReport::new).collect(),
            documents: documents.into_iter().map(DocumentReport::new).collect(),
            skipped,
            unchanged: outcome.unchanged,
            id: outcome.id.clone(),
            source_kind: outcome.kind,
            units: outcome.units - outcome.unchanged,
        }
    }
}

impl SourceReport {
    /// What the evidence log says of it; none when it could not be opened.
    pub(crate) fn scanned(&self) -> Option<ScannedSource> {
        self.product.as_ref()?;
        let columns = || self.tables.iter().flat_map(|table| &table.columns);
        Some(ScannedSource {
            source: self.id.clone(),
            kind: self.source_kind,
            units: self.units,
            tables: (self.tables.len() + self.documents.len()) as u64,
            columns: columns().count() as u64,
            personal_columns: columns().filter(|column| column.category.is_some()).count() as u64,
            rows_read: self.tables.iter().map(|table| table.rows_read).sum(),
            skipped: self.skipped.len() as u64,
        })
    }
}

impl TableReport {
    fn new(table: &TableOutcome) -> Self {
        Self {
            table: table.head.name.clone(),
            rows: table.rows_in_all(),
            rows_read: table.verdict.rows,
            people: table.people(),
            columns: table.verdict.columns.iter().map(ColumnReport::new).collect(),
        }
    }
}

impl ColumnReport {
    fn new(verdict: &ColumnVerdict) -> Self {
        Self {
            column: verdict.column.clone(),
            declared_type: verdict.declared_type.clone(),
            category: verdict.category.as_ref().map(|category| category.key().to_owned()),
            also: verdict.also.iter().map(|category| category.key().to_owned()).collect(),
            confidence: (verdict.confidence.value() * 1000.0).round() / 1000.0,
            why: verdict.why.iter().map(|reason| reason.text.clone()).collect(),
            masked: verdict.masked.clone(),
        }
    }
}

impl DocumentReport {
    fn new(document: &TableOutcome) -> Self {
        let spans = document.counts.iter();
        let count =
            |(category, count): &(Category, u64)| SpanCount { category: category.key().to_owned(), count: *count };
        Self { path: document.head.name.clone(), spans: spans.map(count).collect() }
    }
}

impl SkippedReport {
    fn new(skipped: &Skipped) -> Self {
        Self { place: skipped.place.clone(), reason: skipped.reason.clone(), cause: skipped.cause }
    }
}
