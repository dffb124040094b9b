//! What goes, worked out slowly from all rows in memory, against what the planner finds.
//!
//! Four tables: customers, their orders (cascade), the orders' items (cascade), reviews (refuse, and a rule of
//! their own), notes (set null), and customers who were brought by customers (self reference).

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write;

use dataward_model::SourceKind;
use dataward_retain::hold::Cover;
use dataward_retain::hold::Matching;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::RngCore;
use rand_chacha::rand_core::SeedableRng;

use crate::world::ENGINES;
use crate::world::World;
use crate::world::rule;

const SCHEMA: &str = "
CREATE TABLE customers (id INTEGER NOT NULL PRIMARY KEY, due INTEGER NOT NULL, brought_by INTEGER,
    FOREIGN KEY (brought_by) REFERENCES customers (id));
CREATE TABLE orders (id INTEGER NOT NULL PRIMARY KEY, customer_id INTEGER NOT NULL, due INTEGER NOT NULL,
    FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE);
CREATE TABLE items (id INTEGER NOT NULL PRIMARY KEY, order_id INTEGER NOT NULL, what VARCHAR(20),
    FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE);
CREATE TABLE reviews (id INTEGER NOT NULL PRIMARY KEY, customer_id INTEGER, due INTEGER NOT NULL,
    FOREIGN KEY (customer_id) REFERENCES customers (id));
CREATE TABLE notes (id INTEGER NOT NULL PRIMARY KEY, order_id INTEGER,
    FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE SET NULL);
CREATE INDEX customers_brought_by ON customers (brought_by);
CREATE INDEX orders_customer ON orders (customer_id);
CREATE INDEX items_order ON items (order_id);
CREATE INDEX reviews_customer ON reviews (customer_id);
CREATE INDEX notes_order ON notes (order_id);";

/// All rows, by table: id, parent, due.
#[derive(Default)]
struct Rows {
    customers: BTreeMap<i64, (Option<i64>, bool)>,
    orders: BTreeMap<i64, (i64, bool)>,
    items: BTreeMap<i64, i64>,
    reviews: BTreeMap<i64, (Option<i64>, bool)>,
    notes: BTreeMap<i64, Option<i64>>,
}

/// Rows that go.
#[derive(Debug, Default, PartialEq, Eq)]
struct Gone {
    customers: BTreeSet<i64>,
    orders: BTreeSet<i64>,
    items: BTreeSet<i64>,
    reviews: BTreeSet<i64>,
}

struct Dice(ChaCha12Rng);

impl Dice {
    fn below(&mut self, sides: u64) -> i64 {
        (self.0.next_u64() % sides) as i64
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.0.next_u64() % 100 < percent
    }
}

impl Rows {
    fn random(dice: &mut Dice) -> Self {
        let mut rows = Self::default();
        for id in 1..=60 {
            // Chains, and rings where an earlier one points to a later one.
            let brought_by = dice.chance(30).then(|| 1 + dice.below(60));
            rows.customers.insert(id, (brought_by, dice.chance(60)));
        }
        for id in 1..=90 {
            rows.orders.insert(id, (1 + dice.below(60), dice.chance(20)));
            rows.notes.insert(id, dice.chance(50).then(|| 1 + dice.below(90)));
        }
        for id in 1..=150 {
            rows.items.insert(id, 1 + dice.below(90));
        }
        for id in 1..=40 {
            rows.reviews.insert(id, (dice.chance(70).then(|| 1 + dice.below(60)), dice.chance(60)));
        }
        rows
    }

    fn script(&self) -> String {
        let null = |value: &Option<i64>| value.map_or("NULL".to_owned(), |value| value.to_string());
        let mut text = String::from("BEGIN;\n");
        for (id, (_, due)) in &self.customers {
            let _ = writeln!(text, "INSERT INTO customers VALUES ({id}, {}, NULL);", u8::from(*due));
        }
        for (id, (by, _)) in &self.customers {
            let _ = writeln!(text, "UPDATE customers SET brought_by = {} WHERE id = {id};", null(by));
        }
        for (id, (customer, due)) in &self.orders {
            let _ = writeln!(text, "INSERT INTO orders VALUES ({id}, {customer}, {});", u8::from(*due));
        }
        for (id, order) in &self.items {
            let _ = writeln!(text, "INSERT INTO items VALUES ({id}, {order}, 'book');");
        }
        for (id, (customer, due)) in &self.reviews {
            let _ = writeln!(text, "INSERT INTO reviews VALUES ({id}, {}, {});", null(customer), u8::from(*due));
        }
        for (id, order) in &self.notes {
            let _ = writeln!(text, "INSERT INTO notes VALUES ({id}, {});", null(order));
        }
        text + "COMMIT;\n"
    }

    /// Whether a hold on `held` (a customer) covers a customer: himself, and whom he brought, and so on up to
    /// one step of the reference to itself.
    fn covered(&self, customer: i64, held: Option<i64>) -> bool {
        held == Some(customer) || (held.is_some() && self.customers[&customer].0 == held)
    }

