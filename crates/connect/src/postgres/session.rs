//! Connections: made as the address asks, kept for the next unit, always in a read-only transaction.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use futures::StreamExt;
use sqlx::AssertSqlSafe;
use sqlx::ConnectOptions;
use sqlx::Executor;
use sqlx::PgConnection;
use sqlx::Row;
use sqlx::postgres::PgConnectOptions;
use sqlx::postgres::PgRow;
use sqlx::postgres::PgSslMode;
use tokio::time::timeout;

use super::Limits;
use super::address::Address;
use super::address::Endpoint;
use super::address::TlsMode;
use super::fault;
use super::tls;
use crate::ConnectError;
use crate::TransportSecurity;
use crate::amend::Whereabouts;
use crate::tls::Check;
use crate::tls::TlsFault;

/// The name under which we stand in `pg_stat_activity`.
const APPLICATION_NAME: &str = "dataward";

/// A connection and what the server said of itself.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) connection: PgConnection,
    pub(super) server: Server,
    target: String,
    limits: Limits,
    /// Whether statements prepared once are there the next time: not behind a pooler that
    /// changes the server's process between transactions.
    pub(super) keeps_statements: bool,
}

/// What the server says of itself.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) version: String,
    /// `150018` for 15.18.
    pub(super) version_number: i32,
    pub(super) account: String,
    pub(super) is_superuser: bool,
    /// The database holds bytes of no declared encoding.
    pub(super) is_sql_ascii: bool,
    pub(super) transport: TransportSecurity,
}

/// Connections that wait for the next unit.
#[derive(Debug)]
pub(super) struct Pool {
    address: Address,
    limits: Limits,
    idle: Mutex<Vec<Session>>,
    /// Those of the gate, which may write.
    writers: Mutex<Vec<Session>>,
}

impl Pool {
    pub(super) fn new(address: Address, limits: Limits) -> Self {
        Self { address, limits, idle: Mutex::default(), writers: Mutex::default() }
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// Where the database is. A socket is the server that listens at its port here.
    pub(super) fn whereabouts(&self) -> Whereabouts {
        let (host, port) = match &self.address.endpoint {
            Endpoint::Tcp(host, port) => (host.as_str(), *port),
            Endpoint::Socket(_, port) => ("localhost", *port),
        };
        Whereabouts::database("postgresql", host, port, &self.address.database)
    }

    /// Whether the server is on this machine.
    pub(super) fn is_on_this_machine(&self) -> bool {
        match &self.address.endpoint {
            Endpoint::Socket(..) => true,
            Endpoint::Tcp(host, _) => host == "localhost" || host == "::1" || host.starts_with("127."),
        }
    }

    /// A session in a new transaction that sees one snapshot and cannot write.
    pub(super) async fn begin(&self, statement_limit: Duration) -> Result<Session, ConnectError> {
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(mut session) = idle else { break };
            // A server may have ended a connection while it waited.
            if session.begin(statement_limit).await.is_ok() {
                return Ok(session);
            }
        }
        let mut session = self.connect().await?;
        session.begin(statement_limit).await?;
        Ok(session)
    }

    /// Ends the transaction and keeps the connection.
    pub(super) async fn end(&self, mut session: Session) {
        if session.run("COMMIT").await.is_ok() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(session);
        }
    }

    /// A session outside any transaction, for the gate.
    pub(super) async fn writer(&self) -> Result<Session, ConnectError> {
        let idle = self.writers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(mut session) = idle
            && session.run("ROLLBACK").await.is_ok()
        {
            return Ok(session);
        }
        let mut session = self.connect().await?;
        session.run("SET default_transaction_read_only = off").await?;
        Ok(session)
    }

    /// Keeps a session for the next batch.
    pub(super) fn keep_writer(&self, session: Session) {
        self.writers.lock().unwrap_or_else(PoisonError::into_inner).push(session);
    }

    async fn connect(&self) -> Result<Session, ConnectError> {
        let limit = self.address.connect_timeout;
        let connecting = timeout(limit, connect(&self.address, self.limits)).await;
        connecting.unwrap_or_else(|_| Err(fault::silent(&self.address.target(), limit)))
    }
}

/// One way to try.
#[derive(Clone, Copy, Debug)]
enum Way {
    Plain,
    Tls(Check),
}

/// How an attempt ended.
enum Attempt {
    /// Another way may work: no TLS there, or this way is not let in.
    TryNext(ConnectError),
    /// It will not.
    Failed(ConnectError),
}

