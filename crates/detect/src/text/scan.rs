//! Eight bytes looked at in one step, as one number: the high bit of each byte of an answer says
//! whether that byte fits. What is searched everywhere in a text is searched so.

/// The low bit of each byte.
const LOW: u64 = 0x0101_0101_0101_0101;
/// The high bit of each byte.
const HIGH: u64 = LOW << 7;

/// The eight bytes from `at`, zeros behind the end.
#[inline]
pub(crate) fn eight(bytes: &[u8], at: usize) -> u64 {
    if let Some(whole) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        return u64::from_le_bytes(*whole);
    }
    let mut part = [0; 8];
    for (place, byte) in part.iter_mut().zip(bytes.get(at..).unwrap_or_default()) {
        *place = *byte;
    }
    u64::from_le_bytes(part)
}

/// Which bytes are ASCII digits.
#[inline]
pub(crate) const fn digits(word: u64) -> u64 {
    let from_zero = word ^ (LOW * b'0' as u64);
    // 0x76 + 10 reaches the high bit: what is above nine does.
    !(((from_zero & !HIGH) + LOW * 0x76) | from_zero) & HIGH
}

/// Which bytes are ASCII letters.
#[inline]
const fn letters(word: u64) -> u64 {
    let small = (word | (LOW * 0x20)) & !HIGH;
    let from_a = small + LOW * (0x80 - b'a' as u64);
    let beyond_z = small + LOW * (0x80 - b'z' as u64 - 1);
    from_a & !beyond_z & !word & HIGH
}

/// The same with ASCII capitals as small letters.
#[inline]
pub(crate) const fn lower(word: u64) -> u64 {
    word | ((letters(word) & !(word << 2)) >> 2)
}

/// Where words begin, eight bytes after eight: a letter behind none, a capital behind a small letter, a
/// character of a script without blanks anywhere.
pub(crate) struct WordBegins {
    /// Whether the byte before is a letter, and a small one, each as a low bit.
    letter: u64,
    small: u64,
}

impl WordBegins {
    /// Begins behind `before`.
    #[inline]
    pub(crate) const fn behind(before: u8) -> Self {
        let (letter, small) = Self::classes(before as u64);
        Self { letter: letter >> 7 & 1, small: small >> 7 & 1 }
    }

    /// Which bytes are letters (ASCII, or the first of one in Latin, Greek or Cyrillic script), and which
    /// small ASCII ones.
    #[inline]
    const fn classes(word: u64) -> (u64, u64) {
        let ascii = letters(word);
        let low = word & !HIGH;
        let from_c3 = low + LOW * (0x80 - 0x43);
        let from_e0 = low + LOW * (0x80 - 0x60);
        (ascii | word & from_c3 & !from_e0 & HIGH, ascii & (word << 2))
    }

    /// Which of the next eight bytes begin one.
    #[inline]
    pub(crate) const fn next(&mut self, word: u64) -> u64 {
        let ascii = letters(word);
        let small = ascii & (word << 2);
        let capital = ascii & !small;
        let behind_small = small << 8 | self.small << 7;
        self.small = small >> 63;
        if word & HIGH == 0 {
            let behind_letter = ascii << 8 | self.letter << 7;
            self.letter = ascii >> 63;
            return ascii & !behind_letter | behind_small & capital;
        }
        let (letter, _) = Self::classes(word);
        let behind_letter = letter << 8 | self.letter << 7;
        self.letter = letter >> 63;
        let no_blanks = word & (word << 1) & (word << 2) & HIGH;
        (ascii | word & HIGH) & (!behind_letter | no_blanks) | behind_small & capital
    }
}

/// Which bytes are `byte`.
#[inline]
pub(crate) const fn equal(word: u64, byte: u8) -> u64 {
    let difference = word ^ (LOW * byte as u64);
    !(((difference & !HIGH) + !HIGH) | difference) & HIGH
}

/// How many bytes at the beginning fit.
#[inline]
pub(crate) const fn leading(fits: u64) -> usize {
    (!fits & HIGH).trailing_zeros() as usize / 8
}

/// Which bytes are digits, `@` or one of the six marks between them: fewer steps than to ask for those alone.
#[inline]
const fn from_zero_to_at(word: u64) -> u64 {
    let from_zero = (word | HIGH) - LOW * b'0' as u64;
    let beyond_at = (word & !HIGH) + LOW * (0x7F - b'@' as u64);
    from_zero & !beyond_at & !word & HIGH
}

/// The place of the next digit or `@`.
#[inline]
pub(crate) fn digit_or_at(bytes: &[u8], mut at: usize) -> Option<usize> {
    while let Some(whole) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let word = u64::from_le_bytes(*whole);
        if from_zero_to_at(word) != 0 {
            let fits = digits(word) | equal(word, b'@');
            if fits != 0 {
                return Some(at + fits.trailing_zeros() as usize / 8);
            }
        }
        at += 8;
    }
    let rest = bytes.get(at..)?;
    rest.iter().position(|byte| byte.is_ascii_digit() || *byte == b'@').map(|place| at + place)
}

/// Where a run of digits that begins at `at` ends.
#[inline]
pub(crate) fn digits_end(bytes: &[u8], at: usize) -> usize {
    run(bytes, at, digits)
}

/// Where a run of ASCII letters and digits that begins at `at` ends.
#[inline]
pub(crate) fn alphanumeric_end(bytes: &[u8], at: usize) -> usize {
    run(bytes, at, |word| digits(word) | letters(word))
}

/// How many of `bytes` are ASCII digits, and how many ASCII letters.
pub(crate) fn count(bytes: &[u8]) -> (usize, usize) {
    let mut counts = (0, 0);
    let mut at = 0;
    while at < bytes.len() {
        let word = eight(bytes, at);
        counts.0 += digits(word).count_ones() as usize;
        counts.1 += letters(word).count_ones() as usize;
        at += 8;
    }
    counts
}

