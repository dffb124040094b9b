//! `report`: the whole picture as an HTML page and as a PDF.

use std::path::Path;
use std::path::PathBuf;

use dataward_model::Clock;
use dataward_report::pdf;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::Project;
use crate::environment;
use crate::further_font::further_font;
use crate::report_data::report_data;

/// What was written.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WrittenReport {
    /// `dataward/report@1`.
    pub schema: &'static str,
    /// The file; the HTML page where both were written.
    pub file: String,
    /// The PDF, where one was written beside the page.
    pub pdf: Option<String>,
    /// Columns and documents with personal data in it.
    pub places: u64,
    /// Open findings in it.
    pub findings: u64,
    /// Whether the PDF has letters that no font of this machine has, written as `[U+304A]`.
    pub lacks_letters: bool,
}

/// What to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportFiles {
    /// The page and the PDF under this name, with `.html` and `.pdf`.
    Both(PathBuf),
    /// One file: a PDF when its name ends so, else a page.
    One(PathBuf),
}

impl ReportFiles {
    /// The page and the PDF, where they are written.
    fn paths(&self) -> (Option<PathBuf>, Option<PathBuf>) {
        match self {
            Self::Both(stem) => (Some(stem.with_extension("html")), Some(stem.with_extension("pdf"))),
            Self::One(file) if file.extension().is_some_and(|end| end.eq_ignore_ascii_case("pdf")) => {
                (None, Some(file.clone()))
            }
            Self::One(file) => (Some(file.clone()), None),
        }
    }
}

/// Writes the report, each file whole or not at all.
///
/// # Errors
/// When the state cannot be read or a file cannot be written.
pub async fn write_report(
    project: &Project,
    files: &ReportFiles,
    clock: &dyn Clock,
) -> Result<WrittenReport, AppError> {
    let data = report_data(project, clock).await?;
    let (page, paged) = files.paths();
    if let Some(file) = &page {
        environment::write_file(file, dataward_report::html(&data))?;
    }
    let mut lacks_letters = false;
    if let Some(file) = &paged {
        let mut document = dataward_report::paged(&data);
        document.further_font = Some(further_font);
        let printed = pdf::print(&document).map_err(|error| AppError::Internal(error.to_string()))?;
        environment::write_file(file, printed.bytes)?;
        lacks_letters = printed.lacks_letters;
    }
    let shown = |file: &Path| file.display().to_string();
    let tables = data.sources.iter().flat_map(|source| &source.tables);
    let places = tables.map(|table| table.personal_columns().count() + usize::from(!table.spans.is_empty()));
    Ok(WrittenReport {
        schema: "dataward/report@1",
        file: page.as_deref().or(paged.as_deref()).map(shown).unwrap_or_default(),
        pdf: page.as_ref().and(paged.as_deref()).map(shown),
        places: places.sum::<usize>() as u64,
        findings: data.findings.iter().filter(|finding| finding.state.is_open()).count() as u64,
        lacks_letters,
    })
}
