//! Objects in a bucket: the same bytes as a file, sealed and read back before the plaintext goes.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use dataward_seal::SealError;
use dataward_seal::esdk::Layout;
use dataward_seal::esdk::OpenStream;
use dataward_seal::esdk::SealStream;
use futures::StreamExt;
use object_store::GetOptions;
use object_store::GetRange;
use object_store::ObjectMeta;
use object_store::ObjectStore;
use object_store::ObjectStoreExt;
use object_store::WriteMultipart;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use sha2::Digest;
use sha2::Sha256;

use crate::KeyRing;
use crate::ProtectError;
use crate::SUFFIX;
use crate::file::Watch;
use crate::place::MAGIC;

/// Bytes of a part of an upload: 5 MiB is the least that S3 takes.
const PART: usize = 8 << 20;
/// Parts under way at once.
const PARTS: usize = 2;
/// Bytes read at a time.
const READ: u64 = 4 << 20;

/// What became of the objects below a prefix.
#[derive(Debug, Default)]
pub struct Report {
    /// Objects sealed or opened now.
    pub done: u64,
    /// Objects that were so already.
    pub already: u64,
    /// Bytes of plaintext.
    pub bytes: u64,
    /// Whether the bucket keeps older versions: the plaintext among them is still there.
    pub versioned: bool,
    /// What failed, with the reason.
    pub failed: Vec<ProtectError>,
}

/// What is done with objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Plaintext in the place of sealed objects.
    Open,
    /// Sealed objects in the place of plaintext.
    Seal,
    /// Opened and thrown away.
    Verify,
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

/// All objects below `prefix`, one after the other; an object is read and written in parallel parts.
///
/// # Errors
/// When the bucket cannot be listed. What fails below stands in the report.
pub async fn run(
    store: Arc<dyn ObjectStore>,
    prefix: &str,
    work: Work,
    keys: &KeyRing,
    watch: &Watch,
) -> Result<Report, ProtectError> {
    let folder = Path::parse(prefix.trim_end_matches('/')).unwrap_or_default();
    let mut report = Report::default();
    // What is made meanwhile may be listed as well: it is then so already.
    let mut listed = store.list((!folder.as_ref().is_empty()).then_some(&folder));
    while let Some(found) = listed.next().await {
        if watch.stop.load(Ordering::Relaxed) {
            break;
        }
        let meta = found.map_err(|error| store_error(prefix, &error))?;
        let sealed = meta.location.as_ref().strip_suffix(SUFFIX).and_then(|name| name.strip_suffix('.'));
        let bucket = Bucket { store: store.as_ref(), keys, watch };
        let result = match (work, sealed) {
            (Work::Seal, None) => bucket.seal(&meta).await,
            (Work::Open, Some(name)) => bucket.open(&meta, &Path::from(name)).await,
            (Work::Verify, Some(_)) => bucket.digest(&meta).await.map(|(_, bytes)| Some((bytes, false))),
            _ => Ok(None),
        };
        match result {
            Ok(Some((bytes, versioned))) => {
                report.done += 1;
                report.bytes += bytes;
                report.versioned |= versioned;
            }
            Ok(None) => report.already += 1,
            Err(error) => report.failed.push(error),
        }
    }
    Ok(report)
}

/// The bucket and prefix of `s3://bucket/prefix?endpoint=…&region=…&allow_http=true`, signed with what
/// `variables` say (`AWS_ACCESS_KEY_ID` and the others).
///
/// # Errors
/// When the address is none, or asks for plain HTTP without `allow_http=true`.
pub fn s3(
    url: &str,
    variables: impl Iterator<Item = (String, String)>,
) -> Result<(Arc<dyn ObjectStore>, String), ProtectError> {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let wrong = |reason: &str| ProtectError::Store { place: address.to_owned(), reason: reason.to_owned() };
    let (bucket, prefix) = address.trim_start_matches("s3://").split_once('/').unwrap_or((&address[5..], ""));
    let mut builder = AmazonS3Builder::new();
    for (name, value) in variables {
        if let Ok(key) = name.to_ascii_lowercase().parse() {
            builder = builder.with_config(key, value);
        }
    }
    builder = builder.with_bucket_name(bucket);
    let mut plain = None;
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        match name {
            "allow_http" if value == "true" => {
                builder = builder.with_allow_http(true);
                plain = None;
            }
            "endpoint" => {
                if value.starts_with("http://") && !query.contains("allow_http=true") {
                    plain = Some(());
                }
                builder = builder.with_endpoint(value);
            }
            "region" => builder = builder.with_region(value),
            _ => return Err(wrong(&format!("`{name}` is no setting of a bucket here: endpoint, region, allow_http"))),
        }
    }
    if plain.is_some() {
        return Err(wrong("the endpoint is http:, so anyone on the way could read the objects; add `allow_http=true`"));
    }
    let store = builder.build().map_err(|_| wrong("the address and the credentials do not fit together"))?;
    Ok((Arc::new(store), prefix.to_owned()))
}

