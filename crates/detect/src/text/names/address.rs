//! Postal addresses: street and number as each language writes them, postal code and town. A town
//! alone is no address.

mod japanese;
mod pairs;
mod towns;
mod words;

use dataward_model::Category;
use words::COMPOUND_ENDINGS;
use words::FRENCH;
use words::JOINERS;
use words::LEADING;
use words::PREFECTURES;
use words::TRAILING;
use words::US_STATES;

use super::token::Case;
use super::token::Token;
use super::words::Trigger;
use crate::lexicon;
use crate::text::Found;
use japanese::japanese;
use pairs::pairs;
use towns::town_last;

/// Finds streets, postal codes and towns.
pub(super) fn find(text: &str, tokens: &[Token], found: &mut Vec<Found>) {
    let before = found.len();
    streets(text, tokens, found);
    let streets: Vec<(usize, usize)> = found[before..].iter().map(|one| (one.start, one.end)).collect();
    postal_codes(text, tokens, &streets, found);
    towns::after(text, tokens, &streets, found);
    towns::before(text, tokens, &streets, found);
    towns::brazilian(text, tokens, found);
    pairs(text, tokens, found);
    japanese(text, found);
}

/// A word of streets at the end of a name: Main Street, and inside compounds: Hauptstraße.
fn streets(text: &str, tokens: &[Token], found: &mut Vec<Found>) {
    let mut floor = 0;
    for at in 0..tokens.len() {
        let token = &tokens[at];
        if token.start < floor {
            continue;
        }
        let word = lexicon::fold(token.text(text));
        let ending = COMPOUND_ENDINGS.iter().find(|ending| word.ends_with(*ending));
        let street = ending
            .and_then(|ending| compound(text, tokens, at, word.len() > ending.len() + 1))
            .or_else(|| {
                let is_trailing = token.is_capital() && TRAILING.contains(&word.as_str());
                is_trailing.then(|| trailing(text, tokens, at)).flatten()
            })
            .or_else(|| LEADING.contains(&word.as_str()).then(|| leading(text, tokens, at, &word)).flatten());
        if let Some((start, end, log_odds)) = street {
            found.push(Found { start, end, category: Category::STREET, log_odds });
            floor = end;
        }
    }
}

/// A house number from `at`: digits, perhaps a letter, a range or a fraction.
fn number_end(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut end = at;
    while end < bytes.len() && bytes[end].is_ascii_digit() {
        end += 1;
    }
    if end == at || end - at > 5 {
        return None;
    }
    let rest = &bytes[end..];
    let letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphabetic);
    let word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    if letter(rest.first()) && !word(rest.get(1)) {
        return Some(end + 1);
    }
    if rest.first() == Some(&b' ') && letter(rest.get(1)) && matches!(rest.get(2), None | Some(b',' | b'\n' | b';')) {
        return Some(end + 2);
    }
    if matches!(rest.first(), Some(b'-' | b'/')) && rest.get(1).is_some_and(u8::is_ascii_digit) {
        let mut after = end + 1;
        while bytes.get(after).is_some_and(u8::is_ascii_digit) {
            after += 1;
        }
        if after - end <= 5 {
            return Some(after + usize::from(letter(bytes.get(after)) && !word(bytes.get(after + 1))));
        }
    }
    (!letter(rest.first())).then_some(end)
}

/// A house number that ends right before `at` (a blank or comma between): its start.
fn number_before(text: &str, at: usize) -> Option<usize> {
    let before = text[..at].trim_end_matches([' ', ',']);
    if before.len() == at || at - before.len() > 2 {
        return None;
    }
    let body = before.strip_suffix(" bis").or_else(|| before.strip_suffix(" ter")).unwrap_or(before);
    let trimmed = body.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let body = if body.len() - trimmed.len() <= 1 { trimmed } else { body };
    let digits = body.bytes().rev().take_while(|byte| byte.is_ascii_digit() || *byte == b'-' || *byte == b'/').count();
    let start = body.len() - digits;
    let glued = body[..start].ends_with(|c: char| c.is_alphanumeric() || ".:_#".contains(c));
    ((1..=7).contains(&digits) && body.as_bytes()[start].is_ascii_digit() && !glued).then_some(start)
}

