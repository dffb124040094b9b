//! The fields of an X.509 certificate (RFC 5280), read without checking a signature: whether a chain can
//! be trusted is asked of rustls, in `connect::transit`.

use std::net::IpAddr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use sha2::Digest;
use sha2::Sha256;

use crate::der;
use crate::der::Der;
use crate::der::OBJECT_IDENTIFIER;
use crate::der::SEQUENCE;
use crate::der::SET;
use crate::names::HostName;

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Who it is for: the common name, else the organisation. For people; clients must not look at it.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// The hosts it is for.
    pub names: Vec<HostName>,
    /// Valid from.
    pub not_before: Timestamp,
    /// Valid until.
    pub not_after: Timestamp,
    /// The kind of its key.
    pub key: KeyKind,
    /// Bits of the key; of the field for curves.
    pub key_bits: u16,
    /// The hash under the signature.
    pub hash: SignatureHash,
    /// Whether it names itself as its issuer.
    pub is_self_issued: bool,
    /// Whether it may sign others.
    pub is_authority: bool,
    /// Whether it promises that an OCSP answer comes with it (RFC 7633).
    pub must_staple: bool,
    /// Whether it names an OCSP responder.
    pub names_responder: bool,
    /// Whether it names a list of revoked certificates (RFC 5280, 4.2.1.13).
    pub names_list: bool,
    /// SHA-256 over all of it, in hex.
    pub fingerprint: String,
}

/// The kind of a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// DSA, which no client takes any more.
    Dsa,
    /// A key on one of the NIST or Brainpool curves.
    Ecdsa,
    /// Ed25519 or Ed448.
    Eddsa,
    /// None that we know.
    Other,
    /// RSA.
    Rsa,
}

impl KeyKind {
    /// As people write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dsa => "DSA",
            Self::Ecdsa => "ECDSA",
            Self::Eddsa => "EdDSA",
            Self::Other => "unknown",
            Self::Rsa => "RSA",
        }
    }
}

/// The hash under a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureHash {
    /// MD2 or MD5: forged in 2008.
    Md5,
    /// None that we know, or part of the algorithm (EdDSA).
    Other,
    /// Collisions since 2017 (SHAttered).
    Sha1,
    /// SHA-224 to SHA-512.
    Sha2,
}

/// Longest name kept of what a stranger wrote.
const LONGEST_NAME: usize = 200;
/// Names kept of one certificate; public authorities allow 100.
const MOST_NAMES: usize = 1000;

impl Certificate {
    /// Reads a certificate in DER; none when it is not one.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut outer = Der(bytes).inside(SEQUENCE)?;
        let mut body = outer.inside(SEQUENCE)?;
        const VERSION: u8 = 0xa0;
        const INTEGER: u8 = 0x02;
        const EXTENSIONS: u8 = 0xa3;
        let _ = body.tagged(VERSION);
        body.tagged(INTEGER)?;
        let signature = body.inside(SEQUENCE)?.tagged(OBJECT_IDENTIFIER)?;
        let issuer = body.tagged(SEQUENCE)?;
        let mut validity = body.inside(SEQUENCE)?;
        let not_before = time(validity.next_element()?)?;
        let not_after = time(validity.next_element()?)?;
        let subject = body.tagged(SEQUENCE)?;
        let (key, key_bits) = public_key(body.inside(SEQUENCE)?)?;
        let mut certificate = Self {
            subject: title(subject.content),
            issuer: title(issuer.content),
            names: Vec::new(),
            not_before,
            not_after,
            key,
            key_bits,
            hash: signature_hash(&der::dotted(signature.content)),
            is_self_issued: subject.whole == issuer.whole,
            is_authority: false,
            must_staple: false,
            names_responder: false,
            names_list: false,
            fingerprint: hex::encode(Sha256::digest(bytes)),
        };
        // Unique identifiers of version 2 may stand before the extensions.
        let extensions = body.find(|element| element.tag == EXTENSIONS);
        if let Some(mut list) = extensions.and_then(|element| Der(element.content).inside(SEQUENCE)) {
            while let Some(extension) = list.inside(SEQUENCE) {
                certificate.extension(extension);
            }
        }
        Some(certificate)
    }

    /// Whether it is for `host`.
    pub fn covers(&self, host: &str) -> bool {
        self.names.iter().any(|name| name.covers(host))
    }

    /// Whether it is valid at that time.
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        (self.not_before..=self.not_after).contains(&now)
    }

    /// Whole days from its first to its last second.
    pub fn lifespan_days(&self) -> i64 {
        self.not_after.duration_since(self.not_before).as_secs() / 86_400
    }

    fn extension(&mut self, mut extension: Der<'_>) -> Option<()> {
        const BOOLEAN: u8 = 0x01;
        const OCTETS: u8 = 0x04;
        let kind = der::dotted(extension.tagged(OBJECT_IDENTIFIER)?.content);
        let _ = extension.tagged(BOOLEAN);
        let mut value = extension.inside(OCTETS)?;
        match kind.as_str() {
            "2.5.29.17" => self.names = value.inside(SEQUENCE)?.filter_map(host_name).take(MOST_NAMES).collect(),
            "2.5.29.31" => self.names_list = value.inside(SEQUENCE)?.next_element().is_some(),
            "2.5.29.19" => self.is_authority = value.inside(SEQUENCE)?.tagged(BOOLEAN)?.content != [0],
            // TLS feature: status_request (5) is the promise of a stapled answer.
            "1.3.6.1.5.5.7.1.24" => self.must_staple = value.inside(SEQUENCE)?.any(|element| element.content == [5]),
            "1.3.6.1.5.5.7.1.1" => {
                let responder = |element: der::Element<'_>| {
                    Der(element.content).tagged(OBJECT_IDENTIFIER).map(|kind| der::dotted(kind.content))
                };
                self.names_responder =
                    value.inside(SEQUENCE)?.filter_map(responder).any(|kind| kind == "1.3.6.1.5.5.7.48.1");
            }
            _ => {}
        }
        Some(())
    }
}

