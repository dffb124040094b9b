//! Retention, for people.

use std::fmt::Write;

use dataward_app::legal_rules::LegalDiffReport;
use dataward_app::retention_report::ClockLine;
use dataward_app::retention_report::ConflictLine;
use dataward_app::retention_report::LegalRulesReport;
use dataward_app::retention_report::PlaceLine;
use dataward_app::retention_report::RetentionPolicyReport;
use dataward_app::retention_report::start_in_words;

use crate::render::numbers::counted;
use crate::render::numbers::plain;
use crate::render::style;
use crate::render::style::CODE;
use crate::render::style::GOOD;
use crate::render::style::HEAD;
use crate::render::style::MUTED;

// Writing to a String cannot fail, here and below.

/// What applies where. With `all` also rules without a period, and all reasons.
pub(crate) fn policy(report: &RetentionPolicyReport, all: bool) -> String {
    let mut out = String::new();
    for place in &report.places {
        one_place(&mut out, place, all);
    }
    let _ = writeln!(
        out,
        "{}, rule pack {}, as of {}",
        counted(report.places.len() as u64, "place with personal data", "places with personal data"),
        report.pack,
        report.as_of
    );
    let (warning, good) = (style::WARNING, GOOD);
    if report.open_conflicts > 0 {
        let decisions = counted(report.open_conflicts, "decision is open", "decisions are open");
        let _ = writeln!(out, "{warning}{decisions}{warning:#}: until they are taken, nothing goes at these places");
    }
    if report.uncovered_columns > 0 {
        let columns = counted(report.uncovered_columns, "column is", "columns are");
        let _ = writeln!(out, "{warning}{columns} kept for ever{warning:#}: no rule of the policy covers them");
    }
    let parts = report.places.iter().flat_map(|place| &place.parts);
    let stuck = parts.filter(|part| part.chosen.problem.is_some()).count() as u64;
    if stuck > 0 {
        let periods = counted(stuck, "period cannot begin", "periods cannot begin");
        let _ = writeln!(out, "{warning}{periods}{warning:#}: see `from when?` above; nothing goes there");
    }
    for mistake in &report.mistakes {
        let _ = writeln!(out, "{warning}{}{warning:#}", plain(mistake));
    }
    if report.open_conflicts + report.uncovered_columns + stuck == 0 && report.mistakes.is_empty() {
        let _ = writeln!(out, "{good}every place has its end, and nothing contradicts it{good:#}");
    }
    for advice in &report.advice {
        let _ = writeln!(out, "{MUTED}note: {}{MUTED:#}", plain(advice));
    }
    let _ = writeln!(
        out,
        "{MUTED}Not legal advice. `dataward retain rules show ID` says where a rule stands and how sure it is.{MUTED:#}"
    );
    out
}

/// What has to be decided in declared sources, a line each: the first few.
pub(crate) fn to_decide(report: &RetentionPolicyReport) -> String {
    const SHOWN: usize = 4;
    let mut out = String::new();
    let mut open = Vec::new();
    for place in &report.places {
        for together in decisions(place).into_iter().filter(|together| together[0].open) {
            open.push(match together.as_slice() {
                [conflict] => plain(&conflict.text),
                several => format!("{} ({})", sooner_than(several, &place.place), laws(place, several).join("; ")),
            });
        }
    }
    let warning = style::WARNING;
    for text in open.iter().take(SHOWN) {
        let _ = writeln!(out, "{warning}to decide{warning:#}  {text}");
    }
    if open.len() > SHOWN {
        let _ = writeln!(out, "{MUTED}and {} more{MUTED:#}", open.len() - SHOWN);
    }
    out
}

/// The conflicts of a place: what several laws hold against one wish in one way is decided together.
fn decisions(place: &PlaceLine) -> Vec<Vec<&ConflictLine>> {
    let mut found: Vec<Vec<&ConflictLine>> = Vec::new();
    for conflict in &place.conflicts {
        let alike = |other: &&mut Vec<&ConflictLine>| {
            let other = other[0];
            conflict.open
                && other.open
                && conflict.kind == "minimum-over-wish"
                && other.kind == conflict.kind
                && other.wish == conflict.wish
        };
        match found.iter_mut().find(alike) {
            Some(together) => together.push(conflict),
            None => found.push(vec![conflict]),
        }
    }
    found
}

fn sooner_than(conflicts: &[&ConflictLine], what: &str) -> String {
    format!("`{}` wants {} gone sooner than {} laws ask", plain(&conflicts[0].wish), plain(what), conflicts.len())
}

/// Where the laws of conflicts stand.
fn laws(place: &PlaceLine, conflicts: &[&ConflictLine]) -> Vec<String> {
    let ids = conflicts.iter().flat_map(|conflict| &conflict.rules);
    ids.map(|id| place.rules.iter().find(|rule| rule.id == *id).map_or(id, |rule| &rule.authority))
        .map(|text| plain(text))
        .collect()
}

