//! One thing wrong at one place.

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::Place;
use crate::Remedy;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Put right when you pass by.
    Low,
    /// Put right this quarter.
    Medium,
    /// Put right this week.
    High,
    /// Put right today.
    Critical,
}

impl Severity {
    /// All severities, from the least.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// Whether the severity that `word` names is as grave as this or graver.
    pub fn is_reached_by(self, word: &str) -> bool {
        Self::ALL.into_iter().any(|other| other >= self && other.as_str() == word)
    }

    /// The word in machine-readable output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a finding stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FindingState {
    /// Someone answers for leaving it as it is until a day.
    Accepted,
    /// A later look at the same place no longer saw it.
    Fixed,
    /// Seen at the last look.
    Open,
    /// Someone said that it is none.
    Rejected,
    /// It was fixed or accepted, and is open again.
    Reopened,
}

impl FindingState {
    /// Whether something is left to do.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Reopened)
    }

    /// The word in machine-readable output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Fixed => "fixed",
            Self::Open => "open",
            Self::Rejected => "rejected",
            Self::Reopened => "reopened",
        }
    }
}

impl fmt::Display for FindingState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing wrong at one place. Holds no value of a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The same fault at the same place keeps the same id from audit to audit.
    pub id: String,
    /// The check that found it, as `stage/check`.
    pub check: String,
    /// Where it is.
    pub place: Place,
    /// What tells it from others that the same check finds at the same place (an account, a
    /// certificate); mostly empty.
    pub detail: String,
    /// How much it matters.
    pub severity: Severity,
    /// How many people are concerned, estimated; none where nobody knows.
    pub people: Option<u64>,
    /// What is wrong, in one sentence for a shop owner.
    pub title: String,
    /// Why it matters, with the law where there is one.
    pub reason: String,
    /// Ids of the legal rules behind it.
    pub law: Vec<String>,
    /// What to type or do.
    pub remedy: Remedy,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// Whether the last look still saw it.
    pub state: FindingState,
}
