//! One file in place: sealed, opened, damaged, changed meanwhile.

use std::fs::File;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;
use std::time::Duration;
use std::time::SystemTime;

use dataward_protect::file::Watch;
use dataward_protect::file::open_range;
use dataward_protect::in_place;
use dataward_protect::in_place::Outcome;
use dataward_protect::rewrap::rewrap;
use dataward_seal::recipient::HpkeIdentity;
use rustix::fs::XattrFlags;
use rustix::fs::fgetxattr;
use rustix::fs::fsetxattr;

use crate::support::keys;
use crate::support::names;
use crate::support::text;

const THREADS: usize = 2;

#[test]
fn a_file_is_sealed_and_opened_in_place_and_keeps_mode_time_and_attributes() {
    for length in [0, 1, 65_536, 100_000, 20 << 20] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        std::fs::write(&path, text(length)).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        file.set_permissions(std::fs::Permissions::from_mode(0o640)).unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::new(1_600_000_000, 123_456_789);
        file.set_modified(time).unwrap();
        let with_attributes = fsetxattr(&file, "user.comment", b"ada@example.com", XattrFlags::empty()).is_ok();
        drop(file);

        let sealed = folder.path().join("list.csv.dw");
        let done = in_place::seal(&path, &keys(1, &[]), THREADS, &Watch::default()).unwrap();
        assert_eq!(done, Outcome::Done { path: sealed.clone(), bytes: length as u64, class: Some("files".to_owned()) });
        assert_eq!(names(folder.path()), ["list.csv.dw"]);
        let metadata = std::fs::metadata(&sealed).unwrap();
        assert_eq!((metadata.permissions().mode() & 0o777, metadata.modified().unwrap()), (0o640, time));
        let mut room = [0; 64];
        assert!(fgetxattr(File::open(&sealed).unwrap(), "user.comment", &mut room).is_err(), "sealed, not copied");

        in_place::open(&sealed, &keys(1, &[]), THREADS, &Watch::default()).unwrap();
        assert_eq!(names(folder.path()), ["list.csv"]);
        assert!(std::fs::read(&path).unwrap() == text(length));
        let metadata = std::fs::metadata(&path).unwrap();
        assert_eq!((metadata.permissions().mode() & 0o777, metadata.modified().unwrap()), (0o640, time));
        if with_attributes {
            let found = fgetxattr(File::open(&path).unwrap(), "user.comment", &mut room).unwrap();
            assert_eq!(&room[..found], b"ada@example.com");
        }
    }
}

#[test]
fn a_range_is_opened_without_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    std::fs::write(&path, text(300_000)).unwrap();
    in_place::seal(&path, &keys(1, &[]), 1, &Watch::default()).unwrap();
    let sealed = folder.path().join("a.dw");
    // The first and the last frame are destroyed: a range between them does not need them.
    let mut bytes = std::fs::read(&sealed).unwrap();
    let end = bytes.len() - 1;
    bytes[end] ^= 1;
    bytes[600] ^= 1;
    std::fs::write(&sealed, bytes).unwrap();
    let mut out = Vec::new();
    let file = File::open(&sealed).unwrap();
    open_range((&file, &sealed), &keys(1, &[]), 65_600..200_000, |text| {
        out.extend_from_slice(text);
        Ok(())
    })
    .unwrap();
    assert!(out == text(300_000)[65_600..200_000]);
    assert!(open_range((&file, &sealed), &keys(1, &[]), 0..10, |_| Ok(())).is_err());
}

#[test]
fn a_damaged_file_is_never_opened_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    std::fs::write(&path, text(200_000)).unwrap();
    in_place::seal(&path, &keys(1, &[]), 1, &Watch::default()).unwrap();
    let sealed = folder.path().join("a.dw");
    let mut bytes = std::fs::read(&sealed).unwrap();
    bytes[150_000] ^= 1;
    std::fs::write(&sealed, &bytes).unwrap();
    let error = in_place::open(&sealed, &keys(1, &[]), 1, &Watch::default()).unwrap_err().to_string();
    assert!(error.contains("frame 3 does not authenticate"), "{error}");
    assert_eq!(names(folder.path()), ["a.dw"], "nothing half opened lies about");
    assert!(in_place::open(&sealed, &keys(2, &[]), 1, &Watch::default()).is_err());
}

#[test]
fn links_and_other_kinds_of_files_are_left_alone_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    std::fs::write(&path, "x").unwrap();
    symlink(&path, folder.path().join("link")).unwrap();
    let seal = |name: &str| in_place::seal(&folder.path().join(name), &keys(1, &[]), 1, &Watch::default());
    assert!(seal("link").unwrap_err().to_string().ends_with("it is a symbolic link"));
    std::fs::hard_link(&path, folder.path().join("b")).unwrap();
    assert!(seal("a").unwrap_err().to_string().contains("other names (hard links)"));
    std::fs::remove_file(folder.path().join("b")).unwrap();
    std::fs::write(folder.path().join("a.dw"), "something else").unwrap();
    assert!(seal("a").is_err(), "a name that is taken is not written over");
    assert_eq!(std::fs::read(&path).unwrap(), b"x");
}

#[test]
fn rewrap_lets_new_people_in_and_old_ones_out_and_keeps_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    std::fs::write(&path, text(200_000)).unwrap();
    let auditor = HpkeIdentity::generate().unwrap();
    let with = || keys(1, &[auditor.recipient().unwrap()]);
    in_place::seal(&path, &with(), 1, &Watch::default()).unwrap();
    let sealed = folder.path().join("a.dw");
    assert!(matches!(rewrap(&sealed, &with(), 2, &Watch::default()).unwrap(), Outcome::Current { .. }));
    let before = std::fs::read(&sealed).unwrap();
    let theirs = || dataward_protect::KeyRing { identities: vec![Box::new(auditor.clone())], ..keys(1, &[]) };
    let open = |keys: &dataward_protect::KeyRing| {
        dataward_protect::file::open((&File::open(&sealed).unwrap(), &sealed), keys, 1, &Watch::default(), &|_, _| {
            Ok(())
        })
    };
    assert!(open(&theirs()).is_ok());
    rewrap(&sealed, &keys(1, &[]), 2, &Watch::default()).unwrap();
    assert!(open(&theirs()).is_err());
    // A fresh data key: no frame of the old message stands in the new one.
    let after = std::fs::read(&sealed).unwrap();
    assert!(!after.windows(64).any(|part| part == &before[100_000..100_064]));
    in_place::open(&sealed, &keys(1, &[]), 1, &Watch::default()).unwrap();
    assert!(std::fs::read(&path).unwrap() == text(200_000));
}
