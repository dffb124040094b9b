//! What PostgreSQL counts of the use of tables: `pg_stat_user_tables`, which every account may read.

use super::names;
use super::session::Session;
use crate::ConnectError;
use crate::uses::TableCounters;

const COUNTS: &str = "SELECT /* dataward */ pg_catalog.current_setting('track_counts') AS counts";

const USES: &str = "\
SELECT /* dataward */ schemaname::text AS schema, relname::text AS name,
       coalesce(idx_scan, 0)::bigint AS lookups,
       (coalesce(n_tup_ins, 0) + coalesce(n_tup_upd, 0) + coalesce(n_tup_del, 0))::bigint AS writes
  FROM pg_catalog.pg_stat_user_tables";

/// None when the server was told not to count.
pub(super) async fn read(session: &mut Session) -> Result<Option<Vec<TableCounters>>, ConnectError> {
    let rows = session.rows(COUNTS, &[]).await?;
    let counts: Option<String> = rows.first().map(|row| session.get(row, "counts")).transpose()?;
    if counts.as_deref() != Some("on") {
        return Ok(None);
    }
    let mut uses = Vec::new();
    for row in session.rows(USES, &[]).await? {
        let (schema, name): (String, String) = (session.get(&row, "schema")?, session.get(&row, "name")?);
        let (lookups, writes): (i64, i64) = (session.get(&row, "lookups")?, session.get(&row, "writes")?);
        uses.push(TableCounters {
            table: names::unit_name(&schema, &name),
            lookups: u64::try_from(lookups).unwrap_or(0),
            writes: u64::try_from(writes).unwrap_or(0),
        });
    }
    Ok(Some(uses))
}
