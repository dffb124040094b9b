//! A rare value one slip of a finger away from a frequent one, in columns whose values repeat.

use std::collections::HashMap;
use std::sync::Arc;

use super::Asked;
use super::CellCheck;
use super::Found;
use super::Reason;
use super::Tier;
use super::block::Block;
use super::block::Column;
use super::shape::plain_number;

pub(super) const CHECK: CellCheck =
    CellCheck { name: "typo", summary: "one letter away from a value that is frequent", run };

/// Different values of a column that are compared; beyond them nothing is.
const MOST_VALUES: usize = 50_000;
/// Longest value or word that is compared, in characters.
const LONGEST: usize = 64;
/// How much more frequent the right spelling must be.
const TIMES: u32 = 8;

fn run(block: &Block, _: &Asked<'_>, found: &mut Found<'_>) {
    for (place, column) in block.columns.iter().enumerate() {
        let distinct = column.distinct() as usize;
        let codes = beside_codes(column);
        found.values(block, place, |code| codes.get(&code).cloned());
        if column.filled() < 20 || distinct > MOST_VALUES || column.filled() < 2 * distinct {
            continue;
        }
        let wrong = misspelt(column);
        found.values(block, place, |code| wrong.get(&code).cloned());
    }
}

/// Rows from which on the values of a column are known to be codes, and the most codes it may have.
const ENOUGH: usize = 100;
const MOST_CODES: usize = 50;
/// The share of the rows that have a code, at least, and that the values beside the codes have together, at most.
const CODED: f64 = 0.85;
/// The longest thing that stands behind a code by mistake, as a unit does, in characters.
const LONGEST_BEHIND: usize = 6;

/// In a column of few codes (`yes`, `F`, `StronglyAgree`) the rare values that are one of them with a letter more, less
/// or changed, or with something behind it. Short codes and endings count here: no language speaks of them.
fn beside_codes(column: &Column) -> HashMap<u32, (Tier, Arc<Reason>)> {
    let filled = column.filled();
    let least = (filled / 100).max(5);
    let codes: Vec<(&str, u32)> = column
        .real_values()
        .filter(|(_, value, count)| *count as usize >= least && plain_number(value).is_none())
        .map(|(_, value, count)| (value, count))
        .collect();
    let coded: usize = codes.iter().map(|(_, count)| *count as usize).sum();
    if filled < ENOUGH || codes.is_empty() || codes.len() > MOST_CODES || (coded as f64) < CODED * filled as f64 {
        return HashMap::new();
    }
    let beside = |value: &str, count: u32| {
        let near =
            codes.iter().filter(|(code, frequent)| *frequent >= count.saturating_mul(TIMES) && is_beside(value, code));
        near.map(|(_, frequent)| frequent / count.max(1)).max()
    };
    let rare = column.filled_values().filter(|(_, _, count)| (*count as usize) < least);
    rare.filter_map(|(code, value, count)| {
        let times = beside(value, count)?;
        let text =
            format!("differs by a letter or what stands behind it from a code that is {times} times as frequent");
        Some((code, (Tier::Likely, Reason::new("a frequent code with something added or changed", text))))
    })
    .collect()
}

/// Whether a value is a code with a letter more, less or changed, or with something behind it.
fn is_beside(value: &str, code: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (value.chars().collect(), code.chars().collect());
    let (head, tail) = in_common(&a, &b);
    let (one, other) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
    let letters = one.iter().chain(other).all(|c| c.is_alphabetic());
    match (one.len(), other.len()) {
        // `no%`, as `nox`.
        (1, 0) => letters || tail == 0 && one == ['%'],
        (0, 1) | (1, 1) => letters && b.len() > 1,
        (2..=LONGEST_BEHIND, 0) => tail == 0 && one.iter().any(|c| c.is_alphabetic()),
        _ => false,
    }
}

/// How many characters two texts begin with and, behind these, end with alike.
fn in_common(a: &[char], b: &[char]) -> (usize, usize) {
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    (head, tail)
}

