//! Ciphers that do not protect.

use dataward_model::Remedy;
use dataward_model::Severity;
use dataward_tls::EndpointFacts;
use dataward_tls::Suite;
use jiff::Timestamp;

use super::Problem;
use super::setting::Need;
use super::setting::setting;
use crate::Check;
use crate::Needs;

/// The check.
pub const CHECK: Check = Check {
    name: "transit/weak-cipher",
    summary: "ciphers that do not protect",
    needs: Needs::Facts,
    run: |snapshot| super::faults(snapshot, judge),
};

/// How a suite fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weakness {
    /// Encrypts nothing.
    Nothing,
    /// Proves nothing: anyone can be in the middle.
    Anonymous,
    /// Weakened by law once: 40 or 56 bits (FREAK, Logjam).
    Export,
    /// DES or RC2: broken by trying all keys.
    TooShort,
    /// RC4 (RFC 7465 forbids it).
    Rc4,
    /// Blocks of 64 bits: 3DES, IDEA (SWEET32).
    SmallBlocks,
}

/// How a suite fails; none for one that does not.
pub fn weakness(suite: Suite) -> Option<Weakness> {
    match suite.cipher() {
        "NULL" => Some(Weakness::Nothing),
        _ if suite.is_anonymous() => Some(Weakness::Anonymous),
        _ if suite.is_export() => Some(Weakness::Export),
        "DES" | "RC2" => Some(Weakness::TooShort),
        "RC4" => Some(Weakness::Rc4),
        "3DES" | "IDEA" => Some(Weakness::SmallBlocks),
        _ => None,
    }
}

/// One problem for each way in which suites of an endpoint fail.
pub fn judge(facts: &EndpointFacts, _: Timestamp) -> Vec<Problem> {
    let mut found: Vec<(Weakness, Suite)> =
        facts.suites().filter_map(|(_, suite)| Some((weakness(suite)?, suite))).collect();
    found.sort();
    found.dedup();
    let mut problems: Vec<Problem> = Vec::new();
    for group in found.chunk_by(|a, b| a.0 == b.0) {
        let Some((weakness, example)) = group.first() else { continue };
        let (severity, what, reason) = match weakness {
            Weakness::Nothing => (Severity::High, "suites that encrypt nothing", "what is sent is readable"),
            Weakness::Anonymous => {
                (Severity::High, "suites in which nobody proves anything", "anyone can stand in the middle")
            }
            Weakness::Export => {
                (Severity::High, "ciphers weakened for export", "they are broken in hours (FREAK, Logjam)")
            }
            Weakness::TooShort => (Severity::High, "DES or RC2", "all keys can be tried in a day"),
            Weakness::Rc4 => (Severity::High, "RC4", "it leaks what it encrypts (RFC 7465 forbids it)"),
            Weakness::SmallBlocks => {
                (Severity::Medium, "3DES or IDEA", "long sessions leak what they carry (SWEET32, CVE-2016-2183)")
            }
        };
        let more = match group.len() {
            1 => example.name(),
            count => format!("{} and {} more", example.name(), count - 1),
        };
        problems.push(Problem {
            detail: format!("{weakness:?}"),
            severity,
            title: format!("`{}` takes {what} ({more})", facts.address),
            reason: reason.to_owned(),
            law: &["eu-gdpr-32", "pci-4-2-1"],
            remedy: Remedy::Words(setting(facts.protocol, Need::StrongCiphers)),
        });
    }
    problems
}
