//! Words that make a place: towns by their beginnings and ends, streets by their words and numbers.

use crate::column::shape::Scripts;
use crate::lexicon;
use crate::lexicon::Entry;
use crate::lexicon::Kind;

pub(super) fn city_role(whole: Entry, words: &[&str]) -> f64 {
    let size = |entry: Entry| entry.city().map_or(0.0, |weight| (0.55 + f64::from(weight) / 60.0).min(1.0));
    let mut best = size(whole);
    if best == 0.0 && words.len() > 1 {
        // "Frankfurt am Main" is there; "St. Gallen 3", "Paris Cedex", "Bad Homburg vdH" begin with a town.
        let first_two = words.iter().take(2).copied().collect::<Vec<_>>().join(" ");
        best = best.max(0.6 * size(lexicon::look_up_folded(&first_two)));
        best = best.max(0.35 * size(lexicon::look_up_folded(words[0])));
    }
    if best < 0.6 && (2..=5).contains(&words.len()) {
        let folded = words.join(" ");
        let first = PLACE_BEGINNINGS.contains(&words[0]) && words.len() <= 3;
        if first || PLACE_TAILS.iter().any(|tail| folded.contains(tail)) {
            best = 0.6;
        }
    }
    if best == 0.0
        && PLACE_ENDINGS
            .iter()
            .any(|ending| words.last().is_some_and(|word| word.len() > ending.len() + 2 && word.ends_with(ending)))
    {
        best = 0.4;
    }
    best
}

/// `Port Michael`, `East Jessica`, `San Giulia`: the first word makes a place.
pub(super) const PLACE_BEGINNINGS: &[&str] = &[
    "bad", "borgo", "east", "fort", "gross", "klein", "lake", "new", "nieuw", "neu", "north", "nova", "nuevo", "ober",
    "port", "porto", "puerto", "quarto", "saint", "sainte", "san", "sankt", "sant", "santa", "santo", "sao", "sesto",
    "settimo", "south", "st", "stary", "unter", "villa", "vila", "west",
];

/// `Silva do Sul`, `Moreira-sur-Mer`: the last words make a place.
const PLACE_TAILS: &[&str] = &[
    " sur mer",
    " la foret",
    " les bains",
    " do sul",
    " do norte",
    " de minas",
    " do campo",
    " da serra",
    " do oeste",
    " de goias",
    " paulista",
    " da mata",
    " da praia",
    " das flores",
    " das pedras",
    " do amparo",
    " do galho",
    " da prata",
    " alegre",
    " grande",
    " verde",
    " am main",
    " am rhein",
    " an der",
    " in the",
    " on the",
    " upon ",
    " sul ",
    " a mare",
    " ligure",
    " terme",
    " veneto",
    " calabro",
    " umbro",
    " laziale",
    " lido",
    " del friuli",
    " de la frontera",
    " del rey",
    " del mar",
    " aan zee",
    " aan den",
    " sur ",
    " sous ",
    " lès ",
    " les ",
];

const PLACE_ENDINGS: &[&str] = &[
    "ville", "burg", "berg", "town", "borough", "bury", "ford", "heim", "hausen", "dorf", "stadt", "hofen", "ingen",
    "bach", "wald", "grad", "polis", "sur", "shire", "mouth", "minster", "sund", "stad", "borg", "havn", "kobing",
    "koping", "dam", "dijk", "ton", "land", "view", "port", "side", "chester", "haven", "stead", "furt", "wick",
    "veen", "worth", "field", "cester", "boro", "heath", "cross", "bourg", "fors", "nec", "市", "町", "村", "区", "县",
    "區", "시", "군", "구", "ск", "град", "ово",
];

/// A street address: 1 with a street word and a number, less with one of both.
pub(super) fn street(text: &str, words: &[&str], entries: &[Entry], scripts: Scripts) -> f64 {
    let digits = text.bytes().any(|byte| byte.is_ascii_digit()) || text.chars().any(|c| ('０'..='９').contains(&c));
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    if !scripts.is_east_asian() && !text.contains([' ', ',', '\n']) && digits {
        return 0.0;
    }
    if letters < 3 && !scripts.is_east_asian() || words.len() > 12 || text.contains('@') {
        return 0.0;
    }
    if scripts.is_east_asian() {
        let marked = ["丁目", "番地", "番", "号", "路", "街", "大道", "巷", "弄", "로 ", "길 ", "로", "길", "동"]
            .iter()
            .any(|mark| text.contains(mark));
        let region = ["都", "道", "府", "県", "市", "区", "町", "村", "省", "시", "구"]
            .iter()
            .filter(|mark| text.contains(**mark))
            .count();
        return match (marked && digits, region >= 2 && text.chars().count() >= 6, digits) {
            (true, _, _) => 1.0,
            (_, true, true) => 0.9,
            (_, true, false) => 0.6,
            _ if digits && region >= 1 && text.contains(['-', '－', 'ー']) => 0.8,
            _ => 0.0,
        };
    }
    let word = entries
        .iter()
        .zip(words)
        .enumerate()
        // "Dr Smith" is a doctor, "Smith Dr" a drive.
        .filter(|(at, (_, word))| *at > 0 || !matches!(**word, "dr" | "st" | "pl" | "ct" | "rd"))
        .any(|(_, (entry, word))| entry.is(Kind::Street) && (word.chars().count() > 1 || text.contains("/")))
        || words
            .iter()
            .any(|word| STREET_ENDINGS.iter().any(|ending| word.len() > ending.len() + 1 && word.ends_with(ending)));
    let number =
        words.iter().any(|word| word.len() <= 6 && word.bytes().next().is_some_and(|byte| byte.is_ascii_digit()));
    let post_box = text.to_ascii_lowercase().contains("box ") && digits || words.first() == Some(&"postfach");
    let long_words =
        words.iter().filter(|word| word.chars().count() >= 3 && word.chars().all(char::is_alphabetic)).count();
    match (word || post_box, number && digits) {
        (true, true) => 1.0,
        (true, false) if words.len() > 1 || letters > 7 => 0.5,
        // Not `ORD-2024-00012`: a code in capitals is no street.
        (false, true) if long_words >= 1 && words.len() <= 8 && text.chars().any(char::is_lowercase) => 0.35,
        _ => 0.0,
    }
}

const STREET_ENDINGS: &[&str] = &[
    "strasse", "str", "straat", "gasse", "weg", "platz", "allee", "ufer", "damm", "ring", "laan", "plein", "gracht",
    "kade", "gatan", "gata", "vagen", "vag", "grand", "torget", "vej", "gade", "veien", "vei", "gate", "katu", "tie",
    "polku", "kuja", "steig", "chaussee", "utca", "ulice", "singel", "dreef", "dijk", "hof", "stieg", "markt",
];
