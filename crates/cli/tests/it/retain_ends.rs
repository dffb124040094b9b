//! Archives that come to their own end, holds on files, and runs that are killed between state and log, over files and
//! over a bucket.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;

use dataward_app::environment::SystemClock;
use dataward_model::Clock;
use dataward_testkit::server::moto::MotoServer;
use dataward_testkit::sqlite;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;
use rand_chacha::rand_core::SeedableRng;
use serde_json::Value;

use crate::retain_kills::run_for;
use crate::support::Desk;

const SHOP: &str = "[business]\nname = \"Blue Lantern Books\"\n\n[source.shop]\nurl = \"sqlite:shop.db\"\n\n\
    [source.exports]\nurl = \"file:exports\"\n\n[[retain]]\nname = \"Tickets\"\nwhat = \"shop.tickets\"\nkeep = \"1 year\"\n\
    from = \"closed_at\"\nthen = \"archive\"\narchive_for = \"5 years\"\n";

fn shop() -> Desk {
    let desk = Desk::new();
    std::fs::create_dir(desk.path().join("exports")).unwrap();
    desk.write("dataward.toml", SHOP);
    sqlite::make(
        &desk.path().join("shop.db"),
        "CREATE TABLE tickets (id INTEGER PRIMARY KEY, email TEXT, closed_at TEXT);
         INSERT INTO tickets VALUES (1, 'ada@lantern.example', '2019-01-02'), (2, 'bo@lantern.example', '2026-11-01');",
    );
    desk.json(&["scan", "--full"]);
    assert_eq!(desk.run(&["keys", "init", "--root", "file:root.key"]).code, 0);
    desk
}

/// Puts a copy of what an archive holds into one that ended years ago, under a key of its own. A copy stays outside.
fn ended_archive(desk: &Desk) -> PathBuf {
    let plan = desk.json(&["retain", "plan"])["plan"].as_str().unwrap().to_owned();
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    desk.json(&["keys", "rotate", "--class", "archive-tickets-2020"]);
    desk.write("copy.parquet", "what was archived");
    let name = format!("{}-000000.parquet.esdk", &plan[..12]);
    let sealed = desk.path().join(".dataward/archive/archive-tickets-2020").join(name);
    std::fs::create_dir_all(sealed.parent().unwrap()).unwrap();
    let output = sealed.to_str().unwrap();
    desk.json(&["encrypt", "--class", "archive-tickets-2020", "copy.parquet", "--output", output]);
    std::fs::copy(&sealed, desk.path().join("kept.esdk")).unwrap();
    sealed
}

