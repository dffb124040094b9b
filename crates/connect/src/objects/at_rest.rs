//! What a store says it encrypts with, bucket and objects, and which objects are ciphertext themselves.

use std::sync::Arc;

use futures::StreamExt;

use super::bucket::Bucket;
use super::bucket::Part;
use crate::ConnectError;
use crate::at_rest::AtRest;
use crate::at_rest::HEAD;
use crate::at_rest::Look;
use crate::at_rest::Protection;
use crate::at_rest::Readable;

/// Objects asked one by one: each is a request that may be paid for.
const MOST_OBJECTS: usize = 1_000;
/// Requests at the same time.
const AT_ONCE: usize = 8;

pub(super) async fn read(bucket: Arc<dyn Bucket>, look: Look) -> Result<AtRest, ConnectError> {
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
                let range = 0..entry.bytes.min(HEAD as u64);
                let part = Part { key: entry.key.clone(), version: None, tag: None, range };
                let head = if entry.bytes == 0 { None } else { bucket.range(&part).await.ok() };
                let seen = head.map(|head| look(&head, entry.bytes));
                (entry, by_store, seen)
            }
        })
        .buffer_unordered(AT_ONCE);
    while let Some((entry, by_store, seen)) = answers.next().await {
        found.looked_at += 1;
        let (key, bytes) = (entry.key, entry.bytes);
        match &seen {
            Some(None) => found.readable.push(Readable { unit: key.clone(), bytes }),
            None if bytes > 0 => found.unseen.push(format!("{key}: cannot be read")),
            _ => {}
        }
        if let Some(by) = seen.flatten() {
            found.protections.push(Protection::of_unit(key, by, "the object's first bytes say so"));
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
