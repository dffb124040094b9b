//! `demo`: a made-up business, and the whole loop on it.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use dataward_connect::HowMuch;
use dataward_demo::Summary;
use dataward_model::Clock;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::Project;
use crate::environment;
use crate::evidence_log;
use crate::project::POLICY_FILE;
use crate::retention_report::RetentionPolicyReport;
use crate::review_retention::review_retention;
use crate::run_audit::AuditCommand;
use crate::run_audit::AuditReport;
use crate::run_audit::run_audit;
use crate::scan::ScanEvents;
use crate::scan::report::ScanReport;
use crate::scan_sources::ScanCommand;
use crate::scan_sources::scan_sources;
use crate::show_status::Status;
use crate::show_status::show_status;
use crate::verify_evidence::LogReport;
use crate::verify_evidence::verify_project;
use crate::write_report::ReportFiles;
use crate::write_report::WrittenReport;
use crate::write_report::write_report;

/// What the demo did.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DemoReport {
    /// `dataward/demo@1`.
    pub schema: &'static str,
    /// Where it lies.
    pub folder: PathBuf,
    /// Customers, staff and subscribers that were made up.
    pub people: u64,
    /// Tables of the shop.
    pub tables: u64,
    /// Rows in them.
    pub rows: u64,
    /// Files beside it.
    pub files: u64,
    /// Faults that were planted for the audit stages to find.
    pub planted_faults: u64,
    /// What the scan found.
    pub scan: ScanReport,
    /// What the audit found.
    pub audit: AuditReport,
    /// Which rules apply where, and what has to be decided.
    pub retention: RetentionPolicyReport,
    /// The roadmap.
    pub status: Status,
    /// The report that was written.
    pub report: WrittenReport,
    /// What the check of the evidence log said.
    pub evidence: LogReport,
}

/// Makes the business in `folder` and runs the loop on it. What an earlier demo left there is
/// replaced; a folder with anything else in it is refused.
///
/// # Errors
/// When the folder cannot be written or is not ours, or a step fails.
pub async fn run_demo(
    folder: &Path,
    seed: u64,
    events: Arc<dyn ScanEvents>,
    clock: &dyn Clock,
) -> Result<DemoReport, AppError> {
    let today = clock.now().to_zoned(TimeZone::UTC).date();
    let summary: Summary = dataward_demo::build(folder, seed, today).map_err(|error| AppError::Usage {
        message: error.to_string(),
        hint: Some("dataward demo NEW-FOLDER".to_owned()),
    })?;
    let file = folder.join(POLICY_FILE);
    environment::write_file(&file, &summary.policy)?;
    let project = Project::open(&file)?;
    forget_earlier_demo(&project)?;
    evidence_log::record_init(&project, clock.now()).await?;
    let command = ScanCommand {
        targets: project.targets(&[])?,
        how_much: HowMuch::Everything,
        since_last: false,
        resume: false,
        names_in_text: true,
        cancel: Arc::default(),
        bytes_read: Arc::default(),
    };
    let scan = scan_sources(Some(&project), command, events, clock).await?;
    let audit = run_audit(&project, &AuditCommand::default(), clock).await?;
    let retention = review_retention(&project, None, clock.now()).await?;
    let status = show_status(&project, clock).await?;
    let report = write_report(&project, &ReportFiles::Both(folder.join("report")), clock).await?;
    let evidence = verify_project(&project, &[]).await?;
    Ok(DemoReport {
        schema: "dataward/demo@1",
        folder: folder.to_owned(),
        people: summary.people,
        tables: summary.tables,
        rows: summary.rows,
        files: summary.files,
        planted_faults: summary.faults.len() as u64,
        scan,
        audit,
        retention,
        status,
        report,
        evidence,
    })
}

/// The state of an earlier demo tells of people who are gone: the folder begins afresh, its log too.
fn forget_earlier_demo(project: &Project) -> Result<(), AppError> {
    let state = project.state_dir();
    if state.exists() {
        fs_err::remove_dir_all(&state)
            .map_err(|error| AppError::unreachable(format!("cannot remove the earlier demo: {error}")))?;
    }
    Ok(())
}
