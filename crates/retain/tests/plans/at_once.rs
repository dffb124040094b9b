//! Tables of PostgreSQL that are emptied at once: all that they were they are afterwards, what can't be is said, and
//! whatever comes between, the rows are the old or the new.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;

use dataward_model::SourceKind;
use dataward_retain::apply::Applied;
use dataward_retain::hold::Cover;
use dataward_retain::hold::Matching;
use dataward_testkit::server::postgres::PostgresServer;
use dataward_testkit::server::postgres::programs;
use dataward_testkit::server::run;
use sqlx::AssertSqlSafe;
use sqlx::Row;

use crate::apply::Killer;
use crate::apply::changed;
use crate::apply::skipped;
use crate::interruptions::Restarter;
use crate::world::Planned;
use crate::world::Silent;
use crate::world::World;
use crate::world::rule;

/// Customers with all that a table can have, their orders, and what stands around. Two thirds are due.
const SHOP: &str = r#"
CREATE TABLE countries (code text PRIMARY KEY);
INSERT INTO countries VALUES ('DE'), ('FR');
CREATE SEQUENCE numbers;
CREATE TABLE "Customers" (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    due integer NOT NULL DEFAULT 0,
    number bigint NOT NULL DEFAULT nextval('numbers') UNIQUE,
    email text NOT NULL CHECK (email LIKE '%@%') COLLATE "C",
    country text REFERENCES countries,
    brought_by integer,
    tags text[] NOT NULL DEFAULT '{}',
    extra jsonb,
    photo bytea,
    dropped text,
    balance numeric(12, 2),
    "when" timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT brought FOREIGN KEY (brought_by) REFERENCES "Customers" DEFERRABLE INITIALLY DEFERRED,
    EXCLUDE USING btree (number WITH =)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.3);
ALTER SEQUENCE numbers OWNED BY "Customers".number;
ALTER TABLE "Customers" DROP COLUMN dropped;
ALTER TABLE "Customers" ALTER COLUMN email SET STATISTICS 321, ALTER COLUMN photo SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX ON "Customers" (lower(email)) WHERE due = 0;
CREATE INDEX tagged ON "Customers" USING gin (tags);
COMMENT ON TABLE "Customers" IS 'who buys';
COMMENT ON COLUMN "Customers".email IS 'where to write to';
COMMENT ON CONSTRAINT brought ON "Customers" IS 'it''s who brought them';
CREATE STATISTICS together ON country, due FROM "Customers";
CREATE TABLE orders (
    id integer PRIMARY KEY,
    customer integer NOT NULL CONSTRAINT of_customer REFERENCES "Customers" ON UPDATE CASCADE ON DELETE CASCADE,
    note text);
CREATE INDEX ON orders (customer);
ALTER TABLE orders REPLICA IDENTITY FULL;
CREATE TABLE remarks (id integer PRIMARY KEY, about integer REFERENCES orders ON DELETE SET NULL, remark text);
CREATE INDEX ON remarks (about);
CREATE VIEW recent AS SELECT id, email FROM "Customers" WHERE due = 0;
CREATE MATERIALIZED VIEW counted AS SELECT country, count(*) FROM "Customers" GROUP BY country;
CREATE ROLE dw_reader_PLACE;
GRANT SELECT (id, email) ON "Customers" TO dw_reader_PLACE;
GRANT SELECT ON orders TO dw_reader_PLACE WITH GRANT OPTION;
ALTER TABLE "Customers" ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON "Customers" FOR SELECT TO dw_reader_PLACE USING (due = 0);
INSERT INTO "Customers" (due, email, country, brought_by, tags, extra, photo, balance)
    SELECT (i % 3 > 0)::int, 'reader' || i || '@example.com', CASE i % 2 WHEN 0 THEN 'DE' ELSE 'FR' END,
           CASE WHEN i % 9 = 0 THEN i - 3 END, ARRAY['a' || i], jsonb_build_object('n', i),
           decode(repeat(md5(i::text), 200), 'hex'), i / 100.0
    FROM generate_series(1, 3000) i;
INSERT INTO orders SELECT i, (i + 1) / 2, 'order ' || i FROM generate_series(1, 6000) i;
INSERT INTO remarks SELECT i, i, 'remark ' || i FROM generate_series(1, 600) i;
"#;

async fn shop_on(world: &World) -> Planned {
    // A role belongs to the whole server: one for each world.
    let place = format!("{:08x}", rand::random::<u32>());
    world.execute(&SHOP.replace("PLACE", &place)).await;
    plan(world, Some(60)).await
}

