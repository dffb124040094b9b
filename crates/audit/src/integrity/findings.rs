//! What the integrity checks found, as findings: one for each column and check.

use std::collections::BTreeMap;

use dataward_model::Place;
use dataward_model::Severity;
use dataward_model::SourceId;

use super::TableIssues;
use super::Tier;
use crate::Check;
use crate::Fault;
use crate::Needs;
use crate::Snapshot;

/// How many cells of a column one check speaks against.
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
    /// Cells that are certainly wrong.
    pub certain: u64,
    /// Cells that are likely wrong.
    pub likely: u64,
    /// Rows of the table.
    pub rows: u64,
}

impl ColumnIssues {
    /// Counts the issues of a table; hints are not counted.
    pub fn count(source: &SourceId, table: &str, found: &TableIssues, into: &mut Vec<Self>) {
        let mut counts: BTreeMap<(&str, &'static str), (u64, u64)> = BTreeMap::new();
        for issue in &found.issues {
            let (certain, likely) = match issue.tier {
                Tier::Certain => (1, 0),
                Tier::Likely => (0, 1),
                Tier::Hint => continue,
            };
            let count = counts.entry((&issue.column, issue.check)).or_default();
            *count = (count.0 + certain, count.1 + likely);
        }
        into.extend(counts.into_iter().map(|((column, check), (certain, likely))| Self {
            source: source.clone(),
            table: table.to_owned(),
            column: column.to_owned(),
            check,
            certain,
            likely,
            rows: found.rows,
        }));
    }
}

macro_rules! findings {
    ($($constant:ident, $name:literal, $module:ident, $remedy:literal;)*) => {$(
        /// The findings of the check of that name.
        pub const $constant: Check = Check {
            name: concat!("integrity/", $name),
            summary: super::$module::CHECK.summary,
            needs: Needs::Facts,
            run: |snapshot| faults(snapshot, $name, super::$module::CHECK.summary, $remedy),
        };
    )*};
}

findings! {
    DATE, "date", dates, "look at the rows, and ask the people where the day matters";
    DEPENDENCY, "dependency", dependencies, "compare the rows that should agree, and keep what is true";
    ENCODING, "encoding", encoding, "read the text again in the encoding it was written in";
    FORMAT, "format", formats, "write all values of the column in one way";
    MISSING, "missing", blanks, "ask for what is missing, or declare the column optional";
    OUTLIER, "outlier", outliers, "look at the numbers";
    TYPO, "typo", typos, "correct the spelling";
    VALIDITY, "validity", validity, "correct what cannot be valid, and check it where it is typed in";
}

fn faults(snapshot: &Snapshot<'_>, check: &str, summary: &str, remedy: &str) -> Vec<Fault> {
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
            let grave = one.certain > 0 || wrong * 100 >= one.rows;
            Fault {
                place: Place::of_column(one.source.clone(), &one.table, &one.column),
                detail: String::new(),
                severity: if grave && personal.is_some() { Severity::Medium } else { Severity::Low },
                people: personal.flatten().map(|people| people.min(wrong)),
                title: format!("{wrong} cells of `{}`.`{}`: {summary}", one.table, one.column),
                reason: format!(
                    "{} certainly and {} likely wrong of {} rows; personal data must be accurate and up to date \
                     (GDPR art. 5(1)(d))",
                    one.certain, one.likely, one.rows
                ),
                law: if personal.is_some() { &["eu-gdpr-5-1-d"] } else { &[] },
                remedy: format!("{remedy}: `dataward audit integrity --format json` names the cells"),
            }
        })
        .collect()
}
