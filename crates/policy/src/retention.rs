//! How long what is kept: `[[retain]]`, and what is said around it.
//!
//! A [`RetentionRule`] is the business's own wish. What law adds to it is in [`crate::pack`]; what comes
//! out of both is for `retain::rules`.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::ops::Range;
use std::str::FromStr;

use dataward_model::Category;
use dataward_model::ErasureLevel;
use dataward_model::SourceId;
use jiff::SignedDuration;
use jiff::civil::Date;
use serde::Serialize;
use serde_spanned::Spanned;
use thiserror::Error;

use crate::Period;
use crate::StartExpression;
use crate::Symbol;
use crate::below::is_below;
use crate::pack::TableRole;

/// How long something is kept, and what happens then.
#[derive(Clone, Debug)]
pub struct RetentionRule {
    /// What people call it.
    pub name: String,
    /// What it covers.
    pub what: Subject,
    /// How long: the wish. Law and [`RetentionRule::minimum`] may ask for longer.
    pub keep: Period,
    /// A minimum of the business's own (a warranty, a contract): nothing goes earlier.
    pub minimum: Option<Period>,
    /// Counted from when.
    pub from: StartExpression,
    /// Where `from` begins in the policy file: its spans count from there.
    pub from_place: Range<usize>,
    /// What happens then.
    pub then: Action,
    /// How deep it must have gone, and be proven to.
    pub level: ErasureLevel,
    /// Who must approve a plan.
    pub approve: Approval,
    /// The people concerned are told this long before; who comes back in that time stays.
    pub notify: Option<Wait>,
    /// What becomes of rows that refer to those that go, by their table within the source.
    pub children: BTreeMap<String, ChildRule>,
    /// How long an archive is kept, counted from the day of archiving; none: until the longest
    /// minimum of law has ended.
    pub archive_for: Option<Period>,
    /// How long the table and those that refer to it may be locked for everybody, so that it is emptied at once when
    /// most of it goes; none: never.
    pub may_lock: Option<LockTime>,
}

impl RetentionRule {
    /// Whether it covers `column` of `table`, which holds `category`.
    pub fn covers(&self, table: &TableName, column: Option<&str>, category: &Category) -> bool {
        match &self.what {
            Subject::Category(covered) => category.is_within(covered),
            Subject::Place { source, rest } => {
                let column = column.map(|column| format!("{}.{column}", table.table));
                *source == table.source
                    && (is_below(&table.table, rest) || column.is_some_and(|column| is_below(&column, rest)))
            }
        }
    }
}

/// A table or file of a source, as the inventory names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableName {
    /// The source.
    pub source: SourceId,
    /// `public.orders`, or the path of a file.
    pub table: String,
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.source, self.table)
    }
}

/// What a rule covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// All places that hold a category or one below it.
    Category(Category),
    /// A source, a table in it, or a column of that: the words after the source's name.
    Place {
        /// The source.
        source: SourceId,
        /// `schema.table`, `schema.table.column`, a file; empty for the whole source.
        rest: String,
    },
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Category(category) => write!(f, "{category}"),
            Self::Place { source, rest } if rest.is_empty() => write!(f, "{source}"),
            Self::Place { source, rest } => write!(f, "{source}.{rest}"),
        }
    }
}

/// What happens at the end of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Keeps the books, loses the person.
    Anonymise,
    /// Encrypted copy with its own end, then erased.
    Archive,
    /// Rows go, space is reclaimed.
    CleanUp,
    /// Permanent erasure.
    Erase,
}

impl Action {
    pub(crate) const WORDS: &[(&str, Self)] = &[
        ("erase", Self::Erase),
        ("archive", Self::Archive),
        ("clean-up", Self::CleanUp),
        ("anonymise", Self::Anonymise),
    ];

    /// The word of the policy file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anonymise => "anonymise",
            Self::Archive => "archive",
            Self::CleanUp => "clean-up",
            Self::Erase => "erase",
        }
    }

    /// How deep it goes where the policy says nothing: what is to be erased for good leaves all files of
    /// the database, the rest the live tables.
    pub fn default_level(self) -> ErasureLevel {
        match self {
            Self::Erase => ErasureLevel::L2,
            Self::Anonymise | Self::Archive | Self::CleanUp => ErasureLevel::L1,
        }
    }
}

