//! Who else on this machine can read a file, as its mode bits and those of the folders above say.
//! Access control lists and what a network server shares are not seen.

use std::collections::HashMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;

use crate::Exposure;

/// Looks at folders once each.
#[derive(Default)]
pub(super) struct Exposures {
    folders: HashMap<PathBuf, Exposure>,
}

impl Exposures {
    /// Who can read the file at the absolute `path`.
    pub(super) fn of_file(&mut self, path: &Path, metadata: &Metadata) -> Exposure {
        let itself = match metadata.mode() {
            mode if mode & 0o004 != 0 => Exposure::Everyone,
            mode if mode & 0o040 != 0 => Exposure::Group,
            _ => Exposure::Owner,
        };
        match path.parent() {
            Some(parent) => narrower(itself, self.through_folder(parent)),
            None => itself,
        }
    }

    /// Who gets through this folder and all above it.
    fn through_folder(&mut self, folder: &Path) -> Exposure {
        if let Some(known) = self.folders.get(folder) {
            return *known;
        }
        let itself = match fs_err::metadata(folder).map(|metadata| metadata.mode()) {
            Ok(mode) if mode & 0o001 != 0 => Exposure::Everyone,
            Ok(mode) if mode & 0o010 != 0 => Exposure::Group,
            _ => Exposure::Owner,
        };
        let exposure = match folder.parent() {
            Some(parent) => narrower(itself, self.through_folder(parent)),
            None => itself,
        };
        self.folders.insert(folder.to_owned(), exposure);
        exposure
    }
}

fn narrower(left: Exposure, right: Exposure) -> Exposure {
    match (left, right) {
        (Exposure::Owner, _) | (_, Exposure::Owner) => Exposure::Owner,
        (Exposure::Group, _) | (_, Exposure::Group) => Exposure::Group,
        (Exposure::Everyone, Exposure::Everyone) => Exposure::Everyone,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_as_open_as_the_most_closed_folder_above_it() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        let file = inner.join("cards.csv");
        fs_err::create_dir(&inner).unwrap();
        fs_err::write(&file, "x").unwrap();
        let set = |path: &Path, mode| fs_err::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        let cases = [
            (0o755, 0o755, 0o644, Exposure::Everyone),
            (0o755, 0o755, 0o640, Exposure::Group),
            (0o755, 0o755, 0o600, Exposure::Owner),
            (0o755, 0o750, 0o644, Exposure::Group),
            (0o700, 0o755, 0o666, Exposure::Owner),
            (0o751, 0o711, 0o604, Exposure::Everyone),
            (0o755, 0o755, 0o602, Exposure::Owner),
        ];
        for (outer_mode, inner_mode, file_mode, expected) in cases {
            set(folder.path(), outer_mode);
            set(&inner, inner_mode);
            set(&file, file_mode);
            let metadata = fs_err::metadata(&file).unwrap();
            let path = fs_err::canonicalize(&file).unwrap();
            assert_eq!(
                Exposures::default().of_file(&path, &metadata),
                expected,
                "{outer_mode:o} {inner_mode:o} {file_mode:o}"
            );
        }
        set(folder.path(), 0o700);
    }
}
