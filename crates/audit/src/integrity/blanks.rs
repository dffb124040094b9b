//! Cells that are empty, or say so in words, in a column that is otherwise filled.

use std::sync::Arc;

use super::Asked;
use super::CellCheck;
use super::Found;
use super::Reason;
use super::Tier;
use super::block::BLANK;
use super::block::Block;
use super::block::Column;

pub(super) const CHECK: CellCheck =
    CellCheck { name: "missing", summary: "nothing stands where something should", run };

/// Columns filled less than this are not expected to be filled.
const EXPECTED: f64 = 0.9;
/// From here on an empty cell is worth a hint.
const USUAL: f64 = 0.6;

fn run(block: &Block, asked: &Asked<'_>, found: &mut Found<'_>) {
    for (place, column) in block.columns.iter().enumerate() {
        // Nobody stands above the root of a tree.
        let is_tree = asked.own.contains(&column.name) || refers_to_own(block, column);
        let traits = column.traits();
        let words: Vec<(u32, bool, u32)> = column
            .filled_values()
            .filter_map(|(code, _, count)| traits.null_word(code).map(|sure| (code, sure, count)))
            .collect();
        let said: usize = words.iter().map(|(_, _, count)| *count as usize).sum();
        let real = column.filled() - said;
        let share = real as f64 / block.rows as f64;
        if real < 5 {
            continue;
        }
        let kinds = column.distinct() as usize - words.len();
        let per_cent = (share * 100.0).floor();
        let empty = Reason::new("empty", format!("empty, while {per_cent} % of the column is filled"));
        let word = Reason::new(
            "a word for nothing",
            format!("a word for nothing, while {per_cent} % of the column is filled"),
        );
        found.values(block, place, |code| {
            if code == BLANK {
                return match share {
                    _ if is_tree => None,
                    EXPECTED.. => Some((Tier::Likely, Arc::clone(&empty))),
                    USUAL.. => Some((Tier::Hint, Arc::clone(&empty))),
                    _ => None,
                };
            }
            let tier = match (traits.null_word(code)?, share) {
                (true, 0.95..) => Tier::Certain,
                (true, _) => Tier::Likely,
                // In a column of few values `none` may be one of them.
                (false, _) if kinds > 20 => Tier::Likely,
                (false, _) => Tier::Hint,
            };
            Some((tier, Arc::clone(&word)))
        });
    }
}

/// Whether a column that is called so (`manager_id`) has the keys of other rows of its table, though nobody declared it.
fn refers_to_own(block: &Block, column: &Column) -> bool {
    let name = column.name.to_lowercase();
    let is_key = |other: &&Column| other.filled() == block.rows && other.distinct() as usize == block.rows + 1;
    let has_all = |key: &Column| column.real_values().all(|(code, ..)| key.count_of(column, code) > 0);
    ABOVE.iter().any(|word| name.contains(word))
        && block.columns.iter().filter(is_key).any(|key| key.name != column.name && has_all(key))
}

/// Words in the names of columns that say which row stands above or before one.
const ABOVE: &[&str] = &[
    "boss",
    "leader",
    "manager",
    "parent",
    "predecessor",
    "previous",
    "reply",
    "reports",
    "superior",
    "supervisor",
    "vorgesetzte",
];

/// Whether a value is a word for nothing; true where it can hardly be anything else.
pub(super) fn null_word(value: &str) -> Option<bool> {
    let value = value.trim();
    // Most values are too long, or begin with a digit.
    if value.len() > 16 || value.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let is = |word: &&str| word.eq_ignore_ascii_case(value);
    if SURE.iter().any(is) {
        return Some(true);
    }
    WEAK.iter().any(is).then_some(false)
}

/// What hardly means anything else.
const SURE: &[&str] =
    &["n/a", "#n/a", "nan", "(null)", "<null>", "\\n", "#value!", "#ref!", "#name?", "#div/0!", "<na>"];

/// What may be a value like others.
const WEAK: &[&str] = &[
    "null",
    "none",
    "nil",
    "na",
    "unknown",
    "undefined",
    "missing",
    "tbd",
    "k.a.",
    "unbekannt",
    "inconnu",
    "desconocido",
    "not available",
    "not provided",
    "no data",
    "?",
    "??",
    "???",
    "-",
    "--",
    "---",
    ".",
    "..",
    "_",
    "x",
    "xx",
    "xxx",
    "empty",
    "(none)",
];
