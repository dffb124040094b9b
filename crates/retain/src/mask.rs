//! Made-up values that take the place of real ones: they look like what they replace, are drawn at random
//! and not worked out from it (so there is no way back), are unlike each other where the category is one
//! that keys are made of, and can be told from real ones, so that the next run leaves them alone.

use dataward_connect::amend::Check;
use dataward_connect::amend::ColumnFacts;
use dataward_model::SourceKind;
use dataward_model::made_up::ADDRESS;
use dataward_model::made_up::DAY;
use dataward_model::made_up::DAY_SINCE_1970;
use dataward_model::made_up::DOCUMENT;
use dataward_model::made_up::DOMAIN;
use dataward_model::made_up::MARK;
use dataward_model::made_up::NOTHING;
use dataward_model::made_up::PHONE;
use dataward_model::made_up::TAG;
use dataward_model::made_up::UUID;
use rand::Rng;
use rand::seq::IndexedRandom;

use crate::dialect;
use crate::plan::Mask;
use crate::plan::Replacement;

/// What of a column's type matters here. Where nothing can be made up for a type, a column of it is emptied, or stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Text,
    Date,
    Time,
    Number,
    Truth,
    Uuid,
    Address,
    Document,
    /// An array of PostgreSQL: an empty one.
    List,
    Other,
}

impl Type {
    /// By the type as the engine writes it, without its size. SQLite keeps anything in any column.
    fn of(kind: SourceKind, sql_type: &str) -> Self {
        let lower = sql_type.to_ascii_lowercase();
        let base = lower.split('(').next().unwrap_or_default().trim();
        let base = base.trim_end_matches(" unsigned").trim_end_matches(" zerofill");
        match base {
            _ if lower.ends_with("[]") => Self::List,
            "bpchar" | "char" | "character" | "character varying" | "citext" | "clob" | "longtext" | "mediumtext"
            | "name" | "nchar" | "nvarchar" | "text" | "tinytext" | "varchar" => Self::Text,
            "date" | "datetime" => Self::Date,
            _ if base == "time" || base.starts_with("time ") => Self::Time,
            _ if base.starts_with("timestamp") => Self::Date,
            "bigint" | "dec" | "decimal" | "double" | "double precision" | "float" | "float4" | "float8" | "int"
            | "int2" | "int4" | "int8" | "integer" | "mediumint" | "money" | "numeric" | "real" | "smallint"
            | "tinyint" => Self::Number,
            "bool" | "boolean" => Self::Truth,
            "uuid" => Self::Uuid,
            "inet" | "inet4" | "inet6" | "cidr" => Self::Address,
            "json" | "jsonb" => Self::Document,
            // What is made up is a text, and a table that is STRICT takes none there.
            _ if kind == SourceKind::Sqlite && lower.contains("blob") => Self::Other,
            _ if kind == SourceKind::Sqlite && lower.contains("date") => Self::Date,
            _ if kind == SourceKind::Sqlite && lower.contains("int") => Self::Number,
            _ if kind == SourceKind::Sqlite => Self::Text,
            _ => Self::Other,
        }
    }
}

/// Whether something can be made up that `column` takes; where no two rows may have the same, of which there is enough.
pub fn can_make_up(kind: SourceKind, column: &ColumnFacts, is_unique: bool) -> bool {
    match Type::of(kind, &column.sql_type) {
        Type::Text => !is_unique || column.max_chars.is_none_or(|most| most as usize >= MARK.len() + TAG),
        Type::Uuid => true,
        Type::Address | Type::Date | Type::Document | Type::List | Type::Number | Type::Time | Type::Truth => {
            !is_unique
        }
        Type::Other => false,
    }
}

/// New values for `rows` rows of an engine, one list a column.
pub fn values(
    kind: SourceKind,
    columns: &[Replacement],
    rows: usize,
    random: &mut impl Rng,
) -> Vec<Vec<Option<String>>> {
    columns
        .iter()
        .map(|replacement| match &replacement.with {
            Mask::Null => vec![None; rows],
            Mask::MadeUp { check: Some(Check::OneOf(listed)), .. } => vec![listed.first().cloned(); rows],
            Mask::MadeUp { category, max_chars, sql_type, check } => {
                let value = |_| match (made_up(kind, category, sql_type, *max_chars, random), check) {
                    (value, Some(Check::Length(length))) => Some(as_long(value, *length)),
                    (value, _) => Some(value),
                };
                (0..rows).map(value).collect()
            }
        })
        .collect()
}

