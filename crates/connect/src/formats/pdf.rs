//! PDF: the text of its pages, what was filled into its forms, notes, and what it says of its
//! author. Pictures of text (scans) hold nothing for us and are listed as such.

use std::collections::BTreeSet;

use lopdf::Dictionary;
use lopdf::Document;
use lopdf::LoadOptions;
use lopdf::Object;
use lopdf::decode_text_string;

use super::Certainty;
use super::DocumentWriter;
use super::Format;
use super::Head;
use super::Input;
use super::Out;
use super::text_rows::TextRows;
use crate::ConnectError;

/// A PDF document.
pub(super) struct Pdf;

impl Format for Pdf {
    fn name(&self) -> &'static str {
        "PDF"
    }

    fn matches(&self, head: &Head<'_>) -> Certainty {
        // Some programs write a few bytes before it.
        let start = &head.bytes[..head.bytes.len().min(1024)];
        match memchr::memmem::find(start, b"%PDF-") {
            Some(0) => Certainty::Certain,
            Some(_) if head.has_extension(&["pdf"]) => Certainty::Sure,
            _ => Certainty::No,
        }
    }

    fn decode(&self, input: Input<'_>, out: &mut Out) -> Result<(), ConnectError> {
        let name = input.name().to_owned();
        let inflated = usize::try_from(input.limits().document_bytes).unwrap_or(usize::MAX);
        let bytes = input.into_bytes()?;
        let document = match Opened::of(&bytes, inflated) {
            Opened::Readable(document) => document,
            Opened::Locked => return Err(encrypted(&name)),
            Opened::Damaged => {
                let reason = "the PDF is damaged or was cut off".to_owned();
                return Err(ConnectError::Malformed { target: name, reason });
            }
        };
        drop(bytes);
        write(&document, &name, inflated, out)
    }
}

/// Whether a PDF shows nothing without a password. One in which the reader of the format stumbles is not known to.
pub(crate) fn wants_password(bytes: &[u8]) -> bool {
    std::panic::catch_unwind(|| matches!(Opened::of(bytes, bytes.len().saturating_mul(8)), Opened::Locked))
        .unwrap_or(false)
}

/// What comes of opening a PDF without a password.
enum Opened {
    Damaged,
    /// It wants one.
    Locked,
    /// A document whose owner only forbids printing opens too.
    Readable(Box<Document>),
}

impl Opened {
    fn of(bytes: &[u8], inflated: usize) -> Self {
        match Document::load_mem_with_options(bytes, LoadOptions::with_max_decompressed_size(inflated)) {
            Ok(document) if document.is_encrypted() => Self::Locked,
            Ok(document) => Self::Readable(Box::new(document)),
            Err(lopdf::Error::InvalidPassword) => Self::Locked,
            Err(_) if memchr::memmem::find(bytes, b"/Encrypt").is_some() => Self::Locked,
            Err(_) => Self::Damaged,
        }
    }
}

fn write(document: &Document, name: &str, inflated: usize, out: &mut Out) -> Result<(), ConnectError> {
    let pages: Vec<u32> = document.get_pages().into_keys().collect();
    let mut writer = DocumentWriter::begin(out, name)?;
    let mut found = false;
    let mut unreadable = 0u64;
    for group in pages.chunks(PAGES_AT_ONCE) {
        writer.out().check_cancelled()?;
        let mut emit = |row: &str| writer.push(row);
        let mut rows = TextRows::new(&mut emit);
        for text in document.extract_text_chunks_with_limit(group, inflated) {
            match text {
                Ok(text) => {
                    found |= !text.trim().is_empty();
                    rows.push(&text)?;
                }
                Err(_) => unreadable += 1,
            }
        }
        rows.end_row()?;
    }
    let aside = asides(document);
    found |= !aside.is_empty();
    for line in aside {
        writer.push(&line)?;
    }
    writer.finish()?;
    match (found, unreadable) {
        (true, 0) => Ok(()),
        (false, 0) if !pages.is_empty() => Err(ConnectError::NotSupported {
            reason: "the PDF holds only images, such as scanned pages; dataward does not read text in images"
                .to_owned(),
        }),
        _ => Err(ConnectError::Malformed {
            target: name.to_owned(),
            reason: match unreadable {
                0 => "the PDF has no pages; it is damaged or was cut off".to_owned(),
                _ => "some of its pages are damaged or use fonts that do not say what their letters mean".to_owned(),
            },
        }),
    }
}

/// Forms, notes, links and the document's own data, each text once.
fn asides(document: &Document) -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    let info = document.trailer.get_deref(b"Info", document).and_then(Object::as_dict);
    if let Ok(info) = info {
        for key in [b"Author".as_slice(), b"Title", b"Subject", b"Keywords"] {
            take(document, info, key, &format!("{}: ", String::from_utf8_lossy(key)), &mut texts);
        }
    }
    for object in document.objects.values() {
        let dictionary = match object {
            Object::Dictionary(dictionary) => dictionary,
            Object::Stream(stream) => &stream.dict,
            _ => continue,
        };
        // A field of a form has a name in `T`, and what was filled in in `V`.
        if let Some(field) = dictionary.get(b"T").ok().and_then(text) {
            take(document, dictionary, b"V", &format!("{field}: "), &mut texts);
        }
        if dictionary.has(b"Subtype") {
            take(document, dictionary, b"Contents", "", &mut texts);
        }
        let link = dictionary.get(b"URI").ok().and_then(text);
        texts.extend(link.filter(|link| link.starts_with("mailto:") || link.starts_with("tel:")));
        if texts.len() > MOST_ASIDES {
            break;
        }
    }
    texts
}

