//! What hangs together in more rows than go in one transaction: a row that turns out to stay keeps what would go because
//! of it, whenever that shows, and whatever cuts the apply off.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;

use dataward_model::SourceKind;
use dataward_retain::apply::Applied;
use dataward_retain::hold::Cover;
use dataward_retain::hold::Matching;

use crate::apply::Killer;
use crate::world::Planned;
use crate::world::Silent;
use crate::world::World;
use crate::world::rule;

/// Orders of the large customer.
const ORDERS: u64 = 6_000;

/// Where rows go.
#[derive(Clone, Copy, Debug)]
enum Engine {
    MariaDb,
    Mysql,
    Postgresql,
    Sqlite,
}

const ENGINES: [Engine; 4] = [Engine::Sqlite, Engine::Postgresql, Engine::MariaDb, Engine::Mysql];

impl Engine {
    async fn world(self) -> World {
        match self {
            Self::MariaDb => World::new(SourceKind::Mysql).await,
            Self::Mysql => World::on_mysql().await,
            Self::Postgresql => World::new(SourceKind::Postgresql).await,
            Self::Sqlite => World::new(SourceKind::Sqlite).await,
        }
    }
}

/// Two customers that are due; the first with many orders, each with an item; one note that would lose its reference to
/// an order; tickets for which there is no rule. The second shares a coupon with the first, which is due too: all of it
/// hangs together.
fn schema() -> String {
    let mut script = String::from(
        "CREATE TABLE coupons (id INTEGER NOT NULL PRIMARY KEY, due INT);
         CREATE TABLE customers (id INTEGER NOT NULL PRIMARY KEY, seen INT, due INT, coupon INT,
            FOREIGN KEY (coupon) REFERENCES coupons (id));
         CREATE TABLE orders (id INTEGER NOT NULL PRIMARY KEY, customer_id INT NOT NULL,
            FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE);
         CREATE TABLE items (id INTEGER NOT NULL PRIMARY KEY, order_id INT NOT NULL,
            FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE);
         CREATE TABLE notes (id INTEGER NOT NULL PRIMARY KEY, order_id INT,
            FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE SET NULL);
         CREATE TABLE tickets (id INTEGER NOT NULL PRIMARY KEY, customer_id INT NOT NULL,
            FOREIGN KEY (customer_id) REFERENCES customers (id));
         CREATE INDEX c ON customers (coupon); CREATE INDEX o ON orders (customer_id);
         CREATE INDEX i ON items (order_id); CREATE INDEX n ON notes (order_id);
         CREATE INDEX t ON tickets (customer_id);
         INSERT INTO coupons VALUES (1, 1); INSERT INTO customers VALUES (1, 0, 1, 1), (2, 0, 1, 1);",
    );
    for (table, parent) in [("orders", None), ("items", Some(0))] {
        let _ = write!(script, "INSERT INTO {table} VALUES ");
        for id in 1..=ORDERS {
            let parent = if parent.is_some() { id } else { 1 };
            let _ = write!(script, "{}({id}, {parent})", if id == 1 { "" } else { ", " });
        }
        script.push(';');
    }
    script + "INSERT INTO orders VALUES (9001, 2); INSERT INTO notes VALUES (1, 17), (2, 9001);"
}

async fn plan(world: &World) -> Planned {
    world.execute(&schema()).await;
    let (customers, coupons) = (world.name("customers").await, world.name("coupons").await);
    let planned = world.plan(vec![rule(&customers, "due = 1"), rule(&coupons, "due = 1")], Vec::new()).await;
    let counts = ["coupons", "customers", "orders", "items", "notes"].map(|table| planned.goes(table));
    assert_eq!(counts, [1, 2, ORDERS + 1, ORDERS, 2]);
    let told = planned.plan.warnings.iter().find(|warning| warning.kind == "in-parts");
    assert!(told.is_some_and(|told| told.text.starts_with("12,004 rows hang together")), "{told:?}");
    planned
}

async fn left(world: &World) -> [usize; 4] {
    let mut left = [0; 4];
    for (at, table) in ["coupons", "customers", "orders", "items"].into_iter().enumerate() {
        left[at] = world.keys(table).await.len();
    }
    left
}