/// Hauptstraße 5, Lange Straße 12a, Kerkstraat 7, Storgatan 3.
fn compound(text: &str, tokens: &[Token], at: usize, joined: bool) -> Option<(usize, usize, f32)> {
    let token = &tokens[at];
    let mut start = token.start;
    if !joined {
        let before = at.checked_sub(1).map(|before| &tokens[before])?;
        if !before.is_capital() || token.start - before.end != 1 {
            return None;
        }
        start = before.start;
    } else if token.case == Case::Lower {
        return None;
    }
    let mut from = token.end;
    if text[from..].starts_with('.') {
        from += 1;
    }
    if text[from..].starts_with(' ') {
        from += 1;
    }
    let end = number_end(text, from)?;
    Some((street_start(text, tokens, at, start), end, 3.0))
}

/// The first word of a street whose last word begins at `start`: Pieter Saenredamstraat, Johannes van
/// Vlotenlaan, Östra Förstadsgatan.
fn street_start(text: &str, tokens: &[Token], at: usize, start: usize) -> usize {
    let mut first = start;
    for index in (0..at).rev().take(4) {
        let token = &tokens[index];
        if tokens[index + 1].start - token.end != 1 || text.as_bytes()[token.end] != b' ' {
            break;
        }
        let word = token.text(text);
        if matches!(word, "Am" | "Im" | "Zum" | "Zur") {
            return token.start;
        }
        if token.is_capital() && !token.trigger.is(Trigger::FUNCTION) && !token.trigger.is(Trigger::TITLE) {
            first = first.min(token.start);
        } else if !matches!(word, "van" | "der" | "den" | "de" | "von" | "zu" | "ter" | "ten") {
            break;
        }
    }
    first
}

/// 221B Baker Street, 1600 Pennsylvania Avenue NW.
fn trailing(text: &str, tokens: &[Token], at: usize) -> Option<(usize, usize, f32)> {
    let mut first = at;
    while first > 0
        && at - first < 4
        && tokens[first].start - tokens[first - 1].end == 1
        && tokens[first - 1].is_capital()
    {
        first -= 1;
    }
    for begin in first..=at {
        if let Some(start) = number_before(text, tokens[begin].start)
            && begin < at
        {
            let mut end = tokens[at].end;
            if text[end..].starts_with('.') && text[end..].len() > 1 && !text[end + 1..].starts_with(' ') {
                end += 1;
            }
            if let Some(next) = tokens.get(at + 1)
                && next.start == tokens[at].end + 1
                && matches!(
                    next.text(text),
                    "N" | "S" | "E" | "W" | "NW" | "NE" | "SW" | "SE" | "North" | "South" | "East" | "West"
                )
            {
                end = next.end;
            }
            return Some((start, unit_end(text, end), 3.0));
        }
    }
    None
}

/// `, Apt. 4B`, ` Suite 200` behind a street.
fn unit_end(text: &str, end: usize) -> usize {
    let rest = &text[end..];
    let trimmed = rest.trim_start_matches([',', ' ', '.']);
    let skipped = rest.len() - trimmed.len();
    if skipped == 0 || skipped > 3 {
        return end;
    }
    for unit in ["Apt. ", "Apt ", "Suite ", "Unit ", "Flat ", "Apartment ", "Ste. ", "Ste ", "# ", "#"] {
        if let Some(number) = trimmed.strip_prefix(unit) {
            let length = number.bytes().take_while(u8::is_ascii_alphanumeric).count();
            if (1..=5).contains(&length) && number.bytes().take(length).any(|byte| byte.is_ascii_digit() || length == 1)
            {
                return end + skipped + unit.len() + length;
            }
        }
    }
    end
}

