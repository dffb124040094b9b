//! Names of people in alphabetic scripts: every run of capitalised words is cut into the most likely
//! names. A candidate's log-odds are the sum of what its words are in the lexicon, how they are
//! written, and what stands beside it.

pub(crate) mod features;
pub(crate) mod model;
mod rules;
mod scores;
pub(crate) mod sound;

use std::collections::HashMap;

use dataward_model::Category;

use super::key;
use super::key::Announced;
use super::token::Case;
use super::token::Gap;
use super::token::Token;
use super::words;
use super::words::Trigger;
use crate::lexicon;
use crate::lexicon::Entry;
use crate::lexicon::Kind;
use crate::text::Found;
use features::Facts;
use features::Word;
use model::Candidate;

/// Most words of one name.
const LONGEST: usize = 6;

/// Finds names; `found` holds other finds, in which no name begins.
pub(super) fn find(text: &str, tokens: &[Token], found: &mut Vec<Found>) {
    let document = Document::read(text, tokens);
    let candidates = candidates(text, tokens, &document);
    if candidates.is_empty() {
        return;
    }
    let mut taken: Vec<(usize, usize)> =
        found.iter().filter(|one| one.log_odds > 0.0).map(|one| (one.start, one.end)).collect();
    taken.sort_unstable();
    let mut passed = 0;
    let scores: Vec<f32> = candidates.iter().map(|candidate| model::WEIGHTS.score(candidate)).collect();
    let mut chosen: Vec<(usize, usize, f32)> = model::decide(&candidates, &scores, tokens.len())
        .into_iter()
        .map(|(index, probability)| {
            (candidates[index].first, candidates[index].last, model::log_odds(probability) + model::LENIENCE)
        })
        .collect();
    again(text, tokens, &candidates, &mut chosen);
    for (first, last, log_odds) in chosen {
        let (start, end) = (tokens[first].start, tokens[last].end);
        while taken.get(passed).is_some_and(|&(_, until)| until <= start) {
            passed += 1;
        }
        let free = taken.get(passed).is_none_or(|&(from, _)| end <= from);
        if free && log_odds > 0.0 {
            let category = category(text, &tokens[first], &document);
            found.push(Found { start, end, category, log_odds });
        }
    }
}

/// All runs of words that may be a name, in order of their first word.
pub(crate) fn candidates(text: &str, tokens: &[Token], document: &Document) -> Vec<Candidate> {
    let words: Vec<Word> = tokens.iter().map(|token| Word::of(text, token)).collect();
    let facts = Facts { text, tokens, words: &words, document };
    let mut candidates = Vec::new();
    for first in 0..tokens.len() {
        if !can_begin(tokens, first) {
            continue;
        }
        for last in first..tokens.len().min(first + LONGEST) {
            if last > first && !continues(text, tokens, last) {
                break;
            }
            if !can_end(text, &tokens[last]) || first == last && says_nothing(&tokens[first]) {
                continue;
            }
            let noun =
                document.german && is_german_noun(tokens[first].text(text)) || follows_an_article(text, tokens, first);
            if first == last && noun {
                continue;
            }
            let rules = rules::score(text, tokens, first, last, document);
            let mut collected = Vec::with_capacity(32);
            facts.collect(first, last, rules, &mut collected);
            candidates.push(Candidate { first, last, rules: rules.clamp(-6.0, 6.0), facts: collected });
        }
    }
    candidates
}

/// Whether a German preposition that holds an article stands before a word: `im Herbst`, `zur Post`. Persons have none.
fn follows_an_article(text: &str, tokens: &[Token], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| tokens[before].text(text));
    matches!(before, Some("im" | "Im" | "zum" | "Zum" | "zur" | "Zur" | "beim" | "Beim" | "ins"))
}

