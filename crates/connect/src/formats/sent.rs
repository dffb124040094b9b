//! When things that say so themselves are of: mails by their headers, entries of calendars and cards by their
//! properties. As `2018-11-02`, with a time where there is one.

use dataward_model::Skipped;
use mail_parser::HeaderName;
use mail_parser::Message;

use super::DocumentWriter;
use super::Input;
use super::Out;
use super::limits::from_io;
use crate::ConnectError;

/// Gathers when the parts of a file are of.
#[derive(Default)]
pub(super) struct Moments {
    dated: u64,
    undated: u64,
}

impl Moments {
    /// Takes up one part.
    pub(super) fn take(&mut self, at: Option<String>, document: &mut DocumentWriter<'_>) -> Result<(), ConnectError> {
        match at {
            Some(at) => {
                self.dated += 1;
                document.push(&at)
            }
            None => {
                self.undated += 1;
                Ok(())
            }
        }
    }

    /// Where some parts say when they are of and others don't, nobody knows which is the newest.
    pub(super) fn finish(self, name: &str, out: &mut Out) -> Result<(), ConnectError> {
        if self.dated == 0 || self.undated == 0 {
            return Ok(());
        }
        out.skip(Skipped::failed(name, format!("{} of its parts do not say of when they are", self.undated)))
    }
}

/// When a mail was sent; where its `Date:` is missing or says no day, when the last server received it.
pub(super) fn sent(message: &Message<'_>) -> Option<String> {
    let of = |wanted: HeaderName<'static>| {
        let found = message.headers().iter().filter(move |header| header.name == wanted);
        let raw = |from: u32, to: u32| message.raw_message().get(from as usize..to as usize);
        found.filter_map(move |header| {
            raw(header.offset_start, header.offset_end).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        })
    };
    of(HeaderName::Date).find_map(|text| moment(&text)).or_else(|| {
        let received = of(HeaderName::Received);
        received.filter_map(|text| moment(text.rsplit(';').next().unwrap_or(&text))).max()
    })
}

