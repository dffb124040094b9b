//! Cipher suites: the registry of IANA (`data/suites.tsv`: number, name), and what a name says.

use std::fmt;
use std::sync::LazyLock;

use crate::Version;

/// A cipher suite by its number on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Suite(pub u16);

/// How the keys of a session come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// The client encrypts them to the server's RSA key: who gets that key later reads everything.
    Rsa,
    /// The server's Diffie-Hellman key is in its certificate: likewise.
    StaticDh,
    /// A new Diffie-Hellman key each time.
    Dhe,
    /// A new key on an elliptic curve each time.
    Ecdhe,
    /// As the groups of TLS 1.3 say: always a new key.
    Tls13,
    /// A secret both sides know, Kerberos, SRP.
    Other,
}

/// Tells the client that renegotiation is safe (RFC 5746), where extensions cannot be sent.
pub const RENEGOTIATION_SCSV: u16 = 0x00ff;
/// Says that the client has tried a newer version before (RFC 7507).
pub const FALLBACK_SCSV: u16 = 0x5600;

static REGISTRY: LazyLock<Vec<(u16, &'static str)>> = LazyLock::new(|| {
    let lines = include_str!("../data/suites.tsv").lines();
    lines
        .filter_map(|line| line.split_once('\t'))
        .filter_map(|(number, name)| Some((u16::from_str_radix(number, 16).ok()?, name)))
        .collect()
});

impl Suite {
    /// The name IANA gives it: `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`.
    pub fn name(self) -> String {
        match self.known_name() {
            Some(name) => name.to_owned(),
            None => format!("0x{:04x}", self.0),
        }
    }

