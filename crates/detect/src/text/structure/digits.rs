//! From a digit outward: numbers in groups, codes of letters and digits, addresses of machines.

mod codes;
mod dates;
mod shortcut;

use dataward_model::Category;

use super::Pass;
use super::Shortcuts;
use super::email;
use super::phrase::MOST_GROUPS;
use super::phrase::Phrase;
use crate::recognise::device;
use crate::recognise::negative;
use crate::recognise::papers;
use crate::recognise::registry;
use crate::text::context;
use crate::text::context::Kind;
use crate::text::context::Reach;
use crate::text::scan;
use codes::read_code;
use dates::read_date;
use dates::read_worded_date;

/// Reads what stands around the digit at `at`; returns where to go on.
pub(super) fn read(pass: &mut Pass<'_>, at: usize) -> usize {
    if pass.shortcuts == Shortcuts::Taken
        && let Some(next) = shortcut::past(pass, at)
    {
        pass.floor = next;
        return next;
    }
    if pass.byte_before(at) == b'%'
        && let Some(next) = email::read_encoded(pass, at)
    {
        return next;
    }
    let mut start = at;
    let least = pass.floor.max(at.saturating_sub(40));
    while start > least && pass.byte(start - 1).is_ascii_alphabetic() {
        start -= 1;
    }
    let end = scan::alphanumeric_end(pass.bytes, at);
    pass.count(end - at);
    let next = if is_colon_address(pass, start, end) {
        read_colons(pass, start, end)
    } else if start == at && end_of_digits(pass, at) == end {
        read_number(pass, at)
    } else {
        read_code(pass, start, end)
    };
    pass.floor = next.max(at + 1);
    pass.floor
}

/// Where the status and the size of an answer end in a line of a web server: `"GET / HTTP/1.1" 200 5123`.
fn status_end(pass: &Pass<'_>, at: usize) -> Option<usize> {
    let quote = at.checked_sub(2).filter(|&quote| pass.byte(quote) == b'"' && pass.byte(quote + 1) == b' ')?;
    let protocol =
        |length: usize| quote.checked_sub(length).is_some_and(|from| pass.bytes[from..].starts_with(b"HTTP/"));
    if !(protocol("HTTP/1.1".len()) || protocol("HTTP/2".len())) {
        return None;
    }
    let status = at + 3;
    let size = if pass.byte(status) == b' ' { end_of_digits(pass, status + 1) } else { status };
    Some(if size > status + 1 { size } else { status })
}

fn end_of_digits(pass: &Pass<'_>, at: usize) -> usize {
    let end = scan::digits_end(pass.bytes, at);
    pass.count(end - at);
    end
}

/// Whether `start..end` is the first part of a MAC or IPv6 address or a time of day.
fn is_colon_address(pass: &Pass<'_>, start: usize, end: usize) -> bool {
    end - start <= 4
        && (pass.byte(end) == b':' || pass.byte_before(start) == b':')
        && pass.bytes[start..end].iter().all(u8::is_ascii_hexdigit)
}

fn read_colons(pass: &mut Pass<'_>, mut start: usize, mut end: usize) -> usize {
    let part = |byte: u8| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.';
    let least = pass.floor.max(start.saturating_sub(40));
    while start > least && (pass.byte(start - 1).is_ascii_hexdigit() || pass.byte(start - 1) == b':') {
        start -= 1;
    }
    let most = end + 45;
    while end < most && part(pass.byte(end)) {
        end += 1;
    }
    let mut text = pass.text[start..end].trim_end_matches([':', '.']);
    if text.starts_with(':') && !text.starts_with("::") {
        start += 1;
        text = &text[1..];
    }
    let colons = text.bytes().filter(|&byte| byte == b':').count();
    let whole =
        !pass.byte_before(start).is_ascii_alphanumeric() && !pass.byte(start + text.len()).is_ascii_alphanumeric();
    if colons >= 5 || (colons >= 2 && text.contains("::")) {
        let end = start + text.len();
        if whole && pass.weigh(start, end) {
            return end;
        }
        return end;
    }
    // A key and its number (`port:8080`, `id:12345678901`) or a time of day.
    let time = colons >= 1 && text.len() <= 8;
    if time { start + text.len() } else { read_after_colon(pass, start, end) }
}

/// What stands behind the last colon, read as a number of its own.
fn read_after_colon(pass: &mut Pass<'_>, start: usize, end: usize) -> usize {
    let from = memchr::memrchr(b':', &pass.bytes[start..end]).map_or(start, |colon| start + colon + 1);
    if pass.byte(from).is_ascii_digit() && end_of_digits(pass, from) >= end.min(from + 1) {
        return read_number(pass, from);
    }
    end
}

