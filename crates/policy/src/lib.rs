//! `dataward.toml`, parsed once into types that are valid by construction.
//!
//! Pure: text in, [`Policy`] or [`PolicyError`] out; who reads the file is `app`. Begin with
//! [`Policy::parse`]. [`raw`] is the file as written (and its JSON Schema), [`policy`] what it means,
//! [`template`] the commented file that `init` writes.

pub mod access;
pub mod error;
pub mod frequency;
pub mod jurisdiction;
pub mod period;
pub mod policy;
pub mod raw;
pub mod recogniser;
pub mod secret;
pub mod source_url;
mod syntax;
pub mod template;

pub use access::AccessKind;
pub use access::AccessRule;
pub use error::PolicyError;
pub use frequency::CronExpression;
pub use frequency::Frequency;
pub use period::Period;
pub use policy::Action;
pub use policy::AuditPlan;
pub use policy::AuditStage;
pub use policy::Business;
pub use policy::DeclaredSource;
pub use policy::LawfulBasis;
pub use policy::Policy;
pub use policy::RetentionRule;
pub use policy::Subject;
pub use policy::parse_category;
pub use raw::json_schema;
pub use recogniser::OwnCategory;
pub use recogniser::OwnRecogniser;
pub use secret::SecretRef;
pub use serde_spanned::Spanned;
pub use source_url::InvalidSourceUrl;
pub use source_url::SourceUrl;
