//! Is deleted data gone? The tables of `docs/book/deletion.md`, measured on real servers and files: what is
//! left after each step of the engines' own defaults, and that nothing is after the recipe.
//!
//! `cargo nextest run -p dataward-retain --test residue --no-capture` prints the tables.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test fails loudly, and reads its own files")]

mod mariadb;
mod mysql;
mod postgres;
mod sqlite;

use dataward_connect::Read;
use dataward_connect::Scrub;
use dataward_connect::scrub::Exclusive;
use dataward_connect::scrub::ScrubWish;
use dataward_model::ErasureLevel;
use dataward_retain::ErasureKey;
use dataward_retain::scrub::ScrubRun;
use dataward_retain::scrub::run_scrub;
use dataward_retain::verify;
use dataward_retain::verify::Residue;
use dataward_retain::verify::TraceGatherer;
use dataward_retain::verify::Traces;

/// Rows in the table.
const ROWS: u32 = 20_000;

/// Rows that are erased: 60 %.
const ERASED: u64 = 12_000;

/// Which rows go.
#[derive(Clone, Copy)]
enum Goes {
    /// The first ones, as when old rows go: whole pages become empty.
    Oldest,
    /// Three of five: every page keeps some.
    Scattered,
}

impl Goes {
    fn has(self, id: u32) -> bool {
        match self {
            Self::Oldest => u64::from(id) < ERASED,
            Self::Scattered => id % 5 < 3,
        }
    }
}

/// The address in a row. The SQL of each engine makes the same. Its order is not that of the ids, as that of
/// real ones is not: an index is written all over.
fn email(id: u32) -> String {
    format!("{}.customer{id}@lantern.example", u64::from(id) * 2_654_435_761 % 4_294_967_296)
}

/// A long text of `words` words, which PostgreSQL compresses. SQL makes the same.
fn bio(id: u32, words: u64) -> String {
    let word = |n: u64| format!("word{} ", (u64::from(id) * 1000 + n) * 2_654_435_761 % 4_294_967_296 / 65_536 % 500);
    (0..words).map(word).collect()
}

fn key() -> ErasureKey {
    ErasureKey::of(&[7; 32])
}

/// Traces of what goes.
fn traces(goes: Goes, table: &str, column: &str, value: impl Fn(u32) -> Option<String>) -> Traces {
    let key = key();
    let mut gatherer = TraceGatherer::new(&key);
    for id in (0..ROWS).filter(|id| goes.has(*id)) {
        gatherer.row(true);
        if let Some(value) = value(id) {
            gatherer.value(table, column, "text", &value);
        }
    }
    gatherer.finish()
}

/// Searches the store for what went.
async fn search<S: Scrub + Read>(store: &S, table: &str, traces: &Traces) -> Residue {
    verify::search(store, Some(store), &[table.to_owned()], traces, &key(), Some(0)).await.unwrap()
}

/// One line of a table: what was found in each kind of file, the largest part of what was erased, the level.
fn line(step: &str, residue: &Residue) {
    let found: Vec<String> =
        residue.classes.iter().map(|class| format!("{} {}", class.class.word(), class.found)).collect();
    let proven = residue.proven.map_or("-".to_owned(), |level| level.to_string());
    let most = residue.classes.iter().map(|class| class.found).max().unwrap_or(0) as f64 / ERASED as f64;
    let goal = if step.contains("recipe") { "goal 0" } else { "no goal: what the engine leaves" };
    eprintln!("| {step} | {} | {most:.3} of the erased values ({goal}) | {proven} |", found.join(", "));
}

/// Runs these steps of the recipe alone.
async fn run_only(store: &dyn Scrub, table: &str, actions: &[&str]) {
    let wish = ScrubWish { tables: vec![table.to_owned()], level: ErasureLevel::L1, exclusive: Exclusive::Allowed };
    let mut plan = store.scrub_plan(&wish).await.unwrap();
    plan.steps.retain(|step| actions.contains(&step.action.as_str()));
    let mut run = ScrubRun::new(ErasureLevel::L1, plan);
    run_scrub(store, &mut run, |_| Ok(())).await.unwrap();
    assert!(run.is_finished() && run.reasons().is_empty(), "{:?}", run.reasons());
}

/// Runs the whole recipe.
async fn scrub(store: &dyn Scrub, table: &str, level: ErasureLevel, exclusive: Exclusive) -> ScrubRun {
    let wish = ScrubWish { tables: vec![table.to_owned()], level, exclusive };
    let mut run = ScrubRun::new(level, store.scrub_plan(&wish).await.unwrap());
    run_scrub(store, &mut run, |_| Ok(())).await.unwrap();
    run
}

fn assert_between(what: &str, found: u64, least: u64, most: u64) {
    assert!((least..=most).contains(&found), "{what}: {found} values found, expected {least} to {most}");
}
