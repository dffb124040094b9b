//! What changed between two passes over a table, on each engine: every cell that was changed, every row that
//! was taken out or put in, every value that was moved, and nothing else; and nothing at all after what leaves
//! the rows as they are. Seeds are fresh and printed, and so is how much was tried.
//! DATAWARD_TAMPER=N makes N campaigns over each engine, each a database of its own.

mod engines;
mod files;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use arrow_cast::display::ArrayFormatter;
use arrow_cast::display::FormatOptions;
use dataward_audit::integrity::changes::Changed;
use dataward_audit::integrity::changes::Changes;
use dataward_audit::integrity::changes::OurOwn;
use dataward_audit::integrity::changes::TableNow;
use dataward_connect::Chunk;
use dataward_connect::Read;
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
const SINGLE: usize = 12;
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
        let Changed { rows, table, .. } = now.now.since(&before.now.state, SINCE, OurOwn::default());
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
    let passed = pass_over(engine.connector().as_ref(), key).await;
    assert_eq!(passed.len(), 2, "both tables are read");
    passed
}

/// Reads all tables of a source; they are called like `people` or `visits`.
async fn pass_over(connector: &dyn Read, key: &RowKey) -> BTreeMap<&'static str, Passed> {
    connector.open().await.expect("the source opens");
    let units: Vec<_> = connector.units().await.expect("units").try_collect().await.expect("units");
    let mut passed = BTreeMap::new();
    for unit in units {
        let mut chunks = connector.read(&unit, &ReadRequest::full()).await.expect("the table can be read");
        let mut open: Option<(&'static str, Changes, Vec<String>)> = None;
        while let Some(chunk) = chunks.next().await {
            match chunk.expect("the table is read") {
                Chunk::Begin(head) => {
                    let name = ["people", "visits"].into_iter().find(|name| head.name.contains(name));
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

fn person(engine: &Engine, id: u64, random: &mut ChaCha8Rng) -> String {
    let number = random.random_range(1..100_000).to_string();
    let further: Vec<String> = engine.types().iter().map(|(_, value, _)| value.replace('#', &number)).collect();
    let note = match random.random_range(0..4) {
        0 => "NULL".to_owned(),
        1 => "''".to_owned(),
        _ => quoted(&text(random)),
    };
    format!(
        "({id}, {}, {}, '{}-0{}-1{}', {}.{:02}, {:?}, '2026-0{}-11 1{}:00:0{}', {note}, {})",
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
        further.join(", "),
    )
}

async fn fill(engine: &Engine, random: &mut ChaCha8Rng) {
    let further: Vec<&str> = engine.types().iter().map(|(column, ..)| *column).collect();
    engine
        .execute(&format!(
            "CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR(60), town VARCHAR(60), born DATE,
                amount DECIMAL(12,2), score DOUBLE PRECISION, seen TIMESTAMP NULL, note TEXT, {1}) {0};
             CREATE TABLE visits (what VARCHAR(60), who INTEGER, unused VARCHAR(9)) {0}",
            engine.table_options(),
            further.join(", ")
        ))
        .await;
    let people: Vec<String> = (1..=PEOPLE).map(|id| person(engine, id, random)).collect();
    for rows in people.chunks(500) {
        engine.execute(&format!("INSERT INTO people VALUES {}", rows.join(", "))).await;
    }
    // Some rows stand there twice: without a key nothing tells them apart.
    let visits: Vec<String> = (0..VISITS).map(|row| format!("('visit {}', {}, NULL)", row / 2, row / 2 % 7)).collect();
    engine.execute(&format!("INSERT INTO visits VALUES {}", visits.join(", "))).await;
}

/// One letter, one day, one hundredth more, an empty text for none: the smallest changes of each column.
const CHANGES: [&str; 8] = [
    "name = CONCAT(name, '.')",
    "town = CONCAT('.', town)",
    "born = '2011-11-11'",
    "amount = amount + 0.01",
    "score = score * 1.0000000001 + 0.0001",
    "seen = '2011-11-11 11:11:11'",
    "seen = NULL",
    "note = CASE WHEN note IS NULL THEN '' ELSE NULL END",
];

/// The same with one for each further type of the engine.
fn changes(engine: &Engine) -> Vec<String> {
    let further = engine.types().iter().map(|(column, _, change)| {
        let name = column.split(' ').next().expect("a name");
        format!("{name} = {change}")
    });
    CHANGES.iter().map(|change| (*change).to_owned()).chain(further).collect()
}

/// How much was tried; what was not found ends the campaign.
#[derive(Debug, Default)]
pub(crate) struct Tried {
    pub(crate) cells: usize,
    pub(crate) deletions: usize,
    pub(crate) insertions: usize,
    pub(crate) swaps: usize,
    pub(crate) upkeep: usize,
}

impl Tried {
    pub(crate) fn print(&self, place: &str) {
        let all = self.cells + self.deletions + self.insertions + self.swaps;
        println!(
            "tamper: {place}: {all} of {all} changes found ({} cells, {} deletions, {} insertions, {} swaps); 0 of {} \
             false alarms after upkeep",
            self.cells, self.deletions, self.insertions, self.swaps, self.upkeep
        );
    }
}

/// How many campaigns are made, each with a seed of its own.
#[expect(clippy::disallowed_methods, reason = "how many databases is told by the environment")]
pub(crate) fn campaigns() -> usize {
    std::env::var("DATAWARD_TAMPER").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

async fn campaign(engine: Engine, tried: &mut Tried) {
    let seed: u64 = rand::random();
    eprintln!("seed {seed}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let key = RowKey::new(random.random());
    fill(&engine, &mut random).await;
    let mut before = pass(&engine, &key).await;
    let mut ids: Vec<u64> = (1..=PEOPLE).collect();
    let mut fresh = PEOPLE;
    let changes = changes(&engine);

    // One change at a time: each of the columns, and between them rows that go, come and change places.
    for round in 0..changes.len() + SINGLE {
        let at = random.random_range(0..ids.len());
        let (mut expected, mut gone) = (Told::default(), 0);
        match (changes.get(round), round % 3) {
            (Some(change), _) => {
                let id = ids.swap_remove(at);
                engine.execute(&format!("UPDATE people SET {change} WHERE id = {id}")).await;
                expected = Told::rows(&[id]);
                tried.cells += 1;
            }
            (None, 0) => {
                engine.execute(&format!("DELETE FROM people WHERE id = {}", ids.swap_remove(at))).await;
                gone = 1;
                tried.deletions += 1;
            }
            (None, 1) => {
                fresh += 1;
                engine.execute(&format!("INSERT INTO people VALUES {}", person(&engine, fresh, &mut random))).await;
                ids.push(fresh);
                expected = Told::rows(&[fresh]);
                tried.insertions += 1;
            }
            (None, _) => {
                let other = (at + 1) % ids.len();
                engine.swap("amount", ids[at], ids[other]).await;
                expected = Told::rows(&[ids[at], ids[other]]);
                tried.swaps += 1;
            }
        }
        let now = pass(&engine, &key).await;
        let told = Told::of(&now["people"], &before["people"]);
        let what = changes.get(round).map_or("rows", String::as_str);
        assert_eq!((&told.rows, told.gone()), (&expected.rows, gone), "{what}, seed {seed}: {told:?}");
        assert_ne!(now["people"].now.state.digest.root(), before["people"].now.state.digest.root());
        assert_eq!(Told::of(&now["visits"], &before["visits"]), Told::default());
        before = now;
    }

    // Many at once: each is named, and the gone are counted.
    let mut changed = BTreeSet::new();
    let mut statements = vec!["UPDATE visits SET who = 99 WHERE what = 'visit 7'".to_owned()];
    for _ in 0..AT_ONCE {
        let id = ids.swap_remove(random.random_range(0..ids.len()));
        let change = changes.choose(&mut random).expect("changes");
        statements.push(format!("UPDATE people SET {change} WHERE id = {id}"));
        changed.insert(id);
        let id = ids.swap_remove(random.random_range(0..ids.len()));
        statements.push(format!("DELETE FROM people WHERE id = {id}"));
        fresh += 1;
        statements.push(format!("INSERT INTO people VALUES {}", person(&engine, fresh, &mut random)));
        changed.insert(fresh);
    }
    engine.execute(&statements.join("; ")).await;
    let now = pass(&engine, &key).await;
    let told = Told::of(&now["people"], &before["people"]);
    assert_eq!((told.rows.clone(), told.gone()), (Told::rows(&changed).rows, AT_ONCE as u64), "seed {seed}");
    let told = Told::of(&now["visits"], &before["visits"]);
    assert_eq!((told.rows.clone(), told.gone()), (BTreeSet::from(["visit 7".to_owned()]), 2), "{:?}", told.table);
    tried.cells += AT_ONCE + 1;
    tried.deletions += AT_ONCE;
    tried.insertions += AT_ONCE;

    // What leaves the rows as they are is no change.
    for action in engine.upkeep() {
        engine.keep(action).await;
        let after = pass(&engine, &key).await;
        for name in ["people", "visits"] {
            assert_eq!(Told::of(&after[name], &now[name]), Told::default(), "{name} after {action}, seed {seed}");
            assert_eq!(after[name].now.state.digest.root(), now[name].now.state.digest.root(), "{name} after {action}");
        }
        tried.upkeep += 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_in_postgresql_is_found_and_upkeep_is_none() {
    let mut tried = Tried::default();
    for _ in 0..campaigns() {
        campaign(Engine::postgres().await, &mut tried).await;
    }
    tried.print("PostgreSQL");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_in_mariadb_is_found_and_upkeep_is_none() {
    let mut tried = Tried::default();
    for _ in 0..campaigns() {
        campaign(Engine::mariadb().await, &mut tried).await;
    }
    tried.print("MariaDB");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_in_sqlite_is_found_and_upkeep_is_none() {
    let mut tried = Tried::default();
    for _ in 0..campaigns() {
        campaign(Engine::sqlite(), &mut tried).await;
    }
    tried.print("SQLite");
}
