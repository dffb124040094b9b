//! `dataward.toml`, parsed once into types that are valid by construction.
//!
//! Pure: text in, [`Policy`] or [`PolicyError`] out; who reads the file is `app`. Begin with
//! [`Policy::parse`]. [`raw`] is the file as written (and its JSON Schema), [`policy`] what it means,
//! [`template`] the commented file that `init` writes, [`pack`] the rules of law.

pub mod access;
pub mod approval;
pub mod declaration;
pub mod error;
pub mod fiscal_year;
pub mod frequency;
pub mod jurisdiction;
pub mod lawful_basis;
pub mod pack;
pub mod period;
pub mod policy;
pub mod protect;
pub mod raw;
mod raw_retention;
pub mod recogniser;
pub mod retention;
mod retention_parse;
pub mod secret;
pub mod source_url;
pub mod start;
mod syntax;
pub mod template;

pub use access::AccessKind;
pub use access::AccessRule;
pub use approval::ApprovalRule;
pub use declaration::Declaration;
pub use error::PolicyError;
pub use fiscal_year::FiscalYearEnd;
pub use frequency::CronExpression;
pub use frequency::Frequency;
pub use lawful_basis::LawfulBasis;
pub use pack::LegalRule;
pub use pack::RulePack;
pub use pack::TableRole;
pub use period::Period;
pub use period::PeriodUnit;
pub use policy::AuditPlan;
pub use policy::AuditStage;
pub use policy::Business;
pub use policy::DeclaredSource;
pub use policy::Policy;
pub use policy::parse_category;
pub use protect::FILES_CLASS;
pub use protect::ProtectRule;
pub use raw::json_schema;
pub use recogniser::OwnCategory;
pub use recogniser::OwnRecogniser;
pub use retention::Action;
pub use retention::Approval;
pub use retention::ChildRule;
pub use retention::DeclaredEvent;
pub use retention::DeclaredReference;
pub use retention::FileColumn;
pub use retention::LegalAnswer;
pub use retention::LegalDecision;
pub use retention::LockTime;
pub use retention::RetentionFacts;
pub use retention::RetentionRule;
pub use retention::Subject;
pub use retention::TableName;
pub use retention::Tolling;
pub use retention::Wait;
pub use retention::is_below;
pub use secret::SecretRef;
pub use serde_spanned::Spanned;
pub use source_url::InvalidSourceUrl;
pub use source_url::SourceUrl;
pub use start::StartExpression;
pub use start::StartKind;
pub use start::StartNode;
pub use start::StartSyntaxError;
pub use start::Symbol;
