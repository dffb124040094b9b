//! A sample of a large file without reading it all: rows from blocks at random places.

use std::io::Read;
use std::sync::Arc;

use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::Table;
use super::dialect::Dialect;
use super::splitter::Cell;
use super::splitter::split_row;
use crate::ConnectError;
use crate::HowMuch;
use crate::formats::Input;
use crate::formats::Out;
use crate::formats::ReadAt;
use crate::formats::Seekable;
use crate::formats::limits::from_io;

/// Where to look in a file that is too large to read for a sample.
pub(super) struct Plan {
    at: Arc<dyn ReadAt>,
    rows: u64,
    seed: u64,
}

impl Plan {
    /// A plan, when a sample is asked for of a large file that can be read anywhere. Only for text
    /// whose line ends can be seen from any byte.
    pub(super) fn new(input: &Input<'_>, how_much: HowMuch, is_utf_8: bool) -> Option<Self> {
        let HowMuch::Sample { rows, seed } = how_much else { return None };
        let at = input.random_access().filter(|at| is_utf_8 && at.size() >= LARGE_BYTES)?;
        let head = input.head();
        let lines = memchr::memchr_iter(b'\n', head.bytes).count().max(1) as u64;
        let wanted_bytes = rows.saturating_mul(head.bytes.len() as u64 / lines + 1);
        // Blocks pay off as long as they are a small part of the file.
        (wanted_bytes < at.size() / 4 && rows > 0).then_some(Self { at, rows, seed })
    }

    /// Reads the sample into the open table of `out` and ends it.
    pub(super) fn run(
        self,
        name: &str,
        dialect: &Dialect,
        table: &mut Table,
        out: &mut Out,
    ) -> Result<(), ConnectError> {
        let blocks = self.rows.div_ceil(ROWS_A_BLOCK).clamp(1, MOST_BLOCKS);
        let rows_a_block = self.rows.div_ceil(blocks);
        let stride = self.at.size() / blocks;
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let mut cells = Vec::new();
        let mut left = self.rows;
        for block in 0..blocks {
            out.check_cancelled()?;
            let from = block * stride;
            let until = if block + 1 == blocks { self.at.size() } else { from + stride };
            // One place in each of equal parts; far enough from its end to find a few rows.
            let reach = (until - from).saturating_sub(BLOCK_BYTES).max(1);
            let offset = from + random.random_range(0..reach);
            let mut bytes = Vec::new();
            Seekable::from_offset(self.at.clone(), offset)
                .take(BLOCK_BYTES)
                .read_to_end(&mut bytes)
                .map_err(|error| from_io(name, &error))?;
            let at_end = offset + bytes.len() as u64 >= self.at.size();
            let Some(mut at) = first_row(dialect, table.width, &bytes, at_end, &mut cells) else { continue };
            let mut taken = 0;
            while taken < rows_a_block.min(left) && at < bytes.len() {
                let Some(next) = split_row(dialect, &bytes, at, at_end, &mut cells) else { break };
                at = next;
                table.window_row(dialect, &cells, |cell: &Cell| &bytes[cell.start..cell.end]);
                table.send_if_full(out)?;
                taken += 1;
            }
            left -= taken;
        }
        out.rows(table.columns.flush())?;
        out.end(None)
    }
}

/// Where a row begins in a block cut out of the middle of a file. The first line end may lie inside
/// quotes, where it means nothing: of the first few lines, the one from which rows of the right
/// width follow begins a row.
fn first_row(dialect: &Dialect, width: usize, block: &[u8], ended: bool, cells: &mut Vec<Cell>) -> Option<usize> {
    let mut best: Option<(u32, usize)> = None;
    for line_end in memchr::memchr_iter(dialect.line_end, block).take(LINES_TRIED) {
        let start = line_end + 1;
        let (mut at, mut good, mut all) = (start, 0, 0);
        while all < ROWS_TRIED && at < block.len() {
            let Some(next) = split_row(dialect, block, at, ended, cells) else { break };
            at = next;
            all += 1;
            good += u32::from(cells.len() == width);
        }
        if good == all && all > 0 {
            return Some(start);
        }
        if all > 0 && best.is_none_or(|(best_good, _)| good > best_good) {
            best = Some((good, start));
        }
    }
    best.map(|(_, start)| start)
}

/// Smaller files are read whole.
const LARGE_BYTES: u64 = 8 << 20;
const BLOCK_BYTES: u64 = 64 << 10;
/// Few rows from many places: neighbours are alike.
const ROWS_A_BLOCK: u64 = 50;
const MOST_BLOCKS: u64 = 1024;
const LINES_TRIED: usize = 16;
const ROWS_TRIED: u32 = 8;
