//! The inventory and the findings in the formats of others: one format a file.

pub(crate) mod csv;
pub(crate) mod dpv;
pub(crate) mod fides;
pub(crate) mod findings;
pub(crate) mod findings_csv;
pub(crate) mod oscal;
pub(crate) mod sarif;
