//! Groups for the key exchange: curves, finite fields, and the hybrids that a quantum computer does not break.

use std::fmt;

/// A group by its number on the wire (IANA: TLS Supported Groups).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group(pub u16);

/// Number, name, and bits of security against today's computers (NIST SP 800-57 part 1, table 2).
const GROUPS: &[(u16, &str, u16)] = &[
    (0x11ec, "X25519MLKEM768", 128),
    (0x11eb, "SecP256r1MLKEM768", 128),
    (0x11ed, "SecP384r1MLKEM1024", 192),
    (0x6399, "X25519Kyber768Draft00", 128),
    (0x0201, "MLKEM768", 192),
    (0x0202, "MLKEM1024", 256),
    (29, "x25519", 128),
    (23, "secp256r1", 128),
    (24, "secp384r1", 192),
    (25, "secp521r1", 256),
    (30, "x448", 224),
    (31, "brainpoolP256r1tls13", 128),
    (32, "brainpoolP384r1tls13", 192),
    (33, "brainpoolP512r1tls13", 256),
    (256, "ffdhe2048", 112),
    (257, "ffdhe3072", 128),
    (258, "ffdhe4096", 152),
    (259, "ffdhe6144", 176),
    (260, "ffdhe8192", 200),
    (41, "curveSM2", 128),
    (26, "brainpoolP256r1", 128),
    (27, "brainpoolP384r1", 192),
    (28, "brainpoolP512r1", 256),
    (22, "secp256k1", 128),
    (21, "secp224r1", 112),
    (20, "secp224k1", 112),
    (19, "secp192r1", 96),
    (18, "secp192k1", 96),
    (17, "secp160r2", 80),
    (16, "secp160r1", 80),
    (15, "secp160k1", 80),
    (14, "sect571r1", 256),
    (13, "sect571k1", 256),
    (12, "sect409r1", 192),
    (11, "sect409k1", 192),
    (10, "sect283r1", 128),
    (9, "sect283k1", 128),
    (8, "sect239k1", 112),
    (7, "sect233r1", 112),
    (6, "sect233k1", 112),
    (5, "sect193r2", 96),
    (4, "sect193r1", 96),
    (3, "sect163r2", 80),
    (2, "sect163r1", 80),
    (1, "sect163k1", 80),
];

impl Group {
    /// All that are asked for, those in use today first.
    pub fn all() -> Vec<Self> {
        GROUPS.iter().map(|(number, _, _)| Self(*number)).collect()
    }

    /// The curves and fields that TLS 1.2 and older can use.
    pub fn classical() -> Vec<Self> {
        Self::all()
            .into_iter()
            .filter(|group| !group.is_post_quantum() && !matches!(group.0, 31..=33 | 256..=260))
            .collect()
    }

    /// The name IANA gives it.
    pub fn name(self) -> String {
        match self.entry() {
            Some((_, name, _)) => (*name).to_owned(),
            None => format!("0x{:04x}", self.0),
        }
    }

    /// Bits of security against today's computers; 0 for an unknown group.
    pub fn bits(self) -> u16 {
        self.entry().map_or(0, |(_, _, bits)| *bits)
    }

    /// Whether what is recorded today stays secret when quantum computers come (FIPS 203).
    pub fn is_post_quantum(self) -> bool {
        matches!(self.0, 0x11eb..=0x11ed | 0x6399 | 0x0200..=0x0202)
    }

    fn entry(self) -> Option<&'static (u16, &'static str, u16)> {
        GROUPS.iter().find(|(number, _, _)| *number == self.0)
    }
}

impl fmt::Display for Group {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.name())
    }
}
