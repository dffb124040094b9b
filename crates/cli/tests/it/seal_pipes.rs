//! Dumps through pipes, buckets that keep versions, and what of a key can be seen from outside.

use std::io::Write;
use std::process::Command;
use std::process::Stdio;

use dataward_testkit::server::moto::MotoServer;
use dataward_testkit::server::postgres::PostgresServer;
use serde_json::Value;

use crate::support::Desk;

fn desk_with_keys() -> Desk {
    let desk = Desk::with_exports();
    assert_eq!(desk.run(&["keys", "init", "--root", "file:root.key"]).code, 0);
    desk
}

/// A command with the program and the bucket's credentials in place.
fn with_bucket(desk: &Desk, arguments: &[&str]) -> (i32, String, String) {
    let mut command = desk.command(arguments);
    command.env("AWS_ACCESS_KEY_ID", "any").env("AWS_SECRET_ACCESS_KEY", "any");
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// One value that a database answers.
fn answer(url: &str, statement: &str) -> String {
    let output = Command::new("psql").args(["-X", "-A", "-t", "-c", statement, url]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let desk = desk_with_keys();
    desk.write("long.txt", "a line of a dump\n".repeat(200_000));
    assert_eq!(desk.run(&["encrypt", "long.txt", "--output", "long.dw"]).code, 0);
    let line = "set -o pipefail; \"$0\" decrypt < long.dw | head -c 10";
    let run = Command::new("bash")
        .args(["-c", line, env!("CARGO_BIN_EXE_dataward")])
        .current_dir(desk.path())
        .output()
        .unwrap();
    assert!(run.status.success() && run.stderr.is_empty(), "{run:?}");
    assert_eq!(run.stdout, b"a line of ");
}

#[tokio::test]
async fn the_documented_line_dumps_a_real_database_and_restores_it() {
    let shop = PostgresServer::shared().database().await;
    shop.execute(
        "CREATE TABLE customers (id int PRIMARY KEY, email text NOT NULL);
         INSERT INTO customers SELECT n, 'person' || n || '@example.com' FROM generate_series(1, 20000) n",
    )
    .await;
    let restored = PostgresServer::shared().database().await;
    let desk = desk_with_keys();
    // The lines of docs/book/encryption.md, with the addresses of the test's databases.
    let (from, to) = (shop.url(), restored.url());
    let line = format!(
        "set -o pipefail; pg_dump '{from}' | \"$0\" encrypt > backup.dw && \"$0\" decrypt < backup.dw | psql -q -v ON_ERROR_STOP=1 '{to}' >/dev/null"
    );
    let run = Command::new("bash")
        .args(["-c", &line, env!("CARGO_BIN_EXE_dataward")])
        .current_dir(desk.path())
        .output()
        .unwrap();
    assert!(run.status.success(), "{run:?}");
    let sealed = std::fs::read(desk.path().join("backup.dw")).unwrap();
    assert!(!sealed.windows(12).any(|part| part == b"@example.com"));
    let sums = "SELECT count(*) || ' ' || md5(string_agg(id || email, ',' ORDER BY id)) FROM customers";
    assert_eq!(answer(&to, sums), answer(&from, sums));

    // A dump that breaks off is no backup: the shell hears of it.
    let line = "set -o pipefail; (printf half; exit 1) | \"$0\" encrypt > broken.dw";
    let broken = Command::new("bash")
        .args(["-c", line, env!("CARGO_BIN_EXE_dataward")])
        .current_dir(desk.path())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(!broken.success());
}

#[test]
fn a_running_program_shows_no_key_writes_no_core_and_locks_keys_into_memory() {
    let desk = desk_with_keys();
    let key = desk.read("root.key");
    let mut child = desk.command(&["encrypt", "-o", "a.dw"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    // Enough that the keys are unlocked by the time it has been taken.
    input.write_all(&vec![b'x'; 4 << 20]).unwrap();
    let of = |name: &str| std::fs::read(format!("/proc/{}/{name}", child.id())).unwrap();
    let text = |name: &str| String::from_utf8_lossy(&of(name)).into_owned();
    let limits = text("limits");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().filter(|word| *word == "0").count(), 2, "{core}");
    let status = text("status");
    let locked = status.lines().find(|line| line.starts_with("VmLck")).unwrap();
    assert!(!locked.ends_with(" 0 kB"), "{locked}");
    for seen in ["cmdline", "environ"] {
        assert!(!text(seen).contains(key.trim()), "{seen}");
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn no_key_is_written_to_any_file_socket_or_terminal() {
    let desk = Desk::with_exports();
    desk.write("phrase", "five odd words in line\n");
    desk.write("a", "text");
    let traced = |arguments: &[&str]| {
        let run = Command::new("strace")
            .args([
                "-f",
                "-qq",
                "-xx",
                "-s",
                "1000000",
                "-e",
                "trace=write,writev,pwrite64,sendto,sendmsg",
                "-o",
                "trace",
            ])
            .arg(env!("CARGO_BIN_EXE_dataward"))
            .args(arguments)
            .current_dir(desk.path())
            .output()
            .expect("strace of Debian's package strace");
        assert!(run.status.success(), "{run:?}");
        desk.read("trace")
    };
    // As strace writes bytes.
    let escaped = |bytes: &[u8]| bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect::<String>();
    let phrase = escaped(b"five odd words in line");
    let init = traced(&["keys", "init", "--secret-file", "phrase"]);
    assert!(!init.contains(&phrase), "init writes the passphrase");
    desk.json(&["keys", "rotate", "--root", "file:root.key", "--secret-file", "phrase"]);
    let root = desk.read("root.key");
    let raw: Vec<u8> = (0..32).map(|at| u8::from_str_radix(&root[2 * at..2 * at + 2], 16).unwrap()).collect();
    for arguments in [&["encrypt", "a"][..], &["keys", "rotate"], &["verify", "a.dw"], &["keys", "status"]] {
        let trace = traced(arguments);
        assert!(trace.contains("write("), "something was traced");
        assert!(!trace.contains(&escaped(&raw)), "{arguments:?} writes the root key");
        assert!(!trace.contains(&escaped(root.trim().as_bytes())), "{arguments:?} writes the root key in hex");
    }
}

#[test]
fn in_a_bucket_that_keeps_versions_the_sealed_plaintext_is_named_and_purged_on_demand() {
    let server = MotoServer::shared();
    server.make_bucket("cli-versions", true);
    let url = server.url("cli-versions/exports/");
    let desk = desk_with_keys();
    let put = |key: &str, text: &[u8]| server.put("cli-versions", key, text);
    put("exports/a.csv", b"email\nold@example.com\n");
    put("exports/a.csv", b"email\nada@example.com\n");
    put("exports/b.csv", b"email\nbob@example.com\n");
    let (code, out, err) = with_bucket(&desk, &["encrypt", "--in-place", &url, "--format", "json"]);
    assert_eq!(code, 0, "{out} {err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    let notes = report["notes"].to_string();
    assert!(notes.contains("3 older versions are still in plaintext") && notes.contains("exports/b.csv"), "{notes}");

    let notes_of = |arguments: &[&str]| {
        let (code, out, err) = with_bucket(&desk, &[arguments, &[&url, "--format", "json"]].concat());
        assert_eq!(code, 0, "{out} {err}");
        serde_json::from_str::<Value>(&out).unwrap()["notes"].to_string()
    };
    // Run again, what the first run left is named again; asked for, what is sealed goes for good, and what is
    // something else of the same length stays.
    let notes = notes_of(&["encrypt", "--in-place"]);
    assert!(notes.contains("3 older versions are still in plaintext"), "{notes}");
    let notes = notes_of(&["encrypt", "--in-place", "--purge-versions"]);
    assert!(notes.contains("2 older versions with the plaintext were removed for good"), "{notes}");
    assert!(notes.contains("1 older versions hold other plaintext"), "{notes}");

    // Opened, and sealed once more: what decrypt had written goes at once.
    notes_of(&["decrypt", "--in-place"]);
    let notes = notes_of(&["encrypt", "--in-place", "--purge-versions"]);
    assert!(notes.contains("2 older versions with the plaintext were removed for good"), "{notes}");
    assert!(notes.contains("1 older versions hold other plaintext"), "{notes}");
    let versions = server.request("GET", "/cli-versions?versions&prefix=exports/", &[], b"");
    let versions = String::from_utf8(versions).unwrap();
    let versions = versions.split("<Version>").skip(1).filter_map(|version| version.split("</Version>").next());
    let plain = versions.filter(|version| version.contains(".csv</Key>")).count();
    assert_eq!(plain, 1, "only what is something else stays");

    // A range of an object; a rewrap in place; verify.
    let object = server.url("cli-versions/exports/a.csv.dw");
    let (code, out, err) = with_bucket(&desk, &["decrypt", "--range", "6-8", &object]);
    assert_eq!((code, out.as_str()), (0, "ada"), "{err}");
    desk.json(&["keys", "rotate"]);
    let (code, out, err) = with_bucket(&desk, &["rewrap", &url, "--format", "json"]);
    assert_eq!((code, &serde_json::from_str::<Value>(&out).unwrap()["files"]), (0, &2.into()), "{err}");
    let (code, out, _) = with_bucket(&desk, &["verify", &url, "--format", "json"]);
    assert_eq!((code, &serde_json::from_str::<Value>(&out).unwrap()["files"]), (0, &2.into()));
}

#[test]
fn objects_keep_their_names_through_encrypt_and_decrypt() {
    let server = MotoServer::shared();
    server.make_bucket("cli-names", true);
    let desk = desk_with_keys();
    // As they stand in a request: umlauts, Japanese, a percent sign, `#`, `?`, `+` and a blank.
    let names = [
        "Kundenliste%20M%C3%A4rz.csv",
        "%E6%97%A5%E6%9C%AC.csv",
        "50%25.csv",
        "a%23b%3Fc~d.csv",
        "p%2Bb%20x.csv",
        "%2541.csv",
    ];
    for name in names {
        server.put("cli-names", &format!("alt/{name}"), name.as_bytes());
    }
    let there = |end: &str| {
        for name in names {
            server.request("GET", &format!("/cli-names/alt/{name}{end}"), &[], b"");
        }
        let list = server.request("GET", "/cli-names?list-type=2", &[], b"");
        assert_eq!(String::from_utf8_lossy(&list).matches("<Key>").count(), names.len());
    };
    let url = server.url("cli-names/alt/");
    let (code, out, err) = with_bucket(&desk, &["encrypt", "--in-place", "--purge-versions", "-r", &url]);
    assert_eq!(code, 0, "{out} {err}");
    there(".dw");
    let (code, out, err) = with_bucket(&desk, &["decrypt", "--in-place", "-r", &url]);
    assert_eq!(code, 0, "{out} {err}");
    there("");
    for name in names {
        let bytes = server.request("GET", &format!("/cli-names/alt/{name}"), &[], b"");
        assert_eq!(bytes, name.as_bytes());
    }
    // One of them, written as people and as programs do.
    for place in ["cli-names/alt/Kundenliste März.csv", "cli-names/alt/50%25.csv"] {
        let (code, out, err) = with_bucket(&desk, &["encrypt", "--in-place", &server.url(place), "--format", "json"]);
        let report: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{code} {out} {err}"));
        assert_eq!((code, &report["files"]), (0, &1.into()), "{out} {err}");
    }
}

#[test]
fn a_bucket_is_sealed_by_the_policy_too() {
    let server = MotoServer::shared();
    server.make_bucket("cli-protect", false);
    server.put("cli-protect", "backups/shop.sql", b"INSERT INTO customers VALUES ('ada@example.com');");
    server.put("cli-protect", "public/logo.svg", b"<svg/>");
    let desk = desk_with_keys();
    let url = server.url("cli-protect");
    desk.write(
        "dataward.toml",
        format!(
            "[business]\nname = \"Test\"\n\n[source.bucket]\nurl = \"{url}\"\n\n\
             [[protect]]\nname = \"Backups\"\nwhat = [\"bucket.backups/\"]\n"
        ),
    );
    let (code, out, err) = with_bucket(&desk, &["encrypt", "--from-audit", "--format", "json"]);
    let plan: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{code} {out} {err}"));
    assert_eq!((&plan["files"], &plan["parts"][0]["files"][0]["name"]), (&1.into(), &"backups/shop.sql".into()));
    let hash = plan["plan"].as_str().unwrap();
    let (code, out, err) = with_bucket(&desk, &["encrypt", "--from-audit", "--apply", hash, "--format", "json"]);
    assert_eq!(code, 0, "{out} {err}");
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["left"], 0);
    assert!(with_bucket(&desk, &["scan"]).0 <= 1);
    assert_eq!(desk.json(&["inventory"]).get("sealed").map_or(0, |list| list.as_array().unwrap().len()), 1);
}

#[test]
fn a_root_in_a_systemd_credential_opens_the_keys_and_its_absence_says_what_to_write() {
    let desk = Desk::with_exports();
    desk.write("a", "text");
    // What `LoadCredentialEncrypted=root:FILE` does for a service: opened into a folder that a variable names.
    desk.write("credentials/root", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n");
    let run = |arguments: &[&str]| {
        let output = desk.command(arguments).env("CREDENTIALS_DIRECTORY", desk.path().join("credentials")).output();
        output.unwrap()
    };
    assert!(run(&["keys", "init", "--root", "systemd:root"]).status.success());
    assert!(run(&["encrypt", "a"]).status.success());
    assert!(run(&["decrypt", "a.dw", "-o", "b"]).status.success());
    assert_eq!(desk.read("b"), "text");
    let said = desk.run(&["decrypt", "a.dw", "-o", "c"]);
    assert_eq!((said.code, said.err.contains("LoadCredentialEncrypted=root:FILE")), (2, true), "{said:?}");
    std::fs::remove_file(desk.path().join("a.dw")).unwrap();
    desk.write("credentials/root", "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n");
    let other = run(&["encrypt", "a"]);
    assert!(String::from_utf8_lossy(&other.stderr).contains("the root key is not the one"), "{other:?}");
}
