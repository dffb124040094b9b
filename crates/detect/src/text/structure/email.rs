//! E-mail addresses in text: outward from an `@`.

use dataward_model::Category;

use super::Pass;
use super::handle;
use crate::recognise::contact;

/// Reads around the `@` at `at`; returns where to go on.
pub(super) fn read(pass: &mut Pass<'_>, at: usize) -> usize {
    let start = local_start(pass, at);
    let end = domain_end(pass, at + 1);
    if start == at {
        return handle::read(pass, at);
    }
    if end == at + 1 {
        return at + 1;
    }
    let text = &pass.text[start..end];
    if !contact::is_email(text) || is_file(text) || is_machine(pass, start, text) {
        return at + 1;
    }
    pass.push(start, end, Category::EMAIL, 6.0);
    pass.floor = end;
    pass.email_floor = end;
    end
}

/// Reads around the `%40` of an address in a link, `anna%40example.org`, of which `at` is the `4`, or around the `%2540` of
/// one that was written so twice; returns where to go on.
pub(super) fn read_encoded(pass: &mut Pass<'_>, at: usize) -> Option<usize> {
    let length = ["40", "2540"].into_iter().find(|code| pass.bytes[at..].starts_with(code.as_bytes()))?.len();
    let percent = at - 1;
    let start = behind_codes(pass, local_start(pass, percent), percent);
    let end = domain_end(pass, at + length);
    let (local, domain) = (&pass.text[start..percent], &pass.text[at + length..end]);
    if !contact::is_local_part(local) || !contact::is_domain(domain) || is_file(domain) {
        return None;
    }
    pass.push(start, end, Category::EMAIL, 6.0);
    pass.floor = end;
    pass.email_floor = end;
    Some(end)
}

/// Behind the last encoded character before an address that can be no part of it: `to%3Danna%40example.org`, and
/// `to%253Danna%2540example.org` where all was encoded twice.
fn behind_codes(pass: &Pass<'_>, start: usize, end: usize) -> usize {
    const PARTS: &[&str] = &["2B", "2b", "2D", "2d", "2E", "2e", "5F", "5f"];
    let codes = memchr::memchr_iter(b'%', &pass.bytes[start..end]).map(|place| {
        let code = start + place + 1;
        if pass.bytes[code..end].starts_with(b"25") { code + 2 } else { code }
    });
    // Anything else behind a `%` is no code: the mark is part of the address.
    let mut others = codes.filter(|code| {
        let two = &pass.bytes[*code..(code + 2).min(end)];
        two.len() == 2 && two.iter().all(u8::is_ascii_hexdigit) && !PARTS.iter().any(|part| part.as_bytes() == two)
    });
    others.next_back().map_or(start, |code| (code + 2).min(end))
}

/// Where the local part begins: letters, digits and `._%+-`, not at most 64 bytes back.
fn local_start(pass: &Pass<'_>, at: usize) -> usize {
    let least = pass.email_floor.max(at.saturating_sub(64)).min(at);
    let mut plain = at;
    while plain > least && LOCAL[usize::from(pass.bytes[plain - 1])] {
        plain -= 1;
    }
    if plain == least || !matches!(pass.bytes[plain - 1], b'\'' | 0x80..) {
        let lead = pass.bytes[plain..at].iter().position(|byte| !b".-+%".contains(byte)).unwrap_or(at - plain);
        return plain + lead;
    }
    let text = &pass.text[floor_boundary(pass.text, least)..at];
    let mut start = at;
    for (offset, c) in text.char_indices().rev() {
        let part = c.is_ascii_alphanumeric()
            || "._%+-".contains(c)
            || ('\u{C0}'..='\u{24F}').contains(&c)
            || (c == '\'' && start < at && text[..offset].ends_with(|before: char| before.is_ascii_alphanumeric()));
        if !part {
            break;
        }
        start = at - (text.len() - offset);
    }
    let lead = pass.text[start..at].find(|c: char| !".-+%".contains(c)).unwrap_or(at - start);
    start + lead
}

/// Where the domain ends.
fn domain_end(pass: &Pass<'_>, from: usize) -> usize {
    let most = (from + 253).min(pass.bytes.len());
    let mut end = from;
    while end < most && (pass.bytes[end].is_ascii_alphanumeric() || matches!(pass.bytes[end], b'.' | b'-')) {
        end += 1;
    }
    if pass.byte(end) >= 0x80 {
        end = wide_domain_end(pass, from);
    }
    let domain = pass.text[from..end].trim_end_matches(['.', '-']);
    // "Write to a@b.com.Thanks": what follows a known ending with a capital begins a sentence.
    let mut domain = domain;
    if let Some(dot) = memchr::memrchr(b'.', domain.as_bytes())
        && domain[dot + 1..].starts_with(|c: char| c.is_uppercase())
        && domain[..dot].contains('.')
        && domain[..dot].chars().all(|c| !c.is_uppercase())
    {
        domain = &domain[..dot];
    }
    from + domain.len()
}

/// The same for domains in letters beyond ASCII.
fn wide_domain_end(pass: &Pass<'_>, from: usize) -> usize {
    let mut end = from;
    for (offset, c) in pass.text[from..].char_indices().take(253) {
        if !(c.is_ascii_alphanumeric() || c == '.' || c == '-' || ('\u{C0}'..='\u{24F}').contains(&c)) {
            break;
        }
        end = from + offset + c.len_utf8();
    }
    end
}

fn floor_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

/// `icon@2x.png` and the like.
fn is_file(text: &str) -> bool {
    let top = text.rsplit('.').next().unwrap_or_default();
    matches!(
        top,
        "png"
            | "jpg"
            | "jpeg"
            | "gif"
            | "svg"
            | "webp"
            | "css"
            | "js"
            | "ts"
            | "json"
            | "html"
            | "pdf"
            | "service"
            | "local"
    )
}

/// Addresses of machines: message ids, repository log-ins, the log-in part of an address with a
/// password in it.
fn is_machine(pass: &Pass<'_>, start: usize, text: &str) -> bool {
    if text.starts_with("git@") {
        return true;
    }
    if !matches!(pass.byte_before(start), b'<' | b':') {
        return false;
    }
    let mut from = start.saturating_sub(40);
    while !pass.text.is_char_boundary(from) {
        from += 1;
    }
    let before = &pass.text[from..start];
    let before = before.rsplit('\n').next().unwrap_or_default().to_ascii_lowercase();
    if before.ends_with('<')
        && ["message-id:", "in-reply-to:", "references:", "content-id:"].iter().any(|head| before.contains(head))
    {
        return true;
    }
    before.ends_with(':') && before.contains("://") && !before.ends_with("mailto:")
}

/// Letters, digits and `._%+-`.
static LOCAL: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        let c = byte as u8;
        table[byte] = c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'%' | b'+' | b'-');
        byte += 1;
    }
    table
};
