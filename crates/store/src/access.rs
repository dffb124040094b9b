//! The last answer about access, for the next audit to compare with.

use dataward_model::SourceId;
use jiff::Timestamp;
use sqlx::Row;

use crate::Store;
use crate::StoreError;
use crate::row::Typed;
use crate::row::time_text;

/// What an audit of access found, in the words of whoever keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessAnswer {
    /// When.
    pub at: Timestamp,
    /// Who could do what, as JSON.
    pub answer: String,
}

impl Store {
    /// Keeps the answer about a source in place of the one before.
    pub async fn record_access(&self, source: &SourceId, answer: &AccessAnswer) -> Result<(), StoreError> {
        const DOING: &str = "keep an answer about access";
        const SQL: &str = "
            INSERT INTO access_answers (source, at, answer) VALUES (?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET at = ?2, answer = ?3";
        let mut transaction = self.begin(DOING).await?;
        sqlx::query(SQL)
            .bind(source.as_str())
            .bind(time_text(answer.at))
            .bind(&answer.answer)
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.fault(DOING, &error))?;
        self.commit(DOING, transaction).await
    }

    /// The answer of the last audit of access; none when there was none.
    pub async fn access_answer(&self, source: &SourceId) -> Result<Option<AccessAnswer>, StoreError> {
        const SQL: &str = "SELECT at, answer FROM access_answers WHERE source = ?1";
        let row = sqlx::query(SQL).bind(source.as_str()).fetch_optional(self.reader()).await;
        row.and_then(|row| {
            row.map(|row| Ok(AccessAnswer { at: row.time("at")?, answer: row.try_get("answer")? })).transpose()
        })
        .map_err(|error| self.fault("read an answer about access", &error))
    }
}
