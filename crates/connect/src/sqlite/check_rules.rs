//! CHECK rules that rows break. `integrity_check` tries them only for who may write; here each rule is read out of the
//! statement that made its table, and the rows that break it are counted by one SELECT a table.

use dataward_model::counted;
use sqlx::AssertSqlSafe;
use sqlx::Row;

use super::address::Session;
use super::units::quote_identifier;
use crate::EngineFault;
use crate::SelfCheck;

const TABLES: &str = "SELECT name, sql FROM main.sqlite_schema
    WHERE type = 'table' AND sql LIKE '%CHECK%(%' AND sql NOT LIKE 'CREATE VIRTUAL%'";

/// A CHECK rule of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
struct CheckRule {
    /// Its own name, else that of the column that declares it; none for an unnamed rule of the whole table.
    name: Option<String>,
    /// The condition, as it is written.
    condition: String,
}

/// Counts the rows that break CHECK rules. A rule that cannot be tried here is told as not seen.
pub(super) async fn read(session: &mut Session, found: &mut SelfCheck) {
    let Ok(tables) = sqlx::query(TABLES).fetch_all(&mut session.connection).await else { return };
    let mut is_done = false;
    for row in &tables {
        let (Ok(table), Ok(statement)) = (row.try_get::<String, _>(0), row.try_get::<String, _>(1)) else { continue };
        let rules = rules(&statement);
        // Of a row for which a condition is NULL SQLite says that it keeps the rule.
        let counts: Vec<String> =
            rules.iter().map(|rule| format!("count(CASE WHEN NOT ({}) THEN 1 END)", rule.condition)).collect();
        if counts.is_empty() {
            continue;
        }
        let query = format!("SELECT {} FROM main.{}", counts.join(", "), quote_identifier(&table));
        // The conditions are the schema's own, without a subquery, and this connection may not write.
        let Ok(broken) = sqlx::query(AssertSqlSafe(query)).fetch_one(&mut session.connection).await else {
            found.unseen.push(format!(
                "the CHECK rules of `{table}`: they cannot be tried here (they may call what only its program has)"
            ));
            continue;
        };
        is_done = true;
        let said: Vec<String> = rules
            .iter()
            .enumerate()
            .filter_map(|(at, rule)| {
                let rows = broken.try_get::<i64, _>(at).unwrap_or_default().unsigned_abs();
                let rows = (rows > 0).then(|| counted(rows, "row breaks", "rows break"))?;
                Some(match &rule.name {
                    Some(name) => format!("{rows} the CHECK rule of `{name}`"),
                    None => format!("{rows} a CHECK rule of the table"),
                })
            })
            .collect();
        match found.broken_rules.iter_mut().find(|fault| fault.table.as_ref() == Some(&table)) {
            _ if said.is_empty() => {}
            Some(fault) => fault.what = format!("{}; {}", fault.what, said.join("; ")),
            None => found.broken_rules.push(EngineFault { table: Some(table), what: said.join("; ") }),
        }
    }
    if is_done {
        found.done.push("CHECK rules".to_owned());
    }
}

/// The CHECK rules of a CREATE TABLE statement that are conditions without a subquery.
fn rules(statement: &str) -> Vec<CheckRule> {
    let tokens = tokens(statement);
    let mut rules = Vec::new();
    let mut depth = 0_usize;
    // The first word of the column or rule at hand, and the name that CONSTRAINT gives the next rule.
    let (mut first, mut named): (Option<&str>, Option<&str>) = (None, None);
    let mut at = 0;
    while let Some(&(word, _)) = tokens.get(at) {
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
        match word {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            "," if depth == 1 => (first, named) = (None, None),
            _ if depth == 1 && is("constraint") => {
                named = tokens.get(at + 1).map(|(name, _)| *name);
                first = first.or(Some(word));
                at += 1;
            }
            _ if depth == 1 && is("check") && tokens.get(at + 1).is_some_and(|(next, _)| *next == "(") => {
                let Some(end) = closing(&tokens, at + 1) else { return rules };
                let inside = &tokens[at + 2..end];
                // A column may be called as anything but these.
                let column = first
                    .filter(|first| !["constraint", "check"].iter().any(|keyword| first.eq_ignore_ascii_case(keyword)));
                if !inside.iter().any(|(word, _)| word.eq_ignore_ascii_case("select")) {
                    rules.push(CheckRule {
                        name: named.or(column).map(unquoted),
                        condition: without_remarks(inside, tokens[at + 1].1 + 1),
                    });
                }
                first = first.or(Some(word));
                named = None;
                at = end;
            }
            _ if depth == 1 && first.is_none() => first = Some(word),
            _ => {}
        }
        at += 1;
    }
    rules
}

