//! `retain`: one subcommand a file.

mod apply;
mod hold;
mod plan;

use dataward_app::AppError;
use dataward_app::hold_data::retain_status;

use crate::arguments::Global;
use crate::arguments::retain::RetainArguments;
use crate::arguments::retain::RetainCommand;
use crate::commands::project;
use crate::render;
use crate::render::Output;

pub(crate) async fn retain(global: &Global, arguments: RetainArguments, output: &Output) -> Result<u8, AppError> {
    let project = project(global)?;
    match arguments.command {
        RetainCommand::Plan { sources, show } => plan::plan(&project, &sources, show.as_deref(), output).await,
        RetainCommand::Approve { plan } => plan::approve(&project, plan.as_deref(), output).await,
        RetainCommand::Apply { plan, source } => apply::apply(&project, plan.as_deref(), &source, output).await,
        RetainCommand::Hold(arguments) => hold::hold(&project, arguments.command, output).await,
        RetainCommand::Status => {
            let status = retain_status(&project).await?;
            output.result(&status, || render::retain::status(&status))?;
            Ok(0)
        }
    }
}
