//! Plans on real databases: what goes, what stays, what happens when it is cut off.

mod anonymise;
mod apply;
mod generated;
mod interruptions;
mod oracle;
mod partitions;
mod real_schemas;
mod stored;
mod world;
