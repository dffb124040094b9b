//! The report as pages: for the owner in the front, for the auditor behind, every figure with the entries of
//! the evidence log that it comes from.

mod findings;
mod places;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use dataward_model::Remedy;
use dataward_model::Severity;
use jiff::Timestamp;

use crate::data::ReportData;
use crate::figures;
use crate::html;
use crate::pdf::Block;
use crate::pdf::Cell;
use crate::pdf::Document;
use crate::pdf::Figure;
use crate::pdf::Ink;
use crate::pdf::Table;
use crate::pdf::Tile;
use crate::pdf::text::code;
use crate::progress::StagePicture;
use crate::words;

/// Places that are listed for the same reason.
const PLACES: usize = 6;

/// The report as a document to be printed with [`crate::pdf::pdf`].
pub fn paged(data: &ReportData) -> Document {
    let business = data.business.clone().unwrap_or_else(|| "This business".to_owned());
    let mut document = Document::new("Personal data audit report", business);
    document.contents = true;
    document.made = Some(data.generated_at);
    document.foot = foot(data);
    document.push(Block::Lead(html::lead(data)));
    document.push(Block::Tiles(tiles(data)));
    document.note(format!(
        "Made {} by dataward {}. Holds no personal data: samples are masked, people are counted, and \
         names of documents are digests (`name-….eml`), which `dataward findings show ID` and `dataward inventory explain \
         PLACE` tell on your own screen. Numbers of people are estimates; what could not be read or was not looked at is said so and counts as not shown.",
        words::moment(data.generated_at),
        data.tool_version
    ));
    next_steps(&mut document, data);
    standing(&mut document, data);
    findings::findings(&mut document, data);
    access(&mut document, data);
    encryption(&mut document, data);
    places::places(&mut document, data);
    retention(&mut document, data);
    skipped(&mut document, data);
    evidence(&mut document, data);
    document
}

fn foot(data: &ReportData) -> String {
    let head = data.evidence.as_ref().map(|head| {
        let root: String = head.root_hash.chars().take(12).collect();
        format!(" · evidence log {}, root {root}…", words::count(head.size, "entry", "entries"))
    });
    format!("dataward {} · {}{}", data.tool_version, words::day(data.generated_at), head.unwrap_or_default())
}

fn tiles(data: &ReportData) -> Vec<Tile> {
    let tile = |name: &str, value: String, note: &str| Tile { name: name.to_owned(), value, note: note.to_owned() };
    let open = data.open_findings();
    let grave = open.iter().filter(|finding| finding.severity >= Severity::High).count() as u64;
    let points = data.audit.score.map_or("none".to_owned(), |score| format!("{} / 100", score.points));
    vec![
        tile(
            "People",
            data.people.map_or("none".to_owned(), words::about),
            "estimated; who is known twice counts once where that could be seen",
        ),
        tile("Places", words::number(html::places(data)), "columns and documents with personal data"),
        tile(
            "Open findings",
            words::number(open.len() as u64),
            &format!("{} of them critical or high", words::number(grave)),
        ),
        tile("Shown", points, "of what has to be shown; what is not known counts as not shown"),
    ]
}

fn next_steps(document: &mut Document, data: &ReportData) {
    document.heading(1, "What to do next");
    if data.next_steps.is_empty() {
        document.paragraph("Nothing is left to do today.");
        return;
    }
    let step = |step: &crate::data::NextStep| {
        let command = match &step.command {
            Remedy::Command(command) => format!("\n{}", code(command)),
            Remedy::Words(words) if words.is_empty() => String::new(),
            Remedy::Words(words) => format!("\nWhat to do: {words}"),
        };
        format!("**{}**\n{}{command}", words::capital(&step.title).replace('`', ""), words::capital(&step.why))
    };
    document.push(Block::Steps(data.next_steps.iter().map(step).collect()));
}

