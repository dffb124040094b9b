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

/// The place of the next digit or `@`.
#[inline]
pub(crate) fn digit_or_at(bytes: &[u8], mut at: usize) -> Option<usize> {
    while let Some(whole) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let word = u64::from_le_bytes(*whole);
        let fits = digits(word) | equal(word, b'@');
        if fits != 0 {
            return Some(at + fits.trailing_zeros() as usize / 8);
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
pub(crate) fn each_mark(marks: &[u8], mut each: impl FnMut(usize)) {
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
            }
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
            let mut found = Vec::new();
            joints(bytes, |at| found.push(at));
            let plain: Vec<usize> = (1..bytes.len())
                .filter(|&at| matches!(bytes[at], b':' | b'=') && !bytes[at - 1].is_ascii_digit())
                .collect();
            prop_assert_eq!(found, plain);
        }
    }
}
