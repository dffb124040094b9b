//! What people decided about columns earlier, as evidence for columns like them: the same words in
//! the name (in any order and style) and the same kind of values.

use dataward_model::Category;

use super::Look;
use super::Weighed;
use super::evidence::Evidence;
use crate::Detector;
use crate::column::Kinds;
use crate::header;

/// A decision of a person about a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Precedent {
    /// Where, as people write it: `shop.public.customers.ref`.
    pub place: String,
    /// The table, when it lies in the source that is being scanned: a column is no precedent of its own.
    pub table_here: Option<String>,
    /// The column's name.
    pub column: String,
    /// Its type, as declared or seen.
    pub declared_type: String,
    /// What detection had said.
    pub detected: Option<Category>,
    /// What the person says; none: not about a person.
    pub category: Option<Category>,
}

/// A precedent that bears on one column.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    pub(super) category: Option<Category>,
    place: String,
    amount: f64,
}

impl Applied {
    pub(super) fn evidence(&self, category: &Category) -> Evidence {
        let place = &self.place;
        if self.category.as_ref() == Some(category) {
            let text = format!("somebody said so of a like column: {place}");
            return Evidence { name: "precedent", amount: self.amount, text };
        }
        let text = format!("somebody said otherwise of a like column: {place}");
        Evidence { name: "precedent_against", amount: self.amount, text }
    }
}

/// The precedent that is most like a column, if any is like it. Names that say nothing (`c1`) make no
/// columns alike.
pub(super) fn of(table: &str, look: &Look, alone: &Weighed, detector: &Detector) -> Option<Applied> {
    let precedents = detector.precedents();
    if precedents.is_empty() || look.name.opaque {
        return None;
    }
    let words = header::sorted_words(&look.head.name);
    let mine = class(&look.head.declared_type, look.facts.kinds);
    let itself =
        |precedent: &Precedent| precedent.table_here.as_deref() == Some(table) && precedent.column == look.head.name;
    let alike = precedents.iter().filter(|precedent| !itself(precedent)).filter(|precedent| {
        let theirs = class(&precedent.declared_type, Kinds::default());
        header::sorted_words(&precedent.column) == words && (mine == theirs || theirs == Class::Unknown)
    });
    let applied = alike.map(|precedent| Applied {
        category: precedent.category.clone(),
        place: precedent.place.clone(),
        // What looks the same to detection as well is as good as the same.
        amount: if precedent.detected == alone.category { 1.0 } else { 0.6 },
    });
    // Later decisions stand behind earlier ones and win where they are as much alike.
    applied.reduce(|best, next| if next.amount >= best.amount { next } else { best })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Date,
    Number,
    Text,
    Unknown,
}

fn class(declared: &str, kinds: Kinds) -> Class {
    let declared = declared.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| declared.contains(word));
    if says(&["date", "time"]) || kinds.only(Kinds::DATE) || kinds.only(Kinds::TIMESTAMP) {
        Class::Date
    } else if says(&["char", "text", "string", "clob", "json", "uuid"]) || kinds.only(Kinds::TEXT) {
        Class::Text
    } else if says(&["int", "num", "dec", "float", "double", "real", "serial", "bool"])
        || kinds.only(Kinds::INTEGER)
        || kinds.only(Kinds::DECIMAL)
    {
        Class::Number
    } else {
        Class::Unknown
    }
}
