//! What a single value looks like: dates, numbers, scripts, postal codes, structure.

/// A calendar date found in a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Date {
    pub(crate) year: u32,
    pub(crate) month: u32,
    pub(crate) day: u32,
    /// Whether a time of day other than midnight follows.
    pub(crate) timed: bool,
}

impl Date {
    /// Days since the year 0, months and years taken as of equal length: good enough to compare.
    pub(crate) fn rough_days(self) -> f64 {
        f64::from(self.year) * 365.25 + f64::from(self.month) * 30.44 + f64::from(self.day)
    }
}

/// Reads a date as databases, spreadsheets and people write it.
pub(crate) fn date(text: &str) -> Option<Date> {
    // phpBB fills days and months up with blanks: ` 1- 2-1972`.
    if text.len() <= 10 && text.contains("- ") {
        return date(&text.replace(' ', ""));
    }
    if let Some((year, month, day, rest)) = crate::recognise::negative::leading_date(text) {
        let rest = rest.trim_start_matches(['T', ' ']);
        let timed = rest.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) && !rest.starts_with("00:00");
        let time_like = rest.bytes().all(|byte| byte.is_ascii_digit() || b":.+-,ZzTUCAMPamp ".contains(&byte));
        return (time_like && year >= 1000).then_some(Date { year, month, day, timed });
    }
    if let Some(narrowed) = crate::text::narrow::narrow(text) {
        return date(narrowed.text());
    }
    if let Some((year, month, day)) = crate::text::eras::day(text) {
        return Some(Date { year, month, day, timed: false });
    }
    let digits = |text: &str| text.parse::<u32>().ok();
    // 1980年1月12日
    if let Some((year, rest)) = text.split_once('年') {
        let (month, rest) = rest.split_once('月')?;
        let day = rest.strip_suffix('日')?;
        let (year, month, day) = (digits(year)?, digits(month)?, digits(day)?);
        return crate::checksum::is_date(year, month, day).then_some(Date { year, month, day, timed: false });
    }
    // 12-JAN-1980, 12 January 1980, Jan 12, 1980
    let mut parts = text.split(['-', ' ', ',', '/', '.']).filter(|part| !part.is_empty());
    let (a, b, c) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some_and(|rest| !rest.contains(':')) {
        return None;
    }
    let (day, month, year) = match (month_name(a), month_name(b)) {
        (Some(month), None) => (digits(b)?, month, digits(c)?),
        (None, Some(month)) => (digits(a)?, month, digits(c)?),
        _ => return None,
    };
    let year = if c.len() == 2 { if year > 30 { 1900 + year } else { 2000 + year } } else { year };
    crate::checksum::is_date(year, month, day).then_some(Date { year, month, day, timed: false })
}

fn month_name(text: &str) -> Option<u32> {
    let lower = text.get(..3)?.to_ascii_lowercase();
    let place = MONTHS.iter().position(|month| *month == lower)?;
    u32::try_from(place % 12 + 1).ok()
}

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// How much a value looks like a postal code: 0 not at all, 0.35 a bare number of the right length,
/// 1 a form that little else has.
pub(crate) fn postal_code(text: &str) -> f64 {
    let bytes = text.as_bytes();
    let mut form = String::with_capacity(10);
    for &byte in bytes.iter().take(11) {
        form.push(match byte {
            b'0'..=b'9' => '9',
            b'A'..=b'Z' => 'A',
            b'a'..=b'z' => 'a',
            other if other.is_ascii() => char::from(other),
            _ => return if text.starts_with('〒') { 1.0 } else { 0.0 },
        });
    }
    // Countries stand before the hyphen in capitals: `D-10115`; `c-00017` is a number of ours.
    if form.starts_with('a') && form.contains('-') {
        return 0.0;
    }
    if form.starts_with('A') && form.contains('-') && !COUNTRY_LETTERS.contains(&text.split('-').next().unwrap_or("")) {
        return 0.0;
    }
    match form.to_ascii_uppercase().as_str() {
        "A9A 9A9" | "A9A9A9" | "9999 AA" | "9999AA" => 1.0,
        "A9 9AA" | "A99 9AA" | "AA9 9AA" | "AA99 9AA" | "A9A 9AA" | "AA9A 9AA" => 1.0,
        "A99AA" | "AA99AA" | "AA999AA" | "A999AA" => 0.5,
        "99-999" | "99999-999" | "99999-9999" => 0.9,
        "999-9999" | "9999-999" | "999 99" => 0.75,
        "AA-9999" | "A-9999" | "A-99999" | "AA-99999" | "AA 99999" | "AA-999" | "9999 - 999" | "99.999-999" => 0.7,
        "99999" => 0.4,
        "999999" => 0.3,
        "9999" => 0.25,
        "9999999" | "99999999" => 0.05,
        _ => 0.0,
    }
}

/// Letters that stand before a postal code in the post of Europe (UPU S42, former CEPT codes).
const COUNTRY_LETTERS: &[&str] = &[
    "A", "AD", "AT", "B", "BE", "CH", "CZ", "D", "DE", "DK", "E", "ES", "F", "FI", "FIN", "FL", "FR", "GR", "H", "HR",
    "HU", "I", "IT", "L", "LT", "LU", "LV", "MC", "MD", "N", "NL", "NO", "P", "PL", "PT", "RO", "S", "SE", "SI", "SK",
];

