//! Validators that rules of the user's own call by name.

use crate::checksum;
use crate::recognise::Candidate;
use crate::recognise::RecogniserId;
use crate::recognise::registry::RECOGNISERS;
use crate::recognise::registry::match_candidate;

/// Checksums by name, over the digits of a value (letters count in `mod-97-10` alone).
pub const CHECKSUMS: &[&str] = &["gs1", "isbn-10", "luhn", "mod-11-10", "mod-97-10", "verhoeff"];

#[derive(Clone, Copy, Debug)]
pub(crate) enum Validator {
    BuiltIn(RecogniserId),
    Gs1,
    Isbn10,
    Luhn,
    Mod1110,
    Mod9710,
    Verhoeff,
}

impl Validator {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "gs1" => Self::Gs1,
            "isbn-10" => Self::Isbn10,
            "luhn" => Self::Luhn,
            "mod-11-10" => Self::Mod1110,
            "mod-97-10" => Self::Mod9710,
            "verhoeff" => Self::Verhoeff,
            other => Self::BuiltIn(RecogniserId::named(other)?),
        })
    }

    pub(super) fn passes(self, value: &str) -> bool {
        let digits: Vec<u8> = value.bytes().filter(u8::is_ascii_digit).map(|byte| byte - b'0').collect();
        match self {
            Self::BuiltIn(id) => match_candidate(&Candidate::new(value)).iter().any(|(found, _)| found == id),
            Self::Gs1 => digits.len() > 1 && checksum::gs1(&digits),
            Self::Isbn10 => {
                let tenth = value.trim_end().ends_with(['X', 'x']).then_some(10);
                let values: Vec<u8> = digits.into_iter().chain(tenth).collect();
                values.len() == 10 && checksum::isbn_10(&values)
            }
            Self::Luhn => digits.len() > 1 && checksum::luhn(&digits),
            Self::Mod1110 => digits.len() > 1 && checksum::mod_11_10(&digits),
            Self::Mod9710 => {
                let code = value.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_uppercase());
                checksum::mod_97_10(code)
            }
            Self::Verhoeff => digits.len() > 1 && checksum::verhoeff(&digits),
        }
    }
}

/// The known name that differs least, when it differs by at most two letters.
pub(super) fn meant(name: &str) -> Option<&'static str> {
    let known = CHECKSUMS.iter().copied().chain(RECOGNISERS.iter().map(|recogniser| recogniser.name));
    known.map(|known| (distance(name, known), known)).filter(|(slips, _)| *slips <= 2).min().map(|(_, known)| known)
}

/// Letters that must be changed, added or dropped (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (at, left) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (place, right) in b.bytes().enumerate() {
            let above = row[place + 1];
            let swapped = diagonal + usize::from(left != right);
            row[place + 1] = swapped.min(above + 1).min(row[place] + 1);
            diagonal = above;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_and_built_in_rules_are_called_by_name() {
        for (name, right, wrong) in [
            ("luhn", "7992-7398-713", "7992-7398-714"),
            ("gs1", "4006381333931", "4006381333932"),
            ("isbn-10", "0-8044-2957-X", "0-8044-2957-1"),
            ("mod-11-10", "07945", "07946"),
            ("mod-97-10", "3214282912345698765432161182", "3214282912345698765432161183"),
            ("verhoeff", "2363", "2364"),
            ("nl-bsn", "111222333", "111252333"),
        ] {
            let validator = Validator::named(name).unwrap();
            assert!(validator.passes(right), "{name}");
            assert!(!validator.passes(wrong), "{name}");
        }
        assert!(Validator::named("no-such").is_none());
        assert_eq!(meant("nl-bns"), Some("nl-bsn"));
    }
}
