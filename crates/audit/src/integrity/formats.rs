//! Values that are written unlike the rest of their column: another unit, another order, a lost zero,
//! another spelling of the same word.

use std::collections::HashMap;
use std::sync::Arc;

use super::Asked;
use super::CellCheck;
use super::Found;
use super::Reason;
use super::Tier;
use super::block::BLANK;
use super::block::Block;
use super::block::Column;
use super::shape::is_scientific;
use super::shape::plain_number;
use super::shape::write_digit_lengths;

pub(super) const CHECK: CellCheck = CellCheck { name: "format", summary: "written unlike the rest of the column", run };

/// Columns with fewer filled cells say nothing of what is usual.
const ENOUGH: usize = 20;

fn run(block: &Block, _: &Asked<'_>, found: &mut Found<'_>) {
    for (place, column) in block.columns.iter().enumerate() {
        if column.filled() < ENOUGH {
            continue;
        }
        if !numbers(block, place, found) {
            marks(block, place, found);
        }
        lengths(block, place, found);
        spellings(block, place, found);
        blanks_around(block, place, found);
        capitals(block, place, found);
    }
}

/// Cells of the column other than words for nothing, and those of them for which `holds`.
fn share(column: &Column, holds: impl Fn(u32, &str) -> bool) -> (usize, usize) {
    column.real_values().fold((0, 0), |(all, some), (code, value, count)| {
        (all + count as usize, some + if holds(code, value) { count as usize } else { 0 })
    })
}

/// A column of numbers: values with a unit, a percent sign, another decimal mark. Whether it is one.
fn numbers(block: &Block, place: usize, found: &mut Found<'_>) -> bool {
    let column = &block.columns[place];
    let traits = column.traits();
    let is_number = |code: u32, value: &str| traits.number(code).is_some() || is_scientific(value);
    let (all, led) = share(column, |_, value| leads_with_number(value));
    if (led as f64) < 0.9 * all as f64 {
        return false;
    }
    let (_, plain) = share(column, is_number);
    let usual = plain as f64 / all.max(1) as f64;
    // Half of the column is written as plain numbers, and nearly all of it begins with one.
    if usual < 0.5 {
        return false;
    }
    // Where all others are whole numbers, `1.23457E+15` is what a spreadsheet made of a long one.
    let (_, broken) = share(column, |_, value| value.contains('.') && !is_scientific(value));
    let mangled = Reason::plain("a long number as a spreadsheet writes it: its last digits are lost");
    let tier = if usual >= 0.98 && all >= 200 { Tier::Certain } else { Tier::Likely };
    let per_cent = (usual * 100.0).floor();
    let unit = Reason::new(
        "a number with something behind it",
        format!("a number with something behind it, where {per_cent} % are plain numbers"),
    );
    let other = Reason::new("no number", format!("no number, where {per_cent} % are"));
    found.values(block, place, |code| {
        let value = &column.values[code as usize];
        if broken == 0 && is_scientific(value) && value.contains('.') && value.contains("E+") {
            return Some((Tier::Likely, Arc::clone(&mangled)));
        }
        if code == BLANK || is_number(code, value) || traits.null_word(code).is_some() {
            return None;
        }
        if leads_with_number(value) {
            // `136A` may be the number of a house or a family as well.
            let is_number_with_letter = value
                .trim()
                .strip_suffix(|c: char| c.is_alphabetic())
                .is_some_and(|number| plain_number(number).is_some());
            return Some((if is_number_with_letter { Tier::Likely } else { tier }, Arc::clone(&unit)));
        }
        (usual >= 0.9).then(|| (Tier::Likely, Arc::clone(&other)))
    });
    true
}

fn leads_with_number(value: &str) -> bool {
    value.trim().trim_start_matches(['-', '+', '$', '€', '£']).starts_with(|c: char| c.is_ascii_digit())
}

