//! Bringing the state file up to date: numbered SQL files, each applied in one transaction.

use std::path::Path;

use sqlx::SqlitePool;

use crate::StoreError;

/// In order; a file's version is the number of migrations it has seen. Never edit a released one.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_start.sql"),
    include_str!("../migrations/0002_access.sql"),
    include_str!("../migrations/0003_findings.sql"),
    include_str!("../migrations/0004_protections.sql"),
    include_str!("../migrations/0005_retain.sql"),
    include_str!("../migrations/0006_sealed.sql"),
    include_str!("../migrations/0007_review.sql"),
    include_str!("../migrations/0008_table_states.sql"),
    include_str!("../migrations/0009_table_states_by_audit.sql"),
    include_str!("../migrations/0010_holds_on_persons.sql"),
    include_str!("../migrations/0011_plan_notes.sql"),
    include_str!("../migrations/0012_places_of_holds.sql"),
    include_str!("../migrations/0013_gaps.sql"),
    include_str!("../migrations/0014_remedy_kind.sql"),
];

/// `dwrd`: tells our file from other programs' (`PRAGMA application_id`).
const APPLICATION_ID: i64 = 0x6477_7264;

pub(crate) async fn migrate(pool: &SqlitePool, path: &Path) -> Result<(), StoreError> {
    const DOING: &str = "bring the state up to date";
    let fault = |error: sqlx::Error| StoreError::from_sqlx(DOING, path, &error);
    let known = MIGRATIONS.len() as i64;
    loop {
        let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.map_err(fault)?;
        let found: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *transaction).await.map_err(fault)?;
        let application: i64 =
            sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *transaction).await.map_err(fault)?;
        let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema")
            .fetch_one(&mut *transaction)
            .await
            .map_err(fault)?;
        if application != APPLICATION_ID && (tables > 0 || found != 0) {
            return Err(StoreError::Foreign { path: path.to_owned() });
        }
        if found > known {
            return Err(StoreError::Newer { path: path.to_owned(), found, known });
        }
        let Some(migration) = usize::try_from(found).ok().and_then(|done| MIGRATIONS.get(done)) else {
            return Ok(());
        };
        sqlx::raw_sql(*migration).execute(&mut *transaction).await.map_err(fault)?;
        // Pragmas take no bound values; both numbers are ours.
        let stamp = format!("PRAGMA user_version = {}; PRAGMA application_id = {APPLICATION_ID}", found + 1);
        sqlx::raw_sql(sqlx::AssertSqlSafe(stamp)).execute(&mut *transaction).await.map_err(fault)?;
        transaction.commit().await.map_err(fault)?;
    }
}
