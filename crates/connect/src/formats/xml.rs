//! XML of any kind: a line for each element that holds text and each attribute, with its name
//! before it (`email: ada@example.org`), as the name often says what the value is.

use super::Certainty;
use super::DocumentWriter;
use super::Format;
use super::Head;
use super::Input;
use super::Out;
use super::text_rows::TextRows;
use super::xml_text::Piece;
use super::xml_text::walk;
use crate::ConnectError;

/// Any XML that no other format knows better.
pub(super) struct Xml;

impl Format for Xml {
    fn name(&self) -> &'static str {
        "XML"
    }

    fn matches(&self, head: &Head<'_>) -> Certainty {
        let Some(text) = head.text() else { return Certainty::No };
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let named = head
            .has_extension(&["atom", "fb2", "gpx", "kml", "plist", "rss", "svg", "tcx", "wsdl", "xml", "xsd", "xslt"]);
        match (text.starts_with("<?xml"), named && text.starts_with('<')) {
            (true, _) => Certainty::Sure,
            (false, true) => Certainty::Likely,
            _ => Certainty::No,
        }
    }

    fn decode(&self, input: Input<'_>, out: &mut Out) -> Result<(), ConnectError> {
        let name = input.name().to_owned();
        let mut document = DocumentWriter::begin(out, &name)?;
        let mut emit = |row: &str| document.push(row);
        let mut rows = TextRows::new(&mut emit);
        let mut line = String::new();
        let walked = walk(input.into_text(), &name, |piece| {
            match piece {
                Piece::Begin(_, attributes) => {
                    flush(&mut line, &mut rows)?;
                    for (attribute, value) in attributes {
                        rows.line(&format!("{attribute}: {}", value.trim()))?;
                    }
                }
                Piece::End(_) => flush(&mut line, &mut rows)?,
                Piece::Text(element, text) => {
                    if line.is_empty() && !text.trim().is_empty() && !element.is_empty() {
                        line.push_str(element);
                        line.push_str(": ");
                    }
                    if !line.is_empty() {
                        line.push_str(text);
                    }
                    if element.is_empty() {
                        rows.line(text.trim())?;
                    }
                }
            }
            Ok(())
        });
        flush(&mut line, &mut rows)?;
        rows.end_row()?;
        document.finish()?;
        walked
    }
}

fn flush(line: &mut String, rows: &mut TextRows<'_>) -> Result<(), ConnectError> {
    if !line.trim().is_empty() {
        rows.line(line.trim())?;
    }
    line.clear();
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::read;

    #[test]
    fn elements_and_attributes_become_named_lines() {
        let xml = "<?xml version='1.0'?><x:people xmlns:x='u'><person id='7' mail=\"ada@example.org\"><name>Ada &amp; <b>Bob</b></name>\
                   <!-- call Carol --><note><![CDATA[a<b]]></note></person></x:people>";
        let found = read("a.xml", xml.as_bytes());
        assert_eq!(found.tables[0].text(), "id: 7\nmail: ada@example.org\nname: Ada &\nb: Bob\ncall Carol\nnote: a<b");
        assert_eq!(found.skipped, []);
    }

    #[test]
    fn utf_16_is_read_and_broken_xml_gives_what_came_before() {
        let mut bytes = vec![0xff, 0xfe];
        bytes.extend("<?xml version='1.0' encoding='utf-16'?><a>Zoë</a>".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(read("a.xml", &bytes).tables[0].text(), "a: Zoë");
        let found = read("b.xml", b"<?xml version='1.0'?><a>Ada</a><b attr='");
        assert_eq!(found.tables[0].text(), "a: Ada");
        assert_eq!(found.skipped_lines(), ["b.xml: cannot read b.xml: its XML is damaged or was cut off"]);
    }

    #[test]
    fn depth_has_an_end() {
        let found = read("deep.xml", format!("<?xml version='1.0'?>{}", "<a>".repeat(100_000)).as_bytes());
        assert!(found.skipped_lines()[0].contains("more than 1000 deep"), "{:?}", found.skipped);
    }

    proptest! {
        #[test]
        fn nothing_makes_it_fail(tail in "[<>a/!\\-\\[\\]&;#'\"=? é]{0,80}") {
            read("a.xml", format!("<?xml version='1.0'?><a>{tail}").as_bytes());
        }
    }
}
