//! `./x bench integrity`, part two: duplicates in registers of persons. Pairwise precision, recall and F1
//! against what is known, time and memory. With a folder as argument the registers are also written there
//! as CSV, with the person in the last column, for the peers.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

use arrow_array::ArrayRef;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use dataward_audit::integrity::Tier;
use dataward_audit::integrity::duplicates::Register;
use dataward_detect::Detector;
use dataward_detect::Options;
use dataward_detect::lexicon;
use dataward_model::ColumnHead;
use dataward_model::TableHead;
use dataward_testkit::registers;
use dataward_testkit::registers::Names;
use dataward_testkit::registers::Style;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().filter(|folder| folder != "-");
    let persons: usize = arguments.next().and_then(|persons| persons.parse().ok()).unwrap_or(1_000_000);
    let names = names();
    let mut plan: Vec<(Style, usize, u64)> = Vec::new();
    for (at, style) in [Style::Office, Style::Shop, Style::Club].into_iter().enumerate() {
        plan.extend([(style, 2_000, 10 + at as u64), (style, 20_000, 20 + at as u64)]);
    }
    plan.push((Style::Shop, persons, 30));
    for (style, persons, seed) in plan {
        let register = registers::register(style, persons, 0.25, &names, &mut ChaCha8Rng::seed_from_u64(seed));
        if let Some(folder) = &folder {
            write(folder, style, persons, &register).expect("the folder can be written");
        }
        let truth = registers::true_pairs(&register);
        let (head, batches) = batches(&register);
        let rows = register.rows.len();
        drop(register);
        let start = Instant::now();
        let found = search(&head, &batches);
        let took = start.elapsed().as_secs_f64();
        let mut line = format!("{style:?} {rows:>8} rows {took:6.2} s");
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

fn search(head: &TableHead, batches: &[RecordBatch]) -> Vec<(Vec<usize>, Tier)> {
    let detector = Detector::new(Options { today: (2026, 11, 24), names_in_text: false }).expect("our own rules");
    let mut profile = detector.profile(head);
    profile.update(&detector, &batches[0]);
    let Some(mut register) = Register::of(head, &profile.verdict(&detector)) else {
        println!("not taken for a register");
        return Vec::new();
    };
    batches.iter().for_each(|batch| register.add(batch));
    let rows = |rows: &[u64]| rows.iter().map(|row| *row as usize).collect();
    register.finish().iter().map(|found| (rows(&found.rows), found.tier)).collect()
}

fn batches(register: &registers::Register) -> (TableHead, Vec<RecordBatch>) {
    let heads = register.columns.iter().map(|name| ColumnHead::new(*name, "text")).collect();
    let batches = register
        .rows
        .chunks(8_192)
        .map(|rows| {
            let columns = register.columns.iter().enumerate().map(|(place, name)| {
                let cells: StringArray = rows.iter().map(|row| Some(row[place].as_str())).collect();
                (*name, Arc::new(cells) as ArrayRef)
            });
            RecordBatch::try_from_iter(columns).expect("columns are equally long")
        })
        .collect();
    (TableHead::table("register", heads), batches)
}

fn names() -> Names {
    let (mut given, mut family) = (Vec::new(), Vec::new());
    lexicon::for_each(|word, entry| {
        let common = |weight: u8| 10_f64.powf(f64::from(weight) / 10.0);
        if word.len() >= 3 && word.is_ascii() && !word.contains(' ') {
            if let Some(weight) = entry.given() {
                given.push((word.to_owned(), common(weight)));
            }
            if let Some(weight) = entry.surname() {
                family.push((word.to_owned(), common(weight)));
            }
        }
    });
    for list in [&mut given, &mut family] {
        list.sort_by(|a, b| b.1.total_cmp(&a.1));
        list.truncate(40_000);
    }
    Names::new(given, family)
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

fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}
