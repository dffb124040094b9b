//! The disk below a path: dm-crypt (LUKS) by the kernel's own word, and file systems that encrypt.
//!
//! ZFS is asked through its own program, fscrypt through the attribute that the kernel shows of a folder.
//! Not seen: what a cloud or a disk does by itself.

use std::path::Path;
use std::path::PathBuf;

use rustix::fs::AtFlags;
use rustix::fs::StatxAttributes;
use rustix::fs::StatxFlags;

use super::Protection;

/// What encrypts the file system on which `path` lies; none where nothing is seen to.
pub fn storage_of(path: &Path) -> Option<Protection> {
    let real = fs_err::canonicalize(path).ok()?;
    fscrypt(&real).or_else(|| below(&real, Path::new("/")))
}

/// Folders and files with an encryption policy of the file system (ext4, F2FS, UBIFS: fscrypt) carry an
/// attribute that statx(2) shows.
fn fscrypt(path: &Path) -> Option<Protection> {
    let seen = rustix::fs::statx(rustix::fs::CWD, path, AtFlags::empty(), StatxFlags::BASIC_STATS).ok()?;
    let proof = || format!("the kernel marks {} as encrypted (statx)", path.display());
    seen.stx_attributes.contains(StatxAttributes::ENCRYPTED).then(|| Protection::whole("fscrypt", proof()))
}

/// The cipher of a ZFS dataset, as `zfs get` prints it: `off`, `on` or its name.
fn zfs(dataset: &str) -> Option<Protection> {
    let said = ["/usr/sbin/zfs", "/sbin/zfs", "/usr/bin/zfs"].iter().find_map(|program| {
        std::process::Command::new(program)
            .args(["get", "-H", "-o", "value", "encryption", "--", dataset])
            .output()
            .ok()
    })?;
    zfs_cipher(&String::from_utf8_lossy(&said.stdout), dataset)
}

fn zfs_cipher(said: &str, dataset: &str) -> Option<Protection> {
    let cipher = said.trim();
    let is_cipher = cipher == "on" || cipher.starts_with("aes-");
    is_cipher.then(|| Protection::whole("ZFS encryption", format!("`zfs get encryption {dataset}` says {cipher}")))
}

/// The same with another root for `/proc` and `/sys`, for tests.
fn below(path: &Path, root: &Path) -> Option<Protection> {
    let table = fs_err::read_to_string(root.join("proc/self/mountinfo")).ok()?;
    let mount = table.lines().filter_map(Mount::parse).filter(|mount| path.starts_with(&mount.point));
    // The last one mounted over a point is the one that is seen.
    let mount = mount.max_by_key(|mount| mount.point.as_os_str().len())?;
    let kinds = ["ecryptfs", "fuse.gocryptfs", "fuse.encfs", "fuse.cryfs", "fuse.securefs"];
    if let Some(kind) = kinds.iter().find(|kind| **kind == mount.kind) {
        let name = kind.trim_start_matches("fuse.");
        return Some(Protection::whole(name, format!("the file system at {} is {name}", mount.point.display())));
    }
    if mount.kind == "zfs" {
        return zfs(&mount.source);
    }
    let by_number = root.join("sys/dev/block").join(&mount.device);
    // Btrfs and others have numbers of their own; then the source names the device.
    let by_name = Path::new(&mount.source).strip_prefix("/dev").ok().map(|name| {
        let device = fs_err::canonicalize(root.join("dev").join(name)).unwrap_or_else(|_| PathBuf::from(name));
        root.join("sys/class/block").join(device.file_name().unwrap_or_default())
    });
    let crypt = [Some(by_number), by_name].into_iter().flatten().find_map(|folder| crypt_device(&folder, 0))?;
    Some(Protection::whole(crypt, format!("dm-crypt lies under the file system at {}", mount.point.display())))
}

struct Mount {
    /// `major:minor`.
    device: String,
    point: PathBuf,
    kind: String,
    source: String,
}

