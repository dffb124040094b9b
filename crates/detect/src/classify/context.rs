//! What a table is about, and what stands beside a column.

use std::collections::BTreeMap;

use dataward_model::Category;

use super::Look;
use super::firms;
use crate::column::facts::Facts;
use crate::header;
use crate::header::TableName;
use crate::lexicon::Kind;
use lists::IDENTITY;
use lists::MOST_IDENTITY;
use lists::PAIRS;
use lists::REACHABLE;
use lists::THING_COLUMNS;
use lists::WIDE;

mod lists;

/// The table around a column.
#[derive(Clone, Debug, Default)]
pub(crate) struct Context {
    /// -1 surely about things, places or organisations, 1 surely about people.
    pub(crate) person: f64,
    /// The same before it is squashed, without what the columns turned out to be.
    named: f64,
    /// For each column how much it makes the table one about people, and all of them together.
    identity: Vec<f64>,
    identities: f64,
    pub(crate) table: TableName,
    /// Year, month, day.
    pub(crate) today: (i16, u8, u8),
    /// For each category the strongest belief of a column after the first look, which column that
    /// is, and the strongest of the others: a table may have ten thousand columns.
    strongest: BTreeMap<Category, Strongest>,
    /// The middle day of each column of dates; 0 for others.
    days: Vec<f64>,
    /// Whether the columns were looked at once already.
    second_look: bool,
    /// For each column whether it can be degrees of latitude or longitude by its values.
    degrees: Vec<bool>,
    /// Whether the whole table is written in small letters, so that these say nothing.
    pub(crate) small_letters: bool,
    /// For each column how many different towns it holds; 0 for those that hold none.
    towns: Vec<f64>,
    /// The same for columns that could hold villages that no list knows.
    villages: Vec<f64>,
    /// The country that the columns speak of together (ISO 3166), where they agree.
    pub(crate) country: Option<String>,
    /// How many columns hold what only things have, by name or values, 0 to 1.
    pub(crate) things: f64,
    /// The columns that hold keys of settings, some of them of secrets.
    secrets: Vec<bool>,
    /// Whether the table's name speaks of wages.
    pub(crate) pays: bool,
    /// Whether each row has an account name of its own.
    accounts: bool,
    /// Whether a column points to people kept elsewhere: `customer_id`, `patient_no`.
    pub(crate) points_to_people: bool,
    /// Whether the table holds one column of words or phone numbers, with a key or a moment at most.
    bare: bool,
    /// For each column how much of an address stands close to it, by the values alone.
    near_address: Vec<f64>,
    /// Whether a column holds streets or phone numbers.
    addressed: bool,
    /// For each column how surely its values tell that the rows are about people.
    somebodys: Vec<f64>,
    /// Whether a column holds names of firms, titles, streets or towns.
    placed: bool,
    /// How surely a column names something that is no person: shops, hotels, books, 0 to 1.
    pub(crate) titled: f64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Strongest {
    belief: f64,
    column: usize,
    second: f64,
}

impl Context {
    /// From the table's and the columns' names alone.
    pub(super) fn by_name(table: &str, looks: &[Look], today: (i16, u8, u8)) -> Self {
        let pays = header::speaks_of_wages(table);
        let mut table = header::table_name(table);
        if firms::lists_firms(looks) {
            // Whatever it is called: `clients` of a firm are firms.
            table.organisation = table.organisation.max(table.person).max(firms::FIRMS);
            table.person = 0.0;
        }
        let days = looks.iter().map(|look| if look.facts.dates > 0.8 { look.facts.middle_day } else { 0.0 }).collect();
        let (country, things_beside) = (country(looks), listed_things(looks));
        let titled = titled(looks);
        let degrees = looks.iter().map(|look| can_be_degrees(&look.facts)).collect();
        let towns = looks.iter().map(|look| towns(&look.facts)).collect();
        let villages = looks.iter().map(villages).collect();
        let mut context = Self {
            table,
            today,
            days,
            degrees,
            towns,
            villages,
            country,
            things: things_beside,
            titled,
            pays,
            secrets: looks.iter().map(|look| look.facts.secret_names > 0.0).collect(),
            ..Self::default()
        };
        context.bare =
            is_bare(looks) && context.table.organisation.max(context.table.place).max(context.table.thing) < 0.4;
        context.near_address = (0..looks.len()).map(|index| near_address(looks, index)).collect();
        context.addressed = looks.iter().any(|look| look.facts.words.street > 0.4 || look.facts.phone_formed > 0.6);
        context.placed = context.titled > 0.3
            || context.table.organisation.max(context.table.place).max(context.table.thing) >= 0.4
            || looks.iter().any(|look| names_place(&look.facts));
        context.somebodys = looks.iter().map(|look| tells_of_somebody(&look.facts)).collect();
        context.points_to_people = looks.iter().any(points_to_people);
        context.small_letters = small_letters(looks);
        context.named = context.by_table() - things(looks);
        context.person = squash(context.named);
        context
    }

