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
use encoding_rs::WINDOWS_1252;
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
/// numbers and dates). None of a value that is too short to tell anybody apart, and where no column could hold it.
pub(crate) fn mention(kind: SourceKind, alias: &str, table: &TableFacts, person: &Person) -> Option<String> {
    let value = person.value.trim();
    let is_name = is_name(&person.category);
    if weight(value) < if is_name { WITHIN / 2 } else { WITHIN } {
        return None;
    }
    let number = number_of(value).filter(|_| !is_name);
    let texts = all_of(kind, alias, table, number.is_some())?;
    // SQLite has the texts of a row under a name: statements end at a million bytes.
    let row = Row {
        kind,
        has_bytes: table.columns.iter().any(|column| is_of_bytes(kind, column)),
        texts: if kind == SourceKind::Sqlite { "row_texts.texts" } else { &texts },
    };
    let mut ways = Vec::new();
    if is_name {
        let words = value.split(|letter: char| !letter.is_alphanumeric() && !is_combining_mark(letter));
        let each = words.filter(|word| !word.is_empty()).map(|word| {
            // Short words are part of many others.
            let apart = word.chars().count() < PART && !has_no_blanks(word);
            row.has_any(&spellings(word).iter().flat_map(|word| ways_to_write(word)).collect(), apart)
        });
        ways.push(each.collect::<Vec<_>>().join(" AND "));
    } else {
        ways.push(row.has_any(&ways_to_write(value), false));
    }
    ways.extend(number.map(|number| dialect::has_number(kind, row.texts, &number)));
    let any = ways.iter().map(|way| format!("({way})")).collect::<Vec<_>>().join(" OR ");
    Some(match kind {
        // What is too long for the server to put together may mention anybody.
        SourceKind::Mysql => format!("COALESCE({any}, TRUE)"),
        SourceKind::Sqlite => format!("EXISTS (SELECT 1 FROM (SELECT {texts} AS texts) AS row_texts WHERE {any})"),
        _ => format!("({any})"),
    })
}

/// The texts of a row, in which something is looked for.
struct Row<'a> {
    kind: SourceKind,
    /// Some of its columns hold bytes, which need not be UTF-8.
    has_bytes: bool,
    texts: &'a str,
}

impl Row<'_> {
    /// True where one of `needles` stands, which are in small letters as far as they are ASCII; with `apart` between
    /// blanks or other marks.
    fn has_any(&self, needles: &BTreeSet<String>, apart: bool) -> String {
        let texts = match apart {
            true => &dialect::marks_as_blanks(self.kind, self.texts),
            false => self.texts,
        };
        let forms: BTreeSet<String> = needles.iter().flat_map(|needle| self.forms(needle)).collect();
        let each = forms.iter().map(|form| match apart {
            true => self.has(texts, &format!(" {} ", form.replace(dialect::MARKS, " "))),
            false => self.has(texts, form),
        });
        format!("({})", each.collect::<Vec<_>>().join(" OR "))
    }

    /// The ways in which a needle stands in what [`all_of`] puts together: as a text, and as the bytes of one.
    fn forms(&self, needle: &str) -> Vec<String> {
        let mut forms = vec![needle.to_owned()];
        match self.kind {
            SourceKind::Postgresql if self.has_bytes => {
                let doubled = needle.replace('\\', "\\\\");
                forms.extend(in_escapes(&doubled));
                if needle.is_ascii() && !needle.contains('\\') {
                    forms.push(letters_apart(needle, "\\000"));
                }
                forms.push(doubled);
            }
            SourceKind::Postgresql => {}
            _ if needle.is_ascii() && self.has_bytes => forms.push(letters_apart(needle, "\0")),
            // Bytes of UTF-8, and texts that were taken for such of Latin 1.
            SourceKind::Mysql if !needle.is_ascii() => {
                forms.push(WINDOWS_1252.decode_without_bom_handling(needle.as_bytes()).0.into_owned());
            }
            _ => {}
        }
        forms
    }

    fn has(&self, texts: &str, form: &str) -> String {
        let pattern = || dialect::literal(self.kind, &within(form));
        match self.kind {
            SourceKind::Postgresql => format!("lower({texts} COLLATE \"C\") LIKE {} ESCAPE '!'", pattern()),
            SourceKind::Mysql => format!("LOWER({texts}) LIKE LOWER({}) ESCAPE '!'", pattern()),
            // LIKE ends at the first NUL, and any column of SQLite may hold one.
            _ => format!("instr(CAST(lower({texts}) AS BLOB), X'{}') > 0", hex::encode_upper(form)),
        }
    }
}

