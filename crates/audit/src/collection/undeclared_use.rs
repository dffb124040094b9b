//! Personal data whose purpose or lawful basis nobody wrote down.

use dataward_model::Place;
use dataward_model::Severity;

use crate::Check;
use crate::Fault;
use crate::Needs;
use crate::Snapshot;

/// The check.
pub const CHECK: Check = Check {
    name: "collection/undeclared-use",
    summary: "not declared: purpose, lawful basis, origin or owner is missing",
    needs: Needs::Inventory,
    run: check,
};

/// One fault for each source with personal data that lacks purpose, lawful basis, origin or owner.
fn check(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    snapshot
        .policy
        .sources
        .iter()
        .filter(|(id, _)| snapshot.tables.iter().any(|table| table.source == **id))
        .filter_map(|(id, source)| {
            let missing: Vec<&str> = [
                ("purpose", source.purpose.is_none()),
                ("lawful_basis", source.lawful_basis.is_none()),
                ("collected_from", source.collected_from.is_none()),
                ("owner", source.owner.is_none()),
            ]
            .into_iter()
            .filter_map(|(name, is_missing)| is_missing.then_some(name))
            .collect();
            (!missing.is_empty()).then(|| Fault {
                place: Place::of_source(id.clone()),
                detail: String::new(),
                severity: Severity::Medium,
                people: snapshot.people(id),
                title: format!("`{id}` holds personal data, and the policy does not say its {}", missing.join(", ")),
                reason: "each processing needs a purpose, a lawful basis and someone who answers for it \
                         (GDPR art. 5(1)(b), 6(1) and 30(1))"
                    .to_owned(),
                law: &["eu-gdpr-5-1-b", "eu-gdpr-6-1", "eu-gdpr-30"],
                remedy: format!("write {} into [source.{id}] of dataward.toml", missing.join(", ")),
            })
        })
        .collect()
}
