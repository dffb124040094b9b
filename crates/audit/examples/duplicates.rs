//! `./x bench integrity`: duplicates in registers of persons. Pairwise precision, recall and F1 against
//! what is known, time and memory.
//!
//! `made SEED PERSONS [FOLDER]`: registers of our own generator, two sizes of each style and a large one of
//! so many persons (0: none); into the folder they are also written as CSV, the person in the last column,
//! for the peers. `read FILE…`: such files, wherever they come from. `mistakes FILE`: the rows of each pair
//! that is missed or wrong.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::io::Write;
use std::time::Instant;

use dataward_audit::integrity::Tier;
use dataward_testkit::registers;
use dataward_testkit::registers::Register;
use dataward_testkit::registers::Style;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

#[path = "../tests/measure/people.rs"]
mod people;

use people::batches;
use people::names;
use people::search;

type Pairs = BTreeSet<(usize, usize)>;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse::<u64>().ok());
    match arguments.first().map(String::as_str) {
        Some("made") => made(number(1).unwrap_or(10), number(2).unwrap_or(1_000_000) as usize, arguments.get(3)),
        Some("read") => arguments[1..].iter().for_each(|file| {
            measure(stem(file), read(file));
        }),
        Some("mistakes") => arguments[1..].iter().for_each(|file| {
            let register = read(file);
            let rows = register.rows.clone();
            let truth = registers::true_pairs(&register);
            let found = measure(stem(file), register);
            for (what, pairs) in [("missed", &truth - &found), ("wrong", &found - &truth)] {
                for (a, b) in pairs {
                    println!("{what}\n    {}\n    {}", rows[a].join(" | "), rows[b].join(" | "));
                }
            }
        }),
        _ => eprintln!("made SEED PERSONS [FOLDER] | read FILE… | mistakes FILE"),
    }
}

fn made(seed: u64, persons: usize, folder: Option<&String>) {
    let names = names();
    let mut plan: Vec<(Style, usize)> = [Style::Office, Style::Shop, Style::Club]
        .into_iter()
        .flat_map(|style| [(style, 2_000), (style, 20_000)])
        .collect();
    plan.extend((persons > 0).then_some((Style::Shop, persons)));
    for (at, (style, persons)) in plan.into_iter().enumerate() {
        let mut random = ChaCha8Rng::seed_from_u64(seed + at as u64);
        let register = registers::register(style, persons, 0.25, &names, &mut random);
        let name = format!("{}-{persons}", format!("{style:?}").to_lowercase());
        if let Some(folder) = folder {
            write(&format!("{folder}/{name}.csv"), &register).expect("the folder can be written");
        }
        measure(&name, register);
    }
}

/// Prints how right what is found is, and gives the pairs of every tier.
fn measure(name: &str, register: Register) -> Pairs {
    let truth = registers::true_pairs(&register);
    let (head, batches) = batches(&register);
    let rows = register.rows.len();
    drop(register);
    let (start, before) = (Instant::now(), processors());
    let found = search(&head, &batches);
    let took = start.elapsed().as_secs_f64();
    let mut line = format!("{name:<14} {rows:>8} rows {took:6.2} s ({:.1} s of processors)", processors() - before);
    let mut all = Pairs::new();
    for tier in [Tier::Certain, Tier::Likely, Tier::Hint] {
        let pairs: Pairs = found
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
        all = pairs;
    }
    println!("{line}  peak {} MiB", peak());
    all
}

fn stem(file: &str) -> &str {
    file.rsplit('/').next().unwrap_or(file).trim_end_matches(".csv")
}

/// A file as [`write`] makes it: no quotes, no commas in values.
fn read(file: &str) -> Register {
    let text = std::fs::read_to_string(file).expect("the file can be read");
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<String>>());
    let mut columns = lines.next().expect("a line of names");
    columns.pop();
    let (mut rows, mut persons, mut known) = (Vec::new(), Vec::new(), BTreeMap::new());
    for mut row in lines {
        let number = known.len();
        persons.push(*known.entry(row.pop().unwrap_or_default()).or_insert(number));
        rows.push(row);
    }
    let columns = columns.into_iter().map(|name| &*name.leak()).collect();
    Register { columns, rows, persons }
}

fn write(file: &str, register: &Register) -> std::io::Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(file)?);
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
