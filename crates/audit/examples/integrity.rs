//! `./x bench integrity`: which cells the integrity checks name, and how many of them are wrong.
//!
//! `made SEED`: tables of our own generators, damaged like known public ones and by each kind of damage by
//! itself, the same tables clean, and the speed. `clean FILE…`: real tables (fields split by tabs, the first
//! line names) that nobody damaged: what is called certain is printed for a person to judge. `damaged SEED
//! FILE…`: the same real tables, damaged. `missed SEED FILE…`: the same, column by column. `pairs FILE`: texts with a tab and the text as it should be, for
//! letters damaged by a wrong encoding.

use std::collections::BTreeMap;

use dataward_audit::integrity::Tier;
use dataward_testkit::dirty;
use dataward_testkit::dirty::Damage;
use dataward_testkit::dirty::Table;
use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

#[path = "../tests/measure/mod.rs"]
mod measure;

use measure::Cells;
use measure::Score;
use measure::issues;
use measure::named;
use measure::taught;

/// Answers that the owner gives.
const ANSWERS: usize = 20;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let seed = arguments.get(1).and_then(|text| text.parse::<u64>().ok()).unwrap_or(1);
    match arguments.first().map(String::as_str) {
        Some("made") => made(seed),
        Some("clean") => clean(&tables(&arguments[1..])),
        Some("damaged") => damaged(&tables(&arguments[2..]), seed),
        Some("missed") => missed(&tables(&arguments[2..]), seed),
        Some("pairs") => pairs(&arguments[1]),
        _ => eprintln!("made SEED | clean FILE… | damaged SEED FILE… | missed SEED FILE… | pairs FILE"),
    }
}

fn made(seed: u64) {
    let mut mean = Mean::default();
    for (table, wrong) in measure::mixed(seed) {
        mean.add(&table, &wrong, None, true);
    }
    mean.print();
    let mut random = ChaCha8Rng::seed_from_u64(seed + 1);
    for kind in Damage::ALL {
        let mut line = format!("{:<12}", format!("{kind:?}").to_lowercase());
        for mut table in [
            dirty::clinics(1_000, &mut random),
            dirty::breweries(2_000, &mut random),
            dirty::films(2_000, &mut random),
            dirty::customers(2_000, &mut random),
        ] {
            let columns = table.columns[1..table.columns.len() - 1].to_vec();
            let wrong = dirty::damage(&mut table, kind, &columns, 0.03, &mut random);
            let score = Score::of(&named(&table, &issues(&table), Tier::Likely), &wrong);
            line += &format!("  {} P {:.2} R {:.2} F1 {:.2}", table.name, score.precision, score.recall, score.f1());
        }
        println!("{line}");
    }
    println!();
    clean(&[
        dirty::clinics(5_000, &mut random),
        dirty::timetable(10_000, &mut random),
        dirty::breweries(10_000, &mut random),
        dirty::films(10_000, &mut random),
        dirty::customers(20_000, &mut random),
    ]);
    let table = dirty::customers(200_000, &mut random);
    let bytes: usize = table.rows.iter().flatten().map(String::len).sum();
    let batch = measure::batch(&table);
    let before = processors();
    let found = measure::check(&table, &batch, &Default::default()).len();
    println!(
        "speed: {:.0} MB a second of one core, over {} MB, {found} cells named (goal: 50)",
        bytes as f64 / 1e6 / (processors() - before),
        bytes / 1_000_000
    );
}

/// Means over tables.
#[derive(Default)]
struct Mean {
    tables: f64,
    f1: f64,
    taught: f64,
    certain: usize,
    certain_right: usize,
    /// The same over what leaves a trace, where that is known.
    traced: f64,
    traced_taught: f64,
    /// What naming all of that, and nothing else, would reach of everything.
    most: f64,
}

impl Mean {
    fn add(&mut self, table: &Table, wrong: &Cells, clean: Option<&Table>, detail: bool) {
        // Where nothing was damaged (no letter of another alphabet, no neighbour), nothing can be found.
        if wrong.is_empty() {
            return;
        }
        let found = issues(table);
        let score = Score::of(&named(table, &found, Tier::Likely), wrong);
        let certain = named(table, &found, Tier::Certain);
        let named_taught = named(table, &taught(table, wrong, ANSWERS), Tier::Likely);
        let taught = Score::of(&named_taught, wrong);
        if let Some(clean) = clean {
            let traced = measure::traced(wrong, table, clean);
            // A wrong cell that leaves no trace and is named all the same is no fault.
            let of = |named: &Cells| {
                let without: Cells =
                    named.iter().filter(|cell| !wrong.contains(cell) || traced.contains(cell)).copied().collect();
                Score::of(&without, &traced).f1()
            };
            self.traced += of(&named(table, &found, Tier::Likely));
            self.traced_taught += of(&named_taught);
            self.most += Score::of(&traced, wrong).f1();
        }
        self.tables += 1.0;
        self.f1 += score.f1();
        self.taught += taught.f1();
        self.certain += certain.len();
        self.certain_right += certain.intersection(wrong).count();
        if detail {
            println!(
                "{:<24} P {:.3} R {:.3} F1 {:.3}   after {ANSWERS} answers P {:.3} R {:.3} F1 {:.3}   certain: {} cells, P {:.3}",
                table.name,
                score.precision,
                score.recall,
                score.f1(),
                taught.precision,
                taught.recall,
                taught.f1(),
                certain.len(),
                Score::of(&certain, wrong).precision
            );
        }
    }

