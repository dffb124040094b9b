//! Postal addresses and positions.

use dataward_model::Category;

use super::Context;
use super::Fit;
use super::Look;
use super::percent;
use crate::column::Kinds;
use crate::column::facts::Facts;
use crate::lexicon::Kind;

pub(super) fn street(facts: &Facts) -> Fit {
    if facts.flag || facts.dates > 0.3 || facts.rate("email").share > 0.3 || facts.kinds.only(Kinds::DECIMAL) {
        return Fit::against(1.0, "the values are no street addresses");
    }
    let share = facts.words.street;
    let text = format!("{} % of the values read like street and number", percent(share));
    if share > 0.25 {
        return Fit::new((share - 0.2) / 0.45 - 0.5 * facts.prose - 0.9 * facts.closed(), text);
    }
    // A second address line, a house number, a flat: anything short.
    if facts.words.unit > 0.3 {
        return Fit::new(0.35, format!("{} % of the values read like flats or floors", percent(facts.words.unit)));
    }
    let number = facts.with_digit > 0.8 && facts.length.most <= 8.0;
    Fit::against(if number { 0.35 } else { 0.75 - share + 0.25 * facts.prose }, "few values read like street addresses")
}

pub(super) fn city(look: &Look, context: &Context, index: usize) -> Fit {
    let facts = &look.facts;
    let words = &facts.words;
    let codes = facts.length.mean < 3.5 && facts.east_asian < 0.5;
    if facts.with_letter < 0.7
        || facts.with_digit > 0.5
        || facts.dates > 0.2
        || facts.flag
        || facts.prose > 0.4
        || codes
    {
        return Fit::against(1.0, "the values are no names of towns");
    }
    let text = format!("{} % of the values are known towns", percent(words.city));
    let confused = (-words.city_lean).max(0.0) * 1.6 + words.full_name * 0.8 + words.street * 0.8 + words.company;
    let lists = (words.list(Kind::Country).max(words.list(Kind::State)) - 0.5).max(0.0) * 1.2;
    // Of two columns of towns the one with fewer of them holds what lies above: provinces named after their capitals.
    let above = if words.city > 0.5 && context.lies_above_towns(index) { 0.5 } else { 0.0 };
    let amount = (facts.sure(words.city, 0.15) - 0.35) / 0.3 - confused - lists - (words.thing - 0.3).max(0.0) - above;
    // Villages that no list knows, beside street and postal code and without another town.
    let street = context.close_by(&Category::STREET, index);
    let address = 0.6 * street + 0.5 * context.close_by(&Category::POSTAL_CODE, index);
    // Streets and codes close by tell it before the first look has told what they are.
    let address = address.max(if context.near_address(index) > 0.9 { 0.7 } else { 0.0 });
    if address - context.beside(&Category::CITY, index) > 0.5 && could_be_villages(facts, context) {
        let unknown =
            0.25 + 0.6 * words.city - lists - words.full_name * 0.4 - 0.5 * (words.given - words.city).max(0.0);
        return Fit::new(amount.max(unknown), text);
    }
    let name_like = facts.with_digit < 0.1 && words.thing < 0.3 && facts.distinct > 3.0;
    // Of a few villages no list may know one: the name says what they are.
    let named = look.name.strength(&Category::CITY) > 0.8 && facts.with_digit < 0.1 && words.thing < 0.3;
    let least = match (named && words.capitalised > 0.9, name_like) {
        (true, _) => -0.1,
        (false, true) => -0.45,
        (false, false) => -1.0,
    };
    Fit::new(amount.max(least), text)
}

/// A few words with a capital that vary and are nothing else that is known.
fn could_be_villages(facts: &Facts, context: &Context) -> bool {
    let words = &facts.words;
    let written = words.capitalised > 0.9 || context.small_letters;
    let other = words.given.max(words.full_name).max(words.company).max(words.job).max(words.street);
    let varied = facts.distinct > 4.0 && facts.closed() < 0.2 && facts.length.most > facts.length.least + 2.0;
    written
        && varied
        && other < 0.35
        && words.thing < 0.3
        && facts.with_digit < 0.05
        && facts.prose < 0.1
        && facts.with_blank < 0.8
        && (3.0..=20.0).contains(&facts.length.mean)
}

