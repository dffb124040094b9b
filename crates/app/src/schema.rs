//! JSON Schemas of what is printed and of the policy file, generated from the types themselves.

use schemars::schema_for;
use serde_json::Value;

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
use crate::own_rules::RulesCheck;
use crate::own_rules::RulesReport;
use crate::plan_retention::RetainPlanReport;
use crate::protect_files::ProtectReport;
use crate::retention_report::LegalRulesReport;
use crate::retention_report::RetentionPolicyReport;
use crate::review_findings::FindingsReport;
use crate::run_audit::AuditReport;
use crate::run_demo::DemoReport;
use crate::scan::report::ScanReport;
use crate::show_status::Status;
use crate::transit_report::TransitReport;
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
