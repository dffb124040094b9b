//! Rows that changed since the last audit though nothing in the table says who changed them, and tables
//! whose size or filling jumped.
//!
//! What a table held is kept as keyed hashes ([`dataward_evidence::rows`]): no value, and nothing that can
//! be found out without the key of the project. The order of rows and columns, and where an engine keeps
//! them, are no change; that lines of a file were reordered is told as what it is.

use std::collections::BTreeMap;

use arrow_array::Array;
use arrow_array::ArrayRef;
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_cast::display::ArrayFormatter;
use arrow_cast::display::FormatOptions;
use arrow_schema::DataType;
use dataward_evidence::RowKey;
use dataward_evidence::TableDigest;
use dataward_evidence::TableMarker;
use dataward_evidence::rows::MOST_MARKS;
use dataward_evidence::rows::RowMark;
use dataward_model::ColumnRole;
use dataward_model::TableHead;
use dataward_model::counted;
use jiff::civil::Date;

use super::Issue;
use super::Tier;
use super::Today;
use super::block::since_1970;

/// Of the rows before, so many must be left, and of the filled cells of a column.
const KEPT_ROWS: f64 = 0.7;
const KEPT_FILLED: f64 = 0.8;
/// Tables with fewer rows jump by themselves.
const LEAST_ROWS: u64 = 50;

/// What a table held, to be kept until the next audit.
#[derive(Clone, Debug, PartialEq)]
pub struct TableState {
    /// Its keyed hashes.
    pub digest: TableDigest,
    /// For each column how many cells were filled.
    pub filled: BTreeMap<String, u64>,
    /// The columns of the key; none: rows were told apart by all they hold.
    pub key: Vec<String>,
}

/// What plans of retention did to a table since it was last read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OurOwn {
    /// Rows that they took away.
    pub erased: u64,
    /// Rows of which they made columns empty or gave them made-up values.
    pub rewritten: u64,
}

/// A table while it is read.
#[derive(Debug)]
pub struct Changes {
    marker: TableMarker,
    key: Vec<String>,
    updated: Vec<String>,
    filled: BTreeMap<String, u64>,
    latest: Vec<u32>,
    is_rewritten: bool,
}

/// A table after it was read.
#[derive(Debug)]
pub struct TableNow {
    /// What is kept.
    pub state: TableState,
    marks: Option<Vec<RowMark>>,
    latest: Vec<u32>,
    has_writer: bool,
    /// Whether it has columns that earlier versions wrote another way: numbers with a point, bytes.
    is_rewritten: bool,
}

/// What changed in a table since it was last read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changed {
    /// Rows that changed or are new, by their place now, with the tier and the reason.
    pub rows: Vec<(u64, Tier, &'static str)>,
    /// Hashes of the keys of rows that are gone, those that plans of retention took away among them.
    pub gone: Vec<u64>,
    /// How many of them no plan explains.
    pub gone_unexplained: u64,
    /// What is said of the table as a whole.
    pub table: Vec<(Tier, &'static str, String)>,
}

/// How many rows changed since the last audit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChangeCounts {
    /// Rows that hold something else.
    pub changed: u64,
    /// Rows that were not there.
    pub new: u64,
    /// Rows that are there no more.
    pub gone: u64,
}

impl ChangeCounts {
    /// Of the rows that are told of a table, hints left out, and of as many rows that are `gone`.
    pub fn of(issues: &[Issue], gone: u64) -> Self {
        let told = || issues.iter().filter(|issue| issue.check == CHANGE && issue.tier > Tier::Hint);
        let new = told().filter(|issue| is_new(&issue.reason)).count();
        Self { changed: (told().count() - new) as u64, new: new as u64, gone }
    }

    /// All of them.
    pub fn all(self) -> u64 {
        self.changed + self.new + self.gone
    }

    /// `2 rows changed and 5 rows are gone since the last audit`.
    pub fn words(self) -> String {
        let words = [
            (self.changed, "row changed", "rows changed"),
            (self.new, "row is new", "rows are new"),
            (self.gone, "row is gone", "rows are gone"),
        ];
        let mut told: Vec<String> = words
            .into_iter()
            .filter(|(number, ..)| *number > 0)
            .map(|(number, one, many)| counted(number, one, many))
            .collect();
        let last = told.pop().unwrap_or_default();
        let before = if told.is_empty() { String::new() } else { format!("{} and ", told.join(", ")) };
        format!("{before}{last} since the last audit")
    }
}

