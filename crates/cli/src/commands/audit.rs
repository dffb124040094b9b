//! `audit`: stages of the audit plan.

use dataward_app::AppError;
use dataward_app::environment::SystemClock;
use dataward_app::run_audit::AuditCommand;
use dataward_app::run_audit::AuditReport;
use dataward_app::run_audit::AuditStage;
use dataward_app::run_audit::run_audit;

use crate::arguments::AuditArguments;
use crate::arguments::Global;
use crate::arguments::Stage;
use crate::commands::project;
use crate::render;
use crate::render::Output;
use crate::render::numbers::counted;

pub(crate) async fn audit(global: &Global, arguments: AuditArguments, output: &Output) -> Result<u8, AppError> {
    let project = project(global)?;
    let command = AuditCommand {
        stages: arguments.stages.into_iter().map(Stage::of_plan).collect(),
        due: arguments.due,
        sources: arguments.source,
    };
    let report = run_audit(&project, &command, &SystemClock).await?;
    match own_format(&report) {
        Some(document) if output.is_json() => output.line(&render::to_json(document)?)?,
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

/// What a single stage prints as JSON, where it has a format of its own.
fn own_format(report: &AuditReport) -> Option<&serde_json::Value> {
    match report.stages.as_slice() {
        [stage] => stage.document.as_ref(),
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
