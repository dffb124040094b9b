//! What happens to a plan on its way: held, changed, cut off, run twice.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use dataward_connect::amend::ALIAS;
use dataward_model::SourceKind;
use dataward_retain::RetainError;
use dataward_retain::apply::Applied;
use dataward_retain::apply::Watcher;
use dataward_retain::hold::CellTest;
use dataward_retain::hold::Cover;
use dataward_retain::hold::Matching;
use dataward_retain::plan::Mask;
use dataward_retain::plan::Replacement;
use dataward_testkit::server::postgres::programs;
use dataward_testkit::server::run;

use crate::world::ENGINES;
use crate::world::Planned;
use crate::world::Silent;
use crate::world::World;
use crate::world::rule;

/// Parents 1 to 3000 with two children each; the first 2000 are due. More than one batch.
const SHOP: &str = "
CREATE TABLE parents (id INTEGER NOT NULL PRIMARY KEY, due INTEGER NOT NULL, name VARCHAR(40));
CREATE TABLE children (id INTEGER NOT NULL PRIMARY KEY, parent_id INTEGER NOT NULL,
    FOREIGN KEY (parent_id) REFERENCES parents (id) ON DELETE CASCADE);
CREATE INDEX children_parent ON children (parent_id);
CREATE TABLE strangers (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(40));";

pub(crate) async fn shop(world: &World) -> Planned {
    world.execute(SHOP).await;
    let mut script = String::from("BEGIN;\n");
    let parents: Vec<String> = (1..=3000).map(|id| format!("({id}, {}, 'name {id}')", u8::from(id <= 2000))).collect();
    script += &format!("INSERT INTO parents VALUES {};\n", parents.join(", "));
    let children: Vec<String> = (1..=6000).map(|id| format!("({id}, {})", (id + 1) / 2)).collect();
    script += &format!("INSERT INTO children VALUES {};\n", children.join(", "));
    script += "INSERT INTO strangers VALUES (1, 'a'), (2, 'b');\nCOMMIT;";
    world.execute(&script).await;
    let parents = world.name("parents").await;
    world.plan(vec![rule(&parents, "due = 1")], Vec::new()).await
}

pub(crate) fn changed(applied: &Applied) -> u64 {
    applied.changed.iter().sum()
}

pub(crate) fn skipped(applied: &Applied) -> BTreeMap<String, u64> {
    let mut all = BTreeMap::new();
    for (reason, rows) in applied.skipped.iter().flatten() {
        *all.entry(reason.clone()).or_default() += rows;
    }
    all
}

#[tokio::test]
async fn a_second_run_does_nothing_and_rows_outside_the_plan_are_as_they_were() {
    for kind in ENGINES {
        let world = World::new(kind).await;
        let planned = shop(&world).await;
        assert_eq!((planned.goes("parents"), planned.goes("children")), (2000, 4000), "{kind}");
        let applied = planned.apply().await;
        assert_eq!((changed(&applied), skipped(&applied)), (6000, BTreeMap::new()), "{kind}");
        assert_eq!(planned.apply().await, applied, "{kind}");
        assert_eq!(world.keys("parents").await, (2001..=3000).collect(), "{kind}");
        assert_eq!(world.keys("children").await, (4001..=6000).collect(), "{kind}");
        assert_eq!(world.number("parents", "name = 'name 2500'").await.unwrap(), 1, "{kind}");
        assert_eq!(world.keys("strangers").await.len(), 2, "{kind}");
    }
}

