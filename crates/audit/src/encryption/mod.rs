//! Encryption audit: can what must be secret be read in the store, and how do we know?

pub mod facts;
pub mod look;
pub mod must_be_encrypted;
pub mod not_encrypted;
pub mod plain_backup;
pub mod readable_secrets;

pub use facts::EncryptionFacts;
pub use facts::SourceAtRest;
pub use look::look;
pub use look::sealed_by;
pub use must_be_encrypted::Covered;
pub use must_be_encrypted::covered;
