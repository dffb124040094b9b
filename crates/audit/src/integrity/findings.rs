//! What the integrity checks found, as findings: one for each column, check and kind of fault.

use std::collections::BTreeMap;

use dataward_model::Place;
use dataward_model::Remedy;
use dataward_model::Severity;
use dataward_model::SourceId;
use dataward_model::counted;
use jiff::Timestamp;

use super::TableIssues;
use super::Tier;
use super::changes;
use super::changes::ChangeCounts;
use crate::Check;
use crate::Fault;
use crate::Needs;
use crate::Snapshot;
use crate::checks::finding_id;

/// How many cells of a column one check speaks against for one kind of fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnIssues {
    /// The source.
    pub source: SourceId,
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// The check, without the stage.
    pub check: &'static str,
    /// What kind of fault it is ([`super::Issue::pattern`]).
    pub pattern: String,
    /// Cells that are certainly wrong.
    pub certain: u64,
    /// Cells that are likely wrong.
    pub likely: u64,
    /// Rows of the table.
    pub rows: u64,
    /// Why, where it is about the table as a whole.
    pub reason: Option<String>,
}

const LAW: &str = "personal data must be accurate and up to date (GDPR art. 5(1)(d))";

impl ColumnIssues {
    /// Counts the issues of a table; hints are not counted.
    pub fn count(source: &SourceId, table: &str, found: &TableIssues, into: &mut Vec<Self>) {
        let mut counts: BTreeMap<(&str, &'static str, &str), (u64, u64)> = BTreeMap::new();
        // What changed since the last audit is counted where it is compared.
        for issue in found.issues.iter().filter(|issue| issue.check != changes::CHANGE) {
            let (certain, likely) = match issue.tier {
                Tier::Certain => (1, 0),
                Tier::Likely => (0, 1),
                Tier::Hint => continue,
            };
            let count = counts.entry((&issue.column, issue.check, &issue.pattern)).or_default();
            *count = (count.0 + certain, count.1 + likely);
        }
        for ((column, check, pattern), (certain, likely)) in counts {
            // A column may refer to two tables, each found by itself.
            let same = |one: &&mut Self| {
                let of = (&one.source, one.table.as_str(), one.column.as_str(), one.check, one.pattern.as_str());
                of == (source, table, column, check, pattern)
            };
            match into.iter_mut().find(same) {
                Some(one) => (one.certain, one.likely) = (one.certain + certain, one.likely + likely),
                None => into.push(Self {
                    source: source.clone(),
                    table: table.to_owned(),
                    column: column.to_owned(),
                    check,
                    pattern: pattern.to_owned(),
                    certain,
                    likely,
                    rows: found.rows,
                    reason: None,
                }),
            }
        }
    }

    /// What changed in a table since the last audit; none where nothing did that a person should be told of.
    pub fn of_changes(source: &SourceId, table: &str, counts: ChangeCounts, rows: u64) -> Option<Self> {
        (counts.all() > 0).then(|| Self {
            source: source.clone(),
            table: table.to_owned(),
            column: String::new(),
            check: changes::CHANGE,
            pattern: String::new(),
            certain: 0,
            likely: counts.all(),
            rows,
            reason: Some(counts.words()),
        })
    }

    /// The id of the finding, in the audit of `now`.
    pub fn id(&self, now: Timestamp) -> String {
        finding_id(&format!("integrity/{}", self.check), &self.place(), &self.detail(now))
    }

    fn detail(&self, now: Timestamp) -> String {
        if is_event(self.check) { event_detail(now) } else { self.pattern.clone() }
    }

    fn place(&self) -> Place {
        match (self.table.as_str(), self.column.as_str()) {
            ("", _) => Place::of_source(self.source.clone()),
            (table, "") => Place::of_table(self.source.clone(), table),
            (table, column) => Place::of_column(self.source.clone(), table, column),
        }
    }
}

/// What an issue of a check is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    Cells,
    Rows,
    Table,
}

macro_rules! findings {
    ($($constant:ident, $name:literal, $needs:ident, $about:ident, $summary:expr, $remedy:literal;)*) => {$(
        /// The findings of the check of that name.
        pub const $constant: Check = Check {
            name: concat!("integrity/", $name),
            summary: $summary,
            needs: Needs::$needs,
            run: |snapshot| faults(snapshot, $name, About::$about, $summary, $remedy),
        };
    )*};
}

