//! What PostgreSQL counts of the use of tables: `pg_stat_user_tables`, which every account may read.

use dataward_model::StatementWords;
use jiff::Timestamp;

use super::names;
use super::session::Session;
use super::statements;
use crate::ConnectError;
use crate::uses::TableCounters;

const COUNTS: &str = "SELECT /* dataward */ pg_catalog.current_setting('track_counts') AS counts";

/// The time of the last lookup is kept from version 16 on.
const USES: &str = "\
SELECT /* dataward */ s.schemaname::text AS schema, s.relname::text AS name,
       coalesce(s.idx_scan, 0)::bigint AS lookups,
       (coalesce(s.n_tup_ins, 0) + coalesce(s.n_tup_upd, 0) + coalesce(s.n_tup_del, 0))::bigint AS writes,
       extract(epoch FROM (pg_catalog.to_jsonb(s) ->> 'last_idx_scan')::timestamptz)::bigint AS last_lookup,
       extract(epoch FROM d.stats_reset)::bigint AS counted_since
  FROM pg_catalog.pg_stat_user_tables s
  LEFT JOIN pg_catalog.pg_stat_database d ON d.datname = pg_catalog.current_database()";

/// None when the server was told not to count.
pub(super) async fn read(session: &mut Session) -> Result<Option<Vec<TableCounters>>, ConnectError> {
    let rows = session.rows(COUNTS, &[]).await?;
    let counts: Option<String> = rows.first().map(|row| session.get(row, "counts")).transpose()?;
    if counts.as_deref() != Some("on") {
        return Ok(None);
    }
    let kept = statements::read(session).await?;
    let mut uses = Vec::new();
    for row in session.rows(USES, &[]).await? {
        let (schema, name): (String, String) = (session.get(&row, "schema")?, session.get(&row, "name")?);
        let (lookups, writes): (i64, i64) = (session.get(&row, "lookups")?, session.get(&row, "writes")?);
        let (last_lookup, counted_since): (Option<i64>, Option<i64>) =
            (session.get(&row, "last_lookup")?, session.get(&row, "counted_since")?);
        let idle_since = match (lookups, writes) {
            (0, 0) => counted_since,
            (_, 0) => last_lookup,
            _ => None,
        };
        uses.push(TableCounters {
            table: names::unit_name(&schema, &name),
            lookups: u64::try_from(lookups).unwrap_or(0),
            writes: u64::try_from(writes).unwrap_or(0),
            idle_since: idle_since.and_then(|seconds| Timestamp::from_second(seconds).ok()),
            named: kept.as_ref().map(|(since, all)| StatementWords::of_table(&name, all, *since)),
        });
    }
    Ok(Some(uses))
}
