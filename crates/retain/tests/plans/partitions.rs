//! Partitions of PostgreSQL whose whole range is over are dropped, and only these.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;

use dataward_model::SourceKind;
use dataward_retain::hold::Cover;
use dataward_retain::hold::Matching;
use dataward_retain::plan::PlannedChange;

use crate::apply::Killer;
use crate::apply::changed;
use crate::apply::skipped;
use crate::world::Planned;
use crate::world::Silent;
use crate::world::World;
use crate::world::rule;

/// Visits by year, a thousand in each; of 2020 the rule takes all, of 2021 the first half. What is older lies in the
/// first partition, which has no beginning; what fits nowhere, in the last.
const VISITS: &str = "
CREATE TABLE visits (id bigint NOT NULL, seen date NOT NULL, who text, PRIMARY KEY (id, seen)) PARTITION BY RANGE (seen);
CREATE TABLE visits_old PARTITION OF visits FOR VALUES FROM (MINVALUE) TO ('2019-01-01');
CREATE TABLE visits_2019 PARTITION OF visits FOR VALUES FROM ('2019-01-01') TO ('2020-01-01');
CREATE TABLE \"Visits 2020\" PARTITION OF visits FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE visits_2021 PARTITION OF visits FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE TABLE visits_rest PARTITION OF visits DEFAULT;
INSERT INTO visits SELECT i, date '2019-01-01' + i % 365, 'reader ' || i FROM generate_series(1, 1000) i;
INSERT INTO visits SELECT i, date '2020-01-01' + i % 366, 'reader ' || i FROM generate_series(1001, 2000) i;
INSERT INTO visits SELECT i, date '2021-01-01' + i % 365, 'reader ' || i FROM generate_series(2001, 3000) i;
INSERT INTO visits SELECT i, date '2001-01-01', 'reader ' || i FROM generate_series(3001, 3003) i;
INSERT INTO visits VALUES (4001, '2030-01-01', 'reader 4001');";

const DUE: &str = "seen < date '2021-07-01'";

/// All that is not due.
const LEFT: &str = "NOT (seen < date '2021-07-01')";

async fn visits(world: &World) -> Planned {
    world.execute(VISITS).await;
    let table = world.name("visits").await;
    world.plan(vec![rule(&table, DUE)], Vec::new()).await
}

/// The partitions that a plan drops.
fn dropped(planned: &Planned) -> Vec<String> {
    let partition = |change: &PlannedChange| match change {
        PlannedChange::DropPartition { partition } => Some(partition.clone()),
        _ => None,
    };
    planned.plan.steps.iter().filter_map(|step| partition(&step.change)).collect()
}

async fn partitions(world: &World) -> Vec<String> {
    let catalogue = world.source.catalogue().await.unwrap();
    let table = catalogue.table(&world.name("visits").await).unwrap();
    table.partitioning.as_ref().unwrap().partitions.iter().map(|partition| partition.sql.clone()).collect()
}

const ALL: [&str; 5] = [
    "\"public\".\"Visits 2020\"",
    "\"public\".\"visits_2019\"",
    "\"public\".\"visits_2021\"",
    "\"public\".\"visits_old\"",
    "\"public\".\"visits_rest\"",
];

#[tokio::test]
async fn partitions_whose_range_is_over_are_dropped_and_the_rest_goes_row_by_row() {
    let world = World::new(SourceKind::Postgresql).await;
    let planned = visits(&world).await;
    assert_eq!(dropped(&planned), [ALL[0], ALL[1], ALL[3]]);
    let says_so = |warning: &&dataward_retain::plan::Warning| warning.kind == "drop-partition";
    assert_eq!(planned.plan.warnings.iter().filter(says_so).count(), 1);
    let left = world.number("visits", LEFT).await.unwrap();
    let applied = planned.apply().await;
    assert_eq!((changed(&applied), skipped(&applied).len()), (planned.plan.rows(), 0));
    assert_eq!(partitions(&world).await, [ALL[2], ALL[4]]);
    assert_eq!(world.keys("visits").await.len() as u64, left);
    assert_eq!(world.number("visits", DUE).await.unwrap(), 0);
    assert_eq!(planned.apply().await, applied, "a second run does nothing");
}

#[tokio::test]
async fn a_row_that_stays_keeps_its_partition() {
    let world = World::new(SourceKind::Postgresql).await;
    world.execute(VISITS).await;
    let table = world.name("visits").await;
    let rows = |id: &str| Some(Matching::all([("id".to_owned(), id.to_owned())]));
    let cover = |id: &str| Cover { matter: "suit".to_owned(), table: Some(table.clone()), rows: rows(id) };
    let planned = world.plan(vec![rule(&table, DUE)], vec![cover("7")]).await;
    assert_eq!(dropped(&planned), [ALL[0], ALL[3]], "one of 2019 is held");
    // After the plan: a hold on one of 2020, and a row nobody planned comes to the oldest.
    world.execute("INSERT INTO visits VALUES (5000, '2001-01-02', 'late')").await;
    let covers = [cover("7"), cover("1500")];
    let applied = planned.try_apply(&covers, &Silent, &AtomicBool::new(false)).await.unwrap();
    assert_eq!(partitions(&world).await, ALL);
    let kept = "seen < date '2021-07-01' AND id NOT IN (7, 1500, 5000)";
    assert_eq!(world.number("visits", kept).await.unwrap(), 0);
    assert_eq!(world.number("visits", "id IN (7, 1500, 5000)").await.unwrap(), 3);
    assert_eq!(skipped(&applied).get("held"), Some(&1));
    assert_eq!(changed(&applied), planned.plan.rows() - 1);
}

