//! Google Cloud Storage and Azure Blob Storage, through `object_store`. Older versions are not
//! listed: the library cannot.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::TryStreamExt;
use futures::future;
use jiff::Timestamp;
use object_store::GetOptions;
use object_store::GetRange;
use object_store::ObjectMeta;
use object_store::ObjectStore;
use object_store::ObjectStoreExt;
use object_store::path::Path;

use super::address::Address;
use super::address::Provider;
use super::address::Signing;
use super::bucket::Bucket;
use super::bucket::Entry;
use super::bucket::EntryStream;
use super::bucket::Keeping;
use super::bucket::Part;
use super::bucket::Removed;
use super::errors;
use crate::ConnectError;

/// A bucket behind an [`ObjectStore`].
pub(super) struct Cloud {
    store: Arc<dyn ObjectStore>,
    address: Address,
}

impl Cloud {
    /// Reads the bucket of `address` through `store`.
    pub(super) fn new(store: Arc<dyn ObjectStore>, address: Address) -> Self {
        Self { store, address }
    }

    /// The folder the prefix lies in: the library lists whole folders only.
    fn folder(&self) -> Option<Path> {
        let (folder, _) = self.address.prefix.rsplit_once('/')?;
        Path::parse(folder).ok().filter(|path| !path.as_ref().is_empty())
    }

    fn entry(&self, meta: ObjectMeta) -> Entry {
        // Listings may give tags bare (Azure's does), answers for one object as RFC 9110 wants them, and If-Match too.
        let quoted = |tag: String| if tag.ends_with('"') { tag } else { format!("\"{tag}\"") };
        Entry {
            key: meta.location.to_string(),
            // Listings have none and answers for one object may: it would be taken for another one.
            version: None,
            latest: true,
            delete_marker: false,
            tag: meta.e_tag.map(quoted),
            bytes: meta.size,
            // Google's listings have thousandths of a second and its answers for one object have none.
            modified: Timestamp::from_second(meta.last_modified.timestamp()).unwrap_or_default().to_string(),
            storage_class: String::new(),
        }
    }
}

#[async_trait]
impl Bucket for Cloud {
    async fn probe(&self) -> Result<(), ConnectError> {
        let first = self.store.list(self.folder().as_ref()).next().await;
        let shown = self.address.shown();
        first.map_or(Ok(()), |found| {
            found.map(|_| ()).map_err(|error| errors::from_store(&self.address, &shown, &error))
        })
    }

    fn entries(self: Arc<Self>, _versions: bool) -> EntryStream {
        let (bucket, entries) = (self.clone(), self.clone());
        let found = self.store.list(self.folder().as_ref());
        found
            .map_err(move |error| errors::from_store(&bucket.address, &bucket.address.shown(), &error))
            .try_filter(move |meta| future::ready(meta.location.as_ref().starts_with(&self.address.prefix)))
            .map_ok(move |meta| entries.entry(meta))
            .boxed()
    }

    async fn versions_of(&self, key: &str) -> Result<Vec<Entry>, ConnectError> {
        let failed = |error: &object_store::Error| errors::from_store(&self.address, key, error);
        let path = Path::parse(key).map_err(|error| failed(&error.into()))?;
        match self.store.head(&path).await {
            Ok(meta) => Ok(vec![self.entry(meta)]),
            Err(object_store::Error::NotFound { .. }) => Ok(Vec::new()),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn remove(&self, key: &str, _version: Option<&str>) -> Result<Removed, ConnectError> {
        // For a removal `object_store` 0.13 fetches the credentials of the machine, although told not to sign: who said
        // `auth=anonymous` did not mean those.
        if self.address.provider == Provider::Google && self.address.signing == Signing::Anonymous {
            return Ok(Removed::Denied);
        }
        let failed = |error: &object_store::Error| errors::from_store(&self.address, key, error);
        let path = Path::parse(key).map_err(|error| failed(&error.into()))?;
        match self.store.delete(&path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(Removed::Gone),
            Err(object_store::Error::PermissionDenied { .. }) => Ok(Removed::Denied),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn keeping(&self) -> Keeping {
        Keeping { versions_unseen: true, ..Keeping::default() }
    }

    async fn range(&self, part: &Part) -> Result<Bytes, ConnectError> {
        let failed = |error| errors::from_store(&self.address, &part.key, &error);
        let path = Path::parse(&part.key).map_err(|error| failed(error.into()))?;
        let options = GetOptions {
            if_match: part.tag.clone(),
            range: Some(GetRange::Bounded(part.range.clone())),
            ..GetOptions::default()
        };
        let found = self.store.get_opts(&path, options).await.map_err(failed)?;
        found.bytes().await.map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;

    use super::*;

    #[test]
    fn an_object_is_the_same_in_the_listing_and_by_itself() {
        let bucket = Cloud::new(Arc::new(InMemory::new()), Address::parse("gs://shop").unwrap());
        let meta = |millis: i64, tag: &str, version: Option<&str>| ObjectMeta {
            location: Path::from("a.csv"),
            last_modified: Timestamp::from_millisecond(millis).unwrap().to_string().parse().unwrap(),
            size: 3,
            e_tag: Some(tag.to_owned()),
            version: version.map(str::to_owned),
        };
        let listed = bucket.entry(meta(1_796_018_549_823, "abc", None));
        assert_eq!(listed, bucket.entry(meta(1_796_018_549_000, "\"abc\"", Some("1796018549832032"))));
    }

    #[tokio::test]
    async fn a_prefix_need_not_end_at_a_slash_and_ranges_are_checked_against_the_tag() {
        let store = Arc::new(InMemory::new());
        for key in ["a/old-1.csv", "a/old-2.csv", "a/new.csv", "b.csv"] {
            store.put(&Path::from(key), "0123456789".into()).await.unwrap();
        }
        let bucket = Arc::new(Cloud::new(store.clone(), Address::parse("gs://shop/a/old").unwrap()));
        bucket.probe().await.unwrap();
        let entries: Vec<Entry> = bucket.clone().entries(true).try_collect().await.unwrap();
        let mut keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
        keys.sort_unstable();
        assert_eq!(keys, ["a/old-1.csv", "a/old-2.csv"]);

        let entry = &entries[0];
        // The store in memory has its tags bare.
        let tag = entry.tag.as_ref().map(|tag| tag.trim_matches('"').to_owned());
        let part = Part { key: entry.key.clone(), version: None, tag, range: 2..5 };
        assert_eq!(bucket.range(&part).await.unwrap(), "234");
        store.put(&Path::from(entry.key.as_str()), "changed".into()).await.unwrap();
        assert!(bucket.range(&part).await.unwrap_err().to_string().contains("replaced since it was listed"));
    }
}
