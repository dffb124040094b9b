//! Checks: what is wrong with what a business holds. One check a file, each a function of values;
//! rows, time and policy come as arguments, so a test needs no server.
//!
//! Begin with [`snapshot::Snapshot`] (what the checks look at) and [`checks::CHECKS`] (the one list).
//! A check that needs more than policy and inventory finds it in [`facts::Facts`]. Storing findings, and noticing that one is fixed, is for `app` and `store`.

pub mod access;
pub mod checks;
pub mod collection;
pub mod encryption;
pub mod facts;
pub mod integrity;
pub mod law;
pub mod plan;
pub mod risk;
pub mod score;
pub mod snapshot;
pub mod transit;

pub use checks::CHECKS;
pub use checks::Check;
pub use checks::Needs;
pub use checks::run;
pub use facts::Facts;
pub use risk::Exposure;
pub use snapshot::Fault;
pub use snapshot::HeldColumn;
pub use snapshot::HeldSource;
pub use snapshot::HeldTable;
pub use snapshot::Snapshot;