/// Whether a word that no list has as a name is built as nouns are that German writes with a capital.
fn is_german_noun(word: &str) -> bool {
    const ENDINGS: &[&str] = &[
        "ung", "ungen", "heit", "heiten", "keit", "keiten", "schaft", "schaften", "tion", "tionen", "ismus", "tät",
        "täten",
    ];
    /// Longer family names than this have a hyphen.
    const LONGEST_NAME: usize = 16;
    let letters = word.chars().count();
    let built = letters >= 7 && ENDINGS.iter().any(|end| word.ends_with(end));
    let known = || {
        let entry = lexicon::look_up(word);
        entry.given().is_some() || entry.surname().is_some()
    };
    !word.contains('-') && (letters > LONGEST_NAME || built) && !known()
}

/// What is known of the text as a whole.
pub(crate) struct Document {
    /// Whether capitals mean nothing because nearly all words have them.
    shouting: bool,
    /// Whether hardly any word has a capital: chats.
    quiet: bool,
    /// Whether every noun has a capital.
    german: bool,
    headers: Option<(u8, Vec<Announced>, usize)>,
}

impl Document {
    pub(crate) fn read(text: &str, tokens: &[Token]) -> Self {
        let capitals = tokens.iter().filter(|token| token.is_capital()).count();
        Self {
            shouting: tokens.len() >= 6
                && capitals * 10 >= tokens.len() * 7
                && !text.contains(['{', ';', '=', '|', '\t']),
            quiet: tokens.len() >= 4 && capitals * 8 <= tokens.len(),
            german: tokens
                .iter()
                .filter(|token| {
                    matches!(
                        token.text(text),
                        "und" | "der" | "das" | "nicht" | "ist" | "für" | "auf" | "eine" | "mit" | "dem"
                    )
                })
                .nth(1)
                .is_some(),
            headers: headers(text),
        }
    }
}

impl Document {
    /// What the header says of the column at `start`.
    fn column(&self, text: &str, start: usize) -> Option<&Announced> {
        let (delimiter, columns, header_end) = self.headers.as_ref()?;
        if start <= *header_end {
            return None;
        }
        let from = start.saturating_sub(4096);
        let line = memchr::memrchr(b'\n', &text.as_bytes()[from..start]).map_or(from, |at| from + at + 1);
        columns.get(memchr::memchr_iter(*delimiter, &text.as_bytes()[line..start]).count())
    }
}

/// The columns of delimited text.
fn headers(text: &str) -> Option<(u8, Vec<Announced>, usize)> {
    let end = text.find('\n').filter(|&end| end < 2048)?;
    let (first, rest) = (&text[..end], &text[end + 1..]);
    let second = rest.lines().next().unwrap_or_default();
    let delimiter = [b',', b';', b'\t', b'|'].into_iter().find(|&delimiter| {
        let cells = memchr::memchr_iter(delimiter, first.as_bytes()).count();
        cells >= 2 && memchr::memchr_iter(delimiter, second.as_bytes()).count() == cells
    })?;
    let columns: Vec<_> = first.split(char::from(delimiter)).map(key::announced).collect();
    columns.iter().any(|column| *column != Announced::Unknown).then_some((delimiter, columns, end))
}

fn can_begin(tokens: &[Token], at: usize) -> bool {
    let token = &tokens[at];
    if token.case == Case::Lower {
        // "mevrouw van der Voet": a particle begins a surname where no name stands before it.
        let particle = token.trigger.is(Trigger::PARTICLE)
            && !matches!(token.end - token.start, 0..=1)
            && tokens.get(at + 1).is_some_and(|next| !next.trigger.is(Trigger::ORGANISATION))
            && !token.trigger.is(Trigger::ARTICLE)
            && (token.gap != Gap::Blank || at > 0 && tokens[at - 1].trigger.is(Trigger::TITLE));
        return particle
            || token.entry.given().is_some_and(|weight| weight >= if token.common { 24 } else { 10 })
                && token.trigger.is_none();
    }
    let known = token.entry.given().is_some() || token.entry.surname().is_some();
    (!token.trigger.is(Trigger::TITLE) || token.trigger.is(Trigger::PARTICLE))
        && !token.trigger.is(Trigger::GREETING)
        && (known || !(token.trigger.is(Trigger::RELATION) || token.trigger.is(Trigger::SIGN_OFF)))
}

