//! `retain plan`, `retain notify` and `retain approve`.

use std::path::Path;
use std::time::Duration;

use dataward_app::AppError;
use dataward_app::Project;
use dataward_app::approve_plan::approve_plan;
use dataward_app::environment::SystemClock;
use dataward_app::list_planned::list_files;
use dataward_app::notify_people::notify_people;
use dataward_app::plan_retention::Look;
use dataward_app::plan_retention::plan_retention;
use dataward_app::plan_retention::show_plan;
use dataward_app::simulate_retention::simulate_retention;
use indicatif::ProgressBar;

use crate::commands::retain::UNREACHED;
use crate::render;
use crate::render::Output;

pub(super) async fn plan(
    project: &Project,
    sources: &[String],
    show: Option<&str>,
    list: bool,
    output: &Output,
) -> Result<u8, AppError> {
    let mut report = match show {
        Some(name) => show_plan(project, Some(name)).await?,
        None => {
            let look = if list { Look::AtFiles } else { Look::AtTables };
            // Asking tables what hangs on what can take minutes.
            let bar = if output.shows_progress() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
            bar.set_message("asking what is due, and what hangs on it");
            bar.enable_steady_tick(Duration::from_millis(120));
            let planned = plan_retention(project, sources, look, &SystemClock).await;
            bar.finish_and_clear();
            planned?
        }
    };
    if list && report.files.is_none() {
        report.files = Some(list_files(project, &report.plan).await?);
    }
    output.result(&report, || render::retain::plan(&report))?;
    Ok(if report.skipped.is_empty() { 0 } else { UNREACHED })
}

pub(super) async fn approve(project: &Project, plan: Option<&str>, output: &Output) -> Result<u8, AppError> {
    let report = approve_plan(project, plan, &SystemClock).await?;
    output.result(&report, || render::retain::approval(&report))?;
    Ok(0)
}

pub(super) async fn notify(project: &Project, plan: Option<&str>, out: &Path, output: &Output) -> Result<u8, AppError> {
    let report = notify_people(project, plan, out, &SystemClock).await?;
    output.result(&report, || render::retain::notice(&report))?;
    Ok(0)
}

pub(super) async fn simulate(
    project: &Project,
    with: &Path,
    sources: &[String],
    output: &Output,
) -> Result<u8, AppError> {
    let report = simulate_retention(project, with, sources, &SystemClock).await?;
    output.result(&report, || render::retain_run::simulation(&report))?;
    Ok(if report.skipped.is_empty() { 0 } else { UNREACHED })
}
