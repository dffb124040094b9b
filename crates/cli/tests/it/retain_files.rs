//! `retain` over a folder and a bucket: from a policy file to files that are gone, archived, certified.

use std::time::Duration;
use std::time::SystemTime;

use dataward_app::environment::SystemClock;
use dataward_model::Clock;
use dataward_testkit::server::moto::MotoServer;
use serde_json::Value;
use serde_json::json;

use crate::support::Desk;

fn policy(extra: &str) -> String {
    format!(
        "[business]\nname = \"Blue Lantern Books\"\n\n[source.exports]\nurl = \"file:exports\"\n\n[[retain]]\n\
         name = \"Exports\"\nwhat = \"exports\"\nkeep = \"1 year\"\nfrom = \"dated\"\nthen = \"erase\"\n\n[[retain]]\n\
         name = \"Logs\"\nwhat = \"exports.logs/*.log\"\nkeep = \"3 months\"\nfrom = \"modified\"\nthen = \"clean-up\"\n{extra}"
    )
}

fn age(desk: &Desk, name: &str, days: u64) {
    let file = std::fs::File::options().append(true).open(desk.path().join(name)).unwrap();
    let now = SystemTime::from(SystemClock.now());
    file.set_modified(now - Duration::from_secs(days * 86_400)).unwrap();
}

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("dataward.toml", policy(""));
    desk.write("exports/orders.csv", "id,placed_at,email\n1,2019-01-02,ada@example.org\n");
    desk.write("exports/dump-2018-03-04.txt", "nothing that says when");
    desk.write("exports/old.txt", "nothing that says when");
    desk.write("exports/new.txt", "nothing that says when");
    desk.write("exports/logs/app.log", "2025-01-01 still the rule of logs\n");
    age(&desk, "exports/old.txt", 800);
    age(&desk, "exports/logs/app.log", 200);
    desk
}

fn line<'a>(plan: &'a Value, basis: &str) -> &'a Value {
    let tables = plan["tables"].as_array().unwrap();
    tables.iter().find(|line| line["basis"] == basis).unwrap_or_else(|| panic!("{basis}: {plan:#}"))
}