fn one_place(out: &mut String, place: &PlaceLine, all: bool) {
    let roles: Vec<&str> = place.roles.iter().map(|role| role.role.as_str()).collect();
    let roles = if roles.is_empty() { String::new() } else { format!("  {}", roles.join(", ")) };
    let _ = writeln!(out, "{HEAD}{}{HEAD:#}{MUTED}{roles}{MUTED:#}", plain(&place.place));
    for part in &place.parts {
        let style = match part.state.as_str() {
            "ready" => GOOD,
            _ => style::WARNING,
        };
        let state = match part.state.as_str() {
            "ready" => "",
            "blocked" => ", stopped",
            _ => ", not before it is decided",
        };
        let _ = writeln!(
            out,
            "  {style}{}{style:#} {} after {} from {}{state}",
            plain(&part.wish),
            verb(&part.action),
            part.chosen.keep,
            plain(&shown_start(&part.chosen)),
        );
        let columns = part.columns.iter().map(|column| plain(column)).collect::<Vec<_>>().join(", ");
        let _ = writeln!(out, "    {MUTED}{columns}{MUTED:#}");
        let wanted = part
            .wanted
            .split_once(" from ")
            .map_or_else(|| part.wanted.clone(), |(keep, from)| format!("{keep} from {}", start_in_words(from)));
        let _ = writeln!(out, "    {MUTED}{}; wanted: {}{MUTED:#}", plain(&part.why), plain(&wanted));
        if part.state == "blocked" {
            let _ = writeln!(out, "    stopped by {}", plain(&part.by.join(", ")));
        }
        for clock in &part.clocks {
            if let Some(problem) = &clock.problem {
                let warning = style::WARNING;
                let _ = writeln!(out, "    {warning}from when?{warning:#} ({}) {}", plain(&clock.by), plain(problem));
            } else if all {
                for reason in &clock.reasons {
                    let _ = writeln!(out, "    {MUTED}{}: {}{MUTED:#}", plain(&clock.by), plain(reason));
                }
            }
        }
    }
    if !place.uncovered.is_empty() {
        let warning = style::WARNING;
        let columns = place.uncovered.iter().map(|column| plain(column)).collect::<Vec<_>>().join(", ");
        let _ = writeln!(out, "  {warning}kept for ever{warning:#}: no rule covers {columns}");
    }
    let periods = place.rules.iter().filter(|rule| all || rule.effect == "minimum" || rule.effect == "maximum");
    for rule in periods {
        let effect = match rule.effect.as_str() {
            "minimum" => "at least",
            "maximum" => "at most",
            other => other,
        };
        let from = rule.from.as_deref().map(|from| format!(" from {}", start_in_words(from))).unwrap_or_default();
        let decided = match (rule.decision.as_deref(), rule.reach.as_str()) {
            (Some(decision), _) => format!(" [decided: {decision}]"),
            (None, "possible") => " [if it holds such things]".to_owned(),
            _ => String::new(),
        };
        let doubt = if rule.confidence == "medium" { " [medium confidence]" } else { "" };
        let _ = writeln!(
            out,
            "  {effect} {}{from}  {MUTED}{} ({}){decided}{doubt}{MUTED:#}",
            rule.term,
            plain(&rule.authority),
            rule.id
        );
    }
    let duties = place.rules.iter().filter(|rule| rule.from.is_none()).count() as u64;
    if duties > 0 && !all {
        let _ = writeln!(out, "  {MUTED}and {} without a period (--all){MUTED:#}", counted(duties, "rule", "rules"));
    }
    for together in decisions(place) {
        match together.as_slice() {
            [conflict] => one_conflict(out, conflict),
            several => several_conflicts(out, place, several),
        }
    }
    out.push('\n');
}

fn one_conflict(out: &mut String, conflict: &ConflictLine) {
    let (mark, word) = if conflict.open { (style::WARNING, "to decide") } else { (GOOD, "decided") };
    let _ = writeln!(out, "  {mark}{word}{mark:#}  {}", plain(&conflict.text));
    if let Some(decided) = &conflict.decided {
        let _ = writeln!(out, "    {MUTED}{}{MUTED:#}", plain(decided));
    }
    for option in conflict.options.iter().filter(|_| conflict.open) {
        let _ = writeln!(out, "    {}: {CODE}{}{CODE:#}", plain(&option.meaning), plain(&option.command));
    }
}

