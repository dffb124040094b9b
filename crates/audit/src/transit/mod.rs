//! Transit audit: can anyone on the way read along?
//!
//! What was found out about an endpoint ([`facts`]) is judged by one check a file; [`problems`] runs
//! them without a policy, for `dataward transit`. [`grade`] and [`profile`] say it in one letter and one
//! word, [`setting`] which line of the server's settings to change.

pub mod certificate_dates;
pub mod certificate_key;
pub mod certificate_name;
pub mod certificate_trust;
pub mod clients_in_clear;
pub mod facts;
pub mod grade;
pub mod injection;
pub mod known_attack;
pub mod no_encryption;
pub mod old_version;
pub mod open_logins;
pub mod plain_connection;
pub mod plaintext_logins;
pub mod profile;
pub mod revocation;
pub mod setting;
pub mod unverified_connection;
pub mod unverified_setting;
pub mod weak_cipher;
pub mod weak_exchange;
pub mod weak_string;
pub mod web;

use dataward_model::Remedy;
use dataward_model::Severity;
use dataward_tls::EndpointFacts;
use jiff::Timestamp;

use crate::Check;
use crate::Fault;
use crate::Snapshot;

pub use facts::Endpoint;
pub use facts::TransitFacts;
pub use facts::WeakSetting;

/// What is wrong with an endpoint, wherever it stands in a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What tells it from others of the same check at the same endpoint.
    pub detail: String,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, in one sentence for a shop owner.
    pub title: String,
    /// Why it matters.
    pub reason: String,
    /// Ids of the legal rules behind it.
    pub law: &'static [&'static str],
    /// What to type or do.
    pub remedy: Remedy,
}

/// Judges an endpoint.
pub type Judge = fn(&EndpointFacts, Timestamp) -> Vec<Problem>;

/// The checks that look at what an endpoint answers, and their judges. One line each.
pub const JUDGES: &[(&Check, Judge)] = &[
    (&no_encryption::CHECK, no_encryption::judge),
    (&open_logins::CHECK, open_logins::judge),
    (&plaintext_logins::CHECK, plaintext_logins::judge),
    (&injection::CHECK, injection::judge),
    (&certificate_trust::CHECK, certificate_trust::judge),
    (&certificate_dates::CHECK, certificate_dates::judge),
    (&certificate_name::CHECK, certificate_name::judge),
    (&certificate_key::CHECK, certificate_key::judge),
    (&revocation::CHECK, revocation::judge),
    (&old_version::CHECK, old_version::judge),
    (&weak_cipher::CHECK, weak_cipher::judge),
    (&weak_exchange::CHECK, weak_exchange::judge),
    (&known_attack::CHECK, known_attack::judge),
    (&web::CHECK, web::judge),
];

/// All that is wrong with what an endpoint answers, the gravest first.
pub fn problems(facts: &EndpointFacts, now: Timestamp) -> Vec<(&'static Check, Problem)> {
    let mut found: Vec<(&'static Check, Problem)> = JUDGES
        .iter()
        .flat_map(|(check, judge)| judge(facts, now).into_iter().map(|problem| (*check, problem)))
        .collect();
    found.sort_by_key(|(_, problem)| std::cmp::Reverse(problem.severity));
    found
}

/// The faults that `judge` finds at the endpoints that were asked.
fn faults(snapshot: &Snapshot<'_>, judge: Judge) -> Vec<Fault> {
    let Some(transit) = &snapshot.facts.transit else { return Vec::new() };
    // Two databases of one server have one endpoint: what is wrong with it is said once.
    let mut said: Vec<(&str, Problem)> = Vec::new();
    let mut faults = Vec::new();
    for endpoint in &transit.endpoints {
        for problem in judge(&endpoint.facts, snapshot.now) {
            let one = (endpoint.facts.address.as_str(), problem);
            if !said.contains(&one) {
                faults.push(one.1.clone().at(endpoint, snapshot));
                said.push(one);
            }
        }
    }
    faults
}

impl Problem {
    fn at(self, endpoint: &Endpoint, snapshot: &Snapshot<'_>) -> Fault {
        Fault {
            place: endpoint.place.clone(),
            detail: self.detail,
            severity: self.severity,
            people: snapshot.people(&endpoint.place.source),
            title: self.title,
            reason: self.reason,
            law: self.law,
            remedy: self.remedy,
        }
    }
}
