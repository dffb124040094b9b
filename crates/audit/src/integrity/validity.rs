//! Values that do not hold in a column where nearly all do: e-mail addresses, IBANs, card numbers, ids
//! with check digits.

use std::sync::Arc;

use dataward_detect::checksum::luhn;
use dataward_detect::recognise::Candidate;
use dataward_detect::recognise::RecogniserId;
use dataward_detect::recognise::registry::match_candidate;
use dataward_model::Category;

use super::Asked;
use super::CellCheck;
use super::Found;
use super::Reason;
use super::Tier;
use super::block::BLANK;
use super::block::Block;
use super::block::Column;

pub(super) const CHECK: CellCheck =
    CellCheck { name: "validity", summary: "not valid, in a column where nearly all are", run };

/// Different values that are tried before a column is known.
const TRIED: usize = 2_000;
/// The share of the different values from which on they are what the column holds.
const LEAST: f64 = 0.9;
/// Different numbers from which on it is no chance that their check digits hold.
const ENOUGH: usize = 50;
/// A validator that chance passes more often says too little.
const STRICT: f32 = 0.2;

fn run(block: &Block, _: &Asked<'_>, found: &mut Found<'_>) {
    for (place, column) in block.columns.iter().enumerate() {
        let Some(recogniser) = kind_of(column) else {
            check_digits(block, place, found);
            continue;
        };
        let traits = column.traits();
        let is_judged = |code: u32| code != BLANK && traits.null_word(code).is_none();
        let holds: Vec<bool> = (0..column.distinct())
            .map(|code| !is_judged(code) || holds(&column.values[code as usize], recogniser))
            .collect();
        let all = (0..column.distinct()).filter(|code| is_judged(*code)).count();
        let wrong = holds.iter().filter(|holds| !**holds).count();
        let share = 1.0 - wrong as f64 / all as f64;
        if wrong == 0 || share < LEAST {
            continue;
        }
        let tier = if share >= 0.99 && all >= 200 { Tier::Certain } else { Tier::Likely };
        let title = recogniser.recogniser().title;
        let per_cent = (share * 100.0).floor();
        let reason = Reason::new(
            format!("not a valid {title}"),
            format!("not a valid {title}, while {per_cent} % of the column are"),
        );
        found.values(block, place, |code| (!holds[code as usize]).then(|| (tier, Arc::clone(&reason))));
    }
}

/// Numbers of no kind that we know, nearly all of which end in a check digit that holds (Luhn: cards of any issuer,
/// devices, accounts).
fn check_digits(block: &Block, place: usize, found: &mut Found<'_>) {
    let column = &block.columns[place];
    let most = column.distinct() as usize / 100;
    let (mut all, mut wrong) = (0_usize, Vec::new());
    for (code, value, _) in column.real_values() {
        all += 1;
        if digits_of(value).is_none_or(|digits| !luhn(&digits)) {
            wrong.push(code);
            if wrong.len() > most {
                return;
            }
        }
    }
    if all < ENOUGH || wrong.is_empty() || wrong.len() * 100 > all {
        return;
    }
    let per_cent = ((all - wrong.len()) * 100 / all).to_string();
    let reason = Reason::new(
        "its check digit does not hold",
        format!("its check digit does not hold, while those of {per_cent} % of the column do"),
    );
    // They come by their numbers.
    found.values(block, place, |code| wrong.binary_search(&code).is_ok().then(|| (Tier::Likely, Arc::clone(&reason))));
}

/// The digits of a long number, in whatever groups it is written.
fn digits_of(value: &str) -> Option<Vec<u8>> {
    let mut digits = Vec::with_capacity(value.len());
    for byte in value.trim().bytes() {
        match byte {
            b'0'..=b'9' => digits.push(byte - b'0'),
            b' ' | b'-' | b'.' => {}
            _ => return None,
        }
    }
    (12..=19).contains(&digits.len()).then_some(digits)
}

/// A phone number is one however it is written: with the code of its country, or as people dial it at home.
fn holds(value: &str, recogniser: RecogniserId) -> bool {
    let (candidate, kind) = (Candidate::new(value), recogniser.recogniser());
    let is_phone = |id: RecogniserId| id.recogniser().category == Category::PHONE_NUMBER;
    (kind.validate)(&candidate).is_some()
        || is_phone(recogniser) && match_candidate(&candidate).iter().any(|(id, _)| is_phone(id))
}

/// What the column holds, by some of its different values.
fn kind_of(column: &Column) -> Option<RecogniserId> {
    let mut passes = vec![0_usize; RecogniserId::count()];
    let mut tried = 0;
    for (_, value, _) in column.real_values().take(TRIED) {
        tried += 1;
        for (id, strength) in match_candidate(&Candidate::new(value)).iter() {
            if strength.chance() <= STRICT {
                passes[id.index()] += 1;
            }
        }
    }
    let (best, most) = passes.iter().enumerate().max_by_key(|(index, count)| (**count, std::cmp::Reverse(*index)))?;
    let share = *most as f64 / tried.max(1) as f64;
    let id = (0..RecogniserId::count())
        .find(|index| *index == best)
        .and_then(|index| RecogniserId::named(dataward_detect::recognise::registry::RECOGNISERS[index].name))?;
    (tried >= 20 && share >= LEAST).then_some(id)
}
