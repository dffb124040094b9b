//! E-mail, phone, home page, employer, free text.

use dataward_model::Category;

use super::Context;
use super::Fit;
use super::Look;
use super::percent;
use crate::column::Kinds;
use crate::column::facts::Facts;
use crate::column::facts::above_chance;

pub(super) fn email(facts: &Facts) -> Fit {
    let rate = facts.rate("email");
    if rate.share == 0.0 {
        return Fit::against(1.0, "none of the values is an e-mail address");
    }
    // Hardly anybody has one of those; where most are, the others are offices with names of their own.
    if facts.role_mailbox > OFFICES {
        return Fit::against(0.4, "the addresses are mailboxes of offices, not of persons");
    }
    Fit::new(
        above_chance(rate, facts.sampled),
        format!("{} % of the values are valid e-mail addresses", percent(rate.share)),
    )
}

/// From this share of mailboxes of offices on a column is one of offices.
const OFFICES: f64 = 0.6;

pub(super) fn phone(facts: &Facts, context: &Context, index: usize) -> Fit {
    if facts.kinds.only(Kinds::DECIMAL)
        || facts.decimals > 0.3
        || facts.dates > 0.5
        || facts.flag
        || facts.length.most < 6.0
    {
        return Fit::against(1.0, "the values cannot be phone numbers");
    }
    for (what, words) in [
        ("epoch", "points in time"),
        ("article number", "article numbers"),
        ("isbn", "book numbers"),
        ("version", "versions"),
    ] {
        if facts.looks_like(what) > 0.6 {
            return Fit::against(1.0, &format!("the values are {words}"));
        }
    }
    let loose = facts.dialable;
    let international = facts.rate("phone-international").share;
    let formed = facts.phone_formed.max(international);
    if formed > 0.4 {
        let amount = 0.25 + 0.75 * (0.6 * formed + 0.4 * facts.phone.max(international));
        return Fit::new(amount, format!("{} % of the values are written like phone numbers", percent(formed)));
    }
    if loose > 0.6 {
        // Bare digits: order and customer numbers look the same, so the name or the table must say more.
        let close = facts.integers > 0.5 && facts.number.most - facts.number.least < facts.distinct * 100.0;
        let dense = facts.is_sequence() || close;
        let even = facts.length.most - facts.length.least <= 2.0;
        // Where the table's country is known, its plan alone counts.
        let known = context.country.as_deref().and_then(|country| facts.plans.of(country));
        let valid = known.map_or(facts.phone, |share| share * facts.dialable);
        let plan = ((valid - 0.5) / 0.4).clamp(0.0, 1.0);
        // Ten digits of one plan are no chance; eight are in some.
        let long = facts.length.mean > 9.5;
        let most = match (known.is_some(), long) {
            (true, true) => 0.54,
            (true, false) => 0.4,
            (false, true) => 0.42,
            (false, false) => 0.2,
        };
        if valid < 0.15 && facts.length.mean < 7.5 && facts.sampled >= 10.0 {
            return Fit::against(0.5, "the values are too short for numbers of any country");
        }
        let short = facts.length.mean < 7.0;
        // Where another column is written as phone numbers are, bare digits are rather something else.
        let written = (context.beside(&Category::PHONE_NUMBER, index) - 0.6).max(0.0) / 0.4;
        let most = most * (1.0 - 0.6 * written);
        let amount = if dense || !even || short { 0.05 * valid } else { 0.08 * valid + most * plan };
        let isbn = facts.looks_like("isbn").max(facts.looks_like("article number")) > 0.1;
        if facts.trunk > 0.9 && !dense && !isbn && facts.uniqueness() > 0.5 {
            return Fit::new(
                amount.max(TRUNK * (1.0 - 0.6 * written)),
                "the values begin with one zero, as numbers that are dialled",
            );
        }
        let text = format!("{} % more of the values could be dialled in one country than by chance", percent(valid));
        return Fit::new(amount, text);
    }
    Fit::against(1.0 - loose, "few values could be phone numbers")
}

