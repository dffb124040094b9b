//! The state as `app` uses it: a small world, one act, the whole outcome.

#![expect(clippy::disallowed_methods, reason = "a test that runs itself again is told so by a variable")]
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

mod crash;
mod decisions;
mod files;
mod findings;
mod idempotence;
mod protections;
mod scans;
mod world;
