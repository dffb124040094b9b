//! `retain rules`: the rule pack, a rule of it, and what another version changes.

use std::path::Path;

use dataward_policy::RulePack;
use dataward_retain::pack_diff::consequences;
use dataward_retain::pack_diff::rule_changes;
use dataward_retain::rules::Grounds;
use dataward_retain::rules::HeldTable;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::Project;
use crate::retention_report::LegalRuleLine;
use crate::retention_report::LegalRulesReport;
use crate::review_retention::known_tables;

/// What another version of the pack changes.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LegalDiffReport {
    /// `dataward/legal-diff@1`.
    pub schema: &'static str,
    /// The version compared with.
    pub from: String,
    /// The version of this dataward.
    pub to: String,
    /// Rules that are new, gone or changed.
    pub rules: Vec<ChangedRule>,
    /// What comes of it here; empty without a policy file.
    pub places: Vec<ChangedPlace>,
}

/// A rule that differs.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChangedRule {
    /// Its id.
    pub id: String,
    /// `new`, `gone` or `changed`.
    pub change: &'static str,
    /// The fields that differ.
    pub fields: Vec<ChangedField>,
}

/// A field of a rule that differs.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChangedField {
    /// Its name.
    pub field: String,
    /// What it was.
    pub before: String,
    /// What it is.
    pub after: String,
}

/// A table where something changes.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChangedPlace {
    /// Source and table.
    pub place: String,
    /// In one sentence each.
    pub changes: Vec<String>,
}

/// The rules of the pack, those of one jurisdiction or kind alone.
pub fn list_legal_rules(jurisdiction: Option<&str>, kind: Option<&str>) -> LegalRulesReport {
    let wanted = |filter: Option<&str>, value: &str| filter.is_none_or(|filter| filter.eq_ignore_ascii_case(value));
    let pack = RulePack::built_in();
    let rules =
        pack.rules().iter().filter(|rule| wanted(jurisdiction, &rule.jurisdiction) && wanted(kind, rule.kind.as_str()));
    report(rules.map(|rule| LegalRuleLine::new(pack, rule)).collect())
}

/// One rule of the pack.
///
/// # Errors
/// When there is none with this id.
pub fn show_legal_rule(id: &str) -> Result<LegalRulesReport, AppError> {
    let pack = RulePack::built_in();
    let Some(rule) = pack.rule(id) else {
        let message = format!("the rule pack {} has no rule `{id}`", pack.version());
        return Err(AppError::usage_hint(message, "dataward retain rules list"));
    };
    Ok(report(vec![LegalRuleLine::new(pack, rule)]))
}

fn report(rules: Vec<LegalRuleLine>) -> LegalRulesReport {
    let pack = RulePack::built_in();
    LegalRulesReport {
        schema: "dataward/legal-rules@1",
        pack: pack.version().to_owned(),
        compiled: pack.compiled().to_string(),
        rules,
    }
}

/// What the change from the rules in `file` to those of this dataward means.
///
/// # Errors
/// When the file cannot be read or is no rule pack, or the state cannot be read.
pub async fn diff_legal_rules(
    project: Option<&Project>,
    file: &Path,
    now: Timestamp,
) -> Result<LegalDiffReport, AppError> {
    let text =
        fs_err::read_to_string(file).map_err(|error| AppError::usage(format!("cannot read the rules: {error}")))?;
    let old =
        RulePack::parse_rules(&text).map_err(|error| AppError::usage(format!("`{}`: {error}", file.display())))?;
    let new = RulePack::built_in();
    let mut places = Vec::new();
    if let Some(project) = project {
        let tables: Vec<HeldTable> =
            known_tables(&project.store().await?).await?.into_iter().map(|table| table.held).collect();
        let today = now.to_zoned(project.policy.business.time_zone.clone()).date();
        let grounds = Grounds { policy: &project.policy, pack: new, holds: &[], today };
        places = consequences(&old, grounds, &tables)
            .into_iter()
            .map(|one| ChangedPlace { place: one.table, changes: one.changes })
            .collect();
    }
    let rules = rule_changes(&old, new)
        .into_iter()
        .map(|change| {
            let word = match (change.before.is_empty(), change.after.is_empty()) {
                (true, _) => "new",
                (_, true) => "gone",
                _ => "changed",
            };
            let names: std::collections::BTreeSet<&str> =
                change.before.keys().chain(change.after.keys()).copied().collect();
            let value = |fields: &std::collections::BTreeMap<&'static str, String>, name: &str| {
                fields.get(name).cloned().unwrap_or_default()
            };
            let fields = names
                .into_iter()
                .map(|name| ChangedField {
                    field: name.to_owned(),
                    before: value(&change.before, name),
                    after: value(&change.after, name),
                })
                .collect();
            ChangedRule { id: change.id, change: word, fields }
        })
        .collect();
    Ok(LegalDiffReport {
        schema: "dataward/legal-diff@1",
        from: old.version().to_owned(),
        to: new.version().to_owned(),
        rules,
        places,
    })
}