async fn plan(world: &World, may_lock: Option<u32>) -> Planned {
    let mut rule = rule(&world.name("Customers").await, "due = 1");
    rule.may_lock = may_lock;
    world.plan(vec![rule], Vec::new()).await
}

async fn shop() -> (World, Planned) {
    let world = World::new(SourceKind::Postgresql).await;
    let planned = shop_on(&world).await;
    (world, planned)
}

/// The schema as `pg_dump` writes it.
fn schema(world: &World) -> String {
    let mut dump = std::process::Command::new(programs().join("pg_dump"));
    let said = run(dump.args(["--schema-only", "--dbname"]).arg(world.postgres_url()));
    // Newer ones put a random word around it.
    said.lines().filter(|line| !line.contains("restrict ")).collect::<Vec<_>>().join("\n")
}

async fn text(world: &World, sql: &str) -> String {
    let mut connection = world.postgres_connection().await;
    let row = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_one(&mut connection).await.unwrap();
    row.try_get::<Option<String>, _>(0).unwrap().unwrap_or_default()
}

/// All that stays, whatever it looks like, as a digest.
async fn digest(world: &World, table: &str, condition: &str) -> String {
    text(world, &format!("SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM {table} t WHERE {condition}")).await
}

/// The file that a table lies in: another one when it was emptied at once.
async fn file(world: &World, table: &str) -> String {
    text(world, &format!("SELECT pg_relation_filenode('{table}')::text")).await
}

fn says(planned: &Planned, kind: &str) -> String {
    let found = planned.plan.warnings.iter().filter(|warning| warning.kind == kind);
    found.map(|warning| warning.text.clone()).collect::<Vec<_>>().join("\n")
}

/// Nothing of ours is left in the database.
async fn nothing_is_left_over(world: &World) {
    let ours = "SELECT count(*)::text FROM pg_class WHERE relname LIKE 'dw\\_%'";
    assert_eq!(text(world, ours).await, "0");
}

#[tokio::test]
async fn most_rows_go_at_once_and_all_else_is_as_it_was() {
    let (world, planned) = shop().await;
    let before = schema(&world);
    let stays = [("\"Customers\"", "due = 0"), ("orders", "customer % 3 = 0")];
    let mut digests = Vec::new();
    for (table, condition) in &stays {
        digests.push(digest(&world, table, condition).await);
    }
    let was = (file(&world, "\"Customers\"").await, file(&world, "orders").await, file(&world, "countries").await);
    let said = says(&planned, "at-once");
    assert!(said.contains("public.Customers, public.orders, public.remarks: 62 % of the rows go"), "{said}");
    let applied = planned.apply().await;
    assert_eq!((changed(&applied), skipped(&applied)), (planned.plan.rows(), BTreeMap::new()));
    let is = (file(&world, "\"Customers\"").await, file(&world, "orders").await, file(&world, "countries").await);
    assert!(is.0 != was.0 && is.1 != was.1 && is.2 == was.2, "{was:?} {is:?}");
    assert_eq!(schema(&world), before);
    for ((table, condition), digest) in stays.iter().zip(&digests) {
        assert_eq!(self::digest(&world, table, condition).await, *digest, "{table}");
        assert_eq!(self::digest(&world, table, "true").await, *digest, "{table}: nothing else is there");
    }
    // References that were taken away are, those to what stays are not.
    assert_eq!(world.number("remarks", "about IS NULL").await.unwrap(), 400);
    assert_eq!(world.number("remarks", "true").await.unwrap(), 600);
    // Numbers go on where they were.
    world.execute("INSERT INTO \"Customers\" (email) VALUES ('new@example.com')").await;
    assert_eq!(
        text(&world, "SELECT id || ' ' || number FROM \"Customers\" ORDER BY id DESC LIMIT 1").await,
        "3001 3001"
    );
    nothing_is_left_over(&world).await;
    assert_eq!(planned.apply().await, applied, "a second run does nothing");
    assert_eq!(world.number("Customers", "id = 3001").await.unwrap(), 1);
}

/// What somebody did since the plan.
const MEANWHILE: &str = r#"
UPDATE "Customers" SET email = 'back@example.com' WHERE id = 1;
UPDATE "Customers" SET due = 0, email = 'other@example.com' WHERE id = 2;
DELETE FROM orders WHERE customer = 4; DELETE FROM "Customers" WHERE id = 4;
UPDATE orders SET note = 'touched' WHERE id = 9;
INSERT INTO orders VALUES (9001, 7), (9002, 6);
UPDATE "Customers" SET brought_by = 8 WHERE id = 3;
INSERT INTO remarks VALUES (9001, 19);
"#;

