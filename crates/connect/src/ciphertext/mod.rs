//! Ciphertext by look: headers of formats that encrypt, and bytes without any pattern.
//!
//! Looks alone are no proof that anyone can decrypt it again, but what looks like this cannot be read. Begin with
//! [`Seen`]: it is told what was read of a file so far, and says what it is or what it must see next, so files and
//! objects are read in their own ways and judged in one. [`of_cell`] judges values of databases.

mod cell;
mod headers;
mod noise;
mod office;
mod seven_zip;

use std::borrow::Cow;
use std::ops::Range;

pub use cell::of_cell;
pub(crate) use cell::unpacked;
pub use headers::of_first_bytes;
pub use headers::sealed_by;
pub(crate) use noise::Histogram;

/// What a file or object looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// These bytes must be seen, then [`Seen::look`] knows more.
    More(Range<u64>),
    /// Nothing speaks for encryption.
    Readable,
    /// It is ciphertext of the format of this name.
    Sealed(Cow<'static, str>),
}

/// What was read of a file or object.
#[derive(Clone, Debug)]
pub struct Seen {
    parts: Vec<(u64, Vec<u8>)>,
    bytes: u64,
}

/// Bytes looked at where a file begins, and where one ends that says there what it is.
const EDGE: u64 = 64 << 10;
/// Parts that are read of one file: what wants more goes round in circles.
const MOST_PARTS: usize = 6;
/// Longer PDFs are not opened to see whether they want a password.
const LONGEST_PDF: u64 = 32 << 20;

impl Seen {
    /// Nothing yet of something so long.
    pub fn of(bytes: u64) -> Self {
        Self { parts: Vec::new(), bytes }
    }

    /// Takes the bytes that stand from `at` on.
    pub fn add(&mut self, at: u64, bytes: Vec<u8>) {
        self.parts.push((at, bytes));
    }

    /// What it is, by what was seen.
    pub fn look(&self) -> Sight {
        let sight = self.judge().unwrap_or_else(Sight::More);
        match sight {
            // A file that became shorter meanwhile.
            Sight::More(_) if self.parts.len() >= MOST_PARTS => Sight::Readable,
            sight => sight,
        }
    }

    /// What something is that begins with `head`, where more of it cannot be seen; none where that does not say.
    pub fn of_head(head: &[u8]) -> Option<Cow<'static, str>> {
        let seen = Self { parts: vec![(0, head.to_vec())], bytes: u64::MAX };
        match seen.judge_head(head).ok()? {
            Sight::Sealed(name) => Some(name),
            Sight::More(_) | Sight::Readable => None,
        }
    }

    /// The bytes of a range, cut off where the file ends; what must be read where they were not seen.
    fn at(&self, range: Range<u64>) -> Result<&[u8], Range<u64>> {
        let range = range.start.min(self.bytes)..range.end.min(self.bytes);
        if range.is_empty() {
            return Ok(&[]);
        }
        let within = |start: u64, bytes: &'_ [u8]| {
            let from = usize::try_from(range.start.checked_sub(start)?).ok()?;
            let end = from.checked_add(usize::try_from(range.end - range.start).ok()?)?;
            (end <= bytes.len()).then_some(from..end)
        };
        self.parts.iter().find_map(|(start, bytes)| Some(&bytes[within(*start, bytes)?])).ok_or(range)
    }

    fn judge(&self) -> Result<Sight, Range<u64>> {
        self.judge_head(self.at(0..EDGE)?)
    }

    fn judge_head(&self, head: &[u8]) -> Result<Sight, Range<u64>> {
        if let Some(name) = headers::of_ours(head) {
            return Ok(Sight::Sealed(name.into()));
        }
        let known = of_first_bytes(head).or_else(|| headers::of_zip(head)).or_else(|| cell::by_text(head));
        let known = match known {
            Some(name) => Some(name),
            None if head.starts_with(office::CONTAINER) => office::encrypted(self, head)?,
            None if head.starts_with(seven_zip::SIGNATURE) => seven_zip::encrypted(self, head)?,
            None if head.starts_with(b"%PDF-") => self.pdf()?,
            None => noise::of_file(head, self.bytes),
        };
        Ok(known.map_or(Sight::Readable, |name| Sight::Sealed(name.into())))
    }

    /// Whether a PDF wants a password before it shows anything. The dictionary that says how it is encrypted is named
    /// in each of its trailers (ISO 32000-1, 7.6): at its end, where its table of objects stands, or, of one made for
    /// the web, near its beginning. A password that only forbids printing keeps nobody from reading.
    fn pdf(&self) -> Result<Option<&'static str>, Range<u64>> {
        let says_so = |bytes: &[u8]| memchr::memmem::find(bytes, b"/Encrypt").is_some();
        let tail = self.at(self.bytes.saturating_sub(EDGE)..self.bytes)?;
        let mut said = says_so(self.at(0..1024)?) || says_so(tail);
        if !said && let Some(table) = table_of_objects(tail).filter(|at| *at < self.bytes.saturating_sub(EDGE)) {
            said = says_so(self.at(table..table.saturating_add(4096))?);
        }
        if !said || self.bytes > LONGEST_PDF {
            return Ok(None);
        }
        Ok(crate::formats::pdf::wants_password(self.at(0..self.bytes)?).then_some("PDF with a password"))
    }
}

/// Where a PDF's last table of objects stands.
fn table_of_objects(tail: &[u8]) -> Option<u64> {
    let at = memchr::memmem::rfind(tail, b"startxref")?;
    let digits = tail[at + 9..].trim_ascii_start();
    let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
    std::str::from_utf8(&digits[..end]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What something whole looks like.
    fn look(head: &[u8], bytes: u64) -> Option<Cow<'static, str>> {
        let mut seen = Seen::of(bytes);
        seen.add(0, head.to_vec());
        match seen.look() {
            Sight::Sealed(name) => Some(name),
            Sight::Readable => None,
            Sight::More(range) => panic!("{range:?} is wanted"),
        }
    }

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
        assert_eq!(look(&message, message.len() as u64).as_deref(), Some("AES-256-GCM, key exports/3 of dataward"));
        message[45] ^= 0x80;
        assert_eq!(look(&message, message.len() as u64).as_deref(), Some("AWS Encryption SDK"), "labels that are none");
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
