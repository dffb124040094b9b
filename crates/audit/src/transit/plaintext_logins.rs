//! Servers that take log-ins without TLS, whatever else they offer: the finding scanners do not give.

use dataward_model::Remedy;
use dataward_model::Severity;
use dataward_tls::EndpointFacts;
use dataward_tls::facts::PlaintextLogins;
use jiff::Timestamp;

use super::Problem;
use super::setting::Need;
use super::setting::setting;
use crate::Check;
use crate::Needs;

/// The check.
pub const CHECK: Check = Check {
    name: "transit/plaintext-logins",
    summary: "log-ins are taken without encryption",
    needs: Needs::Facts,
    run: |snapshot| super::faults(snapshot, judge),
};

/// GDPR art. 32(1)(a); PCI DSS 8.3.1 (log-ins without proof), 4.2.1.
pub fn judge(facts: &EndpointFacts, _: Timestamp) -> Vec<Problem> {
    let address = &facts.address;
    let (severity, title, reason) = match facts.plaintext {
        PlaintextLogins::Refused | PlaintextLogins::Unknown => return Vec::new(),
        PlaintextLogins::LetsIn => (
            Severity::Critical,
            format!("`{address}` lets anyone in without a password and without encryption"),
            "whoever reaches the port is logged in, and whoever is on the way reads along",
        ),
        PlaintextLogins::AsksForPassword => (
            Severity::High,
            format!("`{address}` takes passwords without encryption"),
            "a client that is not told to use TLS sends its password readable to anyone on the way",
        ),
        PlaintextLogins::AsksForProof => (
            Severity::High,
            format!("`{address}` takes log-ins without encryption"),
            "the password is hidden, but all that is read and written after the log-in is not; somebody in the \
             middle turns encryption off unnoticed",
        ),
    };
    let tls = setting(facts.protocol, Need::RequireTls);
    vec![Problem {
        detail: String::new(),
        severity,
        title,
        reason: reason.to_owned(),
        law: &["eu-gdpr-32", "pci-4-2-1", "pci-8-3-1"],
        // TLS alone keeps nobody out.
        remedy: Remedy::Words(match facts.plaintext {
            PlaintextLogins::LetsIn => format!("{}; and then: {tls}", setting(facts.protocol, Need::AskProof)),
            _ => tls,
        }),
    }]
}
