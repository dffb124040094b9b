//! Looking changes nothing, what is stale is not suggested, and what is not seen is said.

use std::process::Command;

use dataward_testkit::server::as_account;
use dataward_testkit::server::give_to_account;
use dataward_testkit::server::moto::MotoServer;
use dataward_testkit::sqlite;
use serde_json::Value;

use crate::support::Desk;
use crate::support::Said;

const POLICY: &str = "[business]\nname = \"Blue Lantern Books\"\n\n[source.exports]\nurl = \"file:exports\"\n\n\
    [source.shop]\nurl = \"sqlite:shop.db\"\n\n[[retain]]\nname = \"Exports\"\nwhat = \"exports\"\nkeep = \"1 year\"\n\
    from = \"content_date\"\nthen = \"erase\"\n\n[[retain]]\nname = \"Users\"\nwhat = \"shop.users\"\nkeep = \"1 year\"\n\
    from = \"last_seen\"\nthen = \"erase\"\n";

const SHOP: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, last_seen TEXT);
    CREATE TABLE sessions (id INTEGER PRIMARY KEY, user_id INTEGER, token TEXT);
    CREATE TABLE products (id INTEGER PRIMARY KEY, title TEXT);
    INSERT INTO users VALUES (1, 'ada@lantern.example', '2019-05-04'), (2, 'ben@lantern.example', '2026-11-01');
    INSERT INTO sessions VALUES (1, 1, 'x'), (2, 2, 'y'); INSERT INTO products VALUES (1, 'A lamp');";

fn mail(to: &str, date: &str) -> String {
    format!(
        "From: shop@lantern.example\nTo: {to}\nSubject: Your lamp\n{date}Message-ID: <1@lantern.example>\n\nIt was sent on 2026-11-29.\n"
    )
}

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("dataward.toml", POLICY);
    sqlite::make(&desk.path().join("shop.db"), SHOP);
    let (old, new) = ("Date: Fri, 04 Jan 2019 10:00:00 +0100\n", "Date: Sun, 01 Nov 2026 10:00:00 +0100\n");
    desk.write("exports/old.eml", mail("ada@lantern.example", old));
    desk.write("exports/new.eml", mail("ben@lantern.example", new));
    desk.write("exports/undated.eml", mail("ben@lantern.example", ""));
    let boxed = |mails: &[&str]| -> String {
        mails
            .iter()
            .map(|date| format!("From shop Fri Jan  4 10:00:00 2019\n{}\n", mail("ada@lantern.example", date)))
            .collect()
    };
    desk.write("exports/old.mbox", boxed(&[old, old]));
    desk.write("exports/living.mbox", boxed(&[old, new]));
    desk.json(&["scan", "--full"]);
    desk
}

