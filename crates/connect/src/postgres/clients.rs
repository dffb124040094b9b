//! How the clients of a PostgreSQL server are connected. To see those of other accounts takes
//! `pg_read_all_stats` (part of `pg_monitor`); the rest is counted as unseen.

use super::session::Session;
use crate::Clients;
use crate::ConnectError;
use crate::clients::Way;

/// The port is -1 for Unix sockets and NULL where we may not look.
const CLIENTS: &str = "\
SELECT /* dataward */ coalesce(a.usename::text, '') AS account,
       CASE WHEN a.client_port IS NULL THEN 'unseen'
            WHEN a.client_port = -1 OR a.client_addr <<= '127.0.0.0/8' OR a.client_addr = '::1' THEN 'local'
            WHEN s.ssl THEN 'encrypted' ELSE 'clear' END AS way,
       count(*) AS number
  FROM pg_catalog.pg_stat_activity a LEFT JOIN pg_catalog.pg_stat_ssl s USING (pid)
 WHERE a.pid <> pg_catalog.pg_backend_pid() AND a.usesysid IS NOT NULL
   AND coalesce(a.backend_type, 'client backend') = 'client backend'
 GROUP BY 1, 2";

pub(super) async fn read(session: &mut Session) -> Result<Clients, ConnectError> {
    let mut clients = Clients::default();
    for row in session.rows(CLIENTS, &[]).await? {
        let (account, way): (String, String) = (session.get(&row, "account")?, session.get(&row, "way")?);
        let number: i64 = session.get(&row, "number")?;
        let way = match way.as_str() {
            "clear" => Way::Clear,
            "encrypted" => Way::Encrypted,
            "local" => Way::Local,
            _ => Way::Unseen,
        };
        clients.count(way, &account, u64::try_from(number).unwrap_or(0));
    }
    Ok(clients)
}
