//! Findings as CSV for spreadsheets.

use crate::export::csv::cell;
use crate::export::findings::ExportedFinding;
use crate::export::findings::FindingsExport;

const HEAD: &str = "id,severity,state,check,place,detail,people,title,reason,law,remedy,first_seen,last_seen,fixed_at,\
    assigned_to,decided_by,decided_why,accepted_until\r\n";

/// One line a finding, as RFC 4180 has it. A cell that a spreadsheet would run as a formula gets an
/// apostrophe before it: names come from outside.
pub fn findings_csv(export: &FindingsExport) -> String {
    let mut text = String::from(HEAD);
    for finding in &export.findings {
        let cells: Vec<String> = line(finding).iter().map(|text| cell(text)).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

fn line(exported: &ExportedFinding) -> [String; 18] {
    let finding = &exported.finding;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let time = |value: &Option<jiff::Timestamp>| value.map(|time| time.to_string()).unwrap_or_default();
    [
        finding.id.clone(),
        finding.severity.to_string(),
        finding.state.to_string(),
        finding.check.clone(),
        finding.place.to_string(),
        finding.detail.clone(),
        finding.people.map(|people| people.to_string()).unwrap_or_default(),
        finding.title.clone(),
        finding.reason.clone(),
        exported.law.join("; "),
        finding.remedy.to_string(),
        finding.first_seen.to_string(),
        exported.last_seen.to_string(),
        time(&exported.fixed_at),
        text(&exported.assigned_to),
        text(&exported.decided_by),
        text(&exported.decided_why),
        time(&exported.accepted_until),
    ]
}
