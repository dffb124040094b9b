//! What looks like personal data and is not: article numbers, timestamps, digests, versions.
//! Column and text side ask here before they believe a loose shape.

use crate::checksum;
use crate::recognise::Candidate;
use crate::recognise::Marks;

/// Something that is no personal data although digits make it look so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lookalike {
    /// EAN, GTIN, ISBN-13: thirteen, twelve, eight or fourteen digits with the GS1 check digit.
    ArticleNumber,
    /// A calendar date, with or without a time.
    Date,
    /// A hexadecimal digest of 32, 40, 56, 64, 96 or 128 characters.
    Digest,
    /// Seconds, milliseconds or microseconds since 1970, within 2001 to 2038.
    Epoch,
    /// An ISBN-10 or ISBN-13.
    Isbn,
    /// A year and a number that somebody counted with: `2025-87999`.
    NumberOfAYear,
    /// A universally unique id.
    Uuid,
    /// A version of three or four parts.
    Version,
}

/// What a whole value is instead, if anything.
pub fn lookalike(candidate: &Candidate<'_>) -> Option<Lookalike> {
    let text = candidate.text();
    if is_uuid(text) {
        return Some(Lookalike::Uuid);
    }
    if is_digest(text) {
        return Some(Lookalike::Digest);
    }
    if is_date_time(text) {
        return Some(Lookalike::Date);
    }
    if is_version(text) {
        return Some(Lookalike::Version);
    }
    if is_isbn(candidate) {
        return Some(Lookalike::Isbn);
    }
    if is_numbered_by_year(text) {
        return Some(Lookalike::NumberOfAYear);
    }
    if candidate.letter_count() == 0 && candidate.marks() == Marks::NONE {
        if is_epoch(text) {
            return Some(Lookalike::Epoch);
        }
        if matches!(candidate.length(), 8 | 12 | 13 | 14) && checksum::gs1(&candidate.digits()) {
            return Some(Lookalike::ArticleNumber);
        }
    }
    None
}

/// Whether `text` is a year and a number that somebody counted with: `2025-87999`, `2024/0042`.
pub fn is_numbered_by_year(text: &str) -> bool {
    let Some((year, number)) = text.split_once(['-', '/']) else { return false };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let of_our_days = year.len() == 4 && (year.starts_with("19") || year.starts_with("20"));
    of_our_days && digits(year) && (3..=7).contains(&number.len()) && digits(number)
}