pub(super) fn state(facts: &Facts, context: &Context, index: usize) -> Fit {
    let words = &facts.words;
    if facts.with_letter < 0.6 || facts.dates > 0.1 || facts.flag || facts.prose > 0.2 || facts.length.mean > 30.0 {
        return Fit::against(1.0, "the values are no states or regions");
    }
    let (names, codes) = (words.list(Kind::State), facts.sure(words.list(Kind::StateCode), 0.35));
    let codes = if words.list(Kind::CountryCode) > 0.95 && words.list(Kind::StateCode) < 0.95 { 0.0 } else { codes };
    let small = if context.small_letters { 0.0 } else { facts.lower_only };
    if context.lies_above_towns(index) && words.city.max(names) > 0.5 {
        return Fit::new(0.5, "the values are names of regions, fewer than those of the towns beside them");
    }
    if names > 0.4 && (facts.length.mean > 3.0 || facts.east_asian > 0.5) {
        // Where short forms stand beside it, the full names are those of towns.
        let elsewhere = if words.city > 0.6 { 0.6 * context.beside(&Category::STATE, index) } else { 0.0 };
        let names = facts.sure_of_list(names, 0.1);
        let town = (words.city_lean.max(0.0) - 0.3).max(0.0);
        let person = words.full_name.max(words.given * 0.6).max(words.surname - 0.4);
        let amount = (names - 0.35) / 0.35 - town - person.max(0.0) * 0.6 - elsewhere;
        return Fit::new(amount, format!("{} % of the values are states or regions", percent(names)));
    }
    if codes > 0.6 && facts.length.most <= 3.0 {
        let country = words.list(Kind::CountryCode);
        if country > 0.95 && holds_the_country_beside(facts, context) {
            return Fit::against(
                0.3,
                "the values are country codes, that of the towns or phones beside them among them",
            );
        }
        let amount = 0.55 * codes - (country - 0.6).max(0.0) * 0.6 - 0.3 * small;
        return Fit::new(amount, format!("{} % of the values are short forms of states or regions", percent(codes)));
    }
    if names + codes > 0.5 {
        let text = format!("{} % of the values are states or regions, or short forms of them", percent(names + codes));
        return Fit::new(0.6 * (names + codes).min(1.0) - 0.4 * small, text);
    }
    let thing = if words.thing > 0.5 { 0.4 } else { 0.0 };
    Fit::against(0.35 + thing, "few values are known states or regions")
}

