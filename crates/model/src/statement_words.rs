//! Which columns the statements name that a server has kept: what no statement names, nobody reads or writes.
//!
//! Wrong to one side only: a column counts as named when its name stands anywhere in a statement that names
//! its table, and all columns do when a statement may have taken the whole row.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;

/// A statement, as words in small letters: no value of it is kept beyond the look at it.
#[derive(Clone, PartialEq, Eq)]
pub struct Statement {
    words: BTreeSet<String>,
    takes_rows: bool,
}

/// What makes values of whole rows.
const OF_ROWS: &[&str] = &[
    "table",
    "row_to_json",
    "to_json",
    "to_jsonb",
    "json_agg",
    "jsonb_agg",
    "array_agg",
    "hstore",
    "query_to_xml",
    "table_to_xml",
];

/// What changes or describes tables, and is no use of their data.
const ABOUT_TABLES: &[&str] = &[
    "alter", "analyze", "check", "checksum", "cluster", "comment", "create", "drop", "grant", "lock", "optimize",
    "reindex", "repair", "revoke", "security", "set", "show", "truncate", "unlock", "use", "vacuum",
];

impl Statement {
    /// A statement that uses data. None for what does not: descriptions of tables, and copies of whole tables to
    /// the outside, as backups and dataward make them.
    pub fn parse(text: &str) -> Option<Self> {
        let text = without_comments(text).to_lowercase();
        let mut ordered = words(&text);
        let first = ordered.next()?;
        let second = words(&text).nth(1);
        let words: BTreeSet<String> = ordered.chain([first]).map(str::to_owned).collect();
        let goes_outside = (first == "copy" && words.contains("to") && words.contains("stdout"))
            // As mysqldump and mariadb-dump do it.
            || (first == "select" && second == Some("sql_no_cache") && !words.contains("where"));
        if goes_outside || (ABOUT_TABLES.contains(&first) && !words.contains("select")) {
            return None;
        }
        let takes_rows = has_star(&text)
            || OF_ROWS.iter().any(|word| words.contains(*word))
            || (matches!(first, "copy" | "load") && !text.contains('('))
            || first == "handler"
            || inserts_whole_rows(&text, first);
        Some(Self { words, takes_rows })
    }

    /// Whether all words of a name stand in it.
    pub fn names(&self, name: &str) -> bool {
        words(&name.to_lowercase()).all(|word| self.words.contains(word))
    }
}

/// What statements say of one table.
#[derive(Clone, PartialEq, Eq)]
pub struct StatementWords {
    since: Timestamp,
    all: bool,
    words: BTreeSet<String>,
}

impl StatementWords {
    /// The statements that name a table, of all that a server has kept since a moment.
    pub fn of_table<'s>(table: &str, statements: impl IntoIterator<Item = &'s Statement>, since: Timestamp) -> Self {
        let mut found = Self { since, all: false, words: BTreeSet::new() };
        for statement in statements.into_iter().filter(|statement| statement.names(table)) {
            found.all |= statement.takes_rows;
            found.words.extend(statement.words.iter().cloned());
        }
        found
    }

    /// Since when the server has kept every statement.
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// Whether a statement may have read or written a column.
    pub fn may_name(&self, column: &str) -> bool {
        self.all || words(&column.to_lowercase()).all(|word| self.words.contains(word))
    }
}

/// Never the words: some statements are kept with the values in them.
impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statement").field("takes_rows", &self.takes_rows).finish_non_exhaustive()
    }
}

/// Never the words: some statements are kept with the values in them.
impl fmt::Debug for StatementWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatementWords").field("since", &self.since).field("all", &self.all).finish_non_exhaustive()
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').filter(|word| !word.is_empty())
}

