//! From rows that are gone to a certificate, and back again after a restore: on SQLite, PostgreSQL and MariaDB.

use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use dataward_testkit::server::mariadb;
use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::postgres;
use dataward_testkit::server::postgres::PostgresServer;
use dataward_testkit::sqlite;
use serde_json::Value;

use crate::support::Desk;

/// Customers in the table; the first hundred have not been seen for long.
const CUSTOMERS: u32 = 160;
const OLD: u64 = 100;

fn policy(url: &str, password: &str, table: &str) -> String {
    format!(
        "[business]\nname = \"Blue Lantern Books\"\n\n[source.shop]\nurl = \"{url}\"\n{password}\n\n[[retain]]\n\
         name = \"Customers\"\nwhat = \"shop.{table}\"\nkeep = \"2 years\"\nfrom = \"last_seen\"\nthen = \"erase\"\n"
    )
}

fn email(number: u32) -> String {
    format!("canary{number}.{}@lantern.example", number * 7919)
}

/// The table and its rows, in SQL that all three engines take.
fn script(kind: &str) -> String {
    let rows: Vec<String> = (1..=CUSTOMERS)
        .map(|number| {
            let seen = if u64::from(number) <= OLD { "2019-05-04" } else { "2026-11-01" };
            format!("({number}, '{}', 'Reader Number {number}', '{seen}')", email(number))
        })
        .collect();
    format!(
        "CREATE TABLE customers (id INTEGER PRIMARY KEY, email VARCHAR(100), full_name VARCHAR(100), last_seen {kind});
         INSERT INTO customers VALUES {};",
        rows.join(", ")
    )
}

/// Scans, plans, approves and applies; the clean-up and the search then prove `level`.
fn erase(desk: &Desk, level: &str) -> Value {
    desk.json(&["scan", "--full"]);
    let plan = desk.json(&["retain", "plan"]);
    assert_eq!(plan["tables"][0]["rows"], OLD, "{plan}");
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    verify(desk, level)
}

fn verify(desk: &Desk, level: &str) -> Value {
    let said = desk.run(&["retain", "verify", "--exclusive", "--format", "json"]);
    let verified = said.json();
    let source = &verified["sources"][0];
    assert_eq!(source["level_proven"], level, "{source:#}");
    assert_eq!(said.code, i32::from(level != "L2"), "less than was wanted is a finding");
    assert_eq!(source["search"]["rows"], OLD);
    assert_eq!(source["search"]["selectable"], 0);
    verified
}

/// What was erased is back after `restore`; the ledger takes it out for good.
fn replay(desk: &Desk, level: &str, restore: impl Fn(), count: impl Fn() -> u64) {
    assert_eq!(count(), u64::from(CUSTOMERS) - OLD);
    restore();
    assert_eq!(count(), u64::from(CUSTOMERS), "a restore brings them back");
    let said = desk.run(&["retain", "replay", "--format", "json"]);
    assert_eq!(said.code, 1, "{said:?}");
    let found = said.json();
    let table = &found["tables"][0];
    assert_eq!((table["back"].as_u64(), table["somebody_else"].as_u64()), (Some(OLD), Some(0)), "{found}");
    let refused = desk.run(&["retain", "apply", found["plan"].as_str().unwrap()]);
    assert_eq!(refused.code, 4, "it waits for an approval like every plan: {refused:?}");
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    assert_eq!(count(), u64::from(CUSTOMERS) - OLD);
    verify(desk, level);
    let said = desk.run(&["retain", "replay"]);
    assert_eq!((said.code, said.out.contains("Nothing that was erased is back")), (0, true), "{said:?}");
    no_value_is_kept(desk);
}

/// Nothing of ours holds a value: not the ledger, the traces, the certificates, the state.
fn no_value_is_kept(desk: &Desk) {
    for file in walk(&desk.path().join(".dataward")) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(6).any(|part| part == b"canary"), "{}", file.display());
    }
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(walk(&path)) } else { files.push(path) }
    }
    files
}

