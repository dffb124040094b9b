//! Parts of addresses that confirm each other: house number, postal code, town.

use super::*;

/// What no word of streets gives away: `Bygget 91, 340 12 Annerstad`, `3429 Locust View, Dublin 94568`.
/// A house number beside a postal code and a town says that all three are an address; so does a word
/// such as "address" before them.
pub(super) fn pairs(text: &str, tokens: &[Token], all: &mut Vec<Found>) {
    let (mut earlier, rest): (Vec<Found>, Vec<Found>) =
        all.drain(..).partition(|one| one.category.is_within(&Category::ADDRESS));
    earlier.sort_unstable_by_key(|one| one.start);
    *all = rest;
    let mut places = Places { earlier, more: Vec::new() };
    let found = &mut places;

    for at in 0..tokens.len() {
        let token = &tokens[at];
        if !token.is_capital() {
            continue;
        }
        // "1068 DV" is a code of its own.
        let letters = token.case == Case::Upper && token.end - token.start == 2;
        // Code and town, with a street or a line of one before.
        if !letters && let Some((start, end)) = code_before(text, token.start) {
            let street = street_before(text, tokens, start);
            let near = found.street_ends_near(start);
            let announced = announced(text, start);
            if street.is_none() && !near && !announced || is_count_word(token.text(text)) {
                continue;
            }
            let last = town_words(text, tokens, at);
            let log_odds = if street.is_some() && !near { 2.2 } else { 3.2 };
            found.put(start, end, Category::POSTAL_CODE, log_odds);
            found.put(token.start, tokens[last].end, Category::CITY, log_odds);
            if let (Some((from, until)), false) = (street, near) {
                found.put(from, until, Category::STREET, log_odds);
            }
        }
    }
    // Street, town, perhaps a state, code: the way of English.
    let streets: Vec<(usize, usize)> = found
        .each()
        .filter(|one| one.category == Category::STREET && one.log_odds > 0.0)
        .map(|one| (one.start, one.end))
        .collect();
    for (_, end) in streets {
        let rest = &text[end..];
        let skipped = rest.len() - rest.trim_start_matches([',', ' ', '\n']).len();
        if !(1..=3).contains(&skipped) {
            continue;
        }
        let Ok(at) = tokens.binary_search_by_key(&(end + skipped), |token| token.start) else { continue };
        if !tokens[at].is_capital() {
            continue;
        }
        let mut last = at;
        while last - at < 3
            && tokens.get(last + 1).is_some_and(|next| next.is_capital() && next.start - tokens[last].end == 1)
            && !is_state(tokens[last + 1].text(text))
            && code_after(text, tokens[last].end).is_none()
        {
            last += 1;
        }
        let town_end = tokens[last].end;
        let mut code_from = town_end;
        let mut state = None;
        if let Some(next) = tokens.get(last + 1)
            && next.start - town_end <= 2
            && is_state(next.text(text))
        {
            state = Some((next.start, next.end));
            code_from = next.end;
        }
        let Some((code_start, code_end)) = code_after(text, code_from) else { continue };
        found.put(tokens[at].start, town_end, Category::CITY, 2.8);
        found.put(code_start, code_end, Category::POSTAL_CODE, 2.8);
        if let Some((from, until)) = state {
            found.put(from, until, Category::STATE, 2.5);
        }
    }
    all.append(&mut places.earlier);
    all.append(&mut places.more);
}

fn is_state(word: &str) -> bool {
    US_STATES.contains(&word)
        || matches!(
            word,
            "ON" | "QC" | "BC" | "AB" | "MB" | "SK" | "NS" | "NB" | "NSW" | "VIC" | "QLD" | "TAS" | "ACT" | "SA" | "NT"
        )
}

/// A postal code right behind `at`: four or five digits, or the letters and digits of Britain and Canada.
fn code_after(text: &str, at: usize) -> Option<(usize, usize)> {
    let rest = text.get(at..)?;
    let skipped = rest.len() - rest.trim_start_matches([',', ' ']).len();
    if !(1..=2).contains(&skipped) {
        return None;
    }
    let start = at + skipped;
    let bytes = text.as_bytes();
    let digits = bytes[start..].iter().take(6).take_while(|byte| byte.is_ascii_digit()).count();
    let free = |end: usize| bytes.get(end).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    if matches!(digits, 4 | 5) && free(start + digits) {
        let longer = bytes.get(start + digits) == Some(&b'-')
            && bytes[start + digits + 1..].iter().take(5).take_while(|byte| byte.is_ascii_digit()).count() == 4;
        return Some((start, start + digits + if longer && digits == 5 { 5 } else { 0 }));
    }
    let shape = |pattern: &[u8]| {
        bytes.get(start..start + pattern.len()).is_some_and(|code| {
            code.iter().zip(pattern).all(|(byte, wanted)| match wanted {
                b'A' => byte.is_ascii_uppercase(),
                b'9' => byte.is_ascii_digit(),
                other => byte == other,
            })
        }) && free(start + pattern.len())
    };
    [&b"A9A 9A9"[..], b"A9 9AA", b"A99 9AA", b"AA9 9AA", b"AA99 9AA", b"A9A 9AA", b"AA9A 9AA"]
        .iter()
        .find(|pattern| shape(pattern))
        .map(|pattern| (start, start + pattern.len()))
}

