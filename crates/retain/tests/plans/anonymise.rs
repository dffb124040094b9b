//! Made-up values in place of real ones: the books stay whole, the person is gone.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;

use arrow_array::Array;
use arrow_array::StringArray;
use dataward_connect::amend::Rows;
use dataward_connect::amend::Selection;
use dataward_connect::amend::Sql;
use dataward_policy::Action;
use dataward_retain::plan::Mask;
use dataward_retain::plan::Replacement;
use dataward_retain::planner::BoundRule;
use futures::StreamExt;

use crate::apply::Killer;
use crate::world::ENGINES;
use crate::world::World;
use crate::world::rule;

const SHOP: &str = "
CREATE TABLE customers (id INTEGER NOT NULL PRIMARY KEY, email VARCHAR(60) NOT NULL UNIQUE, full_name VARCHAR(40),
    phone VARCHAR(20), due INTEGER NOT NULL, balance INTEGER NOT NULL);
CREATE TABLE orders (id INTEGER NOT NULL PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id),
    total INTEGER NOT NULL);";

const CUSTOMERS: usize = 2400;

/// Customers 1 to 1800 are due; every third has no phone, every seventh no name.
async fn shop(world: &World) {
    world.execute(SHOP).await;
    let mut script = String::from("BEGIN;\n");
    let customers: Vec<String> = (1..=CUSTOMERS)
        .map(|id| {
            let name = if id % 7 == 0 { "NULL".to_owned() } else { format!("'Ada Number {id}'") };
            let phone = if id % 3 == 0 { "NULL".to_owned() } else { format!("'+49 30 {id:06}'") };
            format!("({id}, 'ada{id}@lantern.example', {name}, {phone}, {}, {})", u8::from(id <= 1800), id * 3)
        })
        .collect();
    script += &format!("INSERT INTO customers VALUES {};\n", customers.join(", "));
    let orders: Vec<String> = (1..=3000).map(|id| format!("({id}, {}, {})", id % CUSTOMERS + 1, id * 5)).collect();
    script += &format!("INSERT INTO orders VALUES {};\nCOMMIT;", orders.join(", "));
    world.execute(&script).await;
}

fn anonymise(table: &str) -> BoundRule {
    let made_up = |column: &str, category: &str, max_chars: u32| Replacement {
        column: column.to_owned(),
        with: Mask::MadeUp {
            category: category.to_owned(),
            max_chars: Some(max_chars),
            sql_type: "varchar".to_owned(),
            check: None,
        },
    };
    let columns = vec![
        made_up("email", "user.contact.email", 60),
        made_up("full_name", "user.name", 40),
        made_up("phone", "user.contact.phone_number", 20),
    ];
    BoundRule { action: Action::Anonymise, columns, ..rule(table, "due = 1") }
}

/// All rows of a table as texts by column, in the order of their first column.
async fn table(world: &World, name: &str) -> BTreeMap<i64, Vec<Option<String>>> {
    let catalogue = world.source.catalogue().await.unwrap();
    let name = world.name(name).await;
    let facts = catalogue.table(&name).unwrap();
    let mut rows = Rows::default();
    let mut chunks = world.source.select(&Selection::new(facts, Sql::always())).await.unwrap();
    while let Some(chunk) = chunks.next().await {
        rows.append(&chunk.unwrap().rows);
    }
    let mut found = BTreeMap::new();
    for first in (0..rows.len()).step_by(500) {
        let part = rows.pick(first..rows.len().min(first + 500));
        let batch = world.source.fetch(facts, &part).await.unwrap();
        for at in 0..batch.num_rows() {
            let text = |column: usize| {
                let texts = batch.column(column).as_any().downcast_ref::<StringArray>().unwrap();
                texts.is_valid(at).then(|| texts.value(at).trim_matches('\'').to_owned())
            };
            let cells: Vec<Option<String>> = (0..batch.num_columns()).map(text).collect();
            found.insert(cells[0].as_ref().unwrap().parse().unwrap(), cells);
        }
    }
    found
}

/// Holds what is stored after against what was before.
async fn check(
    world: &World,
    before: &BTreeMap<i64, Vec<Option<String>>>,
    orders: &BTreeMap<i64, Vec<Option<String>>>,
) {
    let after = table(world, "customers").await;
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>(), "no row came or went");
    assert_eq!(table(world, "orders").await, *orders, "what refers to them is as it was");
    let personal = |rows: &BTreeMap<i64, Vec<Option<String>>>, due: bool| -> BTreeSet<String> {
        let chosen = rows.iter().filter(|(id, _)| (**id <= 1800) == due);
        chosen.flat_map(|(_, cells)| cells[1..4].iter().flatten().cloned()).collect()
    };
    let old = personal(before, true);
    let now: BTreeSet<String> = personal(&after, true);
    assert_eq!(old.intersection(&now).count(), 0, "no old value is left");
    assert_eq!(personal(&after, false), personal(before, false), "the others are as they were");
    let mut emails = BTreeSet::new();
    for (id, cells) in &after {
        let was = &before[id];
        assert_eq!((&cells[4], &cells[5]), (&was[4], &was[5]), "the books");
        for column in 1..4 {
            assert_eq!(cells[column].is_none(), was[column].is_none(), "what is NULL stays NULL: {id} {column}");
        }
        assert!(emails.insert(cells[1].clone()), "unique");
        if *id <= 1800 {
            assert!(cells[1].as_ref().unwrap().ends_with("@anonymous.invalid"), "{:?}", cells[1]);
        }
    }
}

#[tokio::test]
async fn the_books_stay_whole_and_no_old_value_is_left() {
    for kind in ENGINES {
        let world = World::new(kind).await;
        shop(&world).await;
        let (before, orders) = (table(&world, "customers").await, table(&world, "orders").await);
        let customers = world.name("customers").await;
        let planned = world.plan(vec![anonymise(&customers)], Vec::new()).await;
        assert_eq!(planned.plan.rows(), 1800, "{kind}");
        let elsewhere = planned.plan.warnings.iter().find(|warning| warning.kind == "left-elsewhere").unwrap();
        assert!(elsewhere.text.contains("1800 also stand in") && elsewhere.text.contains("orders (1800)"), "{kind}");
        let applied = planned.apply().await;
        assert_eq!(applied.changed.iter().sum::<u64>(), 1800, "{kind} {applied:?}");
        check(&world, &before, &orders).await;
        let again = world.plan(vec![anonymise(&customers)], Vec::new()).await;
        assert_eq!(again.plan.rows(), 0, "{kind}: what is made up is known as such");
    }
}

#[tokio::test]
async fn cut_off_at_any_point_nobody_is_left_half_made_up() {
    std::panic::set_hook(Box::new(|_| {}));
    for kind in ENGINES {
        for point in ["before-intent", "intent", "changed", "flushed"] {
            let world = World::new(kind).await;
            shop(&world).await;
            let (before, orders) = (table(&world, "customers").await, table(&world, "orders").await);
            let customers = world.name("customers").await;
            let planned = Arc::new(world.plan(vec![anonymise(&customers)], Vec::new()).await);
            for time in 1..4 {
                let killer = Killer { point, left: AtomicU64::new(time) };
                let again = Arc::clone(&planned);
                let run =
                    tokio::spawn(async move { again.try_apply(&[], &killer, &AtomicBool::new(false)).await.map(drop) });
                let _ = run.await;
            }
            let applied = planned.apply().await;
            assert_eq!(applied.changed.iter().sum::<u64>(), 1800, "{kind} {point} {applied:?}");
            check(&world, &before, &orders).await;
        }
    }
}
