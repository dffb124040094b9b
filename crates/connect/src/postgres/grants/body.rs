//! What the text of a function says that it reads.
//!
//! A parser of the whole language is not needed for that: it is enough to tell apart, in each SELECT,
//! what comes out, what it reads from, and what only chooses rows. Where that is not clear, everything
//! that is named counts as coming out. Statements put together at run time can do anything.

use super::facts::Body;
use super::facts::Statement;
use super::tokens::Token;
use super::tokens::tokens;

/// What the body of a function in `language` does.
pub(super) fn of_text(language: &str, text: &str) -> Body {
    match language {
        "sql" => statements(text, true),
        "plpgsql" => statements(text, false),
        _ => Body::Unknown,
    }
}

fn statements(text: &str, is_sql: bool) -> Body {
    let Some(tokens) = tokens(text) else { return Body::Dynamic(Vec::new()) };
    let calls_anything = |index: usize| {
        let called = tokens.get(index + 1).is_some_and(|next| next.is('('));
        tokens[index].word().is_some_and(|word| called && RUNS_TEXT.contains(&word))
    };
    let executes = |index: usize| {
        let next = tokens.get(index + 1).and_then(Token::word);
        tokens[index].keyword("execute") && !matches!(next, Some("function" | "procedure"))
    };
    if (0..tokens.len()).any(|index| calls_anything(index) || (!is_sql && executes(index))) {
        return Body::Dynamic(literals(&tokens));
    }
    let mut found: Vec<Statement> = Vec::new();
    for statement in tokens.split(|token| token.is(';')).filter(|tokens| !tokens.is_empty()) {
        found.push(read(statement));
    }
    // Only the last statement's rows come out of a function in SQL.
    if is_sql {
        let last = found.len().saturating_sub(1);
        for statement in &mut found[..last] {
            statement.shows = Some(Vec::new());
        }
    }
    Body::Text(found)
}

/// The statements that literals hold, as far as they are whole.
fn literals(found: &[Token]) -> Vec<Statement> {
    let texts = found.iter().filter_map(|token| match token {
        Token::Literal(text) if text.to_lowercase().contains("from") => tokens(text),
        _ => None,
    });
    let mut statements: Vec<Statement> = texts.map(|tokens| read(&tokens)).collect();
    statements.extend(found.split(|token| token.is(';')).filter(|tokens| !tokens.is_empty()).map(read));
    statements
}

/// Functions that run a text given to them, here or elsewhere.
const RUNS_TEXT: &[&str] = &[
    "cursor_to_xml",
    "database_to_xml",
    "dblink",
    "dblink_exec",
    "dblink_open",
    "dblink_send_query",
    "lo_export",
    "lo_import",
    "pg_ls_dir",
    "pg_read_binary_file",
    "pg_read_file",
    "query_to_xml",
    "query_to_xml_and_xmlschema",
    "query_to_xmlschema",
    "schema_to_xml",
    "table_to_xml",
    "table_to_xml_and_xmlschema",
    "ts_stat",
];

/// Functions whose result does not hold the whole value any more.
const REDUCING: &[&str] = &[
    "age",
    "ascii",
    "avg",
    "bit_length",
    "char_length",
    "character_length",
    "count",
    "crypt",
    "date_part",
    "date_trunc",
    "digest",
    "extract",
    "hashtext",
    "hmac",
    "left",
    "length",
    "md5",
    "octet_length",
    "overlay",
    "position",
    "regexp_matches",
    "regexp_replace",
    "regexp_substr",
    "replace",
    "right",
    "sha224",
    "sha256",
    "sha384",
    "sha512",
    "split_part",
    "strpos",
    "substr",
    "substring",
    "sum",
    "translate",
    "exists",
];

