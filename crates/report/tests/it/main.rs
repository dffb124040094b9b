//! What the report and the exports look like from outside.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test fails loudly, and reads its own temporary files"
)]

mod exports;
mod findings;
mod fixture;
mod html;
mod pdf;
