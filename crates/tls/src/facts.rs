//! What is known of an endpoint when all questions have been asked. Facts only: what is good or bad
//! about them is for `audit::transit`.

use crate::Certificate;
use crate::Group;
use crate::Suite;
use crate::Version;
use crate::flight::Malformed;
use crate::ocsp::Stapled;

/// What is spoken before and inside TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// FTP; TLS begins with `AUTH TLS`.
    Ftp,
    /// HTTPS.
    Https,
    /// IMAP; TLS begins with `STARTTLS`.
    Imap,
    /// LDAP; TLS begins with an extended request.
    Ldap,
    /// MySQL or MariaDB; TLS begins after the greeting.
    Mysql,
    /// POP3; TLS begins with `STLS`.
    Pop3,
    /// PostgreSQL; TLS begins with an SSLRequest.
    Postgresql,
    /// SMTP; TLS begins with `STARTTLS`.
    Smtp,
    /// TLS from the first byte, and we do not know what is inside.
    Tls,
}

impl Protocol {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ftp => "ftp",
            Self::Https => "https",
            Self::Imap => "imap",
            Self::Ldap => "ldap",
            Self::Mysql => "mysql",
            Self::Pop3 => "pop3",
            Self::Postgresql => "postgresql",
            Self::Smtp => "smtp",
            Self::Tls => "tls",
        }
    }

    /// Whether the connection begins in the clear.
    pub fn begins_in_the_clear(self) -> bool {
        !matches!(self, Self::Https | Self::Tls)
    }
}

/// What was found out about one endpoint.
#[derive(Clone, Debug)]
pub struct EndpointFacts {
    /// `host:port` as it was asked for.
    pub address: String,
    /// The host alone; certificates must be for it.
    pub host: String,
    /// What is spoken there.
    pub protocol: Protocol,
    /// Whether TLS is offered at all.
    pub offers_tls: bool,
    /// Each version, oldest first.
    pub versions: Vec<VersionFacts>,
    /// The groups it takes, in the order in which it prefers them.
    pub groups: Vec<Group>,
    /// The smallest prime it used for a Diffie-Hellman key, in bits.
    pub dh_bits: Option<u16>,
    /// Whether it compresses (CRIME); none when that could not be asked.
    pub compresses: Option<bool>,
    /// Whether it renegotiates safely (RFC 5746); none with TLS 1.3 alone, which cannot renegotiate.
    pub renegotiates_safely: Option<bool>,
    /// Whether it notices a downgrade (RFC 7507); none where there is nothing to downgrade to.
    pub notices_fallback: Option<bool>,
    /// The chains it shows: one for each kind of key it has.
    pub chains: Vec<ChainFacts>,
    /// What it says over HTTP.
    pub http: Option<HttpFacts>,
    /// Whether it takes log-ins without TLS.
    pub plaintext: PlaintextLogins,
    /// Whether it lets somebody in over TLS without any proof; none where that was not asked.
    pub lets_in_over_tls: Option<bool>,
    /// Whether bytes came after the go-ahead and before TLS: someone puts in bytes of his own, or the
    /// server leaks its buffer (CVE-2021-23222, CVE-2011-0411).
    pub injects: bool,
    /// Whether it takes bytes sent before TLS for what came inside it (CVE-2021-23214); none where that
    /// was not asked.
    pub takes_injected: Option<bool>,
    /// Whether TLS may begin with the first byte, without the protocol's own beginning (PostgreSQL 17).
    pub direct: Option<bool>,
    /// How its answers broke the rules.
    pub malformed: Vec<Malformed>,
    /// Handshakes made.
    pub handshakes: u32,
    /// Whether all questions were asked: not where the number of handshakes is limited (MySQL blocks a
    /// host after a hundred broken ones), or where the server fell silent.
    pub complete: bool,
}

/// What was found out about a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionFacts {
    /// The version.
    pub version: Version,
    /// Whether the server takes it; none when it gave no answer that says so.
    pub supported: Option<bool>,
    /// The suites it takes, in the order in which it chose them.
    pub suites: Vec<Suite>,
}

