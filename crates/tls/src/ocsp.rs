//! The OCSP answer that comes with a certificate (RFC 6960): what it says, and until when it holds. Its
//! signature is not checked: an audit tells what a server sends, and clients check it.

use jiff::Timestamp;

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
}

impl Stapled {
    /// Reads an `OCSPResponse`.
    pub fn read(bytes: &[u8]) -> Self {
        read(bytes).unwrap_or(Self::Useless)
    }
}

const ENUMERATED: u8 = 0x0a;
const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const GENERALIZED_TIME: u8 = 0x18;
/// `[0] EXPLICIT`: the bytes of a successful answer, the version, the end.
const CONTEXT_0: u8 = 0xa0;
/// `good [0] IMPLICIT NULL`, `revoked [1]`, `unknown [2]`.
const GOOD: u8 = 0x80;
const REVOKED: u8 = 0xa1;
const BASIC: &str = "1.3.6.1.5.5.7.48.1.1";

fn read(bytes: &[u8]) -> Option<Stapled> {
    let mut response = Der(bytes).inside(SEQUENCE)?;
    if response.tagged(ENUMERATED)?.content != [0] {
        return None;
    }
    let mut body = response.inside(CONTEXT_0)?.inside(SEQUENCE)?;
    if der::dotted(body.tagged(OBJECT_IDENTIFIER)?.content) != BASIC {
        return None;
    }
    let mut data = body.inside(OCTETS)?.inside(SEQUENCE)?.inside(SEQUENCE)?;
    let mut ahead = data;
    // The version is left out where it is 1; the name of the responder is [1] or [2].
    if ahead.inside(CONTEXT_0).is_some_and(|mut version| version.tagged(INTEGER).is_some()) {
        data = ahead;
    }
    data.next_element()?;
    data.tagged(GENERALIZED_TIME)?;
    // One answer for the server's own certificate stands first.
    let mut single = data.inside(SEQUENCE)?.inside(SEQUENCE)?;
    single.tagged(SEQUENCE)?;
    let status = single.next_element()?.tag;
    single.tagged(GENERALIZED_TIME)?;
    let until = single.inside(CONTEXT_0).and_then(|mut end| time(end.next_element()?));
    Some(match status {
        GOOD => Stapled::Good { until },
        REVOKED => Stapled::Revoked,
        _ => Stapled::Unknown,
    })
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
        let single = [
            element(SEQUENCE, &[]),
            status.to_vec(),
            moment("20261101000000Z"),
            element(CONTEXT_0, &moment("20261108000000Z")),
        ];
        let data = [
            element(0xa1, &element(SEQUENCE, &[])),
            moment("20261101000000Z"),
            element(SEQUENCE, &element(SEQUENCE, &single.concat())),
        ];
        let basic = element(SEQUENCE, &element(SEQUENCE, &data.concat()));
        let kind = element(OBJECT_IDENTIFIER, &[0x2b, 6, 1, 5, 5, 7, 48, 1, 1]);
        let body = element(SEQUENCE, &[kind, element(OCTETS, &basic)].concat());
        element(SEQUENCE, &[element(ENUMERATED, &[0]), element(CONTEXT_0, &body)].concat())
    }

    #[test]
    fn answers_are_read_and_what_is_none_is_useless() {
        let until = "2026-11-08T00:00:00Z".parse().ok();
        assert_eq!(Stapled::read(&answer(&[GOOD, 0])), Stapled::Good { until });
        assert_eq!(Stapled::read(&answer(&element(REVOKED, &[]))), Stapled::Revoked);
        assert_eq!(Stapled::read(&answer(&[0x82, 0])), Stapled::Unknown);
        let whole = answer(&[GOOD, 0]);
        for end in 0..whole.len() {
            assert_eq!(Stapled::read(&whole[..end]), Stapled::Useless, "{end}");
        }
        // tryLater
        assert_eq!(Stapled::read(&[0x30, 3, 0x0a, 1, 3]), Stapled::Useless);
    }
}