    /// The largest set that breaks nothing: begins with all that could go, takes out what can't until nothing
    /// changes. Customers and reviews have a rule; orders have none.
    fn gone(&self, held: Option<i64>, row_by_row: bool) -> Gone {
        let mut banned: BTreeSet<i64> = BTreeSet::new();
        loop {
            let customers: BTreeSet<i64> = self
                .customers
                .iter()
                .filter(|(id, (_, due))| *due && !self.covered(**id, held) && !banned.contains(id))
                .map(|(id, _)| *id)
                .collect();
            let orders: BTreeSet<i64> = self
                .orders
                .iter()
                .filter(|(_, (customer, _))| customers.contains(customer))
                .map(|(id, _)| *id)
                .collect();
            let items: BTreeSet<i64> =
                self.items.iter().filter(|(_, order)| orders.contains(order)).map(|(id, _)| *id).collect();
            let reviews: BTreeSet<i64> = self
                .reviews
                .iter()
                .filter(|(_, (customer, due))| *due && !customer.is_some_and(|customer| self.covered(customer, held)))
                .map(|(id, _)| *id)
                .collect();
            let before = banned.len();
            for (review, (customer, _)) in &self.reviews {
                if !reviews.contains(review) {
                    banned.extend(customer);
                }
            }
            for (id, (by, _)) in &self.customers {
                if !customers.contains(id) && *by != Some(*id) {
                    banned.extend(by);
                }
            }
            if row_by_row {
                banned.extend(self.rings(&customers));
            }
            if banned.len() == before {
                return Gone { customers, orders, items, reviews };
            }
        }
    }

    /// Customers who brought each other in a ring of more than one.
    fn rings(&self, among: &BTreeSet<i64>) -> Vec<i64> {
        let next = |id: i64| self.customers[&id].0.filter(|by| among.contains(by));
        among
            .iter()
            .copied()
            .filter(|start| {
                let mut at = next(*start).filter(|by| by != start);
                for _ in 0..among.len() {
                    match at {
                        Some(here) if here == *start => return true,
                        Some(here) => at = next(here),
                        None => return false,
                    }
                }
                false
            })
            .collect()
    }
}

#[tokio::test]
async fn what_goes_is_what_the_slow_way_finds_on_every_engine() {
    for kind in ENGINES {
        for seed in 0..4 {
            let mut dice = Dice(ChaCha12Rng::seed_from_u64(seed));
            let rows = Rows::random(&mut dice);
            let world = World::new(kind).await;
            world.execute(SCHEMA).await;
            world.execute(&rows.script()).await;
            let (customers, reviews) = (world.name("customers").await, world.name("reviews").await);
            let held = (seed % 2 == 1).then(|| 1 + dice.below(60));
            let cover = held.map(|held| Cover {
                matter: "suit".to_owned(),
                table: Some(customers.clone()),
                rows: Some(Matching::all([("id".to_owned(), held.to_string())])),
            });
            let planned = world
                .plan(vec![rule(&customers, "due = 1"), rule(&reviews, "due = 1")], cover.into_iter().collect())
                .await;
            let wanted = rows.gone(held, kind == SourceKind::Mysql);
            let tables = ["customers", "orders", "items", "reviews"];
            let counts = tables.map(|table| planned.goes(table));
            let expected = [wanted.customers.len(), wanted.orders.len(), wanted.items.len(), wanted.reviews.len()]
                .map(|n| n as u64);
            assert_eq!(counts, expected, "{kind} {seed}");
            planned.apply().await;
            let left = Gone {
                customers: world.keys("customers").await,
                orders: world.keys("orders").await,
                items: world.keys("items").await,
                reviews: world.keys("reviews").await,
            };
            let stays = |all: Vec<i64>, gone: &BTreeSet<i64>| all.into_iter().filter(|id| !gone.contains(id)).collect();
            let wanted_left = Gone {
                customers: stays(rows.customers.keys().copied().collect(), &wanted.customers),
                orders: stays(rows.orders.keys().copied().collect(), &wanted.orders),
                items: stays(rows.items.keys().copied().collect(), &wanted.items),
                reviews: stays(rows.reviews.keys().copied().collect(), &wanted.reviews),
            };
            assert_eq!(left, wanted_left, "{kind} {seed}");
            // Nothing points into the void, and a note that lost its order is still there.
            let void = "order_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = order_id)";
            assert_eq!(world.number("notes", void).await.unwrap(), 0, "{kind} {seed}");
            assert_eq!(world.keys("notes").await.len(), rows.notes.len(), "{kind} {seed}");
            let open =
                rows.notes.values().filter(|order| order.is_some_and(|order| !wanted.orders.contains(&order))).count();
            assert_eq!(world.number("notes", "order_id IS NOT NULL").await.unwrap(), open as u64, "{kind} {seed}");
        }
    }
}
