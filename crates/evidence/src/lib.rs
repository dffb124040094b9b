//! The append-only, signed, Merkle-tree log of what was done, and its verifier.
//!
//! Floor 1; an auditor can use it alone. Nothing here is of our own invention: the tree is RFC
//! 6962 with SHA-256, the files are those of C2SP tlog-tiles, the head is a C2SP tlog-checkpoint
//! signed as a signed note with Ed25519, a proof for one event is a C2SP tlog-proof@v1, and an
//! entry is canonical JSON (RFC 8785) of an in-toto Statement v1. So a copied folder is a whole
//! log that tools which are not ours can check; `docs/book/check-us-without-us.md` says how.
//!
//! Beside the log, [`rows`] says of a table what it held, without any value.
//!
//! The pure part is [`canonical`], [`statement`], [`tree`], [`layout`], [`head`] and [`proof`];
//! only [`disk`], [`log`], [`mod@verify`] and [`key`] touch files. Begin at [`Log::open`] to write and
//! at [`mod@verify`](verify::verify) to check.

pub mod approval;
pub mod canonical;
pub mod disk;
pub mod error;
pub mod head;
pub mod key;
pub mod layout;
pub mod log;
mod note;
pub mod proof;
pub mod reader;
mod replay;
pub mod rows;
pub mod statement;
pub mod tree;
pub mod verify;

pub use approval::approve;
pub use approval::approvers;
pub use error::EvidenceError;
pub use head::KnownHead;
pub use head::Signer;
pub use head::TreeHead;
pub use head::VerifierKey;
pub use key::load_or_create;
pub use key::load_or_create_own;
pub use key::load_or_create_row_key;
pub use log::Log;
pub use log::Receipt;
pub use proof::Proof;
pub use reader::LogReader;
pub use rows::RowKey;
pub use rows::TableDigest;
pub use rows::TableMarker;
pub use statement::Audit;
pub use statement::Decision;
pub use statement::Entry;
pub use statement::Event;
pub use statement::FindingEvent;
pub use statement::Forgotten;
pub use statement::Init;
pub use statement::KeyEvent;
pub use statement::Retention;
pub use statement::Ruling;
pub use statement::Scan;
pub use statement::ScanEnd;
pub use statement::ScannedSource;
pub use statement::Statement;
pub use tlog_tiles::Hash;
pub use verify::Fault;
pub use verify::VerifyReport;
pub use verify::verify;
