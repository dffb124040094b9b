//! Bytes that came before TLS and were taken for what came inside it, and answers that break the rules.

use dataward_model::Remedy;
use dataward_model::Severity;
use dataward_tls::EndpointFacts;
use jiff::Timestamp;

use super::Problem;
use crate::Check;
use crate::Needs;

/// The check.
pub const CHECK: Check = Check {
    name: "transit/injection",
    summary: "bytes are put in before encryption begins, or answers break the rules",
    needs: Needs::Facts,
    run: |snapshot| super::faults(snapshot, judge),
};

/// CVE-2021-23222 (libpq), CVE-2021-23214 (PostgreSQL), CVE-2011-0411 (mail servers).
pub fn judge(facts: &EndpointFacts, _: Timestamp) -> Vec<Problem> {
    let address = &facts.address;
    let mut problems = Vec::new();
    if facts.injects {
        problems.push(Problem {
            detail: "after the go-ahead".to_owned(),
            severity: Severity::High,
            title: format!("`{address}` sends bytes after it agreed to encrypt and before it does"),
            reason: "clients may take them for what came encrypted (CVE-2021-23222, CVE-2011-0411): somebody on the \
                     way can put in answers of his own"
                .to_owned(),
            law: &["eu-gdpr-32"],
            remedy: Remedy::words("find out what stands between you and the server (a proxy, a pooler), and update it"),
        });
    }
    if facts.takes_injected == Some(true) {
        problems.push(Problem {
            detail: "before the handshake".to_owned(),
            severity: Severity::High,
            title: format!("`{address}` takes what came before encryption for what came inside it"),
            reason: "somebody on the way can put in statements of his own (CVE-2021-23214)".to_owned(),
            law: &["eu-gdpr-32"],
            remedy: Remedy::words("update PostgreSQL (14.1, 13.5, 12.9 or later) or the pooler before it"),
        });
    }
    problems.extend(facts.malformed.iter().map(|fault| Problem {
        detail: fault.as_str().to_owned(),
        severity: Severity::Low,
        title: format!("`{address}` breaks the rules of TLS: {}", fault.as_str()),
        reason: "what breaks the rules is often broken in other ways too, or somebody stands between".to_owned(),
        law: &["eu-gdpr-32"],
        remedy: Remedy::words("update the server, or what stands before it"),
    }));
    problems
}
