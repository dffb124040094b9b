//! Dev only: real servers in temporary folders, fake clock, planted people, canary hunter, house rules.

pub mod server;
pub mod sqlite;
