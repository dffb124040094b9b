//! The same content for other recipients.
//!
//! The body is sealed again under a fresh data key, frame by frame in memory, without plaintext on any disk.
//! Changing the header alone is not safe in this format: the header's tag is made with the message
//! key and a nonce of zeros, so two headers of one message would use one nonce twice, which gives
//! whoever has seen both the key to forge frames (docs/decisions/0011-rewrap-seals-anew.md). It would
//! also leave the data key with those who were taken out.

use std::path::Path;

use crate::KeyRing;
use crate::ProtectError;
use crate::attributes;
use crate::file;
use crate::file::Watch;
use crate::in_place::Identity;
use crate::in_place::Outcome;
use crate::place;
use crate::place::Unfinished;

/// Seals `path` anew for those who its class is sealed for now, unless it is sealed for just them.
///
/// # Errors
/// When any step fails: the file is then as it was.
pub fn rewrap(path: &Path, keys: &KeyRing, threads: usize, watch: &Watch) -> Result<Outcome, ProtectError> {
    let source = place::open_plain(path)?;
    let mut first = std::io::BufReader::new(&source);
    let old = keys.open(&mut first).map_err(ProtectError::seal(path))?;
    let sealing = keys.anew(&old).map_err(ProtectError::seal(path))?;
    if sealing.is_current(&old) {
        return Ok(Outcome::Current { path: path.to_owned(), class: sealing.class().map(str::to_owned) });
    }
    let before = Identity::of(&source, path)?;
    let new = sealing.begin().map_err(ProtectError::seal(path))?;
    let unfinished = Unfinished::beside(path)?;
    let bytes = file::reseal((&source, path), &unfinished.file, (&old, &new), threads, watch)?;
    attributes::reseal_users((&source, &old), (&unfinished.file, &new), path)?;
    attributes::copy_plain(&source, &unfinished.file, path)?;
    unfinished.file.sync_all().map_err(ProtectError::io("sync the new copy of", path))?;
    let copy = (&unfinished.file, unfinished.path());
    let (_, read_back) = file::open(copy, keys, threads, &Watch::default(), &|_, _| Ok(()))?;
    if read_back != bytes {
        return Err(ProtectError::refused(path, "what was read back is shorter or longer"));
    }
    if Identity::at(path)? != before {
        return Err(ProtectError::refused(
            path,
            "it changed while it was sealed anew; run again when nobody writes to it",
        ));
    }
    unfinished.replace(path)?;
    place::sync_folder(path)?;
    Ok(Outcome::Done { path: path.to_owned(), bytes, class: sealing.class().map(str::to_owned) })
}
