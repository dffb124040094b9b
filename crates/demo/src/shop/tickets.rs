//! Support tickets: prose in which people tell more than they should.

use jiff::civil::Date;

use crate::Fault;
use crate::dice::Dice;
use crate::dice::days_before;
use crate::dice::iso;
use crate::numbers;
use crate::person::Person;
use crate::shop::column;
use crate::shop::customers::known_by;
use crate::shop::sheet::Sheet;
use crate::shop::sheet::row;
use crate::shop::staff::STAFF;
use crate::shop::table;

const TICKETS: i64 = 1_400;

/// Language, subject, body.
const TEXTS: &[(&str, &str, &str)] = &[
    (
        "en",
        "Parcel not here",
        "Hello,\nmy order {order} should have come last week. You can reach me on {phone} or at {email}.\nRegards, {first} {last}",
    ),
    (
        "en",
        "Wrong book",
        "I ordered a cookbook and got a railway timetable. Order {order}. Please send the right one to {street}, {postal} {town}.\n{first} {last}",
    ),
    (
        "en",
        "Change of name",
        "I got married: please change my name from {last} to Harrington-{last}. My date of birth is {birth}.",
    ),
    ("en", "Question", "Do you ship to Iceland, and how long does it take?"),
    ("en", "Re: refund", "Please refund to {iban}, account holder {first} {last}."),
    (
        "de",
        "Paket fehlt",
        "Guten Tag,\nmeine Bestellung {order} ist noch nicht da. Sie erreichen mich unter {phone}.\nMit freundlichen Grüßen\n{first} {last}",
    ),
    (
        "de",
        "Neue Adresse",
        "Ich bin umgezogen. Neue Anschrift: {first} {last}, {street}, {postal} {town}. E-Mail bleibt {email}.",
    ),
    ("de", "Rückzahlung", "Bitte überweisen Sie den Betrag auf mein Konto {iban}. Danke, {last}"),
    ("de", "Frage zur Lieferung", "Liefern Sie auch an Packstationen? Und was kostet der Versand in die Schweiz?"),
    (
        "de",
        "Löschung",
        "Bitte löschen Sie alle meine Daten. Name: {first} {last}, geboren am {birth}, Kundin seit Jahren. {email}",
    ),
    (
        "fr",
        "Colis perdu",
        "Bonjour, ma commande {order} n'est jamais arrivée. Vous pouvez m'appeler au {phone}.\nCordialement, {first} {last}",
    ),
    ("fr", "Changement d'adresse", "J'ai déménagé : {first} {last}, {street}, {postal} {town}."),
    ("nl", "Pakket kwijt", "Beste mensen, bestelling {order} is zoek. Bel mij op {phone}. Groeten, {first} {last}"),
    ("es", "Pedido", "Hola, soy {first} {last}. Mi pedido {order} no ha llegado. Mi correo es {email}."),
    ("it", "Reso", "Buongiorno, vorrei restituire l'ordine {order}. Mi chiamo {first} {last}, telefono {phone}."),
];
/// What nobody should have typed into a form.
const CONFESSIONS: &[&str] = &[
    "\nPS: I was in hospital with pneumonia, so please extend the return period.",
    "\nI am severely dyslexic and need the audio edition, my disability card is attached.",
    "\nWegen meiner Chemotherapie kann ich nicht zur Post gehen.",
];

pub(crate) fn sheet(dice: &mut Dice, today: Date, customers: &[Person], faults: &mut Vec<Fault>) -> Sheet {
    let (mut over_age, mut health, mut cards) = (Vec::new(), Vec::new(), Vec::new());
    let rows = (1..=TICKETS).map(|id| {
        let opened = ((TICKETS - id) * 800 / TICKETS).max(1);
        let index = known_by(dice, opened);
        let person = &customers[index];
        let in_language: Vec<_> = TEXTS.iter().filter(|(language, ..)| *language == person.language).collect();
        let (_, subject, body) = match in_language.is_empty() {
            true => dice.pick(&TEXTS[..5]),
            false => *dice.pick(&in_language),
        };
        let mut body = fill(dice, body, person);
        if dice.chance(2.0) {
            body.push_str(dice.word(CONFESSIONS));
            health.push(id.to_string());
        }
        if dice.chance(0.6) {
            let card = numbers::card(dice);
            body.push_str(&format!("\nMy card is {card}, please just charge it again."));
            cards.push(id.to_string());
        }
        let closed = if opened > 20 || dice.chance(60.0) { Some((opened - dice.between(1, 9)).max(0)) } else { None };
        if closed.is_some_and(|days| days > 93) {
            over_age.push(id.to_string());
        }
        let opened = format!("{} {}", iso(days_before(today, opened)), dice.time());
        let closed = closed.map(|days| format!("{} {}", iso(days_before(today, days)), dice.time()));
        row![id, index as i64 + 1, dice.between(1, STAFF), *subject, body, opened, closed]
    });
    let sheet = Sheet::new("tickets", rows.collect());
    let fault = |stage, check, place, keys, note| Fault { stage, check, place, keys, note };
    faults.extend([
        fault("retention", "over-age", table("tickets"), over_age, "closed more than three months ago"),
        fault("collection", "special-category", column("tickets", "body"), health, "health data in a text field"),
        fault("encryption", "full-card", column("tickets", "body"), cards, "a card number in a text field"),
    ]);
    sheet
}

/// `template` with the person's data in it.
pub(crate) fn fill(dice: &mut Dice, template: &str, person: &Person) -> String {
    let mut text = template
        .replace("{first}", &person.first)
        .replace("{last}", &person.last)
        .replace("{phone}", if person.phone.is_empty() { "the number you have" } else { &person.phone })
        .replace("{email}", person.email.trim())
        .replace("{street}", &person.street)
        .replace("{postal}", &person.postal_code)
        .replace("{town}", &person.town)
        .replace("{birth}", &person.birth_date);
    if text.contains("{order}") {
        text = text.replace("{order}", &format!("BL-{}", dice.between(1_000, 12_000)));
    }
    if text.contains("{iban}") {
        text = text.replace("{iban}", &numbers::iban(dice, person.country));
    }
    text
}
