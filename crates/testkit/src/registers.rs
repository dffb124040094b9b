//! Made-up registers of persons in which some stand more than once, as it happens: with slips of the
//! finger, names in each other's place, a new address, a new surname, things left out. People under one
//! roof and twins are in them too: they look alike and are not the same.

use std::collections::BTreeSet;

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

/// A register, and who is who.
#[derive(Clone, Debug)]
pub struct Register {
    /// Its columns.
    pub columns: Vec<&'static str>,
    /// Its cells, row by row.
    pub rows: Vec<Vec<String>>,
    /// For each row the number of the person.
    pub persons: Vec<usize>,
}

/// What a register tells of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A register office's: no electronic addresses, a number of the state in most rows.
    Office,
    /// A shop's: e-mail and telephone, births of some.
    Shop,
    /// A club's: the whole name in one column, days before months, a telephone.
    Club,
}

/// Names with how common they are.
#[derive(Clone, Debug)]
pub struct Names {
    given: Common,
    family: Common,
}

/// Words, and the sum of the weights up to each.
#[derive(Clone, Debug)]
struct Common {
    words: Vec<String>,
    sums: Vec<f64>,
}

impl Names {
    /// Given names and surnames, each with its weight.
    pub fn new(given: Vec<(String, f64)>, family: Vec<(String, f64)>) -> Self {
        Self { given: Common::new(given), family: Common::new(family) }
    }
}

impl Common {
    fn new(list: Vec<(String, f64)>) -> Self {
        let mut sum = 0.0;
        let sums = list.iter().map(|(_, weight)| {
            sum += weight;
            sum
        });
        let sums = sums.collect();
        Self { words: list.into_iter().map(|(word, _)| word).collect(), sums }
    }

