//! Encryption audit: can what must be secret be read in the store?

pub mod readable_secrets;