/// Capitals and a house number right before a postal code, alone on their line or behind a comma.
fn street_before(text: &str, tokens: &[Token], code: usize) -> Option<(usize, usize)> {
    let before = text[..code].trim_end_matches([' ', ',', '\n', '\r', '-']);
    let gap = code - before.len();
    if gap == 0 || gap > 4 {
        return None;
    }
    // The house number, perhaps with a letter.
    let body = before.strip_suffix(|c: char| c.is_ascii_alphabetic()).unwrap_or(before);
    let digits = body.bytes().rev().take(5).take_while(u8::is_ascii_digit).count();
    if !(1..=4).contains(&digits) {
        return None;
    }
    let number = body.len() - digits;
    let name = text[..number].strip_suffix(' ')?;
    let mut index = tokens.partition_point(|token| token.end <= name.len());
    let mut first = None;
    for _ in 0..4 {
        let Some(token) = index.checked_sub(1).map(|at| &tokens[at]) else { break };
        let joined = first.unwrap_or(name.len() + 1) - token.end == 1 && text.as_bytes()[token.end] == b' ';
        if !joined || !token.is_capital() && token.end - token.start > 4 {
            break;
        }
        if token.is_capital() {
            first = Some(token.start);
        }
        index -= 1;
    }
    let first = first?;
    // "Am 3. März 2025 12345 Berlin" is none: a month, a count or a trigger stands there.
    let word = tokens.binary_search_by_key(&first, |token| token.start).ok().map(|at| &tokens[at])?;
    (!word.trigger.is(Trigger::FUNCTION) && !word.trigger.is(Trigger::GREETING)).then_some((first, before.len()))
}

/// The last word of a town of several: capitals, with small words between them.
pub(super) fn town_words(text: &str, tokens: &[Token], at: usize) -> usize {
    let mut last = at;
    while last - at < 4 {
        let Some(next) = tokens.get(last + 1) else { break };
        if next.start - tokens[last].end != 1 || !matches!(text.as_bytes()[tokens[last].end], b' ' | b'-') {
            break;
        }
        if next.is_capital() && !next.trigger.is(Trigger::FUNCTION) && !next.trigger.is(Trigger::KEY) {
            last += 1;
        } else if let Some(after) = past_small_words(text, tokens, last) {
            last = after;
        } else {
            break;
        }
    }
    last
}

/// The word with a capital behind one or two small ones that go on with a town, whatever their case: Poveda de
/// las Cintas, Colle Di Tora.
pub(super) fn past_small_words(text: &str, tokens: &[Token], last: usize) -> Option<usize> {
    let is_small = |token: &Token| is_small(token.text(text));
    let joined = |at: usize| tokens[at].start - tokens[at - 1].end == 1;
    let small =
        (1..=2).take_while(|&step| tokens.get(last + step).is_some_and(|token| is_small(token) && joined(last + step)));
    let after = last + small.count() + 1;
    (after > last + 1 && tokens.get(after).is_some_and(Token::is_capital) && joined(after)).then_some(after)
}

pub(super) fn is_small(word: &str) -> bool {
    SMALL.iter().any(|small| small.eq_ignore_ascii_case(word))
}

const SMALL: &[&str] = &[
    "aan", "am", "an", "da", "de", "del", "della", "den", "der", "di", "do", "du", "el", "en", "im", "in", "la", "las",
    "le", "les", "los", "ob", "sous", "sur",
];

/// Whether a word such as "address:" or "lives at" stands shortly before.
fn announced(text: &str, at: usize) -> bool {
    let mut from = at.saturating_sub(70);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let before = lexicon::fold(&text[from..at]);
    ADDRESS_WORDS.iter().any(|word| before.contains(word))
}

const ADDRESS_WORDS: &[&str] = &[
    "address",
    "lives at",
    "adresse",
    "anschrift",
    "wohnhaft",
    "demeurant",
    "domicil",
    "direccion",
    "indirizzo",
    "residente",
    "morada",
    "endereco",
    "adres",
    "wonende",
    "adress",
    "bosatt",
    "zam",
    "zamieszkal",
];

/// Finds of addresses: those of earlier steps by place, and those of this one.
struct Places {
    earlier: Vec<Found>,
    more: Vec<Found>,
}

/// How many finds around a place are looked at: more cannot overlap it.
const AROUND: usize = 12;

impl Places {
    fn each(&self) -> impl Iterator<Item = &Found> {
        self.earlier.iter().chain(&self.more)
    }

    /// Whether a street ends shortly before `start`.
    fn street_ends_near(&self, start: usize) -> bool {
        let until = self.earlier.partition_point(|one| one.start < start);
        let close = |one: &Found| {
            one.category == Category::STREET && one.end <= start && start - one.end <= 12 && one.log_odds > 0.0
        };
        self.earlier[..until].iter().rev().take(AROUND).any(close) || self.more.iter().rev().take(AROUND).any(close)
    }

    /// Puts a find in the place of shorter ones of its category that overlap it.
    fn put(&mut self, start: usize, end: usize, category: Category, log_odds: f32) {
        let overlaps =
            |one: &Found| one.category == category && one.start < end && start < one.end && one.log_odds > 0.0;
        let until = self.earlier.partition_point(|one| one.start < end);
        let around = &mut self.earlier[until.saturating_sub(AROUND)..until];
        let longer = |one: &Found| overlaps(one) && one.end - one.start >= end - start;
        if around.iter().any(longer) || self.more.iter().rev().take(AROUND).any(longer) {
            return;
        }
        for one in around.iter_mut().filter(|one| overlaps(one)) {
            one.log_odds = -1.0;
        }
        self.more.push(Found { start, end, category, log_odds });
    }
}
