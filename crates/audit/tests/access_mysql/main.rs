//! Access on MariaDB, against what accounts really get to see.

mod blind;
mod graphs;
mod revokes;
