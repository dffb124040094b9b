//! How a value may be written, and texts in forms in which that makes no difference.

use dataward_detect::lexicon;
use percent_encoding::percent_decode_str;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// How much the letters and digits of a value tell.
pub fn weight(value: &str) -> usize {
    let of = |letter: char| if letter < FIRST_WITHOUT_BLANKS { 1 } else { 3 };
    value.chars().filter(|letter| letter.is_alphanumeric()).map(of).sum()
}

/// Whether words of this are written without blanks between them.
pub fn has_no_blanks(word: &str) -> bool {
    word.chars().any(|letter| letter >= FIRST_WITHOUT_BLANKS)
}

/// The words of a text as the column `words` has those of a path: of `mails/J%C3%A9r%C3%B4me_Lefèvre.eml` they are
/// ` mails jerome lefevre eml `. What a key has as `%` and two digits is read as the letter it means.
pub fn words(text: &str) -> String {
    words_as_written(&percent_decode_str(text).decode_utf8_lossy())
}

pub(super) fn words_as_written(text: &str) -> String {
    let mut words = String::with_capacity(text.len() + 2);
    words.push(' ');
    let mut push = |letter: char| match letter.is_alphanumeric() {
        true => words.push(letter),
        false if !words.ends_with(' ') => words.push(' '),
        false => {}
    };
    if text.is_ascii() {
        text.chars().for_each(|letter| push(letter.to_ascii_lowercase()));
    } else {
        let letters = text.nfkd().flat_map(char::to_lowercase).filter(|letter| !is_combining_mark(*letter));
        for letter in letters {
            match plain(letter) {
                Some(letters) => letters.chars().for_each(&mut push),
                None => push(letter),
            }
        }
    }
    if !words.ends_with(' ') {
        words.push(' ');
    }
    words
}

/// What stands for a small letter that has no parts to take away, where there are only those of ASCII.
fn plain(letter: char) -> Option<&'static str> {
    match letter {
        'ħ' => Some("h"),
        'ŧ' => Some("t"),
        _ => lexicon::plain(letter),
    }
}

/// A name as it may be written where there are no letters but those of ASCII, and with those that it may have had.
pub fn spellings(value: &str) -> Vec<String> {
    let pairs =
        [('ä', "ae"), ('ö', "oe"), ('ü', "ue"), ('ß', "ss"), ('å', "aa"), ('ø', "oe"), ('æ', "ae"), ('đ', "dj")];
    let lower: String = value.nfc().collect::<String>().to_lowercase();
    let spelt_out = pairs.iter().fold(lower.clone(), |value, (letter, two)| value.replace(*letter, two));
    let put_together =
        |pairs: &[(&str, &str)]| pairs.iter().fold(lower.clone(), |value, (two, letter)| value.replace(two, letter));
    // In the North `ae` is a letter of its own.
    let northern = put_together(&[("oe", "o"), ("aa", "a"), ("dj", "d")]);
    let put_together = put_together(&[("ae", "a"), ("oe", "o"), ("ue", "u"), ("aa", "a"), ("dj", "d")]);
    let bare = lower.chars().fold(String::new(), |mut bare, letter| {
        match plain(letter) {
            Some(letters) => bare.push_str(letters),
            None => bare.push(letter),
        }
        bare
    });
    let mut all = vec![lower];
    for one in [spelt_out, put_together, northern, bare] {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}

/// The letters and digits of a value by which a phone, an account or a document is known however it is written; none of
/// what has too few digits to be one, and of addresses of mail.
pub fn number_of(value: &str) -> Option<String> {
    let letters: String = value.nfkd().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    let digits = letters.bytes().filter(u8::is_ascii_digit).count();
    if value.contains('@') || digits < FEWEST_DIGITS {
        return None;
    }
    // A number of a phone has at most 15 digits (ITU-T E.164).
    let is_phone = digits == letters.len() && (SUBSCRIBER..=15).contains(&digits);
    Some(letters[if is_phone { digits - SUBSCRIBER } else { 0 }..].to_owned())
}

/// From this letter on (Thai, and after a few others East Asia) scripts write without blanks between words.
const FIRST_WITHOUT_BLANKS: char = '\u{0e00}';

/// With fewer digits a value is no number that tells people apart, as sketches have it.
const FEWEST_DIGITS: usize = 7;

/// The last digits of the number of a phone, which tell a subscriber.
const SUBSCRIBER: usize = 9;
