//! The header of an age file: stanzas, and their HMAC.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::SealError;
use crate::age::MAGIC;
use crate::age::from_reader;
use crate::esdk::header::LONGEST_HEADER;
use crate::esdk::header::MOST_DATA_KEYS;

/// Columns of a line of base64.
const COLUMNS: usize = 64;

/// The file key for one recipient: arguments (the first is the kind) and a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stanza {
    pub(crate) arguments: Vec<String>,
    pub(crate) body: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) stanzas: Vec<Stanza>,
    pub(crate) mac: [u8; 32],
    /// What the HMAC is over: all up to the three dashes.
    pub(crate) authenticated: Vec<u8>,
}

pub(crate) fn wrong(what: &str) -> SealError {
    SealError::malformed(format!("its age header {what}"))
}

impl Header {
    /// The text up to the three dashes.
    pub(crate) fn unsigned(&self) -> Vec<u8> {
        let mut out = format!("{MAGIC}\n");
        for stanza in &self.stanzas {
            out.push_str("-> ");
            out.push_str(&stanza.arguments.join(" "));
            out.push('\n');
            let text = STANDARD_NO_PAD.encode(&stanza.body);
            let mut rest = text.as_str();
            // A full last line is followed by an empty one, so that the end shows.
            loop {
                let (line, later) = rest.split_at(rest.len().min(COLUMNS));
                out.push_str(line);
                out.push('\n');
                rest = later;
                if line.len() < COLUMNS {
                    break;
                }
            }
        }
        out.push_str("---");
        out.into_bytes()
    }

    pub(crate) fn read(input: &mut impl Read) -> Result<Self, SealError> {
        let mut lines = Lines { input, taken: Vec::new() };
        if lines.next()? != MAGIC {
            return Err(SealError::malformed("its first line is not that of an age file of version 1"));
        }
        let mut stanzas = Vec::new();
        loop {
            let start = lines.taken.len();
            let line = lines.next()?;
            if let Some(mac) = line.strip_prefix("---") {
                let mac = mac.strip_prefix(' ').and_then(decode).ok_or_else(|| wrong("has a malformed HMAC"))?;
                let mac = mac.try_into().map_err(|_| wrong("has an HMAC of another length"))?;
                lines.taken.truncate(start + 3);
                let alone = stanzas.len() == 1;
                if !alone && stanzas.iter().any(|stanza: &Stanza| stanza.arguments[0] == "scrypt") {
                    return Err(wrong("names a passphrase beside other recipients"));
                }
                return Ok(Self { stanzas, mac, authenticated: lines.taken });
            }
            let line = line.strip_prefix("-> ").ok_or_else(|| wrong("has a line that is none of its own"))?;
            let arguments: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let printable = |argument: &String| !argument.is_empty() && argument.bytes().all(|c| c.is_ascii_graphic());
            if !arguments.iter().all(printable) {
                return Err(wrong("has an empty or unprintable argument"));
            }
            if stanzas.len() == MOST_DATA_KEYS {
                return Err(SealError::TooLarge(format!("it names more than {MOST_DATA_KEYS} recipients")));
            }
            stanzas.push(Stanza { arguments, body: lines.body()? });
        }
    }
}

/// Base64 without padding, in its one canonical form.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(text).ok()
}

struct Lines<'a, R> {
    input: &'a mut R,
    taken: Vec<u8>,
}

impl<R: Read> Lines<'_, R> {
    /// The next line, without its end. Byte by byte: the payload that follows is not ours to take.
    fn next(&mut self) -> Result<String, SealError> {
        let start = self.taken.len();
        loop {
            let mut byte = [0];
            self.input.read_exact(&mut byte).map_err(|error| match error.kind() {
                std::io::ErrorKind::UnexpectedEof => wrong("is cut off"),
                _ => from_reader(error),
            })?;
            if self.taken.len() == LONGEST_HEADER {
                return Err(SealError::TooLarge("a header longer than 1 MiB".to_owned()));
            }
            self.taken.push(byte[0]);
            if byte[0] == b'\n' {
                let line = &self.taken[start..self.taken.len() - 1];
                return String::from_utf8(line.to_vec()).map_err(|_| wrong("is not text"));
            }
        }
    }

    fn body(&mut self) -> Result<Vec<u8>, SealError> {
        let mut body = Vec::new();
        loop {
            let line = self.next()?;
            if line.len() > COLUMNS {
                return Err(wrong("has a line that is too long"));
            }
            body.extend(decode(&line).ok_or_else(|| wrong("has a line that is not canonical base64"))?);
            if line.len() < COLUMNS {
                return Ok(body);
            }
        }
    }
}
