//! The state as `app` uses it: a small world, one act, the whole outcome.

mod crash;
mod decisions;
mod files;
mod findings;
mod idempotence;
mod scans;
mod world;
