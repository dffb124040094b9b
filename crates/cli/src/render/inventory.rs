//! The inventory, for people.

use std::fmt::Write;

use dataward_app::list_inventory::InventoryLine;
use dataward_app::list_inventory::InventoryReport;
use dataward_model::Category;

use crate::render::numbers;
use crate::render::numbers::about;
use crate::render::numbers::count;
use crate::render::numbers::counted;
use crate::render::numbers::day;
use crate::render::numbers::fit;
use crate::render::numbers::plain;
use crate::render::style;
use crate::render::style::CODE;
use crate::render::style::GOOD;
use crate::render::style::HEAD;
use crate::render::style::MUTED;

/// The list, grouped by table.
pub(crate) fn list(report: &InventoryReport) -> String {
    let mut out = String::new();
    let mut table = None;
    for entry in &report.entries {
        let here = (entry.source.as_str(), entry.table.as_str());
        if table != Some(here) {
            table = Some(here);
            let people = entry.people.map(|people| format!("  {}", numbers::people(people))).unwrap_or_default();
            // Writing to a String cannot fail.
            let _ = writeln!(out, "\n{HEAD}{}.{}{HEAD:#}{MUTED}{people}{MUTED:#}", entry.source, plain(&entry.table));
        }
        line(&mut out, entry);
    }
    if report.entries.is_empty() {
        out.push_str("Nothing in the inventory matches.\n");
    } else {
        let _ = writeln!(out, "\n{}", counted(report.entries.len() as u64, "column", "columns"));
    }
    out
}

fn line(out: &mut String, entry: &InventoryLine) {
    let category = entry.category.as_deref().and_then(Category::parse);
    let (style, title) = match &category {
        Some(category) => (style::sensitivity(category.sensitivity().as_str()), category.key().to_owned()),
        None => (MUTED, "not personal".to_owned()),
    };
    let state = match entry.decided.as_deref() {
        Some(decided) => format!("{GOOD}{decided}{GOOD:#}"),
        None => format!("{:.0}%", entry.confidence * 100.0),
    };
    let masked = entry.masked.first().map(|masked| fit(&plain(masked), 28)).unwrap_or_default();
    let _ = writeln!(
        out,
        "  {style}●{style:#} {:<28} {:<44} {state}  {MUTED}{masked}{MUTED:#}",
        fit(&plain(&entry.column), 28),
        fit(&title, 44),
    );
}

/// Why a column has its verdict.
pub(crate) fn explain(entry: &InventoryLine) -> String {
    let mut out = String::new();
    let category = entry.category.as_deref().and_then(Category::parse);
    let what = category.as_ref().map_or("no personal data", |category| category.title());
    let _ = writeln!(out, "{HEAD}{}{HEAD:#}", plain(&entry.place));
    match &entry.decided {
        Some(decided) => {
            let by = entry.decided_by.as_deref().unwrap_or("someone");
            let _ = writeln!(out, "{what}: {decided} by {}", plain(by));
            if let Some(reason) = entry.decided_reason.as_deref().filter(|reason| !reason.is_empty()) {
                let _ = writeln!(out, "  {MUTED}{}{MUTED:#}", plain(reason));
            }
            let detected = entry.detected.as_deref().and_then(Category::parse);
            let said = detected.as_ref().map_or("no personal data", |category| category.title());
            let _ = writeln!(out, "{MUTED}detection says {said}, {:.0}% sure{MUTED:#}", entry.confidence * 100.0);
        }
        None => {
            let _ = writeln!(out, "{what}, {:.0}% sure", entry.confidence * 100.0);
        }
    }
    if let Some(category) = &category {
        let style = style::sensitivity(category.sensitivity().as_str());
        let _ = writeln!(
            out,
            "{MUTED}{} · sensitivity{MUTED:#} {style}{}{style:#}",
            category.key(),
            category.sensitivity().as_str()
        );
    }
    if !entry.why.is_empty() {
        let _ = writeln!(out, "\n{HEAD}Why{HEAD:#}  {MUTED}(weight in log-odds: + speaks for it, - against){MUTED:#}");
        for reason in &entry.why {
            let style = if reason.weight >= 0.0 { GOOD } else { style::WARNING };
            let _ = writeln!(out, "  {style}{:>+6.1}{style:#}  {}", reason.weight, plain(&reason.text));
        }
    }
    let _ = writeln!(
        out,
        "\n{MUTED}{} looked at, {} filled, {} different; type {}; first seen {}{MUTED:#}",
        counted(entry.rows, "cell", "cells"),
        count(entry.filled),
        about(entry.distinct),
        if entry.declared_type.is_empty() { "not declared".to_owned() } else { plain(&entry.declared_type) },
        day(entry.first_seen),
    );
    if !entry.masked.is_empty() {
        let masked: Vec<String> = entry.masked.iter().map(|masked| plain(masked)).collect();
        let _ = writeln!(out, "{MUTED}looks like {}{MUTED:#}", masked.join(", "));
    }
    if entry.decided.is_none() {
        let place = plain(&entry.place);
        let _ = writeln!(out, "\nRight?  {CODE}dataward inventory confirm '{place}'{CODE:#}");
        let _ = writeln!(
            out,
            "Wrong?  {CODE}dataward inventory overrule '{place}' none{CODE:#}  {MUTED}or a category{MUTED:#}"
        );
    }
    out
}
