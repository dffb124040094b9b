//! MySQL 8 and MariaDB 10.6 or later.
//!
//! Every unit is read in a read-only transaction that sees one consistent state, over the text
//! protocol: the server writes it as fast as the binary one, no value of it has to be guessed at
//! (zero dates, times beyond 24 hours, new types of MariaDB), and rows are decoded from the bytes
//! on the wire straight into Arrow builders. Nothing is held back on either side: the server sends
//! as fast as we read.

mod address;
mod amend;
mod at_rest;
pub mod catalogue;
mod clients;
mod faults;
mod grant;
mod grants;
mod own_rights;
mod quote;
mod read;
mod sample;
mod scrub;
mod self_check;
mod session;
mod statements;
mod tls;
mod types;
mod units;
mod uses;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use dataward_model::Redacted;
use dataward_model::SourceKind;
use futures::StreamExt;
use futures::stream;
use tokio::sync::mpsc;

use crate::ChunkStream;
use crate::Clients;
use crate::ConnectError;
use crate::GrantFacts;
use crate::Grants;
use crate::Read;
use crate::ReadRequest;
use crate::SelfCheck;
use crate::SourceFacts;
use crate::Unit;
use crate::UnitStream;
use crate::at_rest::AtRest;
use crate::uses::TableCounters;
use address::Address;
use session::Door;

pub use grant::LogsInFrom;
pub use grant::least_privilege;
pub use grants::access_review_privilege;
pub use quote::quote_identifier;

/// A source that is one database of a MySQL or MariaDB server, or all of them.
#[derive(Clone, Debug)]
pub struct Mysql {
    door: Arc<Door>,
}

impl Mysql {
    /// The server at `url` (`mysql://` or `mariadb://`), read as the user named there. A `password`
    /// given here wins over one in the address. Nothing is connected yet.
    pub fn new(url: &str, password: Option<Redacted<String>>) -> Result<Self, ConnectError> {
        Ok(Self { door: Arc::new(Door::new(Address::parse(url, password)?)) })
    }
}

#[async_trait]
impl Read for Mysql {
    fn kind(&self) -> SourceKind {
        SourceKind::Mysql
    }

    async fn open(&self) -> Result<SourceFacts, ConnectError> {
        let mut session = self.door.enter().await?;
        let facts = session.facts().await?;
        session.leave();
        Ok(facts)
    }

    async fn units(&self) -> Result<UnitStream, ConnectError> {
        let session = self.door.enter().await?;
        let (sender, receiver) = mpsc::channel(256);
        tokio::spawn(units::list(session, sender));
        Ok(stream_of(receiver))
    }

    async fn read(&self, unit: &Unit, request: &ReadRequest) -> Result<ChunkStream, ConnectError> {
        request.check_cancelled()?;
        let session = self.door.enter().await?;
        let (sender, receiver) = mpsc::channel(1);
        tokio::spawn(read::run(session, unit.name.clone(), request.clone(), sender));
        Ok(stream_of(receiver))
    }

    async fn clients(&self) -> Result<Option<Clients>, ConnectError> {
        let mut session = self.door.enter().await?;
        let clients = clients::read(&mut session).await?;
        session.leave();
        Ok(Some(clients))
    }

    async fn uses(&self) -> Result<Option<Vec<TableCounters>>, ConnectError> {
        let mut session = self.door.enter().await?;
        let uses = uses::read(&mut session).await?;
        session.leave();
        Ok(uses)
    }

    async fn self_check(&self) -> Result<Option<SelfCheck>, ConnectError> {
        let mut session = self.door.enter().await?;
        let found = self_check::read(&mut session).await?;
        session.leave();
        Ok(Some(found))
    }

    async fn at_rest(&self) -> Result<AtRest, ConnectError> {
        let mut session = self.door.enter().await?;
        let found = at_rest::read(&mut session).await?;
        session.leave();
        Ok(found)
    }
}

#[async_trait]
impl Grants for Mysql {
    async fn grants(&self) -> Result<GrantFacts, ConnectError> {
        let mut session = self.door.enter().await?;
        let facts = grants::read(&mut session).await?;
        session.leave();
        Ok(GrantFacts::Mysql(Box::new(facts)))
    }
}

fn stream_of<T: Send + 'static>(receiver: mpsc::Receiver<T>) -> stream::BoxStream<'static, T> {
    stream::unfold(receiver, |mut receiver| async { receiver.recv().await.map(|item| (item, receiver)) }).boxed()
}
