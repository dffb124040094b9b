//! The log as `app` and an auditor use it.

mod damage;
mod growth;
mod killed;
mod outside;
mod power;
mod rewriting;
mod sim_disk;
mod world;
