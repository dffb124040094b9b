//! `inventory export`: the inventory in the formats of others.

use dataward_model::Clock;

use crate::AppError;
use crate::Project;
use crate::report_data::report_data;

/// The formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// Comma-separated values, for spreadsheets.
    Csv,
    /// JSON-LD in the W3C Data Privacy Vocabulary.
    Dpv,
    /// Fides dataset YAML.
    Fides,
}

/// The inventory as text in the format `export`.
///
/// # Errors
/// When the state cannot be read.
pub async fn export_inventory(project: &Project, export: Export, clock: &dyn Clock) -> Result<String, AppError> {
    let data = report_data(project, clock).await?;
    Ok(match export {
        Export::Csv => dataward_report::csv(&data),
        Export::Dpv => dataward_report::dpv(&data),
        Export::Fides => dataward_report::fides(&data),
    })
}
