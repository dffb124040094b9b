//! What the model sees of a candidate: a list of facts, each with a weight of its own in
//! `data/text/names.tsv`. Words themselves are no facts, only what they are in the lexicon and the word
//! lists, how they are written and what lies between them, so that what is learnt from made-up
//! sentences holds in real ones.

use super::*;

/// One kind of fact: its name in the file of weights, and how many values it has.
pub(crate) struct Template {
    pub(crate) name: &'static str,
    size: u16,
}

impl Template {
    /// How many values it has.
    pub(crate) fn size(&self) -> usize {
        usize::from(self.size)
    }
}

macro_rules! templates {
    ($($name:ident = $size:expr,)*) => {
        #[expect(non_camel_case_types, reason = "they are the names in the file of weights")]
        #[derive(Clone, Copy)]
        #[repr(u8)]
        enum Fact { $($name,)* }

        /// All kinds of facts, in the order of their weights.
        pub(crate) const TEMPLATES: &[Template] = &[$(Template { name: stringify!($name), size: $size },)*];
    };
}

templates! {
    // Number of words, then 0 all Capital, 1 all UPPER, 2 with an initial, 3 lower case, 4 mixed.
    words = 7 * 5,
    // Lexicon code (given 0-4, surname 0-4) and the code of other meanings (0-6), by position.
    first_lexicon = 25 * 7,
    last_lexicon = 25 * 7,
    middle_lexicon = 25 * 7,
    only_lexicon = 25 * 7,
    // Given-name code of the first word by surname code of the last one.
    pair = 25 * 3,
    // Ending (0 none, 1 like a surname, 2 like a noun, 3 and on how much an unknown word sounds like a name),
    // known at all, shape.
    first_form = 96,
    last_form = 96,
    only_form = 96,
    middle_form = 96,
    // Trigger bit of a neighbour, what lies between, whether the candidate is a single word.
    left_trigger = 18 * 7 * 2,
    second_left_trigger = 18 * 2,
    right_trigger = 18 * 7 * 2,
    // Lexicon and shape of a neighbour with only a blank between.
    left_lexicon = 25 * 6 * 2,
    right_lexicon = 25 * 6 * 2,
    left_other = 7 * 2,
    right_other = 7 * 2,
    // Character right before and behind.
    before = 16 * 2,
    after = 16 * 2,
    // At the beginning of a sentence or line, by how sure the first word is.
    opening = 25 * 2,
    // What a key or column announces, by whether the candidate is a single word.
    announced = 4 * 2,
    column = 4 * 2,
    // Alone in a cell, alone on a line, after the end of a letter, text in capitals, in small letters.
    alone = 32,
    // Whether the text has hardly any capitals, nearly only capitals, is German, or is ordinary.
    document = 4 * 2,
    // Lexicon of a neighbour behind a comma: lists of names.
    left_comma = 25 * 2,
    right_comma = 25 * 2,
    // What lies before the candidate, and before the second word.
    gap = 7 * 2,
    inner_gap = 7,
    // What the rules say, in steps of one.
    rules = 14 * 2,
    // Begins with a particle; title before; by single.
    particle = 4,
    // Whether an organisation word stands among the three words behind or is part of it.
    organisation = 4,
    // An abbreviation, a single letter or a digit within the candidate's neighbours.
    number = 4,
}

/// How many weights there are.
pub(crate) fn count() -> usize {
    TEMPLATES.iter().map(Template::size).sum()
}

/// The place of a fact among the weights, by name and value; none when there is no such fact.
pub(crate) fn place(name: &str, value: usize) -> Option<usize> {
    let at = TEMPLATES.iter().position(|template| template.name == name)?;
    (value < TEMPLATES[at].size()).then(|| usize::from(OFFSETS[at]) + value)
}

static OFFSETS: [u16; TEMPLATES.len()] = {
    let mut offsets = [0; TEMPLATES.len()];
    let mut at = 1;
    while at < TEMPLATES.len() {
        offsets[at] = offsets[at - 1] + TEMPLATES[at - 1].size;
        at += 1;
    }
    offsets
};

