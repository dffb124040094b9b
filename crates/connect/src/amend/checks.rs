//! What CHECK rules demand of one column, as far as they are simple; read from the statement that made a table.

use serde::Deserialize;
use serde::Serialize;

/// What a CHECK rule demands of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// So many characters: `length(x) = 2`.
    Length(u32),
    /// No more characters than that: `length(x) <= 40`.
    AtMost(u32),
    /// One of these: `x IN ('f', 'm')`.
    OneOf(Vec<String>),
    /// Something else: what is made up may be refused.
    Other,
}

/// What the CHECK rules of `statement` demand of `column`; none where they don't speak of it. Of several that are not the
/// same nobody knows.
pub(crate) fn of_column(statement: &str, column: &str) -> Option<Check> {
    let column = column.to_lowercase();
    let about = |rule: &Vec<Token>| rule.iter().any(|token| *token == Token::Word(column.clone()));
    let mut found = rules(statement).into_iter().filter(about).map(|rule| demanded(&rule, &column));
    let first = found.next()?;
    Some(if found.all(|other| other == first) { first } else { Check::Other })
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// A name or a number, in small letters, without quotes.
    Word(String),
    /// A text.
    Text(String),
    /// `(`, `=`, `<=`.
    Sign(char),
}

fn demanded(rule: &[Token], column: &str) -> Check {
    let word = |at: usize, wanted: &str| matches!(rule.get(at), Some(Token::Word(word)) if word == wanted);
    let sign = |at: usize, wanted: char| rule.get(at) == Some(&Token::Sign(wanted));
    let measures = rule
        .first()
        .is_some_and(|first| matches!(first, Token::Word(word) if word == "length" || word == "char_length"));
    if measures && sign(1, '(') && word(2, column) && sign(3, ')') {
        let number = |at: usize| match rule.get(at) {
            Some(Token::Word(word)) if at + 1 == rule.len() => word.parse::<u32>().ok(),
            _ => None,
        };
        let said = match () {
            () if sign(4, '=') && sign(5, '=') => number(6).map(Check::Length),
            () if sign(4, '=') => number(5).map(Check::Length),
            () if sign(4, '<') && sign(5, '=') => number(6).map(Check::AtMost),
            () if sign(4, '<') => number(5).and_then(|most| most.checked_sub(1)).map(Check::AtMost),
            () => None,
        };
        return said.unwrap_or(Check::Other);
    }
    if word(0, column) && word(1, "in") && sign(2, '(') && rule.last() == Some(&Token::Sign(')')) {
        let listed = &rule[3..rule.len() - 1];
        let texts = listed.iter().step_by(2).map(|token| match token {
            Token::Text(text) => Some(text.clone()),
            Token::Word(_) | Token::Sign(_) => None,
        });
        let is_list = listed.iter().skip(1).step_by(2).all(|token| *token == Token::Sign(','));
        return texts
            .collect::<Option<Vec<_>>>()
            .filter(|texts| is_list && !texts.is_empty())
            .map_or(Check::Other, Check::OneOf);
    }
    Check::Other
}

/// What stands in the brackets behind each CHECK.
fn rules(statement: &str) -> Vec<Vec<Token>> {
    let tokens = tokens(statement);
    let mut rules = Vec::new();
    for at in 0..tokens.len() {
        if tokens[at] != Token::Word("check".to_owned()) || tokens.get(at + 1) != Some(&Token::Sign('(')) {
            continue;
        }
        let mut depth = 0;
        let inside = tokens[at + 1..].iter().take_while(|token| {
            match token {
                Token::Sign('(') => depth += 1,
                Token::Sign(')') => depth -= 1,
                _ => {}
            }
            depth > 0
        });
        rules.push(inside.skip(1).cloned().collect());
    }
    rules
}

fn tokens(statement: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut letters = statement.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            _ if letter.is_whitespace() => {}
            '-' if letters.peek() == Some(&'-') => while letters.next().is_some_and(|next| next != '\n') {},
            '\'' | '"' | '`' | '[' => {
                let end = if letter == '[' { ']' } else { letter };
                let mut text = String::new();
                while let Some(next) = letters.next() {
                    if next == end && letters.peek() == Some(&end) && end != ']' {
                        letters.next();
                    } else if next == end {
                        break;
                    }
                    text.push(next);
                }
                found.push(if letter == '\'' { Token::Text(text) } else { Token::Word(text.to_lowercase()) });
            }
            _ if letter.is_alphanumeric() || letter == '_' => {
                let mut word: String = letter.to_lowercase().collect();
                while let Some(next) = letters.next_if(|next| next.is_alphanumeric() || *next == '_') {
                    word.extend(next.to_lowercase());
                }
                found.push(Token::Word(word));
            }
            _ => found.push(Token::Sign(letter)),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_rules_are_understood_and_others_are_known_to_be_there() {
        let make =
            "CREATE TABLE people (id INTEGER, country TEXT CHECK (length(country) = 2), sex TEXT, \"zip code\" TEXT,
            born TEXT CHECK (born GLOB '????-??-??'), note TEXT DEFAULT 'CHECK (note = 1)', nick TEXT,
            CHECK (sex IN ('f', 'm', 'it''s')), CHECK (LENGTH(\"zip code\")<=5), CHECK (length(nick) < 9))";
        let of = |column| of_column(make, column);
        assert_eq!(of("country"), Some(Check::Length(2)));
        assert_eq!(of("sex"), Some(Check::OneOf(vec!["f".into(), "m".into(), "it's".into()])));
        assert_eq!(of("zip code"), Some(Check::AtMost(5)));
        assert_eq!(of("born"), Some(Check::Other));
        assert_eq!(of("nick"), Some(Check::AtMost(8)));
        assert_eq!((of("note"), of("id")), (None, None));
    }
}
