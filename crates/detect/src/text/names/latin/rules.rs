//! What hand-written rules say of a candidate: log-odds added up from what its words are in the
//! lexicon, how they are written and what stands beside it. One feature of the model among others.

use super::*;
use crate::text::names::latin::scores::given_score;
use crate::text::names::latin::scores::single;
use crate::text::names::latin::scores::surname_score;

/// How likely a candidate of one, two, three … words is a name before anything else is known.
const PRIOR: [f32; LONGEST + 1] = [0.0, -4.0, -1.6, -1.7, -2.0, -2.4, -3.0];

/// The log-odds that the words `first..=last` are one name.
pub(super) fn score(text: &str, tokens: &[Token], first: usize, last: usize, document: &Document) -> f32 {
    let span = &tokens[first..=last];
    let solid: Vec<&Token> =
        span.iter().filter(|token| token.is_capital() || !token.trigger.is(Trigger::PARTICLE)).collect();
    if solid.len() != span.iter().filter(|token| token.is_capital()).count() {
        return -9.0;
    }
    let count = solid.len().min(LONGEST);
    if solid.iter().all(|token| token.case == Case::Initial) {
        return -9.0;
    }
    let mut place = 0.0;
    if first < last {
        let folded = lexicon::fold(&text[tokens[first].start..tokens[last].end]);
        let whole = lexicon::look_up_folded(&folded);
        if words::is_no_person(&folded) || whole.is_any(&[Kind::Country, Kind::State, Kind::Time]) {
            return -9.0;
        }
        // Hong Kong, Los Angeles.
        place = if whole.city().is_some() { -3.0 } else { 0.0 };
    }
    let particles = (span.len() - solid.len()) as f32;
    let around = surroundings(text, tokens, first, last, document);
    let inner = match solid.as_slice() {
        [only] => single(text, only, around),
        [given, surname] => {
            let straight = given_score(text, given) + surname_score(text, surname);
            let inverted = surname_score(text, given) + given_score(text, surname) - 0.8;
            straight.max(inverted)
        }
        [given, middle @ .., surname] => {
            let middle: f32 = middle
                .iter()
                .map(|token| given_score(text, token).max(surname_score(text, token)).min(2.0) * 0.6)
                .sum();
            let straight = given_score(text, given) + surname_score(text, surname);
            let inverted = surname_score(text, given) + given_score(text, surname) - 1.0;
            straight.max(inverted) + middle
        }
        [] => return -9.0,
    };
    let particles = if solid.len() > 1 { particles * 0.4 } else { 0.0 };
    PRIOR[count] + inner + particles + around + place
}

