//! The one list of formats. Among formats that are equally sure the earlier one wins, so what is
//! special (a workbook) stands before what it is made of (a zip archive).

use super::Format;
use super::csv::Csv;
use super::html::Html;
use super::text::Text;

/// Every format there is, one a line.
#[rustfmt::skip]
pub const FORMATS: &[&dyn Format] = &[
    &Html,
    &Csv,
    // Any text, so last.
    &Text,
];
