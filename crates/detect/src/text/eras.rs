//! Japanese dates by era: 昭和45年3月12日 is 12 March 1970, and so are S45.3.12 and ㍼45年3月12日. The eras before the present
//! one are birth dates more often than not; later ones need a word for birth.

use dataward_model::Category;

use super::Found;
use crate::checksum;

struct Era {
    names: &'static [&'static str],
    /// What forms shorten it to.
    letter: u8,
    /// The year before its first.
    before: u32,
    /// How many years it had; more than it can have for the present one.
    years: u32,
    /// Whether a day of it is a birth date more often than not.
    likely: bool,
}

const ERAS: &[Era] = &[
    Era { names: &["令和", "㋿"], letter: b'R', before: 2018, years: 80, likely: false },
    Era { names: &["平成", "㍻"], letter: b'H', before: 1988, years: 31, likely: false },
    Era { names: &["昭和", "㍼"], letter: b'S', before: 1925, years: 64, likely: true },
    Era { names: &["大正", "㍽"], letter: b'T', before: 1911, years: 15, likely: true },
    Era { names: &["明治", "㍾"], letter: b'M', before: 1867, years: 45, likely: false },
];

/// Year, month and day by the calendar of the rest of the world.
type Day = (u32, u32, u32);

/// The day, or the year alone as its first day, that a whole value is by an era.
pub(crate) fn day(text: &str) -> Option<Day> {
    let (day, rest) = named(text).or_else(|| lettered(text)).or_else(|| year_alone(text))?;
    matches!(rest, "" | "生" | "生まれ").then_some(day)
}

/// 昭和45年3月12日 at the start of `text`, and what follows it.
fn named(text: &str) -> Option<(Day, &str)> {
    let (year, rest) = era_and_year(text)?;
    let (month, rest) = number(rest)?;
    let (day, rest) = number(rest.strip_prefix('月')?)?;
    let rest = rest.strip_prefix('日')?;
    checksum::is_date(year, month, day).then_some(((year, month, day), rest))
}

fn year_alone(text: &str) -> Option<(Day, &str)> {
    era_and_year(text).map(|(year, rest)| ((year, 1, 1), rest))
}

/// 昭和45年, 令和元年.
fn era_and_year(text: &str) -> Option<(u32, &str)> {
    let (era, rest) = ERAS.iter().find_map(|era| {
        let rest = era.names.iter().find_map(|name| text.strip_prefix(name));
        rest.map(|rest| (era, rest))
    })?;
    let (year, rest) = match rest.strip_prefix('元') {
        Some(rest) => (1, rest),
        None => number(rest)?,
    };
    let rest = rest.strip_prefix('年')?;
    (1..=era.years).contains(&year).then_some((era.before + year, rest))
}

/// S45.3.12 at the start of `text`, and what follows it.
fn lettered(text: &str) -> Option<(Day, &str)> {
    let letter = text.bytes().next()?.to_ascii_uppercase();
    let era = ERAS.iter().find(|era| era.letter == letter)?;
    let (year, rest) = number(&text[1..])?;
    let mark = rest.chars().next().filter(|mark| matches!(mark, '.' | '/' | '-'))?;
    let (month, rest) = number(&rest[1..])?;
    let (day, rest) = number(rest.strip_prefix(mark)?)?;
    let year_holds = (1..=era.years).contains(&year) && checksum::is_date(era.before + year, month, day);
    year_holds.then_some(((era.before + year, month, day), rest))
}

/// One or two digits, a blank in front where they are filled up.
fn number(text: &str) -> Option<(u32, &str)> {
    let text = text.strip_prefix(' ').unwrap_or(text);
    let length = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    Some((text[..length].parse().ok()?, &text[length..]))
}

