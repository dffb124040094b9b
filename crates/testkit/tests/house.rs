//! The rules of the house, as tests. A failure says how to repair it.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use cargo_metadata::DependencyKind;
use cargo_metadata::MetadataCommand;

/// The floors. A room may know rooms on lower floors only; `testkit` is known to tests alone.
const FLOORS: &[(&str, u8)] = &[
    ("dataward-model", 0),
    ("dataward-owner", 0),
    ("dataward-detect", 1),
    ("dataward-evidence", 1),
    ("dataward-policy", 1),
    ("dataward-seal", 1),
    ("dataward-tls", 1),
    ("dataward-connect", 2),
    ("dataward-demo", 2),
    ("dataward-store", 2),
    ("dataward-audit", 3),
    ("dataward-protect", 3),
    ("dataward-report", 3),
    ("dataward-retain", 3),
    ("dataward-app", 4),
    ("dataward", 5),
];

/// A file over this many lines usually holds a second idea.
const LONGEST_FILE: usize = 500;

/// Flat tables, one entry after another, all alike: they may be longer.
const TABLES: &[&str] = &["crates/demo/src/locales.rs", "crates/detect/examples/columns/cells.rs"];

#[test]
fn imports_only_go_down() {
    let floors: BTreeMap<&str, u8> = FLOORS.iter().copied().collect();
    let metadata = MetadataCommand::new().no_deps().exec().expect("cargo metadata");
    let mut breaches = Vec::new();
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        if name == "dataward-testkit" {
            continue;
        }
        let Some(floor) = floors.get(name) else {
            breaches.push(format!("`{name}` stands on no floor: add it to FLOORS in {}", file!()));
            continue;
        };
        for dependency in &package.dependencies {
            let other = dependency.name.as_str();
            if !other.starts_with("dataward") || dependency.kind == DependencyKind::Development {
                continue;
            }
            match floors.get(other) {
                None => breaches
                    .push(format!("`{name}` needs `{other}`, which tests alone may use: make it a dev-dependency")),
                Some(below) if below >= floor => breaches.push(format!(
                    "`{name}` (floor {floor}) knows `{other}` (floor {below}): move what it needs to a lower floor, \
                     or pass it in as an argument"
                )),
                Some(_) => {}
            }
        }
    }
    assert!(breaches.is_empty(), "imports only go down:\n{}", breaches.join("\n"));
}

#[test]
fn files_do_one_thing() {
    let mut long = Vec::new();
    for file in rust_files() {
        let path = file.strip_prefix(root()).expect("below the root").display().to_string();
        let lines = fs_err::read_to_string(&file).expect("readable").lines().count();
        if lines > LONGEST_FILE && !TABLES.contains(&path.as_str()) {
            long.push(format!("{path}: {lines} lines"));
        }
    }
    assert!(
        long.is_empty(),
        "over {LONGEST_FILE} lines: move the second idea into a file of its own, or, for a flat table, list it in \
         TABLES in {}:\n{}",
        file!(),
        long.join("\n")
    );
}

#[test]
fn nothing_is_left_half_done() {
    let marks = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("#[igno", "re"),
        concat!("FIX", "ME"),
        concat!("dbg", "!("),
    ];
    let mut found = Vec::new();
    for file in rust_files() {
        let text = fs_err::read_to_string(&file).expect("readable");
        for (number, line) in text.lines().enumerate() {
            if marks.iter().any(|mark| line.contains(mark)) {
                found.push(format!("{}:{}", file.display(), number + 1));
            }
        }
    }
    assert!(found.is_empty(), "finish it or take it out:\n{}", found.join("\n"));
}

#[test]
fn the_core_does_no_input_or_output() {
    let rooms = ["model", "detect", "policy", "audit", "report"];
    let doors =
        ["std::fs", "fs_err", "std::net::Tcp", "std::net::Udp", "ToSocketAddrs", "std::process", "std::env", "tokio"];
    let mut found = Vec::new();
    for room in rooms {
        for (path, number, line) in production_lines(&root().join("crates").join(room).join("src")) {
            if doors.iter().any(|door| line.contains(door)) && !line.trim_start().starts_with("//") {
                found.push(format!("{path}:{number}"));
            }
        }
    }
    assert!(
        found.is_empty(),
        "take what is read as an argument, and let `app` or `connect` read it:\n{}",
        found.join("\n")
    );
}

