//! `dataward/transit@1`: what endpoints answered, and what is wrong with it.

use dataward_audit::transit::grade::grade;
use dataward_audit::transit::problems;
use dataward_audit::transit::profile::profile;
use dataward_model::Remedy;
use dataward_tls::Certificate;
use dataward_tls::EndpointFacts;
use dataward_tls::certificate::SignatureHash;
use dataward_tls::facts::ChainFacts;
use dataward_tls::facts::PlainHttp;
use dataward_tls::facts::PlaintextLogins;
use dataward_tls::names::HostName;
use dataward_tls::ocsp::Stapled;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::run_audit::SkippedLine;

/// What endpoints answered.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TransitReport {
    /// `dataward/transit@1`.
    pub schema: &'static str,
    /// In the order in which they were named.
    pub endpoints: Vec<EndpointReport>,
    /// Those that could not be asked, and why.
    pub skipped: Vec<SkippedLine>,
}

/// One endpoint.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EndpointReport {
    /// `host:port`.
    pub endpoint: String,
    /// The source it belongs to, in an audit.
    pub source: Option<String>,
    /// ftp, https, imap, ldap, mysql, pop3, postgresql, smtp, tls.
    pub protocol: String,
    /// Whether TLS is offered at all.
    pub offers_tls: bool,
    /// One letter and why.
    pub grade: GradeReport,
    /// The Mozilla profile it keeps to: modern, intermediate, old, none.
    pub mozilla: String,
    /// Log-ins without TLS: refused, password, proof, open (no password needed), unknown.
    pub plaintext_logins: String,
    /// Whether somebody is let in over TLS without any proof; null where that was not asked.
    pub lets_in_over_tls: Option<bool>,
    /// Each version, oldest first.
    pub versions: Vec<VersionReport>,
    /// Groups for the key exchange, as the server prefers them.
    pub groups: Vec<String>,
    /// The smallest prime it used for a Diffie-Hellman key, in bits.
    pub dh_bits: Option<u16>,
    /// Whether it compresses inside TLS.
    pub compression: Option<bool>,
    /// Whether it renegotiates safely (RFC 5746).
    pub secure_renegotiation: Option<bool>,
    /// Whether it notices downgrades (RFC 7507).
    pub fallback_protection: Option<bool>,
    /// Whether PostgreSQL takes TLS from the first byte.
    pub direct_tls: Option<bool>,
    /// Chains of certificates, one for each kind of key.
    pub chains: Vec<ChainReport>,
    /// `max-age` of Strict-Transport-Security, in seconds; none without, or where nobody speaks HTTP.
    pub hsts_seconds: Option<u64>,
    /// Plain HTTP beside it: closed, redirects, serves, not-asked.
    pub plain_http: Option<String>,
    /// What is wrong, the gravest first.
    pub problems: Vec<ProblemReport>,
    /// How many handshakes it took.
    pub handshakes: u32,
    /// Whether all questions were asked and answered.
    pub complete: bool,
}

/// The letter and how it came about.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct GradeReport {
    /// A+ to F; T: the certificate cannot be trusted; M: it is for another host.
    pub letter: String,
    /// The letter if the certificate were in order.
    pub without_certificate: String,
    /// 0 to 100: 30 % protocol, 30 % key exchange, 40 % cipher.
    pub score: u8,
    /// Versions, 0 to 100.
    pub protocol: u8,
    /// Key exchange, 0 to 100.
    pub exchange: u8,
    /// Ciphers, 0 to 100.
    pub cipher: u8,
    /// Why it is not better, the heaviest first.
    pub because: Vec<String>,
    /// The one setting that would lift it most.
    pub setting: Option<String>,
}

/// One version.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct VersionReport {
    /// `SSL 2.0` to `TLS 1.3`.
    pub version: String,
    /// Whether it is taken; none: the server gave no answer.
    pub supported: Option<bool>,
    /// The suites, by IANA's names, in the order in which the server chose them.
    pub suites: Vec<String>,
}

/// One chain.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChainReport {
    /// Whether anyone vouches for it; dates and names apart.
    pub trusted: bool,
    /// What Mozilla's list of authorities says.
    pub public: String,
    /// What the list of this machine says.
    pub system: String,
    /// What the authorities that were named say.
    pub named: Option<String>,
    /// Whether it is for the host that was asked.
    pub covers_host: bool,
    /// Whether it is in its dates.
    pub in_dates: bool,
    /// Whether an OCSP answer came along.
    pub stapled: bool,
    /// What it says: good, revoked, unknown, useless, of-another-certificate or not-signed.
    pub ocsp: Option<String>,
    /// Until when it holds, where it says so.
    #[schemars(with = "Option<String>")]
    pub ocsp_until: Option<Timestamp>,
    /// The server's own first.
    pub certificates: Vec<CertificateReport>,
}

/// One certificate.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CertificateReport {
    /// Whom it is for, in words.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// The hosts it is for.
    pub names: Vec<String>,
    /// Valid from.
    #[schemars(with = "String")]
    pub not_before: Timestamp,
    /// Valid until.
    #[schemars(with = "String")]
    pub not_after: Timestamp,
    /// RSA, ECDSA, EdDSA, DSA, unknown.
    pub key: String,
    /// Bits of the key.
    pub key_bits: u16,
    /// md5, sha1, sha2, other.
    pub signature_hash: String,
    /// Whether it names itself as its issuer.
    pub self_issued: bool,
    /// SHA-256 over it.
    pub fingerprint: String,
}

