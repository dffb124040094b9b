//! What the words of a column are: shares of values by lexicon.

use super::places;
use super::places::PLACE_BEGINNINGS;
use super::places::city_role;
use super::trades::COMPANY_MARKS;
use super::trades::INDUSTRIES;
use super::trades::is_institution;
use super::trades::is_list_of_partners;
use super::trades::is_medical;
use super::trades::names_no_job;
use crate::column::shape::Scripts;
use crate::lexicon;
use crate::lexicon::Entry;
use crate::lexicon::Kind;

/// Shares of the sampled values, 0 to 1, weighted by how common a word is in the role.
#[derive(Clone, Debug, Default)]
pub(crate) struct WordShares {
    /// One word (or a double name) that is a given name.
    pub(crate) given: f64,
    pub(crate) surname: f64,
    /// Either of both.
    pub(crate) either: f64,
    /// Given minus surname, -1 to 1, over values that are either.
    pub(crate) lean: f64,
    /// Given and family name in one value.
    pub(crate) full_name: f64,
    /// Values of two to four words without digits.
    pub(crate) few_words: f64,
    pub(crate) initial: f64,
    pub(crate) city: f64,
    /// Town more than surname or given name, -1 to 1.
    pub(crate) city_lean: f64,
    pub(crate) street: f64,
    pub(crate) unit: f64,
    pub(crate) company: f64,
    /// Hospitals, schools, banks, airlines: what serves people more often than it employs those of the table.
    pub(crate) institution: f64,
    /// Branches of trade: banking, insurance.
    pub(crate) industry: f64,
    /// Words that only medicines and illnesses have.
    pub(crate) medical: f64,
    pub(crate) job: f64,
    /// Products, titles, animals, colours, everyday words: values that are things.
    pub(crate) thing: f64,
    pub(crate) single: f64,
    pub(crate) capitalised: f64,
    /// Values that stand in a closed list as a whole, by list.
    pub(crate) lists: Vec<f64>,
    /// The same in cells, and how many different values.
    list_cells: Vec<(f64, u32)>,
    /// Values known to the lexicon in any role.
    pub(crate) known: f64,
    leaning: f64,
    /// Values of one letter: a bit for each letter of the alphabet.
    letters: u32,
    /// Countries of the towns, counted.
    countries: std::collections::BTreeMap<String, f64>,
}

/// How much a weight says that a word is meant in that role: 1 for common ones.
fn role(weight: Option<u8>) -> f64 {
    weight.map_or(0.0, |weight| (f64::from(weight) / 18.0).min(1.0))
}

impl WordShares {
    pub(crate) fn list(&self, kind: Kind) -> f64 {
        self.lists.get(kind as usize).copied().unwrap_or(0.0)
    }

    /// Whether the values of one letter are genders as one language writes them: m and f, m and w, h and f, v and m.
    pub(crate) fn letters_of_genders(&self) -> bool {
        const OTHERS: &str = "xdunoi";
        const PAIRS: &[&str] = &["mf", "mw", "hf", "hm", "vm", "km", "mv", "mk", "bg", "ek", "mz", "mn"];
        let bits = |letters: &str| letters.bytes().fold(0_u32, |bits, letter| bits | 1 << (letter - b'a'));
        PAIRS.iter().any(|pair| self.letters & bits(pair) != 0 && self.letters & !bits(pair) & !bits(OTHERS) == 0)
    }

    /// Whether the values of one letter are married and single, and nothing that is neither, divorced nor widowed.
    pub(crate) fn letters_of_marriage(&self) -> bool {
        let bits = |letters: &str| letters.bytes().fold(0_u32, |bits, letter| bits | 1 << (letter - b'a'));
        let both = bits("ms");
        self.letters & both == both && self.letters & !bits("msdw") == 0
    }

    /// Whether `f` or `w` is among the values of one letter.
    pub(crate) fn letters_of_men_and_women(&self) -> bool {
        let bit = |letter: u8| self.letters & 1 << (letter - b'a') != 0;
        bit(b'm') && (bit(b'f') || bit(b'w') || bit(b'v') || bit(b'k'))
    }

    /// The country in which most of the towns lie, when it is nearly all of them.
    pub(crate) fn country(&self) -> Option<&str> {
        let all: f64 = self.countries.values().sum();
        let (country, count) = self.countries.iter().max_by(|a, b| a.1.total_cmp(b.1))?;
        (all >= 6.0 && count / all > 0.6).then_some(country.as_str())
    }

