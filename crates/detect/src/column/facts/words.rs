//! What the words of a column are: shares of values by lexicon.

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
    pub(crate) job: f64,
    /// Products, titles, animals, colours, everyday words: values that are things.
    pub(crate) thing: f64,
    pub(crate) single: f64,
    pub(crate) capitalised: f64,
    /// Values that stand in a closed list as a whole, by list.
    pub(crate) lists: Vec<f64>,
    /// Values known to the lexicon in any role.
    pub(crate) known: f64,
    leaning: f64,
}

/// How much a weight says that a word is meant in that role: 1 for common ones.
fn role(weight: Option<u8>) -> f64 {
    weight.map_or(0.0, |weight| (f64::from(weight) / 18.0).min(1.0))
}

impl WordShares {
    pub(crate) fn list(&self, kind: Kind) -> f64 {
        self.lists.get(kind as usize).copied().unwrap_or(0.0)
    }

    pub(super) fn see(&mut self, text: &str, scripts: Scripts) {
        if self.lists.is_empty() {
            self.lists = vec![0.0; Kind::ALL.len()];
        }
        let folded = lexicon::fold(text);
        if folded.is_empty() {
            return;
        }
        let whole = lexicon::look_up_folded(&folded);
        for (share, &kind) in self.lists.iter_mut().zip(Kind::ALL) {
            if whole.is(kind) {
                *share += 1.0;
            }
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
        self.street += street(text, &words, &entries, scripts);
        if entries.iter().any(|entry| entry.is(Kind::Unit)) && digits {
            self.unit += 1.0;
        }
        if digits {
            return;
        }
        let company = words.len() > 1 && entries.iter().skip(1).any(|entry| entry.is(Kind::LegalForm))
            || text.contains('&')
            || COMPANY_MARKS.iter().any(|mark| text.contains(mark));
        if company {
            self.company += 1.0;
        }
        if whole.is(Kind::Job)
            || (raw_words <= 5 && entries.last().is_some_and(|entry| entry.is(Kind::Job)))
            || (raw_words <= 5 && entries.first().is_some_and(|entry| entry.is(Kind::Job) && entry.given().is_none()))
        {
            self.job += 1.0;
        }
        let city = city_role(whole, &words);
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
            self.full_name += full * (1.0 - 0.7 * city);
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

    pub(super) fn finish(&mut self, count: f64) {
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
            &mut self.job,
            &mut self.thing,
            &mut self.single,
            &mut self.capitalised,
            &mut self.known,
        ] {
            *share /= count;
        }
        for share in &mut self.lists {
            *share /= count;
        }
    }
}

const COMPANY_MARKS: &[&str] = &[
    "株式会社",
    "有限会社",
    "合同会社",
    "（株）",
    "(株)",
    "有限公司",
    "公司",
    "集团",
    "주식회사",
    "(주)",
    "ООО",
    "ОАО",
    "ЗАО",
    "ПАО",
    "ИП ",
];

/// A word alone, a double name (`Anne-Marie`, `García López`), a name with a particle (`de Vries`).
fn single_roles(text: &str, whole: Entry, entries: &[Entry], raw_words: usize) -> (f64, f64) {
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

fn city_role(whole: Entry, words: &[&str]) -> f64 {
    let size = |entry: Entry| entry.city().map_or(0.0, |weight| (0.55 + f64::from(weight) / 60.0).min(1.0));
    let mut best = size(whole);
    if best == 0.0 && words.len() > 1 {
        // "Frankfurt am Main" is there; "St. Gallen 3", "Paris Cedex", "Bad Homburg vdH" begin with a town.
        let first_two = words.iter().take(2).copied().collect::<Vec<_>>().join(" ");
        best = best.max(0.6 * size(lexicon::look_up_folded(&first_two)));
        best = best.max(0.35 * size(lexicon::look_up_folded(words[0])));
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

const PLACE_ENDINGS: &[&str] = &[
    "ville", "burg", "berg", "town", "borough", "bury", "ford", "heim", "hausen", "dorf", "stadt", "hofen", "ingen",
    "bach", "wald", "grad", "polis", "sur", "shire", "mouth", "minster", "sund", "stad", "borg", "havn", "kobing",
    "koping", "dam", "dijk", "市", "町", "村", "区", "县", "區", "시", "군", "구", "ск", "град", "ово",
];

/// A street address: 1 with a street word and a number, less with one of both.
fn street(text: &str, words: &[&str], entries: &[Entry], scripts: Scripts) -> f64 {
    let digits = text.bytes().any(|byte| byte.is_ascii_digit()) || text.chars().any(|c| ('０'..='９').contains(&c));
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
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
        .any(|(entry, word)| entry.is(Kind::Street) && (word.chars().count() > 1 || text.contains("/")))
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
        (false, true) if long_words >= 1 && words.len() <= 8 => 0.35,
        _ => 0.0,
    }
}

const STREET_ENDINGS: &[&str] = &[
    "strasse", "str", "straat", "gasse", "weg", "platz", "allee", "ufer", "damm", "ring", "laan", "plein", "gracht",
    "kade", "gatan", "gata", "vagen", "vag", "grand", "torget", "vej", "gade", "veien", "vei", "gate", "katu", "tie",
    "polku", "kuja", "steig", "chaussee", "utca", "ulice", "singel", "dreef", "dijk", "hof", "stieg", "markt",
];

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
pub(super) fn holds_a_name(handle: &str) -> bool {
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
