//! What somebody trips over who uses the program for the first time.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use dataward_testkit::sqlite;

use crate::support::Desk;
use crate::support::Said;
use crate::support::column;

const SHOP: &str = "
    CREATE TABLE customers_of_the_shop_in_the_old_town (id INTEGER PRIMARY KEY, e_mail_address_for_invoices TEXT, card TEXT);
    CREATE TABLE customers_of_the_shop_in_the_new_town (id INTEGER PRIMARY KEY, e_mail_address_for_invoices TEXT, phone TEXT);
    INSERT INTO customers_of_the_shop_in_the_old_town
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
        SELECT i, 'anna' || i || '@lantern.example', '4111111111111111' FROM n;
    INSERT INTO customers_of_the_shop_in_the_new_town
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
        SELECT i, 'bert' || i || '@lantern.example', '+49 30 901820' || (10 + i) FROM n;";

fn shop() -> Desk {
    let desk = Desk::new();
    sqlite::make(&desk.path().join("shop.db"), SHOP);
    desk.write("dataward.toml", "[business]\nname = \"Lantern\"\n\n[source.shop]\nurl = \"sqlite:shop.db\"\n");
    desk
}

/// Runs the program on a terminal of so many columns (`script` is part of every Debian).
fn on_terminal(desk: &Desk, columns: usize, arguments: &str) -> String {
    let program = env!("CARGO_BIN_EXE_dataward");
    let typed = format!("stty cols {columns} rows 40; exec {program} {arguments}");
    let mut command = Command::new("script");
    command.args(["--quiet", "--return", "--command", &typed, "/dev/null"]);
    command.current_dir(desk.path()).env("NO_COLOR", "1").env("TERM", "xterm");
    let said = Said::of(command.stdin(std::process::Stdio::null()).output().unwrap());
    said.out.replace('\r', "")
}

#[test]
fn nothing_runs_over_the_edge_of_a_narrow_terminal_and_nothing_is_cut_off() {
    let desk = shop();
    desk.json(&["scan", "--full"]);
    desk.run(&["audit", "--fail-on", "never"]);
    for columns in [60, 80] {
        for arguments in ["status", "findings", "scan --full", "inventory", "access shop", "audit --fail-on never"] {
            let screen = on_terminal(&desk, columns, &format!("--quiet {arguments}"));
            let styles = |line: &str| {
                line.split('\u{1b}').skip(1).map(|part| part.find('m').map_or(0, |end| end + 2)).sum::<usize>()
            };
            // What is to be typed and names of places stay in one piece.
            let whole =
                |line: &str| line.contains("dataward ") || line.contains("chmod ") || !line.trim().contains(' ');
            let over: Vec<&str> =
                screen.lines().filter(|line| line.chars().count() - styles(line) > columns && !whole(line)).collect();
            assert_eq!(over, Vec::<&str>::new(), "{arguments} on {columns} columns:\n{screen}");
            assert!(!screen.contains('\u{1f}'), "{arguments}: {screen}");
        }
        let findings = on_terminal(&desk, columns, "findings").replace('\n', " ");
        for table in ["old_town", "new_town"] {
            assert!(findings.contains(&format!("customers_of_the_shop_in_the_{table}")), "{findings}");
        }
    }
}

#[test]
fn a_scan_that_reached_nothing_does_not_sound_like_an_all_clear() {
    let desk = shop();
    let said = desk.run(&["scan", "postgres://me@127.0.0.1:1/shop"]);
    assert!(said.code == 3 && said.out.contains("Nothing was read.") && !said.out.contains("0 places"), "{said:?}");
}

#[test]
fn what_programs_read_is_not_broken_on_a_narrow_terminal() {
    let desk = shop();
    desk.json(&["scan", "--full"]);
    for arguments in
        ["findings --format csv", "findings --format sarif", "inventory export --as csv", "evidence prove 0"]
    {
        let words: Vec<&str> = arguments.split(' ').collect();
        let piped = desk.run(&words);
        assert_eq!(piped.code, 0, "{piped:?}");
        // Times of exports differ.
        let lines = |text: &str| text.lines().count();
        assert_eq!(lines(&on_terminal(&desk, 60, arguments)), lines(&piped.out), "{arguments}");
    }
}

