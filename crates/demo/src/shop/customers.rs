//! Customers, and what went wrong with some of them.

use std::collections::BTreeSet;

use encoding_rs::WINDOWS_1252;
use jiff::civil::Date;

use crate::Fault;
use crate::dice::Dice;
use crate::dice::days_before;
use crate::dice::iso;
use crate::person::Person;
use crate::shop::column;
use crate::shop::sheet::Sheet;
use crate::shop::sheet::row;
use crate::shop::table;

/// Different customers.
pub(crate) const PEOPLE: usize = 5_000;
/// How many of them were entered a second time.
const TWICE: usize = 40;
/// Days since the newest and the oldest account was opened.
const NEWEST: i64 = 1;
const OLDEST: i64 = 4_170;
/// Above 1: more customers came lately than long ago.
const CROWDING: f64 = 1.3;
/// Two years and a day.
const SILENT_AFTER_DAYS: i64 = 731;
const BCRYPT: &[u8] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Makes the customers, the oldest first; the second entries of duplicates come last.
pub(crate) fn imagine(dice: &mut Dice, today: Date, faults: &mut Vec<Fault>) -> Vec<Person> {
    let mut taken = BTreeSet::new();
    let mut customers: Vec<Person> = (0..PEOPLE).map(|number| unique(dice, today, number, &mut taken)).collect();
    let mut planted = Planted::default();
    for (index, person) in customers.iter_mut().enumerate() {
        spoil(dice, today, index, person, &mut planted);
    }
    for copy in 0..TWICE {
        let original = 100 + copy * 117;
        let twin = second_entry(dice, &customers[original]);
        customers.push(twin);
        planted.duplicates.push(format!("{}={}", original + 1, customers.len()));
    }
    faults.extend(planted.into_faults());
    customers
}

/// Days since the customer at `index` opened an account.
fn account_age(index: usize) -> i64 {
    if index >= PEOPLE {
        return 10 + (index as i64 * 17) % 600;
    }
    let share = (PEOPLE - index) as f64 / PEOPLE as f64;
    NEWEST + (share.powf(CROWDING) * (OLDEST - NEWEST) as f64).ceil() as i64
}

/// The index of a customer who had an account `age` days ago; newer ones buy more.
pub(crate) fn known_by(dice: &mut Dice, age: i64) -> usize {
    let share = ((age - NEWEST) as f64 / (OLDEST - NEWEST) as f64).clamp(0.0, 1.0).powf(1.0 / CROWDING);
    let last = ((1.0 - share) * PEOPLE as f64 - 1.0).max(0.0);
    (last - dice.leaning() * last) as usize
}

/// The table; `latest_order` is in days ago, by index.
pub(crate) fn sheet(
    dice: &mut Dice,
    today: Date,
    customers: &[Person],
    latest_order: &[Option<i64>],
    faults: &mut Vec<Fault>,
) -> Sheet {
    let mut silent = Vec::new();
    let rows = customers.iter().zip(latest_order).enumerate().map(|(index, (person, latest_order))| {
        let age = account_age(index);
        // Most look in now and then without buying.
        let visit = if dice.chance(75.0) { dice.between(0, age.min(600)) } else { age };
        let silence = latest_order.map_or(visit, |order| order.min(visit));
        if silence > SILENT_AFTER_DAYS {
            silent.push((index + 1).to_string());
        }
        let hash = dice.chance(78.0).then(|| format!("$2b$12${}", dice.text(BCRYPT, 53)));
        row![
            index as i64 + 1,
            person.first.clone(),
            person.last.clone(),
            person.email.clone(),
            person.phone.clone(),
            person.street.clone(),
            person.postal_code.clone(),
            person.town.clone(),
            person.country,
            person.birth_date.clone(),
            person.language,
            hash,
            format!("{} {}", iso(days_before(today, age)), dice.time()),
            iso(days_before(today, silence)),
        ]
    });
    let sheet = Sheet::new("customers", rows.collect());
    faults.push(Fault {
        stage: "retention",
        check: "over-age",
        place: table("customers"),
        keys: silent,
        note: "no activity for more than two years",
    });
    sheet
}