pub(super) fn country(look: &Look, context: &Context, index: usize) -> Fit {
    let facts = &look.facts;
    let words = &facts.words;
    if facts.filled >= 30.0 && facts.uniqueness() > 0.97 && facts.sampled >= 30.0 {
        return Fit::against(0.5, "each value stands there once: a list of countries, not of people");
    }
    // French and German are languages as well; British and Swiss are none.
    let nations = words.list(Kind::Nationality);
    let named = look.name.strength(&Category::COUNTRY) > 0.4;
    let nations = if named || words.list(Kind::Language) < 0.9 * nations { nations } else { 0.0 };
    let written = words.list(Kind::Country).max(nations);
    // Every third pair of letters is a country: two or three different ones say nothing unless they are called so.
    let codes = words.list(Kind::CountryCode);
    if codes > 0.95 && holds_the_country_beside(facts, context) && !facts.flag {
        return Fit::new(0.75, "the values are country codes, that of the towns or phones beside them among them");
    }
    // Two capitals beside the parts of an address: codes of states have a column for themselves, or are many.
    let address = context.near_address(index) > 0.35;
    let alone = context.beside(&Category::COUNTRY, index) < 0.3 && facts.distinct <= 12.0;
    let states = words.list(Kind::StateCode) > 0.95 && context.beside(&Category::STATE, index) < 0.6;
    if codes > 0.95 && facts.upper_only > 0.9 && facts.length.is_constant() && address && alone && !states {
        return Fit::new(0.6, "the values are country codes, within an address");
    }
    let (names, codes) = (written, if named { facts.sure_of_list(codes, 0.4) } else { facts.sure(codes, 0.4) });
    if names > 0.4 && (facts.length.mean > 2.5 || words.list(Kind::CountryCode) < 0.9) {
        return Fit::new(
            (facts.sure_of_list(names, 0.1) - 0.3) / 0.4 - if names < 0.8 { facts.closed() } else { 0.0 },
            format!("{} % of the values are countries", percent(names)),
        );
    }
    if codes > 0.75 && words.list(Kind::CountryCode) > 0.85 && facts.length.most <= 3.0 {
        let language = if facts.lower_only > 0.9 { 0.6 } else { 0.0 };
        let state = if words.list(Kind::StateCode) > codes - 0.05 { 0.25 } else { 0.0 };
        let amount = 0.75 * codes - language - state;
        return Fit::new(amount, format!("{} % of the values are country codes", percent(codes)));
    }
    if facts.kinds.only(Kinds::INTEGER) || facts.flag || facts.length.mean > 40.0 {
        return Fit::against(1.0, "the values are no countries");
    }
    Fit::against(0.7, "few values are countries")
}

/// Whether the country that the other columns speak of stands among the codes, and hardly any other.
fn holds_the_country_beside(facts: &Facts, context: &Context) -> bool {
    let beside = context.country.as_ref().is_some_and(|country| facts.pairs.contains(country));
    beside && facts.distinct <= 16.0 && (facts.filled >= 10.0 || facts.distinct > 1.0)
}

pub(super) fn postal_code(look: &Look, context: &Context, index: usize) -> Fit {
    let facts = &look.facts;
    if facts.flag || facts.dates > 0.5 || facts.length.mean > 11.0 || facts.with_digit < 0.5 || facts.is_sequence() {
        return Fit::against(1.0, "the values are no postal codes");
    }
    // Amounts end in zeros; so do the codes of French towns, each of five digits.
    let amounts = facts.round > 0.35 && !facts.length.is_constant() || facts.round > 0.9 && facts.distinct > 8.0;
    if amounts || facts.decimals > 0.1 || facts.length.least < 3.0 && facts.length.mean < 3.5 {
        return Fit::against(1.0, "the values are no postal codes");
    }
    let share = facts.postal - (facts.not_postal - 0.15).max(0.0);
    // Two or three bare numbers are anything.
    let share = if facts.sampled < 4.0 && facts.digits_only > 0.9 { 0.6 * share } else { share };
    // Numbers of different lengths are amounts and counters; a zero in front is lost in a fifth at most.
    let uneven = facts.kinds.only(Kinds::INTEGER) && facts.length.most - facts.length.mean > 0.25;
    if uneven && !facts.length.is_constant() || facts.prefix >= 2.0 {
        return Fit::against(0.6, "the values are no postal codes");
    }
    let varied = facts.distinct > 3.0 || facts.filled < 10.0;
    let text = format!("the values have the form of postal codes ({} %)", percent((share * 2.2).min(1.0)));
    let number = if facts.kinds.only(Kinds::INTEGER) { 0.6 } else { 1.0 };
    let mut amount = (share - 0.12) / 0.6 * number;
    if share < 0.6 {
        // Bare digits: only as many as the codes of the table's country have, and hardly where
        // another column holds the codes already.
        let length = facts.length.mean.round() as usize;
        let bare = facts.length.is_constant() && facts.digits_only > 0.9;
        let other_country = context.country.as_deref().and_then(bare_length).is_some_and(|bare| bare != length);
        if bare && other_country {
            amount = amount.min(0.02);
        }
        let taken = context.beside(&Category::POSTAL_CODE, index);
        amount *= 1.0 - 0.9 * taken;
        // Nobody's address has two codes: numbers as long are customers' and account numbers.
        if taken > 0.7 && look.name.strength(&Category::POSTAL_CODE) == 0.0 {
            amount = amount.min(0.05);
        }
        // What reads like a street does so whoever lives there.
        let read = if context.near_address(index) >= 0.6 { 0.9 } else { 0.0 };
        let street = context.close_by(&Category::STREET, index).max(read);
        if length != 5 && context.country.is_none() {
            amount *= 0.5 + 0.5 * street;
        }
        // Beside a street something holds the code.
        amount *= 1.0 + 0.4 * street;
        if facts.not_postal < 0.1 && facts.length.least >= 4.0 && facts.length.most <= 6.0 && !other_country {
            amount = amount.max(0.35 * (street - context.beside(&Category::POSTAL_CODE, index)).max(0.0));
        }
    }
    // A postal code is part of an address: numbers alone are anything.
    let parts = [Category::STREET, Category::CITY, Category::STATE, Category::COUNTRY];
    let address = parts.iter().map(|part| context.beside(part, index)).fold(0.0, f64::max);
    if amount > 0.0 && context.knows_neighbours() && facts.digits_only > 0.9 {
        amount *= 0.4 + 0.6 * address;
    }
    if amount > 0.0 && varied { Fit::new(amount, text) } else { Fit::new(amount.min(0.0) * 3.0, text) }
}