fn take(document: &Document, dictionary: &Dictionary, key: &[u8], label: &str, texts: &mut BTreeSet<String>) {
    let Ok(object) = dictionary.get_deref(key, document) else { return };
    let values = match object {
        Object::Array(values) => values.iter().filter_map(text).collect(),
        value => Vec::from_iter(text(value)),
    };
    texts.extend(values.into_iter().map(|value| format!("{label}{value}")));
}

fn text(object: &Object) -> Option<String> {
    if !matches!(object, Object::String(..)) {
        return None;
    }
    decode_text_string(object).ok().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn encrypted(name: &str) -> ConnectError {
    ConnectError::Denied {
        target: name.to_owned(),
        reason: "the PDF is encrypted with a password; save it without one and scan again".to_owned(),
    }
}

/// The library goes through the tree of pages for each call.
const PAGES_AT_ONCE: usize = 32;

/// Enough for the largest form.
const MOST_ASIDES: usize = 100_000;

#[cfg(test)]
mod tests {
    use lopdf::EncryptionState;
    use lopdf::EncryptionVersion;
    use lopdf::Permissions;
    use lopdf::Stream;
    use lopdf::dictionary;
    use proptest::prelude::*;

    use super::super::testing::read;
    use super::*;

    /// A document with a page for each of `pages`; none is a page without text.
    fn document(pages: &[Option<&str>]) -> Document {
        let mut document = Document::with_version("1.5");
        let parent = document.new_object_id();
        let font = document.add_object(dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Courier" });
        let resources = document.add_object(dictionary! { "Font" => dictionary! { "F1" => font } });
        let mut kids: Vec<Object> = Vec::new();
        for text in pages {
            let content = text.map(|text| format!("BT /F1 12 Tf 50 700 Td ({text}) Tj ET")).unwrap_or_default();
            let content = document.add_object(Stream::new(dictionary! {}, content.into_bytes()));
            let page =
                dictionary! { "Type" => "Page", "Parent" => parent, "Contents" => content, "Resources" => resources };
            kids.push(document.add_object(page).into());
        }
        let count = kids.len() as i64;
        let tree = dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count, "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()] };
        document.objects.insert(parent, Object::Dictionary(tree));
        let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => parent });
        document.trailer.set("Root", catalog);
        document
    }

    fn saved(mut document: Document) -> Vec<u8> {
        let mut bytes = Vec::new();
        document.compress();
        document.save_to(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn pages_forms_notes_and_author_are_read() {
        let mut pdf = document(&[Some("Invoice for Ada Lovelace"), Some("ada@example.org")]);
        pdf.add_object(dictionary! { "FT" => "Tx", "T" => Object::string_literal("phone"), "V" => Object::string_literal("+44 20 7946 0958") });
        pdf.add_object(
            dictionary! { "Type" => "Annot", "Subtype" => "Text", "Contents" => Object::string_literal("call Bob") },
        );
        let info = pdf.add_object(dictionary! { "Author" => Object::string_literal("Grace Hopper") });
        pdf.trailer.set("Info", info);
        let found = read("a.pdf", &saved(pdf));
        assert_eq!(found.error, None);
        let text = found.tables[0].text();
        for part in [
            "Invoice for Ada Lovelace",
            "ada@example.org",
            "phone: +44 20 7946 0958",
            "call Bob",
            "Author: Grace Hopper",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let scan = read("scan.pdf", &saved(document(&[None, None])));
        assert!(scan.skipped_lines()[0].contains("does not read text in images"), "{:?}", scan.skipped);

        let error = read("locked.pdf", &locked("Ada", "user")).error.unwrap();
        assert!(error.contains("encrypted with a password"), "{error}");

        let whole = saved(document(&[Some("x")]));
        let error = read("cut.pdf", &whole[..40]).error.unwrap();
        assert!(error.contains("damaged or was cut off"), "{error}");
    }

    fn locked(text: &str, user_password: &str) -> Vec<u8> {
        let mut pdf = document(&[Some(text)]);
        let id = Object::string_literal("0123456789abcdef");
        pdf.trailer.set("ID", Object::Array(vec![id.clone(), id]));
        let version = EncryptionVersion::V2 {
            document: &pdf,
            owner_password: "owner",
            user_password,
            key_length: 128,
            permissions: Permissions::PRINTABLE,
        };
        let state = EncryptionState::try_from(version).unwrap();
        pdf.encrypt(&state).unwrap();
        let mut bytes = Vec::new();
        pdf.save_to(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn a_pdf_that_only_forbids_printing_is_read() {
        assert_eq!(read("a.pdf", &locked("Ada Lovelace", "")).tables[0].text().trim(), "Ada Lovelace");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn a_damaged_pdf_never_makes_it_fail(at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
            let mut pdf = saved(document(&[Some("Ada"), None]));
            let at = at.index(pdf.len());
            pdf[at] = byte;
            pdf.truncate(cut.index(pdf.len() + 1));
            read("a.pdf", &pdf);
        }
    }
}
