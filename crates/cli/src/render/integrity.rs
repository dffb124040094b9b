//! What `audit integrity PATH` found, for people: by table, column and check.

use std::collections::BTreeMap;
use std::fmt::Write;

use dataward_app::check_integrity::IntegrityReport;
use dataward_app::check_integrity::IssueLine;
use dataward_app::check_integrity::KeyLine;
use dataward_app::check_integrity::RowLine;
use dataward_app::check_integrity::TableLine;

use crate::render::numbers::count;
use crate::render::numbers::counted;
use crate::render::numbers::plain;
use crate::render::numbers::wrapped;
use crate::render::style::CODE;
use crate::render::style::ERROR;
use crate::render::style::GOOD;
use crate::render::style::HEAD;
use crate::render::style::MUTED;
use crate::render::style::WARNING;

/// Rows named for each column and check.
const SHOWN: usize = 4;
/// Columns and checks told of one table, and tables told of which nothing is.
const MOST_GROUPS: usize = 30;
const MOST_CLEAN: usize = 10;
/// Where the reasons of an issue begin.
const INDENT: usize = 11;

/// The whole result, for a terminal so many characters wide.
pub(crate) fn report(report: &IntegrityReport, columns: Option<usize>) -> String {
    let mut out = String::new();
    let width = columns.unwrap_or(usize::MAX).saturating_sub(INDENT).max(30);
    let mut of_table: BTreeMap<(&str, &str), Vec<&IssueLine>> = BTreeMap::new();
    for issue in &report.issues {
        of_table.entry((&issue.source, &issue.table)).or_default().push(issue);
    }
    let mut clean = 0_usize;
    for table in &report.tables {
        let issues =
            of_table.get(&(table.source.as_str(), table.table.as_str())).map(Vec::as_slice).unwrap_or_default();
        clean += usize::from(issues.is_empty());
        if !issues.is_empty() || clean <= MOST_CLEAN {
            table_part(&mut out, table, issues, width);
        }
    }
    // Writing to a String cannot fail.
    if clean > MOST_CLEAN {
        let more = counted((clean - MOST_CLEAN) as u64, "more table", "more tables");
        let _ = writeln!(out, "{GOOD}✓{GOOD:#} {MUTED}nothing speaks against {more}{MUTED:#}\n");
    }
    whole_part(&mut out, report);
    for skipped in &report.skipped {
        let _ = writeln!(out, "{ERROR}not looked at:{ERROR:#} {}: {}", plain(&skipped.place), plain(&skipped.reason));
    }
    let tiers = ["certain", "likely", "hint"].map(|tier| {
        let cells = report.issues.iter().filter(|issue| issue.tier == tier).count() as u64;
        match tier {
            "hint" => counted(cells, "hint", "hints"),
            _ => format!("{} {tier}", count(cells)),
        }
    });
    let cells: u64 = report.tables.iter().map(|table| table.rows * table.columns).sum();
    let left_out: u64 = report.tables.iter().map(|table| table.left_out).sum();
    let more = if left_out > 0 { format!(", and {} more not listed", count(left_out)) } else { String::new() };
    let _ = writeln!(out, "{} looked at: {}{more}", counted(cells, "cell", "cells"), tiers.join(", "));
    if !report.issues.is_empty() {
        let _ = writeln!(out, "{MUTED}Every cell with its reason:{MUTED:#} {CODE}--format json{CODE:#}");
    }
    out
}

/// The gravest of the tiers of some issues.
fn worst(issues: &[&IssueLine]) -> &'static str {
    ["certain", "likely"].into_iter().find(|tier| issues.iter().any(|issue| issue.tier == *tier)).unwrap_or("hint")
}