/// Whether a reason says of a row that it was not there before.
pub fn is_new(reason: &str) -> bool {
    reason == NEW || reason == NEW_PAST
}

impl Changes {
    /// For a table whose rows come next.
    pub fn of(head: &TableHead, key: &RowKey) -> Self {
        let named = |role: ColumnRole| {
            head.columns.iter().filter(move |column| column.role == role).map(|column| column.name.clone())
        };
        let updated = head.columns.iter().filter(|column| is_writers_mark(&column.name));
        let mut keys: Vec<String> = named(ColumnRole::PrimaryKey).collect();
        keys.sort();
        Self {
            marker: TableMarker::new(key),
            key: keys,
            updated: updated.map(|column| column.name.clone()).collect(),
            filled: BTreeMap::new(),
            latest: Vec::new(),
            is_rewritten: false,
        }
    }

    /// Takes the rows of a batch. Columns go in by name; an empty cell is like a column that is not there.
    pub fn add(&mut self, batch: &RecordBatch) {
        let mut rows: Vec<(Vec<u8>, Vec<u8>)> = vec![Default::default(); batch.num_rows()];
        let mut latest = vec![0; batch.num_rows()];
        let schema = batch.schema();
        let mut columns: Vec<usize> = (0..schema.fields().len()).collect();
        columns.sort_by_key(|at| schema.field(*at).name().clone());
        let options = FormatOptions::new();
        let mut text = String::new();
        for at in columns {
            let (name, array) = (schema.field(at).name(), batch.column(at));
            let Ok(formatter) = ArrayFormatter::try_new(array.as_ref(), &options) else { continue };
            let (is_key, is_mark) = (self.key.contains(name), self.updated.contains(name));
            let mut filled = 0;
            self.is_rewritten |= array.data_type().is_floating() || array.data_type().is_binary();
            for row in (0..array.len()).filter(|row| !array.is_null(*row)) {
                text.clear();
                if formatter.value(row).write(&mut text).is_err() {
                    // A day that no calendar has counts as the number that it is: none is passed over.
                    let Some(number) = since_1970(array, row) else { continue };
                    text = number.to_string();
                }
                // One value of another type makes a column of SQLite or a file one of bytes, or of numbers with a point:
                // all others stay what they were.
                let mut kind = "";
                if array.data_type().is_floating() {
                    text.truncate(text.strip_suffix(".0").unwrap_or(&text).len());
                } else if let Some(bytes) = bytes(array, row) {
                    match std::str::from_utf8(bytes) {
                        Ok(plain) => plain.clone_into(&mut text),
                        Err(_) => kind = "\0bytes",
                    }
                }
                filled += 1;
                let (key, content) = &mut rows[row];
                write_cell(content, [name, kind], &text);
                if is_key {
                    write_cell(key, [name, kind], &text);
                }
                if is_mark {
                    latest[row] = latest[row].max(day(&text));
                }
            }
            *self.filled.entry(name.clone()).or_default() += filled;
        }
        let keyed = !self.key.is_empty();
        for (key, content) in &rows {
            self.marker.row((keyed && !key.is_empty()).then_some(key.as_slice()), content);
        }
        if self.latest.len() < MOST_MARKS {
            self.latest.extend(latest);
        }
    }

    /// What the table holds now.
    pub fn finish(self) -> TableNow {
        let (digest, marks) = self.marker.finish();
        let state = TableState { digest, filled: self.filled, key: self.key };
        TableNow {
            state,
            marks,
            latest: self.latest,
            has_writer: !self.updated.is_empty(),
            is_rewritten: self.is_rewritten,
        }
    }
}

