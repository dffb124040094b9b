//! Writing the log.
//!
//! Entries and tiles reach the disk before the head that covers them is signed, and the head takes
//! the place of the old one by a rename. So whatever happens, the head in place is whole and so is
//! all that it covers; what an append left behind that was cut off is removed at the next opening.

use std::collections::BTreeSet;
use std::collections::HashSet;
use std::io;
use std::ops::Range;
use std::path::Path;

use tlog_tiles::EMPTY_HASH;
use tlog_tiles::Hash;
use tlog_tiles::record_hash;

use crate::Entry;
use crate::EvidenceError;
use crate::Proof;
use crate::Signer;
use crate::TreeHead;
use crate::VerifierKey;
use crate::disk::Disk;
use crate::disk::Folder;
use crate::head::KnownHead;
use crate::layout;
use crate::layout::WIDTH;
use crate::layout::entries_path;
use crate::layout::tile_path;
use crate::reader;
use crate::replay::replay;
use crate::tree::Edge;
use crate::verify::key_faults;

/// A log opened for writing. One process at a time holds it.
#[derive(Debug)]
pub struct Log<D = Folder> {
    disk: D,
    signer: Signer,
    head: TreeHead,
    edge: Edge,
    /// The entries of the bundle that is not full.
    open_bundle: Vec<Vec<u8>>,
    /// An append failed after its head was signed: that head must never be signed differently.
    must_reopen: bool,
}

/// That an entry is in the log, and which signed head covers it.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    /// The entry's index, from 0.
    pub index: u64,
    /// Entries in the log when the head was signed.
    pub size: u64,
    /// The root hash of that head; prints as base64.
    pub root: Hash,
}

impl Log<Folder> {
    /// Opens the log in `folder`, beginning one where there is none, and goes through all of it.
    ///
    /// `known` are heads that were kept elsewhere (in the state, in reports): the log must be a
    /// continuation of each. Refuses a log that is damaged, rewound, forked or of another key.
    pub fn open(folder: &Path, signer: Signer, known: &[KnownHead]) -> Result<Self, EvidenceError> {
        Self::open_on(Folder::lock(folder)?, signer, known)
    }
}

impl<D: Disk> Log<D> {
    /// As [`Log::open`], on any [`Disk`].
    pub fn open_on(mut disk: D, signer: Signer, known: &[KnownHead]) -> Result<Self, EvidenceError> {
        let head = match begin_or_recover(&mut disk, &signer) {
            Ok(head) => head,
            Err(error) => return Err(error.of(&disk)),
        };
        let wanted: BTreeSet<u64> = known.iter().map(|known| known.size).collect();
        let replay = replay(&disk, head.size, head.root, &wanted)
            .map_err(|error| Failure::from(("read the evidence log", "", error)).of(&disk))?;
        let folder = disk.folder().to_owned();
        if let Some(fault) = key_faults(&disk, &signer.verifier_key()).iter().chain(&replay.faults).next() {
            return Err(EvidenceError::Damaged { folder, fault: fault.to_string() });
        }
        for known in known {
            match replay.roots.get(&known.size) {
                Some(root) if *root == known.root => {}
                Some(_) => return Err(EvidenceError::Forked { folder, size: known.size }),
                None => return Err(EvidenceError::Rewound { folder, found: head.size, known: known.size }),
            }
        }
        let mut log =
            Self { disk, signer, head, edge: replay.edge, open_bundle: replay.open_bundle, must_reopen: false };
        log.remove_leftovers(&replay.leftovers)?;
        Ok(log)
    }

    /// The signed head.
    pub fn head(&self) -> &TreeHead {
        &self.head
    }

    /// Adds entries. After it came back they are on disk, under a signed head. All of them are
    /// added or none; many at once are much cheaper than one by one.
    pub fn append(&mut self, entries: &[Entry]) -> Result<Vec<Receipt>, EvidenceError> {
        if self.must_reopen {
            return Err(EvidenceError::Reopen { folder: self.disk.folder().to_owned() });
        }
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let grown = self.grow(entries);
        write_synced(&mut self.disk, &grown.bundles).map_err(|error| error.of(&self.disk))?;
        write_synced(&mut self.disk, &grown.tiles).map_err(|error| error.of(&self.disk))?;
        let head = self.signer.sign(grown.edge.size(), grown.edge.root())?;
        self.must_reopen = true;
        publish(&mut self.disk, &head).map_err(|error| error.of(&self.disk))?;
        let before = std::mem::replace(&mut self.head, head);
        self.edge = grown.edge;
        self.open_bundle = grown.open_bundle;
        self.must_reopen = false;
        self.remove_old_partials(before.size);
        let receipt = |index| Receipt { index, size: self.head.size, root: self.head.root };
        Ok((before.size..self.head.size).map(receipt).collect())
    }

