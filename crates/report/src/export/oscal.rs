//! Findings as OSCAL 1.1 assessment results (NIST), for tools of auditors.
//!
//! Each check is an objective that is satisfied or not; each finding of ours is an observation (what
//! was seen) and a risk (what may come of it, until when it is accepted, what to do).

use dataward_model::FindingState;
use serde_json::Value;
use serde_json::json;
use sha2::Digest;
use sha2::Sha256;

use crate::export::findings::ExportedCheck;
use crate::export::findings::ExportedFinding;
use crate::export::findings::FindingsExport;

/// The version of OSCAL that is written.
const OSCAL: &str = "1.1.3";
/// The naming system of our severities.
const SYSTEM: &str = "urn:dataward:severity";

/// The findings as one document of assessment results.
pub fn oscal(export: &FindingsExport) -> String {
    let at = export.generated_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let seed = format!("{}/{at}", export.business);
    let plan = uuid(&format!("plan/{}", export.business));
    let document = json!({ "assessment-results": {
        "uuid": uuid(&format!("results/{seed}")),
        "metadata": {
            "title": one_line(&format!("Audit of personal data at {}", export.business)),
            "last-modified": at,
            "version": at,
            "oscal-version": OSCAL,
            "parties": [{
                "uuid": uuid(&format!("party/{}", export.business)),
                "type": "organization",
                "name": one_line(&export.business),
            }],
        },
        "import-ap": { "href": format!("#{plan}") },
        "results": [result(export, &seed, &at)],
        "back-matter": { "resources": [{
            "uuid": plan,
            "title": "Audit plan",
            "description": "The policy file dataward.toml: its section [audit] says which stage runs how often.",
            "rlinks": [{ "href": "dataward.toml" }],
        }] },
    } });
    format!("{document:#}\n")
}

fn result(export: &FindingsExport, seed: &str, at: &str) -> Value {
    let start = export.runs.iter().map(|run| run.started).min().unwrap_or(export.generated_at);
    let tool = uuid(&format!("tool/dataward {}", export.tool_version));
    let ran: Vec<&ExportedCheck> = export
        .checks
        .iter()
        .filter(|check| export.runs.iter().any(|run| check.name.split('/').next() == Some(run.stage.as_str())))
        .collect();
    let findings: Vec<&ExportedFinding> =
        export.findings.iter().filter(|e| e.finding.state != FindingState::Fixed).collect();
    let mut result = json!({
        "uuid": uuid(&format!("result/{seed}")),
        "title": "Findings of the audit stages",
        "description": evidence(export),
        "start": start.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "end": at,
        "local-definitions": { "components": [{
            "uuid": tool,
            "type": "software",
            "title": "dataward",
            "description": format!("dataward {}, which ran the checks", export.tool_version),
            "status": { "state": "operational" },
        }] },
        "reviewed-controls": { "control-selections": [{ "description": "The checks of the audit plan", "include-all": {} }] },
    });
    // OSCAL has no empty lists.
    if !findings.is_empty() {
        result["observations"] = findings.iter().map(|exported| observation(exported, &tool)).collect();
        result["risks"] = findings.iter().map(|exported| risk(exported, &tool)).collect();
    }
    if !ran.is_empty() {
        result["findings"] = ran.iter().map(|check| objective(check, &findings, seed)).collect();
    }
    result
}

/// Which entries of the evidence log tell of the runs.
fn evidence(export: &FindingsExport) -> String {
    let runs: Vec<String> = export
        .runs
        .iter()
        .map(|run| match run.evidence {
            Some(entry) => format!("{} on {} (entry {entry} of the evidence log)", run.stage, run.started),
            None => format!("{} on {}", run.stage, run.started),
        })
        .collect();
    if runs.is_empty() { "No stage has run yet.".to_owned() } else { format!("Stages: {}.", runs.join("; ")) }
}

fn observation(exported: &ExportedFinding, tool: &str) -> Value {
    let finding = &exported.finding;
    json!({
        "uuid": uuid(&format!("observation/{}", finding.id)),
        "title": one_line(&finding.title),
        "description": format!("{} at {}: {}", finding.check, finding.place, finding.reason),
        "props": [
            { "name": "finding-id", "ns": "urn:dataward", "value": finding.id },
            { "name": "place", "ns": "urn:dataward", "value": one_line(&finding.place.to_string()) },
        ],
        "methods": ["TEST"],
        "types": ["finding"],
        "origins": [{ "actors": [{ "type": "tool", "actor-uuid": tool }] }],
        "collected": exported.last_seen.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    })
}

fn risk(exported: &ExportedFinding, tool: &str) -> Value {
    let finding = &exported.finding;
    let mut risk = json!({
        "uuid": uuid(&format!("risk/{}", finding.id)),
        "title": one_line(&finding.title),
        "description": finding.reason,
        "statement": format!("{} Law: {}.", finding.reason, exported.law.join("; ")),
        "status": match finding.state {
            FindingState::Accepted => "deviation-approved",
            FindingState::Fixed => "closed",
            FindingState::Open | FindingState::Reopened => "open",
            FindingState::Rejected => "closed",
        },
        "characterizations": [{
            "origin": { "actors": [{ "type": "tool", "actor-uuid": tool }] },
            "facets": [{ "name": "severity", "system": SYSTEM, "value": finding.severity.as_str() }],
        }],
        "remediations": [{
            "uuid": uuid(&format!("remedy/{}", finding.id)),
            "lifecycle": "recommendation",
            "title": "Remedy",
            "description": finding.remedy.as_str(),
        }],
        "related-observations": [{ "observation-uuid": uuid(&format!("observation/{}", finding.id)) }],
    });
    if let Some(until) = exported.accepted_until.filter(|_| finding.state == FindingState::Accepted) {
        risk["deadline"] = json!(until.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        let decided = exported.decided_at.unwrap_or(finding.first_seen);
        risk["risk-log"] = json!({ "entries": [{
            "uuid": uuid(&format!("acceptance/{}", finding.id)),
            "title": "Accepted",
            "description": exported.decided_why.as_deref().unwrap_or("no reason given"),
            "start": decided.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "status-change": "deviation-approved",
        }] });
    }
    risk
}

fn objective(check: &ExportedCheck, findings: &[&ExportedFinding], seed: &str) -> Value {
    let open: Vec<&&ExportedFinding> = findings
        .iter()
        .filter(|exported| exported.finding.check == check.name && exported.finding.state.is_open())
        .collect();
    let state = if open.is_empty() { "satisfied" } else { "not-satisfied" };
    let mut objective = json!({
        "uuid": uuid(&format!("objective/{}/{seed}", check.name)),
        "title": check.name,
        "description": format!("What the check looks for: {}.", check.summary),
        "target": {
            "type": "objective-id",
            // A token has no slash.
            "target-id": check.name.replace('/', "."),
            "status": { "state": state },
        },
    });
    if !open.is_empty() {
        let related = |kind: &str, key: &str| -> Value {
            open.iter().map(|e| json!({ key: uuid(&format!("{kind}/{}", e.finding.id)) })).collect()
        };
        objective["related-observations"] = related("observation", "observation-uuid");
        objective["related-risks"] = related("risk", "risk-uuid");
    }
    objective
}

/// OSCAL's strings have one line, and no blank at either end; names of files may hold both.
fn one_line(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.trim().to_owned()
}

/// The same name has the same id in every export: the first half of SHA-256, marked as version 5
/// (by name) and variant 1 as RFC 9562 has them.
fn uuid(name: &str) -> String {
    let hash = Sha256::digest(format!("dataward/{name}"));
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&hash[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x50;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = hex::encode(bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
