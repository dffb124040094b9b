//! Names of persons.

use dataward_model::Category;

use super::Context;
use super::Fit;
use super::Look;
use super::percent;
use crate::column::facts::Facts;

pub(super) fn first(look: &Look, context: &Context, index: usize) -> Fit {
    let (facts, named) = (&look.facts, names_a_part(look));
    let words = &facts.words;
    if let Some(no) = no_name(facts) {
        return no;
    }
    let lean = words.lean.min(0.0) * 1.3 - taken(&Category::FIRST_NAME, named, context, index);
    let amount =
        single(facts, words.given, context.is_bare()).max(0.6 * single(facts, words.either, context.is_bare())) + lean
            - other(facts, context);
    let amount =
        amount.max(completes(facts, words.given, (&Category::LAST_NAME, &Category::FIRST_NAME), context, index));
    let amount = amount.min(alone(&Category::FIRST_NAME, look, context, index));
    Fit::new(
        floor(facts, amount, words.surname),
        format!("{} % of the values are known given names", percent(words.given)),
    )
}

pub(super) fn last(look: &Look, context: &Context, index: usize) -> Fit {
    let (facts, named) = (&look.facts, names_a_part(look));
    let words = &facts.words;
    if let Some(no) = no_name(facts) {
        return no;
    }
    let lean = -words.lean.max(0.0) * 1.3 - taken(&Category::LAST_NAME, named, context, index);
    let amount = single(facts, words.surname, context.is_bare())
        .max(0.6 * single(facts, words.either, context.is_bare()))
        + lean
        - other(facts, context);
    let part = (&Category::FIRST_NAME, &Category::LAST_NAME);
    let amount = amount.max(completes(facts, words.surname, part, context, index));
    let amount = amount.min(alone(&Category::LAST_NAME, look, context, index));
    Fit::new(
        floor(facts, amount, words.given),
        format!("{} % of the values are known family names", percent(words.surname)),
    )
}

/// What names count at most: storms, servers and moons are called by given names, and nothing beside them tells of people.
fn alone(part: &Category, look: &Look, context: &Context, index: usize) -> f64 {
    let said = look.name.strength(part) > 0.0 || look.name.person > 0.0;
    if said { 1.0 } else { ALONE + (1.0 - ALONE) * context.somebody_beside(index) }
}

const ALONE: f64 = 0.25;

/// Whether the column's name speaks of names of persons.
fn names_a_part(look: &Look) -> bool {
    let parts = [Category::FIRST_NAME, Category::LAST_NAME, Category::NAME];
    parts.iter().any(|part| look.name.strength(part) > 0.0)
}

/// A second column of the same part of a name is mostly called so: what isn't may be places or brands.
fn taken(part: &Category, named: bool, context: &Context, index: usize) -> f64 {
    if named { 0.0 } else { 0.3 * context.beside(part, index) }
}

pub(super) fn full(facts: &Facts, context: &Context, index: usize) -> Fit {
    let words = &facts.words;
    if let Some(no) = no_name(facts) {
        return no;
    }
    let share = words.full_name;
    let text = format!("{} % of the values are a given name with a family name", percent(share));
    if share > 0.2 {
        // Where nothing else stands, or how they are reached, one or two are believed.
        let contact = context.beside(&Category::PHONE_NUMBER, index).max(context.beside(&Category::EMAIL, index));
        let sure = if context.is_bare() || contact > 0.6 && share > 0.6 {
            facts.sure_of_few(share, 0.1)
        } else {
            facts.sure(share, 0.1)
        };
        // A few people do all that a table lists; what merely sounds like names does not do so throughout.
        let known = ((share - 0.6) / 0.3).clamp(0.0, 1.0);
        let place = 0.6 * words.city + 0.5 * (words.city - 0.3).max(0.0);
        let alike = if facts.prefix >= 4.0 { 0.8 } else { 0.0 };
        let amount = (sure - 0.22) / 0.36
            - alike
            - 1.2 * words.company
            - 0.8 * words.street
            - place
            - 0.9 * facts.closed() * (1.0 - 0.7 * known);
        return Fit::new(amount, text);
    }
    // A column called "name" may hold one part only.
    let part = words.given.max(words.surname);
    let amount = if part > 0.6 { 0.05 - facts.closed() } else { -0.75 + share };
    Fit::new(amount - 0.3 * words.thing, text)
}