/// What one zero in front of all numbers counts.
const TRUNK: f64 = 0.5;

pub(super) fn url(facts: &Facts) -> Fit {
    let profile = facts.rate("profile-url");
    if profile.share > 0.4 {
        return Fit::new(profile.share, format!("{} % of the values are pages of persons", percent(profile.share)));
    }
    if facts.url > 0.5 {
        return Fit::new(0.12, format!("{} % of the values are web addresses", percent(facts.url)));
    }
    Fit::against(0.6 * (1.0 - facts.handle.max(facts.url)), "the values are no web addresses")
}

pub(super) fn organization(look: &Look) -> Fit {
    let facts = &look.facts;
    let words = &facts.words;
    // An organisation of which nothing more is said may as well be the one that treats or teaches.
    let vague = look
        .name
        .terms
        .iter()
        .any(|term| matches!(term.as_str(), "organization" | "organisation" | "org" | "institution"));
    let named = look.name.strength(&Category::CONTACT_ORGANIZATION) > 0.4 && !vague;
    if facts.with_letter < 0.7 || facts.dates > 0.3 || facts.flag || facts.prose > 0.5 {
        return Fit::against(1.0, "the values are no names of companies");
    }
    let company = if named { words.company.max(words.institution) } else { words.company };
    if company > if named { 0.25 } else { 0.12 } {
        // Hospitals, schools, banks and airlines serve the people of a table: only a name makes them employers.
        let served = if named { 0.0 } else { 1.5 * (words.institution - 0.2).max(0.0) };
        // A few firms for many people are those that the table deals with, not where each of them works.
        let shared = ((facts.repetition() - 2.0) / 3.0).clamp(0.0, 1.0);
        let closed = if named { 0.0 } else { facts.closed().max(shared) };
        let amount = ((company - 0.1) / 0.35).min(1.0) * (1.0 - words.street).max(0.0) - served - closed;
        // Those that people buy from and deal with stand beside them as often as those that they work for.
        let amount = if named { amount } else { UNNAMED_EMPLOYER * amount };
        return Fit::new(amount, format!("{} % of the values are names of companies", percent(company)));
    }
    // Half of all firms are called like nothing else: the name of the column decides, if nothing speaks against it.
    let plain = facts.with_letter > 0.9 && facts.with_digit < 0.2 && facts.prose < 0.2 && facts.distinct > 3.0;
    let other = words.full_name.max(words.given).max(words.city).max(words.street).max(words.job);
    if named && plain && other < 0.4 && facts.closed() < 0.3 && facts.length.mean > 4.0 {
        return Fit::new(0.25, "the values can be names of companies");
    }
    let person = words.full_name.max(if words.few_words < 0.3 { words.given.max(words.surname) * 0.6 } else { 0.0 });
    Fit::against(0.15 + 0.5 * person, "the values do not read like companies")
}

/// What names of firms count where the column's name does not say employer: measured on the looked-at halves of four sets,
/// two of nine such columns in tables of people held employers.
const UNNAMED_EMPLOYER: f64 = 0.35;

