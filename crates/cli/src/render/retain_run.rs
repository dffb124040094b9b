//! A scheduled run of retention, and what another policy would change.

use std::fmt::Write;

use crate::render::numbers::counted;
use dataward_app::run_retention::RetainRunReport;
use dataward_app::simulate_retention::SimulationReport;

use crate::render::numbers::count;
use crate::render::retain;
use crate::render::style::CODE;
use crate::render::style::MUTED;

pub(crate) fn run(report: &RetainRunReport) -> String {
    let mut text = String::new();
    for applied in &report.applied {
        text.push_str(&retain::applied(applied));
    }
    for refused in &report.refused {
        let _ = writeln!(text, "Plan {} was not applied: {}", retain::short(&refused.plan), refused.reason);
    }
    match &report.waiting {
        Some(plan) if report.planned => text.push_str(&retain::plan(plan)),
        Some(plan) => {
            let _ = writeln!(text, "Plan {} waits for its approval.", retain::short(&plan.plan));
        }
        None if report.applied.is_empty() && report.refused.is_empty() => text.push_str("Nothing is due.\n"),
        None => {}
    }
    if let Some(next) = report.next {
        let _ = writeln!(text, "{MUTED}The next plan is due on {next}.{MUTED:#}");
    }
    if let Some(command) = report.command.as_ref().filter(|_| !report.planned) {
        let _ = writeln!(text, "Next: {CODE}{command}{CODE:#}");
    }
    text
}

pub(crate) fn simulation(report: &SimulationReport) -> String {
    let mut text = format!(
        "With {}: {} would go today, {} go by the policy as it is. Nothing was saved.\n\n",
        report.with,
        counted(report.then, "row or file", "rows and files"),
        count(report.now)
    );
    for line in &report.lines {
        let change = i128::from(line.then) - i128::from(line.now);
        let change = match change {
            0 => "no change".to_owned(),
            more if more > 0 => format!("+{}", count(line.then - line.now)),
            _ => format!("-{}", count(line.now - line.then)),
        };
        let _ = writeln!(
            text,
            "  {:<10} {change:>12}  {}  {MUTED}{}: {} now, {} then, {} in thirty days{MUTED:#}",
            line.action,
            retain::place(&line.source, &line.table),
            line.rule,
            count(line.now),
            count(line.then),
            count(line.in_thirty_days)
        );
    }
    for conflict in &report.conflicts {
        let _ = writeln!(text, "\nTo decide: `{}` at {}: {}", conflict.rule, conflict.place, conflict.text);
    }
    for skipped in &report.skipped {
        let _ = writeln!(text, "\nNot asked: {skipped}");
    }
    text
}
