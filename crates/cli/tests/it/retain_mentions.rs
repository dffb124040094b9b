//! A hold on a person keeps whatever speaks of them, whatever scans thought of the column or the file it stands in.

use std::io::Write;
use std::time::Duration;
use std::time::SystemTime;

use dataward_app::environment::SystemClock;
use dataward_model::Clock;
use dataward_testkit::server::mariadb;
use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::postgres;
use dataward_testkit::server::postgres::PostgresServer;
use dataward_testkit::sqlite;
use serde_json::Value;

use crate::support::Desk;

const EXPORTS: &str = r#"
[source.exports]
url = "file:exports"

[[retain]]
name = "Exports"
what = "exports"
keep = "1 year"
from = "modified"
then = "erase"
"#;

fn desk(policy: &str) -> Desk {
    let desk = Desk::new();
    desk.write("dataward.toml", format!("[business]\nname = \"Blue Lantern Books\"\n{policy}"));
    desk
}

fn old(desk: &Desk, name: &str, content: impl AsRef<[u8]>) {
    let path = desk.path().join("exports").join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, content).unwrap();
    let file = std::fs::File::options().append(true).open(&path).unwrap();
    file.set_modified(SystemTime::from(SystemClock.now()) - Duration::from_secs(800 * 86_400)).unwrap();
}

fn hold(desk: &Desk, person: &str) -> Value {
    // Who is found nowhere is told by the exit code.
    desk.run(&["retain", "hold", "place", "--matter", "suit", "--person", person, "--format", "json"]).json()
}

