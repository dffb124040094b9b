//! Contacts and calendars: vCard (`.vcf`) and iCalendar (`.ics`) as tables with one row a card or
//! entry and one column a property (`EMAIL`, `EMAIL_2`, `N.family`, `ATTENDEE`).

use std::collections::HashMap;

use dataward_model::TableHead;

use super::Certainty;
use super::Format;
use super::Head;
use super::Input;
use super::Out;
use super::limits::from_io;
use super::properties::Properties;
use super::properties::Property;
use super::sent;
use super::text_columns::Repair;
use super::text_columns::TextColumns;
use crate::ConnectError;

/// Cards or calendar entries.
pub(super) struct Cards;

impl Format for Cards {
    fn name(&self) -> &'static str {
        "vCard or iCalendar"
    }

    fn matches(&self, head: &Head<'_>) -> Certainty {
        let start: String = head.text().unwrap_or_default().trim_start().chars().take(16).collect();
        match start.to_ascii_uppercase().as_str() {
            start if start.starts_with("BEGIN:VCARD") || start.starts_with("BEGIN:VCALENDAR") => Certainty::Certain,
            _ => Certainty::No,
        }
    }

    fn decode(&self, input: Input<'_>, out: &mut Out) -> Result<(), ConnectError> {
        if out.request().mail_dates {
            return sent::entries(input, out);
        }
        let name = input.name().to_owned();
        let mut properties = Properties::new(input.into_text());
        let mut table = Table::default();
        out.begin(TableHead::table(&name, Vec::new()))?;
        let mut columns = TextColumns::new([], Repair::Replace);
        let mut property = String::new();
        while properties.read(&mut property).map_err(|error| from_io(&name, &error))? {
            if table.take(&property, &mut columns) && columns.is_full(out.request().batch_bytes) {
                out.rows(columns.flush())?;
            }
        }
        table.end_row(&mut columns);
        if columns.rows() > 0 {
            out.rows(columns.flush())?;
        }
        out.end_complete()
    }
}

#[derive(Default)]
struct Table {
    /// Cells of the current row by column.
    row: Vec<(String, String)>,
    seen: HashMap<String, u32>,
}

impl Table {
    /// Takes a property; true when it ends a row.
    fn take(&mut self, property: &str, columns: &mut TextColumns) -> bool {
        let Some(property) = Property::of(property) else { return false };
        let (name, value) = (property.name.clone(), property.value);
        match name.as_str() {
            "BEGIN" | "END" => return self.end_row(columns),
            "" | "VERSION" | "PRODID" | "CALSCALE" | "METHOD" | "REV" | "SEQUENCE" | "DTSTAMP" | "PHOTO" | "LOGO"
            | "SOUND" => {
                return false;
            }
            _ if property.has("ENCODING=B") || value.is_empty() => return false,
            _ => {}
        }
        let value = if property.has("QUOTED-PRINTABLE") { quoted_printable(value) } else { value.to_owned() };
        for known in OF_PEOPLE {
            for person in property.parameter(known) {
                self.add(format!("{name}.{known}"), address(person).to_owned());
            }
        }
        let fields: &[&str] = match name.as_str() {
            "N" => &["family", "given", "middle", "prefix", "suffix"],
            "ADR" => &["po_box", "extended", "street", "city", "region", "postal_code", "country"],
            _ => {
                self.add(name, address(&unescaped(&value)).to_owned());
                return false;
            }
        };
        for (field, part) in fields.iter().zip(components(&value)) {
            self.add(format!("{name}.{field}"), part);
        }
        false
    }

    fn add(&mut self, name: String, value: String) {
        if value.trim().is_empty() || name.len() > 64 {
            return;
        }
        let count = self.seen.entry(name.clone()).or_default();
        *count += 1;
        // A meeting of hundreds must not make hundreds of columns.
        match *count {
            1 => self.row.push((name, value)),
            2..=8 => self.row.push((format!("{name}_{count}"), value)),
            _ => {
                if let Some((_, last)) = self.row.iter_mut().rfind(|(column, _)| column.starts_with(&name)) {
                    last.push_str(", ");
                    last.push_str(&value);
                }
            }
        }
    }

    /// Ends the row if there is anything in it.
    fn end_row(&mut self, columns: &mut TextColumns) -> bool {
        self.seen.clear();
        if self.row.is_empty() {
            return false;
        }
        for (name, value) in self.row.drain(..) {
            // A hostile card may invent names without end.
            if columns.width() < MOST_COLUMNS {
                let column = columns.index_of(&name);
                columns.cell(column, value.as_bytes());
            }
        }
        columns.end_row();
        true
    }
}

/// What stands behind `mailto:`.
fn address(value: &str) -> &str {
    const SCHEME: &str = "mailto:";
    match value.get(..SCHEME.len()) {
        Some(scheme) if scheme.eq_ignore_ascii_case(SCHEME) => &value[SCHEME.len()..],
        _ => value,
    }
}

/// Parameters that name people.
const OF_PEOPLE: [&str; 6] = ["CN", "DELEGATED-FROM", "DELEGATED-TO", "EMAIL", "MEMBER", "SENT-BY"];

fn components(value: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for c in value.chars() {
        if c == ';' && !escaped {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(c);
        }
        escaped = c == '\\' && !escaped;
    }
    parts.iter().map(|part| unescaped(part)).collect()
}

