//! What a file system keeps of a file that was removed: nobody can take that out from here, so it is told.

use std::path::Path;

use dataward_model::ErasureLevel;

use crate::scrub::Limit;

/// File systems on which other copies of a removed file stay or may stay, and what they are.
const KEEPING: &[(&str, &str)] = &[
    ("bcachefs", "snapshots may hold it"),
    ("btrfs", "snapshots, and blocks shared with other files, may hold it"),
    ("ceph", "snapshots and replicas may hold it"),
    ("cifs", "the server's own copies and its recycle folder may hold it"),
    ("fuse.sshfs", "the server's own copies may hold it"),
    ("nfs", "the server's own snapshots may hold it"),
    ("nfs4", "the server's own snapshots may hold it"),
    ("overlay", "a lower layer (of a container's image) may hold it"),
    ("smb3", "the server's own copies and its recycle folder may hold it"),
    ("zfs", "snapshots may hold it"),
];

/// The file system below a path, by the kernel's own word.
pub(super) fn file_system(path: &Path) -> Option<String> {
    let real = fs_err::canonicalize(path).ok()?;
    let table = fs_err::read_to_string("/proc/self/mountinfo").ok()?;
    kind_of(&table, &real)
}

fn kind_of(mounts: &str, path: &Path) -> Option<String> {
    let parse = |line: &str| {
        let (before, after) = line.split_once(" - ")?;
        let point = before.split(' ').nth(4)?.replace("\\040", " ");
        Some((point, after.split(' ').next()?.to_owned()))
    };
    let over = mounts.lines().filter_map(parse).filter(|(point, _)| path.starts_with(point));
    // The last one mounted over a point is the one that is seen.
    over.max_by_key(|(point, _)| point.len()).map(|(_, kind)| kind)
}

/// The best level that can be claimed for a removed file at `path`, where it is lower than L2.
pub(in crate::files) fn kept_by(path: &Path) -> Option<Limit> {
    limit(file_system(path).as_deref())
}

fn limit(kind: Option<&str>) -> Option<Limit> {
    let reason = match kind {
        None => "the file system is not known: other copies may hold it".to_owned(),
        Some(kind) => {
            let (_, why) = KEEPING.iter().find(|(known, _)| *known == kind)?;
            format!("the file system is {kind}: {why}")
        }
    };
    Some(Limit { level: ErasureLevel::L1, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_systems_that_keep_copies_lower_what_is_claimed() {
        let mounts = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 22 0:40 / /srv/my\\040data rw - btrfs /dev/sdb rw\n";
        let level = |path: &str| limit(kind_of(mounts, Path::new(path)).as_deref()).map(|limit| limit.level);
        assert_eq!(level("/srv/my data/a"), Some(ErasureLevel::L1));
        assert_eq!(level("/srv/other"), None);
        assert_eq!(limit(None).map(|limit| limit.level), Some(ErasureLevel::L1));
    }
}
