//! Materialised views, which copy what tables had.

use dataward_connect::scrub::Scrub;

use super::database;
use super::source;

/// As the server lets them be: `kept` reads `all_people`, which was made to read `kept` later.
const IN_A_RING: &str = "
    CREATE TABLE people (id int); CREATE TABLE orders (id int);
    CREATE VIEW all_people AS SELECT id FROM people;
    CREATE MATERIALIZED VIEW kept AS SELECT id FROM all_people;
    CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM kept;
    CREATE MATERIALIZED VIEW empty AS SELECT id FROM people WITH NO DATA;
    CREATE OR REPLACE VIEW all_people AS SELECT id FROM people UNION SELECT id FROM kept;
    CREATE MATERIALIZED VIEW of_orders AS SELECT id FROM orders;
    CREATE RULE told AS ON INSERT TO orders DO ALSO INSERT INTO people VALUES (new.id);
    CREATE RULE told AS ON INSERT TO people DO ALSO NOTIFY people;";

#[tokio::test]
async fn views_that_read_each_other_are_told_once_and_in_order() {
    let database = database().await;
    database.execute(IN_A_RING).await;
    let source = source(&database);
    assert_eq!(source.copies(&["public.people".to_owned()]).await.unwrap(), ["public.kept", "public.counted"]);
    assert_eq!(source.copies(&["public.orders".to_owned()]).await.unwrap(), ["public.of_orders"]);
}
