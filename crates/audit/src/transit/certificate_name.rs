//! Certificates for another host.

use dataward_model::Remedy;
use dataward_model::Severity;
use dataward_tls::EndpointFacts;
use dataward_tls::names::HostName;
use jiff::Timestamp;

use super::Problem;
use super::certificate_trust::chain_name;
use crate::Check;
use crate::Needs;

/// The check.
pub const CHECK: Check = Check {
    name: "transit/certificate-name",
    summary: "certificates for another host",
    needs: Needs::Facts,
    run: |snapshot| super::faults(snapshot, judge),
};

/// Names shown of a certificate.
const SHOWN: usize = 4;

/// RFC 9525: the host's name must stand among the alternative names.
pub fn judge(facts: &EndpointFacts, _: Timestamp) -> Vec<Problem> {
    let mut problems = Vec::new();
    for chain in &facts.chains {
        let Some(leaf) = chain.leaf().filter(|leaf| !leaf.covers(&facts.host)) else { continue };
        let names: Vec<String> = leaf.names.iter().take(SHOWN).map(HostName::to_text).collect();
        let what = match names.as_slice() {
            [] => "names no host at all".to_owned(),
            names => format!("is for {}", names.join(", ")),
        };
        problems.push(Problem {
            detail: chain_name(chain),
            severity: Severity::Medium,
            title: format!("the certificate of `{}` {what}, not for `{}`", facts.address, facts.host),
            reason: "clients that check the name will not connect; so people switch the check off".to_owned(),
            law: &["eu-gdpr-32"],
            remedy: Remedy::Words(format!(
                "connect by a name the certificate is for, or have one made with `subjectAltName` {}",
                if facts.host.parse::<std::net::IpAddr>().is_ok() {
                    format!("IP:{}", facts.host)
                } else {
                    format!("DNS:{}", facts.host)
                }
            )),
        });
    }
    problems
}
