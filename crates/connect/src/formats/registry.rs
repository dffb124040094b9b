//! The one list of formats. Among formats that are equally sure the earlier one wins, so what is
//! special (a workbook) stands before what it is made of (a zip archive).

use super::Format;
use super::cards::Cards;
use super::compressed::Bzip2;
use super::compressed::Gzip;
use super::compressed::Xz;
use super::compressed::Zstandard;
use super::csv::Csv;
use super::html::Html;
use super::json::Json;
use super::mail::Mail;
use super::mail::Mailbox;
use super::office::Office;
use super::parquet::Parquet;
use super::pdf::Pdf;
use super::rtf::Rtf;
use super::sql::PackedDump;
use super::sql::SqlDump;
use super::tar::Tar;
use super::text::Text;
use super::workbook::Workbook;
use super::xml::Xml;
use super::zip::Zip;

/// Every format there is, one a line.
#[rustfmt::skip]
pub const FORMATS: &[&dyn Format] = &[
    &Gzip,
    &Bzip2,
    &Xz,
    &Zstandard,
    &Parquet,
    &Tar,
    &Workbook,
    &Office,
    &Zip,
    &Pdf,
    &Rtf,
    &PackedDump,
    &SqlDump,
    &Cards,
    &Mailbox,
    &Mail,
    &Html,
    &Xml,
    &Json,
    &Csv,
    // Any text, so last.
    &Text,
];

/// Those that only pack others.
pub const PACKED: &[&dyn Format] = &[&Gzip, &Bzip2, &Xz, &Zstandard, &Tar, &Zip];