/// Laws in lines, and what to type for each of them once.
fn several_conflicts(out: &mut String, place: &PlaceLine, conflicts: &[&ConflictLine]) {
    let warning = style::WARNING;
    let _ = writeln!(out, "  {warning}to decide{warning:#}  {}, one by one:", sooner_than(conflicts, "it"));
    let longest = conflicts.iter().filter_map(|conflict| conflict.rules.first()).map(String::len).max().unwrap_or(0);
    for (conflict, law) in conflicts.iter().zip(laws(place, conflicts)) {
        let Some(id) = conflict.rules.first() else { continue };
        let kept =
            conflict.options.iter().find(|option| option.answer == "applies").map(|option| plain(&option.meaning));
        let _ = writeln!(out, "    {id:<longest$}  {}  {MUTED}{law}{MUTED:#}", kept.unwrap_or_default());
    }
    for option in &conflicts[0].options {
        let id = conflicts[0].rules.first().map_or("", String::as_str);
        let command = plain(&option.command).replacen(id, "ID", 1);
        let meaning = if option.answer == "applies" { "it applies".to_owned() } else { plain(&option.meaning) };
        let _ = writeln!(out, "    {meaning}: {CODE}{command}{CODE:#}");
    }
}

fn verb(action: &str) -> &'static str {
    match action {
        "anonymise" => "anonymised",
        "archive" => "archived",
        "clean-up" => "cleaned up",
        _ => "erased",
    }
}

/// When it begins, and the columns it reads where the expression does not name them itself.
fn shown_start(clock: &ClockLine) -> String {
    let unnamed: Vec<&str> =
        clock.columns.iter().map(String::as_str).filter(|column| !clock.from.contains(column)).collect();
    let words = start_in_words(&clock.from);
    if unnamed.is_empty() { words } else { format!("{words} ({})", unnamed.join(", ")) }
}

/// One line a rule.
pub(crate) fn list(report: &LegalRulesReport) -> String {
    let mut out = String::new();
    for rule in &report.rules {
        let _ = writeln!(
            out,
            "{HEAD}{:<32}{HEAD:#} {:<9} {:<24} {:<16} {MUTED}{}{MUTED:#}",
            rule.id, rule.jurisdiction, rule.kind, rule.term, rule.about
        );
    }
    let _ = writeln!(
        out,
        "\n{}, pack {} of {}. Not legal advice.",
        counted(report.rules.len() as u64, "rule", "rules"),
        report.pack,
        report.compiled
    );
    out
}

/// A rule, whole.
pub(crate) fn show(report: &LegalRulesReport) -> String {
    let mut out = String::new();
    for rule in &report.rules {
        let _ = writeln!(out, "{HEAD}{}{HEAD:#}  {}", rule.id, rule.authority);
        let from = rule.from.as_ref().map(|from| format!(" (`{from}`)")).unwrap_or_default();
        let valid = match (&rule.valid_from, &rule.valid_to) {
            (None, None) => String::new(),
            (from, to) => format!(", valid {} to {}", from.as_deref().unwrap_or("…"), to.as_deref().unwrap_or("…")),
        };
        for (name, value) in [
            ("binds", format!("{} in {}", rule.binds, rule.jurisdiction)),
            ("about", rule.about.clone()),
            ("asks", format!("{}: {}", rule.kind.replace('_', " "), rule.term)),
            ("begins", format!("when {}{from}", rule.begins)),
            ("effect", rule.effect.clone()),
            ("status", format!("{}{valid}", rule.status)),
            ("sure", format!("{} confidence, evidence: {}", rule.confidence, rule.evidence.replace('_', " "))),
            ("review", rule.review_status.clone()),
            ("read", rule.source.clone()),
            ("if", rule.threshold.clone().unwrap_or_default()),
            ("extended", rule.extension.clone().unwrap_or_default()),
            ("note", rule.note.clone().unwrap_or_default()),
        ] {
            if !value.is_empty() {
                let _ = writeln!(out, "  {MUTED}{name:<9}{MUTED:#} {value}");
            }
        }
    }
    out
}

/// What another version changes.
pub(crate) fn diff(report: &LegalDiffReport) -> String {
    let mut out = String::new();
    for rule in &report.rules {
        let _ = writeln!(out, "{HEAD}{}{HEAD:#}  {}", plain(&rule.id), rule.change);
        for field in rule.fields.iter().filter(|_| rule.change == "changed") {
            let _ = writeln!(out, "  {}: {} -> {}", field.field, plain(&field.before), plain(&field.after));
        }
    }
    let rules = counted(report.rules.len() as u64, "rule differs", "rules differ");
    let _ = writeln!(out, "{rules} between {} and {}", plain(&report.from), report.to);
    for place in &report.places {
        let _ = writeln!(out, "\n{HEAD}{}{HEAD:#}", plain(&place.place));
        for change in &place.changes {
            let _ = writeln!(out, "  {}", plain(change));
        }
    }
    if !report.rules.is_empty() && report.places.is_empty() {
        out.push_str("Nothing changes at the places that are known here.\n");
    }
    out
}