/// The place of the parenthesis that closes the one at `open`.
fn closing(tokens: &[(&str, usize)], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, (word, _)) in tokens.iter().enumerate().skip(open) {
        match *word {
            "(" => depth += 1,
            ")" if depth == 1 => return Some(at),
            ")" => depth -= 1,
            _ => {}
        }
    }
    None
}

/// A condition, one blank where there was room: a remark at its end would swallow what comes behind.
fn without_remarks(tokens: &[(&str, usize)], start: usize) -> String {
    let mut out = String::new();
    let mut end = start;
    for (word, at) in tokens {
        if *at > end {
            out.push(' ');
        }
        out += word;
        end = at + word.len();
    }
    out
}

/// Words, quoted texts and single marks of a statement with their places; blanks and remarks are left out.
fn tokens(statement: &str) -> Vec<(&str, usize)> {
    let bytes = statement.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &statement[at..];
        let first = rest.chars().next().unwrap_or_default();
        let length = match first {
            _ if first.is_whitespace() => {
                at += first.len_utf8();
                continue;
            }
            '-' if rest.starts_with("--") => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            '/' if rest.starts_with("/*") => {
                at += rest.get(2..).and_then(|rest| rest.find("*/")).map_or(rest.len(), |end| end + 4);
                continue;
            }
            '\'' | '"' | '`' => quoted(rest, first),
            '[' => rest.find(']').map_or(rest.len(), |end| end + 1),
            _ if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        found.push((&rest[..length], at));
        at += length;
    }
    found
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || character == '$' || !character.is_ascii()
}

/// The length of a quoted text; a mark that stands twice is one of it.
fn quoted(text: &str, mark: char) -> usize {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character == mark && characters.next_if(|(_, next)| *next == mark).is_none() {
            return at + 1;
        }
    }
    text.len()
}

/// A name without its quotes.
fn unquoted(name: &str) -> String {
    let inner = |mark: char, end: char| name.strip_prefix(mark).and_then(|rest| rest.strip_suffix(end));
    match name.chars().next() {
        Some(mark @ ('"' | '`' | '\'')) => {
            inner(mark, mark).unwrap_or(name).replace(&format!("{mark}{mark}"), &mark.to_string())
        }
        Some('[') => inner('[', ']').unwrap_or(name).to_owned(),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(statement: &str) -> Vec<(Option<String>, String)> {
        rules(statement).into_iter().map(|rule| (rule.name, rule.condition)).collect()
    }

    #[test]
    fn rules_of_columns_and_tables_are_read_as_they_are_written() {
        let statement = "CREATE TABLE \"odd (check (1)\" ( -- check (no)
            id INTEGER PRIMARY KEY, \"first, name\" TEXT DEFAULT ('check (x)') CHECK(\"first, name\" <> ')' /* ) */),
            age INT CONSTRAINT grown CHECK (age BETWEEN 18 AND (120) -- a remark
            ), checked TEXT, [check] TEXT,
            CHECK (age > 0 AND checked IN ('a''(', 'b')), CONSTRAINT `c``d` CHECK (length(checked)<9),
            CHECK ((SELECT 1)), code GENERATED ALWAYS AS (age + 1) CHECK (code > 1))";
        let name = |text: &str| Some(text.to_owned());
        let expected = [
            (name("first, name"), "\"first, name\" <> ')'"),
            (name("grown"), "age BETWEEN 18 AND (120)"),
            (None, "age > 0 AND checked IN ('a''(', 'b')"),
            (name("c`d"), "length(checked)<9"),
            (name("code"), "code > 1"),
        ];
        assert_eq!(told(statement), expected.map(|(name, text)| (name, text.to_owned())));
    }

    proptest! {
        #[test]
        fn prop_any_text_is_read_without_a_panic(text in "[ -~\n'\"`(),ü]{0,80}") {
            let _ = rules(&text);
            let _ = rules(&format!("CREATE TABLE t (a CHECK ({text}, CHECK({text}"));
        }
    }
}
