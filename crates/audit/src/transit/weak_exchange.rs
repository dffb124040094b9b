//! Key exchanges that do not last: without forward secrecy, in small groups, or that a quantum computer
//! will open.

use dataward_model::Remedy;
use dataward_model::Severity;
use dataward_tls::EndpointFacts;
use dataward_tls::Group;
use dataward_tls::Version;
use jiff::Timestamp;

use super::Problem;
use super::setting::Need;
use super::setting::setting;
use crate::Check;
use crate::Needs;

/// The check.
pub const CHECK: Check = Check {
    name: "transit/weak-exchange",
    summary: "key exchanges that do not last",
    needs: Needs::Facts,
    run: |snapshot| super::faults(snapshot, judge),
};

/// NIST SP 800-57 part 1 rev. 5: 112 bits until 2030, which is a prime of 2048 bits.
pub(super) const SHORTEST_PRIME: u16 = 2048;
/// Within reach of states in 2015 (Logjam).
pub(super) const BREAKABLE_PRIME: u16 = 1024;
const LEAST_BITS: u16 = 112;

/// Whoever records today must not read tomorrow.
pub fn judge(facts: &EndpointFacts, _: Timestamp) -> Vec<Problem> {
    let address = &facts.address;
    let mut problems = Vec::new();
    let mut push = |detail: &str, severity, title: String, reason: &str, need| {
        problems.push(Problem {
            detail: detail.to_owned(),
            severity,
            title,
            reason: reason.to_owned(),
            law: &["eu-gdpr-32"],
            remedy: Remedy::Words(setting(facts.protocol, need)),
        });
    };
    let mut secrecy = facts.suites().map(|(_, suite)| suite.is_forward_secret());
    if facts.suites().next().is_some() && !secrecy.any(|secret| secret) {
        push(
            "forward-secrecy",
            Severity::Medium,
            format!("`{address}` has no forward secrecy"),
            "whoever records today and steals the server's key next year reads it all",
            Need::StrongCiphers,
        );
    }
    if let Some(bits) = facts.dh_bits.filter(|bits| *bits < SHORTEST_PRIME) {
        push(
            "prime",
            if bits <= BREAKABLE_PRIME { Severity::High } else { Severity::Medium },
            format!("`{address}` makes keys with a prime of {bits} bits; {SHORTEST_PRIME} is the least"),
            "a small prime is broken once for all who use it (Logjam, CVE-2015-4000)",
            Need::LongPrime,
        );
    }
    let small: Vec<String> =
        facts.groups.iter().filter(|group| (1..LEAST_BITS).contains(&group.bits())).map(|group| group.name()).collect();
    if !small.is_empty() {
        push(
            "curve",
            Severity::Medium,
            format!("`{address}` takes curves that are too small ({})", small.join(", ")),
            "less than 112 bits of security (NIST SP 800-57)",
            Need::GoodGroups,
        );
    }
    let is_ready = facts.groups.iter().copied().any(Group::is_post_quantum);
    if facts.speaks(Version::Tls13) && !facts.groups.is_empty() && !is_ready {
        push(
            "post-quantum",
            Severity::Info,
            format!("`{address}` has no key exchange that a quantum computer cannot open"),
            "what is recorded today may be read in ten years; X25519MLKEM768 costs nothing",
            Need::GoodGroups,
        );
    }
    problems
}
