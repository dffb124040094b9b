//! What a listing means: objects, older versions of them, and what cannot be read.

use std::sync::Arc;

use futures::StreamExt;
use futures::future;
use futures::stream;

use super::address::Versions;
use super::bucket::Bucket;
use super::bucket::Entry;
use super::errors::ARCHIVED;
use crate::ConnectError;
use crate::Fingerprint;
use crate::Unit;
use crate::UnitKind;
use crate::UnitStream;

/// Lists the units of a bucket as its listing comes in. `shown` is the bucket for messages.
pub(super) async fn list(bucket: Arc<dyn Bucket>, versions: Versions, shown: &str) -> UnitStream {
    let plain = bucket.clone().entries(false).filter_map(|entry| future::ready(unit(entry)));
    if versions == Versions::Latest {
        return plain.boxed();
    }
    let mut all = bucket.entries(true).peekable();
    let first = std::pin::Pin::new(&mut all).peek().await;
    match first {
        // What lies behind is no business of the rights to versions.
        Some(Err(error)) if !matches!(error, ConnectError::Unreachable { .. } | ConnectError::Transport { .. }) => {
            let missing = ConnectError::Denied {
                target: format!("older versions in {shown}"),
                reason: "the store does not list them to us; grant s3:ListBucketVersions and s3:GetObjectVersion, or \
                         add `versions=latest` to the address if there are none"
                    .to_owned(),
            };
            plain.chain(stream::once(future::ready(Err(missing)))).boxed()
        }
        _ => all.filter_map(|entry| future::ready(unit(entry))).boxed(),
    }
}

/// The unit of an entry; none for what holds nothing: marks of deletion and of folders.
fn unit(entry: Result<Entry, ConnectError>) -> Option<Result<Unit, ConnectError>> {
    let entry = match entry {
        Ok(entry) => entry,
        Err(error) => return Some(Err(error)),
    };
    let folder = entry.key.ends_with('/') && entry.bytes == 0;
    if entry.delete_marker || folder {
        return None;
    }
    let (name, kind) = match &entry.version {
        Some(version) if !entry.latest => (format!("{}{VERSION}{version}", entry.key), UnitKind::ObjectVersion),
        _ => (entry.key.clone(), UnitKind::Object),
    };
    if matches!(entry.storage_class.as_str(), "GLACIER" | "DEEP_ARCHIVE") {
        return Some(Err(ConnectError::Denied { target: name, reason: ARCHIVED.to_owned() }));
    }
    let fingerprint = fingerprint(&entry);
    Some(Ok(Unit { name, kind, rows_estimate: None, bytes: Some(entry.bytes), fingerprint, exposure: None }))
}

/// Entity tag first: reading takes it from here. A version never changes, a replaced object gets a
/// new tag or at least another time.
pub(super) fn fingerprint(entry: &Entry) -> Option<Fingerprint> {
    let tag = entry.tag.as_deref().filter(|tag| !tag.contains(' '))?;
    let version = entry.version.as_deref().unwrap_or("-");
    Some(Fingerprint(format!("{tag} {} {} {version}", entry.bytes, entry.modified)))
}

/// An older version, from its unit: key, version, entity tag. None for what is the latest.
pub fn older_version(unit: &Unit) -> Option<(String, String, Option<String>)> {
    let (key, version) = key_and_version(unit);
    Some((key.to_owned(), version?.to_owned(), unit.fingerprint.as_ref().and_then(tag)))
}

/// The entity tag within a fingerprint of ours.
pub(super) fn tag(fingerprint: &Fingerprint) -> Option<String> {
    fingerprint.0.split(' ').next().filter(|tag| !tag.is_empty()).map(str::to_owned)
}

/// The key and the version a unit's name stands for.
pub(super) fn key_and_version(unit: &Unit) -> (&str, Option<&str>) {
    match unit.kind {
        UnitKind::ObjectVersion => {
            unit.name.rsplit_once(VERSION).map_or((unit.name.as_str(), None), |(key, version)| (key, Some(version)))
        }
        _ => (unit.name.as_str(), None),
    }
}

/// The key of the object that a unit of this name is a version of.
pub fn key_of(unit: &str) -> &str {
    unit.rsplit_once(VERSION).map_or(unit, |(key, _)| key)
}

/// Stands between key and version in the name of an older version, as S3 writes it in addresses.
pub(crate) const VERSION: &str = "?versionId=";

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str) -> Entry {
        Entry {
            key: key.into(),
            latest: true,
            tag: Some("\"e\"".into()),
            bytes: 3,
            modified: "2026-01-01".into(),
            ..Entry::default()
        }
    }

    #[test]
    fn deleted_objects_show_as_the_versions_that_are_still_stored() {
        let marker = Entry { delete_marker: true, version: Some("v2".into()), ..entry("a?versionId=x.csv") };
        assert!(unit(Ok(marker)).is_none());
        let old = Entry { latest: false, version: Some("v1".into()), ..entry("a?versionId=x.csv") };
        let old = unit(Ok(old)).unwrap().unwrap();
        assert_eq!((old.name.as_str(), old.kind), ("a?versionId=x.csv?versionId=v1", UnitKind::ObjectVersion));
        assert_eq!(key_and_version(&old), ("a?versionId=x.csv", Some("v1")));
        let latest = unit(Ok(entry("a?versionId=x.csv"))).unwrap().unwrap();
        assert_eq!(key_and_version(&latest), ("a?versionId=x.csv", None));
        assert_eq!(tag(latest.fingerprint.as_ref().unwrap()).as_deref(), Some("\"e\""));
    }

    #[test]
    fn archived_objects_are_listed_as_skipped_and_folder_marks_not_at_all() {
        let archived = Entry { storage_class: "DEEP_ARCHIVE".into(), ..entry("old.csv") };
        let error = unit(Ok(archived)).unwrap().unwrap_err().to_string();
        assert!(error.contains("old.csv") && error.contains("restore it first"), "{error}");
        assert!(unit(Ok(Entry { bytes: 0, ..entry("folder/") })).is_none());
    }
}
