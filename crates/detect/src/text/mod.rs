//! Personal data in running text: one pass over the raw bytes for everything with structure
//! ([`structure`]), then, where wanted, names and addresses ([`names`]).
//!
//! Every find carries log-odds: prior of its shape + what its validator is worth against chance +
//! what the words around say ([`context`]). Where two finds overlap the stronger one stays
//! ([`resolve`]). Time is linear in the text: each byte is looked at a bounded number of times.

pub(crate) mod beside;
pub(crate) mod context;
pub(crate) mod eras;
pub(crate) mod keyed;
pub(crate) mod names;
pub(crate) mod narrow;
pub(crate) mod plates;
pub(crate) mod record;
pub(crate) mod resolve;
pub(crate) mod scan;
pub(crate) mod special;
pub(crate) mod structure;
pub mod training;

use dataward_model::Category;
use dataward_model::Confidence;

use crate::Detector;
use crate::Span;

/// A possible span before overlaps are settled. Byte offsets, end exclusive.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) category: Category,
    pub(crate) log_odds: f32,
}

/// All personal data in `text`, in order, without overlaps.
pub(crate) fn spans(detector: &Detector, text: &str) -> Vec<Span> {
    match narrow::narrow(text) {
        None => find(detector, text),
        Some(narrowed) => {
            let mut spans = find(detector, narrowed.text());
            for span in &mut spans {
                (span.start, span.end) = narrowed.original(span.start, span.end);
            }
            spans
        }
    }
}

/// The categories of what has structure in `text`, each once: for cells of columns, where names
/// are judged by the column as a whole.
pub(crate) fn structured(detector: &Detector, text: &str) -> Vec<Category> {
    let mut found = Vec::new();
    structure::find(detector, text, &mut found);
    let mut categories: Vec<Category> = resolve::resolve(found).into_iter().map(|found| found.category).collect();
    categories.sort();
    categories.dedup();
    categories
}

fn find(detector: &Detector, text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    structure::find(detector, text, &mut found);
    beside::find(text, &mut found);
    keyed::find(text, &mut found);
    if !text.is_ascii() {
        eras::find(text, &mut found);
    }
    if detector.options().names_in_text {
        names::find(text, &mut found);
        record::find(text, detector.options().today.0, &mut found);
        special::find(text, &mut found);
        plates::find(text, &mut found);
    }
    detector.own().find(text, &mut found);
    resolve::resolve(found)
        .into_iter()
        .map(|found| Span {
            start: found.start,
            end: found.end,
            category: found.category,
            confidence: Confidence::from_log_odds(f64::from(found.log_odds)),
        })
        .collect()
}
