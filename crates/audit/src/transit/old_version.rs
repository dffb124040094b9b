//! Versions nobody should offer any more.

use dataward_model::Remedy;
use dataward_model::Severity;
use dataward_tls::EndpointFacts;
use dataward_tls::Version;
use jiff::Timestamp;

use super::Problem;
use super::setting::Need;
use super::setting::setting;
use crate::Check;
use crate::Needs;

/// The check.
pub const CHECK: Check = Check {
    name: "transit/old-version",
    summary: "versions of SSL and TLS that are forbidden by now",
    needs: Needs::Facts,
    run: |snapshot| super::faults(snapshot, judge),
};

/// RFC 6176 (SSL 2.0), RFC 7568 (SSL 3.0), RFC 8996 (TLS 1.0 and 1.1); PCI DSS 4.2.1.
pub fn judge(facts: &EndpointFacts, _: Timestamp) -> Vec<Problem> {
    let old: Vec<Version> = facts.spoken().filter(|version| version.is_forbidden()).collect();
    let Some(oldest) = old.first() else { return Vec::new() };
    let newest = facts.spoken().next_back();
    let only = newest.is_some_and(Version::is_forbidden);
    let names: Vec<&str> = old.iter().map(|version| version.as_str()).collect();
    vec![Problem {
        detail: String::new(),
        severity: if *oldest <= Version::Ssl3 || only { Severity::High } else { Severity::Medium },
        title: format!(
            "`{}` {} {}",
            facts.address,
            if only { "speaks nothing newer than" } else { "still speaks" },
            if only { newest.map_or("", Version::as_str).to_owned() } else { names.join(", ") }
        ),
        reason: "they are broken or out of care (RFC 8996, RFC 7568, RFC 6176): somebody in the middle can push \
                 clients down to them"
            .to_owned(),
        law: &["eu-gdpr-32", "pci-4-2-1"],
        remedy: Remedy::Words(setting(facts.protocol, Need::NewVersions)),
    }]
}