#[test]
fn files_go_by_what_their_age_is_counted_from_and_are_certified() {
    let desk = desk();
    let plan = desk.json(&["retain", "plan", "--list"]);
    assert_eq!(line(&plan, "the latest day in the content")["rows"], 1, "{plan:#}");
    assert_eq!(line(&plan, "the day in the name")["rows"], 1);
    let logs = plan["tables"].as_array().unwrap().iter().find(|line| line["rule"] == "Logs").unwrap();
    assert_eq!((&logs["rows"], &logs["action"], &logs["bytes"]), (&json!(1), &json!("clean-up"), &json!(34)));
    let paths: Vec<&str> =
        plan["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(paths.len(), 4);
    assert!(["orders.csv", "dump-2018-03-04.txt", "old.txt", "logs/app.log"].iter().all(|path| paths.contains(path)));
    let text = desk.run(&["retain", "plan", "--show", plan["plan"].as_str().unwrap()]).out;
    assert!(text.contains("age counted from the last change") && text.contains("1 file, "), "{text}");
    assert_eq!(desk.run(&["retain", "apply", plan["plan"].as_str().unwrap()]).code, 4, "nobody approved it");
    desk.json(&["retain", "approve"]);
    let applied = desk.json(&["retain", "apply"]);
    let gone: u64 = applied["tables"].as_array().unwrap().iter().map(|line| line["changed"].as_u64().unwrap()).sum();
    assert_eq!(gone, 4, "{applied}");
    let left: Vec<_> =
        std::fs::read_dir(desk.path().join("exports")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "the new file and the empty folder of logs: {left:?}");
    let verified = desk.run(&["retain", "verify", "--format", "json"]).json();
    let source = &verified["sources"][0];
    assert_eq!(source["search"]["selectable"], 0);
    assert!(["L1", "L2"].contains(&source["level_proven"].as_str().unwrap()), "{source:#}");
    let blind = source["search"]["blind"].to_string();
    assert!(blind.contains("blocks of removed files stay on the disk"), "{blind}");
    assert_eq!(desk.json(&["retain", "verify", "--chain"])["certificates"].as_array().unwrap().len(), 1);
    assert_eq!(desk.run(&["evidence", "verify"]).code, 0);
}

#[test]
fn a_restored_file_is_found_again_and_another_one_of_its_name_is_not() {
    let desk = desk();
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    desk.write("exports/orders.csv", "id,placed_at,email\n1,2019-01-02,ada@example.org\n");
    desk.write("exports/logs/app.log", "2026-11-01 the log of today\n");
    let said = desk.run(&["retain", "replay", "--format", "json"]);
    assert_eq!(said.code, 1, "{said:?}");
    let found = said.json();
    assert_eq!((&found["tables"][0]["back"], &found["tables"][0]["somebody_else"]), (&json!(1), &json!(1)), "{found}");
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    assert!(!desk.path().join("exports/orders.csv").exists());
    assert!(desk.path().join("exports/logs/app.log").exists());
    assert_eq!(desk.run(&["retain", "replay"]).code, 0);
}

#[test]
fn a_hold_over_a_folder_keeps_its_files() {
    let desk = desk();
    desk.json(&["retain", "hold", "place", "--matter", "suit 7", "--place", "exports.logs"]);
    let plan = desk.json(&["retain", "plan"]);
    let kept = plan["tables"].to_string();
    assert!(kept.contains("hold: a hold or a tolling covers them"), "{kept}");
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    assert!(desk.path().join("exports/logs/app.log").exists());
    assert!(!desk.path().join("exports/orders.csv").exists());
}

#[test]
fn the_policy_file_and_other_sources_never_go_with_their_folder() {
    let desk = Desk::new();
    desk.write(
        "dataward.toml",
        "[business]\nname = \"Test\"\n\n[source.all]\nurl = \"file:.\"\n\n[source.shop]\nurl = \"sqlite:shop.db\"\n\n\
         [[retain]]\nname = \"All\"\nwhat = \"all\"\nkeep = \"1 year\"\nfrom = \"modified\"\nthen = \"erase\"\n",
    );
    dataward_testkit::sqlite::make(&desk.path().join("shop.db"), "CREATE TABLE a (b)");
    desk.write("old.txt", "x");
    for name in ["dataward.toml", "shop.db", "old.txt"] {
        age(&desk, name, 800);
    }
    let plan = desk.json(&["retain", "plan", "--list"]);
    let paths = plan["files"].to_string();
    assert!(plan["files"].as_array().unwrap().len() == 1 && paths.contains("old.txt"), "{paths}");
}

#[test]
fn what_age_means_has_to_be_said_and_a_part_of_a_file_cannot_go() {
    let desk = desk();
    let wishes = "\n[[retain]]\nname = \"E-mail\"\nwhat = \"user.contact.email\"\nkeep = \"2 years\"\nfrom = \"created\"\nthen = \"erase\"\n";
    desk.write("dataward.toml", policy(wishes).replace("from = \"dated\"", "from = \"last_activity\""));
    desk.json(&["scan", "--full"]);
    let plan = desk.json(&["retain", "plan"]);
    let conflicts = plan["conflicts"].to_string();
    assert!(conflicts.contains("files have no `last_activity`"), "{conflicts}");
    desk.write("dataward.toml", policy(wishes).replace("what = \"exports\"\n", "what = \"exports.elsewhere\"\n"));
    let conflicts = desk.json(&["retain", "plan"])["conflicts"].to_string();
    assert!(conflicts.contains("a file goes whole or stays"), "{conflicts}");
}

#[test]
fn what_is_archived_is_sealed_read_back_and_opens_again() {
    let desk = desk();
    desk.write(
        "dataward.toml",
        policy("").replace("then = \"erase\"", "then = \"archive\"\narchive_for = \"5 years\""),
    );
    assert_eq!(desk.run(&["keys", "init", "--root", "file:root.key"]).code, 0);
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    assert!(!desk.path().join("exports/orders.csv").exists());
    let mut sealed = Vec::new();
    let mut folders = vec![desk.path().join(".dataward/archive")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => sealed.extend(path.extension().is_some_and(|end| end == "esdk").then_some(path)),
            }
        }
    }
    let mut opened = Vec::new();
    for (at, file) in sealed.iter().enumerate() {
        let bytes = std::fs::read(file).unwrap();
        assert!(!bytes.windows(11).any(|part| part == b"ada@example"), "readable: {}", file.display());
        let name = format!("opened-{at}");
        let said = desk.run(&["decrypt", file.to_str().unwrap(), "--output", &name]);
        assert_eq!(said.code, 0, "{said:?}");
        opened.push(std::fs::read(desk.path().join(name)).unwrap());
    }
    assert!(opened.contains(&b"id,placed_at,email\n1,2019-01-02,ada@example.org\n".to_vec()));
    assert!(opened.iter().any(|file| file.starts_with(b"PAR1")), "the list of what was archived");
}