/// A pattern of LIKE for texts with `needle` in them.
fn within(needle: &str) -> String {
    let mut pattern = "%".to_owned();
    for letter in needle.chars() {
        if matches!(letter, '!' | '%' | '_') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern + "%"
}

/// UTF-16 of ASCII is its letters with a NUL between them.
fn letters_apart(needle: &str, between: &str) -> String {
    needle.chars().map(String::from).collect::<Vec<_>>().join(between)
}

/// Bytes of UTF-8 and of Latin 1 as `encode(…, 'escape')` of PostgreSQL writes them.
fn in_escapes(needle: &str) -> Vec<String> {
    let escaped = |byte: u8| if byte.is_ascii() { char::from(byte).to_string() } else { format!("\\{byte:03o}") };
    let latin: Option<Vec<u8>> = needle.chars().map(|letter| u8::try_from(u32::from(letter)).ok()).collect();
    let forms = [Some(needle.as_bytes().to_vec()), latin];
    forms.into_iter().flatten().map(|bytes| bytes.into_iter().map(escaped).collect()).collect()
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
            sql_type
                .strip_prefix(known)
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    };
    let numbers = [
        "smallint",
        "integer",
        "bigint",
        "numeric",
        "decimal",
        "int",
        "mediumint",
        "tinyint",
        "date",
        "datetime",
        "timestamp",
        "timestamptz",
    ];
    let others = [
        "boolean", "real", "double", "float", "oid", "time", "interval", "money", "bit", "year", "point", "geometry",
        "polygon", "line",
    ];
    match kind {
        SourceKind::Postgresql if is(&["bytea"]) && sql_type.ends_with(']') => {
            Some(format!("(SELECT string_agg(encode(part, 'escape'), ' ') FROM unnest({column}) AS part)"))
        }
        SourceKind::Postgresql | SourceKind::Mysql if sql_type.ends_with(']') => Some(dialect::text(kind, column)),
        SourceKind::Postgresql | SourceKind::Mysql if is(&numbers) && !with_numbers => None,
        SourceKind::Postgresql | SourceKind::Mysql if is(&others) => None,
        SourceKind::Postgresql if is(&["bytea"]) => Some(format!("encode({column}, 'escape')")),
        // Whatever it is called, what it holds may be bytes.
        SourceKind::Postgresql if is_of_bytes(kind, facts) => {
            let text = dialect::text(kind, column);
            Some(format!(
                "CASE WHEN {text} ~ E'^\\\\\\\\x([0-9a-f]{{2}})*$' THEN encode(decode(substr({text}, 3), 'hex'), 'escape') ELSE {text} END"
            ))
        }
        SourceKind::Mysql if is_of_bytes(kind, facts) => {
            Some(format!("CONVERT(CONVERT({column} USING latin1) USING utf8mb4)"))
        }
        SourceKind::Postgresql | SourceKind::Mysql => Some(dialect::text(kind, column)),
        // Any column of SQLite holds any kind of value.
        _ => Some(format!("coalesce({}, '')", dialect::text(kind, column))),
    }
}

/// Whether a column holds bytes rather than a text.
fn is_of_bytes(kind: SourceKind, facts: &ColumnFacts) -> bool {
    let sql_type = facts.sql_type.to_ascii_lowercase();
    match kind {
        // A domain may be one over bytes.
        SourceKind::Postgresql => !TEXTS_OF_POSTGRESQL.iter().any(|known| {
            let rest = sql_type.strip_prefix(known);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['(', '[', ' ']))
        }),
        SourceKind::Mysql => sql_type.contains("blob") || sql_type.contains("binary"),
        _ => true,
    }
}

/// Types of PostgreSQL of which it is known that they hold no bytes.
const TEXTS_OF_POSTGRESQL: [&str; 33] = [
    "text",
    "character varying",
    "character",
    "\"char\"",
    "name",
    "citext",
    "json",
    "jsonb",
    "xml",
    "hstore",
    "boolean",
    "smallint",
    "integer",
    "bigint",
    "oid",
    "numeric",
    "real",
    "double precision",
    "money",
    "date",
    "time",
    "timestamp",
    "interval",
    "uuid",
    "inet",
    "cidr",
    "macaddr",
    "macaddr8",
    "bit",
    "point",
    "line",
    "polygon",
    "tsvector",
];

/// How a value may stand in a text: letters beyond ASCII in small and large ones, put together or apart or without their
/// marks, and as they stand in addresses and JSON. ASCII in small letters.
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
    all.iter().map(|text| text.to_ascii_lowercase()).collect()
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
            "müller%40posteo.de",
            "m%c3%bcller%40posteo%2ede",
            "m\\u00fcller@posteo.de",
        ] {
            assert!(ways.contains(way), "{way}: {ways:?}");
        }
        assert_eq!(ways_to_write("anna").len(), 1);
    }
}