#[test]
fn a_check_that_compares_is_not_ticked_before_there_is_something_to_compare_with() {
    let desk = shop();
    desk.json(&["scan", "--full"]);
    let vanished = "personal data that is no longer where it was at the last review";
    let said = desk.run(&["audit", "collection", "--fail-on", "never"]);
    assert!(said.out.contains(&format!("nothing to compare with yet: {vanished}")), "{}", said.out);
    let said = desk.run(&["audit", "collection", "--fail-on", "never"]);
    assert!(said.out.contains(&format!("not found: {vanished}")), "{}", said.out);
}

#[test]
fn one_card_in_every_row_is_not_one_person() {
    let desk = shop();
    let scan = desk.json(&["scan", "--full"]);
    for table in scan["sources"][0]["tables"].as_array().unwrap() {
        assert_eq!(table["people"], 40, "{table}");
    }
    let card = column(&scan, "customers_of_the_shop_in_the_old_town", "card");
    assert_ne!(card["category"], "user.government_id.national_identification_number", "{card}");
}

#[test]
fn an_entry_of_the_log_is_shown_whole_and_proven() {
    let desk = shop();
    desk.json(&["scan", "--full"]);
    let all = desk.json(&["evidence", "show"]);
    let last = all["size"].as_u64().unwrap() - 1;
    let one = desk.json(&["evidence", "show", &last.to_string()]);
    assert_eq!(one["entries"].as_array().unwrap().as_slice(), [all["entries"][last as usize].clone()]);
    let said = desk.run(&["evidence", "show", &last.to_string()]);
    assert!(said.out.contains("\"predicate\"") && said.out.contains(&format!("evidence prove {last}")), "{}", said.out);
    let said = desk.run(&["evidence", "show", "999"]);
    assert_eq!((said.code, said.err.contains("counted from 0")), (2, true), "{said:?}");
    assert!(desk.run(&["evidence", "prove", "--help"]).out.contains("tlog-proof@v1"));
}

#[test]
fn a_damaged_log_is_said_once() {
    let desk = shop();
    desk.json(&["scan", "--full"]);
    let checkpoint = desk.path().join(".dataward/evidence/checkpoint");
    let text = std::fs::read_to_string(&checkpoint).unwrap();
    std::fs::write(&checkpoint, text.replacen("dataward.local", "dataward.elsewhere", 1)).unwrap();
    let said = desk.run(&["scan", "--full"]);
    assert_eq!(said.code, 3, "{said:?}");
    assert_eq!(said.err.matches("the evidence log").count(), 1, "{}", said.err);
    assert_eq!(said.err.matches("dataward evidence verify").count(), 1, "{}", said.err);
}

