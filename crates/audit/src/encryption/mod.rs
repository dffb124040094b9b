//! Encryption audit: can what must be secret be read in the store, and how do we know?

pub mod facts;
pub mod must_be_encrypted;
pub mod not_encrypted;
pub mod plain_backup;
pub mod readable_secrets;

pub use facts::EncryptionFacts;
pub use facts::SourceAtRest;
pub use must_be_encrypted::Covered;
pub use must_be_encrypted::covered;
