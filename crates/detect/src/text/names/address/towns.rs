//! Towns beside streets.

use dataward_model::Category;

use super::overlaps;
use super::pairs::is_small;
use super::pairs::past_small_words;
use super::pairs::town_words;
use crate::lexicon;
use crate::text::Found;
use crate::text::names::token::Gap;
use crate::text::names::token::Token;

/// The last word of the town that begins at `at`: Bad Homburg, New York, Villa Nova.
pub(super) fn town_last(text: &str, tokens: &[Token], at: usize) -> usize {
    let mut last = at;
    while last + 1 < tokens.len() && last - at < 3 && tokens[last + 1].start - tokens[last].end == 1 {
        let next = &tokens[last + 1];
        let longer = &text[tokens[at].start..next.end];
        let small = past_small_words(text, tokens, last);
        if lexicon::city(longer).is_some() && (next.is_capital() || small.is_some()) {
            last += 1;
        } else if let Some(after) = small {
            last = after;
        } else if last == at && next.is_capital() && is_small(tokens[at].text(text)) {
            // Den Haag, La Rochelle.
            last += 1;
        } else if next.is_capital()
            && lexicon::city(tokens[last].text(text)).is_none()
            && !text[tokens[last].start..].is_empty()
            && last == at
            && !next.entry.is_known()
        {
            last += 1;
        } else {
            break;
        }
    }
    last
}

/// A town right behind a street: `Calle Mayor 5, Madrid`, `Calle Alcalá 45, 3º B, Madrid`.
pub(super) fn after(text: &str, tokens: &[Token], streets: &[(usize, usize)], found: &mut Vec<Found>) {
    for &(_, end) in streets {
        let end = end + unit(&text[end..]);
        let rest = &text[end..];
        let joined = [" te ", " in ", " à ", " en ", " w ", " i ", " de ", " a ", " em "]
            .iter()
            .find(|word| rest.starts_with(**word));
        let skipped =
            joined.map_or_else(|| rest.len() - rest.trim_start_matches([',', ' ', '\n']).len(), |word| word.len());
        if !(1..=4).contains(&skipped) {
            continue;
        }
        let Ok(at) = tokens.binary_search_by_key(&(end + skipped), |token| token.start) else { continue };
        let last = if joined.is_some() { town_words(text, tokens, at) } else { town_last(text, tokens, at) };
        let (start, end) = (tokens[at].start, tokens[last].end);
        let known = lexicon::city(&text[start..end]).or_else(|| lexicon::city(tokens[at].text(text))).is_some();
        if tokens[at].is_capital() && (known || joined.is_some()) && !overlaps(found, start, end) {
            found.push(Found { start, end, category: Category::CITY, log_odds: if known { 2.0 } else { 1.0 } });
        }
    }
}

/// The length of a floor, stair or flat between a street and its town: `, 3º B`, `, apto 45`, `, lgh 1203`.
fn unit(rest: &str) -> usize {
    const LONGEST: usize = 14;
    let Some(inner) = rest.strip_prefix(", ") else { return 0 };
    let Some(length) = inner.find([',', '\n']).filter(|&length| (1..=LONGEST).contains(&length)) else { return 0 };
    let part = &inner[..length];
    let digits = part.bytes().filter(u8::is_ascii_digit).count();
    let longest = part.split(|c: char| !c.is_alphabetic()).map(str::len).max().unwrap_or(0);
    let is_unit = (1..=4).contains(&digits) && longest <= 5 && inner[length..].starts_with(", ");
    if is_unit { 2 + length } else { 0 }
}

/// A known town right before a street: `Wien, Mariahilfer Straße 88`, `a Bologna in via Indipendenza, 44`.
pub(super) fn before(text: &str, tokens: &[Token], streets: &[(usize, usize)], found: &mut Vec<Found>) {
    for &(street, _) in streets {
        let at = tokens.partition_point(|token| token.end <= street);
        let Some(last) = at.checked_sub(1) else { continue };
        let joined = matches!(text.get(tokens[last].end..street), Some(", ")) && tokens[last].is_capital();
        let last = match (joined, last.checked_sub(1)) {
            (true, _) => last,
            // "a Bologna in via …": without a small word before it, it may begin the sentence.
            (false, Some(before))
                if ["in", "en", "na", "przy"].contains(&tokens[last].text(text))
                    && before > 0
                    && ["a", "em", "en", "in", "w", "we"].contains(&tokens[before - 1].text(text)) =>
            {
                before
            }
            _ => continue,
        };
        // "Anna Paris, Hauptstr. 5": the second word of a name.
        let named = last > 0 && tokens[last].gap == Gap::Blank && tokens[last - 1].is_capital();
        let (start, end) = (tokens[last].start, tokens[last].end);
        let given = tokens[last].entry.given().is_some_and(|weight| weight >= 20);
        if tokens[last].is_capital()
            && !named
            && !given
            && lexicon::city(&text[start..end]).is_some()
            && !overlaps(found, start, end)
        {
            found.push(Found { start, end, category: Category::CITY, log_odds: 1.5 });
        }
    }
}

/// `São Paulo - SP, 01310-200`: town, state and code as Brazil writes them.
pub(super) fn brazilian(text: &str, tokens: &[Token], found: &mut Vec<Found>) {
    for at in 1..tokens.len() {
        let token = &tokens[at];
        let state = token.end - token.start == 2 && STATES.contains(&token.text(text));
        let dashed = matches!(text.get(tokens[at - 1].end..token.start), Some(" - " | "/" | "-" | " – "));
        if !state || !dashed || !tokens[at - 1].is_capital() {
            continue;
        }
        let mut first = at - 1;
        while first > 0 && tokens[first].gap == Gap::Blank && tokens[first - 1].is_capital() && at - first < 3 {
            first -= 1;
        }
        let (start, end) = (tokens[first].start, tokens[at - 1].end);
        if lexicon::city(&text[start..end]).is_none() {
            continue;
        }
        if !overlaps(found, start, end) {
            found.push(Found { start, end, category: Category::CITY, log_odds: 2.0 });
        }
        if !overlaps(found, token.start, token.end) {
            found.push(Found { start: token.start, end: token.end, category: Category::STATE, log_odds: 2.0 });
        }
        let from = token.end + (text[token.end..].len() - text[token.end..].trim_start_matches([',', ' ']).len());
        let code = text.get(from..from + 9).filter(|code| {
            code.bytes().enumerate().all(|(at, byte)| if at == 5 { byte == b'-' } else { byte.is_ascii_digit() })
        });
        if code.is_some() && !text[from + 9..].starts_with(|c: char| c.is_ascii_digit()) {
            found.push(Found { start: from, end: from + 9, category: Category::POSTAL_CODE, log_odds: 3.0 });
        }
    }
}

const STATES: &[&str] = &[
    "AC", "AL", "AP", "AM", "BA", "CE", "DF", "ES", "GO", "MA", "MT", "MS", "MG", "PA", "PB", "PR", "PE", "PI", "RJ",
    "RN", "RS", "RO", "RR", "SC", "SP", "SE", "TO",
];
