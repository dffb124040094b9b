//! Triggers and rules of the database that refuse rows or keep them without a word: these stay and are told, the rest goes.

use std::collections::BTreeMap;

use dataward_model::SourceKind;
use dataward_policy::Action;
use dataward_retain::plan::Mask;
use dataward_retain::plan::Replacement;

use crate::apply::changed;
use crate::apply::skipped;
use crate::world::ENGINES;
use crate::world::Planned;
use crate::world::World;
use crate::world::rule;

const ROWS: u64 = 700;

/// Rows of which the trigger refuses one in a hundred, and keeps one more where the engine lets it.
async fn world(kind: SourceKind) -> World {
    let world = World::new(kind).await;
    world
        .execute("CREATE TABLE customers (id INTEGER NOT NULL PRIMARY KEY, email VARCHAR(60), due INTEGER NOT NULL)")
        .await;
    let rows: Vec<String> =
        (1..=ROWS + 5).map(|id| format!("({id}, 'reader{id}@lantern.example', {})", u64::from(id <= ROWS))).collect();
    world.execute(&format!("INSERT INTO customers VALUES {}", rows.join(", "))).await;
    match kind {
        SourceKind::Postgresql => {
            let function = "CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
                    IF OLD.id % 100 = 3 THEN RAISE EXCEPTION 'we keep %', OLD.email; END IF;
                    IF OLD.id % 100 = 7 THEN RETURN NULL; END IF;
                    RETURN OLD; END$$";
            world.execute(function).await;
            world
                .execute("CREATE TRIGGER guard_rows BEFORE DELETE ON customers FOR EACH ROW EXECUTE FUNCTION guard()")
                .await;
        }
        SourceKind::Mysql => {
            let trigger = "CREATE TRIGGER guard_rows BEFORE DELETE ON customers FOR EACH ROW
                IF OLD.id % 100 = 3 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'we keep them'; END IF";
            world.execute(trigger).await;
        }
        _ => {
            let trigger = "CREATE TRIGGER guard_rows BEFORE DELETE ON customers BEGIN
                SELECT CASE WHEN OLD.id % 100 = 3 THEN RAISE(ABORT, 'we keep them')
                            WHEN OLD.id % 100 = 7 THEN RAISE(IGNORE) END; END";
            world.execute(trigger).await;
        }
    }
    world
}

fn warned(planned: &Planned, kind: &str) -> String {
    let of_kind = planned.plan.warnings.iter().filter(|warning| warning.kind == kind);
    of_kind.map(|warning| warning.text.as_str()).collect::<Vec<_>>().join("\n")
}

async fn notes(planned: &Planned) -> String {
    planned.store.plan_notes(&planned.hash).await.unwrap().join("\n")
}

#[tokio::test]
async fn rows_that_a_trigger_refuses_or_keeps_are_told_as_that_and_the_rest_goes() {
    for kind in ENGINES {
        let world = world(kind).await;
        let planned = world.plan(vec![rule(&world.name("customers").await, "due = 1")], Vec::new()).await;
        let before = warned(&planned, "trigger");
        assert!(before.contains("`guard_rows`") && before.contains("can keep or refuse rows"), "{kind}: {before}");
        let applied = planned.apply().await;
        let mut left = BTreeMap::from([("refused".to_owned(), 7)]);
        if kind != SourceKind::Mysql {
            left.insert("kept-by-server".to_owned(), 7);
        }
        let stay: u64 = left.values().sum();
        assert_eq!((changed(&applied), skipped(&applied)), (ROWS - stay, left), "{kind}");
        assert_eq!(world.number("customers", "due = 1").await.unwrap(), stay, "{kind}");
        // Which trigger of which table said what, and nobody's address.
        let said = notes(&planned).await;
        let state = match kind {
            SourceKind::Postgresql => "SQLSTATE P0001, raised in the function `guard`",
            SourceKind::Mysql => "SQLSTATE 45000",
            _ => "SQLite's code 1811",
        };
        assert!(said.contains(state) && said.contains("customers") && said.contains("`guard_rows`"), "{kind}: {said}");
        assert!(!said.contains("@lantern") && !said.contains("we keep"), "{kind}: {said}");
        // The next plan meets the same rows, and ends as well.
        let again = world.plan(planned.rules.clone(), Vec::new()).await;
        assert_eq!((again.plan.rows(), changed(&again.apply().await)), (stay, 0), "{kind}");
    }
}

#[tokio::test]
async fn rows_with_children_whose_trigger_refuses_stay_with_them() {
    for kind in ENGINES {
        let world = world(kind).await;
        world
            .execute(
                "CREATE TABLE orders (id INTEGER NOT NULL PRIMARY KEY, customer INTEGER NOT NULL,
                                      FOREIGN KEY (customer) REFERENCES customers (id) ON DELETE CASCADE)",
            )
            .await;
        world.execute("CREATE INDEX orders_customer ON orders (customer)").await;
        world.execute("INSERT INTO orders SELECT id, id FROM customers WHERE id <= 120").await;
        let planned = world.plan(vec![rule(&world.name("customers").await, "due = 1")], Vec::new()).await;
        assert_eq!(planned.goes("orders"), 120);
        let applied = planned.apply().await;
        // Those without orders row by row, those with orders as a whole: which row of them is meant is not known.
        assert!(skipped(&applied)["refused"] >= 7, "{kind}: {:?}", skipped(&applied));
        let stay = world.number("customers", "id <= 120").await.unwrap();
        assert!(stay >= 2, "{kind}");
        assert_eq!(world.number("orders", "1 = 1").await.unwrap(), stay, "{kind}: who stays keeps theirs");
        let kept = world.number("customers", "due = 1 AND id % 100 <> 3 AND id % 100 <> 7").await.unwrap();
        assert_eq!(kept, 0, "{kind}: all others went");
        let orphans = "customer NOT IN (SELECT id FROM customers)";
        assert_eq!(world.number("orders", orphans).await.unwrap(), 0, "{kind}");
    }
}

