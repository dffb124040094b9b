//! What MySQL and MariaDB count of the use of tables: the performance schema, where it is on and we may
//! read it.

use jiff::Timestamp;

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

/// Its counters begin with it.
const UPTIME: &str = "SHOW GLOBAL STATUS LIKE 'Uptime'";

const NOW: &str = "SELECT /* dataward */ UNIX_TIMESTAMP()";

/// None when the server does not count, or does not tell us.
pub(super) async fn read(session: &mut Session) -> Result<Option<Vec<TableCounters>>, ConnectError> {
    let rows = session.rows(WATCHES.to_owned()).await?;
    if !rows.first().is_some_and(|row| types::text(row, 1).eq_ignore_ascii_case("on")) {
        return Ok(None);
    }
    let Ok(rows) = session.try_rows(USES.to_owned()).await else { return Ok(None) };
    let (uptime, now) = (session.rows(UPTIME.to_owned()).await?, session.rows(NOW.to_owned()).await?);
    let uptime = uptime.first().and_then(|row| types::text(row, 1).parse::<i64>().ok());
    let now = now.first().and_then(|row| i64::try_from(types::number(row, 0)?).ok());
    let started = now.zip(uptime).and_then(|(now, uptime)| Timestamp::from_second(now - uptime).ok());
    let counters = |row: &sqlx::mysql::MySqlRow| {
        let writes = types::number(row, 2)?;
        let lookups = types::text(row, 3).parse().ok().or_else(|| types::number(row, 3))?;
        Some(TableCounters {
            table: TableName { schema: types::text(row, 0), table: types::text(row, 1) }.display(),
            writes,
            lookups,
            idle_since: started.filter(|_| (lookups, writes) == (0, 0)),
        })
    };
    Ok(Some(rows.iter().filter_map(counters).collect()))
}
