//! From what was seen to a verdict: evidence for every category is weighed in log-odds, first for
//! each column alone, then once more with what its neighbours turned out to be.

mod context;
mod evidence;
mod firms;
mod people;
mod precedent;
pub(crate) mod values;
mod weights;

use dataward_model::Category;
use dataward_model::ColumnHead;
use dataward_model::Confidence;
use dataward_model::TableShape;

use crate::ColumnVerdict;
use crate::Detector;
use crate::Reason;
use crate::TableProfile;
use crate::TableVerdict;
use crate::column::ColumnProfile;
use crate::column::facts::Facts;
use crate::header;
use crate::header::ColumnName;
pub(crate) use context::Context;
use dataward_model::counted;
pub use evidence::Evidence;
pub(crate) use evidence::Weighed;
pub use precedent::Precedent;
pub use weights::Weights;

/// A column with all that is known of it before its table is weighed.
pub(crate) struct Look {
    pub(crate) head: ColumnHead,
    pub(crate) name: ColumnName,
    pub(crate) facts: Facts,
}

/// What speaks for and against each category of one column; what weights are fitted on.
#[derive(Clone, Debug)]
pub struct Weighing {
    /// The column.
    pub column: String,
    /// Every category that anything speaks for, with its evidence.
    pub categories: Vec<(Category, Vec<Evidence>)>,
}

/// The verdict over a table.
pub(crate) fn table(profile: &TableProfile, detector: &Detector) -> TableVerdict {
    let columns = profile.columns();
    let weights = Weights::standard();
    let (looks, context) = look(profile, detector, weights);
    let mut verdicts = Vec::new();
    for (index, look) in looks.iter().enumerate() {
        let seen = columns[index].1;
        let weighed = crate::own::decide(&look.head.name, seen, detector).unwrap_or_else(|| {
            let alone = evidence::weigh(look, &context, index, weights, None);
            match precedent::of(&profile.head().name, look, &alone, detector) {
                Some(precedent) => evidence::weigh(look, &context, index, weights, Some(&precedent)),
                None => alone,
            }
        });
        verdicts.push(verdict(look, seen, weighed));
    }
    if profile.head().shape == TableShape::Document {
        verdicts.iter_mut().for_each(|verdict| document(verdict, profile));
    }
    let people = people::estimate(profile.rows(), &verdicts, &looks, &context);
    TableVerdict { rows: profile.rows(), columns: verdicts, people }
}

/// The evidence of every column, as the second pass sees it. For fitting weights.
pub fn weighings(profile: &TableProfile, detector: &Detector) -> Vec<Weighing> {
    let weights = Weights::standard();
    let (looks, context) = look(profile, detector, weights);
    looks
        .iter()
        .enumerate()
        .map(|(index, look)| Weighing {
            column: look.head.name.clone(),
            categories: evidence::gather(look, &context, index, None),
        })
        .collect()
}

fn look(profile: &TableProfile, detector: &Detector, weights: &Weights) -> (Vec<Look>, Context) {
    let empty = ColumnProfile::default();
    let looks: Vec<Look> = profile
        .columns()
        .into_iter()
        .map(|(head, seen)| Look {
            name: header::column_name(&head.name),
            facts: Facts::gather(seen.unwrap_or(&empty), detector),
            head,
        })
        .collect();
    let today = detector.options().today;
    let first = Context::by_name(&profile.head().name, &looks, today);
    let beliefs: Vec<_> = looks
        .iter()
        .enumerate()
        .map(|(index, look)| evidence::weigh(look, &first, index, weights, None).beliefs)
        .collect();
    let context = first.with_neighbours(&looks, beliefs);
    (looks, context)
}

fn verdict(look: &Look, seen: Option<&ColumnProfile>, weighed: evidence::Weighed) -> ColumnVerdict {
    let facts = &look.facts;
    let mut also: Vec<Category> = Vec::new();
    if weighed.category == Some(Category::CONTENT) {
        also = facts.inside.keys().cloned().collect();
    }
    let masked = match (&weighed.category, seen) {
        (Some(category), Some(seen)) => masked(category, seen),
        _ => Vec::new(),
    };
    let declared = &look.head.declared_type;
    ColumnVerdict {
        column: look.head.name.clone(),
        declared_type: if declared.is_empty() { facts.kinds.word().to_owned() } else { declared.clone() },
        category: weighed.category,
        also,
        confidence: Confidence::new(weighed.confidence),
        why: weighed.why,
        masked,
        filled: facts.filled as u64,
        rows: facts.rows as u64,
        distinct: facts.distinct as u64,
    }
}

fn masked(category: &Category, seen: &ColumnProfile) -> Vec<String> {
    let mut masked: Vec<String> = Vec::new();
    for value in seen.sample.values() {
        let text = crate::mask(category, &value.text);
        if !masked.contains(&text) {
            masked.push(text);
        }
        if masked.len() == 3 {
            break;
        }
    }
    masked
}

/// A document is free text: what it is follows from the spans found in it.
fn document(verdict: &mut ColumnVerdict, profile: &TableProfile) {
    let counts = profile.document_counts();
    let total: u64 = counts.iter().map(|(_, count)| count).sum();
    verdict.also = counts.into_iter().map(|(category, _)| category).collect();
    verdict.masked = Vec::new();
    if total == 0 {
        verdict.category = None;
        verdict.confidence = Confidence::new(0.8);
        verdict.why =
            vec![Reason { text: "nothing that looks like personal data stands in the text".into(), weight: -2.0 }];
    } else {
        verdict.category = Some(Category::CONTENT);
        let weight = 1.0 + (total as f64).ln();
        verdict.confidence = Confidence::from_log_odds(1.0 + weight);
        verdict.why = vec![Reason {
            text: format!("personal data was found in {} of the text", counted(total, "place", "places")),
            weight,
        }];
    }
}
