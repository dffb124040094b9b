//! All that a report or an export is made of: plain data, filled by the app.

use dataward_model::Category;
use dataward_model::Confidence;
use dataward_model::Family;
use dataward_model::Finding;
use dataward_model::Remedy;
use dataward_model::Sensitivity;
use dataward_model::Severity;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use dataward_model::TableShape;
use jiff::Timestamp;

use crate::progress::AuditPicture;
use crate::retention::RetentionPicture;

/// All that a report or an export is made of.
#[derive(Clone, Debug)]
pub struct ReportData {
    /// The business, as the policy names it; none for a scan without a policy.
    pub business: Option<String>,
    /// When the report is made.
    pub generated_at: Timestamp,
    /// The version of the tool, as `0.1.0`.
    pub tool_version: String,
    /// Different people over all sources, estimated; none when nothing is about people.
    pub people: Option<u64>,
    /// What is looked after, in the order of the policy.
    pub sources: Vec<SourceReport>,
    /// What is wrong. Fixed ones may be among them.
    pub findings: Vec<Finding>,
    /// What was not read, and why.
    pub skipped: Vec<SkippedPlace>,
    /// What to do next, most urgent first.
    pub next_steps: Vec<NextStep>,
    /// Where the audit stands.
    pub audit: AuditPicture,
    /// How far retention is.
    pub retention: RetentionPicture,
    /// The head of the evidence log; none when there is no log (a scan without a policy).
    pub evidence: Option<EvidenceHead>,
}

/// One source.
#[derive(Clone, Debug)]
pub struct SourceReport {
    /// Its name.
    pub id: SourceId,
    /// What kind of store it is.
    pub kind: SourceKind,
    /// Product and version (`PostgreSQL 15.18`), where known.
    pub product: Option<String>,
    /// How the way to it is protected, in words (`TLS, certificate checked`), where known.
    pub transport: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// What the data is for, as a Fideslang data use.
    pub purpose: Option<String>,
    /// The ground it is kept on, in the words of the policy (`contract`).
    pub lawful_basis: Option<String>,
    /// Where the data came from.
    pub collected_from: Option<String>,
    /// Different people in it, estimated.
    pub people: Option<u64>,
    /// When it was last scanned.
    pub scanned_at: Option<Timestamp>,
    /// Tables, files and documents, in the order of their names.
    pub tables: Vec<TableReport>,
}

/// One table, file or document.
#[derive(Clone, Debug)]
pub struct TableReport {
    /// Named as the source names it.
    pub name: String,
    /// Table or document.
    pub shape: TableShape,
    /// Rows in all of it, where known.
    pub rows: Option<u64>,
    /// Rows that were read.
    pub rows_read: u64,
    /// Different people in it, estimated.
    pub people: Option<u64>,
    /// Who else can read the stored bytes, where that could be seen.
    pub exposure: Option<Exposure>,
    /// All columns, also those that hold nothing about a person; empty for a document.
    pub columns: Vec<ColumnReport>,
    /// For a document: what was found in it.
    pub spans: Vec<SpanReport>,
}

/// One column.
#[derive(Clone, Debug)]
pub struct ColumnReport {
    /// Its name, or the dotted path of nested data (`person.phones[]`).
    pub name: String,
    /// The type as declared or seen.
    pub declared_type: String,
    /// What it holds after any decision of a person; none: nothing about a person.
    pub category: Option<Category>,
    /// What else was found in some cells.
    pub also: Vec<Category>,
    /// How sure detection is.
    pub confidence: Confidence,
    /// What a person decided about it.
    pub decision: Option<Decision>,
    /// The evidence, strongest first, as sentences without values.
    pub why: Vec<String>,
    /// Masked examples (`a***@e***.com`).
    pub masked: Vec<String>,
}

/// Something found in a document.
#[derive(Clone, Debug)]
pub struct SpanReport {
    /// What it is.
    pub category: Category,
    /// How often it was found.
    pub count: u64,
}

/// What a person decided about a column.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Confirmed or overruled.
    pub verdict: Verdict,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// The two ways to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Detection was right.
    Confirmed,
    /// Detection was wrong; the category is the person's.
    Overruled,
}

