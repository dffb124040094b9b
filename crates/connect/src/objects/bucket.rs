//! What we ask of a bucket, whoever keeps it.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;

use crate::ConnectError;

/// A bucket that can be listed and read. The listing comes in pages, the bodies in ranges, so that
/// neither its size nor an object's shows in memory.
#[async_trait]
pub(super) trait Bucket: Send + Sync {
    /// Asks for a little of the listing, to see whether we are let in.
    async fn probe(&self) -> Result<(), ConnectError>;

    /// Lists every stored version, or only what a plain read gives. A store without versions gives
    /// the same for both.
    fn entries(self: Arc<Self>, versions: bool) -> EntryStream;

    /// What the store says it encrypts an object with, or, without a key, what is written from now on.
    /// None: it does not say.
    async fn encryption(&self, key: Option<&str>) -> Result<Option<String>, ConnectError> {
        let _ = key;
        Ok(None)
    }

    /// Bytes of one object; fewer than asked for only at its end.
    async fn range(&self, part: &Part) -> Result<Bytes, ConnectError>;
}

/// A listing as it comes in.
pub(super) type EntryStream = BoxStream<'static, Result<Entry, ConnectError>>;

/// Some bytes of one object.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) key: String,
    pub(super) version: Option<String>,
    /// The entity tag it must still have.
    pub(super) tag: Option<String>,
    pub(super) range: Range<u64>,
}

/// One stored version of one object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) version: Option<String>,
    /// Whether a plain read gives this version.
    pub(super) latest: bool,
    /// Whether this only says that the object was deleted.
    pub(super) delete_marker: bool,
    pub(super) tag: Option<String>,
    pub(super) bytes: u64,
    pub(super) modified: String,
    pub(super) storage_class: String,
}
