//! What the audit of a stage gathers beyond policy and inventory: one field a stage. A field that is
//! none was not gathered, and the checks that need it find nothing.

use crate::access::facts::AccessFacts;
use crate::collection::facts::CollectionFacts;
use crate::collection::retention_conflict::OpenConflict;
use crate::encryption::EncryptionFacts;
use crate::integrity::ColumnIssues;
use crate::plan::MissedStage;
use crate::transit::TransitFacts;

/// What was gathered. Each stage keeps its own type in its own folder.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// How tables came, grew and went, and who is in them.
    pub collection: Option<CollectionFacts>,
    /// Who can do what.
    pub access: Option<AccessFacts>,
    /// How what is stored is encrypted.
    pub encryption: Option<EncryptionFacts>,
    /// Contradictions of retention that nobody decided.
    pub retention: Option<Vec<OpenConflict>>,
    /// What endpoints answered, and settings that were read.
    pub transit: Option<TransitFacts>,
    /// Cells that are wrong, by column and check.
    pub integrity: Option<Vec<ColumnIssues>>,
    /// Stages of the audit plan that did not run when they were due.
    pub missed: Vec<MissedStage>,
}
