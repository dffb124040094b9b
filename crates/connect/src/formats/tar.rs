//! tar archives, read from start to end.

use std::io;
use std::io::Read;

use dataward_model::Skipped;
use tar::EntryType;

use super::Certainty;
use super::Format;
use super::Head;
use super::Input;
use super::Out;
use super::limits::from_io;
use super::run::decode_member;
use crate::ConnectError;

/// tar in all its dialects.
pub(super) struct Tar;

impl Format for Tar {
    fn name(&self) -> &'static str {
        "tar"
    }

    fn matches(&self, head: &Head<'_>) -> Certainty {
        let magic = head.bytes.get(257..262) == Some(b"ustar");
        match (magic, head.has_extension(&["tar"]) && checksum_is_right(head.bytes)) {
            (true, _) => Certainty::Certain,
            (false, true) => Certainty::Sure,
            (false, false) => Certainty::No,
        }
    }

    fn decode(&self, input: Input<'_>, out: &mut Out) -> Result<(), ConnectError> {
        let inside = input.inside()?;
        let mut archive = tar::Archive::new(input.into_read());
        let failed = |error: io::Error| from_io(inside.name(), &error);
        for entry in archive.entries().map_err(failed)? {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => return Err(failed(error)),
            };
            out.check_cancelled()?;
            inside.budget().check(inside.name())?;
            if !matches!(entry.header().entry_type(), EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse)
            {
                // Folders, links and devices hold nothing.
                continue;
            }
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let left = entry.size();
            match inside.plain_member(&path, Exactly { entry, left }) {
                Ok(member) => decode_member(member, out)?,
                Err(error) => {
                    let name = inside.member_name(&path);
                    let skipped: Skipped = error.skip(name);
                    out.skip(skipped)?;
                }
            }
        }
        Ok(())
    }
}

/// A member that must not end before its size says so; the library takes the end of the archive for
/// the end of the member.
struct Exactly<R> {
    entry: R,
    left: u64,
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.entry.read(buffer)?;
        if read == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left = self.left.saturating_sub(read as u64);
        Ok(read)
    }
}

/// Archives from before POSIX have no magic number, only the sum of their header.
fn checksum_is_right(head: &[u8]) -> bool {
    let Some(header) = head.get(..512) else { return false };
    let digits: String = header[148..156].iter().map(|byte| char::from(*byte)).collect();
    let stated = u32::from_str_radix(digits.trim_matches(['\0', ' ']), 8);
    let sum: u32 = (0..512).map(|at| if (148..156).contains(&at) { 32 } else { u32::from(header[at]) }).sum();
    stated == Ok(sum)
}
