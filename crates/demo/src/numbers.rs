//! Numbers with check digits: cards, bank accounts, national ids.

use crate::dice::Dice;

/// A payment card number from a test range, with its Luhn digit.
pub(crate) fn card(dice: &mut Dice) -> String {
    let (prefix, length) =
        *dice.pick(&[("424242", 16), ("400005", 16), ("555555", 16), ("510510", 16), ("378282", 15)]);
    let mut number = dice.fill(&format!("{prefix}{}", "#".repeat(length - 1 - prefix.len())));
    number.push(luhn_digit(&number));
    number
}

/// The digit that completes `digits` after Luhn.
pub(crate) fn luhn_digit(digits: &str) -> char {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte - b'0') * if index % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    digit_char((10 - sum % 10) % 10)
}

/// A card number of which only the last four digits show.
pub(crate) fn masked_card(number: &str) -> String {
    format!("**** **** **** {}", &number[number.len() - 4..])
}

/// An IBAN of `country` with right length and check digits. Bank and account are made up.
pub(crate) fn iban(dice: &mut Dice, country: &str) -> String {
    let (country, pattern) = match country {
        "ES" => ("ES", "####################"),
        "FR" => ("FR", "#######################"),
        "GB" => ("GB", "LNTN##############"),
        "IT" => ("IT", "@######################"),
        "NL" => ("NL", "LNTN##########"),
        "PL" => ("PL", "########################"),
        "SE" => ("SE", "####################"),
        _ => ("DE", "##################"),
    };
    let account = dice.fill(pattern);
    let rest = account.bytes().chain(country.bytes()).chain(*b"00").fold(0, mod_97);
    format!("{country}{:02}{account}", 98 - rest)
}

fn mod_97(rest: u32, byte: u8) -> u32 {
    if byte.is_ascii_digit() {
        (rest * 10 + u32::from(byte - b'0')) % 97
    } else {
        (rest * 100 + u32::from(byte - b'A') + 10) % 97
    }
}

/// The national id or tax number of someone living in `country`, with its check digits.
pub(crate) fn national_id(dice: &mut Dice, country: &str, woman: bool, birth_year: i16) -> String {
    match country {
        "ES" => spanish_dni(dice),
        "FR" => french_nir(dice, woman, birth_year),
        "NL" => dutch_bsn(dice),
        "PL" => polish_pesel(dice, woman, birth_year),
        _ => german_tax_id(dice),
    }
}

/// Steueridentifikationsnummer: ten digits of which one occurs twice and one not at all, then ISO 7064 mod 11,10.
fn german_tax_id(dice: &mut Dice) -> String {
    let mut digits: Vec<u32> = (0..10).collect();
    for last in (1..digits.len()).rev() {
        digits.swap(last, dice.between(0, last as i64) as usize);
    }
    digits[9] = digits[dice.between(0, 4) as usize];
    if digits[0] == 0 {
        digits.swap(0, 5);
    }
    let product = digits.iter().fold(10, |product, digit| {
        let sum = (digit + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    digits.push((11 - product) % 10);
    digits.into_iter().map(digit_char).collect()
}

fn spanish_dni(dice: &mut Dice) -> String {
    let number = dice.between(10_000_000, 79_999_999);
    let letter = b"TRWAGMYFPDXBNJZSQVHLCKE"[(number % 23) as usize];
    format!("{number}{}", char::from(letter))
}

fn french_nir(dice: &mut Dice, woman: bool, birth_year: i16) -> String {
    let sex = if woman { 2 } else { 1 };
    let month = dice.between(1, 12);
    let number = dice.fill(&format!("{sex}{:02}{month:02}75###0##", birth_year.rem_euclid(100)));
    let value: u64 = number.parse().unwrap_or_default();
    format!("{number}{:02}", 97 - value % 97)
}

/// Burgerservicenummer: eleven-test with the last weight negative.
fn dutch_bsn(dice: &mut Dice) -> String {
    loop {
        let eight = dice.fill("1#######");
        let sum: u32 = eight.bytes().zip((2..=9).rev()).map(|(byte, weight)| u32::from(byte - b'0') * weight).sum();
        if sum % 11 < 10 {
            return format!("{eight}{}", sum % 11);
        }
    }
}

fn polish_pesel(dice: &mut Dice, woman: bool, birth_year: i16) -> String {
    let month = dice.between(1, 12) + if birth_year >= 2000 { 20 } else { 0 };
    let sex = dice.between(0, 4) * 2 + i64::from(!woman);
    let day = dice.between(1, 28);
    let ten = dice.fill(&format!("{:02}{month:02}{day:02}###{sex}", birth_year.rem_euclid(100)));
    let weights = [1, 3, 7, 9, 1, 3, 7, 9, 1, 3];
    let sum: u32 = ten.bytes().zip(weights).map(|(byte, weight)| u32::from(byte - b'0') * weight).sum();
    format!("{ten}{}", (10 - sum % 10) % 10)
}

fn digit_char(digit: u32) -> char {
    char::from_digit(digit % 10, 10).unwrap_or('0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_published_examples() {
        assert_eq!(luhn_digit("424242424242424"), '2');
        assert_eq!(luhn_digit("37828224631000"), '5');
        let dice = &mut Dice::new(1, 1);
        for country in ["DE", "ES", "FR", "GB", "IT", "NL", "PL", "SE"] {
            let number = iban(dice, country);
            let turned = format!("{}{}", &number[4..], &number[..4]);
            assert_eq!(turned.bytes().fold(0, mod_97), 1, "{country}");
        }
    }

    #[test]
    fn a_german_tax_id_repeats_one_digit_and_never_starts_with_zero() {
        let dice = &mut Dice::new(2, 1);
        for _ in 0..200 {
            let id = german_tax_id(dice);
            let different: std::collections::BTreeSet<char> = id[..10].chars().collect();
            assert_eq!((id.len(), different.len()), (11, 9), "{id}");
            assert!(!id.starts_with('0'));
        }
    }
}
