//! Clients that are connected in the clear right now.

use dataward_connect::Clients;
use dataward_model::Remedy;
use dataward_model::Severity;

use super::setting::Need;
use super::setting::setting;
use crate::Check;
use crate::Fault;
use crate::Needs;
use crate::Snapshot;

/// The check.
pub const CHECK: Check = Check {
    name: "transit/clients-in-clear",
    summary: "clients that are connected without encryption",
    needs: Needs::Facts,
    run: check,
};

/// Accounts named at most.
const SHOWN: usize = 5;

/// One fault for each source whose server says so (`pg_stat_ssl`, `performance_schema`, MariaDB's counters).
fn check(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    let Some(transit) = &snapshot.facts.transit else { return Vec::new() };
    let fault = |endpoint: &super::Endpoint| -> Option<Fault> {
        let (severity, title) = said(endpoint.clients.as_ref()?, &endpoint.place.source.to_string())?;
        Some(Fault {
            place: endpoint.place.clone(),
            detail: String::new(),
            severity,
            people: snapshot.people(&endpoint.place.source),
            title,
            reason: "what they read and write can be read along by anyone on the way (GDPR art. 32(1)(a))".to_owned(),
            law: &["eu-gdpr-32", "pci-4-2-1"],
            remedy: Remedy::Words(format!(
                "have these clients use TLS (`sslmode=verify-full`, `ssl-mode=VERIFY_IDENTITY`), then refuse the \
                 rest: {}",
                setting(endpoint.facts.protocol, Need::RequireTls)
            )),
        })
    };
    transit.endpoints.iter().filter_map(fault).collect()
}

fn said(clients: &Clients, source: &str) -> Option<(Severity, String)> {
    if clients.in_clear > 0 {
        let who = match clients.accounts_in_clear.as_slice() {
            [] => String::new(),
            accounts => {
                let named: Vec<String> = accounts.iter().take(SHOWN).map(|account| format!("`{account}`")).collect();
                let more = accounts.len().saturating_sub(SHOWN);
                let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
                format!(" ({}{rest})", named.join(", "))
            }
        };
        let count = if clients.in_clear == 1 {
            "one client is".to_owned()
        } else {
            format!("{} clients are", clients.in_clear)
        };
        return Some((Severity::High, format!("{count} connected to `{source}` without encryption right now{who}")));
    }
    // Where the server counts log-ins alone: Unix sockets cannot be told from the net.
    let (all, encrypted) = clients.since_start?;
    let open = all.saturating_sub(encrypted);
    (open > 0 && encrypted > 0 || all > 0 && encrypted == 0).then(|| {
        let title =
            format!("{open} of {all} log-ins to `{source}` since its start came without encryption, or by socket");
        (Severity::Low, title)
    })
}
