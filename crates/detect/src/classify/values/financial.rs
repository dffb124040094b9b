//! Cards, accounts, money, and numbers given to persons.

use dataward_model::Category;

use super::Context;
use super::Fit;
use super::Look;
use super::percent;
use crate::column::Kinds;
use crate::column::facts::Facts;
use crate::column::facts::above_chance;

pub(super) fn card(facts: &Facts) -> Fit {
    let rate = facts.rate("payment-card");
    let amount = above_chance(rate, facts.sampled);
    if facts.looks_like("article number") > rate.share.max(0.9) {
        return Fit::against(1.0, "the values are article numbers");
    }
    if amount > 0.0 {
        let text = format!(
            "{} % of the values are valid card numbers; by chance it were {} %",
            percent(rate.share),
            percent(rate.chance)
        );
        return Fit::new(amount, text);
    }
    if facts.masked_card > 0.5 {
        return Fit::new(
            0.9 * facts.masked_card,
            format!("{} % of the values are card numbers with most digits starred out", percent(facts.masked_card)),
        );
    }
    if facts.flag
        || facts.dates > 0.2
        || facts.with_digit < 0.3 && facts.token < 0.3
        || facts.decimals > 0.2
        || facts.with_blank > 0.6 && facts.prose > 0.2
    {
        return Fit::against(1.0, "the values are no card numbers");
    }
    if facts.length.mean >= 12.0 && facts.token < 0.3 && facts.digits_only > 0.8 {
        return Fit::against(0.15, "the values fail the check digit of cards");
    }
    // The last four digits, a masked or an encrypted number.
    let small = facts.integers > 0.9 && facts.length.mean < 3.0;
    Fit::against(if small { 0.7 } else { 0.1 }, "the values are no whole card numbers")
}

pub(super) fn account(facts: &Facts) -> Fit {
    let best = facts.best(&Category::BANK_ACCOUNT, &[]);
    if let Some((amount, title, rate)) = best
        && amount > 0.0
    {
        let coarse = if title.contains("BIC") { 0.45 } else { 1.0 };
        return Fit::new(amount * coarse, format!("{} % of the values are a valid {title}", percent(rate.share)));
    }
    let written = facts.phone_formed < 0.5 && (facts.with_letter < 0.3 || facts.upper_only > 0.5);
    let blanks = facts.with_blank < 0.8 || facts.with_letter < 0.1;
    let codes = written && facts.with_digit > 0.8 && blanks && (5.0..=34.0).contains(&facts.length.mean);
    if facts.flag || facts.dates > 0.1 || facts.decimals > 0.1 || !codes || facts.is_sequence() {
        return Fit::against(0.9, "the values are no account numbers");
    }
    if facts.prefix >= 3.0 {
        return Fit::against(0.6, "the values begin alike, as numbers that a house gives do");
    }
    Fit::silent()
}

/// Salaries and the like: numbers that only a name, or what stands beside them, can tell from others.
pub(super) fn money(look: &Look, context: &Context, index: usize) -> Fit {
    let facts = &look.facts;
    if facts.integers + facts.decimals > 0.9 && !facts.flag && facts.distinct > 2.0 && !facts.is_sequence() {
        let beside = |category: &Category| context.beside(category, index);
        let paid = beside(&Category::JOB_TITLE)
            .max(0.6 * beside(&Category::BANK_ACCOUNT))
            .max(0.6 * beside(&Category::NATIONAL_ID));
        let silent = look.name.opaque || look.name.says.is_empty();
        let named = look.name.strength(&Category::FINANCIAL) > 0.2;
        if is_wage(facts) && named && look.name.veto < 0.5 && look.name.amount < 0.5 {
            return Fit::new(0.35, "the values are amounts as wages are");
        }
        if is_wage(facts) && silent && look.name.veto < 0.5 && look.name.amount < 0.5 {
            let people = context.person.max(0.0) * (1.0 - context.things);
            return Fit::new(0.08 + 0.75 * paid * people, "the values are amounts, in a table of people at work");
        }
        if context.pays
            && look.name.veto < 0.5
            && facts.number.most >= 200.0
            && (named || silent && look.name.person < 0.4 && is_wage(facts))
        {
            return Fit::new(0.6, "the values are amounts, in a table of what people are paid");
        }
        return Fit::new(0.08, "the values are amounts");
    }
    Fit::against(0.8, "the values are no amounts")
}

/// Amounts as wages are: of three digits and more, different, rounded to tens or written with cents.
fn is_wage(facts: &Facts) -> bool {
    let rounded = facts.round > 0.3 || facts.decimals > 0.5 && facts.precision <= 2.5;
    rounded && facts.number.least >= 200.0 && facts.number.most <= 50_000_000.0 && facts.postal < 0.45
}

