//! How much one word speaks for being part of a name.

use super::*;

pub(super) fn single(text: &str, token: &Token, around: f32) -> f32 {
    if token.case == Case::Initial || token.end - token.start < 3 {
        return -4.0;
    }
    let place = entry_is_place(token);
    let best = given_score(text, token).max(surname_score(text, token)) - if place { 1.5 } else { 0.0 };
    // A clear announcement needs less from the lexicon.
    if around >= 3.5 { best.max(-0.3) } else { best }
}

/// Whether a word is a larger town more than a given name.
fn entry_is_place(token: &Token) -> bool {
    let given = token.entry.given().unwrap_or(0);
    token.entry.city().is_some_and(|size| size >= 28 && given < 30)
}

/// How well a word does as a given name.
pub(super) fn given_score(text: &str, token: &Token) -> f32 {
    if token.case == Case::Initial {
        return if token.dotted { 1.6 } else { -0.3 };
    }
    match token.entry.given() {
        _ if token.trigger.is(Trigger::PARTICLE) => -1.0,
        Some(weight) => 0.6 + f32::from(weight) * 0.06 - against(token),
        None => unknown(text, token, -0.8),
    }
}

/// How well a word does as a surname.
pub(super) fn surname_score(text: &str, token: &Token) -> f32 {
    if token.case == Case::Initial {
        return if token.dotted { -0.5 } else { -2.0 };
    }
    match token.entry.surname() {
        Some(weight) if weight >= 5 => 0.6 + f32::from(weight) * 0.05 - against(token) * 0.8,
        _ => unknown(text, token, -0.2),
    }
}

/// What else a word can be, as a penalty.
fn against(token: &Token) -> f32 {
    let entry = token.entry;
    let mut penalty = 0.0;
    for (kind, weight) in OTHER_KINDS {
        if entry.is(*kind) {
            penalty += weight;
        }
    }
    if entry.city().is_some_and(|size| size >= 40) {
        penalty += 0.8;
    }
    if token.trigger.is(Trigger::ORGANISATION) {
        penalty += 2.0;
    }
    if token.trigger.is(Trigger::FUNCTION) {
        penalty += 2.6;
    }
    if token.trigger.is(Trigger::ROLE) {
        penalty += 1.5;
    }
    penalty
}

const OTHER_KINDS: &[(Kind, f32)] = &[
    (Kind::Country, 2.0),
    (Kind::State, 0.6),
    (Kind::Street, 0.6),
    (Kind::LegalForm, 1.5),
    (Kind::Time, 2.2),
    (Kind::Colour, 0.6),
    (Kind::Product, 1.0),
    (Kind::Title, 0.2),
    (Kind::Job, 0.8),
    (Kind::Language, 1.5),
    (Kind::Religion, 1.0),
    (Kind::Currency, 0.8),
    (Kind::Animal, 0.4),
    (Kind::Vehicle, 0.3),
    (Kind::Common, 1.0),
    (Kind::Genre, 0.6),
    (Kind::Department, 1.0),
    (Kind::Health, 1.0),
];

/// How well a word does that no name list has: `base`, less where it is a word of another kind, more
/// where it looks like a surname.
fn unknown(text: &str, token: &Token, base: f32) -> f32 {
    let entry = token.entry;
    if token.trigger.is(Trigger::FUNCTION) || token.trigger.is(Trigger::ORGANISATION) || token.trigger.is(Trigger::ROLE)
    {
        return -5.0;
    }
    if token.trigger.is(Trigger::KEY) || token.trigger.is(Trigger::OTHER_KEY) || token.trigger.is(Trigger::SIGN_OFF) {
        return -3.5;
    }
    let listed = Kind::ALL.iter().any(|&kind| kind != Kind::Title && entry.is(kind))
        || entry.city().is_some_and(|size| size >= 22);
    if listed {
        return -2.2 - against(token).min(2.0);
    }
    let folded = lexicon::fold(token.text(text));
    if words::looks_like_a_surname(&folded) {
        return base + 0.9;
    }
    if words::ends_like_a_noun(&folded) {
        return -2.4;
    }
    if token.case == Case::Upper && folded.len() <= 5 {
        return -2.5;
    }
    base - if entry.is(Kind::Title) { 0.8 } else { 0.0 }
}
