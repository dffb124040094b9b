//! Schemas, rows and rules thrown by dice: what goes is what a slow search over all rows in memory says, on every engine
//! and, on PostgreSQL, in batches as well as at once; also when it is cut off again and again.
//!
//! `DATAWARD_WORLDS=50` for more worlds than an ordinary run takes.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;

use dataward_connect::amend::ALIAS;
use dataward_connect::amend::OnDelete;
use dataward_model::SourceKind;
use dataward_retain::planner::BoundRule;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::RngCore;
use rand_chacha::rand_core::SeedableRng;

use crate::apply::Killer;
use crate::apply::changed;
use crate::apply::skipped;
use crate::world::World;
use crate::world::rule;

/// Where rows go, and how.
#[derive(Clone, Copy, Debug)]
enum Way {
    MariaDb,
    Mysql,
    Postgresql,
    PostgresqlAtOnce,
    Sqlite,
}

const WAYS: [Way; 5] = [Way::Sqlite, Way::MariaDb, Way::Mysql, Way::Postgresql, Way::PostgresqlAtOnce];

impl Way {
    async fn world(self) -> World {
        match self {
            Self::MariaDb => World::new(SourceKind::Mysql).await,
            Self::Mysql => World::on_mysql().await,
            Self::Postgresql | Self::PostgresqlAtOnce => World::new(SourceKind::Postgresql).await,
            Self::Sqlite => World::new(SourceKind::Sqlite).await,
        }
    }
}

/// In every other world what hangs together in more than three rows is too large for one transaction.
fn largest_tree(seed: u64) -> u32 {
    if seed.is_multiple_of(2) { 3 } else { 10_000 }
}

/// A column that refers to a table.
struct Reference {
    parent: usize,
    on_delete: OnDelete,
    nullable: bool,
}

/// A row: whether it is due, and whom it refers to.
struct Line {
    due: bool,
    refers: Vec<Option<i64>>,
}

struct Random {
    tables: Vec<Vec<Reference>>,
    ruled: BTreeSet<usize>,
    rows: Vec<BTreeMap<i64, Line>>,
}

type Node = (usize, i64);

impl Random {
    fn new(seed: u64) -> Self {
        let mut dice = ChaCha12Rng::seed_from_u64(seed);
        let mut below = |sides: usize| (dice.next_u64() % sides as u64) as usize;
        let count = 2 + below(5);
        let mut tables: Vec<Vec<Reference>> = Vec::new();
        for table in 0..count {
            let mut references = Vec::new();
            for _ in 0..if table == 0 { below(2) } else { 1 + below(2) } {
                // To an earlier table, or to itself.
                let parent = if table == 0 || below(6) == 0 { table } else { below(table) };
                let on_delete = [OnDelete::Cascade, OnDelete::Cascade, OnDelete::Refuse, OnDelete::SetNull][below(4)];
                let nullable = parent == table || on_delete == OnDelete::SetNull || below(2) == 0;
                references.push(Reference { parent, on_delete, nullable });
            }
            tables.push(references);
        }
        let mut ruled = BTreeSet::from([0]);
        ruled.extend((1..count).filter(|_| below(3) == 0));
        let share = [30, 60, 90][below(3)];
        let mut rows: Vec<BTreeMap<i64, Line>> = Vec::new();
        for (table, references) in tables.iter().enumerate() {
            let mut lines: BTreeMap<i64, Line> = BTreeMap::new();
            for id in 1..=(10 + below(50)) as i64 {
                let refers = references.iter().map(|reference| {
                    // Of its own table an earlier row: chains, and no rings.
                    let parents = if reference.parent == table { id - 1 } else { rows[reference.parent].len() as i64 };
                    let nothing = parents == 0 || (reference.nullable && below(4) == 0);
                    (!nothing).then(|| 1 + below(parents as usize) as i64)
                });
                let refers = refers.collect();
                lines.insert(id, Line { due: below(100) < share, refers });
            }
            rows.push(lines);
        }
        Self { tables, ruled, rows }
    }