impl TableNow {
    /// What changed since `before`, which was read on the day `since`, beside what plans of retention did since then.
    pub fn since(&self, before: &TableState, since: Today, ours: OurOwn) -> Changed {
        let mut changed = Changed::default();
        self.drift(before, ours, &mut changed);
        if self.state.key != before.key {
            changed.table.push((
                Tier::Hint,
                CHANGE,
                "the key of the table is another one: rows cannot be compared".into(),
            ));
            return changed;
        }
        let columns = |state: &TableState| {
            state.filled.iter().filter(|(_, filled)| **filled > 0).map(|(name, _)| name.clone()).collect::<Vec<_>>()
        };
        if before.digest.is_before_order() && self.is_rewritten {
            changed.table.push((
                Tier::Hint,
                CHANGE,
                "an earlier version kept numbers with a point and bytes in another way: rows are compared from the next \
                 audit on"
                    .into(),
            ));
            return changed;
        }
        let Some(found) = self.state.digest.differences(&before.digest, self.marks.as_deref()) else { return changed };
        let day = day_before(since);
        if columns(&self.state) != columns(before) && found.changed.len() as u64 * 2 > self.state.digest.rows() {
            changed.table.push((
                Tier::Hint,
                CHANGE,
                "the table has other columns than before: rows cannot be compared".into(),
            ));
            return changed;
        }
        let known = |row: u64| self.latest.get(row as usize).is_some_and(|latest| *latest >= day);
        // Where rows carry the day of their last change, one that changed without it was changed past the
        // application.
        let tier = if self.has_writer { Tier::Likely } else { Tier::Hint };
        let reasons: [&'static str; 2] = if self.has_writer { [CHANGED_PAST, NEW_PAST] } else { [CHANGED, NEW] };
        let keyed = !self.state.key.is_empty();
        // Which rows a plan rewrote is not kept: as many as it rewrote are its own, and where there are more, each may be
        // somebody else's.
        let unexplained = |rows: &[u64]| -> Vec<u64> {
            let rows: Vec<u64> = rows.iter().copied().filter(|row| !known(*row)).collect();
            if rows.len() as u64 <= ours.rewritten { Vec::new() } else { rows }
        };
        changed.rows.extend(unexplained(&found.changed).into_iter().map(|row| (row, tier, reasons[0])));
        // Without a key a row that was rewritten is one that is gone and one that is new.
        let new = match keyed {
            true => found.new.iter().copied().filter(|row| !known(*row)).collect(),
            false => unexplained(&found.new),
        };
        let erased = if keyed { ours.erased } else { ours.erased + ours.rewritten };
        // New rows are what tables are for; a date of their making that lies before the last audit is not.
        changed.rows.extend(
            new.into_iter().map(|row| (row, if keyed && !self.has_writer { Tier::Hint } else { tier }, reasons[1])),
        );
        changed.rows.sort_unstable_by_key(|(row, ..)| *row);
        let unexplained = (found.gone.len() as u64).saturating_sub(erased);
        changed.gone_unexplained = unexplained;
        changed.gone = if unexplained > 0 { found.gone.clone() } else { Vec::new() };
        if unexplained > 0 {
            let keys: Vec<String> = found.gone.iter().take(20).map(|key| format!("{key:016x}")).collect();
            let more = if found.gone.len() > keys.len() { ", …" } else { "" };
            let planned = match erased {
                0 => String::new(),
                rows => format!(", beside {rows} that plans of retention took away"),
            };
            let gone = counted(unexplained, "row is", "rows are");
            let reason = format!(
                "{gone} gone since the last audit{planned} (hashes of the keys of all: {}{more})",
                keys.join(", ")
            );
            changed.table.push((Tier::Likely, CHANGE, reason));
        }
        let ours_alone = found.buckets <= ours.erased + ours.rewritten;
        if found.changed.is_empty() && found.new.is_empty() && found.gone.is_empty() && !ours_alone {
            let reason = format!(
                "rows in {} of 4096 buckets of the table changed since the last audit, and there are {} {} of them; single \
                 rows are named in tables of up to {MOST_MARKS} rows",
                found.buckets,
                found.growth.unsigned_abs(),
                if found.growth < 0 { "fewer" } else { "more" }
            );
            changed.table.push((Tier::Hint, CHANGE, reason));
        }
        changed
    }

    /// That the same rows stand in another order, where their order is somebody's: in a file, not in a database.
    pub fn reordered(&self, before: &TableState) -> Option<&'static str> {
        self.state.digest.is_reordered(&before.digest).then_some(REORDERED)
    }

