//! What tables held when they were last read whole, as keyed hashes.

use std::collections::BTreeMap;

use dataward_model::SourceId;
use jiff::Timestamp;
use sqlx::Row;

use crate::Store;
use crate::StoreError;
use crate::row::Typed;
use crate::row::json;
use crate::row::time_text;

/// What a table held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTableState {
    /// When it was read.
    pub at: Timestamp,
    /// The columns of its key.
    pub key: Vec<String>,
    /// For each column how many cells were filled.
    pub filled: BTreeMap<String, u64>,
    /// Its keyed hashes, as the room for evidence writes them.
    pub digest: Vec<u8>,
}

impl Store {
    /// What a table held when it was last read whole by an audit that began no later than `until`.
    pub async fn table_state(
        &self,
        source: &SourceId,
        table: &str,
        until: Timestamp,
    ) -> Result<Option<StoredTableState>, StoreError> {
        const SQL: &str = "
            SELECT * FROM table_states WHERE source = ? AND table_name = ? AND at <= ? ORDER BY at DESC LIMIT 1";
        const DOING: &str = "read what a table held";
        let query = sqlx::query(SQL).bind(source.as_str()).bind(table).bind(time_text(until));
        let row = query.fetch_optional(self.reader()).await;
        let state = |row: &sqlx::sqlite::SqliteRow| -> Result<StoredTableState, sqlx::Error> {
            Ok(StoredTableState {
                at: row.time("at")?,
                key: row.json("key_columns")?,
                filled: row.json("filled")?,
                digest: row.try_get("digest")?,
            })
        };
        row.and_then(|row| row.as_ref().map(state).transpose()).map_err(|error| self.fault(DOING, &error))
    }

    /// The tables of a source of which [`Self::table_state`] knows something.
    pub async fn tables_with_state(&self, source: &SourceId, until: Timestamp) -> Result<Vec<String>, StoreError> {
        const SQL: &str = "
            SELECT DISTINCT table_name FROM table_states WHERE source = ? AND at <= ? ORDER BY table_name";
        let query = sqlx::query_scalar(SQL).bind(source.as_str()).bind(time_text(until));
        let names = query.fetch_all(self.reader()).await;
        names.map_err(|error| self.fault("list the tables of which something is kept", &error))
    }

    /// Keeps what a table holds, beside what it held at the audit before.
    pub async fn keep_table_state(
        &self,
        source: &SourceId,
        table: &str,
        state: &StoredTableState,
    ) -> Result<(), StoreError> {
        const DOING: &str = "keep what a table holds";
        const SQL: &str = "
            INSERT INTO table_states (source, table_name, at, key_columns, filled, digest) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET key_columns = excluded.key_columns, filled = excluded.filled,
                digest = excluded.digest";
        let written = json(&state.key).and_then(|key| Ok((key, json(&state.filled)?)));
        let (key, filled) = written.map_err(|error| self.fault(DOING, &error))?;
        let mut transaction = self.begin(DOING).await?;
        sqlx::query(SQL)
            .bind(source.as_str())
            .bind(table)
            .bind(time_text(state.at))
            .bind(key)
            .bind(filled)
            .bind(&state.digest)
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.fault(DOING, &error))?;
        self.commit(DOING, transaction).await
    }

    /// Forgets what audits kept that began after `until` and were cut off, of each table all but the newest, and all of
    /// tables of the sources `looked_at` that are gone and that the audit of `until` did not read.
    pub async fn settle_table_states(&self, until: Timestamp, looked_at: &[SourceId]) -> Result<(), StoreError> {
        const DOING: &str = "forget what tables held before";
        const SQL: &str = "
            DELETE FROM table_states WHERE at > ?1 OR at < (
                SELECT max(newer.at) FROM table_states newer
                WHERE newer.source = table_states.source AND newer.table_name = table_states.table_name
                    AND newer.at <= ?1)
            OR at < ?1 AND source IN (SELECT value FROM json_each(?2)) AND EXISTS (
                SELECT 1 FROM tables t WHERE t.source = table_states.source AND t.name = table_states.table_name
                    AND t.gone_since IS NOT NULL)";
        let looked_at = json(&looked_at).map_err(|error| self.fault(DOING, &error))?;
        let mut transaction = self.begin(DOING).await?;
        sqlx::query(SQL)
            .bind(time_text(until))
            .bind(looked_at)
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.fault(DOING, &error))?;
        self.commit(DOING, transaction).await
    }
}
