//! Made-up values that take the place of real ones: they look like what they replace, are drawn at random
//! and not worked out from it (so there is no way back), are unlike each other where the category is one
//! that keys are made of, and can be told from real ones, so that the next run leaves them alone.

use dataward_model::SourceKind;
use rand::Rng;
use rand::seq::IndexedRandom;

use crate::dialect;
use crate::plan::Mask;
use crate::plan::Replacement;

/// New values for `rows` rows, one list a column.
pub fn values(columns: &[Replacement], rows: usize, random: &mut impl Rng) -> Vec<Vec<Option<String>>> {
    columns
        .iter()
        .map(|replacement| match &replacement.with {
            Mask::Null => vec![None; rows],
            Mask::MadeUp { category, max_chars, sql_type } => {
                (0..rows).map(|_| Some(fit(made_up(category, sql_type, random), *max_chars))).collect()
            }
        })
        .collect()
}

/// SQL that is true of a made-up value in `column`.
pub(crate) fn is_made_up(kind: SourceKind, column: &str) -> String {
    let text = match kind {
        SourceKind::Postgresql => format!("{column}::text"),
        SourceKind::Mysql => format!("CAST({column} AS CHAR)"),
        _ => format!("CAST({column} AS TEXT)"),
    };
    let like = |pattern: &str| format!("{text} LIKE {}", dialect::literal(kind, pattern));
    let same = |value: &str| format!("{text} = {}", dialect::literal(kind, value));
    [like("%@anonymous.invalid"), like("%Anon-%"), like("+999%"), same(DATE), same("0"), like("anon-%")].join(" OR ")
}

const DATE: &str = "1900-01-01";

const FIRST: &[&str] =
    &["Alex", "Ariel", "Charlie", "Dominique", "Elia", "Jamie", "Kim", "Luca", "Mika", "Noa", "Robin", "Sasha"];
const STREETS: &[&str] = &["Harbour", "Hill", "Lake", "Market", "Mill", "Orchard", "River", "Station"];

/// Ten letters and digits: 50 bits, so that two of a billion values differ all but surely.
fn tag(random: &mut impl Rng) -> String {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz023456789";
    (0..10).map(|_| char::from(*LETTERS.choose(random).expect("there are letters"))).collect()
}

fn made_up(category: &str, sql_type: &str, random: &mut impl Rng) -> String {
    let lower = sql_type.to_ascii_lowercase();
    if ["date", "time"].iter().any(|word| lower.contains(word)) {
        return DATE.to_owned();
    }
    let is_number =
        ["int", "numeric", "decimal", "real", "double", "float", "money"].iter().any(|word| lower.contains(word));
    if is_number || lower.contains("bool") {
        return "0".to_owned();
    }
    if lower.contains("uuid") {
        return format!("00000000-0000-4000-8000-{:012x}", random.random::<u64>() >> 16);
    }
    let first = FIRST.choose(random).expect("there are names");
    let tag = tag(random);
    match category {
        "user.contact.email" => format!("{}.{tag}@anonymous.invalid", first.to_lowercase()),
        "user.contact.phone_number" => format!("+999 {:09}", random.random_range(0..1_000_000_000)),
        "user.name.first" => format!("{first} Anon-{tag}"),
        "user.contact.address.street" => {
            let street = STREETS.choose(random).expect("there are streets");
            format!("{} {street} Street Anon-{tag}", random.random_range(1..200))
        }
        category if category.starts_with("user.name") => format!("{first} Anon-{tag}"),
        _ => format!("anon-{tag}"),
    }
}

/// Cut at the front, where nothing tells it from others: the mark and the tag stay.
fn fit(value: String, max_chars: Option<u32>) -> String {
    let length = value.chars().count();
    match max_chars {
        Some(most) if length > most as usize => value.chars().skip(length - most as usize).collect(),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand::SeedableRng;
    use rand_chacha::ChaCha12Rng;

    use super::*;

    fn of(category: &str, max_chars: Option<u32>) -> Vec<String> {
        let with = Mask::MadeUp { category: category.to_owned(), max_chars, sql_type: "text".to_owned() };
        let columns = [Replacement { column: "c".to_owned(), with }];
        let mut random = ChaCha12Rng::seed_from_u64(7);
        values(&columns, 20_000, &mut random).remove(0).into_iter().map(Option::unwrap).collect()
    }

    #[test]
    fn made_up_addresses_are_unlike_each_other_and_nobody_s() {
        let made = of("user.contact.email", Some(40));
        assert_eq!(made.iter().collect::<HashSet<_>>().len(), made.len());
        assert!(made.iter().all(|value| value.ends_with("@anonymous.invalid") && value.len() <= 40), "{}", made[0]);
    }

    #[test]
    fn a_short_column_keeps_the_mark() {
        assert!(of("user.name", Some(16)).iter().all(|value| value.contains("Anon-") && value.len() <= 16));
    }
}
