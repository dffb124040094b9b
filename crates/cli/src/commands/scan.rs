//! `scan`: finds customer data.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use dataward_app::AppError;
use dataward_app::Project;
use dataward_app::environment::SystemClock;
use dataward_app::own_rules;
use dataward_app::registry;
use dataward_app::scan::HowMuch;
use dataward_app::scan::ScanEvents;
use dataward_app::scan::Target;
use dataward_app::scan::events::Quiet;
use dataward_app::scan_sources::ScanCommand;
use dataward_app::scan_sources::scan_sources_with;
use dataward_app::show_status::open_at_or_above;

use crate::arguments::FailOn;
use crate::arguments::Global;
use crate::arguments::ScanArguments;
use crate::commands::here;
use crate::render;
use crate::render::Output;
use crate::render::numbers::counted;
use crate::render::progress::ScanProgress;

/// Rows of each table in a sample when neither the command line nor a policy file says.
const SAMPLE_ROWS: u64 = 10_000;

pub(crate) async fn scan(global: &Global, arguments: ScanArguments, output: &Output) -> Result<u8, AppError> {
    let here = here()?;
    let near = Project::find(global.policy.as_deref(), &here)?;
    let own = near.as_ref().map(own_rules).transpose()?.unwrap_or_default();
    let (project, targets) = targets(near, &arguments, &here)?;
    if project.is_none() && (arguments.since_last || arguments.resume) {
        return Err(AppError::usage_hint(
            "--since-last and --resume need the state beside a policy file",
            "dataward init",
        ));
    }
    if project.is_none() && arguments.fail_on.is_some() {
        return Err(AppError::usage_hint(
            "--fail-on judges findings, and those come from the sources of a policy file",
            "name the sources of dataward.toml, or none for all of them",
        ));
    }
    let rows = arguments.rows.or(project.as_ref().map(|project| project.policy.sample_rows)).unwrap_or(SAMPLE_ROWS);
    let how_much = if arguments.full { HowMuch::Everything } else { HowMuch::Sample { rows, seed: arguments.seed } };
    let bytes_read = Arc::new(AtomicU64::new(0));
    let progress =
        output.shows_progress().then(|| Arc::new(ScanProgress::new(arguments.full, Arc::clone(&bytes_read))));
    let events: Arc<dyn ScanEvents> = match &progress {
        Some(progress) => Arc::clone(progress) as Arc<dyn ScanEvents>,
        None => Arc::new(Quiet),
    };
    let command = ScanCommand {
        targets,
        how_much,
        since_last: arguments.since_last,
        resume: arguments.resume,
        names_in_text: !arguments.no_names,
        cancel: stop_on_interrupt(),
        bytes_read,
    };
    let result = scan_sources_with(project.as_ref(), own, command, events, &SystemClock).await;
    if let Some(progress) = progress {
        progress.clear();
    }
    let report = result?;
    output.result(&report, || render::scan::report(&report, arguments.all))?;
    if !report.complete {
        if project.is_some() {
            let full = if arguments.full {
                "--full ".to_owned()
            } else {
                arguments.rows.map(|rows| format!("--rows {rows} ")).unwrap_or_default()
            };
            let sources: String = arguments.targets.iter().map(|target| format!("{target} ")).collect();
            output.note(&format!("What was read is kept: go on with `dataward scan {sources}{full}--resume`."));
        }
        return Ok(INTERRUPTED);
    }
    if report.has_failures() {
        return Ok(3);
    }
    let Some(project) = &project else { return Ok(0) };
    output.note("Kept in the inventory. What to do next: `dataward status`.");
    if let Some(severity) = arguments.fail_on.and_then(FailOn::severity) {
        let open = open_at_or_above(project, severity, &SystemClock).await?;
        if open > 0 {
            let findings = counted(open as u64, "open finding", "open findings");
            output.note(&format!("{findings} of severity {severity} or above: `dataward status`."));
            return Ok(1);
        }
    }
    Ok(0)
}

/// What shells say of a process that was stopped with Ctrl-C: 128 + SIGINT.
const INTERRUPTED: u8 = 130;

/// The sources to scan. With names of the policy file, or nothing, it is the project's scan; an
/// address or a path is looked at without leaving a trace.
fn targets(
    near: Option<Project>,
    arguments: &ScanArguments,
    here: &Path,
) -> Result<(Option<Project>, Vec<Target>), AppError> {
    let declared = |name: &String| {
        near.as_ref().is_some_and(|project| project.policy.sources.keys().any(|id| id.as_str() == name))
    };
    if arguments.targets.iter().all(declared) {
        let Some(project) = near else {
            return Err(AppError::usage_hint(
                "nothing to scan: no address or path given, and no dataward.toml here or in a folder above",
                "dataward scan ./exports, dataward scan postgres://me@localhost/shop, or dataward init",
            ));
        };
        let targets = project.targets(&arguments.targets)?;
        if targets.is_empty() {
            return Err(AppError::usage_hint(
                format!("no source is declared in {}", project.file.display()),
                "add [source.NAME] with url = \"…\"",
            ));
        }
        return Ok((Some(project), targets));
    }
    let mut bare: Vec<Target> = Vec::new();
    for text in &arguments.targets {
        if declared(text) {
            return Err(AppError::usage_hint(
                format!("`{text}` is a source of the policy file, and other targets are not"),
                "scan declared sources and bare addresses in two runs",
            ));
        }
        let target = registry::bare_target(text, here, &bare)?;
        bare.push(target);
    }
    Ok((None, bare))
}

/// A flag that Ctrl-C sets. A second Ctrl-C ends the process at once; the state survives that too.
pub(super) fn stop_on_interrupt() -> Arc<AtomicBool> {
    let cancel = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&cancel);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            flag.store(true, Ordering::Relaxed);
        }
        if tokio::signal::ctrl_c().await.is_ok() {
            std::process::exit(i32::from(INTERRUPTED));
        }
    });
    cancel
}