    fn known_name(self) -> Option<&'static str> {
        let found = REGISTRY.binary_search_by_key(&self.0, |(number, _)| *number).ok()?;
        REGISTRY.get(found).map(|(_, name)| *name)
    }

    fn has(self, words: &[&str]) -> bool {
        self.known_name().is_some_and(|name| words.iter().any(|word| name.contains(word)))
    }

    /// All that can be asked for in `version`, those in use today first: a server that reads only the
    /// beginning of a long list must not look as if it spoke nothing.
    pub fn of_version(version: Version) -> Vec<Self> {
        let mut suites: Vec<Self> =
            REGISTRY.iter().map(|(number, _)| Self(*number)).filter(|suite| suite.fits(version)).collect();
        suites.sort_by_key(|suite| suite.rarity());
        suites
    }

    fn fits(self, version: Version) -> bool {
        let is_13 = self.exchange() == Exchange::Tls13;
        match version {
            Version::Ssl2 => false,
            Version::Tls13 => is_13,
            Version::Tls12 => !is_13,
            // AEAD and SHA-2 came with TLS 1.2 (RFC 5246, RFC 5289); the curves with TLS 1.0.
            Version::Tls10 | Version::Tls11 => !is_13 && !self.is_new_in_12(),
            Version::Ssl3 => !is_13 && !self.is_new_in_12() && !self.has(&["_ECDH", "CAMELLIA", "SEED", "PSK", "SRP"]),
        }
    }

    fn is_new_in_12(self) -> bool {
        self.is_aead() || self.has(&["_SHA256", "_SHA384"])
    }

    /// 0 for what servers use today, 1 for what they used yesterday, 2 for what nobody should.
    fn rarity(self) -> u8 {
        let odd = ["DSS", "KRB5", "PSK", "SRP", "anon", "ARIA", "CAMELLIA", "SEED", "IDEA", "EXPORT", "NULL", "CCM"];
        let old = ["_ECDH_", "_DH_", "RC4", "RC2", "DES"];
        if self.exchange() == Exchange::Tls13 || (!self.has(&odd) && !self.has(&old)) {
            0
        } else if self.has(&["3DES", "RC4", "CAMELLIA"]) && !self.has(&["DSS", "KRB5", "PSK", "SRP", "anon", "EXPORT"])
        {
            1
        } else {
            2
        }
    }

    /// How the keys come about.
    pub fn exchange(self) -> Exchange {
        let Some(name) = self.known_name() else { return Exchange::Other };
        let Some((before, _)) = name.trim_start_matches("TLS_").split_once("_WITH_") else { return Exchange::Tls13 };
        match before.split('_').next() {
            _ if before.contains("PSK") || before.contains("SRP") || before.contains("KRB5") => Exchange::Other,
            // `anon` suites use a new key each time, for whoever is in the middle.
            Some("ECDH") if before.contains("anon") => Exchange::Ecdhe,
            Some("DH") if before.contains("anon") => Exchange::Dhe,
            Some("ECDHE") => Exchange::Ecdhe,
            Some("DHE") => Exchange::Dhe,
            Some("ECDH" | "DH") => Exchange::StaticDh,
            Some("RSA") => Exchange::Rsa,
            _ => Exchange::Other,
        }
    }

    /// Whether past sessions stay secret when the server's key leaks.
    pub fn is_forward_secret(self) -> bool {
        matches!(self.exchange(), Exchange::Dhe | Exchange::Ecdhe | Exchange::Tls13)
            || self.has(&["TLS_DHE_PSK", "TLS_ECDHE_PSK", "TLS_PSK_DHE"])
    }

    /// Whether the server proves who it is: not with `anon`, where anyone can stand in the middle.
    pub fn is_anonymous(self) -> bool {
        self.has(&["anon"])
    }

    /// Whether it encrypts and authenticates in one step (GCM, CCM, ChaCha20-Poly1305).
    pub fn is_aead(self) -> bool {
        self.has(&["_GCM_", "_CCM", "CHACHA20"])
    }

    /// Whether it was weakened by law once (FREAK, Logjam).
    pub fn is_export(self) -> bool {
        self.has(&["EXPORT"])
    }

    /// Whether the certificate must hold an ECDSA key.
    pub fn wants_ecdsa(self) -> bool {
        self.has(&["ECDSA"])
    }

    /// The name of the cipher alone: `3DES`, `AES-GCM`.
    pub fn cipher(self) -> &'static str {
        let ciphers = [
            ("NULL", "NULL"),
            ("RC4", "RC4"),
            ("RC2", "RC2"),
            ("3DES", "3DES"),
            ("DES", "DES"),
            ("IDEA", "IDEA"),
            ("SEED", "SEED"),
            ("CHACHA20", "ChaCha20-Poly1305"),
            ("ARIA", "ARIA"),
            ("CAMELLIA", "Camellia"),
            ("SM4", "SM4"),
            ("GCM", "AES-GCM"),
            ("CCM", "AES-CCM"),
            ("AES", "AES-CBC"),
        ];
        let name = self.known_name().unwrap_or_default();
        let cipher = name.split_once("_WITH_").map_or(name, |(_, cipher)| cipher);
        ciphers.into_iter().find(|(word, _)| cipher.contains(word)).map_or("unknown", |(_, title)| title)
    }

    /// Bits of the key that encrypts; 3DES counts as the 112 that meet-in-the-middle leaves of its 168
    /// (NIST SP 800-57 part 1, 5.6.1).
    pub fn bits(self) -> u16 {
        let name = self.known_name().unwrap_or_default();
        let cipher = name.split_once("_WITH_").map_or(name, |(_, cipher)| cipher);
        match self.cipher() {
            "NULL" => 0,
            _ if name.contains("EXPORT1024") => 56,
            _ if self.is_export() => 40,
            "DES" => 56,
            "3DES" => 112,
            "ChaCha20-Poly1305" => 256,
            _ if cipher.contains("256_") => 256,
            "unknown" => 0,
            _ => 128,
        }
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_the_suite_does() {
        let cases = [
            (0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", Exchange::Ecdhe, "AES-GCM", 128, true),
            (0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", Exchange::Ecdhe, "ChaCha20-Poly1305", 256, true),
            (0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA", Exchange::Rsa, "AES-CBC", 256, false),
            (0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA", Exchange::Rsa, "3DES", 112, false),
            (0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", Exchange::Dhe, "AES-CBC", 128, true),
            (0x0003, "TLS_RSA_EXPORT_WITH_RC4_40_MD5", Exchange::Rsa, "RC4", 40, false),
            (0x0064, "TLS_RSA_EXPORT1024_WITH_RC4_56_SHA", Exchange::Rsa, "RC4", 56, false),
            (0x0002, "TLS_RSA_WITH_NULL_SHA", Exchange::Rsa, "NULL", 0, false),
            (0xc018, "TLS_ECDH_anon_WITH_AES_128_CBC_SHA", Exchange::Ecdhe, "AES-CBC", 128, true),
            (0xc004, "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA", Exchange::StaticDh, "AES-CBC", 128, false),
            (0x1302, "TLS_AES_256_GCM_SHA384", Exchange::Tls13, "AES-GCM", 256, true),
            (0x008c, "TLS_PSK_WITH_AES_128_CBC_SHA", Exchange::Other, "AES-CBC", 128, false),
        ];
        for (number, name, exchange, cipher, bits, forward_secret) in cases {
            let suite = Suite(number);
            let found = (suite.name(), suite.exchange(), suite.cipher(), suite.bits(), suite.is_forward_secret());
            assert_eq!(found, (name.to_owned(), exchange, cipher, bits, forward_secret));
        }
        assert_eq!(Suite(0xeeee).name(), "0xeeee");
    }

    #[test]
    fn what_is_asked_for_fits_the_version() {
        let suites = |version| Suite::of_version(version);
        assert_eq!(suites(Version::Tls13).len(), 7);
        assert!(suites(Version::Tls12).contains(&Suite(0xc02f)));
        assert!(!suites(Version::Tls10).contains(&Suite(0xc02f)), "AEAD came with TLS 1.2");
        assert!(suites(Version::Tls10).contains(&Suite(0xc014)));
        assert!(!suites(Version::Ssl3).contains(&Suite(0xc014)), "curves came with TLS 1.0");
        let first: Vec<Suite> = suites(Version::Tls12).into_iter().take(40).collect();
        assert!(first.contains(&Suite(0xc02f)) && first.contains(&Suite(0x002f)), "{first:?}");
    }
}
