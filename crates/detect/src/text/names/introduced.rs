//! People who introduce themselves without capitals: `hola soy eustacio echevarría, me podeis …`,
//! `hej christoffer här`. The words before or behind announce a name, and its first word is a given name.

use dataward_model::Category;

use super::token::Case;
use super::token::Gap;
use super::token::Token;
use super::words::Trigger;
use crate::lexicon;
use crate::text::Found;

/// Finds them.
pub(super) fn find(text: &str, tokens: &[Token], found: &mut Vec<Found>) {
    for at in 0..tokens.len() {
        let token = &tokens[at];
        if token.case != Case::Lower || !token.trigger.is_none() || token.gap == Gap::Break && at > 0 {
            continue;
        }
        let here_near = tokens[at + 1..].iter().take(3).any(|next| HERE.contains(&next.text(text)));
        if !(here_near || may_be_announced(text, tokens, at)) {
            continue;
        }
        let last = last(text, tokens, at);
        let known =
            given(token.text(text)) >= LEAST || last > at && is_greeted(tokens, at) && has_surname(text, &tokens[last]);
        if !known || !(is_announced(text, tokens, at) || is_here(text, tokens, last)) {
            continue;
        }
        let (start, end) = (token.start, tokens[last].end);
        if found.iter().rev().take(12).all(|one| one.end <= start || end <= one.start) {
            let log_odds = if last > at { 1.8 } else { 0.9 };
            found.push(Found { start, end, category: Category::NAME, log_odds });
        }
    }
}

/// Rarer given names are mostly other words.
const LEAST: u8 = 12;

fn given(word: &str) -> u8 {
    lexicon::look_up_folded(&lexicon::fold(word)).given().unwrap_or(0)
}

/// Whether a greeting stands shortly before: who says hello is about to say a name, however rare.
fn is_greeted(tokens: &[Token], at: usize) -> bool {
    tokens[at.saturating_sub(4)..at].iter().any(|token| token.trigger.is(Trigger::GREETING))
}

fn has_surname(text: &str, token: &Token) -> bool {
    lexicon::look_up_folded(&lexicon::fold(token.text(text))).surname().is_some_and(|weight| weight >= LEAST)
}

/// The last word of the name that begins at `at`: at most two surnames, known ones unless the sentence
/// pauses behind them.
fn last(text: &str, tokens: &[Token], at: usize) -> usize {
    let mut last = at;
    while last < at + 2
        && let Some(next) = tokens.get(last + 1)
        && next.gap == Gap::Blank
        && next.case == Case::Lower
        && next.trigger.is_none()
        && next.end - next.start > 2
        && !HERE.contains(&next.text(text))
    {
        let entry = lexicon::look_up_folded(&lexicon::fold(next.text(text)));
        let pauses = text[next.end..].is_empty() || text[next.end..].starts_with([',', '.', '\n', '!', ';']);
        let known = entry.surname().max(entry.given()).is_some_and(|weight| weight >= LEAST);
        if !known && !pauses {
            break;
        }
        last += 1;
    }
    last
}

/// Words behind a name that say who speaks.
const HERE: &[&str] = &["here", "hier", "här", "aqui", "aquí", "ici", "qui", "tutaj"];

fn is_here(text: &str, tokens: &[Token], last: usize) -> bool {
    tokens.get(last + 1).is_some_and(|next| {
        next.gap == Gap::Blank
            && HERE.contains(&next.text(text))
            && (text[next.end..].is_empty() || text[next.end..].starts_with(['.', ',', '!', '\n', ':']))
    })
}

/// Whether the word before ends one of the introductions: a look, as people write it, before the others are read.
fn may_be_announced(text: &str, tokens: &[Token], at: usize) -> bool {
    tokens[at].gap == Gap::Blank
        && at.checked_sub(1).is_some_and(|before| {
            matches!(
                tokens[before].text(text),
                "C'est"
                    | "I'm"
                    | "Jestem"
                    | "Sono"
                    | "Sou"
                    | "Soy"
                    | "a"
                    | "am"
                    | "ar"
                    | "ben"
                    | "bin"
                    | "c'est"
                    | "chamo"
                    | "chamo-me"
                    | "chiamo"
                    | "e"
                    | "es"
                    | "heisse"
                    | "heiße"
                    | "heter"
                    | "i'm"
                    | "is"
                    | "ist"
                    | "jestem"
                    | "llamo"
                    | "m'appelle"
                    | "name's"
                    | "o"
                    | "sie"
                    | "się"
                    | "sn"
                    | "sono"
                    | "sou"
                    | "soy"
                    | "spricht"
                    | "strony"
                    | "suis"
                    | "tu"
                    | "é"
                    | "är"
            )
        })
}

fn is_announced(text: &str, tokens: &[Token], at: usize) -> bool {
    let words = tokens[at.saturating_sub(3)..at].iter().map(|token| lexicon::fold(token.text(text)));
    let before = words.collect::<Vec<_>>().join(" ");
    tokens[at].gap == Gap::Blank
        && INTRODUCTIONS
            .iter()
            .any(|phrase| before.strip_suffix(phrase).is_some_and(|rest| rest.is_empty() || rest.ends_with(' ')))
}

/// Folded. `soy`, `sono` and the like are said of much else: the given name behind them decides.
const INTRODUCTIONS: &[&str] = &[
    "my name is",
    "this is",
    "i am",
    "i'm",
    "name's",
    "mein name ist",
    "hier ist",
    "hier spricht",
    "ich bin",
    "ich heisse",
    "je suis",
    "je m'appelle",
    "m'appelle",
    "c'est",
    "soy",
    "me llamo",
    "mi nombre es",
    "sono",
    "sn",
    "mi chiamo",
    "sou",
    "sou o",
    "sou a",
    "me chamo",
    "chamo-me",
    "meu nome e",
    "aqui e",
    "ik ben",
    "mijn naam is",
    "hej tu",
    "czesc tu",
    "z tej strony",
    "nazywam sie",
    "jestem",
    "jag heter",
    "mitt namn ar",
    "det har ar",
];

#[cfg(test)]
mod tests {
    use crate::Detector;
    use crate::Options;

    #[test]
    fn who_introduces_himself_in_small_letters_is_found() {
        let detector = Detector::new(Options { today: (2026, 11, 23), names_in_text: true }).expect("plain options");
        let table: &[(&str, &[&str])] = &[
            ("hola soy javier echevarria, me podeis llamar?", &["javier echevarria"]),
            ("hallo, hier ist thomas maurer, ich komm nicht mehr rein", &["thomas maurer"]),
            ("hej kristina här, kommer inte in", &["kristina"]),
            ("this is the second time that it fails", &[]),
            ("soy cliente desde hace mucho, ayuda por favor", &[]),
            ("ich bin sehr zufrieden, vielen dank", &[]),
        ];
        for (text, expected) in table {
            let spans = detector.spans(text);
            let values: Vec<&str> = spans.iter().map(|span| &text[span.start..span.end]).collect();
            assert_eq!(values, *expected, "{text}");
        }
    }
}
