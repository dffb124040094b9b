//! The report as one HTML file.

use askama::Template;
use dataward_model::Family;
use dataward_model::Sensitivity;
use dataward_model::Severity;

use crate::audit_view::AuditView;
use crate::chart;
use crate::chart::Heading;
use crate::chart::Tone;
use crate::data::ReportData;
use crate::data::TableReport;
use crate::style::STYLE;
use crate::style::style_hash;
use crate::view::FindingView;
use crate::view::MeasureView;
use crate::view::SkippedView;
use crate::view::SourceView;
use crate::view::StepView;
use crate::view::Tile;
use crate::view::Todo;
use crate::words;

/// Rows of the matrix; the rest is in the list of places.
const MATRIX_ROWS: usize = 28;
/// Findings shown; the rest is told by number.
const FINDINGS: usize = 500;
const LEVELS: [Sensitivity; 4] = [Sensitivity::Low, Sensitivity::Normal, Sensitivity::High, Sensitivity::Special];

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    data: &'a ReportData,
    steps: Vec<StepView>,
    audit: Option<AuditView>,
    style: &'static str,
    style_hash: String,
    business: &'a str,
    made: String,
    lead: String,
    tiles: Vec<Tile>,
    charts: Option<Charts>,
    findings: Vec<FindingView>,
    more_findings: u64,
    sources: Vec<SourceView>,
    skipped: [(&'static str, Vec<SkippedView>); 2],
    measured: Vec<MeasureView>,
}

/// The charts as SVG text, with what stands below them.
struct Charts {
    matrix: String,
    /// The same for a narrow screen.
    compact: String,
    left_out: u64,
    sensitivity: String,
    people: Option<String>,
    confidence: String,
    dot_worth: usize,
}

/// The report: one self-contained HTML page that needs no network and no script.
///
/// The same `data` gives the same text.
pub fn html(data: &ReportData) -> String {
    let open = data.open_findings();
    let (failed, unreadable) = data.skipped.iter().partition(|place| place.failed);
    let page = Page {
        data,
        steps: data.next_steps.iter().map(StepView::new).collect(),
        audit: AuditView::new(data),
        style: STYLE,
        style_hash: style_hash(),
        business: data.business.as_deref().unwrap_or("This business"),
        made: words::moment(data.generated_at),
        lead: lead(data),
        tiles: tiles(data),
        charts: places(data).gt(&0).then(|| charts(data)),
        more_findings: open.len().saturating_sub(FINDINGS) as u64,
        findings: FindingView::all(&open[..open.len().min(FINDINGS)]),
        sources: data.sources.iter().map(SourceView::new).collect(),
        skipped: [
            ("Failed: nothing is known about these", SkippedView::all(failed)),
            ("Without text: nothing in them could be read", SkippedView::all(unreadable)),
        ],
        measured: data.sources.iter().map(MeasureView::new).collect(),
    };
    // Writing to a string fails only when a value's Display does, and ours are strings and numbers.
    page.render().unwrap_or_default()
}

pub(crate) fn places(data: &ReportData) -> u64 {
    data.tables().map(|(_, table)| table.places()).sum()
}

/// The sentence an owner would say.
pub(crate) fn lead(data: &ReportData) -> String {
    let places = places(data);
    let sources = words::count(data.sources.len() as u64, "source", "sources");
    if places == 0 {
        return format!("No personal data was found in {sources}.");
    }
    let people = data.people.map_or_else(String::new, |people| format!("{}. ", words::capital(&words::people(people))));
    let mut text = format!(
        "{people}{} in {sources}.",
        words::count(places, "place with personal data", "places with personal data")
    );
    match (data.open_with(Severity::Critical), data.open_with(Severity::High)) {
        (0, 0) => text.push_str(" Nothing needs to be put right today."),
        (0, week) => text.push_str(&format!(" {} to put right this week.", words::count(week, "thing", "things"))),
        (today, _) => text.push_str(&format!(" {} to put right today.", words::count(today, "thing", "things"))),
    }
    text
}

fn tiles(data: &ReportData) -> Vec<Tile> {
    let sensitive = data.tables().map(|(_, table)| sensitive_places(table)).sum::<u64>();
    let exposed = data.tables().filter(|(_, table)| table.places() > 0 && crate::view::is_open(table)).count() as u64;
    let people = data.people.map_or("none".to_owned(), words::about);
    vec![
        Tile::new("People", people, "estimated; a person known twice counts once where that could be seen"),
        Tile::new(
            "Places with personal data",
            words::number(places(data)),
            "columns, and documents with people in them",
        ),
        Tile::new(
            "Highly sensitive places",
            words::number(sensitive),
            "cards, accounts, passwords, government ids, health and the like",
        ),
        Tile::new(
            "Readable by others",
            words::number(exposed),
            "tables and files with personal data that more accounts than the owner's can read",
        ),
    ]
}

fn sensitive_places(table: &TableReport) -> u64 {
    let columns = table.columns.iter().filter(|column| column.sensitivity() >= Some(Sensitivity::High)).count() as u64;
    let document = !table.spans.is_empty() && table.sensitivity() >= Some(Sensitivity::High);
    columns + u64::from(document)
}

fn charts(data: &ReportData) -> Charts {
    let (matrix, compact, left_out) = matrix(data);
    let (confidence, dot_worth) = confidence(data);
    Charts { matrix, compact, left_out, sensitivity: sensitivity(data), people: people(data), confidence, dot_worth }
}

/// Families in the order an owner thinks of them: who, how to reach, what harms, the rest.
pub(crate) const FAMILIES: [Family; 15] = [
    Family::Name,
    Family::Email,
    Family::Phone,
    Family::Address,
    Family::Demographic,
    Family::GovernmentId,
    Family::Financial,
    Family::Secret,
    Family::Health,
    Family::Location,
    Family::Device,
    Family::Account,
    Family::Behaviour,
    Family::Content,
    Family::Other,
];

/// Tables by family, wide and narrow; returns also how many tables did not fit.
fn matrix(data: &ReportData) -> (String, String, u64) {
    let (wide, left_out) = matrix_in(data, &chart::WIDE, "matrix");
    let (compact, _) = matrix_in(data, &chart::COMPACT, "matrix-compact");
    (wide, compact, left_out)
}

/// Tables by family, and how many tables did not fit.
pub(crate) fn matrix_in(data: &ReportData, layout: &chart::Layout, id: &str) -> (String, u64) {
    let mut tables: Vec<_> = data.tables().filter(|(_, table)| table.places() > 0).collect();
    // The worst and the fullest stay when there are too many; order by source is kept.
    let mut ranks: Vec<_> = tables.iter().map(|(_, table)| (table.sensitivity(), table.places())).collect();
    ranks.sort();
    let left_out = tables.len().saturating_sub(MATRIX_ROWS);
    if let Some(bar) = ranks.get(left_out).copied().filter(|_| left_out > 0) {
        tables.retain(|(_, table)| (table.sensitivity(), table.places()) >= bar);
        tables.truncate(MATRIX_ROWS);
    }
    let present = |family: &Family| tables.iter().any(|(_, table)| table.categories().any(|c| c.family() == *family));
    let families: Vec<Family> = FAMILIES.into_iter().filter(present).collect();
    let titles: Vec<&str> = families.iter().map(|family| family.title()).collect();
    let mut last = None;
    let rows: Vec<chart::MatrixRow> = tables
        .iter()
        .map(|(source, table)| {
            let new = last.replace(&source.id) != Some(&source.id);
            let cell = |family: &Family| {
                let levels: Vec<Sensitivity> = table.levels(*family).collect();
                Some(chart::Cell { value: levels.len() as u64, tone: Tone::Sensitive(levels.into_iter().max()?) })
            };
            chart::MatrixRow {
                group: new.then(|| format!("{} ({})", source.id, source.kind.title())),
                label: table.name.clone(),
                cells: families.iter().map(cell).collect(),
            }
        })
        .collect();
    let heading = Heading {
        id,
        title: "What lies where",
        description: "Rows are tables, files and documents, columns are kinds of data; the number counts the columns of that kind. The same facts stand in the list of places below.",
    };
    (chart::matrix(&heading, layout, &titles, &rows), left_out as u64)
}

fn sensitivity(data: &ReportData) -> String {
    let rows = data.sources.iter().map(|source| {
        let levels = source.tables.iter().flat_map(|table| {
            let columns = table.columns.iter().filter_map(|column| column.sensitivity());
            columns.chain((!table.spans.is_empty()).then(|| table.sensitivity()).flatten())
        });
        let levels: Vec<Sensitivity> = levels.collect();
        let part = |level: Sensitivity| {
            let size = levels.iter().filter(|other| **other == level).count() as u64;
            (words::sensitivity(level).to_owned(), size, Tone::Sensitive(level))
        };
        chart::StackedRow { label: source.id.to_string(), parts: LEVELS.map(part).to_vec() }
    });
    let rows: Vec<chart::StackedRow> = rows.collect();
    let told: Vec<String> = rows
        .iter()
        .map(|row| {
            let parts: Vec<String> =
                row.parts.iter().map(|(name, size, _)| format!("{size} {}", name.to_lowercase())).collect();
            format!("{}: {}", row.label, words::list(&parts))
        })
        .collect();
    let description = format!("Places by sensitivity in each source. {}.", told.join("; "));
    chart::stacked(&Heading { id: "sensitivity", title: "How sensitive it is", description: &description }, &rows)
}

fn people(data: &ReportData) -> Option<String> {
    let bars: Vec<chart::Bar> = data
        .sources
        .iter()
        .filter_map(|source| {
            let value = source.people?;
            Some(chart::Bar { label: source.id.to_string(), value, shown: words::about(value), tone: Tone::Plain })
        })
        .collect();
    let told: Vec<String> = bars.iter().map(|bar| format!("{} about {}", bar.label, bar.shown)).collect();
    let description = format!("People in each source, estimated: {}.", words::list(&told));
    let heading = Heading { id: "people", title: "People per source", description: &description };
    (!bars.is_empty()).then(|| chart::bars(&heading, &bars))
}

fn confidence(data: &ReportData) -> (String, usize) {
    let columns = data.tables().flat_map(|(_, table)| table.columns.iter());
    let dots: Vec<chart::Dot> = columns
        .filter_map(|column| {
            let percent = if column.decision.is_some() { 100 } else { column.confidence.percent() };
            Some(chart::Dot { percent, tone: Tone::Sensitive(column.sensitivity()?) })
        })
        .collect();
    let sure = dots.iter().filter(|dot| dot.percent >= 95).count();
    let description = format!(
        "Columns by how sure their category is: {sure} of {} are at 95 per cent or more. What a person decided counts as certain.",
        dots.len()
    );
    chart::dots(&Heading { id: "confidence", title: "How sure we are", description: &description }, &dots)
}
