//! Dates: those that announced words make births, and their veto for other numbers.

use super::*;

/// A numeric date: birth date where the words say so; never anything else.
pub(super) fn read_date(pass: &mut Pass<'_>, phrase: &Phrase) -> Option<usize> {
    if phrase.count() < 3 && phrase.groups()[0].1 - phrase.groups()[0].0 != 8 {
        return None;
    }
    let lengths = |group: usize| phrase.groups()[group].1 - phrase.groups()[group].0;
    let shaped = phrase.count() < 3
        || lengths(0) == 8
        || matches!((lengths(0), lengths(1), lengths(2)), (4, 1..=2, 1..=2) | (1..=2, 1..=2, 4));
    if !shaped {
        return None;
    }
    let (year, _, _, rest) = negative::leading_date(&pass.text[phrase.start()..phrase.end()])?;
    let end = phrase.end() - rest.len();
    if rest.starts_with(|c: char| c.is_ascii_digit() || "-/.".contains(c))
        || pass.byte(end).is_ascii_alphanumeric() && pass.byte(end) != b'T'
    {
        return None;
    }
    if phrase.groups()[0].1 - phrase.groups()[0].0 == 8 {
        // Eight digits in a row are a date only where the words say so.
        return keep_birth(pass, phrase.start(), end, year).then_some(end);
    }
    let timed = pass.byte(end) == b'T' || (pass.byte(end) == b' ' && pass.byte(end + 3) == b':');
    if timed {
        let mut after = end + 1;
        while matches!(pass.byte(after), b'0'..=b'9' | b':' | b'.' | b',' | b'+' | b'Z') && after < end + 32 {
            after += 1;
        }
        return Some(after);
    }
    keep_birth(pass, phrase.start(), end, year);
    Some(end)
}

/// Keeps a date when the nearest word makes it a birth date of someone alive or lately dead.
fn keep_birth(pass: &mut Pass<'_>, start: usize, end: usize, year: u32) -> bool {
    let today = u32::try_from(pass.detector.options().today.0).unwrap_or(2100);
    if year > today || year + 130 < today {
        return false;
    }
    if is_marked(pass, start, end) {
        pass.push(start, end, Category::DATE_OF_BIRTH, 4.0);
        return true;
    }
    // One word announces one date in its sentence: "born 3.2.1962, admitted 4.5.2024".
    let birth = matches!(pass.word(start, end, Reach::WIDE), Some(word) if word.kind == Kind::Birth
        && !holds_year(&pass.bytes[start.saturating_sub(word.distance)..start])
        && !context::ends_sentence(&pass.bytes[start.saturating_sub(word.distance)..start])
        && pass.found.iter().rev().take(4).all(|one| one.category != Category::DATE_OF_BIRTH || one.end + word.distance < start)
        && !is_spent(pass, start.saturating_sub(word.distance)));
    if birth {
        pass.push(start, end, Category::DATE_OF_BIRTH, 4.0);
    }
    birth
}

/// `Pat. Anna Weber, *3.5.1970`, `（1970-05-03生）`: a mark right at the date.
fn is_marked(pass: &Pass<'_>, start: usize, end: usize) -> bool {
    let mut before = pass.bytes[..start].iter().rev();
    let first = before.next().copied();
    let second = before.next().copied();
    let starred = match first {
        Some(b'*') => second.is_none_or(|byte| !byte.is_ascii_alphanumeric() && byte != b'*' && byte != b'/'),
        Some(b' ') => second == Some(b'*') && before.next().is_some_and(|byte| b" (,;".contains(byte)),
        _ => false,
    };
    starred && pass.byte(end) != b'*' || pass.text.get(end..).is_some_and(|rest| rest.starts_with('生'))
}

/// Whether the word for birth that ends at `at` belongs to the date before it: `der am 3.5.1970 in Köln geborene
/// Angeklagte hat am 4. Mai 2024 …`.
fn is_spent(pass: &Pass<'_>, at: usize) -> bool {
    const REACH: usize = 48;
    let earlier = pass.found.iter().rev().take(4).find(|one| one.category == Category::DATE_OF_BIRTH);
    pass.byte(at) == b'e'
        && earlier.and_then(|one| pass.text.get(one.end..at)).is_some_and(|between| {
            between.len() <= REACH && between.ends_with("geboren") && !between.contains(['.', '\n'])
        })
}

/// Whether another date lies between the word and the date.
fn holds_year(between: &[u8]) -> bool {
    between
        .windows(4)
        .any(|four| four.iter().all(u8::is_ascii_digit) && (four.starts_with(b"19") || four.starts_with(b"20")))
}

