//! The questions, in the order in which their answers are needed.

use std::time::Duration;

use dataward_tls::Answer;
use dataward_tls::ClientHello;
use dataward_tls::EndpointFacts;
use dataward_tls::FlightReader;
use dataward_tls::Group;
use dataward_tls::Suite;
use dataward_tls::Version;
use dataward_tls::facts::PlaintextLogins;
use dataward_tls::facts::Protocol;
use dataward_tls::facts::VersionFacts;
use dataward_tls::ssl2;
use dataward_tls::suite::Exchange;
use futures::future::join_all;
use jiff::Timestamp;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::Endpoint;
use super::Limits;
use super::TrustedRoots;
use super::chain;
use super::guess;
use super::plaintext;
use super::preamble::Fault;
use super::preamble::SSL_REQUEST;
use super::prober::Prober;
use super::prober::Question;
use super::prober::shake;
use crate::ConnectError;

/// All questions to one endpoint.
pub(super) async fn ask_all(
    endpoint: &Endpoint,
    roots: &TrustedRoots,
    limits: Limits,
    now: Timestamp,
) -> Result<EndpointFacts, ConnectError> {
    let protocol = match endpoint.protocol {
        Some(protocol) => protocol,
        None => guess::protocol(endpoint, limits).await?,
    };
    let prober = Prober::new(endpoint, protocol, limits).await?;
    let mut facts = EndpointFacts::new(&endpoint.address(), &endpoint.host, protocol);
    facts.offers_tls = offers_tls(&prober).await?;
    facts.plaintext = plaintext_logins(&prober).await;
    if !facts.offers_tls {
        return Ok(facts);
    }
    let (versions, injects, takes_injected, direct, lets_in) = tokio::join!(
        versions(&prober),
        injects(&prober),
        takes_injected(&prober),
        speaks_direct(&prober),
        lets_in_over_tls(&prober)
    );
    facts.lets_in_over_tls = lets_in;
    (facts.versions, facts.injects, facts.takes_injected, facts.direct) = (versions, injects, takes_injected, direct);
    if facts.versions.iter().all(|version| version.supported != Some(true)) {
        return Err(nothing_agreed(&prober));
    }
    let groups = groups(&prober, &facts);
    let compresses = compresses(&prober, &facts);
    let fallback = notices_fallback(&prober, &facts);
    let real = chain::real_handshake(&prober, &facts);
    let (groups, compresses, fallback, real) = tokio::join!(groups, compresses, fallback, real);
    (facts.groups, facts.compresses, facts.notices_fallback) = (groups, compresses, fallback);
    facts.http = real.http;
    let mut chains = std::mem::take(&mut prober.notes().chains);
    if let Some(shown) = real.shown {
        // TLS 1.3 shows its chain only to those who finish the handshake; the server's own certificate tells
        // chains apart.
        match chains.iter_mut().find(|known| known.chain.first() == shown.chain.first()) {
            Some(known) => known.stapled = known.stapled.take().or(shown.stapled),
            None => chains.push(shown),
        }
    }
    facts.chains = chains.iter().map(|shown| chain::read(shown, roots, now)).collect();
    let notes = prober.notes();
    facts.dh_bits = notes.dh_bits;
    facts.renegotiates_safely = notes.renegotiates_safely;
    facts.malformed = notes.malformed.clone();
    facts.handshakes = prober.handshakes();
    facts.complete = prober.is_complete() && facts.versions.iter().all(|version| version.supported.is_some());
    Ok(facts)
}

async fn offers_tls(prober: &Prober<'_>) -> Result<bool, ConnectError> {
    if !prober.protocol.begins_in_the_clear() {
        return Ok(true);
    }
    let target = prober.endpoint.address();
    let unreachable = |reason: &str| ConnectError::Unreachable { target: target.clone(), reason: reason.to_owned() };
    match timeout(prober.limits.handshake, prober.ready()).await {
        Ok(Ok(_)) => Ok(true),
        Ok(Err(Fault::NoTls)) => Ok(false),
        Ok(Err(Fault::Busy(reason))) => Err(unreachable(reason)),
        Ok(Err(Fault::Broken)) => Err(unreachable(&format!(
            "what answers there does not speak {} (name the protocol with --starttls)",
            prober.protocol.as_str()
        ))),
        Err(_) => Err(unreachable("it takes the connection and then says nothing")),
    }
}

fn nothing_agreed(prober: &Prober<'_>) -> ConnectError {
    let notes = prober.notes();
    let reason = match notes.malformed.first() {
        Some(fault) => format!("no handshake could be made: {}", fault.as_str()),
        None if !prober.is_complete() => "it does not answer a TLS hello".to_owned(),
        None => "no version of TLS could be agreed on: it may speak another protocol first (name it with --starttls)"
            .to_owned(),
    };
    ConnectError::Unreachable { target: prober.endpoint.address(), reason }
}

async fn plaintext_logins(prober: &Prober<'_>) -> PlaintextLogins {
    let asking = async {
        let mut stream = prober.connect().await?;
        plaintext::ask(&mut stream, prober.endpoint, prober.protocol).await
    };
    match timeout(prober.limits.handshake, asking).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) | Err(_) => PlaintextLogins::Unknown,
    }
}