#[test]
fn an_archive_that_came_to_its_end_is_planned_approved_and_ended() {
    let desk = shop();
    let sealed = ended_archive(&desk);
    assert_eq!(desk.run(&["decrypt", "kept.esdk", "--output", "before"]).code, 0);
    // A hold on a source whose rows are in it keeps it.
    desk.json(&["retain", "hold", "place", "--matter", "suit 7", "--place", "shop.tickets"]);
    let plan = desk.json(&["retain", "plan"]);
    assert!(plan["archives"][0]["kept"].as_str().unwrap().contains("`suit 7` covers `shop`"), "{plan:#}");
    desk.json(&["retain", "hold", "release", "suit 7"]);
    let plan = desk.json(&["retain", "plan"]);
    let archive = &plan["archives"][0];
    assert_eq!((&archive["class"], &archive["files"]), (&"archive-tickets-2020".into(), &1.into()), "{plan:#}");
    assert_eq!(plan["archives"].as_array().unwrap().len(), 1, "the other one has years to go");
    let shown = desk.run(&["retain", "plan"]).out;
    assert!(shown.contains("its key is destroyed") && shown.contains("Next: dataward retain approve"), "{shown}");
    let name = desk.json(&["retain", "plan"])["plan"].as_str().unwrap().to_owned();
    assert_eq!(desk.run(&["retain", "apply", &name]).code, 4, "nobody approved it");
    assert!(sealed.exists());
    // One that came after the approval keeps it as well.
    desk.json(&["retain", "approve"]);
    desk.write(".dataward/archive/archive-tickets-2020/more.esdk", "x");
    let applied = desk.json(&["retain", "apply"]);
    assert_eq!(applied["archives"][0]["left"], "changed", "{applied:#}");
    assert!(sealed.exists());
    std::fs::remove_file(desk.path().join(".dataward/archive/archive-tickets-2020/more.esdk")).unwrap();

    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    let applied = desk.json(&["retain", "apply"]);
    let ended = &applied["archives"][0];
    assert_eq!((&ended["files"], &ended["key_versions"]), (&1.into(), &serde_json::json!([1])), "{applied:#}");
    assert!(!sealed.exists() && !sealed.parent().unwrap().exists());
    let copy = desk.run(&["decrypt", "kept.esdk", "--output", "after"]);
    assert!(copy.code != 0 && !desk.path().join("after").exists(), "copies are ended too: {copy:?}");
    let certificate: Value = serde_json::from_str(&desk.read(ended["certificate"].as_str().unwrap())).unwrap();
    assert_eq!(certificate["schema"], "dataward/archive-end@1");
    assert_eq!((&certificate["plan"], &certificate["approved_by"]), (&applied["plan"], &plan["made_by"]));
    // What was archived this year opens still, and there is nothing left to plan.
    assert_eq!(desk.json(&["retain", "plan"])["archives"], Value::Null);
    assert_eq!(desk.run(&["evidence", "verify"]).code, 0);
    let entries = desk.json(&["evidence", "show"])["entries"].to_string();
    assert!(entries.contains("archive-tickets-2020 end"), "{entries}");
}

#[test]
fn an_archive_whose_end_is_cut_off_anywhere_ends_once() {
    let original = shop();
    ended_archive(&original);
    let plan = original.json(&["retain", "plan"])["plan"].as_str().unwrap().to_owned();
    original.json(&["retain", "approve"]);
    let mut kills = 0;
    for call in 1.. {
        let desk = copy_of(&original);
        if !killed_at(&desk, SYNC, call, &["retain", "apply", &plan]) {
            break;
        }
        kills += 1;
        let done = desk.json(&["retain", "apply", &plan]);
        assert!(!desk.path().join(".dataward/archive/archive-tickets-2020").exists(), "{call}: {done:#}");
        assert!(desk.run(&["decrypt", "kept.esdk", "--output", "after"]).code != 0, "{call}");
        assert!(desk.path().join(".dataward/certificates/archive-end-archive-tickets-2020.json").exists(), "{call}");
        let entries = desk.json(&["evidence", "show"])["entries"].to_string();
        assert_eq!(entries.matches("applied/").count(), 2, "{call}: each plan once: {entries}");
        assert_eq!(desk.run(&["evidence", "verify"]).code, 0, "{call}");
    }
    assert!(kills > 5, "{kills} kills");
}

#[test]
fn a_hold_on_a_file_that_is_not_there_says_so() {
    let desk = shop();
    desk.write("exports/letters/a.txt", "x");
    let place = |place: &str| desk.run(&["retain", "hold", "place", "--matter", "suit 7", "--place", place]);
    let refused = place("exports.nowhere.txt");
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.err.contains("`exports` has no file or folder `nowhere.txt`"), "{refused:?}");
    let to_come = place("exports.nowhere*");
    assert!(to_come.code == 1 && to_come.out.contains("nothing is covered now"), "{to_come:?}");
    let placed = place("exports.letters");
    assert!(placed.code == 0 && placed.out.contains("1 row or file is covered now"), "{placed:?}");
}

/// Calls that make things last: what is killed there has or has not lasted.
const SYNC: &str = "fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat";

