//! What to do next: a function of the situation, in the order that lowers risk most.

use dataward_audit::score::Score;
use dataward_model::Remedy;
use dataward_model::Severity;
use dataward_model::counted;
use dataward_policy::AuditStage;
use dataward_store::Scan;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::finding_groups::FindingGroup;
use crate::schedule::StageStatus;
use crate::show_status::LostHold;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NextStep {
    /// What, in one sentence.
    pub title: String,
    /// What it is good for.
    pub why: String,
    /// What to type, or what to do where there is nothing to type.
    #[schemars(with = "String")]
    pub command: Remedy,
    /// Which of the two it is: `command` or `words`.
    pub command_kind: String,
    /// Per cent of all that has to be shown that would be shown or known in addition; 0 where that is not known.
    pub gain: u64,
}

/// Where a business stands.
pub(crate) struct Situation<'a> {
    pub(crate) has_sources: bool,
    /// Holds whose place is not there any more.
    pub(crate) lost_holds: &'a [LostHold],
    pub(crate) last_scan: Option<&'a Scan>,
    /// Whether every row of all that is known was read.
    pub(crate) all_read: bool,
    /// Whether the newest scan was stopped before its end.
    pub(crate) stopped: bool,
    /// The gravest first.
    pub(crate) findings: &'a [FindingGroup],
    pub(crate) uncertain: u64,
    /// The audit plan.
    pub(crate) stages: &'a [StageStatus],
    /// How much is shown.
    pub(crate) score: Option<&'a Score>,
    /// Declared sources that were never read.
    pub(crate) unread: &'a [String],
    pub(crate) now: Timestamp,
}

/// How many steps a person is shown at once.
const STEPS: usize = 5;

/// An inventory older than this no longer tells what is held: the shortest default audit frequency
/// for which a scan is needed is a month.
const SCAN_AGES_AFTER_HOURS: i64 = 31 * 24;

/// At most five steps.
pub(crate) fn next_steps(situation: &Situation<'_>) -> Vec<NextStep> {
    if !situation.has_sources {
        return vec![NextStep::by(
            "Say where your data is",
            "without a source there is nothing to look at",
            Remedy::words("add [source.NAME] with url = \"…\" to dataward.toml"),
        )];
    }
    let mut steps = Vec::new();
    if let Some(lost) = situation.lost_holds.first() {
        steps.push(NextStep::new(
            format!("Say where what the hold {} covers is now", lost.hold),
            format!("{}; until then nothing is deleted", lost.missing),
            "dataward retain hold list",
        ));
    }
    if situation.stopped {
        steps.push(NextStep::new(
            "Go on with the scan that was stopped",
            "what was read is kept",
            "dataward scan --resume",
        ));
    }
    let Some(scan) = situation.last_scan else {
        if !situation.stopped {
            steps.push(NextStep::new(
                "Find out what you hold",
                "everything else builds on the inventory",
                "dataward scan",
            ));
        }
        return steps;
    };
    let step = |group: &FindingGroup| NextStep::from_group(group, situation.score);
    let (grave, rest): (Vec<_>, Vec<_>) = situation.findings.iter().partition(|group| group.severity >= Severity::High);
    // What harms at once comes first, the gravest before the rest; then what shows or clears most.
    steps.extend(grave.into_iter().map(step));
    if let Some(source) = situation.unread.first() {
        steps.push(NextStep::new(
            format!("Read the source `{source}`, which no scan has reached yet"),
            "what is not read may hold anything",
            format!("dataward scan {source}"),
        ));
    }
    let age = situation.now.duration_since(scan.finished.unwrap_or(scan.started));
    if age.as_hours() >= SCAN_AGES_AFTER_HOURS {
        steps.push(NextStep::new(
            "Look again: the last scan is more than a month old",
            "new columns and files turn up unannounced",
            "dataward scan --since-last",
        ));
    }
    if situation.uncertain > 0 {
        steps.push(NextStep::new(
            format!("Decide about {}", counted(situation.uncertain, "uncertain column", "uncertain columns")),
            "your answer lasts, and later stages act on it",
            "dataward inventory --uncertain",
        ));
    }
    let mut rest: Vec<NextStep> = rest.into_iter().map(step).chain(due_audits(situation)).collect();
    // Stable: among equals the order of repair stays.
    rest.sort_by_key(|step| std::cmp::Reverse(step.gain));
    steps.append(&mut rest);
    if !situation.all_read {
        steps.push(NextStep::new(
            "Read every row once",
            "a sample can miss what stands in few rows",
            "dataward scan --full",
        ));
    }
    steps.push(NextStep::new("Show it to someone", "one page, no network needed", "dataward report"));
    steps.truncate(STEPS);
    steps
}

/// One step for all audits that are due.
fn due_audits(situation: &Situation<'_>) -> Option<NextStep> {
    let due: Vec<&str> = situation.stages.iter().filter(|stage| stage.due).map(|stage| stage.stage.as_str()).collect();
    let stages = AuditStage::ALL.into_iter().filter(|stage| due.contains(&stage.as_str()));
    let gain = situation.score.map_or(0, |score| stages.map(|stage| score.gain_of_stage(stage)).sum());
    (!due.is_empty()).then(|| NextStep {
        gain,
        ..NextStep::new(
            format!(
                "Run the {} that {} due: {}",
                plural(due.len() as u64, "audit", "audits"),
                plural(due.len() as u64, "is", "are"),
                due.join(", ")
            ),
            "what nobody has looked at counts as not shown",
            "dataward audit --due",
        )
    })
}

fn plural<'a>(count: u64, one: &'a str, many: &'a str) -> &'a str {
    if count == 1 { one } else { many }
}

impl NextStep {
    /// A step that is taken by typing something.
    fn new(title: impl Into<String>, why: impl Into<String>, command: impl Into<String>) -> Self {
        Self::by(title, why, Remedy::command(command))
    }

    fn by(title: impl Into<String>, why: impl Into<String>, command: Remedy) -> Self {
        let command_kind = command.kind().to_owned();
        Self { title: title.into(), why: why.into(), command, command_kind, gain: 0 }
    }

    fn from_group(group: &FindingGroup, score: Option<&Score>) -> Self {
        let first = &group.worst;
        let others = match group.places.len() {
            1 => String::new(),
            2 => format!(", and one more place: `dataward findings --check {}`", group.check),
            more => format!(", and {} more places: `dataward findings --check {}`", more - 1, group.check),
        };
        Self {
            gain: score.map_or(0, |score| score.gain_of_check(&group.check)),
            ..Self::by(format!("{}{others}", first.title), &first.reason, first.remedy.clone())
        }
    }
}
