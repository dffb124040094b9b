//! Certificates that no trusted authority vouches for.

use dataward_model::Remedy;
use dataward_model::Severity;
use dataward_tls::EndpointFacts;
use dataward_tls::facts::ChainFacts;
use dataward_tls::facts::Protocol;
use dataward_tls::facts::Trust;
use jiff::Timestamp;

use super::Problem;
use crate::Check;
use crate::Needs;

/// The check.
pub const CHECK: Check = Check {
    name: "transit/certificate-trust",
    summary: "certificates that no trusted authority vouches for",
    needs: Needs::Facts,
    run: |snapshot| super::faults(snapshot, judge),
};

/// A client that cannot check a certificate cannot tell the server from somebody in the middle.
pub fn judge(facts: &EndpointFacts, _: Timestamp) -> Vec<Problem> {
    let mut problems: Vec<Problem> =
        facts.chains.iter().filter(|chain| !chain.is_trusted()).map(|chain| untrusted(facts, chain)).collect();
    if facts.offers_tls && facts.chains.is_empty() && facts.spoken().next().is_some() {
        problems.push(Problem {
            detail: "none".to_owned(),
            severity: Severity::High,
            title: format!("`{}` shows no certificate", facts.address),
            reason: "nobody can tell it from somebody in the middle".to_owned(),
            law: &["eu-gdpr-32"],
            remedy: Remedy::words("give the server a certificate, and switch off suites with `anon` in their name"),
        });
    }
    problems
}

fn untrusted(facts: &EndpointFacts, chain: &ChainFacts) -> Problem {
    let leaf = chain.leaf();
    let is_own = leaf.is_some_and(|leaf| leaf.is_self_issued);
    let trust = chain.named.unwrap_or(if chain.system == Trust::UnknownIssuer { chain.public } else { chain.system });
    let what = match trust {
        Trust::UnknownIssuer if is_own => "its certificate is signed by itself alone".to_owned(),
        Trust::UnknownIssuer => {
            let issuer = leaf.map(|leaf| leaf.issuer.clone()).unwrap_or_default();
            format!("its certificate is signed by `{issuer}`, which is not trusted here, or the chain lacks a link")
        }
        other => other.as_str().to_owned(),
    };
    // Browsers refuse it; clients of databases mostly do not look, and fall to whoever is in the middle.
    let is_public = matches!(facts.protocol, Protocol::Https);
    Problem {
        detail: chain_name(chain),
        severity: if is_public || trust != Trust::UnknownIssuer { Severity::High } else { Severity::Medium },
        title: format!("clients of `{}` cannot tell who it is: {what}", facts.address),
        reason: "a client that connects all the same connects to anyone in the middle too".to_owned(),
        law: &["eu-gdpr-32"],
        remedy: Remedy::words(if is_public {
            "get a certificate of a public authority (Let's Encrypt costs nothing) and send the whole chain"
        } else {
            "if the authority is your own, name it: `sslrootcert=FILE` or `ssl-ca=FILE` in the source's url, or \
             --ca FILE; else have a trusted one sign the certificate"
        }),
    }
}

/// What tells the chains of an endpoint apart and stays when a certificate is renewed: the kind of key.
pub(super) fn chain_name(chain: &ChainFacts) -> String {
    chain.leaf().map_or("unreadable", |leaf| leaf.key.as_str()).to_owned()
}