    fn schema(&self) -> String {
        let mut text = String::new();
        for (table, references) in self.tables.iter().enumerate() {
            let _ = write!(text, "CREATE TABLE t{table} (id INTEGER NOT NULL PRIMARY KEY, due INTEGER NOT NULL");
            for (at, reference) in references.iter().enumerate() {
                let _ = write!(text, ", r{at} INTEGER{}", if reference.nullable { "" } else { " NOT NULL" });
            }
            for (at, reference) in references.iter().enumerate() {
                let action = match reference.on_delete {
                    OnDelete::Cascade => " ON DELETE CASCADE",
                    OnDelete::SetNull => " ON DELETE SET NULL",
                    OnDelete::Refuse | OnDelete::SetDefault | OnDelete::Unknown => "",
                };
                let _ = write!(text, ", FOREIGN KEY (r{at}) REFERENCES t{} (id){action}", reference.parent);
            }
            text.push_str(");\n");
            for at in 0..references.len() {
                let _ = writeln!(text, "CREATE INDEX t{table}_r{at} ON t{table} (r{at});");
            }
        }
        text.push_str("BEGIN;\n");
        for (table, lines) in self.rows.iter().enumerate() {
            for (id, line) in lines {
                let _ = write!(text, "INSERT INTO t{table} VALUES ({id}, {}", u8::from(line.due));
                for parent in &line.refers {
                    let _ = write!(text, ", {}", parent.map_or("NULL".to_owned(), |parent| parent.to_string()));
                }
                text.push_str(");\n");
            }
        }
        text + "COMMIT;\n"
    }

    /// All that refers to a row, and how.
    fn children(&self, (table, id): Node) -> Vec<(Node, OnDelete)> {
        let mut found = Vec::new();
        for (child, references) in self.tables.iter().enumerate() {
            for (at, reference) in references.iter().enumerate().filter(|(_, reference)| reference.parent == table) {
                let refers = self.rows[child].iter().filter(|(_, line)| line.refers[at] == Some(id));
                let nodes = refers.map(|(own, _)| (child, *own)).filter(|node| *node != (table, id));
                found.extend(nodes.map(|node| (node, reference.on_delete)));
            }
        }
        found
    }

    /// The largest set that breaks nothing: all that is due and all that it takes along, less what must stay.
    fn goes(&self) -> BTreeSet<Node> {
        let due = |(table, id): Node| self.ruled.contains(&table) && self.rows[table][&id].due;
        let all = self.rows.iter().enumerate().flat_map(|(table, lines)| lines.keys().map(move |id| (table, *id)));
        let mut goes: BTreeSet<Node> = all.filter(|node| due(*node)).collect();
        let mut open: Vec<Node> = goes.iter().copied().collect();
        while let Some(node) = open.pop() {
            for (child, _) in self.children(node).into_iter().filter(|(_, action)| *action == OnDelete::Cascade) {
                if !self.ruled.contains(&child.0) && goes.insert(child) {
                    open.push(child);
                }
            }
        }
        loop {
            let stops = |node: &Node| {
                let mut children = self.children(*node).into_iter();
                children.any(|(child, action)| action != OnDelete::SetNull && !goes.contains(&child))
            };
            let is_taken = |node: &Node| {
                due(*node)
                    || self.tables[node.0].iter().enumerate().any(|(at, reference)| {
                        let parent = self.rows[node.0][&node.1].refers[at];
                        reference.on_delete == OnDelete::Cascade
                            && parent.is_some_and(|parent| goes.contains(&(reference.parent, parent)))
                    })
            };
            let stays: Vec<Node> = goes.iter().copied().filter(|node| stops(node) || !is_taken(node)).collect();
            if stays.is_empty() {
                return goes;
            }
            for node in &stays {
                goes.remove(node);
            }
        }
    }

    async fn rules(&self, world: &World, at_once: bool) -> Vec<BoundRule> {
        let mut rules = Vec::new();
        for table in &self.ruled {
            let name = world.name(&format!("t{table}")).await;
            rules.push(BoundRule { may_lock: at_once.then_some(60), ..rule(&name, "due = 1") });
        }
        rules
    }

