//! What MySQL and MariaDB count of the use of tables: the performance schema, where it is on and we may
//! read it, else MariaDB's user statistics, where they are.

use dataward_model::StatementWords;
use jiff::Timestamp;

use super::faults::TableName;
use super::session::Session;
use super::statements;
use super::types;
use crate::ConnectError;
use crate::uses::TableCounters;

const WATCHES: &str = "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('performance_schema', 'userstat')";

const USES: &str = "\
SELECT /* dataward */ w.OBJECT_SCHEMA, w.OBJECT_NAME, w.COUNT_WRITE,
       (SELECT COALESCE(SUM(i.COUNT_READ), 0)
          FROM performance_schema.table_io_waits_summary_by_index_usage i
         WHERE i.OBJECT_SCHEMA = w.OBJECT_SCHEMA AND i.OBJECT_NAME = w.OBJECT_NAME AND i.INDEX_NAME IS NOT NULL)
  FROM performance_schema.table_io_waits_summary_by_table w
 WHERE w.OBJECT_TYPE = 'TABLE'
   AND w.OBJECT_SCHEMA NOT IN ('mysql', 'performance_schema', 'information_schema', 'sys')";

/// Tables that nothing touched since the server was started are not in it.
const USES_BY_USERSTAT: &str = "\
SELECT /* dataward */ t.TABLE_SCHEMA, t.TABLE_NAME, t.ROWS_CHANGED,
       (SELECT COALESCE(SUM(i.ROWS_READ), 0) FROM information_schema.INDEX_STATISTICS i
         WHERE i.TABLE_SCHEMA = t.TABLE_SCHEMA AND i.TABLE_NAME = t.TABLE_NAME)
  FROM information_schema.TABLE_STATISTICS t
 WHERE t.TABLE_SCHEMA NOT IN ('mysql', 'performance_schema', 'information_schema', 'sys')";

/// Its counters begin with it.
const UPTIME: &str = "SHOW GLOBAL STATUS LIKE 'Uptime'";

const NOW: &str = "SELECT /* dataward */ UNIX_TIMESTAMP()";

/// None when the server does not count, or does not tell us.
pub(super) async fn read(session: &mut Session) -> Result<Option<Vec<TableCounters>>, ConnectError> {
    let watches = session.rows(WATCHES.to_owned()).await?;
    let is_on = |name: &str| {
        let mut watches = watches.iter();
        watches
            .any(|row| types::text(row, 0).eq_ignore_ascii_case(name) && types::text(row, 1).eq_ignore_ascii_case("on"))
    };
    let uses = match (is_on("performance_schema"), is_on("userstat")) {
        (true, _) => USES,
        (false, true) => USES_BY_USERSTAT,
        (false, false) => return Ok(None),
    };
    let Ok(rows) = session.try_rows(uses.to_owned()).await else { return Ok(None) };
    let (uptime, now) = (session.rows(UPTIME.to_owned()).await?, session.rows(NOW.to_owned()).await?);
    let uptime = uptime.first().and_then(|row| types::text(row, 1).parse::<i64>().ok());
    let now = now.first().and_then(|row| i64::try_from(types::number(row, 0)?).ok());
    let started = now.zip(uptime).and_then(|(now, uptime)| Timestamp::from_second(now - uptime).ok());
    let kept = statements::read(session).await;
    let counters = |row: &sqlx::mysql::MySqlRow| {
        let writes = types::number(row, 2)?;
        let lookups = types::text(row, 3).parse().ok().or_else(|| types::number(row, 3))?;
        let table = TableName { schema: types::text(row, 0), table: types::text(row, 1) };
        Some(TableCounters {
            named: kept.as_ref().map(|(since, all)| StatementWords::of_table(&table.table, all, *since)),
            table: table.display(),
            writes,
            lookups,
            idle_since: started.filter(|_| (lookups, writes) == (0, 0)),
        })
    };
    Ok(Some(rows.iter().filter_map(counters).collect()))
}
