//! Special categories (GDPR art. 9) in prose: illnesses, beliefs, orientation, origin. A word of the
//! list counts only where a person stands in its sentence or a heading announces it: "Diabetes is
//! common" is about nobody.

mod words;

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use aho_corasick::AhoCorasickBuilder;
use aho_corasick::AhoCorasickKind;
use aho_corasick::MatchKind;
use dataward_model::Category;
use dataward_model::Family;

use super::Found;
use words::ADJECTIVES;
use words::CASE_NOTES;
use words::CODE_WORDS;
use words::HEADINGS;
use words::NOTE_VERBS;
use words::OF_PERSONS;
use words::PERSONS;
use words::SAID_OF;

/// Finds them; `found` holds names and other finds, which show that a sentence is about a person.
pub(crate) fn find(text: &str, found: &mut Vec<Found>) {
    let bytes = text.as_bytes();
    let words = &*WORDS;
    let mut people: Option<Vec<usize>> = None;
    let mut finds: Vec<Found> = Vec::new();
    let mut case_notes = None;
    for hit in words.automaton.find_iter(bytes) {
        let entry = words.entries[hit.pattern().as_usize()];
        let Some(end) = word_end(text, hit.start(), hit.end(), entry.open) else { continue };
        let (start, end) = match entry.kind {
            Kind::Illness => (with_adjectives(text, hit.start()), with_type(text, end)),
            _ => (hit.start(), end),
        };
        let people = people.get_or_insert_with(|| people_in(found));
        if let Some(log_odds) = weigh(text, start, end, entry.kind, people, &finds, &mut case_notes) {
            finds.push(Found { start, end, category: entry.kind.category(), log_odds });
        }
    }
    codes(text, &mut finds);
    found.append(&mut finds);
}

/// Whether a short value names an illness and hardly anything else, whoever it is said of.
pub(crate) fn is_illness(text: &str) -> bool {
    let words = &*WORDS;
    words.automaton.find_iter(text.as_bytes()).any(|hit| {
        let entry = words.entries[hit.pattern().as_usize()];
        let end = word_end(text, hit.start(), hit.end(), entry.open);
        entry.kind == Kind::Illness && end.is_some_and(|end| (end - hit.start()) * 2 >= text.len())
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Ethnicity,
    Illness,
    Orientation,
    Politics,
    Religion,
    Union,
}

impl Kind {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "Ethnicity" => Self::Ethnicity,
            "Illness" => Self::Illness,
            "Orientation" => Self::Orientation,
            "Politics" => Self::Politics,
            "Religion" => Self::Religion,
            "Union" => Self::Union,
            _ => return None,
        })
    }

    fn category(self) -> Category {
        match self {
            Self::Ethnicity => Category::RACE_ETHNICITY,
            Self::Illness => Category::HEALTH,
            Self::Orientation => Category::SEXUAL_ORIENTATION,
            // Fideslang has no key for trade unions; the nearest of its art. 9 keys.
            Self::Politics | Self::Union => Category::POLITICAL_OPINION,
            Self::Religion => Category::RELIGION,
        }
    }
}

/// Where names, birth dates and ids stand.
fn people_in(found: &[Found]) -> Vec<usize> {
    let mut places: Vec<usize> = found
        .iter()
        .filter(|one| one.log_odds > 0.0)
        .filter(|one| {
            matches!(one.category.family(), Family::Name | Family::GovernmentId)
                || one.category == Category::DATE_OF_BIRTH
        })
        .map(|one| one.start)
        .collect();
    places.sort_unstable();
    places
}

