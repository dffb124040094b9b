//! Whether a stapled OCSP answer is worth something: about the certificate it came with, and signed by its
//! authority or by somebody whom that let answer (RFC 6960, 3.2). No responder is asked.

use dataward_tls::certificate::Parts;
use dataward_tls::ocsp::Answer;
use dataward_tls::ocsp::Stapled;
use jiff::Timestamp;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;

/// What an answer says of the first certificate of `chain`. `authorities` may have signed it, where the server
/// does not send its issuer along; where that is not known at all, the answer is taken at its word.
pub(super) fn judge(answer: &[u8], chain: &[Vec<u8>], authorities: &[CertificateDer<'_>], now: Timestamp) -> Stapled {
    let Some(answer) = Answer::read(answer) else { return Stapled::Useless };
    let Some(leaf) = chain.first().and_then(|bytes| Parts::read(bytes)) else { return answer.says };
    let sent = chain[1..].iter().map(Vec::as_slice).chain(authorities.iter().map(|authority| authority.as_ref()));
    let issuer = sent.filter_map(Parts::read).find(|issuer| issuer.subject == leaf.issuer && has_signed(issuer, &leaf));
    if !answer.is_about(&leaf, issuer.as_ref()) {
        return Stapled::OfAnother;
    }
    let Some(issuer) = issuer else { return answer.says };
    let is_by = |signer: &Parts<'_>| verifies(signer, answer.algorithm, answer.signed, answer.signature);
    let deputies = || answer.certificates.iter().filter_map(|bytes| Parts::read(bytes));
    let may_answer = |deputy: &Parts<'_>| {
        deputy.may_answer && (deputy.dates.0..=deputy.dates.1).contains(&now) && has_signed(&issuer, deputy)
    };
    if is_by(&issuer) || deputies().any(|deputy| may_answer(&deputy) && is_by(&deputy)) {
        answer.says
    } else {
        Stapled::NotSigned
    }
}

fn has_signed(issuer: &Parts<'_>, certificate: &Parts<'_>) -> bool {
    verifies(issuer, certificate.algorithm, certificate.signed, certificate.signature)
}

fn verifies(signer: &Parts<'_>, algorithm: &[u8], signed: &[u8], signature: &[u8]) -> bool {
    let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms.all;
    algorithms
        .iter()
        .filter(|known| {
            known.signature_alg_id().as_ref() == algorithm && known.public_key_alg_id().as_ref() == signer.key_algorithm
        })
        .any(|known| known.verify_signature(signer.key_bits, signed, signature).is_ok())
}
