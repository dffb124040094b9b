//! Reading customer data where it lives: one folder a kind of source, the same file names in each.
//!
//! The room promises to read without ever changing anything, in bounded memory, and to say what it
//! could not read; the one door that changes something is [`amend`]. What the values mean is for
//! `detect`. Begin with [`Read`] and, for a small example of it, [`memory`].
//!
//! Everything read is Arrow. A *unit* is what is read in one go: a table, a view, a file, an object.
//! Reading a unit gives a stream of [`Chunk`]s, in which one or more tables follow each other (a
//! workbook has sheets, a dump has tables, an archive has files).

pub mod amend;
pub mod at_rest;
pub mod ciphertext;
pub mod clients;
pub mod conformance;
pub mod error;
pub mod files;
pub mod formats;
pub mod grants;
pub mod memory;
pub mod mysql;
pub mod objects;
pub mod postgres;
pub mod read;
pub mod scrub;
pub mod self_check;
pub mod sqlite;
mod tls;
pub mod transit;
mod uses;

pub use amend::Amend;
pub use amend::ApprovedPlan;
pub use clients::Clients;
pub use error::ConnectError;
pub use grants::GrantFacts;
pub use grants::Grants;
pub use read::Chunk;
pub use read::ChunkStream;
pub use read::Exposure;
pub use read::Fingerprint;
pub use read::HowMuch;
pub use read::Read;
pub use read::ReadRequest;
pub use read::SourceFacts;
pub use read::TransportSecurity;
pub use read::Unit;
pub use read::UnitKind;
pub use read::UnitStream;
pub use scrub::Scrub;
pub use self_check::EngineFault;
pub use self_check::SelfCheck;
pub use uses::TableCounters;
