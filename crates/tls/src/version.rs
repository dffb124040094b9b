//! Protocol versions.

use std::fmt;

/// A version of SSL or TLS, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// 1995; broken in every way (RFC 6176 forbids it).
    Ssl2,
    /// 1996; POODLE (RFC 7568 forbids it).
    Ssl3,
    /// 1999; RFC 8996 forbids it.
    Tls10,
    /// 2006; RFC 8996 forbids it.
    Tls11,
    /// 2008; good with the right suites.
    Tls12,
    /// 2018.
    Tls13,
}

impl Version {
    /// All, oldest first.
    pub const ALL: [Self; 6] = [Self::Ssl2, Self::Ssl3, Self::Tls10, Self::Tls11, Self::Tls12, Self::Tls13];

    /// The number on the wire.
    pub fn wire(self) -> u16 {
        match self {
            Self::Ssl2 => 0x0002,
            Self::Ssl3 => 0x0300,
            Self::Tls10 => 0x0301,
            Self::Tls11 => 0x0302,
            Self::Tls12 => 0x0303,
            Self::Tls13 => 0x0304,
        }
    }

    /// The version with this number on the wire; none for one that does not exist.
    pub fn from_wire(wire: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.wire() == wire)
    }

    /// As people write it: `TLS 1.2`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ssl2 => "SSL 2.0",
            Self::Ssl3 => "SSL 3.0",
            Self::Tls10 => "TLS 1.0",
            Self::Tls11 => "TLS 1.1",
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        }
    }

    /// Whether nobody should offer it any more (RFC 6176, RFC 7568, RFC 8996).
    pub fn is_forbidden(self) -> bool {
        self < Self::Tls12
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}