/// Kills a run at its `call`th of these calls; whether it had so many.
fn killed_at(desk: &Desk, calls: &str, call: u32, arguments: &[&str]) -> bool {
    let status = Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={calls}")])
        .args(["-e", &format!("inject={calls}:signal=KILL:when={call}")])
        .arg(env!("CARGO_BIN_EXE_dataward"))
        .args(arguments)
        .current_dir(desk.path())
        .env_clear()
        .env("USER", "tester")
        .output()
        .unwrap()
        .status;
    // strace dies of the signal that its program died of.
    !status.success()
}

fn copy_of(original: &Desk) -> Desk {
    fn copy(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
            let target = to.join(entry.file_name());
            match entry.file_type().unwrap().is_dir() {
                true => copy(&entry.path(), &target),
                false => drop(std::fs::copy(entry.path(), target).unwrap()),
            }
        }
    }
    let desk = Desk::new();
    copy(original.path(), desk.path());
    desk
}

/// How often each name stands in the log.
fn names(desk: &Desk) -> BTreeMap<String, usize> {
    let shown = desk.json(&["evidence", "show", "--last", "100000"]);
    let mut names = BTreeMap::new();
    for entry in shown["entries"].as_array().unwrap() {
        let name = entry["statement"]["subject"][0]["name"].as_str().unwrap();
        *names.entry(name.strip_prefix("retention/").unwrap_or(name).to_owned()).or_default() += 1;
    }
    names
}

#[test]
fn a_hold_that_is_killed_between_state_and_log_is_in_both_or_in_none() {
    let original = shop();
    let place = ["retain", "hold", "place", "--matter", "suit 7", "--place", "shop.tickets"];
    let mut kills = 0;
    for call in 1.. {
        let desk = copy_of(&original);
        if !killed_at(&desk, SYNC, call, &place) {
            break;
        }
        kills += 1;
        // Whoever asks next settles it.
        let kept = desk.json(&["retain", "plan"])["tables"].to_string();
        let known = desk.json(&["retain", "hold", "list"])["holds"].as_array().unwrap().len();
        assert_eq!(kept.contains("hold: a hold"), known == 1, "{call}: {kept}");
        let logged = names(&desk);
        assert_eq!(logged.get("hold/H1").copied().unwrap_or(0), known, "{call}: {logged:?}");
    }
    assert!(kills > 3, "{kills} kills");
    original.json(&place);
    let mut kills = 0;
    for call in 1.. {
        let desk = copy_of(&original);
        if !killed_at(&desk, SYNC, call, &["retain", "hold", "release", "suit 7"]) {
            break;
        }
        kills += 1;
        desk.json(&["retain", "plan"]);
        let lies = desk.json(&["retain", "hold", "list"])["holds"].as_array().unwrap().len();
        let logged = names(&desk);
        assert_eq!(logged.get("release/H1").copied().unwrap_or(0) + lies, 1, "{call}: {logged:?}");
        if lies == 1 {
            desk.json(&["retain", "hold", "release", "suit 7"]);
        }
        assert_eq!(names(&desk).get("release/H1"), Some(&1), "{call}");
    }
    assert!(kills > 3, "{kills} kills");
}

#[test]
fn an_approval_that_is_killed_between_log_and_state_is_one_approval() {
    let original = shop();
    let plan = original.json(&["retain", "plan"])["plan"].as_str().unwrap().to_owned();
    let mut kills = 0;
    for call in 1.. {
        let desk = copy_of(&original);
        if !killed_at(&desk, SYNC, call, &["retain", "approve", &plan]) {
            break;
        }
        kills += 1;
        let again = desk.run(&["retain", "approve", &plan]);
        assert!([0, 4].contains(&again.code), "{call}: {again:?}");
        assert_eq!(names(&desk).get(&format!("approve/{plan}")), Some(&1), "{call}");
        assert_eq!(desk.json(&["retain", "apply", &plan])["tables"][0]["changed"], 1, "{call}");
        assert_eq!(desk.run(&["evidence", "verify"]).code, 0, "{call}");
    }
    assert!(kills > 3, "{kills} kills");
}

