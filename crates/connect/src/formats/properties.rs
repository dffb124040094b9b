//! Properties of cards and calendars (RFC 6350, RFC 5545): folded lines put together again, and what a property is
//! made of.

use std::io;

use super::Utf8Text;

/// Reads one property after the other.
pub(super) struct Properties<'a> {
    text: Utf8Text<'a>,
    /// The line that was read last, which no property has yet.
    next: Option<String>,
    line: String,
}

impl<'a> Properties<'a> {
    pub(super) fn new(text: Utf8Text<'a>) -> Self {
        Self { text, next: None, line: String::new() }
    }

    /// The next property, in `property`; false at the end.
    pub(super) fn read(&mut self, property: &mut String) -> io::Result<bool> {
        property.clear();
        match self.next.take() {
            Some(line) => *property = line,
            None if !self.text.read_line_within(property, LINE_BYTES)? => return Ok(false),
            None => {}
        }
        let mut is_piece = property.len() >= LINE_BYTES;
        let mut is_soft = property.ends_with('=');
        while self.text.read_line_within(&mut self.line, LINE_BYTES)? {
            let line = self.line.as_str();
            let more = match () {
                () if is_piece => line,
                () if is_soft && is_quoted_printable(property) => {
                    if property.ends_with('=') {
                        property.pop();
                    }
                    line
                }
                () if line.starts_with([' ', '\t']) => &line[1..],
                () => {
                    self.next = Some(std::mem::take(&mut self.line));
                    return Ok(true);
                }
            };
            if property.len() < PROPERTY_BYTES {
                property.push_str(more);
            }
            is_piece = line.len() >= LINE_BYTES;
            is_soft = line.ends_with('=');
        }
        Ok(true)
    }
}

fn is_quoted_printable(property: &str) -> bool {
    split(property).is_some_and(|(head, _)| head.to_ascii_uppercase().contains("QUOTED-PRINTABLE"))
}

/// A property, taken apart.
pub(super) struct Property<'p> {
    /// In capitals, without the group of a card that stands before a dot.
    pub(super) name: String,
    parameters: Vec<&'p str>,
    pub(super) value: &'p str,
}

impl<'p> Property<'p> {
    /// None of a line that is no property.
    pub(super) fn of(text: &'p str) -> Option<Self> {
        let (head, value) = split(text)?;
        let mut parts = outside_quotes(head, ';');
        let name = parts.next().unwrap_or_default();
        let name = name.rsplit('.').next().unwrap_or(name).trim().to_ascii_uppercase();
        Some(Self { name, parameters: parts.collect(), value })
    }

    /// Whether a parameter has this in it, which is written in capitals.
    pub(super) fn has(&self, word: &str) -> bool {
        self.parameters.iter().any(|parameter| parameter.to_ascii_uppercase().contains(word))
    }

    /// The values of a parameter, without their quotes.
    pub(super) fn parameter(&self, name: &str) -> impl Iterator<Item = &'p str> {
        let of_name = |parameter: &&'p str| {
            let (known, values) = parameter.split_once('=')?;
            known.trim().eq_ignore_ascii_case(name).then_some(values)
        };
        let values: Vec<&'p str> = self.parameters.iter().filter_map(of_name).collect();
        values.into_iter().flat_map(|values| outside_quotes(values, ',')).map(|value| value.trim_matches('"'))
    }
}

/// What stands before the first colon outside of quotes, and behind it. A quote that does not end is a letter like others.
fn split(property: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let colon = property.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        *c == ':' && !quoted
    });
    let at = colon.map(|(at, _)| at).or_else(|| property.find(':'))?;
    Some((&property[..at], &property[at + 1..]))
}

fn outside_quotes(text: &str, mark: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c| {
        quoted ^= c == '"';
        c == mark && !quoted
    })
}

/// Longer lines come in pieces.
const LINE_BYTES: usize = 64 << 10;
/// What is longer (a picture) is cut.
const PROPERTY_BYTES: usize = 256 << 10;
