//! The XML of S3's two listings, `ListObjectsV2` and `ListObjectVersions`.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

use super::bucket::Entry;

/// Where the next page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cursor {
    /// After this version of this key.
    Marker {
        /// The last key listed.
        key: String,
        /// Its last version listed.
        version: Option<String>,
    },
    /// Whatever the store means by it.
    Token(String),
}

/// A piece of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) entries: Vec<Entry>,
    /// None on the last page.
    pub(super) next: Option<Cursor>,
}

/// Parses either listing; none when it is something else.
pub(super) fn parse(body: &[u8]) -> Option<Page> {
    let mut listing = Listing::default();
    walk(body, |path, text| listing.take(path, text))?;
    listing.into_page()
}

/// The `<Code>` of an error answer: a word of the protocol such as `NoSuchBucket`.
pub(super) fn error_code(body: &[u8]) -> Option<String> {
    let mut code = None;
    walk(body, |path, text| {
        if path == ["Error", "Code"] {
            code = Some(text.to_owned());
        }
    });
    code.filter(|code| code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Calls `visit` at the end of each element with the path of names and its text. None when the
/// XML is broken.
fn walk(body: &[u8], mut visit: impl FnMut(&[String], &str)) -> Option<()> {
    let mut reader = Reader::from_str(std::str::from_utf8(body).ok()?);
    let mut path: Vec<String> = Vec::new();
    let mut text = String::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                if path.len() > 16 {
                    return None;
                }
                path.push(start.local_name().as_ref().to_owned());
                text.clear();
            }
            Event::Empty(_) => {}
            Event::Text(piece) => text.push_str(&piece),
            Event::CData(piece) => text.push_str(&piece),
            Event::GeneralRef(name) => match name.resolve_char_ref().ok()? {
                Some(character) => text.push(character),
                None => text.push_str(resolve_predefined_entity(&name)?),
            },
            Event::End(_) => {
                visit(&path, &text);
                path.pop();
                text.clear();
            }
            Event::Eof => return path.is_empty().then_some(()),
            _ => {}
        }
    }
}

#[derive(Default)]
struct Listing {
    known: bool,
    encoded: bool,
    truncated: bool,
    token: Option<String>,
    next_key: Option<String>,
    next_version: Option<String>,
    entry: Entry,
    entries: Vec<Entry>,
}

impl Listing {
    fn take(&mut self, path: &[String], text: &str) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["ListBucketResult" | "ListVersionsResult"] => self.known = true,
            [_, "EncodingType"] => self.encoded = text == "url",
            [_, "IsTruncated"] => self.truncated = text == "true",
            [_, "NextContinuationToken"] => self.token = Some(text.to_owned()),
            [_, "NextKeyMarker"] => self.next_key = Some(text.to_owned()),
            [_, "NextVersionIdMarker"] => self.next_version = Some(text.to_owned()),
            [_, "Contents"] => {
                self.entry.latest = true;
                self.entries.push(std::mem::take(&mut self.entry));
            }
            [_, "Version"] => self.entries.push(std::mem::take(&mut self.entry)),
            [_, "DeleteMarker"] => {
                self.entry.delete_marker = true;
                self.entries.push(std::mem::take(&mut self.entry));
            }
            [_, "Contents" | "Version" | "DeleteMarker", field] => {
                let text = text.to_owned();
                match *field {
                    "Key" => self.entry.key = text,
                    "VersionId" => self.entry.version = Some(text),
                    "IsLatest" => self.entry.latest = text == "true",
                    "ETag" => self.entry.tag = Some(text),
                    "Size" => self.entry.bytes = text.trim().parse().unwrap_or(0),
                    "LastModified" => self.entry.modified = text,
                    "StorageClass" => self.entry.storage_class = text,
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn into_page(mut self) -> Option<Page> {
        if !self.known {
            return None;
        }
        if self.encoded {
            for entry in &mut self.entries {
                entry.key = decode(&entry.key);
            }
            self.next_key = self.next_key.map(|key| decode(&key));
        }
        let next = match (self.truncated, self.token, self.next_key) {
            (false, _, _) => None,
            (true, Some(token), _) => Some(Cursor::Token(token)),
            (true, None, Some(key)) => Some(Cursor::Marker { key, version: self.next_version }),
            // Some stores leave the marker out: the last key is it.
            (true, None, None) => self
                .entries
                .last()
                .map(|entry| Cursor::Marker { key: entry.key.clone(), version: entry.version.clone() }),
        };
        Some(Page { entries: self.entries, next })
    }
}

/// S3 encodes keys in listings as forms do: a space is `+`.
fn decode(key: &str) -> String {
    percent_encoding::percent_decode_str(&key.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_markers_and_the_next_page_are_read() {
        let body = br#"<?xml version="1.0"?><ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
            <Name>b</Name><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
            <NextKeyMarker>a+%2B.csv</NextKeyMarker><NextVersionIdMarker>v1</NextVersionIdMarker>
            <DeleteMarker><Key>a+%2B.csv</Key><VersionId>v2</VersionId><IsLatest>true</IsLatest></DeleteMarker>
            <Version><Key>a+%2B.csv</Key><VersionId>v1</VersionId><IsLatest>false</IsLatest><ETag>&quot;e&quot;</ETag>
            <Size>12</Size><StorageClass>STANDARD</StorageClass><Owner><ID>x</ID></Owner></Version></ListVersionsResult>"#;
        let page = parse(body).unwrap();
        assert_eq!(page.next, Some(Cursor::Marker { key: "a +.csv".into(), version: Some("v1".into()) }));
        assert!(page.entries[0].delete_marker && page.entries[0].latest);
        assert_eq!((page.entries[1].key.as_str(), page.entries[1].bytes), ("a +.csv", 12));
        assert_eq!(page.entries[1].tag.as_deref(), Some("\"e\""));
    }

    #[test]
    fn what_is_no_listing_is_refused() {
        for body in ["", "<html>", "<html></html>", "<ListBucketResult><Contents>", "{}"] {
            assert_eq!(parse(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn an_error_code_is_a_word_of_the_protocol_or_nothing() {
        assert_eq!(error_code(b"<Error><Code>NoSuchKey</Code><Key>ada</Key></Error>").as_deref(), Some("NoSuchKey"));
        assert_eq!(error_code(b"<Error><Code>ada@example.org</Code></Error>"), None);
        assert_eq!(error_code(b"gateway"), None);
    }
}
