//! Connections: made, set up so that they cannot write, kept for the next unit.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use sqlx::AssertSqlSafe;
use sqlx::ConnectOptions;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::mysql::MySqlConnection;
use sqlx::mysql::MySqlRow;
use tokio::time::timeout;

use super::address::Address;
use super::address::Endpoint;
use super::address::TlsMode;
use super::faults::Who;
use super::tls;
use super::types;
use crate::ConnectError;
use crate::SourceFacts;
use crate::TransportSecurity;
use crate::amend::Whereabouts;

/// Connections kept for the next unit; as many as are read at the same time.
const IDLE_CONNECTIONS: usize = 4;

/// How long the server may work on one statement about its catalogue.
const CATALOGUE_LIMIT: Duration = Duration::from_secs(120);

/// Said to the server once for each connection. A reader that stalls for less than an hour (a
/// laptop asleep, a slow disk for our state) keeps its connection.
const SET_UP: &str = "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; \
     SET SESSION lock_wait_timeout = 10, net_write_timeout = 3600, wait_timeout = 3600";

/// MySQL keeps numbers about tables for a day unless told otherwise; a fingerprint needs today's.
const SET_UP_MYSQL: &str = "SET SESSION information_schema_stats_expiry = 0";

/// The way to the server, and the connections that are free.
#[derive(Debug)]
pub(super) struct Door {
    address: Address,
    who: Who,
    idle: Mutex<Vec<Connected>>,
}

#[derive(Debug)]
struct Connected {
    connection: MySqlConnection,
    /// The server's number of the connection.
    id: u64,
    version: String,
}

/// A connection in use. Dropped in the middle of a result it is closed; see [`Session::leave`].
pub(super) struct Session {
    pub(super) connection: MySqlConnection,
    id: u64,
    version: String,
    door: Arc<Door>,
}

impl Door {
    pub(super) fn new(address: Address) -> Self {
        Self { who: Who::new(&address), address, idle: Mutex::default() }
    }

    /// Where the database is, or all of them are.
    pub(super) fn whereabouts(&self) -> Whereabouts {
        let database = self.address.database.as_deref();
        match &self.address.endpoint {
            Endpoint::Tcp(host, port) => Whereabouts::server("mysql", host, Some(*port), database),
            Endpoint::Socket(path) => Whereabouts::server("mysql", &path.to_string_lossy(), None, database),
        }
    }

    /// A free connection, or a new one.
    pub(super) async fn enter(self: &Arc<Self>) -> Result<Session, ConnectError> {
        let free = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let Connected { connection, id, version } = match free {
            Some(mut free) => match sqlx::Connection::ping(&mut free.connection).await {
                Ok(()) => free,
                // It was closed while it lay idle.
                Err(_) => self.connect().await?,
            },
            None => self.connect().await?,
        };
        Ok(Session { connection, id, version, door: Arc::clone(self) })
    }

    async fn connect(&self) -> Result<Connected, ConnectError> {
        if let Some(file) = self.address.unreadable_file() {
            let reason = format!("the file `{}` cannot be read; check its path and mode", file.display());
            return Err(ConnectError::Transport { target: self.who.target.clone(), reason });
        }
        let limit = self.address.connect_timeout;
        match timeout(limit, self.connect_and_set_up()).await {
            Ok(connected) => connected,
            Err(_) => Err(ConnectError::Unreachable {
                target: self.who.target.clone(),
                reason: format!("no answer within {} seconds; check host, port and firewall", limit.as_secs()),
            }),
        }
    }

    async fn connect_and_set_up(&self) -> Result<Connected, ConnectError> {
        // NOTE: sqlx checks certificates with the provider of the process and panics without one.
        // Whoever installed one before us keeps it.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let Some((host, port, check, trust)) = self.address.check() else {
            let set_up = self.set_up(&self.address.options(None)).await;
            return set_up.map_err(|error| self.who.explain(&error));
        };
        let fault = |fault| self.who.explain_tls(fault);
        let checked = tls::open(&trust, host, port, check).await.map_err(fault)?;
        let options = self.address.options(Some(&checked.tunnel.folder().join(tls::SOCKET)));
        self.set_up(&options).await.map_err(|error| match checked.fault() {
            Some(broken) => fault(broken),
            None => self.who.explain(&error),
        })
    }

    async fn set_up(&self, options: &MySqlConnectOptions) -> Result<Connected, sqlx::Error> {
        let mut connection = options.connect().await?;
        let rows = sqlx::raw_sql("SELECT version(), connection_id()").fetch_all(&mut connection).await?;
        let version = rows.first().map(|row| types::text(row, 0)).unwrap_or_default();
        let id = rows.first().and_then(|row| types::number(row, 1)).unwrap_or_default();
        sqlx::raw_sql(SET_UP).execute(&mut connection).await?;
        if !is_mariadb(&version) {
            sqlx::raw_sql(SET_UP_MYSQL).execute(&mut connection).await?;
        }
        Ok(Connected { connection, id, version })
    }
}

