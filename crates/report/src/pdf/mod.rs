//! Paged documents as PDF: accessible (PDF/UA-1), fonts embedded, the same values give the same bytes.
//!
//! Whoever has something to print builds a [`Document`] of [`Block`]s and calls [`pdf`]; where things
//! stand on the pages is decided here. In every text, `` `backticks` `` set code and `**two stars**`
//! set what matters in bold; nothing else is markup, so that a value can never become any. Characters
//! that the fonts do not have (they know Latin, Greek and Cyrillic) come from [`Document::further_font`], and are
//! written as `[U+4E2D]` where that has them neither.
//!
//! ```
//! use dataward_report::pdf;
//!
//! let mut document = pdf::Document::new("Certificate of deletion", "Blue Lantern Books");
//! document.heading(1, "What was deleted");
//! document.paragraph("1,204 rows of `shop.tickets`, closed before **29 August 2026**.");
//! document.facts(&[("Rule", "Support tickets"), ("Level proven", "L1")]);
//! let mut table = pdf::Table::new("Rows by table", &["Table", "Rows"]).numbers(&[1]);
//! table.row(["shop.tickets", "1,204"]);
//! document.push(pdf::Block::Table(table));
//! let bytes = pdf::pdf(&document)?;
//! assert!(bytes.starts_with(b"%PDF-"));
//! # Ok::<(), pdf::PdfError>(())
//! ```
//!
//! Begin with `layout.rs` (blocks to places on pages), then `paint.rs` (places to PDF). `svg.rs` reads
//! the few elements that our charts and QR codes are made of.

mod fonts;
mod grid;
mod ink;
mod layout;
mod paint;
mod svg;
mod table;
pub(crate) mod text;

use jiff::Timestamp;

use crate::pdf::fonts::Fonts;
use crate::pdf::layout::Layout;

pub use crate::pdf::fonts::FurtherFont;
pub use crate::pdf::ink::Ink;
pub use crate::pdf::table::Cell;
pub use crate::pdf::table::Table;

/// A document to be printed.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its title: in the head of the first page, in the metadata, in the running head.
    pub title: String,
    /// What stands over the title in small letters, as the name of the business; may be empty.
    pub kicker: String,
    /// The language of the text, as BCP 47 writes it.
    pub language: String,
    /// At the left of every page's foot.
    pub foot: String,
    /// When it was made, for the metadata; none leaves the date out.
    pub made: Option<Timestamp>,
    /// The sheets it is printed on.
    pub paper: Paper,
    /// Whether headings of level 1 and 2 are listed with their pages after the blocks before the first
    /// heading.
    pub contents: bool,
    /// Where letters come from that the embedded fonts lack, as those of Japanese.
    pub further_font: Option<FurtherFont>,
    /// What it says, in order.
    pub blocks: Vec<Block>,
}

/// A document as PDF.
#[derive(Clone, Debug)]
pub struct Printed {
    /// The file.
    pub bytes: Vec<u8>,
    /// Whether letters are in it that no font had, written as `[U+4E2D]`.
    pub lacks_letters: bool,
}

/// Sheets of paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paper {
    /// 210 × 297 mm.
    A4,
    /// 8.5 × 11 inches.
    Letter,
}

/// A part of a document.
#[derive(Clone, Debug)]
pub enum Block {
    /// A heading of level 1 to 3.
    Heading {
        /// 1 to 3.
        level: u8,
        /// What it says.
        text: String,
    },
    /// A paragraph.
    Paragraph(String),
    /// A paragraph in larger letters: what a reader with no time must know.
    Lead(String),
    /// A paragraph in small, grey letters.
    Note(String),
    /// Items with a dot before each.
    List(Vec<String>),
    /// Items with a number before each.
    Steps(Vec<String>),
    /// Names with their values, a row each.
    Facts(Vec<(String, String)>),
    /// Up to four great figures side by side, more in further rows.
    Tiles(Vec<Tile>),
    /// A table.
    Table(Table),
    /// Drawings, side by side.
    Figures(Vec<Figure>),
    /// Lines in letters of one width, on a grey ground: commands, hashes, checkpoints.
    Code(String),
    /// Numbered words in columns, as on a sheet for recovering a key.
    Words(Vec<String>),
    /// The next block begins a new page.
    PageBreak,
}

