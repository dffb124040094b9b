//! A finding as it is printed.

use dataward_audit::law;
use dataward_model::Remedy;
use dataward_store::StoredFinding;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

/// A finding.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FindingLine {
    /// Its id: the same fault at the same place keeps it from audit to audit.
    pub id: String,
    /// The check that found it, as `stage/check`.
    pub check: String,
    /// info, low, medium, high, critical.
    pub severity: String,
    /// open, reopened, accepted, rejected, fixed.
    pub state: String,
    /// Where.
    pub place: String,
    /// What tells it from others of the same check at the same place; mostly empty.
    pub detail: String,
    /// What is wrong.
    pub title: String,
    /// Why it matters.
    pub reason: String,
    /// The legal rules behind it.
    pub law: Vec<LawLine>,
    /// What to do.
    #[schemars(with = "String")]
    pub remedy: Remedy,
    /// Whether that is something to type (`command`) or not (`words`).
    pub remedy_kind: String,
    /// How many people are concerned, estimated.
    pub people: Option<u64>,
    /// When it was first seen.
    #[schemars(with = "String")]
    pub first_seen: Timestamp,
    /// When it was last seen.
    #[schemars(with = "String")]
    pub last_seen: Timestamp,
    /// When an audit no longer saw it.
    #[schemars(with = "Option<String>")]
    pub fixed_at: Option<Timestamp>,
    /// Who is to put it right.
    pub assigned_to: Option<String>,
    /// Who accepted, rejected or reopened it.
    pub decided_by: Option<String>,
    /// Why.
    pub decided_why: Option<String>,
    /// Until when it is accepted.
    #[schemars(with = "Option<String>")]
    pub accepted_until: Option<Timestamp>,
}

/// A legal rule.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LawLine {
    /// Its id in the rule pack.
    pub id: String,
    /// Where it stands, as a lawyer cites it.
    pub authority: String,
    /// What it asks for.
    pub asks: String,
}

impl FindingLine {
    /// The line of a finding.
    pub fn new(stored: &StoredFinding) -> Self {
        let finding = &stored.finding;
        Self {
            id: finding.id.clone(),
            check: finding.check.clone(),
            severity: finding.severity.as_str().to_owned(),
            state: finding.state.as_str().to_owned(),
            place: finding.place.to_string(),
            detail: finding.detail.clone(),
            title: finding.title.clone(),
            reason: finding.reason.clone(),
            law: finding.law.iter().map(|id| LawLine::new(id)).collect(),
            remedy: finding.remedy.clone(),
            remedy_kind: finding.remedy.kind().to_owned(),
            people: finding.people,
            first_seen: finding.first_seen,
            last_seen: stored.last_seen,
            fixed_at: stored.fixed_at,
            assigned_to: stored.assigned_to.clone(),
            decided_by: stored.decided_by.clone(),
            decided_why: stored.decided_why.clone(),
            accepted_until: stored.accepted_until,
        }
    }
}

impl LawLine {
    /// A rule that this version does not know keeps its id.
    fn new(id: &str) -> Self {
        let known = law::find(id);
        Self {
            id: id.to_owned(),
            authority: known.map_or(id, |law| law.authority).to_owned(),
            asks: known.map_or("", |law| law.asks).to_owned(),
        }
    }
}