#[test]
fn objects_go_with_all_their_versions_and_the_certificate_says_so() {
    let moto = MotoServer::shared();
    moto.make_bucket("cli-retain", true);
    moto.put("cli-retain", "exports/orders-2019-01-02.csv", b"id,email\n1,ada@example.org\n");
    moto.put("cli-retain", "exports/orders-2019-01-02.csv", b"id,email\n1,grace@example.org\n");
    moto.put("cli-retain", "exports/orders-2099-01-02.csv", b"id,email\n1,grace@example.org\n");
    let desk = Desk::new();
    desk.write("secret", "secret");
    desk.write(
        "dataward.toml",
        format!(
            "[business]\nname = \"Test\"\n\n[source.bucket]\nurl = \"{}&access_key_id=key\"\n\
             password = {{ file = \"secret\" }}\n\n[[retain]]\nname = \"Exports\"\nwhat = \"bucket.exports\"\n\
             keep = \"1 year\"\nfrom = \"name_date\"\nthen = \"erase\"\n",
            moto.url("cli-retain")
        ),
    );
    let plan = desk.json(&["retain", "plan"]);
    assert_eq!((&plan["tables"][0]["rows"], &plan["tables"][0]["basis"]), (&json!(2), &json!("the day in the name")));
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    let verified = desk.json(&["retain", "verify"]);
    assert_eq!(verified["sources"][0]["level_proven"], "L2", "{verified:#}");
    let listing = moto.request("GET", "/cli-retain?versions", &[], b"");
    let listing = String::from_utf8(listing).unwrap();
    assert_eq!(listing.matches("<Key>").count(), 1, "{listing}");
}

#[test]
fn names_with_marks_are_held_and_excepted_as_they_are() {
    let desk = Desk::new();
    let longer = "\n[[retain]]\nname = \"One\"\nwhat = \"exports.Invoice #2.pdf\"\nkeep = \"30 years\"\nfrom = \"modified\"\nthen = \"erase\"\n";
    desk.write("dataward.toml", policy(longer));
    for name in ["Invoice #1.pdf", "Invoice #2.pdf", "Invoice #3.pdf", "#recycle/a.txt"] {
        desk.write(&format!("exports/{name}"), "nothing that says when");
        age(&desk, &format!("exports/{name}"), 800);
    }
    for place in ["exports.Invoice #1.pdf", "exports.#recycle"] {
        desk.json(&["retain", "hold", "place", "--matter", "suit 7", "--place", place]);
    }
    let plan = desk.json(&["retain", "plan", "--list"]);
    let paths: Vec<&Value> = plan["files"].as_array().unwrap().iter().map(|file| &file["path"]).collect();
    assert_eq!(paths, ["Invoice #3.pdf"], "{plan:#}");
}
