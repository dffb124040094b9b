//! Who can do what, for people.

use std::fmt::Write;

use dataward_app::access_report::ChangeLine;
use dataward_app::access_report::ReachedLine;
use dataward_app::review_access::AccessReview;
use dataward_app::review_access::Family;
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
use crate::render::wrap;

/// Principals by families of categories, the surprising cells marked. `columns`: how wide the screen is; none
/// for a pipe, which takes any width.
pub(crate) fn matrix(review: &AccessReview, columns: Option<usize>) -> String {
    let matrix = review.matrix();
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{HEAD}Who can do what to the customer data of {}{HEAD:#}", review.source);
    if matrix.rows.is_empty() {
        out.push_str(match review.scope.categories.values().any(|columns| !columns.is_empty()) {
            true => "Nobody can do anything to a column with customer data.\n",
            false => {
                "No customer data is known here: scan first, or look at every column with --all-columns --paths.\n"
            }
        });
    } else {
        table(&mut out, &matrix, review, columns);
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

/// Width of a cell with the gap after it.
const CELL: usize = 6;

fn table(out: &mut String, matrix: &Matrix, review: &AccessReview, columns: Option<usize>) {
    let widest = if columns.is_some_and(|columns| columns < 72) { 18 } else { 28 };
    let longest = matrix.rows.iter().map(|row| plain(&row.principal).chars().count()).max().unwrap_or(0);
    // Room for `+123 alike`.
    let width = (longest + if matrix.rows.len() > MANY { 11 } else { 0 }).clamp(9, widest);
    // The title over the last cell must fit, and the word behind a row.
    let cells = |columns: usize| {
        let rest = columns.saturating_sub(width + 2);
        (rest.saturating_sub(TITLE) / CELL + 1).min(rest.saturating_sub(REMARK) / CELL).max(1)
    };
    let most = columns.map_or(usize::MAX, cells);
    for families in matrix.families.chunks(most.min(matrix.families.len()).max(1)) {
        block(out, families, matrix, review, width);
    }
    legend(out, matrix, review);
}

/// Characters of the longest title of a family, with its corner.
const TITLE: usize = 26;
/// Characters of the word behind a row.
const REMARK: usize = 16;

/// Some families side by side, with everybody who can do something to them.
fn block(out: &mut String, families: &[Family], matrix: &Matrix, review: &AccessReview, width: usize) {
    for (index, family) in families.iter().enumerate() {
        let _ = writeln!(out, "{MUTED}{:width$}  {}┌ {}{MUTED:#}", "", "│     ".repeat(index), family.title());
    }
    let _ = writeln!(out, "{MUTED}{:width$}  {}{MUTED:#}", "", "│     ".repeat(families.len()));
    let here = matrix.rows.iter().filter(|row| families.iter().any(|family| row.cells.contains_key(family)));
    let (mut accounts, roles): (Vec<&MatrixRow>, Vec<&MatrixRow>) = here.partition(|row| row.login);
    // What is open to everyone is seen first.
    accounts.sort_by_key(|row| !review.is_anonymous(&row.principal));
    for (row, alike) in together(&accounts, families, review) {
        line(out, row, alike, families, review, width);
    }
    if !roles.is_empty() {
        let _ = writeln!(out, "{MUTED}cannot log in:{MUTED:#}");
        for (row, alike) in together(&roles, families, review) {
            line(out, row, alike, families, review, width);
        }
    }
    out.push('\n');
}

/// More rows than these are no longer read one by one.
const MANY: usize = 12;

/// Rows with the number of those behind that can do the same, where there are many.
fn together<'m>(rows: &[&'m MatrixRow], families: &[Family], review: &AccessReview) -> Vec<(&'m MatrixRow, usize)> {
    let mut found: Vec<(&MatrixRow, usize, Vec<String>)> = Vec::new();
    for row in rows {
        let words = families.iter().map(|family| row.cells.get(family).map(|cell| word_of(cell, row, review)));
        let words: Vec<String> = words.map(Option::unwrap_or_default).collect();
        let apart = review.is_superuser(&row.principal) || review.is_anonymous(&row.principal);
        let alike = found.iter_mut().find(|(_, _, other)| rows.len() > MANY && !apart && *other == words);
        match alike {
            Some((_, count, _)) => *count += 1,
            // Nobody is put behind somebody who stands apart.
            None => found.push((row, 0, if apart { Vec::new() } else { words })),
        }
    }
    found.into_iter().map(|(row, alike, _)| (row, alike)).collect()
}

/// What the letters and marks that occur mean.
fn legend(out: &mut String, matrix: &Matrix, review: &AccessReview) {
    let words: Vec<String> =
        matrix.rows.iter().flat_map(|row| row.cells.values().map(|cell| word_of(cell, row, review))).collect();
    let gaps = matrix.rows.iter().any(|row| row.cells.len() < matrix.families.len());
    let has = |letter: char| words.iter().any(|word| word.contains(letter)) || letter == '-' && gaps;
    let mut lines: Vec<&str> = Vec::new();
    for (letter, means) in [
        ('R', "R  reads"),
        ('r', "r  reads some of the rows"),
        ('W', "W  changes or adds"),
        ('+', "+  only after SET ROLE, or as a role it may take on"),
        ('*', "*  only through a view or function that runs as someone else"),
        ('·', "·  may point foreign keys at it, and so learn whether a value is there"),
        ('-', "-  nothing"),
    ] {
        if has(letter) {
            lines.push(means);
        }
    }
    for line in lines {
        let _ = writeln!(out, "{MUTED}{line}{MUTED:#}");
    }
    if has('!') {
        let _ = writeln!(out, "{ERROR}!{ERROR:#}{MUTED}  {}{MUTED:#}", surprise(matrix, review));
    }
    if review.intent_is_silent() {
        let _ = writeln!(
            out,
            "{MUTED}The policy does not say who may.{MUTED:#} Let it begin with what is so today:\n  \
             {CODE}dataward access {} --propose{CODE:#}",
            review.asked
        );
    }
}

/// What the mark `!` means here.
fn surprise(matrix: &Matrix, review: &AccessReview) -> &'static str {
    let unwanted = matrix.rows.iter().any(|row| row.login && row.cells.values().any(|cell| !cell.unwanted.is_empty()));
    let open = matrix.rows.iter().any(|row| review.is_anonymous(&row.principal));
    match (unwanted, open) {
        (true, true) => "the policy does not give this, or it is open to people whom nobody knows",
        (false, true) => "open to people whom nobody knows",
        _ => "the policy does not give this",
    }
}

