//! The life of keys as a user lives it: rotation, files sealed anew, people who come and go, the sheets on
//! another machine, and holds against shredding.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::support::Desk;

/// A desk with keys, where one person alone decides.
fn desk_with_keys() -> Desk {
    let desk = Desk::with_exports();
    let policy = desk.read("dataward.toml");
    desk.write("dataward.toml", format!("{policy}\n[approval]\nsolo = true\n"));
    let said = desk.run(&["keys", "init", "--root", "file:root.key"]);
    assert_eq!(said.code, 0, "{said:?}");
    desk
}

/// All files below a folder of the desk, by name.
fn tree(desk: &Desk, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![desk.path().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(desk.path()).unwrap().to_str().unwrap().to_owned();
                found.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    found
}

/// The key that a sealed file names in its labels: what anyone can read in its header.
fn sealed_with(desk: &Desk, file: &str) -> String {
    let mut input = std::fs::File::open(desk.path().join(file)).unwrap();
    let header = dataward_seal::esdk::Header::read(&mut input).unwrap();
    let label = |name: &str| header.context.value(name).unwrap().to_owned();
    format!("{}/{}", label("class"), label("key-version"))
}

fn shred(desk: &Desk, class: &str, version: &str) -> Value {
    desk.json(&["keys", "shred", "--class", class, "--version", version, "--apply"])
}

#[test]
fn a_new_version_of_a_class_key_counts_from_now_on_and_leaves_files_as_they_are() {
    let desk = desk_with_keys();
    desk.write("exports/old.csv", "before");
    desk.json(&["encrypt", "--in-place", "-r", "exports"]);
    let before = tree(&desk, "exports");
    let status = desk.json(&["keys", "rotate"]);
    let states: Vec<&str> =
        status["keys"].as_array().unwrap().iter().map(|key| key["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["retired", "active"]);
    assert_eq!(tree(&desk, "exports"), before, "no file was touched");
    desk.write("exports/new.csv", "after");
    desk.json(&["encrypt", "--in-place", "-r", "exports"]);
    assert_eq!(sealed_with(&desk, "exports/old.csv.dw"), "files/1");
    assert_eq!(sealed_with(&desk, "exports/new.csv.dw"), "files/2");
    desk.json(&["decrypt", "--in-place", "-r", "exports"]);
    assert_eq!((desk.read("exports/old.csv"), desk.read("exports/new.csv")), ("before".to_owned(), "after".to_owned()));
}

#[test]
fn turning_the_root_over_leaves_every_file_as_it_is_and_the_old_root_opens_nothing() {
    let desk = desk_with_keys();
    desk.write("exports/a.csv", "text");
    desk.json(&["encrypt", "--in-place", "-r", "exports"]);
    let before = tree(&desk, "exports");
    let old = desk.read("root.key");
    desk.json(&["keys", "rotate", "--root", "file:new.key"]);
    assert_eq!(tree(&desk, "exports"), before);
    assert_eq!(desk.json(&["verify", "exports"])["files"], 1);
    desk.write("new.key", old);
    let said = desk.run(&["verify", "exports"]);
    assert_eq!((said.code, said.err.contains("the root key is not the one")), (2, true), "{said:?}");
}

#[test]
fn rotate_rewrap_seals_the_declared_folders_anew_and_the_old_key_is_needed_no_more() {
    let desk = desk_with_keys();
    desk.write("exports/a.csv", "one");
    desk.write("exports/deep/er/b.csv", "two".repeat(100_000));
    desk.write("elsewhere/c.csv", "three");
    desk.json(&["encrypt", "--in-place", "-r", "exports", "elsewhere"]);
    desk.write("exports/plain.txt", "was never sealed");
    desk.write("exports/broken.csv", "four");
    desk.json(&["encrypt", "--in-place", "exports/broken.csv"]);
    let mut broken = std::fs::read(desk.path().join("exports/broken.csv.dw")).unwrap();
    let last = broken.len() - 1;
    broken[last] ^= 1;
    desk.write("exports/broken.csv.dw", &broken);

    let said = desk.run(&["keys", "rotate", "--rewrap", "--format", "json"]);
    // One file that does not open hides nothing and is as it was.
    assert_eq!(said.code, 3, "{said:?}");
    let report = said.json();
    assert_eq!((&report["files"], &report["failures"], &report["key"]), (&2.into(), &1.into(), &"files/2".into()));
    assert!(report["failed"][0].as_str().unwrap().contains("exports/broken.csv.dw"), "{report}");
    assert_eq!(std::fs::read(desk.path().join("exports/broken.csv.dw")).unwrap(), broken);
    assert_eq!(desk.read("exports/plain.txt"), "was never sealed");
    // What it did is told: not the header alone.
    assert!(report["notes"][0].as_str().unwrap().starts_with("bodies were written again"), "{report}");
    let help = desk.run(&["rewrap", "--help"]).out;
    assert!(help.contains("The body is written again"), "{help}");

    // Outside the declared folders only when named; done again, nothing is left to do.
    assert_eq!(sealed_with(&desk, "elsewhere/c.csv.dw"), "files/1");
    std::fs::remove_file(desk.path().join("exports/broken.csv.dw")).unwrap();
    let again = desk.json(&["rewrap", "-r", "exports", "elsewhere"]);
    assert_eq!((&again["files"], &again["already"]), (&1.into(), &3.into()), "{again}");

    assert_eq!(shred(&desk, "files", "1")["still_opened_by"].as_array().unwrap().len(), 1);
    assert_eq!(desk.json(&["decrypt", "--in-place", "-r", "exports", "elsewhere"])["files"], 3);
    assert_eq!(desk.read("exports/deep/er/b.csv"), "two".repeat(100_000));
    assert_eq!(desk.read("elsewhere/c.csv"), "three");
}

#[test]
fn a_file_that_is_sealed_anew_keeps_its_class() {
    let desk = desk_with_keys();
    desk.json(&["keys", "rotate", "--class", "payroll"]);
    desk.write("exports/list.csv", "customers");
    desk.json(&["encrypt", "--in-place", "exports/list.csv"]);
    desk.write("exports/salaries.csv", "salaries");
    desk.json(&["encrypt", "--in-place", "--class", "payroll", "exports/salaries.csv"]);

    assert!(desk.run(&["scan"]).code <= 1);
    // All are asked for, and each gets the newest key of its own class.
    assert_eq!(desk.json(&["keys", "rotate", "--rewrap"])["files"], 1);
    assert_eq!(sealed_with(&desk, "exports/salaries.csv.dw"), "payroll/1");
    let report = desk.json(&["keys", "rotate", "--class", "payroll", "--rewrap"]);
    assert_eq!((&report["files"], &report["key"]), (&1.into(), &"files/2, payroll/2".into()), "{report}");
    assert_eq!(sealed_with(&desk, "exports/list.csv.dw"), "files/2");
    assert_eq!(sealed_with(&desk, "exports/salaries.csv.dw"), "payroll/2");
    let report = desk.json(&["keys", "rotate", "--recovery", "--kit", "kit-2", "--rewrap"]);
    assert_eq!(report["files"], 2, "{report}");
    assert_eq!(sealed_with(&desk, "exports/salaries.csv.dw"), "payroll/2");
    let sealed = desk.json(&["inventory"])["sealed"].clone();
    let by: Vec<&str> = sealed.as_array().unwrap().iter().map(|line| line["by"].as_str().unwrap()).collect();
    assert!(by.iter().any(|by| by.contains("payroll/2")) && by.iter().any(|by| by.contains("files/2")), "{sealed}");
    let status = desk.json(&["keys", "status"]);
    let uses = |class: &str, version: u64| {
        let keys = status["keys"].as_array().unwrap();
        keys.iter().find(|key| key["class"] == class && key["version"] == version).unwrap()["files"].clone()
    };
    assert_eq!((uses("payroll", 1), uses("payroll", 2), uses("files", 2)), (1.into(), 2.into(), 2.into()));

    // A class whose newest key is gone seals nothing; the file is not given to another class behind one's back.
    desk.json(&["keys", "rotate", "--class", "payroll"]);
    shred(&desk, "payroll", "3");
    desk.json(&["keys", "recipients", "add", "auditor", desk.run(&["keys", "recipients", "new", "k"]).out.trim()]);
    let said = desk.run(&["rewrap", "-r", "exports", "--format", "json"]);
    let report = said.json();
    assert_eq!((said.code, &report["files"]), (3, &1.into()), "{report}");
    assert!(report["failed"][0].as_str().unwrap().contains("dataward keys rotate --class payroll"), "{report}");
    assert_eq!(sealed_with(&desk, "exports/salaries.csv.dw"), "payroll/2");
    // Moving it is a wish of one's own, and opening needs no class that seals.
    desk.json(&["rewrap", "--class", "files", "exports/salaries.csv.dw"]);
    assert_eq!(sealed_with(&desk, "exports/salaries.csv.dw"), "files/2");
}

#[test]
fn files_open_when_no_class_seals_any_more() {
    let desk = desk_with_keys();
    desk.write("exports/a.csv", "text");
    desk.json(&["encrypt", "--in-place", "-r", "exports"]);
    desk.json(&["keys", "rotate"]);
    shred(&desk, "files", "2");
    assert_eq!(desk.json(&["verify", "exports"])["files"], 1);
    assert_eq!(desk.run(&["encrypt", "root.key"]).code, 2, "nothing seals");
    desk.json(&["decrypt", "--in-place", "-r", "exports"]);
    assert_eq!(desk.read("exports/a.csv"), "text");
}

#[test]
fn people_are_added_listed_replaced_and_taken_out() {
    let desk = desk_with_keys();
    let made = |file: &str| desk.run(&["keys", "recipients", "new", file]).out.trim().to_owned();
    let [auditor, owner, other] = ["auditor.key", "owner.key", "other.key"].map(made);
    desk.json(&["keys", "recipients", "add", "auditor", &auditor]);
    desk.json(&["keys", "recipients", "add", "owner", &owner]);
    let listed = desk.json(&["keys", "recipients", "list"]);
    assert_eq!(listed["recipients"], serde_json::json!(["auditor", "owner"]));
    desk.write("exports/a.csv", "for both");
    desk.json(&["encrypt", "--in-place", "-r", "exports"]);
    let opens = |file: &str| desk.run(&["decrypt", "exports/a.csv.dw", "--identity", file]);
    assert_eq!((opens("auditor.key").out.as_str(), opens("owner.key").out.as_str()), ("for both", "for both"));
    let stranger = opens("other.key");
    assert_eq!((stranger.code, stranger.out.as_str()), (3, ""), "{stranger:?}");

    // The same name again is another key of that person.
    desk.json(&["keys", "recipients", "add", "auditor", &other]);
    desk.json(&["keys", "recipients", "remove", "owner"]);
    assert_eq!(desk.json(&["keys", "recipients", "list"])["recipients"], serde_json::json!(["auditor"]));
    assert_eq!(opens("owner.key").out, "for both", "until it is sealed anew");
    assert_eq!(desk.json(&["rewrap", "-r", "exports"])["files"], 1);
    assert_eq!(opens("other.key").out, "for both");
    assert_eq!((opens("owner.key").out, opens("auditor.key").out), (String::new(), String::new()));

    let before = desk.read(".dataward/keys/keys.json");
    let unknown = desk.run(&["keys", "recipients", "remove", "nobody"]);
    assert_eq!((unknown.code, unknown.err.contains("there is no recipient `nobody`")), (2, true), "{unknown:?}");
    for (name, key) in [("eve", "dwpq1nonsense"), ("Eve Smith", &auditor)] {
        let said = desk.run(&["keys", "recipients", "add", name, key]);
        assert_eq!(said.code, 2, "{said:?}");
    }
    assert_eq!(desk.read(".dataward/keys/keys.json"), before, "what was refused changed nothing");
}

fn words(desk: &Desk, kit: &str, number: usize) -> String {
    crate::seal::words_of(&desk.path().join(format!("{kit}/sheet-{number}-of-3.pdf")))
}

#[test]
fn two_sheets_and_a_copy_of_the_key_store_open_everything_on_another_machine() {
    let desk = desk_with_keys();
    desk.json(&["keys", "rotate", "--class", "payroll"]);
    desk.write("a", "exports");
    desk.write("b", "salaries");
    desk.json(&["encrypt", "a"]);
    desk.json(&["encrypt", "--class", "payroll", "b"]);

    let there = Desk::new();
    std::fs::create_dir(there.path().join("copy")).unwrap();
    copy(&desk, ".dataward/keys/keys.json", &there, "copy/keys.json");
    for name in ["a.dw", "b.dw"] {
        copy(&desk, name, &there, name);
    }
    there.write("1", words(&desk, "recovery-kit", 1));
    there.write("2", words(&desk, "recovery-kit", 2));
    let drill = there.json(&["keys", "drill", "--keys", "copy", "--sheet", "2", "--sheet", "1"]);
    assert_eq!(drill["recovery"]["last_drill_days"], 0);
    let sheets = ["--sheet", "1", "--sheet", "2"];
    there.json(&[&["keys", "recover", "--keys", "copy", "--root", "file:root.key"][..], &sheets].concat());
    for (name, text) in [("a", "exports"), ("b", "salaries")] {
        there.json(&["decrypt", "--keys", "copy", &format!("{name}.dw"), "-o", name]);
        assert_eq!(there.read(name), text);
    }

    // Sheets of a kit that was replaced, a word misread, one sheet twice: a drill says so and keeps no date.
    desk.json(&["keys", "rotate", "--recovery", "--kit", "new-kit"]);
    desk.write("old-1", words(&desk, "recovery-kit", 1));
    desk.write("old-2", words(&desk, "recovery-kit", 2));
    desk.write("new-1", words(&desk, "new-kit", 1));
    let wrong = words(&desk, "new-kit", 2);
    let letter = if wrong.starts_with('b') { "d" } else { "b" };
    desk.write("misread", format!("{letter}{}", &wrong[1..]));
    for pair in [["old-1", "old-2"], ["old-1", "new-1"], ["new-1", "misread"], ["new-1", "new-1"]] {
        let said = desk.run(&["keys", "drill", "--sheet", pair[0], "--sheet", pair[1]]);
        assert_eq!(said.code, 2, "{pair:?} {said:?}");
        assert!(!said.err.contains(&wrong[..11]), "no word of a sheet is repeated: {said:?}");
    }
    assert_eq!(desk.json(&["keys", "status"])["recovery"]["last_drill_days"], Value::Null);
}

fn copy(from: &Desk, name: &str, to: &Desk, target: &str) {
    std::fs::copy(from.path().join(name), to.path().join(Path::new(target))).unwrap();
}

#[test]
fn a_hold_keeps_the_keys_of_what_it_covers() {
    let desk = desk_with_keys();
    desk.json(&["keys", "rotate", "--class", "payroll"]);
    desk.write("exports/list.csv", "email\nada@example.com\n");
    desk.write("outside.csv", "email\nbob@example.com\n");
    desk.json(&["encrypt", "--in-place", "exports/list.csv"]);
    // A copy that stands in the folder counts as well.
    desk.write("salaries", "salaries");
    desk.json(&["encrypt", "--class", "payroll", "salaries", "-o", "exports/salaries.dw"]);
    desk.json(&["keys", "rotate", "--class", "other"]);
    desk.json(&["encrypt", "--in-place", "--class", "other", "outside.csv"]);
    desk.json(&["retain", "hold", "place", "--matter", "suit 7", "--place", "exports"]);
    let before = desk.read(".dataward/keys/keys.json");
    for class in ["files", "payroll"] {
        let told = desk.run(&["keys", "shred", "--class", class, "--version", "1"]);
        assert_eq!((told.code, told.err.contains("the hold `suit 7` covers `exports`")), (4, true), "{told:?}");
        let refused = desk.run(&["keys", "shred", "--class", class, "--version", "1", "--apply"]);
        assert_eq!((refused.code, refused.err.contains("suit 7")), (4, true), "{refused:?}");
    }
    assert_eq!(desk.read(".dataward/keys/keys.json"), before);
    // What the hold does not cover goes.
    shred(&desk, "other", "1");

    desk.json(&["retain", "hold", "release", "suit 7"]);
    shred(&desk, "files", "1");
    assert_eq!(desk.run(&["decrypt", "exports/list.csv.dw", "-o", "back"]).code, 3);
}

#[test]
fn the_copy_of_a_killed_run_under_an_older_key_is_sealed_anew_and_what_is_kept_of_it_is_true() {
    let desk = desk_with_keys();
    desk.write("exports/cards.csv", "card\n4111111111111111\n");
    // What a run leaves that is killed before the plaintext goes: both files.
    desk.json(&["encrypt", "exports/cards.csv"]);
    assert_eq!(sealed_with(&desk, "exports/cards.csv.dw"), "files/1");
    desk.json(&["keys", "rotate"]);
    let sealed = desk.json(&["encrypt", "--in-place", "exports/cards.csv"]);
    assert_eq!((&sealed["files"], sealed["key"].as_str()), (&1.into(), Some("files/2")), "{sealed}");
    assert_eq!(sealed_with(&desk, "exports/cards.csv.dw"), "files/2");
    assert!(!desk.path().join("exports/cards.csv").exists());
    shred(&desk, "files", "1");
    assert_eq!(desk.json(&["verify", "exports/cards.csv.dw"])["failures"], 0, "the old key is needed no more");
}
