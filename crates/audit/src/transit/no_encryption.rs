//! Servers that offer no TLS at all.

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
    name: "transit/no-encryption",
    summary: "servers that offer no encryption",
    needs: Needs::Facts,
    run: |snapshot| super::faults(snapshot, judge),
};

/// GDPR art. 32(1)(a); PCI DSS 4.2.1.
pub fn judge(facts: &EndpointFacts, _: Timestamp) -> Vec<Problem> {
    if facts.offers_tls {
        return Vec::new();
    }
    vec![Problem {
        detail: String::new(),
        severity: Severity::High,
        title: format!("`{}` offers no encryption: anyone on the way can read and change what is sent", facts.address),
        reason: "personal data and passwords must be protected on the way (GDPR art. 32(1)(a))".to_owned(),
        law: &["eu-gdpr-32", "pci-4-2-1"],
        remedy: Remedy::Words(setting(facts.protocol, Need::OfferTls)),
    }]
}
