//! One rule of law.

use jiff::civil::Date;

use super::LawEvidence;
use super::Review;
use super::Rounding;
use super::RuleConfidence;
use super::RuleKind;
use super::Status;
use super::Term;
use crate::StartExpression;

/// A rule of law, or a requirement of a standard or contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegalRule {
    /// Its name for ever: `de-hgb-257-vouchers`.
    pub id: String,
    /// `EU`, `DE`, `US-CA`; `*` for everywhere, `contract:PCI` for who signed it.
    pub jurisdiction: String,
    /// Whom it binds, a sector of the pack.
    pub sector: String,
    /// What it speaks of, a category of the pack.
    pub data_category: String,
    /// What it asks for.
    pub kind: RuleKind,
    /// How long.
    pub term: Term,
    /// When that begins, an event of the pack.
    pub start_event: String,
    /// Instead of how tables record the event, where the law counts from more.
    pub start: Option<StartExpression>,
    /// To which day the start is moved.
    pub rounding: Rounding,
    /// A reason to keep rather than a duty.
    pub justifies: bool,
    /// From how many people or what risk on, in words.
    pub threshold: Option<String>,
    /// How the term may be extended, in words.
    pub extension: Option<String>,
    /// Where it stands, as a lawyer cites it.
    pub authority: String,
    /// Where to read it.
    pub source: String,
    /// How sure it is.
    pub confidence: RuleConfidence,
    /// What it was taken from.
    pub evidence: LawEvidence,
    /// Whether it is law today.
    pub status: Status,
    /// The first day on which it is law in these words, where that is known.
    pub valid_from: Option<Date>,
    /// The last one.
    pub valid_to: Option<Date>,
    /// Whether a lawyer of the business has looked at it.
    pub review: Review,
    /// What else to know.
    pub note: Option<String>,
}

impl LegalRule {
    /// Whether it is law on `day`.
    pub fn is_in_force(&self, day: Date) -> bool {
        let status = match self.status {
            Status::CheckDate | Status::InForce => true,
            Status::Future(from) => from <= day,
            Status::PendingRule | Status::Proposed => false,
        };
        status && self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day <= to)
    }

    /// The day on which it becomes law, when that lies after `day` and is known.
    pub fn comes(&self, day: Date) -> Option<Date> {
        match self.status {
            Status::Future(from) => Some(from),
            _ => self.valid_from,
        }
        .filter(|from| *from > day)
    }

    /// Whether a person confirms it before it deletes anything.
    pub fn is_doubtful(&self) -> bool {
        self.confidence == RuleConfidence::Medium || self.status == Status::CheckDate
    }
}
