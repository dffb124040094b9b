//! The rights that are worked out are those that a server really gives: random worlds of roles and
//! grants, each cell with a value of its own, read by everybody in every way; and small ones of which
//! everybody knows the answer.

mod alone;
mod doors;
mod drift;
mod hba;
mod known;
mod random;
mod rings;
mod steps;
mod world;