/// A date whose month is a word, around the year at `at..end`; also 1985年3月12日.
pub(super) fn read_worded_date(pass: &mut Pass<'_>, at: usize, end: usize) -> Option<usize> {
    let year: u32 = pass.text.get(at..end)?.parse().ok()?;
    if pass.text[end..].starts_with('年') {
        let rest = &pass.text[end + 3..];
        let month = rest.find('月').filter(|&place| place <= 3)?;
        let day = rest[month + 3..].find('日').filter(|&place| place <= 3)?;
        let until = end + 3 + month + 3 + day + 3;
        keep_birth(pass, at, until, year);
        return Some(until);
    }
    let mut from = at.saturating_sub(32);
    if let Some(line) = memchr::memrchr(b'\n', &pass.bytes[from..at]) {
        from += line + 1;
    }
    while !pass.text.is_char_boundary(from) {
        from += 1;
    }
    let before = &pass.text[from..at];
    let mut words: [(usize, &str); 8] = [(0, ""); 8];
    let mut count = 0;
    for word in before.split([' ', ',', '.', '-', '/']).rev().filter(|word| !word.is_empty()).take(5) {
        let offset = word.as_ptr() as usize - before.as_ptr() as usize;
        words[count] = (from + offset, word);
        count += 1;
    }
    let is_day = |word: &str| {
        let digits = word.trim_end_matches(|c: char| c.is_alphabetic() || c == 'º');
        digits.len() <= 2
            && digits.parse::<u8>().is_ok_and(|day| (1..=31).contains(&day))
            && word.len() - digits.len() <= 3
    };
    let mut day = None;
    let mut month = None;
    for &(place, word) in &words[..count] {
        if month.is_none() && is_month(word) {
            month = Some(place);
        } else if day.is_none() && is_day(word) {
            day = Some(place);
        } else if !(matches!(word, "de" | "del" | "of" | "di")) {
            break;
        }
        if day.is_some() && month.is_some() {
            break;
        }
    }
    let start = day?.min(month?);
    // A date is nothing else, whether somebody was born on it or not.
    keep_birth(pass, start, end, year);
    Some(end)
}

/// Whether a word is a month in one of the ten languages, in full or abbreviated.
pub(crate) fn is_month(word: &str) -> bool {
    // Nearly all words are told by their first letter.
    if word.len() < 3 || word.bytes().next().is_some_and(|first| b"bhiqrtuvxyz".contains(&first.to_ascii_lowercase())) {
        return false;
    }
    // The short forms of English, French, German and so on that logs write.
    if word.len() == 3 && word.is_ascii() {
        let mut lower = [0; 3];
        lower.copy_from_slice(word.as_bytes());
        lower.make_ascii_lowercase();
        return MONTHS.iter().any(|month| month.as_bytes() == lower);
    }
    let lower = word.to_lowercase();
    let stem: String = lower.chars().take(3).collect();
    let length = lower.chars().count();
    (3..=12).contains(&length)
        && MONTHS.contains(&stem.as_str())
        && (length <= 4 || MONTH_WORDS.iter().any(|month| lower.starts_with(month)))
}

const MONTHS: &[&str] = &[
    "jan", "feb", "mar", "mär", "apr", "may", "mai", "maj", "jun", "jul", "aug", "sep", "oct", "okt", "nov", "dec",
    "dez", "fév", "fev", "avr", "aoû", "aou", "déc", "jui", "ene", "abr", "ago", "dic", "gen", "mag", "giu", "lug",
    "set", "ott", "out", "maa", "mei", "mrt", "sty", "lut", "kwi", "cze", "lip", "sie", "wrz", "paź", "lis", "gru",
];

const MONTH_WORDS: &[&str] = &[
    "janu", "janv", "jane", "febr", "févr", "fevr", "feve", "marc", "marz", "mars", "mart", "märz", "març", "april",
    "avril", "abri", "apri", "juni", "juin", "juny", "junh", "june", "july", "juli", "juil", "julh", "augu", "août",
    "agos", "sept", "sete", "sett", "octo", "octu", "okto", "outu", "otto", "nove", "dece", "deze", "déce", "dici",
    "ener", "mayo", "maggi", "maio", "genn", "giug", "lugl", "maart", "styc", "lute", "marca", "kwie", "maja", "czer",
    "lipc", "sier", "wrze", "paźd", "list", "grud", "maj", "mai", "mag", "nov", "dic",
];