fn unescaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => match characters.next() {
                Some('n' | 'N') => text.push('\n'),
                Some(other) => text.push(other),
                None => {}
            },
            c => text.push(c),
        }
    }
    text
}

fn quoted_printable(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digit = |at: usize| after.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        match (byte, digit(0), digit(1)) {
            (b'=', Some(high), Some(low)) => {
                bytes.push((high << 4 | low) as u8);
                rest = &after[2..];
            }
            _ => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

const MOST_COLUMNS: usize = 500;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::read;

    fn text(value: &str) -> Option<String> {
        Some(value.to_owned())
    }

    #[test]
    fn cards_become_rows_with_their_properties_as_columns() {
        let cards = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Lovelace;Ada;;;\r\nFN:Ada Lovelace\r\nitem1.EMAIL;TYPE=home:ada@exam\r\n ple.org\r\n\
            EMAIL:ada@work.example\r\nADR;TYPE=home:;;12 St James\\, Sq;London;;SW1Y 4JH;UK\r\nPHOTO;ENCODING=b:AAAA\r\n BBBB\r\nEND:VCARD\r\n\
            BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=BC=\r\nrgen\r\nNOTE:one\\ntwo\r\nEND:VCARD\r\n";
        let found = read("a.vcf", cards.as_bytes());
        let table = &found.tables[0];
        assert_eq!(table.rows_total, Some(2));
        assert_eq!(table.column("FN"), [text("Ada Lovelace"), text("Jürgen")]);
        assert_eq!(table.column("EMAIL"), [text("ada@example.org"), None]);
        assert_eq!(table.column("EMAIL_2"), [text("ada@work.example"), None]);
        assert_eq!(table.column("N.family")[0], text("Lovelace"));
        assert_eq!(table.column("ADR.street")[0], text("12 St James, Sq"));
        assert_eq!(table.column("NOTE")[1], text("one\ntwo"));
        assert!(table.column("PHOTO").iter().all(Option::is_none));
    }

    #[test]
    fn calendar_entries_give_who_meets_whom() {
        let calendar = "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1\nSUMMARY:Dinner\n\
            ATTENDEE;CN=\"Ada: L\";ROLE=X:mailto:ada@example.org\nEND:VEVENT\nEND:VCALENDAR\n";
        let found = read("a.ics", calendar.as_bytes());
        assert_eq!(found.tables[0].column("ATTENDEE"), [text("ada@example.org")]);
        assert_eq!(found.tables[0].column("ATTENDEE.CN"), [text("Ada: L")]);
    }

    #[test]
    fn people_in_parameters_and_in_folded_lines_are_found_whole() {
        let calendar = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n\
            ATTENDEE;cn=\"Lovelace; Ada: Dr, Countess\";ROLE=X;SENT-BY=\"mailto:byron@exa\r\n\tmple.org\":Mailto:ada@exam\r\n ple.org\r\n\
            ORGANIZER;EMAIL=grace@example.org;MEMBER=\"mailto:a@example.org\",\"mailto:b@example.org\":invalid:nomail\r\n\
            CONTACT;X=12\" screen:babbage@example.org\r\n\
            END:VEVENT\r\nEND:VCALENDAR\r\n";
        let found = read("a.ics", calendar.as_bytes());
        let column = |name: &str| found.tables[0].column(name)[0].clone().unwrap_or_default();
        assert_eq!(column("ATTENDEE"), "ada@example.org");
        assert_eq!(column("ATTENDEE.CN"), "Lovelace; Ada: Dr, Countess");
        assert_eq!(column("ATTENDEE.SENT-BY"), "byron@example.org");
        assert_eq!(column("ORGANIZER.EMAIL"), "grace@example.org");
        assert_eq!(column("ORGANIZER.MEMBER_2"), "b@example.org");
        assert_eq!(column("CONTACT"), "babbage@example.org");
    }

    #[test]
    fn what_is_too_long_hides_nothing_behind_it() {
        let soft = "=\r\n".to_owned() + &"x".repeat(70) + "=41=\r\n";
        let cards = format!(
            "BEGIN:VCARD\r\nNOTE;ENCODING=QUOTED-PRINTABLE:{}\r\nend\r\nFN:{}:{}\r\nEMAIL:ada@example.org\r\nEND:VCARD\r\n",
            soft.repeat(5_000),
            "y".repeat(100_000),
            "z".repeat(50_000)
        );
        let found = read("a.vcf", cards.as_bytes());
        let names: Vec<&str> = found.tables[0].head.columns.iter().map(|column| column.name.as_str()).collect();
        assert!(names.is_empty(), "columns come with the rows");
        let batch = &found.tables[0].batches[0];
        let names: Vec<String> = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
        assert_eq!(names, ["NOTE", "FN", "EMAIL"]);
        assert_eq!(found.tables[0].column("FN")[0].as_ref().map(String::len), Some(150_001));
    }

    proptest! {
        #[test]
        fn nothing_makes_it_fail(tail in "(BEGIN|END|:|;|=|\\\\|\"|N|ADR|EMAIL|ENCODING=QUOTED-PRINTABLE|CN=|é| |\r?\n){0,40}") {
            read("a.vcf", format!("BEGIN:VCARD\n{tail}").as_bytes());
        }
    }
}