#[test]
fn a_plan_that_is_given_up_and_killed_is_given_up_once_and_erases_nobody() {
    let original = shop();
    let plan = original.json(&["retain", "plan"])["plan"].as_str().unwrap().to_owned();
    original.json(&["retain", "approve", &plan]);
    // Cut off once the ledger and the state know of it: what is given up then has to leave both.
    let mut begun = None;
    for call in 1.. {
        let desk = copy_of(&original);
        if !killed_at(&desk, SYNC, call, &["retain", "apply", &plan]) {
            break;
        }
        let status = desk.json(&["retain", "status"]);
        let state = status["plans"][0]["state"].as_str().unwrap().to_owned();
        if state == "applying" && status["plans"][0]["rows_changed"] == 0 {
            begun = Some(desk);
            break;
        }
    }
    for from in [&original, &begun.expect("a run that was cut off")] {
        let mut kills = 0;
        for call in 1.. {
            let desk = copy_of(from);
            if !killed_at(&desk, SYNC, call, &["retain", "drop", &plan]) {
                break;
            }
            kills += 1;
            // As who does not know how far it came: again, until it has ended.
            let again = desk.run(&["retain", "drop", &plan]);
            assert!([0, 2].contains(&again.code) && !again.err.contains("panicked"), "{call}: {again:?}");
            assert_eq!(names(&desk).get(&format!("drop/{plan}")), Some(&1), "{call}");
            let apply = desk.run(&["retain", "apply", &plan]);
            assert!(apply.code != 0 || apply.json()["tables"][0]["changed"] == 0, "{call}: {apply:?}");
            let replay = desk.json(&["retain", "replay"]);
            assert!(replay["plan"].is_null(), "{call}: nobody was erased, nobody is looked for: {replay:#}");
            let next = desk.json(&["retain", "plan"])["tables"].to_string();
            assert!(next.contains("\"rows\":1"), "{call}: all is there still: {next}");
            assert_eq!(desk.run(&["evidence", "verify"]).code, 0, "{call}");
        }
        assert!(kills > 3, "{kills} kills");
    }
}

#[test]
fn a_scan_that_is_killed_at_its_end_is_logged_once() {
    let original = shop();
    let before: usize = names(&original).iter().filter(|(name, _)| name.starts_with("scan/")).map(|(_, n)| n).sum();
    let mut kills = 0;
    for call in 1.. {
        let desk = copy_of(&original);
        if !killed_at(&desk, SYNC, call, &["scan", "--full"]) {
            break;
        }
        kills += 1;
        let resumed = desk.run(&["scan", "--resume"]);
        assert!(!resumed.err.contains("panicked"), "{call}: {resumed:?}");
        if resumed.code > 1 {
            // It had ended, or had not begun.
            assert!(desk.run(&["scan", "--full"]).code <= 1, "{call}");
        }
        let logged = names(&desk);
        assert!(logged.iter().all(|(name, times)| !name.starts_with("scan/") || *times == 1), "{call}: {logged:?}");
        let scans = logged.keys().filter(|name| name.starts_with("scan/")).count();
        assert!(scans > before, "{call}: {logged:?}");
        assert_eq!(desk.run(&["evidence", "verify"]).code, 0, "{call}");
    }
    assert!(kills > 3, "{kills} kills");
}

const OLD: usize = 60;

fn wanted_kills() -> u32 {
    #[expect(clippy::disallowed_methods, reason = "a test is told by the environment how long it runs")]
    std::env::var("DATAWARD_KILLS").map_or(4, |text| text.parse().unwrap())
}

