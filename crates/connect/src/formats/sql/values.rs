//! Values as dumps write them, back to what was stored.

/// The bytes of hexadecimal digits, when they are readable text. Blobs of other kinds hold nothing
/// that can be looked at column-wise.
pub(super) fn readable_hex(digits: &[u8]) -> Option<Vec<u8>> {
    let nibble = |digit: u8| char::from(digit).to_digit(16).map(|value| value as u8);
    let pairs = digits.chunks_exact(2);
    if digits.is_empty() || !pairs.remainder().is_empty() {
        return None;
    }
    let bytes: Option<Vec<u8>> = pairs.map(|pair| Some(nibble(pair[0])? << 4 | nibble(pair[1])?)).collect();
    bytes.filter(|bytes| is_readable(bytes))
}

/// Whether a column of this type holds bytes rather than text.
pub(super) fn is_binary(declared_type: &str) -> bool {
    let lower = declared_type.to_ascii_lowercase();
    ["blob", "binary", "bytea", "bit"].iter().any(|word| lower.contains(word))
}

/// Whether these bytes are text that a person could read.
pub(super) fn is_readable(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| {
        text.chars().all(|c| !(c.is_control() || c == char::REPLACEMENT_CHARACTER) || matches!(c, '\t' | '\n' | '\r'))
    })
}

/// Undoes the escapes of PostgreSQL's COPY text format.
pub(super) fn copy_unescaped(field: &[u8], value: &mut Vec<u8>) {
    value.clear();
    let mut rest = field;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        value.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        let Some((&escaped, after)) = rest.split_first() else { break };
        rest = after;
        let number = |digits: &[u8], radix: u32, most: usize| {
            let count = digits.iter().take(most).take_while(|digit| char::from(**digit).is_digit(radix)).count();
            let text = std::str::from_utf8(&digits[..count]).unwrap_or_default();
            (u32::from_str_radix(text, radix).unwrap_or_default() as u8, count)
        };
        match escaped {
            b'b' => value.push(8),
            b'f' => value.push(12),
            b'n' => value.push(b'\n'),
            b'r' => value.push(b'\r'),
            b't' => value.push(b'\t'),
            b'v' => value.push(11),
            b'x' if rest.first().is_some_and(u8::is_ascii_hexdigit) => {
                let (byte, count) = number(rest, 16, 2);
                value.push(byte);
                rest = &rest[count..];
            }
            b'0'..=b'7' => {
                let (_, more) = number(rest, 8, 2);
                let start = field.len() - rest.len() - 1;
                let (byte, _) = number(&field[start..], 8, 1 + more);
                value.push(byte);
                rest = &rest[more..];
            }
            other => value.push(other),
        }
    }
    value.extend_from_slice(rest);
}

/// Undoes the function around a string with which SQLite writes control characters:
/// `replace(replace('…','\n',char(10)),'\r',char(13))` and `unistr('…\u000a')`.
pub(super) fn apply_function(function: &[u8], value: Vec<u8>, others: &[Vec<u8>]) -> Vec<u8> {
    let Ok(mut text) = String::from_utf8(value) else { return Vec::new() };
    if function.eq_ignore_ascii_case(b"replace") {
        for pattern in others {
            match pattern.as_slice() {
                b"\\n" => text = text.replace("\\n", "\n"),
                b"\\r" => text = text.replace("\\r", "\r"),
                _ => {}
            }
        }
    } else if function.eq_ignore_ascii_case(b"unistr") {
        text = unistr(&text);
    }
    text.into_bytes()
}

fn unistr(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let (skip, digits) = match rest.bytes().next() {
            Some(b'\\') => {
                decoded.push('\\');
                rest = &rest[1..];
                continue;
            }
            Some(b'u') => (1, 4),
            Some(b'U') => (1, 8),
            Some(b'+') => (1, 6),
            _ => (0, 4),
        };
        let code = rest.get(skip..skip + digits).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match code.and_then(char::from_u32) {
            Some(character) => {
                decoded.push(character);
                rest = &rest[skip + digits..];
            }
            None => decoded.push('\\'),
        }
    }
    decoded.push_str(rest);
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copy_escapes_are_undone() {
        for (field, expected) in [
            ("plain", "plain"),
            (r"a\tb\nc\\d\re", "a\tb\nc\\d\re"),
            (r"\101\x42\x4g\1z", "AB\x04g\x01z"),
            (r"tail\", "tail"),
            (r"\q\.", "q."),
        ] {
            let mut value = Vec::new();
            copy_unescaped(field.as_bytes(), &mut value);
            assert_eq!(String::from_utf8_lossy(&value), expected, "{field}");
        }
    }

    #[test]
    fn only_readable_blobs_become_text() {
        assert_eq!(readable_hex(b"6869"), Some(b"hi".to_vec()));
        for digits in ["00ff10", "", "6", "zz", "ff"] {
            assert_eq!(readable_hex(digits.as_bytes()), None, "{digits}");
        }
    }

    #[test]
    fn functions_of_sqlite_are_undone() {
        let others = [b"\\n".to_vec()];
        assert_eq!(apply_function(b"replace", b"a\\nb".to_vec(), &others), b"a\nb");
        assert_eq!(apply_function(b"unistr", br"a\u000ab\\c\00e9\zz".to_vec(), &[]), "a\nb\\cé\\zz".as_bytes());
    }
}
