//! Files of a store on this machine, read block by block.

use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use super::raw::OVERLAP;
use super::raw::RawClass;
use super::raw::RawPart;
use super::raw::RawReport;
use super::raw::Watch;

/// Bytes read at a time; a multiple of every engine's page.
const BLOCK: usize = 1 << 20;

/// The folder of a store.
#[derive(Clone, Debug)]
pub(crate) struct LocalFiles {
    root: PathBuf,
}

impl LocalFiles {
    pub(crate) fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Whether the folder can be listed by us.
    pub(crate) fn is_readable(&self) -> bool {
        fs_err::read_dir(&self.root).is_ok()
    }

    /// Shows the file `name`, relative to the folder or absolute, to `watch`, and each block of whole pages
    /// to `unpack`. A file that is not there (any more) is nothing: engines remove files at any time. One
    /// that cannot be read is a blind spot.
    pub(crate) fn show(&self, part: RawPart, watch: &dyn Watch, mut unpack: impl FnMut(&[u8]), report: &mut RawReport) {
        match read_blocks(&self.root.join(&part.name), |fresh, block| {
            watch.look(&part, block);
            unpack(fresh);
        }) {
            Ok(bytes) => report.parts.push((part, bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let level = part.class.level();
                report.blind(level, format!("`{}` could not be read ({})", part.name, error.kind()));
            }
        }
    }

    /// The names of the files in `folder` (relative to ours, or absolute) that `wanted` says, sorted.
    pub(crate) fn names(&self, folder: &str, wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let path = self.root.join(folder);
        let Ok(entries) = fs_err::read_dir(&path) else { return Vec::new() };
        let mut names: Vec<String> = entries
            .flatten()
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| wanted(name))
            .map(|name| if folder.is_empty() { name } else { Path::new(folder).join(name).display().to_string() })
            .collect();
        names.sort_unstable();
        names
    }

    /// Shows all files of `folder` that `wanted` says.
    pub(crate) fn show_all(
        &self,
        class: RawClass,
        folder: &str,
        wanted: impl Fn(&str) -> bool,
        watch: &dyn Watch,
        report: &mut RawReport,
    ) {
        for name in self.names(folder, wanted) {
            self.show(RawPart { class, name, table: None }, watch, |_| {}, report);
        }
    }
}

/// Calls `look` with each block as it was read, and the same with the end of the block before in front.
fn read_blocks(path: &Path, mut look: impl FnMut(&[u8], &[u8])) -> std::io::Result<u64> {
    let mut file = fs_err::File::open(path)?;
    let mut buffer = vec![0_u8; OVERLAP + BLOCK];
    let (mut kept, mut total) = (0, 0_u64);
    loop {
        let mut filled = kept;
        while filled < kept + BLOCK {
            match file.read(&mut buffer[filled..kept + BLOCK]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if filled == kept {
            return Ok(total);
        }
        total += (filled - kept) as u64;
        look(&buffer[kept..filled], &buffer[..filled]);
        let keep = OVERLAP.min(filled);
        buffer.copy_within(filled - keep..filled, 0);
        kept = keep;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    struct Finds(&'static [u8], Mutex<usize>);

    impl Watch for Finds {
        fn look(&self, _: &RawPart, block: &[u8]) {
            *self.1.lock().unwrap() += block.windows(self.0.len()).filter(|window| *window == self.0).count();
        }
    }

    #[test]
    fn a_value_that_is_cut_by_a_block_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        for at in [BLOCK - 4, BLOCK, 2 * BLOCK - 1] {
            let mut bytes = vec![b'.'; 3 * BLOCK];
            bytes[at..at + 13].copy_from_slice(b"ada@lantern.x");
            fs_err::write(folder.path().join("f"), bytes).unwrap();
            let watch = Finds(b"ada@lantern.x", Mutex::new(0));
            let part = RawPart { class: RawClass::Table, name: "f".into(), table: None };
            let mut report = RawReport::default();
            LocalFiles::new(folder.path()).show(part, &watch, |_| {}, &mut report);
            assert!(*watch.1.lock().unwrap() >= 1, "at {at}");
            assert_eq!(report.parts[0].1, 3 * BLOCK as u64);
        }
    }
}
