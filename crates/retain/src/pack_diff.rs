//! What another version of the rule pack changes: the rules, and what comes of it at each table.

use std::collections::BTreeMap;

use dataward_policy::LegalRule;
use dataward_policy::RulePack;

use crate::rules::Clock;
use crate::rules::Grounds;
use crate::rules::HeldTable;
use crate::rules::Resolution;
use crate::rules::resolve;

/// A rule that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleChange {
    /// Its id.
    pub id: String,
    /// What it was: fields with their old values; empty for a new rule.
    pub before: BTreeMap<&'static str, String>,
    /// What it is: fields with their new values; empty for a rule that is gone.
    pub after: BTreeMap<&'static str, String>,
}

/// What comes of it at a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consequence {
    /// The table.
    pub table: String,
    /// In one sentence each.
    pub changes: Vec<String>,
}

/// The rules that differ, in the order of their ids; in changed rules only the fields that differ.
pub fn rule_changes(old: &RulePack, new: &RulePack) -> Vec<RuleChange> {
    let of = |pack: &RulePack| -> BTreeMap<String, BTreeMap<&'static str, String>> {
        pack.rules().iter().map(|rule| (rule.id.clone(), fields(rule))).collect()
    };
    let (old, new) = (of(old), of(new));
    let mut ids: Vec<&String> = old.keys().chain(new.keys()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter()
        .filter_map(|id| {
            let mut before = old.get(id).cloned().unwrap_or_default();
            let mut after = new.get(id).cloned().unwrap_or_default();
            if !before.is_empty() && !after.is_empty() {
                let same: Vec<&'static str> = before
                    .iter()
                    .filter(|(field, value)| after.get(*field) == Some(*value))
                    .map(|(field, _)| *field)
                    .collect();
                for field in same {
                    before.remove(field);
                    after.remove(field);
                }
            }
            (before != after).then(|| RuleChange { id: id.clone(), before, after })
        })
        .collect()
}

/// What the change from `old` to the pack of `grounds` means for `tables`. Tables where nothing changes are
/// left out.
pub fn consequences(old: &RulePack, grounds: Grounds<'_>, tables: &[HeldTable]) -> Vec<Consequence> {
    tables
        .iter()
        .filter_map(|table| {
            let before = resolve(Grounds { pack: old, ..grounds }, table);
            let after = resolve(grounds, table);
            let changes = changes(&before, &after);
            (!changes.is_empty()).then(|| Consequence { table: table.name.to_string(), changes })
        })
        .collect()
}

fn changes(before: &Resolution<'_>, after: &Resolution<'_>) -> Vec<String> {
    let mut changes = Vec::new();
    let mut bound = |what: &str, old: Option<&Clock>, new: Option<&Clock>| match (old, new) {
        (None, Some(new)) => changes.push(format!("{what}: none before, now {}", shown(new))),
        (Some(old), None) => changes.push(format!("{what}: {} before, none now", shown(old))),
        (Some(old), Some(new)) if (old.keep, &old.start) != (new.keep, &new.start) => {
            changes.push(format!("{what}: {} before, now {}", shown(old), shown(new)));
        }
        _ => {}
    };
    bound("minimum", before.minimum(), after.minimum());
    bound("maximum", before.maximum(), after.maximum());
    for (old, new) in before.parts.iter().zip(&after.parts) {
        bound(&format!("`{}`", new.wish.name), old.clocks.get(old.governing), new.clocks.get(new.governing));
    }
    let open = |resolution: &Resolution<'_>| {
        resolution.open_conflicts().map(|one| (one.id.clone(), one.text.clone())).collect::<BTreeMap<_, _>>()
    };
    let (old, new) = (open(before), open(after));
    changes.extend(new.iter().filter(|(id, _)| !old.contains_key(*id)).map(|(_, text)| format!("to decide: {text}")));
    changes.extend(
        old.iter().filter(|(id, _)| !new.contains_key(*id)).map(|(_, text)| format!("no longer to decide: {text}")),
    );
    changes
}

fn shown(clock: &Clock) -> String {
    format!("{} from {} ({})", clock.keep, clock.start, clock.by)
}

fn fields(rule: &LegalRule) -> BTreeMap<&'static str, String> {
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    BTreeMap::from([
        ("jurisdiction", rule.jurisdiction.clone()),
        ("sector", rule.sector.clone()),
        ("data_category", rule.data_category.clone()),
        ("kind", rule.kind.as_str().to_owned()),
        ("term", rule.term.to_string()),
        ("start_event", rule.start_event.clone()),
        ("start", rule.start.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("rounding", rule.rounding.as_str().to_owned()),
        ("effect", if rule.justifies { "justification" } else { "" }.to_owned()),
        ("authority", rule.authority.clone()),
        ("source", rule.source.clone()),
        ("confidence", rule.confidence.as_str().to_owned()),
        ("evidence", rule.evidence.as_str().to_owned()),
        ("status", rule.status.as_text()),
        ("valid_from", day(rule.valid_from)),
        ("valid_to", day(rule.valid_to)),
        ("review_status", rule.review.as_text()),
        ("threshold", rule.threshold.clone().unwrap_or_default()),
        ("extension", rule.extension.clone().unwrap_or_default()),
        ("note", rule.note.clone().unwrap_or_default()),
    ])
}
