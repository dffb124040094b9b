//! Which of Mozilla's server profiles an endpoint keeps to.
//!
//! Versions and suites are those of the guidelines 6.0 (modern, intermediate) and 5.8 (old), which
//! Mozilla publishes as data (MPL-2.0; facts alone are used here). Lifetimes of certificates are not
//! looked at: they are rules for public authorities, and databases have private ones.

use dataward_tls::EndpointFacts;
use dataward_tls::Version;
use dataward_tls::certificate::KeyKind;

/// A profile, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// TLS 1.3 alone, keys on curves.
    Modern,
    /// TLS 1.2 and 1.3, forward secrecy and AEAD alone.
    Intermediate,
    /// For clients of twenty years ago.
    Old,
    /// None of them.
    None,
}

impl Profile {
    /// Mozilla's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Modern => "modern",
            Self::Intermediate => "intermediate",
            Self::Old => "old",
            Self::None => "none",
        }
    }
}

/// AES-128-GCM, AES-256-GCM, ChaCha20-Poly1305.
const TLS_13: [u16; 3] = [0x1301, 0x1302, 0x1303];
/// ECDHE with AES-GCM or ChaCha20-Poly1305, by ECDSA and RSA.
const INTERMEDIATE: [u16; 6] = [0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8];
/// What 5.8 allows beyond that: DHE, CBC, key exchange by RSA, and 3DES.
const OLD: [u16; 20] = [
    0x009e, 0x009f, 0xccaa, 0xc023, 0xc027, 0xc009, 0xc013, 0xc024, 0xc028, 0xc00a, 0xc014, 0x0067, 0x006b, 0x009c,
    0x009d, 0x003c, 0x003d, 0x002f, 0x0035, 0x000a,
];
/// 112 bits (NIST SP 800-57).
const LEAST_BITS: u16 = 112;

/// The best profile that the endpoint keeps to.
pub fn profile(facts: &EndpointFacts) -> Profile {
    let all_suites =
        |lists: &[&[u16]]| facts.suites().all(|(_, suite)| lists.iter().any(|list| list.contains(&suite.0)));
    let oldest = facts.spoken().next();
    let leaves: Vec<_> = facts.chains.iter().filter_map(|chain| chain.leaf()).collect();
    let on_curves = leaves.iter().all(|leaf| leaf.key == KeyKind::Ecdsa && matches!(leaf.key_bits, 256 | 384));
    let strong_keys = leaves.iter().all(|leaf| super::certificate_key::short_key(leaf).is_none());
    let good_groups = facts.groups.iter().all(|group| group.bits() >= LEAST_BITS);
    let long_prime = |least| facts.dh_bits.is_none_or(|bits| bits >= least);
    if !facts.offers_tls || oldest.is_none() || !strong_keys {
        return Profile::None;
    }
    match oldest {
        Some(Version::Tls13) if all_suites(&[&TLS_13]) && on_curves && good_groups => Profile::Modern,
        Some(Version::Tls12 | Version::Tls13)
            if all_suites(&[&TLS_13, &INTERMEDIATE]) && good_groups && long_prime(2048) =>
        {
            Profile::Intermediate
        }
        Some(oldest) if oldest >= Version::Tls10 && all_suites(&[&TLS_13, &INTERMEDIATE, &OLD]) && long_prime(1024) => {
            Profile::Old
        }
        _ => Profile::None,
    }
}