/// SQL that is true of a made-up value in `column`, which is of that type.
pub(crate) fn is_made_up(kind: SourceKind, column: &str, sql_type: &str, check: Option<&Check>) -> String {
    let text = match kind {
        SourceKind::Postgresql => format!("{column}::text"),
        SourceKind::Mysql => format!("CAST({column} AS CHAR)"),
        _ => format!("CAST({column} AS TEXT)"),
    };
    let like = |pattern: String| format!("{text} LIKE {}", dialect::literal(kind, &pattern));
    let same = |value: &str| format!("{text} = {}", dialect::literal(kind, value));
    match check {
        Some(Check::OneOf(listed)) => return listed.first().map_or_else(|| "1 = 0".to_owned(), |first| same(first)),
        Some(Check::Length(length)) if *length as usize <= MARK.len() => {
            return same(&NOTHING.repeat(*length as usize));
        }
        _ => {}
    }
    let found = match Type::of(kind, sql_type) {
        Type::Address => vec![like(format!("{ADDRESS}%")), same(ADDRESS_6)],
        Type::Date => vec![like(format!("{DAY}%")), like(format!("{DAY_SINCE_1970}%"))],
        Type::Document | Type::List => vec![same(DOCUMENT)],
        // SQLite compares a number in a column of text as text.
        Type::Number if kind == SourceKind::Sqlite => vec![same("0"), same("0.0")],
        Type::Number if sql_type == "money" => vec![format!("{column} = 0::money")],
        Type::Number => vec![format!("{column} = 0")],
        Type::Time => vec![like(format!("{MIDNIGHT}%"))],
        Type::Truth if kind == SourceKind::Postgresql => vec![format!("NOT {column}")],
        Type::Truth => vec![same("0")],
        Type::Uuid => vec![like(format!("{UUID}%"))],
        Type::Text | Type::Other => {
            let mark = |mark: &str, before: &str| like(format!("{before}{mark}%"));
            let days = [same(DAY), like(format!("{DAY} 00:00:00%"))];
            let marks =
                [like(format!("%{DOMAIN}")), mark(NAME_MARK, "%"), mark(MARK, ""), mark(PHONE, ""), same(NOTHING)];
            marks.into_iter().chain(days).collect()
        }
    };
    found.join(" OR ")
}

/// [`ADDRESS`] in a column for IPv6 alone (MariaDB).
const ADDRESS_6: &str = "::";
const MIDNIGHT: &str = "00:00:00";
/// [`MARK`] as it stands in names.
const NAME_MARK: &str = "Anon-";

const FIRST: &[&str] =
    &["Alex", "Ariel", "Charlie", "Dominique", "Elia", "Jamie", "Kim", "Luca", "Mika", "Noa", "Robin", "Sasha"];
const STREETS: &[&str] = &["Harbour", "Hill", "Lake", "Market", "Mill", "Orchard", "River", "Station"];

/// Ten letters and digits: 50 bits, so that two of a billion values differ all but surely.
fn tag(random: &mut impl Rng) -> String {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz023456789";
    const DIGITS: &[u8] = b"23456789";
    let letters = (1..TAG).map(|_| char::from(*LETTERS.choose(random).expect("there are letters")));
    let letters: String = letters.collect();
    // A digit first: no word of a language begins so, even where the rest is cut off.
    format!("{}{letters}", char::from(*DIGITS.choose(random).expect("there are digits")))
}

fn made_up(kind: SourceKind, category: &str, sql_type: &str, max_chars: Option<u32>, random: &mut impl Rng) -> String {
    match Type::of(kind, sql_type) {
        Type::Address if kind == SourceKind::Mysql && sql_type == "inet6" => return ADDRESS_6.to_owned(),
        Type::Address => return ADDRESS.to_owned(),
        Type::Date if kind == SourceKind::Mysql && sql_type.starts_with("timestamp") => {
            return DAY_SINCE_1970.to_owned();
        }
        Type::Date => return DAY.to_owned(),
        // An empty array is written like an empty document.
        Type::Document | Type::List => return DOCUMENT.to_owned(),
        Type::Number | Type::Truth => return "0".to_owned(),
        Type::Time => return MIDNIGHT.to_owned(),
        Type::Uuid => return format!("{UUID}{:012x}", random.random::<u64>() >> 16),
        Type::Text | Type::Other => {}
    }
    let first = FIRST.choose(random).expect("there are names");
    let tag = tag(random);
    let value = match category {
        "user.contact.email" => format!("{}.{tag}{DOMAIN}", first.to_lowercase()),
        "user.contact.phone_number" => format!("{PHONE}{:09}", random.random_range(0..1_000_000_000)),
        "user.contact.address.street" => {
            let street = STREETS.choose(random).expect("there are streets");
            format!("{} {street} Street {NAME_MARK}{tag}", random.random_range(1..200))
        }
        // Whoever reads a text as a day must still be able to.
        "user.demographic.date_of_birth" if max_chars.is_none_or(|most| most as usize >= DAY.len()) => {
            return DAY.to_owned();
        }
        category if category.starts_with("user.name") => format!("{first} {NAME_MARK}{tag}"),
        _ => format!("{MARK}{tag}"),
    };
    fit(value, &tag, max_chars)
}

/// Filled up in front to so many characters, as far as it is told from real ones by its end.
fn as_long(value: String, length: u32) -> String {
    let length = length as usize;
    let missing = length.saturating_sub(value.chars().count());
    match missing {
        0 => value,
        _ if value == NOTHING => NOTHING.repeat(length),
        _ if value.starts_with(PHONE) => value + &"0".repeat(missing),
        _ => NOTHING.repeat(missing) + &value.replace(MARK, NAME_MARK),
    }
}

