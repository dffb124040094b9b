//! Check-digit arithmetic, each scheme once. Recognisers say which digits go in; the schemes here
//! know nothing of countries. Digits are values 0 to 9, most significant first.

/// Whether the last digit is the Luhn check digit of the rest (ISO/IEC 7812-1, annex B). A random
/// number passes 1 in 10 times; a number of zeros only is refused.
pub fn luhn(digits: &[u8]) -> bool {
    digits.len() > 1 && luhn_sum(digits).is_multiple_of(10) && digits.iter().any(|&digit| digit != 0)
}

/// The Luhn sum: every second digit from the right is doubled, its digits added.
pub fn luhn_sum(digits: &[u8]) -> u32 {
    let mut sum = 0;
    for (index, &digit) in digits.iter().rev().enumerate() {
        let digit = u32::from(digit);
        sum += match index % 2 {
            0 => digit,
            _ if digit > 4 => digit * 2 - 9,
            _ => digit * 2,
        };
    }
    sum
}

/// The sum of digits times weights, position by position; stops at the shorter list.
pub fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(&digit, &weight)| u32::from(digit) * weight).sum()
}

/// The number modulo `modulus`, for numbers of any length.
pub fn remainder(digits: &[u8], modulus: u64) -> u64 {
    digits.iter().fold(0, |rest, &digit| (rest * 10 + u64::from(digit)) % modulus)
}

/// Whether upper-case letters and digits (`A` = 10 … `Z` = 35) taken as one number leave 1 modulo 97
/// (ISO/IEC 7064 MOD 97-10). A random string passes 1 in 97 times.
pub fn mod_97_10(code: impl Iterator<Item = u8>) -> bool {
    let mut rest = 0_u64;
    for byte in code {
        rest = match byte {
            b'0'..=b'9' => rest * 10 + u64::from(byte - b'0'),
            b'A'..=b'Z' => rest * 100 + u64::from(byte - b'A') + 10,
            _ => return false,
        };
        // Division is the slow part: only where the number grows too long.
        if rest > 100_000_000_000_000_000 {
            rest %= 97;
        }
    }
    rest % 97 == 1
}

/// Whether the last digit closes ISO/IEC 7064 MOD 11,10 over all digits. 1 in 10 by chance.
pub fn mod_11_10(digits: &[u8]) -> bool {
    let Some((&last, body)) = digits.split_last() else { return false };
    let mut product = 10_u32;
    for &digit in body {
        let sum = (u32::from(digit) + product) % 10;
        product = (if sum == 0 { 10 } else { sum } * 2) % 11;
    }
    (11 - product) % 10 == u32::from(last)
}

/// The check value 0 to 10 (10 is written `X`) of ISO/IEC 7064 MOD 11-2 over `digits`.
pub fn mod_11_2(digits: &[u8]) -> u32 {
    let rest = digits.iter().fold(0, |rest, &digit| (rest + u32::from(digit)) * 2 % 11);
    (12 - rest) % 11
}

/// Whether the digits with their last one close the Verhoeff scheme. 1 in 10 by chance; catches all
/// swaps of neighbours.
pub fn verhoeff(digits: &[u8]) -> bool {
    let mut check = 0_usize;
    for (index, &digit) in digits.iter().rev().enumerate() {
        check = VERHOEFF_PRODUCT[check][VERHOEFF_PERMUTATION[index % 8][usize::from(digit % 10)]];
    }
    check == 0 && !digits.is_empty()
}

/// Whether the last digit is the GS1 check digit (EAN-8, EAN-13, GTIN-14, ISBN-13, SSCC).
pub fn gs1(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, &digit)| u32::from(digit) * if index % 2 == 0 { 1 } else { 3 })
        .sum();
    digits.len() > 1 && sum.is_multiple_of(10)
}

/// Whether nine digits and a tenth character (`X` = 10) are an ISBN-10.
pub fn isbn_10(values: &[u8]) -> bool {
    values.len() == 10 && weighted(values, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
}

/// Whether a date exists in the Gregorian calendar.
pub fn is_date(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// Whether two-digit year, month and day exist in 1900-1999 or 2000-2099. By chance 3.65 % of six
/// random digits do.
pub fn is_short_date(month: u32, day: u32) -> bool {
    // Year 2000 is a leap year: 29 February is let through for every year.
    is_date(2000, month, day)
}

/// The share of six random digits that are a date without century ([`is_short_date`]).
pub const SHORT_DATE_CHANCE: f32 = 366.0 / 10_000.0;

const VERHOEFF_PRODUCT: [[usize; 10]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
    [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
    [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
    [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
    [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
    [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
    [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
    [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
];

const VERHOEFF_PERMUTATION: [[usize; 10]; 8] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
    [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
    [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
    [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
    [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
    [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
    [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
];

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> Vec<u8> {
        text.bytes().map(|byte| byte - b'0').collect()
    }

    #[test]
    fn luhn_takes_a_card_and_refuses_a_swap_and_zeros() {
        assert!(luhn(&digits("4111111111111111")));
        assert!(!luhn(&digits("4111111111111112")));
        assert!(!luhn(&digits("0000000000000000")));
    }

    #[test]
    fn published_vectors_pass() {
        assert!(mod_97_10(b"370400440532013000DE89".iter().copied().map(|b| b.to_ascii_uppercase())));
        assert!(mod_97_10(b"3214282912345698765432161182".iter().copied()));
        assert!(mod_11_10(&digits("86095742719")));
        assert_eq!(mod_11_2(&digits("11010519491231002")), 10);
        assert!(verhoeff(&digits("2363")));
        assert!(!verhoeff(&digits("2336")));
        assert!(gs1(&digits("4006381333931")));
        assert!(isbn_10(&[0, 3, 0, 6, 4, 0, 6, 1, 5, 2]));
    }

    #[test]
    fn dates_know_leap_years() {
        assert!(is_date(2000, 2, 29));
        assert!(!is_date(1900, 2, 29));
        assert!(!is_date(2024, 13, 1));
        assert!(!is_date(2024, 4, 31));
        assert!(!is_date(2024, 4, 0));
    }
}
