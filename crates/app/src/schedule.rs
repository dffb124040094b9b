//! The audit plan: when each stage ran last and when it is due next.

use dataward_audit::checks;
use dataward_policy::AuditStage;
use dataward_store::Store;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::Project;

/// Where an audit stage stands.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StageStatus {
    /// collection, access, integrity, encryption, transit.
    pub stage: String,
    /// What it is for.
    pub objective: String,
    /// How often it runs.
    pub frequency: String,
    /// When it ran last.
    #[schemars(with = "Option<String>")]
    pub last: Option<Timestamp>,
    /// When it is due next; null when it never ran or never runs.
    #[schemars(with = "Option<String>")]
    pub next: Option<Timestamp>,
    /// Whether it should have run by now.
    pub due: bool,
    /// Whether this version of dataward has checks of it.
    pub available: bool,
}

/// All stages in the order of the roadmap.
///
/// # Errors
/// When the state cannot be read.
pub async fn plan(project: &Project, store: &Store, now: Timestamp) -> Result<Vec<StageStatus>, AppError> {
    let runs = store.last_runs().await?;
    let stage = |stage: AuditStage| {
        let frequency = project.policy.audit.frequency(stage);
        let last = runs.iter().find(|run| run.stage == stage.as_str()).map(|run| run.started);
        // Calendar periods are counted in UTC.
        let next = last
            .zip(frequency.span())
            .and_then(|(last, span)| last.to_zoned(TimeZone::UTC).checked_add(span).ok().map(|next| next.timestamp()));
        let available = checks::of_stage(stage).next().is_some();
        StageStatus {
            stage: stage.as_str().to_owned(),
            objective: stage.objective().to_owned(),
            frequency: frequency.as_str().to_owned(),
            last,
            due: available && frequency.span().is_some() && next.is_none_or(|next| next <= now),
            next,
            available,
        }
    };
    Ok(AuditStage::ALL.into_iter().map(stage).collect())
}