/// A small word at the beginning of a sentence: "Het", "Bien".
fn says_nothing(token: &Token) -> bool {
    token.trigger.is(Trigger::FUNCTION) && token.entry.given().is_none_or(|weight| weight < 20)
}

/// An initial ends a name only before a blank: Jan K., but not Ferrero S.p.A.
fn can_end(text: &str, token: &Token) -> bool {
    let cut = token.case == Case::Initial
        && (!token.dotted || text[token.end + 1..].starts_with(|c: char| c.is_alphanumeric()));
    (token.is_capital() || token.entry.is_known() || token.trigger.is_none()) && !cut
}

/// Whether the word at `at` goes on with the name before it.
fn continues(text: &str, tokens: &[Token], at: usize) -> bool {
    let token = &tokens[at];
    let before = &tokens[at - 1];
    // "SCHMIDT, Anna": a comma joins only a surname in capitals with what follows.
    let quoted = text[..before.start].ends_with('"') && text[token.end..].starts_with('"');
    let inverted = token.gap == Gap::Comma && (before.case == Case::Upper && before.end - before.start > 2 || quoted);
    if token.gap != Gap::Blank && !inverted {
        return false;
    }
    if token.is_capital() {
        return !token.trigger.is(Trigger::TITLE) || token.text(text) == "Jr";
    }
    // A chat without capitals: a given name and one or two words that mean nothing else.
    if before.case == Case::Lower && !before.trigger.is(Trigger::PARTICLE) {
        return token.trigger.is_none() && token.end - token.start > 2;
    }
    // Particles in small letters need a capital after them.
    token.trigger.is(Trigger::PARTICLE)
        && tokens.get(at + 1).is_some_and(|next| {
            next.gap == Gap::Blank
                && (next.is_capital()
                    || (next.trigger.is(Trigger::PARTICLE) && tokens.get(at + 2).is_some_and(Token::is_capital)))
        })
}

/// Single words that were part of a sure name elsewhere in the text are names again.
fn again(text: &str, tokens: &[Token], candidates: &[Candidate], chosen: &mut Vec<(usize, usize, f32)>) {
    let mut known: HashMap<&str, f32> = HashMap::new();
    for &(first, last, log_odds) in chosen.iter().filter(|(first, last, log_odds)| last > first && *log_odds > 0.3) {
        for token in [&tokens[first], &tokens[last]] {
            if token.case != Case::Initial && !token.trigger.is(Trigger::FUNCTION) {
                known.insert(token.text(text), log_odds.min(3.0) + 3.5);
            }
        }
    }
    if known.is_empty() {
        return;
    }
    let mut covered = vec![false; tokens.len()];
    for &(first, last, _) in chosen.iter() {
        covered[first..=last].fill(true);
    }
    for candidate in candidates {
        let first = candidate.first;
        if first != candidate.last || covered[first] {
            continue;
        }
        if let Some(more) = known.get(tokens[first].text(text)) {
            chosen.push((first, first, candidate.rules + more));
        }
    }
    chosen.sort_unstable_by_key(|&(first, last, _)| (first, last));
}

/// `user.name.first` and `user.name.last` where a key says so, `user.name` otherwise.
fn category(text: &str, token: &Token, document: &Document) -> Category {
    let announced = match document.column(text, token.start) {
        Some(announced) => announced.clone(),
        None if token.gap == Gap::Key => rules::announced_before(text, token.start),
        None => return Category::NAME,
    };
    match announced {
        Announced::Category(category) if category.is_within(&Category::NAME) => category,
        _ => Category::NAME,
    }
}
