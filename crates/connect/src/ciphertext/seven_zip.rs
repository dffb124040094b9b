//! 7z archives with a password: AES is one of the methods that the header at their end names (7zFormat.txt of the
//! LZMA SDK). The header itself may be packed by LZMA, or encrypted too.

use std::io::Read;
use std::ops::Range;

use super::Seen;

pub(super) const SIGNATURE: &[u8] = b"7z\xbc\xaf\x27\x1c";

/// The number of the method AES-256 with SHA-256, as a coder's record has it: four bytes long, with properties.
const AES: &[u8] = b"\x24\x06\xf1\x07\x01";
/// Longest header that is looked at, packed or not.
const LONGEST: u64 = 4 << 20;
/// Where packed data begins.
const START: u64 = 32;

pub(super) fn encrypted(seen: &Seen, head: &[u8]) -> Result<Option<&'static str>, Range<u64>> {
    let number = |at: usize| head.get(at..at + 8).and_then(|bytes| Some(u64::from_le_bytes(bytes.try_into().ok()?)));
    let (Some(offset), Some(length @ 1..LONGEST)) = (number(12), number(20)) else { return Ok(None) };
    let start = START.saturating_add(offset);
    let header = seen.at(start..start.saturating_add(length))?;
    let has_aes = |header: &[u8]| memchr::memmem::find(header, AES).is_some();
    if has_aes(header) {
        return Ok(Some("7z with AES"));
    }
    let Some(packed) = Packed::read(header) else { return Ok(None) };
    let start = START.saturating_add(packed.at);
    let bytes = seen.at(start..start.saturating_add(packed.length))?;
    Ok(packed.unpack(bytes).is_some_and(|header| has_aes(&header)).then_some("7z with AES"))
}

/// A header that LZMA packed: where it lies, and how it is unpacked.
struct Packed {
    at: u64,
    length: u64,
    unpacked: u64,
    properties: u8,
    dictionary: u32,
}

impl Packed {
    /// From a header of one folder with one coder.
    fn read(header: &[u8]) -> Option<Self> {
        // An encoded header: pack info with one stream, its length; coders of one folder.
        let mut rest = header.strip_prefix(b"\x17\x06")?;
        let at = variable(&mut rest)?;
        rest = rest.strip_prefix(b"\x01\x09")?;
        let length = variable(&mut rest).filter(|length| *length < LONGEST)?;
        // A digest of what is packed may stand here.
        rest = rest.strip_prefix(b"\x00").or_else(|| rest.strip_prefix(b"\x0a\x01")?.get(5..))?;
        let (coder, rest) = rest.strip_prefix(b"\x07\x0b\x01\x00\x01\x23\x03\x01\x01\x05")?.split_first_chunk::<5>()?;
        let mut rest = rest.strip_prefix(b"\x0c")?;
        let unpacked = variable(&mut rest).filter(|length| *length < LONGEST)?;
        let dictionary = u32::from_le_bytes([coder[1], coder[2], coder[3], coder[4]]);
        Some(Self { at, length, unpacked, properties: coder[0], dictionary })
    }

    fn unpack(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        // No more of a dictionary is needed than there are bytes.
        let dictionary = self.dictionary.min(LONGEST as u32);
        let reader =
            lzma_rust2::LzmaReader::new_with_props(bytes, self.unpacked, self.properties, dictionary, None).ok()?;
        let mut header = Vec::new();
        reader.take(self.unpacked).read_to_end(&mut header).ok()?;
        Some(header)
    }
}

/// A number whose first byte's leading ones tell how many bytes follow.
fn variable(rest: &mut &[u8]) -> Option<u64> {
    let (first, after) = rest.split_first()?;
    let more = first.leading_ones() as usize;
    let (bytes, after) = after.split_at_checked(more)?;
    *rest = after;
    let low = bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
    // Of the first byte, what stands behind the zero is the highest part.
    let high = if more >= 7 { 0 } else { u64::from(first & (0x7f >> more)) << (8 * more) };
    Some(high | low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_long_as_their_first_byte_says() {
        for (mut bytes, expected) in
            [(&b"\x24"[..], 0x24), (b"\x88\x30", 0x830), (b"\xc0\xa0\x43", 0x43a0), (b"\xff\x01\0\0\0\0\0\0\0", 1)]
        {
            assert_eq!(variable(&mut bytes), Some(expected));
            assert!(bytes.is_empty());
        }
        assert_eq!(variable(&mut &b"\xc0\x01"[..]), None);
    }
}
