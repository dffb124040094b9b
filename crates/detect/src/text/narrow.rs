//! Full-width digits and letters, hard blanks and typographic hyphens as their plain forms, so that
//! the patterns see one spelling; with the way back to the original offsets.

/// A text in plain forms.
pub(crate) struct Narrowed {
    text: String,
    /// For each byte of `text` the offset of its character in the original; one more for the end.
    offsets: Vec<usize>,
}

impl Narrowed {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The original offsets of a span.
    pub(crate) fn original(&self, start: usize, end: usize) -> (usize, usize) {
        let at = |place: usize| self.offsets.get(place).copied().unwrap_or_default();
        (at(start), at(end))
    }
}

/// The plain form of `text`; none when it is plain already.
pub(crate) fn narrow(text: &str) -> Option<Narrowed> {
    if !needs_narrowing(text.as_bytes()) {
        return None;
    }
    let mut narrowed =
        Narrowed { text: String::with_capacity(text.len()), offsets: Vec::with_capacity(text.len() + 1) };
    for (offset, c) in text.char_indices() {
        narrowed.text.push(plain(c).unwrap_or(c));
        narrowed.offsets.resize(narrowed.text.len(), offset);
    }
    narrowed.offsets.push(text.len());
    Some(narrowed)
}

fn plain(c: char) -> Option<char> {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0),
        '\u{3000}' | '\u{A0}' | '\u{202F}' | '\u{2007}' | '\u{2009}' => Some(' '),
        '\u{2010}'..='\u{2013}' | '\u{2212}' => Some('-'),
        _ => None,
    }
}

fn needs_narrowing(bytes: &[u8]) -> bool {
    memchr::memchr3_iter(0xEF, 0xE2, 0xC2, bytes).any(|at| {
        matches!(
            (bytes[at], bytes.get(at + 1), bytes.get(at + 2)),
            (0xC2, Some(0xA0), _)
                | (0xE2, Some(0x80), Some(0x87 | 0x89 | 0x90..=0x93 | 0xAF))
                | (0xE2, Some(0x88), Some(0x92))
                | (0xEF, Some(0xBC), Some(0x90..=0x99 | 0x8B | 0xA0 | 0x8D))
        )
    })
}
