//! Everything with structure, in one pass over the raw bytes: a digit or an `@` is an anchor, what
//! stands around it is read once, cheap looks sort out dates, versions, counts and digests, and only
//! what is left meets the validators.

mod digits;
mod email;
mod handle;
mod header;
mod phrase;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use dataward_model::Category;
use dataward_model::Family;

use super::Found;
use super::context;
use super::context::Kind;
use super::context::Reach;
use super::scan;
use crate::Detector;
use crate::recognise::Candidate;
use crate::recognise::Marks;
use crate::recognise::Recogniser;
use crate::recognise::RecogniserId;
use crate::recognise::Strength;
use crate::recognise::phone;
use crate::recognise::registry;
use header::Header;

/// Finds all structured values of `text`.
pub(crate) fn find(detector: &Detector, text: &str, found: &mut Vec<Found>) {
    let _ = walk(detector, text, found, Shortcuts::Taken);
}

/// Whether the pass sorts out ordinary numbers before it reads what stands around them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shortcuts {
    /// For the test that they change nothing.
    #[cfg(test)]
    Left,
    /// As always.
    Taken,
}

fn walk<'t>(detector: &'t Detector, text: &'t str, found: &'t mut Vec<Found>, shortcuts: Shortcuts) -> Pass<'t> {
    let bytes = text.as_bytes();
    let mut pass = Pass {
        detector,
        text,
        bytes,
        header: Header::read(text),
        shortcuts,
        #[cfg(test)]
        steps: std::cell::Cell::new(0),
        floor: 0,
        email_floor: 0,
        words: context::Scanner::default(),
        found,
    };
    let mut at = 0;
    while let Some(anchor) = scan::digit_or_at(bytes, at) {
        pass.count(anchor - at);
        let next = match bytes[anchor] {
            b'@' => email::read(&mut pass, anchor),
            _ => digits::read(&mut pass, anchor),
        };
        at = next.max(anchor + 1);
    }
    pass
}

/// What the pass knows while it walks.
struct Pass<'t> {
    detector: &'t Detector,
    text: &'t str,
    bytes: &'t [u8],
    header: Option<Header>,
    shortcuts: Shortcuts,
    /// Bytes looked at, counted in tests: the pass must stay linear.
    #[cfg(test)]
    steps: std::cell::Cell<usize>,
    /// Where the last token ended: looking back stops here, so that the pass stays linear.
    floor: usize,
    words: context::Scanner,
    /// The same for e-mail addresses, whose first part may hold numbers.
    email_floor: usize,
    found: &'t mut Vec<Found>,
}

