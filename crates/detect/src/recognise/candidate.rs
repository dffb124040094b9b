//! A value looked at once: what every validator needs, without allocation.

use std::ops::BitOr;

/// Which separators and other characters a candidate holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks(u16);

impl Marks {
    /// None.
    pub const NONE: Self = Self(0);
    /// Blank.
    pub const SPACE: Self = Self(1);
    /// `-`
    pub const HYPHEN: Self = Self(2);
    /// `.`
    pub const DOT: Self = Self(4);
    /// `/`
    pub const SLASH: Self = Self(8);
    /// `(` or `)`
    pub const PARENTHESIS: Self = Self(16);
    /// `+`
    pub const PLUS: Self = Self(32);
    /// `:`
    pub const COLON: Self = Self(64);
    /// `@`
    pub const AT: Self = Self(128);
    /// `,`
    pub const COMMA: Self = Self(256);
    /// `$`
    pub const DOLLAR: Self = Self(512);
    /// `_`
    pub const UNDERSCORE: Self = Self(1024);
    /// Any other ASCII character that is neither letter nor digit.
    pub const OTHER: Self = Self(2048);
    /// Anything beyond ASCII.
    pub const WIDE: Self = Self(4096);
    /// At least three letters: for shapes only, no candidate carries it among its marks.
    pub const LETTERS: Self = Self(8192);
    /// What may group digits: blank, hyphen, dot, slash.
    pub const GROUPING: Self = Self(1 | 2 | 4 | 8);

    /// Whether all of `others` are among these.
    pub const fn has(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// Whether at least one of `others` is among these.
    pub const fn has_any(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// Whether nothing but `others` is among these.
    pub const fn only(self, others: Self) -> bool {
        self.0 & !others.0 == 0
    }

    /// These and `others`.
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }
}

impl BitOr for Marks {
    type Output = Self;

    fn bitor(self, others: Self) -> Self {
        self.and(others)
    }
}

/// Longest code without separators that is kept.
pub const COMPACT: usize = 40;

/// A value looked at once. Letters in the compact form are upper case.
#[derive(Clone, Debug)]
pub struct Candidate<'t> {
    text: &'t str,
    compact: [u8; COMPACT],
    length: usize,
    digits: usize,
    letters: usize,
    marks: Marks,
}

impl<'t> Candidate<'t> {
    /// Looks at `text`, blanks around it left out.
    pub fn new(text: &'t str) -> Self {
        let text = text.trim_ascii();
        let mut compact = [0; COMPACT];
        let mut digits = 0;
        let mut letters = 0;
        let mut marks = Marks::NONE;
        for &byte in text.as_bytes() {
            let mark = MARKS[usize::from(byte)];
            if mark.0 != 0 {
                marks = marks.and(mark);
                continue;
            }
            let digit = byte.is_ascii_digit();
            if let Some(place) = compact.get_mut(digits + letters) {
                *place = if digit { byte } else { byte & 0xDF };
            }
            digits += usize::from(digit);
            letters += usize::from(!digit);
        }
        Self { text, compact, length: digits + letters, digits, letters, marks }
    }

    /// The value as it stands.
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// Letters (upper case) and digits without anything between them; cut at [`COMPACT`].
    pub fn compact(&self) -> &[u8] {
        &self.compact[..self.length.min(COMPACT)]
    }

    /// How many letters and digits there are.
    pub fn length(&self) -> usize {
        self.length
    }

    /// How many digits there are.
    pub fn digit_count(&self) -> usize {
        self.digits
    }

    /// How many ASCII letters there are.
    pub fn letter_count(&self) -> usize {
        self.letters
    }

    /// What else it holds.
    pub fn marks(&self) -> Marks {
        self.marks
    }

    /// The compact form as digit values; letters give values above 9.
    pub fn digits(&self) -> Digits {
        let mut values = [0; COMPACT];
        for (value, byte) in values.iter_mut().zip(self.compact()) {
            *value = byte.wrapping_sub(b'0');
        }
        Digits { values, length: self.length.min(COMPACT) }
    }

    /// Whether the compact form reads like `pattern`: `9` a digit, `A` a letter, `*` either,
    /// anything else itself.
    pub fn reads(&self, pattern: &str) -> bool {
        self.length == pattern.len()
            && self.compact().iter().zip(pattern.bytes()).all(|(&byte, wanted)| match wanted {
                b'9' => byte.is_ascii_digit(),
                b'A' => byte.is_ascii_uppercase(),
                b'*' => true,
                other => byte == other,
            })
    }

    /// Whether all its digits are the same (`111111111`), which no issuer gives out.
    pub fn is_monotone(&self) -> bool {
        self.compact().windows(2).all(|pair| pair[0] == pair[1])
    }
}

/// Digit values without allocation; reads as a slice.
#[derive(Clone, Copy, Debug)]
pub struct Digits {
    values: [u8; COMPACT],
    length: usize,
}

impl std::ops::Deref for Digits {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.values[..self.length]
    }
}

/// The number that `digits` write, for up to nine of them.
pub fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0_u32, |number, &digit| number.wrapping_mul(10).wrapping_add(u32::from(digit)))
}

static MARKS: [Marks; 256] = {
    let mut table = [Marks::NONE; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = mark_of(byte as u8);
        byte += 1;
    }
    table
};

const fn mark_of(byte: u8) -> Marks {
    match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => Marks::NONE,
        b' ' | b'\t' => Marks::SPACE,
        b'-' => Marks::HYPHEN,
        b'.' => Marks::DOT,
        b'/' => Marks::SLASH,
        b'(' | b')' => Marks::PARENTHESIS,
        b'+' => Marks::PLUS,
        b':' => Marks::COLON,
        b'@' => Marks::AT,
        b',' => Marks::COMMA,
        b'$' => Marks::DOLLAR,
        b'_' => Marks::UNDERSCORE,
        0x80.. => Marks::WIDE,
        _ => Marks::OTHER,
    }
}
