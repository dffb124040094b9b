//! "Everything under exports/ and backups/ must be encrypted": audited, planned, carried out, proven.

use std::process::Command;

use serde_json::Value;

use crate::support::Desk;

const POLICY: &str = r#"
[business]
name = "Test"

[source.office]
url = "file:office"

[[protect]]
name = "Exports and backups"
what = ["office.exports/", "office.backups/"]
"#;

/// Test numbers of card schemes: valid by Luhn, never issued.
const CARDS: &str = "name,card\nAda Lovelace,4111111111111111\nAlan Turing,5555555555554444\n\
                     Grace Hopper,4012888888881881\nEdsger Dijkstra,5105105105105100\n";

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("dataward.toml", POLICY);
    desk.write("office/exports/cards.csv", CARDS);
    desk.write("office/exports/2026/list.csv", "email\nada@example.com\nalan@example.com\n");
    desk.write("office/backups/shop.sql", "INSERT INTO customers VALUES ('ada@example.com');\n");
    desk.write("office/readme.txt", "Nothing to see.");
    let said = desk.run(&["keys", "init", "--root", "file:root.key"]);
    assert_eq!(said.code, 0, "{said:?}");
    desk
}

/// Open findings at a place, by check.
fn open(desk: &Desk, check: &str) -> Vec<String> {
    let findings = desk.json(&["findings"]);
    let list = findings["findings"].as_array().unwrap().iter();
    let open = list.filter(|finding| finding["check"] == check && finding["state"] == "open");
    open.map(|finding| finding["place"].as_str().unwrap().to_owned()).collect()
}

/// The stages are run for what they find: the exit code says that there are findings, or blind spots.
fn look(desk: &Desk) {
    for arguments in [&["scan"][..], &["audit", "encryption"]] {
        let said = desk.run(arguments);
        assert!(said.code <= 1, "{said:?}");
    }
}

#[test]
fn a_plaintext_card_list_is_found_encrypted_and_fixed_only_when_both_have_looked_again() {
    let desk = desk();
    look(&desk);
    let readable = "encryption/readable-secrets";
    assert_eq!(open(&desk, readable), ["office.exports/cards.csv"]);
    assert_eq!(open(&desk, "encryption/must-be-encrypted"), ["office"]);

    let plan = desk.json(&["encrypt", "--from-audit"]);
    assert_eq!(plan["files"], 3, "{plan}");
    assert_eq!(plan["parts"][0]["rule"], "Exports and backups");
    assert!(desk.path().join("office/exports/cards.csv").exists(), "a plan changes nothing");
    let hash = plan["plan"].as_str().unwrap();

    // What comes later is not in the plan: it is told, not touched.
    desk.write("office/exports/new.csv", "email\ngrace@example.com\n");
    let said = desk.run(&["encrypt", "--from-audit", "--apply", &hash[..12], "--format", "json"]);
    let report = said.json();
    assert_eq!((said.code, &report["files"], &report["left"]), (3, &3.into(), &1.into()), "{said:?}");
    assert!(desk.path().join("office/exports/new.csv").exists());
    assert!(!desk.path().join("office/exports/cards.csv").exists());
    let again = desk.run(&["encrypt", "--from-audit", "--apply", hash, "--format", "json"]).json();
    assert_eq!((&again["files"], &again["already"]), (&0.into(), &3.into()), "{again}");

    // Sealed, but nobody has looked again: the findings stand.
    assert_eq!(open(&desk, readable), ["office.exports/cards.csv"]);
    assert!(desk.run(&["audit", "encryption"]).code <= 1);
    assert_eq!(open(&desk, readable), ["office.exports/cards.csv"], "it goes by what a scan read");
    assert_eq!(open(&desk, "encryption/must-be-encrypted"), ["office"], "new.csv");

    let plan = desk.json(&["encrypt", "--from-audit"]);
    assert_eq!(plan["files"], 1);
    let report = desk.json(&["encrypt", "--from-audit", "--apply", plan["plan"].as_str().unwrap()]);
    assert_eq!(report["left"], 0, "{report}");
    look(&desk);
    assert_eq!(open(&desk, readable), Vec::<String>::new());
    assert_eq!(open(&desk, "encryption/must-be-encrypted"), Vec::<String>::new());
    assert_eq!(desk.json(&["encrypt", "--from-audit"])["files"], 0);
}

#[test]
fn inventory_and_log_know_what_was_sealed_when_under_which_key_and_what_it_held() {
    let desk = desk();
    look(&desk);
    let plan = desk.json(&["encrypt", "--from-audit"]);
    let hash = plan["plan"].as_str().unwrap();
    desk.json(&["encrypt", "--from-audit", "--apply", hash]);
    let cards = |inventory: &Value| {
        let sealed = inventory["sealed"].as_array().unwrap();
        sealed.iter().find(|line| line["unit"] == "exports/cards.csv.dw").cloned().unwrap()
    };
    let line = cards(&desk.json(&["inventory"]));
    assert_eq!(line["by"], "AES-256-GCM, key files/1 of dataward");
    assert!(line["holds"].as_array().unwrap().contains(&"user.financial.credit_card".into()), "{line}");

    // An audit sees the same again and keeps the day.
    look(&desk);
    let seen = cards(&desk.json(&["inventory"]));
    assert_eq!((&seen["since"], &seen["holds"]), (&line["since"], &line["holds"]));

    let log = desk.json(&["evidence", "show"]);
    let entries = log["entries"].as_array().unwrap();
    let event = |entry: &&Value| {
        let name = entry["statement"]["subject"][0]["name"].as_str().unwrap();
        name == "keys/encrypt/files/1"
    };
    let entry = entries.iter().find(event).unwrap();
    let event = &entry["statement"]["predicate"]["event"];
    assert_eq!((&event["files"], &event["sources"][0], &event["plan"]), (&3.into(), &"office".into(), &hash.into()));
    assert!(!entry.to_string().contains("cards.csv"), "no name of a file stands in the log");

    // A new version of the key: from when on it counts for a file is kept too.
    desk.json(&["keys", "rotate"]);
    desk.json(&["rewrap", "-r", "office"]);
    assert_eq!(cards(&desk.json(&["inventory"]))["by"], "AES-256-GCM, key files/2 of dataward");

    // What is opened again is sealed no more.
    desk.json(&["decrypt", "--in-place", "office/exports/cards.csv.dw"]);
    let inventory = desk.json(&["inventory"]);
    let sealed: Vec<&Value> = inventory["sealed"].as_array().unwrap().iter().collect();
    assert!(sealed.iter().all(|line| line["unit"] != "exports/cards.csv.dw"), "{sealed:?}");
}

