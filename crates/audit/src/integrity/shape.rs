//! How a value is written: runs of letters and digits, and the marks between them.

/// The shape of a value: a run of digits is `9`, of letters and the marks inside words `a`, anything
/// else itself. `12.0 oz` is `9.9 a`, `O'Neil-Smith` is `a`.
pub(super) fn shape(value: &str) -> String {
    let mut shape = String::with_capacity(16);
    let mut last = '\0';
    let mut chars = value.trim().chars().peekable();
    while let Some(c) = chars.next() {
        let kind = if c.is_ascii_digit() {
            '9'
        } else if c.is_alphabetic()
            || (last == 'a' && is_inside_word(c) && chars.peek().is_some_and(|c| c.is_alphabetic()))
        {
            'a'
        } else if c.is_whitespace() {
            ' '
        } else {
            c
        };
        if kind == last && matches!(kind, '9' | 'a' | ' ') {
            continue;
        }
        // Words with blanks between them are one run of letters.
        if kind == 'a' && shape.ends_with("a ") {
            shape.pop();
            last = 'a';
            continue;
        }
        shape.push(kind);
        last = kind;
        if shape.len() > 40 {
            break;
        }
    }
    shape
}

fn is_inside_word(c: char) -> bool {
    matches!(c, '\'' | '’' | '-' | '.')
}

/// The same with the length of each run of digits: `2024-02-29` is `4-2-2`.
pub(super) fn digit_lengths(value: &str) -> String {
    let mut text = String::new();
    let mut run = 0_usize;
    for c in value.trim().chars().chain(std::iter::once('\0')) {
        if c.is_ascii_digit() {
            run += 1;
            continue;
        }
        if run > 0 {
            text.push_str(&run.to_string());
            run = 0;
        }
        if c != '\0' {
            text.push(if c.is_alphabetic() { 'a' } else { c });
        }
    }
    text
}

/// The number that a value is, plainly written: sign, digits, one decimal point.
pub(super) fn plain_number(value: &str) -> Option<f64> {
    let value = value.trim();
    let body = value.strip_prefix(['-', '+']).unwrap_or(value);
    let digits = body.bytes().filter(u8::is_ascii_digit).count();
    let dots = body.bytes().filter(|byte| *byte == b'.').count();
    (digits > 0 && dots <= 1 && digits + dots == body.len()).then(|| value.parse().ok()).flatten()
}

/// Whether a value is a number as machines write very small and large ones: `3.1e-05`.
pub(super) fn is_scientific(value: &str) -> bool {
    value.trim().split_once(['e', 'E']).is_some_and(|(number, power)| {
        let digits = power.trim_start_matches(['-', '+']);
        number.ends_with(|c: char| c.is_ascii_digit())
            && plain_number(number).is_some()
            && (1..=3).contains(&digits.len())
            && digits.bytes().all(|c| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_tell_ways_of_writing_apart_and_words_not() {
        for (value, expected) in [
            ("12.0 oz", "9.9 a"),
            ("O'Neil-Smith", "a"),
            ("San Diego", "a"),
            ("7:04 a.m.", "9:9 a."),
            ("1 hr 30 min", "9 a 9 a"),
            ("2024-02-29", "9-9-9"),
        ] {
            assert_eq!(shape(value), expected, "{value}");
        }
        assert_eq!(digit_lengths("2024-02-29"), "4-2-2");
        assert_eq!(plain_number("-1.5"), Some(-1.5));
        assert_eq!(plain_number("1,5"), None);
        assert!(is_scientific("3.1e-05") && is_scientific("1.2E+15"));
        assert!(!is_scientific("e5") && !is_scientific("1e") && !is_scientific("12 e5") && !is_scientific("1e12345"));
    }
}
