//! Findings over time: the same fault keeps its id and the day it was first seen.

use dataward_model::Finding;
use dataward_model::FindingState;
use dataward_model::Place;
use dataward_model::SourceId;
use jiff::Timestamp;
use serde::Serialize;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::Store;
use crate::StoreError;
use crate::row::Typed;
use crate::row::json;
use crate::row::time_text;
use crate::row::word;

/// What one run of checks saw.
#[derive(Clone, Copy, Debug)]
pub struct FindingsPass<'a> {
    /// When.
    pub at: Timestamp,
    /// The checks that ran, as `stage/check`.
    pub checks: &'a [String],
    /// The sources they ran on.
    pub sources: &'a [SourceId],
    /// Places that could not be looked at: findings there stay as they were.
    pub unread: &'a [Place],
    /// What they found.
    pub seen: &'a [Finding],
}

/// A finding and its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoredFinding {
    /// The finding, with the day it was first seen.
    #[serde(flatten)]
    pub finding: Finding,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// When a look at the same place no longer saw it.
    pub fixed_at: Option<Timestamp>,
}

impl Store {
    /// Keeps what checks found. Findings of the same checks and sources that were not seen again
    /// are marked fixed, unless their place could not be looked at.
    pub async fn record_findings(&self, pass: &FindingsPass<'_>) -> Result<(), StoreError> {
        const DOING: &str = "keep the findings";
        const SEEN: &str = "
            INSERT INTO findings (id, check_name, source, table_name, column_name, severity, title, reason, remedy,
                state, first_seen, last_seen)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'open', ?10, ?11)
            ON CONFLICT DO UPDATE SET check_name = ?2, severity = ?6, title = ?7, reason = ?8, remedy = ?9,
                state = 'open', last_seen = ?11, fixed_at = NULL";
        let mut transaction = self.begin(DOING).await?;
        let written = async {
            for finding in pass.seen {
                sqlx::query(SEEN)
                    .bind(&finding.id)
                    .bind(&finding.check)
                    .bind(finding.place.source.as_str())
                    .bind(finding.place.table.as_deref().unwrap_or_default())
                    .bind(finding.place.column.as_deref().unwrap_or_default())
                    .bind(word(&finding.severity)?)
                    .bind(&finding.title)
                    .bind(&finding.reason)
                    .bind(&finding.remedy)
                    .bind(time_text(finding.first_seen))
                    .bind(time_text(pass.at))
                    .execute(&mut *transaction)
                    .await?;
            }
            mark_fixed(&mut transaction, pass).await
        };
        written.await.map_err(|error| self.fault(DOING, &error))?;
        self.commit(DOING, transaction).await
    }

    /// Findings, worst first, then by place; with `state` only those that stand so.
    pub async fn findings(&self, state: Option<FindingState>) -> Result<Vec<StoredFinding>, StoreError> {
        const DOING: &str = "read the findings";
        const SQL: &str = "SELECT * FROM findings WHERE ?1 IS NULL OR state = ?1";
        let state = state.map(|state| word(&state)).transpose().map_err(|error| self.fault(DOING, &error))?;
        let rows = sqlx::query(SQL).bind(state).fetch_all(self.reader()).await;
        let mut findings: Vec<StoredFinding> =
            rows.and_then(|rows| rows.iter().map(finding_of).collect()).map_err(|error| self.fault(DOING, &error))?;
        findings.sort_by(|one, other| {
            let (one, other) = (&one.finding, &other.finding);
            other
                .severity
                .cmp(&one.severity)
                .then_with(|| one.place.cmp(&other.place))
                .then_with(|| one.id.cmp(&other.id))
        });
        Ok(findings)
    }
}

async fn mark_fixed(connection: &mut sqlx::SqliteConnection, pass: &FindingsPass<'_>) -> Result<(), sqlx::Error> {
    const OPEN: &str = "
        SELECT * FROM findings WHERE state = 'open'
        AND check_name IN (SELECT value FROM json_each(?)) AND source IN (SELECT value FROM json_each(?))";
    const FIXED: &str =
        "UPDATE findings SET state = 'fixed', fixed_at = ? WHERE id IN (SELECT value FROM json_each(?))";
    let open =
        sqlx::query(OPEN).bind(json(&pass.checks)?).bind(json(&pass.sources)?).fetch_all(&mut *connection).await?;
    let seen: std::collections::HashSet<&str> = pass.seen.iter().map(|finding| finding.id.as_str()).collect();
    let mut fixed = Vec::new();
    for row in &open {
        let finding = finding_of(row)?.finding;
        let unread = pass.unread.iter().any(|place| overlaps(place, &finding.place));
        if !unread && !seen.contains(finding.id.as_str()) {
            fixed.push(finding.id);
        }
    }
    sqlx::query(FIXED).bind(time_text(pass.at)).bind(json(&fixed)?).execute(connection).await?;
    Ok(())
}

/// Whether one of the places lies within the other: a finding about a whole table cannot be called
/// fixed either when one of its columns was not looked at.
fn overlaps(one: &Place, other: &Place) -> bool {
    let alike = |one: &Option<String>, other: &Option<String>| match (one, other) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    one.source == other.source && alike(&one.table, &other.table) && alike(&one.column, &other.column)
}

fn finding_of(row: &SqliteRow) -> Result<StoredFinding, sqlx::Error> {
    let named = |column: &str| row.try_get::<String, _>(column).map(|name| (!name.is_empty()).then_some(name));
    let place = Place { source: row.word("source")?, table: named("table_name")?, column: named("column_name")? };
    let finding = Finding {
        id: row.text("id")?,
        check: row.text("check_name")?,
        place,
        severity: row.word("severity")?,
        title: row.text("title")?,
        reason: row.text("reason")?,
        remedy: row.text("remedy")?,
        first_seen: row.time("first_seen")?,
        state: row.word("state")?,
    };
    Ok(StoredFinding { finding, last_seen: row.time("last_seen")?, fixed_at: row.time_or_none("fixed_at")? })
}