/// Fills, plans, approves and applies again and again, killed at random; `left` says what is there after each, and how
/// many files all archives have, of which each plan adds `adds`.
fn campaign(desk: &Desk, fill: impl Fn(u32), left: impl Fn() -> (usize, usize), adds: usize) {
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let (mut kills, mut plans) = (0, 0);
    let mut longest = Duration::ZERO;
    while kills < wanted_kills() || plans < 2 {
        fill(plans);
        let plan = desk.json(&["retain", "plan"]);
        let planned: u64 = plan["tables"].as_array().unwrap().iter().map(|line| line["rows"].as_u64().unwrap()).sum();
        assert_eq!(planned as usize, OLD, "seed {seed}: {plan:#}");
        let plan = plan["plan"].as_str().unwrap().to_owned();
        desk.json(&["retain", "approve", &plan]);
        let begun = Instant::now();
        let done = loop {
            // The first plan is left alone, to see how long one takes.
            let limit = match plans {
                0 => Duration::from_secs(600),
                _ => longest.mul_f64(0.02 + (dice.next_u32() % 1_000) as f64 / 1_000.0),
            };
            match run_for(desk, limit, &["retain", "apply", &plan]) {
                Some(said) => break said,
                None => kills += 1,
            }
        };
        longest = longest.max(if plans == 0 { begun.elapsed() } else { Duration::ZERO });
        plans += 1;
        assert_eq!(done.code, 0, "seed {seed}: {done:?}");
        let said = done.json();
        let changed: u64 =
            said["tables"].as_array().unwrap().iter().map(|table| table["changed"].as_u64().unwrap()).sum();
        assert_eq!(changed as usize, OLD, "seed {seed}, plan {plans}: {said}");
        assert_eq!(left(), (2, adds * plans as usize), "seed {seed}, plan {plans}");
    }
    println!("{kills} kills over {plans} plans: the same state after each");
    assert_eq!(desk.run(&["evidence", "verify"]).code, 0);
    let entries = desk.json(&["evidence", "show", "--last", "100000"])["entries"].to_string();
    assert_eq!(entries.matches("applied/").count(), plans as usize, "{entries}");
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            // What says who is in an archive lies beside it.
            let beside = path.extension().is_some_and(|end| end == "subjects");
            match path.is_dir() {
                true => folders.push(path),
                false => files.extend((!beside).then_some(path)),
            }
        }
    }
    files
}

fn policy(source: &str, then: &str) -> String {
    format!(
        "[business]\nname = \"Test\"\n\n[source.exports]\n{source}\n\n[[retain]]\nname = \"Exports\"\nwhat = \"exports\"\n\
         keep = \"1 year\"\nfrom = \"name_date\"\n{then}\n"
    )
}

#[test]
fn killed_at_random_over_files_every_plan_ends_the_same_and_nothing_is_archived_twice() {
    let desk = Desk::new();
    desk.write("dataward.toml", policy("url = \"file:exports\"", "then = \"archive\"\narchive_for = \"5 years\""));
    assert_eq!(desk.run(&["keys", "init", "--root", "file:root.key"]).code, 0);
    let fill = |round: u32| {
        for number in 0..OLD {
            desk.write(&format!("exports/{number}/list-2019-01-02.csv"), format!("id\n{round} {number}\n"));
        }
        desk.write("exports/new-2099-01-02.csv", "id\n1\n");
        desk.write("exports/undated.csv", "id\n1\n");
    };
    let count = |folder: &str| files_below(&desk.path().join(folder)).len();
    // Each file, and the list of them.
    campaign(&desk, fill, || (count("exports"), count(".dataward/archive")), OLD + 1);
    // Each file of each round is there once.
    let mut seen: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    for file in files_below(&desk.path().join(".dataward/archive")) {
        let opened = desk.run(&["decrypt", file.to_str().unwrap(), "--output", "opened"]);
        assert_eq!(opened.code, 0, "{opened:?}");
        let content = std::fs::read(desk.path().join("opened")).unwrap();
        std::fs::remove_file(desk.path().join("opened")).unwrap();
        if !content.starts_with(b"PAR1") {
            *seen.entry(content).or_default() += 1;
        }
    }
    assert!(seen.len() >= 2 * OLD && seen.values().all(|times| *times == 1), "{} contents", seen.len());
}

