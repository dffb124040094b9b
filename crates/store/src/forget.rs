//! Forgets files and objects that are gone for good: what they held, who was in them, and what they were called.
//!
//! Counts, findings and decisions outlast a file, under a name that tells nothing: they are what reports and the
//! evidence log are compared with. All else goes, also from the free pages of the state file.

use dataward_model::SourceId;
use jiff::Timestamp;
use sqlx::SqliteConnection;

use crate::Store;
use crate::StoreError;
use crate::row::json;
use crate::row::time_text;

/// Which files are forgotten, and what stands for their names in what stays.
pub struct Forgetting<'a> {
    /// The source.
    pub source: &'a SourceId,
    /// Its files or objects.
    pub units: &'a [String],
    /// What stands for the name of a file, a sheet or a member of it.
    pub place: &'a (dyn Fn(&str) -> String + Send + Sync),
    /// A text in which such names stand for themselves.
    pub text: &'a (dyn Fn(&str) -> String + Send + Sync),
}

/// What is kept of a file and of nothing else: `?1` is the source, `?2` the names of files and of what is in them.
const FORGET: &[&str] = &[
    "DELETE FROM sketches WHERE source = ?1 AND table_name IN (SELECT value FROM json_each(?2))",
    "DELETE FROM table_sizes WHERE source = ?1 AND table_name IN (SELECT value FROM json_each(?2))",
    "DELETE FROM table_states WHERE source = ?1 AND table_name IN (SELECT value FROM json_each(?2))",
    "DELETE FROM table_uses WHERE source = ?1 AND table_name IN (SELECT value FROM json_each(?2))",
    "DELETE FROM verdicts WHERE source = ?1 AND table_name IN (SELECT value FROM json_each(?2))",
    "DELETE FROM ownership WHERE source = ?1 AND table_name IN (SELECT value FROM json_each(?2))",
    "DELETE FROM finding_rows WHERE finding IN (
        SELECT id FROM findings WHERE source = ?1 AND table_name IN (SELECT value FROM json_each(?2)))",
    "DELETE FROM columns WHERE source = ?1 AND table_name IN (SELECT value FROM json_each(?2))",
    "DELETE FROM tables WHERE source = ?1 AND name IN (SELECT value FROM json_each(?2))",
    "DELETE FROM scan_units WHERE source = ?1 AND unit IN (SELECT value FROM json_each(?2))",
    "DELETE FROM skipped WHERE source = ?1 AND (
        unit IN (SELECT value FROM json_each(?2)) OR place IN (SELECT value FROM json_each(?2)))",
    "DELETE FROM units WHERE source = ?1 AND name IN (SELECT value FROM json_each(?2))",
];

/// What stays, under another name: `?1` is the source, `?2` the name, `?3` what stands for it.
const RENAME: &[&str] = &[
    "UPDATE OR REPLACE decisions SET table_name = ?3 WHERE source = ?1 AND table_name = ?2",
    "UPDATE OR REPLACE findings SET table_name = ?3 WHERE source = ?1 AND table_name = ?2",
    "UPDATE OR REPLACE protections SET unit = ?3 WHERE source = ?1 AND unit = ?2",
    "UPDATE OR REPLACE retain_holds SET table_name = ?3 WHERE source = ?1 AND table_name = ?2 AND released_at IS NOT NULL",
];

macro_rules! texts {
    ($($table:literal $column:literal,)*) => {
        &[$((
            concat!("SELECT DISTINCT ", $column, " FROM ", $table, " WHERE ", $column, " IS NOT NULL"),
            concat!("UPDATE OR REPLACE ", $table, " SET ", $column, " = ?1 WHERE ", $column, " = ?2"),
        ),)*]
    };
}

/// Texts in which the name of a file may stand: how they are read, and written.
const TEXTS: &[(&str, &str)] = texts! {
    "access_answers" "answer",
    "decisions" "reason",
    "finding_changes" "note",
    "findings" "decided_why",
    "findings" "detail",
    "findings" "reason",
    "findings" "title",
    "receipts" "object",
    "retain_plans" "notes",
    "skipped" "reason",
    "stage_runs" "gaps",
};