#[tokio::test]
async fn a_refusal_names_the_table_whose_trigger_it_is_not_one_that_goes_before() {
    for kind in ENGINES {
        let world = world(kind).await;
        let orders = "CREATE TABLE orders (id INTEGER NOT NULL PRIMARY KEY, customer INTEGER NOT NULL,
            FOREIGN KEY (customer) REFERENCES customers (id) ON DELETE CASCADE)";
        world.execute(orders).await;
        world.execute("CREATE INDEX orders_customer ON orders (customer)").await;
        world.execute("INSERT INTO orders SELECT id, id FROM customers WHERE id = 3").await;
        world.execute("CREATE TABLE gone (id INTEGER)").await;
        let told = match kind {
            SourceKind::Mysql => "FOR EACH ROW INSERT INTO gone VALUES (OLD.id)",
            SourceKind::Postgresql => "FOR EACH ROW EXECUTE FUNCTION tell()",
            _ => "BEGIN INSERT INTO gone VALUES (OLD.id); END",
        };
        if kind == SourceKind::Postgresql {
            let function = "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS
                $$BEGIN INSERT INTO gone VALUES (OLD.id); RETURN OLD; END$$";
            world.execute(function).await;
        }
        world.execute(&format!("CREATE TRIGGER tell_orders AFTER DELETE ON orders {told}")).await;
        let planned = world.plan(vec![rule(&world.name("customers").await, "id = 3")], Vec::new()).await;
        assert_eq!(planned.goes("orders"), 1);
        planned.apply().await;
        let said = notes(&planned).await;
        assert!(said.contains("customers") && said.contains("`guard_rows`"), "{kind}: {said}");
        assert!(!said.contains("`tell_orders`"), "{kind}: {said}");
    }
}

#[tokio::test]
async fn rows_that_a_rule_keeps_are_told_as_that() {
    let world = World::new(SourceKind::Postgresql).await;
    world
        .execute(
            "CREATE TABLE letters (id integer PRIMARY KEY, email text, due integer NOT NULL);
             INSERT INTO letters SELECT i, 'reader' || i || '@lantern.example', 1 FROM generate_series(1, 40) i;
             CREATE RULE keep_some AS ON DELETE TO letters WHERE OLD.id % 10 = 5 DO INSTEAD NOTHING;
             CREATE TABLE notes (id integer PRIMARY KEY, email text, due integer NOT NULL);
             INSERT INTO notes SELECT i, 'reader' || i || '@lantern.example', 1 FROM generate_series(1, 40) i;
             CREATE RULE only_hide AS ON DELETE TO notes DO INSTEAD UPDATE notes SET due = 0 WHERE id = OLD.id;",
        )
        .await;
    for (table, name) in [("letters", "keep_some"), ("notes", "only_hide")] {
        let planned = world.plan(vec![rule(&world.name(table).await, "due = 1")], Vec::new()).await;
        let before = warned(&planned, "rewrite-rule");
        assert!(before.contains(name) && before.contains("can keep or refuse rows"), "{before}");
        let applied = planned.apply().await;
        // With a rule that does something else instead the server gives nothing back of what it did.
        assert_eq!(skipped(&applied), BTreeMap::from([("kept-by-server".to_owned(), 40)]), "{table}");
        assert_eq!(world.number(table, "due = 1").await.unwrap(), 40, "{table}: nothing was done by halves");
        let said = notes(&planned).await;
        assert!(said.contains("without a word") && said.contains(name), "{said}");
    }
}

#[tokio::test]
async fn a_trigger_that_refuses_new_values_keeps_the_row() {
    for kind in [SourceKind::Postgresql, SourceKind::Mysql] {
        let world = World::new(kind).await;
        world
            .execute("CREATE TABLE letters (id INTEGER NOT NULL PRIMARY KEY, email VARCHAR(60), due INTEGER NOT NULL)")
            .await;
        let rows: Vec<String> = (1..=30).map(|id| format!("({id}, 'reader{id}@lantern.example', 1)")).collect();
        world.execute(&format!("INSERT INTO letters VALUES {}", rows.join(", "))).await;
        if kind == SourceKind::Postgresql {
            let function = "CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS
                $$BEGIN IF OLD.id = 9 THEN RAISE EXCEPTION 'no'; END IF; RETURN NEW; END$$";
            world.execute(function).await;
            let trigger = "CREATE TRIGGER guard_rows BEFORE UPDATE ON letters FOR EACH ROW EXECUTE FUNCTION guard()";
            world.execute(trigger).await;
        } else {
            let trigger = "CREATE TRIGGER guard_rows BEFORE UPDATE ON letters FOR EACH ROW
                IF OLD.id = 9 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'; END IF";
            world.execute(trigger).await;
        }
        let mut letters = rule(&world.name("letters").await, "due = 1");
        letters.action = Action::Anonymise;
        letters.columns = vec![Replacement { column: "email".to_owned(), with: Mask::Null }];
        let planned = world.plan(vec![letters], Vec::new()).await;
        let applied = planned.apply().await;
        let left = BTreeMap::from([("refused".to_owned(), 1)]);
        assert_eq!((changed(&applied), skipped(&applied)), (29, left), "{kind}");
        assert_eq!(world.number("letters", "email IS NOT NULL").await.unwrap(), 1, "{kind}");
    }
}
