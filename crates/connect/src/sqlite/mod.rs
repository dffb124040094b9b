//! One SQLite database file, read while the application that owns it goes on writing.
//!
//! Nothing is ever changed: neither the database nor the files beside it. How that is kept in each
//! journal mode is told in `address`. Tables are read by ranges of their row id, so that a
//! database in rollback mode is never locked for longer than one batch takes.

mod address;
mod amend;
mod check_rules;
mod faults;
mod header;
mod read;
mod sample;
mod scrub;
mod self_check;
mod types;
mod units;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::path::PathBuf;

use async_trait::async_trait;
use dataward_model::SourceKind;
use futures::StreamExt;
use futures::stream;
use tokio::sync::mpsc;

use crate::ChunkStream;
use crate::ConnectError;
use crate::GrantFacts;
use crate::Grants;
use crate::Read;
use crate::ReadRequest;
use crate::SelfCheck;
use crate::SourceFacts;
use crate::TransportSecurity;
use crate::Unit;
use crate::UnitStream;
use crate::at_rest::AtRest;
use crate::at_rest::storage_of;
use address::DatabaseFile;

pub(crate) use faults::result_code;
pub use header::is_sqlite_file;
pub use units::quote_identifier;

/// A source that is one SQLite database file.
#[derive(Clone, Debug)]
pub struct Sqlite {
    file: DatabaseFile,
}

impl Sqlite {
    /// The database at `path`. Nothing is opened yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { file: DatabaseFile::new(path.into()) }
    }
}

#[async_trait]
impl Read for Sqlite {
    fn kind(&self) -> SourceKind {
        SourceKind::Sqlite
    }

    async fn open(&self) -> Result<SourceFacts, ConnectError> {
        let mut session = self.file.open().await?;
        let version = session.library_version().await?;
        Ok(SourceFacts { product: format!("SQLite {version}"), account: None, transport: TransportSecurity::Local })
    }

    async fn units(&self) -> Result<UnitStream, ConnectError> {
        let mut session = self.file.open().await?;
        Ok(stream::iter(units::list(&mut session).await?).boxed())
    }

    async fn read(&self, unit: &Unit, request: &ReadRequest) -> Result<ChunkStream, ConnectError> {
        request.check_cancelled()?;
        let (sender, receiver) = mpsc::channel(1);
        tokio::spawn(read::run(self.file.clone(), unit.name.clone(), request.clone(), sender));
        Ok(stream::unfold(receiver, |mut receiver| async { receiver.recv().await.map(|chunk| (chunk, receiver)) })
            .boxed())
    }

    /// Each reader has a thread of its own that decodes pages.
    fn parallel_reads(&self) -> usize {
        2
    }

    async fn self_check(&self) -> Result<Option<SelfCheck>, ConnectError> {
        let mut session = self.file.open().await?;
        Ok(Some(self_check::read(&mut session).await?))
    }

    async fn at_rest(&self) -> Result<AtRest, ConnectError> {
        // A file that opens as a database is not encrypted itself: SQLCipher's do not.
        let protections = storage_of(Path::new(&self.file.target())).into_iter().collect();
        Ok(AtRest { protections, looked_at: 1, ..AtRest::default() })
    }
}

#[async_trait]
impl Grants for Sqlite {
    async fn grants(&self) -> Result<GrantFacts, ConnectError> {
        let mut session = self.file.open().await?;
        let tables = units::list(&mut session).await?;
        let tables = tables.into_iter().flatten().map(|unit| unit.name).collect();
        Ok(GrantFacts::Files(Box::new(crate::files::grants::of_database(self.file.path(), tables)?)))
    }
}
