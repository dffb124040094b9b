//! Groups of digits that stand together.

use super::Pass;
use super::scan;

/// Most groups that one value has.
pub(super) const MOST_GROUPS: usize = 9;

/// Digit groups joined by one to three of ` -./()`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Phrase {
    groups: [(usize, usize); MOST_GROUPS + 1],
    count: usize,
    digits: usize,
}

impl Phrase {
    /// Reads from the digit at `start`.
    pub(super) fn read(pass: &Pass<'_>, start: usize) -> Self {
        let mut phrase = Self { groups: [(0, 0); MOST_GROUPS + 1], count: 0, digits: 0 };
        let mut at = start;
        loop {
            let from = at;
            at = scan::digits_end(pass.bytes, at);
            pass.count(at - from);
            phrase.groups[phrase.count] = (from, at);
            phrase.count += 1;
            phrase.digits += at - from;
            if phrase.count > MOST_GROUPS {
                break;
            }
            let mut next = at;
            while next - at < 3 && is_separator(pass.byte(next)) {
                next += 1;
            }
            if next == at || !pass.byte(next).is_ascii_digit() || is_break(&pass.bytes[at..next]) {
                break;
            }
            at = next;
        }
        phrase
    }

    pub(super) fn groups(&self) -> &[(usize, usize)] {
        &self.groups[..self.count]
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// How many digits all groups have.
    pub(super) fn digits(&self) -> usize {
        self.digits
    }

    pub(super) fn start(&self) -> usize {
        self.groups[0].0
    }

    pub(super) fn end(&self) -> usize {
        self.groups[self.count - 1].1
    }

    /// The end of the first group.
    pub(super) fn first_end(&self) -> usize {
        self.groups[0].1
    }
}

/// Whether groups of digits may be joined by it.
pub(super) fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'.' | b'/' | b'(' | b')')
}

/// Separators that end a value: full stop and blank, two blanks, two hyphens.
pub(super) fn is_break(separator: &[u8]) -> bool {
    matches!(separator, b". " | b"  " | b"--" | b".." | b"   " | b".-" | b"- " | b" .")
}
