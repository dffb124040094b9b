//! Retention: which rules apply to a place and why, what may go when, the plan, its approval, the
//! journalled deletion through one gate, and the proof that what was to go has gone.
//!
//! Floor 3. Decides and drives; the statements that change a store stand in `connect`, the state in
//! `store`, the wiring and the clock in `app`.
//!
//! [`rules`] says what applies to a table, [`conflict`] what contradicts each other there, [`pack_diff`] what
//! another rule pack changes, [`clock`] when a period begins and when it has ended. The way of a plan: [`planner`] asks a source
//! which rows are due and what hangs on them, [`closure`] decides which may go, [`steps`] puts them into an
//! order ([`order`]), [`make`] writes the [`plan`] and its sealed rows ([`rows_file`]), [`approve`] lets it
//! through, [`apply`] carries it out ([`archive`] first, where the policy says so). [`hold`] says what stops
//! all that. Of the proof: [`scrub`] cleans the files, [`verify`] searches them (is it really gone?),
//! [`certificate`] states what was found; [`gather`] writes the [`ledger`] before the first row goes, and
//! [`replay`] finds rows of it that a restore brought back.

pub mod apply;
pub mod approve;
pub mod archive;
pub mod archive_subjects;
pub mod certificate;
pub mod clock;
pub mod closure;
pub mod conflict;
pub mod dialect;
mod erased;
pub mod erasure_key;
pub mod error;
pub mod gather;
pub mod hold;
pub mod hold_book;
pub mod hold_name;
pub mod hold_person;
mod hold_rows;
pub mod kept;
pub mod ledger;
mod ledger_end;
mod left_elsewhere;
mod literals;
pub mod make;
pub mod mask;
pub mod named_files;
pub mod notice;
pub mod order;
pub mod pack_diff;
mod partitions;
pub mod places;
pub mod plan;
pub mod planner;
pub mod proof_error;
pub mod refills;
pub mod replay;
mod rewrite;
pub mod rows_file;
pub mod rules;
pub mod same_value;
pub mod scrub;
mod steps;
mod trees;
pub mod verify;
mod waiting;

pub use erasure_key::ErasureKey;
pub use error::RetainError;
pub use proof_error::ProofError;
