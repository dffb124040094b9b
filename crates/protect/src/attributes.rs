//! What a file is besides its bytes: mode, owner, times, extended attributes.
//!
//! Mode, owner, times and access list stand on the sealed file as they stood on the plain one.
//! Extended attributes of users may be personal themselves, so they are sealed with the message and
//! kept in one attribute of the sealed file.

use std::collections::BTreeMap;
use std::fs::File;
use std::fs::FileTimes;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::fchown;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dataward_seal::esdk::Message;
use rustix::fs::XattrFlags;
use rustix::fs::fgetxattr;
use rustix::fs::flistxattr;
use rustix::fs::fsetxattr;
use rustix::io::Errno;

use crate::ProtectError;

/// Where the sealed attributes are kept.
const SEALED: &str = "user.dataward";
const ACCESS_LIST: &str = "system.posix_acl_access";
/// The kernel's limits for names and values.
const MOST_BYTES: usize = 64 << 10;

/// Copies mode, owner, access list and times.
pub(crate) fn copy_plain(from: &File, to: &File, place: &Path) -> Result<(), ProtectError> {
    let failed = || ProtectError::io("keep mode, owner and times of", place);
    let metadata = from.metadata().map_err(failed())?;
    let there = to.metadata().map_err(failed())?;
    if (metadata.uid(), metadata.gid()) != (there.uid(), there.gid()) {
        // Only root may give files away; who cannot keeps the file as their own, as `cp -p` does.
        let _ = fchown(to, Some(metadata.uid()), Some(metadata.gid()));
    }
    to.set_permissions(metadata.permissions()).map_err(failed())?;
    if let Some(list) = value(from, ACCESS_LIST, place)? {
        fsetxattr(to, ACCESS_LIST, &list, XattrFlags::empty())
            .map_err(ProtectError::rustix("keep the access list of", place))?;
    }
    let mut times = FileTimes::new();
    if let Ok(modified) = metadata.modified() {
        times = times.set_modified(modified);
    }
    if let Ok(accessed) = metadata.accessed() {
        times = times.set_accessed(accessed);
    }
    to.set_times(times).map_err(failed())
}

/// Seals the users' attributes of `from` with `message` onto `to`.
pub(crate) fn seal_users(from: &File, to: &File, message: &Message, place: &Path) -> Result<(), ProtectError> {
    let attributes = users(from, place)?;
    if attributes.is_empty() {
        return Ok(());
    }
    let text = serde_json::to_vec(&attributes).expect("names and base64 are JSON");
    let sealed = message.seal_attachment(&text).map_err(ProtectError::seal(place))?;
    fsetxattr(to, SEALED, &sealed, XattrFlags::empty())
        .map_err(|_| ProtectError::refused(place, "its extended attributes do not fit beside the sealed file"))
}

/// Opens the attributes that lie on `from` and puts them on `to`.
pub(crate) fn open_users(from: &File, to: &File, message: &Message, place: &Path) -> Result<(), ProtectError> {
    for (name, value) in sealed_users(from, message, place)? {
        let value = STANDARD.decode(value).unwrap_or_default();
        fsetxattr(to, name, &value, XattrFlags::empty())
            .map_err(ProtectError::rustix("keep the attributes of", place))?;
    }
    Ok(())
}

/// Moves the sealed attributes of one message to another one of the same file.
pub(crate) fn reseal_users(from: (&File, &Message), to: (&File, &Message), place: &Path) -> Result<(), ProtectError> {
    let attributes = sealed_users(from.0, from.1, place)?;
    if attributes.is_empty() {
        return Ok(());
    }
    let text = serde_json::to_vec(&attributes).expect("names and base64 are JSON");
    let sealed = to.1.seal_attachment(&text).map_err(ProtectError::seal(place))?;
    fsetxattr(to.0, SEALED, &sealed, XattrFlags::empty()).map_err(ProtectError::rustix("keep the attributes of", place))
}

fn sealed_users(from: &File, message: &Message, place: &Path) -> Result<BTreeMap<String, String>, ProtectError> {
    let Some(sealed) = value(from, SEALED, place)? else { return Ok(BTreeMap::new()) };
    let text = message.open_attachment(&sealed).map_err(ProtectError::seal(place))?;
    Ok(serde_json::from_slice(&text).unwrap_or_default())
}

/// The attributes of users, in base64.
fn users(file: &File, place: &Path) -> Result<BTreeMap<String, String>, ProtectError> {
    // Most files have none or few.
    let mut few = [0; 1024];
    let mut many = Vec::new();
    let names = match flistxattr(file, &mut few) {
        Ok(length) => &few[..length],
        Err(Errno::NOTSUP) => return Ok(BTreeMap::new()),
        Err(Errno::RANGE) => {
            many.resize(MOST_BYTES, 0);
            let length = flistxattr(file, &mut many);
            &many[..length.map_err(ProtectError::rustix("read the attributes of", place))?]
        }
        Err(error) => return Err(ProtectError::rustix("read the attributes of", place)(error)),
    };
    let mut found = BTreeMap::new();
    for name in names.split(|byte| *byte == 0) {
        let Ok(name) = std::str::from_utf8(name) else { continue };
        if name.starts_with("user.")
            && name != SEALED
            && let Some(value) = value(file, name, place)?
        {
            found.insert(name.to_owned(), STANDARD.encode(value));
        }
    }
    Ok(found)
}

fn value(file: &File, name: &str, place: &Path) -> Result<Option<Vec<u8>>, ProtectError> {
    let mut room = [0; 1024];
    let long;
    let value = match fgetxattr(file, name, &mut room) {
        Ok(length) => room.get(..length),
        Err(Errno::NODATA | Errno::NOTSUP) => return Ok(None),
        Err(Errno::RANGE) => {
            let mut whole = vec![0; MOST_BYTES];
            let length =
                fgetxattr(file, name, &mut whole).map_err(ProtectError::rustix("read the attributes of", place))?;
            whole.truncate(length);
            long = whole;
            Some(long.as_slice())
        }
        Err(error) => return Err(ProtectError::rustix("read the attributes of", place)(error)),
    };
    Ok(value.map(<[u8]>::to_vec))
}
