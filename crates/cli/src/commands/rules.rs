//! `rules`: what is recognised, and whether every rule does what its examples say.

use dataward_app::AppError;
use dataward_app::Project;
use dataward_app::own_rules::check_rules;
use dataward_app::own_rules::list_rules;

use crate::arguments::Global;
use crate::arguments::RulesArguments;
use crate::arguments::RulesCommand;
use crate::commands::here;
use crate::render;
use crate::render::Output;

pub(crate) fn rules(global: &Global, arguments: RulesArguments, output: &Output) -> Result<u8, AppError> {
    let near = Project::find(global.policy.as_deref(), &here()?)?;
    match arguments.command {
        RulesCommand::Check => {
            let report = check_rules(near.as_ref())?;
            output.result(&report, || render::rules::check(&report))?;
            Ok(if report.wrong.is_empty() { 0 } else { 2 })
        }
        RulesCommand::List { own, country } => {
            let mut report = list_rules(near.as_ref());
            report.rules.retain(|rule| {
                (!own || rule.own) && country.as_ref().is_none_or(|code| rule.country.eq_ignore_ascii_case(code))
            });
            output.result(&report, || render::rules::list(&report))?;
            Ok(0)
        }
    }
}
