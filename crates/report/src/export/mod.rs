//! The inventory in the formats of others: one format a file.

pub(crate) mod csv;
pub(crate) mod dpv;
pub(crate) mod fides;
