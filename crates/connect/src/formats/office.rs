//! Word processor and presentation files: DOCX, PPTX, ODT, ODP and friends, which are zip archives
//! of XML. Bodies, headers and footers, notes, comments, deleted text that is still there, who
//! wrote and changed it; and what is embedded (workbooks), which goes back into the formats.

use std::io::BufReader;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::Certainty;
use super::DocumentWriter;
use super::Format;
use super::Head;
use super::Input;
use super::Inside;
use super::Out;
use super::decode_member;
use super::text_rows::TextRows;
use super::xml_text::Piece;
use super::xml_text::walk;
use super::zip::open_zip;
use crate::ConnectError;

/// A document of an office suite.
pub(super) struct Office;

impl Format for Office {
    fn name(&self) -> &'static str {
        "office document"
    }

    fn matches(&self, head: &Head<'_>) -> Certainty {
        if !head.starts_with(b"PK\x03\x04") {
            return Certainty::No;
        }
        let has = |bytes: &[u8]| memchr::memmem::find(head.bytes, bytes).is_some();
        let open_document = [b"mimetypeapplication/vnd.oasis.opendocument.text".as_slice()]
            .into_iter()
            .chain([b"mimetypeapplication/vnd.oasis.opendocument.presentation".as_slice()])
            .chain([b"mimetypeapplication/vnd.oasis.opendocument.graphics".as_slice()])
            .any(has);
        let named = head.has_extension(&["docx", "docm", "dotx", "pptx", "pptm", "ppsx", "odt", "ott", "odp", "odg"]);
        match open_document || named || has(b"word/document.xml") || has(b"ppt/presentation.xml") {
            true => Certainty::Certain,
            false => Certainty::No,
        }
    }

    fn decode(&self, input: Input<'_>, out: &mut Out) -> Result<(), ConnectError> {
        let name = input.name().to_owned();
        let inside = input.inside()?;
        let damaged =
            || ConnectError::Malformed { target: name.clone(), reason: "it is damaged or was cut off".to_owned() };
        let mut archive = open_zip(input.into_random_access()?, &name)?;
        let mut texts: Vec<(u8, String, usize)> = Vec::new();
        let mut embedded = Vec::new();
        for index in 0..archive.len().min(MOST_PARTS) {
            let part = match archive.by_index_raw(index) {
                Ok(part) if part.encrypted() => {
                    let reason = "it is protected with a password; save it without one and scan again".to_owned();
                    return Err(ConnectError::Denied { target: name, reason });
                }
                Ok(part) => part,
                Err(_) => continue,
            };
            let Ok(path) = part.name().map(|path| path.into_owned()) else { continue };
            match rank(&path) {
                Some(rank) => texts.push((rank, path, index)),
                None if path.contains("/embeddings/") || path.starts_with("Object ") => embedded.push(index),
                None => {}
            }
        }
        if texts.is_empty() {
            return Err(damaged());
        }
        // `slide10` after `slide9`.
        texts.sort_by_key(|(rank, path, _)| (*rank, path.len(), path.clone()));
        let mut broken = None;
        let mut document = DocumentWriter::begin(out, &name)?;
        for (_, path, index) in &texts {
            let Ok(part) = archive.by_index(*index) else {
                broken = Some(damaged());
                continue;
            };
            let stored = Arc::new(AtomicU64::new(part.compressed_size()));
            match write_part(part, path, stored, &inside, &mut document) {
                Ok(()) => {}
                Err(ConnectError::Cancelled) => return Err(ConnectError::Cancelled),
                Err(error) => broken = Some(error),
            }
        }
        document.finish()?;
        for index in embedded {
            let Ok(part) = archive.by_index(index) else { continue };
            let Ok(path) = part.name().map(|path| path.into_owned()) else { continue };
            let stored = Arc::new(AtomicU64::new(part.compressed_size()));
            decode_member(inside.member(&path, part, stored)?, out)?;
        }
        broken.map_or(Ok(()), Err)
    }
}

