//! Ciphertext in cells of databases, and files that hold nothing but one such value: tokens and envelopes of libraries.

use std::borrow::Cow;

use super::headers;
use super::headers::of_first_bytes;

/// The format in which a value is encrypted, by its look; none for what can be read. Values in base64 or hexadecimal
/// digits are judged by what these write too.
pub fn of_cell(cell: &[u8]) -> Option<Cow<'static, str>> {
    let by_bytes = |bytes: &[u8]| match headers::of_ours(bytes) {
        Some(ours) => Some(Cow::Owned(ours)),
        None => of_first_bytes(bytes).map(Cow::Borrowed),
    };
    by_bytes(cell).or_else(|| by_text(cell).map(Cow::Borrowed)).or_else(|| by_bytes(&unpacked(cell)?))
}

/// The bytes that a value writes in hexadecimal digits or base64; none where it is neither, or of less than 16 bytes.
pub(crate) fn unpacked(cell: &[u8]) -> Option<Vec<u8>> {
    let text = cell.trim_ascii();
    // PostgreSQL writes bytes so, MySQL's dumps and programs so.
    let digits = text.strip_prefix(b"\\x").or_else(|| text.strip_prefix(b"0x")).unwrap_or(text);
    if digits.len() >= 32 && digits.len().is_multiple_of(2) && digits.iter().all(u8::is_ascii_hexdigit) {
        return hex::decode(digits).ok();
    }
    let body = text.strip_suffix(b"==").or_else(|| text.strip_suffix(b"=")).unwrap_or(text);
    if body.len() < 22 || body.len() % 4 == 1 {
        return None;
    }
    let mut bytes = Vec::with_capacity(body.len() / 4 * 3 + 2);
    for four in body.chunks(4) {
        let mut bits = 0_u32;
        for byte in four {
            bits = bits << 6 | sextet(*byte)?;
        }
        bits <<= 6 * (4 - four.len());
        bytes.extend(&bits.to_be_bytes()[1..four.len()]);
    }
    Some(bytes)
}

/// The six bits of a letter of base64 (RFC 4648, sections 4 and 5).
fn sextet(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    }))
}

/// Ciphertext that is written as text.
pub(super) fn by_text(head: &[u8]) -> Option<&'static str> {
    let text = std::str::from_utf8(head.get(..head.len().min(4096))?).ok()?.trim();
    if text.starts_with("vault:v")
        && text.get(7..)?.split_once(':').is_some_and(|(version, rest)| {
            !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit()) && is_base64(rest, 16)
        })
    {
        return Some("Vault transit");
    }
    // Version 0x80 and eight bytes of time in base64 (Fernet's specification).
    if text.starts_with("gAAAAA") && is_base64(text, 100) {
        return Some("Fernet");
    }
    // Rails: data, initialisation vector and tag, joined by `--` or in JSON.
    let parts: Vec<&str> = text.split("--").collect();
    if parts.len() == 3 && parts.iter().all(|part| is_base64(part, 16)) && parts[1].len() == 16 && parts[2].len() == 24
    {
        return Some("Rails message encryptor");
    }
    // Laravel and Symfony: base64 of JSON that begins with the initialisation vector.
    if text.starts_with("eyJpdiI6") && is_base64(text, 80) {
        return Some("Laravel encrypter");
    }
    // Compact JWE: five parts, the first a header in JSON (RFC 7516).
    let parts: Vec<&str> = text.split('.').collect();
    if parts.len() == 5 && parts[0].starts_with("eyJ") && parts.iter().all(|part| part.is_empty() || is_base64(part, 1))
    {
        return Some("JWE");
    }
    // Tink's keysets under a key of a key service (its JSON form).
    if text.starts_with('{') && text.contains("\"encryptedKeyset\"") && text.contains("\"primaryKeyId\"") {
        return Some("Tink encrypted keyset");
    }
    None
}

fn is_base64(text: &str, least: usize) -> bool {
    text.len() >= least
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=' | b'\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_base64_and_hexadecimal_digits_write_is_looked_at() {
        assert_eq!(unpacked(b"aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ=").unwrap(), b"hello world hello world");
        assert_eq!(unpacked(b"aGVsbG8gd29ybGQgaGVsbG8gd29ybGQh").unwrap(), b"hello world hello world!");
        assert_eq!(unpacked(b"68656c6c6f2068656c6c6f2068656c6c6f").unwrap(), b"hello hello hello");
        for text in [&b"short"[..], b"Ada Lovelace, 12 St James's Square", b"ada.lovelace@example.org-and-more"] {
            assert_eq!(unpacked(text), None);
        }
        let mut pgp = vec![0xc3, 13, 4, 9, 3, 2];
        pgp.extend([7; 30]);
        for packed in [pgp.clone(), format!("\\x{}", hex::encode(&pgp)).into(), hex::encode(&pgp).into()] {
            assert_eq!(of_cell(&packed).as_deref(), Some("OpenPGP"));
        }
        assert_eq!(of_cell(b"ww0ECQMCBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH").as_deref(), Some("OpenPGP"));
        assert_eq!(of_cell(b"ada@example.org"), None);
    }
}
