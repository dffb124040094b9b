//! What a word can be: given name, surname, town, country, street word, legal form, colour …
//!
//! One finite-state map (`data/lexicon/names.fst`) answers all of it with one look-up; sources and
//! licences stand in `data/SOURCES.md`. Words are folded first: case, accents and punctuation do
//! not count. A word is often several things (Jordan, Paris, Baker), so an [`Entry`] says all.

mod entry;
mod fold;
mod person;

use std::sync::LazyLock;

use fst::Map;

pub use entry::Entry;
pub use entry::Kind;
pub use fold::fold;
pub use fold::fold_into;
pub use fold::plain;
pub use person::is_full_name;
pub use person::is_given_name;

/// How common a word is in a role: `10 * log10(per million)`, 1 to 63; 40 is one in a hundred.
pub type Weight = u8;

static WORDS: LazyLock<Map<&'static [u8]>> = LazyLock::new(|| {
    Map::new(include_bytes!("../../data/lexicon/names.fst").as_slice())
        .expect("the packed lexicon is built with the crate")
});

/// All that is known of a word or phrase, in any case and with or without accents.
pub fn look_up(word: &str) -> Entry {
    look_up_folded(&fold(word))
}

/// All that is known of a word that was folded already.
pub fn look_up_folded(folded: &str) -> Entry {
    Entry::unpack(WORDS.get(folded).unwrap_or(0))
}

/// How common `word` is as a given name.
pub fn given_name(word: &str) -> Option<Weight> {
    look_up(word).given()
}

/// How common `word` is as a surname.
pub fn surname(word: &str) -> Option<Weight> {
    look_up(word).surname()
}

/// How large the largest town called `word` is: `4 * log2(people / 500)`.
pub fn city(word: &str) -> Option<Weight> {
    look_up(word).city()
}

/// Calls `each` with every word and its entry, in byte order.
pub fn for_each(mut each: impl FnMut(&str, Entry)) {
    use fst::Streamer;
    let mut stream = WORDS.stream();
    while let Some((word, packed)) = stream.next() {
        if let Ok(word) = std::str::from_utf8(word) {
            each(word, Entry::unpack(packed));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_punctuation_do_not_count() {
        for word in ["Müller", "MULLER", "mueller", "Mu\u{308}ller"] {
            assert!(surname(word).is_some(), "{word}");
        }
        assert_eq!(look_up("José").given(), look_up("jose").given());
        assert!(look_up("St. Louis").city().is_some() || look_up("Saint Louis").city().is_some());
    }

    #[test]
    fn names_are_known_in_every_language_of_the_goal() {
        let given = [
            "James",
            "Günther",
            "Élodie",
            "Íñigo",
            "Giuseppe",
            "João",
            "Sjoerd",
            "Zbigniew",
            "Björn",
            "Mette",
            "Øyvind",
            "Päivi",
            "Zdeněk",
            "太郎",
            "伟",
            "민준",
            "Mehmet",
            "Сергей",
            "Priya",
            "Yuki",
        ];
        for word in given {
            assert!(given_name(word).is_some(), "{word}");
        }
        let surnames = [
            "Smith",
            "Schröder",
            "Lefèvre",
            "García",
            "Esposito",
            "Ferreira",
            "de Vries",
            "Kowalski",
            "Andersson",
            "Nielsen",
            "Hansen",
            "Virtanen",
            "Novák",
            "佐藤",
            "王",
            "김",
            "Yılmaz",
            "Иванов",
            "Tanaka",
        ];
        for word in surnames {
            assert!(surname(word).is_some(), "{word}");
        }
    }

    #[test]
    fn towns_know_their_country() {
        assert_eq!(look_up("Köln").city_country().as_deref(), Some("DE"));
        assert_eq!(look_up("横浜市").city_country().as_deref(), Some("JP"));
        assert_eq!(look_up("São Paulo").city_country().as_deref(), Some("BR"));
    }

    #[test]
    fn closed_lists_are_told_apart() {
        assert!(look_up("verheiratet").is(Kind::Marital));
        assert!(look_up("Deutschland").is(Kind::Country));
        assert!(look_up("GmbH").is(Kind::LegalForm));
        assert!(look_up("straße").is(Kind::Street));
        assert!(look_up("weiblich").is(Kind::Gender));
        assert!(!look_up("xqzzt").is_known());
    }
}
