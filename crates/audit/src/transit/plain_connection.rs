//! Sources that we reached over a connection without encryption.

use dataward_model::Place;
use dataward_model::Severity;

use crate::Fault;
use crate::Snapshot;

/// The check's name in findings.
pub const NAME: &str = "transit/plain-connection";
/// What is wrong with all that it finds, for people.
pub const SUMMARY: &str = "reached over a connection without encryption";

/// One fault for each source with personal data that is reached in the clear.
pub fn check(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    snapshot
        .sources
        .iter()
        .filter(|source| source.plain_transport && snapshot.tables.iter().any(|table| table.source == source.id))
        .map(|source| Fault {
            place: Place::of_source(source.id.clone()),
            severity: Severity::High,
            title: format!("the connection to `{}` is not encrypted: anyone on the way can read along", source.id),
            reason: "personal data must be protected on the way too (GDPR art. 32(1)(a))".to_owned(),
            remedy: format!(
                "turn on TLS on the server and set `sslmode=verify-full` in the url of [source.{}]",
                source.id
            ),
        })
        .collect()
}
