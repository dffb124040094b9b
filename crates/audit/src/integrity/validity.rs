//! Values that do not hold in a column where nearly all do: e-mail addresses, IBANs, card numbers, ids
//! with check digits.

use std::sync::Arc;

use dataward_detect::recognise::Candidate;
use dataward_detect::recognise::RecogniserId;
use dataward_detect::recognise::registry::match_candidate;

use super::CellCheck;
use super::Found;
use super::Tier;
use super::Today;
use super::blanks::null_word;
use super::block::BLANK;
use super::block::Block;
use super::block::Column;

pub(super) const CHECK: CellCheck =
    CellCheck { name: "validity", summary: "not valid, in a column where nearly all are", run };

/// Different values that are tried before a column is known.
const TRIED: usize = 2_000;
/// A validator that chance passes more often says too little.
const STRICT: f32 = 0.2;

fn run(block: &Block, _: &Today, found: &mut Found<'_>) {
    for (place, column) in block.columns.iter().enumerate() {
        let Some((recogniser, share, tried)) = kind_of(column) else { continue };
        let tier = if share >= 0.99 && tried >= 200 { Tier::Certain } else { Tier::Likely };
        let title = recogniser.recogniser().title;
        let reason: Arc<str> =
            format!("not a valid {title}, while {:.0} % of the column are", (share * 100.0).floor()).into();
        found.values(block, place, |code| {
            let value = &column.values[code as usize];
            let judged = code != BLANK && null_word(value).is_none();
            (judged && !holds(value, recogniser)).then(|| (tier, Arc::clone(&reason)))
        });
    }
}

fn holds(value: &str, recogniser: RecogniserId) -> bool {
    match_candidate(&Candidate::new(value)).iter().any(|(id, _)| id == recogniser)
}

/// What the column holds, the share of its different values that do, and how many were tried.
fn kind_of(column: &Column) -> Option<(RecogniserId, f64, usize)> {
    let mut passes = vec![0_usize; RecogniserId::count()];
    let mut tried = 0;
    for (_, value, _) in column.filled_values().filter(|(_, value, _)| null_word(value).is_none()).take(TRIED) {
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
    (tried >= 20 && (0.9..1.0).contains(&share)).then_some((id, share, tried))
}