/// Runs the program until one of its threads calls `call` for the `nth` time.
fn kill_at(desk: &Desk, call: &str, nth: u32, arguments: &[&str]) {
    let killed = Command::new("strace")
        .args(["-f", "-qq", "-e", &format!("trace={call}"), "-e", &format!("inject={call}:signal=KILL:when={nth}")])
        .arg(env!("CARGO_BIN_EXE_dataward"))
        .args(arguments)
        .current_dir(desk.path())
        .output()
        .expect("strace of Debian's package strace");
    assert!(!killed.status.success());
}

/// Files that the inventory says are sealed, and how many the log says were, by `action`.
pub(crate) fn told(desk: &Desk, action: &str) -> (usize, u64) {
    let sealed = desk.json(&["inventory"])["sealed"].as_array().unwrap().len();
    let log = desk.json(&["evidence", "show"]);
    let events = log["entries"].as_array().unwrap().iter().map(|entry| &entry["statement"]["predicate"]["event"]);
    let files = events.filter(|event| event["action"] == action).map(|event| event["files"].as_u64().unwrap());
    (sealed, files.sum())
}

#[test]
fn what_a_run_sealed_before_it_was_killed_is_told_by_the_next() {
    let desk = desk();
    // More than any machine of ours has threads, so that one of them comes to a second file.
    (0..60).for_each(|number| desk.write(&format!("office/notes/{number}.txt"), "Nothing to see."));
    look(&desk);
    let encrypt = ["encrypt", "-r", "--in-place", "office"];
    kill_at(&desk, "unlink", 2, &encrypt);
    assert_eq!(told(&desk, "encrypt"), (0, 0));
    desk.json(&encrypt);
    assert_eq!(told(&desk, "encrypt"), (64, 64));
    desk.json(&encrypt);
    assert_eq!(told(&desk, "encrypt"), (64, 64), "once");
    desk.json(&["keys", "rotate"]);
    let rewrap = ["rewrap", "-r", "office"];
    kill_at(&desk, "rename", 2, &rewrap);
    assert_eq!(told(&desk, "rewrap"), (64, 0));
    desk.json(&rewrap);
    assert_eq!(told(&desk, "rewrap"), (64, 64));
    let by = desk.json(&["inventory"])["sealed"].to_string();
    assert_eq!(by.matches("key files/2 of dataward").count(), 64, "{by}");
}

#[test]
fn a_plan_that_was_killed_is_gone_on_with_and_one_that_was_changed_is_refused() {
    let desk = desk();
    look(&desk);
    let plan = desk.json(&["encrypt", "--from-audit"]);
    let hash = plan["plan"].as_str().unwrap();
    // Killed when the second plaintext goes.
    kill_at(&desk, "unlink", 2, &["encrypt", "--from-audit", "--apply", hash]);
    let report = desk.json(&["encrypt", "--from-audit", "--apply", hash]);
    assert_eq!((&report["left"], &report["failures"]), (&0.into(), &0.into()), "{report}");
    assert_eq!(desk.json(&["verify", "office/exports", "office/backups"])["files"], 3);
    assert_eq!(told(&desk, "encrypt"), (3, 3));

    let file = desk.path().join(format!(".dataward/plans/encrypt-{hash}.json"));
    let text = std::fs::read_to_string(&file).unwrap().replace("cards.csv", "other.csv");
    std::fs::write(&file, text).unwrap();
    let said = desk.run(&["encrypt", "--from-audit", "--apply", hash]);
    assert_eq!(said.code, 4, "{said:?}");
    assert!(said.err.contains("the plan is not what was shown"), "{said:?}");
}

#[test]
fn a_category_covers_the_files_that_hold_it() {
    let desk = desk();
    desk.write(
        "dataward.toml",
        POLICY.replace(r#"["office.exports/", "office.backups/"]"#, r#"["user.financial.credit_card"]"#),
    );
    look(&desk);
    let plan = desk.json(&["encrypt", "--from-audit"]);
    assert_eq!((&plan["files"], &plan["parts"][0]["files"][0]["name"]), (&1.into(), &"exports/cards.csv".into()));
}

#[test]
fn without_a_rule_or_a_plan_it_says_what_to_write() {
    let desk = Desk::with_exports();
    let said = desk.run(&["encrypt", "--from-audit"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("[[protect]]"), "{said:?}");
    let desk = self::desk();
    let said = desk.run(&["encrypt", "--from-audit", "--apply", "0123456789"]);
    assert_eq!((said.code, said.err.contains("no plan `0123456789`")), (2, true), "{said:?}");
}
