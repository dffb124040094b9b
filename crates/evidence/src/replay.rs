//! Going through a log from its first entry on: everything is computed again and compared.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashSet;
use std::io;

use tlog_tiles::Hash;
use tlog_tiles::record_hash;

use crate::disk::Disk;
use crate::layout;
use crate::layout::decode_bundle;
use crate::layout::entries_path;
use crate::layout::tile_path;
use crate::tree::Edge;
use crate::tree::Tile;
use crate::verify::Fault;

/// What going through a log gave.
pub(crate) struct Replay {
    /// The right edge after the last entry.
    pub(crate) edge: Edge,
    /// The entries of the bundle that is not full.
    pub(crate) open_bundle: Vec<Vec<u8>>,
    /// The root hashes at the sizes that were asked for.
    pub(crate) roots: BTreeMap<u64, Hash>,
    /// What is wrong, in the order of the log.
    pub(crate) faults: Vec<Fault>,
    /// Files that no head needs: of an append that was cut off, or not ours.
    pub(crate) leftovers: Vec<String>,
}

/// Goes through the first `size` entries, whose root hash was signed as `root`.
pub(crate) fn replay(disk: &impl Disk, size: u64, root: Hash, wanted: &BTreeSet<u64>) -> io::Result<Replay> {
    let expected: HashSet<String> = layout::expected_files(size).into_iter().collect();
    let known = [layout::CHECKPOINT, layout::VERIFIER_KEY, layout::PUBLIC_KEY];
    let leftovers =
        disk.list()?.into_iter().filter(|file| !expected.contains(file) && !known.contains(&file.as_str())).collect();
    let mut open_bundle = Vec::new();
    let mut entry_faults = Vec::new();
    let mut by_entries = Side::new(wanted);
    // Follows the leaf hashes in the tiles, from where they first differ from the entries.
    let mut by_tiles: Option<Side> = None;
    for (index, width) in layout::row(size) {
        let bundle_path = entries_path(index, width);
        let leaf_path = tile_path(0, index, width);
        let entries = disk.read(&bundle_path).ok().and_then(|bundle| decode_bundle(&bundle, width));
        let tile = disk.read(&leaf_path).ok().and_then(|tile| hashes_of(&tile, width));
        if let Some(entries) = entries.as_ref().filter(|_| width < layout::WIDTH) {
            open_bundle.clone_from(entries);
        }
        let computed = entries.map(|entries| entries.iter().map(|entry| record_hash(entry)).collect::<Vec<_>>());
        if computed != tile && by_tiles.is_none() {
            by_tiles = Some(by_entries.clone());
        }
        entry_faults.extend(differences(&bundle_path, index, computed.as_deref(), tile.as_deref()));
        let stand_in = vec![Hash([0; 32]); usize::try_from(width).unwrap_or_default()];
        by_entries.push(disk, computed.as_ref().or(tile.as_ref()).unwrap_or(&stand_in));
        if let Some(side) = &mut by_tiles {
            side.push(disk, tile.as_ref().or(computed.as_ref()).unwrap_or(&stand_in));
        }
    }
    // Where entries and tiles differ, the signed root says which of them is right.
    let mut by_tiles = by_tiles.filter(|side| side.edge.root() == root);
    let mut faults = Vec::new();
    if by_entries.edge.root() == root {
        let unreadable = entry_faults.into_iter().filter(|fault| fault.index.is_none());
        faults.extend(unreadable);
        by_entries.finish(disk);
    } else if let Some(side) = &mut by_tiles {
        faults.append(&mut entry_faults);
        side.finish(disk);
    } else {
        faults.append(&mut entry_faults);
        by_entries.finish(disk);
        let what = format!("its root hash is not that of the {size} entries");
        faults.push(Fault { file: layout::CHECKPOINT.to_owned(), index: None, what });
    }
    let side = by_tiles.filter(|_| by_entries.edge.root() != root).unwrap_or(by_entries);
    faults.extend(side.faults);
    Ok(Replay { edge: side.edge, open_bundle, roots: side.roots, faults, leftovers })
}

/// A tree that grows, with the tiles compared on the way.
#[derive(Clone)]
struct Side<'a> {
    edge: Edge,
    wanted: &'a BTreeSet<u64>,
    roots: BTreeMap<u64, Hash>,
    faults: Vec<Fault>,
}

impl<'a> Side<'a> {
    fn new(wanted: &'a BTreeSet<u64>) -> Self {
        let mut side = Self { edge: Edge::default(), wanted, roots: BTreeMap::new(), faults: Vec::new() };
        side.note_root();
        side
    }

    fn push(&mut self, disk: &impl Disk, leaves: &[Hash]) {
        let mut full = Vec::new();
        for leaf in leaves {
            self.edge.push(*leaf, &mut full);
            self.note_root();
        }
        for tile in full {
            self.faults.extend(compare_tile(disk, &tile));
        }
    }

    fn note_root(&mut self) {
        if self.wanted.contains(&self.edge.size()) {
            self.roots.insert(self.edge.size(), self.edge.root());
        }
    }

    fn finish(&mut self, disk: &impl Disk) {
        for tile in self.edge.partial_tiles() {
            self.faults.extend(compare_tile(disk, &tile));
        }
    }
}

fn hashes_of(tile: &[u8], width: u64) -> Option<Vec<Hash>> {
    let (hashes, rest) = tile.as_chunks::<32>();
    (rest.is_empty() && hashes.len() as u64 == width).then(|| hashes.iter().map(|hash| Hash(*hash)).collect())
}

/// What is wrong with a bundle if the tile above it is right.
fn differences(path: &str, bundle: u64, computed: Option<&[Hash]>, tile: Option<&[Hash]>) -> Vec<Fault> {
    let fault = |index, what: &str| Fault { file: path.to_owned(), index, what: what.to_owned() };
    match (computed, tile) {
        (None, _) => vec![fault(None, "it is missing, cannot be read, or has not the right number of entries")],
        (Some(computed), Some(tile)) => computed
            .iter()
            .zip(tile)
            .zip(0_u64..)
            .filter(|((one, other), _)| one != other)
            .map(|(_, place)| fault(Some(bundle * layout::WIDTH + place), "the entry is not the one that was logged"))
            .collect(),
        (Some(_), None) => Vec::new(),
    }
}

fn compare_tile(disk: &impl Disk, tile: &Tile) -> Option<Fault> {
    let path = tile_path(tile.level, tile.index, tile.hashes.len() as u64);
    let what = match disk.read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => "it is missing".to_owned(),
        Err(error) => format!("it cannot be read: {}", error.kind()),
        Ok(bytes) if bytes == tile.to_bytes() => return None,
        Ok(bytes) if bytes.len() != tile.hashes.len() * 32 => {
            format!("it has {} bytes, not {}", bytes.len(), tile.hashes.len() * 32)
        }
        Ok(bytes) => {
            let place = bytes.iter().zip(tile.to_bytes()).take_while(|(one, other)| **one == *other).count() / 32;
            format!("hash {place} in it is not that of what lies below")
        }
    };
    Some(Fault { file: path, index: None, what })
}
