//! Bodies of functions and procedures: the queries in them, what else they call, and whether they put
//! statements together at run time.
//!
//! The queries are cut out by their words and brackets and taken apart like those of views; what lies
//! around them (conditions, loops, handlers) decides only when they run.

use std::collections::BTreeSet;

use super::index::Index;
use super::lineage;
use super::lineage::Lineage;

/// What there is to know of a body.
#[derive(Clone, Debug, Default)]
pub(super) struct Body {
    /// Its queries.
    pub(super) queries: Vec<Lineage>,
    /// Procedures that it calls.
    pub(super) calls: BTreeSet<(String, String)>,
    /// It runs statements that are not written in it, or that we do not understand.
    pub(super) dynamic: bool,
}

/// Takes a body apart; names without a database are looked for in `database`.
pub(super) fn of_routine(text: &str, database: &str, index: &Index) -> Body {
    let tokens = tokens(text);
    let mut body = Body::default();
    let mut at = 0;
    while at < tokens.len() {
        let word = tokens[at].word();
        let next = tokens.get(at + 1).map(|token| token.word()).unwrap_or_default();
        at = match word.as_str() {
            "SELECT" | "WITH" if word == "SELECT" || is_common_table(&tokens, at) => {
                let (query, end, copied) = cut(text, &tokens, at);
                if !copied {
                    match lineage::of_query(&query, database, index) {
                        Some(lineage) => body.queries.push(lineage),
                        None => body.dynamic = true,
                    }
                }
                end.max(at + 1)
            }
            "DEALLOCATE" | "DROP" if next == "PREPARE" => at + 2,
            "PREPARE" => literal_after(text, &tokens, at + 2, database, index, &mut body),
            "EXECUTE" if next == "IMMEDIATE" => literal_after(text, &tokens, at + 1, database, index, &mut body),
            "CALL" => {
                let (name, end) = name_at(&tokens, at + 1, database);
                body.calls.extend(name);
                end
            }
            "RETURN" | "SET" => {
                // A function called by itself: `RETURN other(…)`.
                body.calls.extend(called(&tokens, at + 1, database));
                at + 1
            }
            _ => at + 1,
        };
    }
    body
}

/// Reads the literal that a dynamic statement is made of; anything else is not known before it runs.
fn literal_after(text: &str, tokens: &[Token], at: usize, database: &str, index: &Index, body: &mut Body) -> usize {
    let literal = tokens.get(at + 1).filter(|token| token.kind == Kind::Text);
    let alone = tokens.get(at + 2).is_none_or(|token| matches!(token.text(text), ";" | "USING" | "using"));
    match literal.filter(|_| alone) {
        Some(literal) => {
            let inner = literal.text(text);
            let inner = inner[1..inner.len() - 1].replace("''", "'").replace("\\'", "'");
            let inner = of_routine(&inner, database, index);
            body.dynamic |= inner.dynamic;
            body.queries.extend(inner.queries);
            body.calls.extend(inner.calls);
        }
        None => body.dynamic = true,
    }
    at + 2
}