/// The day, and the time where it has one, that a header says: `Fri, 2 Nov 2018 10:00:00 +0100`, and what other programs
/// write there.
fn moment(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let month = |word: &str| {
        let start = word.get(..3)?.to_ascii_lowercase();
        MONTHS.iter().position(|known| *known == start).map(|at| at + 1)
    };
    let named = words.iter().enumerate().find_map(|(at, word)| {
        let month = month(word).filter(|_| word.bytes().all(|byte| byte.is_ascii_alphabetic()))?;
        let day = at.checked_sub(1).and_then(|at| words[at].parse::<u8>().ok());
        // `Nov 2 10:00:00 2026`, as C writes it.
        let (day, year) = match (day, words.get(at + 1)?) {
            (Some(day), year) => (day, *year),
            (None, day) => (day.parse().ok()?, *words[at + 1..].iter().find(|word| word.len() == 4)?),
        };
        let year: u16 = year.parse().ok()?;
        let year = match year {
            0..=49 => year + 2000,
            50..=99 => year + 1900,
            year => year,
        };
        (1..=31).contains(&day).then(|| format!("{year:04}-{month:02}-{day:02}"))
    });
    let Some(day) = named else { return crate::amend::stored::latest_in_text(text) };
    let clock = text.split_whitespace().find(|word| word.contains(':'));
    let clock: Option<Vec<u8>> = clock.map(|word| word.split(':').filter_map(|part| part.parse().ok()).collect());
    let text = match clock.as_deref() {
        Some([hours, minutes, rest @ ..]) => {
            format!("{day} {hours:02}:{minutes:02}:{:02}", rest.first().copied().unwrap_or_default())
        }
        _ => day,
    };
    crate::amend::stored::latest_in_text(&text)
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Of cards and calendars only of when each entry is, a line each.
pub(super) fn entries(input: Input<'_>, out: &mut Out) -> Result<(), ConnectError> {
    let name = input.name().to_owned();
    let mut text = input.into_text();
    let mut document = DocumentWriter::begin(out, &name)?;
    let (mut moments, mut line) = (Moments::default(), String::new());
    // The entry at hand: its latest day, and whether it goes on for ever.
    let mut entry: Option<(String, Option<String>, bool)> = None;
    while text.read_line_within(&mut line, LINE_BYTES).map_err(|error| from_io(&name, &error))? {
        let Some((head, value)) = line.split_once(':') else { continue };
        let property = head.split(';').next().unwrap_or(head);
        let property = property.rsplit('.').next().unwrap_or(property).to_ascii_uppercase();
        let value = value.trim();
        match (property.as_str(), &mut entry) {
            ("BEGIN", None) if ENTRIES.iter().any(|known| value.eq_ignore_ascii_case(known)) => {
                entry = Some((value.to_ascii_uppercase(), None, false));
            }
            ("END", Some((kind, ..))) if value.eq_ignore_ascii_case(kind) => {
                let (_, latest, endless) = entry.take().unwrap_or_default();
                moments.take(latest.filter(|_| !endless), &mut document)?;
            }
            ("RRULE", Some((_, latest, endless))) => {
                let until = value.split(';').find_map(|part| part.strip_prefix("UNTIL="));
                *endless |= until.is_none();
                *latest = latest.take().max(until.and_then(basic));
            }
            (property, Some((_, latest, _))) if SAY_WHEN.contains(&property) => {
                *latest = latest.take().max(basic(value))
            }
            _ => {}
        }
    }
    document.finish()?;
    moments.finish(&name, out)
}

/// What is dated in a calendar (RFC 5545) or a file of cards (RFC 6350).
const ENTRIES: [&str; 5] = ["VCARD", "VEVENT", "VFREEBUSY", "VJOURNAL", "VTODO"];

const SAY_WHEN: [&str; 8] = ["COMPLETED", "CREATED", "DTEND", "DTSTAMP", "DTSTART", "DUE", "LAST-MODIFIED", "REV"];

/// `20181102T100000Z`, `20181102`, or with dashes and colons.
fn basic(value: &str) -> Option<String> {
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    let day = format!("{}-{}-{}", digits.get(..4)?, digits.get(4..6)?, digits.get(6..8)?);
    let clock = digits.get(8..14).map(|clock| format!(" {}:{}:{}", &clock[..2], &clock[2..4], &clock[4..6]));
    crate::amend::stored::latest_in_text(&(day + &clock.unwrap_or_default()))
}

const LINE_BYTES: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_say_their_day_however_programs_write_it() {
        for (text, said) in [
            (" Fri, 2 Nov 2018 10:11:12 +0100\r\n", "2018-11-02 10:11:12"),
            ("Mon, 2 Nov 2026", "2026-11-02"),
            ("2026-11-02 10:00", "2026-11-02"),
            ("02.11.2026 10:00", "2026-11-02"),
            ("Mon Nov  2 10:00:00 2026", "2026-11-02 10:00:00"),
            ("2 Nov 98 10:00 GMT", "1998-11-02 10:00:00"),
            ("2018年3月4日", "2018-03-04"),
        ] {
            assert_eq!(moment(text).as_deref(), Some(said), "{text}");
        }
        for text in ["", "soon", "Thu, 1 Jan 1970 00:00:00 +0000", "31 Feb 2018"] {
            assert_eq!(moment(text), None, "{text}");
        }
        assert_eq!(basic("20181102T101112Z").as_deref(), Some("2018-11-02 10:11:12"));
        assert_eq!(basic("2018-11-02").as_deref(), Some("2018-11-02"));
    }

    #[test]
    fn a_mail_without_a_day_is_of_when_it_was_received() {
        let mail = |headers: &str| {
            let text = format!("From: a@web.de\r\n{headers}Subject: x\r\n\r\nhello\r\n");
            sent(&mail_parser::MessageParser::default().parse(text.as_bytes()).unwrap())
        };
        let received = "Received: from a by b; Mon, 2 Nov 2026 10:00:00 +0000\r\n";
        assert_eq!(mail("").as_deref(), None);
        assert_eq!(mail(received).as_deref(), Some("2026-11-02 10:00:00"));
        assert_eq!(mail(&format!("{received}Date: soon\r\n")).as_deref(), Some("2026-11-02 10:00:00"));
        assert_eq!(
            mail(&format!("{received}Date: 2 Nov 2018 10:00:00 +0000\r\n")).as_deref(),
            Some("2018-11-02 10:00:00")
        );
    }
}
