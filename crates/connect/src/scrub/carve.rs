//! Compressed values of PostgreSQL, found in raw pages without a catalogue: also in rows that are dead and
//! in the space between rows.
//!
//! Layouts: `varatt.h` (a compressed value: 4 bytes of length with the two lowest bits 10, then 4 bytes
//! with the raw size in 30 bits and the method in 2), `pg_lzcompress.c`, `htup_details.h` (a row of a
//! TOAST table: header of 24 bytes, then chunk_id, chunk_seq, and chunk_data with a 4-byte length).

use std::collections::BTreeMap;
use std::collections::HashMap;

/// The largest value that is unpacked; a longer one is unpacked up to here.
const MOST: usize = 16 << 20;

/// Bytes of chunks that wait for their neighbours.
const WAITING: usize = 64 << 20;

/// A TOAST chunk is never longer (TOAST_MAX_CHUNK_SIZE with pages of 32 KiB).
const LONGEST_CHUNK: usize = 8192;

/// Calls `found` with each value that stands compressed within `page` as a whole.
pub fn inline_values(page: &[u8], mut found: impl FnMut(&[u8])) {
    for at in 0..page.len().saturating_sub(9) {
        let header = word(page, at);
        // Most offsets end here: text and numbers give lengths beyond the page.
        if header & 3 != 2 {
            continue;
        }
        let length = (header >> 2) as usize;
        if length < 10 || at + length > page.len() {
            continue;
        }
        if let Some(value) = unpack(&page[at + 4..at + length], Whole::Wanted) {
            found(&value);
        }
    }
}

/// Whether half a value is of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whole {
    Wanted,
    /// The beginning is, where the end is lost.
    NotNeeded,
}

/// The value in `stored`: raw size and method, then the compressed bytes.
fn unpack(stored: &[u8], whole: Whole) -> Option<Vec<u8>> {
    let info = stored.get(..4)?.try_into().ok().map(u32::from_le_bytes)?;
    let size = (info & 0x3fff_ffff) as usize;
    let packed = &stored[4..];
    // Compression that does not make shorter is not used.
    if size <= packed.len() || size > packed.len() * 300 {
        return None;
    }
    let wanted = size.min(MOST);
    match info >> 30 {
        0 => {
            let (value, used) = pglz(packed, wanted)?;
            (whole == Whole::NotNeeded || (value.len() == size && used == packed.len())).then_some(value)
        }
        1 => lz4_flex::block::decompress(packed, wanted).ok().filter(|value| value.len() == size),
        _ => None,
    }
}

