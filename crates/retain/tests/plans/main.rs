//! Plans on real databases: what goes, what stays, what happens when it is cut off.

mod apply;
mod interruptions;
mod oracle;
mod world;
