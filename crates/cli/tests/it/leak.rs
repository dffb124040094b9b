//! The canary hunt: no value of a customer reaches a log, an error, the state, a report, an export or
//! the evidence log.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use dataward_testkit::sqlite;

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

/// A shop whose rows have every fault that the integrity check names, and the exports of it.
const SHOP: &str = "
    CREATE TABLE customers (id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT, email TEXT, phone TEXT,
        card TEXT, street TEXT, birth_date TEXT, password TEXT, last_seen TEXT);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
    INSERT INTO customers SELECT i, 'Ada', 'Larkspur' || i, 'ada' || i || '@lantern.example',
        '+49 30 ' || (1000000 + i * 7), '4111111111111111', 'Lanternstr. ' || i, '1970-01-' || (10 + i % 19), 'x' || i,
        CASE WHEN i < 80 THEN '2019-05-04' ELSE '2026-11-01' END FROM n;
    INSERT INTO customers VALUES
        (901, 'Quetzalia', 'Zwyntra', 'quetzalia.zwyntra@canary-mail.example', '+49 1512 7749213', '4929123412341236',
            'Xylophongasse 77', '1971-13-45', 'hunter2-Zq9xWv', '2018-01-01'),
        (902, ' Quetzalia', 'ZwyntrÃ¤', 'quetzalia.zwyntra@canary-mail', '+49 1512 7749213', '4929 1234 1234 1236',
            'Xylophongasse 77', '1871-03-05', 'hunter2-Zq9xWv', '2018-01-01'),
        (903, 'quetzalia', 'Zwyntra', 'QUETZALIA..ZWYNTRA@canary-mail.example', '+49 1512 7749213', '4929123412341237',
            'Xylophongasse 77', '0000-00-00', 'hunter2-Zq9xWv', 'Zwyntra');
    CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, email TEXT, note TEXT);
    INSERT INTO orders SELECT id, id + 600, email, 'call Quetzalia Zwyntra, +49 1512 7749213' FROM customers;
";

const RULES: &str = "
[business]
name = \"Blue Lantern Books\"

[source.shop]
url = \"sqlite:shop.db\"

[source.files]
url = \"file:exports\"

