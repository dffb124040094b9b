//! What a customer-relations service hands out: nested JSON, one contact a line.

use serde_json::json;

use crate::DemoError;
use crate::dice::Dice;
use crate::files::Folder;

pub(crate) fn write(folder: &mut Folder, dice: &mut Dice) -> Result<(), DemoError> {
    let mut text = String::new();
    for number in 0..400 {
        let person = folder.customer(dice);
        let phones: Vec<&str> = [person.phone.as_str()].into_iter().filter(|phone| !phone.is_empty()).collect();
        let note = match dice.between(0, 5) {
            0 => format!("Called {} about the reading group, prefers mornings.", person.first),
            1 => format!("Wrote from {}. Sister {} also buys here.", person.email.trim(), folder.customer(dice).first),
            2 => "Interested in the poetry evenings.".to_owned(),
            _ => String::new(),
        };
        let contact = json!({
            "id": format!("c-{number:05}"),
            "person": { "name": person.name(), "mail": person.email.trim(), "phones": phones },
            "stage": dice.pick(&["lead", "regular", "lost"]),
            "note": note,
        });
        text.push_str(&contact.to_string());
        text.push('\n');
    }
    folder.put("exports/crm-contacts.jsonl", text)
}
