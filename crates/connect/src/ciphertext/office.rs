//! Documents of Word, Excel and PowerPoint with a password: the document as a stream of ciphertext in a container
//! (MS-OFFCRYPTO 2.3.2), whose directory names it (MS-CFB 2.2 and 2.6).

use std::ops::Range;

use super::Seen;

/// What every such container begins with, those of old documents too.
pub(super) const CONTAINER: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// The stream that holds the document.
const STREAM: &str = "EncryptedPackage";
/// Bytes of an entry of the directory, and entries that are looked at: a container of this kind has about ten.
const ENTRY: usize = 128;
const ENTRIES: u64 = 32;

pub(super) fn encrypted(seen: &Seen, head: &[u8]) -> Result<Option<&'static str>, Range<u64>> {
    let number = |at: usize| head.get(at..at + 2).map(|two| u16::from_le_bytes([two[0], two[1]]));
    let (Some(shift @ (9 | 12)), Some(low), Some(high)) = (number(30), number(48), number(50)) else { return Ok(None) };
    // The header has the place of a sector of its own.
    let directory = (u64::from(high) << 16 | u64::from(low)).saturating_add(1) << shift;
    let entries = seen.at(directory..directory.saturating_add(ENTRIES * ENTRY as u64))?;
    let name: Vec<u8> = STREAM.encode_utf16().flat_map(u16::to_le_bytes).collect();
    Ok(entries.chunks(ENTRY).any(|entry| entry.starts_with(&name)).then_some("Office with a password"))
}