#[test]
fn what_was_erased_in_sqlite_is_proven_gone_and_stays_gone_after_a_restore() {
    let desk = Desk::new();
    let file = desk.path().join("shop.db");
    sqlite::make(&file, &script("TEXT"));
    desk.write("dataward.toml", policy("sqlite:shop.db", "", "customers"));
    let backup = desk.path().join("shop.backup");
    std::fs::copy(&file, &backup).unwrap();
    let shown = {
        desk.json(&["scan", "--full"]);
        desk.json(&["retain", "plan"]);
        desk.json(&["retain", "approve"]);
        desk.json(&["retain", "apply"]);
        desk.json(&["retain", "verify", "--show", "--exclusive"])
    };
    assert_eq!(shown["sources"][0]["steps"][0]["id"], "vacuum");
    verify(&desk, "L2");
    let restore = || std::fs::copy(&backup, &file).map(drop).unwrap();
    let count = || {
        let bytes = std::fs::read(&file).unwrap();
        // VACUUM leaves each address once: in its row.
        let is_there = |number: &u32| bytes.windows(email(*number).len()).any(|part| part == email(*number).as_bytes());
        (1..=CUSTOMERS).filter(is_there).count() as u64
    };
    restore();
    assert_eq!(count(), u64::from(CUSTOMERS));
    let said = desk.run(&["retain", "replay", "--format", "json"]);
    assert_eq!((said.code, said.json()["tables"][0]["back"].as_u64()), (1, Some(OLD)), "{said:?}");
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    verify(&desk, "L2");
    assert_eq!(count(), u64::from(CUSTOMERS) - OLD);
    assert_eq!(desk.run(&["retain", "replay"]).code, 0);
    no_value_is_kept(&desk);
}