fn standing(document: &mut Document, data: &ReportData) {
    document.heading(1, "Where the audit stands");
    match data.audit.score {
        None => document.paragraph("Nothing personal is known yet, so there is nothing to show."),
        Some(score) => {
            document.paragraph(format!(
                "Of what has to be shown for the data that is held, **{} % is shown**, {} % is wrong, {} % is accepted \
                 and {} % was not looked at in time. That makes **{} of 100 points**{}.",
                score.shown,
                score.wrong,
                score.accepted,
                score.unknown,
                score.points,
                if score.shown > score.cap {
                    format!(", no more than {} while something grave is open", score.cap)
                } else {
                    String::new()
                },
            ));
            document.note(
                "For each table and each stage there is one thing to show. It is shown when the stage ran when it was \
                 due and nothing of it is open there; each counts by how sensitive the data is and how many people are \
                 in it. The formula stands in the user guide, page Findings.",
            );
        }
    }
    if data.audit.stages.is_empty() {
        return;
    }
    document.push(Block::Figures(vec![Figure {
        svg: figures::audit_calendar(data, &crate::chart::YEAR, "calendar"),
        caption: "Audit calendar".to_owned(),
        note: "What ran, what is due, what was missed.".to_owned(),
        width: f32::MAX,
    }]));
    let columns = ["Stage", "What for", "How often", "Last run", "Next", "Open", "Entry"];
    let mut table = Table::new("The audit plan", &columns).numbers(&[5, 6]);
    for stage in &data.audit.stages {
        table.row([
            Cell::from(stage.stage.clone()),
            Cell::from(stage.objective.clone()),
            Cell::from(stage.frequency.clone()),
            Cell::from(stage.runs.last().map_or_else(|| "never".to_owned(), |run| words::day(*run))),
            next_run(stage),
            Cell::from(trend(stage)),
            Cell::from(entry(stage.entry)),
        ]);
    }
    document.push(Block::Table(table));
    cite(document, data.audit.cited(data.audit.stages.iter().map(|stage| stage.entry)));
}

fn next_run(stage: &StagePicture) -> Cell {
    match stage.next {
        None => Cell::from("not planned"),
        Some(next) if stage.missed => Cell::marked(Ink::Critical, format!("missed: {}", words::day(next))),
        Some(_) if stage.due => Cell::marked(Ink::Medium, "due now"),
        Some(next) => Cell::from(words::day(next)),
    }
}

fn trend(stage: &StagePicture) -> String {
    match stage.trend.as_slice() {
        [] => String::new(),
        [only] => only.to_string(),
        [.., before, last] => format!("{before} → {last}"),
    }
}

fn entry(index: Option<u64>) -> String {
    index.map_or_else(String::new, |index| format!("#{index}"))
}

fn cite(document: &mut Document, text: String) {
    if !text.is_empty() {
        document.note(text);
    }
}

fn access(document: &mut Document, data: &ReportData) {
    document.heading(1, "Who can reach what");
    let Some((svg, left_out)) = figures::access_matrix(data, &crate::chart::PRINT, "access") else {
        document.paragraph("No audit of access has looked at the sources yet: who can reach the data is not known. `dataward audit access` tells.");
        return;
    };
    let more = if left_out > 0 { format!(" {left_out} more who reach less are left out.") } else { String::new() };
    document.push(Block::Figures(vec![Figure {
        svg,
        caption: "Accounts and roles by kind of data".to_owned(),
        note: format!(
            "The number counts columns with personal data; blue may read, orange may change or add to them.{more}"
        ),
        width: f32::MAX,
    }]));
    document.paragraph(
        "Whoever may become another role counts with what that one may, and those who cannot log in stand here too. `dataward access SOURCE` names every path that gives a right, and the statement that takes it away.",
    );
    cite(document, data.audit.cited([data.audit.stage_entry("access")]));
}

fn encryption(document: &mut Document, data: &ReportData) {
    document.heading(1, "Encryption where it lies");
    if data.audit.coverage.iter().all(|row| row.encrypted + row.plain + row.unknown == 0) {
        document.paragraph("There is no personal data to encrypt.");
        return;
    }
    document.push(Block::Figures(vec![Figure {
        svg: figures::encryption_coverage(data),
        caption: "Encryption coverage".to_owned(),
        note: "Places with personal data by source: green is shown to be encrypted, orange is not, grey was not looked at.".to_owned(),
        width: 300.0,
    }]));
    let mut table = Table::new("Encryption coverage", &["Source", "Encrypted", "Not encrypted", "Not looked at"])
        .numbers(&[1, 2, 3]);
    for row in &data.audit.coverage {
        table.row([
            row.source.to_string(),
            words::number(row.encrypted),
            words::number(row.plain),
            words::number(row.unknown),
        ]);
    }
    document.push(Block::Table(table));
    cite(document, data.audit.cited([data.audit.stage_entry("encryption")]));
}