impl Pass<'_> {
    fn byte(&self, at: usize) -> u8 {
        self.count(1);
        self.bytes.get(at).copied().unwrap_or(0)
    }

    /// Counts bytes that are looked at, in tests.
    #[inline]
    fn count(&self, _bytes: usize) {
        #[cfg(test)]
        self.steps.set(self.steps.get() + _bytes);
    }

    fn byte_before(&self, at: usize) -> u8 {
        at.checked_sub(1).map_or(0, |before| self.byte(before))
    }

    fn push(&mut self, start: usize, end: usize, category: Category, log_odds: f32) {
        self.found.push(Found { start, end, category, log_odds });
    }

    /// The word that decides for a candidate: header of its column, else words around it.
    fn word(&mut self, start: usize, end: usize, reach: Reach) -> Option<context::Word> {
        if let Some(header) = &mut self.header
            && let Some(kind) = header.kind_at(self.bytes, start)
        {
            return kind.map(|kind| context::Word { kind, distance: 1 });
        }
        self.count(context::BEFORE + context::AFTER);
        // The cells before it say nothing of a cell.
        let is_delimiter = |byte: u8| matches!(byte, b',' | b';' | b'|' | b'\t');
        let before = self.byte_before(start);
        let first = matches!(before, b'\n' | 0) && is_delimiter(self.byte(end)) && self.byte(end + 1) > b' ';
        if is_delimiter(before) || first {
            return self.words.beside(self.text, end, reach);
        }
        if self.is_at_a_phone_letter(start) {
            return Some(context::Word { kind: Kind::Phone, distance: 1 });
        }
        self.words.around(self.text, start, end, reach)
    }

    /// Whether a line begins with `T `, `M ` or `F `, as under letters, right before `start`.
    fn is_at_a_phone_letter(&self, start: usize) -> bool {
        let line = start.checked_sub(2).filter(|_| self.byte_before(start) == b' ');
        line.is_some_and(|at| {
            matches!(self.byte(at), b'T' | b'M' | b'F') && matches!(self.byte_before(at), b'\n' | b'|' | 0)
        })
    }

    /// The nearest word before, whatever the column says.
    fn word_before(&mut self, start: usize, reach: Reach) -> Option<context::Word> {
        self.count(context::BEFORE);
        self.words.before(self.text, start, reach)
    }

    /// Weighs `start..end`: prior, validator, words around. Keeps it where something speaks for it.
    fn weigh(&mut self, start: usize, end: usize) -> bool {
        self.count(end - start);
        let candidate = Candidate::new(&self.text[start..end]);
        // A plus in front and a country's plan: no id is written so, none needs to be asked.
        if self.byte(start) == b'+'
            && let Some(strength) = (phone::INTERNATIONAL.validate)(&candidate)
        {
            self.push(start, end, Category::PHONE_NUMBER, phone::INTERNATIONAL.prior + strength.log_odds());
            return true;
        }
        let matches = registry::match_candidate(&candidate);
        if matches.is_empty() {
            return false;
        }
        // What is sure beyond any veto needs no look at the words around it.
        let alone = matches.iter().map(|(id, strength)| (id.recogniser(), id.recogniser().prior + strength.log_odds()));
        if let Some((recogniser, log_odds)) = alone.max_by(|a, b| a.1.total_cmp(&b.1))
            && log_odds > BEYOND_VETO
        {
            self.push(start, end, recogniser.category.clone(), log_odds);
            return true;
        }
        let word = self.word(start, end, Reach::WIDE);
        let mut best: Option<(RecogniserId, f32)> = None;
        for (id, strength) in matches.iter() {
            let recogniser = id.recogniser();
            let written =
                if id.recogniser().name == phone::NATIONAL.name { written_as_a_phone(&candidate) } else { 0.0 };
            let log_odds = recogniser.prior + strength.log_odds() + written + support(word, id);
            if best.as_ref().is_none_or(|(_, most)| log_odds > *most) {
                best = Some((id, log_odds));
            }
        }
        match best {
            Some((id, log_odds)) if log_odds > 0.0 => {
                let category = announced(word, id);
                self.push(start, end, category, log_odds);
                true
            }
            _ => false,
        }
    }

    /// Keeps `start..end` as what one recogniser takes, where the words around do not speak against it.
    fn weigh_as(&mut self, start: usize, end: usize, recogniser: &'static Recogniser, strength: Strength) {
        let alone = recogniser.prior + strength.log_odds();
        let log_odds = if alone > BEYOND_VETO {
            alone
        } else {
            let word = self.word(start, end, Reach::within(context::VETO));
            alone + word.map_or(0.0, |word| supports(word, &recogniser.category, || recogniser.category.family()))
        };
        if log_odds > 0.0 {
            self.push(start, end, recogniser.category.clone(), log_odds);
        }
    }

    /// Keeps `start..end` on the word of its context alone: people write ids with wrong check digits,
    /// and not every issuer has one.
    fn on_word_alone(&mut self, start: usize, end: usize) -> bool {
        let (digits, letters) = scan::count(&self.bytes[start..end]);
        let length = digits + letters;
        // No word announces as few.
        if digits < 2 {
            return false;
        }
        let near = if length < SHORT { NEAR_SHORT } else { NEAR };
        let word = self.word(start, end, Reach::within(near)).filter(|word| word.distance <= near);
        let Some(word) = word else { return false };
        let fits = match word.kind {
            Kind::Phone => letters == 0 && (6..=15).contains(&digits),
            Kind::Card => letters == 0 && (13..=19).contains(&digits),
            Kind::Account => digits >= 6 && (6..=34).contains(&length) && letters <= 6,
            Kind::NationalId => (digits >= 5 || is_card_number(digits, length)) && (6..=20).contains(&length),
            Kind::Passport => (digits >= 5 || is_card_number(digits, length)) && (6..=12).contains(&length),
            Kind::Licence => digits >= 4 && (6..=18).contains(&length),
            Kind::MedicalRecord => digits >= 4 && (4..=16).contains(&length),
            Kind::Insurance => digits >= 6 && (7..=16).contains(&length),
            Kind::Plate => (2..=6).contains(&digits) && (4..=10).contains(&length) && letters > 0,
            Kind::Vehicle => length == 17,
            Kind::Device => digits == 15 || length == 12 || length == 16,
            Kind::Secret => matches!(length, 32 | 40 | 64 | 128) && letters > 4,
            Kind::Birth | Kind::Coordinates | Kind::Ip | Kind::Nothing | Kind::Version => false,
        };
        match word.kind.category() {
            Some(category) if fits => {
                let log_odds = if word.distance <= 4 { 2.5 } else { 1.5 };
                self.push(start, end, category, log_odds);
                true
            }
            _ => false,
        }
    }
}