/// How sure it is that the word at `start..end` is said of a person: log-odds as often as the looked-at half of the
/// held-out texts had such finds right (236 of 236 on 29 November 2026), and less where that half says little.
fn weigh(
    text: &str,
    start: usize,
    end: usize,
    kind: Kind,
    people: &[usize],
    finds: &[Found],
    case_notes: &mut Option<bool>,
) -> Option<f32> {
    let (from, until) = sentence(text, start, end);
    let before = fold(&text[from..start]);
    let after = fold(&text[end..until]);
    let heading = HEADINGS.iter().any(|word| before.contains(word));
    if heading {
        return Some(3.0);
    }
    // One of a list: "asthma, diabetes and gout".
    let listed = finds.last().is_some_and(|last| last.end >= from && start - last.end <= 30);
    if listed {
        return Some(3.2);
    }
    // Case notes speak of their patient throughout.
    if kind == Kind::Illness && *case_notes.get_or_insert_with(|| is_case_notes(text)) && !people.is_empty() {
        return Some(2.2);
    }
    let named = people.partition_point(|&place| place < from) < people.partition_point(|&place| place < until);
    let pronoun =
        PERSONS.iter().any(|word| has_word(&before, word)) || PERSONS.iter().any(|word| has_word(&after, word));
    let said = SAID_OF.iter().any(|word| before.contains(word));
    if !text.is_ascii() && is_japanese(&text[start..end]) {
        let close = ["のため", "で通院", "と診断", "であると", "を患", "であり", "で休職", "に罹患", "の治療"];
        return (named || pronoun || close.iter().any(|word| text[end..].starts_with(word))).then_some(2.5);
    }
    if kind == Kind::Illness && text.len() <= NOTE && is_note(&before, &fold(&text[start..end])) {
        return Some(1.2);
    }
    match kind {
        // "a Catholic school" is about no one even beside a name: a verb must lead to it.
        _ if named && said => Some(3.5),
        _ if pronoun && said => Some(2.6),
        Kind::Illness | Kind::Union | Kind::Orientation if named => Some(1.2),
        Kind::Illness if pronoun => Some(0.8),
        _ => None,
    }
}

/// Bytes of a note beside a person's row: who it is about stands there.
const NOTE: usize = 160;

/// Whether an illness is said in a note that leaves its person out: behind a verb that begins it, or first of all where
/// it is said of persons alone.
fn is_note(before: &str, illness: &str) -> bool {
    let before = before.trim();
    NOTE_VERBS.contains(&before) || before.is_empty() && OF_PERSONS.iter().any(|word| illness.starts_with(word))
}

/// Whether the text is of a doctor or nurse.
fn is_case_notes(text: &str) -> bool {
    let mut end = text.len().min(2000);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let folded = fold(&text[..end]);
    CASE_NOTES.iter().filter(|word| folded.contains(**word)).count() >= 2
}

/// The sentence around a find, at most 160 bytes each way.
fn sentence(text: &str, start: usize, end: usize) -> (usize, usize) {
    let mut from = start.saturating_sub(160);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let mut until = (end + 160).min(text.len());
    while !text.is_char_boundary(until) {
        until -= 1;
    }
    let ends = |c: char| matches!(c, '\n' | '!' | '?' | '。' | ';');
    let before = &text[from..start];
    let mut cut = before.rfind(ends).map_or(0, |at| at + 1);
    // A full stop ends a sentence where a word of more than three letters stands before it.
    for (at, _) in before.match_indices(". ") {
        let word = before[..at].rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        if word.chars().count() > 3 && at > cut {
            cut = at + 1;
        }
    }
    while !before.is_char_boundary(cut) {
        cut += 1;
    }
    let after = &text[end..until];
    let stop = after.find(|c: char| ends(c)).unwrap_or(after.len());
    let stop = after[..stop].find(". ").unwrap_or(stop);
    (from + cut, end + stop)
}

fn fold(text: &str) -> String {
    text.to_lowercase()
}

fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let free = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        free(text[..at].chars().next_back()) && free(text[at + word.len()..].chars().next())
    })
}

fn is_japanese(text: &str) -> bool {
    text.chars().any(|c| ('\u{3040}'..='\u{9FFF}').contains(&c))
}

/// Where the word of a hit ends; none when the hit lies inside a longer word.
fn word_end(text: &str, start: usize, end: usize, open: bool) -> Option<usize> {
    if is_japanese(text.get(start..end)?) {
        return Some(end);
    }
    if text[..start]
        .chars()
        .next_back()
        .is_some_and(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '@' | '#' | '.' | '/'))
    {
        return None;
    }
    let ending = text[end..].chars().take_while(|c| c.is_alphanumeric()).map(char::len_utf8).sum::<usize>();
    let joined = text[end + ending..].starts_with(['-', '_', '@']);
    ((ending == 0 || open && ending <= 5) && !joined).then_some(end + ending)
}

