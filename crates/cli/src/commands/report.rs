//! `report`: an HTML page and a PDF, or OSCAL for tools of auditors.

use dataward_app::AppError;
use dataward_app::environment::SystemClock;
use dataward_app::environment::write_file;
use dataward_app::export_findings::FindingsFormat;
use dataward_app::export_findings::export_findings;
use dataward_app::review_findings::FindingFilter;
use dataward_app::write_report::ReportFiles;
use dataward_app::write_report::write_report;

use crate::arguments::Format;
use crate::arguments::Global;
use crate::arguments::ReportArguments;
use crate::commands::project;
use crate::render::Output;
use crate::render::numbers::counted;

pub(crate) async fn report(global: &Global, arguments: ReportArguments, output: &Output) -> Result<u8, AppError> {
    let project = project(global)?;
    match global.format {
        Format::Oscal => {
            let text =
                export_findings(&project, &FindingFilter::default(), FindingsFormat::Oscal, &SystemClock).await?;
            match &arguments.output {
                Some(file) => write_file(file, text)?,
                None => output.text(&text)?,
            }
            return Ok(0);
        }
        Format::Csv | Format::Sarif => {
            let word = if global.format == Format::Csv { "csv" } else { "sarif" };
            return Err(AppError::usage_hint(
                format!("a report cannot be written as {word}"),
                format!("dataward findings export --as {word}"),
            ));
        }
        Format::Json | Format::Text => {}
    }
    let files = match arguments.output {
        Some(file) => ReportFiles::One(file),
        None => ReportFiles::Both("dataward-report".into()),
    };
    let written = write_report(&project, &files, &SystemClock).await?;
    output.result(&written, || {
        let both = written.pdf.as_ref().map_or_else(String::new, |pdf| format!(" and {pdf}"));
        format!(
            "{}{both}: {}, {}. Needs no network: open it, print it, send it.\n",
            written.file,
            counted(written.places, "place with personal data", "places with personal data"),
            counted(written.findings, "open finding", "open findings"),
        )
    })?;
    if written.lacks_letters {
        output.note(
            "Letters that no font here has stand in the PDF as [U+304A]; the HTML page has them. For Chinese, Japanese and \
             Korean install a font (Noto Sans CJK, IPA, WenQuanYi) and write the report again.",
        );
    }
    Ok(0)
}
