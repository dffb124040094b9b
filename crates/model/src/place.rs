//! Where a thing is: source / table or file / column.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;
use thiserror::Error;

/// The name of a source, as the policy file writes it after `source.`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SourceId(String);

/// Why a text is no source name.
#[derive(Debug, Error)]
#[error("`{0}` is not a source name: use letters, digits, `-` and `_`, starting with a letter or digit")]
pub struct InvalidSourceId(String);

impl SourceId {
    /// Checks that `name` has letters, digits, `-` and `_` only.
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidSourceId> {
        let name = name.into();
        let starts_well = name.chars().next().is_some_and(char::is_alphanumeric);
        if starts_well && name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_') {
            Ok(Self(name))
        } else {
            Err(InvalidSourceId(name))
        }
    }

    /// A name for something that has none (a bare URL or path): other characters become `-`.
    pub fn from_text(text: &str) -> Self {
        let words: Vec<&str> =
            text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect();
        let name = words.join("-");
        let name = name.trim_start_matches('_');
        if name.is_empty() { Self("source".to_owned()) } else { Self(name.to_owned()) }
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SourceId {
    type Error = InvalidSourceId;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::new(name)
    }
}

impl From<SourceId> for String {
    fn from(id: SourceId) -> Self {
        id.0
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a thing is. Printed as `source.table.column`, shorter where less is known.
///
/// For a source of files `table` is the path relative to the source, a sheet or JSON array after
/// `#`, a member of an archive after `!/`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The source.
    pub source: SourceId,
    /// The table, view, file or object; none for the whole source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The column or JSON path; none for the whole table or document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

impl Place {
    /// The whole source.
    pub fn of_source(source: SourceId) -> Self {
        Self { source, table: None, column: None }
    }

    /// A table, file or document.
    pub fn of_table(source: SourceId, table: impl Into<String>) -> Self {
        Self { source, table: Some(table.into()), column: None }
    }

    /// A column.
    pub fn of_column(source: SourceId, table: impl Into<String>, column: impl Into<String>) -> Self {
        Self { source, table: Some(table.into()), column: Some(column.into()) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.source)?;
        if let Some(table) = &self.table {
            write!(f, ".{table}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ".{column}")?;
        }
        Ok(())
    }
}

/// A place that was not read, and why. Carries no value of a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Table, file or object, relative to its source.
    pub place: String,
    /// One clear sentence: what happened, and what to do where something can be done.
    pub reason: String,
    /// Whether that is a fault or just nothing for us.
    pub cause: SkipCause,
}

/// Why a place was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SkipCause {
    /// It should have been read and could not: broken, denied, refused, gone. Makes the exit code 3.
    Failed,
    /// Nothing that dataward reads: an image, a program, a socket.
    NotSupported,
}

impl Skipped {
    /// A place that should have been read and could not.
    pub fn failed(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { place: place.into(), reason: reason.into(), cause: SkipCause::Failed }
    }

    /// A place with nothing in it that dataward reads.
    pub fn not_supported(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { place: place.into(), reason: reason.into(), cause: SkipCause::NotSupported }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_print_as_far_as_they_are_known() {
        let shop = SourceId::new("shop").unwrap();
        assert_eq!(Place::of_source(shop.clone()).to_string(), "shop");
        assert_eq!(Place::of_column(shop, "public.customers", "email").to_string(), "shop.public.customers.email");
    }

    #[test]
    fn source_names_refuse_dots_and_blanks() {
        assert!(SourceId::new("a.b").is_err());
        assert!(SourceId::new("").is_err());
        assert_eq!(SourceId::from_text("./srv/my exports/").as_str(), "srv-my-exports");
        assert_eq!(SourceId::from_text("///").as_str(), "source");
    }
}