#[test]
fn nothing_unwraps_outside_tests() {
    let mut found = Vec::new();
    for (name, _) in FLOORS {
        let room = name.strip_prefix("dataward-").unwrap_or("cli");
        for (path, number, line) in production_lines(&root().join("crates").join(room).join("src")) {
            if line.contains(".unwrap()") && !line.trim_start().starts_with("//") {
                found.push(format!("{path}:{number}"));
            }
        }
    }
    assert!(found.is_empty(), "return the error, or write `expect(\"why it cannot fail\")`:\n{}", found.join("\n"));
}

/// Retention's one gate: whoever could change a user's rows in another way could pass a hold.
#[test]
fn one_gate_changes_a_users_data() {
    let mut found = Vec::new();
    for (name, _) in FLOORS {
        let room = name.strip_prefix("dataward-").unwrap_or("cli");
        for (path, number, line) in production_lines(&root().join("crates").join(room).join("src")) {
            let line = line.trim_start();
            if line.starts_with("//") {
                continue;
            }
            let makes_a_plan = line.contains("ApprovedPlan::from_approval(") && path != "crates/retain/src/approve.rs";
            // Our own state, the made-up business of the demo, and the sealed copies of `protect` are no
            // user's rows; `amend` folders are the gate.
            // `churn.rs` writes into a table of dataward's own alone.
            let is_ours = ["store", "demo", "evidence"].contains(&room)
                || path.contains("/amend/")
                || path == "crates/connect/src/mysql/scrub/churn.rs";
            let upper = line.to_uppercase();
            let changes = ["DELETE FROM ", "TRUNCATE TABLE ", "DROP TABLE ", "DROP PARTITION ", "DELETE {", "UPDATE {"];
            let changes_rows = !is_ours && changes.iter().any(|statement| upper.contains(statement));
            // Files and objects go by the gate of their connector alone.
            let removes = ["unlinkat(", "bucket.remove("].iter().any(|call| line.contains(call));
            if makes_a_plan || changes_rows || (removes && !path.contains("/amend/")) {
                found.push(format!("{path}:{number}"));
            }
        }
    }
    assert!(
        found.is_empty(),
        "only `retain::approve` makes an approved plan, and only `amend` folders in `connect` change a user's rows, with \
         the holds inside the statement; go through `Amend::amend`:\n{}",
        found.join("\n")
    );
}

/// The lines of a folder's sources up to their tests: path, line number, text.
fn production_lines(folder: &Path) -> Vec<(String, usize, String)> {
    let mut lines = Vec::new();
    for file in rust_files_below(folder) {
        let path = file.strip_prefix(root()).expect("below the root").display().to_string();
        if path.contains("/tests/") || path.ends_with("/tests.rs") || path.ends_with("/testing.rs") {
            continue;
        }
        let text = fs_err::read_to_string(&file).expect("readable");
        let body = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"));
        lines.extend(body.enumerate().map(|(index, line)| (path.clone(), index + 1, line.to_owned())));
    }
    lines
}

#[test]
fn every_room_takes_the_lints_and_says_what_it_is_for() {
    for (name, _) in FLOORS {
        let room = name.strip_prefix("dataward-").unwrap_or("cli");
        let folder = root().join("crates").join(room);
        let manifest = fs_err::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
        assert!(manifest.contains("[lints]\nworkspace = true"), "{room}: take the lints of the workspace");
        let door = if room == "cli" { "src/main.rs" } else { "src/lib.rs" };
        let text = fs_err::read_to_string(folder.join(door)).expect("a door");
        assert!(text.starts_with("//!"), "{room}: {door} opens with what the room is for");
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace")
}

fn rust_files() -> Vec<PathBuf> {
    rust_files_below(&root().join("crates"))
}

fn rust_files_below(folder: &Path) -> Vec<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(folder).expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}