/// The bytes of a certificate that an OCSP answer about it, or signed with it, is compared with.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// Its number.
    pub serial: &'a [u8],
    /// The name of its issuer, as it is written.
    pub issuer: &'a [u8],
    /// Its own name, as it is written.
    pub subject: &'a [u8],
    /// What is signed of it.
    pub signed: &'a [u8],
    /// The algorithm of its signature: the content of its `AlgorithmIdentifier`.
    pub algorithm: &'a [u8],
    /// Its signature.
    pub signature: &'a [u8],
    /// The algorithm of its key: the content of its `AlgorithmIdentifier`.
    pub key_algorithm: &'a [u8],
    /// The bits of its key.
    pub key_bits: &'a [u8],
    /// Valid from and until.
    pub dates: (Timestamp, Timestamp),
    /// Whether its authority lets it answer for certificates (`id-kp-OCSPSigning`, RFC 6960, 4.2.2.2).
    pub may_answer: bool,
}

impl<'a> Parts<'a> {
    /// Reads a certificate in DER; none when it is not one.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        const VERSION: u8 = 0xa0;
        const INTEGER: u8 = 0x02;
        const BITS: u8 = 0x03;
        let mut outer = Der(bytes).inside(SEQUENCE)?;
        let signed = outer.tagged(SEQUENCE)?;
        let algorithm = outer.tagged(SEQUENCE)?.content;
        let (_, signature) = outer.tagged(BITS)?.content.split_first()?;
        let mut body = Der(signed.content);
        let _ = body.tagged(VERSION);
        let serial = body.tagged(INTEGER)?.content;
        body.tagged(SEQUENCE)?;
        let issuer = body.tagged(SEQUENCE)?.whole;
        let mut validity = body.inside(SEQUENCE)?;
        let dates = (time(validity.next_element()?)?, time(validity.next_element()?)?);
        let subject = body.tagged(SEQUENCE)?.whole;
        let mut key = body.inside(SEQUENCE)?;
        let key_algorithm = key.tagged(SEQUENCE)?.content;
        let (_, key_bits) = key.tagged(BITS)?.content.split_first()?;
        let may_answer = body.any(may_answer);
        let signed = signed.whole;
        Some(Self { serial, issuer, subject, signed, algorithm, signature, key_algorithm, key_bits, dates, may_answer })
    }
}