#[tokio::test]
async fn rows_that_changed_since_the_plan_are_left_alone_and_listed() {
    for kind in ENGINES {
        let world = World::new(kind).await;
        let planned = shop(&world).await;
        // 7 was touched, 8 is not due any more, 9 went, 10 got a new child.
        world
            .execute(
                "UPDATE parents SET name = 'back' WHERE id = 7; UPDATE parents SET due = 0 WHERE id = 8;
                 DELETE FROM children WHERE parent_id = 9; DELETE FROM parents WHERE id = 9;
                 INSERT INTO children VALUES (9000, 10)",
            )
            .await;
        let applied = planned.apply().await;
        let kept: Vec<i64> = world.keys("parents").await.into_iter().filter(|id| *id <= 2000).collect();
        assert_eq!(kept, [7, 8, 10], "{kind}");
        assert!(world.keys("children").await.contains(&9000), "{kind}: a cascade would have taken it along");
        let skipped = skipped(&applied);
        assert_eq!(skipped.get("referenced"), Some(&1), "{kind}: {skipped:?}");
        assert_eq!(skipped.get("gone"), Some(&3), "{kind}: {skipped:?}");
        assert_eq!(changed(&applied) + skipped.values().sum::<u64>(), planned.plan.rows(), "{kind}");
    }
}

#[tokio::test]
async fn a_hold_that_comes_while_a_plan_is_applied_counts_at_once() {
    for kind in ENGINES {
        let world = World::new(kind).await;
        let planned = shop(&world).await;
        let parents = world.name("parents").await;
        let rows = Matching::all([("id".to_owned(), "1999".to_owned())]);
        let cover = Cover { matter: "suit".to_owned(), table: Some(parents), rows: Some(rows) };
        let applied = planned.try_apply(&[cover], &Silent, &AtomicBool::new(false)).await.unwrap();
        assert!(world.keys("parents").await.contains(&1999), "{kind}");
        let children = world.keys("children").await;
        assert!(children.contains(&3997) && children.contains(&3998), "{kind}");
        assert_eq!(skipped(&applied).get("held"), Some(&3), "{kind}");
        assert_eq!(changed(&applied), 5997, "{kind}");
    }
}

/// Stops the n-th time that a point of the journal is passed, as if the process were killed there.
pub(crate) struct Killer {
    pub(crate) point: &'static str,
    pub(crate) left: AtomicU64,
}

/// Panics carry it out of the middle of an apply.
#[derive(Debug)]
struct Killed;

impl Watcher for Killer {
    fn progress(&self, _done: u64, _of: u64) {}

    fn point(&self, name: &'static str) {
        if name == self.point && self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            std::panic::panic_any(Killed);
        }
    }
}

#[tokio::test]
async fn cut_off_at_any_point_of_the_journal_the_next_run_ends_the_same() {
    std::panic::set_hook(Box::new(|_| {}));
    for kind in ENGINES {
        for point in ["before-intent", "intent", "changed", "flushed"] {
            let world = World::new(kind).await;
            let planned = std::sync::Arc::new(shop(&world).await);
            let mut cuts = 0;
            for time in 1..6 {
                let killer = Killer { point, left: AtomicU64::new(time) };
                let again = std::sync::Arc::clone(&planned);
                let run =
                    tokio::spawn(async move { again.try_apply(&[], &killer, &AtomicBool::new(false)).await.map(drop) });
                cuts += u64::from(run.await.is_err());
            }
            assert!(cuts > 0, "{kind} {point}");
            let applied = planned.apply().await;
            assert_eq!((changed(&applied), skipped(&applied)), (6000, BTreeMap::new()), "{kind} {point}");
            assert_eq!(world.keys("parents").await, (2001..=3000).collect(), "{kind} {point}");
            assert_eq!(world.keys("children").await, (4001..=6000).collect(), "{kind} {point}");
        }
    }
}

#[tokio::test]
async fn stopped_between_two_batches_it_goes_on_later() {
    let world = World::new(SourceKind::Sqlite).await;
    let planned = shop(&world).await;
    let stopped = planned.try_apply(&[], &Silent, &AtomicBool::new(true)).await;
    assert!(matches!(stopped, Err(RetainError::Stopped)));
    assert_eq!(world.keys("parents").await.len(), 3000);
    assert_eq!(changed(&planned.apply().await), 6000);
}