/// What becomes of rows that refer to a row that goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChildRule {
    /// They go too.
    Erase,
    /// They stay, and so does the row they refer to.
    Keep,
    /// They stay; their reference is emptied.
    Unlink,
}

impl ChildRule {
    pub(crate) const WORDS: &[(&str, Self)] = &[("erase", Self::Erase), ("keep", Self::Keep), ("unlink", Self::Unlink)];
}

/// Who must approve a plan before it is applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Approval {
    /// One person; the one who planned will do.
    #[default]
    OnePerson,
    /// Somebody other than who planned.
    FourEyes,
}

impl Approval {
    pub(crate) const WORDS: &[(&str, Self)] = &[("one-person", Self::OnePerson), ("four-eyes", Self::FourEyes)];

    /// The word of the policy file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnePerson => "one-person",
            Self::FourEyes => "four-eyes",
        }
    }
}

/// How long to wait between telling people and erasing: hours or days. INVARIANT: at least an hour, at
/// most a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wait(NonZeroU32);

/// Why a text is no waiting time.
#[derive(Debug, Error)]
#[error(
    "`{0}` is not a waiting time: write a number and `hours`, `days` or `weeks`, at most a year, such as `48 hours`"
)]
pub struct InvalidWait(String);

impl Wait {
    /// A waiting time of so many hours; none for 0 and for more than a year.
    pub fn from_hours(hours: u32) -> Option<Self> {
        NonZeroU32::new(hours).filter(|hours| hours.get() <= 366 * 24).map(Self)
    }

    /// In hours.
    pub fn hours(self) -> u32 {
        self.0.get()
    }

    /// As a length of time.
    pub fn duration(self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.0.get()))
    }
}

impl FromStr for Wait {
    type Err = InvalidWait;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut words = text.split_whitespace();
        let wait = (|| {
            let count: u32 = words.next()?.parse().ok()?;
            let hours = match words.next()? {
                "hour" | "hours" => 1,
                "day" | "days" => 24,
                "week" | "weeks" => 7 * 24,
                _ => return None,
            };
            Self::from_hours(count.checked_mul(hours)?)
        })();
        wait.filter(|_| words.next().is_none()).ok_or_else(|| InvalidWait(text.to_owned()))
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, unit) = match self.hours() {
            hours if hours % 24 == 0 && hours > 48 => (hours / 24, "day"),
            hours => (hours, "hour"),
        };
        write!(f, "{count} {unit}{}", if count == 1 { "" } else { "s" })
    }
}

impl Serialize for Wait {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// How long a table may be locked: seconds, minutes or hours. INVARIANT: at least a second, at most a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LockTime(NonZeroU32);

/// Why a text is no time of a lock.
#[derive(Debug, Error)]
#[error("`{0}` is not how long a table may be locked: write `30 seconds`, `5 minutes` or `1 hour`, at most a day")]
pub struct InvalidLockTime(String);

impl LockTime {
    /// In seconds.
    pub fn seconds(self) -> u32 {
        self.0.get()
    }
}

impl FromStr for LockTime {
    type Err = InvalidLockTime;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut words = text.split_whitespace();
        let seconds = (|| {
            let count: u32 = words.next()?.parse().ok()?;
            let seconds = match words.next()? {
                "second" | "seconds" => 1,
                "minute" | "minutes" => 60,
                "hour" | "hours" => 3600,
                _ => return None,
            };
            NonZeroU32::new(count.checked_mul(seconds)?).filter(|seconds| seconds.get() <= 24 * 3600)
        })();
        seconds.filter(|_| words.next().is_none()).map(Self).ok_or_else(|| InvalidLockTime(text.to_owned()))
    }
}

/// A column that names files of another source: they go with its rows. `"shop.public.notes.path" = "uploads"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileColumn {
    /// The table.
    pub table: TableName,
    /// Its column with a path below the folder, or a key of the bucket.
    pub column: String,
    /// The folder or bucket.
    pub files: SourceId,
}

/// A reference that no foreign key declares and that somebody confirmed:
/// `"shop.tickets.customer_id" = "shop.customers.id"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredReference {
    /// The table that refers.
    pub child: TableName,
    /// Its column.
    pub child_column: String,
    /// The table referred to, in the same source.
    pub parent: TableName,
    /// Its column.
    pub parent_column: String,
}

