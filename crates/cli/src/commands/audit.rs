//! `audit`: stages of the audit plan.

use std::sync::Arc;

use dataward_app::AppError;
use dataward_app::Project;
use dataward_app::check_integrity::check_integrity;
use dataward_app::environment::SystemClock;
use dataward_app::read_tables::NoEvents;
use dataward_app::read_tables::ReadEvents;
use dataward_app::registry;
use dataward_app::run_audit::AuditCommand;
use dataward_app::run_audit::AuditReport;
use dataward_app::run_audit::AuditStage;
use dataward_app::run_audit::run_audit;

use crate::arguments::AuditArguments;
use crate::arguments::AuditTarget;
use crate::arguments::Global;
use crate::arguments::Stage;
use crate::commands::here;
use crate::commands::project;
use crate::commands::scan::stop_on_interrupt;
use crate::render;
use crate::render::Output;
use crate::render::numbers::counted;
use crate::render::progress::ReadProgress;

pub(crate) async fn audit(global: &Global, arguments: AuditArguments, output: &Output) -> Result<u8, AppError> {
    let (stages, named) = parted(arguments.what);
    let near = Project::find(global.policy.as_deref(), &here()?)?;
    let declared =
        |name: &String| near.as_ref().is_some_and(|near| near.policy.sources.keys().any(|id| id.as_str() == name));
    if !named.iter().all(declared) {
        return look_at(&stages, &named, near.as_ref(), output).await;
    }
    let project = project(global)?;
    let progress = Arc::new(ReadProgress::default());
    let command = AuditCommand {
        stages: stages.into_iter().map(Stage::of_plan).collect(),
        due: arguments.due,
        sources: arguments.source.into_iter().chain(named).collect(),
        events: output.shows_progress().then(|| Arc::clone(&progress) as Arc<dyn ReadEvents>),
    };
    let report = run_audit(&project, &command, &SystemClock).await;
    progress.clear();
    let report = report?;
    match own_format(&report) {
        Some(document) if output.is_json() => output.line(document)?,
        _ => output.result(&report, || render::audit::report(&report))?,
    }
    if report.has_failures() {
        return Ok(3);
    }
    if let Some(severity) = arguments.fail_on.severity() {
        let open = report.at_or_above(severity);
        if open > 0 {
            let findings = counted(open as u64, "open finding", "open findings");
            output.note(&format!("{findings} of severity {severity} or above."));
            return Ok(1);
        }
    }
    Ok(0)
}

/// Stages, and what they are to look at.
fn parted(what: Vec<AuditTarget>) -> (Vec<Stage>, Vec<String>) {
    let (mut stages, mut named) = (Vec::new(), Vec::new());
    for one in what {
        match one {
            AuditTarget::Source(source) => named.push(source),
            AuditTarget::Stage(stage) => stages.push(stage),
        }
    }
    (stages, named)
}

/// Addresses and paths that no policy file declares: looked at without leaving a trace.
async fn look_at(stages: &[Stage], named: &[String], near: Option<&Project>, output: &Output) -> Result<u8, AppError> {
    let all = "collection, access, integrity, encryption, transit";
    let other = named.first().map(String::as_str).unwrap_or_default();
    if stages != [Stage::Integrity] {
        let message = match near {
            Some(_) => format!("`{other}` is neither a stage nor a source of the policy file"),
            None => format!("`{other}` is not a stage, and there is no dataward.toml here or in a folder above"),
        };
        return Err(AppError::usage_hint(
            message,
            format!("stages are {all}; `dataward audit integrity PATH` takes addresses and paths too"),
        ));
    }
    let here = here()?;
    let mut targets = Vec::new();
    for text in named {
        if near.is_some_and(|near| near.policy.sources.keys().any(|id| id.as_str() == text)) {
            return Err(AppError::usage_hint(
                format!("`{text}` is a source of the policy file, and other targets are not"),
                "audit declared sources and bare addresses in two runs",
            ));
        }
        let target = registry::bare_target(text, &here, &targets)?;
        targets.push(target);
    }
    let progress = ReadProgress::default();
    let events: &dyn ReadEvents = if output.shows_progress() { &progress } else { &NoEvents };
    let report = check_integrity(&targets, &SystemClock, stop_on_interrupt(), events).await;
    progress.clear();
    let report = report?;
    output.result(&report, || render::integrity::report(&report))?;
    Ok(if report.has_failures() { 3 } else { 0 })
}

/// What a single stage prints as JSON, where it has a format of its own.
fn own_format(report: &AuditReport) -> Option<&str> {
    match report.stages.as_slice() {
        [stage] => stage.document.as_deref(),
        _ => None,
    }
}

impl Stage {
    fn of_plan(self) -> AuditStage {
        match self {
            Self::Collection => AuditStage::Collection,
            Self::Access => AuditStage::Access,
            Self::Integrity => AuditStage::Integrity,
            Self::Encryption => AuditStage::Encryption,
            Self::Transit => AuditStage::Transit,
        }
    }
}
