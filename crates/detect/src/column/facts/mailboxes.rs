//! Addresses as mail programs write them, with the name of whose they are: `Anna Meier <anna@example.org>` (RFC 5322).

use super::forms::is_role_mailbox;
use crate::recognise::contact::is_email;

/// Whether a value is an address with a name beside it, or a list of such.
pub(super) fn is_named_mailbox(text: &str) -> bool {
    text.contains('@') && parts(text).any(|part| named(part).is_some_and(|address| !is_role_mailbox(address)))
}

/// The address in `<anna@example.org>`. Numbers of messages are written so too, and are long or full of digits.
pub(super) fn bare_address(text: &str) -> Option<&str> {
    let address = text.strip_prefix('<')?.strip_suffix('>')?;
    let local = address.split('@').next()?;
    let digits = local.bytes().filter(u8::is_ascii_digit).count();
    (is_email(address) && digits <= 4 && local.len() <= 32).then_some(address)
}

/// The mailboxes of a list; commas stand in names as well.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(['>', ';']).map(|part| part.trim_start_matches([',', ' ']).trim_end())
}

/// The address beside a name: `Anna Meier <anna@example.org` of which `>` was cut off, `anna@example.org (Anna Meier)`.
fn named(part: &str) -> Option<&str> {
    let is_name = |name: &str| name.chars().filter(|c| c.is_alphabetic()).count() >= 2 && !name.contains('@');
    if let Some((name, address)) = part.rsplit_once('<') {
        return (is_name(name) && is_email(address.trim())).then_some(address.trim());
    }
    let (address, name) = part.strip_suffix(')')?.split_once(" (")?;
    (is_name(name) && is_email(address)).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailboxes_with_names_are_told_from_numbers_of_messages() {
        for text in [
            "Anna Meier <anna@example.org>",
            "\"Meier, Anna\" <anna@example.org>",
            "anna@example.org (Anna Meier)",
            "Anna <anna@example.org>, Bob <bob@example.org>",
            "佐藤 <sato@example.co.jp>",
        ] {
            assert!(is_named_mailbox(text), "{text}");
        }
        for text in ["anna@example.org", "<anna@example.org>", "Shop <info@example.org>", "a < b @ c", "Anna Meier"] {
            assert!(!is_named_mailbox(text), "{text}");
        }
        assert_eq!(bare_address("<anna@example.org>"), Some("anna@example.org"));
        for text in
            ["<20260301101533.4711@mail.example.org>", "<E1abc9-0001Ab-7f23@mx.example.org>", "<b>", "anna@example.org"]
        {
            assert_eq!(bare_address(text), None, "{text}");
        }
    }
}