/// A card number of which all but the last digits are starred out: `**** **** **** 1234`.
pub(crate) fn is_masked_card(text: &str) -> bool {
    let stars = text.chars().filter(|c| matches!(c, '*' | '•' | 'x' | 'X' | '#')).count();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let rest =
        text.chars().filter(|c| !matches!(c, '*' | '•' | 'x' | 'X' | '#' | ' ' | '-') && !c.is_ascii_digit()).count();
    let ends_in_four = text.len() >= 4 && text.bytes().rev().take(4).all(|byte| byte.is_ascii_digit());
    rest == 0 && ends_in_four && stars >= 6 && (4..=10).contains(&digits) && (12..=19).contains(&(stars + digits))
}

/// Which scripts the letters of a text belong to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scripts {
    pub(crate) latin: bool,
    pub(crate) cyrillic: bool,
    pub(crate) han: bool,
    pub(crate) kana: bool,
    pub(crate) hangul: bool,
}

impl Scripts {
    /// Written without blanks between words.
    pub(crate) fn is_east_asian(self) -> bool {
        self.han || self.kana || self.hangul
    }
}

pub(crate) fn scripts(text: &str) -> Scripts {
    let mut scripts = Scripts::default();
    for c in text.chars() {
        match c as u32 {
            0x41..=0x5A | 0x61..=0x7A | 0xC0..=0x24F | 0x1E00..=0x1EFF => scripts.latin = true,
            0x400..=0x52F => scripts.cyrillic = true,
            0x3040..=0x30FF | 0xFF66..=0xFF9D => scripts.kana = true,
            0x3400..=0x9FFF | 0x3005 => scripts.han = true,
            0xAC00..=0xD7A3 => scripts.hangul = true,
            _ => {}
        }
    }
    scripts
}

/// Text that holds fields of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Structure {
    /// PostgreSQL's `"key"=>"value", "key"=>NULL`.
    Hstore,
    Json,
    KeyValue,
    Xml,
}

/// Whether a value is a small document.
pub(crate) fn structure(text: &str) -> Option<Structure> {
    let first = text.as_bytes().first()?;
    match first {
        b'{' if text.contains("\":") || text.contains("\" :") => Some(Structure::Json),
        b'[' if text.contains('"') || text.contains('{') => Some(Structure::Json),
        b'"' if text.contains("\"=>") => Some(Structure::Hstore),
        b'<' if text.contains("</") || text.contains("/>") => Some(Structure::Xml),
        b'a' if text.starts_with("a:") && text.contains(";s:") => Some(Structure::KeyValue),
        _ if text.matches('=').count() >= 2 && text.contains([';', '&', ' ', '|', '\n']) => Some(Structure::KeyValue),
        _ => None,
    }
}

/// Whether an e-mail address stands somewhere in a longer text.
pub(crate) fn contains_email(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'@', bytes).any(|at| {
        let local =
            bytes[..at].iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || b"._%+-".contains(byte)).count();
        let domain = &bytes[at + 1..];
        let length = domain.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b".-".contains(byte)).count();
        local > 0
            && !crate::column::facts::is_role_mailbox(&text[at - local..=at])
            && std::str::from_utf8(&domain[..length])
                .is_ok_and(|domain| crate::recognise::contact::is_domain(domain.trim_end_matches(['.', '-'])))
    })
}

/// The keys of a JSON, XML or key=value text with their plain values: `(path, value)`. Tolerates
/// texts that were cut off.
pub(crate) fn fields(text: &str, kind: Structure) -> Vec<(String, String)> {
    match kind {
        Structure::Hstore => hstore_fields(text),
        Structure::Json => json_fields(text),
        Structure::KeyValue => text
            .split([';', '&', '|', '\n', ' ', ','])
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| (key.trim().trim_matches('"').to_owned(), value.trim().trim_matches('"').to_owned()))
            .take(MOST_FIELDS)
            .collect(),
        Structure::Xml => xml_fields(text),
    }
}

const MOST_FIELDS: usize = 40;

fn hstore_fields(text: &str) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('"')
        && fields.len() < MOST_FIELDS
    {
        let (key, after) = json_string(&rest[start + 1..]);
        let Some(value) = after.trim_start().strip_prefix("=>") else { break };
        rest = match value.trim_start().strip_prefix('"') {
            Some(value) => {
                let (value, after) = json_string(value);
                fields.push((key, value));
                after
            }
            None => value,
        };
    }
    fields
}

