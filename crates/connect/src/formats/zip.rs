//! zip archives. The list at the end is checked before a library takes it into memory.

use std::borrow::Cow;
use std::io;
use std::io::BufReader;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

use super::Certainty;
use super::Format;
use super::Head;
use super::Input;
use super::Inside;
use super::Out;
use super::ReadAt;
use super::Seekable;
use super::limits::from_io;
use super::limits::human_bytes;
use super::limits::own_error;
use super::run::decode_member;
use crate::ConnectError;

/// zip, with whatever compression the library knows.
pub(super) struct Zip;

/// An archive whose list of members was read.
pub(super) type OpenZip = ZipArchive<BufReader<Seekable>>;

impl Format for Zip {
    fn name(&self) -> &'static str {
        "zip"
    }

    fn matches(&self, head: &Head<'_>) -> Certainty {
        let begins =
            head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") || head.starts_with(b"PK00PK\x03\x04");
        match begins {
            true => Certainty::Sure,
            // Self-extracting archives begin with a program.
            false if head.has_extension(&["zip"]) && head.text().is_none() => Certainty::Possible,
            false => Certainty::No,
        }
    }

    fn decode(&self, input: Input<'_>, out: &mut Out) -> Result<(), ConnectError> {
        let inside = input.inside()?;
        let at = input.into_random_access()?;
        match open_zip(at.clone(), inside.name()) {
            Ok(archive) => read_members(archive, &inside, out),
            Err(ConnectError::Malformed { .. }) => read_cut_off(at, &inside, out),
            Err(error) => Err(error),
        }
    }
}

/// Opens an archive after a look at how long its list of members is.
pub(super) fn open_zip(at: Arc<dyn ReadAt>, name: &str) -> Result<OpenZip, ConnectError> {
    let list_bytes = list_bytes(at.as_ref()).map_err(|error| from_io(name, &error))?;
    if list_bytes > MOST_LIST_BYTES {
        return Err(ConnectError::Limit {
            target: name.to_owned(),
            reason: format!(
                "its list of members is longer than {}; unpack it yourself and scan the folder",
                human_bytes(MOST_LIST_BYTES)
            ),
        });
    }
    ZipArchive::new(BufReader::new(Seekable::new(at))).map_err(|error| zip_error(name, &error))
}

/// Unpacks every member into nothing, to see that none blows up, before a library without limits of
/// its own gets the archive. What the list of members says of sizes is not to be trusted.
pub(super) fn try_unpacking(archive: &mut OpenZip, inside: &Inside) -> Result<(), ConnectError> {
    for index in 0..archive.len() {
        let member = archive.by_index(index).map_err(|error| zip_error(inside.name(), &error))?;
        let stored = Arc::new(AtomicU64::new(member.compressed_size()));
        let path = path_of(&member, index);
        let member = inside.member(&path, member, stored)?;
        // Sheets are streamed; what else is in a workbook is in memory as a whole.
        let factor = if path.starts_with("xl/worksheets/") { STREAMED_FACTOR } else { 1 };
        let limit = member.limits().document_bytes * factor;
        let read = io::copy(&mut member.into_read().take(limit + 1), &mut io::sink());
        if read.map_err(|error| from_io(inside.name(), &error))? > limit {
            return Err(ConnectError::Limit {
                target: inside.name().to_owned(),
                reason: format!(
                    "a part of it unpacks to more than {}; save it as CSV and scan that",
                    human_bytes(limit)
                ),
            });
        }
    }
    Ok(())
}

