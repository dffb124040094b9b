//! What detection answers.

use dataward_model::Category;
use dataward_model::Confidence;
use serde::Deserialize;
use serde::Serialize;

/// What a table holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableVerdict {
    /// Rows that were looked at.
    pub rows: u64,
    /// One verdict for each column that was seen or announced, in the order of the head, new ones last.
    pub columns: Vec<ColumnVerdict>,
    /// How many different people are behind the rows that were looked at, estimated from the
    /// best identifying column; none when the table is not about people.
    pub people: Option<u64>,
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnVerdict {
    /// The column.
    pub column: String,
    /// The type as declared or, where nothing is declared, as seen.
    pub declared_type: String,
    /// What its values are; none when they are not about a person.
    pub category: Option<Category>,
    /// What else was found in some cells: for [`Category::CONTENT`] the categories in the text.
    pub also: Vec<Category>,
    /// How sure the verdict is: for a category, that it is right; for none, that there is none.
    pub confidence: Confidence,
    /// Evidence for and against, strongest first, in words a shop owner understands.
    pub why: Vec<Reason>,
    /// Up to three masked examples (`a***@e***.com`); never a raw value.
    pub masked: Vec<String>,
    /// Cells that were neither NULL nor blank.
    pub filled: u64,
    /// Cells that were looked at.
    pub rows: u64,
    /// Different values, estimated.
    pub distinct: u64,
}

/// One piece of evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// What was seen, as a sentence without a raw value: `97 % of the values are valid e-mail addresses`.
    pub text: String,
    /// How much it counts, in natural-logarithm odds; negative when it speaks against.
    pub weight: f64,
}

/// Personal data in a text. `start` and `end` count bytes of the UTF-8 text, end exclusive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// What it is.
    pub category: Category,
    /// How sure.
    pub confidence: Confidence,
}