findings! {
    ENGINE, "engine", Facts, Table, "the engine's own check says that what is stored is damaged", "restore from a backup from before the damage, and look at the disk";
    RULE, "rule", Facts, Cells, "rows break a rule that their table declares", "correct the rows, or change the rule: programs rely on it";
    RECORD, "record", Earlier, Table, "what was kept of the last audit is not what the evidence log says", "put back a copy of the state folder from then, find out who changed it, and do not trust what this audit says of changes";
    CHANGE, "change", Earlier, Rows, "rows changed since the last audit, and nothing says by whom", "ask who changed them, restore them if nobody did, and then accept the finding and say why";
    DRIFT, "drift", Earlier, Table, "the table holds much less than at the last audit", "find out what took it away";
    ORPHAN, "orphan", Facts, Cells, "refers to a row that is not there", "restore the row it refers to, or remove the reference; then declare a foreign key";
    DUPLICATE, "duplicate", Facts, Rows, "the same person stands in the table more than once", "merge the rows, and look for the person before a new row is made";
    DIFFERENCE, "difference", Facts, Cells, "another table says something else of the same person", "ask the person, and correct the other place";
    STALE, "stale", Facts, Cells, super::stale::CHECK.summary, "ask the people whether it still holds, or let the data go";
    DATE, "date", Facts, Cells, super::dates::CHECK.summary, "look at the rows, and ask the people where the day matters";
    DEPENDENCY, "dependency", Facts, Cells, super::dependencies::CHECK.summary, "compare the rows that should agree, and keep what is true";
    ENCODING, "encoding", Facts, Cells, super::encoding::CHECK.summary, "read the text again in the encoding it was written in";
    FORMAT, "format", Facts, Cells, super::formats::CHECK.summary, "write all values of the column in one way";
    MISSING, "missing", Facts, Cells, super::blanks::CHECK.summary, "ask for what is missing, or declare the column optional";
    OUTLIER, "outlier", Facts, Cells, super::outliers::CHECK.summary, "look at the numbers";
    PLACE, "place", Facts, Cells, super::place::CHECK.summary, "look at the rows, and bring the values to their columns";
    TYPO, "typo", Facts, Cells, super::typos::CHECK.summary, "correct the spelling";
    VALIDITY, "validity", Facts, Cells, super::validity::CHECK.summary, "correct what cannot be valid, and check it where it is typed in";
}

/// What happened once: what a later audit sees does not undo it, and each audit has its own.
fn is_event(check: &str) -> bool {
    matches!(check, "change" | "drift" | "record")
}

/// What tells the events of one audit from those of another, also of one in the same second.
fn event_detail(at: Timestamp) -> String {
    at.to_string()
}

fn faults(snapshot: &Snapshot<'_>, check: &str, about: About, summary: &str, remedy: &str) -> Vec<Fault> {
    let held = |one: &ColumnIssues| {
        snapshot
            .tables
            .iter()
            .find(|table| table.source == one.source && table.table == one.table)
            .map(|table| table.people)
    };
    let columns = snapshot.facts.integrity.iter().flatten().filter(|one| one.check == check);
    columns
        .map(|one| {
            let wrong = one.certain + one.likely;
            let personal = held(one);
            let kind = if one.pattern.is_empty() { summary } else { &one.pattern };
            let grave = one.certain > 0 || wrong * 100 >= one.rows;
            let place = one.place();
            let id = one.id(snapshot.now);
            Fault {
                detail: one.detail(snapshot.now),
                severity: if matches!(check, "engine" | "record") {
                    Severity::High
                } else if grave && personal.is_some() {
                    Severity::Medium
                } else {
                    Severity::Low
                },
                people: personal.flatten().map(|people| people.min(wrong)),
                title: match (about, &one.reason) {
                    (About::Cells, reason) if one.column.is_empty() => {
                        format!("`{place}`: {}", reason.as_deref().unwrap_or(summary))
                    }
                    (About::Cells, _) => format!("{} of `{place}`: {kind}", counted(wrong, "cell", "cells")),
                    (About::Rows, Some(counts)) => format!("`{place}`: {counts}, and nothing says by whom"),
                    (About::Rows, None) => format!("{} of `{place}`: {summary}", counted(wrong, "row", "rows")),
                    (About::Table, _) => format!("`{place}`: {summary}"),
                },
                reason: match (about, &one.reason) {
                    (About::Table | About::Cells, Some(reason)) => format!("{reason}; {LAW}"),
                    (About::Rows, Some(_)) => format!("what nobody answers for may have been tampered with; {LAW}"),
                    _ => {
                        let rows = counted(one.rows, "row", "rows");
                        format!("{} certainly and {} likely wrong of {rows}; {LAW}", one.certain, one.likely)
                    }
                },
                law: if personal.is_some() { &["eu-gdpr-5-1-d"] } else { &[] },
                remedy: match about {
                    About::Table => Remedy::words(remedy),
                    About::Cells if one.column.is_empty() => Remedy::words(remedy),
                    About::Cells => {
                        Remedy::words(format!("{remedy}: `dataward audit integrity --format json` names the cells"))
                    }
                    About::Rows if is_event(check) => {
                        Remedy::words(format!("{remedy}: `dataward findings show {id}` names the rows"))
                    }
                    About::Rows => {
                        Remedy::words(format!("{remedy}: `dataward audit integrity --format json` names the rows"))
                    }
                },
                place,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_audits_of_one_second_found_are_two_findings() {
        let counts = ChangeCounts { changed: 1, ..ChangeCounts::default() };
        let changes = ColumnIssues::of_changes(&SourceId::new("shop").unwrap(), "customers", counts, 9).unwrap();
        let at = |text: &str| changes.id(text.parse().unwrap());
        assert_ne!(at("2026-01-01T08:00:00.1Z"), at("2026-01-01T08:00:00.2Z"));
    }
}
