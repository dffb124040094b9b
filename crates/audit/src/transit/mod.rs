//! Transit audit: can anyone on the way read along?

pub mod plain_connection;