    fn drift(&self, before: &TableState, ours: OurOwn, changed: &mut Changed) {
        let now = self.state.digest.rows() as f64;
        let then = before.digest.rows() as f64;
        // What plans of retention took away is no surprise.
        let expected = before.digest.rows().saturating_sub(ours.erased) as f64;
        if before.digest.rows() < LEAST_ROWS {
            return;
        }
        if now < KEPT_ROWS * expected {
            let per_cent = (100.0 * (1.0 - now / expected)).floor();
            changed.table.push((
                Tier::Likely,
                DRIFT,
                format!("{per_cent} % of the rows are gone since the last audit"),
            ));
        }
        for (column, filled) in &before.filled {
            let share = *filled as f64 / then;
            // What plans made empty is no surprise either.
            let filled_now = self.state.filled.get(column).copied().unwrap_or(0) + ours.rewritten;
            let share_now = filled_now as f64 / now.max(1.0);
            if share >= 0.5 && share_now < KEPT_FILLED * share && self.state.digest.rows() >= LEAST_ROWS {
                let reason = format!(
                    "`{column}` was filled in {:.0} % of the rows at the last audit and is in {:.0} %",
                    share * 100.0,
                    share_now * 100.0
                );
                changed.table.push((Tier::Likely, DRIFT, reason));
            }
        }
    }
}

/// The names of the checks.
pub const CHANGE: &str = "change";
/// See [`CHANGE`].
pub const DRIFT: &str = "drift";

const REORDERED: &str = "the same rows as at the last audit, in another order: nothing of what they hold has changed";
const CHANGED_PAST: &str = "changed since the last audit, while its own day of change lies before it";
const NEW_PAST: &str = "new since the last audit, while its own day of making lies before it";
const CHANGED: &str = "changed since the last audit; nothing in the table says by whom";
const NEW: &str = "new since the last audit; nothing in the table says by whom";

/// Columns in which applications write when a row was made or changed.
fn is_writers_mark(name: &str) -> bool {
    let name: String = name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    const WORDS: &[&str] = &[
        "updated",
        "modified",
        "changed",
        "lastupdate",
        "lastchange",
        "lastmodif",
        "mtime",
        "created",
        "inserted",
        "aktualisiert",
        "geaendert",
        "erstellt",
        "modifie",
        "actualizado",
        "modificado",
        "edited",
    ];
    WORDS.iter().any(|word| name.contains(word)) && !name.ends_with("by")
}

/// The day that a text begins with, as yyyymmdd; 0 for none.
fn day(text: &str) -> u32 {
    let digits: String = text.chars().take(10).filter(char::is_ascii_digit).collect();
    if digits.len() == 8 { digits.parse().unwrap_or(0) } else { 0 }
}

/// The day before, as yyyymmdd: clocks and time zones may be a day apart.
fn day_before((year, month, day): Today) -> u32 {
    let narrow = |number: u32| i8::try_from(number).unwrap_or(1);
    let before = Date::new(i16::try_from(year).unwrap_or(1), narrow(month), narrow(day)).and_then(Date::yesterday);
    before.map_or(0, |day| day.year().max(0) as u32 * 10_000 + day.month() as u32 * 100 + day.day() as u32)
}

fn bytes(array: &ArrayRef, row: usize) -> Option<&[u8]> {
    match array.data_type() {
        DataType::Binary => Some(array.as_binary::<i32>().value(row)),
        DataType::LargeBinary => Some(array.as_binary::<i64>().value(row)),
        _ => None,
    }
}

fn write_cell(into: &mut Vec<u8>, [name, kind]: [&str; 2], text: &str) {
    // The kind belongs to the name: cells without one are written as they always were, and known rows stay known.
    for part in [&[name, kind][..], &[text]] {
        into.extend((part.iter().map(|part| part.len() as u64).sum::<u64>()).to_le_bytes());
        part.iter().for_each(|part| into.extend(part.as_bytes()));
    }
}
