//! Published vectors, malformed messages with one fault each, and attacks.

mod age_vectors;
mod commitment;
mod esdk_vectors;
mod keys;
mod limits;
mod messages;
mod providers;
mod support;
mod tampering;
mod wycheproofs;