/// Whether extensions have the purpose of answering for certificates among them.
fn may_answer(element: der::Element<'_>) -> bool {
    const EXTENSIONS: u8 = 0xa3;
    const BOOLEAN: u8 = 0x01;
    const OCTETS: u8 = 0x04;
    const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
    const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";
    let purposes = |element: der::Element<'_>| {
        let mut extension = Der(element.content);
        let kind = der::dotted(extension.tagged(OBJECT_IDENTIFIER)?.content);
        let _ = extension.tagged(BOOLEAN);
        let mut purposes = extension.inside(OCTETS)?.inside(SEQUENCE)?;
        Some(kind == EXTENDED_KEY_USAGE && purposes.any(|purpose| der::dotted(purpose.content) == OCSP_SIGNING))
    };
    element.tag == EXTENSIONS
        && Der(element.content).inside(SEQUENCE).is_some_and(|mut list| list.any(|one| purposes(one) == Some(true)))
}

/// The common name, else the organisation, else nothing.
fn title(content: &[u8]) -> String {
    const COMMON_NAME: &str = "2.5.4.3";
    const ORGANISATION: &str = "2.5.4.10";
    let mut parts: Vec<(String, String)> = Vec::new();
    for set in Der(content).filter(|element| element.tag == SET) {
        for mut pair in Der(set.content).filter(|element| element.tag == SEQUENCE).map(|pair| Der(pair.content)) {
            let Some(kind) = pair.tagged(OBJECT_IDENTIFIER) else { continue };
            let Some(value) = pair.next_element() else { continue };
            parts.push((der::dotted(kind.content), text(value)));
        }
    }
    let find = |wanted: &str| parts.iter().rev().find(|(kind, _)| kind == wanted).map(|(_, value)| value.clone());
    find(COMMON_NAME).or_else(|| find(ORGANISATION)).unwrap_or_default()
}

/// Text of a stranger, safe to print.
fn text(element: der::Element<'_>) -> String {
    const UTF_16: u8 = 0x1e;
    let decoded = if element.tag == UTF_16 {
        let units = element.content.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')).collect()
    } else {
        String::from_utf8_lossy(element.content).into_owned()
    };
    printable(&decoded)
}

/// Without control characters, which could move the cursor of whoever reads the report.
fn printable(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(LONGEST_NAME).collect()
}

fn host_name(element: der::Element<'_>) -> Option<HostName> {
    const DNS: u8 = 0x82;
    const ADDRESS: u8 = 0x87;
    match (element.tag, element.content) {
        (DNS, name) => {
            let name = std::str::from_utf8(name).ok()?;
            Some(HostName::Dns(printable(name).to_ascii_lowercase()))
        }
        (ADDRESS, bytes) => {
            let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
            four.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok().map(HostName::Address)
        }
        _ => None,
    }
}

fn public_key(mut info: Der<'_>) -> Option<(KeyKind, u16)> {
    const BITS: u8 = 0x03;
    const INTEGER: u8 = 0x02;
    let mut algorithm = info.inside(SEQUENCE)?;
    let kind = der::dotted(algorithm.tagged(OBJECT_IDENTIFIER)?.content);
    let (_, bits) = info.tagged(BITS)?.content.split_first()?;
    Some(match kind.as_str() {
        // rsaEncryption, and the one that is for PSS alone.
        "1.2.840.113549.1.1.1" | "1.2.840.113549.1.1.10" => {
            (KeyKind::Rsa, bit_length(Der(bits).inside(SEQUENCE)?.tagged(INTEGER)?.content))
        }
        "1.2.840.10045.2.1" => {
            let curve = algorithm.tagged(OBJECT_IDENTIFIER).map(|curve| der::dotted(curve.content));
            let known = curve.and_then(|curve| CURVES.iter().find(|(oid, _)| *oid == curve).map(|(_, bits)| *bits));
            // An uncompressed point has one byte and two coordinates (SEC 1, 2.3.3).
            let guessed = u16::try_from(bits.len().saturating_sub(1) / 2 * 8).unwrap_or(u16::MAX);
            (KeyKind::Ecdsa, known.unwrap_or(guessed))
        }
        "1.2.840.10040.4.1" => {
            let prime = algorithm.inside(SEQUENCE).and_then(|mut parameters| parameters.tagged(INTEGER));
            (KeyKind::Dsa, prime.map_or(0, |prime| bit_length(prime.content)))
        }
        "1.3.101.112" => (KeyKind::Eddsa, 256),
        "1.3.101.113" => (KeyKind::Eddsa, 456),
        _ => (KeyKind::Other, 0),
    })
}