fn read_number(pass: &mut Pass<'_>, at: usize) -> usize {
    let first_end = end_of_digits(pass, at);
    let before = pass.byte_before(at);
    if first_end - at == 3
        && let Some(end) = status_end(pass, at)
    {
        return end;
    }
    // The cheap way out for most numbers: short, alone, nothing around that could make them longer.
    let joins = matches!(pass.byte(first_end), b' ' | b'-' | b'.' | b'/' | b')')
        || before == b'+' && pass.byte(first_end) == b'(';
    let short = first_end - at < 6 && !joins;
    if first_end - at == 2
        && let Some(length) = shortcut::web_moment(&pass.bytes[at..])
    {
        return at + length;
    }
    // Nov 23 10:15:33
    if first_end - at <= 2 && shortcut::is_before_time(pass, first_end) {
        return first_end;
    }
    // +0100: no number that a plus stands before is as short.
    if short && before == b'+' {
        return first_end;
    }
    if short && !is_year(&pass.bytes[at..first_end]) {
        let letters_beside =
            matches!(before, b' ' | b'-') && pass.bytes.get(at.wrapping_sub(2)).is_some_and(u8::is_ascii_uppercase);
        let announced = first_end - at >= 4 && announces(before);
        if !(letters_beside || announced) {
            return first_end;
        }
    }
    let phrase = Phrase::read(pass, at);
    if phrase.count() == 1 && phrase.digits() < 4 && before != b'+' && !pass.byte(first_end + 1).is_ascii_uppercase() {
        let letters_beside =
            matches!(before, b' ' | b'-') && pass.bytes.get(at.wrapping_sub(2)).is_some_and(u8::is_ascii_uppercase);
        if !letters_beside {
            return first_end;
        }
    }
    if let Some(end) = read_date(pass, &phrase) {
        return end;
    }
    if let Some(end) = read_ipv4(pass, &phrase) {
        return end;
    }
    if is_year(&pass.bytes[at..first_end])
        && let Some(end) = read_worded_date(pass, at, first_end)
    {
        return end;
    }
    if phrase.count() > MOST_GROUPS {
        return phrase.first_end();
    }
    if let Some(end) = read_coordinates(pass, &phrase) {
        return end;
    }
    if let Some(end) = read_grouped(pass, &phrase) {
        return end;
    }
    phrase.first_end()
}

fn is_year(digits: &[u8]) -> bool {
    digits.len() == 4 && (digits.starts_with(b"19") || digits.starts_with(b"20"))
}

fn announces(before: u8) -> bool {
    matches!(before, b' ' | b':' | b'=' | b'"' | b'#' | b'.' | b'\'' | b'>') || before >= 0x80
}

/// Four numbers with dots: an address, a version, a list of networks.
fn read_ipv4(pass: &mut Pass<'_>, phrase: &Phrase) -> Option<usize> {
    if phrase.count() < 4 || pass.byte_before(phrase.start()) == b'.' {
        return None;
    }
    let groups = &phrase.groups()[..4];
    let (start, end) = (groups[0].0, groups[3].1);
    if end - start > "255.255.255.255".len() {
        return None;
    }
    let dotted = groups.windows(2).all(|pair| pair[1].0 - pair[0].1 == 1 && pass.byte(pair[0].1) == b'.');
    if !dotted {
        return None;
    }
    let parts = device::ipv4_parts(&pass.text[start..end])?;
    let longer = pass.byte(end) == b'.' && pass.byte(end + 1).is_ascii_digit();
    // A network, not a machine: 10.0.0.0/8.
    let network = pass.byte(end) == b'/' && pass.byte(end + 1).is_ascii_digit();
    let prefixed = matches!(pass.byte_before(start), b'v' | b'V' | b'-' | b'_') || pass.byte(end) == b'-';
    if !longer
        && !network
        && !prefixed
        && let Some(strength) = device::ipv4_strength(parts)
    {
        pass.weigh_as(start, end, &device::IPV4, strength);
    }
    Some(end)
}

/// `52.5200, 13.4050`: two decimals with a comma between.
fn read_coordinates(pass: &mut Pass<'_>, phrase: &Phrase) -> Option<usize> {
    let groups = phrase.groups();
    if phrase.count() != 2
        || groups[1].0 - groups[0].1 != 1
        || pass.byte(groups[0].1) != b'.'
        || groups[1].1 - groups[1].0 < 3
    {
        return None;
    }
    let mut start = phrase.start();
    if matches!(pass.byte_before(start), b'-' | b'+') {
        start -= 1;
    }
    let mut at = phrase.end();
    if pass.byte(at) != b',' {
        return read_single_degree(pass, start, at);
    }
    at += 1;
    if pass.byte(at) == b' ' {
        at += 1;
    }
    if matches!(pass.byte(at), b'-' | b'+') {
        at += 1;
    }
    let whole = end_of_digits(pass, at);
    if whole == at || pass.byte(whole) != b'.' {
        return read_single_degree(pass, start, phrase.end());
    }
    let end = end_of_digits(pass, whole + 1);
    pass.weigh(start, end).then_some(end)
}