/// Reads one statement.
fn read(tokens: &[Token]) -> Statement {
    let mut found = Statement { shows: Some(Vec::new()), names: Some(Vec::new()), ..Statement::default() };
    let mut own_tables: Vec<String> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let next = |ahead: usize| tokens.get(index + ahead);
        if let (Some(name), true) = (token.name(), next(1).is_some_and(|next| next.is('('))) {
            let schema = qualifier(tokens, index);
            found.calls.push((schema, name.to_owned()));
        }
        if let Some(name) = token.name() {
            if next(1).is_some_and(|next| next.keyword("as")) && next(2).is_some_and(|next| next.is('(')) {
                own_tables.push(name.to_owned());
            }
            if let Some(names) = &mut found.names {
                names.push(name.to_owned());
            }
        }
        if token.is('*') && is_star(tokens, index) {
            found.names = None;
        }
        if token.keyword("select") {
            select(&tokens[index + 1..], &mut found);
        } else if token.keyword("from") || token.keyword("join") || token.keyword("using") {
            tables(&tokens[index + 1..], token.keyword("from"), &mut found.reads);
        } else if token.keyword("table") && next(1).and_then(Token::name).is_some() {
            found.reads.extend(qualified(&tokens[index + 1..]).map(|(name, _)| name));
            found.names = None;
            found.shows = None;
        } else if token.keyword("update") || token.keyword("into") {
            found.writes.extend(qualified(&tokens[index + 1..]).map(|(name, _)| name));
        } else if token.keyword("returning") {
            select(&tokens[index + 1..], &mut found);
        }
        if token.keyword("update") && !next(1).is_some_and(|next| next.keyword("of") || next.keyword("skip")) {
            // `RETURNING` and conditions read what is changed.
            found.reads.extend(qualified(&tokens[index + 1..]).map(|(name, _)| name));
        }
        if ["where", "join", "group", "having", "limit", "offset", "fetch", "distinct", "into", "perform", "if"]
            .iter()
            .any(|word| token.keyword(word))
        {
            found.filters = true;
        }
    }
    // A query by WITH is not a table; `SELECT … INTO variable` does not write one.
    found.reads.retain(|(schema, name)| schema.is_some() || !own_tables.contains(name));
    let is_insert = tokens.windows(2).any(|pair| pair[0].keyword("insert") && pair[1].keyword("into"));
    if !is_insert {
        let updates = tokens.iter().any(|token| token.keyword("update"));
        found.writes.retain(|_| updates);
    }
    found
}

/// Whether `*` stands for columns: after SELECT, a comma, a dot or RETURNING.
fn is_star(tokens: &[Token], index: usize) -> bool {
    match index.checked_sub(1).and_then(|before| tokens.get(before)) {
        Some(Token::Mark(',' | '.')) => true,
        Some(token) => ["select", "distinct", "all", "returning"].iter().any(|word| token.keyword(word)),
        None => false,
    }
}

/// The schema before the name at `index`.
fn qualifier(tokens: &[Token], index: usize) -> Option<String> {
    let dot = index.checked_sub(1)?;
    tokens[dot].is('.').then(|| tokens.get(dot.checked_sub(1)?)?.word().map(str::to_owned)).flatten()
}

/// A name with or without its schema, and how many tokens it takes.
fn qualified(tokens: &[Token]) -> Option<((Option<String>, String), usize)> {
    let first = tokens.first()?.name()?.to_owned();
    match (tokens.get(1), tokens.get(2).and_then(Token::word)) {
        (Some(dot), Some(second)) if dot.is('.') => {
            // Three parts: the database stands before the schema.
            match (tokens.get(3), tokens.get(4).and_then(Token::word)) {
                (Some(dot), Some(third)) if dot.is('.') => Some(((Some(second.to_owned()), third.to_owned()), 5)),
                _ => Some(((Some(first), second.to_owned()), 3)),
            }
        }
        _ => Some(((None, first), 1)),
    }
}

/// The tables of a FROM list, up to a word that ends it.
fn tables(tokens: &[Token], is_list: bool, found: &mut Vec<(Option<String>, String)>) {
    let mut index = 0;
    while tokens.get(index).is_some_and(|token| token.keyword("only") || token.keyword("lateral") || token.is('(')) {
        index += 1;
    }
    let rest = tokens.get(index..).unwrap_or_default();
    if let Some((name, length)) = qualified(rest)
        && !rest.get(length).is_some_and(|next| next.is('('))
    {
        found.push(name);
    }
    if !is_list {
        return;
    }
    // Further tables stand after commas outside parentheses.
    let mut depth = 0usize;
    for (place, token) in tokens.iter().enumerate() {
        match token {
            Token::Mark('(') => depth += 1,
            Token::Mark(')') if depth == 0 => return,
            Token::Mark(')') => depth -= 1,
            Token::Mark(',') if depth == 0 => return tables(&tokens[place + 1..], true, found),
            token if depth == 0 && ENDS_TABLES.iter().any(|word| token.keyword(word)) => return,
            _ => {}
        }
    }
}

const ENDS_TABLES: &[&str] = &[
    "where",
    "group",
    "having",
    "order",
    "limit",
    "offset",
    "fetch",
    "union",
    "except",
    "intersect",
    "window",
    "loop",
    "for",
    "returning",
    "set",
    "then",
    "into",
    "on",
];

/// What comes out of a SELECT whose list begins with `tokens`.
fn select(tokens: &[Token], found: &mut Statement) {
    let mut depth = 0usize;
    let mut item: Vec<&Token> = Vec::new();
    let mut reduced: Option<usize> = None;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::Mark('(') => {
                let before = index.checked_sub(1).and_then(|before| tokens[before].word());
                if reduced.is_none() && before.is_some_and(|word| REDUCING.contains(&word)) {
                    reduced = Some(depth);
                }
                // The name of a function is none of a column.
                if item.last().is_some_and(|last| last.word().is_some_and(|word| !SYNTAX.contains(&word))) {
                    item.pop();
                }
                depth += 1;
            }
            Token::Mark(')') if depth == 0 => break,
            Token::Mark(')') => {
                depth -= 1;
                if reduced == Some(depth) {
                    reduced = None;
                }
            }
            Token::Mark(',') if depth == 0 => out(&std::mem::take(&mut item), found),
            token if depth == 0 && (token.keyword("from") || ENDS_TABLES.iter().any(|word| token.keyword(word))) => {
                break;
            }
            token if reduced.is_none() => item.push(token),
            _ => {}
        }
    }
    out(&item, found);
}

