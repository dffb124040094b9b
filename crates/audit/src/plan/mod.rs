//! The audit plan itself: is it kept?

pub mod missed_audit;

use jiff::Timestamp;

use dataward_policy::AuditStage;

/// A stage that should have run and did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissedStage {
    /// The stage.
    pub stage: AuditStage,
    /// How often it should run, in the words of the policy file.
    pub frequency: String,
    /// When it ran last; none: never.
    pub last: Option<Timestamp>,
    /// When it was due.
    pub due: Timestamp,
    /// Whether the next run after that is past due too.
    pub twice: bool,
}