async fn connect(address: &Address, limits: Limits) -> Result<Session, ConnectError> {
    use Check::*;
    let ways: &[Way] = match (&address.endpoint, address.tls) {
        // As libpq: there is no TLS on a Unix socket.
        (Endpoint::Socket(..), _) | (_, TlsMode::Disable) => &[Way::Plain],
        (_, TlsMode::Allow) => &[Way::Plain, Way::Tls(Nothing)],
        (_, TlsMode::Prefer) => &[Way::Tls(Nothing), Way::Plain],
        (_, TlsMode::Require) => &[Way::Tls(Nothing)],
        (_, TlsMode::VerifyCa) => &[Way::Tls(Authority)],
        (_, TlsMode::VerifyFull) => &[Way::Tls(AuthorityAndName)],
    };
    let mut first_failure = None;
    for way in ways {
        match attempt(address, *way, limits).await {
            Ok(session) => return Ok(session),
            Err(Attempt::Failed(error)) => return Err(error),
            Err(Attempt::TryNext(error)) => first_failure = first_failure.or(Some(error)),
        }
    }
    Err(first_failure.expect("every mode has a way"))
}

async fn attempt(address: &Address, way: Way, limits: Limits) -> Result<Session, Attempt> {
    let mut options = PgConnectOptions::new_without_pgpass()
        .username(&address.user)
        .database(&address.database)
        .application_name(APPLICATION_NAME)
        .ssl_mode(PgSslMode::Disable)
        .extra_float_digits(None)
        .disable_statement_logging();
    if let Some(password) = &address.password {
        options = options.password(password.expose());
    }
    let (tunnel, transport) = match (&address.endpoint, way) {
        (Endpoint::Socket(folder, port), _) => {
            options = options.socket(folder).port(*port);
            (None, TransportSecurity::Local)
        }
        (Endpoint::Tcp(host, port), Way::Plain) => {
            options = options.host(host).port(*port);
            (None, TransportSecurity::Plain)
        }
        (Endpoint::Tcp(host, port), Way::Tls(check)) => {
            let tunnel = tls::open(address, host, *port, check).await.map_err(|error| match error {
                error @ TlsFault::Io(_) => Attempt::Failed(fault::no_tls(error, address)),
                error => Attempt::TryNext(fault::no_tls(error, address)),
            })?;
            options = options.socket(tunnel.folder()).port(*port);
            (Some(tunnel), TransportSecurity::Tls { verified: check != Check::Nothing })
        }
    };
    let encrypted = tunnel.is_some();
    let (connection, is_pooled) = start(&options, address).await.map_err(|error| {
        let not_let_in = fault::sqlstate(&error).is_some_and(|state| state == "28000");
        let error = fault::connecting(error, address, encrypted);
        if not_let_in { Attempt::TryNext(error) } else { Attempt::Failed(error) }
    })?;
    drop(tunnel);
    Session::new(connection, address, transport, limits, !is_pooled).await.map_err(Attempt::Failed)
}

/// Connects with `default_transaction_read_only`, or without start options where a connection
/// pooler refuses them (our transactions are read-only by themselves).
async fn start(options: &PgConnectOptions, address: &Address) -> Result<(PgConnection, bool), sqlx::Error> {
    let own = address.options.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let wanted = options.clone().options([("default_transaction_read_only", "on")]).options(own);
    match wanted.connect().await {
        Err(error) if fault::sqlstate(&error).is_some_and(|state| state == "08P01") => {
            Ok((options.connect().await?, true))
        }
        result => Ok((result?, false)),
    }
}

const FACTS: &str = "\
SELECT pg_catalog.current_setting('server_version') AS version,
       pg_catalog.current_setting('server_version_num')::int4 AS version_number,
       current_user::text AS account,
       pg_catalog.current_setting('is_superuser') = 'on' AS is_superuser,
       pg_catalog.current_setting('server_encoding') = 'SQL_ASCII' AS is_sql_ascii";

