//! Several accounts at work on one project: two of one group, and root beside an owner. The accounts are real ones to
//! the system, with numbers that nobody has.

use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::chown;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use dataward_testkit::sqlite;
use tempfile::TempDir;

use crate::support::Said;

const ANNA: u32 = 52_001;
const BERT: u32 = 52_002;
const STRANGER: u32 = 52_003;
const TEAM: u32 = 52_010;

const POLICY: &str = r#"
[business]
name = "Blue Lantern Books"

[source.shop]
url = "sqlite:data/shop.db"

[[retain]]
name = "Tickets"
what = "shop.tickets"
keep = "3 months"
from = "closed_at"
then = "clean-up"
approve = "four-eyes"
"#;

/// A project of Anna's with a shop that the team may write to.
struct Office {
    /// The program, where every account may run it.
    program: PathBuf,
    folder: TempDir,
}

impl Office {
    fn new(mode: u32) -> Self {
        assert!(
            rustix::process::geteuid().is_root(),
            "this test gives files away and becomes other accounts: run it as root, as CI does"
        );
        let folder = TempDir::with_prefix("dataward-office-").unwrap();
        set(folder.path(), 0, 0, 0o755);
        let program = folder.path().join("dataward");
        let built = Path::new(env!("CARGO_BIN_EXE_dataward"));
        std::fs::hard_link(built, &program).or_else(|_| std::fs::copy(built, &program).map(drop)).unwrap();
        let office = Self { program, folder };
        let data = office.project().join("data");
        std::fs::create_dir_all(&data).unwrap();
        let shop = data.join("shop.db");
        sqlite::make(
            &shop,
            "CREATE TABLE tickets (id INTEGER PRIMARY KEY, closed_at TEXT);
             INSERT INTO tickets (closed_at) VALUES ('2020-01-01'), ('2020-01-02'), ('2999-01-01');",
        );
        std::fs::write(office.project().join("dataward.toml"), POLICY).unwrap();
        set(&shop, ANNA, TEAM, 0o660);
        set(&data, ANNA, TEAM, 0o2770);
        set(&office.project().join("dataward.toml"), ANNA, TEAM, 0o664);
        set(&office.project(), ANNA, TEAM, mode);
        office
    }

    fn project(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    fn run(&self, user: u32, arguments: &[&str]) -> Said {
        let mut command = Command::new("setpriv");
        let groups = if user == STRANGER { "--clear-groups".to_owned() } else { format!("--groups={TEAM}") };
        command.args([format!("--reuid={user}"), format!("--regid={user}"), groups]).arg(&self.program);
        Said::of(command.args(arguments).current_dir(self.project()).env_clear().output().unwrap())
    }

    /// Runs it and expects it to end well.
    fn does(&self, user: u32, arguments: &[&str]) -> Said {
        let said = self.run(user, arguments);
        assert_eq!(said.code, 0, "{user} {arguments:?}: {said:?}");
        said
    }

    /// All that lies in the state, with owner, group and mode.
    fn state(&self) -> Vec<(PathBuf, u32, u32, u32)> {
        let mut found = Vec::new();
        let mut folders = vec![self.project().join(".dataward")];
        while let Some(folder) = folders.pop() {
            for path in std::iter::once(folder.clone()).chain(
                std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| !path.is_dir()),
            ) {
                let known = std::fs::metadata(&path).unwrap();
                found.push((path, known.uid(), known.gid(), known.mode() & 0o7777));
            }
            folders.extend(std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).filter(|path| path.is_dir()));
        }
        found
    }
}