/// Prose, JSON or log lines in which personal data stands.
pub(super) fn content(look: &Look) -> Fit {
    let facts = &look.facts;
    let plain = facts.with_blank.max(facts.structured).max(facts.east_asian);
    let pure = facts.passes.values().filter(|rate| rate.chance < 0.2).map(|rate| rate.share).fold(0.0, f64::max);
    // Illnesses are known by words alone: one of them may be said of nobody.
    let ill = facts.inside.get(&Category::HEALTH).copied().filter(|share| share * facts.sampled > 2.5).unwrap_or(0.0);
    let telling = PRECISE.iter().filter_map(|category| facts.inside.get(category)).copied().fold(ill, f64::max);
    let named = NAMED.iter().filter_map(|category| facts.inside.get(category)).copied().fold(0.0, f64::max);
    let fields = fields(facts);
    if facts.agent > 0.3 {
        return Fit::against(1.0, "the values name browsers");
    }
    if facts.named_mailbox > MAILBOXES {
        let text =
            format!("{} % of the values are e-mail addresses with a name beside them", percent(facts.named_mailbox));
        return Fit::new(1.0, text);
    }
    // Several kinds of values under one roof: entity-attribute-value tables.
    let mail = facts.rate("email").share;
    let kinds = [mail, facts.phone_formed, facts.words.street, facts.words.full_name, facts.dates, facts.url];
    let several = kinds.iter().filter(|share| (0.04..0.75).contains(*share)).count();
    if (0.03..0.7).contains(&mail) && several >= 2 && facts.structured < 0.3 && facts.prose < 0.3 && !facts.flag {
        let people = kinds[..4].iter().filter(|share| (0.04..0.75).contains(*share)).count();
        let amount = if people >= 2 { 1.0 } else { 0.85 };
        return Fit::new(amount, "the values are mixed, and personal data is among them");
    }
    if plain < 0.3 || pure > 0.85 || facts.length.mean < 12.0 {
        let mixed = pure > 0.03 && pure < 0.8 && facts.kinds.has(Kinds::TEXT) && facts.with_letter > 0.3 && !facts.flag;
        if mixed && mail > 0.03 && mail < 0.7 {
            return Fit::new(0.75, "the values are mixed, and personal data is among them");
        }
        return Fit::against(1.0, "the values are no texts with something inside");
    }
    // One valid address, card or id in hundreds of texts is personal data; a number that looks like a phone is not yet.
    let proven = PROVEN.iter().any(|category| facts.inside.get(category).is_some_and(|share| *share > 0.0));
    // Three are no chance hits.
    let several = ill > 0.0
        || PRECISE.iter().filter_map(|category| facts.inside.get(category)).any(|share| share * facts.filled > 2.5);
    let least = if proven || several { 1.0 } else { 0.6 };
    let amount = (if telling > 0.0 { least + telling } else { 0.0 }).max(fields).max(if facts.prose > 0.4 {
        2.0 * named - 0.1
    } else {
        0.0
    });
    if amount > 0.0 {
        return Fit::new(
            amount.min(1.0),
            format!("personal data stands inside of {} % of the texts", percent(facts.carrying.max(0.01))),
        );
    }
    Fit::against(0.8, "no personal data was found inside the texts")
}

/// From this share of addresses with names on a column holds both, whatever else is among it.
const MAILBOXES: f64 = 0.25;

/// How surely the keys of JSON, XML or key-value texts lead to personal data.
fn fields(facts: &Facts) -> f64 {
    if facts.structured < 0.3 {
        return 0.0;
    }
    let personal = facts.fields.iter().filter(|(key, value)| {
        let name = crate::header::column_name(key);
        let strong = name.says.iter().any(|(category, strength)| {
            *strength >= 0.9
                && name.veto < 0.5
                && name.thing < 0.5
                && *category != Category::CONTENT
                && !matches!(
                    category.key(),
                    "user.contact.address.country" | "user.demographic.language" | "user.job_title"
                )
        });
        let named = name.says.first().is_some_and(|(category, _)| category.is_within(&Category::NAME));
        let of_machine = named && value.contains(['\\', '/', '_', ':', '.']) && !value.contains(' ');
        strong && !of_machine && value.len() > 1 && !matches!(value.as_str(), "null" | "true" | "false" | "none")
    });
    let per_text = personal.count() as f64 / (facts.structured * facts.sampled).max(1.0);
    (per_text * 1.5).min(1.0)
}

/// What a check digit or a domain proves.
const PROVEN: &[Category] = &[Category::EMAIL, Category::CREDIT_CARD, Category::BANK_ACCOUNT, Category::NATIONAL_ID];

const PRECISE: &[Category] = &[
    Category::EMAIL,
    Category::PHONE_NUMBER,
    Category::CREDIT_CARD,
    Category::BANK_ACCOUNT,
    Category::NATIONAL_ID,
    Category::IP_ADDRESS,
    Category::DATE_OF_BIRTH,
];

const NAMED: &[Category] = &[Category::NAME, Category::FIRST_NAME, Category::LAST_NAME, Category::STREET];