    /// With what the first look believed of each column.
    pub(super) fn with_neighbours(mut self, looks: &[Look], beliefs: Vec<BTreeMap<Category, f64>>) -> Self {
        self.second_look = true;
        for (column, look) in beliefs.iter().zip(looks) {
            // Mailboxes of offices tell of no person.
            let office = look.facts.role_mailbox > 0.5;
            let counts = |category: &Category| !(office && *category == Category::EMAIL);
            let identities = IDENTITY.iter().filter(|(category, _)| counts(category));
            let best = identities.map(|(category, weight)| column.get(category).copied().unwrap_or(0.0) * weight);
            self.identity.push(best.fold(0.0, f64::max));
        }
        self.identities = self.identity.iter().sum();
        self.person = squash(self.named + self.identities.min(MOST_IDENTITY));
        for (column, beliefs) in beliefs.into_iter().enumerate() {
            let office = looks[column].facts.role_mailbox > 0.5;
            for (category, belief) in
                beliefs.into_iter().filter(|(category, _)| !(office && *category == Category::EMAIL))
            {
                let strongest = self.strongest.entry(category).or_default();
                if belief > strongest.belief {
                    *strongest = Strongest { belief, column, second: strongest.belief };
                } else {
                    strongest.second = strongest.second.max(belief);
                }
            }
        }
        // An e-mail address in each row may be that of who wrote it.
        self.accounts = self.strongest.get(&Category::USERNAME).is_some_and(|strongest| {
            let own = |look: &Look| look.facts.uniqueness() > 0.9 && look.facts.filled > 4.0;
            strongest.belief > 0.5 && looks.get(strongest.column).is_some_and(own)
        });
        self
    }

    /// Whether the table holds one column of words or phone numbers, with a key or a moment at most.
    pub(crate) fn is_bare(&self) -> bool {
        self.bare
    }

    /// Whether full names in this column are those of whom one asks or writes to at an address or a number.
    pub(crate) fn names_agents(&self, look: &Look) -> bool {
        self.second_look && self.addressed && look.facts.words.full_name > 0.6 && look.facts.words.company < 0.1
    }

    /// Whether a column holds what shops, offices and places are known by: names of firms, titles, streets, towns.
    pub(crate) fn names_places(&self) -> bool {
        self.placed
    }

    /// How much of an address stands at most three columns away, by the values alone, 0 to 1.
    pub(crate) fn near_address(&self, index: usize) -> f64 {
        self.near_address.get(index).copied().unwrap_or(0.0)
    }

    /// Whether each row has an account name of its own.
    pub(crate) fn has_accounts(&self) -> bool {
        self.accounts
    }

    /// [`Self::person`] by all but the column itself: none vouches for its own table.
    pub(crate) fn person_beside(&self, index: usize) -> f64 {
        let own = self.identity.get(index).copied().unwrap_or(0.0);
        squash(self.named + (self.identities - own).clamp(0.0, MOST_IDENTITY))
    }

    fn by_table(&self) -> f64 {
        let table = self.table;
        let other = (1.8 * table.organisation).max(2.4 * table.place).max(2.2 * table.thing);
        2.2 * table.person - if table.person >= 1.0 { 0.5 * other } else { other }
    }