#[inline]
fn run(bytes: &[u8], mut at: usize, fits: impl Fn(u64) -> u64) -> usize {
    loop {
        let length = leading(fits(eight(bytes, at)));
        at += length;
        if length < 8 {
            return at;
        }
    }
}

/// Calls `each` with the place of every `:` and `=` that does not stand behind a digit: those of times,
/// addresses and numbers end no key.
pub(crate) fn joints(bytes: &[u8], mut each: impl FnMut(usize)) {
    /// As many as the compiler looks at with a few instructions.
    const BLOCK: usize = 64;
    let is_joint = |before: u8, byte: u8| (byte == b':' || byte == b'=') & !before.is_ascii_digit();
    let mut at = 1;
    while let (Some(before), Some(block)) = (
        bytes.get(at - 1..).and_then(<[u8]>::first_chunk::<BLOCK>),
        bytes.get(at..).and_then(<[u8]>::first_chunk::<BLOCK>),
    ) {
        let mut marks = [0_u8; BLOCK];
        for ((mark, before), byte) in marks.iter_mut().zip(before).zip(block) {
            *mark = u8::from(is_joint(*before, *byte));
        }
        each_mark(&marks, |place| each(at + place));
        at += BLOCK;
    }
    while let Some(byte) = bytes.get(at) {
        if is_joint(bytes[at - 1], *byte) {
            each(at);
        }
        at += 1;
    }
}

/// Calls `each` with the place of every 1 among zeros.
#[inline]
fn each_mark(marks: &[u8], mut each: impl FnMut(usize)) {
    let (whole, rest) = marks.as_chunks::<8>();
    for (block, eight) in whole.iter().enumerate() {
        let mut word = u64::from_le_bytes(*eight);
        while word != 0 {
            each(block * 8 + word.trailing_zeros() as usize / 8);
            word &= word - 1;
        }
    }
    for (place, _) in rest.iter().enumerate().filter(|(_, mark)| **mark != 0) {
        each(whole.len() * 8 + place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_byte_is_told_in_every_place() {
        for byte in 0..=u8::MAX {
            for place in 0..8 {
                let mut bytes = *b"\xFF.z{`@/:";
                bytes[place] = byte;
                let word = u64::from_le_bytes(bytes);
                let fits = |answer: u64| answer >> (place * 8 + 7) & 1 == 1;
                assert_eq!(fits(digits(word)), byte.is_ascii_digit(), "{byte} at {place}");
                assert_eq!(fits(letters(word)), byte.is_ascii_alphabetic(), "{byte} at {place}");
                assert_eq!(fits(equal(word, b'@')), byte == b'@', "{byte} at {place}");
                assert_eq!(fits(from_zero_to_at(word)), (b'0'..=b'@').contains(&byte), "{byte} at {place}");
            }
        }
    }

    /// Whether a word may begin with `byte` behind `before`.
    fn begins(before: u8, byte: u8) -> bool {
        let letter = before.is_ascii_alphabetic() || (0xC3..0xE0).contains(&before);
        let able = byte.is_ascii_alphabetic() || byte >= 0x80;
        able && (!letter || before.is_ascii_lowercase() && byte.is_ascii_uppercase() || byte >= 0xE0)
    }

    #[test]
    fn words_begin_where_looking_at_two_bytes_says_so() {
        for before in 0..=u8::MAX {
            for byte in 0..=u8::MAX {
                let mut first = WordBegins::behind(before);
                assert_eq!(first.next(u64::from(byte)) >> 7 & 1 == 1, begins(before, byte), "{before} {byte}");
                for place in 0..8 {
                    let mut bytes = [b'x'; 16];
                    (bytes[place], bytes[place + 1]) = (before, byte);
                    let mut both = WordBegins::behind(b'x');
                    let marks = [both.next(eight(&bytes, 0)), both.next(eight(&bytes, 8))];
                    let marked = marks[(place + 1) / 8] >> ((place + 1) % 8 * 8 + 7) & 1 == 1;
                    assert_eq!(marked, begins(before, byte), "{before} {byte} at {place}");
                }
            }
        }
    }

    #[test]
    fn capitals_alone_become_small() {
        for byte in 0..=u8::MAX {
            let word = u64::from_le_bytes([byte; 8]);
            assert_eq!(lower(word).to_le_bytes(), [byte.to_ascii_lowercase(); 8]);
        }
    }

    proptest! {
        #[test]
        fn prop_eight_at_once_find_what_one_by_one_finds(bytes in "[a-zA-Z0-9@:= \u{E9}日.]{0,200}", from in 0_usize..40) {
            let bytes = bytes.as_bytes();
            let from = from.min(bytes.len());
            let next = bytes[from..].iter().position(|byte| byte.is_ascii_digit() || *byte == b'@').map(|at| from + at);
            prop_assert_eq!(digit_or_at(bytes, from), next);
            let digits = bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            prop_assert_eq!(digits_end(bytes, from), from + digits);
            let letters = bytes[from..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            prop_assert_eq!(alphanumeric_end(bytes, from), from + letters);
            let counted = |fits: fn(&u8) -> bool| bytes.iter().filter(|byte| fits(byte)).count();
            prop_assert_eq!(count(bytes), (counted(u8::is_ascii_digit), counted(u8::is_ascii_alphabetic)));
            let mut found = Vec::new();
            joints(bytes, |at| found.push(at));
            let plain: Vec<usize> = (1..bytes.len())
                .filter(|&at| matches!(bytes[at], b':' | b'=') && !bytes[at - 1].is_ascii_digit())
                .collect();
            prop_assert_eq!(found, plain);
        }
    }
}
