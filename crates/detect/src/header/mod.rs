//! What the names of columns and tables say, in the languages of `data/header.tsv`.
//!
//! A name is cut into words (snake, camel, kebab, digits, run together), the longest known terms
//! are found, and the words around them decide whether the name means what it seems to: a
//! `product_name` is no person's name and `email_sent` no address.

mod abbreviate;
mod split;
mod table;
mod words;

use std::collections::HashMap;
use std::sync::LazyLock;

use dataward_model::Category;

pub(crate) use table::TableName;
pub(crate) use table::table_name;
use table::table_words;
pub(crate) use words::OWNERS;
pub(crate) use words::speaks_of_wages;

/// What a term means.
#[derive(Clone, Debug, PartialEq)]
enum Meaning {
    Category(Category),
    Person,
    Organisation,
    Place,
    Thing,
    /// Turns the meaning of a name.
    Not,
    /// An amount of money or of things.
    Amount,
    Word,
}

#[derive(Clone, Debug)]
struct Term {
    meaning: Meaning,
    strength: f64,
}

/// From this strength on a name says clearly what it means; weaker ones only count beside the values.
const CLEARLY: f64 = 0.5;

/// What the name of a column says.
#[derive(Clone, Debug, Default)]
pub(crate) struct ColumnName {
    /// Categories it names, strongest first, 0 to 1.
    pub(crate) says: Vec<(Category, f64)>,
    /// How much a word in it turns its meaning (`email_sent`), 0 to 1.
    pub(crate) veto: f64,
    /// It speaks of a person (`customer_…`), 0 to 1.
    pub(crate) person: f64,
    /// It speaks of an organisation, a place or a thing (`product_…`), 0 to 1.
    pub(crate) thing: f64,
    /// It names an amount (`total_cents`), 0 to 1.
    pub(crate) amount: f64,
    /// It names when something began, ended or happened (`employment_end`).
    pub(crate) event: bool,
    /// It says nothing at all: `c1`, `v7`, `col_3`.
    pub(crate) opaque: bool,
    /// The known terms in it.
    pub(crate) terms: Vec<String>,
}

impl ColumnName {
    /// How clearly it names a category.
    pub(crate) fn strength(&self, category: &Category) -> f64 {
        self.says.iter().find(|(said, _)| said == category).map_or(0.0, |(_, strength)| *strength)
    }

    /// How clearly it names another category; one of the same family counts less, and `name` says
    /// little about which part of a name is meant.
    pub(crate) fn elsewhere(&self, category: &Category) -> f64 {
        let others = self.says.iter().filter(|(said, _)| said != category && *said != Category::CONTENT);
        let share = |said: &Category| match said.family() == category.family() {
            false => 1.0,
            true if *said == Category::NAME => 0.2,
            true => 0.6,
        };
        others.map(|(said, strength)| share(said) * strength).fold(0.0, f64::max)
    }
}

struct Dictionary {
    terms: HashMap<String, Vec<Term>>,
    /// Words that only tables are called.
    tables: HashMap<String, Vec<Term>>,
    /// Terms cut short as programmers do, where that leaves one meaning.
    shortened: HashMap<String, Vec<Term>>,
    east_asian: Vec<String>,
}

static DICTIONARY: LazyLock<Dictionary> = LazyLock::new(|| {
    let mut terms: HashMap<String, Vec<Term>> = HashMap::new();
    let mut tables: HashMap<String, Vec<Term>> = HashMap::new();
    let mut east_asian = Vec::new();
    let lines = include_str!("../../data/header.tsv").lines();
    for line in lines.filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let mut fields = line.split('\t');
        let (Some(meaning), Some(strength), Some(list)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let (meaning, terms) = match meaning.strip_prefix("table ") {
            Some(meaning) => (meaning, &mut tables),
            None => (meaning, &mut terms),
        };
        let Some(meaning) = meaning_of(meaning) else { continue };
        let strength = strength.parse().unwrap_or(0.5);
        for term in list.split('|') {
            let key: String = crate::lexicon::fold(term).split(' ').collect();
            if key.is_empty() {
                continue;
            }
            if crate::column::shape::scripts(&key).is_east_asian() && !terms.contains_key(&key) {
                east_asian.push(key.clone());
            }
            let known = terms.entry(key).or_default();
            if !known.iter().any(|term| term.meaning == meaning) {
                known.push(Term { meaning: meaning.clone(), strength });
            }
        }
    }
    east_asian.sort_by_key(|term| std::cmp::Reverse(term.len()));
    let shortened = abbreviate::shortened(&terms);
    Dictionary { terms, tables, shortened, east_asian }
});

