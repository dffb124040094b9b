//! One object: sealed, opened, sealed anew, read in part.

use std::ops::Range;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use dataward_seal::SealError;
use dataward_seal::esdk::Layout;
use dataward_seal::esdk::Message;
use dataward_seal::esdk::OpenStream;
use dataward_seal::esdk::SealStream;
use object_store::Attributes;
use object_store::GetOptions;
use object_store::GetRange;
use object_store::ObjectMeta;
use object_store::ObjectStore;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use sha2::Digest;
use sha2::Sha256;

use super::Done;
use super::Sealed;
use super::key_path;
use super::store_error;
use super::upload::Replaces;
use super::upload::Upload;
use crate::KeyRing;
use crate::ProtectError;
use crate::SUFFIX;
use crate::file::Watch;
use crate::place::MAGIC;
use crate::place::PART as PART_NAME;

/// Bytes read at a time: whole frames of plaintext.
const READ: u64 = 4 << 20;
/// Headers of ours are shorter; one that is longer is asked for once more.
const FIRST: u64 = 16 << 10;
/// The longest header there may be.
const LONGEST_HEADER: u64 = 1 << 20;
/// What S3 copies in one step.
const MOST_COPIED: u64 = 5 << 30;

pub(super) struct Bucket<'a> {
    pub(super) store: &'a dyn ObjectStore,
    pub(super) keys: &'a KeyRing,
    pub(super) watch: &'a Watch,
}

/// Opens the bytes `range` of the plaintext of one sealed object: two requests for a header and the frames
/// that hold them.
///
/// # Errors
/// When it does not open or its frames have no known places.
pub async fn range_of(
    store: &dyn ObjectStore,
    name: &str,
    keys: &KeyRing,
    range: Range<u64>,
    mut sink: impl FnMut(&[u8]) -> std::io::Result<()>,
) -> Result<(), ProtectError> {
    let watch = Watch::default();
    let bucket = Bucket { store, keys, watch: &watch };
    let place = key_path(name)?;
    let meta = store.head(&place).await.map_err(|error| store_error(name, &error))?;
    let mut opened = bucket.begin(&meta).await?;
    let Where::Frames { layout, .. } = opened.body else {
        let reason = "its frames have no known places: download it and decrypt the file".to_owned();
        return Err(ProtectError::Refused { place: name.to_owned(), reason });
    };
    let frame = u64::from(layout.frame_length);
    let end = range.end.min(layout.plaintext);
    let mut start = range.start;
    while start < end {
        let first = start / frame;
        opened.body = Where::Frames { layout, next: first };
        let Some(text) = bucket.next(&meta, &mut opened, end.div_ceil(frame)).await? else { break };
        let from = usize::try_from(start - first * frame).unwrap_or(usize::MAX);
        let to = text.len().min(usize::try_from(end - first * frame).unwrap_or(usize::MAX));
        sink(text.get(from..to).unwrap_or_default()).map_err(|source| ProtectError::Io {
            doing: "write what was opened of",
            place: name.to_owned(),
            source,
        })?;
        start = first * frame + to as u64;
    }
    Ok(())
}