    /// The strongest belief that a column other than `index` is of `category`.
    pub(crate) fn beside(&self, category: &Category, index: usize) -> f64 {
        match self.strongest.get(category) {
            Some(strongest) if strongest.column == index => strongest.second,
            Some(strongest) => strongest.belief,
            None => 0.0,
        }
    }

    /// [`Self::beside`], where that column stands at most three columns away: the parts of an address follow each other.
    pub(crate) fn close_by(&self, category: &Category, index: usize) -> f64 {
        let strongest = self.strongest.get(category);
        let near = strongest.filter(|strongest| (1..=REACH).contains(&strongest.column.abs_diff(index)));
        near.map_or(0.0, |strongest| strongest.belief)
    }

    /// How surely another column, of another category, tells who the rows are about, 0 to 1.
    pub(crate) fn identity_beside(&self, category: &Category, index: usize) -> f64 {
        let strong = IDENTITY.iter().filter(|(other, weight)| *weight >= 0.8 && other != category);
        strong.map(|(other, _)| self.beside(other, index)).fold(0.0, f64::max)
    }

    /// How surely another column tells how the people of the rows are reached or known, 0 to 1.
    pub(crate) fn reachable_beside(&self, category: &Category, index: usize) -> f64 {
        let others = REACHABLE.iter().filter(|other| *other != category);
        others.map(|other| self.beside(other, index)).fold(0.0, f64::max)
    }

    /// How surely anything else than the column tells that the rows are about people, 0 to 1: the values beside it, keys of
    /// people, the table's name. 1 where there is hardly anything beside it.
    pub(crate) fn somebody_beside(&self, index: usize) -> f64 {
        let others = self.somebodys.iter().enumerate().filter(|(other, _)| *other != index);
        let beside = others.map(|(_, tells)| *tells).fold(self.table.person, f64::max);
        if self.points_to_people || self.somebodys.len() < WIDE { 1.0 } else { beside }
    }

    /// How many years the middle date of this column lies before that of the earliest other one, if there are any.
    pub(crate) fn years_before_others(&self, index: usize) -> Option<f64> {
        let mine = self.days.get(index).copied().filter(|&day| day > 0.0)?;
        let others = self.days.iter().enumerate().filter(|&(other, &day)| other != index && day > 0.0);
        let earliest = others.map(|(_, &day)| day).min_by(f64::total_cmp)?;
        Some((earliest - mine) / 365.25)
    }

    /// Whether [`Self::beside`] has an answer yet.
    pub(crate) fn knows_neighbours(&self) -> bool {
        self.second_look
    }

    /// Whether the column before this one, or the one before that, names what is secret.
    pub(crate) fn follows_names_of_secrets(&self, index: usize) -> bool {
        let named = |back: usize| index.checked_sub(back).is_some_and(|at| self.secrets.get(at) == Some(&true));
        named(1) || named(2)
    }

    /// Whether this column and the one before or after it alone in the table can be latitude and longitude: a
    /// table of measurements has many such columns.
    pub(crate) fn is_pair_of_degrees(&self, index: usize) -> bool {
        let at = |index: usize| self.degrees.get(index).copied().unwrap_or(false);
        let pair = at(index) && (at(index + 1) || index > 0 && at(index - 1));
        pair && self.degrees.iter().filter(|degrees| **degrees).count() <= 2
    }

    /// Whether another column holds clearly more different towns than this one, which repeats its own.
    pub(crate) fn lies_above_towns(&self, index: usize) -> bool {
        let mine = self.towns.get(index).copied().unwrap_or(0.0);
        let beside = |&(other, _): &(usize, &f64)| (1..=2).contains(&other.abs_diff(index));
        let villages = self.villages.iter().enumerate().filter(beside).any(|(_, &other)| other > 1.25 * mine);
        mine > 0.0 && (self.towns.iter().any(|&other| other > 1.25 * mine) || villages)
    }