/// What stands beside a candidate.
fn surroundings(text: &str, tokens: &[Token], first: usize, last: usize, document: &Document) -> f32 {
    let mut sum = 0.0;
    let token = &tokens[first];
    let single = first == last;
    let left = first.checked_sub(1).map(|at| &tokens[at]);
    let right = tokens.get(last + 1);
    let starts_sentence = token.gap == Gap::Break;
    if let Some(left) = left {
        let close = matches!(token.gap, Gap::Blank) || (token.gap == Gap::Other && token.start - left.end <= 2);
        if close {
            sum += left_word(tokens, first, left, single);
        }
        if token.gap == Gap::Key || left.trigger.is(Trigger::KEY) && !left.trigger.is(Trigger::FUNCTION) && close {
            sum += keyed(text, token);
        } else if matches!(token.gap, Gap::Comma) {
            if left.trigger.is(Trigger::GREETING) || left.trigger.is(Trigger::SIGN_OFF) {
                sum += 3.0;
            } else if left.trigger.is(Trigger::ROLE) || left.trigger.is(Trigger::RELATION) {
                sum += 1.2;
            }
        }
        if matches!(token.gap, Gap::Break) && signed(text, tokens, first, last) {
            sum += if single { 4.5 } else { 3.5 };
        }
    }
    sum += cells(text, tokens, first, last, document);
    if starts_sentence && single {
        sum -= 0.8;
    }
    if document.shouting {
        sum -= 1.2;
    }
    if let Some(right) = right {
        if right.gap == Gap::Blank {
            if right.is_capital() {
                sum += if right.trigger.is(Trigger::ORGANISATION) || right.entry.is(Kind::LegalForm) {
                    -5.0
                } else if right.trigger.is(Trigger::FUNCTION) || right.trigger.is(Trigger::ROLE) {
                    0.0
                } else {
                    -1.2
                };
            } else if matches!(right.text(text), "gate" | "gata" | "gatan" | "plads" | "plass" | "street" | "avenue") {
                sum -= 3.0;
            } else if right.trigger.is(Trigger::SAID) {
                sum += 1.8;
            } else if right.trigger.is(Trigger::PARTICLE) && !right.trigger.is(Trigger::FUNCTION) {
                sum -= 0.3;
            }
        } else if right.gap == Gap::Comma && right.trigger.is(Trigger::ROLE) {
            sum += 1.2;
        }
    }
    let after = &text[tokens[last].end..];
    // "Anna Schmidt (34)": an age. "Meier & Söhne": a firm. "Schmidt-2": a code.
    if after.starts_with(" (") && after[2..].starts_with(|c: char| c.is_ascii_digit()) {
        sum += 1.2;
    }
    // "Wilson Kipketer (Denmark)": lists of results.
    let country = right.filter(|_| !single && after.starts_with(" ("));
    if country.is_some_and(|right| right.start - tokens[last].end == 2 && right.entry.is(Kind::Country)) {
        sum += 2.5;
    }
    if after.starts_with(" & ") || text[..token.start].ends_with("& ") {
        let common = token.entry.given().is_some_and(|weight| weight >= 28);
        let owner = after.starts_with("'s") || after.starts_with("’s");
        sum -= if single && (owner || !common) { 3.0 } else { 0.6 };
    }
    if after.starts_with(['®', '™']) || after.starts_with(" ®") || after.starts_with("-") {
        sum -= 2.0;
    }
    if after.starts_with(['/', '\\', '#']) || text[..token.start].ends_with(['/', '\\', '#', '.', '-']) {
        sum -= 2.5;
    }
    // A house number: a street.
    let number = after.strip_prefix(' ').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if number {
        sum -= 1.5;
    }
    sum
}

fn left_word(tokens: &[Token], first: usize, left: &Token, single: bool) -> f32 {
    let trigger = left.trigger;
    if trigger.is(Trigger::TITLE) && (left.is_capital() || !trigger.is(Trigger::FUNCTION)) {
        // "Sie", "man": small words that are titles elsewhere count little in small letters.
        return if left.is_capital() || left.dotted { 5.0 } else { 3.6 };
    }
    if trigger.is(Trigger::GREETING) || trigger.is(Trigger::SIGN_OFF) {
        return if single { 4.6 } else { 3.0 };
    }
    // "My name is Anna", "mein Name ist Anna".
    if first >= 2
        && tokens[first - 2].trigger.is(Trigger::KEY)
        && tokens[first - 1].gap == Gap::Blank
        && trigger.is(Trigger::COPULA)
    {
        return 3.5;
    }
    if trigger.is(Trigger::SAINT) {
        return if single { -3.0 } else { -2.0 };
    }
    if left.is_capital() {
        // "Richter am Landgericht Bachmeier": the office is the title.
        let office = first >= 3
            && tokens[first - 1].gap == Gap::Blank
            && tokens[first - 2].trigger.is(Trigger::PLACE)
            && tokens[first - 3].trigger.is(Trigger::ROLE);
        if office && trigger.is(Trigger::ORGANISATION) {
            return 2.2;
        }
        if trigger.is(Trigger::ORGANISATION) || left.entry.is(Kind::LegalForm) {
            return -3.5;
        }
        if trigger.is(Trigger::ROLE) {
            return 2.2;
        }
        if trigger.is(Trigger::FUNCTION) || trigger.is(Trigger::SAID) || trigger.is(Trigger::BESIDE) {
            return small_word(trigger, single);
        }
        // Part of a longer run of capitals; less where that word begins the sentence.
        return if left.gap == Gap::Break { -0.5 } else { -1.2 };
    }
    if trigger.is(Trigger::ROLE) {
        return 2.2;
    }
    if trigger.is(Trigger::RELATION) {
        return 2.2;
    }
    if trigger.is(Trigger::PARTICLE)
        && first >= 2
        && tokens[first - 2].is_capital()
        && tokens[first - 1].gap == Gap::Blank
    {
        // "University of …", "Ludwig van …": cut off inside.
        return -0.8;
    }
    small_word(trigger, single)
}

