//! Who can do what, for people.

use std::fmt::Write;

use dataward_app::access_report::ChangeLine;
use dataward_app::access_report::ReachedLine;
use dataward_app::review_access::AccessReview;
use dataward_app::review_access::Matrix;
use dataward_app::review_access::MatrixCell;
use dataward_app::review_access::MatrixRow;
use dataward_app::review_access::Note;
use dataward_app::review_access::NoteKind;
use dataward_app::review_access::Reach;

use crate::render::numbers::counted;
use crate::render::numbers::fit;
use crate::render::numbers::plain;
use crate::render::style::CODE;
use crate::render::style::ERROR;
use crate::render::style::GOOD;
use crate::render::style::HEAD;
use crate::render::style::MUTED;
use crate::render::style::WARNING;

/// Principals by families of categories, the surprising cells marked.
pub(crate) fn matrix(review: &AccessReview) -> String {
    let matrix = review.matrix();
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{HEAD}Who can do what to the customer data of {}{HEAD:#}", review.source);
    if matrix.rows.is_empty() {
        let _ = writeln!(out, "Nobody can do anything to a column with customer data.");
    } else {
        table(&mut out, &matrix, review);
    }
    notes(&mut out, review);
    missing(&mut out, review);
    if !matrix.rows.is_empty() {
        let _ = writeln!(
            out,
            "\nEvery path, with the statement that takes it away:  {CODE}dataward access {} --paths{CODE:#}",
            review.asked
        );
    }
    out
}

fn table(out: &mut String, matrix: &Matrix, review: &AccessReview) {
    let width = matrix.rows.iter().map(|row| plain(&row.principal).chars().count()).max().unwrap_or(0).clamp(9, 28);
    for (index, family) in matrix.families.iter().enumerate() {
        let _ = writeln!(out, "{MUTED}{:width$}  {}┌ {}{MUTED:#}", "", "│     ".repeat(index), family.title());
    }
    let _ = writeln!(out, "{MUTED}{:width$}  {}{MUTED:#}", "", "│     ".repeat(matrix.families.len()));
    let (accounts, roles): (Vec<&MatrixRow>, Vec<&MatrixRow>) = matrix.rows.iter().partition(|row| row.login);
    for row in &accounts {
        line(out, row, matrix, review, width);
    }
    if !roles.is_empty() {
        let _ = writeln!(out, "{MUTED}cannot log in:{MUTED:#}");
        for row in &roles {
            line(out, row, matrix, review, width);
        }
    }
    let _ = writeln!(
        out,
        "\n{MUTED}R reads, r reads some rows, W changes; + only after SET ROLE, * only through a view or function \
         that runs as someone else; - nothing{MUTED:#}"
    );
    if accounts.iter().flat_map(|row| row.cells.values()).any(|cell| !cell.unwanted.is_empty()) {
        let _ = writeln!(out, "{ERROR}!{ERROR:#}{MUTED} the policy does not give this{MUTED:#}");
    } else if review.intent_is_silent() {
        let _ = writeln!(
            out,
            "{MUTED}The policy does not say who may.{MUTED:#} Let it begin with what is so today:  \
             {CODE}dataward access {} --propose{CODE:#}",
            review.asked
        );
    }
}

fn line(out: &mut String, row: &MatrixRow, matrix: &Matrix, review: &AccessReview, width: usize) {
    let name = fit(&plain(&row.principal), width);
    let _ = write!(out, "{}{}  ", name, " ".repeat(width.saturating_sub(name.chars().count())));
    for family in &matrix.families {
        match row.cells.get(family) {
            None => out.push_str("-     "),
            Some(cell) => {
                let word = cell_word(cell, row.login);
                let style = if row.login && !cell.unwanted.is_empty() {
                    ERROR
                } else if is_odd(cell) {
                    WARNING
                } else {
                    GOOD
                };
                let _ =
                    write!(out, "{style}{word}{style:#}{}", " ".repeat(6usize.saturating_sub(word.chars().count())));
            }
        }
    }
    if review.is_superuser(&row.principal) {
        let _ = write!(out, "{MUTED}superuser{MUTED:#}");
    }
    while out.ends_with(' ') {
        out.pop();
    }
    out.push('\n');
}

/// What nobody sees in a list of grants.
fn is_odd(cell: &MatrixCell) -> bool {
    cell.reads.is_some_and(|reach| reach != Reach::Direct)
}

fn cell_word(cell: &MatrixCell, login: bool) -> String {
    let way = |reach: Reach| match reach {
        Reach::Direct => "",
        Reach::SetRole => "+",
        Reach::Definer => "*",
    };
    let mut word = String::new();
    if let Some(reach) = cell.reads {
        word += if cell.all_rows { "R" } else { "r" };
        word += way(reach);
    }
    if let Some(reach) = cell.writes {
        word += "W";
        word += way(reach);
    }
    if word.is_empty() {
        word += "·";
    }
    if login && !cell.unwanted.is_empty() {
        word += "!";
    }
    word
}

/// Every entry with every path and the statement that takes it away.
pub(crate) fn paths(review: &AccessReview) -> String {
    let mut out = String::new();
    let mut principal = String::new();
    let mut shown = 0u64;
    review.visit(&mut |group| {
        if principal != group.principal {
            principal = group.principal.to_owned();
            let _ = writeln!(out, "\n{HEAD}{}{HEAD:#}", plain(group.principal));
        }
        shown += group.columns.len() as u64;
        let columns: Vec<String> = group.columns.iter().map(|(column, _)| plain(column)).collect();
        let rows = if group.rows.conditions().is_empty() { "" } else { " (some rows)" };
        let _ = writeln!(
            out,
            "  {} of {}: {}{rows}{}",
            group.privileges,
            plain(group.object),
            fit(&columns.join(", "), 60),
            match group.reach {
                Reach::Direct => String::new(),
                reach => format!(" {WARNING}{}{WARNING:#}", reach.as_str()),
            }
        );
        for condition in group.rows.conditions() {
            let _ = writeln!(out, "    {MUTED}rows: {}{MUTED:#}", plain(condition));
        }
        for path in group.paths {
            let _ = writeln!(out, "    {}", plain(&path.text));
            match &path.revoke {
                Some(statement) => _ = writeln!(out, "      {CODE}{}{CODE:#}", plain(statement)),
                None => _ = writeln!(out, "      {MUTED}no statement takes this away{MUTED:#}"),
            }
        }
    });
    if shown == 0 {
        out.push_str("Nobody asked for can do anything here.\n");
    } else {
        let _ = writeln!(out, "\n{}", counted(shown, "entry", "entries"));
    }
    missing(&mut out, review);
    out
}

/// What changed since the last audit.
pub(crate) fn changes(review: &AccessReview) -> String {
    let mut out = String::new();
    let Some(changes) = &review.changes else { return out };
    if changes.is_empty() {
        out.push_str("Nothing changed since the last audit.\n");
    }
    let says = |reached: &Option<ReachedLine>| match reached {
        None => "nothing".to_owned(),
        Some(reached) => {
            let rows = if reached.rows == "some" { " of some rows" } else { "" };
            format!("{}{rows}", reached.privileges.join(", "))
        }
    };
    for change in changes.iter().map(ChangeLine::new) {
        let style = if change.after.is_some() { WARNING } else { GOOD };
        let _ = writeln!(
            out,
            "{style}{:<24}{style:#} {}.{} ({}): {} -> {}",
            fit(&plain(&change.principal), 24),
            plain(&change.object),
            plain(&change.column),
            change.reach,
            says(&change.before),
            says(&change.after),
        );
    }
    missing(&mut out, review);
    out
}

fn notes(out: &mut String, review: &AccessReview) {
    let groups = [
        (NoteKind::Account, "Accounts"),
        (NoteKind::SideDoor, "Ways around the rights on tables"),
        (NoteKind::Escalation, "One step away"),
        (NoteKind::Future, "New tables"),
        (NoteKind::Weakness, "Weak or broken"),
    ];
    for (kind, title) in groups {
        let notes: Vec<&Note> = review.notes().filter(|note| note.kind == kind).collect();
        if notes.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n{HEAD}{title}{HEAD:#}");
        for note in notes.iter().take(SHOWN) {
            let who = note.principal.as_deref().map(|name| format!("{}: ", plain(name))).unwrap_or_default();
            let _ = writeln!(out, "  {who}{}", plain(&note.text));
            if let Some(remedy) = &note.remedy {
                let _ = writeln!(out, "    {CODE}{}{CODE:#}", plain(remedy));
            }
        }
        if notes.len() > SHOWN {
            let _ = writeln!(out, "  {MUTED}and {} more (--format json has all){MUTED:#}", notes.len() - SHOWN);
        }
    }
}

/// Notes of a kind that are shown.
const SHOWN: usize = 12;

fn missing(out: &mut String, review: &AccessReview) {
    for (index, missing) in review.model.missing().iter().enumerate() {
        if index == 0 {
            let _ = writeln!(out, "\n{WARNING}Not looked at{WARNING:#}");
        }
        let _ = writeln!(out, "  {}", plain(&missing.what));
        if let Some(grant) = &missing.grant {
            let _ = writeln!(out, "    {CODE}{}{CODE:#}", plain(grant));
        }
    }
}
