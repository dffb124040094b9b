//! The OCSP answer that comes with a certificate (RFC 6960): what it says, until when it holds, about which
//! certificate, and what it was signed with. The signature itself is checked by whoever has the algorithms, in
//! `connect::transit`.

use jiff::Timestamp;
use sha1::Sha1;
use sha2::Digest;
use sha2::Sha256;

use crate::certificate::Parts;
use crate::certificate::time;
use crate::der;
use crate::der::Der;
use crate::der::OBJECT_IDENTIFIER;
use crate::der::SEQUENCE;

/// What an OCSP answer says of the server's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stapled {
    /// It is not revoked.
    Good {
        /// Until when the answer holds, where it says so.
        until: Option<Timestamp>,
    },
    /// It is revoked.
    Revoked,
    /// The authority does not know it.
    Unknown,
    /// The answer says that it could not be given, or is none.
    Useless,
    /// It is about another certificate.
    OfAnother,
    /// Neither the authority nor anyone it let answer has signed it.
    NotSigned,
}

impl Stapled {
    /// The word in machine-readable output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good { .. } => "good",
            Self::NotSigned => "not-signed",
            Self::OfAnother => "of-another-certificate",
            Self::Revoked => "revoked",
            Self::Unknown => "unknown",
            Self::Useless => "useless",
        }
    }
}

/// An answer in its parts.
#[derive(Clone, Debug)]
pub struct Answer<'a> {
    /// What it says, its signature left aside.
    pub says: Stapled,
    /// The bytes that are signed.
    pub signed: &'a [u8],
    /// The algorithm of the signature: the content of its `AlgorithmIdentifier`.
    pub algorithm: &'a [u8],
    /// The signature.
    pub signature: &'a [u8],
    /// Certificates that came along: that of a responder to whom the authority left the answering.
    pub certificates: Vec<&'a [u8]>,
    about: About<'a>,
}

/// The certificate that an answer is about.
#[derive(Clone, Debug)]
struct About<'a> {
    hash: String,
    issuer_name: &'a [u8],
    issuer_key: &'a [u8],
    serial: &'a [u8],
}

/// Certificates of an answer that are looked at.
const MOST_CERTIFICATES: usize = 8;

const ENUMERATED: u8 = 0x0a;
const INTEGER: u8 = 0x02;
const BITS: u8 = 0x03;
const OCTETS: u8 = 0x04;
const GENERALIZED_TIME: u8 = 0x18;
/// `[0] EXPLICIT`: the bytes of a successful answer, the version, the end, the certificates.
const CONTEXT_0: u8 = 0xa0;
/// `good [0] IMPLICIT NULL`, `revoked [1]`, `unknown [2]`.
const GOOD: u8 = 0x80;
const REVOKED: u8 = 0xa1;
const BASIC: &str = "1.3.6.1.5.5.7.48.1.1";
const SHA_1: &str = "1.3.14.3.2.26";
const SHA_256: &str = "2.16.840.1.101.3.4.2.1";