/// Block comments hold stars, and what programs note there is no use.
fn without_comments(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::with_capacity(text.len());
    while let Some((before, after)) = rest.split_once("/*") {
        kept.push_str(before);
        kept.push(' ');
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    kept + rest
}

/// A star that counts no rows; one that multiplies is taken for one too.
fn has_star(text: &str) -> bool {
    text.match_indices('*').any(|(at, _)| {
        let counted = text[..at].trim_end().strip_suffix('(').map(str::trim_end);
        !counted.is_some_and(|before| before.ends_with("count"))
    })
}

/// `INSERT INTO orders VALUES …`, with no list of columns; INTO may be left out in MySQL.
fn inserts_whole_rows(text: &str, first: &str) -> bool {
    let inserts = matches!(first, "insert" | "replace");
    let mut into = text.match_indices("into ").map(|(at, found)| &text[at + found.len()..]).peekable();
    let whole = |after: &str| {
        let list = after.find('(').map(|open| (&after[..open], words(&after[open..]).next()));
        list.is_none_or(|(before, first)| {
            let begins = first.is_some_and(|word| matches!(word, "select" | "values" | "with" | "table"));
            begins || words(before).any(|word| matches!(word, "select" | "values" | "value" | "default" | "set"))
        })
    };
    let within = text.contains("insert ") || text.contains("replace ");
    (inserts && into.peek().is_none()) || (within && into.any(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(statements: &[&str], column: &str) -> bool {
        let statements: Vec<Statement> = statements.iter().filter_map(|text| Statement::parse(text)).collect();
        StatementWords::of_table("customers", &statements, Timestamp::UNIX_EPOCH).may_name(column)
    }

    #[test]
    fn a_column_is_used_where_a_statement_about_its_table_names_it() {
        assert!(named(&["SELECT id, email FROM customers WHERE id = $1"], "email"));
        assert!(!named(&["SELECT id, email FROM customers WHERE id = $1"], "fax"));
        assert!(!named(&["SELECT fax FROM suppliers"], "fax"), "another table");
        assert!(named(&["SELECT c.\"Fax Number\" FROM shop.customers c"], "Fax Number"));
        assert!(!named(&["SELECT number FROM customers"], "Fax Number"));
        assert!(named(&["UPDATE \"Customers\" SET fax = NULL WHERE id = $1"], "fax"));
    }

    #[test]
    fn whoever_takes_whole_rows_may_use_every_column() {
        let whole = [
            "SELECT * FROM customers",
            "SELECT c.* FROM customers c JOIN orders o USING (id)",
            "SELECT count(*), row_to_json(c) FROM customers c GROUP BY 2",
            "TABLE customers",
            "INSERT INTO customers VALUES ($1, $2)",
            "INSERT INTO customers (SELECT id FROM old)",
            "INSERT INTO customers SELECT (id) FROM old",
            "COPY customers FROM STDIN",
            "DELETE FROM customers RETURNING *",
            "REPLACE INTO `customers` VALUES (...)",
            "INSERT IGNORE INTO `customers` VALUES (...) /* , ... */",
            "INSERT `customers` VALUES (...)",
            "INSERT INTO `customers` SET `id` = ?",
            "LOAD DATA INFILE ? INTO TABLE `customers`",
            "HANDLER `customers` READ NEXT",
        ];
        for statement in whole {
            assert!(named(&[statement], "fax"), "{statement}");
        }
        let parts = [
            "SELECT count(*) FROM customers",
            "SELECT count( * ) /* app='shop', *all* */ FROM customers",
            "INSERT INTO customers (id, email) VALUES ($1, $2)",
            "COPY customers (id, email) FROM STDIN",
            "DELETE FROM customers WHERE id = $1",
            "SELECT COUNT ( * ) FROM `customers`",
            "INSERT INTO `customers` ( `id` , `email` ) VALUES (...)",
        ];
        for statement in parts {
            assert!(!named(&[statement], "fax"), "{statement}");
        }
    }

    #[test]
    fn words_of_statements_are_never_shown() {
        let statement = Statement::parse("ALTER ROLE ada PASSWORD 'canary'; SELECT 'canary' FROM customers").unwrap();
        let words = StatementWords::of_table("customers", [&statement], Timestamp::UNIX_EPOCH);
        assert!(words.may_name("canary") && !format!("{statement:?} {words:?}").contains("canary"));
    }

    #[test]
    fn backups_and_changes_of_a_table_are_no_use_of_its_columns() {
        let none = [
            "COPY public.customers (id, email, fax) TO stdout",
            "COPY (SELECT fax FROM customers) TO STDOUT (FORMAT binary)",
            "ALTER TABLE customers ADD COLUMN fax text",
            "CREATE TABLE customers (id int, fax text)",
            "ANALYZE customers (fax)",
            "SELECT SQL_NO_CACHE `id` , `fax` FROM `customers`",
            "SELECT SQL_NO_CACHE * FROM `customers`",
            "LOCK TABLES `customers` READ",
            "",
        ];
        for statement in none {
            assert!(!named(&[statement], "fax"), "{statement}");
        }
        assert!(named(&["CREATE TABLE faxes AS SELECT fax FROM customers"], "fax"));
    }
}
