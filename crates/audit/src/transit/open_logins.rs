//! Servers that let anyone in over TLS without a password: what is sent is hidden, and nobody is kept out.

use dataward_model::Remedy;
use dataward_model::Severity;
use dataward_tls::EndpointFacts;
use jiff::Timestamp;

use super::Problem;
use super::setting::Need;
use super::setting::setting;
use crate::Check;
use crate::Needs;

/// The check.
pub const CHECK: Check = Check {
    name: "transit/open-logins",
    summary: "anyone is let in over TLS without a password",
    needs: Needs::Facts,
    run: |snapshot| super::faults(snapshot, judge),
};

/// GDPR art. 32(1)(b); PCI DSS 8.3.1 (all access is proven).
pub fn judge(facts: &EndpointFacts, _: Timestamp) -> Vec<Problem> {
    if facts.lets_in_over_tls != Some(true) {
        return Vec::new();
    }
    vec![Problem {
        detail: String::new(),
        severity: Severity::Critical,
        title: format!("`{}` lets anyone in without a password, also over TLS", facts.address),
        reason: "whoever reaches the port is logged in: encryption hides what is sent, and keeps nobody out (GDPR \
                 art. 32(1)(b))"
            .to_owned(),
        law: &["eu-gdpr-32", "pci-8-3-1"],
        remedy: Remedy::Words(setting(facts.protocol, Need::AskProof)),
    }]
}
