//! `./x bench integrity`: precision, recall and F1 of the cells that the integrity checks name, over
//! tables damaged like known public ones and for each kind of damage by itself; false findings on
//! clean tables; speed.

use std::collections::BTreeMap;

use dataward_audit::integrity::Tier;
use dataward_testkit::dirty;
use dataward_testkit::dirty::Damage;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

#[path = "../tests/measure/mod.rs"]
mod measure;

use measure::Score;
use measure::issues;
use measure::named;

fn main() {
    let detail = std::env::args().nth(1).is_some();
    let (mut sum, mut taught_sum) = (0.0, 0.0);
    let tables = measure::mixed(1);
    for (table, wrong) in &tables {
        let found = issues(table);
        let cells = named(table, &found, Tier::Likely);
        let score = Score::of(&cells, wrong);
        let certain = named(table, &found, Tier::Certain);
        let with_hints = Score::of(&named(table, &found, Tier::Hint), wrong);
        sum += score.f1();
        let taught = Score::of(&named(table, &measure::taught(&found, table, wrong, 20), Tier::Likely), wrong);
        taught_sum += taught.f1();
        println!(
            "{:<12} P {:.3}  R {:.3}  F1 {:.3}   after 20 answers F1 {:.3}   with hints F1 {:.3}   certain: {} cells, P {:.3}",
            table.name,
            score.precision,
            score.recall,
            score.f1(),
            taught.f1(),
            with_hints.f1(),
            certain.len(),
            Score::of(&certain, wrong).precision
        );
        if detail {
            let mut by_check: BTreeMap<(&str, &str, bool), usize> = BTreeMap::new();
            for issue in &found {
                let cell = named(table, std::slice::from_ref(issue), Tier::Hint);
                let hit = cell.is_subset(wrong);
                *by_check.entry((issue.check, issue.column.as_str(), hit)).or_default() += 1;
            }
            for ((check, column, hit), count) in by_check {
                println!("    {check:<12} {column:<16} {} {count}", if hit { "right" } else { "WRONG" });
            }
            let mut missed: BTreeMap<&str, usize> = BTreeMap::new();
            for (_, column) in wrong.difference(&named(table, &found, Tier::Hint)) {
                *missed.entry(table.columns[*column]).or_default() += 1;
            }
            println!("    missed {missed:?}");
        }
    }
    let number = tables.len() as f64;
    println!("mean F1 {:.3} (goal 0.69), after 20 answers {:.3} (goal 0.91)\n", sum / number, taught_sum / number);

    for kind in Damage::ALL {
        let mut random = ChaCha8Rng::seed_from_u64(9);
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

    let mut random = ChaCha8Rng::seed_from_u64(17);
    let (mut cells, mut certain, mut likely) = (0, 0, 0);
    for table in [
        dirty::clinics(5_000, &mut random),
        dirty::timetable(10_000, &mut random),
        dirty::breweries(10_000, &mut random),
        dirty::films(10_000, &mut random),
        dirty::customers(20_000, &mut random),
    ] {
        let found = issues(&table);
        cells += table.rows.len() * table.columns.len();
        certain += named(&table, &found, Tier::Certain).len();
        likely += named(&table, &found, Tier::Likely).len();
    }
    println!(
        "\nclean tables: {cells} cells, {certain} false certain (goal: at most 1 in 100,000), {likely} false in all"
    );

    let table = dirty::customers(100_000, &mut random);
    let bytes: usize = table.rows.iter().flatten().map(String::len).sum();
    let start = std::time::Instant::now();
    let found = issues(&table).len();
    println!(
        "speed: {:.0} MB/s over {} MB, {found} cells named (goal: 50 MB/s)",
        bytes as f64 / 1e6 / start.elapsed().as_secs_f64(),
        bytes / 1_000_000
    );
}
