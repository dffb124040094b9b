//! What a column or a text holds: recognisers, validators, name lists, column classifier, text
//! spans. Pure: no I/O, no clock; the same input always gives the same verdict.
//!
//! Begin with [`Detector`]: built once from [`Options`], shared by all threads. It gives out
//! [`TableProfile`]s, mergeable values fed with Arrow batches that in the end turn into
//! [`TableVerdict`]s, and finds [`Span`]s in running text. Nothing that leaves the room holds a
//! raw value: verdicts carry counts, reasons and masked shapes only.

#[cfg(test)]
extern crate self as dataward_detect;

pub mod checksum;
pub mod classify;
mod column;
pub mod detector;
mod header;
pub mod lexicon;
pub mod mask;
pub mod own;
pub mod profile;
pub mod recognise;
mod text;
pub mod verdict;

pub use classify::Precedent;
pub use column::identity::hash_of;
pub use detector::Detector;
pub use detector::InvalidOptions;
pub use detector::Options;
pub use header::name_means;
pub use mask::mask;
pub use own::OwnRules;
pub use own::OwnSpec;
pub use profile::IdentitySketch;
pub use profile::TableProfile;
pub use text::training;
pub use verdict::ColumnVerdict;
pub use verdict::Reason;
pub use verdict::Span;
pub use verdict::TableVerdict;
