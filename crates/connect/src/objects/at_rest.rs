//! What a store says it encrypts with, bucket and objects, and which objects are ciphertext themselves.

use std::sync::Arc;

use futures::StreamExt;

use super::bucket::Bucket;
use super::bucket::Part;
use crate::ConnectError;
use crate::at_rest::AtRest;
use crate::at_rest::Protection;
use crate::at_rest::Readable;
use crate::ciphertext::Seen;
use crate::ciphertext::Sight;

/// Objects asked one by one: each is a request that may be paid for.
const MOST_OBJECTS: usize = 1_000;
/// Requests at the same time.
const AT_ONCE: usize = 8;

pub(super) async fn read(bucket: Arc<dyn Bucket>) -> Result<AtRest, ConnectError> {
    let mut found = AtRest::default();
    match bucket.encryption(None).await {
        Ok(Some(by)) => found
            .protections
            .push(Protection::whole(by, "the bucket's setting says so; it holds for what is written from now on")),
        Ok(None) => {}
        Err(_) => found.unseen.push("the bucket's setting: allow s3:GetEncryptionConfiguration".to_owned()),
    }
    let entries: Vec<_> = Arc::clone(&bucket)
        .entries(false)
        .filter_map(|entry| async { entry.ok() })
        .filter(|entry| std::future::ready(entry.latest && !entry.delete_marker))
        .take(MOST_OBJECTS)
        .collect()
        .await;
    let mut answers = futures::stream::iter(entries)
        .map(|entry| {
            let bucket = Arc::clone(&bucket);
            async move {
                let by_store = bucket.encryption(Some(&entry.key)).await.ok().flatten();
                let sight = sight(bucket.as_ref(), &entry.key, entry.bytes).await;
                (entry, by_store, sight)
            }
        })
        .buffer_unordered(AT_ONCE);
    while let Some((entry, by_store, sight)) = answers.next().await {
        found.looked_at += 1;
        let (key, bytes) = (entry.key, entry.bytes);
        match &sight {
            Some(Sight::Sealed(_)) => {}
            Some(_) if bytes > 0 => found.readable.push(Readable { unit: key.clone(), bytes }),
            Some(_) => {}
            None => found.unseen.push(format!("{key}: cannot be read")),
        }
        if let Some(Sight::Sealed(by)) = sight {
            found.protections.push(Protection::of_unit(key, by, "the object's bytes say so"));
        } else if let Some(by) = by_store {
            found.protections.push(Protection::of_unit(key, by, "the store says so of the object (HEAD)"));
        }
    }
    if found.looked_at as usize == MOST_OBJECTS {
        found.unseen.push(format!("objects beyond the first {MOST_OBJECTS}"));
    }
    found.readable.sort();
    found.protections.sort_by(|a, b| a.unit.cmp(&b.unit));
    Ok(found)
}

/// What an object looks like; none when it cannot be read.
async fn sight(bucket: &dyn Bucket, key: &str, bytes: u64) -> Option<Sight> {
    let mut seen = Seen::of(bytes);
    loop {
        let range = match seen.look() {
            Sight::More(range) => range,
            sight => return Some(sight),
        };
        let part = Part { key: key.to_owned(), version: None, tag: None, range: range.clone() };
        seen.add(range.start, bucket.range(&part).await.ok()?.to_vec());
    }
}
