//! `status`: the roadmap; and what is shown when nothing was typed.

use dataward_app::AppError;
use dataward_app::Project;
use dataward_app::environment::SystemClock;
use dataward_app::show_status::show_status;

use crate::arguments::Global;
use crate::commands::here;
use crate::commands::project;
use crate::render;
use crate::render::Output;
use crate::render::style::CODE;
use crate::render::style::HEAD;
use crate::render::style::MUTED;

pub(crate) async fn status(global: &Global, output: &Output) -> Result<u8, AppError> {
    show(&project(global)?, output).await
}

/// How to begin: what to type, and what it is good for.
const BEGINNINGS: &[(&str, &str)] = &[
    ("dataward demo", "a made-up shop to play with, in under a minute"),
    ("dataward scan ./exports", "look into a folder or a file; nothing is kept"),
    ("dataward scan postgres://me@host/db", "look into a database; nothing is kept"),
    ("dataward init ./exports sqlite:shop.db", "write a policy file and keep an inventory"),
    ("dataward --help", "all commands"),
];

/// The roadmap when a policy file is near, else how to begin.
pub(crate) async fn roadmap_or_welcome(global: &Global, output: &Output) -> Result<u8, AppError> {
    if let Some(project) = Project::find(global.policy.as_deref(), &here()?)? {
        return show(&project, output).await;
    }
    let mut text = format!(
        "{HEAD}dataward{HEAD:#} finds customer data where it lives, says what is wrong with it, and proves what was done.\n\n\
         No dataward.toml here or in a folder above. Begin with one of these:\n"
    );
    for (command, what) in BEGINNINGS {
        text.push_str(&format!("  {CODE}{command:<40}{CODE:#} {MUTED}{what}{MUTED:#}\n"));
    }
    output.text(&text)?;
    Ok(0)
}

async fn show(project: &Project, output: &Output) -> Result<u8, AppError> {
    let status = show_status(project, &SystemClock).await?;
    output.result(&status, || render::status::status(&status))?;
    Ok(0)
}
