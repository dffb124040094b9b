//! Sources that we reached over a connection without encryption.

use dataward_model::Place;
use dataward_model::Remedy;
use dataward_model::Severity;
use dataward_model::SourceId;
use dataward_policy::SourceUrl;

use crate::Check;
use crate::Fault;
use crate::Needs;
use crate::Snapshot;

/// The check.
pub const CHECK: Check = Check {
    name: "transit/plain-connection",
    summary: "reached over a connection without encryption",
    needs: Needs::Inventory,
    run: check,
};

/// One fault for each source with personal data that is reached in the clear.
fn check(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    snapshot
        .sources
        .iter()
        .filter(|source| source.plain_transport && snapshot.tables.iter().any(|table| table.source == source.id))
        .map(|source| Fault {
            place: Place::of_source(source.id.clone()),
            detail: String::new(),
            severity: Severity::High,
            people: snapshot.people(&source.id),
            title: format!("the connection to `{}` is not encrypted: anyone on the way can read along", source.id),
            reason: "personal data must be protected on the way too (GDPR art. 32(1)(a))".to_owned(),
            law: &["eu-gdpr-32"],
            remedy: Remedy::Words(remedy(snapshot, &source.id)),
        })
        .collect()
}

/// What to write where, in the words of the address that the source has.
fn remedy(snapshot: &Snapshot<'_>, id: &SourceId) -> String {
    let scheme = match snapshot.policy.sources.get(id).map(|source| &source.url) {
        Some(SourceUrl::Remote { url, .. }) => url.scheme(),
        _ => "",
    };
    let server = |setting: &str| format!("turn on TLS on the server and set `{setting}` in the url of [source.{id}]");
    match scheme {
        "mysql" | "mariadb" => server("ssl-mode=verify_identity"),
        "postgres" | "postgresql" | "" => server("sslmode=verify-full"),
        _ => format!(
            "give the store's https: address as `endpoint` in the url of [source.{id}], and take out `allow_http`"
        ),
    }
}
