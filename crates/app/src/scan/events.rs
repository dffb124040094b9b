//! What a scan tells while it runs, for progress bars.

use dataward_connect::SourceFacts;
use dataward_connect::Unit;
use dataward_model::SourceId;

use crate::scan::UnitOutcome;

/// Told while a scan runs, from several threads. Every method may do nothing.
pub trait ScanEvents: Send + Sync {
    /// A source was opened.
    fn source_opened(&self, _source: &SourceId, _facts: &SourceFacts) {}
    /// A source could not be opened.
    fn source_failed(&self, _source: &SourceId, _reason: &str) {}
    /// A unit was listed, perhaps to be read.
    fn unit_listed(&self, _source: &SourceId, _unit: &Unit) {}
    /// Rows were read.
    fn rows_read(&self, _source: &SourceId, _rows: u64) {}
    /// A unit is done; without an outcome when nothing in it had to be read.
    fn unit_finished(&self, _source: &SourceId, _unit: &Unit, _outcome: Option<&UnitOutcome>) {}
}

/// Tells nobody.
pub struct Quiet;

impl ScanEvents for Quiet {}
