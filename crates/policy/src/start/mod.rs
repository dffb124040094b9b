//! When a retention period begins: an expression over the columns of a table, such as
//! `max(hired_at + 3 years, left_at + 1 year)` or `end_of_fiscal_year(placed_at)`.
//!
//! This is the language alone: [`StartExpression::parse`] gives a tree whose parts know where they
//! stand in the text. Which columns are meant, and what it is in SQL, is for `retain::clock`.
//!
//! ```text
//! sum   = term { "+" number unit }                 unit: day(s), week(s), month(s), year(s)
//! term  = name | '"' any column '"' | function "(" arguments ")"
//! ```
//!
//! | function | the day it gives | where a part is unknown (NULL: it has not happened) |
//! |---|---|---|
//! | `max(a, b, …)` | the last | unknown |
//! | `min(a, b, …)` | the first | the first of the known ones |
//! | `latest(a, b, …)` | the last of those that are known | the others count |
//! | `coalesce(a, b, …)` | the first argument that is known | the next counts |
//! | `end_of_calendar_year(a)` | 31 December of its year | unknown |
//! | `end_of_fiscal_year(a)` | the last day of its fiscal year | unknown |
//! | `event("name")` | what a declared table of events says | unknown |
//!
//! Names are columns, or [`Symbol`]s that stand for whichever column of a table means it.

mod parse;
mod symbol;
mod words;

use std::fmt;
use std::ops::Range;

use thiserror::Error;

use crate::Period;

pub use symbol::Symbol;

/// An expression as it was written, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartExpression {
    text: String,
    root: StartNode,
}

/// A part of an expression, and the bytes of the text it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartNode {
    /// What it is.
    pub kind: StartKind,
    /// Where it stands.
    pub span: Range<usize>,
}

/// What a part of an expression is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartKind {
    /// The first argument that is known.
    Coalesce(Vec<StartNode>),
    /// The last day of the calendar year.
    EndOfCalendarYear(Box<StartNode>),
    /// The last day of the fiscal year.
    EndOfFiscalYear(Box<StartNode>),
    /// What the policy's `[event.NAME]` says.
    Event(String),
    /// The last of those that are known.
    Latest(Vec<StartNode>),
    /// The last; unknown while one of them is.
    Max(Vec<StartNode>),
    /// The first of those that are known.
    Min(Vec<StartNode>),
    /// A column, or a [`Symbol`] where the table has no column of that name.
    Name {
        /// As written, without quotes.
        name: String,
        /// Written in double quotes: a column and nothing else.
        quoted: bool,
    },
    /// A period later; months are clamped to the end of a shorter month.
    Plus(Box<StartNode>, Period),
}

/// Why a text is no start expression.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{message}")]
pub struct StartSyntaxError {
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: String,
    /// Which bytes of the text.
    pub span: Range<usize>,
}

impl StartExpression {
    /// Reads an expression.
    ///
    /// # Errors
    /// The first mistake, with its place and what would be right.
    pub fn parse(text: &str) -> Result<Self, StartSyntaxError> {
        Ok(Self { text: text.to_owned(), root: parse::parse(text)? })
    }

    /// The expression itself.
    pub fn root(&self) -> &StartNode {
        &self.root
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// As a person says it: `the end of the year of invoice date`.
    pub fn in_words(&self) -> String {
        words::in_words(&self.root)
    }

    /// The last day of the calendar year of it.
    pub fn end_of_calendar_year(&self) -> Self {
        if matches!(self.root.kind, StartKind::EndOfCalendarYear(_)) {
            // The last day of a year is the end of that year.
            return self.clone();
        }
        self.wrapped("end_of_calendar_year", StartKind::EndOfCalendarYear)
    }

    /// The last day of the fiscal year of it.
    pub fn end_of_fiscal_year(&self) -> Self {
        if matches!(self.root.kind, StartKind::EndOfFiscalYear(_)) {
            return self.clone();
        }
        self.wrapped("end_of_fiscal_year", StartKind::EndOfFiscalYear)
    }

    /// A period later.
    pub fn plus(&self, period: Period) -> Self {
        let text = format!("({}) + {period}", self.text);
        let mut inner = self.root.moved(1);
        inner.span = 0..self.text.len() + 2;
        let root = StartNode { span: 0..text.len(), kind: StartKind::Plus(Box::new(inner), period) };
        Self { text, root }
    }

    fn wrapped(&self, function: &str, kind: fn(Box<StartNode>) -> StartKind) -> Self {
        let text = format!("{function}({})", self.text);
        let root = StartNode { span: 0..text.len(), kind: kind(Box::new(self.root.moved(function.len() + 1))) };
        Self { text, root }
    }
}

impl StartNode {
    /// The same part, standing `by` bytes later.
    fn moved(&self, by: usize) -> Self {
        let all = |nodes: &[Self]| nodes.iter().map(|node| node.moved(by)).collect();
        let one = |node: &Self| Box::new(node.moved(by));
        let kind = match &self.kind {
            StartKind::Coalesce(nodes) => StartKind::Coalesce(all(nodes)),
            StartKind::EndOfCalendarYear(node) => StartKind::EndOfCalendarYear(one(node)),
            StartKind::EndOfFiscalYear(node) => StartKind::EndOfFiscalYear(one(node)),
            StartKind::Latest(nodes) => StartKind::Latest(all(nodes)),
            StartKind::Max(nodes) => StartKind::Max(all(nodes)),
            StartKind::Min(nodes) => StartKind::Min(all(nodes)),
            StartKind::Plus(node, period) => StartKind::Plus(one(node), *period),
            StartKind::Event(_) | StartKind::Name { .. } => self.kind.clone(),
        };
        Self { kind, span: self.span.start + by..self.span.end + by }
    }
}

impl fmt::Display for StartExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
