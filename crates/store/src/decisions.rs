//! What people said on top of detection: confirmed, overruled, owned. Lasts over rescans.

use dataward_model::Category;
use dataward_model::Place;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use sqlx::sqlite::SqliteRow;

use crate::Store;
use crate::StoreError;
use crate::row::Typed;
use crate::row::time_text;
use crate::row::word;

/// What a person decided about a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The column.
    pub place: Place,
    /// What kind of decision.
    pub ruling: Ruling,
    /// What the column holds from now on; none: nothing about a person.
    pub category: Option<Category>,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why, in their words.
    pub reason: String,
}

/// The kinds of decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ruling {
    /// Detection was right; holds even if detection changes its mind.
    Confirmed,
    /// Detection was wrong.
    Overruled,
    /// An earlier decision no longer holds; detection counts again.
    Withdrawn,
}

/// Who answers for a place, and what for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ownership {
    /// A person or team.
    pub owner: Option<String>,
    /// A Fideslang data use (`essential.service`).
    pub purpose: Option<String>,
    /// The lawful basis (`contract`).
    pub lawful_basis: Option<String>,
}

impl Ownership {
    /// This, with what is missing taken from `above`.
    pub fn or(&self, above: &Self) -> Self {
        Self {
            owner: self.owner.clone().or_else(|| above.owner.clone()),
            purpose: self.purpose.clone().or_else(|| above.purpose.clone()),
            lawful_basis: self.lawful_basis.clone().or_else(|| above.lawful_basis.clone()),
        }
    }
}

impl Store {
    /// Keeps a decision about a column of the inventory; the newest about a place counts.
    pub async fn decide(&self, decision: &Decision) -> Result<(), StoreError> {
        const DOING: &str = "keep a decision";
        const SQL: &str = "
            INSERT INTO decisions (source, table_name, column_name, ruling, category, person, at, reason)
            SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
            WHERE EXISTS (SELECT 1 FROM columns WHERE source = ?1 AND table_name = ?2 AND name = ?3)
            ON CONFLICT DO UPDATE SET category = ?5, reason = ?8";
        let place = &decision.place;
        let ruling = word(&decision.ruling).map_err(|error| self.fault(DOING, &error))?;
        let mut transaction = self.begin(DOING).await?;
        let done = sqlx::query(SQL)
            .bind(place.source.as_str())
            .bind(&place.table)
            .bind(&place.column)
            .bind(ruling)
            .bind(decision.category.as_ref().map(Category::key))
            .bind(&decision.by)
            .bind(time_text(decision.at))
            .bind(&decision.reason)
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.fault(DOING, &error))?;
        if done.rows_affected() == 0 {
            return Err(StoreError::UnknownPlace { place: place.to_string() });
        }
        self.commit(DOING, transaction).await
    }

    /// All decisions ever made, oldest first; with `place` those about that column.
    pub async fn decisions(&self, place: Option<&Place>) -> Result<Vec<Decision>, StoreError> {
        const SQL: &str = "
            SELECT * FROM decisions
            WHERE ?1 IS NULL OR (source = ?1 AND table_name = ?2 AND column_name = ?3) ORDER BY id";
        let rows = sqlx::query(SQL)
            .bind(place.map(|place| place.source.as_str()))
            .bind(place.and_then(|place| place.table.as_deref()))
            .bind(place.and_then(|place| place.column.as_deref()))
            .fetch_all(self.reader())
            .await;
        rows.and_then(|rows| rows.iter().map(decision_of).collect())
            .map_err(|error| self.fault("read the decisions", &error))
    }

    /// Says who answers for a place: a source, a table or a column. Replaces what was said before.
    pub async fn assign(&self, place: &Place, ownership: &Ownership) -> Result<(), StoreError> {
        const DOING: &str = "keep an owner";
        const SQL: &str = "
            INSERT INTO ownership (source, table_name, column_name, owner, purpose, lawful_basis)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT DO UPDATE SET owner = ?4, purpose = ?5, lawful_basis = ?6";
        let mut transaction = self.begin(DOING).await?;
        sqlx::query(SQL)
            .bind(place.source.as_str())
            .bind(place.table.as_deref().unwrap_or_default())
            .bind(place.column.as_deref().unwrap_or_default())
            .bind(&ownership.owner)
            .bind(&ownership.purpose)
            .bind(&ownership.lawful_basis)
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.fault(DOING, &error))?;
        self.commit(DOING, transaction).await
    }
}

fn decision_of(row: &SqliteRow) -> Result<Decision, sqlx::Error> {
    let place = Place::of_column(row.word("source")?, row.text("table_name")?, row.text("column_name")?);
    Ok(Decision {
        place,
        ruling: row.word("ruling")?,
        category: row.category("category")?,
        by: row.text("person")?,
        at: row.time("at")?,
        reason: row.text("reason")?,
    })
}