impl Bucket<'_> {
    fn seal_error(place: &Path) -> impl FnOnce(SealError) -> ProtectError {
        let place = place.to_string();
        move |source| ProtectError::Seal { place, source }
    }

    /// Bytes of an object that is still what it was when it was listed.
    async fn read(&self, meta: &ObjectMeta, range: Range<u64>) -> Result<Bytes, ProtectError> {
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let failed = |error: object_store::Error| store_error(meta.location.as_ref(), &error);
        let options = GetOptions {
            if_match: meta.e_tag.clone(),
            range: Some(GetRange::Bounded(range)),
            // None but for older versions: the newest is asked for by its tag.
            version: meta.version.clone().filter(|_| meta.e_tag.is_none()),
            ..GetOptions::default()
        };
        self.store.get_opts(&meta.location, options).await.map_err(failed)?.bytes().await.map_err(failed)
    }

    /// Content type, metadata of the user and the like, which whoever wrote the object gave it.
    async fn attributes(&self, meta: &ObjectMeta) -> Result<Attributes, ProtectError> {
        let options = GetOptions { head: true, if_match: meta.e_tag.clone(), ..GetOptions::default() };
        let found = self.store.get_opts(&meta.location, options).await;
        Ok(found.map_err(|error| store_error(meta.location.as_ref(), &error))?.attributes)
    }

    /// Whether this stands for a folder: the listing has it without the slash at its end, and under that name there is
    /// nothing.
    pub(super) async fn is_mark(&self, meta: &ObjectMeta) -> Result<bool, ProtectError> {
        match self.store.head(&meta.location).await {
            Ok(_) => Ok(false),
            Err(object_store::Error::NotFound { .. }) => Ok(true),
            Err(error) => Err(store_error(meta.location.as_ref(), &error)),
        }
    }

    pub(super) async fn seal(&self, meta: &ObjectMeta) -> Result<Done, ProtectError> {
        let place = &meta.location;
        let failed = |error: object_store::Error| store_error(place.as_ref(), &error);
        if meta.size >= MAGIC.len() as u64 && *self.read(meta, 0..MAGIC.len() as u64).await? == MAGIC {
            return self.already(meta).await;
        }
        let target = key_path(&format!("{place}.{SUFFIX}"))?;
        let plain = match self.store.head(&target).await {
            // A run that was killed before it removed the plaintext, or something else of that name.
            Ok(there) => {
                let plain = self.plain_digest(meta).await?;
                self.holds(&target, plain, meta).await?;
                // One for other recipients is sealed anew: what is kept of it says who can open it now.
                match self.keys.sealing.is_current(&self.begin(&there).await?.message) {
                    true => plain,
                    false => self.seal_to(meta, &target, Replaces::This(there)).await?,
                }
            }
            Err(object_store::Error::NotFound { .. }) => self.seal_to(meta, &target, Replaces::Nothing).await?,
            Err(error) => return Err(failed(error)),
        };
        let bytes = self.holds(&target, plain, meta).await?;
        let now = self.store.head(place).await.map_err(failed)?;
        if now.e_tag != meta.e_tag || now.size != meta.size {
            self.store.delete(&target).await.map_err(failed)?;
            let reason = "it was replaced while it was sealed; run again".to_owned();
            return Err(ProtectError::Refused { place: place.to_string(), reason });
        }
        self.store.delete(place).await.map_err(failed)?;
        let sealed = Sealed { key: place.to_string(), tag: meta.e_tag.clone(), bytes };
        let class = self.keys.sealing.class().map(str::to_owned);
        Ok(Done::Work { key: target.to_string(), bytes, sealed: Some(sealed), class })
    }

    /// What a sealed object is for us: one that does not open is sealed all the same, by others.
    pub(super) async fn already(&self, meta: &ObjectMeta) -> Result<Done, ProtectError> {
        match self.begin(meta).await {
            Ok(opened) if self.keys.sealing.is_current(&opened.message) => {
                let class = self.keys.sealing.class().map(str::to_owned);
                Ok(Done::Current { key: meta.location.to_string(), class })
            }
            Ok(_) => Ok(Done::Already),
            Err(ProtectError::Seal { .. } | ProtectError::Refused { .. }) => self.by_others(meta).await,
            Err(error) => Err(error),
        }
    }

    /// Sealed by others, or not at all, whatever its name says.
    async fn by_others(&self, meta: &ObjectMeta) -> Result<Done, ProtectError> {
        let length = MAGIC.len() as u64;
        if meta.size >= length && *self.read(meta, 0..length).await? == MAGIC {
            return Ok(Done::Already);
        }
        let reason =
            format!("its name ends in .{SUFFIX} and it is not sealed, so it can be read: rename it, and run again");
        Err(ProtectError::Refused { place: meta.location.to_string(), reason })
    }

    /// Seals an object to another key; the digest of its plaintext.
    async fn seal_to(&self, meta: &ObjectMeta, target: &Path, replaces: Replaces) -> Result<[u8; 32], ProtectError> {
        let place = &meta.location;
        let failed = |error: object_store::Error| store_error(place.as_ref(), &error);
        let message = self.keys.begin().map_err(Self::seal_error(place))?;
        let mut upload = Upload::new(self.store, target, meta.size, replaces, self.attributes(meta).await?);
        let mut stream = SealStream::new(Vec::new(), message).map_err(Self::seal_error(place))?;
        let mut digest = Sha256::new();
        let mut position = 0;
        while position < meta.size {
            let bytes = self.read(meta, position..meta.size.min(position + READ)).await?;
            digest.update(&bytes);
            stream.push(&bytes).map_err(Self::seal_error(place))?;
            position += bytes.len() as u64;
            self.watch.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            upload.push(stream.output()).await.map_err(failed)?;
            stream.output().clear();
        }
        let last = stream.finish().map_err(Self::seal_error(place))?;
        upload.push(&last).await.map_err(failed)?;
        upload.finish().await.map_err(failed)?;
        Ok(digest.finalize().into())
    }

    /// The length of what `target` opens to, which must be the plaintext of `meta`.
    async fn holds(&self, target: &Path, plain: [u8; 32], meta: &ObjectMeta) -> Result<u64, ProtectError> {
        let there = self.store.head(target).await.map_err(|error| store_error(target.as_ref(), &error))?;
        let (opened, bytes) = self.digest(&there).await?;
        if opened == plain && bytes == meta.size {
            return Ok(bytes);
        }
        let reason = format!("`{target}` is there and holds something else; the plaintext is kept");
        Err(ProtectError::Refused { place: meta.location.to_string(), reason })
    }

    pub(super) async fn open(&self, meta: &ObjectMeta, target: &Path) -> Result<Done, ProtectError> {
        let failed = |error: object_store::Error| store_error(target.as_ref(), &error);
        let plain: [u8; 32] = match self.store.head(target).await {
            // A run that was killed before it removed the sealed object, or something else of that name.
            Ok(_) => self.digest(meta).await?.0,
            Err(object_store::Error::NotFound { .. }) => {
                let attributes = self.attributes(meta).await?;
                let mut upload = Upload::new(self.store, target, meta.size, Replaces::Nothing, attributes);
                let mut digest = Sha256::new();
                let mut opened = self.begin(meta).await?;
                while let Some(text) = self.next(meta, &mut opened, u64::MAX).await? {
                    digest.update(&text);
                    upload.push(&text).await.map_err(failed)?;
                }
                upload.finish().await.map_err(failed)?;
                digest.finalize().into()
            }
            Err(error) => return Err(failed(error)),
        };
        let there = self.store.head(target).await.map_err(failed)?;
        if self.plain_digest(&there).await? != plain {
            let reason = "holds something else than was sealed; the sealed object is kept".to_owned();
            return Err(ProtectError::Refused { place: target.to_string(), reason });
        }
        self.still_there(meta).await?;
        self.store.delete(&meta.location).await.map_err(failed)?;
        Ok(Done::Work { key: target.to_string(), bytes: there.size, sealed: None, class: None })
    }

    /// Seals anew for the recipients that count now: beside the object first, where it is read back and
    /// compared; then the store copies it over in one step.
    pub(super) async fn rewrap(&self, meta: &ObjectMeta) -> Result<Done, ProtectError> {
        let place = &meta.location;
        let failed = |error: object_store::Error| store_error(place.as_ref(), &error);
        let mut old = self.begin(meta).await?;
        let sealing = self.keys.anew(&old.message).map_err(Self::seal_error(place))?;
        if sealing.is_current(&old.message) {
            return Ok(Done::Current { key: place.to_string(), class: sealing.class().map(str::to_owned) });
        }
        if meta.size > MOST_COPIED {
            let reason =
                "the store copies at most 5 GiB in one step: download it, rewrap the file, upload it".to_owned();
            return Err(ProtectError::Refused { place: place.to_string(), reason });
        }
        let beside = key_path(&format!("{place}{PART_NAME}"))?;
        let there = self.store.head(&beside).await.ok();
        let replaces = there.map_or(Replaces::Nothing, Replaces::This);
        let new = sealing.begin().map_err(Self::seal_error(place))?;
        let mut stream = SealStream::new(Vec::new(), new).map_err(Self::seal_error(place))?;
        let mut upload = Upload::new(self.store, &beside, meta.size, replaces, self.attributes(meta).await?);
        let mut digest = Sha256::new();
        while let Some(text) = self.next(meta, &mut old, u64::MAX).await? {
            digest.update(&text);
            stream.push(&text).map_err(Self::seal_error(place))?;
            self.watch.bytes.fetch_add(text.len() as u64, Ordering::Relaxed);
            upload.push(stream.output()).await.map_err(failed)?;
            stream.output().clear();
        }
        let last = stream.finish().map_err(Self::seal_error(place))?;
        upload.push(&last).await.map_err(failed)?;
        upload.finish().await.map_err(failed)?;
        let written = self.store.head(&beside).await.map_err(failed)?;
        let (opened, bytes) = self.digest(&written).await?;
        let plain: [u8; 32] = digest.finalize().into();
        if opened != plain {
            let reason = "what was read back is not what was sealed; the object is as it was".to_owned();
            return Err(ProtectError::Store { place: place.to_string(), reason });
        }
        self.still_there(meta).await?;
        self.store.copy(&beside, place).await.map_err(failed)?;
        self.store.delete(&beside).await.map_err(failed)?;
        let class = sealing.class().map(str::to_owned);
        Ok(Done::Work { key: place.to_string(), bytes, sealed: None, class })
    }

    async fn still_there(&self, meta: &ObjectMeta) -> Result<(), ProtectError> {
        let place = meta.location.to_string();
        let now = self.store.head(&meta.location).await.map_err(|error| store_error(&place, &error))?;
        if now.e_tag == meta.e_tag && now.size == meta.size {
            return Ok(());
        }
        Err(ProtectError::Refused { place, reason: "it was replaced meanwhile; both objects are kept".to_owned() })
    }

    /// SHA-256 and length of what a sealed object opens to.
    pub(super) async fn digest(&self, meta: &ObjectMeta) -> Result<([u8; 32], u64), ProtectError> {
        let mut digest = Sha256::new();
        let mut total = 0;
        let mut opened = self.begin(meta).await?;
        while let Some(text) = self.next(meta, &mut opened, u64::MAX).await? {
            digest.update(&text);
            total += text.len() as u64;
        }
        Ok((digest.finalize().into(), total))
    }

    pub(super) async fn plain_digest(&self, meta: &ObjectMeta) -> Result<[u8; 32], ProtectError> {
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
    async fn begin(&self, meta: &ObjectMeta) -> Result<Opened, ProtectError> {
        let place = &meta.location;
        let mut head = self.read(meta, 0..meta.size.min(FIRST)).await?;
        let message = match self.keys.open(&mut head.as_ref()) {
            Err(SealError::Truncated(_)) if meta.size > FIRST => {
                head = self.read(meta, 0..meta.size.min(LONGEST_HEADER)).await?;
                self.keys.open(&mut head.as_ref())
            }
            opened => opened,
        };
        let message = message.map_err(Self::seal_error(place))?;
        let header = message.header.length();
        let layout = Layout::of_file(header, 65_536, meta.size).filter(|_| message.header.suite.signature.is_none());
        match layout {
            Some(layout) => Ok(Opened { message, body: Where::Frames { layout, next: 0 } }),
            // Messages of others: whole, when they are not large.
            None if meta.size <= READ => Ok(Opened { message, body: Where::Whole { read: false } }),
            None => Err(ProtectError::Refused {
                place: place.to_string(),
                reason: "its frames are not of 64 KiB: download it and decrypt the file".to_owned(),
            }),
        }
    }

    /// The plaintext of the next frames, before frame `before`; none after the last.
    async fn next(&self, meta: &ObjectMeta, opened: &mut Opened, before: u64) -> Result<Option<Vec<u8>>, ProtectError> {
        let place = &meta.location;
        let (layout, next) = match &mut opened.body {
            Where::Whole { read: true } => return Ok(None),
            Where::Whole { read } => {
                *read = true;
                let whole = self.read(meta, 0..meta.size).await?;
                // Opened once more: the key of the first time is the same, and its header is behind us.
                let mut body = whole.as_ref();
                let message = self.keys.open(&mut body).map_err(Self::seal_error(place))?;
                let mut text = Vec::new();
                OpenStream::new(body, message).copy_to(&mut text).map_err(Self::seal_error(place))?;
                return Ok(Some(text));
            }
            Where::Frames { layout, next } => (*layout, next),
        };
        let first = *next;
        let end = layout.frames().min(before).min(first + READ / 65_536);
        if first >= end {
            return Ok(None);
        }
        let until = layout.offset(end - 1) + layout.sealed_bytes_in(end - 1) as u64;
        let mut bytes = self.read(meta, layout.offset(first)..until).await?.to_vec();
        let (mut rest, mut text) = (bytes.as_mut_slice(), Vec::with_capacity((end - first) as usize * 65_536));
        for index in first..end {
            let length = layout.sealed_bytes_in(index).min(rest.len());
            let (frame, later) = rest.split_at_mut(length);
            let opened = layout.open_frame(&opened.message.key, index, frame);
            text.extend_from_slice(opened.map_err(Self::seal_error(place))?);
            rest = later;
        }
        *next = end;
        Ok(Some(text))
    }
}

/// A sealed object whose header has been opened.
struct Opened {
    message: Message,
    body: Where,
}

/// Where its plaintext is.
enum Where {
    /// In frames with known places; the next one to be read.
    Frames { layout: Layout, next: u64 },
    /// In a message of others, which is read whole.
    Whole { read: bool },
}
