//! What to do about something that is wrong.

use std::fmt;

use serde::Serialize;
use serde::Serializer;

/// What to do: something to type, or words. Whoever writes it says which; nobody guesses from the text.
///
/// Machine-readable output has the text alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Remedy {
    /// Commands or statements that can be typed as they stand.
    Command(String),
    /// What somebody is to do, in words.
    Words(String),
}

impl Remedy {
    /// Something to type.
    pub fn command(text: impl Into<String>) -> Self {
        Self::Command(text.into())
    }

    /// Something to do.
    pub fn words(text: impl Into<String>) -> Self {
        Self::Words(text.into())
    }

    /// From the text and the word for its kind, as they were kept; what is of no known kind is words.
    pub fn of_kind(kind: &str, text: String) -> Self {
        if kind == COMMAND { Self::Command(text) } else { Self::Words(text) }
    }

    /// The text alone.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Command(text) | Self::Words(text) => text,
        }
    }

    /// The word for its kind in machine-readable output: `command` or `words`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Command(_) => COMMAND,
            Self::Words(_) => "words",
        }
    }
}

const COMMAND: &str = "command";

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Remedy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
