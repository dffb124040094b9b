//! Names and values in the SQL of each engine, for the conditions that this room makes.

use dataward_connect::amend::Sql;
use dataward_connect::amend::stored::number_of;
use dataward_model::SourceKind;

/// `name` as an identifier.
pub(crate) fn identifier(kind: SourceKind, name: &str) -> String {
    match kind {
        SourceKind::Mysql => format!("`{}`", name.replace('`', "``")),
        _ => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

/// `text` as a literal that no setting of the server changes the meaning of.
pub(crate) fn literal(kind: SourceKind, text: &str) -> String {
    match kind {
        SourceKind::Mysql => format!("_utf8mb4 X'{}'", hex::encode_upper(text)),
        SourceKind::Postgresql => format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''")),
        _ => format!("'{}'", text.replace('\'', "''")),
    }
}

/// A column as text.
pub(crate) fn text(kind: SourceKind, column: &str) -> String {
    match kind {
        SourceKind::Postgresql => format!("{column}::text"),
        SourceKind::Mysql => format!("CAST({column} AS CHAR)"),
        _ => format!("CAST({column} AS TEXT)"),
    }
}

/// Whether a column reads as `value`, large and small letters and blanks around it apart. Where PostgreSQL writes a
/// value of several parts (arrays, composites, `hstore`), whether `value` stands in one of them.
pub(crate) fn equals(kind: SourceKind, alias: &str, column: &str, value: &str) -> String {
    let equals = like(kind, alias, column, value, "");
    if kind != SourceKind::Postgresql {
        return equals;
    }
    let whole = text(kind, &format!("{alias}.{}", identifier(kind, column)));
    let has_parts = format!("left(ltrim({whole}), 1) IN ('{{', '[', '(', '\"')");
    format!("({equals} OR ({has_parts} AND {}))", like(kind, alias, column, value, "%"))
}

/// Whether `value` stands somewhere in a column, in large or small letters.
pub(crate) fn mentions(kind: SourceKind, alias: &str, column: &str, value: &str) -> String {
    like(kind, alias, column, value, "%")
}

/// Whether the letters and digits of `value`, all else left out, stand among those of a column: the number of a phone, an
/// account, a document. None for what has too few digits to be one, and for addresses of mail.
pub(crate) fn number(kind: SourceKind, alias: &str, column: &str, value: &str) -> Option<String> {
    let known = number_of(value)?;
    let column = text(kind, &format!("{alias}.{}", identifier(kind, column)));
    Some(has_number(kind, &column, &known))
}

/// Whether `number`, which is letters and digits as [`number_of`] gives them, stands among those of `text`.
pub(crate) fn has_number(kind: SourceKind, text: &str, number: &str) -> String {
    let pattern = literal(kind, &format!("%{number}%"));
    match kind {
        SourceKind::Postgresql => {
            format!("regexp_replace(upper({text} COLLATE \"C\"), '[^0-9A-Z]', '', 'g') LIKE {pattern}")
        }
        SourceKind::Mysql => format!("REGEXP_REPLACE(UPPER({text}), '[^0-9A-Z]', '') LIKE {pattern}"),
        // LIKE ends at the first NUL.
        _ => {
            let marks =
                [" ", "-", "/", "(", ")", ".", "+", "_", ":", ",", "\t", "\u{a0}", "\u{202f}", "\u{2011}", "\u{2013}"];
            let bare = marks
                .iter()
                .fold(text.to_owned(), |text, mark| format!("replace({text}, {}, '')", literal(kind, mark)));
            format!("instr(CAST(upper({bare}) AS BLOB), X'{}') > 0", hex::encode_upper(number))
        }
    }
}

/// What parts words: the marks of ASCII, and those of others that stand beside names.
pub(crate) const MARKS: [char; 55] = [
    '!', '"', '#', '$', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/', ':', ';', '<', '=', '>', '?', '@', '[',
    '\\', ']', '^', '_', '`', '{', '|', '}', '~', '\t', '\n', '\r', '\u{a0}', '¡', '«', '·', '»', '¿', '–', '—', '‘',
    '’', '‚', '“', '”', '„', '•', '…', '、', '。', '，', '・',
];

/// A text with a blank in place of each of [`MARKS`].
pub(crate) fn marks_as_blanks(kind: SourceKind, text: &str) -> String {
    let marks: String = MARKS.iter().collect();
    match kind {
        SourceKind::Postgresql => {
            format!("translate({text}, {}, repeat(' ', {}))", literal(kind, &marks), MARKS.len())
        }
        SourceKind::Mysql => {
            let escaped =
                |mark: &char| if mark.is_ascii_punctuation() { format!("\\{mark}") } else { mark.to_string() };
            let class: String = MARKS.iter().map(escaped).collect();
            format!("REGEXP_REPLACE({text}, {}, ' ')", literal(kind, &format!("[{class}]")))
        }
        _ => {
            let blank =
                |text: String, mark: &char| format!("replace({text}, {}, ' ')", literal(kind, &mark.to_string()));
            MARKS.iter().fold(text.to_owned(), blank)
        }
    }
}

/// Whether a column is like `value` between `around`. SQLite knows large and small letters of ASCII alone, PostgreSQL
/// those of its locale: any other letter there stands for any character, as rather one row too many is held.
fn like(kind: SourceKind, alias: &str, column: &str, value: &str, around: &str) -> String {
    let column = text(kind, &format!("{alias}.{}", identifier(kind, column)));
    let mut pattern = around.to_owned();
    for letter in value.trim_matches(' ').chars() {
        match letter {
            '!' | '%' | '_' => pattern.extend(['!', letter]),
            // Within arrays, documents and composites they are escaped.
            '"' | '\\' if !around.is_empty() => pattern.push('%'),
            _ if !letter.is_ascii() && kind != SourceKind::Mysql => pattern.push('_'),
            _ => pattern.push(letter.to_ascii_lowercase()),
        }
    }
    let pattern = literal(kind, &(pattern + around));
    match kind {
        SourceKind::Postgresql => format!("lower(trim({column}) COLLATE \"C\") LIKE {pattern} ESCAPE '!'"),
        SourceKind::Mysql => format!("LOWER(TRIM({column})) LIKE LOWER({pattern}) ESCAPE '!'"),
        _ => format!("lower(trim({column})) LIKE {pattern} ESCAPE '!'"),
    }
}

/// Whether the path of a file or the key of an object is `place`, lies below it, or is like it where it has a `*`
/// (which stands for any characters). Names are taken as they are: `#` and `!` may stand in them.
pub fn below(alias: &str, place: &str) -> Sql {
    let kind = SourceKind::Files;
    let place = place.trim_end_matches('/');
    if place.is_empty() {
        return Sql::always();
    }
    if place.contains('*') {
        let pattern = place.replace('[', "[[]").replace('?', "[?]");
        return Sql::from_trusted(format!("{alias}.path GLOB {}", literal(kind, &pattern)));
    }
    let folder = literal(kind, &format!("{place}/"));
    Sql::from_trusted(format!(
        "({alias}.path = {} OR substr({alias}.path, 1, {}) = {folder})",
        literal(kind, place),
        place.chars().count() + 1
    ))
}

/// As [`below`], and whether `place` lies within the file (a sheet behind `#`, a member behind `!/`): what must be
/// left alone for the sake of `place`. A file goes whole or stays.
pub fn touching(alias: &str, place: &str) -> Sql {
    let within = |mark: &str| {
        format!(
            "substr({}, 1, length({alias}.path) + {}) = {alias}.path || '{mark}'",
            literal(SourceKind::Files, place),
            mark.len()
        )
    };
    Sql::from_trusted(format!("({} OR {} OR {})", below(alias, place).as_str(), within("#"), within("!/")))
}

/// Whether the columns of two tables are the same.
pub(crate) fn join(kind: SourceKind, left: &str, lefts: &[String], right: &str, rights: &[String]) -> String {
    let same = |(one, other): (&String, &String)| {
        format!("{left}.{} = {right}.{}", identifier(kind, one), identifier(kind, other))
    };
    lefts.iter().zip(rights).map(same).collect::<Vec<_>>().join(" AND ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_end_its_literal() {
        let evil = "a' OR 1=1 -- \\' \\";
        assert_eq!(literal(SourceKind::Sqlite, evil), "'a'' OR 1=1 -- \\'' \\'");
        assert_eq!(literal(SourceKind::Postgresql, evil), "E'a'' OR 1=1 -- \\\\'' \\\\'");
        assert_eq!(literal(SourceKind::Mysql, "a'"), "_utf8mb4 X'6127'");
    }
}
