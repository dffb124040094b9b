//! Whom and what a rule of law speaks of.

use dataward_policy::LegalRule;
use dataward_policy::RulePack;
use dataward_policy::pack::LegalCategory;
use dataward_policy::policy::Business;
use serde::Serialize;

use super::FoundRole;
use super::HeldTable;
use super::is_of;

/// How a rule comes to apply to a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// The table is what the rule speaks of.
    Is,
    /// It may hold such things: a person decides.
    Possible,
}

/// Why a rule binds the business, in words; none where it does not.
pub(super) fn to_business(business: &Business, pack: &RulePack, rule: &LegalRule) -> Option<String> {
    let sector = sector(business, pack, rule)?;
    let place = jurisdiction(&business.jurisdictions, &rule.jurisdiction)?;
    Some(match sector {
        None => place,
        Some(sector) => format!("{place}, {sector}"),
    })
}

/// The member states of the Union and of the European Economic Area, where the GDPR holds (EEA Joint
/// Committee decision 154/2018).
const EEA: &[&str] = &[
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT",
    "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

fn jurisdiction(business: &[String], rule: &str) -> Option<String> {
    if rule == "*" {
        return Some("everywhere".to_owned());
    }
    if let Some(contract) = rule.strip_prefix("contract:") {
        return Some(format!("by contract ({contract})"));
    }
    let country = |code: &str| code.split('-').next().unwrap_or(code).to_owned();
    let found = business.iter().find(|code| {
        *code == rule
            || (rule == "EU" && EEA.contains(&country(code).as_str()))
            || (!rule.contains('-') && country(code) == rule)
    })?;
    Some(if found == rule { rule.to_owned() } else { format!("{rule} (through {found})") })
}

/// Of the 13 trades that the pack knows by name; what binds so many binds by trade and not by its kind.
const NEARLY_EVERY_TRADE: usize = 10;

/// None where the sector is not the business's; an inner none where the rule binds everybody.
fn sector(business: &Business, pack: &RulePack, rule: &LegalRule) -> Option<Option<String>> {
    if rule.sector == "any" {
        return Some(None);
    }
    let title = &pack.sector(rule).title;
    // Who names no sector still trades: what binds nearly every trade is asked for, rather than deleted unasked.
    if business.sectors.is_empty() && pack.sector(rule).implied_by.len() >= NEARLY_EVERY_TRADE {
        return Some(Some(format!("{title} (the policy names no sector)")));
    }
    let word = business
        .sectors
        .iter()
        .map(|word| word.to_lowercase())
        .find(|word| *word == rule.sector || pack.sector(rule).implied_by.contains(word))?;
    Some(Some(if word == rule.sector { title.clone() } else { format!("{title} (sector {word})") }))
}

/// How `table` is what the rule speaks of, and why; none where it is not.
pub(super) fn to_table(category: &LegalCategory, table: &HeldTable, roles: &[FoundRole]) -> Option<(Reach, String)> {
    if let Some(role) = is_of(roles, &category.is) {
        return Some((
            Reach::Is,
            format!("{} are {}", table.name, category.title).replacen(" are ", &format!(" ({}): ", role.as_str()), 1),
        ));
    }
    let held = table.columns.iter().find(|column| category.holds.iter().any(|held| column.category.is_within(held)));
    if let Some(column) = held {
        return Some((Reach::Is, format!("`{}` holds {}", column.name, column.category.title())));
    }
    let role = is_of(roles, &category.may)?;
    Some((Reach::Possible, format!("a table of role {} may hold {}", role.as_str(), category.title)))
}