/// Numbers of passports and identity cards since 2007 are nine letters and digits in any order: `L3ZRC0V4R`.
fn is_card_number(digits: usize, length: usize) -> bool {
    digits >= 2 && length == 9
}

/// What the way of writing says in running text, where nobody groups other numbers so: `0171 2345678`, `06-12345678`,
/// `415-555-2671`, `415.555.2671`.
fn written_as_a_phone(candidate: &Candidate<'_>) -> f32 {
    let marks = candidate.marks();
    if marks == Marks::NONE || !(9..=12).contains(&candidate.digit_count()) {
        return 0.0;
    }
    let lengths = |pattern: [usize; 3]| candidate.text().split(['-', '.']).map(str::len).eq(pattern);
    match candidate.text().as_bytes() {
        [b'0', b'1'..=b'9', ..] => 2.0,
        _ if (marks == Marks::HYPHEN || marks == Marks::DOT) && lengths([3, 3, 4]) => 1.5,
        _ => 0.0,
    }
}

/// What the deciding word adds for what a recogniser takes.
fn support(word: Option<context::Word>, id: RecogniserId) -> f32 {
    word.map_or(0.0, |word| supports(word, &id.recogniser().category, || FAMILIES[id.index()]))
}

/// The families of the recognisers' categories: to look one up takes longer than to validate.
static FAMILIES: LazyLock<Vec<Family>> =
    LazyLock::new(|| registry::RECOGNISERS.iter().map(|recogniser| recogniser.category.family()).collect());

fn supports(word: context::Word, category: &Category, family: impl Fn() -> Family) -> f32 {
    let far = (word.distance as f32 / 24.0).min(2.0);
    match word.kind {
        Kind::Nothing => -4.0 + far,
        Kind::Version if *category == Category::IP_ADDRESS => -6.0 + far,
        Kind::Version => -1.0,
        kind => match kind.category() {
            Some(announced) if announced == *category => 6.0 - far,
            // Many of them begin with the day of birth, and stand for it.
            Some(_) if kind == Kind::Birth && *category == Category::NATIONAL_ID => 0.0,
            // Insurance, licence and passport numbers are often the national id itself.
            Some(_) if kind.family() == Some(family()) => 3.0 - far,
            _ => -1.5 + far / 2.0,
        },
    }
}

/// The more exact category where the context names one of the same family.
fn announced(word: Option<context::Word>, id: RecogniserId) -> Category {
    let category = &id.recogniser().category;
    let said = word.filter(|_| *category == Category::NATIONAL_ID).and_then(|word| {
        let near = word.kind.family() == Some(Family::GovernmentId) || word.kind == Kind::Insurance;
        word.kind.category().filter(|_| near)
    });
    said.unwrap_or_else(|| category.clone())
}

/// A find this sure stays whatever stands around it: more than any veto takes away.
const BEYOND_VETO: f32 = 5.0;
/// A word this close may decide alone.
const NEAR: usize = 24;
/// For what has fewer than [`SHORT`] letters and digits, it must stand closer: few kinds of numbers are as short, and
/// ports, sizes and counts are.
const NEAR_SHORT: usize = 12;
const SHORT: usize = 6;
