//! What lies in the archives, for people.

use std::fmt::Write;

use dataward_app::read_archive::ArchivePart;
use dataward_app::read_archive::ArchiveReport;
use dataward_app::read_archive::BroughtBack;

use crate::render::numbers::counted;
use crate::render::numbers::plain;
use crate::render::style::CODE;
use crate::render::style::MUTED;

pub(crate) fn list(report: &ArchiveReport) -> String {
    let mut text = String::new();
    if report.parts.is_empty() {
        return "Nothing was archived.\n".to_owned();
    }
    for part in &report.parts {
        let place = match (&part.source, &part.table) {
            (Some(source), Some(table)) => format!("{source}.{table}"),
            (Some(source), None) => source.clone(),
            (None, _) => "from where is seen when it is opened: --names".to_owned(),
        };
        let count = part.rows.map(|rows| counted(rows, what(part).0, what(part).1)).unwrap_or_default();
        let _ = writeln!(text, "{count:>12}  {place}  {MUTED}{}, plan {}{MUTED:#}", part.class, part.plan);
        for file in &part.files {
            let _ = writeln!(text, "              {}", plain(file));
        }
    }
    let _ = writeln!(
        text,
        "\nBring one back: {CODE}dataward retain archive restore SOURCE.TABLE --where COLUMN=VALUE -o FILE{CODE:#}"
    );
    text
}

fn what(part: &ArchivePart) -> (&'static str, &'static str) {
    match part.table {
        Some(_) => ("row", "rows"),
        None => ("file", "files"),
    }
}

pub(crate) fn brought_back(report: &BroughtBack) -> String {
    let file = plain(&report.file);
    let older = match report.versions {
        Some(versions) if versions > 1 => format!(" It is the newest of {versions} versions."),
        _ => String::new(),
    };
    let closed = match report.unopened {
        0 => String::new(),
        unopened => format!(
            "{} could not be opened (a key that is gone, or damage): what is in there is not among it.\n",
            counted(unopened, "part of the archive", "parts of the archive")
        ),
    };
    let is_in = if report.rows == 1 { "is" } else { "are" };
    let what = match report.versions {
        Some(_) => plain(&report.place),
        None => format!("{} of {}", counted(report.rows, "row", "rows"), plain(&report.place)),
    };
    format!("{what} {is_in} in {file} now.{older}\n{closed}")
}
