//! What the exports of findings are made of.

use dataward_model::Finding;
use jiff::Timestamp;

/// Findings, and the checks behind them.
#[derive(Clone, Debug)]
pub struct FindingsExport {
    /// The business.
    pub business: String,
    /// When the export is made.
    pub generated_at: Timestamp,
    /// The version of dataward.
    pub tool_version: String,
    /// All checks of this version.
    pub checks: Vec<ExportedCheck>,
    /// The runs of audit stages that the findings come from, the newest of each stage.
    pub runs: Vec<ExportedRun>,
    /// The findings, the gravest first.
    pub findings: Vec<ExportedFinding>,
}

/// A check.
#[derive(Clone, Debug)]
pub struct ExportedCheck {
    /// Its name, as `stage/check`.
    pub name: String,
    /// What is wrong with all that it finds.
    pub summary: String,
}

/// A run of an audit stage.
#[derive(Clone, Debug)]
pub struct ExportedRun {
    /// The stage.
    pub stage: String,
    /// When it began.
    pub started: Timestamp,
    /// The entry of the evidence log that tells of it.
    pub evidence: Option<u64>,
}

/// A finding and where it stands.
#[derive(Clone, Debug)]
pub struct ExportedFinding {
    /// The finding.
    pub finding: Finding,
    /// The laws behind it, as a lawyer cites them.
    pub law: Vec<String>,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// When it was fixed.
    pub fixed_at: Option<Timestamp>,
    /// Who is to put it right.
    pub assigned_to: Option<String>,
    /// Who accepted or rejected it.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// Why.
    pub decided_why: Option<String>,
    /// Until when it is accepted.
    pub accepted_until: Option<Timestamp>,
}
