//! Findings, for people.

use std::fmt::Write;

use dataward_app::check_integrity::FindingRow;
use dataward_app::check_integrity::KeyLine;
use dataward_app::check_integrity::RowLine;
use dataward_app::finding_line::FindingLine;
use dataward_app::review_findings::FindingDetail;
use dataward_app::review_findings::FindingsReport;

use crate::render::numbers;
use crate::render::numbers::count;
use crate::render::numbers::counted;
use crate::render::numbers::day;
use crate::render::numbers::moment;
use crate::render::numbers::plain;
use crate::render::style;
use crate::render::style::CODE;
use crate::render::style::GOOD;
use crate::render::style::HEAD;
use crate::render::style::MUTED;
use crate::render::wrap::HANG;
use crate::render::wrap::remedy;

/// The list.
pub(crate) fn list(report: &FindingsReport) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        line(&mut out, finding);
    }
    let counts: Vec<String> =
        report.counts.iter().map(|(state, number)| format!("{} {state}", count(*number))).collect();
    if report.findings.is_empty() {
        let _ = write!(out, "{GOOD}✓{GOOD:#} no such finding");
    } else {
        let _ = write!(out, "\n{}", counted(report.findings.len() as u64, "finding", "findings"));
    }
    match counts.is_empty() {
        true => out.push('\n'),
        false => {
            let _ = writeln!(out, "{MUTED}; of all there are: {}{MUTED:#}", counts.join(", "));
        }
    }
    if !report.findings.is_empty() {
        let _ = writeln!(out, "{MUTED}More about one:{MUTED:#} {CODE}dataward findings show ID{CODE:#}");
    }
    out
}

fn line(out: &mut String, finding: &FindingLine) {
    let style = style::severity(&finding.severity);
    let people = finding.people.map(|people| format!(", {}", numbers::people(people))).unwrap_or_default();
    let state = if finding.state == "open" { String::new() } else { format!("  {}", state_words(finding)) };
    let who = finding.assigned_to.as_ref().map(|who| format!("  → {}", plain(who))).unwrap_or_default();
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "{style}{:<8}{style:#} {HEAD}{}{HEAD:#}  {HANG}{}{MUTED}{people}{state}{who}{MUTED:#}",
        finding.severity,
        finding.id,
        plain(&finding.title),
    );
    let _ = writeln!(out, "         {}", remedy(&finding.remedy));
}

fn state_words(finding: &FindingLine) -> String {
    match (finding.state.as_str(), finding.accepted_until, finding.fixed_at) {
        ("accepted", Some(until), _) => format!("accepted until {}", day(until)),
        ("fixed", _, Some(at)) => format!("fixed {}", day(at)),
        ("reopened", _, _) => "open again".to_owned(),
        (state, _, _) => state.to_owned(),
    }
}

/// One finding and its history.
pub(crate) fn detail(detail: &FindingDetail) -> String {
    let finding = &detail.finding;
    let style = style::severity(&finding.severity);
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{HEAD}{}{HEAD:#}  {style}{}{style:#}  {}  {MUTED}{}{MUTED:#}",
        finding.id,
        finding.severity,
        state_words(finding),
        finding.check
    );
    let _ = writeln!(out, "  {}", plain(&finding.title));
    let mut part = |name: &str, text: &str| {
        let _ = writeln!(out, "  {MUTED}{name:<10}{MUTED:#} {HANG}{text}");
    };
    part("where", &plain(&finding.place));
    if let Some(people) = finding.people {
        part("people", &numbers::people(people));
    }
    part("why", &plain(&finding.reason));
    for law in &finding.law {
        part("law", &format!("{}: {}", law.authority, law.asks));
    }
    part("remedy", &remedy(&finding.remedy));
    for what in ["changed", "new", "gone"] {
        let rows: Vec<String> = detail.rows.iter().filter(|row| row.what == what).map(row_words).collect();
        if !rows.is_empty() {
            let more = rows.len().saturating_sub(ROWS_SHOWN);
            let rest = if more > 0 { format!(" and {more} more: --format json has them") } else { String::new() };
            part(what, &format!("{}{rest}", rows[..rows.len() - more].join(", ")));
        }
    }
    if let Some(who) = &finding.assigned_to {
        part("given to", &plain(who));
    }
    for change in &detail.history {
        let who = change.person.as_ref().map(|person| format!(" by {}", plain(person))).unwrap_or_default();
        let note = change.note.as_ref().map(|note| format!(": {}", plain(note))).unwrap_or_default();
        part(&change.change, &format!("{}{who}{note}", moment(change.at)));
    }
    if !detail.evidence.is_empty() {
        let entries: Vec<String> = detail.evidence.iter().map(u64::to_string).collect();
        let word = if entries.len() == 1 { "entry" } else { "entries" };
        let last = entries.last().map(String::as_str).unwrap_or_default();
        part("evidence", &format!("{word} {} of the log: dataward evidence show {last}", entries.join(", ")));
    }
    out
}

/// Rows of each kind that are named.
const ROWS_SHOWN: usize = 20;

fn row_words(row: &FindingRow) -> String {
    match (&row.row, &row.key_hash) {
        (Some(RowLine::Key(KeyLine::Number(key))), _) => format!("key {key}"),
        (Some(RowLine::Key(KeyLine::Uuid(key))), _) => format!("key {key}"),
        (Some(RowLine::Index(index)), _) => format!("row {}", index + 1),
        (None, Some(hash)) => format!("key with the hash {hash}"),
        (None, None) => "a row".to_owned(),
    }
}
