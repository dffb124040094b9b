//! Dev only: real servers in temporary folders, fake clock, planted people, canary hunter, house rules.

#![expect(clippy::disallowed_methods, reason = "tests are told by the environment where their tools are")]

pub mod debian;
pub mod dirty;
pub mod grant_graph;
pub mod graphs;
pub mod registers;
pub mod server;
pub mod sqlite;
