//! Access on MariaDB, against what accounts really get to see.

mod blind;
mod flush;
mod graphs;
mod revokes;
