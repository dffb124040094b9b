//! The people who work there.

use jiff::civil::Date;

use crate::Fault;
use crate::dice::Dice;
use crate::dice::days_before;
use crate::dice::iso;
use crate::numbers;
use crate::person::Person;
use crate::person::plain_letters;
use crate::shop::column;
use crate::shop::sheet::Sheet;
use crate::shop::sheet::row;

const JOBS: &[&str] = &[
    "Owner",
    "Head of Books",
    "Bookseller",
    "Bookseller",
    "Bookseller",
    "Buyer",
    "Warehouse Lead",
    "Warehouse",
    "Warehouse",
    "Customer Service",
    "Customer Service",
    "Customer Service",
    "Accounting",
    "Web Developer",
    "Marketing",
    "Trainee",
    "Bookseller",
    "Warehouse",
    "Customer Service",
    "Data Entry",
    "Accounting",
    "Bookseller",
    "Driver",
    "Trainee",
];
/// Staff numbers; tickets name them.
pub(crate) const STAFF: i64 = JOBS.len() as i64;

pub(crate) fn sheet(dice: &mut Dice, today: Date, faults: &mut Vec<Fault>) -> Sheet {
    let countries = ["DE", "DE", "DE", "DE", "FR", "NL", "PL", "ES"];
    let mut gone = Vec::new();
    let rows = JOBS.iter().zip(1i64..).map(|(job, id)| {
        let person = Person::of_country(dice, countries[(id - 1) as usize % countries.len()], today, id as usize);
        let hired = dice.between(400, 3900);
        // Left long ago, and the bank account is still on file.
        let left = [17, 20, 22].contains(&id).then(|| iso(days_before(today, hired - 300)));
        if left.is_some() {
            gone.push(id.to_string());
        }
        let mail = format!("{}@bluelantern.example", plain_letters(&person.first).to_lowercase().replace(' ', ""));
        let tax_id = numbers::national_id(dice, person.country, person.woman, person.birth_year);
        let iban = numbers::iban(dice, person.country);
        row![
            id,
            person.name(),
            *job,
            mail,
            person.phone.clone(),
            person.birth_date.clone(),
            tax_id,
            iban,
            iso(days_before(today, hired)),
            left,
        ]
    });
    let sheet = Sheet::new("staff", rows.collect());
    faults.push(Fault {
        stage: "retention",
        check: "over-age",
        place: column("staff", "iban"),
        keys: gone,
        note: "bank accounts of people who no longer work here",
    });
    sheet
}
