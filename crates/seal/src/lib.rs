//! Sealed files and the keys behind them: formats, key hierarchy, recipients, providers.
//!
//! Floor 1, and the only room that knows crypto crates. It is given bytes to read and write
//! ([`std::io::Read`], [`std::io::Write`]); files, folders and buckets are for `protect`, where
//! keys are kept is for `app`. Nothing of the cryptography is invented here: messages are those of
//! the AWS Encryption SDK ([`esdk`]), so whoever deletes dataward still opens every file; [`age`] is
//! the second format; keys for people are HPKE with X-Wing ([`hpke`]). Begin at
//! [`esdk::message::begin`] and [`esdk::message::open`], then [`recipient`] (who can open) and
//! [`keys`] (the hierarchy), [`provider`] (who holds the root), [`recovery`] (the printed sheets).

pub mod age;
mod bech32;
pub mod blob;
pub mod error;
pub mod esdk;
pub mod hpke;
mod kdf;
pub mod keys;
pub mod provider;
pub mod recipient;
pub mod recovery;
pub mod secret;
pub mod xwing;

pub use error::SealError;
pub use secret::SecretBytes;
pub use secret::SecretKey;
