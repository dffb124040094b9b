//! The inventory, for people.

use std::fmt::Write;

use dataward_app::list_inventory::InventoryLine;
use dataward_app::list_inventory::InventoryReport;
use dataward_app::list_inventory::SealedLine;
use dataward_model::Category;

use crate::render::numbers;
use crate::render::numbers::counted;
use crate::render::numbers::fit;
use crate::render::numbers::plain;
use crate::render::style;
use crate::render::style::ERROR;
use crate::render::style::GOOD;
use crate::render::style::HEAD;
use crate::render::style::MUTED;
use crate::render::wrap::HANG;

/// The list, grouped by table.
pub(crate) fn list(report: &InventoryReport) -> String {
    let mut out = String::new();
    let widths = Widths {
        name: numbers::widest(report.entries.iter().map(|entry| entry.column.as_str()), 28),
        category: numbers::widest(report.entries.iter().filter_map(|entry| entry.category.as_deref()), 44),
    };
    let mut table = None;
    for entry in &report.entries {
        let here = (entry.source.as_str(), entry.table.as_str());
        if table != Some(here) {
            table = Some(here);
            let people = entry.people.map(|people| format!("  {}", numbers::people(people))).unwrap_or_default();
            // Writing to a String cannot fail.
            let between = if out.is_empty() { "" } else { "\n" };
            let name = plain(&entry.table);
            let _ = writeln!(out, "{between}{HEAD}{}.{name}{HEAD:#}{MUTED}{people}{MUTED:#}", entry.source);
            if let Some(reason) = &entry.not_read {
                let _ =
                    writeln!(out, "  {ERROR}not read by the last scan{ERROR:#}, known from before: {}", plain(reason));
            }
        }
        line(&mut out, entry, &widths);
    }
    if report.entries.is_empty() {
        out.push_str("Nothing in the inventory matches.\n");
    } else {
        let _ = writeln!(out, "\n{}", counted(report.entries.len() as u64, "column", "columns"));
    }
    sealed(&mut out, &report.sealed);
    out
}

/// Sealed files listed without being asked for more.
const SHOWN_SEALED: usize = 20;

fn sealed(out: &mut String, lines: &[SealedLine]) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{HEAD}{}{HEAD:#}", counted(lines.len() as u64, "file is sealed", "files are sealed"));
    for line in lines.iter().take(SHOWN_SEALED) {
        let held = if line.holds.is_empty() { String::new() } else { format!(", held {}", line.holds.join(", ")) };
        let _ = writeln!(
            out,
            "  {GOOD}●{GOOD:#} {}.{}  {}{MUTED}{held}, since {}{MUTED:#}",
            line.source,
            plain(&line.unit),
            plain(&line.by),
            line.since.strftime("%Y-%m-%d")
        );
    }
    if lines.len() > SHOWN_SEALED {
        let _ = writeln!(out, "{MUTED}  and {} more: --format json lists all{MUTED:#}", lines.len() - SHOWN_SEALED);
    }
}

/// How wide names and categories are in the whole list.
struct Widths {
    name: usize,
    category: usize,
}

fn line(out: &mut String, entry: &InventoryLine, widths: &Widths) {
    let category = entry.category.as_deref().and_then(Category::parse);
    let (style, title) = match &category {
        Some(category) => (style::sensitivity(category.sensitivity().as_str()), category.key().to_owned()),
        None => (MUTED, "not personal".to_owned()),
    };
    let state = match entry.decided.as_deref() {
        Some(decided) => format!("{GOOD}{decided}{GOOD:#}"),
        None => format!("{:.0}%", entry.confidence * 100.0),
    };
    let found: Vec<&str> =
        entry.spans.iter().filter_map(|span| Some(Category::parse(&span.category)?.title())).collect();
    let example = match found.is_empty() {
        true => entry.masked.first().map(|masked| fit(&plain(masked), 28)).unwrap_or_default(),
        false => found.join(", "),
    };
    let _ = writeln!(
        out,
        "  {style}●{style:#} {:<names$} {title:<categories$} {state:>4}  {MUTED}{HANG}{example}{MUTED:#}",
        plain(&entry.column),
        names = widths.name,
        categories = widths.category,
    );
}