/// Something that is wrong.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ProblemReport {
    /// The check, as findings name it.
    pub check: String,
    /// info, low, medium, high, critical.
    pub severity: String,
    /// What.
    pub title: String,
    /// Why it matters.
    pub reason: String,
    /// The legal rules behind it.
    pub law: Vec<String>,
    /// What to change.
    #[schemars(with = "String")]
    pub remedy: Remedy,
    /// Whether that is something to type (`command`) or not (`words`).
    pub remedy_kind: String,
}

impl TransitReport {
    /// How many problems are of `severity` or above.
    pub fn at_or_above(&self, severity: dataward_model::Severity) -> usize {
        let words: Vec<&str> = dataward_model::Severity::ALL
            .into_iter()
            .filter(|other| *other >= severity)
            .map(dataward_model::Severity::as_str)
            .collect();
        let problems = self.endpoints.iter().flat_map(|endpoint| &endpoint.problems);
        problems.filter(|problem| words.contains(&problem.severity.as_str())).count()
    }
}

impl EndpointReport {
    pub(crate) fn new(facts: &EndpointFacts, source: Option<String>, now: Timestamp) -> Self {
        let grade = grade(facts, now);
        Self {
            endpoint: facts.address.clone(),
            source,
            protocol: facts.protocol.as_str().to_owned(),
            offers_tls: facts.offers_tls,
            grade: GradeReport {
                letter: grade.letter.to_owned(),
                without_certificate: grade.without_certificate.to_owned(),
                score: grade.score,
                protocol: grade.protocol,
                exchange: grade.exchange,
                cipher: grade.cipher,
                because: grade.because.iter().map(|why| (*why).to_owned()).collect(),
                setting: grade.setting,
            },
            mozilla: profile(facts).as_str().to_owned(),
            plaintext_logins: match facts.plaintext {
                PlaintextLogins::AsksForPassword => "password",
                PlaintextLogins::AsksForProof => "proof",
                PlaintextLogins::LetsIn => "open",
                PlaintextLogins::Refused => "refused",
                PlaintextLogins::Unknown => "unknown",
            }
            .to_owned(),
            lets_in_over_tls: facts.lets_in_over_tls,
            versions: facts
                .versions
                .iter()
                .map(|known| VersionReport {
                    version: known.version.to_string(),
                    supported: known.supported,
                    suites: known.suites.iter().map(|suite| suite.name()).collect(),
                })
                .collect(),
            groups: facts.groups.iter().map(|group| group.name()).collect(),
            dh_bits: facts.dh_bits,
            compression: facts.compresses,
            secure_renegotiation: facts.renegotiates_safely,
            fallback_protection: facts.notices_fallback,
            direct_tls: facts.direct,
            chains: facts.chains.iter().map(|chain| ChainReport::new(chain, &facts.host, now)).collect(),
            hsts_seconds: facts.http.and_then(|http| http.hsts_seconds),
            plain_http: facts.http.map(|http| {
                match http.plain {
                    PlainHttp::Closed => "closed",
                    PlainHttp::NotAsked => "not-asked",
                    PlainHttp::Redirects => "redirects",
                    PlainHttp::Serves => "serves",
                }
                .to_owned()
            }),
            problems: problems(facts, now)
                .into_iter()
                .map(|(check, problem)| ProblemReport {
                    check: check.name.to_owned(),
                    severity: problem.severity.as_str().to_owned(),
                    title: problem.title,
                    reason: problem.reason,
                    law: problem.law.iter().map(|rule| (*rule).to_owned()).collect(),
                    remedy_kind: problem.remedy.kind().to_owned(),
                    remedy: problem.remedy,
                })
                .collect(),
            handshakes: facts.handshakes,
            complete: facts.complete,
        }
    }
}

impl ChainReport {
    fn new(chain: &ChainFacts, host: &str, now: Timestamp) -> Self {
        let leaf = chain.leaf();
        Self {
            trusted: chain.is_trusted(),
            public: chain.public.as_str().to_owned(),
            system: chain.system.as_str().to_owned(),
            named: chain.named.map(|trust| trust.as_str().to_owned()),
            covers_host: leaf.is_some_and(|leaf| leaf.covers(host)),
            in_dates: leaf.is_some_and(|leaf| leaf.is_valid_at(now)),
            stapled: chain.stapled.is_some(),
            ocsp: chain.stapled.map(|stapled| stapled.as_str().to_owned()),
            ocsp_until: match chain.stapled {
                Some(Stapled::Good { until }) => until,
                _ => None,
            },
            certificates: chain.certificates.iter().map(CertificateReport::new).collect(),
        }
    }
}

impl CertificateReport {
    fn new(certificate: &Certificate) -> Self {
        Self {
            subject: certificate.subject.clone(),
            issuer: certificate.issuer.clone(),
            names: certificate.names.iter().map(HostName::to_text).collect(),
            not_before: certificate.not_before,
            not_after: certificate.not_after,
            key: certificate.key.as_str().to_owned(),
            key_bits: certificate.key_bits,
            signature_hash: match certificate.hash {
                SignatureHash::Md5 => "md5",
                SignatureHash::Other => "other",
                SignatureHash::Sha1 => "sha1",
                SignatureHash::Sha2 => "sha2",
            }
            .to_owned(),
            self_issued: certificate.is_self_issued,
            fingerprint: certificate.fingerprint.clone(),
        }
    }
}
