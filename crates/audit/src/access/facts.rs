//! What the audit of access gathers.

use std::sync::Arc;

use dataward_model::SourceId;

use crate::access::AccessChange;
use crate::access::AccessModel;
use crate::access::Scope;

/// The rights in each source that has any.
#[derive(Clone, Debug, Default)]
pub struct AccessFacts {
    /// One for each source that was looked at.
    pub sources: Vec<SourceAccess>,
}

/// The rights in one source.
#[derive(Clone, Debug)]
pub struct SourceAccess {
    /// The source.
    pub source: SourceId,
    /// Who can do what.
    pub model: Arc<dyn AccessModel>,
    /// The columns that hold customer data.
    pub scope: Scope,
    /// What changed since the last audit, for columns that hold customer data.
    pub changes: Vec<AccessChange>,
}