    fn print(&self) {
        if self.tables == 0.0 {
            println!("nothing to damage in this way");
            return;
        }
        println!(
            "mean of {}: F1 {:.3} (goal 0.69), after {ANSWERS} answers {:.3} (goal 0.91); certain: {} cells, {:.4} of them wrong (goal 0.98)",
            self.tables,
            self.f1 / self.tables,
            self.taught / self.tables,
            self.certain,
            self.certain_right as f64 / self.certain.max(1) as f64
        );
        if self.traced > 0.0 {
            println!(
                "    of what leaves a trace: F1 {:.3}, after {ANSWERS} answers {:.3}; all that leaves one is {:.3} of everything\n",
                self.traced / self.tables,
                self.traced_taught / self.tables,
                self.most / self.tables
            );
        }
    }
}

fn clean(tables: &[Table]) {
    let (mut cells, mut certain, mut likely) = (0, 0, 0);
    for table in tables {
        let found = issues(table);
        cells += table.rows.len() * table.columns.len();
        likely += named(table, &found, Tier::Likely).len();
        let sure = named(table, &found, Tier::Certain);
        certain += sure.len();
        let mut by_check: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for issue in found.iter().filter(|issue| issue.tier == Tier::Certain) {
            *by_check.entry((issue.check, issue.column.as_str())).or_default() += 1;
        }
        for ((check, column), count) in by_check {
            let place = table.columns.iter().position(|name| *name == column).unwrap_or(0);
            let values: Vec<&str> = sure
                .iter()
                .filter(|(_, column)| *column == place)
                .take(4)
                .map(|(row, column)| table.rows[*row][*column].as_str())
                .collect();
            println!("  {:<24} {check} in {column}: {count} cells, as {values:?}", table.name);
        }
    }
    println!(
        "clean tables: {}, {cells} cells, {certain} certain ({:.1} in 100,000; goal: 1), {likely} likely\n",
        tables.len(),
        certain as f64 * 1e5 / cells.max(1) as f64
    );
}

/// Three kinds of damage in each table, each to a third of its columns.
fn damaged(tables: &[Table], seed: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (mut mean, mut of_kind): (Mean, BTreeMap<String, Mean>) = (Mean::default(), BTreeMap::new());
    for table in tables {
        let mut spoilt = table.clone();
        three_kinds(&mut spoilt, &mut random);
        mean.add(&spoilt, &measure::differences(&spoilt, table), Some(table), true);
        for kind in Damage::ALL {
            let mut spoilt = table.clone();
            dirty::damage(&mut spoilt, kind, &table.columns, 0.02, &mut random);
            let wrong = measure::differences(&spoilt, table);
            of_kind.entry(format!("{kind:?}").to_lowercase()).or_default().add(&spoilt, &wrong, Some(table), false);
        }
    }
    mean.print();
    for (kind, mean) in of_kind {
        print!("{kind:<12} ");
        mean.print();
    }
}