/// Cut so that what tells it from real ones stays: phones at the end, others at the front, down to the mark and as much
/// of the tag as there is room for.
fn fit(value: String, tag: &str, max_chars: Option<u32>) -> String {
    let most = max_chars.map_or(usize::MAX, |most| most as usize);
    let end = if value.ends_with(DOMAIN) { TAG + DOMAIN.len() } else { MARK.len() + TAG };
    match value.len() {
        length if length <= most => value,
        _ if most <= MARK.len() => NOTHING.to_owned(),
        _ if value.starts_with(PHONE) => value[..most].to_owned(),
        length if most >= end => value[length - most..].to_owned(),
        _ => format!("{MARK}{}", &tag[..(most - MARK.len()).min(TAG)]),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand::SeedableRng;
    use rand_chacha::ChaCha12Rng;

    use super::*;

    fn of(category: &str, max_chars: Option<u32>) -> Vec<String> {
        typed(SourceKind::Postgresql, category, "text", max_chars)
    }

    fn typed(kind: SourceKind, category: &str, sql_type: &str, max_chars: Option<u32>) -> Vec<String> {
        let with =
            Mask::MadeUp { category: category.to_owned(), max_chars, sql_type: sql_type.to_owned(), check: None };
        let columns = [Replacement { column: "c".to_owned(), with }];
        let mut random = ChaCha12Rng::seed_from_u64(7);
        values(kind, &columns, 2_000, &mut random).remove(0).into_iter().map(Option::unwrap).collect()
    }

    #[test]
    fn made_up_addresses_are_unlike_each_other_and_nobody_s() {
        let made = of("user.contact.email", Some(40));
        assert_eq!(made.iter().collect::<HashSet<_>>().len(), made.len());
        assert!(made.iter().all(|value| value.ends_with("@anonymous.invalid") && value.len() <= 40), "{}", made[0]);
    }

    #[test]
    fn whatever_is_made_up_fits_and_is_known_again() {
        let categories =
            ["user.contact.email", "user.contact.phone_number", "user.name", "user.contact.address.street", "user"];
        for category in categories {
            for most in (1..60).map(Some).chain([None]) {
                for value in of(category, most).iter().take(50) {
                    assert!(most.is_none_or(|most| value.len() <= most as usize), "{category} {most:?} {value}");
                    assert!(dataward_model::made_up::is_made_up(value), "{category} {most:?} {value}");
                }
            }
        }
        for sql_type in ["inet", "date", "timestamp with time zone", "datetime(3)", "jsonb", "uuid"] {
            let made = typed(SourceKind::Postgresql, "user", sql_type, None);
            assert!(dataward_model::made_up::is_made_up(&made[0]), "{sql_type} {}", made[0]);
        }
    }

    #[test]
    fn what_is_made_up_is_as_check_rules_demand() {
        let one = |category: &str, check: Check, most: Option<u32>| {
            let (category, sql_type) = (category.to_owned(), "text".to_owned());
            let with = Mask::MadeUp { category, max_chars: most, sql_type, check: Some(check) };
            let columns = [Replacement { column: "c".to_owned(), with }];
            let mut random = ChaCha12Rng::seed_from_u64(7);
            values(SourceKind::Sqlite, &columns, 1, &mut random).remove(0).remove(0).unwrap()
        };
        for length in 1..60 {
            for category in ["user", "user.name", "user.contact.email", "user.contact.phone_number"] {
                let made = one(category, Check::Length(length), Some(length));
                assert_eq!(made.len(), length as usize, "{category}: {made}");
            }
        }
        assert_eq!(one("user", Check::OneOf(vec!["f".to_owned(), "m".to_owned()]), None), "f");
        assert_eq!(one("user.demographic.date_of_birth", Check::Other, None), DAY);
    }

    #[test]
    fn what_no_value_can_be_made_up_for_is_known_before() {
        let can = |kind, sql_type: &str, is_unique| {
            let column = ColumnFacts {
                name: "c".to_owned(),
                sql_type: sql_type.to_owned(),
                nullable: false,
                generated: false,
                max_chars: None,
                check: None,
            };
            can_make_up(kind, &column, is_unique)
        };
        for sql_type in ["point", "interval", "int4range", "mood", "tsvector", "bit(3)", "bytea"] {
            assert!(!can(SourceKind::Postgresql, sql_type, false), "{sql_type}");
        }
        assert!(!can(SourceKind::Mysql, "enum('a','b')", false) && !can(SourceKind::Mysql, "year(4)", false));
        assert!(can(SourceKind::Mysql, "int(10) unsigned", false) && !can(SourceKind::Mysql, "int(11)", true));
        assert!(can(SourceKind::Postgresql, "text[]", false) && !can(SourceKind::Postgresql, "text[]", true));
        assert!(!can(SourceKind::Sqlite, "BLOB", false));
        assert!(can(SourceKind::Postgresql, "character varying(80)", true));
        assert!(can(SourceKind::Sqlite, "", false) && can(SourceKind::Sqlite, "VARYING CHARACTER(9)", true));
    }
}
