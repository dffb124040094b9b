//! The one list of formats. Among formats that are equally sure the earlier one wins, so what is
//! special (a workbook) stands before what it is made of (a zip archive).

use super::Format;
use super::compressed::Bzip2;
use super::compressed::Gzip;
use super::compressed::Xz;
use super::compressed::Zstandard;
use super::csv::Csv;
use super::html::Html;
use super::tar::Tar;
use super::text::Text;
use super::zip::Zip;

/// Every format there is, one a line.
#[rustfmt::skip]
pub const FORMATS: &[&dyn Format] = &[
    &Gzip,
    &Bzip2,
    &Xz,
    &Zstandard,
    &Tar,
    &Zip,
    &Html,
    &Csv,
    // Any text, so last.
    &Text,
];