/// Who else can read stored bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exposure {
    /// Only the owner.
    Owner,
    /// The owner's group.
    Group,
    /// Every account of the machine, or anyone on the net.
    Everyone,
}

/// Something that was not read.
#[derive(Clone, Debug)]
pub struct SkippedPlace {
    /// The source.
    pub source: SourceId,
    /// The table, file or member; empty for the whole source.
    pub place: String,
    /// What happened, in one sentence.
    pub reason: String,
    /// Whether it failed; otherwise there was nothing that could be read (a photograph).
    pub failed: bool,
}

/// Something to do.
#[derive(Clone, Debug)]
pub struct NextStep {
    /// What, in a few words.
    pub title: String,
    /// What to do; words without a text where nothing is known.
    pub command: Remedy,
    /// Why, in one sentence.
    pub why: String,
}

/// The head of the evidence log when the report was made.
#[derive(Clone, Debug)]
pub struct EvidenceHead {
    /// Entries in the log.
    pub size: u64,
    /// The root hash in Base64, as the checkpoint writes it.
    pub root_hash: String,
    /// The name of the log and of its key.
    pub origin: String,
    /// The verifier key, as signed notes write it (`name+hash+key`).
    pub verifier_key: String,
    /// The signed checkpoint, whole.
    pub checkpoint: String,
    /// The folder of the log, as a path relative to the policy file.
    pub location: String,
}

impl TableReport {
    /// Columns that hold personal data.
    pub fn personal_columns(&self) -> impl Iterator<Item = (&ColumnReport, &Category)> {
        self.columns.iter().filter_map(|column| Some((column, column.category.as_ref()?)))
    }

    /// Places with personal data: columns, or one for a document.
    pub(crate) fn places(&self) -> u64 {
        self.personal_columns().count() as u64 + u64::from(!self.spans.is_empty())
    }

    /// Every category in it, each as often as there are columns with it.
    pub(crate) fn categories(&self) -> impl Iterator<Item = &Category> {
        let of_columns = self.personal_columns().map(|(_, category)| category);
        of_columns.chain(self.spans.iter().map(|span| &span.category))
    }

    /// How much harm each column of a family does, and each thing of it in a document.
    pub(crate) fn levels(&self, family: Family) -> impl Iterator<Item = Sensitivity> {
        let columns = self.personal_columns().filter(move |(_, category)| category.family() == family);
        let spans = self.spans.iter().map(|span| &span.category).filter(move |category| category.family() == family);
        columns.filter_map(|(column, _)| column.sensitivity()).chain(spans.map(Category::sensitivity))
    }

    /// How much harm the worst of it does.
    pub(crate) fn sensitivity(&self) -> Option<Sensitivity> {
        let within = self.personal_columns().flat_map(|(column, _)| column.also.iter());
        self.categories().chain(within).map(Category::sensitivity).max()
    }
}

impl ColumnReport {
    /// How much harm the worst of it does; none when it holds nothing about a person.
    pub(crate) fn sensitivity(&self) -> Option<Sensitivity> {
        let category = self.category.as_ref()?;
        self.also.iter().chain([category]).map(Category::sensitivity).max()
    }
}

impl ReportData {
    /// All tables with their sources.
    pub(crate) fn tables(&self) -> impl Iterator<Item = (&SourceReport, &TableReport)> {
        self.sources.iter().flat_map(|source| source.tables.iter().map(move |table| (source, table)))
    }

    /// Open findings, worst first, then by place.
    pub(crate) fn open_findings(&self) -> Vec<&Finding> {
        let mut open: Vec<&Finding> = self.findings.iter().filter(|finding| finding.state.is_open()).collect();
        open.sort_by(|a, b| {
            b.severity.cmp(&a.severity).then_with(|| a.place.cmp(&b.place)).then_with(|| a.id.cmp(&b.id))
        });
        open
    }

    /// Open findings of `severity`.
    pub(crate) fn open_with(&self, severity: Severity) -> u64 {
        self.open_findings().iter().filter(|finding| finding.severity == severity).count() as u64
    }
}
