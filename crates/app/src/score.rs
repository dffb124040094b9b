//! How much of what the business has to show is shown, as `status` and the report tell it.

use dataward_audit::HeldTable;
use dataward_audit::score::Score;
use dataward_audit::score::Shares;
use dataward_audit::score::Standing;
use dataward_model::FindingState;
use dataward_model::SourceId;
use dataward_policy::AuditStage;
use dataward_store::StoredFinding;
use schemars::JsonSchema;
use serde::Serialize;

use crate::schedule::StageStatus;

/// The score. docs/book/findings.md has the formula.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ScoreLine {
    /// 0 to 100: what is shown, in per cent, and no more than `cap`.
    pub points: u64,
    /// The most points that are given with what is open: 49 with something critical, 79 with something grave.
    pub cap: u64,
    /// Over all stages.
    pub whole: SharesLine,
    /// By stage, in the order of the roadmap.
    pub stages: Vec<StageScore>,
}

/// What is known, in per cent of what has to be shown; each is rounded down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SharesLine {
    /// Looked at in time, and nothing is wrong.
    pub shown: u64,
    /// Something is wrong.
    pub wrong: u64,
    /// Something is wrong, and someone answers for leaving it.
    pub accepted: u64,
    /// Nobody looked, or too long ago.
    pub unknown: u64,
}

impl SharesLine {
    /// Whether there is nothing to show.
    pub fn is_nothing(&self) -> bool {
        self.shown + self.wrong + self.accepted + self.unknown == 0
    }
}

/// One stage of the score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StageScore {
    /// collection, access, integrity, encryption, transit.
    pub stage: String,
    /// What is known of it; all are 0 where there is nothing to show (on the way, of data that goes over no network).
    #[serde(flatten)]
    pub shares: SharesLine,
}

/// The score of `tables`; none when there is nothing to show. Sources in `local` are reached over no network.
pub(crate) fn score(
    tables: &[HeldTable],
    stages: &[StageStatus],
    findings: &[StoredFinding],
    local: &[SourceId],
) -> Option<Score> {
    let is_current = |stage: &AuditStage| {
        let status = stages.iter().find(|status| status.stage == stage.as_str());
        status.is_some_and(|status| status.last.is_some() && !status.due)
    };
    let current: Vec<AuditStage> = AuditStage::ALL.into_iter().filter(is_current).collect();
    let standing: Vec<Standing<'_>> = findings
        .iter()
        .filter(|stored| stored.finding.state.is_open() || stored.finding.state == FindingState::Accepted)
        .map(|stored| Standing {
            check: &stored.finding.check,
            place: &stored.finding.place,
            severity: stored.finding.severity,
            accepted: !stored.finding.state.is_open(),
        })
        .collect();
    Score::of(tables, &current, &standing, local)
}

impl ScoreLine {
    /// The score in the words of the output.
    pub(crate) fn new(score: &Score) -> Self {
        let stage = |(stage, shares): &(AuditStage, Shares)| StageScore {
            stage: stage.as_str().to_owned(),
            shares: SharesLine::new(shares),
        };
        Self {
            points: score.points(),
            cap: score.cap(),
            whole: SharesLine::new(&score.whole),
            stages: score.stages.iter().map(stage).collect(),
        }
    }
}

impl SharesLine {
    fn new(shares: &Shares) -> Self {
        let Shares { shown, wrong, accepted, unknown } = shares.in_percent();
        Self { shown, wrong, accepted, unknown }
    }
}
