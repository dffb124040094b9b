//! Files: cells, rows and their places changed by an editor; written anew by another program they are the same.

use std::collections::BTreeSet;
use std::path::Path;

use dataward_connect::files::Files;
use dataward_evidence::RowKey;
use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;

use super::Passed;
use super::Told;
use super::Tried;
use super::campaigns;
use super::pass_over;

const ROWS: usize = 400;
/// Single changes of each kind in each campaign.
const EACH: usize = 6;
const COLUMNS: [&str; 4] = ["id", "name", "amount", "note"];

type Rows = Vec<[String; 4]>;

/// A program that writes tables.
type Writer = (&'static str, fn(&Rows) -> String);

/// The first is the one by which the file was written before.
const WRITERS: [Writer; 5] = [
    ("people.csv", |rows| csv(rows, ",", "\n", false)),
    ("people.csv", |rows| csv(rows, ",", "\r\n", true)),
    ("people.csv", |rows| csv(rows, ";", "\n", true)),
    ("people.csv", |rows| format!("\u{feff}{}", csv(rows, "\t", "\n", false))),
    ("people.csv", |rows| csv(&rows.iter().rev().cloned().collect(), ",", "\n", true)),
];

fn csv(rows: &Rows, mark: &str, end: &str, quoted: bool) -> String {
    let cell = |text: &str| if quoted { format!("\"{text}\"") } else { text.to_owned() };
    let line = |cells: Vec<String>| cells.join(mark) + end;
    let head = line(COLUMNS.iter().map(|name| cell(name)).collect());
    rows.iter().fold(head, |text, row| text + &line(row.iter().map(|text| cell(text)).collect()))
}

fn json_lines(rows: &Rows) -> String {
    rows.iter().fold(String::new(), |text, row| {
        let cells: Vec<String> =
            COLUMNS.iter().zip(row).map(|(name, cell)| format!("\"{name}\": \"{cell}\"")).collect();
        text + &format!("{{{}}}\n", cells.join(", "))
    })
}

fn word(random: &mut ChaCha8Rng) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
    (0..random.random_range(3..9)).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())])).collect()
}

fn row(id: usize, random: &mut ChaCha8Rng) -> [String; 4] {
    let amount = format!("{}.{:02}", random.random_range(0..9_000), random.random_range(0..100));
    [format!("k{id}"), word(random), amount, word(random)]
}

async fn pass(folder: &Path, key: &RowKey) -> Passed {
    let mut passed = pass_over(&Files::new(folder.to_owned()), key).await;
    passed.remove("people").expect("the table is read")
}

async fn campaign(name: &str, write: fn(&Rows) -> String, writers: &[Writer], tried: &mut Tried) {
    let seed: u64 = rand::random();
    eprintln!("seed {seed}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let key = RowKey::new(random.random());
    let folder = TempDir::new().expect("a folder");
    let put = |name: &str, text: String| std::fs::write(folder.path().join(name), text).expect("the file is written");
    let mut rows: Rows = (0..ROWS).map(|id| row(id, &mut random)).collect();
    put(name, write(&rows));
    let mut before = pass(folder.path(), &key).await;
    for round in 0..4 * EACH {
        let (at, column) = (random.random_range(0..rows.len()), random.random_range(1..COLUMNS.len()));
        let other = (at + 1 + random.random_range(0..rows.len() - 1)) % rows.len();
        // A row without a key that was rewritten is one that is gone and one that is new.
        let (expected, gone) = match round % 4 {
            0 => {
                rows[at][column].push('x');
                tried.cells += 1;
                (vec![rows[at][0].clone()], 1)
            }
            1 => {
                rows.remove(at);
                tried.deletions += 1;
                (vec![], 1)
            }
            2 => {
                rows.insert(at, row(ROWS + round, &mut random));
                tried.insertions += 1;
                (vec![rows[at][0].clone()], 0)
            }
            _ => {
                rows[at][column] += "y";
                let kept = std::mem::take(&mut rows[at][column]);
                rows[at][column] = std::mem::replace(&mut rows[other][column], kept);
                tried.swaps += 1;
                (vec![rows[at][0].clone(), rows[other][0].clone()], 2)
            }
        };
        put(name, write(&rows));
        let now = pass(folder.path(), &key).await;
        let told = Told::of(&now, &before);
        assert_eq!(
            (told.rows.clone(), told.gone()),
            (BTreeSet::from_iter(expected), gone),
            "round {round}, seed {seed}"
        );
        before = now;
    }
    for (at, (name, write)) in writers.iter().enumerate() {
        put(name, write(&rows));
        let now = pass(folder.path(), &key).await;
        assert_eq!(Told::of(&now, &before), Told::default(), "seed {seed}");
        assert_eq!(now.now.state.digest.root(), before.now.state.digest.root());
        // The last one writes the lines the other way round.
        assert_eq!(now.now.reordered(&before.now.state).is_some(), at + 1 == writers.len(), "seed {seed}");
        tried.upkeep += 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_in_files_is_found_and_another_way_of_writing_is_none() {
    let mut tried = Tried::default();
    for _ in 0..campaigns() {
        campaign("people.csv", WRITERS[0].1, &WRITERS, &mut tried).await;
        campaign("people.jsonl", json_lines, &[], &mut tried).await;
    }
    tried.print("files");
}
