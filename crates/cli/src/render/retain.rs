//! Plans of retention, approvals, what was applied, holds.

use std::fmt::Write;

use dataward_app::apply_plan::ApplyReport;
use dataward_app::approve_plan::ApprovalReport;
use dataward_app::hold_data::HoldsReport;
use dataward_app::notify_people::NoticeReport;
use dataward_app::plan_retention::RetainPlanReport;
use dataward_app::plan_retention::STORED;
use dataward_app::plan_retention::UnlinkedLine;
use dataward_app::retain_status::RetainStatus;
use indicatif::HumanBytes;

use crate::render::numbers::count;
use crate::render::numbers::counted;
use crate::render::numbers::plain;
use crate::render::style::CODE;
use crate::render::style::MUTED;
use crate::render::style::WARNING;

pub(crate) fn plan(report: &RetainPlanReport) -> String {
    let mut text = String::new();
    // As the approval counts them: what goes, what gets other values, what loses a reference.
    let unlinked: u64 = report.unlinked.iter().map(|line| line.rows).sum();
    let total = report.tables.iter().map(|table| table.rows).sum::<u64>() + unlinked;
    let _ = writeln!(text, "Plan {}, {}. Nothing was changed.\n", short(&report.plan), counted(total, "row", "rows"));
    let mut unlinks: Vec<&UnlinkedLine> = report.unlinked.iter().collect();
    unlinks.sort_by_key(|line| line.order);
    let mut unlinks = unlinks.into_iter().peekable();
    for table in &report.tables {
        while let Some(line) = unlinks.next_if(|line| line.order < table.order) {
            unlink(&mut text, line);
        }
        let place = place(&table.source, &table.table);
        let rows = match table.bytes {
            Some(bytes) => format!("{}, {}", counted(table.rows, "file", "files"), HumanBytes(bytes)),
            None => counted(table.rows, "row", "rows"),
        };
        let _ = writeln!(
            text,
            "{:>3}. {:<10} {rows:>16}  {place}  {MUTED}{}{MUTED:#}",
            table.order, table.action, table.rule
        );
        if !table.columns.is_empty() {
            let _ = writeln!(text, "       {MUTED}columns {}{MUTED:#}", table.columns.join(", "));
        }
        if let Some(basis) = &table.basis {
            let _ = writeln!(text, "       {MUTED}age counted from {basis}{MUTED:#}");
        }
        if !table.partitions.is_empty() {
            let _ = writeln!(text, "       {MUTED}dropped as a whole: {}{MUTED:#}", table.partitions.join(", "));
        }
        if table.at_once_seconds.is_some() {
            let _ = writeln!(text, "       {MUTED}emptied at once, and filled again with what stays{MUTED:#}");
        }
        if !table.because_of.is_empty() {
            let _ = writeln!(text, "       {MUTED}taken along by {}{MUTED:#}", table.because_of.join(", "));
        }
        for kept in &table.kept {
            let (one, many) =
                if table.table == STORED { ("file stays", "files stay") } else { ("row stays", "rows stay") };
            let _ = writeln!(text, "       {}: {}", counted(kept.rows, one, many), kept.reason);
        }
    }
    for line in unlinks {
        unlink(&mut text, line);
    }
    for conflict in &report.conflicts {
        let _ = writeln!(text, "\nTo decide: `{}` at {}: {}", conflict.rule, conflict.place, conflict.text);
        let _ = writeln!(text, "       {}", conflict.help);
    }
    for file in report.files.iter().flatten() {
        let version = file.version.as_ref().map_or_else(String::new, |version| format!("  version {version}"));
        let _ = writeln!(text, "       {}  {}{version}  {}", file.source, file.path, HumanBytes(file.bytes));
    }
    for warning in &report.warnings {
        let _ = writeln!(text, "\nMind: {}", warning.text);
    }
    for archive in &report.archives {
        let what = format!("{}, {}", counted(archive.files, "file", "files"), HumanBytes(archive.bytes));
        let _ = match &archive.kept {
            None => writeln!(
                text,
                "\nArchive {} came to its end ({}): its key is destroyed, and {what} go.",
                archive.class, archive.ended
            ),
            Some(why) => {
                writeln!(text, "\nArchive {} came to its end ({}) and stays: {why}", archive.class, archive.ended)
            }
        };
    }
    for skipped in &report.skipped {
        let _ = writeln!(text, "\nNot planned: {skipped}");
    }
    let ends = report.archives.iter().any(|archive| archive.kept.is_none());
    if total > 0 || ends {
        let _ = writeln!(
            text,
            "\nAbout {} s of the server's time; {} become free.",
            count(report.forecast.seconds),
            HumanBytes(report.forecast.bytes_freed)
        );
        if let Some(wait) = &report.notify {
            let _ = writeln!(
                text,
                "People are told {wait} before: {CODE}dataward retain notify {} --out people.csv{CODE:#}",
                short(&report.plan)
            );
        }
        if report.state == "not saved" {
            let _ = writeln!(
                text,
                "Only a look: another plan waits and stays as it is. To put this one in its place: \
                 {CODE}dataward retain plan{CODE:#}"
            );
            return text;
        }
        let who = if report.four_eyes { "Somebody else approves it: " } else { "Next: " };
        let _ = writeln!(text, "{who}{CODE}dataward retain approve {}{CODE:#}", short(&report.plan));
    } else {
        let next = if report.conflicts.is_empty() { "dataward retain policy" } else { &report.conflicts[0].help };
        let gap = if text.ends_with("\n\n") { "" } else { "\n" };
        let _ = writeln!(text, "{gap}Nothing to do. What is kept how long, and why: {CODE}{next}{CODE:#}");
    }
    text
}

