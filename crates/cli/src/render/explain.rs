//! `inventory explain`: in sentences, for someone who owns a shop.

use std::collections::HashMap;
use std::fmt::Write;

use dataward_app::list_inventory::InventoryLine;
use dataward_app::list_inventory::InventoryReport;
use dataward_app::list_inventory::WhyLine;
use dataward_model::Category;

use crate::render::numbers;
use crate::render::numbers::about;
use crate::render::numbers::count;
use crate::render::numbers::counted;
use crate::render::numbers::day;
use crate::render::numbers::plain;
use crate::render::style;
use crate::render::style::CODE;
use crate::render::style::ERROR;
use crate::render::style::GOOD;
use crate::render::style::HEAD;
use crate::render::style::MUTED;

/// Whether figures of evidence are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figures {
    Hidden,
    Shown,
}

/// What categories are called, those of the user's own included.
#[derive(Debug, Default)]
pub(crate) struct Titles(HashMap<String, String>);

impl Titles {
    pub(crate) fn new(own: impl Iterator<Item = (String, String)>) -> Self {
        Self(own.collect())
    }

    fn of(&self, key: &str) -> String {
        match self.0.get(key) {
            Some(title) => plain(title),
            None => Category::parse(key).map_or_else(|| key.to_owned(), |category| category.title().to_owned()),
        }
    }
}

/// Why one column or document has its verdict.
pub(crate) fn one(entry: &InventoryLine, titles: &Titles, figures: Figures) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{HEAD}{}{HEAD:#}\n", plain(&entry.place));
    if let Some(reason) = &entry.not_read {
        let _ = writeln!(
            out,
            "{ERROR}Not read{ERROR:#} by the last scan: {}. What stands here is from before.\n",
            plain(reason)
        );
    }
    verdict(&mut out, entry, titles, figures);
    evidence(&mut out, entry, figures);
    let first_seen = day(entry.first_seen);
    if entry.shape == "document" {
        let _ = writeln!(out, "\n{MUTED}We read the text. First seen {first_seen}.{MUTED:#}");
    } else {
        let _ = writeln!(
            out,
            "\n{MUTED}We looked at {}: {} filled, {} different. Type {}. First seen {first_seen}.{MUTED:#}",
            counted(entry.rows, "cell", "cells"),
            count(entry.filled),
            about(entry.distinct),
            if entry.declared_type.is_empty() { "not declared".to_owned() } else { plain(&entry.declared_type) },
        );
    }
    if !entry.masked.is_empty() {
        let masked: Vec<String> = entry.masked.iter().map(|masked| plain(masked)).collect();
        let _ = writeln!(out, "{MUTED}The values look like {}.{MUTED:#}", masked.join(", "));
    }
    match &entry.encrypted {
        Some(known) => {
            let _ = writeln!(
                out,
                "Where it lies it is {GOOD}encrypted{GOOD:#} by {} (the whole {}): {}. Seen so from {} to {}.",
                plain(&known.by),
                known.covers,
                plain(&known.proof),
                day(known.since),
                day(known.seen)
            );
        }
        None => {
            let _ = writeln!(
                out,
                "{MUTED}Nothing was seen to encrypt it where it lies: dataward audit encryption{MUTED:#}"
            );
        }
    }
    if entry.decided.is_none() {
        let place = plain(&entry.place);
        let _ = writeln!(out, "\nRight?  {CODE}dataward inventory confirm '{place}'{CODE:#}");
        let _ = writeln!(
            out,
            "Wrong?  {CODE}dataward inventory overrule '{place}' none{CODE:#}  {MUTED}or a category; columns like it \
             are then judged by what you say{MUTED:#}"
        );
    }
    out
}

/// What a table, a folder or a source holds, a line a column.
pub(crate) fn many(name: &str, report: &InventoryReport, titles: &Titles, figures: Figures) -> String {
    let mut out = String::new();
    let personal = report.entries.iter().filter(|entry| entry.category.is_some()).count();
    let all = counted(report.entries.len() as u64, "column or document", "columns and documents");
    let people = report.entries.iter().filter_map(|entry| entry.people).max();
    let people = people.map(|people| format!(", {}", numbers::people(people))).unwrap_or_default();
    let _ = writeln!(out, "{HEAD}{}{HEAD:#}\n\n{personal} of {all} hold data about persons{people}.", plain(name));
    let mut table = None;
    for entry in report.entries.iter().filter(|entry| entry.category.is_some() || figures == Figures::Shown) {
        if table != Some(&entry.table) {
            table = Some(&entry.table);
            let _ = writeln!(out, "\n{HEAD}{}.{}{HEAD:#}", entry.source, plain(&entry.table));
            if let Some(reason) = &entry.not_read {
                let _ = writeln!(out, "  {ERROR}not read by the last scan{ERROR:#}: {}", plain(reason));
            }
        }
        let holds = entry.category.as_deref().map_or_else(|| "nothing about a person".to_owned(), |key| titles.of(key));
        // What the values say tells more than that the table is about people.
        let mut reasons = entry.why.iter().filter(|why| (why.weight > 0.0) == entry.category.is_some());
        let strongest = reasons.clone().find(|why| why.text.contains('%')).or_else(|| reasons.next());
        let why = strongest.map(|why| format!(": {}", plain(&why.text))).unwrap_or_default();
        let sure = if entry.decided.is_some() { "somebody said so" } else { how_sure(entry.confidence) };
        let _ = writeln!(out, "  {} holds {holds} ({sure}){MUTED}{why}{MUTED:#}", plain(&entry.column));
    }
    let _ = writeln!(out, "\n{MUTED}More about one of them: dataward inventory explain '{}.…'{MUTED:#}", plain(name));
    out
}

