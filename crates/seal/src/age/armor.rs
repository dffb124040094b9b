//! Age's armor: strict PEM around the binary file.

use std::io;
use std::io::BufRead;
use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::SealError;

const BEGIN: &str = "-----BEGIN AGE ENCRYPTED FILE-----";
const END: &str = "-----END AGE ENCRYPTED FILE-----";
const COLUMNS: usize = 64;
/// White space before the first and after the last line, at most.
const MOST_SPACE: usize = 1024;

/// Whether the input is armored; white space before the first line is taken away.
///
/// # Errors
/// When it cannot be read, or begins with too much white space.
pub fn is_armored(input: &mut impl BufRead) -> Result<bool, SealError> {
    let mut taken = 0;
    loop {
        let buffer = input.fill_buf()?;
        let Some(first) = buffer.first() else { return Ok(false) };
        match first {
            b' ' | b'\t' | b'\r' | b'\n' if taken < MOST_SPACE => {
                input.consume(1);
                taken += 1;
            }
            b'-' => return Ok(true),
            _ if taken > 0 => return Err(wrong("begins with something else")),
            _ => return Ok(false),
        }
    }
}

fn wrong(what: &str) -> SealError {
    SealError::malformed(format!("its armor {what}"))
}

/// Reads the bytes within an armor.
pub struct Dearmor<R> {
    input: R,
    decoded: Vec<u8>,
    position: usize,
    state: State,
}

#[derive(PartialEq, Eq)]
enum State {
    Begin,
    Inside,
    /// A short line came: only the end may follow.
    Short,
    Ended,
}

impl<R: BufRead> Dearmor<R> {
    /// The bytes within the armor that `input` begins with.
    pub fn new(input: R) -> Self {
        Self { input, decoded: Vec::new(), position: 0, state: State::Begin }
    }

    /// One line without its end, LF or CRLF.
    fn line(&mut self) -> Result<String, SealError> {
        let mut line = Vec::new();
        (&mut self.input).take(COLUMNS as u64 + 32).read_until(b'\n', &mut line)?;
        let ended = line.pop_if(|last| *last == b'\n').is_some();
        if ended {
            line.pop_if(|last| *last == b'\r');
        }
        if !ended && line != END.as_bytes() {
            return Err(wrong("is cut off or has a line that is too long"));
        }
        String::from_utf8(line).map_err(|_| wrong("is not text"))
    }

    fn more(&mut self) -> Result<(), SealError> {
        if self.state == State::Begin {
            if self.line()? != BEGIN {
                return Err(wrong("is not that of an age file"));
            }
            self.state = State::Inside;
        }
        let line = self.line()?;
        if line == END {
            self.state = State::Ended;
            return self.only_space_follows();
        }
        if self.state == State::Short || line.is_empty() || line.len() > COLUMNS {
            return Err(wrong("has a line that is too short, too long or empty"));
        }
        if line.len() < COLUMNS || line.ends_with('=') {
            self.state = State::Short;
        }
        self.decoded = STANDARD.decode(&line).map_err(|_| wrong("has a line that is not canonical base64"))?;
        self.position = 0;
        Ok(())
    }

    fn only_space_follows(&mut self) -> Result<(), SealError> {
        let mut rest = Vec::new();
        (&mut self.input).take(MOST_SPACE as u64 + 1).read_to_end(&mut rest)?;
        let space = rest.iter().all(|c| matches!(c, b' ' | b'\t' | b'\r' | b'\n'));
        if rest.len() > MOST_SPACE || !space { Err(wrong("is followed by something")) } else { Ok(()) }
    }
}

impl<R: BufRead> Read for Dearmor<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.position == self.decoded.len() && self.state != State::Ended {
            self.decoded.clear();
            self.position = 0;
            self.more().map_err(io::Error::other)?;
        }
        let rest = &self.decoded[self.position..];
        let count = rest.len().min(out.len());
        out[..count].copy_from_slice(&rest[..count]);
        self.position += count;
        Ok(count)
    }
}