async fn versions(prober: &Prober<'_>) -> Vec<VersionFacts> {
    join_all(Version::ALL.into_iter().map(|version| async move {
        match version {
            Version::Ssl2 => ssl2_facts(prober).await,
            version => version_facts(prober, version).await,
        }
    }))
    .await
}

/// Suites in one hello: some servers break at 128.
const SUITES_AT_ONCE: usize = 96;

/// What of a list of suites a server takes, found by striking out what it chose and asking again.
struct Taken {
    suites: Vec<Suite>,
    /// What ended it.
    last: Answer,
}

async fn version_facts(prober: &Prober<'_>, version: Version) -> VersionFacts {
    let groups = if version == Version::Tls13 { Group::all() } else { Group::classical() };
    let all = Suite::of_version(version);
    let mut parts = all.chunks(SUITES_AT_ONCE);
    let first = eliminate(prober, version, parts.next().unwrap_or_default(), &groups).await;
    const PROTOCOL_VERSION: u8 = 70;
    let knows_version = match &first.last {
        _ if !first.suites.is_empty() => true,
        Answer::Refused(alert) => *alert != PROTOCOL_VERSION,
        // It answered with another version.
        Answer::Hello(_) => false,
        Answer::Closed | Answer::Malformed(_) => true,
        Answer::Silent => return VersionFacts { version, supported: None, suites: Vec::new() },
    };
    let mut suites = first.suites;
    if knows_version {
        let rest = join_all(parts.map(|part| eliminate(prober, version, part, &groups))).await;
        suites.extend(rest.into_iter().flat_map(|taken| taken.suites));
    }
    VersionFacts { version, supported: Some(!suites.is_empty()), suites }
}

async fn eliminate(prober: &Prober<'_>, version: Version, suites: &[Suite], groups: &[Group]) -> Taken {
    let mut left = suites.to_vec();
    let mut taken = Vec::new();
    loop {
        let question = Question { version, suites: &left, groups, offers_compression: false, is_fallback: false };
        let answer = prober.ask(question).await;
        match &answer {
            Answer::Hello(flight) if flight.version() == Some(version) => {
                let suite = Suite(flight.suite);
                left.retain(|other| *other != suite);
                taken.push(suite);
            }
            _ => return Taken { suites: taken, last: answer },
        }
        if left.is_empty() {
            return Taken { suites: taken, last: answer };
        }
    }
}

/// Long enough for an answer; a server that does not know SSL 2.0 may wait for more.
const SSL2_LIMIT: Duration = Duration::from_secs(2);

async fn ssl2_facts(prober: &Prober<'_>) -> VersionFacts {
    let _slot = prober.slot().await;
    let asking = async {
        let mut stream = prober.ready().await.ok()?;
        stream.write_all(&ssl2::client_hello(rand::random())).await.ok()?;
        let mut bytes = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let count = stream.read(&mut buffer).await.ok()?;
            bytes.extend(buffer.get(..count)?);
            match ssl2::read_server_hello(&bytes) {
                Some(Ok(hello)) => return Some(hello),
                Some(Err(_)) => return None,
                None if count == 0 || bytes.len() > 64 << 10 => return None,
                None => {}
            }
        }
    };
    let hello = timeout(SSL2_LIMIT.min(prober.limits.handshake), asking).await.ok().flatten();
    // A server without ciphers of SSL 2.0 answers and refuses: it speaks it, to nobody (DROWN needs one).
    let hello = hello.filter(|hello| !hello.ciphers.is_empty());
    let supported = hello.is_some();
    if let Some(hello) = hello {
        prober.note_certificate(hello.certificate);
    }
    VersionFacts { version: Version::Ssl2, supported: Some(supported), suites: Vec::new() }
}

/// By striking out what it chose, like suites. TLS 1.3 tells the group it wants before any key is made.
async fn groups(prober: &Prober<'_>, facts: &EndpointFacts) -> Vec<Group> {
    let of = |version| facts.versions.iter().find(|facts| facts.version == version && facts.supported == Some(true));
    let (version, suites, mut left) = match (of(Version::Tls13), of(Version::Tls12)) {
        (Some(known), _) => (Version::Tls13, known.suites.clone(), Group::all()),
        (None, Some(known)) => {
            let curves = known.suites.iter().copied().filter(|suite| suite.exchange() == Exchange::Ecdhe).collect();
            (Version::Tls12, curves, Group::classical())
        }
        _ => return prober.notes().groups.clone(),
    };
    let mut taken = Vec::new();
    while !left.is_empty() && !suites.is_empty() {
        let question =
            Question { version, suites: &suites, groups: &left, offers_compression: false, is_fallback: false };
        let Answer::Hello(flight) = prober.ask(question).await else { break };
        let Some(group) = flight.group.map(Group).filter(|group| left.contains(group)) else { break };
        left.retain(|other| *other != group);
        taken.push(group);
    }
    taken
}