/// The keys of what is there, and which customers remarks are about.
async fn left(world: &World) -> Vec<BTreeSet<String>> {
    let mut left = Vec::new();
    for keys in [
        r#"SELECT string_agg(id::text, ' ') FROM "Customers""#,
        "SELECT string_agg(id::text, ' ') FROM orders",
        "SELECT string_agg(id || ':' || coalesce(about::text, ''), ' ') FROM remarks",
    ] {
        left.push(text(world, keys).await.split(' ').map(str::to_owned).collect());
    }
    left
}

#[tokio::test]
async fn what_came_between_stays_as_it_does_in_batches_with_what_hangs_on_it() {
    let mut ends: Vec<Vec<BTreeSet<String>>> = Vec::new();
    for may_lock in [None, Some(60)] {
        let (world, _) = shop().await;
        world.execute("UPDATE \"Customers\" SET \"when\" = '2020-01-01'").await;
        let planned = plan(&world, may_lock).await;
        let was = file(&world, "orders").await;
        world.execute(MEANWHILE).await;
        let customers = world.name("Customers").await;
        let rows = Some(Matching::all([("id".to_owned(), "2000".to_owned())]));
        let cover = Cover { matter: "suit".to_owned(), table: Some(customers), rows };
        let applied: Applied = planned.try_apply(&[cover], &Silent, &AtomicBool::new(false)).await.unwrap();
        assert_eq!(file(&world, "orders").await != was, may_lock.is_some());
        assert_eq!(changed(&applied) + skipped(&applied).values().sum::<u64>(), planned.plan.rows());
        assert!(skipped(&applied).get("held") >= Some(&3), "{:?}", skipped(&applied));
        // Who stays keeps their orders.
        for id in [1, 2, 2000] {
            assert_eq!(world.number("Customers", &format!("id = {id}")).await.unwrap(), 1, "{may_lock:?} {id}");
            let orders = world.number("orders", &format!("customer = {id}")).await.unwrap();
            assert_eq!(orders, 2, "{may_lock:?} {id}: {applied:?}");
        }
        ends.push(left(&world).await);
    }
    // Tree by tree some more stay, which hang together with those.
    for (batches, at_once) in ends[0].iter().zip(&ends[1]).take(2) {
        assert!(at_once.is_subset(batches), "{:?}", at_once.difference(batches));
    }
}

/// What keeps tables from being emptied at once: what makes it so, and what is said of it.
const OBSTACLES: [(&str, &str); 8] = [
    (
        "CREATE TRIGGER t AFTER INSERT ON orders FOR EACH STATEMENT EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "trigger `t`",
    ),
    ("CREATE RULE r AS ON INSERT TO orders DO ALSO NOTHING", "rule `r`"),
    ("CREATE TABLE special () INHERITS (orders)", "inherit"),
    ("ALTER TABLE orders ADD COLUMN size integer GENERATED ALWAYS AS (length(note)) STORED", "computed"),
    ("CREATE PUBLICATION p FOR TABLE orders", "publication `p`"),
    ("ALTER TABLE orders ADD CONSTRAINT c CHECK (id > 0) NOT VALID", "constraint `c`"),
    (
        "CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER et ON ddl_command_end EXECUTE FUNCTION e()",
        "event trigger `et`",
    ),
    ("ALTER TABLE orders DISABLE TRIGGER ALL", "foreign key `of_customer`|trigger"),
];

#[tokio::test]
async fn what_could_not_come_back_as_it_was_goes_in_batches_and_is_said() {
    for (script, said) in OBSTACLES {
        // Known to the plan, and come after it.
        for later in [false, true] {
            if later && script.contains("STORED") {
                // That writes all rows anew: none is the planned one any more.
                continue;
            }
            let (world, mut planned) = shop().await;
            world.execute(script).await;
            if !later {
                planned = plan(&world, Some(60)).await;
                let text = says(&planned, "not-at-once");
                assert!(said.split('|').any(|said| text.contains(said)), "{script}: {text}");
                assert_eq!(says(&planned, "at-once"), "", "{script}");
            }
            let was = file(&world, "\"Customers\"").await;
            let applied = planned.apply().await;
            assert_eq!(file(&world, "\"Customers\"").await, was, "{script}");
            assert_eq!(world.number("Customers", "due = 1").await.unwrap(), 0, "{script}");
            assert_eq!(changed(&applied), planned.plan.rows(), "{script}");
        }
    }
}

