//! Columns that say again what others say: an address in small letters, a domain, a year of birth, a telephone number with
//! its country, the whole name. They are made from the other columns, so that all agree is one piece of evidence.

use super::fields::Kind;
use super::intern::NONE;
use super::register::Rows;

/// Rows that are looked at, the fewest that say something, the share of them that must be made from the others, and the
/// share that may seem so by chance: beside the other columns of the next row.
const LOOKED_AT: usize = 2_000;
const LEAST: usize = 10;
const DERIVED: f64 = 0.95;
const CHANCE: f64 = 0.5;
/// What may be left over when what other columns say is taken out: the number of a country, a letter.
const MOST_LEFT: usize = 3;

/// The fields that are made from others: of two that say the same the later.
pub(super) fn fields(rows: &Rows, kinds: &[Kind]) -> Vec<usize> {
    let mut derived = Vec::new();
    for (at, kind) in kinds.iter().enumerate().filter(|(_, kind)| matches!(kind, Kind::Id | Kind::Other)) {
        let others: Vec<usize> = (0..kinds.len()).filter(|other| *other != at && !derived.contains(other)).collect();
        // An own number is only the same number again; a column of no kind may be a part of another, or made of several.
        let is_derived = match kind {
            Kind::Id => others.iter().any(|other| {
                kinds[*other] == Kind::Id && *other < at && is_made(rows, at, &[*other], |part, of| part == of[0])
            }),
            _ => {
                let whole = |other: &usize| kinds[*other] == Kind::Other && *other < at;
                let said: Vec<usize> =
                    others.iter().copied().filter(|other| kinds[*other] != Kind::Other || whole(other)).collect();
                let is_same = |other: &usize| is_made(rows, at, &[*other], |part, of| part == of[0]);
                let is_part = |other: &usize| is_made(rows, at, &[*other], |part, of| stands_in(part, &of[0]));
                others.iter().any(|other| if whole(other) { is_same(other) } else { is_part(other) })
                    || is_made(rows, at, &said, is_made_of)
            }
        };
        if is_derived {
            derived.push(at);
        }
    }
    derived
}

/// Whether the values of `one`, letters and digits alone, are `made` of those of `others` beside them, and not of those of
/// another row.
fn is_made(rows: &Rows, one: usize, others: &[usize], made: impl Fn(&[u8], &[Vec<u8>]) -> bool) -> bool {
    let bare = |row: &[u32], field: usize| -> Vec<u8> {
        if row[field] == NONE {
            return Vec::new();
        }
        let is_letter_or_digit = |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
        rows.texts[field].text(row[field]).iter().copied().filter(is_letter_or_digit).collect()
    };
    let texts = |row: usize| -> Vec<Vec<u8>> { others.iter().map(|other| bare(rows.row(row), *other)).collect() };
    let step = rows.len().div_ceil(LOOKED_AT).max(1);
    let (mut seen, mut inside, mut by_chance) = (0_usize, 0_usize, 0_usize);
    for row in (0..rows.len()).step_by(step) {
        let (part, beside) = (bare(rows.row(row), one), texts(row));
        if part.is_empty() || beside.iter().all(Vec::is_empty) {
            continue;
        }
        seen += 1;
        inside += usize::from(made(&part, &beside));
        by_chance += usize::from(made(&part, &texts((row + rows.len() / 2) % rows.len())));
    }
    seen >= LEAST && inside as f64 >= DERIVED * seen as f64 && by_chance as f64 <= CHANCE * seen as f64
}

fn stands_in(part: &[u8], text: &[u8]) -> bool {
    text.windows(part.len().max(1)).any(|window| window == part)
}

/// Whether nearly nothing is left of a text when what the others say is taken out.
fn is_made_of(text: &[u8], others: &[Vec<u8>]) -> bool {
    let mut others: Vec<&Vec<u8>> = others.iter().filter(|other| other.len() >= 2).collect();
    others.sort_by_key(|other| std::cmp::Reverse(other.len()));
    let mut left = text.to_vec();
    for other in others {
        if let Some(start) = left.windows(other.len()).position(|window| window == other.as_slice()) {
            left.drain(start..start + other.len());
        }
    }
    left.len() <= MOST_LEFT && left.len() * 3 <= text.len()
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
            ("born", column(&|row| format!("19{}-04-1{}", 40 + row * 7 % 50, row % 9))),
            ("year", column(&|row| format!("19{}", 40 + row * 7 % 50))),
            ("phone", column(&|row| format!("+49 30 {}", 100_000 + row * 7_919))),
            ("e164", column(&|row| format!("+4930{}", 100_000 + row * 7_919))),
            ("label", column(&|row| format!("Ann.{row}@example.org, 19{}-04-1{}", 40 + row * 7 % 50, row % 9))),
            ("club", column(&|row| format!("C{}", row % 3))),
        ])
        .expect("columns are equally long");
        let other = Kind::Other;
        let kinds = [Kind::Email, other, other, other, Kind::Birth, other, Kind::Phone, other, other, other];
        let names = ["email", "email_lower", "login", "town", "born", "year", "phone", "e164", "label", "club"];
        let named: Vec<Field> =
            names.iter().zip(kinds).map(|(column, kind)| Field { column: (*column).to_owned(), kind }).collect();
        let mut rows = Rows::new(kinds.len());
        rows.add(&named, &batch);
        assert_eq!(fields(&rows, &kinds), [1, 2, 5, 7, 8]);
    }
}