    /// A proof that the entry with this index is in the log.
    pub fn proof(&self, index: u64) -> Result<Proof, EvidenceError> {
        reader::prove(&self.disk, &self.head, index)
    }

    /// The entries with these indices, from 0; those past the end are left out.
    pub fn show(&self, range: Range<u64>) -> Result<Vec<(u64, Entry)>, EvidenceError> {
        reader::read_entries(&self.disk, self.head.size, range)
    }

    /// The files that change when `entries` are added.
    fn grow(&self, entries: &[Entry]) -> Grown {
        let (mut edge, mut open_bundle) = (self.edge.clone(), self.open_bundle.clone());
        let (mut full, mut bundles) = (Vec::new(), Vec::new());
        for entry in entries {
            edge.push(record_hash(entry.bytes()), &mut full);
            open_bundle.push(entry.bytes().to_vec());
            if open_bundle.len() as u64 == WIDTH {
                bundles.push((entries_path(edge.size() / WIDTH - 1, WIDTH), layout::encode_bundle(&open_bundle)));
                open_bundle.clear();
            }
        }
        if !open_bundle.is_empty() {
            let path = entries_path(edge.size() / WIDTH, open_bundle.len() as u64);
            bundles.push((path, layout::encode_bundle(&open_bundle)));
        }
        let unchanged: HashSet<String> = self.partial_paths(self.head.size).collect();
        let tiles = full
            .into_iter()
            .chain(edge.partial_tiles())
            .map(|tile| (tile_path(tile.level, tile.index, tile.hashes.len() as u64), tile.to_bytes()))
            .filter(|(path, _)| !unchanged.contains(path))
            .collect();
        Grown { edge, open_bundle, bundles, tiles }
    }

    /// The partial tile of each level and the partial bundle of a log of `size` entries.
    fn partial_paths(&self, size: u64) -> impl Iterator<Item = String> + use<D> {
        let bundle = (!size.is_multiple_of(WIDTH)).then(|| entries_path(size / WIDTH, size % WIDTH));
        let rows = (0_u8..).map_while(move |level| size.checked_shr(8 * u32::from(level)).map(|row| (level, row)));
        let tiles = rows
            .take_while(|(_, row)| *row > 0)
            .filter(|(_, row)| !row.is_multiple_of(WIDTH))
            .map(|(level, row)| tile_path(level, row / WIDTH, row % WIDTH));
        bundle.into_iter().chain(tiles)
    }

    /// Larger ones have taken their place. What cannot be removed is tried again at the next
    /// opening: it harms nobody.
    fn remove_old_partials(&mut self, size_before: u64) {
        let current: HashSet<String> = self.partial_paths(self.head.size).collect();
        for path in self.partial_paths(size_before).filter(|path| !current.contains(path)) {
            if self.disk.remove(&path).is_err() {
                return;
            }
        }
    }

    fn remove_leftovers(&mut self, leftovers: &[String]) -> Result<(), EvidenceError> {
        // Anything else in the folder is not ours to remove.
        let ours = |path: &&String| path.starts_with("tile/") || *path == layout::CHECKPOINT_NEXT;
        for path in leftovers.iter().filter(ours) {
            self.disk.remove(path).map_err(|error| Failure::from(("clean up", path.as_str(), error)).of(&self.disk))?;
        }
        Ok(())
    }
}

struct Grown {
    edge: Edge,
    open_bundle: Vec<Vec<u8>>,
    bundles: Vec<(String, Vec<u8>)>,
    tiles: Vec<(String, Vec<u8>)>,
}

