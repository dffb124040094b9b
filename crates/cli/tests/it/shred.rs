//! Shredding a key: two operators, the exact plan, a day, and a certificate.

use serde_json::Value;

use crate::support::Desk;
use crate::support::Said;

const POLICY: &str = "[business]\nname = \"Test\"\n\n[source.exports]\nurl = \"file:exports\"\n";

/// A desk with keys, one sealed file, and the operators `names` in its policy.
fn desk(names: &[&str], more: &str) -> Desk {
    let desk = Desk::with_exports();
    assert_eq!(desk.run(&["keys", "init", "--root", "file:root.key"]).code, 0);
    let mut keys = Vec::new();
    for name in names {
        let made = desk.run(&["keys", "operator", name, &format!("{name}.key")]);
        assert_eq!(made.code, 0, "{made:?}");
        keys.push(made.out.split('"').nth(1).unwrap().to_owned());
    }
    desk.write("dataward.toml", format!("{POLICY}\n[approval]\noperators = {keys:?}\n{more}"));
    desk.write("exports/a", "text");
    desk.json(&["encrypt", "--in-place", "-r", "exports"]);
    desk.json(&["keys", "rotate"]);
    desk
}

const SHRED: [&str; 6] = ["keys", "shred", "--class", "files", "--version", "1"];

fn apply(desk: &Desk) -> Said {
    desk.run(&[&SHRED[..], &["--apply", "--format", "json"]].concat())
}

fn approve(desk: &Desk, plan: &Value, who: &str) -> Said {
    let plan = &plan["plan"].as_str().unwrap()[..16];
    desk.run(&["keys", "approve", plan, "--operator", &format!("{who}.key"), "--format", "json"])
}

#[test]
fn a_key_is_shredded_when_two_operators_approved_just_that() {
    let desk = desk(&["ada", "alan"], "");
    let plan = desk.json(&SHRED);
    assert_eq!((&plan["files"], &plan["known_files"]), (&1.into(), &1.into()), "{plan}");
    let refused = apply(&desk);
    assert_eq!((refused.code, refused.err.contains("0 of 2 approvals")), (4, true), "{refused:?}");
    for again in 0..2 {
        let report = approve(&desk, &plan, "ada").json();
        assert_eq!((&report["missing"], &report["approved_by"][0]), (&1.into(), &"ada".into()), "{again}");
    }
    assert_eq!(apply(&desk).code, 4, "one person twice is one person");
    assert_eq!(approve(&desk, &plan, "alan").json()["missing"], 0);

    // Another key was not approved.
    let other = desk.run(&["keys", "shred", "--class", "files", "--version", "2", "--apply"]);
    assert_eq!(other.code, 4, "{other:?}");

    let said = apply(&desk);
    assert_eq!(said.code, 0, "{said:?}");
    let certificate = said.json();
    assert_eq!(certificate["approved_by"], serde_json::json!(["ada", "alan"]));
    assert_eq!((&certificate["solo"], &certificate["plan"]), (&false.into(), &plan["plan"]));
    assert!(certificate["still_opened_by"][0].as_str().unwrap().starts_with("the recovery key"), "{certificate}");
    let date = |field: &str| certificate[field].as_str().unwrap()[..10].to_owned();
    assert!(date("unreadable_backups") > date("unreadable_live"));
    let kept: Value = serde_json::from_str(&desk.read(".dataward/certificates/shred-files-1.json")).unwrap();
    assert_eq!(kept, certificate);
    let said = desk.run(&["decrypt", "exports/a.dw", "-o", "b"]);
    assert!(said.err.contains("none of your keys opens this"), "{said:?}");
    let log = desk.json(&["evidence", "show"]).to_string();
    assert!(log.contains("keys/shred/files/1") && log.contains("\"approved_by\":[\"ada\",\"alan\"]"), "{log}");

    // It lies beside the certificates of deletion, and is none of their chain.
    let chain = desk.run(&["retain", "verify", "--chain"]);
    assert!(chain.code != 4 && !chain.err.contains("it is no certificate"), "{chain:?}");
}

#[test]
fn an_approval_is_of_the_files_that_were_shown_and_no_more() {
    let desk = desk(&["ada", "alan"], "");
    let of_two = ["keys", "shred", "--class", "files", "--version", "2"];
    desk.write("exports/b", "text");
    desk.json(&["encrypt", "--in-place", "-r", "exports"]);
    let plan = desk.json(&of_two);
    assert_eq!((&plan["files"], &plan["active"]), (&1.into(), &true.into()), "{plan}");
    let shown = desk.run(&of_two).out;
    assert!(shown.contains("dataward keys rotate --class files"), "{shown}");
    assert_eq!(approve(&desk, &plan, "ada").code, 0);
    desk.write("exports/c", "text");
    desk.json(&["encrypt", "--in-place", "-r", "exports"]);
    assert_eq!(approve(&desk, &plan, "alan").code, 0);
    let refused = desk.run(&[&of_two[..], &["--apply"]].concat());
    assert!(refused.code == 4 && refused.err.contains("of just this: files/2, 2 files"), "{refused:?}");
    let newer = desk.json(&of_two);
    assert_ne!(newer["plan"], plan["plan"]);
    for who in ["ada", "alan"] {
        assert_eq!(approve(&desk, &newer, who).code, 0);
    }
    assert_eq!(desk.run(&[&of_two[..], &["--apply"]].concat()).code, 0);
}

#[test]
fn who_is_no_operator_approves_nothing_and_nobody_is_told_to_name_some() {
    let desk = desk(&["ada", "alan"], "");
    let plan = desk.json(&SHRED);
    assert_eq!(desk.run(&["keys", "operator", "eve", "eve.key"]).code, 0);
    let said = approve(&desk, &plan, "eve");
    assert_eq!((said.code, said.err.contains("`eve` is no operator of this policy")), (4, true), "{said:?}");
    // A note that somebody wrote by hand counts for nobody.
    let folder = format!(".dataward/plans/{}.approvals", plan["plan"].as_str().unwrap());
    desk.write(
        &format!("{folder}/ada.note"),
        "dataward approval 1\nkeys/shred\nx\n2026-01-01T00:00:00Z\n\n— ada AAAA\n",
    );
    assert_eq!(apply(&desk).code, 4);

    let alone = self::desk(&[], "");
    let said = apply(&alone);
    assert_eq!((said.code, said.err.contains("`solo = true`")), (4, true), "{said:?}");
    assert!(alone.json(&["keys", "status"])["approval"].as_str().unwrap().starts_with("nobody yet"));
}

#[test]
fn one_person_alone_decides_only_where_the_policy_says_so_and_the_certificate_says_it() {
    let desk = desk(&[], "solo = true\n");
    assert_eq!(desk.json(&["keys", "status"])["approval"], "one person alone (solo)");
    let certificate = apply(&desk).json();
    assert_eq!((&certificate["solo"], &certificate["approved_by"]), (&true.into(), &serde_json::json!([])));
}
