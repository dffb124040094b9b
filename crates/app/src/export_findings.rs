//! `findings export`: the findings in the formats of others.

use dataward_model::Clock;

use crate::AppError;
use crate::Project;
use crate::review_findings::FindingFilter;
use crate::review_findings::findings_export;

/// The formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindingsFormat {
    /// Comma-separated values, for spreadsheets.
    Csv,
    /// OSCAL 1.1 assessment results, for tools of auditors.
    Oscal,
    /// SARIF 2.1.0, for code hosts.
    Sarif,
}

/// The findings that `filter` takes, as text in `format`.
///
/// # Errors
/// When nothing was scanned yet, or the state cannot be read.
pub async fn export_findings(
    project: &Project,
    filter: &FindingFilter,
    format: FindingsFormat,
    clock: &dyn Clock,
) -> Result<String, AppError> {
    let export = findings_export(project, filter, clock).await?;
    Ok(match format {
        FindingsFormat::Csv => dataward_report::findings_csv(&export),
        FindingsFormat::Oscal => dataward_report::oscal(&export),
        FindingsFormat::Sarif => dataward_report::sarif(&export),
    })
}