#[tokio::test]
async fn rows_that_somebody_keeps_locked_do_not_stop_the_rest_and_nothing_waits_for_long() {
    let world = World::new(SourceKind::Postgresql).await;
    let planned = shop(&world).await;
    let blocker = world.postgres_connection().await;
    let mut blocker = blocker;
    sqlx::raw_sql("BEGIN; SELECT * FROM parents WHERE id = 5 FOR UPDATE").execute(&mut blocker).await.unwrap();
    let applied = planned.apply().await;
    assert_eq!(world.keys("parents").await.into_iter().filter(|id| *id <= 2000).collect::<Vec<_>>(), [5]);
    // With its two children.
    assert_eq!(skipped(&applied), BTreeMap::from([("locked".to_owned(), 3)]));
}

/// Cuts our connections at every third batch.
struct Cutter {
    url: String,
    batches: AtomicU64,
}

impl Watcher for Cutter {
    fn progress(&self, _done: u64, _of: u64) {}

    fn point(&self, name: &'static str) {
        if name == "intent" && self.batches.fetch_add(1, Ordering::Relaxed) % 3 == 1 {
            let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                       WHERE datname = current_database() AND application_name = 'dataward'";
            run(std::process::Command::new(programs().join("psql")).args([self.url.as_str(), "--quiet", "-c", cut]));
        }
    }
}

#[tokio::test]
async fn connections_that_are_cut_are_made_again_and_nothing_is_lost_or_done_twice() {
    let world = World::new(SourceKind::Postgresql).await;
    let planned = shop(&world).await;
    let cutter = Cutter { url: world.postgres_url(), batches: AtomicU64::new(0) };
    let applied = planned.try_apply(&[], &cutter, &AtomicBool::new(false)).await.unwrap();
    assert!(cutter.batches.load(Ordering::Relaxed) > 3);
    assert_eq!((changed(&applied), skipped(&applied)), (6000, BTreeMap::new()));
    assert_eq!(world.keys("parents").await, (2001..=3000).collect());
}

/// Every change that the gate knows: rows that are due, rows taken along, references taken away, columns
/// emptied, columns made up.
#[tokio::test]
async fn no_way_of_changing_rows_passes_a_hold() {
    for kind in ENGINES {
        let world = World::new(kind).await;
        world
            .execute(
                "CREATE TABLE people (id INTEGER NOT NULL PRIMARY KEY, due INTEGER NOT NULL);
                 CREATE TABLE orders (id INTEGER NOT NULL PRIMARY KEY, person INTEGER NOT NULL,
                     FOREIGN KEY (person) REFERENCES people (id) ON DELETE CASCADE);
                 CREATE TABLE notes (id INTEGER NOT NULL PRIMARY KEY, person INTEGER,
                     FOREIGN KEY (person) REFERENCES people (id) ON DELETE SET NULL);
                 CREATE TABLE letters (id INTEGER NOT NULL PRIMARY KEY, due INTEGER NOT NULL, email VARCHAR(60),
                     name VARCHAR(60) NOT NULL);
                 INSERT INTO people VALUES (1, 1), (2, 1); INSERT INTO orders VALUES (1, 1), (2, 2);
                 INSERT INTO notes VALUES (1, 1), (2, 2);
                 INSERT INTO letters VALUES (1, 1, 'ada@example.com', 'Ada'), (2, 1, 'bob@example.com', 'Bob')",
            )
            .await;
        let made_up = Mask::MadeUp {
            category: "user.name".to_owned(),
            max_chars: Some(60),
            sql_type: "varchar(60)".to_owned(),
            check: None,
        };
        let mut columns = rule(&world.name("letters").await, "due = 1");
        columns.columns = vec![
            Replacement { column: "email".to_owned(), with: Mask::Null },
            Replacement { column: "name".to_owned(), with: made_up },
        ];
        let planned = world.plan(vec![rule(&world.name("people").await, "due = 1"), columns], Vec::new()).await;
        let all = [("people", 2), ("orders", 2), ("notes", 2), ("letters", 2)];
        assert_eq!(all.map(|(table, _)| (table, planned.goes(table))), all, "{kind}: every way is in the plan");
        let cover = Cover { matter: "suit".to_owned(), table: None, rows: None };
        let applied = planned.try_apply(&[cover], &Silent, &AtomicBool::new(false)).await.unwrap();
        assert_eq!(skipped(&applied), BTreeMap::from([("held".to_owned(), 8)]), "{kind}");
        for (table, rows) in all {
            assert_eq!(world.keys(table).await.len() as u64, rows, "{kind} {table}");
        }
        assert_eq!(world.number("notes", "person IS NOT NULL").await.unwrap(), 2, "{kind}");
        assert_eq!(world.number("letters", "email IS NOT NULL AND name IN ('Ada', 'Bob')").await.unwrap(), 2, "{kind}");
        // The hold is lifted: a new plan takes what waited, once.
        let again = world.plan(planned.rules.clone(), Vec::new()).await;
        again.apply().await;
        assert_eq!(world.keys("people").await.len() + world.keys("orders").await.len(), 0, "{kind}");
        assert_eq!(world.number("notes", "person IS NULL").await.unwrap(), 2, "{kind}");
        assert_eq!(world.number("letters", "email IS NULL AND name LIKE '%Anon-%'").await.unwrap(), 2, "{kind}");
        let nothing = world.plan(planned.rules.clone(), Vec::new()).await;
        assert_eq!(nothing.plan.rows(), 0, "{kind}: what was made up is known again");
    }
}

