//! Whether a column is what a rule of the user's own says.

use super::OwnRule;
use crate::Detector;
use crate::Reason;
use crate::classify::Weighed;
use crate::column::ColumnProfile;
use crate::header;

/// The verdict of the rule that fits best; none where no rule fits.
pub(crate) fn decide(name: &str, seen: Option<&ColumnProfile>, detector: &Detector) -> Option<Weighed> {
    let verdicts = detector.own().iter().filter_map(|rule| of_rule(rule, name, seen));
    // Of equally sure ones the first of the file.
    verdicts.reduce(|best, next| if next.confidence > best.confidence { next } else { best })
}

/// Cells of a column that must match for a rule to decide, and where its name speaks for it too.
const ENOUGH: f64 = 0.5;
const ENOUGH_WITH_NAME: f64 = 0.1;

fn of_rule(rule: &OwnRule, name: &str, seen: Option<&ColumnProfile>) -> Option<Weighed> {
    let named = rule.spec.columns.iter().any(|words| header::holds_words(name, words));
    let judges = rule.whole.is_some() || rule.list.is_some() || rule.validator.is_some();
    let share = seen.map_or(0.0, |seen| share(rule, seen));
    let empty = seen.is_none_or(|seen| seen.filled == 0);
    let confidence = match (judges, named) {
        (true, true) if empty => 0.7,
        (true, true) if share >= ENOUGH_WITH_NAME => 0.9 + 0.09 * share,
        (true, false) if share >= ENOUGH => 0.5 + 0.49 * share,
        (false, true) => 0.9,
        _ => return None,
    };
    let title = &rule.spec.name;
    let mut why = Vec::new();
    if judges && !empty {
        let text = format!("{:.0} % of the cells match your own rule `{title}`", 100.0 * share);
        why.push(Reason { text, weight: 6.0 * share });
    }
    if named {
        let text = format!("the column's name holds words of your own rule `{title}`");
        why.push(Reason { text, weight: 3.0 });
    }
    let category = Some(rule.spec.category.clone());
    Some(Weighed { category, confidence, why, beliefs: std::collections::BTreeMap::new() })
}

/// The share of sampled cells that match: a value that fills many cells counts as often.
fn share(rule: &OwnRule, seen: &ColumnProfile) -> f64 {
    let (mut matching, mut all) = (0_u64, 0_u64);
    for value in seen.sample.values() {
        all += value.count;
        if rule.takes(&value.text) {
            matching += value.count;
        }
    }
    matching as f64 / all.max(1) as f64
}
