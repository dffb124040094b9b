//! Objects in a bucket: the same bytes as a file, sealed and read back before the plaintext goes.
//!
//! A bucket has no rename, and what is written is there whole or not at all. So an object is sealed under
//! its new name, read back and compared, and only then the plaintext is deleted, if it is still what it
//! was. A crash leaves both; the next run compares them and goes on. Where the bucket keeps versions, the
//! plaintext stays behind as one: [`versions`] removes those whose bytes were sealed.

mod address;
mod bucket;
mod upload;
pub mod versions;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use futures::StreamExt;
use futures::TryStreamExt;
use futures::stream;
use futures::stream::BoxStream;
use object_store::ObjectMeta;
use object_store::ObjectStore;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use tokio::sync::Semaphore;

pub use address::BucketAddress;
pub use bucket::range_of;

use self::bucket::Bucket;
use crate::KeyRing;
use crate::ProtectError;
use crate::SUFFIX;
use crate::file::Watch;
use crate::place::PART;

/// Objects under way at once.
const AT_ONCE: usize = 8;
/// MiB that those together may hold: what stays under the limit for the whole program.
const MOST_MIB: usize = 32;

/// What became of objects.
#[derive(Debug, Default)]
pub struct Report {
    /// Objects sealed or opened now.
    pub done: u64,
    /// Objects that were so already.
    pub already: u64,
    /// Bytes of plaintext.
    pub bytes: u64,
    /// Objects sealed now, with the plaintext that they replace.
    pub sealed: Vec<Sealed>,
    /// Keys of plaintext that an earlier run sealed, met while sealing.
    pub before: Vec<String>,
    /// Objects that were named and are there no more, plain or sealed.
    pub gone: u64,
    /// Keys that hold the content now, by the class whose key seals them; none for what was opened.
    pub classes: BTreeMap<Option<String>, Part>,
    /// Objects without a seal, when verifying.
    pub plain: Vec<String>,
    /// What failed, with the reason.
    pub failed: Vec<ProtectError>,
}

/// What was done for one class.
#[derive(Debug, Default)]
pub struct Part {
    /// Bytes of plaintext.
    pub bytes: u64,
    /// The keys of the objects.
    pub keys: Vec<String>,
    /// Those of objects that were sealed anew already: perhaps by a run that was killed before it told.
    pub found: Vec<String>,
}

/// The plaintext object that was sealed and deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Its key.
    pub key: String,
    /// The entity tag of the bytes that were sealed.
    pub tag: Option<String>,
    /// Their number.
    pub bytes: u64,
}

/// What is done with objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Plaintext in the place of sealed objects.
    Open,
    /// Sealed anew for the recipients that count now.
    Rewrap,
    /// Sealed objects in the place of plaintext.
    Seal,
    /// Opened and thrown away.
    Verify,
}

/// What became of one object.
enum Done {
    Already,
    /// Already, and by the key of this class as it is now.
    Current {
        key: String,
        class: Option<String>,
    },
    Plain,
    /// The mark of a folder, which holds nothing.
    Mark,
    /// Its content lies under `key` now.
    Work {
        key: String,
        bytes: u64,
        sealed: Option<Sealed>,
        class: Option<String>,
    },
}

fn store_error(place: &str, error: &object_store::Error) -> ProtectError {
    use object_store::Error;
    // What the server wrote may quote; what happened is enough.
    let reason = match error {
        Error::NotFound { .. } => "it is not there any more",
        Error::AlreadyExists { .. } => "something of that name is there",
        Error::Precondition { .. } => "it was replaced meanwhile",
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => "the store does not allow it",
        _ => "the store did not do it",
    };
    ProtectError::Store { place: place.to_owned(), reason: reason.to_owned() }
}

/// The place of the object `key`, byte for byte: `Path::from` would write `%C3%A4` for `ä` into the key.
///
/// # Errors
/// For a key that `object_store` would change or cannot name: with `//`, `/./` or a control character in it,
/// or with a slash at an end.
fn key_path(key: &str) -> Result<Path, ProtectError> {
    Path::parse(key).ok().filter(|path| !key.is_empty() && path.as_ref() == key).ok_or_else(|| {
        let reason = "it has an empty part, `.`, `..` or a control character in its name; rename it first".to_owned();
        ProtectError::Refused { place: key.to_owned(), reason }
    })
}

/// All objects below `prefix`; small ones at the same time, parts of large ones too.
///
/// # Errors
/// When `prefix` can be the beginning of no key that is worked on here. What fails below stands in the report.
pub async fn run(
    store: Arc<dyn ObjectStore>,
    prefix: &str,
    work: Work,
    keys: &KeyRing,
    watch: &Watch,
) -> Result<Report, ProtectError> {
    let folder = match prefix.strip_suffix('/').unwrap_or(prefix) {
        "" if prefix.is_empty() => None,
        folder => Some(key_path(folder)?),
    };
    // What is made meanwhile may be listed as well: it is then so already.
    let mut objects =
        store.list(folder.as_ref()).map(|found| found.map_err(|error| store_error(prefix, &error))).boxed();
    if !prefix.ends_with('/')
        && let Some(key) = &folder
    {
        // A prefix may be the key of one object.
        let one = store.head(key).await.ok().map(Ok);
        objects = stream::iter(one).chain(objects).boxed();
    }
    Ok(run_all(store.as_ref(), objects, work, keys, watch).await)
}