    pub(super) fn see(&mut self, text: &str, cells: f64, scripts: Scripts) {
        if self.lists.is_empty() {
            self.lists = vec![0.0; Kind::ALL.len()];
            self.list_cells = vec![(0.0, 0); Kind::ALL.len()];
        }
        let folded = lexicon::fold(text);
        if folded.is_empty() {
            return;
        }
        let whole = lexicon::look_up_folded(&folded);
        for ((share, by_cell), &kind) in self.lists.iter_mut().zip(&mut self.list_cells).zip(Kind::ALL) {
            if whole.is(kind) {
                *share += 1.0;
                *by_cell = (by_cell.0 + cells, by_cell.1 + 1);
            }
        }
        if let [letter @ b'a'..=b'z'] = folded.as_bytes() {
            self.letters |= 1 << (letter - b'a');
        }
        let digits = text.bytes().any(|byte| byte.is_ascii_digit());
        let raw_words = text.split_whitespace().count();
        let single = raw_words == 1 && !digits;
        if single {
            self.single += 1.0;
        }
        if text.chars().next().is_some_and(char::is_uppercase) {
            self.capitalised += 1.0;
        }
        let words: Vec<&str> = folded.split(' ').collect();
        let entries: Vec<Entry> = words.iter().map(|word| lexicon::look_up_folded(word)).collect();
        if whole.is_known() || entries.iter().any(|entry| entry.is_known()) {
            self.known += 1.0;
        }
        self.street += places::street(text, &words, &entries, scripts);
        if raw_words > 1 && entries.iter().any(|entry| entry.is(Kind::Unit)) && digits {
            self.unit += 1.0;
        }
        // `Amoxicillin 500 MG Oral Tablet`: strengths stand beside medicines.
        let ill = |entry: &Entry| entry.is(Kind::Health) && !entry.is_any(THINGS);
        if words.iter().any(|word| is_medical(word))
            || text.len() <= LONGEST_ILLNESS && crate::text::special::is_illness(text)
            || raw_words <= 6 && entries.iter().any(ill)
            || MEDICAL_TAGS.iter().any(|tag| text.ends_with(tag))
        {
            self.medical += 1.0;
        }
        if digits {
            return;
        }
        if words.iter().any(|word| is_institution(word)) {
            self.institution += 1.0;
        }
        let job = |at: usize| entries[at].is(Kind::Job) && !names_no_job(words[at]);
        let last = entries.len() - 1;
        if whole.is(Kind::Job) || raw_words <= 5 && (job(last) || job(0) && entries[0].given().is_none()) {
            self.job += 1.0;
        }
        // `Information systems manager`: the last word says what it is.
        let company = raw_words > 1 && !job(last) && ends_in_legal_form(&words, &entries)
            || text.contains('&')
            || is_list_of_partners(text)
            || COMPANY_MARKS.iter().any(|mark| text.contains(mark));
        if company {
            self.company += 1.0;
        }
        if INDUSTRIES.contains(&folded.as_str()) {
            self.industry += 1.0;
        }
        let city = city_role(whole, &words);
        if let Some(country) = whole.city_country() {
            *self.countries.entry(country).or_default() += 1.0;
        }
        self.city += city;
        if scripts.is_east_asian() {
            let (given, surname, full) = east_asian(&folded);
            self.given += given;
            self.surname += surname;
            self.full_name += full;
            self.lean_to(given, surname);
            self.city_lean += city - given.max(surname).max(full);
            return;
        }
        let (given, surname) = single_roles(text, whole, &entries, raw_words);
        self.given += given;
        self.surname += surname;
        self.lean_to(given, surname);
        self.city_lean += city - given.max(surname);
        if (2..=5).contains(&raw_words) {
            self.few_words += 1.0;
            let full = if company { 0.0 } else { full_name(text, &words, &entries) };
            let place = words.len() <= 3 && PLACE_BEGINNINGS.contains(&words[0]);
            self.full_name += full * (1.0 - if place { 0.9 } else { 0.7 } * city);
        }
        let raw: Vec<&str> = text.split_whitespace().collect();
        if raw.iter().any(|word| word.trim_end_matches('.').chars().count() == 1 && raw.len() > 1) {
            self.initial += 1.0;
        }
        if is_thing(&entries, whole) {
            self.thing += 1.0;
        }
    }

