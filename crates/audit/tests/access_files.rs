//! Rights on files, against accounts that really try to read and write them.

use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::chown;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use dataward_audit::access::posix::permission;
use dataward_audit::access::posix::permission::Asker;
use dataward_connect::files::grants::FileGrants;
use dataward_connect::files::grants::node;
use rand::Rng;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

/// Numbers of accounts and groups that need no names.
const USERS: [u32; 4] = [61_001, 61_002, 61_003, 61_004];
const GROUPS: [u32; 3] = [62_001, 62_002, 62_003];

/// Random owners, modes and access control lists of a file and the two folders above it; then each account
/// tries. `DATAWARD_FILES=n` for more than in CI.
#[test]
fn the_model_says_which_accounts_really_read_and_write_a_file() {
    #[expect(clippy::disallowed_methods, reason = "how many files is told by the environment")]
    let files: u32 = std::env::var("DATAWARD_FILES").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        std::fs::metadata(folder.path()).unwrap().uid(),
        0,
        "this test gives files away and becomes other accounts: run it as root, as CI does"
    );
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let seed: u64 = rand::random();
    let mut random = StdRng::seed_from_u64(seed);
    let (mut decisions, mut allowed) = (0, 0);
    for number in 0..files {
        let outer = folder.path().join(format!("outer{number}"));
        let inner = outer.join("inner");
        let file = inner.join("customers.csv");
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::write(&file, "secret").unwrap();
        for path in [&file, &inner, &outer] {
            give(path, &mut random);
        }
        let mut facts = FileGrants::default();
        for above in file.ancestors().skip(1) {
            facts.folders.insert(above.to_owned(), node(above).unwrap());
        }
        let stored = node(&file).unwrap();
        for user in USERS {
            let groups: Vec<u32> = GROUPS.iter().copied().filter(|_| random.random_bool(0.4)).collect();
            let asker = Asker { id: user, groups: groups.iter().copied().chain([user]).collect() };
            let reached = permission::gets_to(&facts, &file, &asker);
            for (wanted, command) in [(permission::READ, "cat -- \"$1\""), (permission::WRITE, "true >> \"$1\"")] {
                let said = reached && permission::decide(&stored, &asker, wanted).is_some();
                let really = tries(user, &groups, command, &file);
                assert_eq!(
                    said, really,
                    "seed {seed}: user {user} groups {groups:?} {command}\n{stored:?}\n{facts:#?}"
                );
                decisions += 1;
                allowed += u32::from(really);
            }
            let said = reached && permission::may_replace(&facts, &file, &stored, &asker).is_some();
            let other = inner.join("new");
            let really = tries(user, &groups, "cd \"${1%/*}\" && : > new && mv -f new \"$1\"", &file);
            let _ = std::fs::remove_file(other);
            assert_eq!(said, really, "seed {seed}: user {user} groups {groups:?} replaces\n{stored:?}\n{facts:#?}");
            decisions += 1;
            if really {
                // The file is another one now.
                break;
            }
        }
    }
    assert!(allowed > files / 4, "hardly anything was allowed: {allowed} of {decisions}");
    eprintln!("{decisions} decisions, none wrong");
}

/// Gives a file or folder to somebody, with some mode and perhaps a list.
fn give(path: &Path, random: &mut StdRng) {
    let owner = *[0].iter().chain(&USERS).collect::<Vec<_>>().choose(random).unwrap();
    let group = *[0].iter().chain(&GROUPS).collect::<Vec<_>>().choose(random).unwrap();
    chown(path, Some(*owner), Some(*group)).unwrap();
    let is_folder = path.is_dir();
    let mode = if is_folder {
        *[0o755, 0o711, 0o750, 0o770, 0o777, 0o1777, 0o710, 0o701].choose(random).unwrap()
    } else {
        random.random_range(0..0o1000) | if random.random_bool(0.5) { 0o044 } else { 0 }
    };
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    if !random.random_bool(0.5) {
        return;
    }
    let mut entries: Vec<(u16, u16, u32)> = vec![(0x01, bits(mode >> 6), u32::MAX)];
    for user in USERS {
        if random.random_bool(0.4) {
            entries.push((0x02, random.random_range(0..8), user));
        }
    }
    entries.push((0x04, random.random_range(0..8), u32::MAX));
    for group in GROUPS {
        if random.random_bool(0.4) {
            entries.push((0x08, random.random_range(0..8), group));
        }
    }
    // Often nothing: then the kernel leaves the whole list out.
    let mask = if random.random_bool(0.25) { 0 } else { random.random_range(0..8) };
    entries.push((0x10, mask, u32::MAX));
    entries.push((0x20, bits(mode), u32::MAX));
    let mut value = 2_u32.to_le_bytes().to_vec();
    for (tag, bits, number) in entries {
        value.extend(tag.to_le_bytes());
        value.extend(bits.to_le_bytes());
        value.extend(number.to_le_bytes());
    }
    rustix::fs::setxattr(path, "system.posix_acl_access", &value, rustix::fs::XattrFlags::empty())
        .expect("the file system of the temporary folder keeps access control lists");
}

fn bits(mode: u32) -> u16 {
    u16::try_from(mode & 7).unwrap()
}

fn tries(user: u32, groups: &[u32], command: &str, file: &PathBuf) -> bool {
    let groups = match groups {
        [] => "--clear-groups".to_owned(),
        _ => format!("--groups={}", groups.iter().map(u32::to_string).collect::<Vec<_>>().join(",")),
    };
    let output = Command::new("setpriv")
        .args([format!("--reuid={user}"), format!("--regid={user}"), groups, "sh".into(), "-c".into(), command.into()])
        .arg("sh")
        .arg(file)
        .output()
        .expect("setpriv is part of every Debian");
    output.status.success()
}
