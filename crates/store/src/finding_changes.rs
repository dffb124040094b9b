//! The history of findings, and what people decide about them.

use dataward_model::Finding;
use dataward_model::FindingState;
use dataward_model::Severity;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use crate::Store;
use crate::StoreError;
use crate::StoredFinding;
use crate::findings::finding_of;
use crate::row::Typed;
use crate::row::time_text;
use crate::row::word;

/// A change of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingChange {
    /// Which finding.
    pub finding: String,
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub change: ChangeKind,
    /// How much it mattered then.
    pub severity: Severity,
    /// Who did it; none: an audit.
    pub person: Option<String>,
    /// Why, or to whom it was given.
    pub note: Option<String>,
}

/// What can happen to a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// Someone answers for leaving it as it is until a day.
    Accepted,
    /// Someone is to put it right.
    Assigned,
    /// An audit no longer saw it.
    Fixed,
    /// An audit saw it for the first time.
    Found,
    /// Someone said that it is none.
    Rejected,
    /// It is open again.
    Reopened,
}

/// What a person decides about a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FindingDecision {
    /// To leave it as it is until a day, for a reason.
    Accept {
        /// Until when.
        until: Timestamp,
        /// Why.
        why: String,
    },
    /// Who is to put it right; none: nobody any more.
    Assign {
        /// An e-mail address or a team.
        to: Option<String>,
    },
    /// That it is none, for a reason.
    Reject {
        /// Why.
        why: String,
    },
    /// That it counts again.
    Reopen,
}

impl ChangeKind {
    /// The word in the evidence log and in machine-readable output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Assigned => "assigned",
            Self::Fixed => "fixed",
            Self::Found => "found",
            Self::Rejected => "rejected",
            Self::Reopened => "reopened",
        }
    }
}

impl FindingChange {
    pub(crate) fn by_audit(finding: &Finding, change: ChangeKind, at: Timestamp) -> Self {
        Self { finding: finding.id.clone(), at, change, severity: finding.severity, person: None, note: None }
    }
}

impl FindingDecision {
    /// The change that it is.
    pub fn change(&self) -> ChangeKind {
        match self {
            Self::Accept { .. } => ChangeKind::Accepted,
            Self::Assign { .. } => ChangeKind::Assigned,
            Self::Reject { .. } => ChangeKind::Rejected,
            Self::Reopen => ChangeKind::Reopened,
        }
    }

    fn note(&self) -> Option<&str> {
        match self {
            Self::Accept { why, .. } | Self::Reject { why } => Some(why),
            Self::Assign { to } => to.as_deref(),
            Self::Reopen => None,
        }
    }
}

impl Store {
    /// Keeps what `person` decided about the finding `id`, and gives it as it stands then; none when
    /// there is no such finding.
    pub async fn decide_finding(
        &self,
        id: &str,
        decision: &FindingDecision,
        person: &str,
        at: Timestamp,
    ) -> Result<Option<StoredFinding>, StoreError> {
        const DOING: &str = "keep a decision about a finding";
        let mut transaction = self.begin(DOING).await?;
        let written = async {
            let Some(before) = one(&mut transaction, id).await? else { return Ok(None) };
            write_decision(&mut transaction, &before, decision, person, at).await?;
            let change = FindingChange {
                finding: id.to_owned(),
                at,
                change: decision.change(),
                severity: before.finding.severity,
                person: Some(person.to_owned()),
                note: decision.note().map(str::to_owned),
            };
            insert_change(&mut transaction, &change).await?;
            one(&mut transaction, id).await
        };
        let after = written.await.map_err(|error| self.fault(DOING, &error))?;
        self.commit(DOING, transaction).await?;
        Ok(after)
    }

    /// Keeps the rows that a finding is about, as JSON of the caller's making.
    pub async fn keep_finding_rows(&self, finding: &str, rows: &str) -> Result<(), StoreError> {
        const DOING: &str = "keep the rows of a finding";
        const SQL: &str =
            "INSERT INTO finding_rows (finding, rows) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET rows = ?2";
        let mut transaction = self.begin(DOING).await?;
        let kept = sqlx::query(SQL).bind(finding).bind(rows).execute(&mut *transaction).await;
        kept.map_err(|error| self.fault(DOING, &error))?;
        self.commit(DOING, transaction).await
    }

    /// The rows that a finding is about, where they were kept.
    pub async fn finding_rows(&self, finding: &str) -> Result<Option<String>, StoreError> {
        sqlx::query_scalar("SELECT rows FROM finding_rows WHERE finding = ?")
            .bind(finding)
            .fetch_optional(self.reader())
            .await
            .map_err(|error| self.fault("read the rows of a finding", &error))
    }

    /// The changes of all findings, or of one, oldest first.
    pub async fn finding_changes(&self, finding: Option<&str>) -> Result<Vec<FindingChange>, StoreError> {
        const SQL: &str = "SELECT * FROM finding_changes WHERE ?1 IS NULL OR finding = ?1 ORDER BY id";
        let change = |row: &SqliteRow| {
            Ok(FindingChange {
                finding: row.text("finding")?,
                at: row.time("at")?,
                change: row.word("change")?,
                severity: row.word("severity")?,
                person: row.text_or_none("person")?,
                note: row.text_or_none("note")?,
            })
        };
        let rows = sqlx::query(SQL).bind(finding).fetch_all(self.reader()).await;
        rows.and_then(|rows| rows.iter().map(change).collect())
            .map_err(|error| self.fault("read the history of findings", &error))
    }
}

async fn one(connection: &mut SqliteConnection, id: &str) -> Result<Option<StoredFinding>, sqlx::Error> {
    let row = sqlx::query("SELECT * FROM findings WHERE id = ?").bind(id).fetch_optional(connection).await?;
    row.as_ref().map(finding_of).transpose()
}

async fn write_decision(
    connection: &mut SqliteConnection,
    before: &StoredFinding,
    decision: &FindingDecision,
    person: &str,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    const STATE: &str = "
        UPDATE findings SET state = ?2, decided_by = ?3, decided_at = ?4, decided_why = ?5, decided_on = ?6,
            accepted_until = ?7 WHERE id = ?1";
    let (state, until) = match decision {
        FindingDecision::Assign { to } => {
            let sql = "UPDATE findings SET assigned_to = ? WHERE id = ?";
            sqlx::query(sql).bind(to).bind(&before.finding.id).execute(connection).await?;
            return Ok(());
        }
        FindingDecision::Accept { until, .. } => (FindingState::Accepted, Some(*until)),
        FindingDecision::Reject { .. } => (FindingState::Rejected, None),
        FindingDecision::Reopen => (FindingState::Reopened, None),
    };
    sqlx::query(STATE)
        .bind(&before.finding.id)
        .bind(word(&state)?)
        .bind(person)
        .bind(time_text(at))
        .bind(decision.note())
        .bind(word(&before.finding.severity)?)
        .bind(until.map(time_text))
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn insert_change(
    connection: &mut SqliteConnection,
    change: &FindingChange,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO finding_changes (finding, at, change, severity, person, note) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(&change.finding)
        .bind(time_text(change.at))
        .bind(word(&change.change)?)
        .bind(word(&change.severity)?)
        .bind(&change.person)
        .bind(&change.note)
        .execute(connection)
        .await?;
    Ok(())
}