#[tokio::test]
async fn cut_off_twice_within_one_batch_its_rows_still_count_as_ours() {
    // Found by `kill -9` at random: the second, smaller try of a batch forgot how far the first had reached.
    std::panic::set_hook(Box::new(|_| {}));
    let world = World::new(SourceKind::Sqlite).await;
    let planned = std::sync::Arc::new(shop(&world).await);
    for (point, time) in [("changed", 4), ("intent", 1)] {
        let killer = Killer { point, left: AtomicU64::new(time) };
        let again = std::sync::Arc::clone(&planned);
        let run = tokio::spawn(async move { again.try_apply(&[], &killer, &AtomicBool::new(false)).await.map(drop) });
        assert!(run.await.is_err(), "{point}");
    }
    let applied = planned.apply().await;
    assert_eq!((changed(&applied), skipped(&applied)), (6000, BTreeMap::new()));
}

#[tokio::test]
async fn rows_that_the_server_moved_without_a_change_go_all_the_same() {
    let world = World::new(SourceKind::Postgresql).await;
    let planned = shop(&world).await;
    // The first half of the pages is empty; then all rows move to other places.
    world.execute("DELETE FROM children WHERE id <= 100").await;
    world.execute("VACUUM FULL children").await;
    world.execute("VACUUM FULL parents").await;
    let applied = planned.apply().await;
    assert_eq!(skipped(&applied), BTreeMap::from([("gone".to_owned(), 100)]));
    assert_eq!(changed(&applied), 5900);
    assert_eq!(world.keys("parents").await, (2001..=3000).collect());
    assert_eq!(world.keys("children").await, (4001..=6000).collect());
}

#[tokio::test]
async fn a_hold_by_a_value_knows_it_in_large_letters_and_with_blanks_on_every_engine() {
    for kind in ENGINES {
        let world = World::new(kind).await;
        world
            .execute(
                "CREATE TABLE people (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(40), note VARCHAR(80));
                 INSERT INTO people VALUES (1, 'MÜLLER_9%', ''), (2, ' Müller_9% ', ''), (3, 'Muster', 'so said MÜLLER_9%!'),
                     (4, 'MullerX9%', ''), (5, 'Other', 'nobody'), (6, NULL, NULL)",
            )
            .await;
        let people = world.name("people").await;
        let cover =
            |test| Cover { matter: "suit".to_owned(), table: Some(people.clone()), rows: Some(Matching(vec![test])) };
        let value = "müller_9%".to_owned();
        let is = CellTest::Is { column: "name".to_owned(), value: value.clone() };
        let mentions = CellTest::Mentions { column: "note".to_owned(), value };
        let planned = world.plan(vec![rule(&people, "1 = 1")], vec![cover(is), cover(mentions)]).await;
        planned.apply().await;
        assert_eq!(world.keys("people").await, [1, 2, 3].into(), "{kind}");
    }
}

