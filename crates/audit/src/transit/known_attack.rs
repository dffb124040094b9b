//! Features that known attacks go through.

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
    name: "transit/known-attack",
    summary: "compression, unsafe renegotiation, unnoticed downgrades",
    needs: Needs::Facts,
    run: |snapshot| super::faults(snapshot, judge),
};

/// CRIME (CVE-2012-4929), RFC 5746 (CVE-2009-3555), RFC 7507 (POODLE).
pub fn judge(facts: &EndpointFacts, _: Timestamp) -> Vec<Problem> {
    let address = &facts.address;
    let mut problems = Vec::new();
    let mut push = |detail: &str, severity, title: String, reason: &str, need| {
        problems.push(Problem {
            detail: detail.to_owned(),
            severity,
            title,
            reason: reason.to_owned(),
            law: &["eu-gdpr-32"],
            remedy: Remedy::Words(setting(facts.protocol, need)),
        });
    };
    if facts.compresses == Some(true) {
        let reason = "the length of what is sent tells what is in it (CRIME, CVE-2012-4929)";
        push(
            "compression",
            Severity::Medium,
            format!("`{address}` compresses inside TLS"),
            reason,
            Need::NoCompression,
        );
    }
    if facts.renegotiates_safely == Some(false) {
        let reason = "somebody in the middle can put words before a client's own (RFC 5746, CVE-2009-3555)";
        let title = format!("`{address}` does not renegotiate safely");
        push("renegotiation", Severity::Medium, title, reason, Need::Update);
    }
    let has_old = facts.spoken().any(|version| version < Version::Tls12);
    if facts.notices_fallback == Some(false) && has_old {
        let reason = "a client that tries again with an older version is not told that somebody made it (RFC 7507)";
        push("fallback", Severity::Low, format!("`{address}` does not notice downgrades"), reason, Need::NewVersions);
    }
    problems
}
