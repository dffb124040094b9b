//! Text to pack.

use std::collections::BTreeMap;

use dataward_model::Category;
use jiff::civil::Date;
use serde::Deserialize;

use super::LawEvidence;
use super::LegalCategory;
use super::LegalEvent;
use super::LegalRule;
use super::LegalSector;
use super::OpenTerm;
use super::PackError;
use super::Review;
use super::Rounding;
use super::RuleConfidence;
use super::RuleKind;
use super::RulePack;
use super::Status;
use super::TableRole;
use super::Term;
use crate::Period;
use crate::PeriodUnit;
use crate::StartExpression;
use crate::Wait;
use crate::jurisdiction;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRules {
    version: String,
    compiled: toml::value::Datetime,
    rule: Vec<RawRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    id: String,
    jurisdiction: String,
    sector: String,
    data_category: String,
    kind: String,
    amount: u16,
    unit: String,
    start_event: String,
    start: Option<String>,
    rounding: String,
    effect: Option<String>,
    threshold: Option<String>,
    extension: Option<String>,
    authority: String,
    source: String,
    confidence: String,
    evidence: String,
    status: String,
    valid_from: Option<toml::value::Datetime>,
    valid_to: Option<toml::value::Datetime>,
    review_status: String,
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWords {
    category: BTreeMap<String, RawCategory>,
    event: BTreeMap<String, RawEvent>,
    sector: BTreeMap<String, RawSector>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCategory {
    title: String,
    #[serde(default)]
    is: Vec<String>,
    #[serde(default)]
    may: Vec<String>,
    #[serde(default)]
    holds: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEvent {
    title: String,
    expression: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSector {
    title: String,
    #[serde(default)]
    implied_by: Vec<String>,
}

pub(super) fn parse(rules: &str, words: &str) -> Result<RulePack, PackError> {
    let raw: RawRules = toml::from_str(rules).map_err(|error| PackError(error.to_string()))?;
    let words: RawWords = toml::from_str(words).map_err(|error| PackError(error.to_string()))?;
    let mut pack = RulePack {
        version: raw.version,
        compiled: date(&raw.compiled).ok_or_else(|| PackError("`compiled` is not a day".to_owned()))?,
        rules: Vec::new(),
        categories: named(words.category, "category", |category| {
            Some(LegalCategory {
                title: category.title,
                is: category.is.iter().map(|word| TableRole::parse(word)).collect::<Option<_>>()?,
                may: category.may.iter().map(|word| TableRole::parse(word)).collect::<Option<_>>()?,
                holds: category.holds.iter().map(|key| Category::parse(key)).collect::<Option<_>>()?,
            })
        })?,
        events: named(words.event, "event", |event| {
            let expression = event.expression.map(|text| StartExpression::parse(&text)).transpose().ok()?;
            Some(LegalEvent { title: event.title, expression })
        })?,
        sectors: named(words.sector, "sector", |sector| {
            Some(LegalSector { title: sector.title, implied_by: sector.implied_by })
        })?,
    };
    for raw in raw.rule {
        let id = raw.id.clone();
        if pack.rule(&id).is_some() {
            return Err(PackError(format!("the rule `{id}` is there twice")));
        }
        let rule = rule(raw, &pack).map_err(|what| PackError(format!("the rule `{id}` has {what}")))?;
        pack.rules.push(rule);
    }
    Ok(pack)
}

fn named<Raw, Parsed>(
    raw: BTreeMap<String, Raw>,
    kind: &str,
    parse: impl Fn(Raw) -> Option<Parsed>,
) -> Result<BTreeMap<String, Parsed>, PackError> {
    raw.into_iter()
        .map(|(name, raw)| match parse(raw) {
            Some(parsed) => Ok((name, parsed)),
            None => Err(PackError(format!("the {kind} `{name}` has a word that is not known"))),
        })
        .collect()
}

fn rule(raw: RawRule, pack: &RulePack) -> Result<LegalRule, String> {
    let unknown = |what: &str, word: &str| format!("an unknown {what}, `{word}`");
    if !pack.categories.contains_key(&raw.data_category) {
        return Err(unknown("data category", &raw.data_category));
    }
    if !pack.events.contains_key(&raw.start_event) {
        return Err(unknown("start event", &raw.start_event));
    }
    if !pack.sectors.contains_key(&raw.sector) {
        return Err(unknown("sector", &raw.sector));
    }
    let place = raw.jurisdiction.as_str();
    if place != "*" && !place.starts_with("contract:") && !jurisdiction::is_known(place) {
        return Err(unknown("jurisdiction", place));
    }
    let day = |datetime: &Option<toml::value::Datetime>| match datetime {
        None => Ok(None),
        Some(datetime) => date(datetime).map(Some).ok_or_else(|| "a date that is no day".to_owned()),
    };
    Ok(LegalRule {
        kind: RuleKind::parse(&raw.kind).ok_or_else(|| unknown("kind", &raw.kind))?,
        term: term(raw.amount, &raw.unit).ok_or_else(|| unknown("term", &format!("{} {}", raw.amount, raw.unit)))?,
        start: raw
            .start
            .map(|text| StartExpression::parse(&text))
            .transpose()
            .map_err(|error| format!("a start that is no expression: {error}"))?,
        rounding: Rounding::parse(&raw.rounding).ok_or_else(|| unknown("rounding", &raw.rounding))?,
        justifies: match raw.effect.as_deref() {
            None => false,
            Some("justification") => true,
            Some(other) => return Err(unknown("effect", other)),
        },
        confidence: RuleConfidence::parse(&raw.confidence).ok_or_else(|| unknown("confidence", &raw.confidence))?,
        evidence: LawEvidence::parse(&raw.evidence).ok_or_else(|| unknown("evidence", &raw.evidence))?,
        status: status(&raw.status).ok_or_else(|| unknown("status", &raw.status))?,
        valid_from: day(&raw.valid_from)?,
        valid_to: day(&raw.valid_to)?,
        review: review(&raw.review_status).ok_or_else(|| unknown("review status", &raw.review_status))?,
        id: raw.id,
        jurisdiction: raw.jurisdiction,
        sector: raw.sector,
        data_category: raw.data_category,
        start_event: raw.start_event,
        threshold: raw.threshold,
        extension: raw.extension,
        authority: raw.authority,
        source: raw.source,
        note: raw.note,
    })
}

fn term(amount: u16, unit: &str) -> Option<Term> {
    let period = |unit| Period::new(amount, unit).map(Term::Period);
    match unit {
        "business_days" => (amount > 0).then_some(Term::BusinessDays(amount)),
        "days" => period(PeriodUnit::Days),
        "hours" => Wait::from_hours(u32::from(amount)).map(Term::Hours),
        "months" => period(PeriodUnit::Months),
        "weeks" => period(PeriodUnit::Weeks),
        "years" => period(PeriodUnit::Years),
        word => OpenTerm::parse(word).filter(|_| amount == 0).map(Term::Open),
    }
}

fn status(word: &str) -> Option<Status> {
    Some(match word {
        "check_date" => Status::CheckDate,
        "in_force" => Status::InForce,
        "pending_rule" => Status::PendingRule,
        "proposed" => Status::Proposed,
        _ => Status::Future(word.strip_prefix("future:")?.parse().ok()?),
    })
}

fn review(word: &str) -> Option<Review> {
    match word {
        "unreviewed" => Some(Review::Unreviewed),
        _ => word.strip_prefix("reviewed:")?.parse().ok().map(Review::Reviewed),
    }
}

fn date(datetime: &toml::value::Datetime) -> Option<Date> {
    let date = datetime.date.filter(|_| datetime.time.is_none())?;
    Date::new(i16::try_from(date.year).ok()?, i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::Effect;

    #[test]
    fn all_223_rules_are_read_and_each_word_of_words_is_used() {
        let pack = RulePack::built_in();
        assert_eq!(pack.rules().len(), 223);
        let unused = |words: Vec<&String>, used: fn(&LegalRule) -> &str| -> Vec<String> {
            words.into_iter().filter(|word| !pack.rules().iter().any(|rule| used(rule) == *word)).cloned().collect()
        };
        assert_eq!(unused(pack.categories.keys().collect(), |rule| &rule.data_category), Vec::<String>::new());
        assert_eq!(unused(pack.events.keys().collect(), |rule| &rule.start_event), Vec::<String>::new());
        assert_eq!(unused(pack.sectors.keys().collect(), |rule| &rule.sector), Vec::<String>::new());
    }

    #[test]
    fn numeric_periods_of_keeping_can_be_measured_and_say_of_what() {
        let pack = RulePack::built_in();
        let of = |effect| pack.rules().iter().filter(|rule| pack.effect(rule) == effect).count();
        // Two minimums have no number (consent, disclosures of school records).
        assert_eq!((of(Effect::Minimum), of(Effect::Default), of(Effect::Justification)), (90, 3, 3));
        for rule in pack.rules().iter().filter(|rule| matches!(pack.effect(rule), Effect::Minimum | Effect::Maximum)) {
            assert!(pack.start(rule).is_some(), "{}", rule.id);
        }
    }

    #[test]
    fn german_vouchers_are_kept_eight_years_from_the_end_of_the_year() {
        let pack = RulePack::built_in();
        let rule = pack.rule("de-hgb-257-vouchers").unwrap();
        assert_eq!(rule.term.to_string(), "8 years");
        assert_eq!(pack.start(rule).unwrap().as_str(), "end_of_calendar_year(invoice_date)");
        assert_eq!(pack.category(rule).is, [TableRole::Invoice, TableRole::Payment]);
        assert!(rule.is_in_force("2025-01-01".parse().unwrap()) && !rule.is_in_force("2024-12-31".parse().unwrap()));
    }

    #[test]
    fn a_pack_with_an_unknown_word_is_refused_by_the_name_of_its_rule() {
        let rules = include_str!("rules.toml");
        for (from, to, message) in [
            (
                "kind = \"min_retention\"",
                "kind = \"min_retain\"",
                "the rule `eu-gdpr-7-1` has an unknown kind, `min_retain`",
            ),
            (
                "unit = \"years\"",
                "unit = \"yeras\"",
                "the rule `default-retention-email-address` has an unknown term, `2 yeras`",
            ),
            ("id = \"eu-gdpr-17-1\"", "id = \"eu-gdpr-5-1-e\"", "the rule `eu-gdpr-5-1-e` is there twice"),
        ] {
            let error = RulePack::parse_rules(&rules.replacen(from, to, 1)).unwrap_err();
            assert_eq!(error.to_string(), format!("the rule pack cannot be used: {message}"));
        }
    }
}
