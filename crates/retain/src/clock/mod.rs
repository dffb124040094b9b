//! When a period of keeping begins, and when it has certainly ended.
//!
//! A [`StartExpression`] comes from the policy or from a rule of law. [`Bind::bind`] finds the columns of a
//! table that it speaks of and gives a [`BoundStart`], which is SQL for each engine
//! ([`BoundStart::start_sql`], [`BoundStart::due_sql`]) and, row by row and slowly, the function
//! [`BoundStart::evaluate`]. Both give the same: `tests/clock.rs` holds them against each other on real
//! servers.
//!
//! # What counts
//!
//! - A start is a *calendar day* in the time zone of the business; the period ends with the end of the day
//!   on which it is over, so a row is due from the day after (BGB § 187, 188; Regulation 1182/71 art. 3).
//! - A time without a zone (`timestamp`, `DATETIME`, text) is read both as UTC and as the business's own
//!   time, and the later day counts: nothing goes too early.
//! - Months and years are clamped: 31 January and a month is the last of February.
//! - NULL has not happened: it never ends, [`BoundStart::null_sql`] reports it.
//! - A day before 1900-01-02, the first day of 1970 (what a zero becomes), a day past 4999, a number or text
//!   that is no day, and what lies ahead though it should have happened already: such rows are never
//!   due, [`BoundStart::quarantine_sql`] lists them for a person.
//!
//! Numbers are seconds since 1970 from 1973 on, milliseconds and microseconds by their size; in SQLite
//! fractions between 1721059.5 and 5373484.5 are Julian days, and texts are read as SQLite's own
//! functions read them.

mod bind;
mod facts;
mod mysql;
mod names;
mod offsets;
mod postgres;
mod reference;
mod sql;
mod sqlite;
mod symbols;

use std::ops::Range;

use thiserror::Error;

pub use dataward_policy::StartExpression;
pub use dataward_policy::Symbol;

pub use bind::Bind;
pub use bind::BindContext;
pub use bind::BoundColumn;
pub use bind::BoundNode;
pub use bind::BoundStart;
pub use bind::EventFacts;
pub use facts::ColumnFacts;
pub use facts::Engine;
pub use facts::TypeClass;
pub use reference::Moment;
pub use reference::Start;

/// Why an expression cannot be bound to a table.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{message}")]
pub struct ClockError {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
    /// Which bytes of the expression.
    pub span: Range<usize>,
    /// Columns that may be meant.
    pub candidates: Vec<String>,
}