fn set(path: &Path, owner: u32, group: u32, mode: u32) {
    chown(path, Some(owner), Some(group)).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn two_accounts_of_one_group_plan_approve_and_apply_with_four_eyes() {
    let office = Office::new(0o2770);
    office.does(ANNA, &["retain", "plan"]);
    let alone = office.run(ANNA, &["retain", "approve"]);
    assert_eq!(alone.code, 4, "{alone:?}");
    assert!(alone.err.contains("one of the group that may write to `.dataward`, or root"), "{alone:?}");
    office.does(BERT, &["retain", "approve"]);
    office.does(ANNA, &["retain", "apply"]);
    // What the one wrote the other reads and goes on with.
    for user in [BERT, ANNA, BERT] {
        office.does(user, &["retain", "plan"]);
        office.does(user, &["retain", "status"]);
        office.does(user, &["evidence", "verify"]);
    }
    for (path, owner, group, mode) in office.state() {
        let expected = if path.is_dir() { 0o2770 } else { 0o660 };
        assert!(
            [ANNA, BERT].contains(&owner) && (group, mode) == (TEAM, expected),
            "{path:?} {owner} {group} {mode:o}"
        );
    }
    // Whoever is in neither is told what would let him in, and writes nothing.
    let before = office.state();
    let shut = office.run(STRANGER, &["retain", "status", "--policy", "dataward.toml"]);
    assert_ne!(shut.code, 0, "{shut:?}");
    assert_eq!(office.state(), before);
}

#[test]
fn the_owner_lets_a_group_in_by_the_rights_of_one_folder_and_shuts_it_out_again() {
    // The folder of the project is for the owner alone to write to.
    let office = Office::new(0o750);
    office.does(ANNA, &["retain", "plan"]);
    let shut = office.run(BERT, &["retain", "approve"]);
    assert_eq!(shut.code, 3, "{shut:?}");
    assert!(shut.err.contains("chgrp GROUP") && shut.err.contains(".dataward"), "{shut:?}");
    set(&office.project().join(".dataward"), ANNA, TEAM, 0o2770);
    office.does(ANNA, &["retain", "status"]);
    office.does(BERT, &["retain", "approve"]);
    office.does(BERT, &["retain", "apply"]);
    office.does(ANNA, &["evidence", "verify"]);
    set(&office.project().join(".dataward"), ANNA, TEAM, 0o700);
    office.does(ANNA, &["retain", "status"]);
    assert_eq!(office.run(BERT, &["retain", "status"]).code, 3);
}

#[test]
fn a_state_is_never_open_to_everybody() {
    // All may write to the folder of the project, and somebody opened the state as well.
    let office = Office::new(0o777);
    office.does(ANNA, &["retain", "plan"]);
    for (path, ..) in office.state() {
        let mode = if path.is_dir() { 0o777 } else { 0o666 };
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    office.does(ANNA, &["retain", "status"]);
    let shut = office.run(STRANGER, &["retain", "approve"]);
    assert_eq!(shut.code, 3, "{shut:?}");
    office.does(BERT, &["retain", "approve"]);
    office.does(ANNA, &["retain", "apply"]);
    office.does(BERT, &["evidence", "verify"]);
    for (path, _, group, mode) in office.state() {
        assert_eq!((group, mode & 0o007), (TEAM, 0), "{path:?} {mode:o}");
    }
}

#[test]
fn what_root_writes_belongs_to_the_owner_of_the_project() {
    for first in [ANNA, 0] {
        let office = Office::new(0o755);
        office.does(first, &["scan", "--full"]);
        office.does(ANNA, &["retain", "plan"]);
        office.does(0, &["retain", "approve"]);
        office.does(ANNA, &["retain", "apply"]);
        office.does(0, &["evidence", "verify"]);
        office.does(ANNA, &["retain", "plan"]);
        let audited = office.run(0, &["audit"]);
        assert!(audited.code < 2, "{audited:?}");
        office.does(ANNA, &["evidence", "verify"]);
        for (path, owner, group, mode) in office.state() {
            let expected = if path.is_dir() { 0o700 } else { 0o600 };
            assert_eq!((owner, mode), (ANNA, expected), "{path:?} {group}");
        }
    }
}
