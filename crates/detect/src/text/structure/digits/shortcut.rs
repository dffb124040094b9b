//! The numbers that logs are full of, told by a few bytes: moments (`2026-11-23T10:15:33.123Z`), times of
//! day, and short numbers that stand alone. What is passed over here would be passed over by the
//! long way too; a test walks both ways and compares.

use super::Pass;
use super::announces;
use super::is_year;
use crate::checksum;
use crate::text::structure::phrase;

/// Where to go on behind the number at `at`, when it is plain that it is nothing.
#[inline]
pub(super) fn past(pass: &Pass<'_>, at: usize) -> Option<usize> {
    let before = pass.byte_before(at);
    if before.is_ascii_alphabetic() || matches!(before, b':' | b'+') {
        return None;
    }
    let rest = &pass.bytes[at..];
    let length = rest.iter().take(6).take_while(|byte| byte.is_ascii_digit()).count();
    let next = rest.get(length).copied().unwrap_or(0);
    match (length, next) {
        (6, _) => None,
        (4, b'-') => moment(rest).map(|length| at + length),
        (2, b':') if !before.is_ascii_digit() => is_time_of_day(rest).then_some(at + 8),
        (_, b':' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z') => None,
        (_, b' ' | b'-' | b'.' | b'/' | b')') => {
            let alone = length < 4
                && !is_joined(&rest[length..])
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

/// `AB 12`: letters that may belong to the number.
fn capital_beside(pass: &Pass<'_>, at: usize, before: u8) -> bool {
    matches!(before, b' ' | b'-') && pass.bytes.get(at.wrapping_sub(2)).is_some_and(u8::is_ascii_uppercase)
}

/// Whether more digits follow in a group of their own.
fn is_joined(rest: &[u8]) -> bool {
    let marks = rest.iter().take(3).take_while(|byte| phrase::is_separator(**byte)).count();
    rest.get(marks).is_some_and(u8::is_ascii_digit) && !phrase::is_break(&rest[..marks])
}

/// The length of a date with a time behind it.
fn moment(rest: &[u8]) -> Option<usize> {
    let timed = match rest.get(10)? {
        b'T' => true,
        b' ' => rest.get(13) == Some(&b':'),
        _ => false,
    };
    if !timed || rest[7] != b'-' {
        return None;
    }
    let number = |from: usize, to: usize| {
        rest[from..to]
            .iter()
            .try_fold(0_u32, |number, byte| byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0')))
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    if !(1000..2200).contains(&year) || !checksum::is_date(year, month, day) {
        return None;
    }
    let time = rest[11..].iter().take(31);
    Some(11 + time.take_while(|byte| matches!(byte, b'0'..=b'9' | b':' | b'.' | b',' | b'+' | b'Z')).count())
}

/// `10:15:33` and nothing that goes on.
fn is_time_of_day(rest: &[u8]) -> bool {
    let Some(time) = rest.get(..8) else { return false };
    let shaped = time.iter().enumerate().all(|(at, byte)| match at {
        2 | 5 => *byte == b':',
        _ => byte.is_ascii_digit(),
    });
    shaped && !rest.get(8).is_some_and(|after| after.is_ascii_alphanumeric() || matches!(after, b':' | b'.'))
}