fn skipped(applied: &Applied) -> u64 {
    applied.skipped.iter().flat_map(|step| step.values()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_it_goes_in_short_transactions_also_when_cut_off() {
    std::panic::set_hook(Box::new(|_| {}));
    for engine in ENGINES {
        let world = engine.world().await;
        let planned = Arc::new(plan(&world).await);
        let mut cuts = 0;
        for _ in 0..3 {
            let killer = Killer { point: "part", left: AtomicU64::new(2) };
            let again = Arc::clone(&planned);
            let run =
                tokio::spawn(async move { again.try_apply(&[], &killer, &AtomicBool::new(false)).await.map(drop) });
            cuts += u64::from(run.await.is_err());
        }
        assert!(cuts > 0, "{engine:?}");
        let applied = planned.apply().await;
        assert_eq!(left(&world).await, [0; 4], "{engine:?}: {applied:?}");
        assert_eq!(world.number("notes", "order_id IS NULL").await.unwrap(), 2, "{engine:?}");
        assert_eq!((applied.changed.iter().sum::<u64>(), skipped(&applied)), (12_006, 0), "{engine:?}: {applied:?}");
        assert_eq!(planned.apply().await, applied, "{engine:?}: nothing is done twice");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_turns_out_to_stay_loses_none_of_many_orders() {
    for engine in ENGINES {
        for later in ["UPDATE customers SET seen = 9 WHERE id = 1", "INSERT INTO tickets VALUES (1, 1)", "held"] {
            let world = engine.world().await;
            let planned = plan(&world).await;
            let mut holds = Vec::new();
            match later {
                "held" => holds.push(Cover {
                    matter: "suit".to_owned(),
                    table: Some(world.name("customers").await),
                    rows: Some(Matching::all([("id".to_owned(), "1".to_owned())])),
                }),
                _ => world.execute(later).await,
            }
            let applied = planned.try_apply(&holds, &Silent, &AtomicBool::new(false)).await.unwrap();
            let what = format!("{engine:?} {later}: {applied:?}");
            // The other customer goes with her order; the coupon stays, as one refers to it.
            assert_eq!(left(&world).await, [1, 1, ORDERS as usize, ORDERS as usize], "{what}");
            assert_eq!(world.keys("customers").await, BTreeSet::from([1]), "{what}");
            assert_eq!(world.number("notes", "order_id = 17").await.unwrap(), 1, "{what}");
            assert_eq!(world.number("notes", "order_id IS NULL").await.unwrap(), 1, "{what}");
            assert_eq!((applied.changed.iter().sum::<u64>(), skipped(&applied)), (3, 12_003), "{what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_turns_out_to_stay_keeps_its_customer_and_with_her_the_others() {
    for engine in ENGINES {
        let world = engine.world().await;
        let planned = plan(&world).await;
        world.execute("INSERT INTO items VALUES (9999, 40)").await;
        let applied = planned.apply().await;
        assert_eq!(left(&world).await, [1, 1, ORDERS as usize, ORDERS as usize + 1], "{engine:?}: {applied:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_off_in_between_what_is_left_of_a_customer_who_stays_then_stays() {
    std::panic::set_hook(Box::new(|_| {}));
    for engine in ENGINES {
        let world = engine.world().await;
        let planned = Arc::new(plan(&world).await);
        let killer = Killer { point: "part", left: AtomicU64::new(2) };
        let again = Arc::clone(&planned);
        let run = tokio::spawn(async move { again.try_apply(&[], &killer, &AtomicBool::new(false)).await.map(drop) });
        assert!(run.await.is_err(), "{engine:?}");
        let before = left(&world).await;
        assert!(before[2] < ORDERS as usize + 1 && before[2] > ORDERS as usize / 2, "{engine:?}: {before:?}");
        world.execute("UPDATE customers SET seen = 9 WHERE id = 1").await;
        planned.apply().await;
        let after = left(&world).await;
        assert_eq!((after[0], after[1], after[2]), (1, 1, after[3]), "{engine:?}: {before:?} {after:?}");
        assert!(after[2] + 1 >= before[2], "{engine:?}: {before:?} {after:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_could_not_be_emptied_at_once_lose_nothing_of_who_stays() {
    let world = World::new(SourceKind::Postgresql).await;
    world.execute(&schema()).await;
    let mut rules = Vec::new();
    for table in ["customers", "coupons"] {
        let rule = rule(&world.name(table).await, "due = 1");
        rules.push(dataward_retain::planner::BoundRule { may_lock: Some(60), ..rule });
    }
    let planned = world.plan(rules, Vec::new()).await;
    assert!(planned.plan.steps.iter().any(|step| step.at_once.is_some()), "{:?}", planned.plan.warnings);
    let told = planned.plan.warnings.iter().any(|warning| warning.kind == "unlinked-first");
    assert!(told, "{:?}", planned.plan.warnings);
    // A new row security, so that the tables can't be filled again, and a customer who was changed.
    let later = "ALTER TABLE items ENABLE ROW LEVEL SECURITY; ALTER TABLE items FORCE ROW LEVEL SECURITY;
        CREATE POLICY all_of_it ON items USING (true); UPDATE customers SET seen = 9 WHERE id = 1;
        CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN OLD; END$$;
        CREATE TRIGGER told BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION told();";
    world.execute(later).await;
    let applied = planned.apply().await;
    assert_eq!(left(&world).await, [1, 1, ORDERS as usize, ORDERS as usize], "{applied:?}");
}