struct Bucket<'a> {
    store: &'a dyn ObjectStore,
    keys: &'a KeyRing,
    watch: &'a Watch,
}

impl Bucket<'_> {
    fn seal_error(place: &Path) -> impl FnOnce(SealError) -> ProtectError {
        let place = place.to_string();
        move |source| ProtectError::Seal { place, source }
    }

    async fn read(&self, meta: &ObjectMeta, range: Range<u64>) -> Result<Bytes, ProtectError> {
        let failed = |error: object_store::Error| store_error(meta.location.as_ref(), &error);
        let options =
            GetOptions { if_match: meta.e_tag.clone(), range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
        self.store.get_opts(&meta.location, options).await.map_err(failed)?.bytes().await.map_err(failed)
    }

    async fn seal(&self, meta: &ObjectMeta) -> Result<Option<(u64, bool)>, ProtectError> {
        let place = &meta.location;
        let failed = |error: object_store::Error| store_error(place.as_ref(), &error);
        if meta.size >= MAGIC.len() as u64 && *self.read(meta, 0..MAGIC.len() as u64).await? == MAGIC {
            return Ok(None);
        }
        let target = Path::from(format!("{place}.{SUFFIX}"));
        let (plain, versioned) = match self.store.head(&target).await {
            // A run that was killed before it removed the plaintext, or something else of that name.
            Ok(there) => {
                let (opened, _) = self.digest(&there).await?;
                let plain = self.plain_digest(meta).await?;
                if opened != plain {
                    let reason = format!("`{target}` is there and holds something else");
                    return Err(ProtectError::Refused { place: place.to_string(), reason });
                }
                (plain, false)
            }
            Err(object_store::Error::NotFound { .. }) => {
                let message = self.keys.begin().map_err(Self::seal_error(place))?;
                let upload = self.store.put_multipart(&target).await.map_err(failed)?;
                let mut upload = WriteMultipart::new_with_chunk_size(upload, PART);
                let mut stream = SealStream::new(Vec::new(), message).map_err(Self::seal_error(place))?;
                let mut digest = Sha256::new();
                let mut position = 0;
                while position < meta.size {
                    let bytes = self.read(meta, position..meta.size.min(position + READ)).await?;
                    digest.update(&bytes);
                    stream.push(&bytes).map_err(Self::seal_error(place))?;
                    position += bytes.len() as u64;
                    self.watch.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                    upload.put(Bytes::from(std::mem::take(stream.output())));
                    upload.wait_for_capacity(PARTS).await.map_err(failed)?;
                }
                upload.put(Bytes::from(stream.finish().map_err(Self::seal_error(place))?));
                let put = upload.finish().await.map_err(failed)?;
                (digest.finalize().into(), is_kept(put.version.as_deref()))
            }
            Err(error) => return Err(failed(error)),
        };
        let there = self.store.head(&target).await.map_err(failed)?;
        let (opened, bytes) = self.digest(&there).await?;
        if opened != plain || bytes != meta.size {
            return Err(ProtectError::Store {
                place: target.to_string(),
                reason: "what was read back is not what was sealed; the plaintext is kept".to_owned(),
            });
        }
        let now = self.store.head(place).await.map_err(failed)?;
        if now.e_tag != meta.e_tag || now.size != meta.size {
            self.store.delete(&target).await.map_err(failed)?;
            let reason = "it was replaced while it was sealed; run again".to_owned();
            return Err(ProtectError::Refused { place: place.to_string(), reason });
        }
        self.store.delete(place).await.map_err(failed)?;
        Ok(Some((bytes, versioned || is_kept(meta.version.as_deref()) || is_kept(there.version.as_deref()))))
    }

    async fn open(&self, meta: &ObjectMeta, target: &Path) -> Result<Option<(u64, bool)>, ProtectError> {
        let failed = |error: object_store::Error| store_error(target.as_ref(), &error);
        let upload = self.store.put_multipart(target).await.map_err(failed)?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PART);
        let mut digest = Sha256::new();
        let mut total = 0;
        let mut position = self.begin(meta).await?;
        while let Some(text) = self.next(meta, &mut position).await? {
            digest.update(&text);
            total += text.len() as u64;
            upload.put(Bytes::from(text));
            upload.wait_for_capacity(PARTS).await.map_err(failed)?;
        }
        upload.finish().await.map_err(failed)?;
        let there = self.store.head(target).await.map_err(failed)?;
        let plain: [u8; 32] = digest.finalize().into();
        if self.plain_digest(&there).await? != plain {
            return Err(ProtectError::Store {
                place: target.to_string(),
                reason: "what was read back is not what was opened; the sealed object is kept".to_owned(),
            });
        }
        self.store.delete(&meta.location).await.map_err(failed)?;
        Ok(Some((total, false)))
    }

    /// SHA-256 and length of what a sealed object opens to.
    async fn digest(&self, meta: &ObjectMeta) -> Result<([u8; 32], u64), ProtectError> {
        let mut digest = Sha256::new();
        let mut total = 0;
        let mut position = self.begin(meta).await?;
        while let Some(text) = self.next(meta, &mut position).await? {
            digest.update(&text);
            total += text.len() as u64;
        }
        Ok((digest.finalize().into(), total))
    }

    async fn plain_digest(&self, meta: &ObjectMeta) -> Result<[u8; 32], ProtectError> {
        let mut digest = Sha256::new();
        let mut position = 0;
        while position < meta.size {
            let bytes = self.read(meta, position..meta.size.min(position + READ)).await?;
            digest.update(&bytes);
            position += bytes.len() as u64;
        }
        Ok(digest.finalize().into())
    }

    /// Opens the header of a sealed object.
    async fn begin(&self, meta: &ObjectMeta) -> Result<Position, ProtectError> {
        let place = &meta.location;
        let head = self.read(meta, 0..meta.size.min(1 << 20)).await?;
        let message = self.keys.open(&mut head.as_ref()).map_err(Self::seal_error(place))?;
        let header = message.header.length();
        let layout = Layout::of_file(header, 65_536, meta.size).filter(|_| message.header.suite.signature.is_none());
        match layout {
            Some(layout) => Ok(Position::Frames { layout, key: message.key, next: 0 }),
            // Messages of others: whole, when they are not large.
            None if meta.size <= READ => {
                let whole = self.read(meta, 0..meta.size).await?;
                let body = whole.get(usize::try_from(header).unwrap_or(usize::MAX)..).unwrap_or_default();
                let mut text = Vec::new();
                OpenStream::new(body, message).copy_to(&mut text).map_err(Self::seal_error(place))?;
                Ok(Position::Whole(Some(text)))
            }
            None => Err(ProtectError::Refused {
                place: place.to_string(),
                reason: "its frames are not of 64 KiB: download it and decrypt the file".to_owned(),
            }),
        }
    }

    async fn next(&self, meta: &ObjectMeta, position: &mut Position) -> Result<Option<Vec<u8>>, ProtectError> {
        let (layout, key, next) = match position {
            Position::Whole(text) => return Ok(text.take()),
            Position::Frames { layout, key, next } => (layout, key, next),
        };
        if *next == layout.frames() {
            return Ok(None);
        }
        let end = layout.frames().min(*next + READ / 65_536);
        let until = layout.offset(end - 1) + layout.sealed_bytes_in(end - 1) as u64;
        let mut bytes = self.read(meta, layout.offset(*next)..until).await?.to_vec();
        let (mut rest, mut text) = (bytes.as_mut_slice(), Vec::with_capacity(READ as usize));
        for index in *next..end {
            let length = layout.sealed_bytes_in(index).min(rest.len());
            let (frame, later) = rest.split_at_mut(length);
            text.extend_from_slice(layout.open_frame(key, index, frame).map_err(Self::seal_error(&meta.location))?);
            rest = later;
        }
        *next = end;
        Ok(Some(text))
    }
}

/// Whether a version is one of several: `null` is the only one of a bucket that keeps none.
fn is_kept(version: Option<&str>) -> bool {
    version.is_some_and(|version| version != "null")
}

enum Position {
    Frames { layout: Layout, key: dataward_seal::esdk::MessageKey, next: u64 },
    Whole(Option<Vec<u8>>),
}
