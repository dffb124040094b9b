//! The numbers that logs are full of, told by a few bytes: moments (`2026-11-23T10:15:33.123Z`), times of
//! day, and short numbers that stand alone. What is passed over here would be passed over by the
//! long way too; a test walks both ways and compares.

use super::Pass;
use super::announces;
use super::dates::is_month;
use super::is_amount;
use super::is_rest_of_a_number;
use super::is_year;
use super::status_end;
use crate::checksum;
use crate::text::scan;
use crate::text::structure::phrase;

/// Where to go on behind the number at `at`, when it is plain that it is nothing.
#[inline]
pub(super) fn past(pass: &mut Pass<'_>, at: usize) -> Option<usize> {
    let before = pass.byte_before(at);
    if before.is_ascii_alphabetic() {
        return None;
    }
    pass.count(8);
    let word = scan::eight(pass.bytes, at);
    let length = scan::leading(scan::digits(word));
    if before == b'+' {
        // +0100
        let next = pass.byte(at + length);
        let ends = !next.is_ascii_alphanumeric() && !phrase::is_separator(next) && next != b':';
        return (length < 6 && ends).then_some(at + length);
    }
    if before == b':' {
        // 23/Nov/2026:10:15:33
        let dated = at == pass.floor + 1 && at >= 2 && pass.bytes[at - 2].is_ascii_digit();
        return (length == 2 && dated && is_time_of_day(word, pass.byte(at + 8))).then_some(at + 8);
    }
    let rest = &pass.bytes[at..];
    let next = rest.get(length).copied().unwrap_or(0);
    match (length, next) {
        (..=6, _) if is_glued(pass, at, before) && !is_between_capitals(pass, at, length) => {
            let plain = next != b':' && !next.is_ascii_alphanumeric() && !is_year(&rest[..length]);
            (plain && !is_joined(&rest[length..])).then_some(at + length)
        }
        (4..=6, _) if is_lone(pass, at, length, next) => {
            lone(pass, at, at + length);
            Some(at + length)
        }
        _ if (6..=8).contains(&length) => None,
        (3, b' ') if before == b' ' && status_end(pass, at).is_some() => status_end(pass, at),
        (3, b' ') | (1, b'.') if mail_status(pass, at, length).is_some() => mail_status(pass, at, length),
        (..=2, b' ') if is_before_time(pass, at + length) => Some(at + length),
        (2, b'/') if web_moment(rest).is_some() => web_moment(rest).map(|length| at + length),
        (4, b'-') => moment(rest).map(|length| at + length),
        (2, b':') if !before.is_ascii_digit() => is_time_of_day(word, pass.byte(at + 8)).then_some(at + 8),
        (_, b':' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z') => None,
        (_, b' ' | b'-' | b'.' | b'/' | b')') => {
            let alone = length < 4
                && (!is_joined(&rest[length..]) || is_small_decimal(rest, length))
                && !rest.get(length + 1).is_some_and(u8::is_ascii_uppercase)
                && !capital_beside(pass, at, before);
            alone.then_some(at + length)
        }
        _ => {
            let alone =
                !(is_year(&rest[..length]) || capital_beside(pass, at, before) || length >= 4 && announces(before));
            alone.then_some(at + length)
        }
    }
}

/// Behind a hyphen or underscore of a longer word: `exec-8080`.
#[inline]
fn is_glued(pass: &Pass<'_>, at: usize, before: u8) -> bool {
    matches!(before, b'-' | b'_') && pass.bytes.get(at.wrapping_sub(2)).is_some_and(u8::is_ascii_alphanumeric)
}

/// `AB-123-CD`: a number plate.
#[inline]
pub(super) fn is_between_capitals(pass: &Pass<'_>, at: usize, length: usize) -> bool {
    let capital = |at: usize| pass.bytes.get(at).is_some_and(u8::is_ascii_uppercase);
    pass.byte(at + length) == b'-' && capital(at + length + 1) && capital(at.wrapping_sub(2))
}

/// `1.1`, `537.36`: a number with at most two decimals that nothing goes on behind, too short for all that
/// is written in groups.
#[inline]
fn is_small_decimal(rest: &[u8], length: usize) -> bool {
    let decimals = rest.iter().skip(length + 1).take(3).take_while(|byte| byte.is_ascii_digit()).count();
    let after = rest.get(length + 1 + decimals).copied().unwrap_or(0);
    rest[length] == b'.'
        && (1..=2).contains(&decimals)
        && !after.is_ascii_alphanumeric()
        && (!phrase::is_separator(after) || after == b' ' && !is_joined(&rest[length + 1 + decimals..]))
        && !(after == b' ' && rest.get(length + 2 + decimals).is_some_and(u8::is_ascii_uppercase))
}

/// Where the status of a mail ends: `550 5.1.1`, `5.1.1` (RFC 3463).
fn mail_status(pass: &Pass<'_>, at: usize, length: usize) -> Option<usize> {
    let from = if length == 3 { at + 4 } else { at };
    let code: &[u8; 6] = pass.bytes.get(from..)?.first_chunk()?;
    let shaped = matches!(code, [b'2' | b'4' | b'5', b'.', b'0'..=b'9', b'.', b'0'..=b'9', b' ' | b'\n' | b'"' | b',']);
    let ends = code[5] != b' ' || pass.bytes.get(from + 6).is_some_and(u8::is_ascii_lowercase);
    let before = pass.byte_before(at);
    (shaped && ends && matches!(before, b' ' | b'"' | b'=' | b'\n') && !capital_beside(pass, at, before))
        .then_some(from + 5)
}

/// Whether a number of four to six digits stands by itself: no year, no letters or groups beside it.
#[inline]
fn is_lone(pass: &Pass<'_>, at: usize, length: usize, next: u8) -> bool {
    let rest = &pass.bytes[at..];
    let before = pass.byte_before(at);
    let apart = match next {
        b' ' => !is_joined(&rest[length..]) && !rest.get(length + 1).is_some_and(u8::is_ascii_uppercase),
        b'-' | b'.' | b'/' | b'(' | b')' | b':' | b'_' | b'+' => false,
        _ => !next.is_ascii_alphanumeric(),
    };
    apart && !matches!(before, b'(' | b'_' | b'-') && !is_year(&rest[..length]) && !capital_beside(pass, at, before)
}

/// Too short for any validator: only a word before it can say that it is something.
fn lone(pass: &mut Pass<'_>, at: usize, end: usize) {
    let announced = announces(pass.byte_before(at)) || pass.header.is_some();
    if announced && !is_amount(pass, at, end) && !is_rest_of_a_number(pass, at) {
        pass.on_word_alone(at, end);
    }
}

/// `AB 12`: letters that may belong to the number.
fn capital_beside(pass: &Pass<'_>, at: usize, before: u8) -> bool {
    matches!(before, b' ' | b'-') && pass.bytes.get(at.wrapping_sub(2)).is_some_and(u8::is_ascii_uppercase)
}

/// Whether more digits follow in a group of their own.
fn is_joined(rest: &[u8]) -> bool {
    let marks = rest.iter().take(3).take_while(|byte| phrase::is_separator(**byte)).count();
    rest.get(marks).is_some_and(u8::is_ascii_digit) && !phrase::is_break(&rest[..marks])
}

/// The length of a date with a time behind it: `2026-11-23T10:15:33.123Z`.
#[inline]
fn moment(rest: &[u8]) -> Option<usize> {
    const DATE: u64 = scan::digits(u64::from_le_bytes(*b"0000-00-"));
    const TIME: u64 = scan::digits(u64::from_le_bytes(*b"00T00:00"));
    let head: &[u8; 16] = rest.first_chunk()?;
    let digits = scan::digits(scan::eight(head, 0)) == DATE && scan::digits(scan::eight(head, 8)) == TIME;
    if !digits || head[7] != b'-' || !matches!(head[10], b'T' | b' ') || head[13] != b':' {
        return None;
    }
    let number = |place: usize| u32::from(head[place] - b'0') * 10 + u32::from(head[place + 1] - b'0');
    let year = number(0) * 100 + number(2);
    if !(1000..2200).contains(&year) || !checksum::is_date(year, number(5), number(8)) {
        return None;
    }
    let mut end = head.len();
    while end < 42 && rest.get(end).is_some_and(|byte| OF_TIME[usize::from(*byte)]) {
        end += 1;
    }
    Some(end)
}

/// The length of a moment as web servers write it: `23/Nov/2026:10:15:33`.
pub(super) fn web_moment(rest: &[u8]) -> Option<usize> {
    let head: &[u8; 20] = rest.first_chunk()?;
    let month = head[3..6].iter().all(u8::is_ascii_alphabetic) && is_month(std::str::from_utf8(&head[3..6]).ok()?);
    let date = month && head[2] == b'/' && head[6] == b'/' && head[7..11].iter().all(u8::is_ascii_digit);
    let after = rest.get(head.len()).copied().unwrap_or(0);
    (date && head[11] == b':' && is_time_of_day(scan::eight(head, 12), after)).then_some(head.len())
}

/// What a time is written with: digits and `:.,+Z`.
static OF_TIME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = matches!(byte as u8, b'0'..=b'9' | b':' | b'.' | b',' | b'+' | b'Z');
        byte += 1;
    }
    table
};

/// Whether a blank and a time of day stand at `end`: `Nov 23 10:15:33`.
#[inline]
pub(super) fn is_before_time(pass: &Pass<'_>, end: usize) -> bool {
    pass.byte(end) == b' ' && is_time_of_day(scan::eight(pass.bytes, end + 1), pass.byte(end + 9))
}

/// `10:15:33` and nothing that goes on.
#[inline]
fn is_time_of_day(word: u64, after: u8) -> bool {
    const DIGITS: u64 = scan::digits(u64::from_le_bytes(*b"00:00:00"));
    const COLONS: u64 = scan::equal(u64::from_le_bytes(*b"00:00:00"), b':');
    scan::digits(word) == DIGITS
        && scan::equal(word, b':') == COLONS
        && !(after.is_ascii_alphanumeric() || matches!(after, b':' | b'.'))
}
