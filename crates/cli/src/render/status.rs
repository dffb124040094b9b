//! The roadmap, for people.

use std::fmt::Write;

use dataward_app::schedule::StageStatus;
use dataward_app::show_status::Status;

use crate::render::numbers;
use crate::render::numbers::count;
use crate::render::numbers::counted;
use crate::render::numbers::day;
use crate::render::numbers::moment;
use crate::render::numbers::plain;
use crate::render::style;
use crate::render::style::ERROR;
use crate::render::style::GOOD;
use crate::render::style::HEAD;
use crate::render::style::MUTED;
use crate::render::style::WARNING;
use crate::render::wrap::HANG;
use crate::render::wrap::remedy;

/// Places named for each problem; the report has all.
const PLACES_SHOWN: usize = 3;

/// The whole roadmap.
pub(crate) fn status(status: &Status) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{HEAD}{}{HEAD:#}  {MUTED}roadmap{MUTED:#}", plain(&status.business));
    match &status.last_scan {
        None => {
            let what = if status.stopped { "The first scan was stopped before its end." } else { "No scan yet." };
            let _ = writeln!(out, "{MUTED}{what}{MUTED:#}");
        }
        Some(scan) => {
            let _ =
                writeln!(out, "{MUTED}Last scan {}; read by now: {}{MUTED:#}", moment(scan.at), read_by_now(status));
        }
    }
    for missing in status.not_read.iter().take(PLACES_SHOWN) {
        let place = if missing.place == missing.source || missing.place.is_empty() {
            missing.source.clone()
        } else {
            format!("{}.{}", missing.source, missing.place)
        };
        let _ = writeln!(out, "{ERROR}Not read:{ERROR:#} {}: {}", plain(&place), plain(&missing.reason));
    }
    if status.not_read.len() > PLACES_SHOWN {
        let rest = counted((status.not_read.len() - PLACES_SHOWN) as u64, "more place", "more places");
        let _ = writeln!(out, "{ERROR}Not read:{ERROR:#} {rest}: see dataward report");
    }
    for lost in &status.lost_holds {
        let (matter, missing) = (plain(&lost.matter), plain(&lost.missing));
        let _ = writeln!(
            out,
            "{ERROR}Nothing is deleted:{ERROR:#} {HANG}the hold {} ({matter}) covers what is not there any more: {missing}. \
             See dataward retain hold list",
            lost.hold,
        );
    }
    shown(&mut out, status);
    held(&mut out, status);
    wrong(&mut out, status);
    due(&mut out, status);
    next(&mut out, status);
    out
}

/// `every row of 2 sources, a sample of 1 (1,234 rows)`, as each was read last.
fn read_by_now(status: &Status) -> String {
    let known: Vec<bool> = status.sources.iter().filter_map(|source| source.whole).collect();
    let rows = counted(status.sources.iter().filter_map(|source| source.rows_read).sum(), "row", "rows");
    let whole = known.iter().filter(|whole| **whole).count();
    match (whole, known.len() - whole) {
        (0, 0) => "nothing".to_owned(),
        (_, 0) => format!("every row ({rows})"),
        (0, _) => format!("a sample ({rows})"),
        (whole, sampled) => {
            let whole = counted(whole as u64, "source", "sources");
            format!("every row of {whole}, a sample of {sampled} ({rows})")
        }
    }
}

/// `Shown 41 of 100`, then a bar a stage: shown, wrong, not looked at.
fn shown(out: &mut String, status: &Status) {
    let Some(score) = &status.score else { return };
    let style = match score.points {
        80.. => GOOD,
        50..=79 => WARNING,
        _ => ERROR,
    };
    let whole = &score.whole;
    let _ = writeln!(out, "\n{HEAD}What is shown{HEAD:#}  {style}{} of 100{style:#}", score.points);
    let mut parts = vec![format!("{} % shown", whole.shown), format!("{} % wrong", whole.wrong)];
    if whole.accepted > 0 {
        parts.push(format!("{} % accepted", whole.accepted));
    }
    parts.push(format!("{} % not looked at in time", whole.unknown));
    if whole.shown > score.cap {
        parts.push(format!("no more than {} while something grave is open", score.cap));
    }
    let _ = writeln!(out, "  {MUTED}{}{MUTED:#}", parts.join(", "));
    for stage in &score.stages {
        let shares = &stage.shares;
        if shares.is_nothing() {
            let _ =
                writeln!(out, "  {:<12} {MUTED}nothing to show: your data goes over no network{MUTED:#}", stage.stage);
            continue;
        }
        let cells = |percent: u64| ((percent * 20).div_ceil(100)).min(20) as usize;
        let good = cells(shares.shown).min(20 - usize::from(shares.wrong > 0));
        let bad = cells(shares.wrong + shares.accepted).min(20 - good);
        let _ = writeln!(
            out,
            "  {:<12} {GOOD}{}{GOOD:#}{ERROR}{}{ERROR:#}{MUTED}{}{MUTED:#} {:>3} %",
            stage.stage,
            "█".repeat(good),
            "▒".repeat(bad),
            "·".repeat(20 - good - bad),
            shares.shown,
        );
    }
}

