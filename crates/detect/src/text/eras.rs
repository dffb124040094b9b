//! Japanese dates by era: 昭和45年3月12日 is 12 March 1970. The eras before the present one are birth dates
//! more often than not; later ones need a word for birth.

use dataward_model::Category;

use super::Found;

/// Finds birth dates written by era.
pub(crate) fn find(text: &str, found: &mut Vec<Found>) {
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(&text.as_bytes()[from..], "年".as_bytes()) {
        let year_end = from + at;
        from = year_end + 3;
        let digits = text[..year_end].bytes().rev().take(2).take_while(u8::is_ascii_digit).count();
        let before = &text[..year_end - digits];
        let Some((era, likely)) = ERAS.iter().find(|(era, _)| before.ends_with(era)) else { continue };
        if digits == 0 && !text[..year_end].ends_with('元') {
            continue;
        }
        let start = before.len() - era.len();
        let rest = &text[from..];
        let Some(end) = month_and_day(rest).map(|length| from + length) else { continue };
        let near = before[..start].chars().rev().take(12).collect::<String>();
        let born = near.contains('生') || text[end..].starts_with('生') || text[end..].starts_with("に生");
        if born || *likely {
            found.push(Found { start, end, category: Category::DATE_OF_BIRTH, log_odds: if born { 4.0 } else { 1.0 } });
        }
    }
}

const ERAS: &[(&str, bool)] = &[("昭和", true), ("大正", true), ("平成", false), ("令和", false)];

/// The length of `3月12日`.
fn month_and_day(text: &str) -> Option<usize> {
    let number = |text: &str| text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let month = number(text);
    let rest = text[month..].strip_prefix('月').filter(|_| month > 0)?;
    let day = number(rest);
    rest[day..].starts_with('日').then_some(month + 3 + day + 3).filter(|_| day > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn birth_dates_by_era_are_found_and_judgements_are_not() {
        let table: &[(&str, &[&str])] = &[
            ("生年月日：昭和45年3月12日", &["昭和45年3月12日"]),
            ("平成3年10月1日生まれ", &["平成3年10月1日"]),
            ("令和5年4月2日に判決を言い渡した", &[]),
            ("昭和の時代", &[]),
        ];
        for (text, expected) in table {
            let mut found = Vec::new();
            find(text, &mut found);
            let values: Vec<&str> = found.iter().map(|one| &text[one.start..one.end]).collect();
            assert_eq!(values, *expected, "{text}");
        }
    }
}
