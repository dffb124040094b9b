//! What goes because of its parent goes with it or not at all.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;

use dataward_model::SourceKind;
use dataward_retain::hold::Cover;
use dataward_retain::hold::Matching;

use crate::apply::Killer;
use crate::world::ENGINES;
use crate::world::Silent;
use crate::world::World;
use crate::world::rule;

/// Five customers that are due, each with an address that would lose its reference, two orders that would go with it, and
/// a ticket of a table for which there is no rule.
fn schema(kind: SourceKind) -> String {
    let engine = if kind == SourceKind::Mysql { " ENGINE=InnoDB" } else { "" };
    let mut script = format!(
        "CREATE TABLE customers (id INTEGER NOT NULL PRIMARY KEY, seen INT, due INT){engine};
         CREATE TABLE addresses (id INTEGER NOT NULL PRIMARY KEY, customer_id INT,
            FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE SET NULL){engine};
         CREATE TABLE orders (id INTEGER NOT NULL PRIMARY KEY, customer_id INT NOT NULL,
            FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE){engine};
         CREATE TABLE tickets (id INTEGER NOT NULL PRIMARY KEY, customer_id INT NOT NULL,
            FOREIGN KEY (customer_id) REFERENCES customers (id)){engine};
         CREATE INDEX a ON addresses (customer_id);
         CREATE INDEX o ON orders (customer_id);"
    );
    for id in 1..=5 {
        script += &format!(
            "INSERT INTO customers VALUES ({id}, 0, 1);
             INSERT INTO addresses VALUES ({id}0, {id});
             INSERT INTO orders VALUES ({id}1, {id}), ({id}2, {id});"
        );
    }
    script
}

async fn still_refer(world: &World) -> BTreeSet<i64> {
    let mut referring = BTreeSet::new();
    for id in 1..=5 {
        if world.number("addresses", &format!("customer_id = {id}")).await.unwrap() == 1 {
            referring.insert(id);
        }
    }
    referring
}

#[tokio::test]
async fn who_stays_keeps_what_hangs_on_them_on_every_engine() {
    for kind in ENGINES {
        let world = World::new(kind).await;
        world.execute(&schema(kind)).await;
        let customers = world.name("customers").await;
        let planned = world.plan(vec![rule(&customers, "due = 1")], Vec::new()).await;
        let counts = ["customers", "addresses", "orders"].map(|table| planned.goes(table));
        assert_eq!(counts, [5, 5, 10], "{kind:?}");
        // Changed, no longer due, referred to anew.
        let later = "UPDATE customers SET seen = 9 WHERE id = 2; UPDATE customers SET due = 0 WHERE id = 3;
            INSERT INTO tickets VALUES (1, 4);";
        world.execute(later).await;
        let rows = Some(Matching::all([("id".to_owned(), "5".to_owned())]));
        let hold = Cover { matter: "suit".to_owned(), table: Some(customers), rows };
        let applied = planned.try_apply(&[hold], &Silent, &AtomicBool::new(false)).await.unwrap();
        assert_eq!(world.keys("customers").await, BTreeSet::from([2, 3, 4, 5]), "{kind:?}: {applied:?}");
        assert_eq!(still_refer(&world).await, BTreeSet::from([2, 3, 4, 5]), "{kind:?}: {applied:?}");
        let orders = BTreeSet::from([21, 22, 31, 32, 41, 42, 51, 52]);
        assert_eq!(world.keys("orders").await, orders, "{kind:?}: {applied:?}");
        let skipped: u64 = applied.skipped.iter().flat_map(|step| step.values()).sum();
        assert_eq!((applied.changed.iter().sum::<u64>(), skipped), (4, 16), "{kind:?}: {applied:?}");
    }
}

#[tokio::test]
async fn cut_off_among_trees_that_go_one_by_one_the_next_run_ends_the_same() {
    std::panic::set_hook(Box::new(|_| {}));
    for kind in ENGINES {
        let world = World::new(kind).await;
        world.execute(&schema(kind)).await;
        let customers = world.name("customers").await;
        let planned = Arc::new(world.plan(vec![rule(&customers, "due = 1")], Vec::new()).await);
        world.execute("UPDATE customers SET seen = 9 WHERE id = 2; INSERT INTO tickets VALUES (1, 4);").await;
        let mut cuts = 0;
        for _ in 0..3 {
            let killer = Killer { point: "trees", left: AtomicU64::new(1) };
            let again = Arc::clone(&planned);
            let run =
                tokio::spawn(async move { again.try_apply(&[], &killer, &AtomicBool::new(false)).await.map(drop) });
            cuts += u64::from(run.await.is_err());
        }
        assert!(cuts > 0, "{kind:?}");
        let applied = planned.apply().await;
        // Three customers with their orders went, and their addresses are told as changed, by whichever run.
        let skipped: u64 = applied.skipped.iter().flat_map(|step| step.values()).sum();
        assert_eq!((applied.changed.iter().sum::<u64>(), skipped), (12, 8), "{kind:?}: {applied:?}");
        assert_eq!(world.keys("customers").await, BTreeSet::from([2, 4]), "{kind:?}");
        assert_eq!(still_refer(&world).await, BTreeSet::from([2, 4]), "{kind:?}");
        assert_eq!(world.keys("orders").await, BTreeSet::from([21, 22, 41, 42]), "{kind:?}");
        assert_eq!(planned.apply().await, applied, "{kind:?}: nothing is done twice");
    }
}

#[tokio::test]
async fn a_table_that_refers_to_itself_goes_whole_or_keeps_what_hangs_on_who_stays() {
    for kind in ENGINES {
        for rule_of_self in ["", "ON DELETE SET NULL", "ON DELETE CASCADE"] {
            let world = World::new(kind).await;
            let mut script = format!(
                "CREATE TABLE customers (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(20), due INT, brought_by INT,
                    FOREIGN KEY (brought_by) REFERENCES customers (id) {rule_of_self});
                 CREATE TABLE addresses (id INTEGER NOT NULL PRIMARY KEY, customer_id INT,
                    FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE SET NULL);
                 CREATE INDEX b ON customers (brought_by); CREATE INDEX a ON addresses (customer_id);"
            );
            // Five that brought four each, and those nobody.
            for id in 1..=25 {
                let by = if id <= 5 { "NULL".to_owned() } else { (id % 5 + 1).to_string() };
                script += &format!(
                    "INSERT INTO customers VALUES ({id}, 'n', 1, {by}); INSERT INTO addresses VALUES ({id}0, {id});"
                );
            }
            world.execute(&script).await;
            let what = format!("{kind:?} {rule_of_self}");
            let customers = world.name("customers").await;
            let planned = world.plan(vec![rule(&customers, "due = 1")], Vec::new()).await;
            assert_eq!((planned.goes("customers"), planned.goes("addresses")), (25, 25), "{what}");
            world.execute("UPDATE customers SET name = 'back' WHERE id = 7").await;
            let applied = planned.apply().await;
            let stay = world.keys("customers").await;
            let addresses = world.keys("addresses").await;
            assert_eq!(addresses.len(), 25, "{what}");
            for id in &stay {
                let kept = world.number("addresses", &format!("customer_id = {id}")).await.unwrap();
                assert_eq!(kept, 1, "{what}: {id} of {stay:?}: {applied:?}");
            }
            // 7 with whom it hangs together: who brought it, and whom that one brought.
            assert_eq!(stay.into_iter().collect::<Vec<_>>(), [3, 7, 12, 17, 22], "{what}: {applied:?}");
        }
    }
}
