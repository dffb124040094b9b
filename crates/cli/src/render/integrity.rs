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
use crate::render::style::CODE;
use crate::render::style::ERROR;
use crate::render::style::GOOD;
use crate::render::style::HEAD;
use crate::render::style::MUTED;
use crate::render::style::WARNING;

/// Rows named for each column and check.
const SHOWN: usize = 4;

/// The whole result.
pub(crate) fn report(report: &IntegrityReport) -> String {
    let mut out = String::new();
    for table in &report.tables {
        table_part(&mut out, table, &report.issues);
    }
    whole_part(&mut out, report);
    for skipped in &report.skipped {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{ERROR}not looked at:{ERROR:#} {}: {}", plain(&skipped.place), plain(&skipped.reason));
    }
    let tiers = ["certain", "likely", "hint"].map(|tier| {
        let cells = report.issues.iter().filter(|issue| issue.tier == tier).count() as u64;
        format!("{} {tier}", count(cells))
    });
    let cells: u64 = report.tables.iter().map(|table| table.rows * table.columns).sum();
    let _ = writeln!(out, "{} looked at: {}", counted(cells, "cell", "cells"), tiers.join(", "));
    if !report.issues.is_empty() {
        let _ = writeln!(out, "{MUTED}Every cell with its reason:{MUTED:#} {CODE}--format json{CODE:#}");
    }
    out
}

fn table_part(out: &mut String, table: &TableLine, issues: &[IssueLine]) {
    let rows = counted(table.rows, "row", "rows");
    let _ = writeln!(out, "{HEAD}{}{HEAD:#}  {MUTED}{rows}, {} columns{MUTED:#}", plain(&table.table), table.columns);
    let mut groups: BTreeMap<(&str, &str), Vec<&IssueLine>> = BTreeMap::new();
    for issue in issues.iter().filter(|issue| issue.source == table.source && issue.table == table.table) {
        groups.entry((&issue.column, issue.check)).or_default().push(issue);
    }
    if groups.is_empty() {
        let _ = writeln!(out, "  {GOOD}✓{GOOD:#} {MUTED}nothing speaks against it{MUTED:#}");
    }
    for ((column, check), issues) in groups {
        let worst =
            ["certain", "likely", "hint"].into_iter().find(|tier| issues.iter().any(|issue| issue.tier == *tier));
        let tier = worst.unwrap_or("hint");
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
        let _ = writeln!(out, "           {MUTED}{}{MUTED:#}", plain(&first.reason));
        let rows: Vec<String> = issues.iter().take(SHOWN).map(|issue| called(issue)).collect();
        let more = if issues.len() > SHOWN { ", …" } else { "" };
        let _ = writeln!(out, "           {MUTED}{}{more}{MUTED:#}", rows.join(", "));
    }
    if table.left_out > 0 {
        let _ = writeln!(out, "  {WARNING}and {} more cells, not listed{WARNING:#}", count(table.left_out));
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