fn held(out: &mut String, status: &Status) {
    if status.sources.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{HEAD}What you hold{HEAD:#}");
    for source in &status.sources {
        match &source.kind {
            None => {
                let _ = writeln!(out, "  {:<16} {WARNING}not read yet{WARNING:#}", source.source);
            }
            Some(kind) => {
                let people = source.people.map(|people| format!(", {}", numbers::people(people))).unwrap_or_default();
                let tables = counted(source.tables, "table or file", "tables and files");
                let _ = writeln!(
                    out,
                    "  {:<16} {HANG}{MUTED}{kind}{MUTED:#}  personal data in {} of {tables}{people}",
                    source.source, source.personal_tables,
                );
            }
        }
    }
    if status.holdings.is_empty() {
        return;
    }
    let most = status.holdings.iter().map(|holding| holding.places).max().unwrap_or(1).max(1);
    out.push('\n');
    for holding in &status.holdings {
        let style = style::sensitivity(&holding.sensitivity);
        let length = (holding.places * 20).div_ceil(most) as usize;
        let by_source: Vec<String> =
            holding.by_source.iter().map(|(source, places)| format!("{source} {places}")).collect();
        let _ = writeln!(
            out,
            "  {:<28} {style}{:<20}{style:#} {:>4}  {MUTED}{:<8} {HANG}{}{MUTED:#}",
            holding.family,
            "█".repeat(length),
            holding.places,
            holding.sensitivity,
            by_source.join(", "),
        );
    }
}

fn wrong(out: &mut String, status: &Status) {
    if status.last_scan.is_none() {
        return;
    }
    let _ = writeln!(out, "\n{HEAD}What is wrong{HEAD:#}");
    if status.problems.is_empty() {
        let _ = writeln!(out, "  {GOOD}✓{GOOD:#} nothing that dataward has checked so far");
    }
    for problem in &status.problems {
        let style = style::severity(&problem.severity);
        let places = &problem.places;
        let number = counted(places.len() as u64, "place", "places");
        let _ = writeln!(
            out,
            "  {style}{:<8}{style:#} {HANG}{}  {MUTED}{number}, since {}{MUTED:#}",
            problem.severity,
            problem.summary,
            day(problem.since),
        );
        let names: Vec<String> = places.iter().take(PLACES_SHOWN).map(|place| plain(place)).collect();
        let more = if places.len() > names.len() { ", …" } else { "" };
        let _ = writeln!(out, "  {:<8} {HANG}{MUTED}{}{more}{MUTED:#}", "", names.join(", "));
    }
    if status.uncertain > 0 {
        let columns = counted(status.uncertain, "column", "columns");
        let _ = writeln!(out, "  {MUTED}{columns} of which detection is not sure{MUTED:#}");
    }
}

fn due(out: &mut String, status: &Status) {
    let _ = writeln!(out, "\n{HEAD}What is due{HEAD:#}  {MUTED}dataward audit --due{MUTED:#}");
    for stage in &status.stages {
        let when = match (stage.last, stage.next) {
            _ if !stage.available => format!("{MUTED}no checks in this version yet{MUTED:#}"),
            _ if stage.frequency == "never" => format!("{MUTED}switched off{MUTED:#}"),
            (last, Some(next)) if stage.missed => {
                let last = last.map_or("never ran".to_owned(), |last| format!("last {}", day(last)));
                format!("{ERROR}missed{ERROR:#}, was due {}, {last}", day(next))
            }
            (None, _) if stage.in_part.is_some() => format!("{WARNING}never ran whole{WARNING:#}"),
            (None, _) => format!("{WARNING}never ran{WARNING:#}"),
            (Some(last), _) if stage.due => format!("{WARNING}due{WARNING:#}, last {}", day(last)),
            (Some(last), Some(next)) => format!("last {}, next by {}", day(last), day(next)),
            (Some(last), None) => format!("last {}", day(last)),
        };
        let _ = writeln!(
            out,
            "  {:<12} {HANG}{:<12} {MUTED}{:<36}{MUTED:#} {when}{}",
            stage.stage,
            stage.frequency,
            stage.objective,
            trend(stage),
        );
        if let Some(part) = &stage.in_part {
            let _ = writeln!(
                out,
                "  {:<12} {HANG}{MUTED}ran in part {}, without {}{MUTED:#}",
                "",
                day(part.at),
                named(&part.gaps)
            );
        } else if !stage.gaps.is_empty() {
            let _ = writeln!(out, "  {:<12} {HANG}{MUTED}not looked at then: {}{MUTED:#}", "", named(&stage.gaps));
        }
    }
}

/// The first places, and how many more there are.
fn named(places: &[String]) -> String {
    let shown: Vec<String> = places.iter().take(PLACES_SHOWN).map(|place| plain(place)).collect();
    match places.len().saturating_sub(PLACES_SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// `, 30 open`; with two runs or more what they left open: `, open 34 → 30`.
fn trend(stage: &StageStatus) -> String {
    match stage.trend.as_slice() {
        [] => String::new(),
        [only] => format!(", {} open", count(only.open)),
        [.., before, last] => format!(", open {} → {}", count(before.open), count(last.open)),
    }
}

fn next(out: &mut String, status: &Status) {
    if status.next_steps.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{HEAD}Next steps{HEAD:#}");
    for (number, step) in status.next_steps.iter().enumerate() {
        let _ = writeln!(out, "  {}. {HANG}{}", number + 1, plain(&step.title));
        let _ = writeln!(out, "     {}", remedy(&step.command));
        let _ = writeln!(out, "     {HANG}{MUTED}{}{MUTED:#}", step.why);
    }
}
