//! What `audit integrity PATH` found, for people: by table, column and check.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::Write;
use std::sync::Arc;

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
use crate::render::wrap::HANG;

/// Rows named for each column and check.
const SHOWN: usize = 4;
/// Columns and checks told of one table, and tables told of which nothing is.
const MOST_GROUPS: usize = 30;
const MOST_CLEAN: usize = 10;
/// Where the reasons of an issue begin.
const INDENT: usize = 11;

/// The whole result.
pub(crate) fn report(report: &IntegrityReport) -> String {
    let mut out = String::new();
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
            table_part(&mut out, table, issues);
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
    let tiers = TIERS.map(|tier| {
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

/// The tiers, the gravest first.
const TIERS: [&str; 3] = ["certain", "likely", "hint"];

/// What one check says of a column, or the same of several.
struct Group<'r> {
    columns: Vec<&'r str>,
    check: &'r str,
    tier: &'static str,
    /// Those that the reason of the first one is given for come first.
    issues: Vec<&'r IssueLine>,
}

impl<'r> Group<'r> {
    fn new((column, check): (&'r str, &'r str), mut issues: Vec<&'r IssueLine>) -> Self {
        let is_there = |tier: &&str| issues.iter().any(|issue| issue.tier == *tier);
        let tier = TIERS.into_iter().find(is_there).unwrap_or("hint");
        let reason = issues.iter().find(|issue| issue.tier == tier).map(|issue| Arc::clone(&issue.reason));
        issues.sort_by_key(|issue| (issue.tier != tier, reason.as_ref() != Some(&issue.reason)));
        Self { columns: vec![column], check, tier, issues }
    }
}

/// Joins groups of different columns of which the same is said.
fn joined(groups: Vec<Group<'_>>) -> Vec<Group<'_>> {
    let mut joined: BTreeMap<(&str, &str, String), Group<'_>> = BTreeMap::new();
    for group in groups {
        let reason = group.issues.first().map(|issue| issue.reason.to_string()).unwrap_or_default();
        match joined.entry((group.tier, group.check, reason)) {
            Entry::Occupied(mut known) => {
                known.get_mut().columns.extend(group.columns);
                known.get_mut().issues.extend(group.issues);
            }
            Entry::Vacant(gap) => drop(gap.insert(group)),
        }
    }
    joined.into_values().collect()
}

fn table_part(out: &mut String, table: &TableLine, issues: &[&IssueLine]) {
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
    let mut groups: Vec<Group<'_>> = groups.into_iter().map(|(name, issues)| Group::new(name, issues)).collect();
    if groups.len() > MOST_GROUPS {
        groups = joined(groups);
    }
    // The gravest first, and of these what most cells have.
    groups.sort_by_key(|group| {
        let rank = TIERS.iter().position(|tier| *tier == group.tier);
        (rank, std::cmp::Reverse(group.issues.len()), group.columns.clone(), group.check)
    });
    let more: usize = groups.iter().skip(MOST_GROUPS).map(|group| group.issues.len()).sum();
    let more_columns = groups.len().saturating_sub(MOST_GROUPS);
    for group in groups.into_iter().take(MOST_GROUPS) {
        let style = match group.tier {
            "certain" => ERROR,
            "likely" => WARNING,
            _ => MUTED,
        };
        let number = group.issues.len() as u64;
        let what = match group.columns.as_slice() {
            [""] => format!("{}, {}", group.check, counted(number, "row", "rows")),
            columns => {
                let named: Vec<String> = columns.iter().take(SHOWN).map(|column| plain(column)).collect();
                let more = columns.len().saturating_sub(SHOWN) as u64;
                let others = if more > 0 {
                    format!(" and {}", counted(more, "more column", "more columns"))
                } else {
                    String::new()
                };
                format!("{}{others}  {}, {}", named.join(", "), group.check, counted(number, "cell", "cells"))
            }
        };
        let _ = writeln!(out, "  {style}{:<8}{style:#} {what}", group.tier);
        let rows: Vec<String> = group.issues.iter().take(SHOWN).map(|issue| called(issue)).collect();
        let others = if group.issues.len() > SHOWN { ", …" } else { "" };
        let reason = group.issues.first().map(|issue| plain(&issue.reason)).unwrap_or_default();
        for line in [reason, rows.join(", ") + others] {
            let _ = writeln!(out, "{:INDENT$}{HANG}{MUTED}{line}{MUTED:#}", "");
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