/// How many bare digits a postal code of a country has; 0 for countries that write letters or a
/// hyphen. None where it is not known.
fn bare_length(country: &str) -> Option<usize> {
    Some(match country {
        "AT" | "AU" | "BE" | "CH" | "DK" | "HU" | "NO" | "NZ" | "ZA" | "PH" | "LU" | "SI" | "BG" => 4,
        "DE" | "ES" | "FI" | "FR" | "IT" | "KR" | "MX" | "SE" | "TR" | "US" | "CZ" | "GR" | "SK" | "HR" => 5,
        "CN" | "IN" | "RU" | "SG" | "RO" => 6,
        "GB" | "NL" | "CA" | "IE" | "PL" | "PT" | "BR" | "JP" => 0,
        _ => return None,
    })
}

/// Degrees with decimals, a pair of them, or a geometry.
pub(super) fn position(look: &Look, context: &Context, index: usize) -> Fit {
    let facts = &look.facts;
    let pair = facts.rate("coordinates");
    if pair.share > 0.5 {
        return Fit::new(0.9 * pair.share, format!("{} % of the values are geographic positions", percent(pair.share)));
    }
    let degrees = facts.number.least >= -180.0 && facts.number.most <= 180.0;
    if facts.decimals > 0.7 && facts.number.least >= 0.0 && facts.number.most <= 1.0 {
        return Fit::against(1.0, "the values are shares between 0 and 1");
    }
    if facts.decimals > 0.7 && degrees && !facts.is_sequence() {
        // Rates and scores have decimals too: few of them say nothing unless the name does.
        let named = look.name.strength(&Category::PRECISE_LOCATION) > 0.0;
        if !named && !context.is_pair_of_degrees(index) {
            return Fit::new(0.0, "degrees of latitude and longitude come in pairs");
        }
        let wide = match facts.precision {
            // The name says something else.
            _ if !named && !look.name.opaque => 0.2,
            precision if precision >= 4.5 => 0.55,
            precision if precision >= 3.5 => 0.3,
            precision if precision >= 1.0 && named => 0.2,
            _ => 0.0,
        };
        return Fit::new(wide, "the values can be degrees of latitude or longitude");
    }
    if facts.kinds.has(Kinds::BINARY) || facts.with_letter > 0.9 && facts.upper_only > 0.5 && facts.length.mean > 15.0 {
        return Fit::silent();
    }
    Fit::against(1.0, "the values are no geographic positions")
}