/// Column by column, what is not named and what is named wrongly.
fn missed(tables: &[Table], seed: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut by_kind: BTreeMap<String, [usize; 6]> = BTreeMap::new();
    for table in tables {
        let mut spoilt = table.clone();
        let kinds = three_kinds(&mut spoilt, &mut random);
        let wrong = measure::differences(&spoilt, table);
        if wrong.is_empty() {
            continue;
        }
        let traced = measure::traced(&wrong, &spoilt, table);
        let found = issues(&spoilt);
        let taught = taught(&spoilt, &wrong, ANSWERS);
        let before = named(&spoilt, &found, Tier::Likely);
        let after = named(&spoilt, &taught, Tier::Likely);
        let hints = named(&spoilt, &found, Tier::Hint);
        println!(
            "{} rows {} F1 {:.3} -> {:.3}",
            spoilt.name,
            spoilt.rows.len(),
            Score::of(&before, &wrong).f1(),
            Score::of(&after, &wrong).f1()
        );
        for (at, kind) in kinds.iter().enumerate() {
            let of = |cells: &Cells| cells.iter().filter(|(_, column)| *column == at).copied().collect::<Cells>();
            let (wrong, before, after, hints, traced) = (of(&wrong), of(&before), of(&after), of(&hints), of(&traced));
            let count = |a: &Cells| a.intersection(&wrong).count();
            let mut checks: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
            for issue in found.iter().filter(|issue| issue.column == spoilt.columns[at]) {
                let is = named(&spoilt, std::slice::from_ref(issue), Tier::Hint).is_subset(&wrong);
                let entry = checks.entry(issue.check).or_default();
                if is { entry.0 += 1 } else { entry.1 += 1 }
            }
            let row = [
                wrong.len(),
                count(&traced),
                count(&before),
                count(&after),
                count(&hints),
                after.len() - count(&after),
            ];
            for (sum, one) in by_kind.entry(format!("{kind:?}")).or_default().iter_mut().zip(row) {
                *sum += one;
            }
            let distinct = spoilt.rows.iter().map(|row| &row[at]).collect::<std::collections::BTreeSet<_>>().len();
            println!(
                "   {:<20} {kind:?} distinct {distinct} wrong {} traced {} likely {}+{} taught {}+{} hints {}+{}  {checks:?} {:?}",
                spoilt.columns[at],
                wrong.len(),
                count(&traced),
                count(&before),
                before.len() - count(&before),
                count(&after),
                after.len() - count(&after),
                count(&hints),
                hints.len() - count(&hints),
                wrong
                    .difference(&hints)
                    .take(3)
                    .map(|(row, column)| (table.rows[*row][*column].as_str(), spoilt.rows[*row][*column].as_str()))
                    .collect::<Vec<_>>()
            );
        }
    }
    for (kind, row) in by_kind {
        println!("{kind:<12} wrong, traced, likely, taught, hints, false after {row:?}");
    }
}

fn three_kinds(spoilt: &mut Table, random: &mut ChaCha8Rng) -> Vec<Damage> {
    let first = random.random_range(0..Damage::ALL.len());
    let columns = spoilt.columns.clone();
    let kinds = (0..columns.len()).map(|at| Damage::ALL[(first + at % 3 * 3) % Damage::ALL.len()]);
    // A shift moves other columns too.
    let kinds: Vec<Damage> = kinds.map(|kind| if kind == Damage::Shift { Damage::Typo } else { kind }).collect();
    for (column, kind) in columns.iter().zip(&kinds) {
        dirty::damage(spoilt, *kind, &[column], 0.03, random);
    }
    kinds
}

fn pairs(file: &str) {
    let text = std::fs::read_to_string(file).expect("the file can be read");
    let pairs: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once('\t')).collect();
    let rows = pairs.iter().map(|(is, _)| vec![(*is).to_owned()]).collect();
    let table = Table { name: "texts", columns: vec!["note"], rows };
    let found: Vec<_> = issues(&table).into_iter().filter(|issue| issue.check == "encoding").collect();
    let cells = named(&table, &found, Tier::Likely);
    let wrong: Cells = (0..pairs.len()).filter(|row| pairs[*row].0 != pairs[*row].1).map(|row| (row, 0)).collect();
    let right = cells.intersection(&wrong).count();
    println!(
        "encoding: {} of {} damaged texts named ({:.3}; goal 0.92), {} of {} sound ones (goal 0)",
        right,
        wrong.len(),
        right as f64 / wrong.len().max(1) as f64,
        cells.len() - right,
        pairs.len() - wrong.len()
    );
    for (row, _) in cells.symmetric_difference(&wrong) {
        println!("    {} {:?}", if wrong.contains(&(*row, 0)) { "missed" } else { "FALSE " }, pairs[*row].0);
    }
}

fn tables(files: &[String]) -> Vec<Table> {
    files.iter().map(|file| table(file)).collect()
}

fn table(file: &str) -> Table {
    let text = std::fs::read_to_string(file).expect("the file can be read");
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned).collect::<Vec<String>>());
    let columns: Vec<&'static str> =
        lines.next().expect("a line of names").into_iter().map(|name| &*name.leak()).collect();
    let name = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".tsv").to_owned();
    let rows = lines.filter(|row| row.len() == columns.len()).collect();
    Table { name: name.leak(), columns, rows }
}

/// Seconds of processor time of this process so far (proc(5): utime and stime in hundredths).
fn processors() -> f64 {
    let line = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = line.rsplit(") ").next().unwrap_or_default().split(' ');
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}
