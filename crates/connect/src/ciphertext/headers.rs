//! What files begin with that encrypt what is in them: the one table of it.

/// First bytes, and what writes them.
const HEADERS: &[(&[u8], &str)] = &[
    (b"$ANSIBLE_VAULT;", "Ansible Vault"),
    (b"-----BEGIN AGE ENCRYPTED FILE-----", "age"),
    (b"-----BEGIN PGP MESSAGE-----", "OpenPGP"),
    (b"AES\x02", "AES Crypt"),
    (b"AES\x03", "AES Crypt"),
    (b"LUKS\xba\xbe", "LUKS"),
    (b"PARE", "Parquet with an encrypted footer"),
    (b"Salted__", "openssl enc"),
    // `Salted__` in base64.
    (b"U2FsdGVkX1", "openssl enc"),
    (b"\x03\xd9\xa2\x9a", "KeePass"),
    (b"age-encryption.org/v1\n", "age"),
];

/// What encrypted something that begins like this, where its first bytes alone say so.
pub fn of_first_bytes(head: &[u8]) -> Option<&'static str> {
    let by_header = HEADERS.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, name)| *name);
    by_header
        .or_else(|| is_esdk(head).then_some("AWS Encryption SDK"))
        .or_else(|| is_openpgp(head).then_some("OpenPGP"))
        .or_else(|| is_cms(head).then_some("S/MIME or CMS"))
}

/// What the inventory calls a file that is sealed with the key `class`/`version` of ours.
pub fn sealed_by(class: &str, version: u32) -> String {
    format!("AES-256-GCM, key {class}/{version} of dataward")
}

/// A message of ours names its key in labels that stand in clear; whether it opens with it shows
/// `dataward verify`.
pub(super) fn of_ours(head: &[u8]) -> Option<String> {
    is_esdk(head).then_some(())?;
    let labels = labels(head)?;
    let label = |name: &str| labels.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    label("format").filter(|format| format.starts_with("dataward/"))?;
    let class = label("class").filter(|class| class.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c)))?;
    Some(sealed_by(class, label("key-version")?.parse().ok()?))
}

/// The first file in an archive has a password, and its method is that of WinZip's AES (APPNOTE, 4.4.4 and 4.4.5;
/// AE-1 and AE-2). ZIP's own cipher counts for nothing: it is broken (Biham and Kocher, 1994).
pub(super) fn of_zip(head: &[u8]) -> Option<&'static str> {
    matches!(head, [b'P', b'K', 3, 4, _, _, flags, _, 99, 0, ..] if flags & 1 == 1).then_some("ZIP with AES")
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

/// Enveloped or authenticated-enveloped data (RFC 5652, section 6; RFC 5083), in DER: a sequence, its length, the
/// identifier.
fn is_cms(head: &[u8]) -> bool {
    let content = match head {
        [0x30, 0x80, rest @ ..] => rest,
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
        (1, [3, ..]) if head.len() > 7 => true,
        (3, [4..=6, cipher, s2k, ..]) => (1..=13).contains(cipher) && *s2k <= 4,
        // Encrypted and protected data: version 1 or 2.
        (18, [1 | 2, ..]) => head.len() > 20,
        _ => false,
    }
}
