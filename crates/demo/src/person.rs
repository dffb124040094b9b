//! Making up a person.

use jiff::civil::Date;

use crate::dice::Dice;
use crate::dice::days_before;
use crate::dice::iso;
use crate::locales::LOCALES;
use crate::locales::Locale;

/// Someone who does not exist.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) woman: bool,
    pub(crate) first: String,
    pub(crate) last: String,
    /// What of the name fits into a mail address.
    pub(crate) handle: String,
    pub(crate) email: String,
    pub(crate) phone: String,
    pub(crate) street: String,
    pub(crate) postal_code: String,
    pub(crate) town: String,
    pub(crate) country: &'static str,
    pub(crate) language: &'static str,
    pub(crate) birth_date: String,
    pub(crate) birth_year: i16,
}

impl Person {
    /// A person of any country the shop sells to; `number` keeps mail addresses apart.
    pub(crate) fn imagine(dice: &mut Dice, today: Date, number: usize) -> Self {
        let shares: Vec<u32> = LOCALES.iter().map(|locale| locale.share).collect();
        let locale = &LOCALES[dice.weighted(&shares)];
        Self::of_locale(dice, locale, today, number)
    }

    /// A person of `country`, which must be one of the shop's.
    pub(crate) fn of_country(dice: &mut Dice, country: &str, today: Date, number: usize) -> Self {
        let locale = LOCALES.iter().find(|locale| locale.country == country).unwrap_or(&LOCALES[0]);
        Self::of_locale(dice, locale, today, number)
    }

    fn of_locale(dice: &mut Dice, locale: &'static Locale, today: Date, number: usize) -> Self {
        let woman = dice.chance(58.0);
        let (first, first_plain) = {
            let names = if woman { locale.women } else { locale.men };
            written_and_plain(dice.word(names))
        };
        let (mut last, mut last_plain) = written_and_plain(dice.word(locale.families));
        if woman && locale.country == "PL" && last.ends_with("ki") {
            last.replace_range(last.len() - 1.., "a");
            last_plain.replace_range(last_plain.len() - 1.., "a");
        }
        let handle = handle(dice, &first_plain, &last_plain, number);
        let domain = domain(dice, locale.country);
        let (town, postal_code) = *dice.pick(locale.towns);
        let street = locale.line.replace("{street}", dice.word(locale.streets));
        let phone = dice.word(locale.phones);
        let street = street.replace("{number}", &dice.between(1, 140).to_string());
        // At least 29 today: everyone was of age when the oldest accounts were opened.
        let birthday = days_before(today, 29 * 365 + (dice.leaning() * 55.0 * 365.0) as i64 + dice.between(0, 3000));
        Self {
            woman,
            email: format!("{handle}@{domain}"),
            handle,
            first,
            last,
            phone: dice.fill(phone),
            street,
            postal_code: dice.fill(postal_code),
            town: town.to_owned(),
            country: locale.country,
            language: locale.language,
            birth_date: iso(birthday),
            birth_year: birthday.year(),
        }
    }

    /// First and last name.
    pub(crate) fn name(&self) -> String {
        if self.country == "JP" {
            format!("{} {}", self.last, self.first)
        } else {
            format!("{} {}", self.first, self.last)
        }
    }
}

fn written_and_plain(entry: &str) -> (String, String) {
    match entry.split_once('/') {
        Some((written, plain)) => (written.to_owned(), plain.to_owned()),
        None => (entry.to_owned(), plain_letters(entry)),
    }
}

fn handle(dice: &mut Dice, first: &str, last: &str, number: usize) -> String {
    let first = first.to_lowercase();
    let last = last.to_lowercase().replace([' ', '\''], "");
    let initial = first.chars().next().unwrap_or('x');
    match dice.between(0, 5) {
        0 => format!("{first}.{last}{}", number % 90 + 7),
        1 => format!("{initial}.{last}{number}"),
        2 => format!("{last}.{first}{}", number % 900 + 50),
        3 => format!("{first}_{last}{}", number % 70 + 30),
        4 => format!("{first}{number}"),
        _ => format!("{first}.{last}.{number}"),
    }
}

fn domain(dice: &mut Dice, country: &str) -> &'static str {
    match (country, dice.between(0, 4)) {
        (_, 0) => "example.com",
        (_, 1) => "post.example",
        ("DE", _) => dice.word(&["mailkasten.example", "freipost.example", "example.org", "t-netz.example"]),
        ("FR", _) => dice.word(&["courrier.example", "boite.example", "example.net"]),
        ("GB" | "US", _) => dice.word(&["letterbox.example", "quickmail.example", "example.net"]),
        ("NL", _) => dice.word(&["brievenbus.example", "example.net"]),
        _ => dice.word(&["correo.example", "mailbox.example", "example.org"]),
    }
}

/// `text` in plain letters, as people write their names in mail addresses.
pub(crate) fn plain_letters(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'ä' | 'æ' => plain.push_str("ae"),
            'ö' | 'ø' => plain.push_str("oe"),
            'ü' => plain.push_str("ue"),
            'Ä' => plain.push_str("Ae"),
            'Ö' => plain.push_str("Oe"),
            'Ü' => plain.push_str("Ue"),
            'ß' => plain.push_str("ss"),
            'á' | 'à' | 'â' | 'å' | 'ã' | 'ą' => plain.push('a'),
            'Á' | 'Å' => plain.push('A'),
            'ç' | 'ć' => plain.push('c'),
            'é' | 'è' | 'ê' | 'ë' | 'ę' => plain.push('e'),
            'É' => plain.push('E'),
            'í' | 'ì' | 'î' | 'ï' | 'ı' => plain.push('i'),
            'Í' => plain.push('I'),
            'ł' => plain.push('l'),
            'Ł' => plain.push('L'),
            'ñ' | 'ń' => plain.push('n'),
            'ó' | 'ò' | 'ô' => plain.push('o'),
            'ş' | 'ś' => plain.push('s'),
            'ú' | 'ù' | 'û' => plain.push('u'),
            'ź' | 'ż' => plain.push('z'),
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_addresses_are_plain_letters_in_a_domain_nobody_can_own() {
        let dice = &mut Dice::new(3, 1);
        for number in 0..2000 {
            let person = Person::imagine(dice, jiff::civil::date(2026, 11, 23), number);
            let email = &person.email;
            assert!(email.is_ascii() && !email.contains(' '), "{email}");
            assert!(email.ends_with(".example") || email.contains("@example."), "{email}");
        }
    }
}