/// The objects that are named.
pub async fn run_keys(
    store: Arc<dyn ObjectStore>,
    names: &[String],
    work: Work,
    keys: &KeyRing,
    watch: &Watch,
) -> Report {
    let gone = AtomicU64::new(0);
    let asked = stream::iter(names).filter_map(|name| {
        let (store, gone) = (Arc::clone(&store), &gone);
        async move {
            let found = named(store.as_ref(), name, work).await.transpose();
            if found.is_none() {
                gone.fetch_add(1, Ordering::Relaxed);
            }
            found
        }
    });
    let mut report = run_all(store.as_ref(), asked.boxed(), work, keys, watch).await;
    report.gone = gone.into_inner();
    report
}

/// The object `name`, or what an earlier run sealed it to.
async fn named(store: &dyn ObjectStore, name: &str, work: Work) -> Result<Option<ObjectMeta>, ProtectError> {
    let found = present(store, name).await?;
    match (found, work) {
        (None, Work::Seal) => present(store, &format!("{name}.{SUFFIX}")).await,
        (found, _) => Ok(found),
    }
}

async fn present(store: &dyn ObjectStore, name: &str) -> Result<Option<ObjectMeta>, ProtectError> {
    match store.head(&key_path(name)?).await {
        Ok(meta) => Ok(Some(meta)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(store_error(name, &error)),
    }
}

/// Those of the sealed objects `names` that are gone while their plaintext is there: somebody opened them.
/// The keys of the plaintext.
///
/// # Errors
/// When the store does not say.
pub async fn opened(store: &dyn ObjectStore, names: &[String]) -> Result<Vec<String>, ProtectError> {
    let asked = stream::iter(names).map(|name| async move {
        let Some(plain) = name.strip_suffix(SUFFIX).and_then(|name| name.strip_suffix('.')) else { return Ok(None) };
        if present(store, name).await?.is_some() {
            return Ok(None);
        }
        Ok(present(store, plain).await?.map(|_| plain.to_owned()))
    });
    let found: Vec<Option<String>> = asked.buffer_unordered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

async fn run_all(
    store: &dyn ObjectStore,
    objects: BoxStream<'_, Result<ObjectMeta, ProtectError>>,
    work: Work,
    keys: &KeyRing,
    watch: &Watch,
) -> Report {
    let room = Semaphore::new(MOST_MIB);
    let room = &room;
    let bucket = Bucket { store, keys, watch };
    let bucket = &bucket;
    let mut results = objects
        .take_while(|_| std::future::ready(!watch.stop.load(Ordering::Relaxed)))
        .map(|found| async move {
            let meta = found?;
            // A small object is held thrice: as it was, sealed, and read back. A large one takes all there is.
            let mebibytes = (meta.size >> 20).saturating_mul(3).clamp(1, MOST_MIB as u64);
            let _held = room.acquire_many(u32::try_from(mebibytes).unwrap_or(1)).await;
            one(bucket, &meta, work).await.map(|done| (meta, done))
        })
        .buffer_unordered(AT_ONCE);
    let mut report = Report::default();
    while let Some(result) = results.next().await {
        if let (Work::Seal, Ok((meta, Done::Already | Done::Current { .. }))) = (work, &result)
            && let Some(plain) = plain_key(meta)
        {
            report.before.push(plain.to_owned());
        }
        match result {
            Ok((_, Done::Already)) => report.already += 1,
            Ok((_, Done::Mark)) => {}
            Ok((_, Done::Current { key, class })) => {
                report.already += 1;
                report.classes.entry(class).or_default().found.push(key);
            }
            Ok((meta, Done::Plain)) => report.plain.push(meta.location.to_string()),
            Ok((_, Done::Work { key, bytes, sealed, class })) => {
                report.done += 1;
                report.bytes += bytes;
                report.sealed.extend(sealed);
                let part = report.classes.entry(class).or_default();
                part.bytes += bytes;
                part.keys.push(key);
            }
            Err(error) => report.failed.push(error),
        }
    }
    report
}

/// The key of the plaintext of an object that is sealed by its name.
fn plain_key(meta: &ObjectMeta) -> Option<&str> {
    meta.location.as_ref().strip_suffix(SUFFIX).and_then(|name| name.strip_suffix('.'))
}

async fn one(bucket: &Bucket<'_>, meta: &ObjectMeta, work: Work) -> Result<Done, ProtectError> {
    if meta.location.as_ref().ends_with(PART) {
        // What a rewrap that was killed left: ciphertext, which the next rewrap writes over.
        return Ok(Done::Already);
    }
    if meta.size == 0 && bucket.is_mark(meta).await? {
        return Ok(Done::Mark);
    }
    match (work, plain_key(meta)) {
        (Work::Seal, None) => bucket.seal(meta).await,
        (Work::Seal, Some(_)) => bucket.already(meta).await,
        (Work::Open, Some(name)) => bucket.open(meta, &key_path(name)?).await,
        (Work::Rewrap, Some(_)) => bucket.rewrap(meta).await,
        (Work::Verify, Some(_)) => {
            let (_, bytes) = bucket.digest(meta).await?;
            Ok(Done::Work { key: meta.location.to_string(), bytes, sealed: None, class: None })
        }
        (Work::Verify, None) => Ok(Done::Plain),
        _ => Ok(Done::Already),
    }
}