    fn lean_to(&mut self, given: f64, surname: f64) {
        self.either += given.max(surname);
        if given > 0.0 || surname > 0.0 {
            self.lean += given - surname;
            self.leaning += 1.0;
        }
    }

    /// `count` values in `filled` cells.
    pub(super) fn finish(&mut self, count: f64, filled: f64) {
        if self.leaning > 0.0 {
            self.lean /= self.leaning;
        }
        for share in [
            &mut self.given,
            &mut self.surname,
            &mut self.either,
            &mut self.full_name,
            &mut self.few_words,
            &mut self.initial,
            &mut self.city,
            &mut self.city_lean,
            &mut self.street,
            &mut self.unit,
            &mut self.company,
            &mut self.institution,
            &mut self.industry,
            &mut self.medical,
            &mut self.job,
            &mut self.thing,
            &mut self.single,
            &mut self.capitalised,
            &mut self.known,
        ] {
            *share /= count;
        }
        for (share, (cells, values)) in self.lists.iter_mut().zip(&self.list_cells) {
            *share /= count;
            // Slips of the pen are many different values of one cell each; the values of a list fill most cells.
            if *values >= 3 {
                *share = share.max(cells / filled.max(1.0));
            }
        }
    }
}

/// A word alone, a double name (`Anne-Marie`, `García López`), a name with a particle (`de Vries`).
fn single_roles(text: &str, whole: Entry, entries: &[Entry], raw_words: usize) -> (f64, f64) {
    // Two capitals are a code: `MA`, `AB`.
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return (0.0, 0.0);
    }
    let mut given = role(whole.given());
    let mut surname = role(whole.surname());
    if entries.len() > 1 && raw_words <= 3 {
        let all = |part: fn(Entry) -> Option<u8>| entries.iter().map(|&entry| role(part(entry))).fold(1.0, f64::min);
        let hyphen = text.contains('-');
        let reduce = if hyphen || raw_words == 1 { 1.0 } else { 0.7 };
        given = given.max(all(Entry::given) * reduce);
        surname = surname.max(all(Entry::surname) * reduce);
        let particle = PARTICLES.contains(&text.split_whitespace().next().unwrap_or("").to_lowercase().as_str());
        if particle {
            surname = surname.max(0.8 * entries.last().map_or(0.0, |entry| role(entry.surname()).max(0.5)));
        }
    }
    (given, surname)
}

const PARTICLES: &[&str] = &[
    "de", "van", "von", "di", "da", "del", "della", "dos", "do", "la", "le", "der", "den", "ten", "ter", "zu", "al",
    "el", "bin", "st", "mc", "o", "d", "du", "des", "af",
];

/// Whether words after the first are a legal form, be it written in several (`S. A.`, `s r o`).
fn ends_in_legal_form(words: &[&str], entries: &[Entry]) -> bool {
    entries.iter().skip(1).any(|entry| entry.is(Kind::LegalForm))
        || (2..=4)
            .filter(|count| count < &words.len())
            .any(|count| lexicon::look_up_folded(&words[words.len() - count..].join(" ")).is(Kind::LegalForm))
}

/// Bytes of the longest value that is taken for the name of an illness.
const LONGEST_ILLNESS: usize = 60;

/// What SNOMED CT writes behind illnesses and treatments.
const MEDICAL_TAGS: &[&str] = &["(disorder)", "(finding)", "(procedure)", "(situation)"];

