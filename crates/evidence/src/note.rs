//! Signed notes of our own beside the head of the log: certificates, plans.

use signed_note::Note;
use signed_note::StandardVerifier;
use signed_note::VerifierList;

use crate::EvidenceError;
use crate::Signer;
use crate::VerifierKey;

const WHAT: &str = "signed note";

/// What the first line of a text begins with, so that it can never be taken for a head of the log (whose
/// second line is a number).
const KINDS: [&str; 2] = ["dataward/certificate@1", "dataward/plan@1"];

impl Signer {
    /// `text`, which has two lines, the kind and a hash, as a signed note.
    ///
    /// # Errors
    /// When the kind is none of ours, or the text is no text of a note.
    pub fn sign_note(&self, kind: &str, hash: &[u8; 32]) -> Result<String, EvidenceError> {
        if !KINDS.contains(&kind) {
            return Err(EvidenceError::malformed(WHAT, "its kind is not known"));
        }
        let unsigned = |_| EvidenceError::malformed(WHAT, "it cannot be signed");
        let mut note = Note::new(text(kind, hash).as_bytes(), &[]).map_err(unsigned)?;
        note.add_sigs(&[self]).map_err(unsigned)?;
        String::from_utf8(note.to_bytes()).map_err(|_| EvidenceError::malformed(WHAT, "it is no UTF-8"))
    }
}

impl VerifierKey {
    /// Checks that `note` is the kind and hash, signed by this key.
    ///
    /// # Errors
    /// When it is not.
    pub fn check_note(&self, note: &str, kind: &str, hash: &[u8; 32]) -> Result<(), EvidenceError> {
        let parsed = Note::from_bytes(note.as_bytes()).map_err(|_| EvidenceError::malformed(WHAT, "it is none"))?;
        let verifier = StandardVerifier::new(&self.to_string())
            .map_err(|_| EvidenceError::malformed("verifier key", "it cannot be read"))?;
        parsed
            .verify(&VerifierList::new(vec![Box::new(verifier)]))
            .map_err(|_| EvidenceError::malformed(WHAT, format!("the signature of `{}` does not fit", self.name())))?;
        if parsed.text() != text(kind, hash).as_bytes() {
            return Err(EvidenceError::malformed(WHAT, "it was signed for something else"));
        }
        Ok(())
    }
}

fn text(kind: &str, hash: &[u8; 32]) -> String {
    format!("{kind}\nsha256 {}\n", hex::encode(hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_checked_and_every_changed_byte_is_refused() {
        let signer = Signer::new("blue-lantern.example/evidence", &[7; 32]).unwrap();
        let note = signer.sign_note(KINDS[0], &[9; 32]).unwrap();
        let key = signer.verifier_key();
        key.check_note(&note, KINDS[0], &[9; 32]).unwrap();
        assert!(key.check_note(&note, KINDS[0], &[8; 32]).is_err());
        assert!(crate::TreeHead::parse(note.as_bytes(), &key).is_err(), "a certificate is no head");
        assert!(signer.sign_note("dataward.local/shop", &[9; 32]).is_err());
        for position in 0..note.len() {
            let mut changed = note.clone().into_bytes();
            changed[position] ^= 1;
            let Ok(changed) = String::from_utf8(changed) else { continue };
            assert!(key.check_note(&changed, KINDS[0], &[9; 32]).is_err(), "byte {position}");
        }
    }
}
