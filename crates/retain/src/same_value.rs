//! Whether a cell holds what a person typed, by the type of its column: `10.0.0.7` in an `inet`, `7.5` in a `numeric`,
//! `2018-01-01 10:00` in a `timestamp`. Beside the comparison of texts, never in its place: rather one row too many is
//! held. What is typed is read here and written anew, so that no engine can stumble over it.

use dataward_model::SourceKind;
use jiff::Span;
use jiff::ToSpan;
use jiff::civil::DateTime;

use crate::dialect::literal;

/// Digits of a number that are looked at: more than any column of MySQL has.
const LONGEST_NUMBER: usize = 60;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Address,
    Boolean,
    Day,
    Hardware,
    Moment,
    /// A moment with its offset, or in the server's time zone.
    MomentInZone,
    Number,
    /// A number of 8 bytes that is not kept in full.
    NumberAbout,
    /// Of 4 bytes.
    NumberRoughly,
    Text,
    Uuid,
}

/// What a value would have to be to stand in a column of this type, where `value` is not: in a few words, with an
/// example. None where it is one, or any text is.
pub fn wanted(kind: SourceKind, sql_type: &str, value: &str) -> Option<&'static str> {
    let value = value.trim();
    let is_odd = |words: &[&str]| words.iter().any(|word| value.eq_ignore_ascii_case(word));
    let (is_one, wanted) = match shape(kind, sql_type) {
        Shape::Address => (address(value).is_some(), "an address: `10.0.0.7`, `10.0.0.0/8`"),
        Shape::Boolean => (boolean(value).is_some() || number(value).is_some(), "yes or no: `true`, `false`"),
        Shape::Day => (moment(value).is_some() || is_no_moment(value), "a day: `2018-01-31`"),
        Shape::Hardware => (hex(value).len() >= 12, "an address of a device: `08:00:2b:01:02:03`"),
        Shape::Moment | Shape::MomentInZone => {
            (moment(value).is_some() || is_no_moment(value), "a moment: `2018-01-31 10:00`")
        }
        Shape::Number | Shape::NumberAbout | Shape::NumberRoughly => {
            (number(value).is_some() || is_odd(&["nan", "infinity", "-infinity"]), "a number: `7.5`")
        }
        Shape::Uuid => (hex(value).len() == 32, "a UUID"),
        Shape::Text => (true, "a text"),
    };
    // SQLite keeps any text in any column.
    (!is_one && kind != SourceKind::Sqlite).then_some(wanted)
}

/// Whether `column`, as it stands in SQL, holds `value` by its type; none where texts alone can be compared.
pub(crate) fn same(kind: SourceKind, column: &str, sql_type: &str, value: &str) -> Option<String> {
    let value = value.trim();
    match kind {
        SourceKind::Postgresql => on_postgres(column, shape(kind, sql_type), value),
        SourceKind::Mysql => on_mysql(column, shape(kind, sql_type), value),
        SourceKind::Sqlite => on_sqlite(column, shape(kind, sql_type), value),
        _ => None,
    }
}

fn on_postgres(column: &str, shape: Shape, value: &str) -> Option<String> {
    Some(match shape {
        Shape::Address => {
            let address = address(value)?;
            // Without a mask that of the row is no difference.
            let host = if value.contains('/') {
                String::new()
            } else {
                format!(" OR host({column})::inet = '{address}'::inet")
            };
            format!("({column}::inet = '{address}'::inet{host})")
        }
        Shape::Boolean => format!("{column} = {}", if boolean(value)? { "TRUE" } else { "FALSE" }),
        Shape::Day => format!("{column} = '{}'::date", moment(value)?.begin.date()),
        Shape::Hardware => {
            let digits = Some(hex(value)).filter(|digits| digits.len() >= 12)?;
            format!("translate({column}::text, ':', '') = '{digits}'")
        }
        Shape::Moment => {
            let moment = moment(value)?;
            let (begin, end) = (text_of(moment.begin), text_of(moment.end()?));
            format!("({column} >= '{begin}'::timestamp AND {column} < '{end}'::timestamp)")
        }
        Shape::MomentInZone => {
            let moment = moment(value)?;
            let zone = moment.offset.as_deref().unwrap_or_default();
            let (begin, end) = (text_of(moment.begin), text_of(moment.end()?));
            format!("({column} >= '{begin}{zone}'::timestamptz AND {column} < '{end}{zone}'::timestamptz)")
        }
        Shape::Number => format!("{column}::numeric = '{}'::numeric", number(value)?),
        Shape::NumberAbout => {
            number(value)?.parse::<f64>().ok().filter(|number| number.is_normal() || *number == 0.0)?;
            format!("{column} = '{}'::float8", number(value)?)
        }
        Shape::NumberRoughly => {
            number(value)?.parse::<f32>().ok().filter(|number| number.is_normal() || *number == 0.0)?;
            format!("{column} = '{}'::real", number(value)?)
        }
        Shape::Uuid => format!("{column} = '{}'::uuid", Some(hex(value)).filter(|digits| digits.len() == 32)?),
        Shape::Text => return None,
    })
}

