//! What stands within HTML's tags and between `&` and `;`.

use mail_parser::decoders::html::add_html_token;

/// What an attribute says of a person, if it may.
pub(crate) fn attribute_text(name: &str, value: &str) -> Option<String> {
    let value = decode_entities(value);
    let value = value.trim();
    match name {
        "href" | "action" | "src" | "cite" | "formaction" => {
            let lower = value.get(..7).unwrap_or(value).to_ascii_lowercase();
            let target = ["mailto:", "tel:", "sms:", "callto:"].iter().find(|scheme| lower.starts_with(**scheme));
            let decoded = percent_encoding::percent_decode_str(value).decode_utf8_lossy();
            match target {
                Some(scheme) => Some(decoded[scheme.len()..].replace(['?', '&'], " ")),
                None if decoded.contains('@') && !lower.starts_with("data:") => Some(decoded.into_owned()),
                None => None,
            }
        }
        "title" | "alt" | "placeholder" | "value" | "content" | "label" | "summary" | "aria-label" | "datetime"
        | "author" => Some(value.to_owned()),
        name if name.starts_with("data-") => Some(value.to_owned()),
        _ => None,
    }
    .filter(|text| !text.is_empty())
}

/// Replaces character references; unknown ones stay as they are.
pub(crate) fn decode_entities(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(ENTITY_BYTES).position(|byte| byte == b';').map(|end| end + 1);
        match end {
            Some(end) => {
                add_html_token(&mut decoded, &rest.as_bytes()[..end], false);
                rest = &rest[end..];
            }
            None => {
                decoded.push('&');
                rest = &rest[1..];
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

/// Longest entity name with `&` and `;` (`&CounterClockwiseContourIntegral;`).
pub(crate) const ENTITY_BYTES: usize = 34;
