//! Ciphertext by look: headers of formats that encrypt, and bytes without any pattern.
//!
//! Looks alone are no proof that anyone can decrypt it again, but what looks like this cannot be read.

use std::borrow::Cow;

/// The format in which something is encrypted, by its first bytes and its length; none for what can be
/// read, or is too short to tell.
pub fn look(head: &[u8], bytes: u64) -> Option<Cow<'static, str>> {
    let known = || by_header(head).or_else(|| by_text(head)).or_else(|| by_entropy(head, bytes));
    ours(head).map(Cow::Owned).or_else(|| known().map(Cow::Borrowed))
}

/// What the inventory calls a file that is sealed with the key `class`/`version` of ours.
pub fn sealed_by(class: &str, version: u32) -> String {
    format!("AES-256-GCM, key {class}/{version} of dataward")
}

/// A message of ours names its key in labels that stand in clear; whether it opens with it shows
/// `dataward verify`.
fn ours(head: &[u8]) -> Option<String> {
    is_esdk(head).then_some(())?;
    let labels = labels(head)?;
    let label = |name: &str| labels.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    label("format").filter(|format| format.starts_with("dataward/"))?;
    let class = label("class").filter(|class| class.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c)))?;
    Some(sealed_by(class, label("key-version")?.parse().ok()?))
}

/// The labels of a message of version 2: their number, then keys and values with their lengths.
fn labels(head: &[u8]) -> Option<Vec<(&str, &str)>> {
    let length = usize::from(u16::from_be_bytes(head.get(35..37)?.try_into().ok()?));
    let (count, mut rest) = head.get(37..37 + length)?.split_first_chunk::<2>()?;
    let mut text = || {
        let (length, after) = rest.split_first_chunk::<2>()?;
        let (text, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        rest = after;
        std::str::from_utf8(text).ok()
    };
    (0..u16::from_be_bytes(*count)).map(|_| Some((text()?, text()?))).collect()
}

type Header = (&'static [u8], &'static str);

/// What files begin with.
const HEADERS: &[Header] = &[
    (b"age-encryption.org/v1\n", "age"),
    (b"-----BEGIN AGE ENCRYPTED FILE-----", "age"),
    (b"-----BEGIN PGP MESSAGE-----", "OpenPGP"),
    (b"Salted__", "openssl enc"),
    (b"LUKS\xba\xbe", "LUKS"),
    (b"SQLite format 3\0", ""),
    (b"$ANSIBLE_VAULT;", "Ansible Vault"),
    (b"gocryptfs", "gocryptfs"),
    (b"AES\x02", "AES Crypt"),
    (b"AES\x03", "AES Crypt"),
    (b"PARE", "Parquet with an encrypted footer"),
    (b"\x03\xd9\xa2\x9a", "KeePass"),
];

fn by_header(head: &[u8]) -> Option<&'static str> {
    if let Some((_, name)) = HEADERS.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(*name).filter(|name| !name.is_empty());
    }
    if is_esdk(head) {
        return Some("AWS Encryption SDK");
    }
    if is_openpgp(head) {
        return Some("OpenPGP");
    }
    if is_cms(head) {
        return Some("S/MIME or CMS");
    }
    // The first file in an archive has a password, and its method is that of WinZip's AES (APPNOTE, 4.4.4 and 4.4.5;
    // AE-1 and AE-2). ZIP's own cipher counts for nothing: it is broken (Biham and Kocher, 1994).
    if let [b'P', b'K', 3, 4, _, _, flags, _, 99, 0, ..] = head
        && flags & 1 == 1
    {
        return Some("ZIP with AES");
    }
    None
}

