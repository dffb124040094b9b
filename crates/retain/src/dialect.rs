//! Names and values in the SQL of each engine, for the conditions that this room makes.

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
        SourceKind::Mysql => format!("_utf8mb4 X'{}'", hex(text)),
        SourceKind::Postgresql => format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''")),
        _ => format!("'{}'", text.replace('\'', "''")),
    }
}

/// Whether a column reads as `value`.
pub(crate) fn equals(kind: SourceKind, alias: &str, column: &str, value: &str) -> String {
    let column = format!("{alias}.{}", identifier(kind, column));
    let value = literal(kind, value);
    match kind {
        SourceKind::Postgresql => format!("{column}::text = {value}"),
        SourceKind::Mysql => format!("CAST({column} AS CHAR) = {value}"),
        _ => format!("CAST({column} AS TEXT) = {value}"),
    }
}

/// Whether the columns of two tables are the same.
pub(crate) fn join(kind: SourceKind, left: &str, lefts: &[String], right: &str, rights: &[String]) -> String {
    let same = |(one, other): (&String, &String)| {
        format!("{left}.{} = {right}.{}", identifier(kind, one), identifier(kind, other))
    };
    lefts.iter().zip(rights).map(same).collect::<Vec<_>>().join(" AND ")
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02X}")).collect()
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
