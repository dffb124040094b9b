//! Folders: all files, one bad one beside them, and a run that goes on.

use std::sync::atomic::Ordering;

use dataward_protect::file::Watch;
use dataward_protect::tree::Work;
use dataward_protect::tree::run;

use crate::support::keys;
use crate::support::names;
use crate::support::text;

#[test]
fn a_folder_is_sealed_verified_and_opened_and_one_bad_file_hides_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..50 {
        let below = folder.path().join(format!("d{}", number % 3));
        std::fs::create_dir_all(&below).unwrap();
        std::fs::write(below.join(format!("{number}.txt")), text(number * 3_000)).unwrap();
    }
    std::os::unix::fs::symlink("nowhere", folder.path().join("link")).unwrap();
    let ring = keys(1, &[]);
    let go = |work: &Work| run(folder.path(), work, &ring, 2, &Watch::default()).unwrap();
    let sealed = go(&Work::SealInPlace);
    assert_eq!((sealed.done, sealed.already, sealed.failures), (50, 0, 1));
    assert!(sealed.failed[0].to_string().ends_with("it is not a regular file"));
    let again = go(&Work::SealInPlace);
    assert_eq!((again.done, again.already), (0, 50));

    std::fs::write(folder.path().join("new.txt"), "plain").unwrap();
    let bad = folder.path().join("d1/40.txt.dw");
    let mut bytes = std::fs::read(&bad).unwrap();
    bytes[0] ^= 1;
    std::fs::write(&bad, bytes).unwrap();
    let verified = go(&Work::Verify);
    assert_eq!((verified.done, verified.plain.len(), verified.failures), (49, 1, 2));
    assert!(verified.failed.iter().any(|error| error.to_string().contains("40.txt.dw")));

    let opened = go(&Work::OpenInPlace);
    assert_eq!((opened.done, opened.failures), (49, 2));
    assert!(std::fs::read(folder.path().join("d1/49.txt")).unwrap() == text(147_000));
}

#[test]
fn copies_into_another_folder_go_on_where_a_run_was_stopped() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for number in 0..20 {
        std::fs::write(from.path().join(format!("{number}")), text(1_000 + number)).unwrap();
    }
    let ring = keys(1, &[]);
    let into = Work::SealInto(to.path().join("sealed"));
    let stopped = Watch::default();
    stopped.stop.store(true, Ordering::Relaxed);
    assert_eq!(run(from.path(), &into, &ring, 2, &stopped).unwrap().done, 0);
    assert_eq!(run(from.path(), &into, &ring, 2, &Watch::default()).unwrap().done, 20);
    std::fs::remove_file(to.path().join("sealed/7.dw")).unwrap();
    let again = run(from.path(), &into, &ring, 2, &Watch::default()).unwrap();
    assert_eq!((again.done, again.already), (1, 19));
    let back = Work::OpenInto(to.path().join("back"));
    let opened = run(&to.path().join("sealed"), &back, &ring, 2, &Watch::default()).unwrap();
    assert_eq!(opened.done, 20);
    assert_eq!(names(&to.path().join("back")).len(), 20);
    assert_eq!(std::fs::read(to.path().join("back/7")).unwrap(), text(1_007));
    assert_eq!(names(from.path()).len(), 20, "the originals stay");
}
