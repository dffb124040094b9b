//! JSON Schemas of what is printed and of the policy file, generated from the types themselves.

use schemars::schema_for;
use serde_json::Value;
use serde_json::json;

use crate::access_report::AccessReport;
use crate::apply_plan::ApplyReport;
use crate::approve_plan::ApprovalReport;
use crate::check_integrity::IntegrityReport;
use crate::encrypt_plan::EncryptPlan;
use crate::hold_data::HoldsReport;
use crate::hold_data::RetainStatus;
use crate::inspect_text::InspectReport;
use crate::legal_rules::LegalDiffReport;
use crate::list_inventory::InventoryReport;
use crate::manage_keys::KeysReport;
use crate::notify_people::NoticeReport;
use crate::own_rules::RulesCheck;
use crate::own_rules::RulesReport;
use crate::plan_retention::RetainPlanReport;
use crate::protect_files::ProtectReport;
use crate::replay_ledger::ReplayReport;
use crate::retention_report::LegalRulesReport;
use crate::retention_report::RetentionPolicyReport;
use crate::review_findings::FindingsReport;
use crate::run_audit::AuditReport;
use crate::run_demo::DemoReport;
use crate::run_retention::RetainRunReport;
use crate::scan::report::ScanReport;
use crate::show_status::Status;
use crate::simulate_retention::SimulationReport;
use crate::transit_report::TransitReport;
use crate::verify_erasure::CertificatesReport;
use crate::verify_erasure::VerifyErasureReport;
use crate::verify_evidence::LogReport;
use crate::write_report::WrittenReport;

/// `dataward/access@1`.
pub fn access() -> Value {
    schema_for!(AccessReport).to_value()
}

/// `dataward/audit@1`.
pub fn audit() -> Value {
    schema_for!(AuditReport).to_value()
}

/// `dataward/retain-policy@1`.
pub fn retain_policy() -> Value {
    schema_for!(RetentionPolicyReport).to_value()
}

/// `dataward/legal-rules@1`.
pub fn legal_rules() -> Value {
    schema_for!(LegalRulesReport).to_value()
}

/// `dataward/legal-diff@1`.
pub fn legal_diff() -> Value {
    schema_for!(LegalDiffReport).to_value()
}

/// `dataward/inspect@1`.
pub fn inspect() -> Value {
    schema_for!(InspectReport).to_value()
}

/// `dataward/integrity@1`.
pub fn integrity() -> Value {
    schema_for!(IntegrityReport).to_value()
}

/// `dataward/inventory@1`.
pub fn inventory() -> Value {
    schema_for!(InventoryReport).to_value()
}

/// `dataward/keys@1`.
pub fn keys() -> Value {
    schema_for!(KeysReport).to_value()
}

/// `dataward.toml`.
pub fn policy() -> Value {
    dataward_policy::json_schema()
}

/// `dataward/encrypt-plan@1`.
pub fn encrypt_plan() -> Value {
    schema_for!(EncryptPlan).to_value()
}

/// `dataward/protect@1`.
pub fn protect() -> Value {
    schema_for!(ProtectReport).to_value()
}

/// `dataward/retain-apply@1`.
pub fn retain_apply() -> Value {
    schema_for!(ApplyReport).to_value()
}

/// `dataward/retain-approval@1`.
pub fn retain_approval() -> Value {
    schema_for!(ApprovalReport).to_value()
}

/// `dataward/retain-holds@1`.
pub fn retain_holds() -> Value {
    schema_for!(HoldsReport).to_value()
}

/// `dataward/retain-plan@1`.
pub fn retain_plan() -> Value {
    schema_for!(RetainPlanReport).to_value()
}

/// `dataward/retain-notice@1`.
pub fn retain_notice() -> Value {
    schema_for!(NoticeReport).to_value()
}

/// `dataward/retain-run@1`.
pub fn retain_run() -> Value {
    schema_for!(RetainRunReport).to_value()
}

/// `dataward/retain-simulation@1`.
pub fn retain_simulation() -> Value {
    schema_for!(SimulationReport).to_value()
}

/// `dataward/retain-replay@1`.
pub fn retain_replay() -> Value {
    schema_for!(ReplayReport).to_value()
}

/// `dataward/retain-verify@1`.
pub fn retain_verify() -> Value {
    schema_for!(VerifyErasureReport).to_value()
}

/// `dataward/certificate@1`: the file of an erasure's certificate.
pub fn certificate() -> Value {
    let texts = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    let level = json!({ "enum": ["L0", "L1", "L2", "L3", "L4"] });
    let hash = json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" });
    let count = json!({ "type": "integer", "minimum": 0 });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dataward/certificate@1",
        "type": "object",
        "required": ["certificate", "schema", "signature"],
        "properties": {
            "schema": { "const": "dataward/certificate@1" },
            "signature": {
                "type": "string",
                "description": "A signed note (C2SP): the schema, then `sha256` and the hash of the canonical JSON (RFC \
                                8785) of `certificate`, signed with the key of the evidence log"
            },
            "certificate": {
                "type": "object",
                "required": ["number", "previous", "plan", "source", "level_wanted", "level_reached", "level_proven",
                             "erased", "search", "people", "tool_version"],
                "properties": {
                    "number": { "type": "integer", "minimum": 1 },
                    "previous": hash,
                    "plan": { "type": "string" },
                    "source": { "type": "string" },
                    "store": { "type": "string" },
                    "level_wanted": level,
                    "level_reached": level,
                    "level_proven": { "anyOf": [level, { "type": "null" }] },
                    "reasons": { "type": "array", "items": { "type": "string" } },
                    "clean_up": texts,
                    "erased": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["table", "rule", "action", "rows", "kept", "digest"],
                            "properties": {
                                "table": { "type": "string" },
                                "rule": { "type": "string" },
                                "action": { "type": "string" },
                                "rows": count,
                                "kept": { "type": "object", "additionalProperties": count },
                                "digest": hash
                            }
                        }
                    },
                    "search": { "type": "object" },
                    "people": texts,
                    "tool_version": { "type": "string" }
                }
            }
        }
    })
}

/// `dataward/certificates@1`.
pub fn certificates() -> Value {
    schema_for!(CertificatesReport).to_value()
}

/// `dataward/retain-status@1`.
pub fn retain_status() -> Value {
    schema_for!(RetainStatus).to_value()
}

/// `dataward/rules@1`.
pub fn rules() -> Value {
    schema_for!(RulesReport).to_value()
}

/// `dataward/rules-check@1`.
pub fn rules_check() -> Value {
    schema_for!(RulesCheck).to_value()
}

/// `dataward/scan@1`.
pub fn scan() -> Value {
    schema_for!(ScanReport).to_value()
}

/// `dataward/transit@1`.
pub fn transit() -> Value {
    schema_for!(TransitReport).to_value()
}

/// `dataward/status@1`.
pub fn status() -> Value {
    schema_for!(Status).to_value()
}

/// `dataward/demo@1`.
pub fn demo() -> Value {
    schema_for!(DemoReport).to_value()
}

/// `dataward/evidence@1`.
pub fn evidence() -> Value {
    schema_for!(LogReport).to_value()
}

/// `dataward/findings@1`.
pub fn findings() -> Value {
    schema_for!(FindingsReport).to_value()
}

/// `dataward/report@1`.
pub fn report() -> Value {
    schema_for!(WrittenReport).to_value()
}
