//! PKCS#8 private keys encrypted with PBES2 (RFC 8018: PBKDF2 with HMAC-SHA256, AES-256-CBC), as
//! OpenSSL and Python's `cryptography` write and read them.

use std::num::NonZeroU32;

use aws_lc_rs::cipher::AES_256;
use aws_lc_rs::cipher::DecryptionContext;
use aws_lc_rs::cipher::EncryptionContext;
use aws_lc_rs::cipher::PaddedBlockDecryptingKey;
use aws_lc_rs::cipher::PaddedBlockEncryptingKey;
use aws_lc_rs::cipher::UnboundCipherKey;
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::pbkdf2;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::SealError;
use crate::secret::SecretBytes;
use crate::secret::random;

/// The code is 256 random bits, so the count is for form's sake.
const ITERATIONS: u32 = 100_000;
const MOST_ITERATIONS: u32 = 10_000_000;
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";

const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d];
const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c];
const HMAC_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x09];
const AES_256_CBC: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a];

const SEQUENCE: u8 = 0x30;
const OBJECT: u8 = 6;
const OCTETS: u8 = 4;
const INTEGER: u8 = 2;
const NULL: u8 = 5;

/// Encrypts a private key under `password`; PEM.
///
/// # Errors
/// When the system has no randomness.
pub fn encrypt(pkcs8: &[u8], password: &[u8]) -> Result<String, SealError> {
    const FAULT: SealError = SealError::Internal("a private key cannot be encrypted");
    let (salt, iv): ([u8; 16], [u8; 16]) = (random()?, random()?);
    let key = UnboundCipherKey::new(&AES_256, &derive(password, &salt, ITERATIONS)?).map_err(|_| FAULT)?;
    let mut text = Zeroizing::new(pkcs8.to_vec());
    PaddedBlockEncryptingKey::cbc_pkcs7(key)
        .and_then(|key| key.less_safe_encrypt(&mut *text, EncryptionContext::Iv128(FixedLength::from(iv))))
        .map_err(|_| FAULT)?;
    let hash = der(SEQUENCE, &[&der(OBJECT, &[HMAC_SHA256]), &der(NULL, &[])]);
    let count = der(INTEGER, &[&[0], &ITERATIONS.to_be_bytes()[1..]]);
    let parameters = der(SEQUENCE, &[&der(OCTETS, &[&salt]), &minimal(&count), &hash]);
    let derivation = der(SEQUENCE, &[&der(OBJECT, &[PBKDF2]), &parameters]);
    let cipher = der(SEQUENCE, &[&der(OBJECT, &[AES_256_CBC]), &der(OCTETS, &[&iv])]);
    let algorithm = der(SEQUENCE, &[&der(OBJECT, &[PBES2]), &der(SEQUENCE, &[&derivation, &cipher])]);
    Ok(pem(ENCRYPTED, &der(SEQUENCE, &[&algorithm, &der(OCTETS, &[&text])])))
}

/// Decrypts what [`encrypt`] wrote; DER.
///
/// # Errors
/// When the password is another one, or the file is none of ours.
pub fn decrypt(text: &str, password: &[u8]) -> Result<SecretBytes, SealError> {
    let bytes = from_pem(ENCRYPTED, text)?;
    let (salt, iterations, iv, ciphertext) = parse(&bytes)
        .ok_or_else(|| SealError::BadKey("the encrypted private key is not one of ours, or is damaged".to_owned()))?;
    let wrong = || SealError::WrongSecret("the sheets do not open the recovery key".to_owned());
    let key = UnboundCipherKey::new(&AES_256, &derive(password, salt, iterations)?).map_err(|_| wrong())?;
    let mut text = Zeroizing::new(ciphertext.to_vec());
    let opened = PaddedBlockDecryptingKey::cbc_pkcs7(key)
        .and_then(|key| {
            key.decrypt(&mut text, DecryptionContext::Iv128(FixedLength::from(iv))).map(|text| text.to_vec())
        })
        .map_err(|_| wrong())?;
    Ok(Zeroizing::new(opened))
}

fn derive(password: &[u8], salt: &[u8], iterations: u32) -> Result<SecretBytes, SealError> {
    let count = NonZeroU32::new(iterations).ok_or(SealError::Internal("no iterations"))?;
    let mut key = Zeroizing::new(vec![0; 32]);
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, count, salt, password, &mut key);
    Ok(key)
}

