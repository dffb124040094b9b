//! The calendar of the audit plan against calendars that are not ours: dateutil and croniter.

#![expect(clippy::disallowed_methods, reason = "a test is told by the environment where its tools are")]

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use dataward_policy::Frequency;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Zones with summer time in both hemispheres, by half an hour, never, and far from Greenwich.
const ZONES: &[&str] = &[
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
];

const WORDS: &[&str] = &["daily", "weekly", "monthly", "quarterly", "half-yearly", "yearly"];

/// Adds on the clock on the wall, as a person with a paper calendar does. A time that is skipped in
/// spring is as long after midnight, one that comes twice is the first.
const BY_DATEUTIL: &str = r#"
import sys, datetime, zoneinfo
from dateutil.relativedelta import relativedelta
steps = {"daily": dict(days=1), "weekly": dict(days=7), "monthly": dict(months=1), "quarterly": dict(months=3),
         "half-yearly": dict(months=6), "yearly": dict(years=1)}
for line in sys.stdin:
    word, seconds, zone = line.split()
    zone = zoneinfo.ZoneInfo(zone)
    wall = datetime.datetime.fromtimestamp(int(seconds), zone).replace(tzinfo=None, fold=0)
    there = (wall + relativedelta(**steps[word])).replace(tzinfo=zone)
    print(int(there.timestamp()))
"#;

#[test]
fn every_next_run_is_where_dateutil_puts_it_prop() {
    let mut dice = Dice(20_261_124);
    let cases: Vec<(&str, i64, &str)> = (0..4_000)
        .map(|_| (*dice.one_of(WORDS), dice.number(1_700_000_000, 2_600_000_000), *dice.one_of(ZONES)))
        .collect();
    let input: String = cases.iter().map(|(word, at, zone)| format!("{word} {at} {zone}\n")).collect();
    let theirs = answers(BY_DATEUTIL, "dateutil", "python-dateutil", &input);
    for ((word, at, zone), theirs) in cases.iter().zip(theirs) {
        assert_eq!(next(word, *at, zone), theirs, "{word} after {at} in {zone}");
    }
}

const BY_CRONITER: &str = r#"
import sys, datetime
from croniter import croniter
for line in sys.stdin:
    seconds, expression = line.strip().split(" ", 1)
    start = datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc)
    print(int(croniter(expression, start, day_or=True).get_next(datetime.datetime).timestamp()))
"#;

#[test]
fn cron_expressions_come_true_when_croniter_says_so_prop() {
    let mut dice = Dice(7);
    let cases: Vec<(String, i64)> = (0..1_500)
        .map(|_| {
            let minute = dice.field(&["0", "30", "*/15", "5,35", "10-20", "59"]);
            let hour = dice.field(&["0", "6", "*/6", "9-17", "23", "*"]);
            // Either days of the month or days of the week: what both together mean differs by program.
            let (day, weekday) =
                *dice.one_of(&[("*", "*"), ("1", "*"), ("31", "*"), ("29", "*"), ("*", "1"), ("*", "0"), ("*", "1-5")]);
            let month = dice.field(&["*", "1,4,7,10", "2", "*/3", "12"]);
            let month = if day == "31" && month == "2" { "*".to_owned() } else { month };
            (format!("{minute} {hour} {day} {month} {weekday}"), dice.number(1_700_000_000, 2_000_000_000))
        })
        .collect();
    let input: String = cases.iter().map(|(expression, at)| format!("{at} {expression}\n")).collect();
    let theirs = answers(BY_CRONITER, "croniter", "croniter", &input);
    for ((expression, at), theirs) in cases.iter().zip(theirs) {
        assert_eq!(next(expression, *at, "UTC"), theirs, "`{expression}` after {at}");
    }
}

fn next(frequency: &str, at: i64, zone: &str) -> i64 {
    let frequency = Frequency::parse(frequency).unwrap();
    frequency.next(Timestamp::from_second(at).unwrap(), &TimeZone::get(zone).unwrap()).unwrap().as_second()
}

fn answers(program: &str, module: &str, package: &str, input: &str) -> Vec<i64> {
    let mut python = Command::new(python_with(module, package))
        .args(["-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = python.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let output = python.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "python failed");
    String::from_utf8(output.stdout).unwrap().lines().map(|line| line.parse().unwrap()).collect()
}

/// A Python with `module`: of `DATAWARD_TEST_VENV`, else of the workspace's own test tools.
fn python_with(module: &str, package: &str) -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-tools/venv");
    let venv = std::env::var_os("DATAWARD_TEST_VENV").map_or(own, PathBuf::from);
    std::fs::create_dir_all(&venv).unwrap();
    // One test process installs, the others wait; `testkit` takes the same lock.
    let lock = File::create(venv.join("dataward.lock")).unwrap();
    lock.lock().unwrap();
    let python = venv.join("bin/python");
    let succeeds = |command: &mut Command| command.output().unwrap().status.success();
    if !python.exists() {
        assert!(succeeds(Command::new("python3").args(["-m", "venv"]).arg(&venv)), "python3 -m venv");
    }
    if !succeeds(Command::new(&python).args(["-c", &format!("import {module}")])) {
        assert!(succeeds(Command::new(&python).args(["-m", "pip", "install", "--quiet", package])), "{package}");
    }
    python
}

/// The same numbers in every run (Knuth's MMIX generator).
struct Dice(u64);

impl Dice {
    fn number(&mut self, from: i64, to: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        from + i64::try_from((self.0 >> 33) % u64::try_from(to - from).unwrap()).unwrap()
    }

    fn one_of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[usize::try_from(self.number(0, i64::try_from(list.len()).unwrap())).unwrap()]
    }

    fn field(&mut self, list: &[&str]) -> String {
        (*self.one_of(list)).to_owned()
    }
}
