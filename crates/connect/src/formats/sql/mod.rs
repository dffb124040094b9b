//! SQL dumps: what `pg_dump`, `mysqldump`, `mariadb-dump` and `sqlite3 .dump` write, as the tables
//! they were made from. A dump of any size streams through; only the heads of its tables are kept.
//!
//! Keys that a dump adds after the rows (`pg_dump` does) come too late to be told.

mod dump;
mod lexer;
mod schema;
#[cfg(test)]
mod tests;
mod values;

use self::dump::Dump;
use super::Certainty;
use super::Format;
use super::Head;
use super::Input;
use super::Out;
use crate::ConnectError;

/// A dump as SQL text.
pub(super) struct SqlDump;

impl Format for SqlDump {
    fn name(&self) -> &'static str {
        "SQL dump"
    }

    fn matches(&self, head: &Head<'_>) -> Certainty {
        let Some(text) = head.text() else { return Certainty::No };
        let start = text.trim_start();
        if BANNERS.iter().any(|banner| start.starts_with(banner)) {
            return Certainty::Certain;
        }
        let named = head.has_extension(&["sql", "ddl", "dump", "psql", "mysql"]);
        let mut statements =
            text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with("--"));
        let is_data = |line: &str| {
            let line = line.get(..24).unwrap_or(line).to_ascii_uppercase();
            ["INSERT INTO ", "CREATE TABLE ", "REPLACE INTO ", "COPY ", "INSERT IGNORE "]
                .iter()
                .any(|word| line.starts_with(word))
        };
        match named {
            true if statements.any(is_data) => Certainty::Sure,
            // A document about SQL begins with words about it.
            false if statements.next().is_some_and(|line| is_data(line) && !line.starts_with("COPY ")) => {
                Certainty::Likely
            }
            _ => Certainty::No,
        }
    }

    fn decode(&self, input: Input<'_>, out: &mut Out) -> Result<(), ConnectError> {
        let name = input.name().to_owned();
        let limit = input.limits().cell_bytes;
        let head = input.head().text().unwrap_or_default().to_owned();
        let mysql = ["MySQL dump", "MariaDB dump", "phpMyAdmin", "/*!", "`"].iter().any(|mark| head.contains(mark));
        // SQLite quotes as MySQL does when the table was made so, but never escapes.
        let backslash = mysql && !head.trim_start().starts_with("PRAGMA ");
        Dump::new(input.into_text(), &name, backslash, limit, out).run()
    }
}

/// What `pg_dump` writes when it is not asked for SQL text.
pub(super) struct PackedDump;

impl Format for PackedDump {
    fn name(&self) -> &'static str {
        "pg_dump archive"
    }

    fn matches(&self, head: &Head<'_>) -> Certainty {
        if head.starts_with(b"PGDMP") { Certainty::Certain } else { Certainty::No }
    }

    fn decode(&self, input: Input<'_>, _out: &mut Out) -> Result<(), ConnectError> {
        Err(ConnectError::Limit {
            target: input.name().to_owned(),
            reason: "it is in pg_dump's packed format; unpack it with `pg_restore --file=dump.sql` and scan the result"
                .to_owned(),
        })
    }
}

/// How the programs begin their dumps.
const BANNERS: &[&str] = &[
    "--\n-- PostgreSQL database",
    "--\r\n-- PostgreSQL database",
    "-- PostgreSQL database",
    "-- MySQL dump",
    "-- MariaDB dump",
    "-- phpMyAdmin SQL Dump",
    "-- mysqldump",
    "-- mydumper",
    "-- Adminer",
    "/*!999999\\-",
    "/*M!999999\\-",
    "PRAGMA foreign_keys=OFF;",
];