fn on_mysql(column: &str, shape: Shape, value: &str) -> Option<String> {
    Some(match shape {
        Shape::Boolean => match (boolean(value), number(value)) {
            (Some(is_true), _) => format!("{column} + 0 = {}", u8::from(is_true)),
            (None, number) => format!("{column} + 0 = {}", number?),
        },
        Shape::Day => format!("{column} = '{}'", moment(value)?.begin.date()),
        Shape::Moment => {
            let moment = moment(value)?;
            format!("({column} >= '{}' AND {column} < '{}')", text_of(moment.begin), text_of(moment.end()?))
        }
        Shape::MomentInZone => {
            let moment = moment(value)?;
            let at = |at: DateTime| match &moment.offset {
                Some(offset) => format!("CONVERT_TZ('{}', '{offset}', @@session.time_zone)", text_of(at)),
                None => format!("'{}'", text_of(at)),
            };
            format!("({column} >= {} AND {column} < {})", at(moment.begin), at(moment.end()?))
        }
        Shape::Number => format!("{column} + 0 = {}", number(value)?),
        Shape::NumberAbout | Shape::NumberRoughly => {
            let number = number(value)?;
            format!("ABS({column} - {number}) <= ABS({number}) * 1e-6")
        }
        Shape::Address | Shape::Hardware | Shape::Text | Shape::Uuid => return None,
    })
}

/// Any column of SQLite holds any kind of value, so each is asked by what it is.
fn on_sqlite(column: &str, shape: Shape, value: &str) -> Option<String> {
    let mut ways = Vec::new();
    if let Some(number) = number(value) {
        ways.push(format!("(typeof({column}) IN ('integer', 'real') AND {column} = {number})"));
    }
    if let (Shape::Boolean, Some(is_true)) = (shape, boolean(value)) {
        let words = if is_true { "'1', 't', 'true', 'y', 'yes', 'on'" } else { "'0', 'f', 'false', 'n', 'no', 'off'" };
        ways.push(format!("lower(CAST({column} AS TEXT)) IN ({words})"));
    }
    if let Some(moment) = moment(value) {
        let seconds = |at: DateTime| literal(SourceKind::Sqlite, &at.strftime("%Y-%m-%d %H:%M:%S").to_string());
        let modifiers = |how: &str| format!("strftime('%Y-%m-%d %H:%M:%S', {column}{how})");
        let between = |at: String, begin: DateTime, end: DateTime| {
            format!("({at} >= {} AND {at} < {})", seconds(begin), seconds(end))
        };
        let end = moment.end()?.max(moment.begin.saturating_add(1.second()));
        ways.push(format!("(typeof({column}) = 'text' AND {})", between(modifiers(""), moment.begin, end)));
        if matches!(shape, Shape::Day | Shape::Moment) {
            let seconds = between(modifiers(", 'unixepoch'"), moment.begin, end);
            ways.push(format!("(typeof({column}) IN ('integer', 'real') AND {seconds})"));
        }
    }
    (!ways.is_empty()).then(|| format!("({})", ways.join(" OR ")))
}

fn shape(kind: SourceKind, sql_type: &str) -> Shape {
    let word = sql_type.to_ascii_lowercase();
    if word.ends_with(']') {
        return Shape::Text;
    }
    let first = word.split(['(', ' ']).next().unwrap_or_default();
    match (kind, first) {
        (SourceKind::Sqlite, _) if word.contains("bool") => Shape::Boolean,
        (SourceKind::Sqlite, _) if word.contains("date") || word.contains("time") => Shape::Moment,
        (SourceKind::Postgresql, "inet" | "cidr") => Shape::Address,
        (SourceKind::Postgresql, "macaddr" | "macaddr8") => Shape::Hardware,
        (SourceKind::Postgresql, "timestamp") if word.ends_with("with time zone") => Shape::MomentInZone,
        (SourceKind::Postgresql, "uuid") => Shape::Uuid,
        (SourceKind::Mysql, "bit" | "bool" | "boolean") => Shape::Boolean,
        (SourceKind::Mysql, "tinyint") if word.starts_with("tinyint(1)") => Shape::Boolean,
        (SourceKind::Mysql, "timestamp") => Shape::MomentInZone,
        (SourceKind::Mysql, "tinyint" | "mediumint" | "int" | "dec" | "year") => Shape::Number,
        (SourceKind::Mysql, "float") => Shape::NumberRoughly,
        (SourceKind::Postgresql, "boolean") => Shape::Boolean,
        (SourceKind::Postgresql, "real") => Shape::NumberRoughly,
        (SourceKind::Postgresql | SourceKind::Mysql, _) => match first {
            "date" => Shape::Day,
            "datetime" | "timestamp" => Shape::Moment,
            "smallint" | "integer" | "bigint" | "numeric" | "decimal" => Shape::Number,
            "double" => Shape::NumberAbout,
            _ => Shape::Text,
        },
        _ => Shape::Text,
    }
}

