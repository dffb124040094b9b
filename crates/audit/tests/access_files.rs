//! Rights on files, against accounts that really try to read and write them.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::chown;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use dataward_audit::access::AccessModel;
use dataward_audit::access::Scope;
use dataward_audit::access::posix::FilesModel;
use dataward_audit::access::posix::permission;
use dataward_audit::access::posix::permission::Asker;
use dataward_connect::files::grants::FileGrants;
use dataward_connect::files::grants::FileObject;
use dataward_connect::files::grants::Group;
use dataward_connect::files::grants::Part;
use dataward_connect::files::grants::StoredFile;
use dataward_connect::files::grants::User;
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

/// Every command ends its way, and all of them together leave nothing: then nobody gets in who tries.
/// `DATAWARD_FILES=n` for more than in CI.
#[test]
fn every_command_closes_its_way_and_all_of_them_everything() {
    #[expect(clippy::disallowed_methods, reason = "how many files is told by the environment")]
    let files: u32 = std::env::var("DATAWARD_FILES").ok().and_then(|text| text.parse().ok()).unwrap_or(60) / 4;
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    #[expect(clippy::disallowed_methods, reason = "which files is told by the environment")]
    let wanted = std::env::var("DATAWARD_FILES_SEED").ok().and_then(|text| text.parse().ok());
    let seed: u64 = wanted.unwrap_or_else(rand::random);
    eprintln!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut closed = 0;
    for number in 0..files {
        let inner = folder.path().join(format!("outer{number}/inner"));
        let file = inner.join("it's customers.csv");
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::write(&file, "secret").unwrap();
        for path in [&file, &inner, inner.parent().unwrap()] {
            give(path, &mut random);
        }
        let groups: Vec<Vec<u32>> =
            USERS.iter().map(|_| GROUPS.iter().copied().filter(|_| random.random_bool(0.4)).collect()).collect();
        for round in 0.. {
            let ways = ways(&file, &groups);
            let Some((user, text, command)) = ways.first().cloned() else { break };
            assert!(round < 40, "seed {seed}: {user} still comes in: {text}");
            let done = Command::new("sh").args(["-c", &command]).output().unwrap();
            let said = String::from_utf8_lossy(&done.stderr).into_owned();
            assert!(done.status.success(), "seed {seed}: {command}: {said}");
            let left: Vec<_> = self::ways(&file, &groups).into_iter().map(|(user, text, _)| (user, text)).collect();
            assert!(!left.contains(&(user, text.clone())), "seed {seed}: {command} does not end `{text}`");
            // What was allowed before by the first way that there is may be allowed by the next one now.
            let allowed = |ways: &[(String, String)]| -> BTreeSet<(String, String)> {
                ways.iter().map(|(user, text)| (user.clone(), text.split_once(" may ").unwrap().1.to_owned())).collect()
            };
            let before: Vec<_> = ways.into_iter().map(|(user, text, _)| (user, text)).collect();
            let opened: Vec<_> = allowed(&left).difference(&allowed(&before)).cloned().collect();
            assert!(opened.is_empty(), "seed {seed}: {command} opens {opened:?}");
            closed += 1;
        }
        for (user, groups) in USERS.into_iter().zip(&groups) {
            for command in ["cat -- \"$1\"", "true >> \"$1\"", "cd \"${1%/*}\" && : > new && mv -f new \"$1\""] {
                assert!(!tries(user, groups, command, &file), "seed {seed}: {user} {groups:?} still can: {command}");
            }
        }
    }
    assert!(closed > files, "hardly anything was open: {closed} ways in {files} files");
}

/// Who comes in by which way, without the modes in it, and the command that ends it.
fn ways(file: &Path, groups: &[Vec<u32>]) -> Vec<(String, String, String)> {
    let mut facts = FileGrants {
        users: USERS.iter().map(|id| User { name: id.to_string(), id: *id, group: *id, login: true }).collect(),
        groups: (GROUPS.iter())
            .map(|id| {
                let members = USERS.iter().zip(groups).filter(|(_, groups)| groups.contains(id));
                Group { name: id.to_string(), id: *id, members: members.map(|(user, _)| user.to_string()).collect() }
            })
            .collect(),
        ..FileGrants::default()
    };
    for above in file.ancestors().skip(1) {
        facts.folders.insert(above.to_owned(), node(above).unwrap());
    }
    let stored = StoredFile { path: file.to_owned(), node: node(file).unwrap(), part: Part::Itself };
    facts.objects.push(FileObject { name: "customers".to_owned(), is_table: true, files: vec![stored] });
    let mut found = Vec::new();
    FilesModel::new(facts).visit(&Scope::everything(), &mut |group| {
        for path in group.paths {
            let text = path.text.split(" (mode ").next().unwrap().split(" (folder mode ").next().unwrap();
            let command = path.revoke.clone().expect("only root's way has no end");
            found.push((group.principal.to_owned(), text.to_owned(), command));
        }
    });
    found
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