/// Finds the head in place. Begins an empty log; completes an append whose head was signed.
fn begin_or_recover<D: Disk>(disk: &mut D, signer: &Signer) -> Result<TreeHead, Failure> {
    let key = signer.verifier_key();
    let in_place = read_if_there(disk, layout::CHECKPOINT)?;
    let head = match &in_place {
        Some(note) => Some(TreeHead::parse(note, &key).map_err(|error| unreadable_head(disk, note, &key, &error))?),
        None => None,
    };
    // Complete means signed: it counts, since someone may have seen it. Torn means that nobody did.
    let next = read_if_there(disk, layout::CHECKPOINT_NEXT)?.and_then(|note| TreeHead::parse(&note, &key).ok());
    if let Some(next) = next
        && head.as_ref().is_none_or(|head| next.size > head.size)
    {
        put_in_place(disk)?;
        return Ok(next);
    }
    if let Some(head) = head {
        return Ok(head);
    }
    let files = disk.list().map_err(|error| Failure::from(("read the evidence log", "", error)))?;
    if files.iter().any(|file| file.starts_with("tile/")) {
        let fault = "the file `checkpoint` is missing".to_owned();
        return Err(EvidenceError::Damaged { folder: disk.folder().to_owned(), fault }.into());
    }
    let keys = [
        (layout::VERIFIER_KEY.to_owned(), format!("{key}\n").into_bytes()),
        (layout::PUBLIC_KEY.to_owned(), key.public_key_pem().into_bytes()),
    ];
    write_synced(disk, &keys)?;
    let head = signer.sign(0, EMPTY_HASH)?;
    publish(disk, &head)?;
    Ok(head)
}

/// A head that our key does not fit: of another key, or damaged.
fn unreadable_head(disk: &impl Disk, note: &[u8], ours: &VerifierKey, error: &EvidenceError) -> EvidenceError {
    let folder = disk.folder().to_owned();
    let theirs = disk.read(layout::VERIFIER_KEY).ok().and_then(|text| String::from_utf8(text).ok());
    match theirs.and_then(|text| VerifierKey::parse(&text).ok()) {
        Some(theirs) if theirs != *ours && TreeHead::parse(note, &theirs).is_ok() => EvidenceError::OtherKey { folder },
        _ => EvidenceError::Damaged { folder, fault: format!("`checkpoint`: {error}") },
    }
}

fn read_if_there(disk: &impl Disk, path: &'static str) -> Result<Option<Vec<u8>>, Failure> {
    match disk.read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::from(("read", path, error))),
    }
}

fn write_synced(disk: &mut impl Disk, files: &[(String, Vec<u8>)]) -> Result<(), Failure> {
    let failed = |path: &str, error| Failure::from(("write", path, error));
    for (path, content) in files {
        disk.write(path, content).map_err(|error| failed(path, error))?;
    }
    for (path, _) in files {
        disk.sync_file(path).map_err(|error| failed(path, error))?;
    }
    let mut synced = HashSet::new();
    for (path, _) in files {
        if synced.insert(path.rsplit_once('/').map(|(folder, _)| folder)) {
            disk.sync_folder_of(path).map_err(|error| failed(path, error))?;
        }
    }
    Ok(())
}

fn publish(disk: &mut impl Disk, head: &TreeHead) -> Result<(), Failure> {
    write_synced(disk, &[(layout::CHECKPOINT_NEXT.to_owned(), head.note.clone().into_bytes())])?;
    put_in_place(disk)
}

fn put_in_place(disk: &mut impl Disk) -> Result<(), Failure> {
    let renamed = disk.rename(layout::CHECKPOINT_NEXT, layout::CHECKPOINT);
    renamed
        .and_then(|()| disk.sync_folder_of(layout::CHECKPOINT))
        .map_err(|error| Failure::from(("write", layout::CHECKPOINT, error)))
}

/// A failure that does not know its folder yet.
enum Failure {
    Disk { doing: &'static str, path: String, error: io::Error },
    Other(EvidenceError),
}

impl From<(&'static str, &str, io::Error)> for Failure {
    fn from((doing, path, error): (&'static str, &str, io::Error)) -> Self {
        Self::Disk { doing, path: path.to_owned(), error }
    }
}

impl From<EvidenceError> for Failure {
    fn from(error: EvidenceError) -> Self {
        Self::Other(error)
    }
}

impl Failure {
    fn of(self, disk: &impl Disk) -> EvidenceError {
        match self {
            Self::Disk { doing, path, error } => EvidenceError::io(doing, &disk.folder().join(path), &error),
            Self::Other(error) => error,
        }
    }
}
