//! Numbers and times as people read them.

use dataward_model::Sensitivity;
use dataward_model::Severity;
pub(crate) use dataward_model::count as number;
pub(crate) use dataward_model::counted as count;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// An estimate without false precision: two digits count from 100 on.
pub(crate) fn about(value: u64) -> String {
    let mut unit = 1;
    while value / unit >= 100 {
        unit *= 10;
    }
    number((value + unit / 2) / unit * unit)
}

/// `1 person`, `about 4,800 people`.
pub(crate) fn people(value: u64) -> String {
    match value {
        1 => "1 person".to_owned(),
        few if few < 100 => format!("{few} people"),
        many => format!("about {} people", about(many)),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// `23 November 2026, 21:18 UTC`.
pub(crate) fn moment(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%-d %B %Y, %H:%M UTC").to_string()
}

/// `23 November 2026`.
pub(crate) fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%-d %B %Y").to_string()
}

/// What a shop owner calls a sensitivity.
pub(crate) fn sensitivity(value: Sensitivity) -> &'static str {
    match value {
        Sensitivity::Low => "Low",
        Sensitivity::Normal => "Normal",
        Sensitivity::High => "High",
        Sensitivity::Special => "Special",
    }
}

/// By when a finding should be put right.
pub(crate) fn urgency(value: Severity) -> &'static str {
    match value {
        Severity::Critical => "Put right today",
        Severity::High => "Put right this week",
        Severity::Medium => "Put right this quarter",
        Severity::Low => "Put right when you pass by",
        Severity::Info => "Worth knowing",
    }
}

/// `text` with the first letter in upper case, unless it begins with the name of a file or setting.
pub(crate) fn capital(text: &str) -> String {
    let first = text.split_whitespace().next().unwrap_or_default().trim_end_matches([':', '.', ',']);
    if first.contains(['.', '_', '=', '/']) {
        return text.to_owned();
    }
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Text that is safe between tags and in attributes, without characters XML does not know.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

/// Escaped text that may be broken after dots, slashes and underscores.
pub(crate) fn breakable(text: &str) -> String {
    let mut safe = escape(text);
    for mark in ['.', '/', '_'] {
        safe = safe.replace(mark, &format!("{mark}<wbr>"));
    }
    safe
}

/// Escaped text in which pairs of backticks became `<code>`; a lone backtick stays.
pub(crate) fn marked(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let mut safe = String::with_capacity(text.len() + 16);
    for (index, part) in parts.iter().enumerate() {
        let last = index + 1 == parts.len();
        match index % 2 {
            1 if !last => safe.push_str(&format!("<code>{}</code>", escape(part))),
            1 => safe.push_str(&format!("`{}", escape(part))),
            _ => safe.push_str(&escape(part)),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_thousands_apart() {
        let shown: Vec<String> = [0, 999, 1_000, 12_000, 1_234_567].into_iter().map(number).collect();
        assert_eq!(shown, ["0", "999", "1,000", "12,000", "1,234,567"]);
    }

    #[test]
    fn estimates_promise_two_digits() {
        let shown: Vec<String> = [0, 7, 99, 104, 106, 5_362, 1_000_000].into_iter().map(about).collect();
        assert_eq!(shown, ["0", "7", "99", "100", "110", "5,400", "1,000,000"]);
    }

    #[test]
    fn lists_read_like_a_sentence() {
        let words = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(list(&words), "a, b and c");
        assert_eq!(list(&words[..2]), "a and b");
    }

    #[test]
    fn backticks_mark_code_and_nothing_else_becomes_markup() {
        assert_eq!(marked("set `a<b>` in <i>"), "set <code>a&lt;b&gt;</code> in &lt;i&gt;");
        assert_eq!(marked("a lone ` stays"), "a lone ` stays");
        assert_eq!(marked("`x` and ` y"), "<code>x</code> and ` y");
    }
}
