//! Evidence for and against each category, and the sum of it.

use std::collections::BTreeMap;

use dataward_model::Category;
use dataward_model::ColumnRole;

use super::Context;
use super::Look;
use super::Weights;
use super::precedent::Applied;
use super::values;
use crate::Reason;

/// One piece of evidence.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The name of its weight.
    pub name: &'static str,
    /// How strong it is, 0 to 1.
    pub amount: f64,
    /// What was seen, for the owner.
    pub text: String,
}

/// What became of a column.
pub(crate) struct Weighed {
    pub(crate) category: Option<Category>,
    pub(crate) confidence: f64,
    pub(crate) why: Vec<Reason>,
    pub(crate) beliefs: BTreeMap<Category, f64>,
}

/// All evidence of a column by category. Categories that neither name nor values speak for are left out.
pub(crate) fn gather(
    look: &Look,
    context: &Context,
    index: usize,
    precedent: Option<&Applied>,
) -> Vec<(Category, Vec<Evidence>)> {
    let mut all = Vec::new();
    let own = precedent.and_then(|precedent| precedent.category.as_ref());
    let own = own.filter(|category| !values::CATEGORIES.contains(category));
    for category in values::CATEGORIES.iter().chain(own) {
        let mut evidence = of_category(category, look, context, index);
        if let Some(precedent) = precedent {
            // Who decided had read the same name.
            if precedent.category.as_ref() == Some(category) {
                evidence.retain(|one| !matches!(one.name, "header_elsewhere" | "header_thing" | "header_veto"));
            }
            evidence.push(precedent.evidence(category));
        }
        let speaks = |evidence: &Evidence| matches!(evidence.name, "header" | "values" | "precedent");
        if evidence.iter().any(speaks) {
            all.push((category.clone(), evidence));
        }
    }
    all
}

