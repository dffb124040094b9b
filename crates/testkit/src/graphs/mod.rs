//! Random grant graphs, and the truth about them: what each log-in really gets to see.

pub mod mysql;
pub mod mysql_truth;
