//! The text of XML, streamed: what an element means for the lines is up to the caller.

use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::BytesStart;
use quick_xml::events::Event;

use super::limits::from_io;
use crate::ConnectError;

/// What stands next in a document.
pub(super) enum Piece<'p> {
    /// An element begins; with its local name and its attributes as `(local name, value)`.
    Begin(&'p str, &'p [(String, String)]),
    /// The innermost element of this local name ends.
    End(&'p str),
    /// Characters between tags, with the local name of the element they stand in.
    Text(&'p str, &'p str),
}

/// Calls `visit` for each piece of the document called `name`. Fails at the first fault of its
/// syntax; what came before was visited.
pub(super) fn walk(
    reader: impl BufRead,
    name: &str,
    mut visit: impl FnMut(Piece<'_>) -> Result<(), ConnectError>,
) -> Result<(), ConnectError> {
    let mut reader = Reader::from_reader(reader);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    let mut buffer = Vec::new();
    let mut path: Vec<String> = Vec::new();
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer).map_err(|error| fault(name, error))?;
        let inner = path.last().map(String::as_str).unwrap_or_default();
        match event {
            Event::Start(start) => {
                let element = local_name(&start);
                visit(Piece::Begin(&element, &attributes(&start)))?;
                if path.len() >= MOST_DEPTH {
                    return Err(ConnectError::Limit {
                        target: name.to_owned(),
                        reason: format!("its elements lie more than {MOST_DEPTH} deep in each other"),
                    });
                }
                path.push(element);
            }
            Event::Empty(start) => {
                let element = local_name(&start);
                visit(Piece::Begin(&element, &attributes(&start)))?;
                visit(Piece::End(&element))?;
            }
            Event::End(_) => {
                if let Some(element) = path.pop() {
                    visit(Piece::End(&element))?;
                }
            }
            Event::Text(text) => visit(Piece::Text(inner, &text))?,
            Event::CData(text) => visit(Piece::Text(inner, &text))?,
            Event::Comment(text) => visit(Piece::Text("", &text))?,
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().ok().flatten();
                match (character, resolve_predefined_entity(&reference)) {
                    (Some(character), _) => visit(Piece::Text(inner, character.encode_utf8(&mut [0; 4])))?,
                    (None, Some(text)) => visit(Piece::Text(inner, text))?,
                    (None, None) => {}
                }
            }
            Event::Eof => return Ok(()),
            Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

fn local_name(start: &BytesStart<'_>) -> String {
    start.local_name().as_ref().to_owned()
}

fn attributes(start: &BytesStart<'_>) -> Vec<(String, String)> {
    let mut all = start.attributes();
    let all = all.with_checks(false).flatten();
    // Names of vocabularies are not data.
    let all = all.filter(|attribute| !attribute.key.as_ref().starts_with("xmlns"));
    all.map(|attribute| {
        let value = super::html_values::decode_entities(&attribute.value);
        (attribute.key.local_name().as_ref().to_owned(), value)
    })
    .collect()
}

fn fault(name: &str, error: quick_xml::Error) -> ConnectError {
    match error {
        quick_xml::Error::Io(error) => from_io(name, &error),
        _ => {
            ConnectError::Malformed { target: name.to_owned(), reason: "its XML is damaged or was cut off".to_owned() }
        }
    }
}

/// No honest document is nested deeper.
const MOST_DEPTH: usize = 1000;
