//! Days in names of files and in lines of text.

use jiff::civil::Date;

/// The last day that a path speaks of: `2024-05-01`, `20240501`, `2024_05` (its last day), `2024/05/01` as
/// folders, a year that stands alone (31 December). The name counts before the folders above it.
pub(crate) fn in_path(path: &str) -> Option<Date> {
    let name = path.rsplit('/').next().unwrap_or(path);
    latest_in(name).or_else(|| latest_in(path))
}

fn latest_in(text: &str) -> Option<Date> {
    let numbers = numbers(text);
    let mut found: Vec<Date> = Vec::new();
    let mut at = 0;
    while at < numbers.len() {
        let (day, used) = day_at(&numbers[at..]);
        found.extend(day);
        at += used.max(1);
    }
    found.into_iter().max()
}

/// Runs of digits, and what stands between one and the next.
fn numbers(text: &str) -> Vec<(&str, &str)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && bytes[at].is_ascii_digit() {
            at += 1;
        }
        let end = at;
        let next = bytes[end..].iter().position(u8::is_ascii_digit).map_or(bytes.len(), |gap| end + gap);
        found.push((&text[start..end], text.get(end..next).unwrap_or_default()));
    }
    found
}

/// The day that begins with the first of these numbers, and how many of them it takes.
fn day_at(numbers: &[(&str, &str)]) -> (Option<Date>, usize) {
    let Some((first, gap)) = numbers.first() else { return (None, 1) };
    match first.len() {
        // A time may follow at once: 20240501123000.
        8 | 12 | 14 => (day(&first[..4], &first[4..6], &first[6..8]), 1),
        4 => {
            let joins = |gap: &str| matches!(gap, "-" | "_" | "." | "/");
            let second = numbers.get(1).filter(|(text, _)| text.len() == 2 && joins(gap));
            let third = second.and_then(|(_, gap)| numbers.get(2).filter(|(text, _)| text.len() == 2 && joins(gap)));
            if let (Some((month, _)), Some((date, _))) = (second, third)
                && let Some(day) = day(first, month, date)
            {
                return (Some(day), 3);
            }
            if let Some((month, _)) = second
                && let Some(day) = day(first, month, "01")
            {
                return (Some(day.last_of_month()), 2);
            }
            (day(first, "12", "31"), 1)
        }
        _ => (None, 1),
    }
}

fn day(year: &str, month: &str, day: &str) -> Option<Date> {
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    // Other numbers of four and eight digits are seldom years between these.
    (1980..=2099).contains(&date.year()).then_some(date)
}

/// The day, and the time where it has one, that a whole cell says: ISO 8601 in its usual ways, `31.12.2024`,
/// `31/Dec/2024:23:59:59`. As SQLite reads it. None for anything else.
pub(crate) fn of_cell(text: &str) -> Option<String> {
    let text = text.trim().trim_matches('"');
    let (found, rest) = moment(text)?;
    // Fractions, zones and names of zones may follow.
    let plain = rest.len() <= 32 && rest.chars().all(|c| c.is_ascii_alphanumeric() || ".,:+-/_ []Z".contains(c));
    plain.then_some(found)
}

/// The last moment that a text speaks of anywhere: of a log the last line's.
pub(crate) fn latest_in_text(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut last: Option<String> = None;
    let mut at = 0;
    while at < bytes.len() {
        let begins = bytes[at].is_ascii_digit() && (at == 0 || !bytes[at - 1].is_ascii_alphanumeric());
        if begins && text.is_char_boundary(at) {
            if let Some((found, rest)) = moment(&text[at..])
                && !rest.starts_with(|c: char| c.is_ascii_digit())
            {
                at = bytes.len() - rest.len();
                last = last.max(Some(found));
                continue;
            }
            while at < bytes.len() && bytes[at].is_ascii_digit() {
                at += 1;
            }
        }
        at += 1;
    }
    last
}