fn meaning_of(word: &str) -> Option<Meaning> {
    Some(match word {
        "person" => Meaning::Person,
        "organisation" => Meaning::Organisation,
        "place" => Meaning::Place,
        "thing" => Meaning::Thing,
        "not" => Meaning::Not,
        "amount" => Meaning::Amount,
        "word" => Meaning::Word,
        key => Meaning::Category(Category::parse(key)?),
    })
}

impl Dictionary {
    /// The longest known terms from left to right, and whether words in between are unknown.
    fn segments(&self, name: &str) -> (Vec<(String, &[Term])>, bool) {
        self.cut(name, |key| self.terms.get(key))
    }

    /// The same for the name of a table.
    fn table_segments(&self, name: &str) -> Vec<(String, &[Term])> {
        self.cut(name, |key| self.tables.get(key).or_else(|| self.terms.get(key))).0
    }

    fn cut<'d>(
        &'d self,
        name: &str,
        known: impl Fn(&str) -> Option<&'d Vec<Term>>,
    ) -> (Vec<(String, &'d [Term])>, bool) {
        let words = split::words(name, |word| known(word).is_some(), &self.east_asian);
        let mut segments = Vec::new();
        let mut unknown = false;
        let mut at = 0;
        while at < words.len() {
            let longest = (1..=5.min(words.len() - at)).rev().find_map(|size| {
                let key: String = words[at..at + size].concat();
                known(&key).map(|terms| (size, key, terms.as_slice()))
            });
            match longest {
                Some((size, key, terms)) => {
                    segments.push((key, terms));
                    at += size;
                }
                None => {
                    match self.shortened.get(&words[at]) {
                        Some(terms) => segments.push((words[at].clone(), terms.as_slice())),
                        None => unknown |= words[at].chars().count() > 2,
                    }
                    at += 1;
                }
            }
        }
        (segments, unknown)
    }
}

/// Reads the name of a column; of a dotted path the last part, with the part before it as context.
pub(crate) fn column_name(name: &str) -> ColumnName {
    let mut parts = name.rsplit('.').filter(|part| !part.is_empty());
    let last = parts.next().unwrap_or(name);
    let mut read = read_column(last);
    if let Some(outer) = parts.next() {
        let table = table_words(outer);
        read.person = read.person.max(table.person);
        read.thing = read.thing.max(table.organisation.max(table.place).max(table.thing));
        let joined = read_column(&format!("{outer}_{last}"));
        for (category, strength) in joined.says {
            if strength > read.strength(&category) && joined.veto == 0.0 {
                read.says.retain(|(said, _)| *said != category);
                read.says.push((category, strength));
            }
        }
        read.opaque &= joined.opaque;
    }
    read.says.sort_by(|a, b| b.1.total_cmp(&a.1));
    read
}

