//! Collection review: is what is held declared, and does it have an end?

pub mod no_retention_rule;
pub mod undeclared_use;
