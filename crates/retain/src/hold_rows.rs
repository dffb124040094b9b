//! Rows of databases in which a person who is held is mentioned, in whatever column: scans judge columns, and a cell may
//! hold what its column does not. Rather one row too many is held than one too few.

use std::collections::BTreeSet;

use dataward_connect::amend::ColumnFacts;
use dataward_connect::amend::TableFacts;
use dataward_connect::amend::stored::has_no_blanks;
use dataward_connect::amend::stored::number_of;
use dataward_connect::amend::stored::spellings;
use dataward_connect::amend::stored::weight;
use dataward_model::SourceKind;
use percent_encoding::NON_ALPHANUMERIC;
use percent_encoding::utf8_percent_encode;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::dialect;
use crate::hold_name::PART;
use crate::hold_name::WITHIN;
use crate::hold_name::is_name;
use crate::hold_person::Person;

/// True of rows of `table`, called `alias`, that mention `person` in any column that holds texts (of a number also in
/// numbers). None of a value that is too short to tell anybody apart, and where no column could hold it.
pub(crate) fn mention(kind: SourceKind, alias: &str, table: &TableFacts, person: &Person) -> Option<String> {
    let value = person.value.trim();
    let is_name = is_name(&person.category);
    if weight(value) < if is_name { WITHIN / 2 } else { WITHIN } {
        return None;
    }
    let number = number_of(value).filter(|_| !is_name);
    let texts = all_of(kind, alias, table, number.is_some())?;
    let has = |patterns: &BTreeSet<String>| {
        let like = |pattern: &String| {
            let pattern = dialect::literal(kind, pattern);
            match kind {
                SourceKind::Mysql => format!("LOWER({texts}) LIKE LOWER({pattern}) ESCAPE '!'"),
                SourceKind::Postgresql => format!("lower({texts} COLLATE \"C\") LIKE {pattern} ESCAPE '!'"),
                _ => format!("lower({texts}) LIKE {pattern} ESCAPE '!'"),
            }
        };
        format!("({})", patterns.iter().map(like).collect::<Vec<_>>().join(" OR "))
    };
    let mut ways = Vec::new();
    if is_name {
        let words: Vec<&str> =
            value.split(|letter: char| !letter.is_alphanumeric() && !is_combining_mark(letter)).collect();
        let words = words.into_iter().filter(|word| !word.is_empty());
        let each = words.map(|word| {
            // Short words are part of many others.
            let around = if word.chars().count() < PART && !has_no_blanks(word) { "% " } else { "%" };
            let around_end: String = around.chars().rev().collect();
            has(&spellings(word)
                .iter()
                .flat_map(|word| ways_to_write(word))
                .map(|word| format!("{around}{word}{around_end}"))
                .collect())
        });
        ways.push(each.collect::<Vec<_>>().join(" AND "));
    } else {
        ways.push(has(&ways_to_write(value).into_iter().map(|value| format!("%{value}%")).collect()));
    }
    if let Some(number) = number {
        let pattern = dialect::literal(kind, &format!("%{number}%"));
        ways.push(match kind {
            SourceKind::Postgresql => {
                format!("regexp_replace(upper({texts} COLLATE \"C\"), '[^0-9A-Z]', '', 'g') LIKE {pattern}")
            }
            SourceKind::Mysql => format!("REGEXP_REPLACE(UPPER({texts}), '[^0-9A-Z]', '') LIKE {pattern}"),
            _ => format!("{} LIKE {pattern}", dialect::without_marks(kind, &texts)),
        });
    }
    let any = ways.iter().map(|way| format!("({way})")).collect::<Vec<_>>().join(" OR ");
    // What is too long for the server to put together may mention anybody.
    Some(if kind == SourceKind::Mysql { format!("COALESCE({any}, TRUE)") } else { format!("({any})") })
}

/// The texts of a row, one after the other with a blank between and around them; none where it has none.
fn all_of(kind: SourceKind, alias: &str, table: &TableFacts, with_numbers: bool) -> Option<String> {
    let texts: Vec<String> = table
        .columns
        .iter()
        .filter_map(|column| {
            text_of(kind, &format!("{alias}.{}", dialect::identifier(kind, &column.name)), column, with_numbers)
        })
        .collect();
    if texts.is_empty() {
        return None;
    }
    let together = |texts: &[String]| match kind {
        SourceKind::Postgresql | SourceKind::Mysql => format!("concat_ws(' ', '', {}, '')", texts.join(", ")),
        _ => format!("(' ' || {} || ' ')", texts.join(" || ' ' || ")),
    };
    // PostgreSQL takes a hundred arguments, SQLite expressions of a certain depth.
    let parts: Vec<String> = texts.chunks(COLUMNS_A_PART).map(together).collect();
    Some(if let [all] = &parts[..] { all.clone() } else { together(&parts) })
}

