//! Reading entries and making proofs, without key and lock.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use tlog_tiles::Hash;
use tlog_tiles::HashReader;
use tlog_tiles::split_stored_hash_index;

use crate::Entry;
use crate::EvidenceError;
use crate::Proof;
use crate::TreeHead;
use crate::VerifierKey;
use crate::disk::Disk;
use crate::disk::Folder;
use crate::layout;
use crate::layout::WIDTH;
use crate::layout::entries_path;
use crate::layout::tile_path;
use crate::tree::subtree_hash;

/// A log opened for reading, as its signed head says it is.
#[derive(Debug)]
pub struct LogReader {
    disk: Folder,
    head: TreeHead,
}

impl LogReader {
    /// Opens the log in `folder`; the signature of its head is checked with `key`.
    pub fn open(folder: &Path, key: &VerifierKey) -> Result<Self, EvidenceError> {
        let disk = Folder::open(folder);
        let note = disk
            .read(layout::CHECKPOINT)
            .map_err(|error| EvidenceError::io("read", &folder.join(layout::CHECKPOINT), &error))?;
        Ok(Self { head: TreeHead::parse(&note, key)?, disk })
    }

    /// The signed head.
    pub fn head(&self) -> &TreeHead {
        &self.head
    }

    /// The entries with these indices, from 0; those past the end are left out.
    pub fn show(&self, range: Range<u64>) -> Result<Vec<(u64, Entry)>, EvidenceError> {
        read_entries(&self.disk, self.head.size, range)
    }

    /// A proof that the entry with this index is in the log.
    pub fn proof(&self, index: u64) -> Result<Proof, EvidenceError> {
        prove(&self.disk, &self.head, index)
    }
}

pub(crate) fn read_entries(disk: &impl Disk, size: u64, range: Range<u64>) -> Result<Vec<(u64, Entry)>, EvidenceError> {
    let range = range.start..range.end.min(size);
    let mut found = Vec::new();
    for (bundle, width) in layout::row(size).skip_while(|(bundle, _)| (bundle + 1) * WIDTH <= range.start) {
        if bundle * WIDTH >= range.end {
            break;
        }
        let path = entries_path(bundle, width);
        let damaged =
            || EvidenceError::Damaged { folder: disk.folder().to_owned(), fault: format!("`{path}` cannot be read") };
        let bytes = disk.read(&path).map_err(|_| damaged())?;
        let entries = layout::decode_bundle(&bytes, width).ok_or_else(damaged)?;
        for (index, entry) in (bundle * WIDTH..).zip(entries).filter(|(index, _)| range.contains(index)) {
            found.push((index, Entry::new(entry)?));
        }
    }
    Ok(found)
}

pub(crate) fn prove(disk: &impl Disk, head: &TreeHead, index: u64) -> Result<Proof, EvidenceError> {
    if index >= head.size {
        return Err(EvidenceError::NoSuchEntry { index, size: head.size });
    }
    let tiles = Tiles { disk, size: head.size, cache: RefCell::default() };
    let hashes = tlog_tiles::prove_record(head.size, index, &tiles).map_err(|_| EvidenceError::Damaged {
        folder: disk.folder().to_owned(),
        fault: format!("a tile that proves entry {index} cannot be read"),
    })?;
    Ok(Proof { index, hashes, head: head.clone() })
}

/// Finds any hash of the tree in the tiles.
struct Tiles<'a, D> {
    disk: &'a D,
    size: u64,
    cache: RefCell<HashMap<(u8, u64), Vec<Hash>>>,
}

impl<D: Disk> HashReader for Tiles<'_, D> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        indexes
            .iter()
            .map(|index| {
                let (level, place) = split_stored_hash_index(*index);
                self.hash(level, place).ok_or(tlog_tiles::Error::InvalidTile)
            })
            .collect()
    }
}

impl<D: Disk> Tiles<'_, D> {
    /// The hash over leaves `place << level ..`, which lies in the tile eight levels at a time.
    fn hash(&self, level: u8, place: u64) -> Option<Hash> {
        let (tile_level, height) = (level / 8, level % 8);
        let first = place << height;
        let (index, start) = (first / WIDTH, usize::try_from(first % WIDTH).ok()?);
        let mut cache = self.cache.borrow_mut();
        let tile = match cache.entry((tile_level, index)) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(gap) => gap.insert(self.read(tile_level, index)?),
        };
        tile.get(start..start + (1 << height)).map(subtree_hash)
    }

    fn read(&self, level: u8, index: u64) -> Option<Vec<Hash>> {
        let in_level = self.size.checked_shr(8 * u32::from(level))?;
        let width = in_level.checked_sub(index * WIDTH)?.min(WIDTH);
        let bytes = self.disk.read(&tile_path(level, index, width)).ok()?;
        let (hashes, rest) = bytes.as_chunks::<32>();
        (rest.is_empty() && hashes.len() as u64 == width).then(|| hashes.iter().map(|hash| Hash(*hash)).collect())
    }
}
