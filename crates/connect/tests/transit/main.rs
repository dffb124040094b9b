//! The transit prober against servers that are right and servers that are wrong, with sslscan and
//! testssl.sh as judges.

mod databases;
mod fake;
mod hostile;
mod judges;
mod mail;
mod servers;

use std::path::Path;

use dataward_connect::ConnectError;
use dataward_connect::transit::Endpoint;
use dataward_connect::transit::Limits;
use dataward_connect::transit::TrustedRoots;
use dataward_connect::transit::probe;
use dataward_tls::EndpointFacts;
use dataward_tls::Version;
use dataward_tls::facts::Protocol;
use jiff::Timestamp;

/// The certificates of the test servers are made now.
#[expect(clippy::disallowed_methods, reason = "openssl dates what it makes by the wall clock")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

pub(crate) async fn try_ask(
    address: &str,
    protocol: Option<Protocol>,
    authority: Option<&Path>,
) -> Result<EndpointFacts, ConnectError> {
    let endpoint = endpoint(address, protocol);
    let mut roots = TrustedRoots::load();
    if let Some(authority) = authority {
        roots = roots.with_file(authority).unwrap();
    }
    probe(&endpoint, &roots, Limits::default(), now()).await
}

pub(crate) fn endpoint(address: &str, protocol: Option<Protocol>) -> Endpoint {
    let endpoint = Endpoint::parse(address).unwrap();
    Endpoint { protocol: protocol.or(endpoint.protocol), ..endpoint }
}

pub(crate) async fn ask(address: &str, protocol: Option<Protocol>, authority: Option<&Path>) -> EndpointFacts {
    try_ask(address, protocol, authority).await.unwrap()
}

pub(crate) fn spoken(facts: &EndpointFacts) -> Vec<Version> {
    facts.spoken().collect()
}