/// One coordinate with its name before it: `lat=52.5200`.
fn read_single_degree(pass: &mut Pass<'_>, start: usize, end: usize) -> Option<usize> {
    let decimals = memchr::memchr(b'.', &pass.bytes[start..end]).map_or(0, |dot| end - start - dot - 1);
    if decimals < 4 || !announces(pass.byte_before(start)) {
        return None;
    }
    let word = pass.word_before(start, Reach::within(4))?;
    (word.kind == Kind::Coordinates && word.distance <= 4).then(|| {
        pass.push(start, end, Category::PRECISE_LOCATION, 2.0);
        end
    })
}

/// Phones, cards and ids in groups: the whole phrase first, then without its last groups.
#[inline]
fn read_grouped(pass: &mut Pass<'_>, phrase: &Phrase) -> Option<usize> {
    let mut start = phrase.start();
    let plus = pass.byte_before(start) == b'+';
    if plus {
        start -= 1;
    }
    if pass.byte_before(start) == b'(' {
        let closes = memchr::memchr(b')', &pass.bytes[start..(start + 8).min(pass.bytes.len())]).is_some();
        if closes {
            start -= 1;
        }
    }
    if is_rest_of_a_number(pass, start) {
        return (phrase.count() == 1).then(|| phrase.end());
    }
    // Glued to a word before it: part of a code, not a number.
    if pass.byte_before(start) == b'_'
        || (pass.byte_before(start) == b'-'
            && phrase.count() == 1
            && pass.bytes.get(start.wrapping_sub(2)).is_some_and(u8::is_ascii_alphanumeric)
            && !shortcut::is_between_capitals(pass, start, phrase.digits()))
    {
        let letters = pass.bytes.get(start.wrapping_sub(2)).is_some_and(u8::is_ascii_alphabetic);
        if !letters || phrase.digits() < 7 {
            return None;
        }
    }
    if let Some(end) = read_with_letters(pass, phrase, start) {
        return Some(end);
    }
    let groups = phrase.groups();
    let mut digits = phrase.digits();
    for count in (1..=groups.len()).rev() {
        let end = groups[count - 1].1;
        if (7..=19).contains(&digits)
            && !pass.byte(end).is_ascii_alphabetic()
            && is_plausible(pass, start, end, count)
            && pass.weigh(start, end)
        {
            return Some(end);
        }
        digits -= groups[count - 1].1 - groups[count - 1].0;
        if groups.len() - count >= 4 {
            break;
        }
    }
    // Nothing validates: the word before may still say what it is.
    let announced = announces(pass.byte_before(start)) || pass.header.is_some();
    if announced
        && (4..=24).contains(&phrase.digits())
        && !is_measure(pass, phrase)
        && !is_amount(pass, phrase.start(), phrase.end())
        && pass.on_word_alone(start, phrase.end())
    {
        return Some(phrase.end());
    }
    if announced
        && phrase.count() > 1
        && phrase.first_end() - phrase.start() >= 6
        && pass.on_word_alone(start, phrase.first_end())
    {
        return Some(phrase.first_end());
    }
    (phrase.count() == 1).then(|| phrase.end())
}

/// Whether what begins at `start` goes on with a number that nothing took: `1.000.000`, `4-104 5-137`.
fn is_rest_of_a_number(pass: &Pass<'_>, start: usize) -> bool {
    let joined = matches!(pass.byte_before(start), b'.' | b'-')
        && pass.bytes.get(start.wrapping_sub(2)).is_some_and(u8::is_ascii_digit);
    joined && pass.found.last().is_none_or(|one| one.end + 1 != start)
}

/// Sorts out lookalikes before the validators run.
fn is_plausible(pass: &Pass<'_>, start: usize, end: usize, groups: usize) -> bool {
    let text = &pass.text[start..end];
    if groups == 1 && negative::is_epoch(text) {
        return false;
    }
    // Decimal numbers and ranges of years: 123456.789, 1999-2004.
    let decimal = groups == 2 && text.contains('.') && !text.contains(['(', '+']);
    let years = text.len() == 9 && is_year(&pass.bytes[start..start + 4]) && is_year(&pass.bytes[end - 4..end]);
    // A decimal comma or a further part goes on.
    let goes_on = matches!(pass.byte(end), b',' | b'.')
        && pass.byte(end + 1).is_ascii_digit()
        && groups > 1
        && pass.byte(end) == b'.';
    let percent = matches!(pass.byte(end), b'%');
    !decimal && !years && !goes_on && !percent
}

