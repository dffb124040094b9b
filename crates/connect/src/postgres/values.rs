//! Single values of PostgreSQL's binary format. Pure; malformed bytes give `None`.

use std::fmt::Write;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

/// Days from 1970-01-01 to 2000-01-01, PostgreSQL's day zero.
const EPOCH_DAYS: i32 = 10_957;
/// The same in microseconds.
const EPOCH_MICROSECONDS: i64 = EPOCH_DAYS as i64 * 86_400_000_000;

pub(super) fn int16(bytes: &[u8]) -> Option<i16> {
    Some(i16::from_be_bytes(bytes.try_into().ok()?))
}

pub(super) fn int32(bytes: &[u8]) -> Option<i32> {
    Some(i32::from_be_bytes(bytes.try_into().ok()?))
}

pub(super) fn int64(bytes: &[u8]) -> Option<i64> {
    Some(i64::from_be_bytes(bytes.try_into().ok()?))
}

/// Days since 1970; infinities are the ends of the range.
pub(super) fn date(bytes: &[u8]) -> Option<i32> {
    Some(match int32(bytes)? {
        i32::MIN => i32::MIN,
        days => days.saturating_add(EPOCH_DAYS),
    })
}

/// Microseconds since 1970; infinities are the ends of the range.
pub(super) fn timestamp(bytes: &[u8]) -> Option<i64> {
    Some(match int64(bytes)? {
        i64::MIN => i64::MIN,
        microseconds => microseconds.saturating_add(EPOCH_MICROSECONDS),
    })
}

/// `6f1d…-…` in the usual form.
pub(super) fn uuid(bytes: &[u8], text: &mut String) -> Option<()> {
    if bytes.len() != 16 {
        return None;
    }
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        push_hex(*byte, text);
    }
    Some(())
}

/// `08:00:2b:01:02:03`, six or eight bytes.
pub(super) fn hardware_address(bytes: &[u8], text: &mut String) -> Option<()> {
    if !matches!(bytes.len(), 6 | 8) {
        return None;
    }
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 {
            text.push(':');
        }
        push_hex(*byte, text);
    }
    Some(())
}

fn push_hex(byte: u8, text: &mut String) {
    for digit in [byte >> 4, byte & 15] {
        text.push(char::from_digit(digit.into(), 16).unwrap_or('0'));
    }
}

/// `inet` or `cidr`: the address, and the length of its prefix where it is a network.
pub(super) fn network(bytes: &[u8], text: &mut String) -> Option<()> {
    let (&[family, prefix, is_cidr, length], address) = bytes.split_first_chunk::<4>()?;
    let address = match (family, length) {
        (2, 4) => IpAddr::from(Ipv4Addr::from(<[u8; 4]>::try_from(address).ok()?)),
        (3, 16) => IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(address).ok()?)),
        _ => return None,
    };
    let is_host = prefix == if address.is_ipv4() { 32 } else { 128 };
    if is_host && is_cidr == 0 { write!(text, "{address}").ok() } else { write!(text, "{address}/{prefix}").ok() }
}

/// A `numeric`: digits of base 10,000.
struct Numeric<'a> {
    sign: u16,
    /// The power of 10,000 of the first digit.
    weight: i32,
    /// Decimals to show.
    decimals: usize,
    digits: &'a [[u8; 2]],
}

const NEGATIVE: u16 = 0x4000;
const NOT_A_NUMBER: u16 = 0xc000;
const INFINITE: u16 = 0xd000;
const NEGATIVE_INFINITE: u16 = 0xf000;

impl<'a> Numeric<'a> {
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (head, digits) = bytes.split_first_chunk::<8>()?;
        let field = |index: usize| u16::from_be_bytes([head[index], head[index + 1]]);
        let (digits, rest) = digits.as_chunks::<2>();
        let fits = rest.is_empty() && digits.len() == usize::from(field(0));
        fits.then_some(Self {
            sign: field(4),
            weight: i32::from(field(2) as i16),
            decimals: usize::from(field(6)),
            digits,
        })
    }

    fn digit(&self, index: i32) -> u16 {
        let digit = usize::try_from(index).ok().and_then(|index| self.digits.get(index));
        digit.map_or(0, |digit| u16::from_be_bytes(*digit))
    }
}

/// A decimal value that may be absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decimal {
    /// The value times ten to the scale.
    Value(i128),
    /// NaN or an infinity.
    NotANumber,
}

/// A `numeric` as an integer with `scale` decimals.
pub(super) fn decimal(bytes: &[u8], scale: i8) -> Option<Decimal> {
    let numeric = Numeric::parse(bytes)?;
    if matches!(numeric.sign, NOT_A_NUMBER | INFINITE | NEGATIVE_INFINITE) {
        return Some(Decimal::NotANumber);
    }
    let mut value: i128 = 0;
    for digit in numeric.digits {
        value = value.checked_mul(10_000)?.checked_add(u16::from_be_bytes(*digit).into())?;
    }
    let last_weight = numeric.weight - i32::try_from(numeric.digits.len()).ok()? + 1;
    let exponent = last_weight * 4 + i32::from(scale);
    let factor = 10_i128.checked_pow(exponent.unsigned_abs());
    let value = match (exponent < 0, factor) {
        (_, _) if value == 0 => 0,
        (false, factor) => value.checked_mul(factor?)?,
        (true, factor) => value / factor?,
    };
    Some(Decimal::Value(if numeric.sign == NEGATIVE { -value } else { value }))
}

