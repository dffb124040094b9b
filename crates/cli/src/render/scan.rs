//! What `scan` found, for people.

use std::fmt::Write;

use dataward_app::scan::report::ColumnReport;
use dataward_app::scan::report::ScanReport;
use dataward_app::scan::report::SourceReport;
use dataward_app::scan::report::SpanCount;
use dataward_model::Category;
use dataward_model::SkipCause;

use crate::render::numbers;
use crate::render::numbers::count;
use crate::render::numbers::counted;
use crate::render::numbers::fit;
use crate::render::numbers::plain;
use crate::render::style;
use crate::render::style::ERROR;
use crate::render::style::GOOD;
use crate::render::style::HEAD;
use crate::render::style::MUTED;
use crate::render::wrap::HANG;

/// The whole result. `all` shows columns without personal data too.
pub(crate) fn report(report: &ScanReport, all: bool) -> String {
    let mut out = String::new();
    for source in &report.sources {
        source_part(&mut out, source, all);
    }
    let tables: usize = report.sources.iter().map(|source| source.tables.len() + source.documents.len()).sum();
    let personal: usize = report.sources.iter().map(personal_places).sum();
    let holding: usize = report.sources.iter().map(holding_places).sum();
    let unchanged: u64 = report.sources.iter().map(|source| source.unchanged).sum();
    if tables == 0 && unchanged > 0 {
        let places = counted(unchanged, "table or file", "tables and files");
        out.push_str(&format!("Nothing changed: {places} as they were. What is known of them: dataward inventory\n"));
        return out;
    }
    if report.sources.iter().all(|source| source.product.is_none()) {
        out.push_str("Nothing was read.\n");
        return out;
    }
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "{HEAD}{}{HEAD:#} with personal data in {} of {}; read: {}.",
        counted(personal as u64, "place", "places"),
        count(holding as u64),
        counted(tables as u64, "table or document", "tables and documents"),
        report.how_much
    );
    if !report.complete {
        let _ = writeln!(out, "{ERROR}Stopped before the end:{ERROR:#} this is what was read until then.");
    }
    out
}

/// The tables and documents among those read that hold personal data.
fn holding_places(source: &SourceReport) -> usize {
    let tables =
        source.tables.iter().filter(|table| table.columns.iter().any(|column| column.category.is_some())).count();
    tables + source.documents.iter().filter(|document| !document.spans.is_empty()).count()
}

fn personal_places(source: &SourceReport) -> usize {
    let columns = source.tables.iter().flat_map(|table| &table.columns).filter(|column| column.category.is_some());
    columns.count() + source.documents.iter().filter(|document| !document.spans.is_empty()).count()
}

fn source_part(out: &mut String, source: &SourceReport, all: bool) {
    let personal = source.tables.iter().flat_map(|table| &table.columns);
    let personal: Vec<&ColumnReport> = personal.filter(|column| all || column.category.is_some()).collect();
    let titles: Vec<String> = personal.iter().map(|column| title(column)).collect();
    let widths = Widths {
        name: numbers::widest(personal.iter().map(|column| column.column.as_str()), 28),
        title: numbers::widest(titles.iter().map(String::as_str).filter(|title| title.len() <= 34), 34),
    };
    let product = source.product.as_deref().unwrap_or("not reached");
    let _ = writeln!(out, "{HEAD}{}{HEAD:#}  {MUTED}{} · {product}{MUTED:#}", source.source, plain(&source.address));
    for table in &source.tables {
        let shown: Vec<&ColumnReport> =
            table.columns.iter().filter(|column| all || column.category.is_some()).collect();
        if shown.is_empty() {
            continue;
        }
        let rows = table.rows.map_or_else(|| "rows unknown".to_owned(), |rows| counted(rows, "row", "rows"));
        let people = table.people.map(|people| format!(" · {}", numbers::people(people))).unwrap_or_default();
        let _ = writeln!(out, "\n  {HEAD}{}{HEAD:#}  {MUTED}{rows}{people}{MUTED:#}", plain(&table.table));
        for column in shown {
            column_line(out, column, &widths);
        }
    }
    documents_part(out, source);
    let empty: Vec<&str> = source
        .tables
        .iter()
        .filter(|table| table.columns.iter().all(|column| column.category.is_none()))
        .map(|table| table.table.as_str())
        .chain(
            source.documents.iter().filter(|document| document.spans.is_empty()).map(|document| document.path.as_str()),
        )
        .collect();
    if !empty.is_empty() && !all {
        let names: Vec<String> = empty.iter().take(6).map(|name| plain(name)).collect();
        let more = if empty.len() > names.len() { ", …" } else { "" };
        let number = counted(empty.len() as u64, "place", "places");
        let _ = writeln!(out, "\n  {GOOD}✓{GOOD:#} {HANG}nothing personal in {number}: {}{more}", names.join(", "));
    }
    if source.unchanged > 0 {
        let _ = writeln!(
            out,
            "  {MUTED}{} unchanged since the last scan, not read again{MUTED:#}",
            count(source.unchanged)
        );
    }
    skipped_part(out, source);
    out.push('\n');
}

