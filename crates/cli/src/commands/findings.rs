//! `findings`: list, show, accept, reject, assign, reopen, export.

use dataward_app::AppError;
use dataward_app::Project;
use dataward_app::environment::SystemClock;
use dataward_app::environment::write_file;
use dataward_app::export_findings::FindingsFormat;
use dataward_app::export_findings::export_findings;
use dataward_app::review_findings::FindingDecision;
use dataward_app::review_findings::FindingFilter;
use dataward_app::review_findings::accepted_until;
use dataward_app::review_findings::decide_findings;
use dataward_app::review_findings::list_findings;
use dataward_app::review_findings::show_finding;
use dataward_model::FindingState;

use crate::arguments::Format;
use crate::arguments::Global;
use crate::arguments::findings::FindingStateWord;
use crate::arguments::findings::FindingsArguments;
use crate::arguments::findings::FindingsCommand;
use crate::arguments::findings::FindingsExportKind;
use crate::arguments::findings::FindingsListArguments;
use crate::commands::project;
use crate::render;
use crate::render::Output;

pub(crate) async fn findings(global: &Global, arguments: FindingsArguments, output: &Output) -> Result<u8, AppError> {
    let project = project(global)?;
    match arguments.command.unwrap_or(FindingsCommand::List(arguments.list)) {
        FindingsCommand::List(wanted) => return list(global, &project, wanted, output).await,
        FindingsCommand::Show { id } => {
            let detail = show_finding(&project, &id, &SystemClock).await?;
            output.result(&detail, || render::findings::detail(&detail))?;
        }
        FindingsCommand::Accept { ids, until, reason } => {
            let until = accepted_until(&project, &until, &SystemClock)?;
            decide(&project, &ids, &FindingDecision::Accept { until, why: reason }, output).await?;
        }
        FindingsCommand::Reject { ids, reason } => {
            decide(&project, &ids, &FindingDecision::Reject { why: reason }, output).await?;
        }
        FindingsCommand::Assign { ids, to } => {
            let to = Some(to).filter(|to| to != "nobody");
            decide(&project, &ids, &FindingDecision::Assign { to }, output).await?;
        }
        FindingsCommand::Reopen { ids } => decide(&project, &ids, &FindingDecision::Reopen, output).await?,
        FindingsCommand::Export { kind, list, output: file } => {
            let text = export_findings(&project, &filter(list), kind.format(), &SystemClock).await?;
            match file {
                None => output.text(&text)?,
                Some(file) => {
                    write_file(&file, &text)?;
                    output.note(&format!("written: {}", file.display()));
                }
            }
        }
    }
    Ok(0)
}

async fn list(
    global: &Global,
    project: &Project,
    wanted: FindingsListArguments,
    output: &Output,
) -> Result<u8, AppError> {
    let fail_on = wanted.fail_on.and_then(|fail_on| fail_on.severity());
    let filter = filter(wanted);
    let report = list_findings(project, &filter, &SystemClock).await?;
    let format = match global.format {
        Format::Csv => Some(FindingsFormat::Csv),
        Format::Oscal => Some(FindingsFormat::Oscal),
        Format::Sarif => Some(FindingsFormat::Sarif),
        Format::Json | Format::Text => None,
    };
    match format {
        Some(format) => output.raw(&export_findings(project, &filter, format, &SystemClock).await?)?,
        None => output.result(&report, || render::findings::list(&report))?,
    }
    let is_grave = |word: &str| fail_on.is_some_and(|severity| severity.is_reached_by(word));
    let open = |state: &str| state == "open" || state == "reopened";
    let fails = report.findings.iter().any(|finding| open(&finding.state) && is_grave(&finding.severity));
    Ok(u8::from(fails))
}

async fn decide(
    project: &Project,
    ids: &[String],
    decision: &FindingDecision,
    output: &Output,
) -> Result<(), AppError> {
    for detail in decide_findings(project, ids, decision, &SystemClock).await? {
        output.result(&detail, || render::findings::detail(&detail))?;
    }
    Ok(())
}

fn filter(wanted: FindingsListArguments) -> FindingFilter {
    let mut filter = match wanted.state {
        FindingStateWord::Accepted => of(&[FindingState::Accepted]),
        FindingStateWord::All => FindingFilter::all(),
        FindingStateWord::Fixed => of(&[FindingState::Fixed]),
        FindingStateWord::Open => of(&[FindingState::Open, FindingState::Reopened]),
        FindingStateWord::Rejected => of(&[FindingState::Rejected]),
        FindingStateWord::Reopened => of(&[FindingState::Reopened]),
    };
    filter.severity = wanted.severity.and_then(|severity| severity.severity());
    filter.check = wanted.check;
    filter.source = wanted.source;
    filter.assigned_to = wanted.assigned_to;
    filter
}

fn of(states: &[FindingState]) -> FindingFilter {
    FindingFilter { states: states.to_vec(), ..FindingFilter::default() }
}

impl FindingsExportKind {
    fn format(self) -> FindingsFormat {
        match self {
            Self::Csv => FindingsFormat::Csv,
            Self::Oscal => FindingsFormat::Oscal,
            Self::Sarif => FindingsFormat::Sarif,
        }
    }
}