/// A number as all engines read it.
fn number(value: &str) -> Option<&str> {
    let unsigned = value.strip_prefix(['+', '-']).unwrap_or(value);
    let (digits, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_small = exponent.parse::<i32>().is_ok_and(|exponent| exponent.abs() <= 300);
    let is_finite = value.parse::<f64>().is_ok_and(f64::is_finite);
    (all_digits(whole) && all_digits(part) && is_small && is_finite && value.len() <= LONGEST_NUMBER).then_some(value)
}

/// As PostgreSQL reads it.
fn boolean(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "t" | "tr" | "tru" | "true" | "y" | "ye" | "yes" | "on" | "1" => Some(true),
        "f" | "fa" | "fal" | "fals" | "false" | "n" | "no" | "of" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// An address, with a mask or without.
fn address(value: &str) -> Option<String> {
    let (host, mask) = value.split_once('/').map_or((value, None), |(host, mask)| (host, Some(mask)));
    let host: std::net::IpAddr = host.parse().ok()?;
    let longest = if host.is_ipv4() { 32 } else { 128 };
    Some(match mask {
        Some(mask) => format!("{host}/{}", mask.parse::<u8>().ok().filter(|mask| *mask <= longest)?),
        None => host.to_string(),
    })
}

/// The hexadecimal digits of a value that has nothing else but marks between them.
fn hex(value: &str) -> String {
    let marks = [':', '-', '.', '{', '}'];
    let digits: String = value.chars().filter(|letter| !marks.contains(letter)).collect();
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hex { digits.to_ascii_lowercase() } else { String::new() }
}

/// What a column of moments holds and is none.
fn is_no_moment(value: &str) -> bool {
    value.starts_with("0000-00-00") || value.to_ascii_lowercase().ends_with("infinity")
}

/// A moment, as precisely as it was typed.
struct Moment {
    begin: DateTime,
    lasts: Span,
    /// `+01:00`.
    offset: Option<String>,
}

impl Moment {
    fn end(&self) -> Option<DateTime> {
        self.begin.checked_add(self.lasts).ok()
    }
}

fn moment(value: &str) -> Option<Moment> {
    let clock_at = value.find(['T', 't', ' ']);
    let zone_at = clock_at.and_then(|at| Some(at + value[at..].find(['+', '-', 'Z', 'z'])?));
    let (civil, zone) = value.split_at(zone_at.unwrap_or(value.len()));
    let offset = match zone.trim() {
        "" => None,
        "Z" | "z" => Some("+00:00".to_owned()),
        zone => {
            let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
            let minutes = digits.get(2..4).unwrap_or("00");
            let hours = digits.get(..2).filter(|_| digits.len() == 2 || digits.len() == 4)?;
            hours.parse::<u8>().ok().filter(|hours| *hours <= 13)?;
            minutes.parse::<u8>().ok().filter(|minutes| *minutes < 60)?;
            Some(format!("{}{hours}:{minutes}", &zone[..1]))
        }
    };
    let civil = civil.trim();
    let colons = civil.matches(':').count();
    let lasts = match (clock_at, colons) {
        (None, 0) => 1.day(),
        (Some(_), 1) => 1.minute(),
        (Some(_), 2) if civil.contains('.') => 1.microsecond(),
        (Some(_), 2) => 1.second(),
        _ => return None,
    };
    let civil = if colons == 1 { format!("{civil}:00") } else { civil.to_owned() };
    Some(Moment { begin: civil.parse().ok()?, lasts, offset })
}

fn text_of(at: DateTime) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S.%6f").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_value_of_the_type_is_told() {
        let postgres = |sql_type, value| wanted(SourceKind::Postgresql, sql_type, value);
        for (sql_type, good, bad) in [
            ("inet", "10.0.0.7", "10.0.0"),
            ("cidr", "10.0.0.0/8", "10.0.0.0/33"),
            ("numeric(10,2)", "7.5", "7,5"),
            ("integer", "-3", "x"),
            ("boolean", "t", "maybe"),
            ("timestamp(3) without time zone", "2018-01-01 10:00", "yesterday"),
            ("timestamp with time zone", "2018-01-01T10:00:00.5+01", "2018-13-01"),
            ("date", "2018-01-01", "01.01.2018"),
            ("uuid", "{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}", "a0eebc99"),
            ("macaddr", "08-00-2b-01-02-03", "08:00"),
        ] {
            assert_eq!(postgres(sql_type, good), None, "{sql_type}");
            assert!(postgres(sql_type, bad).is_some(), "{sql_type}");
            assert!(same(SourceKind::Postgresql, "c", sql_type, good).is_some(), "{sql_type}");
            assert!(same(SourceKind::Postgresql, "c", sql_type, bad).is_none(), "{sql_type}");
        }
        assert_eq!(wanted(SourceKind::Sqlite, "INTEGER", "x"), None);
        assert_eq!(postgres("text", "anything"), None);
    }
}