/// Words before a parenthesis that are no functions, and matter to [`out`].
const SYNTAX: &[&str] = &["between", "case", "exists", "ilike", "in", "is", "like"];

/// One item of a list of outputs. A comparison tells whether, not what.
fn out(item: &[&Token], found: &mut Statement) {
    let compares = |token: &&Token| {
        matches!(token, Token::Mark('=' | '<' | '>'))
            || ["is", "like", "ilike", "in", "between", "exists"].iter().any(|word| token.keyword(word))
    };
    let chooses = item.iter().any(|token| token.keyword("case"));
    if !chooses && item.iter().any(compares) {
        return;
    }
    for (index, token) in item.iter().enumerate() {
        let Some(shows) = &mut found.shows else { return };
        if token.is('*') && (index == 0 || !matches!(item[index - 1], Token::Literal(_))) {
            let multiplies = index > 0 && !item[index - 1].is('.') && !item[index - 1].keyword("distinct");
            if !multiplies {
                found.shows = None;
                return;
            }
        } else if let Some(name) = token.name() {
            shows.push(name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(language: &str, text: &str) -> Statement {
        match of_text(language, text) {
            Body::Text(mut statements) => {
                statements.retain(|statement| !statement.reads.is_empty());
                assert_eq!(statements.len(), 1, "{statements:?}");
                statements.remove(0)
            }
            other => panic!("{other:?}"),
        }
    }

    fn table(schema: &str, name: &str) -> (Option<String>, String) {
        ((!schema.is_empty()).then(|| schema.to_owned()), name.to_owned())
    }

    #[test]
    fn what_comes_out_is_told_from_what_chooses_rows() {
        let statement = only("sql", "SELECT email FROM shop.\"My Table\" c WHERE id = $1 AND secret <> 'x;y'");
        assert_eq!(statement.reads, [table("shop", "My Table")]);
        assert_eq!(statement.shows, Some(vec!["email".to_owned()]));
        assert!(statement.filters && statement.names.is_some_and(|names| names.contains(&"secret".to_owned())));
    }

    #[test]
    fn a_star_is_every_column_and_a_digest_none() {
        assert_eq!(only("sql", "SELECT c.* FROM customers c").shows, None);
        assert_eq!(only("sql", "SELECT count(*), md5(email), a * b FROM customers").shows.unwrap(), ["a", "b"]);
        assert_eq!(only("sql", "SELECT email = $1 FROM customers").shows.unwrap(), [""; 0]);
    }

    #[test]
    fn plpgsql_is_read_statement_by_statement() {
        let text = "DECLARE x text; BEGIN -- a comment; with FROM nothing
            SELECT upper(email) INTO x FROM customers, orders o LIMIT 1; RETURN x; END";
        let statement = only("plpgsql", text);
        assert_eq!(statement.reads, [table("", "customers"), table("", "orders")]);
        assert!(statement.shows.unwrap().contains(&"email".to_owned()));
        let text = "BEGIN RETURN QUERY SELECT a FROM ONLY s.t JOIN u USING (id); END";
        assert_eq!(only("plpgsql", text).reads[..2], [table("s", "t"), table("", "u")]);
    }

    #[test]
    fn statements_made_at_run_time_can_do_anything() {
        for text in ["BEGIN EXECUTE 'SELECT ' || c; END", "BEGIN RETURN QUERY EXECUTE format('x'); END", "BEGIN 'open"]
        {
            assert!(matches!(of_text("plpgsql", text), Body::Dynamic(_)), "{text}");
        }
        let Body::Dynamic(statements) = of_text("sql", "SELECT query_to_xml('SELECT a FROM b', true, false, '')")
        else {
            panic!()
        };
        assert_eq!(statements[0].reads, [table("", "b")]);
        assert_eq!(of_text("plpython3u", "return 1"), Body::Unknown);
    }

    #[test]
    fn a_query_by_with_is_no_table() {
        let statement = only("sql", "WITH x AS (SELECT name FROM people) SELECT name FROM x");
        assert_eq!(statement.reads, [table("", "people")]);
    }

    #[test]
    fn writing_is_seen() {
        let Body::Text(statements) = of_text("sql", "INSERT INTO s.log SELECT 1; UPDATE customers SET email = $1")
        else {
            panic!()
        };
        assert_eq!(statements[0].writes, [table("s", "log")]);
        assert_eq!(statements[1].writes, [table("", "customers")]);
    }
}