/// Finds birth dates written by era.
pub(crate) fn find(text: &str, found: &mut Vec<Found>) {
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(&text.as_bytes()[from..], "年".as_bytes()) {
        let year_end = from + at;
        from = year_end + '年'.len_utf8();
        let digits = text[..year_end].bytes().rev().take(2).take_while(u8::is_ascii_digit).count();
        let before = &text[..year_end - digits];
        let before = if digits == 0 { before.strip_suffix('元').unwrap_or(before) } else { before };
        let ends = |era: &Era| era.names.iter().find(|name| before.ends_with(**name)).map(|name| name.len());
        let Some((length, likely)) = ERAS.iter().find_map(|era| Some((ends(era)?, era.likely))) else { continue };
        let start = before.len() - length;
        let Some(end) = named(&text[start..]).map(|(_, rest)| text.len() - rest.len()) else { continue };
        let near = before[..start].chars().rev().take(12).collect::<String>();
        let born = near.contains('生') || text[end..].starts_with('生') || text[end..].starts_with("に生");
        if born || likely {
            found.push(Found { start, end, category: Category::DATE_OF_BIRTH, log_odds: if born { 4.0 } else { 1.0 } });
        }
    }
    find_lettered(text, found);
}

/// `生年月日 S45.3.12`, `S45.3.12生`: a letter alone says little without the word.
fn find_lettered(text: &str, found: &mut Vec<Found>) {
    const LONGEST: usize = "S45.12.31".len();
    let mut keep = |start: usize, end: usize| {
        found.push(Found { start, end, category: Category::DATE_OF_BIRTH, log_odds: 4.0 });
    };
    for at in memchr::memmem::find_iter(text.as_bytes(), "生".as_bytes()) {
        let behind = at + '生'.len_utf8();
        let start =
            text.len() - text[behind..].trim_start_matches(['年', '月', '日', ':', '：', '=', ' ', '(', '（']).len();
        if let Some((_, rest)) = lettered(&text[start..]) {
            keep(start, text.len() - rest.len());
            continue;
        }
        let written = text[..at].bytes().rev().take(LONGEST).take_while(u8::is_ascii_graphic).count();
        let fits = |start: &usize| lettered(&text[*start..]).is_some_and(|(_, rest)| text.len() - rest.len() == at);
        if let Some(start) = (at - written..at).find(fits) {
            keep(start, at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn birth_dates_by_era_are_found_and_judgements_are_not() {
        let table: &[(&str, &[&str])] = &[
            ("生年月日：昭和45年3月12日", &["昭和45年3月12日"]),
            ("平成3年10月1日生まれ", &["平成3年10月1日"]),
            ("平成元年10月1日生まれ", &["平成元年10月1日"]),
            ("生年月日 S45.3.12 男", &["S45.3.12"]),
            ("佐藤太郎（S45.03.12生）", &["S45.03.12"]),
            ("令和5年4月2日に判決を言い渡した", &[]),
            ("第H3.1.2条を準用する", &[]),
            ("昭和の時代", &[]),
        ];
        for (text, expected) in table {
            let mut found = Vec::new();
            find(text, &mut found);
            let values: Vec<&str> = found.iter().map(|one| &text[one.start..one.end]).collect();
            assert_eq!(values, *expected, "{text}");
        }
    }

    #[test]
    fn eras_are_told_from_sections_and_versions() {
        for (text, expected) in [
            ("昭和45年3月12日", Some((1970, 3, 12))),
            ("令和元年5月1日", Some((2019, 5, 1))),
            ("㍻3年10月 1日", Some((1991, 10, 1))),
            ("S45.3.12", Some((1970, 3, 12))),
            ("h03/10/01", Some((1991, 10, 1))),
            ("R5.3.1", Some((2023, 3, 1))),
            ("昭和45年", Some((1970, 1, 1))),
            ("大正16年1月1日", None),
            ("S70.1.1", None),
            ("R1.13.1", None),
            ("S45.3", None),
            ("M4.5.6.7", None),
        ] {
            assert_eq!(day(text), expected, "{text}");
        }
    }
}
