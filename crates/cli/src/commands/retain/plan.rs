//! `retain plan` and `retain approve`.

use dataward_app::AppError;
use dataward_app::Project;
use dataward_app::approve_plan::approve_plan;
use dataward_app::environment::SystemClock;
use dataward_app::plan_retention::plan_retention;
use dataward_app::plan_retention::show_plan;

use crate::render;
use crate::render::Output;

/// A source could not be reached.
const UNREACHED: u8 = 3;

pub(super) async fn plan(
    project: &Project,
    sources: &[String],
    show: Option<&str>,
    output: &Output,
) -> Result<u8, AppError> {
    let report = match show {
        Some(name) => show_plan(project, Some(name)).await?,
        None => plan_retention(project, sources, &SystemClock).await?,
    };
    output.result(&report, || render::retain::plan(&report))?;
    Ok(if report.skipped.is_empty() { 0 } else { UNREACHED })
}

pub(super) async fn approve(project: &Project, plan: Option<&str>, output: &Output) -> Result<u8, AppError> {
    let report = approve_plan(project, plan, &SystemClock).await?;
    output.result(&report, || render::retain::approval(&report))?;
    Ok(0)
}