fn small_word(trigger: Trigger, single: bool) -> f32 {
    let mut sum = 0.0;
    if trigger.is(Trigger::SAID) {
        sum += 1.6;
    }
    if trigger.is(Trigger::BESIDE) {
        sum += 0.7;
    }
    if trigger.is(Trigger::PLACE) {
        sum -= if single { 1.6 } else { 0.6 };
    }
    sum
}

/// What the key before a value says.
fn keyed(text: &str, token: &Token) -> f32 {
    match announced_before(text, token.start) {
        Announced::Category(category) if category.is_within(&Category::NAME) => 4.5,
        Announced::Category(_) | Announced::Other => -3.5,
        Announced::Unknown => -0.3,
    }
}

/// What the key right before `start` announces.
pub(super) fn announced_before(text: &str, start: usize) -> Announced {
    let before = text[..start].trim_end_matches(|c: char| c.is_whitespace() || "\"'=:：><[(".contains(c));
    let mut from = before.len().saturating_sub(32);
    while !before.is_char_boundary(from) {
        from += 1;
    }
    let window = &before[from..];
    let key = window.rsplit(['\n', ',', '{', ';', '.', '"', '(', '?', '&', '|']).next().unwrap_or_default();
    key::announced(key)
}

/// What the column or the neighbouring cells say.
fn cells(text: &str, tokens: &[Token], first: usize, last: usize, document: &Document) -> f32 {
    if let Some((_, _, header_end)) = &document.headers {
        if tokens[first].start <= *header_end {
            return -4.0;
        }
        return match document.column(text, tokens[first].start) {
            Some(Announced::Category(category)) if category.is_within(&Category::NAME) => 4.5,
            Some(Announced::Category(_) | Announced::Other) => -3.5,
            _ => 0.0,
        };
    }
    let mut sum = 0.0;
    let named = |entry: Entry| {
        entry.given().is_some_and(|weight| weight >= 18) || entry.surname().is_some_and(|weight| weight >= 15)
    };
    let cell_left = tokens[first].gap == Gap::Cell;
    let cell_right = tokens.get(last + 1).is_some_and(|next| next.gap == Gap::Cell);
    if (cell_left || first == 0)
        && (cell_right || text[tokens[last].end..].starts_with([',', ';', '|', '\t']))
        && (cell_left || cell_right)
    {
        sum += 0.6;
        let beside = first.checked_sub(1).filter(|_| cell_left).is_some_and(|at| named(tokens[at].entry))
            || tokens.get(last + 1).filter(|_| cell_right).is_some_and(|next| named(next.entry));
        if beside && first == last {
            sum += 2.2;
        }
    }
    sum
}

/// Whether the candidate stands alone on its line after the end of a letter.
pub(super) fn signed(text: &str, tokens: &[Token], first: usize, last: usize) -> bool {
    let alone = text[tokens[last].end..].trim_start_matches([' ', '.', ',']).starts_with(['\n', '\r'])
        || text[tokens[last].end..].trim_start().is_empty();
    if !alone {
        return false;
    }
    let before = text[..tokens[first].start].trim_end_matches([' ', '\n', '\r', ',', '-', '.', '!', '—', '–']);
    before.len() < tokens[first].start
        && tokens[..first]
            .iter()
            .rev()
            .take(3)
            .any(|token| token.trigger.is(Trigger::SIGN_OFF) || token.trigger.is(Trigger::GREETING))
}
