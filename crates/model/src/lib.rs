//! The words of dataward: what every room above means by a place, a category, a confidence, a
//! finding.
//!
//! Floor 0. No I/O, no clock, no Arrow: plain values and their rules. Start at [`place`] (where a
//! thing is) and [`category`] (what it is).

pub mod category;
pub mod clock;
pub mod confidence;
pub mod count;
pub mod erasure;
pub mod finding;
pub mod made_up;
pub mod place;
pub mod redacted;
mod remedy;
pub mod sketch;
pub mod source;
pub mod statement_words;
pub mod table;
pub mod unit;

pub use category::Category;
pub use category::Family;
pub use category::Sensitivity;
pub use clock::Clock;
pub use confidence::Confidence;
pub use count::count;
pub use count::counted;
pub use erasure::ErasureLevel;
pub use finding::Finding;
pub use finding::FindingState;
pub use finding::Severity;
pub use place::Place;
pub use place::SkipCause;
pub use place::Skipped;
pub use place::SourceId;
pub use redacted::Redacted;
pub use remedy::Remedy;
pub use sketch::Overlap;
pub use sketch::Sketch;
pub use source::SourceKind;
pub use statement_words::Statement;
pub use statement_words::StatementWords;
pub use table::ColumnHead;
pub use table::ColumnRole;
pub use table::Reference;
pub use table::TableHead;
pub use table::TableShape;
