//! `schema`: JSON Schemas, generated from the types that are printed.

use dataward_app::AppError;
use dataward_app::schema;

use crate::arguments::schema::SchemaArguments;
use crate::arguments::schema::SchemaName;
use crate::render::Output;

pub(crate) fn schema(arguments: &SchemaArguments, output: &Output) -> Result<u8, AppError> {
    let schema = match arguments.name {
        SchemaName::Access => schema::access(),
        SchemaName::Approval => schema::approval(),
        SchemaName::Archive => schema::archive(),
        SchemaName::ArchiveRestore => schema::archive_restore(),
        SchemaName::Audit => schema::audit(),
        SchemaName::Certificate => schema::certificate(),
        SchemaName::Certificates => schema::certificates(),
        SchemaName::Demo => schema::demo(),
        SchemaName::EncryptPlan => schema::encrypt_plan(),
        SchemaName::Evidence => schema::evidence(),
        SchemaName::EvidenceEntries => schema::evidence_entries(),
        SchemaName::Finding => schema::finding(),
        SchemaName::Findings => schema::findings(),
        SchemaName::Inspect => schema::inspect(),
        SchemaName::Integrity => schema::integrity(),
        SchemaName::Inventory => schema::inventory(),
        SchemaName::InventoryEntry => schema::inventory_entry(),
        SchemaName::Keys => schema::keys(),
        SchemaName::LegalDiff => schema::legal_diff(),
        SchemaName::LegalRules => schema::legal_rules(),
        SchemaName::Policy => schema::policy(),
        SchemaName::Protect => schema::protect(),
        SchemaName::RetainApply => schema::retain_apply(),
        SchemaName::RetainApproval => schema::retain_approval(),
        SchemaName::RetainHolds => schema::retain_holds(),
        SchemaName::RetainPlan => schema::retain_plan(),
        SchemaName::RetainPolicy => schema::retain_policy(),
        SchemaName::RetainReplay => schema::retain_replay(),
        SchemaName::RetainNotice => schema::retain_notice(),
        SchemaName::RetainRun => schema::retain_run(),
        SchemaName::RetainSimulation => schema::retain_simulation(),
        SchemaName::RetainStatus => schema::retain_status(),
        SchemaName::RetainVerify => schema::retain_verify(),
        SchemaName::Rules => schema::rules(),
        SchemaName::RulesCheck => schema::rules_check(),
        SchemaName::Report => schema::report(),
        SchemaName::Scan => schema::scan(),
        SchemaName::ShredCertificate => schema::shred_certificate(),
        SchemaName::ShredPlan => schema::shred_plan(),
        SchemaName::Status => schema::status(),
        SchemaName::Transit => schema::transit(),
    };
    let text = serde_json::to_string_pretty(&schema).map_err(|error| AppError::Internal(error.to_string()))?;
    output.line(&text)?;
    Ok(0)
}