/// The values that are misspelt, and why.
fn misspelt(column: &Column) -> HashMap<u32, (Tier, Arc<Reason>)> {
    let mut wrong = HashMap::new();
    let traits = column.traits();
    let wordy = || column.filled_values().filter(|(code, ..)| traits.shape_text(*code).contains('a'));
    let whole: Vec<(u32, &str, u32)> =
        wordy().filter(|(_, value, _)| is_wordy(value) && value.chars().count() <= LONGEST).collect();
    let values: Vec<(&str, u32)> = whole.iter().map(|(_, value, count)| (*value, *count)).collect();
    for (index, times) in near_frequent(&values) {
        let text = format!("differs by one letter from a value that is {times} times as frequent");
        wrong.insert(whole[index].0, (Tier::Likely, Reason::new("one letter away from a frequent value", text)));
    }
    // The same word by word, for longer texts that repeat.
    let mut words: HashMap<&str, u32> = HashMap::new();
    for (_, value, count) in wordy() {
        for word in words_of(value) {
            *words.entry(word).or_default() += count;
        }
    }
    let mut list: Vec<(&str, u32)> = words.into_iter().collect();
    list.sort_unstable();
    list.truncate(MOST_VALUES);
    let misspelt: HashMap<&str, u32> =
        near_frequent(&list).into_iter().map(|(index, times)| (list[index].0, times)).collect();
    for (code, value, _) in wordy() {
        if let Some(times) = words_of(value).find_map(|word| misspelt.get(word)) {
            let text = format!("holds a word that differs by one letter from one that is {times} times as frequent");
            let reason = || Reason::new("a word one letter away from a frequent one", text);
            wrong.entry(code).or_insert_with(|| (Tier::Likely, reason()));
        }
    }
    wrong
}

fn words_of(value: &str) -> impl Iterator<Item = &str> {
    value.split(|c: char| !c.is_alphabetic() && c != '*').filter(|word| (4..=LONGEST).contains(&word.len()))
}

fn is_wordy(value: &str) -> bool {
    let letters = value.chars().filter(|c| c.is_alphabetic()).count();
    letters >= 4 && letters * 10 >= value.chars().count() * 6
}

/// Those of `values` that a much more frequent one is one letter away from, and how many times more
/// frequent it is. Both lose each letter once; what then meets is a pair (SymSpell).
fn near_frequent(values: &[(&str, u32)]) -> Vec<(usize, u32)> {
    let mut shortened: HashMap<u64, Vec<u32>> = HashMap::new();
    for (index, (value, count)) in values.iter().enumerate() {
        if *count >= TIMES / 2 {
            for hash in deletions(value) {
                shortened.entry(hash).or_default().push(u32::try_from(index).unwrap_or(u32::MAX));
            }
        }
    }
    let mut near = Vec::new();
    for (index, (value, count)) in values.iter().enumerate() {
        let mut best = 0;
        for hash in deletions(value) {
            // A stem that hundreds share says nothing; looking through it would cost the square.
            let Some(others) = shortened.get(&hash).filter(|others| others.len() <= 64) else { continue };
            for &other in others {
                let (frequent, more) = values[other as usize];
                if more >= count.saturating_mul(TIMES).max(TIMES / 2)
                    && more / count.max(&1) > best
                    && is_slip(value, frequent)
                {
                    best = more / count.max(&1);
                }
            }
        }
        if best > 0 {
            near.push((index, best));
        }
    }
    near
}

/// Hashes of the value itself and of what is left when one letter is taken out.
fn deletions(value: &str) -> impl Iterator<Item = u64> {
    let chars: Vec<char> = value.to_lowercase().chars().collect();
    (0..=chars.len()).map(move |gone| {
        let left = chars.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, c)| u64::from(u32::from(*c)));
        left.fold(0xcbf2_9ce4_8422_2325, |hash: u64, c| (hash ^ c).wrapping_mul(0x0000_0100_0000_01b3))
    })
}

/// Whether one letter too many, too few, changed or two swapped tell them apart; not a digit, not an
/// ending that grammar makes.
fn is_slip(value: &str, frequent: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) =
        (value.to_lowercase().chars().collect(), frequent.to_lowercase().chars().collect());
    if a == b {
        return false;
    }
    let (head, tail) = in_common(&a, &b);
    let (one, other) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
    let letters = one.iter().chain(other).all(|c| !c.is_ascii_digit() && !c.is_whitespace());
    let slip = match (one.len(), other.len()) {
        (0, 1) | (1, 0) | (1, 1) => true,
        (2, 2) => one[0] == other[1] && one[1] == other[0],
        _ => false,
    };
    let at_end = tail == 0;
    let inflected = at_end && one.len() != other.len();
    slip && letters && !inflected && !(at_end && one.len() == 1 && a.len() <= 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_from_numbers_and_endings() {
        let values = [
            ("birmingham", 80),
            ("birminxham", 1),
            ("birmingam", 1),
            ("Route 66", 90),
            ("Route 67", 1),
            ("beer", 99),
            ("beers", 2),
        ];
        let near: Vec<&str> = near_frequent(&values).into_iter().map(|(index, _)| values[index].0).collect();
        assert_eq!(near, ["birminxham", "birmingam"]);
    }
}
