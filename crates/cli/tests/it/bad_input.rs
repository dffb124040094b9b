//! What goes wrong in the world: one clear sentence, the right exit code, nothing lost, no value of
//! a customer in the message.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use dataward_testkit::server::postgres::PostgresServer;
use serde_json::Value;

use crate::support::Desk;
use crate::support::Said;
use crate::support::column;

/// The reasons under `skipped` of the first source, by place.
fn skipped(said: &Said) -> Vec<(String, String)> {
    let scan = said.json();
    let lines = scan["sources"][0]["skipped"].as_array().unwrap().clone();
    let text = |line: &Value, key: &str| line[key].as_str().unwrap().to_owned();
    lines.iter().map(|line| (text(line, "place"), text(line, "reason"))).collect()
}

fn scan(desk: &Desk, target: &str) -> Said {
    desk.run(&["scan", target, "--full", "--format", "json"])
}

#[test]
fn nobody_there_is_said_in_one_sentence() {
    let desk = Desk::new();
    let port = dataward_testkit::server::free_port();
    for url in [
        format!("postgres://ada:s3cret@127.0.0.1:{port}/shop"),
        format!("mysql://ada:s3cret@127.0.0.1:{port}/shop"),
        "postgres://ada:s3cret@no-such-host.invalid/shop".to_owned(),
    ] {
        let said = scan(&desk, &url);
        assert_eq!(said.code, 3, "{said:?}");
        let reasons = skipped(&said);
        assert_eq!(reasons.len(), 1, "{reasons:?}");
        assert!(reasons[0].1.contains("cannot reach"), "{reasons:?}");
        assert!(!said.out.contains("s3cret") && !said.err.contains("s3cret"), "{said:?}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_said_and_not_repeated() {
    let desk = Desk::new();
    let database = PostgresServer::shared().database().await;
    let place = database.server().place(database.name());
    let said = scan(&desk, &format!("postgres://postgres:wr0ng-s3cret@{place}"));
    assert_eq!(said.code, 3, "{said:?}");
    assert!(!said.out.contains("s3cret") && !said.err.contains("s3cret"), "{said:?}");
    let reasons = skipped(&said);
    assert!(reasons[0].1.contains("password"), "{reasons:?}");
}

#[test]
fn what_is_not_there_is_said_before_anything_is_read() {
    let desk = Desk::new();
    let said = desk.run(&["scan", "no-such-folder"]);
    assert_eq!(said.code, 3);
    assert!(
        said.err.starts_with("error: there is no file or folder `no-such-folder` here, and no policy file"),
        "{}",
        said.err
    );
    let said = desk.run(&["scan", "mongodb://ada:s3cret@db/shop"]);
    assert_eq!(said.code, 2);
    assert!(said.err.starts_with("error: no connector for `mongodb:` addresses\n"), "{}", said.err);
    assert!(!said.err.contains("s3cret"));
}

#[test]
fn half_a_parquet_file_does_not_hide_the_rest() {
    let desk = Desk::new();
    desk.write("in/good.csv", "email\nada@example.org\nbob@example.org\n");
    desk.write("in/half.parquet", b"PAR1\x15\x04\x15\x10\x15\x14\x4c");
    let said = scan(&desk, "in");
    assert_eq!(said.code, 3, "{said:?}");
    assert_eq!(column(&said.json(), "good.csv", "email")["category"], "user.contact.email");
    let reasons = skipped(&said);
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    assert_eq!(reasons[0].0, "half.parquet");
}

#[test]
fn odd_csv_files_are_read_all_the_same() {
    let desk = Desk::new();
    desk.write("in/nul.csv", b"email,note\nada@example.org,a\0b\nbob@example.org,\xff\xfe\n");
    let wide: Vec<String> = (0..10_000).map(|number| format!("c{number}")).collect();
    let row = |value: &str| wide.iter().map(|_| value).collect::<Vec<_>>().join(",");
    desk.write("in/wide.csv", format!("{}\n{}\n{}\n", wide.join(","), row("1"), row("2")));
    let said = scan(&desk, "in");
    assert_eq!(said.code, 0, "{:?}", said.err);
    let scan = said.json();
    assert_eq!(column(&scan, "nul.csv", "email")["category"], "user.contact.email");
    assert_eq!(column(&scan, "wide.csv", "c9999")["category"], Value::Null);
}

#[test]
fn json_nested_without_end_is_refused() {
    let desk = Desk::new();
    desk.write("in/deep.json", format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)));
    let said = scan(&desk, "in");
    assert_eq!(said.code, 3, "{said:?}");
    assert_eq!(skipped(&said).len(), 1);
}

#[test]
fn a_workbook_that_is_a_bomb_is_refused() {
    let desk = Desk::new();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    zip.start_file("[Content_Types].xml", options).unwrap();
    zip.write_all(b"<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>").unwrap();
    zip.start_file("xl/workbook.xml", options).unwrap();
    zip.write_all(b"<workbook/>").unwrap();
    zip.start_file("xl/worksheets/sheet1.xml", options).unwrap();
    let zeros = vec![b' '; 1 << 20];
    for _ in 0..64 {
        zip.write_all(&zeros).unwrap();
    }
    desk.write("in/bomb.xlsx", zip.finish().unwrap().into_inner());
    let said = scan(&desk, "in");
    assert_eq!(said.code, 3, "{said:?}");
    assert_eq!(skipped(&said).len(), 1, "{said:?}");
}

