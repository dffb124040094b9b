//! Values that dataward made up in place of real ones: they look like what they replace and can be told from real
//! ones, so that the next scan takes them for nobody's and the next plan leaves them alone.

/// What made-up e-mail addresses end in; `.invalid` is nobody's (RFC 2606).
pub const DOMAIN: &str = "@anonymous.invalid";
/// What made-up phone numbers begin with: no country has the code 999.
pub const PHONE: &str = "+999 ";
/// Stands before the [`TAG`] random characters that made-up words end in; with a capital A in names.
pub const MARK: &str = "anon-";
/// How many random letters and digits made-up words end in, a digit first; fewer where the column takes no more.
pub const TAG: usize = 10;
/// The made-up day.
pub const DAY: &str = "1900-01-01";
/// The made-up day where the engine knows none before 1970 (TIMESTAMP of MySQL).
pub const DAY_SINCE_1970: &str = "1970-01-02";
/// Stands where a column takes no more characters than that.
pub const NOTHING: &str = "-";
/// What made-up UUIDs begin with.
pub const UUID: &str = "00000000-0000-4000-8000-";
/// The made-up IP address.
pub const ADDRESS: &str = "0.0.0.0";
/// The made-up document.
pub const DOCUMENT: &str = "{}";

/// Whether `text` was made up. Of days, addresses and documents that stand for nothing people too say so.
///
/// ```
/// use dataward_model::made_up::is_made_up;
/// assert!(is_made_up("kim.2abcdefgh3@anonymous.invalid") && is_made_up("Kim Anon-2abcdefgh3"));
/// assert!(!is_made_up("kim@example.org") && !is_made_up("anon-subscriber"));
/// ```
#[inline]
pub fn is_made_up(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some((first, last)) = bytes.first().zip(bytes.last()) else { return false };
    match first {
        b'+' if text.starts_with(PHONE) => return true,
        b'0' if text.starts_with(UUID) || text == ADDRESS => return true,
        b'1' if is_day(text) => return true,
        b'{' if text == DOCUMENT => return true,
        b'-' if text == NOTHING => return true,
        _ => {}
    }
    (*last == b'd' && text.ends_with(DOMAIN)) || ends_in_tag(bytes)
}

/// The day alone or with a midnight.
#[inline]
fn is_day(text: &str) -> bool {
    let rest = text.strip_prefix(DAY);
    rest.is_some_and(|rest| rest.bytes().all(|byte| matches!(byte, b'0' | b':' | b' ' | b'T' | b'Z' | b'.' | b'+')))
}

/// The mark with a tag behind it, which is shorter only where the column has no room for more.
#[inline]
fn ends_in_tag(text: &[u8]) -> bool {
    let marked = text.len().saturating_sub(MARK.len() + TAG);
    let (mark, tag) = match text.get(marked..) {
        Some(end) if end.len() > MARK.len() => end.split_at(MARK.len()),
        _ => return false,
    };
    mark.eq_ignore_ascii_case(MARK.as_bytes())
        && tag[0].is_ascii_digit()
        && tag.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_values_are_not_taken_for_made_up_ones() {
        for real in [
            "",
            "-5",
            "+49 30 1234567",
            "1900-01-02",
            "19000101",
            "anon-ymous",
            "Anon-Suffix",
            "{\"a\":1}",
            "0",
            "a@b.invalid",
        ] {
            assert!(!is_made_up(real), "{real}");
        }
    }

    #[test]
    fn days_come_with_any_midnight() {
        for day in ["1900-01-01", "1900-01-01 00:00:00", "1900-01-01T00:00:00Z", "1900-01-01 00:00:00+00"] {
            assert!(is_made_up(day), "{day}");
        }
        assert!(!is_made_up("1900-01-01 08:30:00"));
    }
}
