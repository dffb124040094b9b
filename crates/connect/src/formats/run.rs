//! Runs formats: in a thread, one inside the other, and without letting one bad file hide the rest.

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use futures::StreamExt;
use futures::stream;
use tokio::sync::mpsc;

use super::Input;
use super::Out;
use super::sniff::describe_unknown;
use super::sniff::recognise;
use super::sniff::unpack;
use crate::ChunkStream;
use crate::ConnectError;
use crate::ReadRequest;

/// Runs `work` in a thread for blocking work and gives what it puts into its [`Out`]. `work` decodes
/// the unit `name`; when it fails after something was read, the failure comes as
/// [`crate::Chunk::Skipped`], so that what was read stays; when nothing was, as an error.
pub fn stream(
    name: &str,
    request: &ReadRequest,
    work: impl FnOnce(&mut Out) -> Result<(), ConnectError> + Send + 'static,
) -> ChunkStream {
    let (sender, receiver) = mpsc::channel(CHUNKS_AHEAD);
    let mut out = Out::new(sender.clone(), request.clone());
    let name = name.to_owned();
    tokio::task::spawn_blocking(move || {
        let result = guarded(&name, || work(&mut out)).and_then(|()| out.end_complete());
        if let Err(error) = settle(&name, result, &mut out) {
            // Nobody may be listening any more; then there is nobody to tell.
            let _ = sender.blocking_send(Err(error));
        }
    });
    stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|chunk| (chunk, receiver)) }).boxed()
}

/// Reads `input` with the format that recognises it.
pub fn decode(input: Input<'_>, out: &mut Out) -> Result<(), ConnectError> {
    if input.size() == Some(0) {
        return Ok(());
    }
    if out.request().as_it_lies {
        unpack(&input.head()).decode(input, out)?;
        return out.end_complete();
    }
    match recognise(&input.head()) {
        Some(format) => format.decode(input, out)?,
        None => return Err(ConnectError::NotSupported { reason: describe_unknown(&input.head()) }),
    }
    out.end_complete()
}

/// Reads a member of an archive. Whatever is wrong with it is listed under its name, and the
/// archive goes on; only a request to stop comes back as an error.
pub fn decode_member(input: Input<'_>, out: &mut Out) -> Result<(), ConnectError> {
    let name = input.name().to_owned();
    match guarded(&name, || decode(input, out)) {
        Err(ConnectError::Cancelled) => Err(ConnectError::Cancelled),
        Err(error) => {
            out.end(None)?;
            out.skip(error.skip(name))
        }
        Ok(()) => Ok(()),
    }
}

/// A library that panics on a crafted file costs that file, not the scan.
fn guarded(name: &str, work: impl FnOnce() -> Result<(), ConnectError>) -> Result<(), ConnectError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(ConnectError::Internal {
            target: name.to_owned(),
            reason: "the reader of this format stumbled over it; please report a bug with the kind of file".into(),
        })
    })
}

/// Keeps what was read before a failure.
fn settle(name: &str, result: Result<(), ConnectError>, out: &mut Out) -> Result<(), ConnectError> {
    match result {
        Err(ConnectError::Cancelled) => Err(ConnectError::Cancelled),
        Err(error) if out.begun() > 0 => {
            out.end(None)?;
            out.skip(error.skip(name))
        }
        other => other,
    }
}

/// Batches that may wait for the consumer. With batches of 1 MiB this is what reading ahead costs.
const CHUNKS_AHEAD: usize = 2;
