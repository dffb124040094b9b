//! How much work the structured pass and the column profiler do, in instructions that callgrind counts:
//! the same on a busy machine as on an idle one. What was measured is kept in `instructions.toml`
//! beside this file; more than 15 % above it is a regression, more than 15 % below it wants the
//! new figure written down.

use std::process::Command;
use std::sync::LazyLock;

use arrow_array::RecordBatch;
use arrow_array::StringArray;
use dataward_detect::Detector;
use dataward_detect::Options;
use dataward_model::ColumnHead;
use dataward_model::TableHead;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

#[expect(dead_code, reason = "other tests use the rest of it")]
mod corpus;

/// Compilers and processors differ by less.
const TOLERANCE: f64 = 0.15;

const KEPT: &str = include_str!("instructions.toml");

#[test]
fn log_lines_cost_as_many_instructions_as_before() {
    compare("counted_over_log_lines");
}

#[test]
fn a_table_costs_as_many_instructions_as_before() {
    compare("counted_over_a_table");
}

#[test]
fn columns_cost_as_many_instructions_as_before() {
    compare("counted_over_columns");
}

#[test]
fn counted_over_log_lines() {
    let text = corpus::log_lines(&mut ChaCha8Rng::seed_from_u64(1), 100_000);
    assert!(counted_work(ready(), |detector| detector.spans(&text).len()) > 500);
}

#[test]
fn counted_over_a_table() {
    let text = corpus::customers(&mut ChaCha8Rng::seed_from_u64(1), 100_000);
    assert!(counted_work(ready(), |detector| detector.spans(&text).len()) > 1_000);
}

#[test]
fn counted_over_columns() {
    let table = corpus::customers(&mut ChaCha8Rng::seed_from_u64(1), 100_000);
    let cells = |column: usize| table.lines().skip(1).map(move |line| line.split(',').nth(column));
    let names: Vec<&str> = table.lines().next().expect("a header").split(',').collect();
    let arrays = names.iter().enumerate().map(|(column, name)| {
        (*name, std::sync::Arc::new(cells(column).collect::<StringArray>()) as arrow_array::ArrayRef)
    });
    let batch = RecordBatch::try_from_iter(arrays).expect("columns are equally long");
    let heads = names.iter().map(|name| ColumnHead::new(*name, "text")).collect();
    let mut profile = ready().profile(&TableHead::table("customers", heads));
    counted_work(ready(), |detector| profile.update(detector, &batch));
    assert!(profile.rows() > 500);
}

/// A detector whose tables are built.
fn ready() -> &'static Detector {
    static DETECTOR: LazyLock<Detector> = LazyLock::new(|| {
        Detector::new(Options { today: (2026, 11, 23), names_in_text: false }).expect("plain options")
    });
    DETECTOR.spans("tel 030 1234567, password: s3cr3t! $2a$ https://x.org 84.17.45.220 a@b.org");
    &DETECTOR
}

/// Runs the work; callgrind counts while it is inside.
#[inline(never)]
fn counted_work<R>(detector: &Detector, work: impl FnOnce(&Detector) -> R) -> R {
    work(detector)
}

/// Runs a test of this file under callgrind and compares its count with the one that is kept.
fn compare(test: &str) {
    let kept: f64 = KEPT
        .lines()
        .find_map(|line| line.strip_prefix(test)?.trim().strip_prefix('='))
        .and_then(|count| count.trim().replace('_', "").parse().ok())
        .expect("instructions.toml has a line for each counted test");
    let program = std::env::current_exe().expect("the test knows its own program");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*counted_work*"])
        .arg(program)
        .args(["--exact", test, "--test-threads=1"])
        .output()
        .expect("valgrind is installed (./x test does)");
    let messages = String::from_utf8_lossy(&output.stderr);
    let count: f64 = messages
        .lines()
        .find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
        .unwrap_or_else(|| panic!("callgrind counts: {messages}"));
    assert!(
        (count / kept - 1.0).abs() <= TOLERANCE,
        "{test}: {count:.0} instructions, {kept:.0} are kept in tests/instructions.toml: find out what made it \
         {:+.0} %, or write the new count down",
        (count / kept - 1.0) * 100.0
    );
}
