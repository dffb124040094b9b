//! What changed between two passes over a table, on each engine: every cell that was changed, every row that
//! was taken out or put in, every value that was moved, and nothing else; and nothing at all after what leaves
//! the rows as they are. Seeds are fresh and printed.

mod engines;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use arrow_cast::display::ArrayFormatter;
use arrow_cast::display::FormatOptions;
use dataward_audit::integrity::changes::Changed;
use dataward_audit::integrity::changes::Changes;
use dataward_audit::integrity::changes::OurOwn;
use dataward_audit::integrity::changes::TableNow;
use dataward_connect::Chunk;
use dataward_connect::ReadRequest;
use dataward_evidence::RowKey;
use engines::Engine;
use futures::StreamExt;
use futures::TryStreamExt;
use rand::Rng;
use rand::SeedableRng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

/// Rows of the table with a key, and of the one without.
const PEOPLE: u64 = 1_000;
const VISITS: u64 = 400;
/// Changes that are made one by one, each between two passes.
const SINGLE: usize = 18;
/// Changes of each kind that are made between two passes.
const AT_ONCE: usize = 25;
/// The day of the pass before.
const SINCE: (i32, u32, u32) = (2026, 11, 1);

/// A table after a pass, and the first column of its rows.
struct Passed {
    now: TableNow,
    ids: Vec<String>,
}

/// What came between two passes: by id the rows that changed or are new, and what is said of the table.
#[derive(Debug, Default, PartialEq)]
struct Told {
    rows: BTreeSet<String>,
    table: Vec<String>,
}

impl Told {
    fn of(now: &Passed, before: &Passed) -> Self {
        let Changed { rows, table } = now.now.since(&before.now.state, SINCE, OurOwn::default());
        Self {
            rows: rows.iter().map(|(row, ..)| now.ids[*row as usize].clone()).collect(),
            table: table.into_iter().map(|(.., reason)| reason).collect(),
        }
    }

    fn rows<'a>(ids: impl IntoIterator<Item = &'a u64>) -> Self {
        Self { rows: ids.into_iter().map(u64::to_string).collect(), table: Vec::new() }
    }

    /// How many rows are said to be gone.
    fn gone(&self) -> u64 {
        let number = |reason: &String| reason.strip_suffix(')')?.split(' ').next()?.parse::<u64>().ok();
        self.table.iter().filter_map(number).sum()
    }
}

async fn pass(engine: &Engine, key: &RowKey) -> BTreeMap<&'static str, Passed> {
    let connector = engine.connector();
    connector.open().await.expect("the source opens");
    let units: Vec<_> = connector.units().await.expect("units").try_collect().await.expect("units");
    let mut passed = BTreeMap::new();
    for unit in units {
        let mut chunks = connector.read(&unit, &ReadRequest::full()).await.expect("the table can be read");
        let mut open: Option<(&'static str, Changes, Vec<String>)> = None;
        while let Some(chunk) = chunks.next().await {
            match chunk.expect("the table is read") {
                Chunk::Begin(head) => {
                    let name = ["people", "visits"].into_iter().find(|name| head.name.ends_with(name));
                    open = Some((name.expect("one of the two tables"), Changes::of(&head, key), Vec::new()));
                }
                Chunk::Rows(batch) => {
                    let (_, changes, ids) = open.as_mut().expect("rows come within a table");
                    changes.add(&batch);
                    let options = FormatOptions::new();
                    let column = ArrayFormatter::try_new(batch.column(0).as_ref(), &options).expect("a column");
                    ids.extend((0..batch.num_rows()).map(|row| column.value(row).to_string()));
                }
                Chunk::End { .. } => {
                    let (name, changes, ids) = open.take().expect("a table ends once");
                    passed.insert(name, Passed { now: changes.finish(), ids });
                }
                Chunk::Skipped(part) => panic!("{part:?}"),
            }
        }
    }
    assert_eq!(passed.len(), 2, "both tables are read");
    passed
}

/// Text with what databases and dumps have to quote.
fn text(random: &mut ChaCha8Rng) -> String {
    let letters: Vec<char> = "abcdefghijklmnopqrstuvwxyz ABCDE éüñ漢😀'\"%_;-".chars().collect();
    (0..random.random_range(3..20)).map(|_| *letters.choose(random).expect("letters")).collect()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn person(id: u64, random: &mut ChaCha8Rng) -> String {
    let note = match random.random_range(0..4) {
        0 => "NULL".to_owned(),
        1 => "''".to_owned(),
        _ => quoted(&text(random)),
    };
    format!(
        "({id}, {}, {}, '{}-0{}-1{}', {}.{:02}, {:?}, '2026-0{}-11 1{}:00:0{}', {note})",
        quoted(&text(random)),
        quoted(&text(random)),
        random.random_range(1930..2010),
        random.random_range(1..10),
        random.random_range(0..10),
        random.random_range(0..100_000),
        random.random_range(0..100),
        random.random::<f64>() * 1e6,
        random.random_range(1..10),
        random.random_range(0..10),
        random.random_range(0..10),
    )
}

async fn fill(engine: &Engine, random: &mut ChaCha8Rng) {
    engine
        .execute(&format!(
            "CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR(60), town VARCHAR(60), born DATE,
                amount DECIMAL(12,2), score DOUBLE PRECISION, seen TIMESTAMP NULL, note TEXT) {0};
             CREATE TABLE visits (what VARCHAR(60), who INTEGER, unused VARCHAR(9)) {0}",
            engine.table_options()
        ))
        .await;
    let people: Vec<String> = (1..=PEOPLE).map(|id| person(id, random)).collect();
    for rows in people.chunks(500) {
        engine.execute(&format!("INSERT INTO people VALUES {}", rows.join(", "))).await;
    }
    // Some rows stand there twice: without a key nothing tells them apart.
    let visits: Vec<String> = (0..VISITS).map(|row| format!("('visit {}', {}, NULL)", row / 2, row / 2 % 7)).collect();
    engine.execute(&format!("INSERT INTO visits VALUES {}", visits.join(", "))).await;
}