fn read_members(mut archive: OpenZip, inside: &Inside, out: &mut Out) -> Result<(), ConnectError> {
    for index in 0..archive.len() {
        out.check_cancelled()?;
        inside.budget().check(inside.name())?;
        let (path, stored) = match archive.by_index_raw(index) {
            Ok(member) if member.is_dir() => continue,
            Ok(member) if member.encrypted() => {
                let place = inside.member_name(&path_of(&member, index));
                let error = ConnectError::Denied {
                    target: place.clone(),
                    reason: "it is encrypted with a password; unpack it yourself to have it scanned".into(),
                };
                out.skip(error.skip(place))?;
                continue;
            }
            Ok(member) => (path_of(&member, index), member.compressed_size()),
            Err(error) => {
                let place = inside.member_name(&format!("member {}", index + 1));
                out.skip(zip_error(&place, &error).skip(place))?;
                continue;
            }
        };
        let place = inside.member_name(&path);
        let opened = archive.by_index(index).map_err(|error| zip_error(&place, &error));
        let member = opened.and_then(|member| inside.member(&path, member, Arc::new(AtomicU64::new(stored))));
        match member {
            Ok(member) => decode_member(member, out)?,
            Err(error) => out.skip(error.skip(place))?,
        }
    }
    Ok(())
}

/// The list at the end is missing: reads what the members say of themselves, one after the other.
fn read_cut_off(at: Arc<dyn ReadAt>, inside: &Inside, out: &mut Out) -> Result<(), ConnectError> {
    let cut_off = || ConnectError::Malformed {
        target: inside.name().to_owned(),
        reason: "its list of members is missing or damaged, so the archive was cut off or is still being written"
            .into(),
    };
    let mut reader = BufReader::new(Seekable::new(at));
    for index in 0.. {
        out.check_cancelled()?;
        inside.budget().check(inside.name())?;
        let Ok(Some(member)) = zip::read::read_zipfile_from_stream(&mut reader) else { return Err(cut_off()) };
        if member.is_dir() {
            continue;
        }
        let path = path_of(&member, index);
        let stored = Arc::new(AtomicU64::new(member.compressed_size()));
        match inside.member(&path, member, stored) {
            Ok(member) => decode_member(member, out)?,
            Err(error) => out.skip(error.skip(inside.member_name(&path)))?,
        }
    }
    Ok(())
}

/// The path of a member. Only ever shown.
fn path_of<R: Read>(member: &ZipFile<'_, R>, index: usize) -> String {
    member.name().map_or_else(|_| format!("member {}", index + 1), Cow::into_owned)
}

/// Makes an error of this room from the library's, whose message may quote names only.
pub(super) fn zip_error(target: &str, error: &ZipError) -> ConnectError {
    if let Some(own) = own_error(error) {
        return own.clone();
    }
    let target = target.to_owned();
    match error {
        ZipError::Io(error) => from_io(&target, error),
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => ConnectError::NotSupported {
            reason: "it is packed in a way that dataward cannot unpack; unpack it yourself and scan the result".into(),
        },
        _ => ConnectError::Malformed { target, reason: "the archive is damaged".into() },
    }
}

/// How long the list of members says it is (APPNOTE 4.3.16, 4.3.14); 0 when there is no list.
fn list_bytes(at: &dyn ReadAt) -> io::Result<u64> {
    let size = at.size();
    let start = size.saturating_sub(END_BYTES);
    let mut end = vec![0; (size - start) as usize];
    let mut filled = 0;
    while filled < end.len() {
        match at.read_at(start + filled as u64, &mut end[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    let number = |at: usize, bytes: usize| {
        let field = end.get(at..at + bytes).unwrap_or_default();
        field.iter().rev().fold(0u64, |number, byte| number << 8 | u64::from(*byte))
    };
    let Some(record) = memchr::memmem::rfind(&end, b"PK\x05\x06") else { return Ok(0) };
    let large = memchr::memmem::rfind(&end, b"PK\x06\x06");
    Ok(match (number(record + 12, 4), large) {
        (0xffff_ffff, Some(large)) => number(large + 40, 8),
        (bytes, _) => bytes,
    })
}

/// Where the record of the list can stand: before a comment of at most 64 KiB.
const END_BYTES: u64 = (64 << 10) + 22 + 20 + 56 + 64;
/// About 150,000 members.
const MOST_LIST_BYTES: u64 = 16 << 20;
/// What a sheet may unpack to, in [`super::Limits::document_bytes`].
const STREAMED_FACTOR: u64 = 32;
