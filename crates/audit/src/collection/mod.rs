//! Collection review: is what is held declared and needed, does it have an end, and what changed since
//! the last one?

pub mod changed;
pub mod facts;
pub mod no_retention_rule;
pub mod retention_conflict;
pub mod shadow_copy;
pub mod special;
pub mod undeclared_use;
pub mod unused;
