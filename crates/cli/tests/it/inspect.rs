//! `inspect`: spans in Unicode characters, and nothing of the text itself.

use std::io::Write;
use std::process::Stdio;

use serde_json::Value;
use serde_json::json;

use crate::support::Desk;
use crate::support::Said;

fn fed(arguments: &[&str], input: &str) -> Said {
    let desk = Desk::new();
    let mut child =
        desk.command(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Said::of(child.wait_with_output().unwrap())
}

fn categories(report: &Value) -> Vec<(u64, u64, String)> {
    let spans = report["spans"].as_array().unwrap();
    spans
        .iter()
        .map(|span| {
            let number = |key: &str| span[key].as_u64().unwrap();
            (number("start"), number("end"), span["category"].as_str().unwrap().to_owned())
        })
        .collect()
}

#[test]
fn spans_count_characters_not_bytes() {
    let said = fed(&["inspect", "-", "--format", "json"], "Größe 💡 → ada.lovelace@example.org ✓\n");
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(said.json()["schema"], "dataward/inspect@1");
    assert_eq!(categories(&said.json()), [(10, 34, "user.contact.email".to_owned())]);
}

#[test]
fn text_for_people_names_line_and_column_and_not_the_value() {
    let said = fed(&["inspect", "-"], "first line\nwrite to ada.lovelace@example.org\n");
    assert_eq!(said.code, 0);
    assert!(said.out.contains("2:10"), "{}", said.out);
    assert!(said.out.contains("e-mail address"), "{}", said.out);
    assert!(!said.out.contains("lovelace"), "{}", said.out);
}

#[test]
fn json_lines_go_in_and_come_out_one_by_one() {
    let input = "{\"id\": 7, \"text\": \"ada@example.org\"}\n\n{\"id\": \"b\", \"text\": \"nothing here\"}\n";
    let said = fed(&["inspect", "-", "--jsonl"], input);
    assert_eq!(said.code, 0, "{said:?}");
    let lines: Vec<Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["id"], 7);
    assert_eq!(categories(&lines[0]), [(0, 15, "user.contact.email".to_owned())]);
    assert_eq!(lines[1], json!({ "id": "b", "spans": [] }));
}

#[test]
fn a_broken_line_is_named_and_not_repeated() {
    let said = fed(&["inspect", "-", "--jsonl"], "{\"id\": 1, \"text\": 4111111111111111}\n");
    assert_eq!(said.code, 2);
    assert!(said.err.contains("line 1, column"), "{}", said.err);
    assert!(!said.err.contains("4111"), "{}", said.err);
}

#[test]
fn what_is_no_text_says_what_to_do() {
    let desk = Desk::new();
    desk.write("latin1.txt", b"Gr\xf6\xdfe");
    let said = desk.run(&["inspect", "latin1.txt"]);
    assert_eq!(said.code, 2);
    assert_eq!(
        said.err,
        "error: `latin1.txt` is not UTF-8 text\nhint: for other files and encodings: dataward scan FILE\n"
    );
    assert_eq!(desk.run(&["inspect", "nowhere.txt"]).code, 3);
}
