//! What listens on a port, asked from outside: TLS versions, suites, groups, certificates, and whether
//! log-ins are taken without TLS.
//!
//! Many short handshakes with hellos of our own (`dataward-tls`), none of them finished, and one real
//! one through rustls for what TLS 1.3 hides. Nothing is logged in, nothing is written. Begin with
//! [`probe`]; what is good or bad about the facts is for `audit::transit`.

mod chain;
mod endpoint;
mod guess;
mod http;
mod line;
mod plaintext;
mod preamble;
mod prober;
mod questions;
mod staple;

use std::time::Duration;

use dataward_tls::EndpointFacts;
use jiff::Timestamp;

pub use chain::TrustedRoots;
pub use endpoint::Endpoint;
pub use endpoint::NotAnEndpoint;

use crate::ConnectError;

/// How long and how hard an endpoint is asked.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For one connection, from its first byte to the end of the handshake.
    pub handshake: Duration,
    /// For all of an endpoint.
    pub whole: Duration,
    /// Connections to one endpoint at the same time: servers count them.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { handshake: Duration::from_secs(5), whole: Duration::from_secs(60), connections: 6 }
    }
}

/// Asks an endpoint all there is to ask.
///
/// # Errors
/// When nobody answers there, or what answers speaks nothing we know. A server that offers no TLS is
/// no error.
pub async fn probe(
    endpoint: &Endpoint,
    roots: &TrustedRoots,
    limits: Limits,
    now: Timestamp,
) -> Result<EndpointFacts, ConnectError> {
    let asking = questions::ask_all(endpoint, roots, limits, now);
    tokio::time::timeout(limits.whole, asking).await.unwrap_or_else(|_| {
        Err(ConnectError::Unreachable {
            target: endpoint.address(),
            reason: format!("it did not answer all questions within {} seconds", limits.whole.as_secs()),
        })
    })
}
