//! What `audit` found, for people.

use std::fmt::Write;

use dataward_app::finding_line::FindingLine;
use dataward_app::run_audit::AuditReport;
use dataward_app::run_audit::StageReport;
use dataward_model::SkipCause;

use crate::render::numbers::count;
use crate::render::numbers::counted;
use crate::render::numbers::moment;
use crate::render::numbers::plain;
use crate::render::style;
use crate::render::style::CODE;
use crate::render::style::ERROR;
use crate::render::style::GOOD;
use crate::render::style::HEAD;
use crate::render::style::MUTED;
use crate::render::style::WARNING;
use crate::render::wrap::HANG;
use crate::render::wrap::remedy;

/// Findings shown for each check before the rest is counted.
const SHOWN: usize = 3;

/// What stages count that is worth a look and no finding.
const HINTS: &str = "hints";

/// The whole result.
pub(crate) fn report(report: &AuditReport) -> String {
    let mut out = String::new();
    if report.stages.is_empty() {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{GOOD}✓{GOOD:#} nothing is due. What is when: {CODE}dataward status{CODE:#}");
        return out;
    }
    for stage in &report.stages {
        stage_part(&mut out, stage, &report.findings);
    }
    let _ = writeln!(out, "{MUTED}By the inventory of {}.{MUTED:#}", moment(report.inventory_at));
    out
}

/// How many of what a stage looked at, in words.
fn looked_at(what: &str, number: u64) -> String {
    let (one, many) = match what {
        "cells" => ("cell", what),
        "endpoints" => ("endpoint", what),
        "entries" => ("entry", what),
        "files, objects and tables" => ("file, object or table", what),
        "handshakes" => ("handshake", what),
        HINTS => ("hint", what),
        "places proven encrypted" => ("place proven encrypted", what),
        "principals" => ("principal", what),
        "rows" => ("row", what),
        "settings" => ("setting", what),
        "sketches" => ("sketch of people", "sketches of people"),
        "tables" => ("table", what),
        "tables-compared" => ("table compared with the last audit", "tables compared with the last audit"),
        other => (other, other),
    };
    counted(number, one, many)
}

fn stage_part(out: &mut String, stage: &StageReport, findings: &[FindingLine]) {
    let _ = writeln!(out, "{HEAD}{}{HEAD:#}  {MUTED}{}{MUTED:#}", stage.stage, stage.objective);
    if stage.checks.is_empty() {
        let _ = writeln!(out, "  {WARNING}not checked:{WARNING:#} this version has no checks of this stage\n");
        return;
    }
    if !stage.counts.is_empty() {
        let counts: Vec<String> = stage.counts.iter().map(|(what, number)| looked_at(what, *number)).collect();
        let _ = writeln!(out, "  {MUTED}looked at: {}{MUTED:#}", counts.join(", "));
    }
    for check in &stage.checks {
        let these: Vec<&FindingLine> = findings.iter().filter(|finding| finding.check == check.check).collect();
        let Some(worst) = these.first() else {
            if let Some(why) = &check.not_judged {
                let _ = writeln!(out, "  {MUTED}· {:<8} {HANG}{why}: {}{MUTED:#}", "", check.summary);
                continue;
            }
            let _ = writeln!(out, "  {GOOD}✓{GOOD:#} {:<8} {HANG}{MUTED}not found: {}{MUTED:#}", "", check.summary);
            continue;
        };
        let style = style::severity(&worst.severity);
        let _ = writeln!(
            out,
            "  {style}✗ {:<8}{style:#} {HANG}{}  {MUTED}{}{MUTED:#}",
            worst.severity,
            check.summary,
            counted(check.open, "finding", "findings")
        );
        for finding in these.iter().take(SHOWN) {
            let _ = writeln!(out, "             {HANG}{}", plain(&finding.title));
            let _ = writeln!(out, "             {}  {MUTED}{}{MUTED:#}", remedy(&finding.remedy), finding.id);
        }
        if these.len() > SHOWN {
            let rest = counted((these.len() - SHOWN) as u64, "more finding", "more findings");
            let _ = writeln!(out, "             {MUTED}and {rest}: dataward findings list{MUTED:#}");
        }
    }
    if let Some(hints) = stage.counts.get(HINTS).filter(|hints| **hints > 0) {
        let cells = counted(*hints, "cell is", "cells are");
        let list = format!("{CODE}dataward audit {} --format json{CODE:#}", stage.stage);
        let _ = writeln!(out, "  {MUTED}· {:<8} {HANG}{cells} no finding, but worth a look:{MUTED:#} {list}", "hints");
    }
    let news: Vec<String> = [("new", &stage.found), ("open again", &stage.reopened), ("fixed", &stage.fixed)]
        .into_iter()
        .filter(|(_, ids)| !ids.is_empty())
        .map(|(word, ids)| format!("{} {word}", count(ids.len() as u64)))
        .collect();
    if !news.is_empty() {
        let _ = writeln!(out, "  {MUTED}since the last look: {}{MUTED:#}", news.join(", "));
    }
    for skipped in &stage.skipped {
        let (place, reason) = (plain(&skipped.place), plain(&skipped.reason));
        let _ = match skipped.cause {
            SkipCause::NotSupported => writeln!(out, "  {MUTED}nothing to look at: {place}: {reason}{MUTED:#}"),
            _ => writeln!(out, "  {ERROR}not looked at:{ERROR:#} {place}: {reason}"),
        };
    }
    if let Some(index) = stage.evidence {
        let whole = match (stage.complete, stage.counts_for_plan) {
            (true, _) => "",
            (false, true) => "; with gaps, which stand above",
            (false, false) => "; not every source was looked at: it does not count for the plan",
        };
        let _ = writeln!(out, "  {MUTED}entry {index} of the evidence log{whole}{MUTED:#}");
    }
    out.push('\n');
}
