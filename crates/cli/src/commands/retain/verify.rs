//! `retain verify` and `retain replay`.

use dataward_app::AppError;
use dataward_app::Project;
use dataward_app::environment::SystemClock;
use dataward_app::replay_ledger::replay_ledger;
use dataward_app::verify_erasure::CleanUp;
use dataward_app::verify_erasure::Exclusive;
use dataward_app::verify_erasure::check_certificate;
use dataward_app::verify_erasure::check_certificates;
use dataward_app::verify_erasure::verify_erasure;

use crate::arguments::Global;
use crate::arguments::retain::VerifyArguments;
use crate::commands::project;
use crate::commands::retain::UNREACHED;
use crate::render;
use crate::render::Output;

/// Less is proven than was wanted, or erased rows are back.
const FOUND: u8 = 1;

pub(super) async fn verify(global: &Global, arguments: &VerifyArguments, output: &Output) -> Result<u8, AppError> {
    if let Some(file) = &arguments.certificate {
        // An auditor has the file and the key, and no project.
        let project = if arguments.key.is_some() { None } else { Some(project(global)?) };
        let report = check_certificate(project.as_ref(), file, arguments.key.as_deref(), arguments.pdf.as_deref())?;
        output.result(&report, || render::erasure::certificates(&report))?;
        return Ok(0);
    }
    let project = project(global)?;
    if arguments.chain {
        let report = check_certificates(&project).await?;
        output.result(&report, || render::erasure::certificates(&report))?;
        return Ok(0);
    }
    let exclusive = if arguments.exclusive { Exclusive::Allowed } else { Exclusive::Refused };
    let clean_up = match (arguments.show, arguments.search_only) {
        (true, _) => CleanUp::Show(exclusive),
        (false, true) => CleanUp::Skip,
        (false, false) => CleanUp::Do(exclusive),
    };
    let report = verify_erasure(&project, arguments.plan.as_deref(), arguments.level, clean_up, &SystemClock).await?;
    output.result(&report, || render::erasure::verified(&report))?;
    Ok(if arguments.show || report.is_proven() { 0 } else { FOUND })
}

pub(super) async fn replay(project: &Project, sources: &[String], output: &Output) -> Result<u8, AppError> {
    let report = replay_ledger(project, sources, &SystemClock).await?;
    output.result(&report, || render::erasure::replayed(&report))?;
    Ok(match (report.skipped.is_empty(), &report.plan) {
        (false, _) => UNREACHED,
        (true, Some(_)) => FOUND,
        (true, None) => 0,
    })
}
