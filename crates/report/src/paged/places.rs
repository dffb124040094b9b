//! Where personal data lies: each source with the columns that hold it.

use dataward_model::Category;
use dataward_model::Sensitivity;

use super::cite;
use crate::data::ReportData;
use crate::data::SourceReport;
use crate::data::TableReport;
use crate::figures;
use crate::html;
use crate::pdf::Block;
use crate::pdf::Cell;
use crate::pdf::Document;
use crate::pdf::Figure;
use crate::pdf::Ink;
use crate::pdf::Table;
use crate::words;

/// Columns of a source that are listed, the most sensitive first; the rest is counted, and said where it stands.
const ROWS: usize = 40;

pub(super) fn places(document: &mut Document, data: &ReportData) {
    document.heading(1, "Where personal data lies");
    if html::places(data) > 0 {
        let (svg, left_out) = figures::what_lies_where(data);
        let more =
            if left_out > 0 { format!(" {left_out} more with less in them stand below.") } else { String::new() };
        document.push(Block::Figures(vec![Figure {
            svg,
            caption: "What lies where".to_owned(),
            note: format!("The number counts the columns of a kind in a table or file.{more}"),
            width: f32::MAX,
        }]));
    }
    for source in &data.sources {
        one_source(document, source);
    }
    cite(document, data.audit.cited([data.audit.scan_entry]));
}

fn one_source(document: &mut Document, source: &SourceReport) {
    document.heading(2, format!("{} ({})", source.id, source.kind.title()));
    let said = |text: &Option<String>| text.clone().unwrap_or_else(|| "**nobody has said**".to_owned());
    document.facts(&[
        ("Owner", said(&source.owner)),
        ("Purpose", said(&source.purpose)),
        ("Lawful basis", said(&source.lawful_basis)),
        ("Collected from", said(&source.collected_from)),
        ("On the way", source.transport.clone().unwrap_or_else(|| "not known".to_owned())),
        ("Last scan", source.scanned_at.map_or_else(|| "never".to_owned(), words::moment)),
    ]);
    let mut rows: Vec<PlaceRow<'_>> = source.tables.iter().flat_map(place_rows).collect();
    let all = rows.len();
    if all > ROWS {
        // Stable: tables stay in their order.
        rows.sort_by_key(|row| std::cmp::Reverse(row.sensitivity));
        rows.truncate(ROWS);
    }
    if rows.is_empty() {
        document.paragraph("No personal data was found here.");
        return;
    }
    let mut table = Table::new("", &["Table or file", "Column", "What it is", "Sensitivity", "How sure"]).numbers(&[4]);
    let mut before = "";
    for row in rows {
        table.row([
            Cell::from(if row.table == before { "" } else { row.table }),
            Cell::from(row.column),
            Cell::from(words::capital(row.category.title())),
            Cell::marked(level(row.sensitivity), words::sensitivity(row.sensitivity)),
            Cell::from(row.sure),
        ]);
        before = row.table;
    }
    document.push(Block::Table(table));
    if all > ROWS {
        let more = words::count((all - ROWS) as u64, "less sensitive one", "less sensitive ones");
        document.note(format!("And {more}: `dataward inventory --source {}`.", source.id));
    }
}

/// A column with personal data, or what stands in a text.
struct PlaceRow<'a> {
    table: &'a str,
    column: &'a str,
    category: &'a Category,
    sensitivity: Sensitivity,
    sure: String,
}

fn place_rows(table: &TableReport) -> Vec<PlaceRow<'_>> {
    let columns = table.personal_columns().map(|(column, category)| PlaceRow {
        table: &table.name,
        column: &column.name,
        category,
        sensitivity: column.sensitivity().unwrap_or_else(|| category.sensitivity()),
        sure: match &column.decision {
            Some(_) => "decided".to_owned(),
            None => format!("{} %", column.confidence.percent()),
        },
    });
    let spans = table.spans.iter().map(|span| PlaceRow {
        table: &table.name,
        column: "in the text",
        category: &span.category,
        sensitivity: span.category.sensitivity(),
        sure: words::count(span.count, "time", "times"),
    });
    columns.chain(spans).collect()
}

fn level(sensitivity: Sensitivity) -> Ink {
    match sensitivity {
        Sensitivity::Low => Ink::Low,
        Sensitivity::Normal => Ink::Normal,
        Sensitivity::High => Ink::High,
        Sensitivity::Special => Ink::Special,
    }
}