/// One way of writing rules the column: the others are named where they are few and differ in kind.
fn marks(block: &Block, place: usize, found: &mut Found<'_>) {
    let column = &block.columns[place];
    let traits = column.traits();
    let mut counts = vec![0_usize; traits.shape_texts.len()];
    let mut all = 0;
    for (code, _, count) in column.real_values() {
        counts[traits.shape(code)] += count as usize;
        all += count as usize;
    }
    let by_count = |at: &usize| (counts[*at], std::cmp::Reverse(&traits.shape_texts[*at]));
    let Some(usual) = (0..counts.len()).max_by_key(by_count) else { return };
    let share = counts[usual] as f64 / all as f64;
    let text = &traits.shape_texts[usual];
    let digits = text.contains('9');
    // Words vary by themselves; what has digits and marks is written by rule.
    let least = if digits && **text != *"9" { 0.6 } else { 0.97 };
    if share < least || all < ENOUGH {
        return;
    }
    let per_cent = (share * 100.0).floor();
    let reason = Reason::new("written another way", format!("written another way than {per_cent} % of the column"));
    found.values(block, place, |code| {
        let own = traits.shape(code);
        if code == BLANK || own == usual || traits.null_word(code).is_some() {
            return None;
        }
        let few = counts[own] as f64 <= 0.3 * all as f64;
        // What is repeated again and again in a column of few values is one of them.
        let count = column.counts[code as usize] as usize;
        let member = count >= 5 && count * 200 > all && column.filled() >= 5 * column.distinct() as usize;
        // Among words only what holds no letter at all is another kind of thing.
        let other_kind = digits || !traits.shape_texts[own].contains('a');
        (few && other_kind && !member).then(|| (Tier::Likely, Arc::clone(&reason)))
    });
}

/// Codes of fixed length: a digit too few (a lost zero) or too many.
fn lengths(block: &Block, place: usize, found: &mut Found<'_>) {
    let column = &block.columns[place];
    let traits = column.traits();
    let is_code: Vec<bool> =
        traits.shape_texts.iter().map(|shape| shape.contains('9') && !shape.contains('a')).collect();
    let codes = || column.filled_values().filter(|(code, ..)| is_code[traits.shape(*code)]);
    let (mut counts, mut text) = (HashMap::<Box<str>, usize>::new(), String::new());
    let mut all = 0;
    for (_, value, count) in codes().filter(|(_, value, _)| value.len() <= LONGEST_CODE) {
        write_digit_lengths(value, &mut text);
        match counts.get_mut(text.as_str()) {
            Some(known) => *known += count as usize,
            None => _ = counts.insert(text.as_str().into(), count as usize),
        }
        all += count as usize;
    }
    let Some((usual, top)) = counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0))) else { return };
    let share = top as f64 / column.filled() as f64;
    let digits: usize = usual.split(|c: char| !c.is_ascii_digit()).filter_map(|run| run.parse::<usize>().ok()).sum();
    // Counting numbers have every length; with four digits and more, one length of 97 % is a rule, unless
    // the numbers just fill it up (years, 1000 to 9999).
    if share < 0.97 || digits < 4 || all < 50 || (is_counter(column, &usual)) {
        return;
    }
    let per_cent = (share * 100.0).floor();
    let reason =
        Reason::new("another number of digits", format!("another number of digits than {per_cent} % of the column"));
    found.values(block, place, |code| {
        if code == BLANK || !is_code[traits.shape(code)] || traits.null_word(code).is_some() {
            return None;
        }
        let value = &column.values[code as usize];
        let is_other = value.len() > LONGEST_CODE || {
            let mut text = String::with_capacity(usual.len());
            write_digit_lengths(value, &mut text);
            *text != *usual
        };
        is_other.then(|| (Tier::Likely, Arc::clone(&reason)))
    });
}

/// Longer things are no codes.
const LONGEST_CODE: usize = 40;

