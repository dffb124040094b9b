//! Exports with the dialects and encodings that real programs write.

use encoding_rs::WINDOWS_1252;

use crate::DemoError;
use crate::dice::Dice;
use crate::dice::days_before;
use crate::dice::iso;
use crate::files::Folder;

pub(crate) fn write(folder: &mut Folder, dice: &mut Dice) -> Result<(), DemoError> {
    german_export(folder, dice)?;
    stock_list(folder, dice)
}

/// Semicolons, Windows-1252, decimal commas, days before months, quotes within quotes.
fn german_export(folder: &mut Folder, dice: &mut Dice) -> Result<(), DemoError> {
    let mut text = String::from("Kd-Nr;Vorname;Nachname;Straße;PLZ;Ort;E-Mail;Geburtsdatum;Umsatz €\r\n");
    let germans = folder.customers.iter().filter(|person| person.country == "DE");
    for (number, person) in germans.take(800).enumerate() {
        let street =
            if number % 90 == 7 { format!("\"{}; \"\"Hinterhaus\"\"\"", person.street) } else { person.street.clone() };
        let birth: Vec<&str> = person.birth_date.rsplit('-').collect();
        let fields = [
            format!("K{:05}", 10_000 + number),
            person.first.clone(),
            person.last.clone(),
            street,
            person.postal_code.clone(),
            person.town.clone(),
            person.email.trim().to_owned(),
            birth.join("."),
            format!("{},{:02}", dice.between(5, 900), dice.between(0, 99)),
        ];
        text.push_str(&fields.join(";"));
        text.push_str("\r\n");
    }
    // As old software does it: a letter that the code page lacks becomes a question mark.
    let mut bytes = Vec::with_capacity(text.len());
    for letter in text.chars() {
        let mut letter_bytes = [0; 4];
        let (encoded, _, lost) = WINDOWS_1252.encode(letter.encode_utf8(&mut letter_bytes));
        if lost { bytes.push(b'?') } else { bytes.extend_from_slice(&encoded) }
    }
    folder.put("exports/kunden_2023.csv", bytes)
}

/// Tabs in UTF-16 with a byte order mark, and nothing about a person.
fn stock_list(folder: &mut Folder, dice: &mut Dice) -> Result<(), DemoError> {
    let mut text = String::from("\u{feff}ean\ttitle\twarehouse\tquantity\tcounted_on\r\n");
    let titles =
        ["Quiet Harbours", "Doctor Marlow's Garden", "The Widow Hartmann", "Letters to Theodora", "Stone Alphabet"];
    for _ in 0..300 {
        let counted = iso(days_before(folder.today, dice.between(1, 60)));
        let (ean, title, shelf) = (dice.fill("9783#########0"), *dice.pick(&titles), dice.fill("@-##"));
        text.push_str(&format!("{}\t{title}\t{shelf}\t{}\t{counted}\r\n", &ean[..13], dice.between(0, 200)));
    }
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    folder.put("exports/stock.csv", bytes)
}
