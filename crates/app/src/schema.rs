//! JSON Schemas of what is printed and of the policy file, generated from the types themselves.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;
use serde_json::json;

use crate::access_report::AccessReport;
use crate::apply_plan::ApplyReport;
use crate::approvals::ApprovalReport as Approval;
use crate::approve_plan::ApprovalReport;
use crate::check_integrity::IntegrityReport;
use crate::encrypt_plan::EncryptPlan;
use crate::hold_data::HoldsReport;
use crate::inspect_text::InspectReport;
use crate::legal_rules::LegalDiffReport;
use crate::list_inventory::ExplainedEntry;
use crate::list_inventory::InventoryReport;
use crate::manage_keys::KeysReport;
use crate::notify_people::NoticeReport;
use crate::own_rules::RulesCheck;
use crate::own_rules::RulesReport;
use crate::plan_retention::RetainPlanReport;
use crate::protect_files::ProtectReport;
use crate::read_archive::ArchiveReport;
use crate::read_archive::BroughtBack;
use crate::replay_ledger::ReplayReport;
use crate::retain_status::RetainStatus;
use crate::retention_report::LegalRulesReport;
use crate::retention_report::RetentionPolicyReport;
use crate::review_findings::FindingDetail;
use crate::review_findings::FindingsReport;
use crate::run_audit::AuditReport;
use crate::run_demo::DemoReport;
use crate::run_retention::RetainRunReport;
use crate::scan::report::ScanReport;
use crate::show_status::Status;
use crate::shred_key::ShredCertificate;
use crate::shred_key::ShredPlan;
use crate::simulate_retention::SimulationReport;
use crate::transit_report::TransitReport;
use crate::verify_erasure::CertificatesReport;
use crate::verify_erasure::VerifyErasureReport;
use crate::verify_evidence::EntriesReport;
use crate::verify_evidence::LogReport;
use crate::write_report::WrittenReport;

/// The schema of what is printed, not of what would be read: a field that is left out when there is nothing to say is
/// not required.
fn printed<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>().to_value()
}

/// `dataward/access@1`.
pub fn access() -> Value {
    printed::<AccessReport>()
}

/// `dataward/approval@1`.
pub fn approval() -> Value {
    printed::<Approval>()
}

/// `dataward/audit@1`.
pub fn audit() -> Value {
    printed::<AuditReport>()
}

/// `dataward/retain-policy@1`.
pub fn retain_policy() -> Value {
    printed::<RetentionPolicyReport>()
}

/// `dataward/legal-rules@1`.
pub fn legal_rules() -> Value {
    printed::<LegalRulesReport>()
}

/// `dataward/legal-diff@1`.
pub fn legal_diff() -> Value {
    printed::<LegalDiffReport>()
}

/// `dataward/inspect@1`.
pub fn inspect() -> Value {
    printed::<InspectReport>()
}

/// `dataward/integrity@1`.
pub fn integrity() -> Value {
    printed::<IntegrityReport>()
}

/// `dataward/inventory@1`.
pub fn inventory() -> Value {
    printed::<InventoryReport>()
}

/// `dataward/keys@1`.
pub fn keys() -> Value {
    printed::<KeysReport>()
}

/// `dataward.toml`.
pub fn policy() -> Value {
    dataward_policy::json_schema()
}

/// `dataward/encrypt-plan@1`.
pub fn encrypt_plan() -> Value {
    printed::<EncryptPlan>()
}

/// `dataward/protect@1`.
pub fn protect() -> Value {
    printed::<ProtectReport>()
}

/// `dataward/retain-apply@1`.
pub fn retain_apply() -> Value {
    printed::<ApplyReport>()
}

/// `dataward/retain-approval@1`.
pub fn retain_approval() -> Value {
    printed::<ApprovalReport>()
}

/// `dataward/archive@1`.
pub fn archive() -> Value {
    printed::<ArchiveReport>()
}

/// `dataward/archive-restore@1`.
pub fn archive_restore() -> Value {
    printed::<BroughtBack>()
}

/// `dataward/retain-holds@1`.
pub fn retain_holds() -> Value {
    printed::<HoldsReport>()
}

/// `dataward/retain-plan@1`.
pub fn retain_plan() -> Value {
    printed::<RetainPlanReport>()
}

/// `dataward/retain-notice@1`.
pub fn retain_notice() -> Value {
    printed::<NoticeReport>()
}

/// `dataward/retain-run@1`.
pub fn retain_run() -> Value {
    printed::<RetainRunReport>()
}

/// `dataward/retain-simulation@1`.
pub fn retain_simulation() -> Value {
    printed::<SimulationReport>()
}

/// `dataward/retain-replay@1`.
pub fn retain_replay() -> Value {
    printed::<ReplayReport>()
}

/// `dataward/retain-verify@1`.
pub fn retain_verify() -> Value {
    printed::<VerifyErasureReport>()
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
    printed::<CertificatesReport>()
}

/// `dataward/retain-status@1`.
pub fn retain_status() -> Value {
    printed::<RetainStatus>()
}

/// `dataward/rules@1`.
pub fn rules() -> Value {
    printed::<RulesReport>()
}

/// `dataward/rules-check@1`.
pub fn rules_check() -> Value {
    printed::<RulesCheck>()
}

/// `dataward/scan@1`.
pub fn scan() -> Value {
    printed::<ScanReport>()
}

/// `dataward/transit@1`.
pub fn transit() -> Value {
    printed::<TransitReport>()
}

/// `dataward/status@1`.
pub fn status() -> Value {
    printed::<Status>()
}

/// `dataward/demo@1`.
pub fn demo() -> Value {
    printed::<DemoReport>()
}

/// `dataward/evidence@1`.
pub fn evidence() -> Value {
    printed::<LogReport>()
}

/// `dataward/evidence-entries@1`.
pub fn evidence_entries() -> Value {
    printed::<EntriesReport>()
}

/// `dataward/finding@1`.
pub fn finding() -> Value {
    printed::<FindingDetail>()
}

/// `dataward/inventory-entry@1`.
pub fn inventory_entry() -> Value {
    printed::<ExplainedEntry>()
}

/// `dataward/shred-certificate@1`.
pub fn shred_certificate() -> Value {
    printed::<ShredCertificate>()
}

/// `dataward/shred-plan@1`.
pub fn shred_plan() -> Value {
    printed::<ShredPlan>()
}

/// `dataward/findings@1`.
pub fn findings() -> Value {
    printed::<FindingsReport>()
}

/// `dataward/report@1`.
pub fn report() -> Value {
    printed::<WrittenReport>()
}
