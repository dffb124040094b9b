//! Folding: what makes two spellings of a word the same word.

use unicode_normalization::UnicodeNormalization;

/// Lower case, no accents (Latin, Greek, Cyrillic), full-width forms narrowed, punctuation and
/// runs of blanks turned into one blank.
pub fn fold(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    fold_into(word, &mut out);
    out
}

/// As [`fold`], appending to a buffer that can be used again.
pub fn fold_into(word: &str, out: &mut String) {
    let start = out.len();
    for c in word.chars() {
        if c.is_ascii() {
            push_plain(c.to_ascii_lowercase(), start, out);
        } else {
            push_folded(c, start, out);
        }
    }
    while out.len() > start && out.ends_with(' ') {
        out.pop();
    }
}

fn push_plain(c: char, start: usize, out: &mut String) {
    if c.is_ascii_alphanumeric() || c == '+' {
        out.push(c);
    } else if c == '\'' {
        // O'Brien and OBrien are one name.
    } else if out.len() > start && !out.ends_with(' ') {
        out.push(' ');
    }
}

/// What stands for a letter that has no parts to take away, where there are only small ones of ASCII.
pub fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ø' | 'Ø' => "o",
        'ł' | 'Ł' => "l",
        'đ' | 'Đ' | 'ð' | 'Ð' => "d",
        'þ' | 'Þ' => "th",
        'ı' | 'İ' => "i",
        _ => return None,
    })
}

fn push_folded(c: char, start: usize, out: &mut String) {
    if let Some(letters) = plain(c) {
        return out.push_str(letters);
    }
    if matches!(c, '’' | '‘' | 'ʼ' | 'ª' | 'º') {
        return;
    }
    let alphabetic_script = (c as u32) < 0x530 || (0x1E00..0x2000).contains(&(c as u32));
    if alphabetic_script {
        for part in std::iter::once(c).nfd() {
            if !('\u{300}'..'\u{370}').contains(&part) {
                for lower in part.to_lowercase() {
                    push_any(lower, start, out);
                }
            }
        }
    } else {
        for part in std::iter::once(c).nfkc() {
            for lower in part.to_lowercase() {
                push_any(lower, start, out);
            }
        }
    }
}

fn push_any(c: char, start: usize, out: &mut String) {
    if c.is_ascii() {
        push_plain(c, start, out);
    } else if c.is_alphanumeric() || c == '々' || c == 'ー' {
        out.push(c);
    } else if ('\u{300}'..'\u{370}').contains(&c) {
        // A combining accent of its own (decomposed input).
    } else if out.len() > start && !out.ends_with(' ') {
        out.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_is_stable() {
        for (input, output) in [
            ("Jürgen-Peter  O’Brien", "jurgen peter obrien"),
            ("  ŁÓDŹ ", "lodz"),
            ("ＡＢＣ 株式会社", "abc 株式会社"),
            ("김민준", "김민준"),
            ("Йошкар-Ола", "ио\u{448}кар ола"),
            ("S.A.R.L.", "s a r l"),
            ("", ""),
            ("---", ""),
        ] {
            assert_eq!(fold(input), output);
            assert_eq!(fold(&fold(input)), fold(input));
        }
    }
}
