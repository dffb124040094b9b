//! What describes a person: birth, gender, work, health, convictions.

use dataward_model::Category;

use super::Context;
use super::Fit;
use super::Look;
use super::percent;
use crate::column::Kinds;
use crate::column::facts::Facts;
use crate::lexicon::Kind;

/// Dates of birth lie 1 to 110 years back, have no time of day, and spread over decades.
pub(super) fn birth(look: &Look, context: &Context, index: usize) -> Fit {
    let facts = &look.facts;
    let this_year = f64::from(context.today.0);
    if facts.dates > 0.8 {
        let (least, most) = (facts.year.least, facts.year.most);
        if facts.timed > 0.2 {
            return Fit::against(0.9, "the values have a time of day, as dates of birth do not");
        }
        if most > this_year || least < this_year - 135.0 {
            return Fit::against(0.8, "the dates do not fit the lives of people");
        }
        let spread = most - least;
        if facts.distinct <= 1.0 && facts.filled >= 4.0 {
            return Fit::against(0.8, "all rows have one date");
        }
        let few = facts.sampled < 8.0;
        let age = this_year - facts.year.mean;
        let mut amount = 0.0;
        amount += if spread >= 20.0 {
            0.3
        } else if few {
            0.1
        } else {
            -0.3
        };
        amount += if most <= this_year - 14.0 {
            0.2
        } else if most >= this_year - 2.0 {
            -0.15
        } else {
            0.0
        };
        amount += match age {
            18.0..=75.0 => 0.15,
            14.0.. => -0.1,
            _ => -0.25,
        };
        amount += if most >= this_year - 4.0 { -0.5 } else { 0.0 };
        // Nobody is born of a list of things, unless people stand in it.
        amount -= 0.5 * context.things * (1.0 - context.person.max(0.0));
        // `employment_end` says itself when it is.
        if look.name.strength(&Category::DATE_OF_BIRTH) == 0.0 && look.name.event {
            amount -= 0.8;
        }
        // Births spread; what all happened within two years is something else, classes of pupils apart.
        if spread <= 2.0 && facts.sampled >= 4.0 && least < this_year - 20.0 {
            amount -= 0.3;
        }
        amount += match context.years_before_others(index) {
            Some(years) if years >= 8.0 => 0.3,
            Some(years) if years >= 1.0 => 0.0,
            Some(_) => -0.45,
            None => 0.0,
        };
        // Pupils: nothing of theirs happened before they were born, and none was born in the last years.
        let children = most <= this_year - 5.0 && least >= this_year - 22.0 && spread >= 5.0 && facts.sampled >= 8.0;
        let first = context.years_before_others(index).is_none_or(|years| years >= 3.0);
        let named = context.beside(&Category::FIRST_NAME, index).max(context.beside(&Category::NAME, index));
        if children && first && !look.name.event && named > 0.6 && context.person_beside(index) > 0.4 {
            amount = amount.max(0.45);
        }
        // Who is called so may be of any age.
        let called = look.name.strength(&Category::DATE_OF_BIRTH) > 0.2;
        if called && least >= this_year - 110.0 && most <= this_year - 3.0 && spread >= 2.0 {
            amount = amount.max(-0.1);
        }
        return Fit::new(
            amount,
            format!("the dates lie {:.0} to {:.0} years back", this_year - most, this_year - least),
        );
    }
    if facts.dates > 0.3 {
        return Fit::silent();
    }
    let oldest = if look.name.strength(&Category::DATE_OF_BIRTH) > 0.5 { 160.0 } else { 130.0 };
    let year = facts.integers > 0.95 && facts.number.least >= this_year - oldest && facts.number.most <= this_year;
    if year && facts.number.least > 1500.0 {
        return Fit::new(0.1, "the values can be years of birth");
    }
    if facts.integers > 0.95 && facts.number.most <= 31.0 && facts.number.least >= 1.0 {
        return Fit::against(0.6, "the values can be days or months only");
    }
    // Shops and newsletters ask for `06/14`.
    let of_any_year = facts.with_digit > 0.9 && facts.with_letter < 0.1 && (4.0..=5.0).contains(&facts.length.mean);
    if of_any_year && facts.integers < 0.1 && look.name.strength(&Category::DATE_OF_BIRTH) > 0.5 {
        return Fit::new(0.1, "the values can be days of births without a year");
    }
    let unreadable = facts.decimals < 0.1
        && facts.with_digit > 0.9
        && (6.0..=12.0).contains(&facts.length.mean)
        && facts.with_letter < 0.1;
    Fit::against(if unreadable { 0.5 } else { 1.0 }, "the values are no dates")
}

