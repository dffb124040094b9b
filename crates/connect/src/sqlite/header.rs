//! The first bytes of a database file and of its write-ahead log, read without SQLite.
//!
//! Layouts: <https://www.sqlite.org/fileformat2.html>, sections 1.3 (database header) and 4 (log).

use std::io::Read;
use std::path::Path;

/// How every unencrypted SQLite 3 database begins.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Bytes per page in the header of a database; 1 stands for 65536.
const PAGE_SIZE_AT: usize = 16;

/// Shannon entropy in bits per byte from which 4 KiB pass for ciphertext. Random bytes have about
/// 7.95 at this length, compressed formats (caught by their magic before) 7.5 to 7.9.
const CIPHERTEXT_ENTROPY: f64 = 7.6;

/// Whether `head`, the first bytes of a file (16 are enough), begins an SQLite 3 database.
pub fn is_sqlite_file(head: &[u8]) -> bool {
    head.starts_with(MAGIC)
}

/// What the header of a database says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) page_size: u64,
    pub(super) write_ahead: bool,
    pub(super) change_counter: u32,
    /// Pages the file should have; none if an old library wrote last, which kept no count.
    pub(super) pages: Option<u64>,
}

/// Why a file is no database we can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotADatabase {
    Empty,
    Encrypted,
    OldFormat,
    Other,
}

impl Header {
    /// Reads the header out of the first bytes of a file (4 KiB or all there are).
    pub(super) fn parse(head: &[u8]) -> Result<Self, NotADatabase> {
        if head.is_empty() {
            return Err(NotADatabase::Empty);
        }
        if head.starts_with(b"** This file contains an SQLite 2") {
            return Err(NotADatabase::OldFormat);
        }
        if !is_sqlite_file(head) || head.len() < 100 {
            return Err(if looks_encrypted(head) { NotADatabase::Encrypted } else { NotADatabase::Other });
        }
        let page_size = match u64::from(u16::from_be_bytes([head[PAGE_SIZE_AT], head[PAGE_SIZE_AT + 1]])) {
            1 => 65536,
            other => other,
        };
        let change_counter = big_endian(head, 24);
        // The count of pages is only kept by libraries that also set "version valid for".
        let pages = (change_counter == big_endian(head, 92)).then(|| u64::from(big_endian(head, 28)));
        Ok(Self { page_size, write_ahead: head[19] == 2, change_counter, pages: pages.filter(|&pages| pages > 0) })
    }
}

fn big_endian(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, u32::from_be_bytes)
}

/// Whether bytes without a known beginning are spread as evenly as ciphertext is.
fn looks_encrypted(head: &[u8]) -> bool {
    const KNOWN: [&[u8]; 8] = [
        b"PK\x03\x04",
        b"\x1f\x8b",
        b"BZh",
        b"\xfd7zXZ",
        b"\x28\xb5\x2f\xfd",
        b"7z\xbc\xaf",
        b"\x89PNG",
        b"\xff\xd8\xff",
    ];
    if head.len() < 512 || KNOWN.iter().any(|magic| head.starts_with(magic)) {
        return false;
    }
    let mut counts = [0_u32; 256];
    for &byte in head {
        counts[usize::from(byte)] += 1;
    }
    let total = head.len() as f64;
    let entropy: f64 = counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| f64::from(count) / total)
        .map(|share| -share * share.log2())
        .sum();
    // Short heads cannot reach the entropy of long ones.
    entropy >= CIPHERTEXT_ENTROPY.min(total.log2() * 0.8)
}

/// Whether the write-ahead log at `path` holds at least one whole transaction. Checks the sums of
/// every frame up to the first commit as SQLite does, because a log without one is deleted by a
/// reader that believes to be alone.
pub(super) fn log_has_commit(path: &Path) -> std::io::Result<bool> {
    let mut log = std::io::BufReader::new(fs_err::File::open(path)?);
    let mut header = [0_u8; 32];
    if !fill(&mut log, &mut header)? {
        return Ok(false);
    }
    let big = match big_endian(&header, 0) {
        0x377f_0682 => false,
        0x377f_0683 => true,
        _ => return Ok(false),
    };
    let page_size = big_endian(&header, 8) as usize;
    let mut sums = checksum((0, 0), &header[..24], big);
    let valid = page_size.is_power_of_two() && (512..=65536).contains(&page_size);
    if !valid || sums != (big_endian(&header, 24), big_endian(&header, 28)) {
        return Ok(false);
    }
    let mut frame = vec![0_u8; 24 + page_size];
    while fill(&mut log, &mut frame)? {
        sums = checksum(checksum(sums, &frame[..8], big), &frame[24..], big);
        if frame[8..16] != header[16..24] || sums != (big_endian(&frame, 16), big_endian(&frame, 20)) {
            return Ok(false);
        }
        if big_endian(&frame, 4) != 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Section 4.2 of the file format.
fn checksum((mut first, mut second): (u32, u32), bytes: &[u8], big: bool) -> (u32, u32) {
    let word = |four: &[u8]| {
        let four = [four[0], four[1], four[2], four[3]];
        if big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
    };
    for eight in bytes.chunks_exact(8) {
        first = first.wrapping_add(word(&eight[..4])).wrapping_add(second);
        second = second.wrapping_add(word(&eight[4..])).wrapping_add(first);
    }
    (first, second)
}

/// Fills `buffer`; false at the end of the file.
fn fill(source: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<bool> {
    match source.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_told_from_empty_old_encrypted_and_other_files() {
        let noise: Vec<u8> = (0..4096_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        for (head, expected) in [
            (&b""[..], NotADatabase::Empty),
            (b"** This file contains an SQLite 2.1 database **", NotADatabase::OldFormat),
            (b"id,name\n1,x\n", NotADatabase::Other),
            (b"SQLite format 3\0short", NotADatabase::Other),
            (&noise, NotADatabase::Encrypted),
        ] {
            assert_eq!(Header::parse(head), Err(expected));
        }
    }

    #[test]
    fn compressed_files_do_not_pass_for_encrypted_databases() {
        let mut zip: Vec<u8> = (0..4096_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        zip[..4].copy_from_slice(b"PK\x03\x04");
        assert_eq!(Header::parse(&zip), Err(NotADatabase::Other));
    }
}
