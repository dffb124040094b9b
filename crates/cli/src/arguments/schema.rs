//! What can be typed of schemas.

use clap::Args;
use clap::ValueEnum;

#[derive(Args, Debug)]
pub(crate) struct SchemaArguments {
    /// Which
    #[arg(value_enum)]
    pub(crate) name: SchemaName,
}

/// Schemas that can be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaName {
    /// dataward/access@1.
    Access,
    /// dataward/approval@1.
    Approval,
    /// dataward/archive@1.
    Archive,
    /// dataward/archive-restore@1.
    ArchiveRestore,
    /// dataward/audit@1.
    Audit,
    /// dataward/certificate@1.
    Certificate,
    /// dataward/certificates@1.
    Certificates,
    /// dataward/demo@1.
    Demo,
    /// dataward/encrypt-plan@1.
    EncryptPlan,
    /// dataward/evidence@1.
    Evidence,
    /// dataward/evidence-entries@1.
    EvidenceEntries,
    /// dataward/finding@1.
    Finding,
    /// dataward/findings@1.
    Findings,
    /// dataward/inspect@1.
    Inspect,
    /// dataward/integrity@1.
    Integrity,
    /// dataward/inventory@1.
    Inventory,
    /// dataward/inventory-entry@1.
    InventoryEntry,
    /// dataward/keys@1.
    Keys,
    /// dataward/legal-diff@1.
    LegalDiff,
    /// dataward/legal-rules@1.
    LegalRules,
    /// dataward.toml.
    Policy,
    /// dataward/protect@1.
    Protect,
    /// dataward/report@1.
    Report,
    /// dataward/retain-apply@1.
    RetainApply,
    /// dataward/retain-approval@1.
    RetainApproval,
    /// dataward/retain-holds@1.
    RetainHolds,
    /// dataward/retain-notice@1.
    RetainNotice,
    /// dataward/retain-plan@1.
    RetainPlan,
    /// dataward/retain-policy@1.
    RetainPolicy,
    /// dataward/retain-replay@1.
    RetainReplay,
    /// dataward/retain-run@1.
    RetainRun,
    /// dataward/retain-simulation@1.
    RetainSimulation,
    /// dataward/retain-status@1.
    RetainStatus,
    /// dataward/retain-verify@1.
    RetainVerify,
    /// dataward/rules@1.
    Rules,
    /// dataward/rules-check@1.
    RulesCheck,
    /// dataward/scan@1.
    Scan,
    /// dataward/shred-certificate@1.
    ShredCertificate,
    /// dataward/shred-plan@1.
    ShredPlan,
    /// dataward/status@1.
    Status,
    /// dataward/transit@1.
    Transit,
}
