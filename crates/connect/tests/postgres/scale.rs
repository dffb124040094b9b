//! Many tables.

use std::time::Duration;

use dataward_connect::Read;
use futures::StreamExt;

use super::database;
use super::source;

#[tokio::test]
async fn a_thousand_tables_are_listed_by_a_handful_of_statements() {
    let database = database().await;
    database
        .execute(
            "DO $$ BEGIN FOR i IN 1..1000 LOOP \
               EXECUTE format('CREATE TABLE t%s (id int, email text, note text)', i); \
               IF i % 100 = 0 THEN COMMIT; END IF; END LOOP; END $$",
        )
        .await;
    let source = source(&database);
    let listing = async { source.units().await.unwrap().count().await };
    let count = tokio::time::timeout(Duration::from_secs(60), listing).await.unwrap();
    assert_eq!(count, 1000);
}