#[tokio::test]
async fn a_table_that_refers_to_one_since_the_plan_is_not_overlooked() {
    let (world, planned) = shop().await;
    world
        .execute(
            "CREATE TABLE notes (id integer PRIMARY KEY, about integer REFERENCES remarks);
                   INSERT INTO notes SELECT i, i FROM generate_series(1, 600) i",
        )
        .await;
    let was = file(&world, "orders").await;
    assert_eq!(changed(&planned.apply().await), planned.plan.rows());
    assert_eq!((file(&world, "orders").await, world.number("notes", "true").await.unwrap()), (was, 600));
}

#[tokio::test]
async fn without_leave_or_time_nothing_is_locked() {
    let (world, _) = shop().await;
    let silent = plan(&world, None).await;
    assert_eq!(says(&silent, "at-once"), "");
    assert!(silent.plan.steps.iter().all(|step| step.at_once.is_none()));
    // Somebody reads a table of it for long: rows go in batches, which readers do not stop.
    let planned = plan(&world, Some(60)).await;
    let was = file(&world, "orders").await;
    let mut reader = world.postgres_connection().await;
    sqlx::raw_sql("BEGIN; SELECT count(*) FROM orders").execute(&mut reader).await.unwrap();
    let applied = planned.apply().await;
    assert_eq!((changed(&applied), skipped(&applied)), (planned.plan.rows(), BTreeMap::new()));
    assert_eq!(file(&world, "orders").await, was);
    let notes = planned.store.plan_notes(&planned.hash).await.unwrap();
    assert!(
        notes.len() == 1 && notes[0].contains("in batches and not at once: somebody kept them locked"),
        "{notes:?}"
    );
}

#[tokio::test]
async fn who_began_before_sees_what_stays_and_no_empty_table() {
    let (world, planned) = shop().await;
    let mut old = world.postgres_connection().await;
    // As `pg_dump` does: its picture of the database is older than the change.
    sqlx::raw_sql("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM countries")
        .execute(&mut old)
        .await
        .unwrap();
    planned.apply().await;
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM \"Customers\"").fetch_one(&mut old).await.unwrap();
    assert_eq!(count, 1000);
}

#[tokio::test]
async fn cut_off_before_or_after_the_tables_were_emptied_the_next_run_ends_the_same() {
    std::panic::set_hook(Box::new(|_| {}));
    for point in ["before-intent", "intent", "changed", "flushed"] {
        let (world, planned) = shop().await;
        let planned = Arc::new(planned);
        let mut cuts = 0;
        for time in 1..4 {
            let killer = Killer { point, left: AtomicU64::new(time) };
            let again = Arc::clone(&planned);
            let run =
                tokio::spawn(async move { again.try_apply(&[], &killer, &AtomicBool::new(false)).await.map(drop) });
            cuts += u64::from(run.await.is_err());
        }
        assert!(cuts > 0, "{point}");
        let applied = planned.apply().await;
        assert_eq!((changed(&applied), skipped(&applied)), (planned.plan.rows(), BTreeMap::new()), "{point}");
        assert_eq!(world.number("Customers", "true").await.unwrap(), 1000, "{point}");
        assert_eq!(world.number("orders", "true").await.unwrap(), 2000, "{point}");
        nothing_is_left_over(&world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_in_the_middle_has_the_old_tables_or_the_new_ones() {
    let server = PostgresServer::private();
    let restarter = Restarter::of(&server, 0);
    let world = World::on(server.database().await).await;
    let planned = shop_on(&world).await;
    // Servers of the tests write nothing through by themselves.
    world.execute("CHECKPOINT").await;
    let before = schema(&world);
    let applied = planned.try_apply(&[], &restarter, &AtomicBool::new(false)).await.unwrap();
    assert!(restarter.batches() > 0);
    restarter.finish();
    assert_eq!((changed(&applied), skipped(&applied)), (planned.plan.rows(), BTreeMap::new()));
    assert_eq!(world.number("Customers", "true").await.unwrap(), 1000);
    assert_eq!(world.number("orders", "true").await.unwrap(), 2000);
    assert_eq!(schema(&world), before);
    nothing_is_left_over(&world).await;
}
