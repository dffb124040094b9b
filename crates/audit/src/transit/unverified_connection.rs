//! Sources whose address in the policy does not have the server's certificate checked.

use dataward_model::Place;
use dataward_model::Remedy;
use dataward_model::Severity;

use super::weak_string::Weakness;
use super::weak_string::of_address;
use crate::Check;
use crate::Fault;
use crate::Needs;
use crate::Snapshot;

/// The check.
pub const CHECK: Check = Check {
    name: "transit/unverified-connection",
    summary: "sources whose address does not have the certificate checked",
    needs: Needs::Facts,
    run: check,
};

/// libpq's default `prefer` and MySQL's `PREFERRED` connect to whoever answers.
fn check(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    // Goes by the policy alone, but belongs to the audit: a scan is no place for lessons on settings.
    if snapshot.facts.transit.is_none() {
        return Vec::new();
    }
    let weak =
        snapshot.policy.sources.iter().filter_map(|(id, source)| Some((id, of_address(&source.url.to_string())?)));
    weak.map(|(id, weakness)| Fault {
        place: Place::of_source(id.clone()),
        detail: String::new(),
        severity: match weakness {
            Weakness::Plain => Severity::High,
            _ => Severity::Medium,
        },
        people: snapshot.people(id),
        title: format!("our own connection to `{id}` {}", weakness.as_str()),
        reason: "somebody in the middle can take the server's place, read the password and all that follows".to_owned(),
        law: &["eu-gdpr-32"],
        remedy: Remedy::Words(format!("in the url of [source.{id}]: {}", weakness.remedy())),
    })
    .collect()
}
