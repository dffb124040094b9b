//! The signed head: C2SP tlog-checkpoint in a signed note.

use std::fmt;

use ed25519_dalek::SigningKey;
use ed25519_dalek::VerifyingKey;
use ed25519_dalek::pkcs8::EncodePublicKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use signed_note::Note;
use signed_note::StandardVerifier;
use signed_note::VerifierList;
use tlog_tiles::Checkpoint;
use tlog_tiles::Hash;

use crate::EvidenceError;

/// Signs heads. Debug shows the name only.
pub struct Signer {
    name: String,
    key: SigningKey,
}

impl Signer {
    /// A signer named `name` (which is the origin of the log, such as `blue-lantern.example/evidence`)
    /// with the Ed25519 seed `secret`.
    ///
    /// The name has no blanks and no `+`.
    pub fn new(name: &str, secret: &[u8; 32]) -> Result<Self, EvidenceError> {
        if !signed_note::is_key_name_valid(name) || name.chars().any(char::is_control) {
            return Err(EvidenceError::malformed("key name", "it is empty, or has a blank or a `+`"));
        }
        Ok(Self { name: name.to_owned(), key: SigningKey::from_bytes(secret) })
    }

    /// The origin of the log.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key that others check our signature with.
    pub fn verifier_key(&self) -> VerifierKey {
        VerifierKey {
            text: signed_note::new_ed25519_verifier_key(&self.name, &self.key.verifying_key()),
            name: self.name.clone(),
            key: self.key.verifying_key(),
        }
    }

    /// Signs a head. Never call it with two roots for one size.
    pub(crate) fn sign(&self, size: u64, root: Hash) -> Result<TreeHead, EvidenceError> {
        let reason = |_| EvidenceError::malformed("checkpoint", "it cannot be signed");
        let checkpoint = Checkpoint::new(&self.name, size, root, "")
            .map_err(|_| EvidenceError::malformed("checkpoint", "the origin is empty"))?;
        let mut note = Note::new(&checkpoint.to_bytes(), &[]).map_err(reason)?;
        note.add_sigs(&[self]).map_err(reason)?;
        let note = String::from_utf8(note.to_bytes())
            .map_err(|_| EvidenceError::malformed("checkpoint", "the origin is no UTF-8"))?;
        Ok(TreeHead { origin: self.name.clone(), size, root, note })
    }
}

impl signed_note::Signer for Signer {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        key_id(&self.name, &self.key.verifying_key())
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, ed25519_dalek::SignatureError> {
        use ed25519_dalek::Signer;
        self.key.try_sign(message).map(|signature| signature.to_vec())
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The signature type byte of Ed25519 in signed notes.
const ED25519: u8 = 1;

pub(crate) fn key_id(name: &str, key: &VerifyingKey) -> u32 {
    let typed: Vec<u8> = [ED25519].into_iter().chain(key.to_bytes()).collect();
    signed_note::key_id(name, &typed)
}

/// A public key and its name, as signed notes write it: `name+hash+key`.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    text: String,
    name: String,
    key: VerifyingKey,
}

impl VerifierKey {
    /// Reads the text of a `log.vkey` file; a line end after it is fine.
    pub fn parse(text: &str) -> Result<Self, EvidenceError> {
        use base64::Engine;
        const WHAT: &str = "verifier key";
        let wrong = || EvidenceError::malformed(WHAT, "it should look like `name+01234567+ATc…`");
        let text = text.strip_suffix('\n').unwrap_or(text);
        StandardVerifier::new(text).map_err(|_| wrong())?;
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(_), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(wrong());
        };
        let key = base64::engine::general_purpose::STANDARD.decode(key).map_err(|_| wrong())?;
        let key: &[u8; 32] = key.get(1..).and_then(|key| key.try_into().ok()).ok_or_else(wrong)?;
        let key = VerifyingKey::from_bytes(key).map_err(|_| wrong())?;
        Ok(Self { text: signed_note::new_ed25519_verifier_key(name, &key), name: name.to_owned(), key })
    }

