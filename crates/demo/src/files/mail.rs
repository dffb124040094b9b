//! A mailbox and a single mail with an attachment.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::DemoError;
use crate::dice::Dice;
use crate::dice::days_before;
use crate::dice::iso;
use crate::files::Folder;
use crate::shop::fill;

const BODIES: &[(&str, &str)] = &[
    (
        "Where is my parcel",
        "Hello,\n\norder {order} has not arrived. My number is {phone}.\n\n{first} {last}\n{street}\n{postal} {town}\n",
    ),
    (
        "Rechnung",
        "Guten Tag,\n\nbitte schicken Sie mir die Rechnung zu {order} noch einmal an {email}.\n\nViele Grüße\n{first} {last}\n",
    ),
    ("Invitation", "Dear team,\n\nthe reading group meets at eight. Bring a lamp.\n"),
    ("Bank details", "Hello,\n\nmy new account for refunds is {iban}.\n\nBest wishes\n{first} {last}\n"),
];

pub(crate) fn write(folder: &mut Folder, dice: &mut Dice) -> Result<(), DemoError> {
    mailbox(folder, dice)?;
    complaint(folder, dice)
}

fn mailbox(folder: &mut Folder, dice: &mut Dice) -> Result<(), DemoError> {
    let mut text = String::new();
    for number in 0..60 {
        let person = folder.customer(dice).clone();
        let (subject, body) = *dice.pick(BODIES);
        let day = days_before(folder.today, dice.between(5, 900));
        let date = format!("{} {} 10:{:02}:00 +0000", day.strftime("%a, %d %b"), day.year(), number % 60);
        let (name, mail) = (person.name(), person.email.trim());
        text.push_str(&format!("From {mail} {} 10:{:02}:00 {}\n", day.strftime("%a %b %e"), number % 60, day.year()));
        text.push_str(&format!("From: {}\nTo: hello@bluelantern.example\nDate: {date}\n", mailbox_name(&name, mail)));
        text.push_str(&format!("Subject: {subject}\nMessage-ID: <{number}.{}@mail.example>\n", iso(day)));
        text.push_str(
            "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n",
        );
        text.push_str(&fill(dice, body, &person));
        text.push('\n');
    }
    folder.put("mail/inbox.mbox", text)
}

/// A mail to the tax adviser with a list attached that should never have left the house.
fn complaint(folder: &mut Folder, dice: &mut Dice) -> Result<(), DemoError> {
    let mut list = String::from("name,iban,email\n");
    for _ in 0..25 {
        let person = folder.customer(dice).clone();
        list.push_str(&format!("{},{},{}\n", person.name(), crate::numbers::iban(dice, "DE"), person.email.trim()));
    }
    let encoded = STANDARD.encode(list);
    let lines: Vec<&str> = encoded.as_bytes().chunks(76).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    let sent = days_before(folder.today, 212).strftime("%a, %d %b %Y 16:40:00 +0200").to_string();
    let text = format!(
        "From: Accounting <accounting@bluelantern.example>\r\nTo: office@taxadviser.example\r\nDate: {sent}\r\n\
         Subject: =?utf-8?Q?R=C3=BCckzahlungen?=\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"lantern\"\r\n\r\n--lantern\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\nAs agreed, the refunds of last quarter.\r\n\r\n--lantern\r\n\
         Content-Type: text/csv; name=\"refunds.csv\"\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=\"refunds.csv\"\r\n\r\n{}\r\n--lantern--\r\n",
        lines.join("\r\n")
    );
    folder.put("mail/refunds-q1.eml", text)?;
    folder.plant("transit", "sent-in-clear", "mail/refunds-q1.eml", "a list of bank accounts left the house by mail");
    Ok(())
}

/// A name and address for a `From` line; names outside ASCII become encoded words.
fn mailbox_name(name: &str, mail: &str) -> String {
    if name.is_ascii() { format!("{name} <{mail}>") } else { format!("=?utf-8?B?{}?= <{mail}>", STANDARD.encode(name)) }
}