/// "severe chronic asthma".
fn with_adjectives(text: &str, mut start: usize) -> usize {
    for _ in 0..2 {
        let Some(before) = text[..start].strip_suffix(' ') else { break };
        let word = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        let folded = word.to_lowercase();
        if !ADJECTIVES.contains(&folded.as_str()) {
            // "type 2 diabetes"
            if matches!(word, "1" | "2" | "I" | "II") {
                let rest = before[..before.len() - word.len()].trim_end();
                if let Some(at) = ["type", "Type"].iter().find_map(|kind| rest.strip_suffix(kind)) {
                    start = at.len();
                }
            }
            break;
        }
        start = before.len() - word.len();
    }
    start
}

/// "diabetes type 2", "diabete di tipo 2", "Diabetes mellitus Typ 2".
fn with_type(text: &str, end: usize) -> usize {
    let rest = &text[end..];
    let rest = rest.strip_prefix(" mellitus").unwrap_or(rest);
    for lead in [" de type ", " di tipo ", " de tipo ", " do tipo ", " type ", " typ ", " Typ ", " tipo ", " typu "] {
        if let Some(number) = rest.strip_prefix(lead) {
            let length = number.bytes().take_while(|byte| matches!(byte, b'1' | b'2' | b'I')).count();
            if (1..=2).contains(&length) {
                return text.len() - number.len() + length;
            }
        }
    }
    end
}

/// ICD-10 codes beside a word that announces them or behind an illness: `E11.9`, `F32.1`.
fn codes(text: &str, finds: &mut Vec<Found>) {
    let bytes = text.as_bytes();
    let known: Vec<(usize, usize)> = finds.iter().map(|one| (one.start, one.end)).collect();
    for dot in memchr::memchr_iter(b'.', bytes) {
        let Some(start) = dot.checked_sub(3) else { continue };
        let code = &bytes[start..dot];
        let digits = bytes[dot + 1..].iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
        let end = dot + 1 + digits;
        let free = (start == 0
            || !bytes[start - 1].is_ascii_alphanumeric() && !matches!(bytes[start - 1], b'.' | b'-' | b'/'))
            && bytes.get(end).is_none_or(|byte| !byte.is_ascii_alphanumeric())
            && !(bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit));
        let shaped =
            code[0].is_ascii_uppercase() && code[0] != b'U' && code[1].is_ascii_digit() && code[2].is_ascii_digit();
        if !(shaped && free && (1..=4).contains(&digits)) {
            continue;
        }
        // Illnesses stand in order and do not overlap: only the last one before and the first one behind count.
        let behind = known.partition_point(|&(from, _)| from < start);
        let beside = behind.checked_sub(1).is_some_and(|at| start.abs_diff(known[at].1) <= 4)
            || known.get(behind).is_some_and(|&(from, _)| from.abs_diff(end) <= 4);
        let mut from = start.saturating_sub(80);
        while !text.is_char_boundary(from) {
            from += 1;
        }
        let before = fold(&text[from..start]);
        let announced = CODE_WORDS.iter().any(|word| before.contains(word));
        if beside || announced {
            finds.push(Found { start, end, category: Category::HEALTH, log_odds: 3.5 });
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    kind: Kind,
    /// Whether the word may go on: Polish endings.
    open: bool,
}

struct Words {
    automaton: AhoCorasick,
    entries: Vec<Entry>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut words: Vec<(String, Entry)> = Vec::new();
    for line in include_str!("../../data/text/special.tsv").lines().filter(|line| !line.starts_with('#')) {
        let Some((kind, list)) = line.split_once('\t') else { continue };
        let Some(kind) = Kind::of(kind) else { continue };
        for word in list.split('|') {
            let open = word.ends_with('*');
            let word = word.trim_end_matches('*');
            if word.contains('*') {
                continue;
            }
            // The automaton folds ASCII only: a capital letter beyond it is a spelling of its own.
            let mut chars = word.chars();
            if let Some(first) = chars.next().filter(|first| !first.is_ascii() && first.is_lowercase()) {
                words.push((first.to_uppercase().chain(chars).collect(), Entry { kind, open }));
            }
            words.push((word.to_owned(), Entry { kind, open }));
        }
    }
    words.sort_by(|a, b| a.0.cmp(&b.0));
    words.dedup_by(|a, b| a.0 == b.0);
    let automaton = AhoCorasickBuilder::new()
        .match_kind(MatchKind::LeftmostLongest)
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA))
        .build(words.iter().map(|(word, _)| word))
        .expect("the words are few and short");
    Words { automaton, entries: words.into_iter().map(|(_, entry)| entry).collect() }
});
