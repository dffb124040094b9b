//! Findings over time: the same fault keeps its id and the day it was first seen.

use std::collections::HashMap;
use std::collections::HashSet;

use dataward_model::Finding;
use dataward_model::FindingState;
use dataward_model::Place;
use dataward_model::Remedy;
use dataward_model::Severity;
use dataward_model::SourceId;
use jiff::Timestamp;
use serde::Serialize;
use sqlx::Row;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use crate::Store;
use crate::StoreError;
use crate::finding_changes::ChangeKind;
use crate::finding_changes::FindingChange;
use crate::finding_changes::insert_change;
use crate::row::Typed;
use crate::row::count;
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
    /// Those of the checks whose findings stay open until a person answers: what they tell of happened once.
    pub lasting: &'a [String],
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

impl Store {
    /// Keeps what checks found, and says what changed. Findings of the same checks and sources that
    /// were not seen again are marked fixed, unless their place could not be looked at. What is
    /// accepted or rejected stays so, until its day has come or it turns out graver than it was.
    pub async fn record_findings(&self, pass: &FindingsPass<'_>) -> Result<Vec<FindingChange>, StoreError> {
        const DOING: &str = "keep the findings";
        let mut transaction = self.begin(DOING).await?;
        let written = async {
            let before = known(&mut transaction, pass).await?;
            let mut changes = Vec::new();
            for finding in pass.seen {
                let state = seen_again(before.get(finding.id.as_str()), finding, pass.at);
                write(&mut transaction, finding, state.state, pass.at).await?;
                changes.extend(state.change.map(|kind| FindingChange::by_audit(finding, kind, pass.at)));
            }
            changes.extend(mark_fixed(&mut transaction, pass, &before).await?);
            for change in &changes {
                insert_change(&mut transaction, change).await?;
            }
            Ok(changes)
        };
        let changes = written.await.map_err(|error| self.fault(DOING, &error))?;
        self.commit(DOING, transaction).await?;
        Ok(changes)
    }

    /// All findings as they stand at `now`, worst first, then by place: an acceptance whose day has
    /// come no longer counts.
    pub async fn findings(&self, now: Timestamp) -> Result<Vec<StoredFinding>, StoreError> {
        const DOING: &str = "read the findings";
        let rows = sqlx::query("SELECT * FROM findings").fetch_all(self.reader()).await;
        let mut findings: Vec<StoredFinding> =
            rows.and_then(|rows| rows.iter().map(finding_of).collect()).map_err(|error| self.fault(DOING, &error))?;
        for stored in &mut findings {
            if has_ended(stored, now) {
                stored.finding.state = FindingState::Reopened;
            }
        }
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

    /// The findings that are open at `now`, in the order of [`Store::findings`].
    pub async fn open_findings(&self, now: Timestamp) -> Result<Vec<StoredFinding>, StoreError> {
        let mut findings = self.findings(now).await?;
        findings.retain(|stored| stored.finding.state.is_open());
        Ok(findings)
    }
}

/// Where a finding stands that was seen, and whether that is news.
struct Seen {
    state: FindingState,
    change: Option<ChangeKind>,
}

fn seen_again(before: Option<&Known>, finding: &Finding, at: Timestamp) -> Seen {
    let Some(before) = before else { return Seen { state: FindingState::Open, change: Some(ChangeKind::Found) } };
    let stays = |state| Seen { state, change: None };
    let reopened = Seen { state: FindingState::Reopened, change: Some(ChangeKind::Reopened) };
    let is_graver = before.decided_on.is_some_and(|decided_on| finding.severity > decided_on);
    match before.stored.finding.state {
        state @ (FindingState::Open | FindingState::Reopened) => stays(state),
        FindingState::Fixed => reopened,
        FindingState::Accepted if is_graver || has_ended(&before.stored, at) => reopened,
        FindingState::Rejected if is_graver => reopened,
        state @ (FindingState::Accepted | FindingState::Rejected) => stays(state),
    }
}

/// Whether the day until which it was accepted has come.
fn has_ended(stored: &StoredFinding, now: Timestamp) -> bool {
    stored.finding.state == FindingState::Accepted && stored.accepted_until.is_none_or(|until| until <= now)
}

/// A finding from before, and the severity that a person decided about.
struct Known {
    stored: StoredFinding,
    decided_on: Option<Severity>,
}

/// What is known of the checks and sources of `pass`, and of the findings it saw.
async fn known(
    connection: &mut SqliteConnection,
    pass: &FindingsPass<'_>,
) -> Result<HashMap<String, Known>, sqlx::Error> {
    const KNOWN: &str = "
        SELECT * FROM findings WHERE id IN (SELECT value FROM json_each(?3))
        OR (check_name IN (SELECT value FROM json_each(?1)) AND source IN (SELECT value FROM json_each(?2)))";
    let seen: Vec<&str> = pass.seen.iter().map(|finding| finding.id.as_str()).collect();
    let rows = sqlx::query(KNOWN)
        .bind(json(&pass.checks)?)
        .bind(json(&pass.sources)?)
        .bind(json(&seen)?)
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            let stored = finding_of(row)?;
            let decided_on = row.text_or_none("decided_on")?.map(|_| row.word("decided_on")).transpose()?;
            Ok((stored.finding.id.clone(), Known { stored, decided_on }))
        })
        .collect()
}