/// How wide the names of columns and what they hold are in one source.
struct Widths {
    name: usize,
    title: usize,
}

/// What else some cells of a column hold; what does most harm comes first.
fn inside(column: &ColumnReport) -> Vec<Category> {
    let mut inside: Vec<Category> = column.also.iter().filter_map(|key| Category::parse(key)).collect();
    inside.sort_by_key(|category| std::cmp::Reverse(category.sensitivity()));
    inside
}

/// What a column holds, in words; nothing where that is nothing personal.
fn title(column: &ColumnReport) -> String {
    let Some(category) = column.category.as_deref().and_then(Category::parse) else { return String::new() };
    let inside = inside(column);
    let also: Vec<&str> = inside.iter().map(Category::title).collect();
    if also.is_empty() { category.title().to_owned() } else { format!("{}: {}", category.title(), also.join(", ")) }
}

fn column_line(out: &mut String, column: &ColumnReport, widths: &Widths) {
    let name = plain(&column.column);
    let wide = widths.name;
    match column.category.as_deref().and_then(Category::parse) {
        Some(category) => {
            let worst = inside(column).first().map_or(category.sensitivity(), |inside| inside.sensitivity());
            let style = style::sensitivity(worst.max(category.sensitivity()).as_str());
            let masked = column.masked.first().map(|masked| fit(&plain(masked), 28)).unwrap_or_default();
            let _ = writeln!(
                out,
                "    {style}●{style:#} {name:<wide$} {:>4}  {HANG}{:<titles$}  {MUTED}{masked}{MUTED:#}",
                format!("{:.0}%", column.confidence * 100.0),
                title(column),
                titles = widths.title,
            );
        }
        None => {
            let _ = writeln!(out, "    {MUTED}· {name:<wide$} {}{MUTED:#}", fit(&plain(&column.declared_type), 34));
        }
    }
}

fn documents_part(out: &mut String, source: &SourceReport) {
    let documents: Vec<_> = source.documents.iter().filter(|document| !document.spans.is_empty()).collect();
    if documents.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n  {HEAD}documents{HEAD:#}");
    let wide = numbers::widest(documents.iter().map(|document| document.path.as_str()), 28);
    for document in documents {
        let sensitivity = |span: &SpanCount| Category::parse(&span.category).map(|category| category.sensitivity());
        let mut spans_sorted: Vec<&SpanCount> = document.spans.iter().collect();
        spans_sorted.sort_by_key(|span| std::cmp::Reverse(sensitivity(span)));
        let spans: Vec<String> = spans_sorted
            .iter()
            .map(|span| {
                let title = Category::parse(&span.category).map_or(span.category.as_str(), |category| category.title());
                format!("{title} ({})", count(span.count))
            })
            .collect();
        let worst = sensitivity(spans_sorted[0]);
        let style = style::sensitivity(worst.map_or("low", |sensitivity| sensitivity.as_str()));
        let _ = writeln!(out, "    {style}●{style:#} {:<wide$}  {HANG}{}", plain(&document.path), spans.join(", "));
    }
}

/// Skipped lines shown for each source before the rest is counted.
const SKIPPED_SHOWN: usize = 12;

fn skipped_part(out: &mut String, source: &SourceReport) {
    let (failed, unsupported): (Vec<_>, Vec<_>) =
        source.skipped.iter().partition(|skipped| skipped.cause == SkipCause::Failed);
    if !failed.is_empty() {
        let _ = writeln!(out, "\n  {ERROR}not read: {}{ERROR:#}", counted(failed.len() as u64, "place", "places"));
        for skipped in failed.iter().take(SKIPPED_SHOWN) {
            let _ = writeln!(out, "    {}: {}", plain(&skipped.place), plain(&skipped.reason));
        }
        if failed.len() > SKIPPED_SHOWN {
            let _ = writeln!(out, "    … and {} more: see --format json", count((failed.len() - SKIPPED_SHOWN) as u64));
        }
    }
    if !unsupported.is_empty() {
        let names: Vec<String> = unsupported.iter().take(4).map(|skipped| plain(&skipped.place)).collect();
        let more = if unsupported.len() > names.len() { ", …" } else { "" };
        let number = counted(unsupported.len() as u64, "file", "files");
        let _ = writeln!(out, "  {MUTED}{number} that dataward cannot look into: {}{more}{MUTED:#}", names.join(", "));
    }
}