impl<'a> Answer<'a> {
    /// Reads an `OCSPResponse`; none when it is none, or says that no answer could be given.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut response = Der(bytes).inside(SEQUENCE)?;
        if response.tagged(ENUMERATED)?.content != [0] {
            return None;
        }
        let mut body = response.inside(CONTEXT_0)?.inside(SEQUENCE)?;
        if der::dotted(body.tagged(OBJECT_IDENTIFIER)?.content) != BASIC {
            return None;
        }
        let mut basic = body.inside(OCTETS)?.inside(SEQUENCE)?;
        let signed = basic.tagged(SEQUENCE)?;
        let algorithm = basic.tagged(SEQUENCE)?.content;
        let (_, signature) = basic.tagged(BITS)?.content.split_first()?;
        let certificates = basic.inside(CONTEXT_0).and_then(|mut list| list.inside(SEQUENCE));
        let certificates = certificates.into_iter().flatten().map(|one| one.whole).take(MOST_CERTIFICATES).collect();
        let mut data = Der(signed.content);
        let mut ahead = data;
        // The version is left out where it is 1; the name of the responder is [1] or [2].
        if ahead.inside(CONTEXT_0).is_some_and(|mut version| version.tagged(INTEGER).is_some()) {
            data = ahead;
        }
        data.next_element()?;
        data.tagged(GENERALIZED_TIME)?;
        // One answer for the server's own certificate stands first.
        let mut single = data.inside(SEQUENCE)?.inside(SEQUENCE)?;
        let mut about = single.inside(SEQUENCE)?;
        let about = About {
            hash: der::dotted(about.inside(SEQUENCE)?.tagged(OBJECT_IDENTIFIER)?.content),
            issuer_name: about.tagged(OCTETS)?.content,
            issuer_key: about.tagged(OCTETS)?.content,
            serial: about.tagged(INTEGER)?.content,
        };
        let status = single.next_element()?.tag;
        single.tagged(GENERALIZED_TIME)?;
        let until = single.inside(CONTEXT_0).and_then(|mut end| time(end.next_element()?));
        let says = match status {
            GOOD => Stapled::Good { until },
            REVOKED => Stapled::Revoked,
            _ => Stapled::Unknown,
        };
        Some(Self { says, signed: signed.whole, algorithm, signature, certificates, about })
    }

    /// Whether it is about this certificate, as far as can be said; with its issuer's certificate also whether
    /// that is the key meant (RFC 6960, 4.1.1).
    pub fn is_about(&self, certificate: &Parts<'_>, issuer: Option<&Parts<'_>>) -> bool {
        let digest = |bytes: &[u8]| match self.about.hash.as_str() {
            SHA_1 => Some(<Sha1 as sha1::Digest>::digest(bytes).to_vec()),
            SHA_256 => Some(Sha256::digest(bytes).to_vec()),
            _ => None,
        };
        let is = |hash: &[u8], bytes: &[u8]| digest(bytes).is_none_or(|digest| digest == hash);
        self.about.serial == certificate.serial
            && is(self.about.issuer_name, certificate.issuer)
            && issuer.is_none_or(|issuer| is(self.about.issuer_key, issuer.key_bits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![tag, 0x82];
        bytes.extend((content.len() as u16).to_be_bytes());
        bytes.extend(content);
        bytes
    }

    fn answer(status: &[u8]) -> Vec<u8> {
        let moment = |text: &str| element(GENERALIZED_TIME, text.as_bytes());
        let hash = element(SEQUENCE, &element(OBJECT_IDENTIFIER, &[0x2b, 0x0e, 3, 2, 0x1a]));
        let about = [hash, element(OCTETS, &[1; 20]), element(OCTETS, &[2; 20]), element(INTEGER, &[3])];
        let single = [
            element(SEQUENCE, &about.concat()),
            status.to_vec(),
            moment("20261101000000Z"),
            element(CONTEXT_0, &moment("20261108000000Z")),
        ];
        let data = [
            element(0xa1, &element(SEQUENCE, &[])),
            moment("20261101000000Z"),
            element(SEQUENCE, &element(SEQUENCE, &single.concat())),
        ];
        let signed = [element(SEQUENCE, &data.concat()), element(SEQUENCE, &[]), element(BITS, &[0, 9])];
        let basic = element(SEQUENCE, &signed.concat());
        let kind = element(OBJECT_IDENTIFIER, &[0x2b, 6, 1, 5, 5, 7, 48, 1, 1]);
        let body = element(SEQUENCE, &[kind, element(OCTETS, &basic)].concat());
        element(SEQUENCE, &[element(ENUMERATED, &[0]), element(CONTEXT_0, &body)].concat())
    }

    #[test]
    fn answers_are_read_and_what_is_none_is_none() {
        let says = |bytes: &[u8]| Answer::read(bytes).map(|answer| answer.says);
        let until = "2026-11-08T00:00:00Z".parse().ok();
        assert_eq!(says(&answer(&[GOOD, 0])), Some(Stapled::Good { until }));
        assert_eq!(says(&answer(&element(REVOKED, &[]))), Some(Stapled::Revoked));
        assert_eq!(says(&answer(&[0x82, 0])), Some(Stapled::Unknown));
        let whole = answer(&[GOOD, 0]);
        for end in 0..whole.len() {
            assert_eq!(says(&whole[..end]), None, "{end}");
        }
        // tryLater
        assert_eq!(says(&[0x30, 3, 0x0a, 1, 3]), None);
    }
}
