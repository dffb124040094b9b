//! `./x bench integrity`, part two: duplicates in registers of persons. Pairwise precision, recall and F1
//! against what is known, time and memory. With a folder as argument the registers are also written there
//! as CSV, with the person in the last column, for the peers (`-`: not); then how many persons the large one
//! holds, and `large` for that one alone.

use std::collections::BTreeSet;
use std::io::Write;
use std::time::Instant;

use dataward_audit::integrity::Tier;
use dataward_testkit::registers;
use dataward_testkit::registers::Style;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

#[path = "../tests/measure/people.rs"]
mod people;

use people::batches;
use people::names;
use people::search;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().filter(|folder| folder != "-");
    let persons: usize = arguments.next().and_then(|persons| persons.parse().ok()).unwrap_or(1_000_000);
    let names = names();
    let mut plan: Vec<(Style, usize, u64)> = Vec::new();
    let large_only = arguments.next().is_some_and(|which| which == "large");
    for (at, style) in [Style::Office, Style::Shop, Style::Club].into_iter().enumerate() {
        plan.extend([(style, 2_000, 10 + at as u64), (style, 20_000, 20 + at as u64)]);
    }
    plan.push((Style::Shop, persons, 30));
    if large_only {
        plan.drain(..plan.len() - 1);
    }
    for (style, persons, seed) in plan {
        let register = registers::register(style, persons, 0.25, &names, &mut ChaCha8Rng::seed_from_u64(seed));
        if let Some(folder) = &folder {
            write(folder, style, persons, &register).expect("the folder can be written");
        }
        let truth = registers::true_pairs(&register);
        let (head, batches) = batches(&register);
        let rows = register.rows.len();
        drop(register);
        let (start, before) = (Instant::now(), processors());
        let found = search(&head, &batches);
        let took = start.elapsed().as_secs_f64();
        let mut line = format!("{style:?} {rows:>8} rows {took:6.2} s ({:.1} s of processors)", processors() - before);
        for tier in [Tier::Hint, Tier::Likely, Tier::Certain] {
            let pairs: BTreeSet<(usize, usize)> = found
                .iter()
                .filter(|one| one.1 >= tier)
                .flat_map(|(rows, _)| {
                    rows.iter().enumerate().flat_map(move |(at, a)| rows[at + 1..].iter().map(move |b| (*a, *b)))
                })
                .collect();
            let right = pairs.intersection(&truth).count() as f64;
            let (precision, recall) = (right / pairs.len().max(1) as f64, right / truth.len().max(1) as f64);
            let f1 = 2.0 * precision * recall / (precision + recall).max(1e-9);
            line += &format!("  {} P {precision:.4} R {recall:.4} F1 {f1:.4}", tier.as_str());
        }
        println!("{line}  peak {} MiB", peak());
    }
}

fn write(folder: &str, style: Style, persons: usize, register: &registers::Register) -> std::io::Result<()> {
    let name = format!("{folder}/{}-{persons}.csv", format!("{style:?}").to_lowercase());
    let mut file = std::io::BufWriter::new(std::fs::File::create(name)?);
    writeln!(file, "{},person", register.columns.join(","))?;
    for (row, person) in register.rows.iter().zip(&register.persons) {
        writeln!(file, "{},{person}", row.join(","))?;
    }
    file.flush()
}

/// Seconds of processor time of this process so far (proc(5): utime and stime in hundredths).
fn processors() -> f64 {
    let line = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = line.rsplit(") ").next().unwrap_or_default().split(' ');
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}