/// 12 rue de la Paix, Calle Mayor 5, Via Roma, 10, ul. Długa 7/3.
fn leading(text: &str, tokens: &[Token], at: usize, word: &str) -> Option<(usize, usize, f32)> {
    let short = word.len() <= 3;
    if short && tokens[at].case == Case::Lower && !tokens[at].dotted && word != "rue" && word != "via" {
        return None;
    }
    // The name: small words and capitals, at least one capital or a number word.
    let mut last = at;
    let mut named = false;
    for (next, token) in tokens.iter().enumerate().take(tokens.len().min(at + 7)).skip(at + 1) {
        let between = &text[tokens[next - 1].end..token.start];
        let abbreviation = next - 1 == at || tokens[next - 1].end - tokens[next - 1].start <= 3;
        let joined = matches!(between, " " | "-") || abbreviation && matches!(between, ". " | "." | "/ " | "/");
        if !joined {
            break;
        }
        let small = token.case == Case::Lower && JOINERS.contains(&lexicon::fold(token.text(text)).as_str());
        let ordinal = token.case == Case::Lower && named;
        if !small && (ordinal || !token.is_capital()) {
            break;
        }
        if token.is_capital() {
            named = true;
            last = next;
        }
    }
    // "OS i Aten 2004": no house number but a year.
    let abbreviated = tokens[at].dotted || text[tokens[at].end..].starts_with('/');
    let german = matches!(word, "am" | "an" | "auf" | "im" | "zum" | "zur") && tokens[at].is_capital();
    if short && !abbreviated && !german && word != "rue" && word != "via" && word != "rua" {
        return None;
    }
    let before = number_before(text, tokens[at].start);
    if !named {
        return None;
    }
    let name_end = tokens[last].end;
    let rest = &text[name_end..];
    let skipped = [", nº ", ", n° ", ", n. ", ", n.º ", " nº ", " n° ", " nr ", ", núm. ", ", ", " "]
        .iter()
        .find(|gap| rest.starts_with(**gap) && rest[gap.len()..].starts_with(|c: char| c.is_ascii_digit()));
    let after = skipped.and_then(|gap| number_end(text, name_end + gap.len()));
    // Five digits behind a street are a postal code.
    let after = after.filter(|&end| {
        end - name_end <= skipped.map_or(0, |gap| gap.len()) + 4
            || !text[name_end..end].bytes().rev().take(5).all(|byte| byte.is_ascii_digit())
    });
    if german {
        // So short a word begins a sentence as well: a postal code must follow.
        return after.filter(|&end| postal_code_follows(text, end)).map(|end| (tokens[at].start, end, 3.0));
    }
    match (before, after) {
        (Some(start), _) if FRENCH.contains(&word) => Some((start, name_end, 3.0)),
        (_, Some(end)) => Some((tokens[at].start, end, 3.0)),
        (Some(start), None) => Some((start, name_end, 1.5)),
        (None, None) => None,
    }
}

/// Whether `, D-21337 L…` or a line with a postal code comes next.
fn postal_code_follows(text: &str, end: usize) -> bool {
    let rest = text[end..].trim_start_matches([',', ' ', '\n', '\r']);
    let rest =
        rest.split_once('-').filter(|(state, _)| matches!(*state, "D" | "A" | "CH")).map_or(rest, |(_, rest)| rest);
    let digits = rest.bytes().take(6).take_while(u8::is_ascii_digit).count();
    matches!(digits, 4 | 5) && rest[digits..].strip_prefix(' ').is_some_and(|town| town.starts_with(char::is_uppercase))
}

