//! One letter for an endpoint, in the manner of SSL Labs' rating guide (2009q): protocol 30 %, key
//! exchange 30 %, cipher 40 %, then caps for what no average may hide. docs/book/transit.md has the table.

use dataward_tls::EndpointFacts;
use dataward_tls::Suite;
use dataward_tls::Version;
use dataward_tls::certificate::KeyKind;
use dataward_tls::certificate::SignatureHash;
use dataward_tls::facts::PlaintextLogins;
use dataward_tls::suite::Exchange;
use jiff::Timestamp;

use super::certificate_key::short_key;
use super::setting::Need;
use super::setting::setting;
use super::weak_cipher::Weakness;
use super::weak_cipher::weakness;
use super::weak_exchange::BREAKABLE_PRIME;
use super::weak_exchange::SHORTEST_PRIME;
use super::web::SIX_MONTHS;

/// A letter and how it came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grade {
    /// `A+`, `A`, `A-`, `B` to `F`; `T` for a certificate that cannot be trusted, `M` for another host's.
    pub letter: &'static str,
    /// The letter if the certificate were in order.
    pub without_certificate: &'static str,
    /// The average, 0 to 100.
    pub score: u8,
    /// Protocol versions, 0 to 100: 30 %.
    pub protocol: u8,
    /// Key exchange, 0 to 100: 30 %.
    pub exchange: u8,
    /// Ciphers, 0 to 100: 40 %.
    pub cipher: u8,
    /// Why it is not better, the heaviest first.
    pub because: Vec<&'static str>,
    /// The one setting that would lift it; none where nothing holds it down.
    pub setting: Option<String>,
}

/// Letters from best to worst.
const LETTERS: [&str; 8] = ["A+", "A", "A-", "B", "C", "D", "E", "F"];

/// What no average may hide: the best letter that is left, why, and what would lift it.
struct Cap(&'static str, &'static str, String);