/// Names that hardly any list knows, beside the other part of the name that has no partner yet.
fn completes(facts: &Facts, share: f64, part: (&Category, &Category), context: &Context, index: usize) -> f64 {
    let (other_part, this_part) = part;
    let alone = context.beside(other_part, index) - context.beside(this_part, index);
    if alone < 0.5 || share < 0.05 || !facts.looks_like_names(context.small_letters) || facts.words.city_lean > 0.2 {
        return -1.0;
    }
    0.2 + 0.5 * share - other(facts, context)
}

/// Values that cannot be names at all.
fn no_name(facts: &Facts) -> Option<Fit> {
    let wrong =
        facts.with_letter < 0.6 || facts.with_digit > 0.35 || facts.dates > 0.2 || facts.flag || facts.prose > 0.4;
    let long = facts.length.mean > 45.0 || facts.structured > 0.3;
    (wrong || long).then(|| Fit::against(1.0, "the values cannot be names of persons"))
}

/// From the share of known names to an amount: chance hits reach 25 %, real columns 55 % and more.
fn single(facts: &Facts, share: f64, bare: bool) -> f64 {
    let few = if facts.words.few_words > 0.5 { 0.6 } else { 0.0 };
    let sure = if bare { facts.sure_of_few(share, 0.2) } else { facts.sure(share, 0.2) };
    (sure - 0.27) / 0.35 - few * (1.0 - share)
}

/// What makes the values something else than names.
fn other(facts: &Facts, context: &Context) -> f64 {
    let words = &facts.words;
    let thing = (words.thing - 0.15).max(0.0) * 1.6;
    let place = words.city_lean.max(0.0) * 2.0;
    let lists: f64 = [
        crate::lexicon::Kind::Country,
        crate::lexicon::Kind::State,
        crate::lexicon::Kind::Language,
        crate::lexicon::Kind::Time,
        crate::lexicon::Kind::Department,
        crate::lexicon::Kind::Status,
        crate::lexicon::Kind::Colour,
        crate::lexicon::Kind::Gender,
        crate::lexicon::Kind::Genre,
    ]
    .into_iter()
    .map(|kind| words.list(kind))
    .fold(0.0, f64::max);
    let closed = 0.9 * facts.closed();
    let code = facts.upper_only > 0.95 && facts.length.is_constant() && facts.sampled >= 5.0;
    // Houses of one name: `Librairie Martin Lyon`.
    let code = if code || facts.prefix >= 4.0 { 0.8 } else { 0.0 };
    // Names are written with a capital; words of a list often are not.
    let small = facts.lower_only > 0.9 && facts.east_asian < 0.1 && !context.small_letters;
    let small = if small { 0.45 } else { 0.0 };
    code + small + thing + place + words.full_name * 0.8 + words.company + (lists - 0.3).max(0.0) * 1.6 + closed
}

/// Names that no list knows still look like names: do not let missing words speak too loudly.
fn floor(facts: &Facts, amount: f64, other_role: f64) -> f64 {
    let words = &facts.words;
    let name_like = facts.with_digit < 0.05 && facts.with_blank < 0.3 && words.thing < 0.25 && facts.length.mean < 16.0;
    let varied = facts.distinct > 8.0 || facts.filled < 20.0;
    if name_like && varied && words.city_lean < 0.3 {
        return amount.max(if other_role > 0.5 { -0.6 } else { -0.3 });
    }
    amount
}
