//! Certificates with short keys, forged hashes or broken promises.

use dataward_model::Remedy;
use dataward_model::Severity;
use dataward_tls::Certificate;
use dataward_tls::EndpointFacts;
use dataward_tls::certificate::KeyKind;
use dataward_tls::certificate::SignatureHash;
use jiff::Timestamp;

use super::Problem;
use crate::Check;
use crate::Needs;

/// The check.
pub const CHECK: Check = Check {
    name: "transit/certificate-key",
    summary: "certificates with short keys or forgeable signatures",
    needs: Needs::Facts,
    run: |snapshot| super::faults(snapshot, judge),
};

/// NIST SP 800-57 part 1 rev. 5, table 2: 112 bits of security, which is RSA with 2048 bits or a curve
/// of 224. Mozilla asks for the same.
const SHORTEST_RSA: u16 = 2048;
const SHORTEST_CURVE: u16 = 224;

/// Looks at all certificates that were sent but roots, whose signatures nobody checks.
pub fn judge(facts: &EndpointFacts, _: Timestamp) -> Vec<Problem> {
    let mut problems = Vec::new();
    for chain in &facts.chains {
        for (index, certificate) in chain.certificates.iter().enumerate() {
            let whose = if index == 0 { "the certificate" } else { "an authority's certificate" };
            if let Some(what) = short_key(certificate) {
                problems.push(problem(
                    facts,
                    "key",
                    Severity::High,
                    format!("{whose} of `{}` has {what}", facts.address),
                ));
            }
            let hash = match certificate.hash {
                SignatureHash::Md5 => "MD5",
                SignatureHash::Sha1 => "SHA-1",
                SignatureHash::Other | SignatureHash::Sha2 => continue,
            };
            if !certificate.is_self_issued || index == 0 {
                let title = format!("{whose} of `{}` is signed over {hash}, which can be forged", facts.address);
                problems.push(problem(facts, "hash", Severity::High, title));
            }
        }
        if chain.leaf().is_some_and(|leaf| leaf.must_staple) && chain.stapled.is_none() {
            let title = format!(
                "the certificate of `{}` promises an OCSP answer, and the server sends none: strict clients refuse it",
                facts.address
            );
            problems.push(problem(facts, "staple", Severity::Medium, title));
        }
        if chain.has_unreadable {
            let title = format!("a certificate of `{}` cannot be read", facts.address);
            problems.push(problem(facts, "unreadable", Severity::Medium, title));
        }
    }
    problems
}

/// Whether a certificate's key is shorter than 112 bits of security, and how short.
pub(super) fn short_key(certificate: &Certificate) -> Option<String> {
    let bits = certificate.key_bits;
    match certificate.key {
        KeyKind::Rsa | KeyKind::Dsa if bits < SHORTEST_RSA => {
            Some(format!("a key of {bits} bits ({}); 2048 is the least", certificate.key.as_str()))
        }
        KeyKind::Ecdsa if bits < SHORTEST_CURVE => Some(format!("a key on a curve of {bits} bits; 224 is the least")),
        _ => None,
    }
}

fn problem(facts: &EndpointFacts, detail: &str, severity: Severity, title: String) -> Problem {
    let (reason, remedy) = match detail {
        "staple" => (
            "without it clients cannot see that a certificate was revoked",
            super::setting::setting(facts.protocol, super::setting::Need::Staple),
        ),
        _ => (
            "who computes the key or forges the signature is the server for all who look",
            "have a new certificate made: ECDSA P-256 or RSA 2048, SHA-256".to_owned(),
        ),
    };
    Problem {
        detail: detail.to_owned(),
        severity,
        title,
        reason: reason.to_owned(),
        law: &["eu-gdpr-32"],
        remedy: Remedy::Words(remedy),
    }
}