fn of_category(category: &Category, look: &Look, context: &Context, index: usize) -> Vec<Evidence> {
    let mut list = Vec::new();
    let of_others = look.name.terms.iter().any(|term| OTHERS.contains(&term.as_str()));
    if *category == Category::CONTACT_ORGANIZATION && of_others && look.name.person == 0.0 {
        return list;
    }
    let mut add = |name: &'static str, amount: f64, text: String| {
        if amount > 0.005 {
            list.push(Evidence { name, amount: amount.min(1.0), text });
        }
    };
    let title = category.title();
    let name = &look.name;
    let header = name.strength(category);
    // What is called a brand or a shop is none of the people around it.
    let of_thing = of_others && header == 0.0 && name.person == 0.0 && NEEDS_A_PERSON.contains(category);
    add("header", header, format!("the column's name means: {title}"));
    let nameless = header == 0.0 && name.person == 0.0 && name.says.is_empty();
    if of_thing || nameless && NEEDS_A_PERSON.contains(category) {
        let text = "the column's name speaks of a thing, a place or an organisation";
        add("header_thing", if of_thing { 1.0 } else { 0.8 * name.thing }, text.into());
    }
    if header > 0.0 {
        // `company` is what an employer is called.
        let employer = *category == Category::CONTACT_ORGANIZATION && header > 0.4;
        let employer = employer && context.table.organisation.max(context.table.place) < 0.5;
        let thing = if name.person > name.thing || employer { 0.0 } else { name.thing };
        add("header_thing", thing, "the column's name speaks of a thing, a place or an organisation".into());
        add("header_person", name.person, "the column's name speaks of a person".into());
    }
    // `dog_name`, `product_name`: names, and not those of persons.
    let of_a_thing = NAMES.contains(category) && name.person == 0.0 && name.strength(&Category::NAME) > 0.0;
    if of_a_thing && header == 0.0 {
        add("header_thing", name.thing, "the column's name speaks of a thing, a place or an organisation".into());
    }
    let fit = values::fit(category, look, context, index);
    // What a strict form proves, a name cannot deny: IP addresses in a column `address`.
    // Names, numbers and addresses in one cell, whichever of them the column is called after.
    let mixed = *category == Category::CONTENT && look.facts.mixes_contacts();
    let proven = if mixed || PROVEN.contains(category) { (1.6 * fit.amount - 0.6).clamp(0.0, 0.9) } else { 0.0 };
    let amount = if *category == Category::FINANCIAL { 0.0 } else { name.amount };
    // Accounts have names, too.
    let of_accounts = context.table.person > 0.8 || context.beside(&Category::PASSWORD, index) > 0.5;
    let of_accounts = of_accounts || header > 0.2;
    let named = *category == Category::USERNAME && of_accounts && name.strength(&Category::NAME) > 0.0;
    let elsewhere = name.elsewhere(category) * if named { 0.3 } else { 1.0 };
    let elsewhere = if of_a_thing { elsewhere.max(name.thing) } else { elsewhere };
    let elsewhere = (elsewhere.max(amount) - header).max(0.0) * (1.0 - proven);
    add("header_elsewhere", elsewhere, "the column's name promises something else".into());
    // A context creates nothing: it counts as far as name or values speak.
    // Values that contradict a name silence it.
    let unspoken = header * (1.0 + fit.amount.min(0.0));
    let spoken = (2.0 * unspoken.max(fit.amount)).clamp(0.0, 1.0);
    let of_its_own = if of_a_thing && header == 0.0 { name.thing } else { 0.0 };
    let spoken = if of_thing { 0.0 } else { spoken * (1.0 - of_its_own) };
    add("header_veto", name.veto * header.max(0.4), "a word in the column's name turns its meaning".into());
    if fit.amount > 0.0 {
        add("values", fit.amount, fit.text);
        add("both", header.min(fit.amount) * (1.0 - name.veto), "name and values confirm each other".into());
    } else {
        add("values_against", -fit.amount, fit.text);
    }
    let facts = &look.facts;
    if facts.filled == 0.0 {
        add("empty", 1.0, "the column is empty: only its name could be judged".into());
    }
    add("flag", f64::from(u8::from(facts.flag)), "it only says yes or no".into());
    add("constant", f64::from(u8::from(facts.constant)), "all cells hold the same value".into());
    // Ages lie close together as well.
    let counts = facts.is_sequence() && *category != Category::AGE_RANGE;
    add("sequence", f64::from(u8::from(counts)), "the values count up like row numbers".into());
    match look.head.role {
        ColumnRole::ForeignKey => add("foreign_key", 1.0, "it only points to another table".into()),
        ColumnRole::PrimaryKey => add("primary_key", 1.0, "it is the table's key".into()),
        ColumnRole::Plain | ColumnRole::Unique => {}
    }
    // `contact_name` beside a firm says itself whom the column is about.
    let creator = name.terms.iter().any(|term| CREATORS.contains(&term.as_str()));
    let contact = name.terms.iter().any(|term| CONTACTS.iter().any(|word| term.starts_with(word)));
    let contact = contact && PARTS_OF_A_NAME.contains(category);
    // `patient`, `Mitarbeiter` and names in it.
    let whom = *category == Category::NAME && header > 0.3 && name.person > 0.8;
    let says_who = (header > 0.8 && (name.person > 0.4 || contact) || whom) && fit.amount > 0.0 && !creator;
    let person = context.person_beside(index);
    if person > 0.0 {
        add("table_person", person * spoken, "the table is about people".into());
    } else if contact && header > 0.8 {
        // The title of whom one speaks to at a firm.
        let whom = context.beside(&Category::NAME, index);
        add("table_person", 0.4 * whom, "a column beside it names whom one speaks to".into());
    } else {
        add("table_thing", -person, "the table is about things, places or organisations".into());
    }
    // Full names beside addresses and phones are those of whom one asks there, not of who made what is listed.
    let agent = *category == Category::NAME && context.names_agents(look) && !creator;
    let of_agent = if agent { 0.3 } else { 1.0 };
    let mut nobody = 0.0;
    if context.table.person < 0.4 && NEEDS_A_PERSON.contains(category) && !says_who {
        let identity = context.identity_beside(category, index);
        let lonely = 1.0 - if context.points_to_people { identity.max(OWNED) } else { identity };
        // Whom one speaks to there does not make a firm's address theirs.
        let of_firm = context.table.organisation >= 0.8 && ADDRESS_LIST.contains(category) && name.person < 0.4;
        let lonely = if of_firm && !DIALLED.contains(category) { 1.0 } else { lonely };
        let place = context.table.organisation.max(context.table.place).max(0.7 * context.titled);
        // Addresses alone, without a name of a shop or a place beside, can be somebody's.
        let parts = [Category::STREET, Category::CITY, Category::POSTAL_CODE];
        let address = parts.iter().filter(|part| *part == category || context.beside(part, index) > 0.5).count() >= 2;
        // Where the table is not called so, it lists branches and sites as often.
        let alone = if address && ADDRESS_LIST.contains(category) { 0.75 + 0.25 * place.min(1.0) } else { 1.0 };
        // Numbers or names and nothing else: no shop, no place and no thing that they could belong to.
        let bare = context.is_bare() && BARE.contains(category);
        // Before the neighbours are known, a street must tell what the towns and codes beside it are.
        let early = if *category == Category::STREET && !context.knows_neighbours() { 0.55 } else { 1.0 };
        // So are numbers beside codes, moments and amounts alone.
        let unplaced = *category == Category::PHONE_NUMBER && !context.names_places();
        let alone = if bare {
            alone * 0.2
        } else if unplaced {
            alone * 0.4
        } else {
            alone * early
        };
        nobody = lonely * alone;
        add("nobody_beside", nobody, "no column beside it tells who the rows are about".into());
        if of_firm {
            add("of_organisation", 1.0, "the table is about organisations: it is their address".into());
        } else {
            let text = "the table is about shops, places or organisations, and nobody is named in it";
            add("of_organisation", place * lonely * of_agent, text.into());
        }
    }
    // `uid_owner` is whose the thing is.
    let says_whose = *category == Category::USERNAME && header > 0.2 && name.person > 0.4 && !creator;
    if context.table.person < 0.4 && AMONG_THINGS.contains(category) && !says_who && !says_whose {
        let lonely = 1.0 - context.reachable_beside(category, index);
        // Authors without an address of theirs are those of what the rows are.
        let created = f64::from(u8::from(creator));
        let things = context.things.max(context.table.thing).max(0.6 * context.titled).max(created);
        add(
            "among_things",
            things * lonely * of_agent,
            "it stands among columns about things, such as authors of books".into(),
        );
    }
    let neighbour = context.neighbour(category, index);
    // The parts of an address tell that it is one, and not whose.
    let whose = if PARTS_OF_AN_ADDRESS.contains(category) { 1.0 - nobody } else { 1.0 };
    add("neighbour", neighbour.0 * spoken * whose, neighbour.1);
    list
}

