//! Findings: of each check what its places have in common once, then some of them.

use std::collections::BTreeSet;

use dataward_model::Finding;
use dataward_model::Remedy;
use dataward_model::Severity;

use crate::data::ReportData;
use crate::figures;
use crate::pdf::Block;
use crate::pdf::Cell;
use crate::pdf::Document;
use crate::pdf::Figure;
use crate::pdf::Ink;
use crate::pdf::Table;
use crate::pdf::text::code;
use crate::words;

/// Places of a check that are listed; the rest is counted, and said where it stands. What is grave is listed longer.
const PLACES: usize = 4;
/// See [`PLACES`].
const GRAVE_PLACES: usize = 12;

pub(super) fn findings(document: &mut Document, data: &ReportData) {
    document.heading(1, "Findings");
    let open = data.open_findings();
    if open.is_empty() {
        document.paragraph("Nothing that the checks look for. That is no promise that nothing else is wrong.");
    } else {
        document.note("Of each check some places are listed. All of them, for a spreadsheet: `dataward findings export --as csv`.");
    }
    if !data.audit.open.is_empty() {
        document.push(Block::Figures(vec![Figure {
            svg: figures::findings_over_time(data),
            caption: "Open findings over time".to_owned(),
            note: "By severity, the gravest at the foot of each column.".to_owned(),
            width: f32::MAX,
        }]));
    }
    for severity in Severity::ALL.into_iter().rev() {
        let these: Vec<&&Finding> = open.iter().filter(|finding| finding.severity == severity).collect();
        if these.is_empty() {
            continue;
        }
        let number = words::count(these.len() as u64, "finding", "findings");
        document.heading(2, format!("{}: {number}", words::capital(severity.as_str())));
        document.note(words::urgency(severity));
        let mut checks: Vec<&str> = these.iter().map(|finding| finding.check.as_str()).collect();
        // Findings come by place; a check stands where its first finding stands.
        let mut seen = BTreeSet::new();
        checks.retain(|check| seen.insert(*check));
        let of_check = |check| these.iter().filter(|finding| finding.check == check).map(|finding| **finding).collect();
        let checks: Vec<(&str, Vec<&Finding>)> = checks.into_iter().map(|check| (check, of_check(check))).collect();
        match severity {
            Severity::Low | Severity::Info => lesser_findings(document, &checks),
            _ => checks.iter().for_each(|(check, alike)| alike_findings(document, data, check, alike)),
        }
    }
}

/// Findings of one check: what they have in common once, then place by place.
fn alike_findings(document: &mut Document, data: &ReportData, check: &str, alike: &[&Finding]) {
    let Some(first) = alike.first() else { return };
    let number = words::count(alike.len() as u64, "place", "places");
    document.heading(3, format!("{} ({}, {number})", name(check), check.split('/').next().unwrap_or_default()));
    let shown = &alike[..alike.len().min(if first.severity >= Severity::High { GRAVE_PLACES } else { PLACES })];
    let law = if first.law.is_empty() { String::new() } else { format!(" Rules: {}.", first.law.join(", ")) };
    let is_one_reason = shown.iter().all(|finding| finding.reason == first.reason);
    if is_one_reason {
        document.paragraph(format!("{}.{law}", words::capital(first.reason.trim_end_matches('.'))));
    } else if !law.is_empty() {
        document.paragraph(law.trim_start().to_owned());
    }
    // Commands are told for each place; words are mostly the same for all, but for its name.
    let has_commands = shown.iter().any(|finding| matches!(finding.remedy, Remedy::Command(_)));
    if !has_commands && !first.remedy.as_str().is_empty() {
        let rest = match alike.iter().all(|finding| finding.remedy == first.remedy) {
            true => "",
            false => " (the first place; `dataward findings show ID` tells it of another)",
        };
        document.paragraph(format!("What to do: {}{rest}.", first.remedy));
    }
    let mut table = match has_commands {
        true => {
            Table::new("", &["Place", "What is wrong", "What to do", "Id and entry"]).shares(&[0.22, 0.3, 0.3, 0.18])
        }
        false => Table::new("", &["Place", "What is wrong", "Id and entry"]).shares(&[0.3, 0.52, 0.18]),
    };
    for finding in shown {
        let entry = data.audit.finding_entries.get(&finding.id).map_or_else(String::new, |index| format!("\n#{index}"));
        let mut row = vec![
            Cell::marked(ink(finding.severity), finding.place.to_string()),
            Cell::from(words::capital(&finding.title)),
        ];
        if has_commands {
            row.push(Cell::from(match &finding.remedy {
                Remedy::Command(command) => code(command),
                Remedy::Words(words) => words.clone(),
            }));
        }
        row.push(Cell::from(format!("`{}`{entry}", finding.id)));
        table.row(row);
    }
    document.push(Block::Table(table));
    if shown.len() < alike.len() {
        let more = words::count((alike.len() - shown.len()) as u64, "more place", "more places");
        document.note(format!("And {more}: `dataward findings --check {check}`."));
    }
}

/// What can wait: a line for each check, with its first place.
fn lesser_findings(document: &mut Document, checks: &[(&str, Vec<&Finding>)]) {
    let mut table = Table::new("", &["Check", "Places", "The first of them"]).shares(&[0.22, 0.1, 0.68]).numbers(&[1]);
    for (check, alike) in checks {
        let Some(first) = alike.first() else { continue };
        table.row([
            Cell::marked(ink(first.severity), name(check)),
            Cell::from(words::number(alike.len() as u64)),
            Cell::from(words::capital(&first.title)),
        ]);
    }
    document.push(Block::Table(table));
}

/// The name of a check in words.
fn name(check: &str) -> String {
    words::capital(&check.split('/').next_back().unwrap_or(check).replace('-', " "))
}

/// The colour of a severity.
fn ink(severity: Severity) -> Ink {
    match severity {
        Severity::Critical => Ink::Critical,
        Severity::High => Ink::High,
        Severity::Medium => Ink::Medium,
        Severity::Low => Ink::Low,
        Severity::Info => Ink::Rule,
    }
}
