//! Names of tables and columns: quoting them in SQL and writing them for people.

/// The one place where an identifier becomes SQL.
pub fn quote_identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `schema.table`, each quoted only where it holds a dot or a quote, so that names are unique.
pub fn unit_name(schema: &str, table: &str) -> String {
    format!("{}.{}", part(schema), part(table))
}

fn part(name: &str) -> String {
    if name.contains(['.', '"']) { quote_identifier(name) } else { name.to_owned() }
}

/// Schema and table of a [`unit_name`].
pub(super) fn split_unit_name(name: &str) -> Option<(String, String)> {
    let (schema, rest) = take_part(name)?;
    let (table, rest) = take_part(rest.strip_prefix('.')?)?;
    rest.is_empty().then_some((schema, table))
}

fn take_part(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find('.').unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        return Some((name.to_owned(), rest));
    };
    let mut name = String::new();
    let mut rest = quoted;
    loop {
        let (before, after) = rest.split_once('"')?;
        name.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => return Some((name, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unit_names_are_unique_and_can_be_read_back() {
        let cases = [
            ("public", "customers", "public.customers"),
            ("public", "my table", "public.my table"),
            ("a.b", "c", "\"a.b\".c"),
            ("a", "b.c", "a.\"b.c\""),
            ("a", "say \"hi\"", "a.\"say \"\"hi\"\"\""),
            ("ä", "😀", "ä.😀"),
        ];
        for (schema, table, name) in cases {
            assert_eq!(unit_name(schema, table), name);
            assert_eq!(split_unit_name(name), Some((schema.to_owned(), table.to_owned())), "{name}");
        }
        for broken in ["", "public", "\"a.b", "a.b.c"] {
            assert_eq!(split_unit_name(broken), None, "{broken}");
        }
    }

    #[test]
    fn quotes_in_identifiers_cannot_end_them() {
        assert_eq!(quote_identifier("a\"; DROP TABLE b; --"), "\"a\"\"; DROP TABLE b; --\"");
    }
}
