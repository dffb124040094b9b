//! Numbers and times for people.

pub(crate) use dataward_model::count;
pub(crate) use dataward_model::counted;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// An estimate with two digits that count: `4,812` → `about 4,800`.
pub(crate) fn about(number: u64) -> String {
    if number < 20 {
        return count(number);
    }
    let magnitude = 10u64.pow(number.ilog10().saturating_sub(1));
    format!("about {}", count((number + magnitude / 2) / magnitude * magnitude))
}

/// `1 person`, `about 4,800 people`.
pub(crate) fn people(number: u64) -> String {
    format!("{} {}", about(number), if number == 1 { "person" } else { "people" })
}

/// A day and time in UTC.
pub(crate) fn moment(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A day in UTC.
pub(crate) fn day(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d").to_string()
}

/// Cuts `text` to `width` characters, with an ellipsis where something is missing.
pub(crate) fn fit(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(width.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// Wide enough for the widest of `texts`, and at most `most`: columns of a screen take no more room than they need.
pub(crate) fn widest<'a>(texts: impl IntoIterator<Item = &'a str>, most: usize) -> usize {
    texts.into_iter().map(|text| text.chars().count()).max().unwrap_or(0).min(most)
}

/// Takes control characters out of names that come from a source, so that they cannot steer the terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '�' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(about(7), "7");
        assert_eq!(about(4_812), "about 4,800");
        assert_eq!(about(99_999), "about 100,000");
    }

    #[test]
    fn names_cannot_steer_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb"), "a�[2Jb");
        assert_eq!(fit("customers", 5), "cust…");
    }
}
