//! Checks: what is wrong with what a business holds. One check a file, each a function of values;
//! rows, time and policy come as arguments, so a test needs no server.
//!
//! Begin with [`snapshot::Snapshot`] (what the checks look at) and [`checks::run`] (the one list of
//! checks). Storing findings, and noticing that one is fixed, is for `app` and `store`.

pub mod access;
pub mod checks;
pub mod collection;
pub mod encryption;
pub mod snapshot;
pub mod transit;

pub use checks::run;
pub use snapshot::Fault;
pub use snapshot::HeldColumn;
pub use snapshot::HeldSource;
pub use snapshot::HeldTable;
pub use snapshot::Snapshot;
