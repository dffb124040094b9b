//! The file formats, one file each, shared by everything that holds files: folders ([`crate::files`])
//! and buckets (`objects`).
//!
//! A [`Format`] turns an [`Input`] (a name, the first bytes, a body) into tables and documents in an
//! [`Out`]. All of that is ordinary blocking code; [`stream`] runs it in a thread of its own and
//! hands the chunks over a short channel, so that a slow consumer slows the reading and a dropped
//! stream ends it. Formats within formats (`a.zip!/b.csv.gz`) go through [`decode_member`].
//!
//! A new format is one file and one line in [`registry`].

mod cards;
mod compressed;
mod csv;
pub mod encoding;
mod header;
mod header_words;
mod html;
mod html_text;
mod html_values;
pub mod input;
mod json;
pub mod limits;
mod mail;
mod office;
pub mod out;
mod parquet;
mod parquet_wide;
pub(crate) mod pdf;
mod properties;
pub mod read_at;
pub mod registry;
mod reservoir;
mod rtf;
mod run;
mod sent;
pub mod sniff;
mod sql;
mod tar;
#[cfg(test)]
pub(crate) mod testing;
mod text;
mod text_columns;
mod text_rows;
mod valued_names;
mod workbook;
mod xml;
mod xml_text;
mod zip;

pub use encoding::Utf8Text;
pub use input::Input;
pub use input::Inside;
pub use limits::Budget;
pub use limits::Limits;
pub use out::DocumentWriter;
pub use out::Out;
pub use read_at::ReadAt;
pub use read_at::Seekable;
pub use run::decode;
pub use run::decode_member;
pub use run::stream;
pub use sniff::Certainty;
pub use sniff::Head;

use crate::ConnectError;

/// One way in which bytes hold tables or text. Implementations have no state.
pub trait Format: Send + Sync {
    /// The name of the format for people and logs: `CSV`, `Parquet`, `gzip`.
    fn name(&self) -> &'static str;

    /// How sure it is that a file with this head is of this format.
    fn matches(&self, head: &Head<'_>) -> Certainty;

    /// Reads it all into `out`. An error ends this input; what was sent before it stays.
    /// What cannot be read of a part goes to [`Out::skip`], and the rest goes on.
    fn decode(&self, input: Input<'_>, out: &mut Out) -> Result<(), ConnectError>;
}