fn going(desk: &Desk) -> Vec<String> {
    let plan = desk.json(&["retain", "plan", "--list"]);
    let files = plan["files"].as_array().cloned().unwrap_or_default();
    let mut names: Vec<String> = files.iter().map(|file| file["path"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

/// A zip with a member of this name and content.
fn zip(members: &[(&str, &str)]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in members {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::File::create(path).unwrap().write_all(content.as_bytes()).unwrap();
    }
    let script = "import sys, zipfile, os\nz = zipfile.ZipFile('/dev/stdout' if False else sys.argv[1], 'w', zipfile.ZIP_DEFLATED)\n\
                  [z.write(os.path.join(d, f), os.path.relpath(os.path.join(d, f), sys.argv[2])) for d, _, fs in os.walk(sys.argv[2]) for f in fs]\nz.close()";
    let made = tempfile::NamedTempFile::new().unwrap();
    let status =
        std::process::Command::new("python3").args(["-c", script]).arg(made.path()).arg(folder.path()).status();
    assert!(status.unwrap().success());
    std::fs::read(made.path()).unwrap()
}

const ANNA: &str = "anna.krause@posteo.de";

fn table(head: &str, rows: usize, row: impl Fn(usize) -> String) -> String {
    format!("{head}\n") + &(0..rows).map(|n| row(n) + "\n").collect::<String>()
}

#[test]
fn files_stay_in_which_the_value_stands_anywhere() {
    let desk = desk(EXPORTS);
    let held: [(&str, Vec<u8>); 10] = [
        ("cell.csv", table("id,rating,note", 300, |n| format!("{n},5,{}", if n == 7 { ANNA } else { "ok" })).into()),
        ("header.csv", table(&format!("{ANNA},sku"), 30, |n| format!("{n},A{n}")).into()),
        (
            "status.csv",
            table("id,status", 3000, |n| {
                format!("{n},{}", if n == 2999 { format!("s. {ANNA}") } else { "open".into() })
            })
            .into(),
        ),
        (
            "paths.csv",
            table("id,path", 50, |n| format!("{n},/ablage/{}/r.pdf", if n == 3 { ANNA } else { "x" })).into(),
        ),
        (
            "links.csv",
            table("id,url", 50, |n| format!("{n},https://x.example/?email={}", if n == 3 { ANNA } else { "" })).into(),
        ),
        ("kd.csv", table("id,key", 50, |n| format!("{n},kd:{}:2018", if n == 3 { ANNA } else { "0" })).into()),
        (
            "access.log",
            table("begin", 50, |n| {
                let who = if n == 3 { "?email=anna.krause%40posteo.de" } else { "" };
                format!("10.0.0.1 - - [10/Oct/2020:13:55:36 +0000] \"GET /shop{who} HTTP/1.1\" 200 12")
            })
            .into(),
        ),
        ("page.html", format!("<p>Our <a href=\"mailto:{ANNA}\">contact</a></p>").into()),
        ("pictures.zip", zip(&[("anna.krause@posteo.de.txt", "a parcel"), ("b.txt", "a letter")])),
        (
            "detected.csv",
            table("id,email", 60, |n| match n {
                7 => format!("{n},\"{ANNA},u@web.de\""),
                n => format!("{n},reader{n}@lantern.example"),
            })
            .into(),
        ),
    ];
    for (name, content) in &held {
        old(&desk, name, content);
    }
    let sheet =
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData/></worksheet>";
    let link = format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" \
         Type=\"http://x/hyperlink\" Target=\"mailto:{ANNA}\" TargetMode=\"External\"/></Relationships>"
    );
    old(
        &desk,
        "linked.zip",
        zip(&[("xl/worksheets/sheet1.xml", sheet), ("xl/worksheets/_rels/sheet1.xml.rels", &link)]),
    );
    old(&desk, "other.csv", table("id,note", 50, |n| format!("{n},johanna.krause@web.de")));
    old(&desk, "other.zip", zip(&[("karl.kunz@lantern.example.txt", "a parcel")]));
    desk.json(&["scan", "--full"]);
    assert_eq!(going(&desk).len(), held.len() + 3, "nobody is held yet");
    let placed = hold(&desk, &format!("user.contact.email={ANNA}"));
    assert_eq!(placed["holds"][0]["rows_found"], held.len() + 1, "{placed:#}");
    assert_eq!(going(&desk), ["other.csv", "other.zip"]);
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    for (name, _) in &held {
        assert!(desk.path().join("exports").join(name).exists(), "{name}");
    }
    assert!(!desk.path().join("exports/other.csv").exists());
}

#[test]
fn files_stay_with_the_number_or_the_name_however_they_are_written() {
    let desk = desk(EXPORTS);
    old(
        &desk,
        "tel.csv",
        table("id,ref", 50, |n| format!("{n},{}", if n == 3 { "Tel.0170 / 10 38 999" } else { "-" })),
    );
    old(
        &desk,
        "tel2.csv",
        table("id,ref", 50, |n| format!("{n},{}", if n == 3 { "tel:+49-170-1038999" } else { "-" })),
    );
    old(
        &desk,
        "lower.csv",
        table("id,note", 50, |n| format!("{n},{}", if n == 3 { "s. jérôme lefèvre" } else { "ok" })),
    );
    old(
        &desk,
        "apart.csv",
        table("id,note", 50, |n| format!("{n},{}", if n == 3 { "Je\u{301}ro\u{302}me Lefe\u{300}vre" } else { "ok" })),
    );
    old(&desk, "J5_佐藤花子.txt", "about a parcel\n");
    let mut seven_bits = b"Date 2018\n".to_vec();
    // 佐藤花子 in ISO-2022-JP.
    seven_bits.extend(b"\x1b$B:4F#2V;R\x1b(B\n");
    old(&desk, "seven-bits.txt", seven_bits);
    old(&desk, "other.csv", table("id,note", 50, |n| format!("{n},ok")));
    desk.json(&["scan", "--full"]);
    let going_with = |person: &str| {
        hold(&desk, person);
        let going = going(&desk);
        desk.json(&["retain", "hold", "release", "suit"]);
        going
    };
    let without = |held: &[&str]| {
        let all = ["J5_佐藤花子.txt", "apart.csv", "lower.csv", "other.csv", "seven-bits.txt", "tel.csv", "tel2.csv"];
        all.into_iter().filter(|name| !held.contains(name)).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(going_with("user.contact.phone_number=+49 170 1038999"), without(&["tel.csv", "tel2.csv"]));
    // Where names stand, nobody is sure that it is another's.
    assert_eq!(going_with("user.name=Jérôme Lefèvre"), without(&["apart.csv", "lower.csv", "seven-bits.txt"]));
    assert_eq!(going_with("user.name=佐藤 花子"), without(&["J5_佐藤花子.txt", "seven-bits.txt"]));
    assert_eq!(going_with("user.contact.email=hanako@lantern.example"), without(&[]));
}

const RULE: &str =
    "\n[[retain]]\nname = \"visits\"\nwhat = \"shop.TABLE\"\nkeep = \"2 years\"\nfrom = \"seen\"\nthen = \"erase\"\n";

/// Notes in a column of words, and what refers to them.
const VISITS: &str = "
    CREATE TABLE visits (id INTEGER PRIMARY KEY, status VARCHAR(200), part VARCHAR(80), more VARCHAR(80), seen DATE);
    CREATE TABLE steps (id INTEGER PRIMARY KEY, visit INTEGER REFERENCES visits (id) ON DELETE CASCADE, n INTEGER);";

fn visits() -> String {
    let mut script = VISITS.to_owned();
    for n in 0..60 {
        let status = match n {
            3 => "s. Anna.Krause@posteo.de",
            4 => "x=anna.krause%40posteo.de",
            5 => "Tel.0170 / 10 38 999",
            6 => "mit frau lefe\u{300}vre, JÉRÔME",
            7 => "johanna.krause@web.de",
            _ => "ok",
        };
        let (part, more) = if n == 8 { ("Jérôme", "Lefèvre") } else { ("b", "c") };
        script += &format!("INSERT INTO visits VALUES ({n}, '{status}', '{part}', '{more}', '2018-05-04');");
        script += &format!("INSERT INTO steps VALUES ({n}, {n}, 1);");
    }
    script
}

fn rows_stay(desk: &Desk, count: impl Fn() -> (i64, i64)) {
    desk.json(&["scan", "--full"]);
    let planned = |person: &str| {
        let placed = hold(desk, person);
        let plan = desk.json(&["retain", "plan"]);
        desk.json(&["retain", "hold", "release", "suit"]);
        let tables = plan["tables"].as_array().unwrap();
        let of = |name: &str| -> u64 {
            let lines = tables.iter().filter(|line| line["table"].as_str().unwrap().ends_with(name));
            lines.map(|line| line["rows"].as_u64().unwrap()).sum()
        };
        (placed["holds"][0]["rows_found"].as_u64().unwrap(), of("visits"), of("steps"))
    };
    assert_eq!(planned("user.contact.email=anna.krause@posteo.de"), (2, 58, 58), "by mail");
    assert_eq!(planned("user.contact.phone_number=+49 170 1038999"), (1, 59, 59), "by phone");
    assert_eq!(planned("user.name=Jérôme Lefèvre"), (2, 58, 58), "by name");
    assert_eq!(planned("user.contact.email=nobody@posteo.de"), (0, 60, 60));
    // And the gate asks once more.
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    hold(desk, "user.contact.email=anna.krause@posteo.de");
    desk.run(&["retain", "apply"]);
    assert_eq!(count(), (60, 60), "refused: the hold came after the approval");
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    desk.json(&["retain", "apply"]);
    assert_eq!(count(), (2, 2));
}

#[test]
fn rows_that_mention_a_person_in_any_column_stay_on_sqlite() {
    let desk = desk(&format!("\n[source.shop]\nurl = \"sqlite:shop.db\"\n{}", RULE.replace("TABLE", "visits")));
    sqlite::make(&desk.path().join("shop.db"), &visits());
    let count = |table: &str| -> i64 {
        let path = desk.path().join("shop.db");
        let out = std::process::Command::new("sqlite3").arg(path).arg(format!("SELECT count(*) FROM {table}")).output();
        String::from_utf8(out.unwrap().stdout).unwrap().trim().parse().unwrap()
    };
    rows_stay(&desk, || (count("visits"), count("steps")));
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_mention_a_person_in_any_column_stay_on_postgresql() {
    let server = PostgresServer::private();
    server.execute("postgres", "CREATE DATABASE crm").await;
    server.execute("crm", &visits()).await;
    let url = format!("postgres://postgres@{}", server.place("crm"));
    let desk = desk(&format!(
        "\n[source.shop]\nurl = \"{url}\"\npassword = {{ file = \"password\" }}\n{}",
        RULE.replace("TABLE", "public.visits")
    ));
    desk.write("password", postgres::PASSWORD);
    desk.json(&["scan", "--full"]);
    for (person, rows) in [
        ("user.contact.email=anna.krause@posteo.de", 58),
        ("user.contact.phone_number=+49 170 1038999", 59),
        ("user.name=Jérôme Lefèvre", 58),
        ("user.contact.email=nobody@posteo.de", 60),
    ] {
        planned_alone(&desk, person, rows);
    }
    carried_out(&desk);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_mention_a_person_in_any_column_stay_on_mariadb() {
    let server = MariaDbServer::private_with(&[]);
    server.execute("mysql", "CREATE DATABASE crm CHARACTER SET utf8mb4").await;
    server.execute("crm", &visits()).await;
    let url = format!("mysql://root@{}", server.place("crm"));
    let desk = desk(&format!(
        "\n[source.shop]\nurl = \"{url}\"\npassword = {{ file = \"password\" }}\n{}",
        RULE.replace("TABLE", "crm.visits")
    ));
    desk.write("password", mariadb::PASSWORD);
    desk.json(&["scan", "--full"]);
    for (person, rows) in [
        ("user.contact.email=anna.krause@posteo.de", 58),
        ("user.contact.phone_number=+49 170 1038999", 59),
        ("user.name=Jérôme Lefèvre", 58),
        ("user.contact.email=nobody@posteo.de", 60),
    ] {
        planned_alone(&desk, person, rows);
    }
    carried_out(&desk);
}

/// The gate asks too.
fn carried_out(desk: &Desk) {
    hold(desk, "user.contact.email=anna.krause@posteo.de");
    desk.json(&["retain", "plan"]);
    desk.json(&["retain", "approve"]);
    let applied = desk.json(&["retain", "apply"]);
    let tables = applied["tables"].as_array().unwrap().iter();
    assert_eq!(tables.map(|line| line["changed"].as_u64().unwrap()).collect::<Vec<_>>(), [58, 58], "{applied:#}");
    desk.json(&["retain", "hold", "release", "suit"]);
    let plan = desk.json(&["retain", "plan"]);
    let tables = plan["tables"].as_array().unwrap().iter();
    assert_eq!(tables.map(|line| line["rows"].as_u64().unwrap()).collect::<Vec<_>>(), [2, 2], "those that stayed");
}

/// With this person held, so many visits go, each with its step.
fn planned_alone(desk: &Desk, person: &str, rows: u64) {
    hold(desk, person);
    let plan = desk.json(&["retain", "plan"]);
    desk.json(&["retain", "hold", "release", "suit"]);
    let tables = plan["tables"].as_array().unwrap().iter();
    assert_eq!(
        tables.map(|line| line["rows"].as_u64().unwrap()).collect::<Vec<_>>(),
        [rows, rows],
        "{person}: {plan:#}"
    );
}

#[test]
fn of_a_bucket_only_what_holds_a_person_stays_and_the_newest_of_a_second_comes_back() {
    let server = dataward_testkit::server::moto::MotoServer::shared();
    server.make_bucket("mentions", true);
    let anna = format!("email\n{ANNA}\n");
    for text in ["first", "second", "third"] {
        server.put("mentions", "2018-same-second.txt", text.as_bytes());
    }
    server.put("mentions", "2018-anna.csv", anna.as_bytes());
    for n in 0..3 {
        // Nothing is left of it but the mark that says so.
        let key = format!("2018-gone{n}.csv");
        server.put("mentions", &key, b"x");
        let listed = server.request("GET", &format!("/mentions?versions&prefix={key}"), &[], b"");
        let listed = String::from_utf8(listed).unwrap();
        let version = listed.split("<VersionId>").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
        server.request("DELETE", &format!("/mentions/{key}"), &[], b"");
        server.request("DELETE", &format!("/mentions/{key}?versionId={version}"), &[], b"");
    }
    server.request("DELETE", "/mentions/2018-anna.csv", &[], b"");
    let desk = desk(&format!(
        "\n[source.exports]\nurl = \"{}\"\n\n[[retain]]\nname = \"Exports\"\nwhat = \"exports\"\nkeep = \"1 year\"\n\
         from = \"name_date\"\nthen = \"archive\"\narchive_for = \"5 years\"\n",
        server.url("mentions")
    ));
    let keys = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "s"), ("AWS_REGION", "us-east-1")];
    let run = |arguments: &[&str]| crate::support::Said::of(desk.command(arguments).envs(keys).output().unwrap());
    let json = |arguments: &[&str]| {
        let said = run(&[arguments, &["--format", "json"]].concat());
        assert_eq!(said.code, 0, "{said:?}");
        said.json()
    };
    json(&["scan", "--full"]);
    assert_eq!(run(&["keys", "init", "--root", "file:root.key"]).code, 0);
    json(&["retain", "hold", "place", "--matter", "suit", "--person", &format!("user.contact.email={ANNA}")]);
    let plan = json(&["retain", "plan", "--list"]);
    let files = plan["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap().to_owned());
    let mut files: Vec<String> = files.collect();
    files.sort();
    assert_eq!(
        files,
        [
            "2018-gone0.csv",
            "2018-gone1.csv",
            "2018-gone2.csv",
            "2018-same-second.txt",
            "2018-same-second.txt",
            "2018-same-second.txt"
        ],
        "{plan:#}"
    );
    json(&["retain", "plan"]);
    json(&["retain", "approve"]);
    json(&["retain", "apply"]);
    let back = json(&["retain", "archive", "restore", "exports.2018-same-second.txt", "--output", "back.txt"]);
    assert_eq!((desk.read("back.txt").as_str(), &back["versions"]), ("third", &3.into()));
}
