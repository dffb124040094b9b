//! `retain`: one subcommand a file.

mod apply;
mod archive;
mod hold;
mod plan;
mod policy;
mod rules;
mod verify;

use dataward_app::AppError;
use dataward_app::environment::SystemClock;
use dataward_app::retain_status::retain_status;

use crate::arguments::Global;
use crate::arguments::retain::RetainArguments;
use crate::arguments::retain::RetainCommand;
use crate::commands::project;
use crate::render;
use crate::render::Output;

/// A source could not be reached.
const UNREACHED: u8 = 3;

pub(crate) async fn retain(global: &Global, arguments: RetainArguments, output: &Output) -> Result<u8, AppError> {
    let near = || project(global);
    match arguments.command {
        RetainCommand::Policy(arguments) => policy::policy(global, arguments, output).await,
        RetainCommand::Rules(arguments) => rules::rules(global, arguments.command, output).await,
        RetainCommand::Plan { sources, with: Some(with), .. } => {
            plan::simulate(&near()?, &with, &sources, output).await
        }
        RetainCommand::Plan { sources, show, list, .. } => {
            plan::plan(&near()?, &sources, show.as_deref(), list, output).await
        }
        RetainCommand::Approve { plan } => plan::approve(&near()?, plan.as_deref(), output).await,
        RetainCommand::Apply { plan, source } => apply::apply(&near()?, plan.as_deref(), &source, output).await,
        RetainCommand::Drop { plan, source } => apply::give_up(&near()?, &plan, &source, output).await,
        RetainCommand::Archive(arguments) => archive::archive(&near()?, arguments.command, output).await,
        RetainCommand::Hold(arguments) => hold::hold(&near()?, arguments.command, output).await,
        RetainCommand::Notify { plan, out } => plan::notify(&near()?, plan.as_deref(), &out, output).await,
        RetainCommand::Replay { sources } => verify::replay(&near()?, &sources, output).await,
        RetainCommand::Verify(arguments) => verify::verify(global, &arguments, output).await,
        RetainCommand::Run { due, source } => apply::run(&near()?, due, &source, output).await,
        RetainCommand::Status => {
            let status = retain_status(&near()?, &SystemClock).await?;
            output.result(&status, || render::retain::status(&status))?;
            Ok(0)
        }
    }
}