async fn write(
    connection: &mut SqliteConnection,
    finding: &Finding,
    state: FindingState,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    const SEEN: &str = "
        INSERT INTO findings (id, check_name, source, table_name, column_name, detail, severity, people, title, reason,
            law, remedy, state, first_seen, last_seen, remedy_kind)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
        ON CONFLICT DO UPDATE SET check_name = ?2, table_name = ?4, column_name = ?5, detail = ?6, severity = ?7, people = ?8, title = ?9, reason = ?10,
            law = ?11, remedy = ?12, state = ?13, last_seen = ?15, remedy_kind = ?16, fixed_at = NULL";
    sqlx::query(SEEN)
        .bind(&finding.id)
        .bind(&finding.check)
        .bind(finding.place.source.as_str())
        .bind(finding.place.table.as_deref().unwrap_or_default())
        .bind(finding.place.column.as_deref().unwrap_or_default())
        .bind(&finding.detail)
        .bind(word(&finding.severity)?)
        .bind(finding.people.map(count))
        .bind(&finding.title)
        .bind(&finding.reason)
        .bind(json(&finding.law)?)
        .bind(finding.remedy.as_str())
        .bind(word(&state)?)
        .bind(time_text(finding.first_seen))
        .bind(time_text(at))
        .bind(finding.remedy.kind())
        .execute(connection)
        .await?;
    Ok(())
}

async fn mark_fixed(
    connection: &mut SqliteConnection,
    pass: &FindingsPass<'_>,
    before: &HashMap<String, Known>,
) -> Result<Vec<FindingChange>, sqlx::Error> {
    const FIXED: &str =
        "UPDATE findings SET state = 'fixed', fixed_at = ? WHERE id IN (SELECT value FROM json_each(?))";
    let seen: HashSet<&str> = pass.seen.iter().map(|finding| finding.id.as_str()).collect();
    // A fault that was rejected was none: that it is gone proves nothing.
    let can_be_fixed = |finding: &Finding| match finding.state {
        FindingState::Accepted => true,
        FindingState::Open | FindingState::Reopened => !pass.lasting.contains(&finding.check),
        FindingState::Fixed | FindingState::Rejected => false,
    };
    let mut fixed: Vec<&Finding> = before
        .values()
        .map(|known| &known.stored.finding)
        .filter(|finding| can_be_fixed(finding) && !seen.contains(finding.id.as_str()))
        .filter(|finding| !pass.unread.iter().any(|place| overlaps(place, &finding.place)))
        .collect();
    fixed.sort_by(|one, other| one.id.cmp(&other.id));
    let ids: Vec<&str> = fixed.iter().map(|finding| finding.id.as_str()).collect();
    sqlx::query(FIXED).bind(time_text(pass.at)).bind(json(&ids)?).execute(connection).await?;
    Ok(fixed.into_iter().map(|finding| FindingChange::by_audit(finding, ChangeKind::Fixed, pass.at)).collect())
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

pub(crate) fn finding_of(row: &SqliteRow) -> Result<StoredFinding, sqlx::Error> {
    let named = |column: &str| row.try_get::<String, _>(column).map(|name| (!name.is_empty()).then_some(name));
    let place = Place { source: row.word("source")?, table: named("table_name")?, column: named("column_name")? };
    let finding = Finding {
        id: row.text("id")?,
        check: row.text("check_name")?,
        place,
        detail: row.text("detail")?,
        severity: row.word("severity")?,
        people: row.number_or_none("people")?,
        title: row.text("title")?,
        reason: row.text("reason")?,
        law: row.json("law")?,
        remedy: Remedy::of_kind(&row.text("remedy_kind")?, row.text("remedy")?),
        first_seen: row.time("first_seen")?,
        state: row.word("state")?,
    };
    Ok(StoredFinding {
        finding,
        last_seen: row.time("last_seen")?,
        fixed_at: row.time_or_none("fixed_at")?,
        assigned_to: row.text_or_none("assigned_to")?,
        decided_by: row.text_or_none("decided_by")?,
        decided_at: row.time_or_none("decided_at")?,
        decided_why: row.text_or_none("decided_why")?,
        accepted_until: row.time_or_none("accepted_until")?,
    })
}
