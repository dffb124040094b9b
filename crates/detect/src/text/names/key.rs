//! What the key or column of a value says about names and places: JSON keys, `Name:` labels, CSV
//! headers.

use std::collections::HashMap;
use std::sync::LazyLock;

use dataward_model::Category;

use super::words::Trigger;
use crate::lexicon;

/// What a key announces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Announced {
    /// A name or a part of an address.
    Category(Category),
    /// Something else that is written with capitals.
    Other,
    /// Nothing known.
    Unknown,
}

/// What a key announces, read word by word from its end (`billing_city`, `customerName`).
pub(super) fn announced(key: &str) -> Announced {
    let mut words = [""; 5];
    let mut count = 0;
    // A sentence before the colon is no key: only its last word counts.
    let most = if key.split_whitespace().count() > 3 { 1 } else { 4 };
    for word in key.rsplit(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).take(most) {
        words[count] = word;
        count += 1;
    }
    let whole = lexicon::fold(key).replace(' ', "");
    if let Some(category) = category(&whole) {
        return Announced::Category(category);
    }
    for word in &words[..count] {
        // "From", "To", "Last" say so only alone: "From our desk: Berlin", "Last login: Monday".
        if count > 1 && matches!(word.to_ascii_lowercase().as_str(), "from" | "to" | "cc" | "first" | "last" | "given")
        {
            continue;
        }
        // customerName: the last part of camel case counts.
        let tail =
            word.rfind(|c: char| c.is_uppercase()).filter(|&place| place > 0).map_or(*word, |place| &word[place..]);
        for part in [*word, tail] {
            let folded = lexicon::fold(part);
            if let Some(category) = category(&folded) {
                let product = category == Category::NAME && count > 1 && is_other(&lexicon::fold(words[1]));
                return if product { Announced::Other } else { Announced::Category(category) };
            }
            if is_other(&folded) {
                return Announced::Other;
            }
        }
    }
    Announced::Unknown
}

fn is_other(folded: &str) -> bool {
    Trigger::of(folded).is(Trigger::OTHER_KEY) || Trigger::of(folded).is(Trigger::ORGANISATION)
}

fn category(folded: &str) -> Option<Category> {
    CATEGORIES.get(folded).cloned()
}

/// The first category that lists a word.
static CATEGORIES: LazyLock<HashMap<&'static str, Category>> = LazyLock::new(|| {
    let mut categories = HashMap::new();
    for (category, words) in KEYS {
        for word in words.split(' ') {
            categories.entry(word).or_insert_with(|| category.clone());
        }
    }
    categories
});

const KEYS: &[(Category, &str)] = &[
    (
        Category::FIRST_NAME,
        "firstname fname givenname forename vorname prenom primernombre nomedibattesimo voornaam imie fornamn primeironome first given 名",
    ),
    (
        Category::LAST_NAME,
        "lastname lname surname familyname nachname familienname apellido apellidos cognome apelido sobrenome achternaam nazwisko efternamn last 姓 苗字",
    ),
    (
        Category::CITY,
        "city town stadt ort wohnort ville ciudad citta cidade plaats woonplaats stad miasto miejscowosc postort 市区町村 市",
    ),
    (
        Category::POSTAL_CODE,
        "cp kod cpost zip zipcode postcode postalcode plz postleitzahl codepostal codigopostal cap cep codpostal kodpocztowy postnummer 郵便番号",
    ),
    (
        Category::STREET,
        "straat gata via logradouro gatuadress calle rua shipstreet street streetaddress address1 addressline1 strasse anschrift adresse adres adress direccion indirizzo endereco morada ulica gatuadress address rue calle 住所",
    ),
    (Category::STATE, "state province region bundesland provincia estado wojewodztwo lan 都道府県"),
    (
        Category::NAME,
        "name fullname customer client patient author sender recipient contact user assignee employee owner holder cardholder accountholder kunde kundin ansprechpartner absender empfanger kontoinhaber inhaber mitarbeiter nom nomcomplet destinataire titulaire auteur nombre nombrecompleto cliente paciente titular nome nomecompleto paziente intestatario mittente naam volledigenaam klant afzender patientin pacjent klient imieinazwisko namn fullstandigtnamn kund avsandare customername username2 patientname doctor physician beneficiary applicant passenger guest student teacher from to cc attn signer contactname displayname 氏名 フリガナ ふりがな カナ 氏名カナ 名前カナ 名前 お名前 患者名 顧客名 担当者 担当",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_say_what_their_values_are() {
        let table = [
            ("first_name", Announced::Category(Category::FIRST_NAME)),
            ("customerName", Announced::Category(Category::NAME)),
            ("billing_city", Announced::Category(Category::CITY)),
            ("Nachname", Announced::Category(Category::LAST_NAME)),
            ("product_name", Announced::Other),
            ("title", Announced::Other),
            ("note", Announced::Unknown),
        ];
        for (key, expected) in table {
            assert_eq!(announced(key), expected, "{key}");
        }
    }
}
