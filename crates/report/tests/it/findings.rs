//! The exports of findings, judged by programs that are not ours.

use std::path::Path;
use std::process::Command;

use dataward_model::FindingState;
use dataward_model::Place;
use dataward_model::Severity;
use dataward_report::ExportedCheck;
use dataward_report::ExportedFinding;
use dataward_report::ExportedRun;
use dataward_report::FindingsExport;
use dataward_report::findings_csv;
use dataward_report::oscal;
use dataward_report::sarif;
use serde_json::Value;

use crate::exports::python_with;
use crate::exports::run;
use crate::fixture::at;
use crate::fixture::finding;
use crate::fixture::source_id;

/// One finding in each state; names that try to get out of their format.
fn export() -> FindingsExport {
    let states = [
        (FindingState::Open, Severity::Critical),
        (FindingState::Accepted, Severity::High),
        (FindingState::Rejected, Severity::Medium),
        (FindingState::Reopened, Severity::Low),
        (FindingState::Fixed, Severity::Info),
    ];
    let findings = states.into_iter().enumerate().map(|(number, (state, severity))| {
        let place = Place::of_table(source_id("files"), format!("=HYPERLINK(\"x\") {number}"));
        let words = ["anyone can \"read\" it,\nünï", "GDPR art. 32(1)", "=cmd|' /C calc'!A0"];
        let mut finding = finding(&format!("F-{number:016x}"), severity, place, words);
        finding.state = state;
        ExportedFinding {
            finding,
            law: vec!["GDPR art. 32(1)".to_owned()],
            last_seen: at("2026-11-23T22:00:00.123456Z"),
            fixed_at: (state == FindingState::Fixed).then(|| at("2026-11-23T22:00:00Z")),
            assigned_to: Some("+ops@example.org".to_owned()),
            decided_by: Some("root".to_owned()),
            decided_at: Some(at("2026-11-23T22:00:00Z")),
            decided_why: Some("the till moves in March".to_owned()),
            accepted_until: (state == FindingState::Accepted).then(|| at("2027-03-31T00:00:00Z")),
        }
    });
    let check = |name: &str| ExportedCheck { name: name.to_owned(), summary: "readable by everyone".to_owned() };
    FindingsExport {
        business: "Blue Lantern \"Books\"".to_owned(),
        generated_at: at("2026-11-24T00:00:00.5Z"),
        tool_version: "0.1.0".to_owned(),
        checks: vec![check("access/world-readable"), check("transit/plain-connection")],
        runs: ["access", "transit"]
            .map(|stage| ExportedRun {
                stage: stage.to_owned(),
                started: at("2026-11-23T21:59:00Z"),
                evidence: Some(7),
            })
            .to_vec(),
        findings: findings.collect(),
    }
}

/// No finding at all: lists that may not be empty are left out.
fn nothing() -> FindingsExport {
    FindingsExport { findings: Vec::new(), runs: Vec::new(), ..export() }
}

const SARIF: &str = "
import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
judge = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
for name in sys.argv[2:]:
    faults = [f'{fault.json_path}: {fault.message[:200]}' for fault in judge.iter_errors(json.load(open(name)))]
    assert not faults, faults
";

#[test]
fn sarif_is_what_its_schema_asks_for() {
    let folder = tempfile::tempdir().unwrap();
    let files = [("full.sarif", sarif(&export())), ("empty.sarif", sarif(&nothing()))];
    let mut command = Command::new(python_with("jsonschema", "jsonschema"));
    command.args(["-c", SARIF]);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/sarif-schema-2.1.0.json"));
    for (name, text) in &files {
        std::fs::write(folder.path().join(name), text).unwrap();
        command.arg(folder.path().join(name));
    }
    run(&mut command);
    let log: Value = serde_json::from_str(&files[0].1).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let levels: Vec<_> = results.iter().map(|result| result["level"].as_str().unwrap()).collect();
    assert_eq!(levels, ["error", "error", "warning", "note"], "what is fixed is not there");
    let suppressed: Vec<_> = results.iter().map(|result| result.get("suppressions").is_some()).collect();
    assert_eq!(suppressed, [false, true, true, false]);
    assert_eq!(results[0]["partialFingerprints"]["datawardFinding/v1"], "F-0000000000000000");
}

const OSCAL: &str = "
import pathlib, sys
from trestle.oscal.assessment_results import AssessmentResults
for name in sys.argv[1:]:
    results = AssessmentResults.oscal_read(pathlib.Path(name))
    result = results.results[0]
    print(len(result.findings or []), len(result.risks or []), len(result.observations or []))
";

#[test]
fn oscal_is_what_the_reference_tool_reads() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(python_with("trestle", "compliance-trestle"));
    command.args(["-c", OSCAL]);
    for (name, text) in [("full.json", oscal(&export())), ("empty.json", oscal(&nothing()))] {
        std::fs::write(folder.path().join(name), text).unwrap();
        command.arg(folder.path().join(name));
    }
    assert_eq!(run(&mut command), "2 4 4\n0 0 0\n");
    let document: Value = serde_json::from_str(&oscal(&export())).unwrap();
    let result = &document["assessment-results"]["results"][0];
    let states: Vec<_> =
        result["findings"].as_array().unwrap().iter().map(|f| &f["target"]["status"]["state"]).collect();
    assert_eq!(states, ["not-satisfied", "satisfied"]);
    assert_eq!(result["risks"][1]["status"], "deviation-approved");
    assert_eq!(oscal(&export()), oscal(&export()), "the same findings give the same bytes");
}

#[test]
fn a_spreadsheet_runs_nothing_of_a_finding() {
    let text = findings_csv(&export());
    assert_eq!(text.matches("\r\n").count(), 6, "a header and five lines");
    assert!(text.contains("\"'=cmd|' /C calc'!A0\"") && text.contains("\"'+ops@example.org\""), "{text}");
}