/// The moment at the beginning of a text, and what follows.
fn moment(text: &str) -> Option<(String, &str)> {
    let number = |from: usize, to: usize| text.get(from..to).filter(|part| part.bytes().all(|b| b.is_ascii_digit()));
    let byte = |at: usize| text.as_bytes().get(at).copied();
    let (date, end) = if let (Some(year), Some(b'-' | b'/' | b'.'), Some(month), Some(date)) =
        (number(0, 4), byte(4), number(5, 7), number(8, 10))
        && byte(7) == byte(4)
    {
        (day(year, month, date)?, 10)
    } else if let (Some(date), Some(b'.'), Some(month), Some(b'.'), Some(year)) =
        (number(0, 2), byte(2), number(3, 5), byte(5), number(6, 10))
    {
        (day(year, month, date)?, 10)
    } else if let (Some(date), Some(b'/'), Some(month), Some(b'/'), Some(year)) =
        (number(0, 2), byte(2), text.get(3..6), byte(6), number(7, 11))
    {
        let month = MONTHS.iter().position(|known| known.eq_ignore_ascii_case(month))? + 1;
        (day(year, &format!("{month:02}"), date)?, 11)
    } else if let Some((found, end)) = in_ideographs(text) {
        (found, end)
    } else {
        return None;
    };
    let rest = &text[end..];
    let time = rest.strip_prefix(['T', ' ', ':', '_']).filter(|time| {
        let bytes = time.as_bytes();
        bytes.len() >= 8 && bytes[2] == b':' && bytes[5] == b':'
    });
    let time = time.and_then(|time| Some((time.get(..8)?, time.get(8..)?)));
    let is_time = |clock: &str| {
        let part = |from: usize| clock.get(from..from + 2).and_then(|part| part.parse::<u8>().ok());
        matches!((part(0), part(3), part(6)), (Some(0..=23), Some(0..=59), Some(0..=60)))
    };
    match time.filter(|(clock, _)| is_time(clock)) {
        Some((clock, rest)) => Some((format!("{date} {}", clock.replace(":60", ":59")), rest)),
        None => Some((date.to_string(), rest)),
    }
}

/// `2018年3月4日`, and where it ends.
fn in_ideographs(text: &str) -> Option<(Date, usize)> {
    let (year, rest) = digits_before(text, '年').filter(|(year, _)| year.len() == 4)?;
    let (month, rest) = digits_before(rest, '月')?;
    let (date, rest) = digits_before(rest, '日')?;
    Some((day(year, month, date)?, text.len() - rest.len()))
}

/// The digits with which a text begins, and what follows the mark behind them. Of a long text only its beginning is
/// looked at.
fn digits_before(text: &str, mark: char) -> Option<(&str, &str)> {
    const MOST: usize = 4;
    let digits = text.bytes().take(MOST).take_while(u8::is_ascii_digit).count();
    Some((&text[..digits], text[digits..].strip_prefix(mark)?))
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_say_their_day() {
        for (path, day) in [
            ("export-2024-05-01.csv", "2024-05-01"),
            ("app.log-20240501.gz", "2024-05-01"),
            ("dump_20240501123000.sql", "2024-05-01"),
            ("logs/2023/11/05/app.log", "2023-11-05"),
            ("2023-01-01_2023-01-31.csv", "2023-01-31"),
            ("report_2024_02.xlsx", "2024-02-29"),
            ("invoices-2019.pdf", "2019-12-31"),
            ("2019/from-2021-03-04.csv", "2021-03-04"),
        ] {
            assert_eq!(in_path(path).map(|day| day.to_string()).as_deref(), Some(day), "{path}");
        }
        for path in ["app.log.1", "order-12345678.csv", "room-1024.txt", "2024-13-01.csv.bak12", "v1.2.3.tar"] {
            let found = in_path(path);
            assert!(found.is_none_or(|day| path.starts_with("2024-13") && day.year() == 2024), "{path}: {found:?}");
        }
    }

    #[test]
    fn cells_and_lines_say_their_moment() {
        for (text, moment) in [
            ("2024-05-01", "2024-05-01"),
            ("2024-05-01T10:11:12Z", "2024-05-01 10:11:12"),
            ("2024-05-01 10:11:12.123456+02:00", "2024-05-01 10:11:12"),
            ("31.12.2024", "2024-12-31"),
            ("2024/05/01", "2024-05-01"),
            ("2018年3月4日", "2018-03-04"),
        ] {
            assert_eq!(of_cell(text).as_deref(), Some(moment), "{text}");
        }
        for text in ["", "soon", "12345678", "2024-05-01 and more, see <b>", "2024-02-30", "05/01/2024"] {
            assert_eq!(of_cell(text), None, "{text}");
        }
        let log = "10.0.0.1 - - [10/Oct/2020:13:55:36 -0700] \"GET /2018-01-02/x\"\n2019-01-01 old\nno date 1.2.3\n";
        assert_eq!(latest_in_text(log).as_deref(), Some("2020-10-10 13:55:36"));
        assert_eq!(latest_in_text("nothing here, 2024-99-99, 192.168.1.1"), None);
        assert_eq!(latest_in_text("2018 1 2018年3月4日 2018年3月").as_deref(), Some("2018-03-04"));
    }

    #[test]
    fn a_long_line_of_numbers_is_looked_at_once() {
        // Looking to the end of the line from each number takes minutes.
        assert_eq!(latest_in_text(&"1 ".repeat(1_000_000)), None);
    }
}