/// How much a value of several words is a person's name: 1 when both parts are known.
fn full_name(text: &str, words: &[&str], entries: &[Entry]) -> f64 {
    let mut given = 0.0_f64;
    let mut surname = 0.0_f64;
    let mut parts = 0;
    let mut unknown = 0;
    for (index, (word, entry)) in words.iter().zip(entries).enumerate() {
        if word.chars().count() == 1 || entry.is(Kind::Honorific) && entry.given().is_none() || PARTICLES.contains(word)
        {
            continue;
        }
        parts += 1;
        let (as_given, as_surname) = (role(entry.given()), role(entry.surname()));
        if as_given == 0.0 && as_surname == 0.0 {
            unknown += 1;
            if entry.is_any(THINGS) || entry.is_any(&[Kind::LegalForm, Kind::Street]) {
                return 0.0;
            }
        }
        if index == 0 && as_given < as_surname && text.contains(',') {
            surname = surname.max(as_surname);
        } else if as_given >= given && index + 1 < words.len() || as_given > as_surname {
            given = given.max(as_given);
            surname = surname.max(as_surname * 0.6);
        } else {
            surname = surname.max(as_surname);
            given = given.max(as_given * 0.6);
        }
    }
    let lower = text.split_whitespace().filter(|word| word.chars().next().is_some_and(char::is_lowercase)).count();
    if parts == 0 || parts > 4 || lower > 2 && text.chars().any(char::is_uppercase) {
        return 0.0;
    }
    if parts == 1 {
        return 0.5 * given.max(surname) * f64::from(u8::from(words.len() > 1));
    }
    let both = given.min(surname).max(0.0);
    let one = given.max(surname);
    let known = if unknown == 0 { both.max(one * 0.5) } else { one * 0.7 };
    if unknown > 1 { known * 0.5 } else { known }
}

/// Names without a blank: 佐藤太郎, 王伟, 김민준.
fn east_asian(folded: &str) -> (f64, f64, f64) {
    let compact: String = folded.chars().filter(|c| !c.is_whitespace()).collect();
    let whole = lexicon::look_up_folded(&compact);
    let given = role(whole.given());
    let surname = role(whole.surname());
    if let Some((family, name)) = folded.split_once(' ') {
        let (family, name) = (lexicon::look_up_folded(family), lexicon::look_up_folded(name));
        let full = if family.surname().is_some() || name.given().is_some() { 1.0 } else { 0.2 };
        return (0.0, 0.0, full);
    }
    let chars: Vec<char> = compact.chars().collect();
    let mut full = 0.0_f64;
    if (2..=6).contains(&chars.len()) && !whole.is_any(&[Kind::State, Kind::Country]) && whole.city().is_none() {
        for cut in 1..chars.len() {
            let family: String = chars[..cut].iter().collect();
            let name: String = chars[cut..].iter().collect();
            if lexicon::look_up_folded(&family).surname().is_none() {
                continue;
            }
            let known = lexicon::look_up_folded(&name).given().is_some();
            let size = chars.len() - cut;
            full = full.max(if known {
                1.0
            } else if size <= 2 && cut <= 2 {
                0.5
            } else {
                0.0
            });
        }
    }
    if given > 0.0 || surname > 0.0 {
        full = full.min(0.6);
    }
    (given, surname, full)
}

const THINGS: &[Kind] = &[
    Kind::Product,
    Kind::Title,
    Kind::Animal,
    Kind::Colour,
    Kind::Vehicle,
    Kind::Common,
    Kind::Genre,
    Kind::Status,
    Kind::Department,
    Kind::Time,
    Kind::Currency,
];

fn is_thing(entries: &[Entry], whole: Entry) -> bool {
    let name = |entry: &Entry| role(entry.given()).max(role(entry.surname())) > 0.5;
    if whole.is_any(THINGS) && !name(&whole) {
        return true;
    }
    let things = entries.iter().filter(|entry| entry.is_any(THINGS) && !name(entry)).count();
    things * 2 >= entries.len() && things > 0
}

/// Whether an account name is made from a person's name: jsmith, mary.jones, smithj, anna82.
pub(crate) fn holds_a_name(handle: &str) -> bool {
    let account = handle.rsplit_once('\\').map_or(handle, |(_, account)| account);
    let lower = account.trim_start_matches('@').to_lowercase();
    let letters: String = lower.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    let parts: Vec<&str> = letters.split(['.', '_', '-']).filter(|part| part.len() >= 3).collect();
    let known = |word: &str, least: u8| {
        let entry = lexicon::look_up_folded(word);
        entry.given().max(entry.surname()).is_some_and(|weight| weight >= least)
    };
    if parts.iter().any(|part| known(part, 14) && !lexicon::look_up_folded(part).is(Kind::Common)) {
        return true;
    }
    letters.is_ascii()
        && letters.len() >= 5
        && (known(&letters[1..], 10)
            || known(&letters[..letters.len() - 1], 10)
            || (letters.len() >= 8
                && (3..letters.len() - 3).any(|cut| known(&letters[..cut], 20) && known(&letters[cut..], 10))))
}