/// One letter, one day, one hundredth more, an empty text for none: the smallest changes of each column.
fn cell_change(id: u64, random: &mut ChaCha8Rng) -> String {
    let change = [
        "name = CONCAT(name, '.')",
        "town = CONCAT('.', town)",
        "born = '2011-11-11'",
        "amount = amount + 0.01",
        "score = score * 1.0000000001 + 0.0001",
        "seen = '2011-11-11 11:11:11'",
        "seen = NULL",
        "note = CASE WHEN note IS NULL THEN '' ELSE NULL END",
    ];
    format!("UPDATE people SET {} WHERE id = {id}", change.choose(random).expect("changes"))
}

async fn campaign(engine: Engine) {
    let seed: u64 = rand::random();
    eprintln!("seed {seed}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let key = RowKey::new(random.random());
    fill(&engine, &mut random).await;
    let mut before = pass(&engine, &key).await;
    let mut ids: Vec<u64> = (1..=PEOPLE).collect();
    let mut fresh = PEOPLE;

    for round in 0..SINGLE {
        let at = random.random_range(0..ids.len());
        let (mut expected, mut gone) = (Told::default(), 0);
        match round % 6 {
            0..3 => {
                let id = ids.swap_remove(at);
                engine.execute(&cell_change(id, &mut random)).await;
                expected = Told::rows(&[id]);
            }
            3 => {
                engine.execute(&format!("DELETE FROM people WHERE id = {}", ids.swap_remove(at))).await;
                gone = 1;
            }
            4 => {
                fresh += 1;
                engine.execute(&format!("INSERT INTO people VALUES {}", person(fresh, &mut random))).await;
                ids.push(fresh);
                expected = Told::rows(&[fresh]);
            }
            _ => {
                let other = (at + 1) % ids.len();
                engine.swap("amount", ids[at], ids[other]).await;
                expected = Told::rows(&[ids[at], ids[other]]);
            }
        }
        let now = pass(&engine, &key).await;
        let told = Told::of(&now["people"], &before["people"]);
        assert_eq!((&told.rows, told.gone()), (&expected.rows, gone), "round {round} of seed {seed}: {told:?}");
        assert_ne!(now["people"].now.state.digest.root(), before["people"].now.state.digest.root());
        assert_eq!(Told::of(&now["visits"], &before["visits"]), Told::default());
        before = now;
    }

    // Many at once: each is named, and the gone are counted.
    let mut changed = BTreeSet::new();
    let mut statements = vec!["UPDATE visits SET who = 99 WHERE what = 'visit 7'".to_owned()];
    for _ in 0..AT_ONCE {
        let id = ids.swap_remove(random.random_range(0..ids.len()));
        statements.push(cell_change(id, &mut random));
        changed.insert(id);
        let id = ids.swap_remove(random.random_range(0..ids.len()));
        statements.push(format!("DELETE FROM people WHERE id = {id}"));
        fresh += 1;
        statements.push(format!("INSERT INTO people VALUES {}", person(fresh, &mut random)));
        changed.insert(fresh);
    }
    engine.execute(&statements.join("; ")).await;
    let now = pass(&engine, &key).await;
    let told = Told::of(&now["people"], &before["people"]);
    assert_eq!((told.rows.clone(), told.gone()), (Told::rows(&changed).rows, AT_ONCE as u64), "seed {seed}");
    let told = Told::of(&now["visits"], &before["visits"]);
    assert_eq!((told.rows.clone(), told.gone()), (BTreeSet::from(["visit 7".to_owned()]), 2), "{:?}", told.table);

    // What leaves the rows as they are is no change.
    for action in engine.upkeep() {
        engine.keep(action).await;
        let after = pass(&engine, &key).await;
        for name in ["people", "visits"] {
            assert_eq!(Told::of(&after[name], &now[name]), Told::default(), "{name} after {action}, seed {seed}");
            assert_eq!(after[name].now.state.digest.root(), now[name].now.state.digest.root(), "{name} after {action}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_in_postgresql_is_found_and_upkeep_is_none() {
    campaign(Engine::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_in_mariadb_is_found_and_upkeep_is_none() {
    campaign(Engine::mariadb().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_in_sqlite_is_found_and_upkeep_is_none() {
    campaign(Engine::sqlite()).await;
}