/// What a pass of a form without a check digit is worth at most: it does not end the search for what speaks against.
const FORM_ALONE: f64 = 0.05;
/// What a form without a check digit counts when all values have it: enough to confirm a name, not to be one.
const WRITTEN: f64 = 0.12;
/// The same where digits stand in groups as no plain number does: `219-09-9999`.
const GROUPED: f64 = 0.5;

/// What different numbers count where the column is called after the paper that they stand on.
const CALLED: f64 = 0.3;

/// Papers that things do not have.
const GIVEN_TO_A_PERSON: &[Category] = &[Category::PASSPORT_NUMBER, Category::DRIVERS_LICENSE];

/// What letters and digits count in a table of people with their dates of birth, where no house of ours gives them.
const BESIDE_PEOPLE: f64 = 0.33;

/// Numbers that a state, an insurer or a hospital gives to a person.
pub(super) fn id_number(category: &Category, look: &Look, context: &Context, index: usize) -> Fit {
    let facts = &look.facts;
    if facts.constant {
        return Fit::against(1.0, "all rows hold one number, which is then no person's own");
    }
    let own = facts.best(category, &[]);
    // The British NHS number and others are listed as national ids.
    let best = match (own, category.key()) {
        (None, "user.health_and_medical.insurance_beneficiary_id") => {
            facts.best(&Category::NATIONAL_ID, &[]).map(|(a, t, r)| (a * 0.3, t, r))
        }
        (own, _) => own,
    };
    if let Some((amount, title, rate)) = best
        && amount > FORM_ALONE
    {
        let plain = if facts.is_sequence()
            || facts.dates > 0.6
            || facts.looks_like("epoch") > 0.5
            || facts.looks_like("article number") > 0.6
            || facts.looks_like("isbn") > 0.5
            || facts.looks_like("number of a year") > 0.8
        {
            0.1
        } else {
            1.0
        };
        let text = format!(
            "{} % of the values pass as {title}; by chance it were {} %",
            percent(rate.share),
            percent(rate.chance)
        );
        return Fit::new(amount * plain, text);
    }
    let words = facts.with_blank > 0.7 && facts.with_letter > 0.9 && facts.with_digit < 0.3 || facts.prose > 0.2;
    if facts.flag
        || facts.dates > 0.5
        || words
        || facts.length.mean < 4.0
        || category.key() == "user.government_id.national_identification_number" && facts.length.most < 6.0
        || facts.with_digit < 0.3
        || facts.decimals > 0.2
    {
        return Fit::against(1.0, "the values are no such numbers");
    }
    let plate = category.key() == "user.government_id.vehicle_registration";
    if plate && facts.with_letter < 0.3 {
        return Fit::against(0.8, "registrations of vehicles have letters");
    }
    let repeated = facts.uniqueness() < 0.3 && facts.distinct < 100.0 && facts.filled > 100.0;
    let counter = facts.kinds.only(Kinds::INTEGER) && facts.is_sequence();
    if let Some((_, title, rate)) = best
        && rate.share > 0.9
        && !(counter || repeated || facts.is_sequence())
    {
        let grouped = *category == Category::NATIONAL_ID && facts.digits_only < 0.1 && facts.with_letter < 0.1;
        // Numbers that a house gives begin alike or have few digits.
        let born = context.beside(&Category::DATE_OF_BIRTH, index) > 0.5
            && context.beside(&Category::LAST_NAME, index).max(context.beside(&Category::NAME, index)) > 0.5;
        let foreign =
            facts.prefix == 0.0 && facts.with_letter > 0.9 && facts.with_digit > 0.9 && facts.length.mean >= 8.0;
        let amount = match (grouped && facts.phone_formed < 0.3, born && foreign && facts.uniqueness() > 0.95) {
            (true, _) => GROUPED,
            (false, true) => BESIDE_PEOPLE,
            (false, false) => WRITTEN,
        };
        return Fit::new(amount, format!("{} % of the values are written like a {title}", percent(rate.share)));
    }
    let own = facts.uniqueness() > 0.7 && facts.with_digit > 0.9 && facts.with_blank < 0.3 && !counter;
    let named = look.name.strength(category) > 0.8 && look.name.veto < 0.5;
    if named && own && (5.0..=20.0).contains(&facts.length.mean) && GIVEN_TO_A_PERSON.contains(category) {
        return Fit::new(CALLED, "the values can be such numbers");
    }
    Fit::against(
        if counter {
            0.8
        } else if repeated {
            0.5
        } else {
            0.0
        },
        "the values repeat or count up",
    )
}