/// A step that takes references away from rows that stay.
fn unlink(text: &mut String, line: &UnlinkedLine) {
    let rows = counted(line.rows, "row", "rows");
    let _ = writeln!(text, "{:>3}. {:<10} {rows:>16}  {}", line.order, "unlink", place(&line.source, &line.table));
    let _ = writeln!(text, "       {MUTED}they stay, without the reference {}{MUTED:#}", line.columns.join(", "));
}

pub(crate) fn notice(report: &NoticeReport) -> String {
    let mut text = format!(
        "In {} (readable by you alone): {} of the plan {}.\n",
        report.file,
        counted(report.people, "person", "people"),
        short(&report.plan)
    );
    if report.unreachable > 0 {
        let _ = writeln!(text, "{} no way to reach anybody.", counted(report.unreachable, "row says", "rows say"));
    }
    let _ = writeln!(
        text,
        "Tell them now; they have {}. Who comes back stays. The plan can be applied from {} on.",
        counted(u64::from(report.hours), "hour", "hours"),
        report.begins
    );
    text
}

pub(crate) fn approval(report: &ApprovalReport) -> String {
    format!(
        "{} approved the plan {} of {}: {}. Entry {} of the evidence log.\nNext: {CODE}dataward retain apply {}{CODE:#}\n",
        report.approved_by,
        short(&report.plan),
        report.made_by,
        counted(report.rows, "row", "rows"),
        report.log_index,
        short(&report.plan),
    )
}

pub(crate) fn applied(report: &ApplyReport) -> String {
    let end = if report.complete { "is done" } else { "was given up" };
    let mut text = format!("Plan {} {end}.\n", short(&report.plan));
    for line in &report.tables {
        let _ = writeln!(
            text,
            "  {:<10} {:>12} of {} {}  {}",
            line.action,
            count(line.changed),
            count(line.planned),
            if line.table == STORED { "files" } else { "rows" },
            place(&line.source, &line.table)
        );
        for (reason, rows) in &line.skipped {
            let _ = writeln!(text, "             {} left alone: {}", count(*rows), why(reason));
            if reason == "file-unseen" {
                for files in &line.waits_for {
                    let _ = writeln!(text, "             look: {CODE}dataward scan --full {files}{CODE:#}");
                }
            }
        }
        if !line.waits_for.is_empty() {
            let _ = writeln!(text, "             files that stayed lie in {}", line.waits_for.join(", "));
        }
    }
    for archive in &report.archives {
        let _ = match (&archive.left, &archive.certificate) {
            (None, Some(certificate)) => writeln!(
                text,
                "  end        {:>12} of the archive {}: key destroyed, certificate {certificate}",
                counted(archive.files, "file", "files"),
                archive.class
            ),
            (left, _) => {
                let left = left.as_deref().map_or("left alone", why);
                writeln!(text, "  end        archive {} left alone: {left}", archive.class)
            }
        };
    }
    for note in &report.notes {
        let _ = writeln!(text, "{WARNING}{}{WARNING:#}", plain(note));
    }
    if let Some(index) = report.log_index {
        let _ = writeln!(text, "Entry {index} of the evidence log.");
    }
    if report.tables.iter().any(|line| line.changed > 0) {
        let _ = writeln!(text, "Is it really gone? {CODE}dataward retain verify {}{CODE:#}", short(&report.plan));
    }
    text
}