#[test]
fn killed_at_random_over_a_bucket_every_plan_ends_the_same() {
    let moto = MotoServer::shared();
    let bucket = format!("cli-kills-{:08x}", rand::random::<u32>());
    moto.make_bucket(&bucket, true);
    let desk = Desk::new();
    desk.write("secret", "secret");
    let source = format!("url = \"{}&access_key_id=key\"\npassword = {{ file = \"secret\" }}", moto.url(&bucket));
    desk.write("dataward.toml", policy(&source, "then = \"erase\""));
    // Thirty objects with two versions each; two that stay.
    let fill = |round: u32| {
        for number in 0..OLD / 2 {
            for version in 0..2 {
                let body = format!("id\n{round} {number} {version}\n");
                moto.put(&bucket, &format!("{number}/list-2019-01-02.csv"), body.as_bytes());
            }
        }
        if round == 0 {
            moto.put(&bucket, "new-2099-01-02.csv", b"id\n1\n");
            moto.put(&bucket, "undated.csv", b"id\n1\n");
        }
    };
    let left = || {
        let listing = moto.request("GET", &format!("/{bucket}?versions"), &[], b"");
        (String::from_utf8(listing).unwrap().matches("<Key>").count(), 0)
    };
    campaign(&desk, fill, left, 0);
}

#[test]
fn files_that_rows_name_go_though_only_the_rows_were_asked_for() {
    let desk = Desk::new();
    desk.write(
        "dataward.toml",
        "[business]\nname = \"Test\"\n\n[source.shop]\nurl = \"sqlite:shop.db\"\n\n[source.uploads]\nurl = \"file:uploads\"\n\n\
         [files]\n\"shop.notes.path\" = \"uploads\"\n\n[[retain]]\nname = \"Notes\"\nwhat = \"shop.notes\"\nkeep = \"1 year\"\n\
         from = \"at\"\nthen = \"erase\"\n\n[[retain]]\nname = \"Uploads\"\nwhat = \"uploads\"\nkeep = \"1 year\"\n\
         from = \"modified\"\nthen = \"erase\"\n",
    );
    sqlite::make(
        &desk.path().join("shop.db"),
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, path TEXT, at TEXT);
         INSERT INTO notes VALUES (1, 'a.txt', '2019-01-02'), (2, 'b.txt', '2026-11-01');",
    );
    for name in ["a.txt", "b.txt", "old.txt"] {
        desk.write(&format!("uploads/{name}"), "x");
    }
    let old = std::fs::File::options().append(true).open(desk.path().join("uploads/old.txt")).unwrap();
    old.set_modified(SystemTime::from(SystemClock.now()) - Duration::from_secs(800 * 86_400)).unwrap();
    let plan = desk.json(&["retain", "plan", "shop", "--list"]);
    let paths: Vec<&Value> = plan["files"].as_array().unwrap().iter().map(|file| &file["path"]).collect();
    assert_eq!(paths, ["a.txt"], "the file of the row, and not what a rule of the folder says: {plan:#}");
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    assert!(!desk.path().join("uploads/a.txt").exists() && desk.path().join("uploads/old.txt").exists());
}

#[test]
fn a_status_says_what_is_next_and_a_plan_of_nothing_too() {
    let desk = shop();
    assert_eq!(desk.run(&["retain", "hold", "place", "--matter", "suit 7", "--place", "exports"]).code, 1, "empty yet");
    let status = desk.run(&["retain", "status"]).out;
    assert!(status.contains("1 hold is in force."), "{status}");
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    let status = desk.json(&["retain", "status"]);
    assert!(status["next"].as_str().unwrap().starts_with("dataward retain verify "), "{status}");
    desk.run(&["retain", "verify"]);
    assert_eq!(desk.json(&["retain", "status"])["next"], "dataward retain plan");
    let nothing = desk.run(&["retain", "plan"]).out;
    assert!(nothing.contains("Nothing to do."), "{nothing}");
}