/// PostgreSQL's own compression: the value, and how many bytes were read. What is broken ends it; a broken
/// beginning gives none.
fn pglz(packed: &[u8], size: usize) -> Option<(Vec<u8>, usize)> {
    let mut value: Vec<u8> = Vec::with_capacity(size);
    let mut at = 0;
    'all: while at < packed.len() && value.len() < size {
        let mut control = packed[at];
        at += 1;
        for _ in 0..8 {
            if at >= packed.len() || value.len() >= size {
                break;
            }
            if control & 1 == 0 {
                value.push(packed[at]);
                at += 1;
            } else {
                let Some(&[first, second]) = packed.get(at..at + 2) else { break 'all };
                at += 2;
                let mut length = usize::from(first & 0x0f) + 3;
                let offset = (usize::from(first & 0xf0) << 4) | usize::from(second);
                if length == 18 {
                    let Some(more) = packed.get(at) else { break 'all };
                    length += usize::from(*more);
                    at += 1;
                }
                if offset == 0 || offset > value.len() {
                    return None;
                }
                for _ in 0..length.min(size - value.len()) {
                    value.push(value[value.len() - offset]);
                }
            }
            control >>= 1;
        }
    }
    (!value.is_empty()).then_some((value, at))
}

/// Puts the chunks of a TOAST table together, also of rows that are dead.
#[derive(Debug, Default)]
pub struct Chunks {
    waiting: HashMap<u32, BTreeMap<u32, Vec<u8>>>,
    bytes: usize,
}

impl Chunks {
    /// Takes the chunks out of whole pages; `found` gets values when room is needed.
    pub fn take(&mut self, pages: &[u8], found: impl FnMut(&[u8])) {
        // Rows begin at multiples of 8.
        for at in (0..pages.len().saturating_sub(40)).step_by(8) {
            let natts = u16::from_le_bytes([pages[at + 18], pages[at + 19]]) & 0x07ff;
            if natts != 3 || pages[at + 22] != 24 {
                continue;
            }
            let (value, number, header) = (word(pages, at + 24), word(pages, at + 28), word(pages, at + 32));
            let length = (header >> 2) as usize;
            let end = at + 32 + length;
            if header & 3 != 0 || !(5..=LONGEST_CHUNK).contains(&length) || number > 1 << 22 || end > pages.len() {
                continue;
            }
            let chunk = &pages[at + 36..end];
            let chunks = self.waiting.entry(value).or_default();
            if chunks.insert(number, chunk.to_vec()).is_none() {
                self.bytes += chunk.len();
            }
        }
        if self.bytes > WAITING {
            self.finish(found);
        }
    }

    /// Gives the values that are here, whole or their beginnings, and forgets them.
    pub fn finish(&mut self, mut found: impl FnMut(&[u8])) {
        for chunks in std::mem::take(&mut self.waiting).into_values() {
            let stored: Vec<u8> = chunks
                .iter()
                .zip(0_u32..)
                .take_while(|((number, _), expected)| *number == expected)
                .flat_map(|((_, chunk), _)| chunk.iter().copied())
                .collect();
            match unpack(&stored, Whole::NotNeeded) {
                Some(value) => found(&value),
                // Not compressed: seen in the pages, but not where it goes over from chunk to chunk.
                None => found(&stored),
            }
        }
        self.bytes = 0;
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `PostgreSQL: SELECT repeat('ada@lantern.example ', 20)`, compressed by hand: 20 literals, then one
    /// match of 273 bytes and one of the rest at distance 20.
    fn packed() -> (Vec<u8>, Vec<u8>) {
        let plain = b"ada@lantern.example ".repeat(20);
        let mut packed = Vec::new();
        for eight in plain[..16].chunks(8) {
            packed.push(0);
            packed.extend_from_slice(eight);
        }
        // Four literals, then two matches.
        packed.push(0b0011_0000);
        packed.extend_from_slice(&plain[16..20]);
        packed.extend_from_slice(&[0x0f, 20, 255, 0x0f, 20, (380 - 273 - 18) as u8]);
        (plain, packed)
    }

    fn varlena(packed: &[u8], size: usize, method: u32) -> Vec<u8> {
        let mut value = (((packed.len() as u32 + 8) << 2) | 2).to_le_bytes().to_vec();
        value.extend_from_slice(&(size as u32 | method << 30).to_le_bytes());
        value.extend_from_slice(packed);
        value
    }

    #[test]
    fn compressed_values_are_found_at_any_offset() {
        let (plain, packed) = packed();
        let lz4 = lz4_flex::block::compress(&plain);
        for (bytes, method) in [(&packed, 0), (&lz4, 1)] {
            for offset in [0, 1, 3, 100] {
                let mut page = vec![0x20_u8; 512];
                let value = varlena(bytes, plain.len(), method);
                page[offset..offset + value.len()].copy_from_slice(&value);
                let mut values = Vec::new();
                inline_values(&page, |value| values.push(value.to_vec()));
                assert_eq!(values, std::slice::from_ref(&plain), "method {method} at {offset}");
            }
        }
    }

    #[test]
    fn broken_ones_are_nothing() {
        let (plain, packed) = packed();
        let value = varlena(&packed, plain.len(), 0);
        for at in 8..value.len() {
            let mut page = value.clone();
            page[at] = 0xff;
            inline_values(&page, |found| assert!(found.len() <= plain.len()));
            inline_values(&value[..at], |_| panic!("half a value is none"));
        }
    }

    #[test]
    fn chunks_come_together_in_any_order() {
        let (plain, packed) = packed();
        let stored = &varlena(&packed, plain.len(), 0)[4..];
        let row = |number: u32, chunk: &[u8]| {
            let mut row = vec![0_u8; 32];
            row[18] = 3;
            row[22] = 24;
            row[24..28].copy_from_slice(&77_u32.to_le_bytes());
            row[28..32].copy_from_slice(&number.to_le_bytes());
            row.extend_from_slice(&((chunk.len() as u32 + 4) << 2).to_le_bytes());
            row.extend_from_slice(chunk);
            row.resize(row.len().next_multiple_of(8), 0);
            row
        };
        let (first, second) = stored.split_at(stored.len() / 2);
        let mut page = row(1, second);
        page.extend(row(0, first));
        page.extend([0; 64]);
        let mut chunks = Chunks::default();
        let mut values = Vec::new();
        chunks.take(&page, |_| panic!("there is room"));
        chunks.finish(|value| values.push(value.to_vec()));
        assert_eq!(values, [plain]);
    }
}
