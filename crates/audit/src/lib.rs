//! Checks: one a file, each a function of values.
