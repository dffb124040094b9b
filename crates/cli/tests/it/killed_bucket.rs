//! `encrypt` and `decrypt` over a bucket, killed (`kill -9`) on the way: the next run goes on, and tells what the
//! killed one had done.

use std::process::Command;

use dataward_testkit::server::moto::MotoServer;
use serde_json::Value;

use crate::protect_rules::told;
use crate::support::Desk;
use crate::support::Said;

const OBJECTS: usize = 6;

struct World {
    server: MotoServer,
    desk: Desk,
    bucket: String,
}

impl World {
    fn new(bucket: &str) -> Self {
        let server = MotoServer::shared();
        server.make_bucket(bucket, true);
        for number in 0..OBJECTS {
            let text = format!("email\nada{number}@example.com\n");
            server.put(bucket, &format!("exports/{number}.csv"), text.as_bytes());
        }
        let desk = Desk::new();
        let (url, protect) = (server.url(bucket), "[[protect]]\nname = \"Exports\"\nwhat = [\"bucket.exports/\"]\n");
        desk.write(
            "dataward.toml",
            format!("[business]\nname = \"Test\"\n\n[approval]\nsolo = true\n\n[source.bucket]\nurl = \"{url}\"\n\n{protect}"),
        );
        assert_eq!(desk.run(&["keys", "init", "--root", "file:root.key"]).code, 0);
        let world = Self { server, desk, bucket: bucket.to_owned() };
        assert!(world.run(None, &["scan"]).is_some_and(|said| said.code <= 1));
        world
    }

    fn url(&self) -> String {
        self.server.url(&format!("{}/exports/", self.bucket))
    }

    /// Runs the program, killed at the `when`th message that it sends; none: to its end.
    fn run(&self, when: Option<usize>, arguments: &[&str]) -> Option<Said> {
        let calls = "sendto,sendmsg,writev";
        let mut command = match when {
            None => Command::new(env!("CARGO_BIN_EXE_dataward")),
            Some(when) => {
                let mut command = Command::new("strace");
                command.args(["-f", "-qq", "-o", "trace", "-e", &format!("trace={calls}")]);
                command.args(["-e", &format!("inject={calls}:signal=KILL:when={when}")]);
                command.arg(env!("CARGO_BIN_EXE_dataward"));
                command
            }
        };
        command.args(arguments).args(["--format", "json"]).current_dir(self.desk.path());
        command.env("AWS_ACCESS_KEY_ID", "any").env("AWS_SECRET_ACCESS_KEY", "any");
        let output = command.output().expect("strace of Debian's package strace");
        output.status.code().map(|_| Said::of(output))
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let said = self.run(None, arguments).unwrap();
        assert_eq!(said.code, 0, "{said:?}");
        said.json()
    }

    /// Names of the objects that are there.
    fn names(&self) -> Vec<String> {
        let list = self.server.request("GET", &format!("/{}?list-type=2", self.bucket), &[], b"");
        let list = String::from_utf8(list).unwrap();
        let name = |part: &str| part.split("</Key>").next().unwrap().to_owned();
        list.split("<Key>").skip(1).map(name).collect()
    }
}

/// Kills `arguments` at more and more messages, until it comes to its end; each time in a world of its own.
fn kills(
    name: &str,
    step: usize,
    before: impl Fn(&World),
    arguments: impl Fn(&World) -> Vec<String>,
    check: impl Fn(&World),
) {
    // One for all worlds: it would else end and begin again between them.
    let _server = MotoServer::shared();
    let mut kills = 0;
    for when in (2..2000).step_by(step) {
        let world = World::new(&format!("cli-killed-{name}-{when}"));
        before(&world);
        let arguments = arguments(&world);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let done = world.run(Some(when), &arguments);
        kills += usize::from(done.is_none());
        if done.is_none() {
            let again = world.json(&arguments);
            assert_eq!(again["failures"], 0, "killed at {when}: {again}");
        }
        check(&world);
        if done.is_some() {
            break;
        }
    }
    assert!(kills > 3, "only {kills} kills");
    println!("{name}: {kills} kills");
}

fn all_sealed(world: &World) {
    assert!(world.names().iter().all(|name| name.ends_with(".csv.dw")), "{:?}", world.names());
    assert_eq!(world.names().len(), OBJECTS);
    assert_eq!(told(&world.desk, "encrypt"), (OBJECTS, OBJECTS as u64));
    // Once, however often it is asked again; and the plaintext is in no older version any more.
    let again = world.json(&["encrypt", "--in-place", "--purge-versions", &world.url()]);
    assert_eq!((&again["files"], &again["already"]), (&0.into(), &OBJECTS.into()), "{again}");
    assert_eq!(told(&world.desk, "encrypt"), (OBJECTS, OBJECTS as u64));
    let versions = world.server.request("GET", &format!("/{}?versions", world.bucket), &[], b"");
    let versions = String::from_utf8(versions).unwrap();
    let versions = versions.split("<Version>").skip(1).filter_map(|version| version.split("</Version>").next());
    let plain: Vec<&str> = versions.filter(|version| version.contains(".csv</Key>")).collect();
    assert!(plain.is_empty(), "{plain:?}");
}

#[test]
fn a_killed_encrypt_over_a_bucket_is_told_by_the_next_and_ends_the_same() {
    let arguments =
        |world: &World| ["encrypt", "--in-place", "--purge-versions", &world.url()].map(str::to_owned).into();
    kills("encrypt", 9, |_| {}, arguments, all_sealed);
}

#[test]
fn a_killed_plan_of_encryption_over_a_bucket_is_gone_on_with() {
    let arguments = |world: &World| {
        let plan = world.json(&["encrypt", "--from-audit"]);
        assert_eq!(plan["files"], OBJECTS, "{plan}");
        ["encrypt", "--from-audit", "--apply", plan["plan"].as_str().unwrap()].map(str::to_owned).into()
    };
    kills("plan", 11, |_| {}, arguments, all_sealed);
}

#[test]
fn a_killed_decrypt_over_a_bucket_is_told_by_the_next() {
    let before = |world: &World| drop(world.json(&["encrypt", "--in-place", &world.url()]));
    let arguments = |world: &World| ["decrypt", "--in-place", &world.url()].map(str::to_owned).into();
    kills("decrypt", 5, before, arguments, |world| {
        assert_eq!(world.names().iter().filter(|name| name.ends_with(".csv")).count(), OBJECTS);
        assert_eq!(world.names().len(), OBJECTS);
        assert_eq!(told(&world.desk, "decrypt"), (0, OBJECTS as u64));
    });
}

#[test]
fn the_copy_of_a_killed_run_under_an_older_key_is_sealed_anew() {
    let world = World::new("cli-killed-older-key");
    let url = world.url();
    world.json(&["encrypt", "--in-place", &url]);
    // What a run leaves that is killed before the plaintext goes: both objects.
    world.server.put(&world.bucket, "exports/0.csv", b"email\nada0@example.com\n");
    world.json(&["keys", "rotate"]);
    let report = world.json(&["encrypt", "--in-place", &url]);
    assert_eq!((&report["files"], report["key"].as_str()), (&1.into(), Some("files/2")), "{report}");
    world.json(&["keys", "shred", "--class", "files", "--version", "1", "--apply"]);
    let object = world.server.url(&format!("{}/exports/0.csv.dw", world.bucket));
    assert_eq!(world.json(&["verify", &object])["failures"], 0, "the old key is needed no more");
}
