//! Encrypting files, folders and objects, so that a crash at any point leaves either the whole
//! plaintext or the whole verified ciphertext.
//!
//! Floor 3. In place means: a sealed copy is written beside the file, synced, read back, opened with
//! the key and compared byte by byte; only then it takes its name, and only then the plaintext goes.
//! The keys come from above as [`KeyRing`]. Begin at [`mod@file`] (one file, many threads), then
//! [`in_place`] (the careful order), [`tree`] (folders), [`objects`] (buckets), [`rewrap`].

pub mod attributes;
pub mod error;
pub mod file;
pub mod in_place;
pub mod keyring;
pub mod objects;
pub mod place;
pub mod rewrap;
pub mod tree;

pub use error::ProtectError;
pub use keyring::KeyRing;
pub use keyring::Sealing;

/// What a sealed file's name ends with.
pub const SUFFIX: &str = "dw";