/// `123.45`, `550 5.1.1`: few digits with a dot among them are a measure or a version, whatever announces them.
fn is_measure(pass: &Pass<'_>, phrase: &Phrase) -> bool {
    phrase.digits() < 7
        && phrase.count() > 1
        && memchr::memchr(b'.', &pass.bytes[phrase.start()..phrase.end()]).is_some()
}

/// Whether currency or a unit stands beside it.
fn is_amount(pass: &Pass<'_>, start: usize, end: usize) -> bool {
    let after = &pass.bytes[end..];
    let unit = match after.strip_prefix(b" ").unwrap_or(after) {
        [b'%', ..] => true,
        [b'$', ..] => after[0] == b'$',
        // €
        [0xE2, 0x82, 0xAC, ..] => true,
        // 円
        [0xE5, 0x86, 0x86, ..] => after[0] != b' ',
        [b'E', b'U', b'R', ..] | [b'U', b'S', b'D', ..] | [b'P', b'L', b'N', ..] | [b'S', b'E', b'K', ..] => {
            after[0] == b' '
        }
        // zł
        [b'k', b'r', ..] | [b'z', 0xC5, 0x82, ..] => after[0] == b' ',
        _ => false,
    };
    unit || pass.text[..start].ends_with(['€', '$', '£', '¥'])
}

/// Numbers with a few capital letters before or behind: `12345678-Z`, `AB 12 34 56 C`, `X-2482300-W`,
/// `DE89 3704 …` is read by [`read_code`].
fn read_with_letters(pass: &mut Pass<'_>, phrase: &Phrase, start: usize) -> Option<usize> {
    let end = phrase.end();
    let mut late = end;
    if matches!(pass.byte(late), b' ' | b'-') {
        late += 1;
    }
    let mut tail = late;
    while tail - late < 4 && pass.byte(tail).is_ascii_uppercase() {
        tail += 1;
    }
    // 131052-308T, 15 070649 C 103, 1 85 07 2A 004 018 27 go on behind the letter.
    let mut long = tail;
    if tail > late && long < end + 24 {
        while long < end + 24
            && (pass.byte(long).is_ascii_digit() || (pass.byte(long) == b' ' && pass.byte(long + 1).is_ascii_digit()))
        {
            long += 1;
        }
    }
    let mut early = phrase.start();
    if early > pass.floor && matches!(pass.byte(early - 1), b' ' | b'-') {
        early -= 1;
    }
    let mut head = early;
    while head > pass.floor && early - head < 3 && pass.byte(head - 1).is_ascii_uppercase() {
        head -= 1;
    }
    let free_tail = tail > late && !pass.byte(tail).is_ascii_alphanumeric();
    // CPF 529.982.247-25: the word for it is no part of it.
    let free_head = head < early
        && !pass.byte_before(head).is_ascii_alphanumeric()
        && context::of_key(&pass.text[head..early]).is_none();
    if !free_tail && !free_head && long == tail {
        return None;
    }
    let ends = [long, tail, end];
    for (index, &candidate_end) in ends.iter().enumerate() {
        let allowed = match index {
            0 => long > tail && !pass.byte(long).is_ascii_alphanumeric(),
            1 => free_tail,
            _ => true,
        };
        if !allowed {
            continue;
        }
        for candidate_start in [head, start] {
            let lettered = candidate_end > end || candidate_start < start;
            if lettered
                && (candidate_start != head || free_head)
                && candidate_end - candidate_start <= 30
                && pass.weigh(candidate_start, candidate_end)
            {
                return Some(candidate_end);
            }
        }
    }
    // "Passport no. AB 1234567": letters belong to it where the word says so.
    let from = if free_head { head } else { start };
    // A serial number goes on behind the letter: `64 160584 M 431`.
    let serial = ends[0] > tail + 3 && !pass.byte(ends[0]).is_ascii_alphanumeric() && tail - late == 1;
    let until = if serial {
        ends[0]
    } else if free_tail && late - end <= 1 && tail - late <= 2 {
        tail
    } else {
        end
    };
    if (from < start || until > end)
        && phrase.digits() >= 3
        && announces(pass.byte_before(from))
        && pass.on_word_alone(from, until)
    {
        return Some(until);
    }
    None
}
