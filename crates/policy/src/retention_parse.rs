//! From `[[retain]]`, `[roles]`, `[event]`, `[[tolling]]` and `[[decide]]` as they are written to what
//! they mean.

use std::collections::BTreeMap;
use std::ops::Range;

use dataward_model::ErasureLevel;
use dataward_model::SourceId;
use jiff::civil::Date;
use serde_spanned::Spanned;

use crate::DeclaredSource;
use crate::OwnCategory;
use crate::Period;
use crate::StartExpression;
use crate::Symbol;
use crate::error::Mistake;
use crate::error::closest;
use crate::pack::RulePack;
use crate::pack::TableRole;
use crate::policy::known_category;
use crate::policy::word;
use crate::raw::RawDecision;
use crate::raw::RawEvent;
use crate::raw::RawRetain;
use crate::raw::RawTolling;
use crate::retention::Action;
use crate::retention::Approval;
use crate::retention::ChildRule;
use crate::retention::DeclaredEvent;
use crate::retention::DeclaredReference;
use crate::retention::FileColumn;
use crate::retention::LegalAnswer;
use crate::retention::LegalDecision;
use crate::retention::RetentionRule;
use crate::retention::Subject;
use crate::retention::TableName;
use crate::retention::Tolling;

/// What names in these parts may refer to.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) sources: &'a BTreeMap<SourceId, DeclaredSource>,
    pub(crate) categories: &'a [OwnCategory],
}

pub(crate) fn retention_rule(raw: RawRetain, known: Known<'_>) -> Result<RetentionRule, Mistake> {
    let then = word(&raw.then, Action::WORDS, "action")?;
    let what = subject(&raw.what, known)?;
    let from = start(&raw.from)?;
    let keep = period(&raw.keep)?;
    let minimum = raw.minimum.as_ref().map(period).transpose()?;
    if let (Some(minimum), Some(raw)) = (minimum, &raw.minimum)
        && minimum.mean_days() > keep.mean_days()
    {
        let message = format!("the minimum of {minimum} is longer than what is kept ({keep})");
        return Err(Mistake::new(raw.span(), "longer than `keep`", message)
            .help(format!("write `keep = \"{minimum}\"`, or a shorter minimum")));
    }
    if let Some(archive) = &raw.archive_for
        && then != Action::Archive
    {
        return Err(Mistake::new(archive.span(), "nothing is archived", "`archive_for` needs `then = \"archive\"`")
            .help("take the line out, or write `then = \"archive\"`"));
    }
    if let Some(lock) = &raw.may_lock
        && then == Action::Anonymise
    {
        return Err(Mistake::new(lock.span(), "no row goes", "`may_lock` is of no use with `then = \"anonymise\"`")
            .help("take the line out"));
    }
    Ok(RetentionRule {
        name: raw.name,
        what,
        keep,
        minimum,
        from,
        from_place: inside(&raw.from),
        then,
        level: raw.level.as_ref().map_or(Ok(then.default_level()), |level| word(level, LEVELS, "level of deletion"))?,
        approve: raw
            .approve
            .as_ref()
            .map_or(Ok(Approval::default()), |approve| word(approve, Approval::WORDS, "approval"))?,
        notify: raw
            .notify
            .map(|text| {
                text.get_ref().parse().map_err(|error: crate::retention::InvalidWait| {
                    Mistake::new(text.span(), "not a waiting time", error.to_string())
                })
            })
            .transpose()?,
        children: raw
            .children
            .into_iter()
            .map(|(table, rule)| Ok((table, word(&rule, ChildRule::WORDS, "rule for rows that refer")?)))
            .collect::<Result<_, Mistake>>()?,
        archive_for: raw.archive_for.as_ref().map(period).transpose()?,
        may_lock: raw
            .may_lock
            .map(|text| {
                text.get_ref().parse().map_err(|error: crate::retention::InvalidLockTime| {
                    Mistake::new(text.span(), "not the time of a lock", error.to_string())
                })
            })
            .transpose()?,
    })
}

const LEVELS: &[(&str, ErasureLevel)] = &[
    ("L0", ErasureLevel::L0),
    ("L1", ErasureLevel::L1),
    ("L2", ErasureLevel::L2),
    ("L3", ErasureLevel::L3),
    ("L4", ErasureLevel::L4),
];

/// The bytes between the quotes.
fn inside(text: &Spanned<String>) -> Range<usize> {
    let span = text.span();
    let quotes = span.len().saturating_sub(text.get_ref().len()) / 2;
    span.start + quotes..span.end - quotes
}

