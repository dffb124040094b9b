//! dataward's own state in `.dataward/state.db`: scans, inventory, decisions, findings, runs of
//! audit stages, receipts of the evidence log.
//!
//! Floor 2. SQLite in WAL mode; a call that came back has reached the disk, and a call that was
//! cut off (Ctrl-C, `kill -9`, a full disk) left nothing half done. Everything is written
//! idempotently: recording a unit twice is recording it once. The state holds names of places,
//! counts and masked examples, never a value of a customer, and neither does an error.
//!
//! The store knows the words of `dataward-model` only: `app` converts what `connect` and `detect`
//! say. Begin at [`Store::open`]; then one file for each thing that is kept: [`scans`],
//! [`record`] (what a scan writes), [`inventory`] (what is read back), [`decisions`],
//! [`findings`], [`finding_changes`], [`forget`], [`sketches`], [`protections`], [`table_states`], [`runs`], [`receipts`],
//! [`retain_plans`], [`retain_holds`].

pub mod access;
pub mod decisions;
pub mod error;
pub mod finding_changes;
pub mod findings;
pub mod forget;
pub mod inventory;
mod migrate;
pub mod protections;
pub mod receipts;
pub mod record;
pub mod retain_holds;
pub mod retain_plans;
mod row;
pub mod runs;
pub mod scans;
pub mod sketches;
pub mod sources;
mod store;
pub mod table_states;

pub use access::AccessAnswer;
pub use decisions::Decision;
pub use decisions::Ownership;
pub use decisions::Ruling;
pub use error::StoreError;
pub use finding_changes::ChangeKind;
pub use finding_changes::FindingChange;
pub use finding_changes::FindingDecision;
pub use findings::FindingsPass;
pub use findings::StoredFinding;
pub use forget::Forgetting;
pub use inventory::InventoryEntry;
pub use inventory::InventoryFilter;
pub use inventory::PastVerdict;
pub use inventory::TableSummary;
pub use inventory::UnitFacts;
pub use protections::ProtectionRecord;
pub use protections::StoredProtection;
pub use receipts::KeptReceipt;
pub use record::ColumnOrigin;
pub use record::ColumnRecord;
pub use record::KnownUnit;
pub use record::SourceRecord;
pub use record::SpanCount;
pub use record::TableRecord;
pub use record::UnitRecord;
pub use record::Why;
pub use retain_holds::StoredHold;
pub use retain_plans::PlanState;
pub use retain_plans::StoredBatch;
pub use retain_plans::StoredPlan;
pub use runs::StageRun;
pub use scans::Coverage;
pub use scans::Reading;
pub use scans::Scan;
pub use scans::ScanId;
pub use scans::ScanRequest;
pub use scans::ScanState;
pub use scans::ScanTotals;
pub use scans::SkippedLine;
pub use sketches::KnownSketch;
pub use sketches::SketchRecord;
pub use sketches::TableSize;
pub use sketches::TableUseRecord;
pub use sources::KnownSource;
pub use store::Store;
pub use table_states::StoredTableState;