pub(super) fn gender(facts: &Facts) -> Fit {
    let share = facts.words.list(Kind::Gender);
    if facts.distinct > 12.0 || facts.dates > 0.0 || facts.decimals > 0.0 {
        return Fit::against(1.0, "there are too many different values for a gender");
    }
    if facts.with_letter < 0.5 {
        let code = facts.integers > 0.9 && facts.number.most <= 9.0 && facts.distinct <= 5.0;
        return if code { Fit::silent() } else { Fit::against(1.0, "the values are no genders") };
    }
    if share < 0.7 {
        return Fit::against(0.8, "the values are no genders");
    }
    if facts.length.most <= 1.0 && facts.east_asian < 0.5 && !facts.words.letters_of_genders() {
        return Fit::against(0.8, "the letters stand for no genders of one language");
    }
    let telling = facts.length.mean > 1.5 || facts.east_asian > 0.5;
    let pair = if facts.distinct >= 2.0 { 1.0 } else { 0.35 };
    // `h` and `m` are genders in one language and hits and misses in another.
    let letters = if facts.words.letters_of_men_and_women() { 0.8 } else { 0.5 };
    let amount = if telling { pair } else { letters * pair };
    Fit::new(amount * (share - 0.6) / 0.4, format!("all {} different values are genders", facts.distinct))
}

pub(super) fn age(facts: &Facts) -> Fit {
    if facts.integers > 0.9 && facts.number.least >= 0.0 && facts.number.most <= 120.0 && facts.distinct > 2.0 {
        return Fit::new(0.12, "the values can be ages");
    }
    if facts.with_digit > 0.5
        && facts.distinct <= 25.0
        && facts.length.mean < 14.0
        && facts.decimals < 0.1
        && facts.dates < 0.1
    {
        return Fit::silent();
    }
    Fit::against(1.0, "the values are no ages")
}

pub(super) fn language(facts: &Facts) -> Fit {
    let share = facts.words.list(Kind::Language);
    if share < 0.7 || facts.distinct > 80.0 {
        return Fit::against(0.9, "the values are no languages");
    }
    let country = facts.words.list(Kind::CountryCode);
    let ambiguous = if facts.length.most <= 2.0 && facts.upper_only > 0.9 && country > 0.8 { 0.5 } else { 0.0 };
    let short = if facts.length.most <= 2.0 { 0.25 } else { 0.0 };
    // British, Swiss and Brazilian are no languages: nationalities.
    let nations = words_of_nations(facts);
    Fit::new(share * 0.75 - ambiguous - short - nations, format!("{} % of the values are languages", percent(share)))
}

/// 1 where the values are nationalities and not all of them are languages.
fn words_of_nations(facts: &Facts) -> f64 {
    let (nations, languages) = (facts.words.list(Kind::Nationality), facts.words.list(Kind::Language));
    if nations > 0.8 && languages < 0.95 && facts.length.mean > 3.5 { 1.0 } else { 0.0 }
}

pub(super) fn job(facts: &Facts) -> Fit {
    let words = &facts.words;
    if facts.with_letter < 0.7
        || facts.with_digit > 0.4
        || facts.flag
        || facts.dates > 0.1
        || facts.prose > 0.5
        || facts.url > 0.3
    {
        return Fit::against(1.0, "the values are no job titles");
    }
    let share = facts.sure(words.job, 0.05);
    // One or two hits are chance.
    let share = share * (words.job * facts.sampled / 3.0).min(1.0);
    let text = format!("{} % of the values are job titles", percent(share));
    if share > 0.25 {
        let other = words.list(Kind::Department).max(words.list(Kind::Status)).max(words.industry) * 1.5;
        // Two or three words that repeat are groups and answers.
        let few = if facts.distinct < 4.0 { 0.9 } else { 0.4 };
        let confused = words.full_name.max(words.surname * 0.5).max(words.company).max(words.institution).max(other);
        return Fit::new((share - 0.2) / 0.4 - 0.7 * confused - few * facts.closed(), text);
    }
    let person = words.full_name.max(words.given * 0.5);
    Fit::against(0.35 + 0.4 * person, "few values are known job titles")
}