#[test]
fn what_is_not_encrypted_is_not_decrypted_in_silence_and_folders_of_others_keep_their_mode() {
    let desk = Desk::with_exports();
    std::fs::create_dir(desk.path().join("shared")).unwrap();
    std::fs::set_permissions(desk.path().join("shared"), PermissionsExt::from_mode(0o775)).unwrap();
    let said = desk.run(&["keys", "init", "--root", "file:root.key", "--keys", "shared"]);
    assert_eq!(said.code, 0, "{said:?}");
    let mode = |name: &str| std::fs::metadata(desk.path().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("shared"), 0o775);
    desk.write("plain.json", "{}");
    let said = desk.run(&["decrypt", "plain.json", "--keys", "shared"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("`plain.json` is not encrypted by dataward"), "{said:?}");
    assert_eq!(desk.read("plain.json"), "{}");
}

#[test]
fn the_account_that_init_suggests_is_no_finding_and_asks_for_no_tls_on_the_same_machine() {
    let desk = Desk::new();
    let said = desk.run(&["init", "mysql://root@127.0.0.1:1/shop", "--yes"]);
    assert!(said.out.contains("CREATE USER 'dataward'@'127.0.0.1' IDENTIFIED BY '<password>';"), "{said:?}");
    let desk = Desk::new();
    let said = desk.run(&["init", "mysql://root@db.invalid/shop", "--yes"]);
    assert!(said.out.contains("CREATE USER 'dataward'@'<host>' IDENTIFIED BY '<password>' REQUIRE SSL;"), "{said:?}");
}

#[test]
fn running_text_is_named_by_what_stands_in_it() {
    let desk = Desk::new();
    let letter = "Dear Ms Anna Schmidt,\nwrite to anna.schmidt@lantern.example or call +49 30 90182099.\n";
    desk.write("notes/letter.txt", letter);
    let rule = "[[retain]]\nname = \"Mail\"\nwhat = \"user.contact.email\"\nkeep = \"2 years\"\nfrom = \"modified\"\nthen = \"erase\"\n";
    desk.write(
        "dataward.toml",
        format!("[business]\nname = \"Lantern\"\n\n[source.notes]\nurl = \"file:notes\"\n\n{rule}"),
    );
    desk.json(&["scan", "--full"]);
    let said = desk.run(&["retain", "policy"]);
    assert!(said.out.contains("e-mail address") && said.out.contains("no rule covers"), "{}", said.out);
    assert!(said.out.contains("phone number") && !said.out.contains("text, text"), "{}", said.out);
    let said = desk.run(&["audit", "collection", "--fail-on", "never"]);
    assert!(said.out.contains(" kinds)") && !said.out.contains(" columns)"), "{}", said.out);
    let said = desk.run(&["inventory"]);
    assert!(said.out.contains("phone number"), "{}", said.out);
}

#[test]
fn entries_of_the_log_say_what_they_are_about_and_a_finding_names_its_own() {
    let desk = shop();
    desk.json(&["scan", "--full"]);
    let found = desk.run(&["audit", "collection", "--format", "json", "--fail-on", "never"]).json();
    let id = found["findings"][0]["id"].as_str().unwrap();
    let log = desk.run(&["evidence", "show", "--last", "100"]).out;
    let line = log.lines().find(|line| line.contains(id)).unwrap();
    assert!(line.contains(" UTC  by ") && line.contains(" found ") && line.contains("shop.customers_of"), "{line}");
    let about = desk.run(&["findings", "show", id]).out;
    let index = line.split_whitespace().next().unwrap();
    assert!(about.contains(&format!("dataward evidence show {index}")), "{about}");
}

#[test]
fn a_source_without_its_password_is_not_passed_over_by_the_audit_of_access() {
    let desk = shop();
    desk.json(&["scan", "--full"]);
    let policy = desk.read("dataward.toml");
    let away = "\n[source.away]\nurl = \"postgres://me@127.0.0.1:1/shop\"\npassword = { env = \"NO_SUCH_PASSWORD\" }\n";
    desk.write("dataward.toml", policy + away);
    let said = desk.run(&["audit", "access", "--fail-on", "never"]);
    assert!(said.code == 3 && said.out.contains("NO_SUCH_PASSWORD"), "{said:?}");
}

#[test]
fn an_index_that_nothing_would_read_is_not_asked_for() {
    let desk = Desk::new();
    let make = "CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT, last_seen TEXT);
        CREATE TABLE visits (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customers, at TEXT);
        INSERT INTO customers WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 90)
            SELECT i, 'anna' || i || '@lantern.example', '2019-05-04' FROM n;
        INSERT INTO visits WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
            SELECT i, 1 + i % 90, '2019-05-04' FROM n;";
    sqlite::make(&desk.path().join("shop.db"), make);
    desk.write("dataward.toml", "[business]\nname = \"Lantern\"\n\n[source.shop]\nurl = \"sqlite:shop.db\"\n");
    desk.json(&["scan", "--full"]);
    let policy = desk.read("dataward.toml");
    let asked = |what: &str| {
        let rule =
            format!("keep = \"2 years\"\nfrom = \"last_seen\"\nthen = \"erase\"\nwhat = \"{what}\"\nname = \"A\"\n");
        desk.write("dataward.toml", format!("{policy}\n[[retain]]\n{rule}"));
        let plan = desk.json(&["retain", "plan"]);
        assert!(plan["tables"].to_string().contains("customers"), "{plan}");
        plan["warnings"].to_string().contains("missing-index")
    };
    // Values of a column go and its rows stay: nothing looks for what refers to them.
    assert!(!asked("user.contact.email"));
}