/// Whether a part holds text, and where it comes in the document.
fn rank(path: &str) -> Option<u8> {
    let lower = path.to_ascii_lowercase();
    let (folder, file) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let relations = file.ends_with(".rels") && (folder.starts_with("word") || folder.starts_with("ppt"));
    match (folder, file) {
        ("", "content.xml") | ("word", "document.xml") | ("ppt/slides", _) if !relations && file.ends_with(".xml") => {
            Some(0)
        }
        ("", "styles.xml") => Some(1),
        ("ppt/notesslides" | "ppt/comments", _) if file.ends_with(".xml") => Some(1),
        ("word", _)
            if ["header", "footer", "footnotes", "endnotes", "comments", "people"]
                .iter()
                .any(|start| file.starts_with(start)) =>
        {
            Some(1)
        }
        ("word/glossary", "document.xml") => Some(1),
        ("ppt", "commentauthors.xml" | "authors.xml") => Some(2),
        ("", "meta.xml") | ("docprops", "core.xml" | "app.xml" | "custom.xml") => Some(2),
        _ if relations => Some(3),
        _ => None,
    }
}

fn write_part(
    part: impl Read,
    path: &str,
    stored: Arc<AtomicU64>,
    inside: &Inside,
    document: &mut DocumentWriter<'_>,
) -> Result<(), ConnectError> {
    let member = inside.member(path, part, stored)?;
    // A part is one text for the XML reader; what is larger than a document may be is cut off.
    let most = member.limits().document_bytes;
    let name = member.name().to_owned();
    let text = BufReader::new(member.into_text().take(most));
    let mut emit = |row: &str| document.push(row);
    let mut rows = TextRows::new(&mut emit);
    let mut lines = Lines { rules: Rules::of(path), line: String::new(), row_depth: 0, rows: &mut rows };
    let walked = walk(text, &name, |piece| lines.take(piece));
    lines.end_line()?;
    rows.end_row()?;
    walked
}

/// Which texts of a part count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rules {
    /// Each element is a fact about the document.
    Facts,
    /// Texts stand only in certain elements (Office Open XML).
    Marked,
    /// Every text counts (OpenDocument).
    Plain,
    /// Only links to people.
    Relations,
}

impl Rules {
    fn of(path: &str) -> Self {
        let lower = path.to_ascii_lowercase();
        match lower.rsplit_once('/').map_or("", |(folder, _)| folder) {
            _ if lower.ends_with(".rels") => Self::Relations,
            "docprops" => Self::Facts,
            "" if lower == "meta.xml" => Self::Facts,
            "" => Self::Plain,
            _ => Self::Marked,
        }
    }
}

/// Makes lines of the pieces of a part.
struct Lines<'l, 'r> {
    rules: Rules,
    line: String,
    /// How many rows of tables we are in.
    row_depth: u32,
    rows: &'l mut TextRows<'r>,
}

impl Lines<'_, '_> {
    fn take(&mut self, piece: Piece<'_>) -> Result<(), ConnectError> {
        match piece {
            Piece::Begin(_, attributes) if self.rules == Rules::Relations => {
                for (_, target) in attributes.iter().filter(|(name, value)| name == "Target" && value.contains('@')) {
                    self.rows.line(target.strip_prefix("mailto:").unwrap_or(target))?;
                }
                Ok(())
            }
            Piece::Begin(element, attributes) => self.begin(element, attributes),
            Piece::End(element) => self.end(element),
            Piece::Text(element, text) => {
                let counts = match self.rules {
                    Rules::Facts => !text.trim().is_empty() && !NO_FACTS.contains(&element),
                    Rules::Marked => matches!(element, "t" | "delText" | "instrText" | "text"),
                    Rules::Plain => !element.is_empty(),
                    Rules::Relations => false,
                };
                if counts && self.rules == Rules::Facts && self.line.is_empty() {
                    self.line.push_str(&format!("{element}: "));
                }
                if counts {
                    self.line.push_str(text);
                }
                Ok(())
            }
        }
    }