[[protect]]
name = \"exports\"
what = [\"files\"]

[[retain]]
name = \"Customers\"
what = \"shop.customers\"
keep = \"2 years\"
from = \"last_seen\"
then = \"archive\"
";

#[test]
fn no_value_reaches_what_audits_deletion_and_encryption_write() {
    let desk = Desk::new();
    sqlite::make(&desk.path().join("shop.db"), SHOP);
    desk.write("exports/people.csv", "name,email\nQuetzalia Zwyntra,quetzalia.zwyntra@canary-mail.example\n".repeat(9));
    desk.write("dataward.toml", RULES);
    desk.write("passphrase", "lantern 77 staple horse of nobody");
    let mut said = String::new();
    let mut run = |arguments: &[&str]| {
        let run = desk.run(arguments);
        assert!(run.code <= 1, "{arguments:?}: {run:?}");
        said.push_str(&run.out);
        said.push_str(&run.err);
        run
    };
    for arguments in [
        &["scan", "--full"][..],
        &["audit"],
        &["audit", "--format", "json"],
        &["audit", "integrity", "--format", "json"],
        &["audit", "integrity", "shop.db", "--format", "json"],
        &["access", "shop", "--all-columns", "--format", "json"],
        &["retain", "policy", "--format", "json"],
        &["retain", "plan"],
        &["retain", "approve"],
        &["keys", "init", "--secret-file", "passphrase"],
        &["retain", "apply", "--secret-file", "passphrase"],
        &["retain", "verify", "--exclusive", "--format", "json"],
        &["retain", "replay"],
        &["scan", "--full"],
        &["audit", "--format", "json"],
        &["findings", "--state", "all", "--format", "json"],
        &["findings", "export", "--as", "sarif"],
        &["findings", "export", "--as", "csv"],
        &["findings", "export", "--as", "oscal"],
        &["status", "--format", "json"],
        &["report"],
        &["evidence", "show"],
    ] {
        run(arguments);
    }
    let plan = run(&["encrypt", "--from-audit", "--format", "json"]).json();
    let hash = plan["plan"].as_str().unwrap_or_else(|| panic!("{plan}")).to_owned();
    run(&["encrypt", "--from-audit", "--apply", &hash, "--secret-file", "passphrase"]);
    run(&["scan", "--full", "--format", "json"]);
    hunt("what was printed", said.as_bytes());
    for file in files_below(desk.path()).into_iter().filter(|file| !file.ends_with("shop.db")) {
        hunt(&file.display().to_string(), &std::fs::read(&file).unwrap());
    }
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

#[test]
fn names_of_documents_stay_out_of_the_evidence_log() {
    let desk = Desk::with_exports();
    let mail = "From: shop@lantern.example\nTo: quetzalia.zwyntra@canary-mail.example\nSubject: card\n\nDear Quetzalia Zwyntra, \
                your card 4929 1234 1234 1236 was refused.\n";
    desk.write("exports/mails/Anfrage Zwyntra.eml", mail);
    let people = "first_name,last_name,email\nAda,Lovelace,ada@lantern.example\n".to_owned()
        + &"Grace,Hopper,grace@lantern.example\n".repeat(9);
    desk.write("exports/Hopper Grace.csv", &people);
    desk.write("exports/people.csv", &people);
    for arguments in [&["scan", "--full"][..], &["audit", "collection"]] {
        assert!(desk.run(arguments).code <= 1, "{arguments:?}");
    }
    let log = desk.json(&["evidence", "show", "--last", "1000"]).to_string();
    assert!(log.contains("exports\",\"table\":\"people.csv\"") || log.contains("\"table\":\"people.csv\""), "{log}");
    assert!(log.contains("\"table\":\"mails/name-"), "{log}");
    assert!(!log.contains("Zwyntra") && !log.contains("Hopper"), "{log}");
    for file in files_below(&desk.path().join(".dataward/evidence")) {
        let bytes = std::fs::read(&file).unwrap();
        for name in ["Zwyntra", "Hopper"] {
            assert!(!bytes.windows(name.len()).any(|part| part == name.as_bytes()), "{}", file.display());
        }
    }
}

#[test]
fn names_of_documents_stay_out_of_reports_and_exports_and_their_owner_is_told_them() {
    let desk = Desk::with_exports();
    let people = "first_name,last_name,email\nAda,Lovelace,ada@lantern.example\n".to_owned()
        + &"Grace,Murray,grace@lantern.example\nIda,Rhodes,ida@lantern.example\n".repeat(9);
    let letter = "Dear Ada Lovelace,\nyour card 4929 1234 1234 1236 was refused. Write to ada@lantern.example.\n";
    desk.write("exports/people.csv", &people);
    desk.write("exports/Hopper Grace.csv", &people);
    desk.write("exports/Grace Hopper/people.csv", &people);
    desk.write("exports/Hopper Grace.xlsx", "PK\u{3}\u{4} no workbook");
    desk.write("exports/quetzalia_zwyntra_invoice.txt", letter);
    desk.write("exports/Zwyntra's\nletter.txt", letter);
    desk.write("exports/letters/Hopper.md", letter);
    assert_eq!(desk.run(&["scan", "--full"]).code, 3, "the workbook is broken");
    assert!(desk.run(&["audit"]).code <= 3);
    let mut given = Vec::new();
    for arguments in [
        &["findings", "export", "--as", "sarif"][..],
        &["findings", "export", "--as", "csv"],
        &["findings", "export", "--as", "oscal"],
        &["inventory", "export", "--as", "csv"],
        &["inventory", "export", "--as", "dpv"],
        &["inventory", "export", "--as", "fides"],
    ] {
        let run = desk.run(arguments);
        assert_eq!(run.code, 0, "{arguments:?}: {run:?}");
        given.push((arguments.join(" "), run.out));
    }
    assert_eq!(desk.run(&["report", "--output", "report.html"]).code, 0);
    assert_eq!(desk.run(&["report", "--output", "report.pdf"]).code, 0);
    given.push(("report.html".to_owned(), std::fs::read_to_string(desk.path().join("report.html")).unwrap()));
    let pages = Command::new("pdftotext").arg(desk.path().join("report.pdf")).arg("-").output().unwrap();
    given.push(("report.pdf".to_owned(), String::from_utf8(pages.stdout).unwrap()));
    for (place, text) in &given {
        for name in ["zwyntra", "hopper", "quetzalia"] {
            assert!(!text.to_lowercase().contains(name), "`{name}` stands in {place}: {text}");
        }
        assert!(text.contains("name-"), "{place} tells of the files: {text}");
    }
    // By the id, and by the digest, the owner finds out which file is meant.
    let sarif: serde_json::Value = serde_json::from_str(&given[0].1).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let place = |result: &serde_json::Value| {
        result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].as_str().unwrap().to_owned()
    };
    let is_letter = |result: &&serde_json::Value| place(result).starts_with("exports.letters/name-");
    let result = results.iter().find(is_letter).unwrap_or_else(|| panic!("{sarif}"));
    let shown = desk.run(&["findings", "show", result["properties"]["id"].as_str().unwrap()]);
    assert!(shown.out.contains("letters/Hopper.md"), "{shown:?}");
    let explained = desk.run(&["inventory", "explain", &place(result)]);
    assert!(explained.code == 0 && explained.out.contains("letters/Hopper.md"), "{explained:?}");
}
