//! Integrity audit: is the data right? Without any configuration, each finding names cells.
//!
//! A table is read once, in blocks of bounded size ([`block::Block`]: every value once, a number for
//! each cell). The checks in [`CELL_CHECKS`] are pure functions of a block; [`table::TableCheck`] feeds
//! them and keeps for each cell what speaks against it most. No reason holds a value: reasons tell
//! counts, columns and kinds.
//!
//! What takes a whole table, or several, stands beside: [`duplicates`], [`references`] that lead nowhere,
//! [`persons`] told differently in two tables, [`changes`] since the last audit. [`reader::TableReader`] feeds
//! all of them in one reading; [`answers`] of people weigh what they say.

pub mod answers;
pub mod block;
pub mod changes;
pub mod duplicates;
pub mod findings;
pub mod persons;
pub mod reader;
pub mod references;
pub mod row_key;
pub mod table;

mod blanks;
mod dates;
mod dependencies;
mod encoding;
mod formats;
mod outliers;
mod place;
mod shape;
mod stale;
mod traits;
mod typos;
mod validity;
mod values;

use std::sync::Arc;

pub use answers::Answer;
pub use answers::Answers;
use block::Block;
pub use findings::ColumnIssues;
pub use reader::Known;
pub use reader::Reading;
pub use reader::TableFound;
pub use reader::TableLinks;
pub use reader::TableReader;
pub use table::Issue;
pub use table::Row;
pub use table::TableCheck;
pub use table::TableIssues;

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Worth a look.
    Hint,
    /// Wrong in most cases.
    Likely,
    /// Wrong: at least 98 of 100 are, and at most one in 100,000 right cells is named so.
    Certain,
}

impl Tier {
    /// The word in machine-readable output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Hint => "hint",
            Self::Likely => "likely",
        }
    }
}

/// One check over the cells of a block.
#[derive(Clone, Copy, Debug)]
pub struct CellCheck {
    /// The name that issues carry.
    pub name: &'static str,
    /// What is wrong with the cells it finds, for people.
    pub summary: &'static str,
    /// The function.
    pub run: fn(&Block, &Asked<'_>, &mut Found<'_>),
}

/// All checks, those that say most about a cell first. One line each.
pub const CELL_CHECKS: &[CellCheck] = &[
    encoding::CHECK,
    validity::CHECK,
    dates::CHECK,
    dependencies::CHECK,
    place::CHECK,
    typos::CHECK,
    formats::CHECK,
    blanks::CHECK,
    stale::CHECK,
    outliers::CHECK,
];

/// The present day as year, month, day: births are judged against it.
pub type Today = (i32, u32, u32);

/// What a check knows beside the block.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The present day.
    pub today: Today,
    /// The table.
    pub table: &'a str,
    /// Its columns that refer to other rows of it.
    pub own: &'a [String],
    /// What people said about earlier findings.
    pub answers: &'a Answers,
}

/// Why a cell is thought to be wrong; no value of the table is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What kind of fault of the column this is: one question to its owner, answered for all cells alike. It names
    /// columns and no numbers, so that it is the same from audit to audit.
    pub pattern: Arc<str>,
    /// The reason in full.
    pub text: Arc<str>,
}

impl Reason {
    fn new(pattern: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Arc<Self> {
        Arc::new(Self { pattern: pattern.into(), text: text.into() })
    }

    /// A reason without numbers.
    fn plain(text: impl Into<Arc<str>>) -> Arc<Self> {
        let text = text.into();
        Arc::new(Self { pattern: Arc::clone(&text), text })
    }
}

/// Where checks put what they find.
pub struct Found<'f> {
    check: usize,
    cells: &'f mut Vec<FoundCell>,
}

/// A cell that a check speaks against.
#[derive(Clone, Debug)]
struct FoundCell {
    row: u32,
    column: u32,
    check: usize,
    tier: Tier,
    reason: Arc<Reason>,
}

impl Found<'_> {
    /// One cell, by its row in the block and its column.
    fn cell(&mut self, row: usize, column: usize, tier: Tier, reason: &Arc<Reason>) {
        let narrow = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        let (row, column) = (narrow(row), narrow(column));
        self.cells.push(FoundCell { row, column, check: self.check, tier, reason: Arc::clone(reason) });
    }

    /// All cells of a column that hold one of the values for which `judge` has something to say.
    fn values(&mut self, block: &Block, column: usize, judge: impl Fn(u32) -> Option<(Tier, Arc<Reason>)>) {
        let cells = &block.columns[column];
        let verdicts: Vec<(u32, (Tier, Arc<Reason>))> =
            (0..cells.distinct()).filter_map(|code| Some((code, judge(code)?))).collect();
        if verdicts.is_empty() {
            return;
        }
        const NONE: u32 = u32::MAX;
        let mut of_code = vec![NONE; cells.values.len()];
        for (at, (code, _)) in (0_u32..).zip(&verdicts) {
            of_code[*code as usize] = at;
        }
        for (row, code) in cells.codes.iter().enumerate() {
            if let Some((_, (tier, reason))) = verdicts.get(of_code[*code as usize] as usize) {
                self.cell(row, column, *tier, reason);
            }
        }
    }
}