fn verdict(out: &mut String, entry: &InventoryLine, titles: &Titles, figures: Figures) {
    let thing = if entry.shape == "document" { "document" } else { "column" };
    let sure = match figures {
        Figures::Hidden => format!("We are {}", how_sure(entry.confidence)),
        Figures::Shown => format!("We are {}: {:.0} %", how_sure(entry.confidence), entry.confidence * 100.0),
    };
    let holds = |key: Option<&str>| match key {
        Some(key) => format!("holds: {}", titles.of(key)),
        None => "holds nothing about a person".to_owned(),
    };
    let category = entry.category.as_deref();
    match &entry.decided {
        Some(decided) => {
            let by = plain(entry.decided_by.as_deref().unwrap_or("someone"));
            let _ = writeln!(out, "This {thing} {}: {GOOD}{decided}{GOOD:#} by {by}.", holds(category));
            if let Some(reason) = entry.decided_reason.as_deref().filter(|reason| !reason.is_empty()) {
                let _ = writeln!(out, "The reason given: {}", plain(reason));
            }
            let _ = writeln!(
                out,
                "{MUTED}By itself, dataward would say that it {}. {sure}.{MUTED:#}",
                holds(entry.detected.as_deref())
            );
        }
        None => {
            let _ = writeln!(out, "This {thing} {}. {sure}.", holds(category));
        }
    }
    if !entry.spans.is_empty() {
        let found: Vec<String> = entry
            .spans
            .iter()
            .map(|span| format!("{} ({})", titles.of(&span.category), counted(span.count, "time", "times")))
            .collect();
        let _ = writeln!(out, "In its text we found: {}.", found.join(", "));
    } else if !entry.also.is_empty() {
        let also: Vec<String> = entry.also.iter().map(|key| titles.of(key)).collect();
        let _ = writeln!(out, "Inside of it we found: {}.", also.join(", "));
    }
    if let Some(category) = category.and_then(Category::parse) {
        let sensitivity = category.sensitivity().as_str();
        let style = style::sensitivity(sensitivity);
        let harm = match sensitivity {
            "low" => "little harm alone when it leaks",
            "normal" => "reaches or describes a person",
            "high" => "harms at once when it leaks",
            _ => "specially protected by law (GDPR art. 9 or 10)",
        };
        let _ = writeln!(out, "{style}●{style:#} {harm}  {MUTED}{}{MUTED:#}", category.key());
    }
}

/// Reasons for and against, strongest first. Small ones are left out unless figures are wanted.
fn evidence(out: &mut String, entry: &InventoryLine, figures: Figures) {
    const SMALL: f64 = 0.5;
    const MOST: usize = 4;
    let counts = |why: &&WhyLine| figures == Figures::Shown || why.weight.abs() >= SMALL;
    let (pro, contra): (Vec<&WhyLine>, Vec<&WhyLine>) =
        entry.why.iter().filter(counts).partition(|why| why.weight > 0.0);
    let (first, second) = match &entry.detected {
        Some(_) => ("What speaks for it", "What speaks against it"),
        None => ("What made us look twice", "Why it still is not about a person"),
    };
    for (title, reasons) in [(first, pro), (second, contra)] {
        if reasons.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n{HEAD}{title}{HEAD:#}");
        let most = if figures == Figures::Shown { reasons.len() } else { MOST };
        for why in reasons.iter().take(most) {
            match figures {
                Figures::Hidden => {
                    let _ = writeln!(out, "  - {}", plain(&why.text));
                }
                Figures::Shown => {
                    let _ = writeln!(out, "  {:>+6.1}  {}", why.weight, plain(&why.text));
                }
            }
        }
    }
    if figures == Figures::Shown && !entry.why.is_empty() {
        let _ = writeln!(
            out,
            "{MUTED}Figures are natural-logarithm odds: +0.7 doubles the odds, -0.7 halves them.{MUTED:#}"
        );
    }
}

/// The calibrated confidence in words.
fn how_sure(confidence: f64) -> &'static str {
    match confidence {
        0.97.. => "sure",
        0.9.. => "quite sure",
        0.75.. => "fairly sure",
        0.6.. => "not very sure",
        _ => "unsure: please look yourself",
    }
}