/// What a word is, as small numbers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Word {
    lexicon: u8,
    other: u8,
    form: u8,
    shape: u8,
}

impl Word {
    pub(crate) fn of(text: &str, token: &Token) -> Self {
        let entry = token.entry;
        let step = |weight: Option<u8>| match weight {
            None => 0,
            Some(..=9) => 1,
            Some(10..=19) => 2,
            Some(20..=27) => 3,
            Some(_) => 4,
        };
        let shape = match token.case {
            Case::Capital => 0,
            Case::Upper => 1,
            Case::Initial if token.dotted => 2,
            Case::Initial => 3,
            Case::Lower => 4,
        };
        let other = if token.trigger.is(Trigger::ORGANISATION) || entry.is(Kind::LegalForm) {
            1
        } else if entry.is_any(&[Kind::Country, Kind::State, Kind::Language, Kind::CountryCode]) {
            2
        } else if entry.city().is_some_and(|size| size >= 32) {
            3
        } else if token.common
            || token.trigger.is(Trigger::FUNCTION)
            || entry.is_any(&[Kind::Time, Kind::Currency, Kind::Status])
        {
            4
        } else if token.trigger.is(Trigger::ROLE) || entry.is_any(&[Kind::Job, Kind::Department, Kind::Honorific]) {
            5
        } else if entry.is_any(OTHERS) || entry.city().is_some_and(|size| size >= 20) {
            6
        } else {
            0
        };
        let form = if shape >= 2 {
            0
        } else {
            let folded = lexicon::fold(token.text(text));
            if words::looks_like_a_surname(&folded) {
                1
            } else if words::ends_like_a_noun(&folded) {
                2
            } else if entry.given().is_none() && entry.surname().is_none() {
                3 + sound::level(&folded)
            } else {
                0
            }
        };
        Self { lexicon: step(entry.given()) * 5 + step(entry.surname()), other, form, shape }
    }

    fn known(self) -> u16 {
        u16::from(self.lexicon > 0)
    }
}

const OTHERS: &[Kind] = &[
    Kind::Street,
    Kind::Colour,
    Kind::Product,
    Kind::Religion,
    Kind::Animal,
    Kind::Vehicle,
    Kind::Common,
    Kind::Genre,
    Kind::Health,
    Kind::Title,
];

/// Collects the facts about one candidate.
pub(crate) struct Facts<'t> {
    pub(crate) text: &'t str,
    pub(crate) tokens: &'t [Token],
    pub(crate) words: &'t [Word],
    pub(crate) document: &'t Document,
}

