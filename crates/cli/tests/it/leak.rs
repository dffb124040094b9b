//! The canary hunt: no value of a customer reaches a log, an error, the state, a report, an export or
//! the evidence log.

use std::path::Path;
use std::path::PathBuf;

use crate::support::Desk;

/// Values that exist nowhere else in the world.
const CANARIES: &[&str] = &[
    "quetzalia.zwyntra@canary-mail.example",
    "canary-mail",
    "Quetzalia",
    "Zwyntra",
    "4929123412341236",
    "4929 1234 1234 1236",
    "+49 1512 7749213",
    "Xylophongasse 77",
    "hunter2-Zq9xWv",
];

#[test]
fn no_value_reaches_anything_that_dataward_writes() {
    let desk = Desk::with_exports();
    let row = "Quetzalia,Zwyntra,quetzalia.zwyntra@canary-mail.example,4929123412341236,+49 1512 7749213,Xylophongasse 77,hunter2-Zq9xWv\n";
    let head = "first_name,last_name,email,card,phone,street,password\n";
    desk.write("exports/people.csv", format!("{head}{}", row.repeat(20)));
    desk.write("exports/broken.json", "{\"email\": \"quetzalia.zwyntra@canary-mail.example\", \"name\": Quetzalia}");
    desk.write(
        "exports/lines.jsonl",
        "{\"email\": \"quetzalia.zwyntra@canary-mail.example\"}\n{\"card\": 4929123412341236,,}\n",
    );
    desk.write("exports/half.xlsx", "PK\u{3}\u{4} Quetzalia Zwyntra quetzalia.zwyntra@canary-mail.example");
    desk.write("exports/ragged.csv", format!("{head}\"Quetzalia,Zwyntra\n{row}"));
    desk.write(
        "exports/ticket.txt",
        "Dear Quetzalia Zwyntra,\nyour card 4929 1234 1234 1236 was refused. Call +49 1512 7749213.\nXylophongasse 77\n",
    );
    desk.write(
        "exports/dump.sql",
        "INSERT INTO people VALUES ('Quetzalia', 'quetzalia.zwyntra@canary-mail.example', ;\n",
    );
    let mut said = String::new();
    for arguments in [
        &["scan", "--full"][..],
        &["scan", "--full", "--format", "json"],
        &["scan", "exports", "--format", "json"],
        &["status"],
        &["status", "--format", "json"],
        &["inventory", "--all"],
        &["inventory", "--all", "--format", "json"],
        &["inventory", "explain", "people.csv.email"],
        &["inventory", "confirm", "people.csv.email"],
        &["inventory", "export", "--as", "csv"],
        &["inventory", "export", "--as", "dpv"],
        &["inventory", "export", "--as", "fides"],
        &["inspect", "exports/ticket.txt"],
        &["report"],
        &["evidence", "show"],
    ] {
        let run = desk.run(arguments);
        assert!(run.code == 0 || run.code == 3, "{arguments:?}: {run:?}");
        assert!(!run.err.contains("panicked"), "{arguments:?}: {}", run.err);
        said.push_str(&run.out);
        said.push_str(&run.err);
    }
    hunt("what was printed", said.as_bytes());
    let mut files = 0;
    for file in files_below(desk.path()) {
        if !file.starts_with(desk.path().join("exports")) {
            hunt(&file.display().to_string(), &std::fs::read(&file).unwrap());
            files += 1;
        }
    }
    assert!(files >= 5, "state, evidence and report were hunted through");
}

fn hunt(place: &str, bytes: &[u8]) {
    for canary in CANARIES {
        let found = bytes.windows(canary.len()).any(|window| window.eq_ignore_ascii_case(canary.as_bytes()));
        assert!(!found, "`{canary}` leaked into {place}");
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files
}
