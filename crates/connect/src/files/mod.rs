//! A folder of files, or one file.
//!
//! Everything in the folder counts: hidden files and what version control ignores too, for that is
//! where forgotten exports lie. Links are not followed: what they point to is read where it is, if
//! that is inside the folder. What the files hold is the business of [`crate::formats`].

mod amend;
mod database;
mod exposure;
pub mod grants;
mod heads;
mod names;
mod read;
mod scrub;
mod units;

use std::path::PathBuf;

use async_trait::async_trait;
use dataward_model::SourceKind;

pub use heads::look_at_settings;
pub use names::name_of;
pub use names::path_of;

use crate::ChunkStream;
use crate::ConnectError;
use crate::GrantFacts;
use crate::Grants;
use crate::Read;
use crate::ReadRequest;
use crate::SourceFacts;
use crate::TransportSecurity;
use crate::Unit;
use crate::UnitStream;
use crate::amend::stored::ReadBefore;
use crate::at_rest::AtRest;
use crate::formats::Limits;

/// A source that is a folder or a single file.
#[derive(Clone, Debug)]
pub struct Files {
    path: PathBuf,
    limits: Limits,
    read_before: ReadBefore,
}

impl Files {
    /// The folder or file at `path`. Nothing is opened yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self::with_limits(path, Limits::default())
    }

    /// The same with limits of one's own on what a file may cost.
    pub fn with_limits(path: impl Into<PathBuf>, limits: Limits) -> Self {
        Self { path: path.into(), limits, read_before: ReadBefore::default() }
    }
}

#[async_trait]
impl Read for Files {
    fn kind(&self) -> SourceKind {
        SourceKind::Files
    }

    async fn open(&self) -> Result<SourceFacts, ConnectError> {
        let root = units::Root::open(&self.path)?;
        let product = if root.only_file.is_some() { "file" } else { "folder" };
        Ok(SourceFacts { product: product.into(), account: None, transport: TransportSecurity::Local })
    }

    async fn units(&self) -> Result<UnitStream, ConnectError> {
        Ok(units::list(units::Root::open(&self.path)?))
    }

    async fn read(&self, unit: &Unit, request: &ReadRequest) -> Result<ChunkStream, ConnectError> {
        request.check_cancelled()?;
        read::read(&units::Root::open(&self.path)?, &self.limits, unit, request).await
    }

    async fn at_rest(&self) -> Result<AtRest, ConnectError> {
        let path = self.path.clone();
        let looking = tokio::task::spawn_blocking(move || heads::at_rest(&path)).await;
        looking.unwrap_or_else(|_| {
            Err(ConnectError::Internal {
                target: self.path.display().to_string(),
                reason: "looking at the files was broken off".to_owned(),
            })
        })
    }
}

#[async_trait]
impl Grants for Files {
    async fn grants(&self) -> Result<GrantFacts, ConnectError> {
        Ok(GrantFacts::Files(Box::new(grants::of_folder(&self.path).await?)))
    }
}
