//! Text to tree.

use std::ops::Range;

use super::StartKind;
use super::StartNode;
use super::StartSyntaxError;
use crate::Period;
use crate::error::closest;

/// Deep enough for any sentence of law; a bound, so that no text can exhaust the stack.
const DEEPEST: usize = 16;

const FUNCTIONS: &[&str] = &["coalesce", "end_of_calendar_year", "end_of_fiscal_year", "event", "latest", "max", "min"];

pub(super) fn parse(text: &str) -> Result<StartNode, StartSyntaxError> {
    let mut parser = Parser { text, tokens: tokens(text)?, at: 0 };
    if parser.tokens.is_empty() {
        return Err(wrong(
            0..text.len(),
            "the period starts nowhere",
            "name a column or an event, such as `last_activity`",
        ));
    }
    let node = parser.sum(0)?;
    match parser.tokens.get(parser.at) {
        None => Ok(node),
        Some(token) => Err(wrong(
            token.span.clone(),
            format!("`{}` is too much here", &text[token.span.clone()]),
            "write one expression, such as `max(created, closed_at) + 1 year`",
        )),
    }
}

fn wrong(span: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> StartSyntaxError {
    StartSyntaxError { message: message.into(), help: help.into(), span }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Close,
    Comma,
    Name,
    Number,
    Open,
    Plus,
    Quoted(String),
}

#[derive(Clone, Debug)]
struct Token {
    kind: Kind,
    span: Range<usize>,
}

fn tokens(text: &str) -> Result<Vec<Token>, StartSyntaxError> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let start = text.len() - rest.len();
        let (kind, length) = match first {
            ' ' | '\t' | '\n' | '\r' => {
                rest = &rest[1..];
                continue;
            }
            '(' => (Kind::Open, 1),
            ')' => (Kind::Close, 1),
            ',' => (Kind::Comma, 1),
            '+' => (Kind::Plus, 1),
            '"' | '\'' => quoted(rest, first).ok_or_else(|| {
                wrong(start..text.len(), "a quote is never closed", "write `\"` at the end of the name")
            })?,
            '0'..='9' => (Kind::Number, run(rest, |c| c.is_ascii_digit())),
            letter if letter.is_alphabetic() || letter == '_' => {
                (Kind::Name, run(rest, |c| c.is_alphanumeric() || c == '_' || c == '$'))
            }
            '-' => {
                return Err(wrong(
                    start..start + 1,
                    "a start cannot lie before what it counts from",
                    "only `+` is known: `placed_at + 30 days`",
                ));
            }
            other => {
                return Err(wrong(
                    start..start + other.len_utf8(),
                    format!("`{other}` is not known here"),
                    "put odd names of columns in double quotes: `\"Order Date\"`",
                ));
            }
        };
        tokens.push(Token { kind, span: start..start + length });
        rest = &rest[length..];
    }
    Ok(tokens)
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

/// What stands between the quotes (a doubled quote is one), and the length with both.
fn quoted(text: &str, quote: char) -> Option<(Kind, usize)> {
    let mut name = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character != quote {
            name.push(character);
        } else if characters.next_if(|(_, next)| *next == quote).is_some() {
            name.push(quote);
        } else {
            return Some((Kind::Quoted(name), at + 1));
        }
    }
    None
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
}