#[test]
fn a_loop_of_links_ends() {
    let desk = Desk::new();
    desk.write("in/a/good.csv", "email\nada@example.org\n");
    std::os::unix::fs::symlink("../../in", desk.path().join("in/a/again")).unwrap();
    std::os::unix::fs::symlink("self", desk.path().join("in/self")).unwrap();
    let said = scan(&desk, "in");
    let scan = said.json();
    assert_eq!(column(&scan, "a/good.csv", "email")["category"], "user.contact.email");
    assert_eq!(scan["sources"][0]["tables"].as_array().unwrap().len(), 1);
}

#[test]
fn a_mistake_in_the_policy_is_shown_with_its_place() {
    let desk = Desk::with_exports();
    let policy = desk.read("dataward.toml").replace("url =", "ulr =");
    desk.write("dataward.toml", policy);
    for arguments in [&["scan"][..], &["status"], &["inventory"], &["report"]] {
        let said = desk.run(arguments);
        assert_eq!(said.code, 2, "{said:?}");
        assert!(said.err.contains("dataward.toml:5:1"), "{}", said.err);
        assert!(said.err.contains("did you mean `url`?"), "{}", said.err);
    }
    let said = desk.run(&["scan", "--format", "json"]);
    let error: serde_json::Value = serde_json::from_str(&said.err).unwrap();
    assert!(error["at"].as_str().unwrap().ends_with("dataward.toml:5:1"), "{error}");
    assert_eq!(error["hint"], "did you mean `url`?");
    assert!(!desk.path().join(".dataward").exists(), "a mistake changes nothing");
}

#[test]
fn a_setting_of_another_kind_is_said_in_words() {
    let desk = Desk::with_exports();
    let policy = desk.read("dataward.toml");
    for (setting, said) in [
        ("[[protect]]\nname = \"all\"\nwhat = \"exports\"\n", "`what` wants a list, and a text stands here"),
        ("[[protect]]\nname = 7\nwhat = []\n", "`name` wants a text, and a number stands here"),
    ] {
        desk.write("dataward.toml", format!("{policy}\n{setting}"));
        let run = desk.run(&["scan"]);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.err.contains(said), "{}", run.err);
    }
}

#[test]
fn a_state_folder_that_cannot_be_written_stops_before_reading() {
    let desk = Desk::with_exports();
    desk.write("exports/a.csv", "email\nada@example.org\n");
    // A file where the folder should be: nobody can write there, root included.
    desk.write(".dataward", "in the way");
    let said = desk.run(&["scan"]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.err.starts_with("error: "), "{}", said.err);
    assert_eq!(desk.read(".dataward"), "in the way");
}

#[test]
fn a_disk_without_room_for_our_state_is_called_full() {
    let desk = Desk::with_exports();
    assert_eq!(desk.run(&["scan", "--full"]).code, 0);
    // Less than the index of a journal (32 KiB) needs, which the smallest command makes.
    let line = "trap '' XFSZ; ulimit -f 16; exec \"$0\" status";
    let mut command = std::process::Command::new("bash");
    let output = command.args(["-c", line, env!("CARGO_BIN_EXE_dataward")]).current_dir(desk.path()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("is full") && !said.contains("unexpected fault"), "{said}");
}

#[test]
fn an_unreadable_file_is_named() {
    let desk = Desk::new();
    desk.write("in/locked.csv", "email\nada@example.org\n");
    desk.write("in/good.csv", "email\nada@example.org\n");
    std::fs::set_permissions(desk.path().join("in/locked.csv"), PermissionsExt::from_mode(0o000)).unwrap();
    let said = scan(&desk, "in");
    // Root may read everything: then there is nothing to complain about.
    if std::fs::File::open(desk.path().join("in/locked.csv")).is_err() {
        assert_eq!(said.code, 3, "{said:?}");
        assert_eq!(skipped(&said)[0].0, "locked.csv");
    } else {
        assert_eq!(said.code, 0, "{said:?}");
    }
}

#[test]
fn a_password_that_is_not_set_does_not_stop_the_other_sources() {
    let desk = Desk::with_exports();
    desk.write("exports/a.csv", "email\nada@example.org\nbob@example.org\n");
    let policy = desk.read("dataward.toml");
    let locked = "[source.shop]\nurl = \"postgres://ada@localhost/shop\"\npassword = { env = \"NOT_SET\" }\n";
    desk.write("dataward.toml", format!("{policy}\n{locked}"));
    let said = desk.run(&["scan", "--format", "json"]);
    assert_eq!(said.code, 3, "{said:?}");
    assert_eq!(column(&said.json(), "a.csv", "email")["category"], "user.contact.email");
    assert!(said.out.contains("`NOT_SET` with the password is not set"), "{}", said.out);
}

#[test]
fn a_gate_that_cannot_judge_says_so() {
    let desk = Desk::with_exports();
    desk.write("exports/a.csv", "email\nada@example.org\nbob@example.org\n");
    assert_eq!(desk.run(&["scan", "./exports", "--fail-on", "low"]).code, 2);
    assert_eq!(desk.run(&["scan", "exports", "--fail-on", "low"]).code, 1);
    assert_eq!(desk.run(&["scan", "exports", "--fail-on", "critical"]).code, 0);
}