impl Mount {
    /// `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue` (proc(5)).
    fn parse(line: &str) -> Option<Self> {
        let (before, after) = line.split_once(" - ")?;
        let mut before = before.split(' ');
        let mut after = after.split(' ');
        Some(Self {
            device: before.nth(2)?.to_owned(),
            point: PathBuf::from(unescape(before.nth(1)?)),
            kind: after.next()?.to_owned(),
            source: unescape(after.next()?),
        })
    }
}

/// Blanks stand as `\040`.
fn unescape(text: &str) -> String {
    text.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
}

/// Devices on devices: LVM on LUKS on RAID is three.
const DEEPEST: usize = 8;

/// `LUKS2` when the device or one that it stands on is dm-crypt. A device on several (RAID) is encrypted
/// when all of them are.
fn crypt_device(folder: &Path, depth: usize) -> Option<String> {
    if depth > DEEPEST {
        return None;
    }
    if let Ok(id) = fs_err::read_to_string(folder.join("dm/uuid"))
        && let Some(rest) = id.trim().strip_prefix("CRYPT-")
    {
        return Some(rest.split('-').next().unwrap_or("dm-crypt").to_owned());
    }
    let mut found = None;
    for entry in fs_err::read_dir(folder.join("slaves")).ok()? {
        found = Some(crypt_device(&entry.ok()?.path(), depth + 1)?);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(mounts: &str, files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, content: &str| {
            let path = root.path().join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, content).unwrap();
        };
        write("proc/self/mountinfo", mounts);
        files.iter().for_each(|(path, content)| write(path, content));
        root
    }

    const MOUNTS: &str = "\
22 1 8:1 / / rw - ext4 /dev/sda1 rw
30 22 253:1 / /srv/my\\040data rw - ext4 /dev/mapper/vg-data rw
31 22 0:44 / /home/ada/vault rw - fuse.gocryptfs /home/ada/.vault rw
";

    #[test]
    fn a_volume_on_an_encrypted_disk_is_encrypted() {
        let files = [
            ("sys/dev/block/253:1/dm/uuid", "LVM-abc\n"),
            ("sys/dev/block/253:1/slaves/dm-0/dm/uuid", "CRYPT-LUKS2-0123-luks\n"),
        ];
        let root = world(MOUNTS, &files);
        let found = below(Path::new("/srv/my data/exports"), root.path()).unwrap();
        assert_eq!((found.by.as_str(), found.unit), ("LUKS2", None));
        assert_eq!(below(Path::new("/srv/other"), root.path()), None);
    }

    #[test]
    fn a_volume_on_two_disks_is_encrypted_when_both_are() {
        let files = [
            ("sys/dev/block/253:1/slaves/dm-0/dm/uuid", "CRYPT-LUKS2-0123-luks\n"),
            ("sys/dev/block/253:1/slaves/sdb/size", "1\n"),
        ];
        let root = world(MOUNTS, &files);
        assert_eq!(below(Path::new("/srv/my data/exports"), root.path()), None);
    }

    #[test]
    fn what_zfs_says_is_understood() {
        assert_eq!(zfs_cipher("aes-256-gcm\n", "tank/data").map(|found| found.by).as_deref(), Some("ZFS encryption"));
        assert_eq!(zfs_cipher("off\n", "tank/data"), None);
        assert_eq!(zfs_cipher("", "tank/data"), None);
    }

    #[test]
    fn a_folder_without_a_policy_is_not_encrypted_by_fscrypt() {
        assert_eq!(fscrypt(Path::new("/proc")), None);
    }

    #[test]
    fn a_file_system_that_encrypts_is_named() {
        let root = world(MOUNTS, &[]);
        let found = below(Path::new("/home/ada/vault/x"), root.path()).unwrap();
        assert_eq!(found.by, "gocryptfs");
    }
}