/// The same for what is to be done. A command with another name in it does not run: the one that shows the finding
/// stands there instead.
const REMEDIES: (&str, &str) = (
    "SELECT DISTINCT remedy FROM findings",
    "UPDATE findings SET remedy = CASE remedy_kind WHEN 'command' THEN 'dataward findings show ' || id ELSE ?1 END
     WHERE remedy = ?2",
);

impl Store {
    /// The files, tables and objects of a source that are known, gone ones too.
    pub async fn unit_names(&self, source: &SourceId) -> Result<Vec<String>, StoreError> {
        let names = sqlx::query_scalar("SELECT name FROM units WHERE source = ? ORDER BY name").bind(source.as_str());
        names.fetch_all(self.reader()).await.map_err(|error| self.fault("list what is known of a source", &error))
    }

    /// The tables and documents in units of a source.
    pub async fn tables_in(&self, source: &SourceId, units: &[String]) -> Result<Vec<String>, StoreError> {
        const DOING: &str = "list what is in files";
        const SQL: &str =
            "SELECT name FROM tables WHERE source = ? AND unit IN (SELECT value FROM json_each(?)) ORDER BY name";
        let units = json(&units).map_err(|error| self.fault(DOING, &error))?;
        let names = sqlx::query_scalar(SQL).bind(source.as_str()).bind(units).fetch_all(self.reader()).await;
        names.map_err(|error| self.fault(DOING, &error))
    }

    /// The units of a source that went before `until` and of which no audit compares anything any more.
    pub async fn long_gone(&self, source: &SourceId, until: Timestamp) -> Result<Vec<String>, StoreError> {
        const SQL: &str = "
            SELECT name FROM units u WHERE source = ?1 AND gone_since < ?2 AND NOT EXISTS (
                SELECT 1 FROM tables t JOIN table_states s ON s.source = t.source AND s.table_name = t.name
                WHERE t.source = u.source AND t.unit = u.name)
            ORDER BY name";
        let names = sqlx::query_scalar(SQL).bind(source.as_str()).bind(time_text(until)).fetch_all(self.reader()).await;
        names.map_err(|error| self.fault("list what is gone for long", &error))
    }

    /// Whether a table is known and not there any more.
    pub async fn is_gone(&self, source: &SourceId, table: &str) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT count(*) FROM tables WHERE source = ? AND name = ? AND gone_since IS NOT NULL";
        let found: Result<i64, _> =
            sqlx::query_scalar(SQL).bind(source.as_str()).bind(table).fetch_one(self.reader()).await;
        Ok(found.map_err(|error| self.fault("look whether a table is gone", &error))? > 0)
    }

    /// Forgets files and objects, and what the state file remembers of them in its free pages and its log.
    pub async fn forget_units(&self, what: &Forgetting<'_>) -> Result<(), StoreError> {
        const DOING: &str = "forget what is gone";
        if what.units.is_empty() {
            return Ok(());
        }
        let mut names = self.tables_in(what.source, what.units).await?;
        names.extend(what.units.iter().cloned());
        names.sort_unstable();
        names.dedup();
        let mut transaction = self.begin(DOING).await?;
        forget(&mut transaction, what, &names).await.map_err(|error| self.fault(DOING, &error))?;
        self.commit(DOING, transaction).await?;
        self.fold().await
    }
}

async fn forget(connection: &mut SqliteConnection, what: &Forgetting<'_>, names: &[String]) -> Result<(), sqlx::Error> {
    let listed = json(&names)?;
    for sql in FORGET {
        sqlx::query(*sql).bind(what.source.as_str()).bind(&listed).execute(&mut *connection).await?;
    }
    for name in names {
        for sql in RENAME {
            let query = sqlx::query(*sql).bind(what.source.as_str()).bind(name).bind((what.place)(name));
            query.execute(&mut *connection).await?;
        }
    }
    for (read, write) in TEXTS.iter().chain([&REMEDIES]) {
        let texts: Vec<String> = sqlx::query_scalar(*read).fetch_all(&mut *connection).await?;
        for text in texts {
            let other = (what.text)(&text);
            if other != text {
                sqlx::query(*write).bind(other).bind(text).execute(&mut *connection).await?;
            }
        }
    }
    Ok(())
}