fn unique(dice: &mut Dice, today: Date, number: usize, taken: &mut BTreeSet<String>) -> Person {
    let mut person = Person::imagine(dice, today, number);
    if !taken.insert(person.email.clone()) {
        let (_, domain) = person.email.split_once('@').unwrap_or(("", "example.com"));
        person.email = format!("{}.{number}@{domain}", person.handle);
        taken.insert(person.email.clone());
    }
    person
}

/// Keys of what was planted.
#[derive(Default)]
struct Planted {
    blank_mails: Vec<String>,
    broken_mails: Vec<String>,
    duplicates: Vec<String>,
    future_births: Vec<String>,
    mojibake: Vec<String>,
    placeholder_births: Vec<String>,
}

fn spoil(dice: &mut Dice, today: Date, index: usize, person: &mut Person, planted: &mut Planted) {
    let key = (index + 1).to_string();
    let outside_ascii = !person.last.is_ascii() && person.country != "JP";
    if outside_ascii && dice.chance(2.0) {
        person.last = mojibake(&person.last);
        planted.mojibake.push(key);
    } else if dice.chance(0.5) {
        person.birth_date = "1900-01-01".to_owned();
        planted.placeholder_births.push(key);
    } else if dice.chance(0.2) {
        person.birth_date = iso(days_before(today, -dice.between(30, 9000)));
        planted.future_births.push(key);
    } else if dice.chance(0.4) {
        person.email = format!(" {} ", person.email);
        planted.blank_mails.push(key);
    } else if dice.chance(0.3) {
        person.email = person.email.replace('@', if dice.chance(50.0) { "(at)" } else { " @" });
        planted.broken_mails.push(key);
    } else if dice.chance(4.0) {
        person.phone = String::new();
    }
}

/// UTF-8 read as Windows-1252, the commonest way to spoil a name.
fn mojibake(name: &str) -> String {
    WINDOWS_1252.decode_without_bom_handling(name.as_bytes()).0.into_owned()
}

/// The same person, typed in again: a slip in the name, another mail address.
fn second_entry(dice: &mut Dice, person: &Person) -> Person {
    let mut twin = person.clone();
    let mut letters: Vec<char> = twin.last.chars().collect();
    let at = dice.between(1, letters.len() as i64 - 1) as usize;
    match dice.between(0, 2) {
        0 => letters.swap(at - 1, at),
        1 => letters.insert(at, letters[at]),
        _ => {
            letters.remove(at);
        }
    }
    twin.last = letters.into_iter().collect();
    twin.email = if dice.chance(50.0) { person.email.to_uppercase() } else { format!("{}@example.net", person.handle) };
    twin
}

impl Planted {
    fn into_faults(self) -> Vec<Fault> {
        let fault = |stage, check, place, keys, note| Fault { stage, check, place, keys, note };
        vec![
            fault(
                "integrity",
                "duplicate",
                table("customers"),
                self.duplicates,
                "the same person entered twice, as `first=second` key",
            ),
            fault(
                "integrity",
                "mojibake",
                column("customers", "last_name"),
                self.mojibake,
                "UTF-8 read as Windows-1252",
            ),
            fault(
                "integrity",
                "impossible-date",
                column("customers", "birth_date"),
                self.future_births,
                "born in the future",
            ),
            fault(
                "integrity",
                "placeholder-date",
                column("customers", "birth_date"),
                self.placeholder_births,
                "1900-01-01 stands for unknown",
            ),
            fault("integrity", "blanks", column("customers", "email"), self.blank_mails, "blanks around the address"),
            fault(
                "integrity",
                "invalid",
                column("customers", "email"),
                self.broken_mails,
                "no mail can reach this address",
            ),
        ]
    }
}
