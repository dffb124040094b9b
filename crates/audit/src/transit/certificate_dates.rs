//! Certificates that have expired, are not valid yet, or end soon.

use dataward_model::Remedy;
use dataward_model::Severity;
use dataward_tls::EndpointFacts;
use jiff::Timestamp;

use super::Problem;
use super::certificate_trust::chain_name;
use crate::Check;
use crate::Needs;

/// The check.
pub const CHECK: Check = Check {
    name: "transit/certificate-dates",
    summary: "certificates that have expired or end soon",
    needs: Needs::Facts,
    run: |snapshot| super::faults(snapshot, judge),
};

/// Days before its end at which renewal is late: public authorities' clients renew at a third of 90 days.
const SOON_DAYS: i64 = 21;
/// Shorter certificates are renewed by machines, which need less time.
const SHORT_LIVED_DAYS: i64 = 30;

/// An expired certificate locks out the clients that look, and trains people to click warnings away.
pub fn judge(facts: &EndpointFacts, now: Timestamp) -> Vec<Problem> {
    let mut problems = Vec::new();
    for chain in &facts.chains {
        let Some(leaf) = chain.leaf() else { continue };
        let left = leaf.not_after.duration_since(now).as_secs().div_euclid(86_400);
        let soon = if leaf.lifespan_days() < SHORT_LIVED_DAYS { leaf.lifespan_days() / 4 } else { SOON_DAYS };
        let day = |moment: Timestamp| moment.strftime("%Y-%m-%d").to_string();
        let (severity, what) = if now > leaf.not_after {
            (Severity::High, format!("has expired on {}", day(leaf.not_after)))
        } else if now < leaf.not_before {
            (Severity::High, format!("is not valid before {}", day(leaf.not_before)))
        } else if left <= soon {
            let days = if left == 1 { "1 day".to_owned() } else { format!("{left} days") };
            (Severity::Medium, format!("ends in {days}, on {}", day(leaf.not_after)))
        } else {
            continue;
        };
        problems.push(Problem {
            detail: chain_name(chain),
            severity,
            title: format!("the certificate of `{}` {what}", facts.address),
            reason:
                "clients that look will not connect, and those that do not look never notice somebody in the middle"
                    .to_owned(),
            law: &["eu-gdpr-32"],
            remedy: Remedy::words("renew it, and let a machine do so from now on (ACME: certbot, lego, caddy)"),
        });
    }
    problems
}
