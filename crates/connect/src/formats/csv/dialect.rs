//! Finds out by looking how a text separates its cells.

use super::splitter::Cell;
use super::splitter::split_row;

/// How rows and cells are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    /// Between cells.
    pub(super) delimiter: u8,
    /// Around cells that hold delimiters or line ends.
    pub(super) quote: Option<u8>,
    /// Before a quote inside quotes, where it is not doubled.
    pub(super) escape: Option<u8>,
    /// The last byte of a line end; a carriage return before it belongs to it.
    pub(super) line_end: u8,
    /// Spaces stand between a delimiter and a quote.
    pub(super) spaced: bool,
}

/// A dialect and how well the head follows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Guess {
    pub(super) dialect: Dialect,
    /// Cells of most rows.
    pub(super) width: usize,
    /// Rows looked at.
    pub(super) rows: usize,
    /// The share of rows that have `width` cells, 0 to 1.
    pub(super) agreement: f64,
    /// Whether the first row, that of the names, has as many.
    headed: bool,
    /// The share of commas that stand as in sentences and numbers: `Main Road 5, Bonn`, `12,50`.
    punctuation: f64,
}

/// The dialect that the head of a text follows best.
pub(super) fn guess(head: &[u8], whole: bool) -> Guess {
    let line_end = line_end(head);
    let head = if whole { head } else { whole_lines(head, line_end) };
    if let Some((delimiter, rest)) = declared_delimiter(head) {
        return look(rest, base(delimiter, line_end, rest));
    }
    let looks = DELIMITERS.iter().map(|delimiter| look(head, base(*delimiter, line_end, head)));
    let better = |best: Guess, next: Guess| if next.score() > best.score() { next } else { best };
    looks.reduce(better).expect("there are delimiters to try")
}

/// `sep=;` in the first line is what Excel obeys. Gives what follows it.
pub(super) fn declared_delimiter(head: &[u8]) -> Option<(u8, &[u8])> {
    let rest = head.strip_prefix(b"sep=").or_else(|| head.strip_prefix(b"\"sep="))?;
    let (delimiter, rest) = rest.split_first()?;
    let rest = rest.strip_prefix(b"\"").unwrap_or(rest);
    let rest = rest.strip_prefix(b"\r").unwrap_or(rest);
    Some((*delimiter, rest.strip_prefix(b"\n")?))
}

impl Guess {
    /// Many cells in every row speak for a delimiter; in equal numbers the first of the list wins. A mark that the names
    /// of the columns lack, and commas as in sentences and numbers, stand within cells.
    fn score(&self) -> f64 {
        if self.width < 2 {
            return 0.0;
        }
        let cells = (self.width as f64).min(12.0).ln().max(0.7);
        let headed = if self.headed { 1.0 } else { 0.5 };
        let within = if self.punctuation > MOSTLY { 0.3 } else { 1.0 };
        self.agreement * self.agreement * cells * headed * within
    }
}

/// Tries a dialect on the head.
fn look(head: &[u8], dialect: Dialect) -> Guess {
    let mut cells: Vec<Cell> = Vec::new();
    let mut widths: Vec<usize> = Vec::new();
    let (mut between, mut punctuation) = (0, 0);
    let mut at = 0;
    while at < head.len() && widths.len() < LOOK_ROWS {
        let Some(next) = split_row(&dialect, head, at, true, &mut cells) else { break };
        at = next;
        let blank = cells.len() == 1 && cells[0].start == cells[0].end;
        let comment = cells.first().is_some_and(|cell| head.get(cell.start) == Some(&b'#'));
        if !blank && !comment {
            widths.push(cells.len());
            between += cells.len() - 1;
            punctuation +=
                cells.iter().skip(1).filter(|cell| dialect.delimiter == b',' && punctuates(head, cell)).count();
        }
    }
    let rows = widths.len();
    let first = widths.first().copied();
    let mut sorted = widths;
    sorted.sort_unstable();
    let most = sorted.chunk_by(|left, right| left == right).max_by_key(|run| (run.len(), run[0]));
    let (width, same) = most.map_or((0, 0), |run| (run[0], run.len()));
    let share = |part: usize, all: usize| part as f64 / all.max(1) as f64;
    let (agreement, punctuation) = (share(same, rows), share(punctuation, between));
    Guess { dialect, width, rows, agreement, headed: first == Some(width), punctuation }
}

/// Whether the comma before `cell` is followed by a blank or stands between two digits.
fn punctuates(head: &[u8], cell: &Cell) -> bool {
    let near = |at: Option<usize>| at.and_then(|at| head.get(at)).copied().unwrap_or(0);
    let (before, after) = (near(cell.start.checked_sub(2)), near(Some(cell.start)));
    !cell.quoted && (after == b' ' || before.is_ascii_digit() && after.is_ascii_digit())
}

fn base(delimiter: u8, line_end: u8, head: &[u8]) -> Dialect {
    let count = |pair: [u8; 2]| head.windows(2).filter(|window| **window == pair).count();
    let quoted_by = |quote: u8| count([delimiter, quote]) + count([quote, delimiter]) + count([line_end, quote]);
    let (double, single) = (quoted_by(b'"'), quoted_by(b'\''));
    // Apostrophes stand at word ends as well, so they must do more to count as quotes.
    let quote = if double == 0 && single >= 4 { b'\'' } else { b'"' };
    let backslashed = count([b'\\', quote]);
    let doubled = head.windows(3).filter(|window| window[0] == quote && window[1] == quote && window[2] != delimiter);
    let escape = (backslashed > 0 && backslashed > doubled.count()).then_some(b'\\');
    let after_space = head.windows(3).filter(|window| **window == [delimiter, b' ', quote]).count();
    Dialect { delimiter, quote: Some(quote), escape, line_end, spaced: after_space > count([delimiter, quote]) }
}

fn line_end(head: &[u8]) -> u8 {
    if memchr::memchr(b'\n', head).is_none() && memchr::memchr(b'\r', head).is_some() { b'\r' } else { b'\n' }
}

/// The head up to its last line end, if there is one.
fn whole_lines(head: &[u8], line_end: u8) -> &[u8] {
    memchr::memrchr(line_end, head).map_or(head, |end| &head[..=end])
}

/// In the order of preference.
const DELIMITERS: &[u8] = b",;\t|^~\x01\x1f";
const LOOK_ROWS: usize = 200;

/// From this share of such commas on they are none between cells, if another mark can be.
const MOSTLY: f64 = 0.8;
