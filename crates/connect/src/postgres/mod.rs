//! PostgreSQL 13 and later.
//!
//! Every reading is one REPEATABLE READ READ ONLY transaction with a statement time-out, takes a
//! reader's lock (ACCESS SHARE) and nothing above, and copies rows out in binary. Readings do not
//! share a snapshot: one held through a whole scan would keep the server from cleaning up dead
//! rows for hours, and an inventory does not compare rows of two tables.
//!
//! Partitions are read through their parent. So are inheriting tables, unless one of the tree has
//! columns of its own: then each table is a unit.

mod address;
mod amend;
mod at_rest;
mod clients;
mod decode;
mod derived;
mod fault;
mod grant;
pub mod grants;
mod names;
mod read;
mod relation;
mod sample;
mod scrub;
mod self_check;
mod session;
mod statements;
mod tls;
mod types;
mod units;
mod uses;
mod values;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use dataward_model::Redacted;
use dataward_model::SourceKind;

pub use grant::least_privilege;
pub use names::quote_identifier;

use crate::ChunkStream;
use crate::Clients;
use crate::ConnectError;
use crate::Read;
use crate::ReadRequest;
use crate::SelfCheck;
use crate::SourceFacts;
use crate::Unit;
use crate::UnitStream;
use crate::at_rest::AtRest;
use crate::uses::TableCounters;
use address::Address;
use session::Pool;

/// A PostgreSQL database.
#[derive(Clone, Debug)]
pub struct Postgres {
    pool: Arc<Pool>,
}

/// How long and how much; what goes beyond is refused with a sentence.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A catalogue query.
    pub catalogue: Duration,
    /// Reading a sample of one unit.
    pub sample: Duration,
    /// Reading all of one unit.
    pub full: Duration,
    /// Waiting for a lock that somebody else holds.
    pub lock: Duration,
    /// Waiting for the next byte of the server.
    pub silence: Duration,
    /// The longest cell that is read.
    pub cell_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            catalogue: Duration::from_secs(60),
            sample: Duration::from_secs(120),
            full: Duration::from_secs(6 * 3600),
            lock: Duration::from_secs(5),
            silence: Duration::from_secs(300),
            cell_bytes: 64 << 20,
        }
    }
}

impl Postgres {
    /// A database by URL (`postgres://…`) or keywords (`host=… dbname=…`), with libpq's meaning.
    /// Does not connect yet.
    pub fn new(url: &str, password: Option<Redacted<String>>) -> Result<Self, ConnectError> {
        Self::with_limits(url, password, Limits::default())
    }

    /// The same with other limits.
    pub fn with_limits(url: &str, password: Option<Redacted<String>>, limits: Limits) -> Result<Self, ConnectError> {
        let address = Address::parse(url, password)?;
        Ok(Self { pool: Arc::new(Pool::new(address, limits)) })
    }
}

#[async_trait]
impl Read for Postgres {
    fn kind(&self) -> SourceKind {
        SourceKind::Postgresql
    }

    async fn open(&self) -> Result<SourceFacts, ConnectError> {
        let session = self.pool.begin(self.pool.limits().catalogue).await?;
        let version = session.server.version.split(' ').next().unwrap_or_default();
        let facts = SourceFacts {
            product: format!("PostgreSQL {version}"),
            account: Some(session.server.account.clone()),
            transport: session.server.transport.clone(),
        };
        self.pool.end(session).await;
        Ok(facts)
    }

    async fn units(&self) -> Result<UnitStream, ConnectError> {
        units::list(&self.pool).await
    }

    async fn read(&self, unit: &Unit, request: &ReadRequest) -> Result<ChunkStream, ConnectError> {
        Ok(read::stream(Arc::clone(&self.pool), unit.name.clone(), request.clone()))
    }

    async fn clients(&self) -> Result<Option<Clients>, ConnectError> {
        let mut session = self.pool.begin(self.pool.limits().catalogue).await?;
        let clients = clients::read(&mut session).await?;
        self.pool.end(session).await;
        Ok(Some(clients))
    }

    async fn uses(&self) -> Result<Option<Vec<TableCounters>>, ConnectError> {
        let mut session = self.pool.begin(self.pool.limits().catalogue).await?;
        let uses = uses::read(&mut session).await?;
        self.pool.end(session).await;
        Ok(uses)
    }

    async fn self_check(&self) -> Result<Option<SelfCheck>, ConnectError> {
        let mut session = self.pool.begin(self.pool.limits().full).await?;
        let found = self_check::read(&mut session).await?;
        self.pool.end(session).await;
        Ok(Some(found))
    }

    async fn at_rest(&self) -> Result<AtRest, ConnectError> {
        let mut session = self.pool.begin(self.pool.limits().catalogue).await?;
        let found = at_rest::read(&mut session, self.pool.is_on_this_machine()).await?;
        self.pool.end(session).await;
        Ok(found)
    }
}
