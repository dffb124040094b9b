//! Web servers that let visitors begin in the clear.

use dataward_model::Remedy;
use dataward_model::Severity;
use dataward_model::counted;
use dataward_tls::EndpointFacts;
use dataward_tls::facts::PlainHttp;
use jiff::Timestamp;

use super::Problem;
use super::setting::Need;
use super::setting::setting;
use crate::Check;
use crate::Needs;

/// The check.
pub const CHECK: Check = Check {
    name: "transit/web",
    summary: "web servers that serve in the clear or let visitors begin there",
    needs: Needs::Facts,
    run: |snapshot| super::faults(snapshot, judge),
};

/// SSL Labs asks for six months of HSTS, Mozilla for two years; we complain below six months.
pub(super) const SIX_MONTHS: u64 = 180 * 86_400;

/// RFC 6797.
pub fn judge(facts: &EndpointFacts, _: Timestamp) -> Vec<Problem> {
    let Some(http) = facts.http else { return Vec::new() };
    let mut problems = Vec::new();
    if http.plain == PlainHttp::Serves {
        problems.push(Problem {
            detail: "plain".to_owned(),
            severity: Severity::Medium,
            title: format!("`{}` serves pages over plain HTTP too, without sending visitors to HTTPS", facts.host),
            reason: "forms and cookies of such visits are readable to anyone on the way".to_owned(),
            law: &["eu-gdpr-32"],
            remedy: Remedy::Words(setting(facts.protocol, Need::Redirect)),
        });
    }
    if http.hsts_seconds.unwrap_or(0) < SIX_MONTHS {
        let title = match http.hsts_seconds {
            None | Some(0) => format!("`{}` does not tell browsers to come back encrypted only", facts.host),
            Some(seconds) => {
                format!(
                    "`{}` tells browsers to come back encrypted for {} only",
                    facts.host,
                    counted(seconds / 86_400, "day", "days")
                )
            }
        };
        problems.push(Problem {
            detail: "hsts".to_owned(),
            severity: Severity::Low,
            title,
            reason: "on each first visit somebody in the middle can keep the visitor in the clear (RFC 6797)"
                .to_owned(),
            law: &["eu-gdpr-32"],
            remedy: Remedy::Words(setting(facts.protocol, Need::Hsts)),
        });
    }
    problems
}