const CURVES: [(&str, u16); 8] = [
    ("1.2.840.10045.3.1.7", 256),
    ("1.3.132.0.34", 384),
    ("1.3.132.0.35", 521),
    ("1.2.840.10045.3.1.1", 192),
    ("1.3.132.0.33", 224),
    ("1.3.36.3.3.2.8.1.1.7", 256),
    ("1.3.36.3.3.2.8.1.1.11", 384),
    ("1.3.36.3.3.2.8.1.1.13", 512),
];

fn bit_length(number: &[u8]) -> u16 {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let first = number.get(zeros).map_or(0, |byte| byte.leading_zeros() as usize);
    u16::try_from((number.len() - zeros) * 8 - first).unwrap_or(u16::MAX)
}

fn signature_hash(oid: &str) -> SignatureHash {
    match oid {
        "1.2.840.113549.1.1.2" | "1.2.840.113549.1.1.3" | "1.2.840.113549.1.1.4" => SignatureHash::Md5,
        "1.2.840.113549.1.1.5" | "1.2.840.10045.4.1" | "1.2.840.10040.4.3" | "1.3.14.3.2.29" => SignatureHash::Sha1,
        "1.2.840.113549.1.1.11"
        | "1.2.840.113549.1.1.12"
        | "1.2.840.113549.1.1.13"
        | "1.2.840.113549.1.1.14"
        | "1.2.840.10045.4.3.1"
        | "1.2.840.10045.4.3.2"
        | "1.2.840.10045.4.3.3"
        | "1.2.840.10045.4.3.4" => SignatureHash::Sha2,
        _ => SignatureHash::Other,
    }
}

/// `YYMMDDhhmmssZ` (years 1950 to 2049) or `YYYYMMDDhhmmssZ` (RFC 5280 4.1.2.5).
pub(crate) fn time(element: der::Element<'_>) -> Option<Timestamp> {
    const UTC_TIME: u8 = 0x17;
    let text = std::str::from_utf8(element.content).ok()?.trim_end_matches('Z');
    if !text.is_ascii() {
        return None;
    }
    let (year, rest) = if element.tag == UTC_TIME {
        let (year, rest) = text.split_at_checked(2)?;
        let year: i16 = year.parse().ok()?;
        (if year < 50 { 2000 + year } else { 1900 + year }, rest)
    } else {
        let (year, rest) = text.split_at_checked(4)?;
        (year.parse().ok()?, rest)
    };
    let part = |index: usize| rest.get(index * 2..index * 2 + 2).map_or(Some(0), |part| part.parse::<i8>().ok());
    let moment = DateTime::new(year, part(0)?, part(1)?, part(2)?, part(3)?, part(4)?, 0).ok()?;
    // `99991231235959Z` says that there is no end; it is past the last moment jiff knows.
    Some(moment.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |moment| moment.timestamp()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Made with `openssl req -x509 -newkey ec -subj /CN=shop.example -addext subjectAltName=…`.
    const SAMPLE: &[u8] = include_bytes!("../tests/data/sample.der");

    #[test]
    fn the_fields_of_a_certificate_are_read() {
        let certificate = Certificate::read(SAMPLE).unwrap();
        assert_eq!(certificate.subject, "shop.example");
        assert_eq!(certificate.issuer, "shop.example");
        let names: Vec<String> = certificate.names.iter().map(HostName::to_text).collect();
        assert_eq!(names, ["shop.example", "*.shop.example", "127.0.0.1", "::1"]);
        assert_eq!(certificate.not_before.to_string(), "2020-01-01T00:00:00Z");
        assert_eq!(certificate.not_after.to_string(), "2099-12-31T23:59:59Z");
        assert_eq!((certificate.key, certificate.key_bits), (KeyKind::Ecdsa, 256));
        assert_eq!(certificate.hash, SignatureHash::Sha2);
        assert!(certificate.is_self_issued && certificate.is_authority && certificate.must_staple);
        assert!(certificate.names_responder);
        assert!(certificate.covers("www.shop.example") && !certificate.covers("example"));
    }

    proptest! {
        #[test]
        fn prop_a_certificate_with_changed_bytes_is_read_without_a_panic(
            changes in prop::collection::vec((0usize..2000, any::<u8>()), 1..8),
            length in 0usize..2000,
        ) {
            let mut bytes = SAMPLE.to_vec();
            for (at, byte) in changes {
                let at = at % bytes.len();
                bytes[at] = byte;
            }
            bytes.truncate(length);
            let _ = Certificate::read(&bytes);
        }
    }
}