/// Shops and owners that need each other.
fn ring(kind: SourceKind) -> String {
    let refers = |to: &str| format!("REFERENCES {to} DEFERRABLE INITIALLY DEFERRED");
    let (there, later) = match kind {
        SourceKind::Sqlite => (refers("owners"), String::new()),
        _ => (String::new(), format!("ALTER TABLE shops ADD FOREIGN KEY (owner) {};", refers("owners"))),
    };
    format!(
        "CREATE TABLE shops (id integer PRIMARY KEY, owner integer NOT NULL {there});
         CREATE TABLE owners (id integer PRIMARY KEY, shop integer NOT NULL {}); {later}",
        refers("shops")
    )
}

#[tokio::test]
async fn a_ring_that_was_done_when_we_were_cut_off_is_not_run_again() {
    std::panic::set_hook(Box::new(|_| {}));
    for kind in [SourceKind::Postgresql, SourceKind::Sqlite] {
        for point in ["before-intent", "intent", "flushed"] {
            let world = World::new(kind).await;
            let rows = "INSERT INTO shops VALUES (1, 1), (2, 2); INSERT INTO owners VALUES (1, 1), (2, 2);";
            world.execute(&format!("BEGIN; {} {rows} COMMIT;", ring(kind))).await;
            let due = format!("{ALIAS}.id = 1");
            let rules = vec![rule(&world.name("shops").await, &due), rule(&world.name("owners").await, &due)];
            let planned = std::sync::Arc::new(world.plan(rules, Vec::new()).await);
            let killer = Killer { point, left: AtomicU64::new(1) };
            let again = std::sync::Arc::clone(&planned);
            let run =
                tokio::spawn(async move { again.try_apply(&[], &killer, &AtomicBool::new(false)).await.map(drop) });
            assert!(run.await.is_err(), "{kind} {point}");
            let applied = planned.apply().await;
            assert_eq!((changed(&applied), skipped(&applied)), (2, BTreeMap::new()), "{kind} {point}");
            assert_eq!(planned.apply().await, applied, "{kind} {point}");
            assert_eq!(
                (world.keys("shops").await, world.keys("owners").await),
                ([2].into(), [2].into()),
                "{kind} {point}"
            );
        }
    }
}

#[tokio::test]
async fn rows_of_sqlite_without_a_key_go_once() {
    // Only a whole number as a key keeps NULL out of it there; such rows were planned again and again.
    let world = World::new(SourceKind::Sqlite).await;
    world
        .execute(
            "CREATE TABLE codes (code TEXT PRIMARY KEY, due INTEGER NOT NULL);
             CREATE TABLE uses (id INTEGER PRIMARY KEY, code TEXT REFERENCES codes ON DELETE CASCADE);
             INSERT INTO codes VALUES (NULL, 1), (NULL, 1), (NULL, 0), ('a', 1), ('b', 0);
             INSERT INTO uses VALUES (1, 'a'), (2, 'b'), (3, NULL)",
        )
        .await;
    let codes = world.name("codes").await;
    let planned = world.plan(vec![rule(&codes, "due = 1")], Vec::new()).await;
    assert_eq!((planned.goes("codes"), planned.goes("uses")), (3, 1));
    let applied = planned.apply().await;
    assert_eq!((changed(&applied), skipped(&applied)), (4, BTreeMap::new()));
    assert_eq!(world.number("codes", "true").await.unwrap(), 2);
    assert_eq!(world.keys("uses").await, [2, 3].into());
    assert_eq!(world.plan(planned.rules.clone(), Vec::new()).await.plan.rows(), 0);
}
