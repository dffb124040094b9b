//! Uploads whose parts end where frames end, and that never take the place of something newer.

use std::collections::VecDeque;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use object_store::Attributes;
use object_store::Error;
use object_store::MultipartUpload;
use object_store::ObjectMeta;
use object_store::ObjectStore;
use object_store::ObjectStoreExt;
use object_store::PutMode;
use object_store::PutMultipartOptions;
use object_store::PutOptions;
use object_store::UpdateVersion;
use object_store::path::Path;

/// Frames in a part: 8 MiB and what frames add; 5 MiB is the least that S3 takes.
pub(super) const PART: usize = 128 * (65_536 + 32);
/// Parts under way at once.
const AT_ONCE: usize = 2;
/// S3 takes 10,000 parts: longer objects have larger ones.
const MOST_PARTS: u64 = 9_000;

/// What may stand under the name that is written.
#[derive(Clone, Debug)]
pub(super) enum Replaces {
    /// Nothing: the store refuses when something is there.
    Nothing,
    /// Just this object, as it was listed.
    This(ObjectMeta),
}

/// An object being written: there whole, once it is finished, or not at all.
pub(super) struct Upload<'a> {
    store: &'a dyn ObjectStore,
    target: &'a Path,
    replaces: Replaces,
    attributes: Attributes,
    part: usize,
    gathered: Vec<u8>,
    large: Option<Box<dyn MultipartUpload>>,
    under_way: VecDeque<BoxFuture<'static, Result<(), Error>>>,
}

impl<'a> Upload<'a> {
    /// An object of about `bytes` at `target`, with the content type, the metadata and the like of what it takes the
    /// place of.
    pub(super) fn new(
        store: &'a dyn ObjectStore,
        target: &'a Path,
        bytes: u64,
        replaces: Replaces,
        attributes: Attributes,
    ) -> Self {
        let parts = usize::try_from(bytes / MOST_PARTS / PART as u64 + 1).unwrap_or(1);
        let (gathered, under_way) = (Vec::new(), VecDeque::new());
        Self { store, target, replaces, attributes, part: parts * PART, gathered, large: None, under_way }
    }

    /// Takes whole frames (and the header before the first).
    pub(super) async fn push(&mut self, frames: &[u8]) -> Result<(), Error> {
        self.gathered.extend_from_slice(frames);
        if self.gathered.len() >= self.part { self.send().await } else { Ok(()) }
    }

    async fn send(&mut self) -> Result<(), Error> {
        if self.large.is_none() {
            let options = PutMultipartOptions { attributes: self.attributes.clone(), ..PutMultipartOptions::default() };
            self.large = Some(self.store.put_multipart_opts(self.target, options).await?);
        }
        if let Some(upload) = &mut self.large {
            let part = Bytes::from(std::mem::take(&mut self.gathered));
            // A task of its own: it goes on while the next part is sealed.
            let sending = tokio::spawn(upload.put_part(part.into()));
            let broken = |source| Error::Generic { store: "S3", source: Box::new(source) };
            self.under_way.push_back(sending.map(move |done| done.map_err(broken)?).boxed());
        }
        while self.under_way.len() >= AT_ONCE {
            if let Some(oldest) = self.under_way.pop_front() {
                oldest.await?;
            }
        }
        Ok(())
    }

    /// Gives the object its name. What fits into one part is put under a condition that the store keeps;
    /// longer ones are asked for right before, as the protocol's client knows no condition for them.
    pub(super) async fn finish(mut self) -> Result<(), Error> {
        let result = self.close().await;
        if result.is_err()
            && let Some(upload) = &mut self.large
        {
            // What cannot be taken back is invisible, and the bucket's rules for broken uploads remove it.
            let _ = upload.abort().await;
        }
        result
    }

    async fn close(&mut self) -> Result<(), Error> {
        if self.large.is_none() {
            let mode = match &self.replaces {
                Replaces::Nothing => PutMode::Create,
                Replaces::This(meta) => {
                    PutMode::Update(UpdateVersion { e_tag: meta.e_tag.clone(), version: meta.version.clone() })
                }
            };
            let attributes = std::mem::take(&mut self.attributes);
            let options = PutOptions { mode, attributes, ..PutOptions::default() };
            let bytes = Bytes::from(std::mem::take(&mut self.gathered));
            return self.store.put_opts(self.target, bytes.into(), options).await.map(|_| ());
        }
        if !self.gathered.is_empty() {
            self.send().await?;
        }
        while let Some(sending) = self.under_way.pop_front() {
            sending.await?;
        }
        let changed = |what: &str| Error::Precondition { path: what.to_owned(), source: "changed".into() };
        match (&self.replaces, self.store.head(self.target).await) {
            (Replaces::Nothing, Err(Error::NotFound { .. })) => {}
            (Replaces::This(meta), Ok(now)) if now.e_tag == meta.e_tag => {}
            (_, Err(error)) if !matches!(error, Error::NotFound { .. }) => return Err(error),
            _ => return Err(changed(self.target.as_ref())),
        }
        match &mut self.large {
            Some(upload) => upload.complete().await.map(|_| ()),
            None => Ok(()),
        }
    }
}