/// Beginnings of words for whom one speaks to in a firm.
const CONTACTS: &[&str] = &[
    "contact",
    "ansprech",
    "kontakt",
    "interlocuteur",
    "personacontacto",
    "osobakontaktowa",
    "担当者",
    "yhteyshenkilo",
];

/// What only a person has; the number of a contact is often that of the firm.
const PARTS_OF_A_NAME: &[Category] = &[Category::NAME, Category::FIRST_NAME, Category::LAST_NAME, Category::JOB_TITLE];

/// Who makes what a table lists.
const CREATORS: &[&str] = &[
    "actor",
    "artist",
    "auteur",
    "author",
    "autor",
    "autore",
    "cast",
    "composer",
    "creator",
    "designer",
    "director",
    "editor",
    "illustrator",
    "performer",
    "photographer",
    "singer",
    "translator",
    "writer",
    "escritor",
    "forfattare",
    "redacteur",
    "regisseur",
    "schrijver",
    "作者",
    "著者",
    "監督",
];

/// Organisations that are nobody's employer in a table about people.
const OTHERS: &[&str] = &[
    "airline",
    "bank",
    "brand",
    "carrier",
    "clinic",
    "dostawca",
    "fornitore",
    "fournisseur",
    "hersteller",
    "hospital",
    "leverancier",
    "leverantor",
    "lieferant",
    "manufacturer",
    "marca",
    "marke",
    "marque",
    "merchant",
    "merk",
    "producent",
    "proveedor",
    "publisher",
    "shipper",
    "shop",
    "store",
    "studio",
    "supplier",
    "vendor",
    "verlag",
];

/// Categories whose recognisers take hardly anything else.
const PROVEN: &[Category] = &[
    Category::EMAIL,
    Category::IP_ADDRESS,
    Category::BANK_ACCOUNT,
    Category::CREDIT_CARD,
    Category::NATIONAL_ID,
    Category::DEVICE_ID,
    Category::DEVICE,
    Category::PASSWORD,
];

/// How surely the rows belong to people where a column points to them.
const OWNED: f64 = 0.6;

/// What is somebody's also where it stands alone.
const BARE: &[Category] = &[Category::FIRST_NAME, Category::LAST_NAME, Category::NAME, Category::PHONE_NUMBER];

/// Names in lists of things: authors, brands, dishes and songs named after people.
const AMONG_THINGS: &[Category] = &[
    Category::CONTACT_ORGANIZATION,
    Category::FIRST_NAME,
    Category::HEALTH,
    Category::JOB_TITLE,
    Category::LAST_NAME,
    Category::NAME,
    Category::USERNAME,
];

