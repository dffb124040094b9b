//! `report`: the whole picture as one HTML page.

use std::path::Path;

use dataward_model::Clock;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::Project;
use crate::environment;
use crate::report_data::report_data;

/// What was written.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WrittenReport {
    /// `dataward/report@1`.
    pub schema: &'static str,
    /// The file.
    pub file: String,
    /// Columns and documents with personal data in it.
    pub places: u64,
    /// Open findings in it.
    pub findings: u64,
}

/// Writes the report into `file`, whole or not at all.
///
/// # Errors
/// When the state cannot be read or the file cannot be written.
pub async fn write_report(project: &Project, file: &Path, clock: &dyn Clock) -> Result<WrittenReport, AppError> {
    let data = report_data(project, clock).await?;
    environment::write_file(file, &dataward_report::html(&data))?;
    let tables = data.sources.iter().flat_map(|source| &source.tables);
    let places = tables.map(|table| table.personal_columns().count() + usize::from(!table.spans.is_empty()));
    Ok(WrittenReport {
        schema: "dataward/report@1",
        file: file.display().to_string(),
        places: places.sum::<usize>() as u64,
        findings: data.findings.iter().filter(|finding| finding.state.is_open()).count() as u64,
    })
}
