//! One command a file.

mod access;
mod audit;
mod completions;
mod demo;
mod evidence;
mod findings;
mod init;
mod inspect;
mod inventory;
mod keys;
mod protect;
mod report;
mod retain;
mod rules;
mod scan;
mod schema;
mod status;
mod transit;

use std::path::PathBuf;

use dataward_app::AppError;
use dataward_app::Project;

use crate::arguments::Arguments;
use crate::arguments::Command;
use crate::arguments::Format;
use crate::arguments::Global;
use crate::render::Output;

/// Runs what was typed. Returns the exit code.
pub(crate) async fn run(arguments: Arguments, output: &Output) -> Result<u8, AppError> {
    let global = &arguments.global;
    let of_findings = matches!(global.format, Format::Csv | Format::Oscal | Format::Sarif);
    if of_findings && !matches!(arguments.command, Some(Command::Findings(_) | Command::Report(_))) {
        return Err(AppError::usage_hint("this command prints text and json", "dataward findings --format sarif"));
    }
    match arguments.command {
        None => status::roadmap_or_welcome(global, output).await,
        Some(Command::Access(arguments)) => access::access(global, arguments, output).await,
        Some(Command::Audit(arguments)) => audit::audit(global, arguments, output).await,
        Some(Command::Completions { shell }) => completions::completions(shell, output),
        Some(Command::Demo(arguments)) => demo::demo(arguments, output).await,
        Some(Command::Decrypt(arguments)) => protect::decrypt(global, arguments, output).await,
        Some(Command::Encrypt(arguments)) => protect::encrypt(global, arguments, output).await,
        Some(Command::Evidence(arguments)) => evidence::evidence(global, arguments, output).await,
        Some(Command::Findings(arguments)) => findings::findings(global, arguments, output).await,
        Some(Command::Init(arguments)) => init::init(global, arguments, output).await,
        Some(Command::Inspect(arguments)) => inspect::inspect(global, arguments, output),
        Some(Command::Inventory(arguments)) => inventory::inventory(global, arguments, output).await,
        Some(Command::Keys(arguments)) => keys::keys(global, arguments, output).await,
        Some(Command::Man { folder }) => completions::man(&folder, output),
        Some(Command::Report(arguments)) => report::report(global, arguments, output).await,
        Some(Command::Retain(arguments)) => retain::retain(global, arguments, output).await,
        Some(Command::Rules(arguments)) => rules::rules(global, arguments, output),
        Some(Command::Rewrap(arguments)) => protect::rewrap(global, arguments, output).await,
        Some(Command::Scan(arguments)) => scan::scan(global, arguments, output).await,
        Some(Command::Schema(arguments)) => schema::schema(&arguments, output),
        Some(Command::Status) => status::status(global, output).await,
        Some(Command::Transit(arguments)) => transit::transit(arguments, output).await,
        Some(Command::Verify(arguments)) => protect::verify(global, arguments, output).await,
    }
}

/// The folder we were started in.
fn here() -> Result<PathBuf, AppError> {
    std::env::current_dir().map_err(|error| AppError::unreachable(format!("cannot tell the current folder: {error}")))
}

/// The project that is near or named; without one there is nothing to show.
pub(crate) fn project(global: &Global) -> Result<Project, AppError> {
    Project::find(global.policy.as_deref(), &here()?)?
        .ok_or_else(|| AppError::usage_hint("no dataward.toml here or in a folder above", "dataward init"))
}