/// Postal codes with the town behind or before them.
fn postal_codes(text: &str, tokens: &[Token], streets: &[(usize, usize)], found: &mut Vec<Found>) {
    let bytes = text.as_bytes();
    for at in 0..tokens.len() {
        let token = &tokens[at];
        if !token.is_capital() {
            continue;
        }
        // 10115 Berlin, 75 002 Paris, 00-950 Warszawa, 1000-001 Lisboa, 1234 AB Amsterdam, 113 45 Stockholm.
        let dutch = token.case == Case::Upper && token.end - token.start == 2;
        if !dutch && let Some((start, end)) = code_before(text, token.start) {
            // Streets do not overlap: the last one that ends before is the nearest.
            let nearest = streets.partition_point(|&(_, street_end)| street_end <= start);
            let near_street = nearest > 0 && start - streets[nearest - 1].1 <= 12;
            let last = town_last(text, tokens, at);
            let town = &text[token.start..tokens[last].end];
            let known = lexicon::city(town).or_else(|| lexicon::city(token.text(text)));
            let shape = text[start..end].len() > 5;
            let mut log_odds = if near_street { 3.0 } else { -1.0 };
            log_odds += if known.is_some() { 2.2 } else { -0.5 };
            log_odds += if shape { 0.8 } else { 0.0 };
            log_odds -= if end - start == 4 && !near_street { 1.0 } else { 0.0 };
            if is_count_word(token.text(text)) {
                log_odds -= 5.0;
            }
            // Eight digits pass as ids of other countries; behind a street they are none.
            let brazilian = end - start == 9 && near_street;
            if log_odds > 0.0 && (brazilian || !overlaps(found, start, end)) {
                found.push(Found { start, end, category: Category::POSTAL_CODE, log_odds });
                found.push(Found { start: token.start, end: tokens[last].end, category: Category::CITY, log_odds });
            }
        }
        // Springfield, IL 62704 · London SW1A 1AA
        if token.case == Case::Upper && token.end - token.start == 2 && bytes.get(token.end) == Some(&b' ') {
            let from = token.end + 1;
            let digits = bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            let state = lexicon::look_up(token.text(text)).is(lexicon::Kind::StateCode)
                || US_STATES.contains(&token.text(text));
            let comma = at > 0 && text[tokens[at - 1].end..token.start].trim_end() == ",";
            if digits == 5 && state && (comma || at > 0 && tokens[at - 1].is_capital()) {
                let mut end = from + 5;
                if bytes.get(end) == Some(&b'-')
                    && bytes[end + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count() == 4
                {
                    end += 5;
                }
                found.push(Found { start: from, end, category: Category::POSTAL_CODE, log_odds: 3.0 });
                found.push(Found { start: token.start, end: token.end, category: Category::STATE, log_odds: 2.5 });
                if comma || tokens[at - 1].is_capital() {
                    let mut first = at - 1;
                    while first > 0
                        && at - first < 3
                        && tokens[first].start - tokens[first - 1].end == 1
                        && tokens[first - 1].is_capital()
                    {
                        first -= 1;
                    }
                    if !overlaps(found, tokens[first].start, tokens[at - 1].end) {
                        found.push(Found {
                            start: tokens[first].start,
                            end: tokens[at - 1].end,
                            category: Category::CITY,
                            log_odds: 2.5,
                        });
                    }
                }
            }
        }
    }
    british(text, found);
}

/// `SW1A 1AA`, `M1 1AE`, in Canada `S4P 3Y2`: letters and digits in a pattern nothing else has.
fn british(text: &str, found: &mut Vec<Found>) {
    let bytes = text.as_bytes();
    for space in memchr::memchr_iter(b' ', bytes) {
        let inward = bytes.get(space + 1..space + 4);
        let canadian = inward.is_some_and(|code| is_a_digit_between(code, false))
            && space.checked_sub(3).is_some_and(|from| is_a_digit_between(&bytes[from..space], true));
        let fits = inward.is_some_and(|code| {
            canadian || code[0].is_ascii_digit() && code[1].is_ascii_uppercase() && code[2].is_ascii_uppercase()
        }) && bytes.get(space + 4).is_none_or(|byte| !byte.is_ascii_alphanumeric());
        if !fits {
            continue;
        }
        let outward = bytes[..space]
            .iter()
            .rev()
            .take(5)
            .take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            .count();
        let start = space - outward;
        let code = &bytes[start..space];
        let shaped = (2..=4).contains(&outward)
            && code[0].is_ascii_uppercase()
            && code[1..].iter().any(u8::is_ascii_digit)
            && (code[1].is_ascii_digit() || code.get(2).is_some_and(u8::is_ascii_digit));
        let free = start == 0 || !bytes[start - 1].is_ascii_alphanumeric();
        if shaped && free {
            found.push(Found { start, end: space + 4, category: Category::POSTAL_CODE, log_odds: 2.0 });
        }
    }
}

/// `S4P` and, the other way round, `3Y2`.
fn is_a_digit_between(code: &[u8], letters_outside: bool) -> bool {
    code.iter()
        .enumerate()
        .all(|(at, byte)| if (at == 1) == letters_outside { byte.is_ascii_digit() } else { byte.is_ascii_uppercase() })
}

/// A postal code that ends one blank before `at`.
fn code_before(text: &str, at: usize) -> Option<(usize, usize)> {
    let before = text.get(..at)?.strip_suffix(' ')?;
    let bytes = before.as_bytes();
    let end = bytes.len();
    let mut start = end;
    // 1234 AB
    if end >= 7
        && bytes[end - 2..].iter().all(u8::is_ascii_uppercase)
        && bytes[end - 3] == b' '
        && bytes[end - 7..end - 3].iter().all(u8::is_ascii_digit)
    {
        start = end - 7;
    } else {
        while start > 0 && end - start < 9 && (bytes[start - 1].is_ascii_digit() || bytes[start - 1] == b'-') {
            start -= 1;
        }
        if end - start == 2
            && start >= 4
            && bytes[start - 1] == b' '
            && bytes[start - 4..start - 1].iter().all(u8::is_ascii_digit)
        {
            start -= 4;
        }
    }
    // D-21337 Lüneburg
    if bytes[start..end].starts_with(b"-") && start > 0 && bytes[start - 1].is_ascii_uppercase() {
        start += 1;
    }
    let code = before.get(start..end)?;
    let digits = code.bytes().filter(u8::is_ascii_digit).count();
    let shaped = match code.len() {
        4 => digits == 4 && !code.starts_with("19") && !code.starts_with("20"),
        5 => digits == 5,
        6 => (digits == 5 && (code.as_bytes()[2] == b'-' || code.as_bytes()[3] == b' ')) && !code.starts_with('-'),
        7 => code.as_bytes()[4] == b' ',
        8 => digits == 7 && code.as_bytes()[4] == b'-',
        // 01310-100 São Paulo
        9 => digits == 8 && code.as_bytes()[5] == b'-',
        _ => false,
    };
    let free = start == 0
        || !matches!(bytes[start - 1], b'0'..=b'9' | b'.' | b',' | b'/' | b'#' | b'-' | b'+')
            && !bytes[start - 1].is_ascii_alphabetic();
    let prefixed = start >= 2 && bytes[start - 1] == b'-' && bytes[start - 2].is_ascii_uppercase();
    let free = free || prefixed || (start >= 2 && bytes[start - 1] == b',');
    (shaped && free).then_some((start, end))
}

fn is_count_word(word: &str) -> bool {
    matches!(
        word,
        "Euro"
            | "Dollar"
            | "Menschen"
            | "Einwohner"
            | "Uhr"
            | "Personen"
            | "Kilometer"
            | "Meter"
            | "Stück"
            | "EUR"
            | "USD"
            | "PLN"
            | "SEK"
            | "Millionen"
            | "Mio"
            | "Artikel"
            | "Tage"
            | "Jahre"
    )
}

fn overlaps(found: &[Found], start: usize, end: usize) -> bool {
    found.iter().rev().take(12).any(|one| one.start < end && start < one.end)
}