const COLUMNS_A_PART: usize = 50;

fn text_of(kind: SourceKind, column: &str, facts: &ColumnFacts, with_numbers: bool) -> Option<String> {
    let sql_type = facts.sql_type.to_ascii_lowercase();
    let is = |types: &[&str]| {
        types.iter().any(|known| {
            sql_type.strip_prefix(known).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
        })
    };
    let numbers = ["smallint", "integer", "bigint", "numeric", "decimal", "int", "mediumint", "tinyint"];
    let others = [
        "boolean",
        "real",
        "double",
        "float",
        "oid",
        "date",
        "datetime",
        "time",
        "timestamp",
        "timestamptz",
        "interval",
        "uuid",
        "inet",
        "cidr",
        "macaddr",
        "macaddr8",
        "money",
        "bit",
        "year",
        "point",
        "geometry",
        "polygon",
        "line",
    ];
    match kind {
        SourceKind::Postgresql | SourceKind::Mysql if sql_type.ends_with(']') => Some(dialect::text(kind, column)),
        SourceKind::Postgresql | SourceKind::Mysql if is(&numbers) && !with_numbers => None,
        SourceKind::Postgresql | SourceKind::Mysql if is(&others) => None,
        SourceKind::Postgresql if is(&["bytea"]) => Some(format!("encode({column}, 'escape')")),
        SourceKind::Mysql if sql_type.contains("blob") || sql_type.contains("binary") => {
            Some(format!("CONVERT(CONVERT({column} USING latin1) USING utf8mb4)"))
        }
        SourceKind::Postgresql | SourceKind::Mysql => Some(dialect::text(kind, column)),
        // Any column of SQLite holds any kind of value.
        _ => Some(format!("coalesce({}, '')", dialect::text(kind, column))),
    }
}

/// How a value may stand in a text: letters beyond ASCII in small and large ones, put together or apart or without their
/// marks, and as they stand in addresses and JSON. As patterns of LIKE, ASCII in small letters.
fn ways_to_write(value: &str) -> BTreeSet<String> {
    let bare: String = value.nfd().filter(|letter| !is_combining_mark(*letter)).collect();
    let upper = value.to_uppercase();
    let titled: String = value
        .split_inclusive(' ')
        .flat_map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .into_iter()
                .flat_map(char::to_uppercase)
                .chain(letters.flat_map(char::to_lowercase))
                .collect::<Vec<_>>()
        })
        .collect();
    let mut all: BTreeSet<String> = BTreeSet::new();
    for one in [value, &value.to_lowercase(), &upper, &titled, &bare] {
        for form in [one.nfc().collect::<String>(), one.nfd().collect()] {
            all.insert(utf8_percent_encode(&form, NON_ALPHANUMERIC).to_string());
            if !form.is_ascii() {
                let escaped = form.encode_utf16().map(|unit| match char::from_u32(unit.into()) {
                    Some(letter) if letter.is_ascii() => letter.to_string(),
                    _ => format!("\\u{unit:04x}"),
                });
                all.insert(escaped.collect());
            }
            for at in ["%40", "\\u0040", "&#64;"].into_iter().filter(|_| form.contains('@')) {
                all.insert(form.replace('@', at));
            }
            all.insert(form);
        }
    }
    let pattern = |text: &String| {
        let mut pattern = String::new();
        for letter in text.chars() {
            if matches!(letter, '!' | '%' | '_') {
                pattern.push('!');
            }
            pattern.push(letter.to_ascii_lowercase());
        }
        pattern
    };
    // SQLite takes no longer ones.
    all.iter().map(pattern).filter(|pattern| pattern.len() < 49_000).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_looked_for_in_the_ways_in_which_it_is_written() {
        let ways = ways_to_write("Müller@posteo.de");
        for way in [
            "müller@posteo.de",
            "mÜller@posteo.de",
            "mu\u{308}ller@posteo.de",
            "muller@posteo.de",
            "müller!%40posteo.de",
            "m!%c3!%bcller!%40posteo!%2ede",
            "m\\u00fcller@posteo.de",
        ] {
            assert!(ways.contains(way), "{way}: {ways:?}");
        }
        assert_eq!(ways_to_write("anna").len(), 1);
    }
}
