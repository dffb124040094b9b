//! Plans on real databases: what goes, what stays, what happens when it is cut off.

mod anonymise;
mod apply;
mod at_once;
mod elsewhere;
mod entire;
mod generated;
mod hidden;
mod interruptions;
mod large;
mod obstacles;
mod oracle;
mod others;
mod partitions;
mod random_schemas;
mod real_schemas;
mod stored;
mod triggers;
mod types;
mod world;
