//! Revoked certificates that are still served, OCSP answers that say nothing, and certificates that
//! nobody can revoke.

use dataward_model::Remedy;
use dataward_model::Severity;
use dataward_tls::EndpointFacts;
use dataward_tls::facts::Trust;
use dataward_tls::ocsp::Stapled;
use jiff::Timestamp;

use super::Problem;
use super::certificate_trust::chain_name;
use crate::Check;
use crate::Needs;

/// The check.
pub const CHECK: Check = Check {
    name: "transit/revocation",
    summary: "certificates that are revoked, or that nobody can revoke",
    needs: Needs::Facts,
    run: |snapshot| super::faults(snapshot, judge),
};

/// Certificates of at most so many days need no revocation (CA/Browser Forum, baseline requirements 4.9.7:
/// short-lived ones).
const SHORT_LIVED_DAYS: i64 = 10;

/// What the answer says, where its authority said it.
pub fn judge(facts: &EndpointFacts, now: Timestamp) -> Vec<Problem> {
    let mut problems = Vec::new();
    for chain in &facts.chains {
        let Some(leaf) = chain.leaf() else { continue };
        let staple = super::setting::setting(facts.protocol, super::setting::Need::Staple);
        let (severity, what, remedy) = match chain.stapled {
            Some(Stapled::Revoked) => (
                Severity::High,
                "is revoked, as the OCSP answer says that comes with it",
                "have a new certificate made with a new key, and find out why this one was revoked".to_owned(),
            ),
            Some(Stapled::Unknown) => {
                (Severity::Medium, "is not known to its authority, as the OCSP answer says", staple)
            }
            Some(Stapled::OfAnother) => {
                (Severity::Medium, "comes with an OCSP answer about another certificate: clients refuse it", staple)
            }
            Some(Stapled::NotSigned) => (
                Severity::Medium,
                "comes with an OCSP answer that neither its authority nor a responder of that has signed: clients refuse it",
                staple,
            ),
            Some(Stapled::Useless) => (Severity::Low, "comes with an OCSP answer that says nothing", staple),
            Some(Stapled::Good { until: Some(until) }) if until < now => {
                (Severity::Medium, "comes with an OCSP answer that is out of date: clients refuse it", staple)
            }
            _ if !leaf.names_responder
                && !leaf.names_list
                && !leaf.is_self_issued
                && leaf.lifespan_days() > SHORT_LIVED_DAYS
                // A house's own authority is asked by its own clients alone: its list is its own affair.
                && chain.public == Trust::Trusted =>
            {
                (
                    Severity::Low,
                    "names neither an OCSP responder nor a list of revoked ones: whoever steals its key can use it to its end",
                    "let the authority name its list, or have certificates of a few days made by a machine".to_owned(),
                )
            }
            _ => continue,
        };
        problems.push(Problem {
            detail: chain_name(chain),
            severity,
            title: format!("the certificate of `{}` {what}", facts.address),
            reason: "revocation is what stops a stolen key".to_owned(),
            law: &["eu-gdpr-32"],
            remedy: Remedy::Words(remedy),
        });
    }
    problems
}
