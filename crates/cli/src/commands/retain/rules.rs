//! `retain rules`: the rule pack.

use dataward_app::AppError;
use dataward_app::Project;
use dataward_app::environment::SystemClock;
use dataward_app::legal_rules::diff_legal_rules;
use dataward_app::legal_rules::list_legal_rules;
use dataward_app::legal_rules::show_legal_rule;
use dataward_model::Clock;

use crate::arguments::Global;
use crate::arguments::retain::LegalRulesCommand;
use crate::commands::here;
use crate::render;
use crate::render::Output;

pub(crate) async fn rules(global: &Global, command: LegalRulesCommand, output: &Output) -> Result<u8, AppError> {
    match command {
        LegalRulesCommand::Diff { file } => {
            let near = Project::find(global.policy.as_deref(), &here()?)?;
            let report = diff_legal_rules(near.as_ref(), &file, SystemClock.now()).await?;
            output.result(&report, || render::retention_policy::diff(&report))?;
        }
        LegalRulesCommand::List { jurisdiction, kind } => {
            let report = list_legal_rules(jurisdiction.as_deref(), kind.as_deref());
            output.result(&report, || render::retention_policy::list(&report))?;
        }
        LegalRulesCommand::Show { id } => {
            let report = show_legal_rule(&id)?;
            output.result(&report, || render::retention_policy::show(&report))?;
        }
    }
    Ok(0)
}
