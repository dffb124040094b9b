//! What a person approved: a signed note over an action, the exact hash of its plan, and the time.
//!
//! The keys are those of signed notes, as the log's own; so tools that are not ours check an approval too.

use jiff::SignedDuration;
use jiff::Timestamp;
use signed_note::Note;
use signed_note::StandardVerifier;
use signed_note::VerifierList;

use crate::EvidenceError;
use crate::Signer;
use crate::VerifierKey;

/// How long an approval counts: who approved yesterday may know better today.
pub const VALID_HOURS: i64 = 24;

const FIRST_LINE: &str = "dataward approval 1";
const WHAT: &str = "approval";

/// The approval of `action` (`keys/shred`) as `plan` (a hash in hex) has it, at `now`: a signed note.
///
/// # Errors
/// When the action or the plan has a line break, or the key does not sign.
pub fn approve(action: &str, plan: &str, signer: &Signer, now: Timestamp) -> Result<String, EvidenceError> {
    if action.contains('\n') || plan.contains('\n') {
        return Err(EvidenceError::malformed(WHAT, "its action or plan has a line break"));
    }
    let unsigned = |_| EvidenceError::malformed(WHAT, "it cannot be signed");
    let text = format!("{FIRST_LINE}\n{action}\n{plan}\n{now}\n");
    let mut note = Note::new(text.as_bytes(), &[]).map_err(unsigned)?;
    note.add_sigs(&[signer]).map_err(unsigned)?;
    String::from_utf8(note.to_bytes()).map_err(|_| EvidenceError::malformed(WHAT, "it is no UTF-8"))
}

/// Which of `operators` approved just this, in `notes`, within the last [`VALID_HOURS`]. Each counts once,
/// whatever they are called: two names with one key are one person. Notes of others, of other plans, too
/// old, of the future or damaged count for nobody.
pub fn approvers<'a>(
    notes: &[String],
    operators: &'a [VerifierKey],
    (action, plan): (&str, &str),
    now: Timestamp,
) -> Vec<&'a VerifierKey> {
    let mut found: Vec<&VerifierKey> = Vec::new();
    for operator in operators {
        let approved = notes.iter().any(|note| is_approval(note, operator, (action, plan), now));
        if approved && !found.iter().any(|known| known.public_key_pem() == operator.public_key_pem()) {
            found.push(operator);
        }
    }
    found
}

fn is_approval(note: &str, operator: &VerifierKey, (action, plan): (&str, &str), now: Timestamp) -> bool {
    let Ok(parsed) = Note::from_bytes(note.as_bytes()) else { return false };
    let Ok(verifier) = StandardVerifier::new(&operator.to_string()) else { return false };
    if parsed.verify(&VerifierList::new(vec![Box::new(verifier)])).is_err() {
        return false;
    }
    let Ok(text) = std::str::from_utf8(parsed.text()) else { return false };
    let lines: Vec<&str> = text.lines().collect();
    let [FIRST_LINE, approved, hash, at] = lines[..] else { return false };
    let Ok(at) = at.parse::<Timestamp>() else { return false };
    let age = now.duration_since(at);
    // Clocks of two machines differ a little.
    let current = age <= SignedDuration::from_hours(VALID_HOURS) && age >= SignedDuration::from_mins(-5);
    approved == action && hash == plan && current
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHRED: (&str, &str) = ("keys/shred", "ab12");

    fn now() -> Timestamp {
        "2026-11-29T12:00:00Z".parse().unwrap()
    }

    fn hours(count: i64) -> Timestamp {
        now().checked_add(SignedDuration::from_hours(count)).unwrap()
    }

    #[test]
    fn two_people_are_two_keys_within_a_day_over_just_this_plan() {
        let ada = Signer::new("ada", &[1; 32]).unwrap();
        let alan = Signer::new("alan", &[2; 32]).unwrap();
        let also_ada = Signer::new("also-ada", &[1; 32]).unwrap();
        let stranger = Signer::new("eve", &[3; 32]).unwrap();
        let operators = [ada.verifier_key(), alan.verifier_key(), also_ada.verifier_key()];
        let note = |signer: &Signer| approve(SHRED.0, SHRED.1, signer, now()).unwrap();
        let names = |notes: &[String], what, at| -> Vec<String> {
            approvers(notes, &operators, what, at).iter().map(|key| key.name().to_owned()).collect()
        };
        let both = [note(&ada), note(&alan)];
        assert_eq!(names(&both, SHRED, hours(24)), ["ada", "alan"]);
        assert!(names(&both, SHRED, hours(25)).is_empty(), "a day later");
        assert!(names(&both, SHRED, hours(-1)).is_empty(), "from the future");
        assert!(names(&both, ("keys/shred", "ab13"), now()).is_empty(), "another plan");
        assert!(names(&both, ("keys/rotate", "ab12"), now()).is_empty(), "another action");
        assert_eq!(names(&[note(&ada), note(&also_ada)], SHRED, now()), ["ada"], "one key is one person");
        assert!(names(&[note(&stranger)], SHRED, now()).is_empty());
    }

    #[test]
    fn every_changed_byte_of_an_approval_is_found() {
        let ada = Signer::new("ada", &[1; 32]).unwrap();
        let note = approve(SHRED.0, SHRED.1, &ada, now()).unwrap();
        for position in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[position] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            assert!(approvers(&[changed], &[ada.verifier_key()], SHRED, now()).is_empty(), "byte {position}");
        }
    }
}