/// The newest version before TLS 1.3 that is spoken, with its suites.
fn newest_old(facts: &EndpointFacts) -> Option<&VersionFacts> {
    facts
        .versions
        .iter()
        .rev()
        .find(|known| known.version < Version::Tls13 && known.supported == Some(true) && !known.suites.is_empty())
}

async fn compresses(prober: &Prober<'_>, facts: &EndpointFacts) -> Option<bool> {
    let known = newest_old(facts)?;
    let groups = Group::classical();
    let question = Question {
        version: known.version,
        suites: &known.suites,
        groups: &groups,
        offers_compression: true,
        is_fallback: false,
    };
    match prober.ask(question).await {
        Answer::Hello(flight) => Some(flight.compresses),
        _ => None,
    }
}

/// A hello that claims to be a second try with an older version: the server must see through it (RFC 7507).
async fn notices_fallback(prober: &Prober<'_>, facts: &EndpointFacts) -> Option<bool> {
    let newest = facts.spoken().next_back()?;
    let older = facts
        .versions
        .iter()
        .rev()
        .find(|known| known.version < newest && known.version > Version::Ssl2 && known.supported == Some(true))?;
    let groups = Group::classical();
    let question = Question {
        version: older.version,
        suites: &older.suites,
        groups: &groups,
        offers_compression: false,
        is_fallback: true,
    };
    const INAPPROPRIATE_FALLBACK: u8 = 86;
    match prober.ask(question).await {
        Answer::Refused(INAPPROPRIATE_FALLBACK) => Some(true),
        Answer::Hello(_) => Some(false),
        _ => None,
    }
}

/// How long bytes are waited for that must not come.
const LISTEN: Duration = Duration::from_millis(250);

/// Whether something comes between the go-ahead and our hello.
async fn injects(prober: &Prober<'_>) -> bool {
    if !prober.protocol.begins_in_the_clear() {
        return false;
    }
    let _slot = prober.slot().await;
    let Ok(Ok(mut stream)) = timeout(prober.limits.handshake, prober.ready()).await else { return false };
    let mut byte = [0; 1];
    matches!(timeout(LISTEN, stream.read(&mut byte)).await, Ok(Ok(1)))
}

/// Whether PostgreSQL keeps what was sent before TLS and takes it for what came inside (CVE-2021-23214).
/// A repaired server breaks off once TLS stands; another one waits for the rest of our one byte.
async fn takes_injected(prober: &Prober<'_>) -> Option<bool> {
    if prober.protocol != Protocol::Postgresql {
        return None;
    }
    let _slot = prober.slot().await;
    let limit = prober.limits.handshake;
    let shaking = async {
        let mut stream = prober.connect().await.ok()?;
        let mut bytes = SSL_REQUEST.to_vec();
        bytes.push(0);
        stream.write_all(&bytes).await.ok()?;
        if stream.read_u8().await.ok()? != b'S' {
            return None;
        }
        chain::blind_handshake(stream, prober).await
    };
    let mut stream = timeout(limit, shaking).await.ok().flatten()?;
    Some(timeout(limit, stream.read_u8()).await.is_err())
}

/// Whether PostgreSQL lets somebody in who begins with TLS and proves nothing (`hostssl … trust`): encryption hides
/// what is sent, and keeps nobody out.
async fn lets_in_over_tls(prober: &Prober<'_>) -> Option<bool> {
    if prober.protocol != Protocol::Postgresql {
        return None;
    }
    let _slot = prober.slot().await;
    let asking = async {
        let stream = prober.ready().await.ok()?;
        let mut stream = chain::blind_handshake(stream, prober).await?;
        plaintext::postgresql(&mut stream, prober.endpoint).await.ok()
    };
    let answer = timeout(prober.limits.handshake, asking).await.ok().flatten()?;
    (answer != PlaintextLogins::Unknown).then_some(answer == PlaintextLogins::LetsIn)
}

/// Whether PostgreSQL takes TLS from the first byte, as version 17 does with ALPN `postgresql`.
async fn speaks_direct(prober: &Prober<'_>) -> Option<bool> {
    if prober.protocol != Protocol::Postgresql {
        return None;
    }
    let _slot = prober.slot().await;
    let suites = Suite::of_version(Version::Tls12);
    let suites = suites.get(..SUITES_AT_ONCE)?;
    let groups = Group::classical();
    let hello = hello_bytes(prober, Version::Tls12, suites, &groups, Some("postgresql"));
    let mut stream = prober.connect().await.ok()?;
    let reader = FlightReader::new(Version::Tls12, suites, false);
    Some(matches!(shake(&mut stream, &hello, reader, prober.limits).await, Answer::Hello(_)))
}

fn hello_bytes(
    prober: &Prober<'_>,
    version: Version,
    suites: &[Suite],
    groups: &[Group],
    inside: Option<&str>,
) -> Vec<u8> {
    ClientHello {
        version,
        suites,
        groups,
        server_name: prober.endpoint.server_name(),
        inside,
        offers_compression: false,
        is_fallback: false,
        random: rand::random(),
    }
    .to_bytes()
}