fn retention(document: &mut Document, data: &ReportData) {
    if data.retention.is_empty() {
        return;
    }
    document.heading(1, "What went, and what is next");
    if !data.retention.runs.is_empty() {
        let columns = ["Ended", "Plan", "Approved by", "Went", "Stayed although planned"];
        let mut table = Table::new("Plans that were carried out, newest first", &columns);
        for run in data.retention.shown() {
            table.row([
                Cell::from(run.day()),
                Cell::from(format!("`{}`", run.short())),
                Cell::from(run.approved_by.clone()),
                Cell::from(run.went()),
                Cell::from(run.stayed()),
            ]);
        }
        document.push(Block::Table(table));
    }
    data.retention.next().into_iter().for_each(|line| document.paragraph(line));
}

fn skipped(document: &mut Document, data: &ReportData) {
    document.heading(1, "What was not read");
    if data.skipped.is_empty() {
        document.paragraph("Everything that was found could be read.");
        return;
    }
    let mut alike: BTreeMap<(bool, String, &str), Vec<&str>> = BTreeMap::new();
    for place in &data.skipped {
        let name = if place.place.is_empty() { "the whole source" } else { &place.place };
        alike.entry((!place.failed, place.source.to_string(), &place.reason)).or_default().push(name);
    }
    let mut table = Table::new("Places that were not read", &["Source", "Places", "Why"]);
    for ((is_no_text, source, reason), places) in alike {
        let mut names = places[..places.len().min(PLACES)].join("\n");
        if places.len() > PLACES {
            names += &format!("\nand {} more", words::number((places.len() - PLACES) as u64));
        }
        let mark = if is_no_text { Ink::Low } else { Ink::High };
        table.row([Cell::marked(mark, source), Cell::from(names), Cell::from(words::capital(reason))]);
    }
    document.push(Block::Table(table));
    document.note("Orange: it failed, and nothing is known about it. Grey: it has no text that could be read.");
}

fn evidence(document: &mut Document, data: &ReportData) {
    document.heading(1, "Evidence");
    let Some(head) = &data.evidence else {
        document.paragraph("This report stands alone: no evidence log was kept.");
        return;
    };
    document.paragraph(format!(
        "Every scan, audit and decision behind this report is an entry of a signed log. When the report was made the log \
         had {} and this head. Keep these lines outside the business: whoever changes the log later can no longer match \
         them.",
        words::count(head.size, "entry", "entries")
    ));
    document.code(head.checkpoint.trim_end());
    document
        .facts(&[("Root hash", format!("`{}`", head.root_hash)), ("Verifier key", format!("`{}`", head.verifier_key))]);
    document.paragraph("To check the whole log on any machine without network, and to prove that one entry is in it:");
    document.code("dataward evidence verify\ndataward evidence prove INDEX");
    document.paragraph(format!(
        "Without our program, from a copy of `{}`, with the Python package aics-tlog: `aics-tlog verify-checkpoint --note \
         checkpoint --vkey-file log.vkey`.",
        head.location
    ));
    if data.audit.entries.is_empty() {
        return;
    }
    document.heading(2, "Entries behind the figures");
    let of_findings: BTreeSet<u64> = data.audit.finding_entries.values().copied().collect();
    let mut table =
        Table::new("Entries of the evidence log", &["Entry", "What it records", "When", "Hash of the leaf (RFC 6962)"]);
    for entry in data.audit.entries.iter().filter(|entry| !of_findings.contains(&entry.index)) {
        let when = entry.at.map_or_else(String::new, short);
        table.row([format!("#{}", entry.index), entry.what.clone(), when, format!("`{}`", entry.leaf_hash)]);
    }
    document.push(Block::Table(table));
    if !of_findings.is_empty() {
        document.note("The entry of a finding stands beside it; `dataward evidence show INDEX` has its hash.");
    }
}

fn short(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}