/// Grades an endpoint.
pub fn grade(facts: &EndpointFacts, now: Timestamp) -> Grade {
    let (protocol, exchange, cipher) = (protocol(facts), exchange(facts), cipher(facts));
    let score = ((u32::from(protocol) * 30 + u32::from(exchange) * 30 + u32::from(cipher) * 40) / 100) as u8;
    let mut letter = match score {
        80.. => "A",
        65..=79 => "B",
        50..=64 => "C",
        35..=49 => "D",
        20..=34 => "E",
        _ => "F",
    };
    let mut caps = caps(facts);
    caps.sort_by_key(|cap| std::cmp::Reverse(rank(cap.0)));
    if let Some(cap) = caps.first()
        && rank(cap.0) > rank(letter)
    {
        letter = cap.0;
    }
    if letter == "A" && caps.is_empty() && deserves_plus(facts) {
        letter = "A+";
    }
    let certificate = certificate_fault(facts, now);
    let mut reasons: Vec<(&'static str, String)> =
        certificate.iter().map(|(_, why, remedy)| (*why, remedy.clone())).collect();
    // Log-ins in the clear come before a certificate that nobody will look at.
    let at = if letter == "F" { 0 } else { reasons.len() };
    reasons.splice(at..at, caps.into_iter().map(|cap| (cap.1, cap.2)));
    Grade {
        letter: match &certificate {
            Some((mark, _, _)) if letter != "F" => mark,
            _ => letter,
        },
        without_certificate: letter,
        score,
        protocol,
        exchange,
        cipher,
        because: reasons.iter().map(|(why, _)| *why).collect(),
        setting: reasons.into_iter().next().map(|(_, remedy)| remedy),
    }
}

fn rank(letter: &str) -> usize {
    LETTERS.iter().position(|other| *other == letter).unwrap_or(LETTERS.len())
}

/// The middle between the best and the worst version.
fn protocol(facts: &EndpointFacts) -> u8 {
    let points = |version| match version {
        Version::Ssl2 => 0u16,
        Version::Ssl3 => 80,
        Version::Tls10 => 90,
        Version::Tls11 => 95,
        Version::Tls12 | Version::Tls13 => 100,
    };
    let worst = facts.spoken().map(points).min().unwrap_or(0);
    let best = facts.spoken().map(points).max().unwrap_or(0);
    ((best + worst) / 2) as u8
}

/// The weakest key that makes a session's keys, in bits of RSA or of a prime (NIST SP 800-57: a curve of
/// 256 bits is as good as 3072 bits of RSA).
fn exchange(facts: &EndpointFacts) -> u8 {
    let by_curve = |bits: u16| match bits {
        0..112 => 1024,
        112..128 => 2048,
        128..192 => 3072,
        _ => 7680,
    };
    let certificate = facts.chains.iter().filter_map(|chain| chain.leaf()).map(|leaf| match leaf.key {
        KeyKind::Ecdsa | KeyKind::Eddsa => by_curve(leaf.key_bits / 2),
        _ => leaf.key_bits,
    });
    let groups = facts.groups.iter().map(|group| by_curve(group.bits()));
    let weakest = certificate.chain(groups).chain(facts.dh_bits).min().unwrap_or(0);
    let has = |test: fn(Suite) -> bool| facts.suites().any(|(_, suite)| test(suite));
    if has(Suite::is_anonymous) {
        return 0;
    }
    match weakest {
        _ if has(Suite::is_export) => 40,
        0 => 0,
        1..512 => 20,
        512..1024 => 40,
        1024..2048 => 80,
        2048..4096 => 90,
        _ => 100,
    }
}

/// The middle between the strongest and the weakest cipher.
fn cipher(facts: &EndpointFacts) -> u8 {
    let points = |bits| match bits {
        0 => 0u16,
        1..128 => 20,
        128..256 => 80,
        _ => 100,
    };
    let all: Vec<u16> = facts.suites().map(|(_, suite)| points(suite.bits())).collect();
    let middle = (all.iter().max().unwrap_or(&0) + all.iter().min().unwrap_or(&0)) / 2;
    middle as u8
}

fn caps(facts: &EndpointFacts) -> Vec<Cap> {
    let mut caps = Vec::new();
    let mut cap = |applies: bool, letter, why, need| {
        if applies {
            caps.push(Cap(letter, why, setting(facts.protocol, need)));
        }
    };
    let weak = |wanted: &[Weakness]| {
        facts.suites().any(|(_, suite)| weakness(suite).is_some_and(|weakness| wanted.contains(&weakness)))
    };
    let all = |test: fn(Suite) -> bool| facts.suites().all(|(_, suite)| test(suite));
    let lets_in = facts.plaintext == PlaintextLogins::LetsIn || facts.lets_in_over_tls == Some(true);
    cap(lets_in, "F", "it lets anyone in without a password", Need::AskProof);
    cap(!facts.offers_tls, "F", "it offers no encryption", Need::OfferTls);
    cap(facts.plaintext.are_taken(), "F", "it takes log-ins without encryption", Need::RequireTls);
    if !facts.offers_tls {
        return caps;
    }
    let newest = facts.spoken().next_back();
    cap(facts.speaks(Version::Ssl2), "F", "it speaks SSL 2.0", Need::NewVersions);
    let broken = [Weakness::Nothing, Weakness::Anonymous, Weakness::Export, Weakness::TooShort];
    cap(weak(&broken), "F", "it takes suites that do not protect", Need::StrongCiphers);
    cap(facts.injects || facts.takes_injected == Some(true), "F", "bytes can be put in before TLS", Need::Update);
    let breakable = facts.dh_bits.is_some_and(|bits| bits < BREAKABLE_PRIME);
    cap(breakable, "F", "it makes keys with a prime that can be broken", Need::LongPrime);
    cap(newest < Some(Version::Tls12), "C", "it does not speak TLS 1.2", Need::NewVersions);
    cap(facts.speaks(Version::Ssl3), "C", "it speaks SSL 3.0 (POODLE)", Need::NewVersions);
    cap(weak(&[Weakness::Rc4]), "C", "it takes RC4", Need::StrongCiphers);
    cap(weak(&[Weakness::SmallBlocks]), "C", "it takes 3DES (SWEET32)", Need::StrongCiphers);
    cap(facts.compresses == Some(true), "C", "it compresses inside TLS (CRIME)", Need::NoCompression);
    cap(facts.renegotiates_safely == Some(false), "C", "it does not renegotiate safely", Need::Update);
    let old = facts.speaks(Version::Tls10) || facts.speaks(Version::Tls11);
    cap(old, "B", "it speaks TLS 1.0 or 1.1", Need::NewVersions);
    let short = facts.dh_bits.is_some_and(|bits| bits < SHORTEST_PRIME);
    cap(short, "B", "it makes keys with a short prime", Need::LongPrime);
    cap(all(|suite| !suite.is_forward_secret()), "B", "it has no forward secrecy", Need::StrongCiphers);
    cap(all(|suite| !suite.is_aead()), "B", "it has no AEAD cipher", Need::StrongCiphers);
    let some_static = facts.suites().any(|(_, suite)| matches!(suite.exchange(), Exchange::Rsa | Exchange::StaticDh));
    cap(some_static, "A-", "some of its suites have no forward secrecy", Need::StrongCiphers);
    cap(!facts.speaks(Version::Tls13), "A-", "it does not speak TLS 1.3", Need::Update);
    caps
}

/// Browsers are told to come back encrypted; other protocols have nothing like it.
fn deserves_plus(facts: &EndpointFacts) -> bool {
    let web = facts.http.is_none_or(|http| http.hsts_seconds.unwrap_or(0) >= SIX_MONTHS);
    web && facts.complete && facts.malformed.is_empty() && facts.notices_fallback != Some(false)
}

/// The mark, why, and what to do.
fn certificate_fault(facts: &EndpointFacts, now: Timestamp) -> Option<(&'static str, &'static str, String)> {
    let mark = |mark, why, remedy: &str| Some((mark, why, remedy.to_owned()));
    for chain in &facts.chains {
        let Some(leaf) = chain.leaf() else {
            return mark("T", "its certificate cannot be read", "give the server a readable certificate");
        };
        if !leaf.is_valid_at(now) {
            return mark("T", "its certificate is not in its dates", "renew the certificate");
        }
        if short_key(leaf).is_some() || matches!(leaf.hash, SignatureHash::Md5 | SignatureHash::Sha1) {
            return mark("T", "its certificate can be forged", "have a new one made: ECDSA P-256, SHA-256");
        }
        if !chain.is_trusted() {
            let remedy = "have a trusted authority sign the certificate, or name your own with --ca FILE";
            return mark("T", "no trusted authority vouches for its certificate", remedy);
        }
        if !leaf.covers(&facts.host) {
            let remedy = "connect by a name the certificate is for, or have one made for this name";
            return mark("M", "its certificate is for another host", remedy);
        }
    }
    None
}