/// Whether the column counts up: its numbers lie close together, beginning below the usual length.
fn is_counter(column: &Column, usual: &str) -> bool {
    let Ok(length) = usual.parse::<u32>() else { return false };
    let traits = column.traits();
    let numbers: Vec<f64> = column.filled_values().filter_map(|(code, ..)| traits.number(code)).collect();
    let least = numbers.iter().copied().fold(f64::MAX, f64::min);
    let most = numbers.iter().copied().fold(f64::MIN, f64::max);
    let dense = numbers.len() as f64 >= 0.2 * (most - least + 1.0);
    dense
        || (least < 10_f64.powi(length as i32 - 1)
            && numbers.len() as f64 >= 0.5 * column.filled() as f64
            && column.filled_values().all(|(_, value, _)| !value.trim().starts_with('0'))
            && most < 10_f64.powi(length as i32 - 1) * 2.0)
}

/// The same word in other case or with other blanks, where one spelling rules.
fn spellings(block: &Block, place: usize, found: &mut Found<'_>) {
    let column = &block.columns[place];
    if column.filled() < 2 * column.distinct() as usize {
        return;
    }
    let mut groups: HashMap<String, (usize, u32, u32)> = HashMap::new();
    let fold = |value: &str| value.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    for (code, value, count) in column.filled_values() {
        let group = groups.entry(fold(value)).or_default();
        group.0 += count as usize;
        if count > group.2 {
            (group.1, group.2) = (code, count);
        }
    }
    let traits = column.traits();
    let reason =
        Reason::new("other capitals or blanks", "the same word is written with other capitals or blanks in most rows");
    found.values(block, place, |code| {
        let value = &column.values[code as usize];
        if code == BLANK || traits.null_word(code).is_some() {
            return None;
        }
        let (all, usual, most) = groups.get(&fold(value))?;
        let rules = *usual != code && *most as usize * 10 >= *all * 8 && *most >= 5;
        rules.then(|| (Tier::Likely, Arc::clone(&reason)))
    });
}

/// Cells of whose kind there are no more are taken for slips: more are a way of writing.
const FEW: f64 = 0.05;

/// Blanks before or behind a value, which make it another one for every program that compares.
fn blanks_around(block: &Block, place: usize, found: &mut Found<'_>) {
    let column = &block.columns[place];
    let has_blanks = |value: &str| value.trim().len() < value.len();
    let (all, some) = share(column, |_, value| has_blanks(value));
    if some == 0 || some as f64 > FEW * all as f64 {
        return;
    }
    let reason = Reason::new("blanks around it", "blanks stand before or behind it, and nowhere else in the column");
    found.values(block, place, |code| {
        has_blanks(&column.values[code as usize]).then(|| (Tier::Likely, Arc::clone(&reason)))
    });
}

/// Capitals throughout in a column that is written in small letters: words of their own right are short.
fn capitals(block: &Block, place: usize, found: &mut Found<'_>) {
    const SHORT: usize = 8;
    let column = &block.columns[place];
    let traits = column.traits();
    let letters = |value: &str| value.chars().filter(|c| c.is_alphabetic()).count();
    let is_loud = |value: &str| !value.chars().any(char::is_lowercase) && value.chars().any(char::is_uppercase);
    let has_words = |code: u32| traits.shape_text(code).contains('a');
    let (mut all, mut loud) = (0_usize, 0_usize);
    for (_, value, count) in column.real_values().filter(|(code, ..)| has_words(*code)) {
        all += count as usize;
        loud += if is_loud(value) { count as usize } else { 0 };
    }
    if all < ENOUGH || all * 2 < column.filled() || loud == 0 || loud as f64 > FEW * all as f64 {
        return;
    }
    let reason = Reason::new(
        "capitals throughout",
        "capitals throughout, where nearly all of the column is written in small letters",
    );
    found.values(block, place, |code| {
        let value = &column.values[code as usize];
        if !has_words(code) || !is_loud(value) || traits.null_word(code).is_some() {
            return None;
        }
        let tier = if letters(value) >= SHORT { Tier::Likely } else { Tier::Hint };
        Some((tier, Arc::clone(&reason)))
    });
}