/// A great figure.
#[derive(Clone, Debug)]
pub struct Tile {
    /// What it counts.
    pub name: String,
    /// The figure.
    pub value: String,
    /// What has to be known to read it right; may be empty.
    pub note: String,
}

/// A drawing.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The drawing as SVG: `rect`, `circle`, `line`, `text`, `path` of straight lines and curves, `g`,
    /// with the classes of our charts, or `fill` and `stroke` as `#rrggbb`. Its `title` and `desc` are
    /// read to those who do not see it.
    pub svg: String,
    /// What stands over it; may be empty.
    pub caption: String,
    /// What stands below the caption in small letters; may be empty.
    pub note: String,
    /// How wide it may become at most, in points (1/72 inch); it is never wider than its place.
    pub width: f32,
}

/// A document that cannot be written as PDF.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// A drawing is not of the kind that is understood.
    #[error("drawing `{0}` cannot be printed: {1}")]
    Drawing(String, String),
    /// The file would not be what the standards for accessible PDF ask for.
    #[error("the PDF would not be accessible: {0}")]
    Standard(String),
}

impl Document {
    /// An empty document in English on A4, without contents.
    pub fn new(title: impl Into<String>, kicker: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            kicker: kicker.into(),
            language: "en".to_owned(),
            foot: String::new(),
            made: None,
            paper: Paper::A4,
            contents: false,
            further_font: None,
            blocks: Vec::new(),
        }
    }

    /// Adds a block.
    pub fn push(&mut self, block: Block) {
        self.blocks.push(block);
    }

    /// Adds a heading of level 1 to 3.
    pub fn heading(&mut self, level: u8, text: impl Into<String>) {
        self.push(Block::Heading { level: level.clamp(1, 3), text: text.into() });
    }

    /// Adds a paragraph.
    pub fn paragraph(&mut self, text: impl Into<String>) {
        self.push(Block::Paragraph(text.into()));
    }

    /// Adds a paragraph in small, grey letters.
    pub fn note(&mut self, text: impl Into<String>) {
        self.push(Block::Note(text.into()));
    }

    /// Adds lines in letters of one width.
    pub fn code(&mut self, text: impl Into<String>) {
        self.push(Block::Code(text.into()));
    }

    /// Adds names with their values.
    pub fn facts<N: AsRef<str>, V: AsRef<str>>(&mut self, facts: &[(N, V)]) {
        let owned = facts.iter().map(|(name, value)| (name.as_ref().to_owned(), value.as_ref().to_owned()));
        self.push(Block::Facts(owned.collect()));
    }
}

impl Paper {
    /// Width and height in points.
    pub(crate) fn size(self) -> [f32; 2] {
        match self {
            Self::A4 => [595.28, 841.89],
            Self::Letter => [612.0, 792.0],
        }
    }
}

/// The document as a PDF file.
///
/// # Errors
/// When a drawing is not of the kind that is understood, or the file would break PDF/UA-1.
pub fn pdf(document: &Document) -> Result<Vec<u8>, PdfError> {
    print(document).map(|printed| printed.bytes)
}

/// The same, telling whether letters are lacking.
///
/// # Errors
/// As [`pdf`].
pub fn print(document: &Document) -> Result<Printed, PdfError> {
    let fonts = Fonts::new(document.further_font);
    // Pages of the contents are known when everything has its place; that place does not depend on them.
    let first = Layout::of(document, &fonts, &[])?;
    let pages: Vec<usize> = first.headings.iter().map(|heading| heading.page).collect();
    let layout = Layout::of(document, &fonts, &pages)?;
    let bytes = paint::paint(document, &fonts, &layout)?;
    Ok(Printed { bytes, lacks_letters: fonts.is_lacking() })
}
