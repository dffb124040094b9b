//! Access verification: who can read what.

pub mod readable_by_everyone;
