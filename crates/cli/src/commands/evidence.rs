//! `evidence`: verify, show, prove.

use std::fmt::Write;

use crate::render::numbers::counted;
use dataward_app::AppError;
use dataward_app::verify_evidence::EntriesReport;
use dataward_app::verify_evidence::LogReport;
use dataward_app::verify_evidence::prove_entry;
use dataward_app::verify_evidence::show_entries;
use dataward_app::verify_evidence::show_entry;
use dataward_app::verify_evidence::verify_folder;
use dataward_app::verify_evidence::verify_project;

use crate::arguments::EvidenceArguments;
use crate::arguments::EvidenceCommand;
use crate::arguments::Global;
use crate::commands::project;
use crate::render::Output;
use crate::render::numbers::moment;
use crate::render::numbers::plain;
use crate::render::style::ERROR;
use crate::render::style::GOOD;
use crate::render::style::HEAD;
use crate::render::style::MUTED;
use crate::render::wrap::HANG;
use serde_json::Value;

pub(crate) async fn evidence(global: &Global, arguments: EvidenceArguments, output: &Output) -> Result<u8, AppError> {
    match arguments.command {
        EvidenceCommand::Verify { folder, vkey, older } => {
            let report = match (folder, vkey) {
                (None, None) => verify_project(&project(global)?, &older).await?,
                (Some(folder), vkey) => verify_folder(&folder, vkey.as_deref(), &older)?,
                (None, Some(_)) => {
                    return Err(AppError::usage_hint(
                        "a key of your own goes with the folder of a log",
                        "dataward evidence verify FOLDER --vkey FILE",
                    ));
                }
            };
            output.result(&report, || verified(&report))?;
            // A log that is not what was signed is the gravest finding there is.
            return Ok(if report.ok { 0 } else { 1 });
        }
        EvidenceCommand::Show { index: Some(index), .. } => {
            let report = show_entry(&project(global)?, index)?;
            output.result(&report, || whole(&report))?;
        }
        EvidenceCommand::Show { index: None, last } => {
            let report = show_entries(&project(global)?, last)?;
            output.result(&report, || shown(&report))?;
        }
        EvidenceCommand::Prove { index } => output.raw(&prove_entry(&project(global)?, index)?)?,
    }
    Ok(0)
}

fn verified(report: &LogReport) -> String {
    let mut out = String::new();
    let style = if report.ok { GOOD } else { ERROR };
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{style}{}{style:#} {}", if report.ok { "✓" } else { "✗" }, report.summary());
    if let (Some(origin), Some(root)) = (&report.origin, &report.root_hash) {
        let _ = writeln!(out, "{MUTED}{} · root {root}{MUTED:#}", plain(origin));
    }
    match report.older_heads {
        0 => {
            let _ = writeln!(
                out,
                "{MUTED}Compared with no older head: a log that was rewound would not show. Keep a copy of `checkpoint` elsewhere.{MUTED:#}"
            );
        }
        older => {
            let _ = writeln!(out, "{MUTED}Grown from every older head given or remembered ({older}).{MUTED:#}");
        }
    }
    for fault in &report.faults {
        let entry = fault.index.map(|index| format!(", entry {index}")).unwrap_or_default();
        let _ = writeln!(out, "  {ERROR}{}{entry}{ERROR:#}: {}", plain(&fault.file), plain(&fault.what));
    }
    for leftover in &report.leftovers {
        let _ = writeln!(out, "  {MUTED}{}: not needed by the head{MUTED:#}", plain(leftover));
    }
    out
}

/// One entry with all that it says.
fn whole(report: &EntriesReport) -> String {
    let mut out = lines(report);
    for entry in &report.entries {
        // A value that was read as JSON is written as JSON.
        let text = serde_json::to_string_pretty(&entry.statement).unwrap_or_default();
        let _ = writeln!(out, "{}", text.lines().map(plain).collect::<Vec<_>>().join("\n"));
        let _ = writeln!(out, "{MUTED}Proof that it is in the log:{MUTED:#} dataward evidence prove {}", entry.index);
    }
    out
}

fn shown(report: &EntriesReport) -> String {
    let mut out = lines(report);
    let _ = writeln!(out, "{MUTED}{} of {}{MUTED:#}", report.entries.len(), counted(report.size, "entry", "entries"));
    if let Some(last) = report.entries.last() {
        let _ = writeln!(out, "{MUTED}One of them whole:{MUTED:#} dataward evidence show {}", last.index);
    }
    out
}

fn lines(report: &EntriesReport) -> String {
    let mut out = String::new();
    for entry in &report.entries {
        let predicate = &entry.statement["predicate"];
        let at = predicate["at"].as_str().unwrap_or("?");
        let _ = writeln!(
            out,
            "{HEAD}{:>6}{HEAD:#}  {}  {MUTED}by {}{MUTED:#}  {HANG}{}",
            entry.index,
            at.parse().map_or_else(|_| plain(at), moment),
            plain(predicate["actor"].as_str().unwrap_or("?")),
            plain(&gist(&entry.statement)),
        );
    }
    out
}

/// What an entry is about, on one line: its subject without the times and the length of hashes, and of what happened
/// the words that people look for.
fn gist(statement: &Value) -> String {
    const DIGITS_SHOWN: usize = 12;
    let subject = statement["subject"][0]["name"].as_str().unwrap_or("?");
    let part = |part: &str| match part.len() == 64 && part.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        true => part[..DIGITS_SHOWN].to_owned(),
        false => part.to_owned(),
    };
    let is_moment = |part: &str| part.parse::<jiff::Timestamp>().is_ok();
    let subject: Vec<String> = subject.split('/').filter(|part| !is_moment(part)).map(part).collect();
    let mut words = vec![subject.join("/")];
    let event = &statement["predicate"]["event"];
    words.extend(["change", "severity"].iter().filter_map(|word| event[word].as_str()).map(str::to_owned));
    let place = ["source", "table", "column"].map(|level| event["place"][level].as_str());
    if let [Some(source), rest @ ..] = place {
        words.push(rest.into_iter().flatten().fold(source.to_owned(), |place, level| format!("{place}.{level}")));
    }
    words.join(" ")
}
