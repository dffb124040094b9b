//! How the clients of a MySQL or MariaDB server are connected: one by one where the performance schema
//! is on and we may read it, else as the server counts log-ins.

use super::session::Session;
use super::types;
use crate::Clients;
use crate::ConnectError;
use crate::clients::Way;

const CONNECTIONS: &str = "\
SELECT /* dataward */ PROCESSLIST_USER, CONNECTION_TYPE, PROCESSLIST_HOST, COUNT(*)
  FROM performance_schema.threads
 WHERE TYPE = 'FOREGROUND' AND PROCESSLIST_ID IS NOT NULL AND PROCESSLIST_ID <> CONNECTION_ID()
   AND CONNECTION_TYPE IS NOT NULL
 GROUP BY 1, 2, 3";

const COUNTERS: &str = "SHOW GLOBAL STATUS WHERE Variable_name IN ('Connections', 'Ssl_finished_accepts')";
const WANTS_TLS: &str = "SHOW GLOBAL VARIABLES LIKE 'require_secure_transport'";
const WATCHES: &str = "SHOW GLOBAL VARIABLES LIKE 'performance_schema'";

pub(super) async fn read(session: &mut Session) -> Result<Clients, ConnectError> {
    let setting =
        |rows: &[sqlx::mysql::MySqlRow]| rows.first().map(|row| types::text(row, 1).eq_ignore_ascii_case("on"));
    let mut clients = Clients { wants_tls: setting(&session.rows(WANTS_TLS.to_owned()).await?), ..Clients::default() };
    let watches = setting(&session.rows(WATCHES.to_owned()).await?) == Some(true);
    if watches && let Ok(rows) = session.try_rows(CONNECTIONS.to_owned()).await {
        for row in &rows {
            let way = match types::text(row, 1).as_str() {
                "SSL/TLS" => Way::Encrypted,
                "TCP/IP" if is_here(&types::text(row, 2)) => Way::Local,
                "TCP/IP" => Way::Clear,
                _ => Way::Local,
            };
            clients.count(way, &types::text(row, 0), types::number(row, 3).unwrap_or(0));
        }
        return Ok(clients);
    }
    let rows = session.rows(COUNTERS.to_owned()).await?;
    let counter = |name: &str| {
        let row = rows.iter().find(|row| types::text(row, 0).eq_ignore_ascii_case(name))?;
        types::text(row, 1).parse::<u64>().ok()
    };
    clients.since_start = counter("Connections").zip(counter("Ssl_finished_accepts"));
    Ok(clients)
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host == "::1" || host.starts_with("127.")
}
