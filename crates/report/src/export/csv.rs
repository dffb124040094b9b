//! The inventory as CSV for spreadsheets.

use crate::data::ColumnReport;
use crate::data::ReportData;
use crate::data::SourceReport;
use crate::data::TableReport;
use crate::data::Verdict;

const HEAD: &str = "source,table,column,type,category,meaning,sensitivity,confidence,decision,also,people,rows,owner,purpose,lawful_basis\r\n";

/// Every column with personal data, and one line for each category in a document, as RFC 4180 has
/// it: UTF-8, commas, CRLF, a header.
///
/// Names of tables and columns come from outside: a cell that a spreadsheet would run as a formula
/// gets an apostrophe before it.
pub fn csv(data: &ReportData) -> String {
    let mut text = String::from(HEAD);
    for (source, table) in data.tables() {
        for column in table.columns.iter().filter(|column| column.category.is_some()) {
            push_column(&mut text, source, table, column);
        }
        for span in &table.spans {
            let category = &span.category;
            let found = [category.key(), category.title(), category.sensitivity().as_str(), "", "", ""];
            push_line(&mut text, source, table, ["", "text"], found);
        }
    }
    text
}

fn push_column(text: &mut String, source: &SourceReport, table: &TableReport, column: &ColumnReport) {
    let Some(category) = &column.category else { return };
    let confidence = format!("{:.2}", column.confidence.value());
    let decision = match column.decision.as_ref().map(|decision| decision.verdict) {
        Some(Verdict::Confirmed) => "confirmed",
        Some(Verdict::Overruled) => "overruled",
        None => "",
    };
    let also: Vec<&str> = column.also.iter().map(|category| category.key()).collect();
    let sensitivity = column.sensitivity().unwrap_or(category.sensitivity()).as_str();
    let found = [category.key(), category.title(), sensitivity, &confidence, decision, &also.join(" ")];
    push_line(text, source, table, [&column.name, &column.declared_type], found);
}

fn push_line(text: &mut String, source: &SourceReport, table: &TableReport, column: [&str; 2], found: [&str; 6]) {
    let number = |value: Option<u64>| value.map_or_else(String::new, |value| value.to_string());
    let (people, rows) = (number(table.people), number(table.rows));
    let papers = [&source.owner, &source.purpose, &source.lawful_basis].map(|paper| paper.as_deref().unwrap_or(""));
    let place = [source.id.as_str(), &table.name];
    let cells =
        place.iter().chain(&column).chain(&found).copied().chain([people.as_str(), rows.as_str()]).chain(papers);
    let cells: Vec<String> = cells.map(cell).collect();
    text.push_str(&cells.join(","));
    text.push_str("\r\n");
}

/// One cell: defused, and quoted where it must be.
pub fn cell(text: &str) -> String {
    // Spreadsheets run cells that begin so; a tab or line break before it does not stop them.
    let formula = text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r', '\n']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\r', '\n', '\'']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_never_run_as_formulas() {
        let cases = [
            ("email", "email"),
            ("=HYPERLINK(\"http://evil\")", "\"'=HYPERLINK(\"\"http://evil\"\")\""),
            ("+1", "\"'+1\""),
            ("-x", "\"'-x\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            (" =1", "\"' =1\""),
            ("\t=1", "\"'\t=1\""),
            ("a,b", "\"a,b\""),
            ("1=2", "1=2"),
        ];
        for (text, written) in cases {
            assert_eq!(cell(text), written);
        }
    }
}
