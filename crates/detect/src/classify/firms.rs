//! Whether the rows of a table are firms, whatever the table is called.

use dataward_model::Category;

use super::Look;
use crate::lexicon::Kind;

/// Whether each row is a firm: a column holds different names of firms, and nobody is named or written to.
pub(super) fn lists_firms(looks: &[Look]) -> bool {
    let firm = |look: &&Look| {
        let (facts, words) = (&look.facts, &look.facts.words);
        words.company > 0.45 && words.full_name < 0.2 && facts.distinct > 3.0 && facts.uniqueness() > 0.6
    };
    let somebody = |look: &Look| {
        let (facts, words) = (&look.facts, &look.facts.words);
        let called = |category: &Category| look.name.strength(category) > 0.8;
        let named = facts.with_letter > 0.8 && words.company < 0.2 && facts.closed() < 0.3;
        let named = named && (called(&Category::FIRST_NAME) || called(&Category::LAST_NAME))
            || facts.dates > 0.5 && called(&Category::DATE_OF_BIRTH)
            || called(&Category::PASSWORD) && facts.with_blank < 0.1
            || called(&Category::USERNAME) && facts.handle > 0.5;
        let part = words.given.max(words.surname) > 0.45 && words.company < 0.2 && words.city_lean < 0.2;
        let mail = facts.rate("email").share > 0.5 && facts.role_mailbox < 0.5;
        facts.filled > 0.0
            && (named && !facts.flag
                || words.full_name > 0.3
                || part && facts.closed() < 0.3
                || mail
                || words.list(Kind::Gender) > 0.8)
    };
    looks.iter().any(|look| firm(&look)) && !looks.iter().any(somebody)
}

/// How surely a table of firms' names is about firms.
pub(super) const FIRMS: f64 = 0.8;