    fn begin(&mut self, element: &str, attributes: &[(String, String)]) -> Result<(), ConnectError> {
        let names_author = element.to_ascii_lowercase().ends_with("author");
        for (name, value) in attributes.iter().filter(|(_, value)| !value.is_empty()) {
            if name == "author" || (name == "name" && names_author) {
                self.rows.line(&format!("author: {value}"))?;
            } else if name == "href" && value.contains('@') {
                self.line.push_str(value.strip_prefix("mailto:").unwrap_or(value));
                self.line.push(' ');
            }
        }
        match element {
            "tab" => self.line.push('\t'),
            "s" => self.line.push(' '),
            "tr" | "table-row" => {
                self.end_line()?;
                self.row_depth += 1;
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, element: &str) -> Result<(), ConnectError> {
        match element {
            _ if self.rules == Rules::Facts => self.end_line(),
            "tc" | "table-cell" => {
                let end = self.line.trim_end_matches(' ').len();
                self.line.truncate(end);
                self.line.push('\t');
                Ok(())
            }
            "tr" | "table-row" => {
                self.row_depth = self.row_depth.saturating_sub(1);
                self.end_line()
            }
            // Within a row the paragraphs of a cell stay on its line.
            "p" | "h" | "br" | "cr" | "line-break" | "creator" if self.row_depth > 0 => {
                self.line.push(' ');
                Ok(())
            }
            "p" | "h" | "br" | "cr" | "line-break" | "creator" => self.end_line(),
            _ => Ok(()),
        }
    }

    fn end_line(&mut self) -> Result<(), ConnectError> {
        let line = self.line.trim();
        if !line.is_empty() {
            self.rows.line(line)?;
        }
        self.line.clear();
        Ok(())
    }
}

/// Facts about programs and statistics.
const NO_FACTS: &[&str] = &[
    "AppVersion",
    "Application",
    "Characters",
    "CharactersWithSpaces",
    "DocSecurity",
    "HyperlinksChanged",
    "Lines",
    "LinksUpToDate",
    "Notes",
    "Pages",
    "Paragraphs",
    "ScaleCrop",
    "SharedDoc",
    "Slides",
    "Template",
    "TotalTime",
    "Words",
    "creation-date",
    "created",
    "date",
    "editing-cycles",
    "editing-duration",
    "generator",
    "i4",
    "lastPrinted",
    "modified",
    "print-date",
    "revision",
];

/// No honest document has more parts.
const MOST_PARTS: usize = 100_000;

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::super::Limits;
    use super::super::testing::read;
    use super::super::testing::read_within;

    fn zipped(parts: &[(&str, &str)]) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (path, content) in parts {
            archive.start_file(*path, SimpleFileOptions::default()).unwrap();
            archive.write_all(content.as_bytes()).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    #[test]
    fn a_docx_gives_body_tables_notes_deleted_text_links_and_authors() {
        let body = "<w:document xmlns:w='w'><w:body><w:p><w:r><w:t>Dear </w:t></w:r><w:r><w:t>Ada &amp; Bob</w:t></w:r></w:p>\
            <w:tbl><w:tr><w:tc><w:p><w:r><w:t>Name</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>Carol</w:t></w:r></w:p></w:tc></w:tr></w:tbl>\
            <w:del w:author='Dave'><w:r><w:delText>old phone</w:delText></w:r></w:del><wp:posOffset>123456</wp:posOffset></w:body></w:document>";
        let file = zipped(&[
            ("[Content_Types].xml", "<Types/>"),
            ("word/_rels/document.xml.rels", "<R><R Target='mailto:ada@example.org'/><R Target='styles.xml'/></R>"),
            ("docProps/core.xml", "<c xmlns:dc='d'><dc:creator>Grace Hopper</dc:creator><revision>7</revision></c>"),
            ("word/footer1.xml", "<w:ftr><w:p><w:r><w:t>Blue Lantern</w:t></w:r></w:p></w:ftr>"),
            (
                "word/comments.xml",
                "<w:c><w:comment w:author='Eve'><w:p><w:r><w:t>call her</w:t></w:r></w:p></w:comment></w:c>",
            ),
            ("word/document.xml", body),
            ("word/media/image1.png", "not read"),
            ("word/embeddings/note.txt", "embedded text"),
        ]);
        for name in ["a.docx", "renamed.bin"] {
            let found = read(name, &file);
            assert_eq!(
                found.tables[0].text(),
                "Dear Ada & Bob\nName\tCarol\nauthor: Dave\nold phone\nBlue Lantern\nauthor: Eve\ncall her\n\
                 creator: Grace Hopper\nada@example.org"
            );
            assert_eq!(found.names(), [name.to_owned(), format!("{name}!/word/embeddings/note.txt")]);
            assert_eq!(found.skipped, []);
        }
    }

    #[test]
    fn a_pptx_gives_its_slides_in_order_and_their_notes() {
        let slide = |text: &str| format!("<p:sld><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:sld>");
        let file = zipped(&[
            ("ppt/presentation.xml", "<p/>"),
            ("ppt/slides/slide10.xml", &slide("ten")),
            ("ppt/slides/slide2.xml", &slide("two")),
            ("ppt/notesSlides/notesSlide1.xml", &slide("tell Ada")),
            ("ppt/commentAuthors.xml", "<l><p:cmAuthor name='Bob Stone' id='1'/></l>"),
        ]);
        assert_eq!(read("a.pptx", &file).tables[0].text(), "two\nten\ntell Ada\nauthor: Bob Stone");
    }

    #[test]
    fn an_odt_gives_its_body_tables_links_footers_and_author() {
        let body = "<office:document-content><text:h>Guests</text:h><text:p>Ada<text:s/>L<text:tab/><text:a xlink:href='mailto:ada@example.org'>mail</text:a></text:p>\
            <table:table-row><table:table-cell><text:p>Bob</text:p></table:table-cell><table:table-cell><text:p>+44 20</text:p></table:table-cell></table:table-row></office:document-content>";
        let file = zipped(&[
            ("mimetype", "application/vnd.oasis.opendocument.text"),
            ("content.xml", body),
            ("styles.xml", "<s><style:footer><text:p>Blue Lantern</text:p></style:footer></s>"),
            ("meta.xml", "<m><dc:creator>Grace Hopper</dc:creator><meta:generator>LibreOffice</meta:generator></m>"),
        ]);
        assert_eq!(
            read("a.odt", &file).tables[0].text(),
            "Guests\nAda L\tada@example.org mail\nBob\t+44 20\nBlue Lantern\ncreator: Grace Hopper"
        );
    }

    #[test]
    fn bombs_and_damaged_files_are_refused_and_listed() {
        let file = zipped(&[("word/document.xml", &format!("<w:t>{}</w:t>", "x".repeat(64 << 20)))]);
        let limits = Limits { ratio_floor_bytes: 1 << 20, ..Limits::default() };
        let found = read_within("bomb.docx", &file, limits);
        assert!(found.skipped_lines()[0].contains("decompression bomb"), "{:?}", found.skipped);

        let file = zipped(&[("word/document.xml", "<w:p><w:t>x</w:t></w:p>")]);
        let error = read("cut.docx", &file[..file.len() / 2]).error.unwrap();
        assert!(error.starts_with("cannot read cut.docx: "), "{error}");
        let found = read("half.docx", &zipped(&[("word/document.xml", "<w:p><w:t>Ada</w:t></w:p><w:p")]));
        assert_eq!(found.tables[0].text(), "Ada");
        assert!(found.skipped_lines()[0].contains("its XML is damaged"), "{:?}", found.skipped);
    }
}