    fn draw(&self, random: &mut ChaCha8Rng) -> &str {
        let at = random.random::<f64>() * self.sums.last().expect("the lists are not empty");
        &self.words[self.sums.partition_point(|sum| *sum < at).min(self.words.len() - 1)]
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Person {
    given: String,
    family: String,
    birth: (u32, u32, u32),
    email: String,
    phone: String,
    street: String,
    postcode: String,
    city: String,
    number: String,
}

/// A register of `persons` of whom a share of `again` stand in it a second time or more often.
pub fn register(style: Style, persons: usize, again: f64, names: &Names, random: &mut ChaCha8Rng) -> Register {
    let places = places(random);
    let (mut rows, mut people): (Vec<(Person, usize)>, Vec<Person>) = (Vec::new(), Vec::new());
    for number in 0..persons {
        let mut person = invented(number, names, &places, random);
        // People under one roof; now and then twins.
        if let Some(other) = people.last().filter(|_| random.random_bool(0.35)) {
            person.family = other.family.clone();
            person.street = other.street.clone();
            person.postcode = other.postcode.clone();
            person.city = other.city.clone();
            if random.random_bool(0.5) {
                person.phone = other.phone.clone();
            }
            if random.random_bool(0.02) {
                person.birth = other.birth;
            }
        }
        people.push(person);
    }
    for (number, person) in people.iter().enumerate() {
        rows.push((person.clone(), number));
        let mut more = random.random_bool(again);
        while more {
            let mut copy = person.clone();
            for _ in 0..random.random_range(1..4) {
                spoil(&mut copy, names, &places, random);
            }
            rows.push((copy, number));
            more = random.random_bool(0.2);
        }
    }
    // Duplicates do not stand beside each other.
    for at in (1..rows.len()).rev() {
        rows.swap(at, random.random_range(0..=at));
    }
    let columns = match style {
        Style::Club => vec!["member_no", "name", "born", "phone", "street", "town"],
        Style::Office => {
            vec!["record", "surname", "given_name", "date_of_birth", "street", "postcode", "suburb", "national_id"]
        }
        Style::Shop => {
            vec!["id", "first_name", "last_name", "email", "phone", "birth_date", "street", "zip", "city", "spent"]
        }
    };
    let persons = rows.iter().map(|(_, number)| *number).collect();
    let cells = rows.iter().enumerate().map(|(row, (person, _))| written(style, row, person, random)).collect();
    Register { columns, rows: cells, persons }
}

/// The pairs of rows that are one person.
pub fn true_pairs(register: &Register) -> BTreeSet<(usize, usize)> {
    let mut of: std::collections::BTreeMap<usize, Vec<usize>> = std::collections::BTreeMap::new();
    for (row, person) in register.persons.iter().enumerate() {
        of.entry(*person).or_default().push(row);
    }
    of.values()
        .flat_map(|rows| rows.iter().enumerate().flat_map(move |(at, a)| rows[at + 1..].iter().map(move |b| (*a, *b))))
        .collect()
}

fn places(random: &mut ChaCha8Rng) -> Vec<(String, String)> {
    let syllables = ["bur", "ham", "wes", "ton", "kin", "mar", "lin", "der", "fel", "gro", "sta", "ney", "hol", "bec"];
    (0..3_000)
        .map(|number| {
            let syllable = |random: &mut ChaCha8Rng| (*syllables.choose(random).expect("not empty")).to_owned();
            let town = syllable(random) + &syllable(random) + &syllable(random);
            (format!("{:05}", 1_000 + number * 31), town)
        })
        .collect()
}

const STREETS: &[&str] = &["Street", "Road", "Lane", "Avenue", "Close", "Way"];

fn invented(number: usize, names: &Names, places: &[(String, String)], random: &mut ChaCha8Rng) -> Person {
    let (given, family) = (names.given.draw(random).to_owned(), names.family.draw(random).to_owned());
    // Small towns are many and large ones few.
    let place = &places[(places.len() as f64 * random.random::<f64>().powi(2)) as usize];
    let host = ["example.org", "example.com", "mail.example", "post.example"].choose(random).expect("not empty");
    let plain = |name: &str| name.to_lowercase().replace([' ', '\''], "");
    Person {
        email: format!("{}.{}{}@{host}", plain(&given), plain(&family), random.random_range(1..100)),
        given,
        family,
        birth: (random.random_range(1930..2008), random.random_range(1..13), random.random_range(1..29)),
        phone: format!("0{}{:07}", random.random_range(20..99), random.random_range(0..10_000_000)),
        street: address(names, random),
        postcode: place.0.clone(),
        city: place.1.clone(),
        number: format!("{:09}", 100_000_000 + number * 787 % 899_999_999),
    }
}

fn address(names: &Names, random: &mut ChaCha8Rng) -> String {
    let kind = STREETS.choose(random).expect("not empty");
    format!("{} {} {kind}", random.random_range(1..200), names.family.draw(random))
}

/// One thing that happens between two entries of the same person.
fn spoil(person: &mut Person, names: &Names, places: &[(String, String)], random: &mut ChaCha8Rng) {
    match random.random_range(0..20) {
        0..3 => slip(&mut person.given, random),
        3..6 => slip(&mut person.family, random),
        6 => std::mem::swap(&mut person.given, &mut person.family),
        7 if person.birth.2 <= 12 => person.birth = (person.birth.0, person.birth.2, person.birth.1),
        7 | 8 => person.birth.2 = person.birth.2 % 28 + 1,
        9 => person.given = person.given.chars().take(1).collect(),
        10..12 => {
            let place = places.choose(random).expect("not empty");
            (person.street, person.postcode, person.city) = (address(names, random), place.0.clone(), place.1.clone());
        }
        12 => person.family = names.family.draw(random).to_owned(),
        13 => slip(&mut person.street, random),
        14 => slip(&mut person.email, random),
        15 => person.email = format!("{}{}@other.example", person.given.to_lowercase(), random.random_range(0..9999)),
        16 => person.phone = format!("0{}", random.random_range(200_000_000..990_000_000)),
        17 => person.email.clear(),
        18 => person.phone.clear(),
        _ => match random.random_range(0..3) {
            0 => person.number.clear(),
            1 => slip(&mut person.number, random),
            _ => person.postcode.clear(),
        },
    }
}

fn slip(text: &mut String, random: &mut ChaCha8Rng) {
    let mut chars: Vec<char> = text.chars().collect();
    if chars.len() < 3 {
        return;
    }
    let at = random.random_range(1..chars.len());
    let letter = if chars[at].is_ascii_digit() {
        char::from(random.random_range(b'0'..=b'9'))
    } else {
        char::from(random.random_range(b'a'..=b'z'))
    };
    match random.random_range(0..4) {
        0 => chars[at] = letter,
        1 => drop(chars.remove(at)),
        2 => chars.insert(at, letter),
        _ => chars.swap(at, at - 1),
    }
    *text = chars.into_iter().collect();
}

fn written(style: Style, row: usize, person: &Person, random: &mut ChaCha8Rng) -> Vec<String> {
    let (year, month, day) = person.birth;
    let born = format!("{year}-{month:02}-{day:02}");
    match style {
        Style::Club => vec![
            row.to_string(),
            format!("{} {}", person.given, person.family),
            format!("{day:02}.{month:02}.{year}"),
            person.phone.clone(),
            person.street.clone(),
            format!("{} {}", person.postcode, person.city).trim().to_owned(),
        ],
        Style::Office => vec![
            format!("R{row:07}"),
            person.family.clone(),
            person.given.clone(),
            born,
            person.street.clone(),
            person.postcode.clone(),
            person.city.clone(),
            if random.random_bool(0.3) { String::new() } else { person.number.clone() },
        ],
        Style::Shop => vec![
            row.to_string(),
            person.given.clone(),
            person.family.clone(),
            person.email.clone(),
            person.phone.clone(),
            if random.random_bool(0.4) { String::new() } else { born },
            person.street.clone(),
            person.postcode.clone(),
            person.city.clone(),
            format!("{}.{:02}", random.random_range(0..900), random.random_range(0..100)),
        ],
    }
}
