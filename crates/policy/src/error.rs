//! A mistake in the policy file: where it is, and what would be right.

use std::ops::Range;

use miette::Diagnostic;
use miette::LabeledSpan;
use miette::NamedSource;
use miette::SourceCode;
use thiserror::Error;

/// A mistake in the policy file. As a [`Diagnostic`] it prints file, line, column, the line itself
/// underlined, and what would be right.
#[derive(Debug, Error)]
#[error("{message}")]
pub struct PolicyError {
    message: String,
    help: Option<String>,
    label: String,
    span: Range<usize>,
    source_code: NamedSource<String>,
}

/// A mistake before it is known which file it stands in.
#[derive(Debug)]
pub(crate) struct Mistake {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) label: String,
    pub(crate) span: Range<usize>,
}

impl Mistake {
    pub(crate) fn new(span: Range<usize>, label: impl Into<String>, message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, label: label.into(), span }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn in_file(self, name: &str, text: &str) -> PolicyError {
        PolicyError {
            message: self.message,
            help: self.help,
            label: self.label,
            span: self.span,
            source_code: NamedSource::new(name, text.to_owned()),
        }
    }
}

impl PolicyError {
    /// Line and column, both from 1; columns count characters.
    pub fn line_column(&self) -> (usize, usize) {
        let text = self.source_code.inner();
        let before = text.get(..self.span.start).unwrap_or(text);
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
        self.help.as_deref()
    }
}

impl Diagnostic for PolicyError {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn std::fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source_code)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let length = self.span.end.saturating_sub(self.span.start);
        Some(Box::new(std::iter::once(LabeledSpan::new(Some(self.label.clone()), self.span.start, length))))
    }
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
