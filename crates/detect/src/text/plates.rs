//! Number plates behind the words for them: `Kennzeichen B-AB 1234`, `immatriculé AB-123-CD`, `reg AB12 CDE`. Their groups
//! are short and begin with letters as often as with digits, so that they are read from the word on.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use aho_corasick::AhoCorasickBuilder;
use dataward_model::Category;

use super::Found;
use crate::recognise::Candidate;
use crate::recognise::Recogniser;
use crate::recognise::plates;

/// Finds them.
pub(crate) fn find(text: &str, found: &mut Vec<Found>) {
    for hit in WORDS.find_iter(text) {
        let begins = !text[..hit.start()].ends_with(|c: char| c.is_alphanumeric());
        let names_plates = hit.pattern().as_usize() < PLATES.len();
        if let Some((start, end)) = begins.then(|| behind(text, hit.end(), names_plates)).flatten() {
            found.push(Found { start, end, category: Category::VEHICLE_REGISTRATION, log_odds: LOG_ODDS });
        }
    }
}

/// What a plate behind its word counts: more than the form of an id that it may have too.
const LOG_ODDS: f32 = 3.0;

/// The plate that begins a few marks or a short word behind `at`.
fn behind(text: &str, at: usize, names_plates: bool) -> Option<(usize, usize)> {
    let in_word = |c: &char| c.is_lowercase() || (c.is_alphanumeric() && !c.is_ascii());
    let ending: usize = text[at..].chars().take(LONGEST_ENDING).take_while(in_word).map(char::len_utf8).sum();
    let mut start = at + ending;
    for _ in 0..2 {
        start += text[start..].bytes().take_while(|byte| b" .:#=\"'(".contains(byte)).count();
        let filler = FILLERS.iter().find(|word| text[start..].starts_with(**word));
        start += filler.map_or(0, |word| word.len());
    }
    let part = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b' ' | b'-');
    let most = text[start..].bytes().take(LONGEST).take_while(part).count();
    let ends = (SHORTEST..=most).rev().map(|length| start + length);
    ends.filter(|end| !text[*end..].starts_with(|c: char| c.is_alphanumeric() || c == '-'))
        .find(|end| is_plate(&text[start..*end], names_plates))
        .map(|end| (start, end))
}

const LONGEST_ENDING: usize = 16;
const SHORTEST: usize = 5;
const LONGEST: usize = 12;

fn is_plate(text: &str, names_plates: bool) -> bool {
    let candidate = Candidate::new(text);
    let trimmed = !text.ends_with([' ', '-']) && !text.starts_with([' ', '-']);
    let fits = |recogniser: &Recogniser| (recogniser.validate)(&candidate).is_some();
    trimmed
        && (SHORTEST..=8).contains(&candidate.length())
        && candidate.letter_count() > 0
        && (RARE.iter().any(|recogniser| fits(recogniser)) || names_plates && fits(&plates::OTHERS))
}

/// Forms that hardly anything else has: a word for a car is enough.
const RARE: &[&Recogniser] = &[&plates::BE, &plates::DE, &plates::ES, &plates::FR, &plates::GB, &plates::NL];

const FILLERS: &[&str] = &["nr", "no", "n°", "nº", "number", "numero", "numéro", "num", "is", "ist", "est", "è", "é"];

static WORDS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasickBuilder::new()
        .ascii_case_insensitive(true)
        .match_kind(aho_corasick::MatchKind::LeftmostLongest)
        .build(PLATES.iter().chain(CARS))
        .expect("the words are few and short")
});

/// Words for plates; they may go on.
const PLATES: &[&str] = &[
    "kennzeichen",
    "kenteken",
    "immatricul",
    "license plate",
    "licence plate",
    "matrícula",
    "number plate",
    "nr rej",
    "numer rejestracyjny",
    "plate no",
    "plate number",
    "plate #",
    "placa",
    "regnr",
    "reg.nr",
    "registreringsnummer",
    "tablice",
    "tag number",
    "targa",
];

/// Words for cars and for what is registered.
const CARS: &[&str] = &[
    "auto",
    "bil",
    "car",
    "coche",
    "fahrzeug",
    "kfz",
    "macchina",
    "pkw",
    "reg",
    "registration",
    "samochód",
    "van",
    "vehicle",
    "vehículo",
    "veículo",
    "vrm",
    "véhicule",
    "voiture",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plates_are_found_behind_their_words_and_codes_are_not() {
        let table: &[(&str, &[&str])] = &[
            ("Kennzeichen B-TE 7534, grau", &["B-TE 7534"]),
            ("Der Pkw KA-ST 363 parkt falsch", &["KA-ST 363"]),
            ("véhicule immatriculé HL-717-ED", &["HL-717-ED"]),
            ("vehicle reg: HY59 JLM", &["HY59 JLM"]),
            ("auto met kenteken 6-WMN-34.", &["6-WMN-34"]),
            ("auto targata GD693EW", &["GD693EW"]),
            ("veículo placa DAE-8674", &["DAE-8674"]),
            ("tablice PO 59210", &["PO 59210"]),
            ("vehículo 4921 JKL", &["4921 JKL"]),
            ("tag number BKB 2904", &["BKB 2904"]),
            ("car seat ABC-1234", &[]),
            ("registration AB12345 of the course", &[]),
            ("Auto 500 EUR, van 3 Tage", &[]),
            ("number plate holder SKU AB-123", &[]),
        ];
        for (text, expected) in table {
            let mut found = Vec::new();
            find(text, &mut found);
            let values: Vec<&str> = found.iter().map(|one| &text[one.start..one.end]).collect();
            assert_eq!(values, *expected, "{text}");
        }
    }
}