fn read_column(name: &str) -> ColumnName {
    let mut read = ColumnName::default();
    if split::is_opaque(name) {
        read.opaque = true;
        return read;
    }
    read.event = words::names_an_event(name);
    let (segments, unknown) = DICTIONARY.segments(name);
    let persons = segments.iter().filter(|(_, terms)| terms.iter().any(|term| term.meaning == Meaning::Person)).count();
    let count = segments.len();
    let alone = !unknown && (count <= 1 || count == persons + 1);
    for (place, (key, terms)) in segments.iter().enumerate() {
        read.terms.push(key.clone());
        let names_category = terms.iter().any(|term| matches!(term.meaning, Meaning::Category(_)));
        let weak = terms.iter().any(|term| matches!(term.meaning, Meaning::Word | Meaning::Not));
        for term in *terms {
            match &term.meaning {
                Meaning::Category(category) => {
                    // `first` and `mobile` mean something by themselves, not in `first_order_date`.
                    let strength = if weak && !alone { term.strength * 0.15 } else { term.strength };
                    let strength = if count > 1 && is_shaky(key) { 0.5 * strength } else { strength };
                    read.says.push((category.clone(), if unknown { 0.85 * strength } else { strength }));
                }
                // Tables called `address` hold people's; a column called so does not say whose.
                Meaning::Person if names_category && term.strength < CLEARLY => {}
                Meaning::Person => read.person = read.person.max(term.strength),
                Meaning::Organisation | Meaning::Place | Meaning::Thing => {
                    let strength = if names_category { 0.3 } else { term.strength };
                    read.thing = read.thing.max(if count == 1 { 0.5 * strength } else { strength });
                }
                Meaning::Not => {
                    let outside = place + 1 == count
                        || place == 0 && matches!(key.as_str(), "is" | "has" | "can" | "nb" | "numof" | "noof");
                    let strength = match count {
                        1 if names_category => 0.0,
                        1 => 0.6,
                        _ if outside => 1.0,
                        _ => 0.5,
                    };
                    read.veto = read.veto.max(strength * term.strength);
                }
                Meaning::Amount => read.amount = read.amount.max(term.strength),
                Meaning::Word => {}
            }
        }
    }
    // The same category named twice counts once, as strong as the stronger.
    read.says.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    read.says.dedup_by(|later, first| later.0 == first.0);
    if read.person > 0.4 {
        for (category, strength) in &mut read.says {
            if *category == Category::NAME || *category == Category::JOB_TITLE {
                *strength = (*strength + 0.35).min(1.0);
            }
        }
    }
    if let [(key, _)] = segments.as_slice()
        && !unknown
        && read.says.is_empty()
        && words::OWNERS.contains(&key.as_str())
    {
        read.says.push((Category::NAME, OF_PEOPLE));
    }
    // `kundennummer` counts customers.
    if read.person > 0.4 && read.says.is_empty() && segments.last().is_some_and(|(key, _)| words::is_number(key)) {
        read.veto = read.veto.max(0.7);
    }
    read.opaque = count == 0 && !unknown;
    read
}

/// How clearly `patient` or `kunde` alone says that names of people stand there: their keys may as well.
const OF_PEOPLE: f64 = 0.4;

/// What the name of a column means, by itself: the category that it names most clearly. None where it names
/// none, or where other words turn it (`email_sent`) or speak of a thing (`product_name`).
pub fn name_means(column: &str) -> Option<Category> {
    let read = column_name(column);
    let (category, strength) = read.says.into_iter().next()?;
    (strength >= CLEARLY && read.veto < CLEARLY && read.thing < CLEARLY).then_some(category)
}

/// The words of a column's name in alphabetical order, without numbers: what makes two names alike.
pub(crate) fn sorted_words(name: &str) -> Vec<String> {
    let last = name.rsplit('.').find(|part| !part.is_empty()).unwrap_or(name);
    let mut words = split::words(last, |word| DICTIONARY.terms.contains_key(word), &DICTIONARY.east_asian);
    words.retain(|word| !word.bytes().all(|byte| byte.is_ascii_digit()));
    words.sort();
    words
}

/// Whether the words of `wanted` stand side by side in a column's name, however it is written:
/// `loyalty card` in `CUST_LOYALTY_CARD`, `loyaltyCardNo`, `Loyalty-Card`.
pub(crate) fn holds_words(name: &str, wanted: &str) -> bool {
    let wanted: String = crate::lexicon::fold(wanted).split(' ').collect();
    let words = split::words(name, |word| word == wanted, &[]);
    !wanted.is_empty()
        && (0..words.len()).any(|from| {
            let mut joined = String::new();
            words[from..].iter().any(|word| {
                joined.push_str(word);
                joined == wanted
            })
        })
}

