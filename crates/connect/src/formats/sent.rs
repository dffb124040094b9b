//! When things that say so themselves are of: mails by their headers, entries of calendars and cards by their
//! properties. As `2018-11-02`, with a time where there is one.

use dataward_model::Skipped;
use mail_parser::HeaderName;
use mail_parser::Message;

use super::DocumentWriter;
use super::Input;
use super::Out;
use super::limits::from_io;
use super::properties::Properties;
use super::properties::Property;
use crate::ConnectError;

/// Gathers when the parts of a file are of.
#[derive(Default)]
pub(super) struct Moments {
    dated: u64,
    undated: u64,
    /// Parts that are not over yet.
    endless: u64,
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

    /// Where some parts say when they are of and others don't, nobody knows which is the newest; nor where one goes on.
    pub(super) fn finish(self, name: &str, out: &mut Out) -> Result<(), ConnectError> {
        if self.endless > 0 {
            return out.skip(Skipped::failed(name, format!("{} of its parts have no end", self.endless)));
        }
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

/// Of cards and calendars only of when each entry is, a line each: the latest day that it speaks of.
pub(super) fn entries(input: Input<'_>, out: &mut Out) -> Result<(), ConnectError> {
    let name = input.name().to_owned();
    let mut properties = Properties::new(input.into_text());
    let mut document = DocumentWriter::begin(out, &name)?;
    let (mut moments, mut line) = (Moments::default(), String::new());
    let mut entry: Option<Entry> = None;
    while properties.read(&mut line).map_err(|error| from_io(&name, &error))? {
        let Some(property) = Property::of(&line) else { continue };
        let value = property.value.trim();
        match (property.name.as_str(), &mut entry) {
            ("BEGIN", None) if ENTRIES.iter().any(|known| value.eq_ignore_ascii_case(known)) => {
                entry = Some(Entry { kind: value.to_ascii_uppercase(), ..Entry::default() });
            }
            ("END", Some(open)) if value.eq_ignore_ascii_case(&open.kind) => match entry.take().unwrap_or_default() {
                Entry { is_endless: true, .. } => moments.endless += 1,
                Entry { latest, .. } => moments.take(latest, &mut document)?,
            },
            ("RRULE", Some(entry)) => entry.recurs(value),
            ("DURATION", Some(entry)) => entry.is_endless |= lasts_days(value),
            (property, Some(entry)) if SAY_WHEN.contains(&property) => entry.says(value),
            _ => {}
        }
    }
    // The file was cut off within it.
    moments.endless += u64::from(entry.is_some());
    document.finish()?;
    moments.finish(&name, out)
}

/// `P3W`, `P400D`: when that ends is not worked out. Hours (`PT1H`) change no day that counts.
fn lasts_days(value: &str) -> bool {
    let period = value.trim().trim_start_matches(['+', '-']).strip_prefix(['P', 'p']);
    period.is_some_and(|rest| !rest.starts_with(['T', 't']))
}

/// An entry of a calendar, or a card.
#[derive(Default)]
struct Entry {
    kind: String,
    latest: Option<String>,
    is_endless: bool,
}

impl Entry {
    /// One moment, several, or periods from one to another.
    fn says(&mut self, value: &str) {
        for part in value.split([',', '/']) {
            match basic(part) {
                Some(at) => self.latest = self.latest.take().max(Some(at)),
                None => self.is_endless |= is_beyond(part) || lasts_days(part),
            }
        }
    }

    /// A rule by which it comes again. How long one with a number of times goes on is not worked out.
    fn recurs(&mut self, rule: &str) {
        let until = rule.split(';').find_map(|part| {
            let (name, until) = part.split_once('=')?;
            name.trim().eq_ignore_ascii_case("UNTIL").then_some(until)
        });
        match until.filter(|until| basic(until).is_some()) {
            Some(until) => self.says(until),
            None => self.is_endless = true,
        }
    }
}

/// What is dated in a calendar (RFC 5545) or a file of cards (RFC 6350).
const ENTRIES: [&str; 5] = ["VCARD", "VEVENT", "VFREEBUSY", "VJOURNAL", "VTODO"];

const SAY_WHEN: [&str; 12] = [
    "COMPLETED",
    "CREATED",
    "DTEND",
    "DTSTAMP",
    "DTSTART",
    "DUE",
    "EXDATE",
    "FREEBUSY",
    "LAST-MODIFIED",
    "RDATE",
    "RECURRENCE-ID",
    "REV",
];

/// `20181102T100000Z`, `20181102`, or with dashes and colons.
fn basic(value: &str) -> Option<String> {
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    let day = format!("{}-{}-{}", digits.get(..4)?, digits.get(4..6)?, digits.get(6..8)?);
    let clock = digits.get(8..14).map(|clock| format!(" {}:{}:{}", &clock[..2], &clock[2..4], &clock[4..6]));
    crate::amend::stored::latest_in_text(&(day + &clock.unwrap_or_default()))
}

/// A day that nobody alive will see, as `99991231`.
fn is_beyond(value: &str) -> bool {
    let digits = value.trim().bytes().take_while(u8::is_ascii_digit).count();
    digits >= 4 && value.trim()[..4].parse().is_ok_and(|year: u16| year >= 2100)
}

#[cfg(test)]
mod tests {
    use dataward_model::TableHead;

    use super::super::Limits;
    use super::super::testing::read_as;
    use super::*;
    use crate::ReadRequest;

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

    /// When the entries of a calendar are of, and how often it was said that nobody knows.
    fn entries_of(lines: &str) -> (Vec<Option<String>>, usize) {
        let text = format!("BEGIN:VCALENDAR\r\n{lines}END:VCALENDAR\r\n");
        let request = ReadRequest { mail_dates: true, ..ReadRequest::full() };
        let found = read_as("a.ics", text.as_bytes(), Limits::default(), &request);
        (found.tables[0].column(TableHead::TEXT), found.skipped.len())
    }

    #[test]
    fn an_entry_is_as_new_as_the_newest_day_it_speaks_of() {
        for (lines, newest) in [
            ("RDATE;VALUE=DATE:20190105,2026\r\n 1102\r\n", "2026-11-02"),
            ("RDATE;VALUE=PERIOD:20261101T100000Z/20261102T100000Z,20190105T100000Z/PT1H\r\n", "2026-11-02 10:00:00"),
            ("EXDATE:20261102T100000Z\r\n", "2026-11-02 10:00:00"),
            ("DTEND;TZID=\"(GMT+01:00) Berlin: all; of it\":20261102T100000\r\n", "2026-11-02 10:00:00"),
            ("DTEND;X-LONG=aaaaaaaa;VALUE=DA\r\n\tTE:20261102\r\n", "2026-11-02"),
            ("RRULE:FREQ=DAILY;until=20261102\r\n", "2026-11-02"),
            ("DESCRIPTION:moved\r\n DTEND:20261102\r\n", "2019-01-04"),
        ] {
            let entry = format!("BEGIN:VEVENT\r\nDTSTART:20190104\r\n{lines}END:VEVENT\r\n");
            assert_eq!(entries_of(&entry), (vec![Some(newest.to_owned())], 0), "{lines}");
        }
    }

    #[test]
    fn what_has_no_end_is_never_old() {
        let entry = |lines: &str| format!("BEGIN:VEVENT\r\nDTSTART:20190104\r\n{lines}END:VEVENT\r\n");
        for lines in [
            "RRULE:FREQ=YEARLY\r\n",
            "RRULE:FREQ=YEARLY;UNTIL=99991231\r\n",
            "DTEND:99991231T235959Z\r\n",
            "DURATION:P2500D\r\n",
            "FREEBUSY:20190105T100000Z/P365D\r\n",
        ] {
            assert_eq!(entries_of(&entry(lines)), (vec![], 1), "{lines}");
        }
        let cut_off = entry("") + "BEGIN:VEVENT\r\nDTSTART:20190104\r\n";
        let (dated, said) = entries_of(&cut_off);
        assert_eq!((dated.len(), said), (1, 1));
    }
}
