//! Columns that say again what another one says: an address in small letters, a domain, initials. They are made from
//! the other column, so that both agree is one piece of evidence.

use std::collections::BTreeSet;

use super::fields::Kind;
use super::intern::NONE;
use super::register::Rows;

/// Rows that are looked at, the fewest that say something, and the share in which the one must stand in the other.
const LOOKED_AT: usize = 2_000;
const LEAST: usize = 10;
const DERIVED: f64 = 0.95;

/// The fields that are made from another one: of two that say the same the later.
pub(super) fn fields(rows: &Rows, kinds: &[Kind]) -> Vec<usize> {
    let mut derived = Vec::new();
    for (at, kind) in kinds.iter().enumerate().filter(|(_, kind)| matches!(kind, Kind::Id | Kind::Other)) {
        let mut others = (0..kinds.len()).filter(|other| *other != at && !derived.contains(other));
        // An own number is only the same number again; a column of no kind may be a part of another.
        let is_made_from = |other: usize| match (*kind, kinds[other]) {
            (Kind::Id, Kind::Id) => other < at && stands_in(rows, at, other, true),
            (Kind::Id, _) => false,
            (_, Kind::Other) => stands_in(rows, at, other, other < at),
            (_, _) => stands_in(rows, at, other, false),
        };
        if others.any(is_made_from) {
            derived.push(at);
        }
    }
    derived
}

/// Whether the values of `one`, letters and digits alone, stand in those of `other` beside them; `whole`: are the same.
fn stands_in(rows: &Rows, one: usize, other: usize, whole: bool) -> bool {
    let is_letter_or_digit = |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
    let bare = |field: usize, code: u32| -> Vec<u8> {
        rows.texts[field].text(code).iter().copied().filter(is_letter_or_digit).collect()
    };
    let step = rows.len().div_ceil(LOOKED_AT).max(1);
    let (mut seen, mut inside) = (0_usize, 0_usize);
    let mut values = BTreeSet::new();
    for row in (0..rows.len()).step_by(step).map(|row| rows.row(row)) {
        if row[one] == NONE || row[other] == NONE {
            continue;
        }
        let (part, text) = (bare(one, row[one]), bare(other, row[other]));
        seen += 1;
        values.insert(row[one]);
        let is_in = !part.is_empty()
            && if whole { part == text } else { text.windows(part.len().max(1)).any(|window| window == part) };
        inside += usize::from(is_in);
    }
    // A column of few values may stand in another by chance.
    seen >= LEAST && values.len() * 10 >= seen && inside as f64 >= DERIVED * seen as f64
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
    fn what_is_made_from_another_column_is_told_and_what_stands_beside_it_is_not() {
        let column =
            |cell: &dyn Fn(usize) -> String| Arc::new(StringArray::from_iter_values((0..64).map(cell))) as ArrayRef;
        let batch = RecordBatch::try_from_iter([
            ("email", column(&|row| format!("Ann.{row}@Example.org"))),
            ("email_lower", column(&|row| format!("ann.{row}@example.org"))),
            ("login", column(&|row| format!("ann.{row}"))),
            ("town", column(&|row| format!("Town {}", row % 7))),
        ])
        .expect("columns are equally long");
        let kinds = [Kind::Email, Kind::Other, Kind::Other, Kind::Other];
        let named: Vec<Field> = ["email", "email_lower", "login", "town"]
            .iter()
            .zip(kinds)
            .map(|(column, kind)| Field { column: (*column).to_owned(), kind })
            .collect();
        let mut rows = Rows::new(4);
        rows.add(&named, &batch);
        assert_eq!(fields(&rows, &kinds), [1, 2]);
    }
}