impl Parser<'_> {
    fn sum(&mut self, depth: usize) -> Result<StartNode, StartSyntaxError> {
        let mut node = self.term(depth)?;
        while self.take(&Kind::Plus).is_some() {
            let (period, end) = self.period()?;
            let span = node.span.start..end;
            node = StartNode { kind: StartKind::Plus(Box::new(node), period), span };
        }
        Ok(node)
    }

    fn term(&mut self, depth: usize) -> Result<StartNode, StartSyntaxError> {
        let Some(token) = self.tokens.get(self.at).cloned() else {
            return Err(wrong(
                self.end(),
                "something is missing at the end",
                "name a column or an event, such as `created`",
            ));
        };
        self.at += 1;
        match token.kind {
            Kind::Quoted(name) if !name.is_empty() => {
                Ok(StartNode { kind: StartKind::Name { name, quoted: true }, span: token.span })
            }
            Kind::Name => {
                let name = self.text[token.span.clone()].to_owned();
                if self.take(&Kind::Open).is_some() {
                    return self.function(&name, token.span, depth);
                }
                Ok(StartNode { kind: StartKind::Name { name, quoted: false }, span: token.span })
            }
            Kind::Open => {
                self.deeper(depth, &token.span)?;
                let mut node = self.sum(depth + 1)?;
                node.span = token.span.start..self.close()?;
                Ok(node)
            }
            _ => Err(wrong(
                token.span.clone(),
                format!("`{}` is not a day to count from", &self.text[token.span]),
                "name a column or an event, such as `created`; periods are added: `created + 1 year`",
            )),
        }
    }

    fn function(&mut self, name: &str, at: Range<usize>, depth: usize) -> Result<StartNode, StartSyntaxError> {
        self.deeper(depth, &at)?;
        let word = name.to_ascii_lowercase();
        if word == "event" {
            let argument = self.tokens.get(self.at).cloned();
            let Some(Token { kind: Kind::Quoted(event), .. }) = argument else {
                return Err(wrong(
                    at,
                    "`event` takes the name of an event in quotes",
                    "write `event(\"contract_end\")` and declare `[event.contract_end]`",
                ));
            };
            self.at += 1;
            return Ok(StartNode { kind: StartKind::Event(event), span: at.start..self.close()? });
        }
        if !FUNCTIONS.contains(&word.as_str()) {
            let help = match closest(&word, FUNCTIONS.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("known: {}", FUNCTIONS.join(", ")),
            };
            return Err(wrong(at, format!("`{name}` is not a function"), help));
        }
        let mut arguments = vec![self.sum(depth + 1)?];
        while self.take(&Kind::Comma).is_some() {
            arguments.push(self.sum(depth + 1)?);
        }
        let span = at.start..self.close()?;
        let one = |mut arguments: Vec<StartNode>| match (arguments.pop(), arguments.is_empty()) {
            (Some(argument), true) => Ok(Box::new(argument)),
            _ => Err(wrong(span.clone(), format!("`{word}` takes one day"), format!("write `{word}(created)`"))),
        };
        let kind = match word.as_str() {
            "end_of_calendar_year" => StartKind::EndOfCalendarYear(one(arguments)?),
            "end_of_fiscal_year" => StartKind::EndOfFiscalYear(one(arguments)?),
            _ if arguments.len() < 2 => {
                let help = format!("write `{word}(created, closed_at)`");
                return Err(wrong(span, format!("`{word}` takes two days or more"), help));
            }
            "coalesce" => StartKind::Coalesce(arguments),
            "latest" => StartKind::Latest(arguments),
            "max" => StartKind::Max(arguments),
            _ => StartKind::Min(arguments),
        };
        Ok(StartNode { kind, span })
    }

    /// `3 years`, and where it ends.
    fn period(&mut self) -> Result<(Period, usize), StartSyntaxError> {
        let number = self.take(&Kind::Number);
        let unit = self.take(&Kind::Name);
        let (Some(number), Some(unit)) = (number, unit) else {
            return Err(wrong(
                self.end(),
                "a period follows `+`",
                "write a number and `days`, `weeks`, `months` or `years`: `created + 3 years`",
            ));
        };
        let span = number.start..unit.end;
        let words = format!("{} {}", &self.text[number], &self.text[unit]);
        match words.parse() {
            Ok(period) => Ok((period, span.end)),
            Err(error) => Err(wrong(span, error.to_string(), "such as `created + 3 years`")),
        }
    }

    fn take(&mut self, kind: &Kind) -> Option<Range<usize>> {
        let token = self.tokens.get(self.at).filter(|token| token.kind == *kind)?;
        self.at += 1;
        Some(token.span.clone())
    }

    fn close(&mut self) -> Result<usize, StartSyntaxError> {
        match self.take(&Kind::Close) {
            Some(span) => Ok(span.end),
            None => Err(wrong(self.end(), "a bracket is never closed", "write `)`")),
        }
    }

    fn deeper(&self, depth: usize, at: &Range<usize>) -> Result<(), StartSyntaxError> {
        if depth < DEEPEST {
            return Ok(());
        }
        Err(wrong(at.clone(), format!("more than {DEEPEST} brackets within each other"), "say it with fewer"))
    }

    /// The token we stopped at; past the last one the end of the text.
    fn end(&self) -> Range<usize> {
        self.tokens.get(self.at).map_or(self.text.len()..self.text.len(), |token| token.span.clone())
    }
}

#[cfg(test)]
mod tests {
    use crate::StartExpression;
    use crate::StartKind;

    #[test]
    fn the_documented_expressions_are_understood() {
        for text in [
            "created",
            "last_activity",
            "end_of_fiscal_year(placed_at)",
            "end_of_calendar_year(max(a, b + 3 years))",
            "max(hired_at + 3 years, left_at + 1 year)",
            "MIN(a, b)",
            "latest(a, b, \"Order Date\")",
            "coalesce(last_login, created) + 1 month + 2 days",
            "event(\"contract_end\")",
            "(created) + 1 week",
        ] {
            let expression = StartExpression::parse(text).unwrap();
            assert_eq!(expression.as_str(), text);
            assert_eq!(expression.root().span, 0..text.len(), "{text}");
        }
        let StartKind::Plus(inner, period) =
            &StartExpression::parse("\"a \"\"b\"\"\" + 3 years").unwrap().root().kind.clone()
        else {
            panic!("a sum");
        };
        assert_eq!(period.to_string(), "3 years");
        assert_eq!(inner.kind, StartKind::Name { name: "a \"b\"".to_owned(), quoted: true });
    }

    #[test]
    fn mistakes_have_a_place_and_a_way_out() {
        let deep = format!("{}created{}", "(".repeat(40), ")".repeat(40));
        for (text, message, span) in [
            ("", "the period starts nowhere", 0..0),
            ("maxx(a, b)", "`maxx` is not a function", 0..4),
            ("max(a)", "`max` takes two days or more", 0..6),
            ("end_of_fiscal_year(a, b)", "`end_of_fiscal_year` takes one day", 0..24),
            ("created +", "a period follows `+`", 9..9),
            (
                "created + 3 yrs",
                "`3 yrs` is not a period: write a number and `days`, `weeks`, `months` or `years`, such as `2 years`",
                10..15,
            ),
            ("created - 1 year", "a start cannot lie before what it counts from", 8..9),
            ("max(a, b", "a bracket is never closed", 8..8),
            ("created closed_at", "`closed_at` is too much here", 8..17),
            ("3 years", "`3` is not a day to count from", 0..1),
            ("event(contract)", "`event` takes the name of an event in quotes", 0..5),
            ("a.b", "`.` is not known here", 1..2),
            ("\"open", "a quote is never closed", 0..5),
            ("created; DROP", "`;` is not known here", 7..8),
            (deep.as_str(), "more than 16 brackets within each other", 16..17),
        ] {
            let error = StartExpression::parse(text).unwrap_err();
            assert_eq!((error.message.as_str(), error.span), (message, span), "{text}");
            assert!(!error.help.is_empty());
        }
        assert_eq!(
            StartExpression::parse("end_of_fiscal_yaer(a)").unwrap_err().help,
            "did you mean `end_of_fiscal_year`?"
        );
    }
}
