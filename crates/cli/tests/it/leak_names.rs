//! Names that are values: of files that were erased, of columns and keys that are people, of documents in what is given
//! to others. None of them stays where nobody can clean it.

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::SystemTime;

use dataward_app::environment::SystemClock;
use dataward_model::Clock;

use crate::support::Desk;

const ERASING: &str = "[business]\nname = \"Blue Lantern Books\"\n\n[source.exports]\nurl = \"file:exports\"\n\n[[retain]]\n\
    name = \"Exports\"\nwhat = \"exports\"\nkeep = \"1 year\"\nfrom = \"modified\"\nthen = \"erase\"\n";

fn people(mail: &str) -> String {
    let row = |number: u32| format!("Ada,Lovelace,{mail}{number}@lantern.example\n");
    "first_name,last_name,email\n".to_owned() + &(0..30).map(row).collect::<String>()
}

fn age(desk: &Desk, name: &str, days: u64) {
    let file = std::fs::File::options().append(true).open(desk.path().join(name)).unwrap();
    file.set_modified(SystemTime::from(SystemClock.now()) - Duration::from_secs(days * 86_400)).unwrap();
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// Files of the project in which one of the words stands.
fn files_with(desk: &Desk, words: &[&str]) -> Vec<String> {
    let has = |file: &PathBuf| {
        let bytes = std::fs::read(file).unwrap().to_ascii_lowercase();
        let word = words
            .iter()
            .find(|word| bytes.windows(word.len()).any(|part| part == word.to_ascii_lowercase().as_bytes()))?;
        Some(format!("{word} in {}", file.display()))
    };
    files_below(&desk.path().join(".dataward")).iter().filter_map(has).collect()
}

/// Of what a table of the state holds, how many rows.
fn rows_of(desk: &Desk, table: &str) -> usize {
    let file = desk.path().join(".dataward/state.db");
    dataward_testkit::sqlite::count(&file, table)
}

#[test]
fn a_file_that_was_erased_is_forgotten_with_its_name_and_all_that_was_in_it() {
    let desk = Desk::new();
    desk.write("dataward.toml", ERASING);
    desk.write("exports/people.csv", people("a"));
    desk.write("exports/quibblewick.csv", people("q"));
    desk.write("exports/mails/Anfrage Zwyntra.txt", "Dear Ada Lovelace, write to ada@lantern.example.\n");
    age(&desk, "exports/quibblewick.csv", 800);
    age(&desk, "exports/mails/Anfrage Zwyntra.txt", 800);
    assert_eq!(desk.run(&["scan", "--full"]).code, 0);
    assert!(desk.run(&["audit"]).code <= 1);
    desk.json(&["inventory", "confirm", "quibblewick.csv.email", "--reason", "seen in quibblewick.csv"]);
    assert!(!files_with(&desk, &["quibblewick"]).is_empty(), "the state knows of the file");
    let sketches = rows_of(&desk, "sketches");
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    assert!(!desk.path().join("exports/quibblewick.csv").exists());
    assert_eq!(files_with(&desk, &["zwyntra"]), Vec::<String>::new());
    let named = files_with(&desk, &["quibblewick"]);
    // The log was told the name of a table, which is the business's, while it was there.
    assert!(named.iter().all(|file| file.contains("/evidence/")), "{named:?}");
    assert!(rows_of(&desk, "sketches") < sketches);
    assert_eq!(rows_of(&desk, "table_states"), 1, "of the file that stayed");
    let inventory = desk.run(&["inventory", "--all"]).out;
    assert!(inventory.contains("people.csv") && !inventory.contains("name-"), "{inventory}");
    // What was found and decided lasts, under a digest, and the log still agrees with the state.
    let findings = desk.json(&["findings", "--state", "all"]).to_string();
    assert!(findings.contains("name-") && !findings.contains("quibblewick"), "{findings}");
    assert_eq!(desk.run(&["evidence", "verify"]).code, 0);
    let audit = desk.run(&["audit", "integrity", "--format", "json"]);
    assert!(!audit.out.contains("somebody changed, removed or replaced"), "{audit:?}");
    let report = desk.run(&["audit", "--format", "json"]);
    assert!(report.code <= 1 && !report.out.contains("quibblewick"), "{report:?}");
    assert_eq!(desk.run(&["retain", "verify"]).code, 0);
}

#[test]
fn a_file_of_the_same_name_in_another_folder_is_told_as_ever() {
    let desk = Desk::new();
    desk.write("dataward.toml", ERASING);
    desk.write("exports/people.csv", people("a"));
    desk.write("exports/kept/people.csv", people("a"));
    age(&desk, "exports/people.csv", 800);
    assert_eq!(desk.run(&["scan", "--full"]).code, 0);
    assert!(desk.run(&["audit"]).code <= 1);
    for step in ["plan", "approve", "apply"] {
        desk.json(&["retain", step]);
    }
    let findings = desk.json(&["findings", "--state", "all"]).to_string();
    assert!(findings.contains("exports.kept/people.csv") && !findings.contains("kept/name-"), "{findings}");
    assert!(findings.contains("exports.name-"), "{findings}");
}

#[test]
fn a_file_that_somebody_removed_leaves_no_sketch_and_after_the_next_audit_no_hashes() {
    let desk = Desk::with_exports();
    desk.write("exports/people.csv", people("a"));
    desk.write("exports/gone.csv", people("q"));
    assert_eq!(desk.run(&["scan", "--full"]).code, 0);
    assert!(desk.run(&["audit", "integrity"]).code <= 1);
    assert_eq!(rows_of(&desk, "table_states"), 2);
    let sketches = rows_of(&desk, "sketches");
    std::fs::remove_file(desk.path().join("exports/gone.csv")).unwrap();
    assert_eq!(desk.run(&["scan", "--full"]).code, 0);
    assert_eq!(rows_of(&desk, "sketches") * 2, sketches);
    for _ in 0..2 {
        let audit = desk.run(&["audit", "integrity", "--format", "json"]);
        assert!(audit.code <= 1 && !audit.out.contains("somebody changed, removed or replaced"), "{audit:?}");
        assert_eq!(rows_of(&desk, "table_states"), 1);
    }
}

/// Names that the lexicon knows, and values that no column may be called after.
const VALUES: &[&str] = &["Meier", "Giuseppe", "quetzalia@", "7749213", "Hopper"];

#[test]
fn keys_and_heads_that_are_people_become_names_of_no_columns() {
    let desk = Desk::with_exports();
    let rows = (0..12).map(|n| format!("Eva Schulz,Bonn,{n}\n")).collect::<String>();
    desk.write("exports/no_head.csv", format!("Anna Meier,Ulm,100\n{rows}"));
    desk.write(
        "exports/letterhead.csv",
        "quetzalia@canary-mail.example,+49 1512 7749213\neva@lantern.example,+49 30 123456\n",
    );
    desk.write("exports/sales.csv", "product,price,Anna Meier,Grace Hopper\nlamp,3,1,2\nbook,4,3,4\n");
    desk.write("exports/plain.csv", "First Name,Maiden Name,Max Price\nAda,Byron,3\nIda,Noddack,4\n");
    let names = ["Anna Meier", "Eva Schulz", "Grace Hopper", "Jan Weber", "Ida Vogel", "Tom Krause", "Lea Braun"];
    let phone = |(number, name): (usize, &&str)| format!("\"{name}\": {{\"phone\": \"+49 30 12345{number}\"}}");
    let phones: Vec<String> = names.iter().enumerate().map(phone).collect();
    desk.write("exports/phones.json", format!("{{{}}}", phones.join(", ")));
    desk.write("exports/orders.json", r#"{"Anna Meier": [{"no": 1}], "Grace Hopper": [{"no": 2}]}"#);
    desk.write(
        "exports/hours.jsonl",
        "{\"day\": 1, \"hours\": {\"Anna\": 7, \"Giuseppe\": 8}}\n{\"day\": 2, \"hours\": {\"Giuseppe\": 8}}\n",
    );
    let mut said = String::new();
    for arguments in [
        &["scan", "--full", "--format", "json"][..],
        &["scan", "exports", "--format", "json"],
        &["audit", "--format", "json"],
        &["audit", "integrity", "--format", "json"],
        &["inventory", "--all"],
        &["inventory", "--all", "--format", "json"],
        &["inventory", "export", "--as", "csv"],
        &["inventory", "export", "--as", "dpv"],
        &["inventory", "export", "--as", "fides"],
        &["findings", "export", "--as", "sarif"],
        &["status", "--format", "json"],
        &["report", "--output", "report.html"],
        &["evidence", "show", "--last", "1000"],
    ] {
        let run = desk.run(arguments);
        assert!(run.code <= 1, "{arguments:?}: {run:?}");
        said += &run.out;
        said += &run.err;
    }
    said += &desk.read("report.html");
    for value in VALUES {
        assert!(!said.contains(value), "`{value}` is told");
    }
    assert_eq!(files_with(&desk, VALUES), Vec::<String>::new());
    let inventory = desk.run(&["inventory", "export", "--as", "fides"]).out;
    assert!(["First Name", "Maiden Name", "Max Price"].iter().all(|field| inventory.contains(field)), "{inventory}");
    let scan = desk.json(&["scan", "--full"]);
    let phone = crate::support::column(&scan, "phones.json", "*.phone");
    assert_eq!(phone["category"], "user.contact.phone_number", "{phone}");
    assert_eq!(
        crate::support::column(&scan, "phones.json", "*key")["category"],
        "user.name",
        "people are found as ever"
    );
    crate::support::column(&scan, "sales.csv", "[name]_2");
    crate::support::column(&scan, "no_head.csv", "column_1");
}