impl Facts<'_> {
    /// The facts about `first..=last`, as places among the weights, added to `out`.
    pub(crate) fn collect(&self, first: usize, last: usize, rules: f32, out: &mut Vec<u16>) {
        let mut push = |fact: Fact, value: u16| out.push(OFFSETS[fact as usize] + value);
        let (tokens, words, text) = (self.tokens, self.words, self.text);
        let single = u16::from(first == last);
        let span = &words[first..=last];
        let (head, tail) = (span[0], span[span.len() - 1]);

        let shapes = if span.iter().all(|word| word.shape == 0) {
            0
        } else if span.iter().all(|word| word.shape == 1) {
            1
        } else if span.iter().any(|word| word.shape == 2 || word.shape == 3) {
            2
        } else if span.iter().all(|word| word.shape == 4) {
            3
        } else {
            4
        };
        push(Fact::words, (span.len().min(6) as u16) * 5 + shapes);
        let lexical = |word: Word| u16::from(word.lexicon) * 7 + u16::from(word.other);
        let form = |word: Word| (u16::from(word.form) * 2 + word.known()) * 6 + u16::from(word.shape);
        if single == 1 {
            push(Fact::only_lexicon, lexical(head));
            push(Fact::only_form, form(head));
        } else {
            push(Fact::first_lexicon, lexical(head));
            push(Fact::last_lexicon, lexical(tail));
            push(Fact::first_form, form(head));
            push(Fact::last_form, form(tail));
            push(
                Fact::pair,
                (u16::from(head.lexicon / 5) * 5 + u16::from(tail.lexicon % 5)) * 3 + (span.len().min(4) - 2) as u16,
            );
            for &word in &span[1..span.len() - 1] {
                push(Fact::middle_lexicon, lexical(word));
                push(Fact::middle_form, form(word));
            }
        }

        let gap_before = gap_code(tokens[first].gap);
        push(Fact::gap, gap_before * 2 + single);
        for token in &tokens[first + 1..=last] {
            push(Fact::inner_gap, gap_code(token.gap));
        }
        if let Some(at) = first.checked_sub(1) {
            let left = &tokens[at];
            let near =
                matches!(tokens[first].gap, Gap::Blank | Gap::Comma | Gap::Key) || tokens[first].start - left.end <= 3;
            if tokens[first].gap == Gap::Comma {
                push(Fact::left_comma, u16::from(words[at].lexicon) * 2 + single);
            }
            if near {
                for bit in left.trigger.bits() {
                    push(Fact::left_trigger, (bit * 7 + gap_before) * 2 + single);
                }
                if tokens[first].gap == Gap::Blank {
                    push(
                        Fact::left_lexicon,
                        (u16::from(words[at].lexicon) * 6 + u16::from(words[at].shape)) * 2 + single,
                    );
                    push(Fact::left_other, u16::from(words[at].other) * 2 + single);
                    if at > 0 && matches!(tokens[at].gap, Gap::Blank) {
                        for bit in tokens[at - 1].trigger.bits() {
                            push(Fact::second_left_trigger, bit * 2 + single);
                        }
                    }
                }
            } else {
                // Signatures: what the line before says.
                for bit in left.trigger.bits() {
                    push(Fact::left_trigger, (bit * 7 + gap_before) * 2 + single);
                }
            }
        }
        if let Some(right) = tokens.get(last + 1) {
            let gap = gap_code(right.gap);
            for bit in right.trigger.bits() {
                push(Fact::right_trigger, (bit * 7 + gap) * 2 + single);
            }
            if right.gap == Gap::Comma {
                push(Fact::right_comma, u16::from(words[last + 1].lexicon) * 2 + single);
            }
            if right.gap == Gap::Blank {
                let word = words[last + 1];
                push(Fact::right_lexicon, (u16::from(word.lexicon) * 6 + u16::from(word.shape)) * 2 + single);
                push(Fact::right_other, u16::from(word.other) * 2 + single);
            }
        }
        push(Fact::before, before_code(text, tokens[first].start) * 2 + single);
        push(Fact::after, after_code(text, tokens[last].end) * 2 + single);
        if tokens[first].gap == Gap::Break {
            push(Fact::opening, u16::from(head.lexicon) * 2 + single);
        }
        let announced = match tokens[first].gap {
            Gap::Key => code(&super::rules::announced_before(text, tokens[first].start)),
            _ => 3,
        };
        push(Fact::announced, announced * 2 + single);
        let column = self.document.column(text, tokens[first].start).map_or(3, code);
        push(Fact::column, column * 2 + single);
        let document = match self.document {
            Document { quiet: true, .. } => 0,
            Document { shouting: true, .. } => 2,
            Document { german: true, .. } => 3,
            _ => 1,
        };
        push(Fact::document, document * 2 + single);
        push(Fact::alone, self.alone(first, last) * 2 + single);
        let step = (rules.clamp(-6.9, 6.9) + 7.0) as u16;
        push(Fact::rules, step * 2 + single);
        push(Fact::particle, u16::from(tokens[first].trigger.is(Trigger::PARTICLE)) * 2 + single);
        let organisation = tokens[last + 1..]
            .iter()
            .take(3)
            .take_while(|token| token.gap == Gap::Blank)
            .any(|token| token.trigger.is(Trigger::ORGANISATION) || token.entry.is(Kind::LegalForm));
        push(Fact::organisation, u16::from(organisation) * 2 + single);
        let number = text[tokens[last].end..].trim_start_matches([' ', ',']).starts_with(|c: char| c.is_ascii_digit());
        push(Fact::number, u16::from(number) * 2 + single);
    }

    fn alone(&self, first: usize, last: usize) -> u16 {
        let (text, tokens) = (self.text, self.tokens);
        let before = text[..tokens[first].start].trim_end_matches([' ', '>', '"', '-', '*', '\t']);
        let begins = before.is_empty() || before.ends_with('\n');
        let after = text[tokens[last].end..].trim_start_matches([' ', '.', ',', '"', '\r']);
        let ends = after.is_empty() || after.starts_with('\n');
        let place = match begins.then(|| self.lines_after_sign_off(first)).flatten() {
            Some(lines) => lines,
            None if super::rules::signed(text, tokens, first, last) => 3,
            None => 0,
        };
        u16::from(begins) + u16::from(ends) * 2 + place * 4
    }
}

