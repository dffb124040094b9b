//! What MySQL and MariaDB count of the use of tables: the performance schema, where it is on and we may
//! read it.

use super::faults::TableName;
use super::session::Session;
use super::types;
use crate::ConnectError;
use crate::uses::TableCounters;

const WATCHES: &str = "SHOW GLOBAL VARIABLES LIKE 'performance_schema'";

const USES: &str = "\
SELECT /* dataward */ w.OBJECT_SCHEMA, w.OBJECT_NAME, w.COUNT_WRITE,
       (SELECT COALESCE(SUM(i.COUNT_READ), 0)
          FROM performance_schema.table_io_waits_summary_by_index_usage i
         WHERE i.OBJECT_SCHEMA = w.OBJECT_SCHEMA AND i.OBJECT_NAME = w.OBJECT_NAME AND i.INDEX_NAME IS NOT NULL)
  FROM performance_schema.table_io_waits_summary_by_table w
 WHERE w.OBJECT_TYPE = 'TABLE'
   AND w.OBJECT_SCHEMA NOT IN ('mysql', 'performance_schema', 'information_schema', 'sys')";

/// None when the server does not count, or does not tell us.
pub(super) async fn read(session: &mut Session) -> Result<Option<Vec<TableCounters>>, ConnectError> {
    let rows = session.rows(WATCHES.to_owned()).await?;
    if !rows.first().is_some_and(|row| types::text(row, 1).eq_ignore_ascii_case("on")) {
        return Ok(None);
    }
    let Ok(rows) = session.try_rows(USES.to_owned()).await else { return Ok(None) };
    let counters = |row: &sqlx::mysql::MySqlRow| {
        Some(TableCounters {
            table: TableName { schema: types::text(row, 0), table: types::text(row, 1) }.display(),
            writes: types::number(row, 2)?,
            lookups: types::text(row, 3).parse().ok().or_else(|| types::number(row, 3))?,
        })
    };
    Ok(Some(rows.iter().filter_map(counters).collect()))
}