fn json_fields(text: &str) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    let mut rest = text;
    let mut pending: Option<String> = None;
    while let Some(start) = rest.find('"') {
        // A bare number or word between `:` and the next quote belongs to the pending key.
        if let Some(key) = pending.take() {
            let bare = rest[..start]
                .trim_start_matches([':', ' '])
                .split([',', '}', ']', '{', '['])
                .next()
                .unwrap_or("")
                .trim();
            if bare.is_empty() && rest[..start].trim_start().starts_with(':') && !rest[..start].contains(['{', '[']) {
                let (value, after) = json_string(&rest[start + 1..]);
                fields.push((key, value));
                rest = after;
                continue;
            }
            if !bare.is_empty() {
                fields.push((key, bare.to_owned()));
            }
        }
        let (word, after) = json_string(&rest[start + 1..]);
        if after.trim_start().starts_with(':') {
            pending = Some(word);
        }
        rest = after;
        if fields.len() >= MOST_FIELDS {
            return fields;
        }
    }
    if let Some(key) = pending {
        let bare = rest.trim_start_matches([':', ' ']).split([',', '}', ']']).next().unwrap_or("").trim();
        if !bare.is_empty() {
            fields.push((key, bare.to_owned()));
        }
    }
    fields
}

/// The string up to the closing quote, and what follows it.
fn json_string(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((index, c)) = chars.next() {
        match c {
            '"' => return (value, &text[index + 1..]),
            '\\' => match chars.next() {
                Some((at, 'u')) => {
                    let code = text.get(at + 1..at + 5).and_then(|hex| u32::from_str_radix(hex, 16).ok());
                    value.push(code.and_then(char::from_u32).unwrap_or('?'));
                    for _ in 0..4 {
                        if chars.next().is_none() {
                            break;
                        }
                    }
                }
                Some((_, 'n' | 't' | 'r')) => value.push(' '),
                Some((_, other)) => value.push(other),
                None => break,
            },
            _ => value.push(c),
        }
    }
    (value, "")
}

fn xml_fields(text: &str) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        rest = &rest[open + 1..];
        let Some(close) = rest.find('>') else { break };
        let tag = rest[..close].split([' ', '/', '\n']).next().unwrap_or("").to_owned();
        let after = &rest[close + 1..];
        if let Some(end) = after.find('<')
            && after[end..].starts_with("</")
            && !after[..end].trim().is_empty()
        {
            fields.push((tag, after[..end].trim().to_owned()));
        }
        rest = after;
        if fields.len() >= MOST_FIELDS {
            break;
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_people_write_them() {
        for (text, expected) in [
            ("1962-02-18 00:00:00", Some((1962, 2, 18, false))),
            ("1962-02-18T00:00:00", Some((1962, 2, 18, false))),
            ("2020-02-18 10:11:12", Some((2020, 2, 18, true))),
            ("12-JAN-1980", Some((1980, 1, 12, false))),
            ("Jan 12, 1980", Some((1980, 1, 12, false))),
            ("1980年1月12日", Some((1980, 1, 12, false))),
            ("昭和５５年１月１２日", Some((1980, 1, 12, false))),
            ("S55.1.12", Some((1980, 1, 12, false))),
            ("31.12.1999", Some((1999, 12, 31, false))),
            ("31.13.1999", None),
            ("12 apples 1980", None),
            ("hello", None),
            ("2- 5-1972", Some((1972, 5, 2, false))),
        ] {
            let found = date(text).map(|date| (date.year, date.month, date.day, date.timed));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn masked_cards_are_known_by_their_stars() {
        for text in ["**** **** **** 1234", "************4242", "XXXX-XXXX-XXXX-0005", "4929 12** **** 1236"] {
            assert!(is_masked_card(text), "{text}");
        }
        for text in ["1234", "**** 12", "4929 1234 1234 1236", "xxxx", "***-**-1234", "XK-120-0005"] {
            assert!(!is_masked_card(text), "{text}");
        }
    }

    #[test]
    fn postal_codes_are_known_by_their_form() {
        assert_eq!(postal_code("c-00017"), 0.0);
        for (text, least) in
            [("SW1A 1AA", 1.0), ("T2P 2T3", 1.0), ("1012 AB", 1.0), ("00-950", 0.9), ("100-0001", 0.7), ("94043", 0.4)]
        {
            assert!(postal_code(text) >= least, "{text}");
        }
        for text in ["hello", "123456789", "12.50", "A-1"] {
            assert!(postal_code(text) < 0.1, "{text}");
        }
    }

    #[test]
    fn fields_of_small_documents_are_found() {
        let json = r#"{"user":{"email":"a@b.org","age":31,"tags":["x"]},"note":"said \"hi\""}"#;
        let found = fields(json, Structure::Json);
        assert!(found.contains(&("email".into(), "a@b.org".into())), "{found:?}");
        assert!(found.contains(&("age".into(), "31".into())), "{found:?}");
        assert!(found.contains(&("note".into(), "said \"hi\"".into())), "{found:?}");
        let hstore = fields(r#""mail"=>"a@b.org", "fax"=>NULL, "said"=>"\"hi\"""#, Structure::Hstore);
        assert_eq!(hstore, [("mail".into(), "a@b.org".into()), ("said".into(), "\"hi\"".into())]);
        let xml = fields("<p><name>Ada</name><x/></p>", Structure::Xml);
        assert_eq!(xml, [("name".to_owned(), "Ada".to_owned())]);
        assert!(!fields("{\"a\": \"cut of", Structure::Json).is_empty());
    }
}