    /// Whether what is there is what should be left.
    async fn compare(&self, world: &World, goes: &BTreeSet<Node>, told: &str) {
        for (table, lines) in self.rows.iter().enumerate() {
            let left: BTreeSet<i64> = lines.keys().copied().filter(|id| !goes.contains(&(table, *id))).collect();
            assert_eq!(world.keys(&format!("t{table}")).await, left, "{told}, t{table}");
            for (at, reference) in self.tables[table].iter().enumerate() {
                let refers = |id: &i64| {
                    let parent = self.rows[table][id].refers[at];
                    parent.is_some_and(|parent| !goes.contains(&(reference.parent, parent)))
                };
                let wanted = left.iter().filter(|id| refers(id)).count() as u64;
                let there = world.number(&format!("t{table}"), &format!("r{at} IS NOT NULL")).await.unwrap();
                assert_eq!(there, wanted, "{told}, t{table}.r{at}");
                let void = format!(
                    "r{at} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM t{} p WHERE p.id = {ALIAS}.r{at})",
                    reference.parent
                );
                assert_eq!(world.number(&format!("t{table}"), &void).await.unwrap(), 0, "{told}, t{table}.r{at}");
            }
        }
    }
}

fn seeds() -> Vec<u64> {
    #[expect(clippy::disallowed_methods, reason = "a test is told by the environment how long it runs")]
    match std::env::var("DATAWARD_WORLDS") {
        Ok(worlds) => (0..worlds.parse().unwrap()).map(|_| rand::random()).collect(),
        // In the third one rows lose two references at once; in the fourth rows of one table that all go would lose some
        // to each other.
        Err(_) => vec![1, 2, 10_598_665_151_280_410_524, 16_970_414_405_882_804_731, rand::random()],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_random_schemas_what_goes_is_what_the_slow_way_finds_however_it_goes() {
    let mut at_once = 0;
    for seed in seeds() {
        let random = Random::new(seed);
        let goes = random.goes();
        for way in WAYS {
            let (told, locks) = (format!("seed {seed}, {way:?}"), matches!(way, Way::PostgresqlAtOnce));
            let mut world = way.world().await;
            world.largest_tree = largest_tree(seed);
            world.execute(&random.schema()).await;
            let planned = world.plan(random.rules(&world, locks).await, Vec::new()).await;
            let erased = planned.plan.steps.iter().filter(|step| step.action != "unlink");
            assert_eq!(erased.map(|step| step.rows).sum::<u64>(), goes.len() as u64, "{told}");
            at_once += planned.plan.steps.iter().filter(|step| step.at_once.is_some()).count();
            let applied = planned.apply().await;
            assert_eq!((changed(&applied), skipped(&applied)), (planned.plan.rows(), BTreeMap::new()), "{told}");
            random.compare(&world, &goes, &told).await;
            assert_eq!(planned.apply().await, applied, "{told}: a second run does nothing");
        }
    }
    assert!(at_once > 0, "tables were emptied at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_random_schemas_a_plan_that_is_cut_off_again_and_again_ends_the_same() {
    std::panic::set_hook(Box::new(|_| {}));
    for seed in seeds() {
        let random = Random::new(seed);
        let goes = random.goes();
        let mut dice = ChaCha12Rng::seed_from_u64(seed);
        for way in WAYS {
            let (told, locks) = (format!("seed {seed}, {way:?}"), matches!(way, Way::PostgresqlAtOnce));
            let mut world = way.world().await;
            world.largest_tree = largest_tree(seed);
            world.execute(&random.schema()).await;
            let planned = Arc::new(world.plan(random.rules(&world, locks).await, Vec::new()).await);
            for _ in 0..6 {
                let point = ["before-intent", "intent", "changed", "flushed"][(dice.next_u32() % 4) as usize];
                let killer = Killer { point, left: AtomicU64::new(1 + u64::from(dice.next_u32() % 3)) };
                let again = Arc::clone(&planned);
                let run =
                    tokio::spawn(async move { again.try_apply(&[], &killer, &AtomicBool::new(false)).await.map(drop) });
                drop(run.await);
            }
            let applied = planned.apply().await;
            assert_eq!((changed(&applied), skipped(&applied)), (planned.plan.rows(), BTreeMap::new()), "{told}");
            random.compare(&world, &goes, &told).await;
        }
    }
}
