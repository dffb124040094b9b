//! What we ask of a bucket, whoever keeps it.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;

use super::grants::AclGrant;
use super::grants::BucketSettings;
use super::grants::Unseen;
use super::iam::Identities;
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

    /// What its settings say of who may do what; what is not shown to us goes to `missing`. None: a store
    /// whose settings we do not read.
    async fn settings(&self, missing: &mut Vec<Unseen>) -> Result<Option<BucketSettings>, ConnectError> {
        let _ = missing;
        Ok(None)
    }

    /// The full name that the store knows our key by.
    async fn caller(&self) -> Option<String> {
        None
    }

    /// The accounts that the store keeps beside its buckets; none where it has none that we know of.
    async fn identities(&self) -> Option<Result<Identities, ConnectError>> {
        None
    }

    /// The access control list of an object; none where objects have none.
    async fn list_of(&self, key: &str) -> Result<Option<Vec<AclGrant>>, ConnectError> {
        let _ = key;
        Ok(None)
    }

    /// Whether the first byte of an object is given to us.
    async fn gives(&self, key: &str, version: Option<&str>) -> Result<bool, ConnectError> {
        let part = Part { key: key.to_owned(), version: version.map(str::to_owned), tag: None, range: 0..1 };
        match self.range(&part).await {
            Ok(_) => Ok(true),
            Err(ConnectError::Denied { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// All stored versions of one object, marks of deletion included.
    async fn versions_of(&self, key: &str) -> Result<Vec<Entry>, ConnectError>;

    /// Why a version would not go, as far as a read of its first byte shows: it is not given to us, or protected.
    async fn keeps(&self, key: &str, version: Option<&str>) -> Result<Option<Removed>, ConnectError> {
        match self.gives(key, version).await {
            Ok(given) => Ok((!given).then_some(Removed::Denied)),
            Err(error @ ConnectError::Unreachable { .. }) => Err(error),
            // It is gone, or has no first byte.
            Err(_) => Ok(None),
        }
    }

    /// Removes one version for good. `version` is none where the store has none.
    async fn remove(&self, key: &str, version: Option<&str>) -> Result<Removed, ConnectError>;

    /// Whether the removal of a version that is not there changes nothing, and still tells whether it would be allowed.
    fn refuses_before_it_looks(&self) -> bool {
        false
    }

    /// What of its settings matters before something is removed.
    async fn keeping(&self) -> Keeping {
        Keeping::default()
    }

    /// Bytes of one object; fewer than asked for only at its end.
    async fn range(&self, part: &Part) -> Result<Bytes, ConnectError>;
}

/// What became of a version that was to be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Removed {
    /// The key may not remove it.
    Denied,
    /// It is gone, or was.
    Gone,
    /// Object lock or a legal hold of the store protects it.
    Protected,
}

/// What keeps objects longer than a removal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Keeping {
    /// The bucket has object lock.
    pub(super) locks: bool,
    /// It is copied to another bucket.
    pub(super) replicated: bool,
    /// Uploads that were begun and never finished.
    pub(super) unfinished: u64,
    /// Older versions are not seen there.
    pub(super) versions_unseen: bool,
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
