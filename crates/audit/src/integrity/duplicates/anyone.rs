//! Values that stand for nobody in particular: the shop's own account where none was given, a card for tests, the
//! 1st of January 1900. They are shared by people of many names, and say nothing of who somebody is: they are
//! taken for nothing, so that they neither join rows nor tell them apart.

use std::collections::HashMap;

use super::fields::Kind;
use super::intern::NONE;
use super::register::Rows;

/// Rows up to which a person's own value may stand in a table by rights.
const MOST_OF_ONE: u32 = 16;
/// In small tables, the fewest rows and their share from which on it is looked at whose a value is.
const FEWEST: u32 = 4;
const SHARE: u32 = 10;
/// So many times as often as the values of its column stand there on average.
const TIMES: u64 = 8;

/// Takes such values out of the columns that tell persons apart.
pub(super) fn forget(rows: &mut Rows, kinds: &[Kind]) {
    let name = [Kind::First, Kind::FullName, Kind::Last]
        .into_iter()
        .find_map(|kind| kinds.iter().position(|known| *known == kind));
    let Some(name) = name else { return };
    for (field, kind) in kinds.iter().enumerate() {
        if matches!(kind, Kind::Birth | Kind::Email | Kind::Id | Kind::Phone) {
            let codes = of_many(rows, field, name);
            rows.forget(field, &codes);
        }
    }
}

/// Values that far more rows share than share one of their column, and most of these rows are not of one name.
fn of_many(rows: &Rows, field: usize, name: usize) -> Vec<u32> {
    let texts = &rows.texts[field];
    let filled: u64 = texts.codes().map(|code| u64::from(texts.count(code))).sum();
    let number = texts.codes().count().max(1) as u64;
    let is_frequent = |count: u32| {
        (count > MOST_OF_ONE || (count >= FEWEST && u64::from(count * SHARE) > rows.len() as u64))
            && u64::from(count) * number > TIMES * filled
    };
    let mut names: HashMap<u32, HashMap<u32, u32>> = HashMap::new();
    // Where nearly all rows share one value, the average is that of the value itself.
    let is_nearly_all = |count: u32| u64::from(count) * 2 > filled && count > MOST_OF_ONE;
    for code in texts.codes().filter(|code| is_frequent(texts.count(*code)) || is_nearly_all(texts.count(*code))) {
        names.insert(code, HashMap::new());
    }
    if names.is_empty() {
        return Vec::new();
    }
    for row in (0..rows.len()).map(|row| rows.row(row)) {
        if let Some(names) = names.get_mut(&row[field])
            && row[name] != NONE
        {
            *names.entry(row[name]).or_default() += 1;
        }
    }
    let is_of_many = |names: &HashMap<u32, u32>| {
        let (all, most): (u32, u32) = (names.values().sum(), names.values().copied().max().unwrap_or(0));
        most * 2 < all
    };
    names.into_iter().filter(|(_, names)| is_of_many(names)).map(|(code, _)| code).collect()
}
