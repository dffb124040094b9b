//! Contradictions between the retention policy and the law that nobody decided.

use dataward_model::Place;
use dataward_model::Remedy;
use dataward_model::Severity;

use crate::Check;
use crate::Fault;
use crate::Needs;
use crate::Snapshot;

/// The check. Accountability: the controller can show what it decided (GDPR art. 5(2)).
pub const CHECK: Check = Check {
    name: "collection/retention-conflict",
    summary: "to decide: law and policy contradict each other",
    needs: Needs::Facts,
    run: check,
};

/// What keeps data of a table for ever until somebody decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenKind {
    /// Two rules that cannot both be kept.
    Contradiction,
    /// A period that cannot begin: nobody said which column it counts from.
    NoStart,
}

/// What is to be decided of a table, where nothing goes until then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenConflict {
    /// What.
    pub kind: OpenKind,
    /// The table.
    pub place: Place,
    /// What tells it from others at the table.
    pub id: String,
    /// In one sentence.
    pub text: String,
    /// What to type to decide it.
    pub command: String,
    /// How many people are behind the table, estimated.
    pub people: Option<u64>,
}

/// One fault for each contradiction.
fn check(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    let conflicts = snapshot.facts.retention.iter().flatten();
    conflicts
        .filter(|conflict| conflict.kind == OpenKind::Contradiction)
        .map(|conflict| Fault {
            place: conflict.place.clone(),
            detail: conflict.id.clone(),
            severity: Severity::Medium,
            people: conflict.people,
            title: conflict.text.clone(),
            reason: "a period that law asks for and a period that you wish contradict each other; until somebody \
                     decides and writes down why, nothing is deleted there, and data is kept longer than anyone decided \
                     (GDPR art. 5(1)(e) and 24(1))"
                .to_owned(),
            law: &["eu-gdpr-5-1-e", "eu-gdpr-24-1"],
            remedy: Remedy::command(&conflict.command),
        })
        .collect()
}
