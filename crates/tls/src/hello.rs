//! The client's first message, as no library would send it: any version, any suites, no keys.

use crate::Group;
use crate::Suite;
use crate::Version;
use crate::suite::FALLBACK_SCSV;
use crate::suite::RENEGOTIATION_SCSV;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct ClientHello<'a> {
    /// The newest version offered; for TLS 1.3 the only one.
    pub version: Version,
    /// The suites, in order of preference.
    pub suites: &'a [Suite],
    /// The groups, in order of preference.
    pub groups: &'a [Group],
    /// The host's name, where it is one that may stand here (RFC 6066 allows no addresses).
    pub server_name: Option<&'a str>,
    /// The protocol spoken inside, such as `postgresql`.
    pub inside: Option<&'a str>,
    /// Whether compression is offered (CRIME).
    pub offers_compression: bool,
    /// Whether it claims to be a second try after a newer version failed (RFC 7507).
    pub is_fallback: bool,
    /// 32 bytes that must differ each time.
    pub random: [u8; 32],
}

impl ClientHello<'_> {
    /// The record, ready to be sent.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut body = Vec::with_capacity(600);
        put_u16(&mut body, self.version.min(Version::Tls12).wire());
        body.extend_from_slice(&self.random);
        // TLS 1.3 sends a session id so that old boxes on the way take it for a resumption (RFC 8446 D.4).
        let session: &[u8] = if self.version == Version::Tls13 { &self.random } else { &[] };
        with_length(&mut body, 1, |out| out.extend_from_slice(session));
        with_length(&mut body, 2, |out| {
            self.suites.iter().for_each(|suite| put_u16(out, suite.0));
            if self.version <= Version::Ssl3 {
                put_u16(out, RENEGOTIATION_SCSV);
            }
            if self.is_fallback {
                put_u16(out, FALLBACK_SCSV);
            }
        });
        let compression: &[u8] = if self.offers_compression { &[1, 64, 0] } else { &[0] };
        with_length(&mut body, 1, |out| out.extend_from_slice(compression));
        if self.version > Version::Ssl3 {
            let mut extensions = self.extensions();
            self.pad(&mut extensions, body.len());
            with_length(&mut body, 2, |out| out.extend_from_slice(&extensions));
        }
        // Servers may refuse a record that claims more than TLS 1.0 before versions are agreed (RFC 8446 5.1).
        let record_version = self.version.min(Version::Tls10).wire();
        let mut record = vec![22];
        put_u16(&mut record, record_version);
        with_length(&mut record, 2, |out| {
            out.push(1);
            with_length(out, 3, |out| out.extend_from_slice(&body));
        });
        record
    }

    fn extensions(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(300);
        if let Some(name) = self.server_name {
            extension(&mut out, 0, |out| {
                with_length(out, 2, |out| {
                    out.push(0);
                    with_length(out, 2, |out| out.extend_from_slice(name.as_bytes()));
                });
            });
        }
        if !self.groups.is_empty() {
            extension(&mut out, 10, |out| {
                with_length(out, 2, |out| self.groups.iter().for_each(|group| put_u16(out, group.0)));
            });
        }
        if self.version < Version::Tls13 {
            extension(&mut out, 11, |out| out.extend_from_slice(&[3, 0, 1, 2]));
            // Empty on the first handshake (RFC 5746).
            extension(&mut out, 0xff01, |out| out.push(0));
        }
        if self.version >= Version::Tls12 {
            extension(&mut out, 13, |out| {
                with_length(out, 2, |out| SIGNATURES.iter().for_each(|scheme| put_u16(out, *scheme)));
            });
        }
        // A stapled OCSP answer, please: from any responder, without extensions (RFC 6066).
        extension(&mut out, 5, |out| out.extend_from_slice(&[1, 0, 0, 0, 0]));
        if let Some(inside) = self.inside {
            extension(&mut out, 16, |out| {
                with_length(out, 2, |out| with_length(out, 1, |out| out.extend_from_slice(inside.as_bytes())));
            });
        }
        if self.version == Version::Tls13 {
            extension(&mut out, 43, |out| out.extend_from_slice(&[2, 0x03, 0x04]));
            extension(&mut out, 45, |out| out.extend_from_slice(&[1, 1]));
            // No key share: the server names the group it wants (RFC 8446 4.2.8), and we need no keys.
            extension(&mut out, 51, |out| out.extend_from_slice(&[0, 0]));
        }
        out
    }

    /// Hellos of 256 to 511 bytes hang some load balancers (RFC 7685).
    fn pad(&self, extensions: &mut Vec<u8>, before: usize) {
        const HEADERS: usize = 4 + 2;
        let length = HEADERS + before + extensions.len();
        if (256..512).contains(&length) {
            let missing = (512 - length).saturating_sub(4);
            extension(extensions, 21, |out| out.resize(out.len() + missing, 0));
        }
    }
}