pub(crate) fn holds(report: &HoldsReport) -> String {
    if report.holds.is_empty() {
        return "No hold is in force.\n".to_owned();
    }
    let mut text = String::new();
    for hold in &report.holds {
        let place = match (&hold.source, &hold.table) {
            (Some(source), Some(table)) => format!("{source}.{table}"),
            (Some(source), None) => source.clone(),
            (None, _) => "a person, wherever they are".to_owned(),
        };
        let rows = if hold.rows_only && hold.source.is_some() { "certain rows of " } else { "" };
        let state = match (&hold.released_at, &hold.missing) {
            (Some(_), _) => "released",
            (None, Some(_)) => "MISSING",
            (None, None) => "in force",
        };
        let _ = writeln!(
            text,
            "{:<5} {state:<8} {rows}{}  {MUTED}{}, placed by {}{MUTED:#}",
            hold.id,
            plain(&place),
            plain(&hold.matter),
            plain(&hold.placed_by)
        );
        if let Some(missing) = &hold.missing {
            let _ = writeln!(
                text,
                "      {WARNING}its place is not there: {}.{WARNING:#} Every plan stops until it is placed anew under the \
                 name of today and this one is lifted.",
                plain(missing)
            );
        }
        match hold.rows_now {
            Some(0) => {
                let _ =
                    writeln!(text, "      {WARNING}nothing is covered now: look whether the value is right{WARNING:#}");
            }
            Some(rows) if hold.rows_found == Some(0) => {
                let _ = writeln!(
                    text,
                    "      {WARNING}the value was found nowhere: look whether it is right.{WARNING:#} {} covered all the \
                     same: nobody can tell that it does not stand there",
                    counted(rows, "row or file is", "rows and files are")
                );
            }
            Some(rows) => {
                let _ = writeln!(
                    text,
                    "      {} covered now, and what hangs on them",
                    counted(rows, "row or file is", "rows and files are")
                );
            }
            None => {}
        }
        if !hold.not_followed.is_empty() {
            let _ = writeln!(
                text,
                "      {WARNING}not followed:{WARNING:#} {}; by their names they may refer to the person, and nothing says so: \
                 their rows are not held. Say what they refer to under [references] in dataward.toml",
                hold.not_followed.join(", ")
            );
        }
        if let Some(why) = &hold.not_counted {
            let _ = writeln!(
                text,
                "      {WARNING}it holds, and how much it covers could not be counted:{WARNING:#} {}",
                plain(why)
            );
        }
    }
    text
}

pub(crate) fn status(status: &RetainStatus) -> String {
    let mut text = String::new();
    for plan in status.plans.iter().filter(|plan| plan.state != "dropped") {
        let left = match plan.rows_done.saturating_sub(plan.rows_changed) {
            0 => String::new(),
            left => format!(", {} left alone", count(left)),
        };
        let proof = match plan.certified {
            Some(false) => format!(", no certificate yet: {CODE}dataward retain verify {}{CODE:#}", short(&plan.plan)),
            _ => String::new(),
        };
        let _ = writeln!(
            text,
            "{}  {:<9} {} of {}{left}{proof}  {MUTED}made by {}{MUTED:#}",
            short(&plan.plan),
            plan.state,
            count(plan.rows_changed),
            counted(plan.rows, "row", "rows"),
            plan.made_by
        );
        if let Some(why) = &plan.stale {
            let _ = writeln!(text, "              {WARNING}stale:{WARNING:#} {why}");
        }
    }
    if status.plans.is_empty() {
        text.push_str("No plan yet.\n");
    }
    if !status.holds.is_empty() {
        let _ = writeln!(text, "{} in force.", counted(status.holds.len() as u64, "hold is", "holds are"));
    }
    for hold in &status.holds {
        if let Some(missing) = &hold.missing {
            let _ = writeln!(
                text,
                "{WARNING}The hold {} names a place that is not there: {}.{WARNING:#} Every plan stops until it is placed \
                 anew and this one is lifted.",
                hold.id,
                plain(missing)
            );
        }
    }
    if let Some(next) = &status.next {
        let _ = writeln!(text, "Next: {CODE}{next}{CODE:#}");
    }
    text
}

/// Of a folder or bucket the source alone: what is stored has no table.
pub(crate) fn place(source: &str, table: &str) -> String {
    if table == STORED { source.to_owned() } else { format!("{source}.{table}") }
}

pub(crate) fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

fn why(reason: &str) -> &str {
    match reason {
        "changed" => "changed since the plan",
        "denied" => "the account may not read or remove them",
        "file-changed" => "the files they name were changed since the plan; the next plan takes both",
        "file-denied" => "they wait for the files they name, which the account may not read or remove",
        "file-held" => "they wait for the files they name, which are held",
        "file-protected" => "they wait for the files they name, which the store protects",
        "file-unseen" => "they wait for the files they name, in which nobody has looked for a person who is held",
        "given-up" => "the plan was given up",
        "gone" => "not there any more",
        "held" => "held",
        "kept-by-server" => "a trigger, a rule or row security of the table keeps them",
        "locked" => "somebody kept them locked",
        "not-due" => "their period has not ended any more",
        "older-version" => "an older version stays, and would come back to light",
        "protected" => "the store protects them (object lock, or its own legal hold)",
        "referenced" => "new rows refer to them",
        "refused" => "the server refuses them: a trigger or a constraint",
        "together" => "what has to go with them stays",
        "still-there" => "the store said that they went, and gives them still",
        other => other,
    }
}
