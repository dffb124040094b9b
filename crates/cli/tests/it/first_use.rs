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