/// A table in which the business writes down when something happened: `event("name")`.
#[derive(Clone, Debug)]
pub struct DeclaredEvent {
    /// The table with the events; in the same source as the tables that count from it.
    pub table: TableName,
    /// Its column with the day.
    pub at: String,
    /// Its column that says whose event it is.
    pub key: String,
    /// The column of the other table that `key` points to.
    pub matches: String,
    /// Where it stands in the policy file.
    pub place: Range<usize>,
}

/// The running of a period is stopped: an assessment is open, a charge or a request is pending. While
/// it lasts nothing of what it covers goes.
#[derive(Clone, Debug)]
pub struct Tolling {
    /// What people call it.
    pub name: String,
    /// What it covers.
    pub what: Subject,
    /// The rule of law behind it, by its id in the pack.
    pub rule: Option<String>,
    /// The first day.
    pub from: Date,
    /// The last day; none while it lasts.
    pub until: Option<Date>,
    /// Adds to every minimum of what it covers, also after its end.
    pub extends: Option<Period>,
    /// What shows it: the order, the letter, the file number. No name of a person.
    pub evidence: String,
}

impl Tolling {
    /// Whether it stops deletions on `day`.
    pub fn is_open(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }
}

/// What somebody decided about a rule of law at a place, for good.
#[derive(Clone, Debug)]
pub struct LegalDecision {
    /// The table.
    pub place: TableName,
    /// The rule of law, by its id in the pack.
    pub rule: Spanned<String>,
    /// What it is.
    pub answer: LegalAnswer,
    /// Why, in a sentence.
    pub because: String,
    /// Who decided.
    pub by: Option<String>,
    /// When.
    pub on: Option<Date>,
}

impl LegalDecision {
    /// Whether it was said of this table or file, or of a folder or pattern that it is in.
    pub fn covers(&self, table: &TableName) -> bool {
        self.place.source == table.source && is_below(&table.table, &self.place.table)
    }
}

/// What a rule of law is at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LegalAnswer {
    /// It applies.
    Applies,
    /// It does not: nothing here is what it speaks of.
    DoesNotApply,
    /// Both the minimum and the end apply: from the end on it is kept sealed (archived away from the
    /// live table, or blocked) until the minimum has run out.
    Seal,
}

impl LegalAnswer {
    /// All answers and their words.
    pub const WORDS: &[(&str, Self)] =
        &[("applies", Self::Applies), ("does-not-apply", Self::DoesNotApply), ("seal", Self::Seal)];

    /// The word of the policy file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applies => "applies",
            Self::DoesNotApply => "does-not-apply",
            Self::Seal => "seal",
        }
    }
}

/// What the policy says about retention, beside the rules themselves.
#[derive(Clone, Debug, Default)]
pub struct RetentionFacts {
    /// The roles of tables that somebody wrote down; `retain::rules` infers the others.
    pub roles: BTreeMap<TableName, Vec<TableRole>>,
    /// Which column of a table means which symbol, where somebody wrote it down.
    pub columns: BTreeMap<TableName, BTreeMap<Symbol, StartExpression>>,
    /// Tables of events by name.
    pub events: BTreeMap<String, DeclaredEvent>,
    /// What stops periods.
    pub tolling: Vec<Tolling>,
    /// What was decided about rules of law.
    pub decisions: Vec<LegalDecision>,
    /// Columns that name files.
    pub files: Vec<FileColumn>,
    /// References that no foreign key declares.
    pub references: Vec<DeclaredReference>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_times_are_hours_days_or_weeks() {
        for (text, hours, shown) in [
            ("48 hours", 48, "48 hours"),
            ("15 days", 360, "15 days"),
            ("1 hour", 1, "1 hour"),
            ("2 weeks", 336, "14 days"),
        ] {
            let wait: Wait = text.parse().unwrap();
            assert_eq!((wait.hours(), wait.to_string()), (hours, shown.to_owned()), "{text}");
        }
        for wrong in ["0 hours", "48", "2 months", "2 years", "99999999 weeks", "400 days", "48 hours ago", ""] {
            assert!(wrong.parse::<Wait>().is_err(), "{wrong}");
        }
    }
}
