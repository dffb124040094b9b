//! Which format a file is in: what it holds counts more than what it is called.

use std::cell::OnceCell;

use infer::MatcherType;

use super::Format;
use super::encoding::decode_head;
use super::registry::FORMATS;
use super::registry::PACKED;
use super::text::Text;
use crate::ciphertext::Seen;
use crate::ciphertext::of_first_bytes;

/// How sure a format is. The surest wins; among equals the first of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// It is something else.
    No,
    /// Nothing speaks against it (any text can be plain text).
    Possible,
    /// The name says so and the content does not disagree, or the content looks like it.
    Likely,
    /// The content looks like it and the name agrees, or the content leaves little doubt.
    Sure,
    /// It begins with the bytes that only this format begins with.
    Certain,
}

/// The name of a file and its first bytes.
pub struct Head<'a> {
    /// The name to take the extension from.
    hint: &'a str,
    /// The first bytes, at most 64 KiB.
    pub bytes: &'a [u8],
    /// There are no more bytes than these.
    pub whole: bool,
    text: OnceCell<Option<String>>,
}

impl<'a> Head<'a> {
    /// Looks at `bytes`, with which the file called `hint` begins (and ends, if `whole`).
    pub fn new(hint: &'a str, bytes: &'a [u8], whole: bool) -> Self {
        Self { hint, bytes, whole, text: OnceCell::new() }
    }

    /// The last part of the path, in lower case.
    pub fn file_name(&self) -> String {
        self.hint.rsplit(['/', '\\']).next().unwrap_or_default().to_lowercase()
    }

    /// What follows the last dot of the file name, in lower case; empty without one.
    pub fn extension(&self) -> String {
        let name = self.file_name();
        name.rsplit_once('.').map(|(_, extension)| extension.to_owned()).unwrap_or_default()
    }

    /// Whether the extension is one of these.
    pub fn has_extension(&self, extensions: &[&str]) -> bool {
        extensions.contains(&self.extension().as_str())
    }

    /// Whether it begins with these bytes.
    pub fn starts_with(&self, bytes: &[u8]) -> bool {
        self.bytes.starts_with(bytes)
    }

    /// The first 16 KiB decoded, when this is text in any encoding.
    pub fn text(&self) -> Option<&str> {
        self.text.get_or_init(|| read_as_text(self.bytes, self.whole)).as_deref()
    }
}

/// The format that is surest of this head; none when all say no.
pub fn recognise(head: &Head<'_>) -> Option<&'static dyn Format> {
    // Armoured ciphertext is text, in which chance writes names.
    if of_first_bytes(head.bytes).is_some() {
        return None;
    }
    let mut best = (Certainty::No, None);
    for format in FORMATS {
        let certainty = format.matches(head);
        if certainty > best.0 {
            best = (certainty, Some(*format));
        }
    }
    best.1
}

/// What unpacks this; text, whatever it is, where nothing does.
pub fn unpack(head: &Head<'_>) -> &'static dyn Format {
    PACKED.iter().copied().find(|format| format.matches(head) >= Certainty::Sure).unwrap_or(&Text)
}

/// What people call content that no format reads, and what to do about it. Never quotes content.
pub fn describe_unknown(head: &Head<'_>) -> String {
    if let Some(tool) = Seen::of_head(head.bytes) {
        return format!("it is encrypted ({tool}); what is in it is not looked at");
    }
    // Word, PowerPoint and Outlook kept their files in this container until 2007.
    if head.starts_with(b"\xD0\xCF\x11\xE0") {
        return match head.extension().as_str() {
            "msg" | "oft" => "it is an Outlook message; save it as EML and scan that".to_owned(),
            "msi" | "mst" | "msp" => "it is a program (application/x-msi)".to_owned(),
            _ => "it is a document of an old office program; save it as DOCX, PPTX or PDF and scan that".to_owned(),
        };
    }
    let Some(kind) = infer::get(head.bytes) else {
        return "it is neither text nor of a format dataward knows".to_owned();
    };
    let mime = kind.mime_type();
    match kind.matcher_type() {
        MatcherType::App => format!("it is a program ({mime})"),
        MatcherType::Archive => {
            format!("it is packed in a way dataward cannot unpack ({mime}); unpack it yourself and scan the result")
        }
        MatcherType::Audio | MatcherType::Video => format!("it is a recording ({mime}); dataward does not listen"),
        MatcherType::Font => format!("it is a font ({mime})"),
        MatcherType::Image => format!("it is an image ({mime}); dataward does not read text in images"),
        MatcherType::Book | MatcherType::Doc | MatcherType::Text | MatcherType::Custom => {
            format!("dataward cannot look into files of type {mime}")
        }
    }
}

fn read_as_text(bytes: &[u8], whole: bool) -> Option<String> {
    // A handful of magic numbers are plain ASCII.
    if bytes.starts_with(b"%PDF-") || bytes.starts_with(b"SQLite format 3\0") || bytes.starts_with(b"PAR1") {
        return None;
    }
    let text = decode_head(bytes, whole, TEXT_BYTES);
    let mut controls = 0usize;
    let mut nuls = 0usize;
    let mut characters = 0usize;
    for character in text.chars() {
        characters += 1;
        match character {
            '\0' => nuls += 1,
            '\t' | '\n' | '\r' | '\x0c' | '\x1b' => {}
            // Separators of records and fields, in JSON sequences and exports of Hive.
            '\x01' | '\x1c'..='\x1f' => {}
            // Machine code read as Latin-1 is full of these; text has next to none.
            '\u{fffd}' => controls += 1,
            other if other.is_control() => controls += 1,
            _ => {}
        }
    }
    // Text with a few stray control characters is still text; padding with NULs happens in exports.
    (controls * 50 <= characters && nuls * 10 <= characters).then_some(text)
}

const TEXT_BYTES: usize = 16 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encrypted_is_no_text_and_says_by_what() {
        let cases: [(&[u8], &str); 8] = [
            (b"-----BEGIN AGE ENCRYPTED FILE-----\nYWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+\n", "age"),
            (b"-----BEGIN PGP MESSAGE-----\n\njA0ECQMC\n", "OpenPGP"),
            (b"U2FsdGVkX19zSW1vbiBNYXJpYSBBbm5h\n", "openssl enc"),
            (b"$ANSIBLE_VAULT;1.1;AES256\n6634\n", "Ansible Vault"),
            // As `gpg --symmetric` writes it, and `gpg --encrypt` for a key of 3072 bits.
            (b"\x8c\x0d\x04\x09\x03\x02\x45\xac\xf4\xb4", "OpenPGP"),
            (b"\x85\x01\x8c\x03\x45\xac\xf4\xb4", "OpenPGP"),
            // As `openssl cms -encrypt` writes it, with AES-GCM and with AES-CBC.
            (b"\x30\x82\x3c\x4f\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17\xa0", "S/MIME or CMS"),
            (b"\x30\x82\x3c\x4f\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0\x82", "S/MIME or CMS"),
        ];
        for (bytes, tool) in cases {
            let head = Head::new("people.txt", bytes, true);
            assert!(recognise(&head).is_none(), "{tool}");
            assert_eq!(describe_unknown(&head), format!("it is encrypted ({tool}); what is in it is not looked at"));
        }
        for plain in [&b"id,name\n1,Ada\n"[..], b"-----BEGIN CERTIFICATE-----\nMIIB\n", b"Salted caramel, 3 jars\n"] {
            assert!(recognise(&Head::new("notes.txt", plain, true)).is_some());
        }
    }
}