fn paths(plan: &Value) -> Vec<&str> {
    plan["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect()
}

#[test]
fn mails_are_as_old_as_the_newest_of_them() {
    let desk = desk();
    assert_eq!(paths(&desk.json(&["retain", "plan", "--list"])), ["old.eml", "old.mbox"]);
}

#[test]
fn a_list_of_files_does_not_take_the_place_of_the_plan_that_waits() {
    let desk = desk();
    let waiting = desk.json(&["retain", "plan"])["plan"].as_str().unwrap().to_owned();
    let looked = desk.json(&["retain", "plan", "--list"]);
    assert_eq!(
        (looked["state"].as_str(), paths(&looked)),
        (Some("not saved"), vec!["old.eml", "old.mbox"]),
        "{looked:#}"
    );
    let shown = desk.run(&["retain", "plan", "--list"]).out;
    assert!(shown.contains("Only a look") && shown.contains("old.mbox"), "{shown}");
    let status = desk.json(&["retain", "status"]);
    assert_eq!(status["plans"].as_array().unwrap().len(), 1, "{status:#}");
    assert_eq!(
        (&status["plans"][0]["plan"], &status["plans"][0]["state"]),
        (&waiting.as_str().into(), &"planned".into())
    );
    desk.json(&["retain", "approve", &waiting]);
}

#[test]
fn a_plan_that_went_stale_is_told_as_that_and_not_suggested() {
    let desk = desk();
    let plan = desk.json(&["retain", "plan"])["plan"].as_str().unwrap().to_owned();
    desk.json(&["retain", "approve"]);
    let next = |status: &Value| status["next"].as_str().unwrap().to_owned();
    let status = desk.json(&["retain", "status"]);
    assert_eq!(status["plans"][0]["stale"], Value::Null, "{status:#}");
    assert_eq!(next(&status), format!("dataward retain apply {}", &plan[..12]));
    desk.write("dataward.toml", format!("{POLICY}\n# another one\n"));
    let status = desk.json(&["retain", "status"]);
    assert!(status["plans"][0]["stale"].as_str().unwrap().contains("policy"), "{status:#}");
    assert_eq!(next(&status), "dataward retain plan");
    assert!(desk.run(&["retain", "status"]).out.contains("stale:"));
    assert_eq!(desk.run(&["retain", "apply", &plan]).code, 4);
}

#[test]
fn a_hold_says_which_rows_it_cannot_follow() {
    let desk = desk();
    let place = ["retain", "hold", "place", "--matter", "suit 7", "--person", "user.contact.email=ada@lantern.example"];
    let held = desk.json(&place);
    assert_eq!(held["holds"][0]["not_followed"], serde_json::json!(["shop.sessions.user_id"]), "{held:#}");
    let said = desk.run(&place).out;
    assert!(said.contains("not followed: shop.sessions.user_id"), "{said}");
    desk.write("dataward.toml", format!("{POLICY}\n[references]\n\"shop.sessions.user_id\" = \"shop.users.id\"\n"));
    assert_eq!(desk.json(&place)["holds"][0]["not_followed"], Value::Null);
}

#[test]
fn a_restore_under_a_hold_says_that_a_scan_is_needed_first() {
    let desk = desk();
    let kept: Vec<(&str, String)> =
        ["old.eml", "old.mbox"].map(|name| (name, desk.read(&format!("exports/{name}")))).into();
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    let person = "user.contact.email=ben@lantern.example";
    desk.json(&["retain", "hold", "place", "--matter", "suit 7", "--person", person]);
    for (name, text) in kept {
        desk.write(&format!("exports/{name}"), text);
    }
    let said = desk.run(&["retain", "replay", "--format", "json"]).json();
    assert!(said["notes"].to_string().contains("dataward scan --full exports, then replay again"), "{said:#}");
    desk.json(&["scan", "--full"]);
    let said = desk.run(&["retain", "replay", "--format", "json"]).json();
    assert_eq!(said["notes"], Value::Null, "{said:#}");
}

#[test]
fn a_damaged_file_does_not_keep_a_stage_from_ever_having_run() {
    let desk = desk();
    desk.write("exports/broken.xlsx", b"PK\x03\x04 this is no workbook");
    desk.run(&["scan", "--full"]);
    assert_eq!(desk.run(&["audit", "integrity"]).code, 3, "it is told");
    let status = desk.json(&["status"]);
    let stages = status["plan"].as_array().or(status["stages"].as_array()).unwrap();
    let integrity = stages.iter().find(|stage| stage["stage"] == "integrity").unwrap();
    assert!(integrity["last"].is_string(), "{integrity:#}");
}

/// As an account that owns nothing here.
fn as_other(desk: &Desk, arguments: &[&str]) -> Said {
    let mut command: Command = as_account(std::path::Path::new(env!("CARGO_BIN_EXE_dataward")));
    Said::of(command.args(arguments).current_dir(desk.path()).output().unwrap())
}

fn is_lack(warning: &Value) -> bool {
    warning["kind"] == "no-right" || warning["kind"] == "denied"
}

#[test]
fn rights_that_an_apply_would_lack_on_files_and_folders_are_told_by_the_plan() {
    let desk = desk();
    give_to_account(desk.path());
    let chmod = |mode: &str, names: &[&str]| {
        let done = Command::new("chmod").arg("-R").arg(mode).args(names).current_dir(desk.path()).status();
        assert!(done.unwrap().success());
    };
    chmod("a+rX", &["exports", "shop.db", "dataward.toml"]);
    chmod("a-w", &["exports", "shop.db"]);
    let own = Command::new("chown").args(["-R", "--reference=.", ".dataward"]).current_dir(desk.path()).status();
    assert!(own.unwrap().success());
    let said = as_other(&desk, &["retain", "plan", "--format", "json"]);
    let plan = said.json();
    let told: Vec<&str> = plan["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|warning| is_lack(warning))
        .map(|warning| warning["text"].as_str().unwrap())
        .collect();
    assert!(told.iter().any(|text| text.contains("may not write to") && text.contains("shop.db")), "{plan:#}");
    assert!(told.iter().any(|text| text.contains("not change their folders")), "{plan:#}");
    chmod("u+w", &["exports", "shop.db"]);
    let as_owner = desk.json(&["retain", "plan"]);
    let none = !as_owner["warnings"].as_array().unwrap().iter().any(is_lack);
    assert!(none, "{as_owner:#}");
}

#[test]
fn a_key_that_may_not_remove_objects_is_told_by_the_plan() {
    let moto = MotoServer::checking(1_000_000);
    moto.make_bucket("rights", true);
    moto.put("rights", "dump-2019-03-04.csv", b"email\nada@lantern.example\n");
    let iam = |fields: &[(&str, &str)]| {
        let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let body = format!("Version=2010-05-08&{}", fields.join("&"));
        String::from_utf8(moto.request_to("iam", "POST", "/", &headers, body.as_bytes())).unwrap()
    };
    let allow = |actions: &str| {
        let document = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":[{actions}],"Resource":"*"}}}}"#
        );
        let fields = [("UserName", "keeper"), ("PolicyName", "own"), ("PolicyDocument", document.as_str())];
        iam(&[&[("Action", "PutUserPolicy")], &fields[..]].concat());
    };
    iam(&[("Action", "CreateUser"), ("UserName", "keeper")]);
    let made = iam(&[("Action", "CreateAccessKey"), ("UserName", "keeper")]);
    let field = |name: &str| {
        let (_, rest) = made.split_once(&format!("<{name}>")).unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    };
    let desk = Desk::new();
    desk.write(
        "dataward.toml",
        format!(
            "[business]\nname = \"Blue Lantern Books\"\n\n[source.bucket]\nurl = \"{}\"\n\n[[retain]]\nname = \"Dumps\"\n\
             what = \"bucket\"\nkeep = \"1 year\"\nfrom = \"name_date\"\nthen = \"erase\"\n",
            moto.url("rights")
        ),
    );
    let run = |arguments: &[&str]| {
        let mut command = desk.command(arguments);
        command.env("AWS_ACCESS_KEY_ID", field("AccessKeyId")).env("AWS_SECRET_ACCESS_KEY", field("SecretAccessKey"));
        Said::of(command.output().unwrap())
    };
    let told = || {
        let plan = run(&["retain", "plan", "--format", "json"]).json();
        assert_eq!(plan["tables"][0]["rows"], 1, "{plan:#}");
        plan["warnings"].as_array().unwrap().iter().filter(|warning| warning["kind"] == "no-right").count()
    };
    let trust = |count: &str| {
        moto.request("POST", "/moto-api/reset-auth", &[("content-type", "text/plain")], count.as_bytes());
    };
    allow(r#""s3:List*","s3:Get*""#);
    trust("0");
    assert!(run(&["scan", "--full"]).code <= 1);
    assert_eq!(told(), 1);
    trust("1");
    allow(r#""s3:*""#);
    assert_eq!(told(), 0);
    // Asking has changed nothing.
    trust("1");
    let versions = moto.request("GET", "/rights?versions", &[], b"");
    let versions = String::from_utf8(versions).unwrap();
    assert_eq!(
        (versions.matches("<Version>").count(), versions.matches("<DeleteMarker>").count()),
        (1, 0),
        "{versions}"
    );
}

#[test]
fn a_part_that_does_not_say_when_it_is_of_keeps_the_whole() {
    let desk = desk();
    let old = "Date: Fri, 04 Jan 2019 10:00:00 +0100\n";
    let boxed = |last: &str| -> String {
        let dates = [old, old, old, old, old, last].into_iter();
        dates
            .map(|date| format!("From shop Fri Jan  4 10:00:00 2019\n{}\n", mail("ada@lantern.example", date)))
            .collect()
    };
    let received = "Received: from a by b with SMTP; Mon, 2 Nov 2026 10:00:00 +0000\n";
    for (name, last) in [
        ("none", ""),
        ("soon", "Date: soon\n"),
        ("short", "Date: Mon, 2 Nov 2026\n"),
        ("iso", "Date: 2026-11-02 10:00\n"),
        ("german", "Date: 02.11.2026 10:00\n"),
        ("received", received),
    ] {
        desk.write(&format!("exports/{name}.mbox"), boxed(last));
    }
    desk.write("exports/received-old.mbox", boxed("Received: from a by b; Wed, 2 Jan 2019 10:00:00 +0000\n"));
    let event = |kind: &str, day: &str, more: &str| {
        format!("BEGIN:{kind}\r\nUID:1\r\nDTSTART:{day}T100000Z\r\n{more}END:{kind}\r\n")
    };
    let calendar = |events: &[String]| {
        let zone = "BEGIN:VTIMEZONE\r\nTZID:x\r\nBEGIN:STANDARD\r\nDTSTART:20301028T030000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{zone}{}END:VCALENDAR\r\n", events.concat())
    };
    desk.write("exports/old.ics", calendar(&[event("VEVENT", "20190104", "DTEND:20190105T100000Z\r\n")]));
    desk.write("exports/new.ics", calendar(&[event("VEVENT", "20190104", ""), event("VTODO", "20261102", "")]));
    desk.write(
        "exports/endless.ics",
        calendar(&[event("VEVENT", "20190104", ""), event("VEVENT", "20190104", "RRULE:FREQ=YEARLY\r\n")]),
    );
    let card = |rev: &str| format!("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada\r\n{rev}END:VCARD\r\n");
    desk.write("exports/old.vcf", card("REV:2019-01-04T10:00:00Z\r\n") + &card("REV:20190104T100000Z\r\n"));
    desk.write("exports/mixed.vcf", card("REV:2019-01-04T10:00:00Z\r\n") + &card(""));
    desk.write("exports/japanese.csv", "id,日付\n1,2018年3月4日\n2,2018年12月24日\n");
    let packed = |name: &str, second: &str, text: &str| {
        let folder = desk.path().join("packed");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("a.csv"), "id,day\n1,2018-03-04\n2,2018-03-05\n").unwrap();
        std::fs::write(folder.join(second), text).unwrap();
        let made = Command::new("python3")
            .args(["-m", "zipfile", "-c"])
            .arg(desk.path().join(format!("exports/{name}.zip")))
            .arg(folder.join("a.csv"))
            .arg(folder.join(second))
            .status();
        assert!(made.unwrap().success());
    };
    packed("dated", "b.csv", "id,day\n1,2018-03-04\n2,2018-03-05\n");
    packed("undated", "b.txt", "A letter that does not say when it was written.\n");
    let plan = desk.json(&["retain", "plan", "--list"]);
    assert_eq!(
        paths(&plan),
        ["dated.zip", "japanese.csv", "old.eml", "old.ics", "old.mbox", "old.vcf", "received-old.mbox"],
        "{plan:#}"
    );
}

#[test]
fn an_empty_plan_waits_for_nobody() {
    let desk = desk();
    desk.write("dataward.toml", POLICY.replace("1 year", "90 years"));
    let plan = desk.json(&["retain", "plan"]);
    assert_eq!(plan["state"], "empty", "{plan:#}");
    assert!(desk.run(&["retain", "plan"]).out.contains("Nothing to do"));
    let approved = desk.run(&["retain", "approve"]);
    assert!(approved.code != 0, "{approved:?}");
    desk.write("dataward.toml", POLICY);
    let listed = desk.run(&["retain", "plan", "--list"]).out;
    assert!(!listed.contains("another plan waits") && listed.contains("old.mbox"), "{listed}");
}

#[test]
fn a_plan_of_a_replay_does_not_give_way_without_a_word() {
    let desk = desk();
    let before = std::fs::read(desk.path().join("shop.db")).unwrap();
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    std::fs::write(desk.path().join("shop.db"), before).unwrap();
    let found = desk.run(&["retain", "replay", "--format", "json"]).json();
    let waiting = found["plan"].as_str().unwrap().to_owned();
    let refused = desk.run(&["retain", "plan"]);
    assert!(
        refused.code == 4 && refused.err.contains("retain replay") && refused.err.contains("retain drop"),
        "{refused:?}"
    );
    let status = desk.json(&["retain", "status"]);
    let state = status["plans"].as_array().unwrap().iter().find(|plan| plan["plan"] == waiting.as_str()).unwrap();
    assert_eq!(state["state"], "planned", "{status:#}");
    desk.json(&["retain", "drop", &waiting]);
    desk.json(&["retain", "plan"]);
}
