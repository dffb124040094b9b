//! Sealing a file anew for other recipients.
//!
//! The body is sealed again under a fresh data key, frame by frame, without plaintext on any disk.
//! Changing the header alone is not safe in this format: the header's tag is made with the message
//! key and a nonce of zeros, so two headers of one message would use one nonce twice, which gives
//! whoever has seen both the key to forge frames (docs/decisions/0011-rewrap-seals-anew.md). It would
//! also leave the data key with those who were taken out.

use std::os::unix::fs::FileExt;
use std::path::Path;

use dataward_seal::esdk::Layout;

use crate::KeyRing;
use crate::ProtectError;
use crate::attributes;
use crate::file;
use crate::file::Watch;
use crate::in_place::Outcome;
use crate::place;
use crate::place::Unfinished;

/// Seals `path` anew for the recipients of `keys`, unless it is sealed for just them.
///
/// # Errors
/// When any step fails: the file is then as it was.
pub fn rewrap(path: &Path, keys: &KeyRing, threads: usize, watch: &Watch) -> Result<Outcome, ProtectError> {
    let source = place::open_plain(path)?;
    let mut first = std::io::BufReader::new(&source);
    let old = keys.open(&mut first).map_err(ProtectError::seal(path))?;
    if keys.is_current(&old) {
        return Ok(Outcome::Already);
    }
    let new = keys.begin().map_err(ProtectError::seal(path))?;
    let unfinished = Unfinished::beside(path)?;
    let length = plain_length((&source, path), keys, threads)?;
    let header = new.header.to_bytes();
    let layout = Layout::new(header.len() as u64, 65_536, length).map_err(ProtectError::seal(path))?;
    let failed = || ProtectError::io("write the new copy of", path);
    unfinished.file.write_all_at(&header, 0).map_err(failed())?;
    if length == 0 {
        let mut frame = vec![0; layout.sealed_bytes_in(0)];
        layout.seal_frame(&new.key, 0, &mut frame).map_err(ProtectError::seal(path))?;
        unfinished.file.write_all_at(&frame, layout.offset(0)).map_err(failed())?;
    }
    let whole_frames = |offset: u64, text: &[u8]| {
        // Pieces of messages of ours are whole frames; those of others are cut as theirs are.
        if !offset.is_multiple_of(65_536) || (text.len() != 65_536 && offset + text.len() as u64 != length) {
            return Err(ProtectError::refused(path, "its frames are not of 64 KiB: decrypt and encrypt it"));
        }
        if text.is_empty() {
            return Ok(());
        }
        let index = offset / 65_536;
        let mut frame = vec![0; layout.sealed_bytes_in(index)];
        let at = layout.text_at(index);
        frame[at..at + text.len()].copy_from_slice(text);
        layout.seal_frame(&new.key, index, &mut frame).map_err(ProtectError::seal(path))?;
        unfinished.file.write_all_at(&frame, layout.offset(index)).map_err(failed())
    };
    let (old, bytes) = file::open((&source, path), keys, threads, watch, &whole_frames)?;
    attributes::reseal_users((&source, &old), (&unfinished.file, &new), path)?;
    attributes::copy_plain(&source, &unfinished.file, path)?;
    unfinished.file.sync_all().map_err(ProtectError::io("sync the new copy of", path))?;
    let read_back = plain_length((&unfinished.file, unfinished.path()), keys, threads)?;
    if read_back != bytes {
        return Err(ProtectError::refused(path, "what was read back is shorter or longer"));
    }
    unfinished.replace(path)?;
    place::sync_folder(path)?;
    Ok(Outcome::Done { path: path.to_owned(), bytes })
}

/// Opens a sealed file whole, to know that it opens and how long it is.
fn plain_length(sealed: (&std::fs::File, &Path), keys: &KeyRing, threads: usize) -> Result<u64, ProtectError> {
    file::open(sealed, keys, threads, &Watch::default(), &|_, _| Ok(())).map(|(_, length)| length)
}