impl Session {
    async fn new(
        connection: PgConnection,
        address: &Address,
        transport: TransportSecurity,
        limits: Limits,
        keeps_statements: bool,
    ) -> Result<Self, ConnectError> {
        let server = Server {
            version: String::new(),
            version_number: 0,
            account: String::new(),
            is_superuser: false,
            is_sql_ascii: false,
            transport,
        };
        let mut session = Self { connection, server, target: address.target(), limits, keeps_statements };
        let rows = session.rows(FACTS, &[]).await?;
        let row = rows.first().ok_or_else(|| session.internal("it said nothing of itself"))?;
        session.server = Server {
            version: session.get(row, "version")?,
            version_number: session.get(row, "version_number")?,
            account: session.get(row, "account")?,
            is_superuser: session.get(row, "is_superuser")?,
            is_sql_ascii: session.get(row, "is_sql_ascii")?,
            transport: session.server.transport.clone(),
        };
        if keeps_statements {
            // The catalogue's statements take longer to plan than to run.
            session.run("SET plan_cache_mode = force_generic_plan").await?;
        }
        if session.server.version_number >= 140_000 {
            // Makes the server notice in the middle of a statement that we left. Some systems lack it.
            let _ = session.run("SET client_connection_check_interval = '5s'").await;
        }
        Ok(session)
    }

    async fn begin(&mut self, statement_limit: Duration) -> Result<(), ConnectError> {
        let statements = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
             SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = {}",
            statement_limit.as_millis(),
            self.limits.lock.as_millis()
        );
        self.run(&statements).await
    }

    /// Runs statements that return nothing.
    pub(super) async fn run(&mut self, statements: &str) -> Result<(), ConnectError> {
        self.run_within(statements, self.limits.silence).await
    }

    /// The same where the server may work without a word for as long as `limit`.
    pub(super) async fn run_within(&mut self, statements: &str, limit: Duration) -> Result<(), ConnectError> {
        let running = self.connection.execute(sqlx::raw_sql(AssertSqlSafe(statements.to_owned())));
        match timeout(limit, running).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(self.explain(error)),
            Err(_) => Err(fault::silent(&self.target, limit)),
        }
    }

    /// The same, with the driver's error.
    pub(super) async fn run_or_state(&mut self, statements: &str) -> Result<(), sqlx::Error> {
        self.run_or_state_within(statements, self.limits.silence).await
    }

    /// The same where the server may work without a word for as long as `limit`.
    pub(super) async fn run_or_state_within(&mut self, statements: &str, limit: Duration) -> Result<(), sqlx::Error> {
        let running = self.connection.execute(sqlx::raw_sql(AssertSqlSafe(statements.to_owned())));
        let silent = || sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
        timeout(limit, running).await.map_err(|_| silent())?.map(drop)
    }

    /// The driver's error as a sentence.
    pub(super) fn explain(&self, error: sqlx::Error) -> ConnectError {
        fault::reading(error, &self.target, self.limits.catalogue)
    }

    /// Rows of a statement with texts bound to `$1`, `$2`, …
    pub(super) async fn rows(&mut self, statement: &'static str, bound: &[&str]) -> Result<Vec<PgRow>, ConnectError> {
        self.rows_or_state(statement, bound)
            .await
            .map_err(|error| fault::reading(error, &self.target, self.limits.catalogue))
    }

    /// The same, with the driver's error.
    pub(super) async fn rows_or_state(
        &mut self,
        statement: &'static str,
        bound: &[&str],
    ) -> Result<Vec<PgRow>, sqlx::Error> {
        let mut query = sqlx::query(statement).persistent(self.keeps_statements);
        for text in bound {
            query = query.bind((*text).to_owned());
        }
        let mut stream = query.fetch(&mut self.connection);
        let mut rows = Vec::new();
        loop {
            match timeout(self.limits.silence, stream.next()).await {
                Ok(None) => return Ok(rows),
                Ok(Some(row)) => rows.push(row?),
                Err(_) => return Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())),
            }
        }
    }

    /// The first row of a statement made here.
    pub(super) async fn row(&mut self, statement: String) -> Result<PgRow, sqlx::Error> {
        let query = sqlx::query(AssertSqlSafe(statement)).persistent(false);
        let silent = || sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
        timeout(self.limits.silence, query.fetch_one(&mut self.connection)).await.map_err(|_| silent())?
    }

    /// A value of a catalogue row.
    pub(super) fn get<'r, T>(&self, row: &'r PgRow, column: &'static str) -> Result<T, ConnectError>
    where
        T: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        row.try_get(column).map_err(|_| self.internal(column))
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// Host and port.
    pub(super) fn target(&self) -> &str {
        &self.target
    }

    pub(super) fn internal(&self, what: &str) -> ConnectError {
        let reason = format!("the catalogue has an unexpected form ({what})");
        ConnectError::Internal { target: self.target.clone(), reason }
    }
}
