//! Where the audit stands, as the template prints it.

use crate::chart;
use crate::data::ReportData;
use crate::figures;
use crate::words;

/// The section about the audit.
pub(crate) struct AuditView {
    /// The sentence about the score; markup.
    pub(crate) score: String,
    /// Charts as SVG text, those that telephones get narrower ones of with these behind them.
    pub(crate) calendar: String,
    pub(crate) timeline: Option<String>,
    pub(crate) access: Option<String>,
    pub(crate) coverage: Option<String>,
    pub(crate) stages: Vec<StageView>,
    pub(crate) entries: Vec<EntryView>,
}

/// A stage of the plan.
pub(crate) struct StageView {
    pub(crate) stage: String,
    pub(crate) objective: String,
    pub(crate) frequency: String,
    pub(crate) last: String,
    pub(crate) next: String,
    /// The class of `next`: `missing` where something is late.
    pub(crate) late: &'static str,
    pub(crate) open: String,
    pub(crate) entry: String,
}

/// An entry of the evidence log.
pub(crate) struct EntryView {
    pub(crate) index: u64,
    pub(crate) what: String,
    pub(crate) at: String,
    pub(crate) hash: String,
}

impl AuditView {
    /// None when there is no plan to tell of.
    pub(crate) fn new(data: &ReportData) -> Option<Self> {
        let audit = &data.audit;
        if audit.stages.is_empty() {
            return None;
        }
        let score = audit.score.map_or_else(
            || "Nothing personal is known yet, so there is nothing to show.".to_owned(),
            |score| {
                let cap = if score.shown > score.cap {
                    format!(", no more than {} while something grave is open", score.cap)
                } else {
                    String::new()
                };
                format!(
                    "Of what has to be shown for the data that is held, <b>{} % is shown</b>, {} % is wrong, {} % is \
                     accepted and {} % was not looked at in time. That makes <b>{} of 100 points</b>{cap}.",
                    score.shown, score.wrong, score.accepted, score.unknown, score.points
                )
            },
        );
        let held = audit.coverage.iter().any(|row| row.encrypted + row.plain + row.unknown > 0);
        Some(Self {
            score,
            calendar: figures::audit_calendar(data, &chart::YEAR, "calendar")
                + &figures::audit_calendar(data, &chart::HALF_YEAR, "calendar-compact"),
            timeline: (!audit.open.is_empty()).then(|| figures::findings_over_time(data)),
            access: figures::access_matrix(data, &chart::WIDE, "access")
                .zip(figures::access_matrix(data, &chart::COMPACT, "access-compact"))
                .map(|((wide, _), (compact, _))| wide + &compact),
            coverage: held.then(|| figures::encryption_coverage(data)),
            stages: audit.stages.iter().map(StageView::new).collect(),
            entries: audit
                .entries
                .iter()
                .map(|entry| EntryView {
                    index: entry.index,
                    what: entry.what.clone(),
                    at: entry.at.map(words::moment).unwrap_or_default(),
                    hash: entry.leaf_hash.clone(),
                })
                .collect(),
        })
    }
}

impl StageView {
    fn new(stage: &crate::progress::StagePicture) -> Self {
        let (next, late) = match stage.next {
            None => ("not planned".to_owned(), ""),
            Some(next) if stage.missed => (format!("missed: was due {}", words::day(next)), "missing"),
            Some(_) if stage.due => ("due now".to_owned(), "missing"),
            Some(next) => (words::day(next), ""),
        };
        Self {
            stage: words::capital(&stage.stage),
            objective: stage.objective.clone(),
            frequency: stage.frequency.clone(),
            last: stage.runs.last().map_or_else(|| "never".to_owned(), |run| words::day(*run)),
            next,
            late,
            open: match stage.trend.as_slice() {
                [] => String::new(),
                [only] => only.to_string(),
                [.., before, last] => format!("{before} → {last}"),
            },
            entry: stage.entry.map_or_else(String::new, |index| format!("#{index}")),
        }
    }
}
