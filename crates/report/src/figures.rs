//! The charts of the report, from its data: the same for the page on the screen and on paper.

use std::collections::BTreeMap;

use dataward_model::Family;
use dataward_model::Sensitivity;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::chart;
use crate::chart::Heading;
use crate::chart::Tone;
use crate::data::Exposure;
use crate::data::ReportData;
use crate::html;
use crate::progress::AccessRow;
use crate::words;

/// Rows of the access matrix; who reaches less is left out.
const PRINCIPALS: usize = 30;

fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// What ran, what is due, what was missed.
pub(crate) fn audit_calendar(data: &ReportData, span: &chart::Span, id: &str) -> String {
    let today = day(data.generated_at);
    let rows: Vec<chart::CalendarRow> = data
        .audit
        .stages
        .iter()
        .map(|stage| chart::CalendarRow {
            label: words::capital(&stage.stage),
            runs: stage.runs.iter().map(|run| day(*run)).collect(),
            // What is overdue is shown where it was due.
            next: stage.next.map(|next| (day(next), stage.missed)),
        })
        .collect();
    let missed = data.audit.stages.iter().filter(|stage| stage.missed).count() as u64;
    let ran: usize = data.audit.stages.iter().map(|stage| stage.runs.len()).sum();
    let heading = Heading {
        id,
        title: "Audit calendar",
        description: &format!(
            "{} of the audit stages so far, {} missed.",
            words::count(ran as u64, "run", "runs"),
            words::count(missed, "stage", "stages")
        ),
    };
    chart::calendar(&heading, span, today, &rows)
}

/// How many findings were open when.
pub(crate) fn findings_over_time(data: &ReportData) -> String {
    let moments: Vec<chart::Moment> = data
        .audit
        .open
        .iter()
        .map(|open| chart::Moment {
            label: open.at.to_zoned(TimeZone::UTC).strftime("%-d %b").to_string(),
            counts: open.counts,
        })
        .collect();
    let total = |open: &crate::progress::OpenAt| open.counts.iter().sum::<u64>();
    let (first, last) = (data.audit.open.first().map_or(0, total), data.audit.open.last().map_or(0, total));
    let heading = Heading {
        id: "timeline",
        title: "Open findings over time",
        description: &format!("{first} at first, {last} at last."),
    };
    chart::timeline(&heading, &moments)
}

/// Who on the machine can read stored bytes, by their mode bits: files and SQLite have no accounts of their own.
fn stored_access(data: &ReportData) -> Vec<AccessRow> {
    let mut rows = Vec::new();
    for source in &data.sources {
        for (class, principal) in [
            (Exposure::Everyone, "everyone on this machine"),
            (Exposure::Group, "the files' group"),
            (Exposure::Owner, "the files' owner"),
        ] {
            let open = source.tables.iter().filter(|table| table.exposure.is_some_and(|exposure| exposure >= class));
            let mut families: BTreeMap<Family, (u64, bool)> = BTreeMap::new();
            for category in open.flat_map(|table| table.categories()) {
                families.entry(category.family()).or_default().0 += 1;
            }
            rows.push(AccessRow { source: source.id.clone(), principal: principal.to_owned(), families });
        }
    }
    rows
}

/// Who can reach what, and how many are left out; none when nobody looked.
pub(crate) fn access_matrix(data: &ReportData, layout: &chart::Layout, id: &str) -> Option<(String, usize)> {
    let stored = stored_access(data);
    let all = data.audit.access.iter().chain(&stored);
    let mut rows: Vec<&AccessRow> = all.filter(|row| !row.families.is_empty()).collect();
    if rows.is_empty() {
        return None;
    }
    let reach = |row: &AccessRow| row.families.values().map(|(columns, _)| columns).sum::<u64>();
    let left_out = rows.len().saturating_sub(PRINCIPALS);
    rows.sort_by_key(|row| std::cmp::Reverse(reach(row)));
    rows.truncate(PRINCIPALS);
    rows.sort_by(|a, b| a.source.cmp(&b.source).then_with(|| a.principal.cmp(&b.principal)));
    let families: Vec<Family> =
        html::FAMILIES.into_iter().filter(|family| rows.iter().any(|row| row.families.contains_key(family))).collect();
    let names: Vec<&str> = families.iter().map(|family| family.title()).collect();
    let mut before = None;
    let matrix: Vec<chart::MatrixRow> = rows
        .iter()
        .map(|row| {
            let cell = |family: &Family| {
                row.families.get(family).map(|(columns, write)| chart::Cell {
                    value: *columns,
                    tone: if *write {
                        Tone::Sensitive(Sensitivity::High)
                    } else {
                        Tone::Sensitive(Sensitivity::Normal)
                    },
                })
            };
            let group = (before.replace(&row.source) != Some(&row.source)).then(|| row.source.to_string());
            chart::MatrixRow { group, label: row.principal.clone(), cells: families.iter().map(cell).collect() }
        })
        .collect();
    let heading = Heading {
        id,
        title: "Who can reach what",
        description: &format!(
            "{} by kind of data.",
            words::count(rows.len() as u64, "account or role", "accounts and roles")
        ),
    };
    Some((chart::matrix(&heading, layout, &names, &matrix), left_out))
}

/// What is encrypted where it lies, by source.
pub(crate) fn encryption_coverage(data: &ReportData) -> String {
    let rows: Vec<chart::StackedRow> = data
        .audit
        .coverage
        .iter()
        .map(|row| chart::StackedRow {
            label: row.source.to_string(),
            parts: vec![
                ("encrypted".to_owned(), row.encrypted, Tone::Good),
                ("not encrypted".to_owned(), row.plain, Tone::Sensitive(Sensitivity::High)),
                ("not looked at".to_owned(), row.unknown, Tone::Unknown),
            ],
        })
        .collect();
    let sum = |part: fn(&crate::progress::CoverageRow) -> u64| data.audit.coverage.iter().map(part).sum::<u64>();
    let heading = Heading {
        id: "coverage",
        title: "Encryption coverage",
        description: &format!(
            "{} encrypted, {} not, {} not looked at.",
            words::count(sum(|row| row.encrypted), "place", "places"),
            sum(|row| row.plain),
            sum(|row| row.unknown)
        ),
    };
    chart::stacked(&heading, &rows)
}

/// Tables by family for paper, and how many did not fit.
pub(crate) fn what_lies_where(data: &ReportData) -> (String, usize) {
    let (printed, left_out) = html::matrix_in(data, &chart::PRINT, "matrix");
    (printed, usize::try_from(left_out).unwrap_or(usize::MAX))
}