    /// How much the columns beside `index` speak for `category`, and in which words.
    pub(super) fn neighbour(&self, category: &Category, index: usize) -> (f64, String) {
        let Some((_, beside)) = PAIRS.iter().find(|(one, _)| one == category) else { return (0.0, String::new()) };
        let best = beside.iter().map(|other| (self.beside(other, index), other)).max_by(|a, b| a.0.total_cmp(&b.0));
        match best {
            Some((belief, other)) => (belief, format!("a column beside it holds: {}", other.title())),
            None => (0.0, String::new()),
        }
    }
}

/// How far from each other the parts of an address stand at most.
const REACH: usize = 3;

/// Streets, and what has the form of postal codes, close to a column.
fn near_address(looks: &[Look], index: usize) -> f64 {
    let near = |other: usize| (1..=REACH).contains(&other.abs_diff(index));
    let beside = || looks.iter().enumerate().filter(|(other, _)| near(*other)).map(|(_, look)| &look.facts);
    let street = beside().any(|facts| facts.words.street > 0.4);
    let codes = |facts: &Facts| facts.postal - (facts.not_postal - 0.15).max(0.0) > 0.25 && facts.distinct > 2.0;
    let code = beside().any(|facts| codes(facts) && !facts.is_sequence() && facts.dates < 0.3);
    0.6 * f64::from(u8::from(street)) + 0.4 * f64::from(u8::from(code))
}

/// How surely values are those of people: names, addresses, what they write; not what only may be.
fn tells_of_somebody(facts: &Facts) -> f64 {
    let words = &facts.words;
    let names = words.given.max(words.surname).max(words.full_name).max(words.street).max(words.job);
    let reached = facts.phone_formed.max(facts.rate("email").share).max(facts.rate("password-hash").share);
    let written = if facts.prose > 0.5 || facts.carrying > 0.3 { 0.8 } else { 0.0 };
    let told = if facts.distinct >= 2.0 { words.list(Kind::Gender) } else { 0.0 };
    let most = names.max(reached).max(told).max(written);
    if most > 0.5 { most } else { 0.0 }
}

fn names_place(facts: &Facts) -> bool {
    let words = &facts.words;
    facts.closed() < 0.5 && words.company.max(words.institution).max(words.street).max(words.city) > 0.2
}

fn is_bare(looks: &[Look]) -> bool {
    let tells = |look: &&Look| {
        let facts = &look.facts;
        let key = facts.is_sequence() || facts.looks_like("uuid") > 0.5 || facts.dates > 0.5 || facts.flag;
        facts.filled > 0.0 && !key
    };
    looks.len() <= 3 && looks.iter().filter(tells).count() == 1
}

/// Whether a column is called after whom its rows belong to, and holds keys.
fn points_to_people(look: &Look) -> bool {
    let owner = look.name.terms.iter().any(|term| header::OWNERS.contains(&term.as_str()));
    owner && look.name.veto > 0.5 && look.facts.with_blank < 0.1 && look.facts.dates < 0.1 && !look.facts.flag
}

/// Whether at least three columns hold words, and all of them in small letters.
fn small_letters(looks: &[Look]) -> bool {
    let words = |look: &&Look| {
        let facts = &look.facts;
        facts.with_letter > 0.8 && facts.with_digit < 0.6 && facts.east_asian < 0.1 && facts.length.mean > 3.5
    };
    let written: Vec<_> = looks.iter().filter(words).filter(|look| look.facts.closed() < 0.3).collect();
    written.len() >= 3 && written.iter().all(|look| look.facts.lower_only > 0.9)
}

/// Numbers with four decimals and more within the circle, more than shares.
fn can_be_degrees(facts: &Facts) -> bool {
    let within = facts.number.least >= -180.0 && facts.number.most <= 180.0;
    let share = facts.number.least >= 0.0 && facts.number.most <= 1.0;
    facts.decimals > 0.7 && facts.precision >= 3.5 && within && !share
}

/// How many different towns a column holds, where they repeat or are many.
fn towns(facts: &Facts) -> f64 {
    let place = facts.words.city.max(facts.words.list(Kind::State));
    if place > 0.3 && facts.with_digit < 0.2 && facts.filled >= 12.0 { facts.distinct } else { 0.0 }
}

/// How many different words with a capital a column holds that could be villages: known as nothing else.
fn villages(look: &Look) -> f64 {
    let (facts, words) = (&look.facts, &look.facts.words);
    let other = words.given.max(words.surname).max(words.full_name).max(words.company).max(words.job).max(words.street);
    let named_otherwise = look.name.says.iter().any(|(said, strength)| *said != Category::CITY && *strength > 0.5);
    let fits = other < 0.35 && words.city > 0.1 && facts.looks_like_names(false) && facts.filled >= 12.0;
    if fits && !named_otherwise { facts.distinct } else { 0.0 }
}

/// How many columns are named after what only things have: prices, stocks, article numbers.
fn things(looks: &[Look]) -> f64 {
    let count =
        looks.iter().flat_map(|look| &look.name.terms).filter(|term| THING_COLUMNS.contains(&term.as_str())).count();
    (0.6 * count as f64).min(2.0)
}

/// How surely the table is a list of things, 0 to 1: columns named so, or with book and article
/// numbers, products and titles in them.
fn listed_things(looks: &[Look]) -> f64 {
    let named = |look: &Look| look.name.terms.iter().any(|term| THING_COLUMNS.contains(&term.as_str()));
    let held = |look: &Look| {
        let facts = &look.facts;
        let numbers = facts.looks_like("isbn").max(facts.looks_like("article number"));
        let words = facts.words.thing > 0.45 && facts.with_letter > 0.8 && facts.closed() < 0.5;
        numbers > 0.6 || words
    };
    let count = looks.iter().filter(|look| named(look) || held(look)).count();
    (0.5 * count as f64).min(1.0)
}

/// Whether one column holds titles: a few words each, hardly one twice, neither persons nor places.
/// Where long texts stand beside it, they are subjects, and somebody wrote them.
fn titled(looks: &[Look]) -> f64 {
    let title = |look: &Look| {
        let (facts, words) = (&look.facts, &look.facts.words);
        let written = facts.with_letter > 0.9 && facts.with_digit < 0.4 && facts.prose < 0.3 && words.capitalised > 0.6;
        let several = words.few_words > 0.5 || words.company > 0.25;
        let other = words.street.max(words.full_name).max(words.job).max(facts.dates).max(words.medical);
        let place = words.city.max(words.list(Kind::Country)).max(words.list(Kind::State));
        let varied = facts.distinct >= 6.0 && facts.closed() < 0.3 && facts.structured < 0.2;
        let fits = written && several && varied && other < 0.35 && place < 0.4;
        // Names among which companies stand are those of customers as often as of suppliers.
        let sure = if (0.25..0.5).contains(&words.company) { 0.5 } else { 1.0 };
        if fits && (4.0..=48.0).contains(&facts.length.mean) { sure } else { 0.0 }
    };
    let texts = looks.iter().any(|look| look.facts.prose > 0.5 && look.facts.length.mean > 45.0);
    looks.iter().map(title).fold(0.0, f64::max) * if texts { 0.3 } else { 1.0 }
}

/// The country that phone numbers, national ids and towns agree on; what no two say, the surest says
/// alone.
fn country(looks: &[Look]) -> Option<String> {
    let mut votes: BTreeMap<String, f64> = BTreeMap::new();
    for look in looks {
        let facts = &look.facts;
        if facts.phone_formed > 0.6
            && let Some(country) = facts.plans.country()
        {
            *votes.entry(country.to_owned()).or_default() += 1.0;
        }
        if let Some((amount, country)) = facts.national()
            && amount > 0.7
        {
            *votes.entry(country.to_owned()).or_default() += amount;
        }
        if facts.words.city > 0.5
            && let Some(country) = facts.words.country()
        {
            *votes.entry(country.to_owned()).or_default() += 0.8;
        }
    }
    let total: f64 = votes.values().sum();
    let (country, votes) = votes.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    (votes > 0.6 * total).then_some(country)
}

fn squash(score: f64) -> f64 {
    (score / 2.0).tanh()
}