#[expect(clippy::type_complexity, reason = "salt, rounds, nonce and secret, taken apart by the one caller")]
fn parse(bytes: &[u8]) -> Option<(&[u8], u32, [u8; 16], &[u8])> {
    let (whole, rest) = field(bytes, SEQUENCE)?;
    let (algorithm, after) = field(whole, SEQUENCE)?;
    let (ciphertext, end) = field(after, OCTETS)?;
    let (name, parameters) = field(algorithm, OBJECT)?;
    let (derivation, cipher) = field(field(parameters, SEQUENCE)?.0, SEQUENCE)?;
    let (kind, inner) = field(derivation, OBJECT)?;
    let (salt, inner) = field(field(inner, SEQUENCE)?.0, OCTETS)?;
    let (count, hash) = field(inner, INTEGER)?;
    let (hash, _) = field(field(hash, SEQUENCE)?.0, OBJECT)?;
    let (mode, iv) = field(field(cipher, SEQUENCE)?.0, OBJECT)?;
    let (iv, _) = field(iv, OCTETS)?;
    let known = name == PBES2 && kind == PBKDF2 && hash == HMAC_SHA256 && mode == AES_256_CBC;
    let count = count.iter().try_fold(0_u32, |sum, byte| sum.checked_mul(256)?.checked_add(u32::from(*byte)))?;
    let sane = (1..=MOST_ITERATIONS).contains(&count) && rest.is_empty() && end.is_empty();
    (known && sane).then_some((salt, count, iv.try_into().ok()?, ciphertext))
}

/// The content of the field `bytes` begins with, and what follows it.
fn field(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<2>()?;
    if head[0] != tag {
        return None;
    }
    let (length, rest) = match head[1] {
        short @ 0..=0x7f => (usize::from(short), rest),
        0x81 => (usize::from(*rest.first()?), &rest[1..]),
        0x82 => (usize::from(u16::from_be_bytes(*rest.first_chunk()?)), &rest[2..]),
        _ => return None,
    };
    rest.split_at_checked(length)
}

fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    match content.len() {
        short @ 0..=0x7f => out.push(short as u8),
        middle @ 0x80..=0xff => out.extend([0x81, middle as u8]),
        long => {
            out.push(0x82);
            out.extend((long as u16).to_be_bytes());
        }
    }
    out.extend(content);
    out
}

/// An integer without a leading zero byte that says nothing.
fn minimal(integer: &[u8]) -> Vec<u8> {
    match integer {
        [tag, length, 0, first, rest @ ..] if *first < 0x80 => [&[*tag, length - 1, *first][..], rest].concat(),
        _ => integer.to_vec(),
    }
}

/// PEM of RFC 7468.
pub fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, later) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = later;
    }
    out + &format!("-----END {label}-----\n")
}

/// The bytes within PEM.
///
/// # Errors
/// When it is none of this label.
pub fn from_pem(label: &str, text: &str) -> Result<Vec<u8>, SealError> {
    let wrong = || SealError::BadKey(format!("not PEM of a {}", label.to_lowercase()));
    let body = text.trim().strip_prefix(&format!("-----BEGIN {label}-----")).ok_or_else(wrong)?;
    let body = body.strip_suffix(&format!("-----END {label}-----")).ok_or_else(wrong)?;
    let body: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD.decode(body).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openssl_opens_what_we_encrypt_and_we_find_a_wrong_password() {
        use std::io::Write;
        use std::process::Command;
        use std::process::Stdio;
        let (private, _) = crate::recipient::rsa_oaep::generate_rsa().unwrap();
        let text = encrypt(&private, b"0123456789abcdef").unwrap();
        assert_eq!(decrypt(&text, b"0123456789abcdef").unwrap(), private);
        assert!(decrypt(&text, b"0123456789abcdee").is_err());
        let mut openssl = Command::new("openssl")
            .args(["pkey", "-passin", "pass:0123456789abcdef", "-outform", "DER"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        openssl.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = openssl.wait_with_output().unwrap();
        assert!(output.status.success() && output.stdout.len() > 1000);
    }
}