/// Whether a term is so short that beside others it is often a word of another language.
fn is_shaky(term: &str) -> bool {
    const SURE: &[&str] = &[
        "bic", "bsn", "cap", "cep", "cpf", "dni", "dob", "fax", "ip", "lat", "lng", "lon", "mac", "mob", "mrn", "nif",
        "nip", "ort", "otp", "plz", "psc", "pwd", "sex", "ssn", "tel", "tlf", "vin", "zip",
    ];
    term.is_ascii() && term.len() <= 3 && !SURE.contains(&term)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(name: &str) -> Option<Category> {
        let read = column_name(name);
        (read.veto < 0.6 && read.thing < 0.9).then(|| read.says.first().map(|(category, _)| category.clone())).flatten()
    }

    #[test]
    fn a_name_alone_means_what_it_names_clearly() {
        for (name, means) in [
            ("surname", Some(Category::LAST_NAME)),
            ("suburb", Some(Category::CITY)),
            ("address_1", Some(Category::STREET)),
            ("email_sent", None),
            ("product_name", None),
            ("c1", None),
        ] {
            assert_eq!(name_means(name), means, "{name}");
        }
    }

    #[test]
    fn names_in_many_languages_and_styles_are_read() {
        for (name, category) in [
            ("first_name", Category::FIRST_NAME),
            ("FirstName", Category::FIRST_NAME),
            ("CUST_FNAME", Category::FIRST_NAME),
            ("contactfirstname", Category::FIRST_NAME),
            ("Vorname", Category::FIRST_NAME),
            ("prénom", Category::FIRST_NAME),
            ("apellido_paterno", Category::LAST_NAME),
            ("cognome", Category::LAST_NAME),
            ("氏名", Category::NAME),
            ("顧客氏名", Category::NAME),
            ("customerName", Category::NAME),
            ("Email Address", Category::EMAIL),
            ("e-mail", Category::EMAIL),
            ("user_email", Category::EMAIL),
            ("TELF1", Category::PHONE_NUMBER),
            ("手机号", Category::PHONE_NUMBER),
            ("PSTLZ", Category::POSTAL_CODE),
            ("ORT01", Category::CITY),
            ("billing_address_1", Category::STREET),
            ("geb_datum", Category::DATE_OF_BIRTH),
            ("DateOfBirth", Category::DATE_OF_BIRTH),
            ("codice_fiscale", Category::NATIONAL_ID),
            ("пол", Category::GENDER),
            ("last_login_ip", Category::IP_ADDRESS),
            ("passwordHash", Category::PASSWORD),
            ("customer.address.city", Category::CITY),
        ] {
            assert_eq!(says(name), Some(category), "{name}");
        }
    }

    #[test]
    fn words_around_turn_the_meaning() {
        for name in [
            "email_sent",
            "is_email_verified",
            "phone_model",
            "address_type",
            "email_count",
            "city_id",
            "password_changed_at",
            "product_name",
            "created_by",
            "file_name",
            "first_order_date",
            "event_name",
            "ip_count",
            "card_type",
            "last_update",
            "name_format",
        ] {
            let read = column_name(name);
            let faint = read.says.iter().all(|(_, strength)| *strength < 0.3);
            assert!(read.veto >= 0.6 || read.thing >= 0.9 || faint, "{name}: {read:?}");
        }
    }

    #[test]
    fn words_of_the_users_own_are_found_however_a_name_is_written() {
        for name in ["loyalty_card", "LoyaltyCard", "custLoyaltyCardNo", "LOYALTY-CARD 2", "loyaltycard"] {
            assert!(holds_words(name, "Loyalty card"), "{name}");
        }
        assert!(holds_words("Treuekarte", "treuekarte"));
        assert!(!holds_words("loyal_cards", "loyalty card"));
        assert!(!holds_words("card", ""));
    }

    #[test]
    fn names_that_say_nothing_are_opaque() {
        for name in ["c1", "v7", "col_3", "x", "field12", "F004", "attr9", "column_b", "a"] {
            assert!(column_name(name).opaque, "{name}");
        }
        for name in ["name", "price", "order_no", "dob"] {
            assert!(!column_name(name).opaque, "{name}");
        }
    }

    #[test]
    fn tables_are_about_people_places_organisations_or_things() {
        assert!(table_name("public.customers").person > 0.9);
        assert!(table_name("exports/customers_2024.csv").person > 0.9);
        assert!(table_name("crm_contact").person > 0.9);
        assert!(table_name("dbo.Products").thing > 0.9);
        assert!(table_name("airports").place > 0.9);
        assert!(table_name("Suppliers").organisation > 0.9);
        assert!(table_name("t4").person == 0.0);
    }
}
