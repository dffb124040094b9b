//! What the transit audit gathers: the endpoints of database sources and those the policy names, what
//! servers say of their clients, and settings in folder sources that connect without looking.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use async_trait::async_trait;
use dataward_audit::Facts;
use dataward_audit::transit;
use dataward_audit::transit::TransitFacts;
use dataward_audit::transit::WeakSetting;
use dataward_audit::transit::weak_string;
use dataward_connect::Clients;
use dataward_connect::files::look_at_settings;
use dataward_connect::transit::Endpoint;
use dataward_connect::transit::TrustedRoots;
use dataward_model::Place;
use dataward_model::SkipCause;
use dataward_model::Skipped;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use dataward_policy::AuditStage;
use dataward_policy::SourceUrl;
use dataward_tls::facts::PlaintextLogins;
use dataward_tls::facts::Protocol;

use super::AuditContext;
use super::Gather;
use super::Gathered;
use crate::AppError;
use crate::probe_endpoints::ask_all;
use crate::probe_endpoints::endpoint;
use crate::run_audit::SkippedLine;
use crate::scan::Target;
use crate::transit_report::EndpointReport;
use crate::transit_report::TransitReport;

/// Gathers for the transit stage.
pub(crate) struct Transit;

/// The source under which endpoints stand that the policy names beside its sources.
const NETWORK: &str = "network";

#[async_trait]
impl Gather for Transit {
    fn stage(&self) -> AuditStage {
        AuditStage::Transit
    }

    async fn gather(&self, context: &AuditContext<'_>, facts: &mut Facts) -> Result<Gathered, AppError> {
        let mut gathered = Gathered::default();
        let mut found = TransitFacts::default();
        let roots = TrustedRoots::load();
        let mut asked: Vec<(Endpoint, TrustedRoots)> = Vec::new();
        let mut places: Vec<Place> = Vec::new();
        let mut clients: BTreeMap<SourceId, Clients> = BTreeMap::new();
        let mut reached: Vec<(SourceId, Option<Skipped>)> = Vec::new();
        for target in context.targets {
            let Some(declared) = context.project.policy.sources.get(&target.id) else { continue };
            let mut fault = None;
            match &declared.url {
                SourceUrl::Path(path) => match settings(&context.project.root.join(path), target).await {
                    Ok(settings) => found.settings.extend(settings),
                    Err(error) => fault = Some(error.skip("")),
                },
                SourceUrl::Sqlite(_) => {}
                SourceUrl::Remote { kind, url } => {
                    match own_endpoint(*kind, url.as_str(), &roots, &context.project.root) {
                        Ok(Some(one)) => {
                            asked.push(one);
                            places.push(Place::of_source(target.id.clone()));
                        }
                        Ok(None) => {}
                        Err(reason) => fault = Some(Skipped::failed("", reason)),
                    }
                    match target.connector.clients().await {
                        Ok(Some(known)) => drop(clients.insert(target.id.clone(), known)),
                        Ok(None) => {}
                        // Whoever cannot log in can still ask from outside.
                        Err(error) => fault = fault.or(Some(error.skip(""))),
                    }
                }
            }
            reached.push((target.id.clone(), fault));
        }
        let network = SourceId::from_text(NETWORK);
        for text in &context.project.policy.transit_endpoints {
            asked.push((endpoint(text, None)?, roots.clone()));
            places.push(Place::of_table(network.clone(), text.as_str()));
        }
        let mut report = TransitReport { schema: "dataward/transit@1", endpoints: Vec::new(), skipped: Vec::new() };
        let answers = ask_all(asked, context.now).await;
        gathered.counts.insert("endpoints".to_owned(), answers.len() as u64);
        for ((one, answer), place) in answers.into_iter().zip(places) {
            let known = clients.remove(&place.source);
            match answer {
                Ok(mut facts) => {
                    gathered
                        .counts
                        .entry("handshakes".to_owned())
                        .and_modify(|sum| *sum += u64::from(facts.handshakes))
                        .or_insert(u64::from(facts.handshakes));
                    learn(&mut facts.plaintext, facts.protocol, known.as_ref());
                    let source = Some(place.source.to_string());
                    report.endpoints.push(EndpointReport::new(&facts, source, context.now));
                    found.endpoints.push(transit::Endpoint { place, facts, clients: known });
                }
                Err(error) => {
                    report.skipped.push(SkippedLine {
                        place: one.address(),
                        reason: error.to_string(),
                        cause: SkipCause::Failed,
                    });
                    let at = place.table.clone().unwrap_or_default();
                    gathered.skipped.push((place.source.clone(), error.skip(at)));
                }
            }
        }
        if !context.project.policy.transit_endpoints.is_empty() {
            gathered.looked_at.push(network);
        }
        for (source, fault) in reached {
            gathered.skipped.extend(fault.map(|fault| (source.clone(), fault)));
            gathered.looked_at.push(source);
        }
        gathered.counts.insert("settings".to_owned(), found.settings.len() as u64);
        let document = serde_json::to_string(&report).map_err(|error| AppError::Internal(error.to_string()))?;
        gathered.document = Some(document);
        facts.transit = Some(found);
        Ok(gathered)
    }
}

