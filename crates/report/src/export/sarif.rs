//! Findings as SARIF 2.1.0 (OASIS), for code hosts and their dashboards.

use dataward_model::FindingState;
use dataward_model::Severity;
use serde_json::Value;
use serde_json::json;

use crate::export::findings::ExportedCheck;
use crate::export::findings::ExportedFinding;
use crate::export::findings::FindingsExport;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The findings as one run. What is accepted or rejected is there as suppressed; what is fixed is not.
///
/// A place in a database is no place in a repository: results point to the policy file, where the
/// remedy is written, and name the place as a logical location.
pub fn sarif(export: &FindingsExport) -> String {
    let shown = || export.findings.iter().filter(|exported| exported.finding.state != FindingState::Fixed);
    let rules: Vec<&ExportedCheck> =
        export.checks.iter().filter(|check| shown().any(|exported| exported.finding.check == check.name)).collect();
    let rule_index = |name: &str| rules.iter().position(|check| check.name == name);
    let worst = |check: &ExportedCheck| {
        shown().filter(|e| e.finding.check == check.name).map(|e| e.finding.severity).max().unwrap_or(Severity::Info)
    };
    let results: Vec<Value> = shown().map(|exported| result(exported, rule_index(&exported.finding.check))).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "dataward",
                "version": export.tool_version,
                "rules": rules.iter().map(|check| rule(check, worst(check))).collect::<Vec<_>>(),
            } },
            "automationDetails": { "id": "dataward/audit/" },
            "invocations": [{ "executionSuccessful": true, "endTimeUtc": utc(export.generated_at) }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn rule(check: &ExportedCheck, worst: Severity) -> Value {
    let stage = check.name.split('/').next().unwrap_or_default();
    json!({
        "id": check.name,
        "shortDescription": { "text": check.summary },
        "defaultConfiguration": { "level": level(worst) },
        "properties": { "tags": ["privacy", stage], "security-severity": security_severity(worst) },
    })
}

fn result(exported: &ExportedFinding, rule_index: Option<usize>) -> Value {
    let finding = &exported.finding;
    let mut result = json!({
        "ruleId": finding.check,
        "level": level(finding.severity),
        "message": { "text": format!("{}. Why: {}. Remedy: {}", finding.title, finding.reason, finding.remedy) },
        "locations": [{
            "physicalLocation": { "artifactLocation": { "uri": "dataward.toml" }, "region": { "startLine": 1 } },
            "logicalLocations": [{ "fullyQualifiedName": finding.place.to_string(), "kind": "resource" }],
        }],
        // The same fault keeps it from audit to audit: dashboards follow it by this.
        "partialFingerprints": { "datawardFinding/v1": finding.id },
        "properties": {
            "id": finding.id,
            "severity": finding.severity.as_str(),
            "state": finding.state.as_str(),
            "law": exported.law,
            "people": finding.people,
            "firstSeen": finding.first_seen.to_string(),
            "assignedTo": exported.assigned_to,
        },
    });
    if let Some(index) = rule_index {
        result["ruleIndex"] = json!(index);
    }
    if matches!(finding.state, FindingState::Accepted | FindingState::Rejected) {
        let why = exported.decided_why.as_deref().unwrap_or("no reason given");
        let until = exported.accepted_until.map(|until| format!("; until {until}")).unwrap_or_default();
        let justification = format!("{}: {why}{until}", finding.state);
        result["suppressions"] = json!([{ "kind": "external", "status": "accepted", "justification": justification }]);
    }
    result
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// On the scale of CVSS, by which code hosts sort: over 9 is critical, over 7 high, over 4 medium.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Info => "0.0",
    }
}

/// SARIF wants UTC with at most milliseconds (section 3.9).
fn utc(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
