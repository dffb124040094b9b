//! HTML and XHTML pages, as [`super::html_text`] reads them.

use super::Certainty;
use super::DocumentWriter;
use super::Format;
use super::Head;
use super::Input;
use super::Out;
use super::html_text::HtmlText;
use super::text::each_piece;
use super::text_rows::TextRows;
use crate::ConnectError;

/// A page.
pub(super) struct Html;

impl Format for Html {
    fn name(&self) -> &'static str {
        "HTML"
    }

    fn matches(&self, head: &Head<'_>) -> Certainty {
        let Some(text) = head.text() else { return Certainty::No };
        let named = head.has_extension(&["htm", "html", "xhtml", "shtml"]);
        let start: String = text.trim_start().chars().take(2048).collect::<String>().to_ascii_lowercase();
        let marked = start.starts_with("<!doctype html") || start.starts_with("<html") || start.contains("<html");
        let fragment = start.starts_with('<')
            && ["<div", "<p>", "<p ", "<body", "<table", "<head", "<span", "<ul"].iter().any(|tag| start.contains(tag));
        match (named, marked && start.starts_with('<'), fragment) {
            (true, true, _) => Certainty::Certain,
            (true, false, _) | (false, true, _) => Certainty::Sure,
            (false, false, true) => Certainty::Likely,
            (false, false, false) => Certainty::No,
        }
    }

    fn decode(&self, input: Input<'_>, out: &mut Out) -> Result<(), ConnectError> {
        let name = input.name().to_owned();
        let mut document = DocumentWriter::begin(out, &name)?;
        let mut emit = |row: &str| document.push(row);
        let mut rows = TextRows::new(&mut emit);
        let mut page = HtmlText::new(&mut rows);
        each_piece(input, &mut |piece| page.push(piece))?;
        page.finish()?;
        rows.end_row()?;
        document.finish()
    }
}