fn start(text: &Spanned<String>) -> Result<StartExpression, Mistake> {
    StartExpression::parse(text.get_ref()).map_err(|error| {
        let within = inside(text);
        // A text with escapes is shorter than what is written: the whole of it is underlined then.
        let span = if within.len() == text.get_ref().len() && !error.span.is_empty() {
            within.start + error.span.start..within.start + error.span.end
        } else {
            text.span()
        };
        Mistake::new(span, "here", error.message).help(error.help)
    })
}

fn period(text: &Spanned<String>) -> Result<Period, Mistake> {
    text.get_ref()
        .parse()
        .map_err(|error: crate::period::InvalidPeriod| Mistake::new(text.span(), "not a period", error.to_string()))
}

fn day(text: &Spanned<String>) -> Result<Date, Mistake> {
    text.get_ref().parse().map_err(|_| {
        Mistake::new(text.span(), "not a day", format!("`{}` is not a day", text.get_ref()))
            .help("write year, month and day: `\"2027-03-31\"`")
    })
}

pub(crate) fn subject(what: &Spanned<String>, known: Known<'_>) -> Result<Subject, Mistake> {
    let text = what.get_ref();
    no_nul(what)?;
    let (first, rest) = text.split_once('.').unwrap_or((text, ""));
    if let Some(source) = known.sources.keys().find(|source| source.as_str() == first) {
        return Ok(Subject::Place { source: source.clone(), rest: rest.to_owned() });
    }
    if first == "user" {
        return known_category(what, known.categories).map(Subject::Category);
    }
    let mistake = Mistake::new(
        what.span(),
        "neither a category nor a place",
        format!("`{first}` is neither a category (`user.…`) nor a declared source"),
    );
    Err(match closest(first, known.sources.keys().map(SourceId::as_str)) {
        Some(meant) => mistake.help(format!("did you mean the source `{meant}`?")),
        None => mistake.help("declare it as `[source.NAME]`, or name a category such as `user.contact.email`"),
    })
}

/// No engine takes a NUL in a name.
fn no_nul(name: &Spanned<String>) -> Result<(), Mistake> {
    match name.get_ref().contains('\0') {
        false => Ok(()),
        true => Err(Mistake::new(name.span(), "a NUL", "no table, file or column has a NUL in its name")
            .help("take `\\u0000` out")),
    }
}

fn table_name(text: &Spanned<String>, known: Known<'_>) -> Result<TableName, Mistake> {
    no_nul(text)?;
    match text.get_ref().split_once('.') {
        Some((source, table)) if !table.is_empty() => {
            if let Some(source) = known.sources.keys().find(|declared| declared.as_str() == source) {
                return Ok(TableName { source: source.clone(), table: table.to_owned() });
            }
            let mistake = Mistake::new(text.span(), "not declared", format!("`{source}` is not a declared source"));
            Err(match closest(source, known.sources.keys().map(SourceId::as_str)) {
                Some(meant) => mistake.help(format!("did you mean the source `{meant}`?")),
                None => mistake.help("declare it as `[source.NAME]`"),
            })
        }
        _ => Err(Mistake::new(text.span(), "not a table", format!("`{}` names no table of a source", text.get_ref()))
            .help("write the source and the table as `dataward inventory` names it: `shop.public.orders`")),
    }
}

/// A column of a table: `shop.public.orders.id`.
fn column_name(text: &Spanned<String>, known: Known<'_>) -> Result<(TableName, String), Mistake> {
    let name = table_name(text, known)?;
    match name.table.rsplit_once('.') {
        Some((table, column)) if !table.is_empty() && !column.is_empty() => {
            Ok((TableName { source: name.source, table: table.to_owned() }, column.to_owned()))
        }
        _ => Err(Mistake::new(text.span(), "not a column", format!("`{}` names no column of a table", text.get_ref()))
            .help("write the source, the table and the column: `shop.public.orders.id`")),
    }
}

pub(crate) fn file_columns(
    raw: BTreeMap<Spanned<String>, Spanned<String>>,
    known: Known<'_>,
) -> Result<Vec<FileColumn>, Mistake> {
    let parse = |(column, files): (Spanned<String>, Spanned<String>)| {
        let (table, column) = column_name(&column, known)?;
        let declared = known.sources.keys().find(|source| source.as_str() == files.get_ref());
        let files = declared.cloned().ok_or_else(|| {
            Mistake::new(files.span(), "not declared", format!("`{}` is not a declared source", files.get_ref()))
                .help("name the folder or bucket that the files lie in")
        })?;
        Ok(FileColumn { table, column, files })
    };
    raw.into_iter().map(parse).collect()
}