/// A `numeric` as PostgreSQL prints it.
pub(super) fn numeric_text(bytes: &[u8], text: &mut String) -> Option<()> {
    let numeric = Numeric::parse(bytes)?;
    match numeric.sign {
        NOT_A_NUMBER => text.push_str("NaN"),
        INFINITE => text.push_str("Infinity"),
        NEGATIVE_INFINITE => text.push_str("-Infinity"),
        sign => {
            if sign == NEGATIVE {
                text.push('-');
            }
            write!(text, "{}", if numeric.weight >= 0 { numeric.digit(0) } else { 0 }).ok()?;
            for index in 1..=numeric.weight {
                write!(text, "{:04}", numeric.digit(index)).ok()?;
            }
            if numeric.decimals > 0 {
                text.push('.');
                let end = text.len() + numeric.decimals;
                let mut index = numeric.weight + 1;
                while text.len() < end {
                    write!(text, "{:04}", numeric.digit(index)).ok()?;
                    index += 1;
                }
                text.truncate(end);
            }
        }
    }
    Some(())
}

/// Calls `each` with every element of an array (NULL as none), whatever its dimensions.
pub(super) fn array<'a>(bytes: &'a [u8], mut each: impl FnMut(Option<&'a [u8]>)) -> Option<()> {
    let (head, mut rest) = bytes.split_first_chunk::<12>()?;
    let dimensions = usize::try_from(int32(head.get(..4)?)?).ok()?;
    let mut count = usize::from(dimensions > 0);
    for _ in 0..dimensions {
        let (dimension, after) = rest.split_first_chunk::<8>()?;
        count = count.checked_mul(usize::try_from(int32(dimension.get(..4)?)?).ok()?)?;
        rest = after;
    }
    for _ in 0..count {
        let (length, after) = rest.split_first_chunk::<4>()?;
        rest = after;
        match i32::from_be_bytes(*length) {
            -1 => each(None),
            length => {
                let (element, after) = rest.split_at_checked(usize::try_from(length).ok()?)?;
                each(Some(element));
                rest = after;
            }
        }
    }
    rest.is_empty().then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numeric(weight: i16, sign: u16, decimals: u16, digits: &[u16]) -> Vec<u8> {
        let head = [digits.len() as u16, weight as u16, sign, decimals];
        head.iter().chain(digits).flat_map(|field| field.to_be_bytes()).collect()
    }

    #[test]
    fn numerics_print_and_scale_exactly() {
        let cases = [
            (numeric(0, 0, 2, &[12, 3400]), "12.34", 2, 1234),
            (numeric(1, 0, 0, &[1, 5]), "10005", 0, 10005),
            (numeric(2, 0x4000, 0, &[1]), "-100000000", 2, -10_000_000_000),
            (numeric(-1, 0, 4, &[12]), "0.0012", 4, 12),
            (numeric(-2, 0, 6, &[1200]), "0.000012", 6, 12),
            (numeric(0, 0, 2, &[]), "0.00", 2, 0),
            (numeric(0, 0, 1, &[7, 5000]), "7.5", 1, 75),
        ];
        for (bytes, text, scale, value) in cases {
            let mut printed = String::new();
            numeric_text(&bytes, &mut printed).unwrap();
            assert_eq!(printed, text);
            assert_eq!(decimal(&bytes, scale), Some(Decimal::Value(value)), "{text}");
        }
        assert_eq!(decimal(&numeric(0, 0xc000, 0, &[]), 2), Some(Decimal::NotANumber));
    }

    #[test]
    fn infinite_dates_are_the_ends_of_time() {
        assert_eq!(date(&0_i32.to_be_bytes()), Some(10_957));
        assert_eq!(date(&i32::MAX.to_be_bytes()), Some(i32::MAX));
        assert_eq!(date(&i32::MIN.to_be_bytes()), Some(i32::MIN));
        assert_eq!(timestamp(&i64::MAX.to_be_bytes()), Some(i64::MAX));
        assert_eq!(timestamp(&0_i64.to_be_bytes()), Some(946_684_800_000_000));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_a_decoder_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..64)) {
            let mut text = String::new();
            let _ = (decimal(&bytes, 2), date(&bytes), timestamp(&bytes), array(&bytes, |_| ()));
            let _ = (uuid(&bytes, &mut text), network(&bytes, &mut text), hardware_address(&bytes, &mut text));
            let _ = numeric_text(&bytes, &mut text);
        }
    }
}