    /// The origin of the log.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key in PEM (SubjectPublicKeyInfo), as OpenSSL reads it.
    pub fn public_key_pem(&self) -> String {
        self.key.to_public_key_pem(LineEnding::LF).expect("an Ed25519 public key can always be written")
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// How many entries a log had and what they were, signed.
#[derive(Clone, Debug, PartialEq)]
pub struct TreeHead {
    /// The log's name.
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// The root hash over them.
    pub root: Hash,
    /// The signed note, word for word: what an auditor keeps.
    pub note: String,
}

/// A head that was seen before, without its signature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KnownHead {
    /// Entries then.
    pub size: u64,
    /// The root hash then; [`Hash::parse_hash`] reads it from base64.
    pub root: Hash,
}

impl From<&TreeHead> for KnownHead {
    fn from(head: &TreeHead) -> Self {
        Self { size: head.size, root: head.root }
    }
}

impl TreeHead {
    /// Reads a signed head and checks its signature with `key`. Signatures of others in it (of
    /// witnesses) are left alone.
    pub fn parse(note: &[u8], key: &VerifierKey) -> Result<Self, EvidenceError> {
        const WHAT: &str = "checkpoint";
        let text = std::str::from_utf8(note).map_err(|_| EvidenceError::malformed(WHAT, "it is no UTF-8 text"))?;
        let parsed = Note::from_bytes(note).map_err(|_| EvidenceError::malformed(WHAT, "it is no signed note"))?;
        let verifier = StandardVerifier::new(&key.text)
            .map_err(|_| EvidenceError::malformed("verifier key", "it cannot be read"))?;
        parsed
            .verify(&VerifierList::new(vec![Box::new(verifier)]))
            .map_err(|_| EvidenceError::malformed(WHAT, format!("the signature of `{}` does not fit", key.name)))?;
        let checkpoint = Checkpoint::from_bytes(parsed.text())
            .map_err(|_| EvidenceError::malformed(WHAT, "origin, size or root hash is missing"))?;
        if checkpoint.origin() != key.name {
            return Err(EvidenceError::malformed(WHAT, format!("it is of another log, not of `{}`", key.name)));
        }
        let (size, root) = (checkpoint.size(), *checkpoint.hash());
        Ok(Self { origin: key.name.clone(), size, root, note: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> Signer {
        Signer::new("blue-lantern.example/evidence", &[7; 32]).unwrap()
    }

    #[test]
    fn a_head_is_read_back_and_every_changed_byte_is_refused() {
        let head = signer().sign(3, Hash([9; 32])).unwrap();
        let key = signer().verifier_key();
        assert_eq!(TreeHead::parse(head.note.as_bytes(), &key).unwrap(), head);
        for position in 0..head.note.len() {
            for flip in [1, 0x20, 0x80] {
                let mut note = head.note.clone().into_bytes();
                note[position] ^= flip;
                assert!(TreeHead::parse(&note, &key).is_err(), "byte {position} flipped by {flip}");
            }
        }
    }

    #[test]
    fn a_head_of_another_key_or_origin_is_refused() {
        let other_key = Signer::new("blue-lantern.example/evidence", &[8; 32]).unwrap();
        let other_name = Signer::new("red-lantern.example/evidence", &[7; 32]).unwrap();
        for other in [other_key, other_name] {
            let head = other.sign(3, Hash([9; 32])).unwrap();
            assert!(TreeHead::parse(head.note.as_bytes(), &signer().verifier_key()).is_err());
        }
    }

    #[test]
    fn a_cosignature_of_a_witness_does_not_disturb() {
        let head = signer().sign(3, Hash([9; 32])).unwrap();
        let witness = Signer::new("witness.example", &[1; 32]).unwrap();
        let mut note = Note::from_bytes(head.note.as_bytes()).unwrap();
        note.add_sigs(&[&witness]).unwrap();
        assert_eq!(TreeHead::parse(&note.to_bytes(), &signer().verifier_key()).unwrap().root, head.root);
    }

    #[test]
    fn verifier_keys_are_read_back() {
        let key = signer().verifier_key();
        assert_eq!(VerifierKey::parse(&format!("{key}\n")).unwrap(), key);
        assert!(VerifierKey::parse("a+b").is_err());
        assert!(VerifierKey::parse(&key.to_string().replace("blue", "red")).is_err());
        assert!(key.public_key_pem().starts_with("-----BEGIN PUBLIC KEY-----\n"));
    }

    #[test]
    fn names_that_would_break_a_note_are_refused() {
        for name in ["", "blue lantern", "a+b", "a\nb"] {
            assert!(Signer::new(name, &[7; 32]).is_err(), "{name:?}");
        }
        assert_eq!(format!("{:?}", signer()), "Signer { name: \"blue-lantern.example/evidence\", .. }");
    }
}