pub(crate) fn references(
    raw: BTreeMap<Spanned<String>, Spanned<String>>,
    known: Known<'_>,
) -> Result<Vec<DeclaredReference>, Mistake> {
    let parse = |(child, parent): (Spanned<String>, Spanned<String>)| {
        let place = parent.span();
        let (child, child_column) = column_name(&child, known)?;
        let (parent, parent_column) = column_name(&parent, known)?;
        if child.source != parent.source {
            let message = format!("`{}` and `{}` are two sources", child.source, parent.source);
            return Err(Mistake::new(place, "another source", message)
                .help("a reference stays within one database; files that rows name are declared under `[files]`"));
        }
        Ok(DeclaredReference { child, child_column, parent, parent_column })
    };
    raw.into_iter().map(parse).collect()
}

pub(crate) fn roles(
    raw: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    known: Known<'_>,
) -> Result<BTreeMap<TableName, Vec<TableRole>>, Mistake> {
    let mut roles = BTreeMap::new();
    for (table, words) in raw {
        let words = words.iter().map(|text| word(text, TableRole::WORDS, "role of a table"));
        roles.insert(table_name(&table, known)?, words.collect::<Result<_, _>>()?);
    }
    Ok(roles)
}

pub(crate) fn columns(
    raw: BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, Spanned<String>>>,
    known: Known<'_>,
) -> Result<BTreeMap<TableName, BTreeMap<Symbol, StartExpression>>, Mistake> {
    let mut columns = BTreeMap::new();
    for (table, meanings) in raw {
        let mut by_symbol = BTreeMap::new();
        for (symbol, expression) in &meanings {
            let words = Symbol::ALL.map(|known| (known.as_str(), known));
            by_symbol.insert(word(symbol, &words, "event")?, start(expression)?);
        }
        columns.insert(table_name(&table, known)?, by_symbol);
    }
    Ok(columns)
}

pub(crate) fn events(
    raw: BTreeMap<Spanned<String>, RawEvent>,
    known: Known<'_>,
) -> Result<BTreeMap<String, DeclaredEvent>, Mistake> {
    let mut events = BTreeMap::new();
    for (name, event) in raw {
        let declared = DeclaredEvent {
            table: table_name(&event.table, known)?,
            at: event.at,
            key: event.key,
            matches: event.matches,
            place: name.span(),
        };
        events.insert(name.into_inner(), declared);
    }
    Ok(events)
}

pub(crate) fn tolling(raw: RawTolling, known: Known<'_>) -> Result<Tolling, Mistake> {
    if raw.evidence.get_ref().trim().is_empty() {
        return Err(Mistake::new(raw.evidence.span(), "what shows it?", "a period is stopped without evidence")
            .help("name the order, the letter or the file number"));
    }
    let from = day(&raw.from)?;
    let until = raw.until.as_ref().map(day).transpose()?;
    if let (Some(until), Some(raw)) = (until, &raw.until)
        && until < from
    {
        return Err(Mistake::new(raw.span(), "before it began", format!("it ends on {until} and begins on {from}"))
            .help("`until` is the last day, `from` the first"));
    }
    Ok(Tolling {
        name: raw.name,
        what: subject(&raw.what, known)?,
        rule: raw.rule.as_ref().map(legal_rule).transpose()?,
        from,
        until,
        extends: raw.extends.as_ref().map(period).transpose()?,
        evidence: raw.evidence.into_inner(),
    })
}

pub(crate) fn decision(raw: RawDecision, known: Known<'_>) -> Result<LegalDecision, Mistake> {
    if raw.because.get_ref().trim().is_empty() {
        return Err(Mistake::new(raw.because.span(), "why?", "a decision without a reason")
            .help("one sentence that an auditor understands"));
    }
    legal_rule(&raw.rule)?;
    Ok(LegalDecision {
        place: table_name(&raw.place, known)?,
        rule: raw.rule,
        answer: word(&raw.answer, LegalAnswer::WORDS, "answer")?,
        because: raw.because.into_inner(),
        by: raw.by,
        on: raw.on.as_ref().map(day).transpose()?,
    })
}

/// The id of a rule of the pack.
fn legal_rule(text: &Spanned<String>) -> Result<String, Mistake> {
    let pack = RulePack::built_in();
    if pack.rule(text.get_ref()).is_some() {
        return Ok(text.get_ref().clone());
    }
    let message = format!("the rule pack {} has no rule `{}`", pack.version(), text.get_ref());
    let mistake = Mistake::new(text.span(), "not a rule of law", message);
    Err(match closest(text.get_ref(), pack.rules().iter().map(|rule| rule.id.as_str())) {
        Some(meant) => mistake.help(format!("did you mean `{meant}`?")),
        None => mistake.help("`dataward retain rules list` has them all"),
    })
}