/// Signature schemes, weak ones too: the server must not fail for want of one it knows.
const SIGNATURES: [u16; 24] = [
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401, 0x0501, 0x0601,
    0x0303, 0x0301, 0x0203, 0x0201, 0x0402, 0x0302, 0x0202, 0x0101, 0x0904, 0x0905,
];

fn extension(out: &mut Vec<u8>, kind: u16, fill: impl FnOnce(&mut Vec<u8>)) {
    put_u16(out, kind);
    with_length(out, 2, fill);
}

fn put_u16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_be_bytes());
}

/// Writes what `fill` writes after its length in `width` bytes.
fn with_length(out: &mut Vec<u8>, width: usize, fill: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.resize(at + width, 0);
    fill(out);
    let length = (out.len() - at - width).to_be_bytes();
    let bytes = length.len();
    out[at..at + width].copy_from_slice(&length[bytes - width..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(version: Version) -> Vec<u8> {
        let suites = Suite::of_version(version);
        let groups = Group::all();
        ClientHello {
            version,
            suites: &suites,
            groups: &groups,
            server_name: Some("shop.example"),
            inside: None,
            offers_compression: false,
            is_fallback: false,
            random: [7; 32],
        }
        .to_bytes()
    }

    #[test]
    fn lengths_are_those_of_what_follows() {
        for version in Version::ALL.into_iter().skip(1) {
            let bytes = hello(version);
            assert_eq!(usize::from(u16::from_be_bytes([bytes[3], bytes[4]])), bytes.len() - 5, "{version}");
            let inner = u32::from_be_bytes([0, bytes[6], bytes[7], bytes[8]]);
            assert_eq!(inner as usize, bytes.len() - 9, "{version}");
        }
    }

    #[test]
    fn ssl_3_gets_no_extensions_and_tls_1_3_names_itself() {
        assert!(!hello(Version::Ssl3).windows(12).any(|window| window == b"shop.example"));
        let bytes = hello(Version::Tls13);
        assert!(bytes.windows(12).any(|window| window == b"shop.example"));
        assert!(bytes.windows(7).any(|window| window == [0, 43, 0, 3, 2, 3, 4]));
        assert_eq!(bytes[9..11], [3, 3], "TLS 1.3 calls itself 1.2 where boxes on the way look");
    }

    #[test]
    fn no_hello_has_the_length_that_hangs_load_balancers() {
        for count in 1..200 {
            let suites = vec![Suite(0xc02f); count];
            let bytes = ClientHello {
                version: Version::Tls12,
                suites: &suites,
                groups: &[Group(29)],
                server_name: None,
                inside: None,
                offers_compression: false,
                is_fallback: false,
                random: [7; 32],
            }
            .to_bytes();
            assert!(!(256..512).contains(&(bytes.len() - 5)), "{count} suites: {}", bytes.len() - 5);
        }
    }
}