fn line(out: &mut String, row: &MatrixRow, alike: usize, families: &[Family], review: &AccessReview, width: usize) {
    let more = if alike > 0 { format!(" +{alike} alike") } else { String::new() };
    let name = fit(&plain(&row.principal), width - more.len()) + &more;
    let _ = write!(out, "{}{}  ", name, " ".repeat(width.saturating_sub(name.chars().count())));
    for family in families {
        match row.cells.get(family) {
            None => out.push_str("-     "),
            Some(cell) => {
                let word = word_of(cell, row, review);
                let style = if word.ends_with('!') {
                    ERROR
                } else if is_odd(cell) {
                    WARNING
                } else {
                    GOOD
                };
                let _ = write!(
                    out,
                    "{style}{word}{style:#}{}",
                    " ".repeat(CELL.saturating_sub(word.chars().count()).max(1))
                );
            }
        }
    }
    if review.is_superuser(&row.principal) {
        let _ = write!(out, "{MUTED}superuser{MUTED:#}");
    }
    if review.is_anonymous(&row.principal) {
        let _ = write!(out, "{ERROR}on the internet{ERROR:#}");
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

fn word_of(cell: &MatrixCell, row: &MatrixRow, review: &AccessReview) -> String {
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
    if row.login && !cell.unwanted.is_empty() || review.is_anonymous(&row.principal) {
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
            columns.join(", "),
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
    match (changes.is_empty(), review.is_hidden()) {
        (_, true) => {
            let _ = writeln!(
                out,
                "{WARNING}This difference is not complete:{WARNING:#} not all rights are seen, so that only what was added \
                 is told, and not what was taken away."
            );
            if changes.is_empty() {
                out.push_str("Nothing was added that is seen.\n");
            }
        }
        (true, false) => out.push_str("Nothing changed since the last audit.\n"),
        (false, false) => {}
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
            plain(&change.principal),
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
                let _ = writeln!(out, "    {}", wrap::remedy(remedy));
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