fn table_part(out: &mut String, table: &TableLine, issues: &[&IssueLine], width: usize) {
    let rows = counted(table.rows, "row", "rows");
    let columns = counted(table.columns, "column", "columns");
    let _ = writeln!(out, "{HEAD}{}{HEAD:#}  {MUTED}{rows}, {columns}{MUTED:#}", plain(&table.table));
    let mut groups: BTreeMap<(&str, &str), Vec<&IssueLine>> = BTreeMap::new();
    for issue in issues {
        groups.entry((&issue.column, issue.check)).or_default().push(issue);
    }
    if groups.is_empty() && table.left_out == 0 {
        let said = if table.rows == 0 { "it is empty" } else { "nothing speaks against it" };
        let _ = writeln!(out, "  {GOOD}✓{GOOD:#} {MUTED}{said}{MUTED:#}");
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(name, issues)| (worst(issues), std::cmp::Reverse(issues.len()), *name));
    // `certain`, `hint` and `likely` stand so by chance of the alphabet: hints come last.
    groups.sort_by_key(|(_, issues)| worst(issues) == "hint");
    let more: usize = groups.iter().skip(MOST_GROUPS).map(|(_, issues)| issues.len()).sum();
    let more_columns = groups.len().saturating_sub(MOST_GROUPS);
    for ((column, check), issues) in groups.into_iter().take(MOST_GROUPS) {
        let tier = worst(&issues);
        let style = match tier {
            "certain" => ERROR,
            "likely" => WARNING,
            _ => MUTED,
        };
        let Some(first) = issues.iter().find(|issue| issue.tier == tier) else { continue };
        let number = issues.len() as u64;
        if column.is_empty() {
            let _ = writeln!(out, "  {style}{tier:<8}{style:#} {check}, {}", counted(number, "row", "rows"));
        } else {
            let cells = counted(number, "cell", "cells");
            let _ = writeln!(out, "  {style}{tier:<8}{style:#} {}  {check}, {cells}", plain(column));
        }
        let rows: Vec<String> = issues.iter().take(SHOWN).map(|issue| called(issue)).collect();
        let others = if issues.len() > SHOWN { ", …" } else { "" };
        for line in wrapped(&plain(&first.reason), width).into_iter().chain(wrapped(&(rows.join(", ") + others), width))
        {
            let _ = writeln!(out, "{:INDENT$}{MUTED}{line}{MUTED:#}", "");
        }
    }
    if more > 0 {
        let cells = counted(more as u64, "cell", "cells");
        let columns = counted(more_columns as u64, "column and check", "columns and checks");
        let _ = writeln!(out, "  {MUTED}and {cells} in {columns} more{MUTED:#}");
    }
    if table.left_out > 0 {
        let cells = counted(table.left_out, "more cell", "more cells");
        let _ = writeln!(out, "  {WARNING}and {cells}, not listed{WARNING:#}");
    }
    out.push('\n');
}

/// The row, and the others of the same person.
fn called(issue: &IssueLine) -> String {
    let others: Vec<String> = issue.with.iter().take(SHOWN).map(row).collect();
    if others.is_empty() { row(&issue.row) } else { format!("{} = {}", row(&issue.row), others.join(" = ")) }
}

fn row(row: &RowLine) -> String {
    match row {
        RowLine::Index(index) => format!("row {}", index + 1),
        RowLine::Key(KeyLine::Number(key)) => format!("key {key}"),
        RowLine::Key(KeyLine::Uuid(key)) => format!("key {key}"),
    }
}

/// What is said of tables and sources as a whole, and what engines did not check.
fn whole_part(out: &mut String, report: &IntegrityReport) {
    for issue in &report.table_issues {
        let style = if issue.tier == "hint" { MUTED } else { ERROR };
        let place = issue.table.as_deref().unwrap_or(&issue.source);
        let _ = writeln!(
            out,
            "{style}{:<8}{style:#} {}  {}: {}",
            issue.tier,
            plain(place),
            issue.check,
            plain(&issue.reason)
        );
    }
    for engine in &report.engines {
        for unseen in &engine.unseen {
            let _ = writeln!(
                out,
                "{MUTED}not checked by the engine of {}: {}{MUTED:#}",
                plain(&engine.source),
                plain(unseen)
            );
        }
    }
}