/// What a list of addresses holds.
const ADDRESS_LIST: &[Category] = &[
    Category::CITY,
    Category::COUNTRY,
    Category::FAX_NUMBER,
    Category::PHONE_NUMBER,
    Category::POSTAL_CODE,
    Category::PRECISE_LOCATION,
    Category::STATE,
    Category::STREET,
];

const NAMES: &[Category] = &[Category::FIRST_NAME, Category::LAST_NAME];

const PARTS_OF_AN_ADDRESS: &[Category] = &[Category::CITY, Category::COUNTRY, Category::POSTAL_CODE, Category::STATE];

/// Numbers at a firm that may be those of one person there.
const DIALLED: &[Category] = &[Category::FAX_NUMBER, Category::PHONE_NUMBER];

/// What only matters when it belongs to someone.
const NEEDS_A_PERSON: &[Category] = &[
    Category::AGE_RANGE,
    Category::CITY,
    Category::CONTACT_ORGANIZATION,
    Category::CONTACT_URL,
    Category::COUNTRY,
    Category::DATE_OF_BIRTH,
    Category::FAX_NUMBER,
    Category::FINANCIAL,
    Category::FIRST_NAME,
    Category::JOB_TITLE,
    Category::LANGUAGE,
    Category::LAST_NAME,
    Category::NAME,
    Category::PHONE_NUMBER,
    Category::POSTAL_CODE,
    Category::PRECISE_LOCATION,
    Category::STATE,
    Category::STREET,
];

/// How often a column is about a person although neither its name nor its values tell: words and numbers without
/// meaning in tables of people. Dates, flags, counters, amounts and ids of machines are told by their form.
fn untold(look: &Look, context: &Context) -> f64 {
    let facts = &look.facts;
    let told = facts.flag
        || facts.filled == 0.0
        || facts.is_sequence()
        || facts.dates > 0.5
        || facts.timed > 0.5
        || facts.looks_like("uuid").max(facts.looks_like("epoch")).max(facts.looks_like("version")) > 0.5
        || facts.url > 0.5;
    let named = !look.name.opaque && (look.name.veto > 0.5 || look.name.thing > 0.5 || look.name.amount > 0.5);
    if told || named {
        return 0.0;
    }
    let silent = if look.name.opaque { 1.0 } else { 0.6 };
    UNTOLD * silent * (0.4 + 0.6 * context.person.max(0.0))
}

/// Measured on the looked-at parts of the labelled sets.
const UNTOLD: f64 = 0.12;

/// Sums up the evidence of a column into beliefs that add up to one, "not about a person" included.
pub(crate) fn weigh(
    look: &Look,
    context: &Context,
    index: usize,
    weights: &Weights,
    precedent: Option<&Applied>,
) -> Weighed {
    let gathered = gather(look, context, index, precedent);
    let mut odds: Vec<(usize, f64)> = Vec::new();
    for (at, (category, evidence)) in gathered.iter().enumerate() {
        let bias = weights.of("bias", category);
        let sum: f64 = evidence.iter().map(|one| weights.of(one.name, category) * one.amount).sum();
        odds.push((at, (bias + sum) * weights.sharpness));
    }
    let total: f64 = 1.0 + odds.iter().map(|(_, odds)| odds.min(60.0).exp()).sum::<f64>();
    let beliefs: BTreeMap<Category, f64> =
        odds.iter().map(|&(at, odds)| (gathered[at].0.clone(), odds.min(60.0).exp() / total)).collect();
    let nothing = 1.0 / total;
    odds.sort_by(|a, b| b.1.total_cmp(&a.1));
    let Some(&(best, _)) = odds.first() else {
        let why = vec![Reason { text: "neither its name nor its values speak of a person".into(), weight: -4.0 }];
        return Weighed { category: None, confidence: 0.99 - untold(look, context), why, beliefs };
    };
    let (category, evidence) = &gathered[best];
    let mut why: Vec<Reason> = evidence
        .iter()
        .map(|one| Reason {
            text: one.text.clone(),
            weight: weights.of(one.name, category) * one.amount * weights.sharpness,
        })
        .filter(|reason| reason.weight.abs() >= 0.1)
        .collect();
    why.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    let personal = nothing < 0.5;
    let confidence = if personal { beliefs[category] } else { nothing.min(0.99 - untold(look, context)) };
    if !personal && why.iter().all(|reason| reason.weight > 0.0) {
        let text = format!("that is not enough to call it: {}", category.title());
        why.push(Reason { text, weight: weights.of("bias", category) });
    }
    Weighed { category: personal.then(|| category.clone()), confidence, why, beliefs }
}
