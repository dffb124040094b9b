//! How a value is written: runs of letters and digits, and the marks between them.

/// Writes the shape of a value in place of what `shape` held: a run of digits is `9`, of letters and the marks inside
/// words `a`, anything else itself. `12.0 oz` is `9.9 a`, `O'Neil-Smith` is `a`.
pub(super) fn write_shape(value: &str, shape: &mut String) {
    shape.clear();
    let mut last = '\0';
    let mut chars = value.trim().chars().peekable();
    while let Some(c) = chars.next() {
        let kind = match c {
            '0'..='9' => '9',
            'a'..='z' | 'A'..='Z' => 'a',
            ' ' | '\t' => ' ',
            '\'' | '-' | '.' | '’' if last == 'a' && chars.peek().is_some_and(|c| c.is_alphabetic()) => 'a',
            c if c.is_ascii_graphic() => c,
            c if c.is_alphabetic() => 'a',
            c if c.is_whitespace() => ' ',
            c => c,
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
}

/// Writes how a value is written with the length of each run of digits: `2024-02-29` is `4-2-2`.
pub(super) fn write_digit_lengths(value: &str, text: &mut String) {
    text.clear();
    let mut run = 0_usize;
    for c in value.trim().chars().chain(std::iter::once('\0')) {
        if c.is_ascii_digit() {
            run += 1;
            continue;
        }
        if run > 0 {
            // Values that are asked for have at most 40 bytes.
            text.extend(char::from_digit(u32::try_from(run / 10).unwrap_or(0), 10).filter(|tens| *tens != '0'));
            text.extend(char::from_digit(u32::try_from(run % 10).unwrap_or(0), 10));
            run = 0;
        }
        if c != '\0' {
            text.push(if c.is_alphabetic() { 'a' } else { c });
        }
    }
}

/// The number that a value is, plainly written: sign, digits, one decimal point.
pub(super) fn plain_number(value: &str) -> Option<f64> {
    let value = value.trim();
    let body = value.strip_prefix(['-', '+']).unwrap_or(value).as_bytes();
    let (mut digits, mut dots) = (0, 0);
    for byte in body {
        match byte {
            b'0'..=b'9' => digits += 1,
            b'.' => dots += 1,
            _ => return None,
        }
    }
    (digits > 0 && dots <= 1).then(|| value.parse().ok()).flatten()
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
            let mut shape = "before".to_owned();
            write_shape(value, &mut shape);
            assert_eq!(shape, expected, "{value}");
        }
        for (value, expected) in [("2024-02-29", "4-2-2"), ("DE89370400440532013000", "aa20"), ("7", "1")] {
            let mut lengths = "before".to_owned();
            write_digit_lengths(value, &mut lengths);
            assert_eq!(lengths, expected);
        }
        assert_eq!(plain_number("-1.5"), Some(-1.5));
        assert_eq!(plain_number("1,5"), None);
        assert!(is_scientific("3.1e-05") && is_scientific("1.2E+15"));
        assert!(!is_scientific("e5") && !is_scientific("1e") && !is_scientific("12 e5") && !is_scientific("1e12345"));
    }
}