/// Whether `text` is `8-4-4-4-12` hexadecimal digits.
pub fn is_uuid(text: &str) -> bool {
    let text = text.trim_start_matches('{').trim_end_matches('}').as_bytes();
    text.len() == 36
        && text.iter().enumerate().all(|(index, &byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Whether `text` is a hexadecimal digest with at least one letter and one digit.
pub fn is_digest(text: &str) -> bool {
    matches!(text.len(), 32 | 40 | 56 | 64 | 96 | 128)
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
        && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// Whether `text` is `v1.2.3`, `1.2.3`, `1.2.3.4` with small parts, perhaps with `-rc1` or `+build`.
pub fn is_version(text: &str) -> bool {
    let body = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let core = body.split(['-', '+']).next().unwrap_or_default();
    let mut parts = 0;
    let mut small = true;
    let mut long = true;
    for part in core.split('.') {
        if part.is_empty() || part.len() > 5 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return false;
        }
        parts += 1;
        small &= part.len() <= 2;
        long &= part.len() >= 3;
    }
    // `515.123.4567` is a phone number.
    (parts == 3 && !long && !is_date_time(text)) || (parts == 4 && (small || body.len() < text.len()))
}

/// Whether a value is an ISBN-10 or, with prefix 978 or 979, an ISBN-13.
pub fn is_isbn(candidate: &Candidate<'_>) -> bool {
    if !candidate.marks().only(Marks::HYPHEN | Marks::SPACE) {
        return false;
    }
    let digits = candidate.digits();
    match candidate.length() {
        13 => candidate.letter_count() == 0 && digits.starts_with(&[9, 7]) && digits[2] >= 8 && checksum::gs1(&digits),
        10 if candidate.marks().has(Marks::HYPHEN) || candidate.compact()[9] == b'X' => {
            let mut values = [0; 10];
            values.copy_from_slice(&digits);
            if candidate.compact()[9] == b'X' {
                values[9] = 10;
            }
            values.iter().all(|&value| value <= 10) && checksum::isbn_10(&values)
        }
        _ => false,
    }
}

/// Whether digits are seconds, milliseconds or microseconds since 1970 within 2001-09 to 2038-01.
pub fn is_epoch(text: &str) -> bool {
    let seconds = match text.len() {
        10 => text.parse::<u64>(),
        13 => text.parse::<u64>().map(|value| value / 1_000),
        16 => text.parse::<u64>().map(|value| value / 1_000_000),
        _ => return false,
    };
    seconds.is_ok_and(|seconds| (1_000_000_000..2_147_483_648).contains(&seconds))
}

/// Whether `text` begins with a date that exists (year first, or day and month first) and goes on
/// with nothing but a time and a zone.
pub fn is_date_time(text: &str) -> bool {
    let Some((_, _, _, rest)) = leading_date(text) else { return false };
    rest.is_empty()
        || (rest.starts_with(['T', ' ', '_'])
            && rest[1..].bytes().all(|byte| byte.is_ascii_digit() || b":.,+-ZzUTCAMPamp ".contains(&byte)))
}

/// A date at the start of `text` as year, month, day, and what follows it. Understands year-month-day
/// and day-month-year (or month-day-year where only that exists) with `-`, `/`, `.` and eight digits
/// beginning with the year.
pub fn leading_date(text: &str) -> Option<(u32, u32, u32, &str)> {
    let bytes = text.as_bytes();
    let run = |from: usize| bytes.get(from..).map_or(0, |rest| rest.iter().take_while(|b| b.is_ascii_digit()).count());
    let value = |from: usize, length: usize| text.get(from..from + length).and_then(|part| part.parse::<u32>().ok());
    let first = run(0);
    if first == 8 {
        let (year, month, day) = (value(0, 4)?, value(4, 2)?, value(6, 2)?);
        return ((1850..2100).contains(&year) && checksum::is_date(year, month, day))
            .then(|| (year, month, day, &text[8..]));
    }
    let separator = *bytes.get(first)?;
    if !b"-/.".contains(&separator) {
        return None;
    }
    let second = run(first + 1);
    let third_at = first + second + 2;
    if bytes.get(first + second + 1) != Some(&separator) {
        return None;
    }
    let third = run(third_at);
    let end = third_at + third;
    let rest = text.get(end..)?;
    let (a, b, c) = (value(0, first)?, value(first + 1, second)?, value(third_at, third)?);
    match (first, second, third) {
        (4, 1..=2, 1..=2) if checksum::is_date(a, b, c) && (1000..2200).contains(&a) => Some((a, b, c, rest)),
        (1..=2, 1..=2, 4) if (1000..2200).contains(&c) => {
            if checksum::is_date(c, b, a) {
                Some((c, b, a, rest))
            } else if checksum::is_date(c, a, b) {
                Some((c, a, b, rest))
            } else {
                None
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookalikes_are_told_apart() {
        let table: &[(&str, Option<Lookalike>)] = &[
            ("550e8400-e29b-41d4-a716-446655440000", Some(Lookalike::Uuid)),
            ("d41d8cd98f00b204e9800998ecf8427e", Some(Lookalike::Digest)),
            ("2024-02-29T12:00:00Z", Some(Lookalike::Date)),
            ("31.12.1999", Some(Lookalike::Date)),
            ("12/31/1999 10:00 PM", Some(Lookalike::Date)),
            ("20240229", Some(Lookalike::Date)),
            ("1700000000", Some(Lookalike::Epoch)),
            ("4006381333931", Some(Lookalike::ArticleNumber)),
            ("978-3-16-148410-0", Some(Lookalike::Isbn)),
            ("0-306-40615-2", Some(Lookalike::Isbn)),
            ("1.2.3", Some(Lookalike::Version)),
            ("v10.0.19041.1", Some(Lookalike::Version)),
            ("192.168.178.21", None),
            ("515.123.4567", None),
            ("2024-02-30", None),
            ("+49 30 901820", None),
        ];
        for (text, expected) in table {
            assert_eq!(lookalike(&Candidate::new(text)), *expected, "{text}");
        }
    }
}