#[test]
fn a_plan_by_which_nothing_went_proves_nothing() {
    let desk = Desk::new();
    sqlite::make(&desk.path().join("shop.db"), &script("TEXT"));
    desk.write("dataward.toml", policy("sqlite:shop.db", "", "customers"));
    desk.json(&["scan", "--full"]);
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    sqlite::make(&desk.path().join("shop.db"), "UPDATE customers SET email = 'x' || email");
    let applied = desk.run(&["retain", "apply", "--format", "json"]).json();
    assert_eq!(applied["tables"][0]["changed"], 0, "{applied}");
    let said = desk.run(&["retain", "verify", "--exclusive"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("Nothing went by this plan"), "{said:?}");
    assert_eq!(desk.json(&["retain", "verify"])["sources"], serde_json::json!([]));
    assert_eq!(desk.json(&["retain", "verify", "--chain"])["certificates"], serde_json::json!([]));
}

#[test]
fn a_changed_or_missing_certificate_is_found() {
    let desk = Desk::new();
    sqlite::make(&desk.path().join("shop.db"), &script("TEXT"));
    desk.write("dataward.toml", policy("sqlite:shop.db", "", "customers"));
    erase(&desk, "L2");
    desk.run(&["retain", "verify", "--search-only"]);
    assert_eq!(desk.json(&["retain", "verify", "--chain"])["certificates"].as_array().unwrap().len(), 2);
    // An auditor has the file and the key, nothing else.
    let auditor = Desk::new();
    auditor.write("certificate.json", desk.read(".dataward/certificates/000001.json"));
    auditor.write("log.vkey", desk.read(".dataward/evidence/log.vkey"));
    let check = ["retain", "verify", "--certificate", "certificate.json", "--key", "log.vkey"];
    assert_eq!(auditor.json(&check)["certificates"][0]["level_proven"], "L2");
    auditor.json(&[&check[..], &["--pdf", "certificate.pdf"]].concat());
    assert!(std::fs::read(auditor.path().join("certificate.pdf")).unwrap().starts_with(b"%PDF-"));
    let changed = auditor.read("certificate.json").replace("\"rows\":100", "\"rows\":101");
    auditor.write("certificate.json", changed);
    assert_eq!(auditor.run(&check).code, 4);
    std::fs::remove_file(desk.path().join(".dataward/certificates/000002.json")).unwrap();
    let said = desk.run(&["retain", "verify", "--chain"]);
    assert_eq!(said.code, 4);
    assert!(said.err.contains("certificate 2: it is missing"), "{said:?}");
}

#[test]
fn certificates_of_two_at_once_and_of_one_that_was_killed_are_one_chain() {
    let desk = Desk::new();
    sqlite::make(&desk.path().join("shop.db"), &script("TEXT"));
    desk.write("dataward.toml", policy("sqlite:shop.db", "", "customers"));
    erase(&desk, "L2");
    let verify = ["retain", "verify", "--search-only", "--quiet"];
    let three: Vec<_> = (0..3).map(|_| desk.command(&verify).spawn().unwrap()).collect();
    assert!(three.into_iter().all(|mut child| child.wait().unwrap().success()));
    let chain = || desk.json(&["retain", "verify", "--chain"])["certificates"].as_array().unwrap().len();
    assert_eq!(chain(), 4);
    // Killed at each of its writes to the disk, between which the certificate and its entry come.
    for nth in 1..16 {
        let inject = format!("inject=fsync,fdatasync,rename,pwrite64:signal=KILL:when={nth}");
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync,rename,pwrite64", "-e", &inject]);
        command.arg(env!("CARGO_BIN_EXE_dataward")).args(verify).current_dir(desk.path());
        drop(command.output().expect("strace of Debian's package strace"));
    }
    desk.run(&verify);
    assert!(chain() > 4);
}

#[test]
fn with_a_damaged_ledger_or_without_its_key_nothing_goes() {
    let desk = Desk::new();
    sqlite::make(&desk.path().join("shop.db"), &script("TEXT"));
    desk.write("dataward.toml", policy("sqlite:shop.db", "", "customers"));
    erase(&desk, "L2");
    sqlite::make(
        &desk.path().join("shop.db"),
        "UPDATE customers SET last_seen = '2001-01-01' WHERE rowid = (SELECT max(rowid) FROM customers)",
    );
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    let (ledger, key) = (".dataward/erasure/ledger.jsonl", ".dataward/erasure.key");
    let whole = desk.read(ledger);
    desk.write(ledger, whole.replacen("customers", "customerz", 1));
    let before = std::fs::read(desk.path().join("shop.db")).unwrap();
    let refused = desk.run(&["retain", "apply"]);
    assert!(refused.code == 4 && refused.err.contains("line 1 of the erasure ledger"), "{refused:?}");
    assert_eq!(std::fs::read(desk.path().join("shop.db")).unwrap(), before, "nothing went");
    desk.write(ledger, &whole);
    std::fs::rename(desk.path().join(key), desk.path().join("kept.key")).unwrap();
    for command in [["retain", "replay"], ["retain", "apply"]] {
        let refused = desk.run(&command);
        assert!(refused.code == 4 && refused.err.contains("erasure.key` is gone"), "{refused:?}");
        assert!(!desk.path().join(key).exists(), "no new key");
    }
    std::fs::rename(desk.path().join("kept.key"), desk.path().join(key)).unwrap();
    assert_eq!(desk.json(&["retain", "apply"])["tables"][0]["changed"], 1);
}

#[test]
fn a_certificate_that_a_kill_kept_out_of_the_log_is_entered_by_the_next() {
    let desk = Desk::new();
    sqlite::make(&desk.path().join("shop.db"), &script("TEXT"));
    desk.write("dataward.toml", policy("sqlite:shop.db", "", "customers"));
    desk.json(&["scan", "--full"]);
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    // All but the certificate is as it was before: so far a kill between the two lets it come.
    let (state, before) = (desk.path().join(".dataward"), desk.path().join("before"));
    run(Command::new("cp").args(["-a".as_ref(), state.as_os_str(), before.as_os_str()]));
    desk.run(&["retain", "verify", "--search-only"]);
    let certificate = desk.read(".dataward/certificates/000001.json");
    std::fs::remove_dir_all(&state).unwrap();
    std::fs::rename(&before, &state).unwrap();
    std::fs::create_dir_all(state.join("certificates")).unwrap();
    desk.write(".dataward/certificates/000001.json", certificate);
    let said = desk.run(&["retain", "verify", "--chain"]);
    assert!(said.code == 4 && said.err.contains("`dataward retain verify` enters it"), "{said:?}");
    desk.run(&["retain", "verify", "--search-only"]);
    assert_eq!(desk.json(&["retain", "verify", "--chain"])["certificates"].as_array().unwrap().len(), 2);
}

#[test]
fn references_that_were_taken_away_are_again_after_a_restore() {
    let desk = Desk::new();
    let file = desk.path().join("shop.db");
    let addresses =
        "CREATE TABLE places (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customers ON DELETE SET NULL);
        INSERT INTO places SELECT id + 1000, id FROM customers;";
    sqlite::make(&file, &format!("{}{addresses}", script("TEXT")));
    desk.write("dataward.toml", policy("sqlite:shop.db", "", "customers"));
    let backup = desk.path().join("shop.backup");
    std::fs::copy(&file, &backup).unwrap();
    desk.json(&["scan", "--full"]);
    let steps = |planned: &serde_json::Value| planned.to_string().matches("unlink").count() > 0;
    assert!(steps(&desk.json(&["retain", "plan"])));
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    std::fs::copy(&backup, &file).unwrap();
    let said = desk.run(&["retain", "replay", "--format", "json"]);
    assert_eq!((said.code, said.json()["tables"][0]["back"].as_u64()), (1, Some(OLD)), "{said:?}");
    desk.json(&["retain", "approve"]);
    let applied = desk.json(&["retain", "apply"]);
    assert_eq!(desk.run(&["retain", "replay"]).code, 0, "all of them went again: {applied}");
    let sql = "SELECT count(*) FILTER (WHERE customer IS NULL), count(*) FROM places";
    let counts = run(Command::new("sqlite3").arg(&file).arg(sql));
    assert_eq!(counts.trim(), format!("{OLD}|{CUSTOMERS}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_erased_in_postgresql_is_proven_gone_and_stays_gone_after_a_restore() {
    let server = PostgresServer::private();
    server.execute("postgres", "ALTER SYSTEM SET max_wal_size = '64MB'").await;
    server.execute("postgres", "ALTER SYSTEM SET min_wal_size = '48MB'").await;
    server.execute("postgres", "SELECT pg_reload_conf()").await;
    server.execute("postgres", "CREATE DATABASE shop").await;
    server.execute("shop", &script("date")).await;
    let desk = Desk::new();
    desk.write("password", postgres::PASSWORD);
    let url = format!("postgres://postgres@{}", server.place("shop"));
    desk.write("dataward.toml", policy(&url, "password = { file = \"password\" }", "public.customers"));
    let program = |name: &str| {
        let mut command = Command::new(postgres::programs().join(name));
        command.arg("--host").arg(server.socket_folder()).arg(format!("--port={}", server.server().port()));
        command.args(["--username=postgres", "--dbname=shop"]);
        command
    };
    let dump = desk.path().join("shop.sql");
    run(program("pg_dump").args(["--clean", "--if-exists"]).arg("--file").arg(&dump));
    erase(&desk, "L2");
    let restore = || drop(run(program("psql").args(["--quiet", "--file"]).arg(&dump)));
    let count =
        || run(program("psql").args(["-At", "--command", "SELECT count(*) FROM customers"])).trim().parse::<u64>();
    replay(&desk, "L2", restore, || count().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_erased_in_mariadb_is_proven_gone_and_stays_gone_after_a_restore() {
    let server = MariaDbServer::private_with(&["--innodb-undo-tablespaces=3"]);
    server.execute("mysql", "CREATE DATABASE shop").await;
    server.execute("shop", &script("date")).await;
    let desk = Desk::new();
    desk.write("password", mariadb::PASSWORD);
    let url = format!("mysql://root@{}", server.place("shop"));
    desk.write("dataward.toml", policy(&url, "password = { file = \"password\" }", "shop.customers"));
    let program = |name: &str| {
        let mut command = Command::new(name);
        command.arg("--no-defaults").arg(format!("--socket={}", server.socket().display()));
        command.args(["--user=root", &format!("--password={}", mariadb::PASSWORD)]);
        command
    };
    let dump = run(program("mariadb-dump").arg("shop"));
    desk.write("shop.sql", &dump);
    erase(&desk, "L2");
    let restore = || {
        let file = std::fs::File::open(desk.path().join("shop.sql")).unwrap();
        assert!(program("mariadb").arg("shop").stdin(Stdio::from(file)).status().unwrap().success());
    };
    let sql = "SELECT count(*) FROM customers";
    let count = || {
        run(program("mariadb").args(["shop", "--batch", "--skip-column-names", "--execute", sql])).trim().parse::<u64>()
    };
    replay(&desk, "L2", restore, || count().unwrap());
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn of_values_that_live_on_in_a_copy_nothing_is_proven() {
    for (copied, wanted) in [(u64::from(CUSTOMERS), None), (40, Some("L2"))] {
        let desk = Desk::new();
        let file = desk.path().join("shop.db");
        sqlite::make(&file, &script("TEXT"));
        desk.write("dataward.toml", policy("sqlite:shop.db", "", "customers"));
        desk.json(&["scan", "--full"]);
        sqlite::make(&file, &format!("CREATE TABLE s2 AS SELECT * FROM customers WHERE id <= {copied}"));
        desk.json(&["retain", "plan"]);
        desk.json(&["retain", "approve"]);
        desk.json(&["retain", "apply"]);
        let said = desk.run(&["retain", "verify", "--exclusive", "--format", "json"]);
        let verified = said.json();
        let source = &verified["sources"][0];
        assert_eq!(source["level_proven"].as_str(), wanted, "{source:#}");
        assert_eq!(said.code, i32::from(wanted.is_none()), "{said:?}");
        let values = source["search"]["values"].as_u64().unwrap();
        let living = source["search"]["living"].as_u64().unwrap();
        let words = match wanted {
            None => format!("not proven: {values} of {values} values stand in s2 too"),
            Some(_) => format!("not proven: {living} of {values} values stand in s2 too"),
        };
        assert!(source["not_proven"].as_str().unwrap().ends_with(&words), "{words}: {source:#}");
        if wanted.is_some() {
            let proven = format!("proven for {} of {values} values", values - living);
            assert!(source["not_proven"].as_str().unwrap().starts_with(&proven), "{source:#}");
        }
        let chain = desk.json(&["retain", "verify", "--chain"]);
        let line = &chain["certificates"][0];
        assert_eq!((line["level_proven"].as_str(), &line["not_proven"]), (wanted, &source["not_proven"]), "{chain:#}");
        let told = desk.run(&["retain", "verify", "--chain"]).out;
        assert!(told.contains(&words) && (wanted.is_some() || told.contains("nothing proven")), "{told}");
    }
}

#[test]
fn a_log_that_is_not_what_was_signed_proves_no_certificate() {
    let desk = Desk::new();
    sqlite::make(&desk.path().join("shop.db"), &script("TEXT"));
    desk.write("dataward.toml", policy("sqlite:shop.db", "", "customers"));
    erase(&desk, "L2");
    desk.json(&["retain", "verify", "--chain"]);
    let entries = walk(&desk.path().join(".dataward/evidence/tile/entries"));
    let mut bytes = std::fs::read(&entries[0]).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&entries[0], bytes).unwrap();
    let said = desk.run(&["retain", "verify", "--chain"]);
    assert_eq!(said.code, 4, "{said:?}");
    assert!(said.err.contains("the log is not what was signed"), "{said:?}");
}

#[test]
fn with_a_ledger_that_lacks_lines_nothing_is_planned_or_approved() {
    let desk = Desk::new();
    sqlite::make(&desk.path().join("shop.db"), &script("TEXT"));
    desk.write("dataward.toml", policy("sqlite:shop.db", "", "customers"));
    erase(&desk, "L2");
    let late = "INSERT INTO customers VALUES (999999, 'late@lantern.example', 'Late Reader', '2019-05-04');";
    sqlite::make(&desk.path().join("shop.db"), late);
    desk.json(&["retain", "plan"]);
    let ledger = ".dataward/erasure/ledger.jsonl";
    let whole = desk.read(ledger);
    desk.write(ledger, &whole[..whole.find('\n').unwrap() / 2]);
    for command in [["retain", "plan"], ["retain", "approve"]] {
        let refused = desk.run(&command);
        assert!(refused.code == 4 && refused.err.contains("lacks lines that were written"), "{refused:?}");
    }
    desk.write(ledger, &whole);
    desk.json(&["retain", "plan"]);
}
