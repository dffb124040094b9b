//! What people read: the HTML report with its charts, and the inventory in the formats of others.
//!
//! Pure functions from values to text: no files, no clock, no network. The use cases in `app` fill a
//! [`ReportData`] and write what comes back. Nothing here ever sees a value of a customer; samples
//! arrive masked. Begin with [`ReportData`], then `html.rs`; charts are in `chart/`, one shape a
//! file, the exports in `export/`, one format a file, and paged documents in [`pdf`].

mod audit_view;
mod chart;
mod data;
mod export;
mod figures;
mod html;
mod paged;
pub mod pdf;
mod progress;
mod retention;
mod style;
mod view;
mod words;

pub use crate::data::ColumnReport;
pub use crate::data::Decision;
pub use crate::data::EvidenceHead;
pub use crate::data::Exposure;
pub use crate::data::NextStep;
pub use crate::data::ReportData;
pub use crate::data::SkippedPlace;
pub use crate::data::SourceReport;
pub use crate::data::SpanReport;
pub use crate::data::TableReport;
pub use crate::data::Verdict;
pub use crate::export::csv::cell as csv_cell;
pub use crate::export::csv::csv;
pub use crate::export::dpv::dpv;
pub use crate::export::fides::fides;
pub use crate::export::findings::ExportedCheck;
pub use crate::export::findings::ExportedFinding;
pub use crate::export::findings::ExportedRun;
pub use crate::export::findings::FindingsExport;
pub use crate::export::findings_csv::findings_csv;
pub use crate::export::oscal::oscal;
pub use crate::export::sarif::sarif;
pub use crate::html::html;
pub use crate::paged::paged;
pub use crate::progress::AccessRow;
pub use crate::progress::AuditPicture;
pub use crate::progress::CoverageRow;
pub use crate::progress::EvidenceEntry;
pub use crate::progress::OpenAt;
pub use crate::progress::ScorePicture;
pub use crate::progress::StagePicture;
pub use crate::retention::RetentionPicture;
pub use crate::retention::RetentionRun;