pub(super) fn health(look: &Look, context: &Context, index: usize) -> Fit {
    let facts = &look.facts;
    let words = &facts.words;
    if facts.flag || facts.dates > 0.3 {
        return Fit::against(0.5, "the values say nothing of health");
    }
    let blood = words.list(Kind::Blood);
    if blood > 0.9 && facts.distinct >= 3.0 && facts.length.mean > 1.0 {
        return Fit::new(0.85, "the values are blood groups");
    }
    let illness = words.list(Kind::Health).max(words.medical);
    // Patients share their illnesses; a catalogue has each of them once.
    let once = facts.filled >= 20.0 && facts.uniqueness() > 0.97 && context.person_beside(index) < 0.2;
    if once && illness.max(facts.icd) > 0.2 {
        return Fit::against(0.5, "each value stands there once: a list of illnesses or medicines, not of patients");
    }
    if illness > 0.2 {
        return Fit::new(
            (facts.sure_of_few(illness, 0.0) - 0.1) * 1.9,
            format!("{} % of the values are illnesses or medicines", percent(illness)),
        );
    }
    let coded = if look.name.strength(&Category::HEALTH) > 0.5 { 0.6 } else { 0.9 };
    if facts.icd > coded && facts.distinct > 3.0 {
        let pointed = if facts.length.mean > 3.5 { 0.55 } else { 0.12 };
        return Fit::new(pointed, "the values have the form of ICD-10 diagnosis codes");
    }
    if facts.integers + facts.decimals > 0.9 {
        return Fit::against(0.3, "the values are numbers");
    }
    Fit::against(0.1, "the values are no known illnesses")
}

/// Categories that a closed list of words knows.
pub(super) fn listed(category: &Category, facts: &Facts) -> Fit {
    let kind = match category.key() {
        "user.demographic.marital_status" => Kind::Marital,
        "user.demographic.religious_belief" => Kind::Religion,
        "user.demographic.race_ethnicity" => Kind::Ethnicity,
        "user.demographic.political_opinion" => Kind::Political,
        "user.demographic.sexual_orientation" => Kind::Orientation,
        _ => return Fit::silent(),
    };
    if kind == Kind::Marital && facts.words.letters_of_marriage() {
        return Fit::new(0.35, "the letters stand for married, single and the like");
    }
    let share = facts.words.list(kind);
    if facts.distinct > 60.0 || facts.dates > 0.1 || facts.decimals > 0.1 {
        return Fit::against(1.0, "there are too many different values");
    }
    if share > 0.5 {
        let pair = if facts.distinct >= 2.0 { 1.0 } else { 0.3 };
        let gender = if facts.words.list(Kind::Gender) > 0.9 { 0.5 } else { 0.0 };
        let short = if facts.length.mean <= 3.0 { 0.5 } else { 0.0 };
        return Fit::new(
            (share - 0.35) / 0.4 * pair - gender - short,
            format!("{} % of the values are of that list", percent(share)),
        );
    }
    let code = facts.length.mean <= 3.0 && facts.distinct <= 15.0 && !facts.flag;
    // Beliefs are written in more ways than a list has (`röm.-kath.`), and their name means little else.
    let few = kind == Kind::Religion && facts.distinct <= 25.0 && facts.with_letter > 0.8 && facts.length.mean <= 25.0;
    let thing = if facts.kinds.only(Kinds::INTEGER) || few { 0.1 } else { 0.5 };
    Fit::against(if code { 0.0 } else { thing }, "few values stand in the list of that kind")
}