/// Enveloped or authenticated-enveloped data (RFC 5652, section 6; RFC 5083), in DER.
fn is_cms(head: &[u8]) -> bool {
    let content = match head {
        [0x30, long @ 0x81..=0x84, rest @ ..] => rest.get(usize::from(long - 0x80)..).unwrap_or_default(),
        [0x30, _, rest @ ..] => rest,
        _ => return false,
    };
    content.starts_with(b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03")
        || content.starts_with(b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17")
}

/// Message format 2 with suite 0x0478 (ours) or 0x0578, or format 1 with an older suite: version, suite,
/// message id, encryption context, and at least one wrapped key (design page, 1.3).
fn is_esdk(head: &[u8]) -> bool {
    let number = |at: usize| head.get(at..at + 2).map(|two| u16::from_be_bytes([two[0], two[1]]));
    match head {
        [2, 0x04 | 0x05, 0x78, ..] => {
            let context = number(35).map(usize::from);
            context.and_then(|length| number(37 + length)).is_some_and(|keys| (1..=64).contains(&keys))
        }
        [1, 0x80, suite_high, _, ..] => matches!(suite_high, 0x00..=0x05) && head.len() > 40,
        _ => false,
    }
}

/// A packet with an encrypted session key, or encrypted data at once (RFC 9580, 4.2 and 5). What
/// pgcrypto's `pgp_sym_encrypt` stores begins so too.
fn is_openpgp(head: &[u8]) -> bool {
    let Some((first, rest)) = head.split_first() else { return false };
    let (tag, body) = match first {
        0xc0.. => (first & 0x3f, rest.get(if rest.first() < Some(&192) { 1 } else { 2 }..)),
        0x80..=0xbf => ((first >> 2) & 0x0f, rest.get(1 + usize::from(first & 3)..)),
        _ => return false,
    };
    let Some(body) = body else { return false };
    match (tag, body) {
        // Public-key session key: version 3 or 6. Symmetric-key session key: version 4 to 6, a cipher that exists.
        (1, [3, ..]) if head.len() > 20 => true,
        (3, [4..=6, cipher, s2k, ..]) => (1..=13).contains(cipher) && *s2k <= 4,
        // Encrypted and protected data: version 1 or 2.
        (18, [1 | 2, ..]) => head.len() > 20,
        _ => false,
    }
}

/// Ciphertext that is written as text: tokens and envelopes of libraries.
fn by_text(head: &[u8]) -> Option<&'static str> {
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
    if text.starts_with("\\xc30d04") || text.starts_with("c30d04") {
        return Some("OpenPGP");
    }
    // Tink's keysets under a key of a key service (its JSON form).
    if text.starts_with('{') && text.contains("\"encryptedKeyset\"") && text.contains("\"primaryKeyId\"") {
        return Some("Tink encrypted keyset");
    }
    // Base64 of `Salted__`.
    if text.starts_with("U2FsdGVkX1") && is_base64(text, 40) {
        return Some("openssl enc");
    }
    None
}

fn is_base64(text: &str, least: usize) -> bool {
    text.len() >= least
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=' | b'\n'))
}

/// Shorter things cannot be told from compressed ones or from chance.
const LEAST_BYTES: usize = 4096;
/// Formats that are dense but not encrypted.
const COMPRESSED: &[&[u8]] = &[
    b"\x1f\x8b",
    b"PK",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
    b"7z\xbc\xaf",
    b"Rar!",
    b"\x04\x22\x4d\x18",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"%PDF",
    b"RIFF",
    b"OggS",
    b"ID3",
    b"\x1a\x45\xdf\xa3",
    b"PAR1",
    b"\x00\x00\x00",
    b"\x7fELF",
    b"MZ",
    b"wOFF",
    b"wOF2",
    b"fLaC",
    b"LZIP",
    b"\x5d\x00\x00",
    b"\xca\xfe\xba\xbe",
    b"\x78\x9c",
    b"\x78\xda",
    b"\x78\x01",
    b"\x1f\x9d",
    b"MSCF",
    b"II*\0",
    b"MM\0*",
    b"\xff\xfb",
    b"\xff\xf1",
    b"ORC",
    b"Obj\x01",
];

/// Bytes in which every value comes equally often. SQLCipher's databases, raw volumes and most homemade
/// encryption look so; compressed data nearly does, so only the whole first pages together decide, by
/// chi-square: 255 degrees of freedom, between the 0.1 and 99.9 percentiles (190 and 330).
fn by_entropy(head: &[u8], bytes: u64) -> Option<&'static str> {
    if head.len() < LEAST_BYTES || COMPRESSED.iter().any(|magic| head.starts_with(magic)) {
        return None;
    }
    let mut counts = [0u64; 256];
    head.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let expected = head.len() as f64 / 256.0;
    let chi: f64 = counts.iter().map(|count| (*count as f64 - expected).powi(2) / expected).sum();
    if !(190.0..330.0).contains(&chi) {
        return None;
    }
    // Pages of 4096 and a random salt where the header of a database would stand.
    Some(if bytes.is_multiple_of(4096) {
        "SQLCipher or another cipher without a header"
    } else {
        "a cipher without a header"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(count: usize) -> Vec<u8> {
        let mut state = 0x2545_f491_4f6c_dd1du64;
        (0..count)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 24) as u8
            })
            .collect()
    }

    #[test]
    fn formats_are_known_by_their_beginning() {
        let mut esdk = vec![2, 0x04, 0x78];
        esdk.extend([9; 32]);
        esdk.extend([0, 4, b'a', b'b', b'c', b'd', 0, 2]);
        let mut pgp = vec![0xc3, 13, 4, 9, 3, 2];
        pgp.extend([7; 30]);
        let cases: [(&[u8], Option<&str>); 20] = [
            (b"\x30\x82\x3c\x4f\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17\xa0", Some("S/MIME or CMS")),
            (b"\x30\x82\x3c\x4f\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0", None),
            (b"PK\x03\x04\x33\0\x01\0\x63\0", Some("ZIP with AES")),
            (b"PK\x03\x04\x14\0\x01\0\x08\0", None),
            (b"PARE\0\0\0\0", Some("Parquet with an encrypted footer")),
            (
                br#"{"encryptedKeyset":"AbCd","keysetInfo":{"primaryKeyId":42,"keyInfo":[]}}"#,
                Some("Tink encrypted keyset"),
            ),
            (br#"{"primaryKeyId":42,"key":[]}"#, None),
            (b"age-encryption.org/v1\n-> X25519 abc", Some("age")),
            (b"-----BEGIN PGP MESSAGE-----\n\nabc", Some("OpenPGP")),
            (b"-----BEGIN PGP PUBLIC KEY BLOCK-----", None),
            (b"Salted__12345678abcdef", Some("openssl enc")),
            (&esdk, Some("AWS Encryption SDK")),
            (&pgp, Some("OpenPGP")),
            (b"vault:v1:8SDd3WHDOjf7mq69CyCqYjBXAiQQAVZRkFM13ok481zoCmHnSeDX9vyf7w==", Some("Vault transit")),
            (b"vault:v1 is a nice word", None),
            (
                b"gAAAAABl0T2xN3m0x0c5o1uXbV9m4kq0w6r2J1c8t5vZpQyLhWk7sRfGdNbEoTiMuAxCvBzPlKjHgFdSaQwErTyUiOp0123456789==",
                Some("Fernet"),
            ),
            (b"ada@example.org", None),
            (b"SQLite format 3\0rest", None),
            (b"id,name\n1,Ada\n", None),
            (b"", None),
        ];
        for (head, format) in cases {
            assert_eq!(look(head, head.len() as u64).as_deref(), format, "{:?}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn a_message_of_ours_names_its_key() {
        let pairs = [("class", "exports"), ("format", "dataward/1"), ("key-version", "3")];
        let mut context = vec![0, 3];
        for text in pairs.iter().flat_map(|(key, value)| [key, value]) {
            context.extend((text.len() as u16).to_be_bytes());
            context.extend(text.as_bytes());
        }
        let mut message = vec![2, 0x04, 0x78];
        message.extend([9; 32]);
        message.extend((context.len() as u16).to_be_bytes());
        message.extend(&context);
        message.extend([0, 2]);
        assert_eq!(look(&message, 5000).as_deref(), Some("AES-256-GCM, key exports/3 of dataward"));
        message[45] ^= 0x80;
        assert_eq!(look(&message, 5000).as_deref(), Some("AWS Encryption SDK"), "labels that are none");
    }

    #[test]
    fn noise_is_ciphertext_and_what_is_compressed_or_readable_is_not() {
        let noise = noise(64 << 10);
        assert_eq!(look(&noise, 1 << 20).as_deref(), Some("SQLCipher or another cipher without a header"));
        assert_eq!(look(&noise, 100_001).as_deref(), Some("a cipher without a header"));
        assert_eq!(look(&noise[..2000], 2000), None, "too short to tell");
        let mut zipped = b"PK\x03\x04".to_vec();
        zipped.extend(&noise);
        assert_eq!(look(&zipped, zipped.len() as u64), None);
        let text = "Ada Lovelace, 12 St James's Square, London\n".repeat(2000);
        assert_eq!(look(text.as_bytes(), text.len() as u64), None);
        assert_eq!(look(&[0; 65536], 65536), None);
    }
}
