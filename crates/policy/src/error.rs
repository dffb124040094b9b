//! A mistake in the policy file: where it is, and what would be right.

use std::ops::Range;

use miette::Diagnostic;
use miette::LabeledSpan;
use miette::NamedSource;
use miette::SourceCode;
use thiserror::Error;

use crate::InvalidSourceUrl;
use crate::SourceUrl;
use crate::address_settings::is_known;

/// A mistake in the policy file. As a [`Diagnostic`] it prints file, line, column, the line itself
/// underlined, and what would be right.
#[derive(Debug, Error)]
#[error("{}", details.message)]
pub struct PolicyError {
    details: Box<Details>,
    source_code: NamedSource<String>,
}

/// A mistake before it is known which file it stands in. Boxed: it travels in many results.
#[derive(Debug)]
pub(crate) struct Mistake(Box<Details>);

#[derive(Debug)]
struct Details {
    message: String,
    help: Option<String>,
    label: String,
    span: Range<usize>,
}

impl Mistake {
    pub(crate) fn new(span: Range<usize>, label: impl Into<String>, message: impl Into<String>) -> Self {
        Self(Box::new(Details { message: message.into(), help: None, label: label.into(), span }))
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    pub(crate) fn in_file(self, name: &str, text: &str) -> PolicyError {
        PolicyError { details: self.0, source_code: NamedSource::new(name, without_secrets(text)) }
    }
}

impl PolicyError {
    /// A mistake that shows only when what the file states is used: `span` counts bytes of `text`,
    /// the file's content.
    pub fn at(
        (name, text): (&str, &str),
        span: Range<usize>,
        label: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Mistake::new(span, label, message).help(help).in_file(name, text)
    }

    /// Line and column, both from 1; columns count characters.
    pub fn line_column(&self) -> (usize, usize) {
        let text = self.source_code.inner();
        let before = text.get(..self.details.span.start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (line, column)
    }

    /// The file's name as given to [`crate::Policy::parse`].
    pub fn file(&self) -> &str {
        self.source_code.name()
    }

    /// What would be right, where that is known.
    pub fn help_text(&self) -> Option<&str> {
        self.details.help.as_deref()
    }
}

impl Diagnostic for PolicyError {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.details.help.as_ref().map(|help| Box::new(help) as Box<dyn std::fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source_code)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let Details { label, span, .. } = self.details.as_ref();
        let length = span.end.saturating_sub(span.start);
        Some(Box::new(std::iter::once(LabeledSpan::new(Some(label.clone()), span.start, length))))
    }
}

/// The text with passwords starred out, byte for byte, so that places in it stay right: what stands
/// between `:` and `@` of an address, what its settings hold that no connector knows, and what a `password`, `secret`
/// or `token` setting holds.
fn without_secrets(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let secrets = secrets_of(line);
        for (at, character) in line.char_indices() {
            if secrets.iter().any(|secret| secret.contains(&at)) {
                shown.extend(std::iter::repeat_n('*', character.len_utf8()));
            } else {
                shown.push(character);
            }
        }
    }
    shown
}

fn secrets_of(line: &str) -> Vec<Range<usize>> {
    let mut secrets: Vec<Range<usize>> = Vec::new();
    if let Some(start) = line.find("://").map(|at| at + 3) {
        if let Some(end) = line[start..].rfind('@').map(|at| start + at)
            && let Some(colon) = line[start..end].find(':').map(|at| start + at + 1)
        {
            secrets.push(colon..end);
        }
        if let Some(question) = line[start..].find('?').map(|at| start + at + 1) {
            secrets.extend(hidden_settings(line, question));
        }
    }
    let quoted = line.find(['"', '\'']).zip(line.rfind(['"', '\''])).filter(|(first, last)| first < last);
    let name = line.split('=').next().unwrap_or("").trim().to_ascii_lowercase();
    let is_secret = ["password", "secret", "token"].iter().any(|word| name.contains(word)) && !line.contains('{');
    if let Some((first, last)) = quoted {
        let value = first + 1..last;
        let is_login = name == "url" && is_login(&line[value.clone()]);
        secrets.extend((is_secret || is_login).then_some(value));
    }
    secrets
}

/// Whether a text is no address and may have a log-in in it anywhere.
fn is_login(text: &str) -> bool {
    match SourceUrl::parse(text) {
        Err(InvalidSourceUrl::Login | InvalidSourceUrl::Password) => true,
        Err(InvalidSourceUrl::Syntax(_)) => text.contains('@'),
        Err(InvalidSourceUrl::Empty | InvalidSourceUrl::UnknownScheme(_)) | Ok(_) => false,
    }
}

/// Where the settings of an address that begin at `start` hold what may not be shown.
fn hidden_settings(line: &str, start: usize) -> Vec<Range<usize>> {
    let end = line[start..].find(['"', '\'', ' ', '\n']).map_or(line.len(), |at| start + at);
    let mut at = start;
    let mut hidden = Vec::new();
    for setting in line[start..end].split('&') {
        match setting.split_once('=') {
            Some((name, _)) if is_known(name) => {}
            Some((name, _)) => hidden.push(at + name.len() + 1..at + setting.len()),
            None => hidden.push(at..at + setting.len()),
        }
        at += setting.len() + 1;
    }
    hidden
}

/// The candidate most like `word`, when it is like enough to be meant: one slip of the finger
/// (a letter swapped, missing, doubled or wrong), or much the same beginning.
pub(crate) fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| {
            (strsim::damerau_levenshtein(word, candidate), strsim::jaro_winkler(word, candidate), candidate)
        })
        .filter(|(slips, likeness, _)| *slips <= 1 || *likeness > 0.8)
        .min_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)))
        .map(|(_, _, candidate)| candidate)
}
