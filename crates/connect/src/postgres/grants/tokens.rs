//! The words, literals and marks of a text in SQL or PL/pgSQL.

/// A word, a literal or a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A name; whether it stood in double quotes.
    Name(String, bool),
    /// A literal: what stands in its quotes.
    Literal(String),
    /// Any other character.
    Mark(char),
}

impl Token {
    pub(super) fn is(&self, mark: char) -> bool {
        *self == Self::Mark(mark)
    }

    pub(super) fn keyword(&self, word: &str) -> bool {
        matches!(self, Self::Name(name, false) if name == word)
    }

    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Name(name, _) => Some(name),
            _ => None,
        }
    }

    /// A name that is not a word of the language.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name, quoted) if *quoted || !RESERVED.contains(&name.as_str()) => Some(name),
            _ => None,
        }
    }
}

/// Words that end a list of columns or tables, or join them.
const RESERVED: &[&str] = &[
    "all",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "begin",
    "between",
    "by",
    "case",
    "cross",
    "declare",
    "delete",
    "desc",
    "distinct",
    "do",
    "else",
    "elsif",
    "end",
    "except",
    "exception",
    "exists",
    "false",
    "fetch",
    "for",
    "from",
    "full",
    "group",
    "having",
    "if",
    "in",
    "inner",
    "insert",
    "intersect",
    "into",
    "is",
    "join",
    "lateral",
    "left",
    "like",
    "limit",
    "loop",
    "natural",
    "not",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "perform",
    "query",
    "raise",
    "return",
    "returning",
    "right",
    "select",
    "set",
    "strict",
    "table",
    "then",
    "true",
    "union",
    "update",
    "using",
    "values",
    "when",
    "where",
    "while",
    "window",
    "with",
];

/// The tokens, without comments; none when a quote does not end.
pub(super) fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after = &rest[first.len_utf8()..];
        if first.is_whitespace() {
            rest = after;
        } else if rest.starts_with("--") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if rest.starts_with("/*") {
            rest = comment(rest)?;
        } else if first == '\'' {
            let (text, after) = quoted(after, '\'', false)?;
            found.push(Token::Literal(text));
            rest = after;
        } else if first == '"' {
            let (name, after) = quoted(after, '"', false)?;
            found.push(Token::Name(name, true));
            rest = after;
        } else if first == '$' && dollar(rest).is_some() {
            let tag = dollar(rest)?;
            let inside = &rest[tag.len()..];
            let end = inside.find(tag)?;
            found.push(Token::Literal(inside[..end].to_owned()));
            rest = &inside[end + tag.len()..];
        } else if first.is_ascii_digit() || (first == '$' && after.starts_with(|c: char| c.is_ascii_digit())) {
            let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(after.len());
            rest = &after[end..];
            found.push(Token::Literal(String::new()));
        } else if first.is_alphabetic() || first == '_' || !first.is_ascii() {
            let part = |c: char| c.is_alphanumeric() || c == '_' || c == '$' || !c.is_ascii();
            let end = rest.find(|c: char| !part(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            let lower = word.to_lowercase();
            if after.starts_with('\'') && matches!(lower.as_str(), "e" | "b" | "x" | "n") {
                let (text, after) = quoted(&after[1..], '\'', lower == "e")?;
                found.push(Token::Literal(text));
                rest = after;
            } else {
                rest = after;
                found.push(Token::Name(lower, false));
            }
        } else {
            found.push(Token::Mark(first));
            rest = after;
        }
    }
    Some(found)
}

/// What follows a comment, which may hold others.
fn comment(text: &str) -> Option<&str> {
    let mut depth = 0usize;
    let mut rest = text;
    loop {
        if let Some(after) = rest.strip_prefix("/*") {
            depth += 1;
            rest = after;
        } else if let Some(after) = rest.strip_prefix("*/") {
            depth -= 1;
            rest = after;
            if depth == 0 {
                return Some(rest);
            }
        } else {
            let mut characters = rest.chars();
            characters.next()?;
            rest = characters.as_str();
        }
    }
}

/// What stands up to the closing `quote`, which is doubled inside, and what follows it.
fn quoted(text: &str, quote: char, escapes: bool) -> Option<(String, &str)> {
    let mut found = String::new();
    let mut characters = text.chars();
    loop {
        match characters.next()? {
            '\\' if escapes => {
                characters.next()?;
            }
            c if c == quote => match characters.as_str().strip_prefix(quote) {
                Some(after) => {
                    found.push(quote);
                    characters = after.chars();
                }
                None => return Some((found, characters.as_str())),
            },
            c => found.push(c),
        }
    }
}

/// The opening tag of a text in dollars, `$body$`.
fn dollar(text: &str) -> Option<&str> {
    let end = text[1..].find('$')? + 2;
    let tag = &text[1..end - 1];
    let is_name =
        tag.chars().all(|c| c.is_alphanumeric() || c == '_') && !tag.starts_with(|c: char| c.is_ascii_digit());
    is_name.then(|| &text[..end])
}