impl Facts<'_> {
    /// On which line, 1 or 2, after the end of a letter ("Kind regards,") the word stands.
    fn lines_after_sign_off(&self, first: usize) -> Option<u16> {
        let mut until = self.text[..self.tokens[first].start].trim_end().len();
        let mut at = first;
        for lines in 1..=2 {
            let line = self.text[..until].rfind('\n').map_or(0, |at| at + 1);
            let mut words = 0;
            let mut closes = false;
            while at > 0 && self.tokens[at - 1].start >= line && words <= 6 {
                at -= 1;
                words += 1;
                closes |= self.tokens[at].trigger.is(Trigger::SIGN_OFF);
            }
            if closes && words <= 6 {
                return Some(lines);
            }
            if words > 6 {
                return None;
            }
            until = self.text[..line].trim_end().len();
        }
        None
    }
}

fn code(announced: &Announced) -> u16 {
    match announced {
        Announced::Category(category) if category.is_within(&Category::NAME) => 0,
        Announced::Category(_) | Announced::Other => 1,
        Announced::Unknown => 2,
    }
}

fn gap_code(gap: Gap) -> u16 {
    match gap {
        Gap::Break => 0,
        Gap::Blank => 1,
        Gap::Comma => 2,
        Gap::Key => 3,
        Gap::Cell => 4,
        Gap::Other => 5,
    }
}

fn before_code(text: &str, at: usize) -> u16 {
    let mut chars = text[..at].chars().rev();
    let last = chars.next();
    let (last, blank) = if last == Some(' ') { (chars.next(), 8) } else { (last, 0) };
    blank
        + match last {
            None | Some('\n') => 0,
            Some('"' | '\'' | '“' | '«' | '„' | '>') => 1,
            Some('(' | '[') => 2,
            Some('/' | '\\' | '#' | '@' | '.' | '-' | '_') => 3,
            Some(',' | ';' | '|' | '\t') => 4,
            Some(':' | '=') => 5,
            Some('&' | '+') => 6,
            Some(_) => 7,
        }
}

fn after_code(text: &str, at: usize) -> u16 {
    let rest = &text[at..];
    match rest.chars().next() {
        None | Some('\n' | '\r') => 0,
        Some('"' | '”' | '»' | '“' | '<') => 1,
        Some(')' | ']') => 2,
        Some('/' | '\\' | '#' | '@' | '_' | '®' | '™') => 3,
        Some('-' | '–') => 4,
        Some(',' | ';' | '|' | '\t') => 5,
        Some(':' | '=') => 6,
        Some('.' | '!' | '?') => 7,
        Some('\'' | '’') => 8,
        Some(' ') => match rest[1..].chars().next() {
            Some('(') => 9,
            Some('<') => 10,
            Some('&' | '+') => 11,
            Some('#' | '@') => 12,
            Some(c) if c.is_ascii_digit() => 13,
            Some(c) if !c.is_alphanumeric() => 14,
            _ => 15,
        },
        Some(_) => 3,
    }
}
