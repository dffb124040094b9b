//! Gathers who can do what in each source that has rights of its own, and keeps the answer for the next
//! audit to compare with.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use dataward_audit::Facts;
use dataward_audit::access::AccessModel;
use dataward_audit::access::AccessSnapshot;
use dataward_audit::access::Scope;
use dataward_audit::access::diff;
use dataward_audit::access::facts::AccessFacts;
use dataward_audit::access::facts::SourceAccess;
use dataward_audit::access::model_of;
use dataward_audit::access::not_given;
use dataward_audit::access::not_given::can_judge_rules;
use dataward_model::Category;
use dataward_model::Skipped;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use dataward_policy::AuditStage;
use dataward_store::AccessAnswer;

use crate::AppError;
use crate::audit::AuditContext;
use crate::audit::Gather;
use crate::audit::Gathered;
use crate::review_access::access_target;

/// The stage *access verification*.
pub(crate) struct Access;

#[async_trait]
impl Gather for Access {
    fn stage(&self) -> AuditStage {
        AuditStage::Access
    }

    async fn gather(&self, context: &AuditContext<'_>, facts: &mut Facts) -> Result<Gathered, AppError> {
        let mut gathered = Gathered::default();
        let mut found = AccessFacts::default();
        for target in context.targets {
            let id = &target.id;
            // Accounts of a machine are not those that the policy speaks of: what everybody there can read is
            // found by `access/readable-by-everyone`, and account by account by `dataward access`.
            if matches!(target.connector.kind(), SourceKind::Files | SourceKind::Sqlite) {
                continue;
            }
            let source = match access_target(Some(context.project), id.as_str(), &context.project.root) {
                Ok((source, _)) => source,
                Err(error) => {
                    gathered.skipped.push((id.clone(), Skipped::failed("", error.to_string())));
                    continue;
                }
            };
            let read = match source.grants.grants().await {
                Ok(read) => read,
                Err(error) => {
                    gathered.skipped.push((id.clone(), Skipped::failed("", error.to_string())));
                    continue;
                }
            };
            let model: Arc<dyn AccessModel> = Arc::from(model_of(read));
            for missing in model.missing().iter().filter(|missing| missing.decides) {
                gathered.skipped.push((id.clone(), Skipped::failed("", missing.what.clone())));
            }
            *gathered.counts.entry("principals".to_owned()).or_default() += model.principals().len() as u64;
            let source = look_at(context, id, model).await?;
            let entries = gathered.counts.entry("entries".to_owned()).or_default();
            let counted = Scope { without_paths: true, ..source.scope.clone() };
            source.model.visit(&counted, &mut |group| *entries += group.columns.len() as u64);
            gathered.looked_at.push(id.clone());
            found.sources.push(source);
        }
        if can_judge_rules(&context.project.policy, &found.sources) {
            gathered.looked_at.push(not_given::policy().source);
        }
        facts.access = Some(found);
        Ok(gathered)
    }
}

/// Compares with the last answer, and keeps this one unless something was hidden from us.
async fn look_at(
    context: &AuditContext<'_>,
    id: &SourceId,
    model: Arc<dyn AccessModel>,
) -> Result<SourceAccess, AppError> {
    let mut categories: BTreeMap<String, BTreeMap<String, Category>> = BTreeMap::new();
    for table in context.shown.iter().filter(|table| table.source == *id) {
        let columns = categories.entry(table.table.clone()).or_default();
        columns.extend(table.columns.iter().map(|held| (held.column.clone(), held.category.clone())));
    }
    let scope = Scope { categories, ..Scope::default() };
    let now = AccessSnapshot::of(&*model, &Scope::everything());
    let before = context.store.access_answer(id).await?;
    let before = before.and_then(|answer| serde_json::from_str::<AccessSnapshot>(&answer.answer).ok());
    let mut changes = before.map(|before| diff::compare(&before, &now)).unwrap_or_default();
    changes.retain(|change| scope.category(&[&change.object], &change.column).is_some());
    if model.is_hidden() {
        // What is not seen now would count as given anew by the next audit that sees it.
        changes = diff::added(changes);
    } else {
        let answer = serde_json::to_string(&now).map_err(|error| AppError::Internal(error.to_string()))?;
        context.store.record_access(id, &AccessAnswer { at: context.now, answer }).await?;
    }
    Ok(SourceAccess { source: id.clone(), model, scope, changes })
}
