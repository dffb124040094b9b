//! `retain apply` and `retain run`.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use dataward_app::AppError;
use dataward_app::Project;
use dataward_app::apply_plan::Watcher;
use dataward_app::apply_plan::apply_plan;
use dataward_app::drop_plan::drop_plan;
use dataward_app::environment::SystemClock;
use dataward_app::run_retention::When;
use dataward_app::run_retention::run_retention;
use indicatif::ProgressBar;
use indicatif::ProgressStyle;

use crate::arguments::keys::KeySource;
use crate::commands::keys::ask;
use crate::commands::retain::UNREACHED;
use crate::render;
use crate::render::Output;

/// Stopped by Ctrl-C.
const INTERRUPTED: u8 = 130;

/// A plan could not be applied now.
const REFUSED: u8 = 4;

pub(super) async fn apply(
    project: &Project,
    plan: Option<&str>,
    source: &KeySource,
    output: &Output,
) -> Result<u8, AppError> {
    let bar = progress(output);
    let cancel = stop_on_interrupt();
    let done = apply_plan(project, plan, &|what| ask(source, what), &cancel, &Shown(bar.clone()), &SystemClock).await;
    bar.finish_and_clear();
    match done {
        Err(AppError::Unreachable { .. }) if cancel.load(Ordering::Relaxed) => stopped(output),
        Err(error) => Err(error),
        Ok(report) => {
            output.result(&report, || render::retain::applied(&report))?;
            Ok(0)
        }
    }
}

pub(super) async fn give_up(
    project: &Project,
    plan: &str,
    source: &KeySource,
    output: &Output,
) -> Result<u8, AppError> {
    let report = drop_plan(project, plan, &|what| ask(source, what), &SystemClock).await?;
    output.result(&report, || render::retain::applied(&report))?;
    Ok(0)
}

pub(super) async fn run(project: &Project, due: bool, source: &KeySource, output: &Output) -> Result<u8, AppError> {
    let when = if due { When::Due } else { When::Now };
    let bar = progress(output);
    let cancel = stop_on_interrupt();
    let done =
        run_retention(project, when, &|what| ask(source, what), &cancel, &Shown(bar.clone()), &SystemClock).await;
    bar.finish_and_clear();
    let report = match done {
        Err(AppError::Unreachable { .. }) if cancel.load(Ordering::Relaxed) => return stopped(output),
        done => done?,
    };
    output.result(&report, || render::retain_run::run(&report))?;
    let unread = report.waiting.as_ref().is_some_and(|plan| !plan.skipped.is_empty());
    Ok(match (report.refused.is_empty(), unread) {
        (false, _) => REFUSED,
        (true, true) => UNREACHED,
        (true, false) => 0,
    })
}

fn stopped(output: &Output) -> Result<u8, AppError> {
    output.note("Stopped between two transactions: go on with `dataward retain apply`.");
    Ok(INTERRUPTED)
}

fn progress(output: &Output) -> ProgressBar {
    let bar = if output.shows_progress() { ProgressBar::new(0) } else { ProgressBar::hidden() };
    let style = ProgressStyle::with_template(
        "{spinner:.cyan} {bar:24.cyan/dim} {percent:>3}%  {pos} of {len} rows  {eta} left",
    )
    .unwrap_or_else(|_| ProgressStyle::default_bar())
    .progress_chars("━╸─");
    bar.set_style(style);
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

struct Shown(ProgressBar);

impl Watcher for Shown {
    fn progress(&self, done: u64, of: u64) {
        self.0.set_length(of);
        self.0.set_position(done);
    }
}

/// Set by the first Ctrl-C: the transaction that runs is ended, no other begun.
fn stop_on_interrupt() -> Arc<AtomicBool> {
    let cancel = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&cancel);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            seen.store(true, Ordering::Relaxed);
        }
    });
    cancel
}