/// The query that begins at a token: its text without what it stores into variables, where it ends, and
/// whether its rows go into a table instead of to whoever asked.
fn cut(text: &str, tokens: &[Token], start: usize) -> (String, usize, bool) {
    let (mut depth, mut cases) = (0_u32, 0_u32);
    let mut query = String::new();
    let mut at = start;
    let mut from = tokens[start].start;
    while let Some(token) = tokens.get(at) {
        match token.text(text) {
            "(" => depth += 1,
            ")" if depth == 0 => break,
            ")" => depth -= 1,
            ";" => break,
            _ => {}
        }
        match token.word().as_str() {
            "CASE" => cases += 1,
            "END" if cases == 0 => break,
            "END" => cases -= 1,
            "DO" | "THEN" if depth == 0 && cases == 0 => break,
            "INTO" if depth == 0 => {
                // The variables: names and commas.
                query.push_str(&text[from..token.start]);
                at += 1;
                while tokens
                    .get(at)
                    .is_some_and(|token| !ENDS_VARIABLES.contains(&token.word().as_str()) && token.text(text) != ";")
                {
                    at += 1;
                }
                from = tokens.get(at).map_or(text.len(), |token| token.start);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    query.push_str(&text[from..tokens.get(at).map_or(text.len(), |token| token.start)]);
    let before = tokens[..start].iter().rev().take_while(|token| token.text(text) != ";").map(Token::word);
    let copied = before.into_iter().any(|word| matches!(word.as_str(), "INSERT" | "REPLACE" | "CREATE"))
        && !tokens[..start]
            .iter()
            .rev()
            .take_while(|token| token.text(text) != ";")
            .any(|token| token.word() == "BEGIN");
    (query, at, copied)
}

const ENDS_VARIABLES: [&str; 9] = ["FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "FOR", "UNION", "LOCK"];

/// `WITH name AS (`, as against `WITH` in other places.
fn is_common_table(tokens: &[Token], at: usize) -> bool {
    (1..=3).any(|after| tokens.get(at + after).is_some_and(|token| token.word() == "AS" || token.word() == "RECURSIVE"))
}

/// `database.name` or `name` at a token, and where it ends.
fn name_at(tokens: &[Token], at: usize, database: &str) -> (Option<(String, String)>, usize) {
    let Some(first) = tokens.get(at).filter(|token| token.is_name()) else { return (None, at) };
    match (tokens.get(at + 1), tokens.get(at + 2)) {
        (Some(dot), Some(second)) if dot.is_dot() && second.is_name() => {
            (Some((first.name.clone(), second.name.clone())), at + 3)
        }
        _ => (Some((database.to_owned(), first.name.clone())), at + 1),
    }
}

/// Every name before a bracket up to the end of the statement.
fn called(tokens: &[Token], start: usize, database: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut at = start;
    while let Some(token) = tokens.get(at).filter(|token| token.kind != Kind::End) {
        if token.word() == "SELECT" {
            break;
        }
        let (name, end) = name_at(tokens, at, database);
        if let (Some(name), true) = (name, tokens.get(end).is_some_and(|token| token.opens)) {
            found.push(name);
        }
        at = end.max(at + 1);
    }
    found
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// `;`
    End,
    Mark,
    /// Between backticks.
    Quoted,
    Text,
    Word,
}

#[derive(Clone, Debug)]
struct Token {
    start: usize,
    end: usize,
    kind: Kind,
    /// A name without its backticks.
    name: String,
    opens: bool,
    dot: bool,
}

impl Token {
    fn text<'t>(&self, text: &'t str) -> &'t str {
        &text[self.start..self.end]
    }

    /// A keyword in upper case; nothing for what stands in quotes.
    fn word(&self) -> String {
        if self.kind == Kind::Word { self.name.to_uppercase() } else { String::new() }
    }

    fn is_name(&self) -> bool {
        matches!(self.kind, Kind::Word | Kind::Quoted)
    }

    fn is_dot(&self) -> bool {
        self.dot
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((start, first)) = rest.next() {
        let (kind, end) = match first {
            _ if first.is_whitespace() => continue,
            '#' => {
                skip_line(&mut rest);
                continue;
            }
            '-' if text[start..].starts_with("-- ") || text[start..].starts_with("--\n") => {
                skip_line(&mut rest);
                continue;
            }
            '/' if text[start..].starts_with("/*") => {
                let end = text[start + 2..].find("*/").map_or(text.len(), |at| start + 2 + at + 2);
                while rest.peek().is_some_and(|(at, _)| *at < end) {
                    rest.next();
                }
                continue;
            }
            '\'' | '"' | '`' => {
                let mut end = text.len();
                while let Some((at, character)) = rest.next() {
                    if character == '\\' && first != '`' {
                        rest.next();
                    } else if character == first {
                        if rest.peek().is_some_and(|(_, next)| *next == first) {
                            rest.next();
                        } else {
                            end = at + character.len_utf8();
                            break;
                        }
                    }
                }
                (if first == '`' { Kind::Quoted } else { Kind::Text }, end)
            }
            _ if is_word(first) => {
                let mut end = start + first.len_utf8();
                while let Some((at, character)) = rest.peek().copied().filter(|(_, character)| is_word(*character)) {
                    end = at + character.len_utf8();
                    rest.next();
                }
                (Kind::Word, end)
            }
            ';' => (Kind::End, start + 1),
            other => (Kind::Mark, start + other.len_utf8()),
        };
        let raw = &text[start..end];
        let name = match kind {
            Kind::Quoted => raw.trim_matches('`').replace("``", "`"),
            Kind::Word => raw.to_owned(),
            _ => String::new(),
        };
        found.push(Token { start, end, kind, name, opens: raw == "(", dot: raw == "." });
    }
    found
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$' | '@')
}

fn skip_line(rest: &mut std::iter::Peekable<std::str::CharIndices<'_>>) {
    while rest.next().is_some_and(|(_, character)| character != '\n') {}
}