/// What was found out about a chain of certificates.
#[derive(Clone, Debug)]
pub struct ChainFacts {
    /// The certificates that could be read, the server's own first.
    pub certificates: Vec<Certificate>,
    /// Whether one of them could not be read.
    pub has_unreadable: bool,
    /// Whether the authorities browsers trust (Mozilla's list) vouch for it.
    pub public: Trust,
    /// Whether those this machine trusts do.
    pub system: Trust,
    /// Whether those the user named do.
    pub named: Option<Trust>,
    /// The OCSP answer that came along.
    pub stapled: Option<Stapled>,
}

impl ChainFacts {
    /// The server's own certificate.
    pub fn leaf(&self) -> Option<&Certificate> {
        self.certificates.first()
    }

    /// Whether anyone we asked vouches for it; dates and names apart.
    pub fn is_trusted(&self) -> bool {
        match self.named {
            Some(named) => named == Trust::Trusted,
            None => [self.public, self.system].contains(&Trust::Trusted),
        }
    }
}

/// Whether a chain leads to an authority that is trusted. Dates and names are looked at apart, so that
/// an expired certificate of a trusted authority is told from one that nobody vouches for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// A certificate on the way has expired or is not valid yet.
    AuthorityExpired,
    /// A signature is wrong, or made with what is no longer taken.
    BadSignature,
    /// An authority's certificate is used by a server, or one of another use.
    NotForServers,
    /// It does.
    Trusted,
    /// It leads nowhere that is known: self-signed, or signed by an authority of one's own.
    UnknownIssuer,
}

impl Trust {
    /// In words, for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuthorityExpired => "a certificate on the way to the authority has expired",
            Self::BadSignature => "a signature in the chain is wrong or of a kind that is no longer taken",
            Self::NotForServers => "the certificate is not made for servers",
            Self::Trusted => "trusted",
            Self::UnknownIssuer => "no trusted authority signed it",
        }
    }
}

/// What an HTTPS server says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpFacts {
    /// `max-age` of Strict-Transport-Security, in seconds; none without the header.
    pub hsts_seconds: Option<u64>,
    /// What plain HTTP beside it does.
    pub plain: PlainHttp,
}

/// What a server does on the port of plain HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainHttp {
    /// Nobody listens.
    Closed,
    /// It was not asked.
    NotAsked,
    /// It sends the client to HTTPS.
    Redirects,
    /// It serves in the clear.
    Serves,
}

/// Whether log-ins are taken without TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaintextLogins {
    /// It asked for a password, in a way that sends it readable.
    AsksForPassword,
    /// It asked for a proof that hides the password; all that follows is readable.
    AsksForProof,
    /// It let us in without any proof.
    LetsIn,
    /// It wants TLS first.
    Refused,
    /// Could not be found out, or does not apply.
    Unknown,
}

impl PlaintextLogins {
    /// Whether somebody can log in without TLS.
    pub fn are_taken(self) -> bool {
        matches!(self, Self::AsksForPassword | Self::AsksForProof | Self::LetsIn)
    }
}

impl EndpointFacts {
    /// What is known of an endpoint before the first question.
    pub fn new(address: &str, host: &str, protocol: Protocol) -> Self {
        Self {
            address: address.to_owned(),
            host: host.to_owned(),
            protocol,
            offers_tls: false,
            versions: Vec::new(),
            groups: Vec::new(),
            dh_bits: None,
            compresses: None,
            renegotiates_safely: None,
            notices_fallback: None,
            chains: Vec::new(),
            http: None,
            plaintext: PlaintextLogins::Unknown,
            lets_in_over_tls: None,
            injects: false,
            takes_injected: None,
            direct: None,
            malformed: Vec::new(),
            handshakes: 0,
            complete: true,
        }
    }

    /// Whether it takes that version.
    pub fn speaks(&self, version: Version) -> bool {
        self.versions.iter().any(|facts| facts.version == version && facts.supported == Some(true))
    }

    /// The versions it takes, oldest first.
    pub fn spoken(&self) -> impl DoubleEndedIterator<Item = Version> {
        self.versions.iter().filter(|facts| facts.supported == Some(true)).map(|facts| facts.version)
    }

    /// All suites it takes, with the version.
    pub fn suites(&self) -> impl Iterator<Item = (Version, Suite)> {
        self.versions.iter().flat_map(|facts| facts.suites.iter().map(|suite| (facts.version, *suite)))
    }
}
