//! What was searched and proven, certificates, what a restore brought back.

use std::fmt::Write;

use crate::render::numbers::counted;
use dataward_app::replay_ledger::ReplayReport;
use dataward_app::verify_erasure::CertificatesReport;
use dataward_app::verify_erasure::VerifiedSource;
use dataward_app::verify_erasure::VerifyErasureReport;
use indicatif::HumanBytes;

use crate::render::numbers::count;
use crate::render::numbers::plain;
use crate::render::style::CODE;
use crate::render::style::MUTED;
use crate::render::style::WARNING;

pub(crate) fn verified(report: &VerifyErasureReport) -> String {
    let mut text = String::new();
    if report.sources.is_empty() {
        let _ = writeln!(text, "Nothing went by this plan, so there is nothing to prove: no certificate is written.");
    }
    for source in &report.sources {
        let _ = writeln!(text, "{}", source.source);
        for step in &source.steps {
            let _ = writeln!(text, "  {}  {MUTED}{}{MUTED:#}", step.id, step.state);
            if source.search.is_none() {
                let _ = writeln!(text, "      {MUTED}{}{MUTED:#}", step.statement);
                let _ = writeln!(text, "      {MUTED}takes out {}{MUTED:#}", step.cleans);
                let _ = writeln!(text, "      {MUTED}needs {}{MUTED:#}", step.needs);
            }
        }
        searched(&mut text, source);
        // Levels are written so that a higher one sorts behind: L0 to L4.
        let is_enough = source.level_proven.as_ref().is_some_and(|proven| *proven >= source.level_wanted);
        for reason in source.reasons.iter().filter(|_| !is_enough) {
            let _ = writeln!(text, "  Why not further: {reason}");
        }
    }
    text
}

fn searched(text: &mut String, source: &VerifiedSource) {
    let Some(search) = &source.search else {
        let _ = match &source.level_proven {
            Some(proven) => {
                writeln!(text, "  Proven by the last certificate: {proven}, of {} wanted.", source.level_wanted)
            }
            None => writeln!(text, "  Nothing is proven yet, of {} wanted.", source.level_wanted),
        };
        return;
    };
    let how = match &search.how {
        Some(how) if *how == dataward_app::verify_erasure::HowRead::Files => "read on this machine",
        Some(_) => "read through the server",
        None => "no file could be read",
    };
    let _ = writeln!(
        text,
        "  Searched {} for {} of {} of {}; files: {how}.",
        HumanBytes(search.bytes),
        counted(search.values, "value", "values"),
        count(search.rows_sampled),
        counted(search.rows, "row", "rows")
    );
    for class in &search.classes {
        let _ = writeln!(
            text,
            "  {}  {:<18} {:>10}, {} found",
            class.level,
            class.class.word(),
            counted(class.files, "file", "files"),
            counted(class.found, "erased value", "erased values")
        );
    }
    for part in &search.parts {
        let _ = writeln!(text, "      {MUTED}{}: {}{MUTED:#}", part.part.name, counted(part.found, "value", "values"));
    }
    if search.missed_at_most_ppm > 0 {
        let share = search.missed_at_most_ppm as f64 / 10_000.0;
        let _ = writeln!(text, "  At most {share:.3} % of the rows can have been missed (95 % sure).");
    }
    for spot in &search.blind {
        let level = spot.level.map_or_else(String::new, |level| format!("{level} "));
        let _ = writeln!(text, "  {MUTED}Not seen: {level}{}{MUTED:#}", spot.what);
    }
    let proven = source.level_proven.as_deref().unwrap_or("nothing");
    let part = in_part(source.not_proven.as_ref());
    let _ = writeln!(text, "  Proven{part}: {proven}, of {} wanted.", source.level_wanted);
    if let Some(not_proven) = &source.not_proven {
        let _ = writeln!(text, "  {WARNING}{}{WARNING:#}", plain(not_proven));
    }
    if let (Some(number), Some(file)) = (source.certificate, &source.file) {
        let _ = writeln!(text, "  Certificate {number}: {file}");
    }
}

/// Values that stand elsewhere too are proven by nothing.
fn in_part(not_proven: Option<&String>) -> &'static str {
    if not_proven.is_some() { " in part" } else { "" }
}

pub(crate) fn certificates(report: &CertificatesReport) -> String {
    let mut text = String::new();
    for line in &report.certificates {
        let proven = line.level_proven.as_deref().unwrap_or("nothing");
        let _ = writeln!(
            text,
            "{:>6}  {proven} proven{} for {} of {}, {}",
            line.number,
            in_part(line.not_proven.as_ref()),
            counted(line.rows, "row", "rows"),
            line.source,
            line.verified_at
        );
        if let Some(not_proven) = &line.not_proven {
            let _ = writeln!(text, "        {WARNING}{}{WARNING:#}", plain(not_proven));
        }
    }
    let checked = if report.chain { "signatures, chain and evidence log agree" } else { "the signature fits" };
    let _ = writeln!(text, "{}: {checked}.", counted(report.certificates.len() as u64, "certificate", "certificates"));
    text
}

pub(crate) fn replayed(report: &ReplayReport) -> String {
    let mut text = String::new();
    for table in &report.tables {
        let _ = writeln!(
            text,
            "{}.{}: {} back of {} that went",
            table.source,
            table.table,
            counted(table.back, "row is", "rows are"),
            count(table.erased)
        );
        if table.somebody_else > 0 {
            let _ = writeln!(
                text,
                "  {MUTED}{} with the key of an erased one, about somebody else: not touched{MUTED:#}",
                counted(table.somebody_else, "row", "rows")
            );
        }
    }
    for note in &report.notes {
        let _ = writeln!(text, "{note}");
    }
    for skipped in &report.skipped {
        let _ = writeln!(text, "Not searched: {skipped}");
    }
    match &report.plan {
        Some(plan) => {
            let short = plan.get(..12).unwrap_or(plan);
            let _ =
                writeln!(text, "\nPlan {short} takes them out again: {CODE}dataward retain approve {short}{CODE:#}");
        }
        None => {
            let _ = writeln!(text, "Nothing that was erased is back.");
        }
    }
    text
}