#[tokio::test]
async fn a_partition_is_not_dropped_for_a_rule_on_something_else_nor_when_something_refers_to_it() {
    let world = World::new(SourceKind::Postgresql).await;
    world.execute(VISITS).await;
    let table = world.name("visits").await;
    // All rows of three years happen to be due, but tomorrow's may not be.
    let planned = world.plan(vec![rule(&table, "who LIKE 'reader%'")], Vec::new()).await;
    assert_eq!((dropped(&planned).len(), planned.plan.rows()), (0, 3004));
    world
        .execute(
            "CREATE TABLE remarks (id int PRIMARY KEY, visit bigint, seen date,
                 FOREIGN KEY (visit, seen) REFERENCES visits ON DELETE CASCADE)",
        )
        .await;
    let planned = world.plan(vec![rule(&table, DUE)], Vec::new()).await;
    assert_eq!(dropped(&planned).len(), 0);
}

#[tokio::test]
async fn cut_off_before_or_after_a_partition_was_dropped_the_next_run_ends_the_same() {
    std::panic::set_hook(Box::new(|_| {}));
    for point in ["before-intent", "intent", "changed"] {
        let world = World::new(SourceKind::Postgresql).await;
        let planned = std::sync::Arc::new(visits(&world).await);
        let mut cuts = 0;
        for time in 1..4 {
            let killer = Killer { point, left: AtomicU64::new(time) };
            let again = std::sync::Arc::clone(&planned);
            let run =
                tokio::spawn(async move { again.try_apply(&[], &killer, &AtomicBool::new(false)).await.map(drop) });
            cuts += u64::from(run.await.is_err());
        }
        assert!(cuts > 1, "{point}");
        let applied = planned.apply().await;
        assert_eq!((changed(&applied), skipped(&applied).len()), (planned.plan.rows(), 0), "{point}");
        assert_eq!(partitions(&world).await, [ALL[2], ALL[4]], "{point}");
        assert_eq!(world.number("visits", DUE).await.unwrap(), 0, "{point}");
    }
}

#[tokio::test]
async fn what_hangs_on_a_partition_alone_keeps_it_from_being_dropped_and_is_asked_row_by_row() {
    let world = World::new(SourceKind::Postgresql).await;
    world.execute(VISITS).await;
    world
        .execute(
            "CREATE TABLE gone (id bigint);
             CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
                 $$BEGIN INSERT INTO gone VALUES (OLD.id); RETURN OLD; END$$;
             CREATE TRIGGER note BEFORE DELETE ON visits_2019 FOR EACH ROW EXECUTE FUNCTION note();
             CREATE VIEW seen_2020 AS SELECT who FROM \"Visits 2020\"",
        )
        .await;
    let table = world.name("visits").await;
    let planned = world.plan(vec![rule(&table, DUE)], Vec::new()).await;
    assert_eq!(dropped(&planned), [ALL[3]]);
    let applied = planned.apply().await;
    assert_eq!((changed(&applied), skipped(&applied).len()), (planned.plan.rows(), 0));
    assert_eq!(partitions(&world).await, [ALL[0], ALL[1], ALL[2], ALL[4]]);
    assert_eq!(world.number("gone", "true").await.unwrap(), 1000, "the trigger ran for each row of its partition");
}

#[tokio::test]
async fn a_view_that_comes_after_the_plan_keeps_its_partition() {
    let world = World::new(SourceKind::Postgresql).await;
    let planned = visits(&world).await;
    world.execute("CREATE VIEW seen_2020 AS SELECT who FROM \"Visits 2020\"").await;
    planned.apply().await;
    assert!(partitions(&world).await.contains(&ALL[0].to_owned()));
    assert_eq!(world.number("visits", DUE).await.unwrap(), 0, "its rows go all the same");
}

#[tokio::test]
async fn rows_of_a_partitioned_table_without_a_key_go_row_by_row() {
    let world = World::new(SourceKind::Postgresql).await;
    world
        .execute(
            "CREATE TABLE clicks (seen date NOT NULL, who text, due integer NOT NULL) PARTITION BY RANGE (seen);
             CREATE TABLE clicks_2019 PARTITION OF clicks FOR VALUES FROM ('2019-01-01') TO ('2020-01-01');
             CREATE TABLE clicks_rest PARTITION OF clicks DEFAULT;
             INSERT INTO clicks SELECT date '2019-01-01' + i % 365, 'reader', i % 2 FROM generate_series(1, 1200) i;
             INSERT INTO clicks SELECT date '2021-01-01', 'reader', i % 2 FROM generate_series(1, 1200) i;",
        )
        .await;
    let clicks = world.name("clicks").await;
    let planned = world.plan(vec![rule(&clicks, "due = 1")], Vec::new()).await;
    assert!(planned.plan.warnings.iter().all(|warning| warning.kind != "no-key"), "{:?}", planned.plan.warnings);
    assert_eq!(planned.goes("clicks"), 1200);
    // One that changes since moves away from its place.
    world.execute("UPDATE clicks SET who = 'other' WHERE ctid = (SELECT min(ctid) FROM clicks_rest WHERE due = 1) AND tableoid = 'clicks_rest'::regclass").await;
    let applied = planned.apply().await;
    assert_eq!(changed(&applied), 1199, "{:?}", skipped(&applied));
    assert_eq!(world.number("clicks", "true").await.unwrap(), 1201);
    assert_eq!(world.number("clicks", "due = 0").await.unwrap(), 1200);
    assert_eq!(planned.apply().await, applied);
}
