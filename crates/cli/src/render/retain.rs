//! Plans of retention, approvals, what was applied, holds.

use std::fmt::Write;

use dataward_app::apply_plan::ApplyReport;
use dataward_app::approve_plan::ApprovalReport;
use dataward_app::hold_data::HoldsReport;
use dataward_app::hold_data::RetainStatus;
use dataward_app::plan_retention::RetainPlanReport;
use indicatif::HumanBytes;

use crate::render::numbers::count;
use crate::render::style::CODE;
use crate::render::style::MUTED;

pub(crate) fn plan(report: &RetainPlanReport) -> String {
    let mut text = String::new();
    let total: u64 = report.tables.iter().map(|table| table.rows).sum();
    let _ = writeln!(text, "Plan {}, {} rows. Nothing was changed.\n", short(&report.plan), count(total));
    for table in &report.tables {
        let place = format!("{}.{}", table.source, table.table);
        let rows = format!("{} rows", count(table.rows));
        let _ = writeln!(
            text,
            "{:>3}. {:<10} {rows:>16}  {place}  {MUTED}{}{MUTED:#}",
            table.order, table.action, table.rule
        );
        if !table.columns.is_empty() {
            let _ = writeln!(text, "       {MUTED}columns {}{MUTED:#}", table.columns.join(", "));
        }
        if !table.because_of.is_empty() {
            let _ = writeln!(text, "       {MUTED}taken along by {}{MUTED:#}", table.because_of.join(", "));
        }
        for kept in &table.kept {
            let _ = writeln!(text, "       {} rows stay: {}", count(kept.rows), kept.reason);
        }
    }
    for line in &report.unlinked {
        let _ = writeln!(
            text,
            "       {} rows of {}.{} stay and lose their reference ({})",
            count(line.rows),
            line.source,
            line.table,
            line.columns.join(", ")
        );
    }
    for conflict in &report.conflicts {
        let _ = writeln!(text, "\nTo decide: `{}` at {}: {}", conflict.rule, conflict.place, conflict.text);
        let _ = writeln!(text, "       {}", conflict.help);
    }
    for warning in &report.warnings {
        let _ = writeln!(text, "\nMind: {}", warning.text);
    }
    for skipped in &report.skipped {
        let _ = writeln!(text, "\nNot planned: {skipped}");
    }
    if total > 0 {
        let _ = writeln!(
            text,
            "\nAbout {} s of the server's time; {} become free.",
            count(report.forecast.seconds),
            HumanBytes(report.forecast.bytes_freed)
        );
        let who = if report.four_eyes { "Somebody else approves it: " } else { "Next: " };
        let _ = writeln!(text, "{who}{CODE}dataward retain approve {}{CODE:#}", short(&report.plan));
    }
    text
}

pub(crate) fn approval(report: &ApprovalReport) -> String {
    format!(
        "{} approved the plan {} of {}: {} rows. Entry {} of the evidence log.\nNext: {CODE}dataward retain apply {}{CODE:#}\n",
        report.approved_by,
        short(&report.plan),
        report.made_by,
        count(report.rows),
        report.log_index,
        short(&report.plan),
    )
}

pub(crate) fn applied(report: &ApplyReport) -> String {
    let mut text = format!("Plan {} is done.\n", short(&report.plan));
    for line in &report.tables {
        let _ = writeln!(
            text,
            "  {:<10} {:>12} of {} rows  {}.{}",
            line.action,
            count(line.changed),
            count(line.planned),
            line.source,
            line.table
        );
        for (reason, rows) in &line.skipped {
            let _ = writeln!(text, "             {} left alone: {}", count(*rows), why(reason));
        }
    }
    if let Some(index) = report.log_index {
        let _ = writeln!(text, "Entry {index} of the evidence log.");
    }
    text
}

pub(crate) fn holds(report: &HoldsReport) -> String {
    if report.holds.is_empty() {
        return "No hold lies.\n".to_owned();
    }
    let mut text = String::new();
    for hold in &report.holds {
        let place = hold.table.as_ref().map_or(hold.source.clone(), |table| format!("{}.{table}", hold.source));
        let rows = if hold.rows_only { "certain rows of " } else { "" };
        let state = if hold.released_at.is_some() { "lifted" } else { "lies" };
        let _ = writeln!(
            text,
            "{:<5} {state:<7} {rows}{place}  {MUTED}{}, placed by {}{MUTED:#}",
            hold.id, hold.matter, hold.placed_by
        );
    }
    text
}

pub(crate) fn status(status: &RetainStatus) -> String {
    let mut text = String::new();
    for plan in status.plans.iter().filter(|plan| plan.state != "dropped") {
        let _ = writeln!(
            text,
            "{}  {:<9} {} of {} rows  {MUTED}made by {}{MUTED:#}",
            short(&plan.plan),
            plan.state,
            count(plan.rows_done),
            count(plan.rows),
            plan.made_by
        );
    }
    if status.plans.is_empty() {
        text.push_str("No plan yet.\n");
    }
    if !status.holds.is_empty() {
        let _ = writeln!(text, "{} holds lie.", status.holds.len());
    }
    if let Some(next) = &status.next {
        let _ = writeln!(text, "Next: {CODE}{next}{CODE:#}");
    }
    text
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

fn why(reason: &str) -> &str {
    match reason {
        "changed" => "changed since the plan",
        "gone" => "not there any more",
        "held" => "held",
        "locked" => "somebody kept them locked",
        "not-due" => "their period has not ended any more",
        "referenced" => "new rows refer to them",
        other => other,
    }
}
