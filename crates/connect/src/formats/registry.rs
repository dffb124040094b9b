//! The one list of formats. Among formats that are equally sure the earlier one wins, so what is
//! special (a workbook) stands before what it is made of (a zip archive).

use super::Format;
use super::html::Html;
use super::text::Text;

/// Every format there is.
pub const FORMATS: &[&dyn Format] = &[
    // Any text, so last.
    &Html, &Text,
];
