//! Canonical JSON (RFC 8785), without fractions: the same value always gives the same bytes.
//!
//! Our statements count things; numbers that are no integers are refused rather than printed the
//! way ECMAScript does, since nothing of ours needs them.

use serde_json::Value;

use crate::EvidenceError;

/// Integers up to here survive every JSON reader (RFC 7493, section 2.2).
const GREATEST: u64 = (1 << 53) - 1;

/// The canonical bytes of `value`.
///
/// Fails on numbers that are no integers between -(2^53 - 1) and 2^53 - 1.
pub fn canonical_json(value: &Value) -> Result<Vec<u8>, EvidenceError> {
    let mut text = String::new();
    write_value(&mut text, value)?;
    Ok(text.into_bytes())
}

fn write_value(text: &mut String, value: &Value) -> Result<(), EvidenceError> {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(truth) => text.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => {
            let safe = number.as_i64().is_some_and(|integer| integer.unsigned_abs() <= GREATEST);
            let number = number.as_i64().filter(|_| safe);
            let number =
                number.ok_or_else(|| EvidenceError::malformed("statement", "a number is no integer or too large"))?;
            text.push_str(&number.to_string());
        }
        Value::String(string) => write_string(text, string),
        Value::Array(items) => {
            text.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                write_value(text, item)?;
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            // RFC 8785, 3.2.3: sorted by UTF-16 code units, which differs from UTF-8 order beyond
            // the basic plane.
            members.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
            text.push('{');
            for (position, (name, member)) in members.into_iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                write_string(text, name);
                text.push(':');
                write_value(text, member)?;
            }
            text.push('}');
        }
    }
    Ok(())
}

fn write_string(text: &mut String, string: &str) {
    text.push('"');
    for character in string.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\u{c}' => text.push_str("\\f"),
            '\r' => text.push_str("\\r"),
            control if control < ' ' => text.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => text.push(other),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn canonical(value: &Value) -> String {
        String::from_utf8(canonical_json(value).unwrap()).unwrap()
    }

    #[test]
    fn members_are_sorted_by_utf16_as_in_the_example_of_rfc_8785() {
        // Section 3.2.3; U+1F600 (surrogates D83D DE00) comes before U+FB33.
        let value = json!({"\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7});
        let expected = "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"\u{f6}\":7,\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}";
        assert_eq!(canonical(&value), expected);
    }

    #[test]
    fn strings_are_escaped_as_in_the_example_of_rfc_8785() {
        // Section 3.2.2.2.
        let value = json!("\u{20ac}$\u{f}\nA'B\"\\\\\"/");
        assert_eq!(canonical(&value), "\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"");
    }

    #[test]
    fn numbers_that_other_readers_could_change_are_refused() {
        assert_eq!(canonical(&json!([0, -1, 9_007_199_254_740_991_u64])), "[0,-1,9007199254740991]");
        assert!(canonical_json(&json!(9_007_199_254_740_992_u64)).is_err());
        assert!(canonical_json(&json!(0.5)).is_err());
    }
}
