//! `report`: one HTML page.

use dataward_app::AppError;
use dataward_app::environment::SystemClock;
use dataward_app::write_report::write_report;

use crate::arguments::Global;
use crate::arguments::ReportArguments;
use crate::commands::project;
use crate::render::Output;
use crate::render::numbers::counted;

pub(crate) async fn report(global: &Global, arguments: ReportArguments, output: &Output) -> Result<u8, AppError> {
    let project = project(global)?;
    let written = write_report(&project, &arguments.output, &SystemClock).await?;
    output.result(&written, || {
        format!(
            "{}: {}, {}. It needs no network: open it in a browser, print it, send it.\n",
            written.file,
            counted(written.places, "place with personal data", "places with personal data"),
            counted(written.findings, "open finding", "open findings"),
        )
    })?;
    Ok(0)
}
