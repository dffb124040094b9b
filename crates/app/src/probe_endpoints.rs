//! `transit`: asks endpoints what TLS they speak. Needs no policy and keeps nothing.

use std::path::Path;

use dataward_connect::ConnectError;
use dataward_connect::transit::Endpoint;
use dataward_connect::transit::Limits;
use dataward_connect::transit::TrustedRoots;
use dataward_connect::transit::probe;
use dataward_model::Clock;
use dataward_model::SkipCause;
use dataward_tls::EndpointFacts;
use dataward_tls::facts::Protocol;
use futures::StreamExt;
use futures::stream;

use crate::AppError;
use crate::run_audit::SkippedLine;
use crate::transit_report::EndpointReport;
use crate::transit_report::TransitReport;

pub use dataward_tls::facts::Protocol as TransitProtocol;

/// Endpoints asked at the same time.
const AT_ONCE: usize = 32;

/// Asks each endpoint all there is to ask.
///
/// # Errors
/// When an endpoint is not written as one, or the file of authorities cannot be used. Endpoints that do
/// not answer stand in the report.
pub async fn probe_endpoints(
    texts: &[String],
    protocol: Option<Protocol>,
    authorities: Option<&Path>,
    clock: &dyn Clock,
) -> Result<TransitReport, AppError> {
    let endpoints = texts.iter().map(|text| endpoint(text, protocol)).collect::<Result<Vec<_>, _>>()?;
    let mut roots = TrustedRoots::load();
    if let Some(file) = authorities {
        roots = roots.with_file(file).map_err(|error| AppError::usage(error.to_string()))?;
    }
    let now = clock.now();
    let asked = endpoints.into_iter().map(|endpoint| (endpoint, roots.clone())).collect();
    let mut report = TransitReport { schema: "dataward/transit@1", endpoints: Vec::new(), skipped: Vec::new() };
    for (endpoint, answer) in ask_all(asked, now).await {
        match answer {
            Ok(facts) => report.endpoints.push(EndpointReport::new(&facts, None, now)),
            Err(error) => {
                report.skipped.push(SkippedLine {
                    place: endpoint.address(),
                    reason: error.to_string(),
                    cause: SkipCause::Failed,
                });
            }
        }
    }
    Ok(report)
}

/// An endpoint as it is written; what is spoken there may be named apart.
pub(crate) fn endpoint(text: &str, protocol: Option<Protocol>) -> Result<Endpoint, AppError> {
    let endpoint = Endpoint::parse(text).map_err(|error| {
        AppError::usage_hint(
            error.to_string(),
            "write HOST:PORT, or https://, smtp://, postgres://, mysql:// and the host",
        )
    })?;
    Ok(Endpoint { protocol: protocol.or(endpoint.protocol), ..endpoint })
}

/// Asks all, many at the same time, and answers in their order.
pub(crate) async fn ask_all(
    endpoints: Vec<(Endpoint, TrustedRoots)>,
    now: jiff::Timestamp,
) -> Vec<(Endpoint, Result<EndpointFacts, ConnectError>)> {
    let asking = endpoints.into_iter().map(|(endpoint, roots)| async move {
        let answer = probe(&endpoint, &roots, Limits::default(), now).await;
        (endpoint, answer)
    });
    stream::iter(asking).buffered(AT_ONCE).collect().await
}