#[cfg(test)]
impl Door {
    /// The server's numbers of the connections that are free.
    pub(super) fn idle_numbers(&self) -> Vec<u64> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|free| free.id).collect()
    }
}

fn is_mariadb(version: &str) -> bool {
    version.contains("MariaDB")
}

impl Session {
    pub(super) fn who(&self) -> &Who {
        &self.door.who
    }

    /// What the server calls its version.
    pub(super) fn version(&self) -> &str {
        &self.version
    }

    pub(super) fn is_mariadb(&self) -> bool {
        is_mariadb(&self.version)
    }

    /// The only database to look at, if the address named one.
    pub(super) fn database(&self) -> Option<&str> {
        self.door.address.database.as_deref()
    }

    /// Whether the server is on this machine.
    pub(super) fn is_on_this_machine(&self) -> bool {
        match &self.door.address.endpoint {
            Endpoint::Socket(_) => true,
            Endpoint::Tcp(host, _) => host == "localhost" || host == "::1" || host.starts_with("127."),
        }
    }

    /// What the server says of itself and of the connection.
    pub(super) async fn facts(&mut self) -> Result<SourceFacts, ConnectError> {
        let account = self.rows("SELECT current_user()".to_owned()).await?;
        let cipher = self.rows("SHOW SESSION STATUS LIKE 'Ssl_cipher'".to_owned()).await?;
        let encrypted = cipher.first().is_some_and(|row| !types::text(row, 1).is_empty());
        let number = self.version.split('-').next().unwrap_or_default();
        let product = if is_mariadb(&self.version) { "MariaDB" } else { "MySQL" };
        let address = &self.door.address;
        Ok(SourceFacts {
            product: format!("{product} {number}"),
            account: account.first().map(|row| types::text(row, 0)),
            transport: match (&address.endpoint, encrypted) {
                (Endpoint::Socket(_), _) => TransportSecurity::Local,
                (Endpoint::Tcp(..), false) => TransportSecurity::Plain,
                (Endpoint::Tcp(..), true) => TransportSecurity::Tls {
                    verified: matches!(address.tls, TlsMode::VerifyCa | TlsMode::VerifyIdentity),
                },
            },
        })
    }

    /// All rows of a statement about the catalogue.
    pub(super) async fn rows(&mut self, sql: String) -> Result<Vec<MySqlRow>, ConnectError> {
        let fetched = timeout(CATALOGUE_LIMIT, self.try_rows(sql)).await;
        fetched.map_err(|_| self.hangs())?.map_err(|error| self.who().explain(&error))
    }

    /// The same with the server's own error.
    pub(super) async fn try_rows(&mut self, sql: String) -> Result<Vec<MySqlRow>, sqlx::Error> {
        sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut self.connection).await
    }

    /// Begins to see one consistent state, with a limit for each statement from now on.
    pub(super) async fn begin(&mut self, statement_limit: Duration) -> Result<(), ConnectError> {
        let limit = if is_mariadb(&self.version) {
            format!("max_statement_time = {}", statement_limit.as_secs())
        } else {
            format!("max_execution_time = {}", statement_limit.as_millis())
        };
        let sql = format!("SET SESSION {limit}; START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
        self.rows(sql).await.map(|_| ())
    }

    /// Ends the transaction and keeps the connection for the next unit.
    pub(super) async fn finish(mut self) {
        if self.rows("COMMIT".to_owned()).await.is_ok() {
            self.leave();
        }
    }

    /// Keeps the connection, which has no result open, for the next unit.
    pub(super) fn leave(self) {
        let mut idle = self.door.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_CONNECTIONS {
            idle.push(Connected { connection: self.connection, id: self.id, version: self.version });
        }
    }

    /// Closes the connection and ends the statement that runs on it: a server that is busy with a
    /// statement would not notice for hours that nobody waits.
    pub(super) async fn abandon(self) {
        let Self { connection, id, door, .. } = self;
        drop(connection);
        if let Ok(mut other) = door.connect().await {
            // It may have ended by itself.
            let _ = sqlx::raw_sql(AssertSqlSafe(format!("KILL CONNECTION {id}"))).execute(&mut other.connection).await;
        }
    }

    /// The server took a question and never answered.
    pub(super) fn hangs(&self) -> ConnectError {
        let reason = "the server stopped answering; try again when it is less busy".to_owned();
        ConnectError::Unreachable { target: self.who().target.clone(), reason }
    }
}