/// What only those learn who can log in: MySQL says whether it wants TLS.
fn learn(plaintext: &mut PlaintextLogins, protocol: Protocol, clients: Option<&Clients>) {
    let wants_tls = clients.and_then(|clients| clients.wants_tls);
    if protocol == Protocol::Mysql && *plaintext == PlaintextLogins::Unknown {
        *plaintext = match wants_tls {
            Some(true) => PlaintextLogins::Refused,
            Some(false) => PlaintextLogins::AsksForProof,
            None => PlaintextLogins::Unknown,
        };
    }
}

/// The endpoint of a source and the authorities its address names; none for sockets and for stores that
/// are not asked by themselves.
fn own_endpoint(
    kind: SourceKind,
    url: &str,
    roots: &TrustedRoots,
    base: &Path,
) -> Result<Option<(Endpoint, TrustedRoots)>, String> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let parameter = |names: &[&str]| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let mut named = pairs.filter(|(name, _)| names.contains(name)).map(|(_, value)| value.replace("%2F", "/"));
        named.next()
    };
    let address = match kind {
        SourceKind::Postgresql | SourceKind::Mysql => {
            if parameter(&["host", "socket"]).is_some() {
                return Ok(None);
            }
            url.to_owned()
        }
        SourceKind::Objects => match parameter(&["endpoint"]) {
            Some(own) if own.starts_with("https") => own.replace("%3A", ":"),
            // Amazon's, Google's and Microsoft's own endpoints are theirs to audit.
            _ => return Ok(None),
        },
        SourceKind::Files | SourceKind::Memory | SourceKind::Sqlite => return Ok(None),
    };
    let Ok(endpoint) = Endpoint::parse(&address) else { return Ok(None) };
    if endpoint.host.starts_with(['/', '%']) {
        return Ok(None);
    }
    let roots = match parameter(&["sslrootcert", "ssl-ca"]).filter(|file| file != "system") {
        Some(file) => roots.with_file(&base.join(PathBuf::from(file))).map_err(|error| error.to_string())?,
        None => roots.clone(),
    };
    Ok(Some((endpoint, roots)))
}

async fn settings(path: &Path, target: &Target) -> Result<Vec<WeakSetting>, dataward_connect::ConnectError> {
    let path = path.to_owned();
    let looking = tokio::task::spawn_blocking(move || look_at_settings(&path, weak_string::of_text)).await;
    let found = looking.unwrap_or_else(|_| Ok(Vec::new()))?;
    let setting = |(file, (line, weakness)): (String, (usize, weak_string::Weakness))| WeakSetting {
        place: Place::of_table(target.id.clone(), file.as_str()),
        line,
        weakness,
    };
    Ok(found.into_iter().map(setting).collect())
}
