//! Which of the columns that nobody named are numbers of persons: those whose value, where two rows share
//! it, comes with the same birth or the same given name. A customer number does, a household's does not.

use super::fields::Kind;
use super::intern::NONE;
use super::register::Rows;

/// Rows that share a number with more others are not told apart by it.
const MOST_ALIKE: u32 = 16;
/// Pairs that are looked at, and the fewest that say something.
const MOST_PAIRS: usize = 20_000;
const LEAST_PAIRS: usize = 8;
/// Shares of pairs that agree, and of filled rows that share their value with few and have a number in it.
const AGREE: f64 = 0.7;
const FEW_ALIKE: f64 = 0.9;

/// The kinds, with numbers of persons as [`Kind::Id`].
pub(super) fn with_ids(rows: &Rows, kinds: &[Kind], most: usize) -> Vec<Kind> {
    let mut kinds = kinds.to_vec();
    for at in 0..kinds.len() {
        let ids = kinds.iter().filter(|kind| **kind == Kind::Id).count();
        if kinds[at] == Kind::Other && ids < most && is_own(rows, &kinds, at) {
            kinds[at] = Kind::Id;
        }
    }
    kinds
}

fn is_own(rows: &Rows, kinds: &[Kind], at: usize) -> bool {
    let texts = &rows.texts[at];
    let counts = || texts.codes().map(|code| texts.count(code));
    let filled: u64 = counts().map(u64::from).sum();
    let few: u64 = counts().filter(|count| *count <= MOST_ALIKE).map(u64::from).sum();
    let is_number = |code: u32| {
        let text = texts.text(code);
        text.iter().any(u8::is_ascii_digit) && !text.contains(&b' ')
    };
    let numbers: u64 = texts.codes().filter(|code| is_number(*code)).map(|code| u64::from(texts.count(code))).sum();
    if (few.min(numbers) as f64) < FEW_ALIKE * filled as f64 {
        return false;
    }
    let place = |kind: Kind| kinds.iter().position(|known| *known == kind);
    let names = [place(Kind::First), place(Kind::Last)];
    let [birth, name] = [place(Kind::Birth), place(Kind::FullName)];
    // The last row with each value: most numbers stand there once or twice.
    let mut before: Vec<u32> = vec![u32::MAX; texts.len()];
    let (mut pairs, mut agree) = (0_usize, 0_usize);
    for (number, row) in (0..u32::try_from(rows.len()).unwrap_or(u32::MAX)).map(|at| (at, rows.row(at as usize))) {
        if row[at] == NONE || texts.count(row[at]) > MOST_ALIKE {
            continue;
        }
        let last = std::mem::replace(&mut before[row[at] as usize], number);
        if last == u32::MAX {
            continue;
        }
        let other = rows.row(last as usize);
        let both = |field: usize, across: usize| row[field] != NONE && other[across] != NONE;
        let same = |field: Option<usize>| field.filter(|at| both(*at, *at)).map(|at| row[at] == other[at]);
        // A given name in the place of the surname is still the same.
        let crossed = match names {
            [Some(first), Some(last)] if both(first, last) => {
                Some(rows.texts[first].text(row[first]) == rows.texts[last].text(other[last]))
            }
            _ => None,
        };
        let told: Vec<bool> = [same(birth), same(names[0]), same(name), crossed].into_iter().flatten().collect();
        if !told.is_empty() {
            pairs += 1;
            agree += usize::from(told.contains(&true));
        }
        if pairs == MOST_PAIRS {
            break;
        }
    }
    pairs >= LEAST_PAIRS && agree as f64 >= AGREE * pairs as f64
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::ArrayRef;
    use arrow_array::RecordBatch;
    use arrow_array::StringArray;

    use super::*;
    use crate::integrity::duplicates::fields::Field;

    #[test]
    fn a_number_that_brings_the_same_person_is_theirs_and_that_of_a_household_is_not() {
        let names = ["ann", "ben", "cara", "dan", "eva", "finn", "gus", "hana"];
        let column =
            |cell: &dyn Fn(usize) -> String| Arc::new(StringArray::from_iter_values((0..64).map(cell))) as ArrayRef;
        let batch = RecordBatch::try_from_iter([
            ("first", column(&|row| names[row / 2 % 8].to_owned())),
            ("customer", column(&|row| format!("c{}", row / 2))),
            ("household", column(&|row| format!("h{}", row % 2 + row / 4 * 2))),
        ])
        .expect("columns are equally long");
        let kinds = [Kind::First, Kind::Other, Kind::Other];
        let fields: Vec<Field> = ["first", "customer", "household"]
            .iter()
            .zip(kinds)
            .map(|(column, kind)| Field { column: (*column).to_owned(), kind })
            .collect();
        let mut rows = Rows::new(3);
        rows.add(&fields, &batch);
        assert_eq!(with_ids(&rows, &kinds, 2), [Kind::First, Kind::Id, Kind::Other]);
    }
}
