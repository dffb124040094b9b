//! Masked samples: enough to recognise the kind of value, never enough to recognise the person.
//!
//! The rule for all of them: at most the first character of a word and at most the last two digits
//! stay, at most a fifth of the value; stars do not tell its length.

use dataward_model::Category;
use dataward_model::category::Family;

/// A masked form of `value`, which is of `category`: `a***@e***.com`, `+49 *** **12`, `J*** D***`.
///
/// Values too short to hide anything come out as `***`; secrets and passwords always do.
pub fn mask(category: &Category, value: &str) -> String {
    let value = value.trim();
    match category.family() {
        Family::Secret | Family::Health | Family::Content => "***".to_owned(),
        Family::Email => mask_email(value),
        Family::Phone => mask_phone(value),
        Family::Name => mask_words(value, 1),
        Family::Address => mask_words(value, 1),
        Family::Financial => mask_ends(value, 1, 1),
        Family::Demographic if value.bytes().any(|byte| byte.is_ascii_digit()) => mask_ends(value, 0, 0),
        Family::GovernmentId => mask_ends(value, 0, 2),
        _ => mask_words(value, 1),
    }
}

fn mask_email(value: &str) -> String {
    let Some((local, domain)) = value.rsplit_once('@') else { return "***".to_owned() };
    let top = domain.rsplit_once('.').map_or("", |(_, top)| top);
    let first = |text: &str| if text.chars().count() > 2 { text.chars().next() } else { None };
    let mut masked = String::new();
    masked.extend(first(local));
    masked.push_str("***@");
    masked.extend(first(domain));
    masked.push_str("***");
    if !top.is_empty() && top.len() <= 6 && top.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        masked.push('.');
        masked.push_str(top);
    }
    masked
}

fn mask_phone(value: &str) -> String {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    if digits < 7 {
        return "***".to_owned();
    }
    let last: String = value.chars().filter(char::is_ascii_digit).skip(digits - 2).collect();
    let Some(international) = value.strip_prefix('+') else { return format!("*** **{last}") };
    // The calling code names a country; two digits of it suffice.
    let code: String = international.chars().take_while(char::is_ascii_digit).take(2).collect();
    format!("+{code} *** **{last}")
}

/// The first character of each of the first three words; one-letter words and numbers vanish.
fn mask_words(value: &str, keep: usize) -> String {
    if value.chars().filter(|c| c.is_alphanumeric()).count() < 3 {
        return "***".to_owned();
    }
    let wide = value.chars().any(|c| matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}'));
    if wide {
        return value.chars().take(keep).chain("***".chars()).collect();
    }
    let words: Vec<String> = value
        .split_whitespace()
        .take(3)
        .map(|word| {
            let letters = word.chars().filter(|c| c.is_alphabetic()).count();
            let mut masked = String::new();
            if letters > 2 {
                masked.extend(word.chars().find(|c| c.is_alphabetic()));
            }
            masked.push_str("***");
            masked
        })
        .collect();
    words.join(" ")
}

/// Groups of stars with the first `head` and last `tail` letters or digits of a long value.
fn mask_ends(value: &str, head: usize, tail: usize) -> String {
    let solid: Vec<char> = value.chars().filter(|c| c.is_alphanumeric()).collect();
    if solid.len() < (head + tail) * 5 || solid.len() < 5 {
        return "***".to_owned();
    }
    let first: String = solid[..head].iter().collect();
    let last: String = solid[solid.len() - tail..].iter().collect();
    match solid.len() {
        15.. => format!("{first}*** **** **** ***{last}"),
        _ => format!("{first}*** ***{last}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_keep_the_kind_and_hide_the_person() {
        let table = [
            (Category::EMAIL, "anna.meier@example.com", "a***@e***.com"),
            (Category::EMAIL, "jo@ab.de", "***@a***.de"),
            (Category::PHONE_NUMBER, "+49 30 901812", "+49 *** **12"),
            (Category::PHONE_NUMBER, "12345", "***"),
            (Category::NAME, "John Doe", "J*** D***"),
            (Category::NAME, "山田太郎", "山***"),
            (Category::FIRST_NAME, "Al", "***"),
            (Category::CREDIT_CARD, "4111 1111 1111 1112", "4*** **** **** ***2"),
            (Category::NATIONAL_ID, "44051401359", "*** ***59"),
            (Category::PASSWORD, "hunter2", "***"),
            (Category::DATE_OF_BIRTH, "1984-03-02", "*** ***"),
            (Category::STREET, "Lange Straße 12", "L*** S*** ***"),
            (Category::IP_ADDRESS, "192.168.1.1", "***"),
        ];
        for (category, value, expected) in table {
            assert_eq!(mask(&category, value), expected, "{category}");
        }
    }

    #[test]
    fn no_mask_shows_more_than_a_few_characters() {
        let categories =
            [Category::EMAIL, Category::PHONE_NUMBER, Category::NAME, Category::CREDIT_CARD, Category::NATIONAL_ID];
        for category in categories {
            for value in ["", "a", "ab", "@", "a@b", "é", "日本", "1", "12", "1234567890123456789012", "+", "+1"] {
                let masked = mask(&category, value);
                let shown = masked.chars().filter(|c| c.is_alphanumeric()).count();
                assert!(shown <= 4 && (value.chars().count() > 2 || masked != value), "{masked}");
            }
        }
    }
}
