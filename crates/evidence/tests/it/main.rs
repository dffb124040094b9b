//! The log as `app` and an auditor use it.

#![expect(clippy::disallowed_methods, reason = "a test that runs itself again is told so by a variable")]
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

mod damage;
mod growth;
mod killed;
mod outside;
mod power;
mod rewriting;
mod sim_disk;
mod world;
