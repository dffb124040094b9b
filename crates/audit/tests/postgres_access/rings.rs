//! Views and functions that lead back to themselves, or far.

use dataward_audit::access::Reach;
use dataward_audit::access::postgres::PostgresModel;
use dataward_connect::GrantFacts;
use dataward_connect::Grants;
use dataward_connect::postgres::Postgres;
use dataward_testkit::server::postgres::PostgresServer;

use crate::world::entries;

/// Who reads the addresses of customers through a view or function, in the database that `statements` make.
async fn readers(statements: &str) -> Vec<String> {
    let server = PostgresServer::private();
    server
        .execute("postgres", "CREATE ROLE one LOGIN; CREATE ROLE two LOGIN; CREATE TABLE customers (email text)")
        .await;
    server.execute("postgres", statements).await;
    let model = match Postgres::new(&server.url("postgres"), None).unwrap().grants().await.unwrap() {
        GrantFacts::Postgres(facts) => PostgresModel::new(*facts),
        #[allow(unreachable_patterns)]
        _ => panic!("not PostgreSQL"),
    };
    let mut found: Vec<String> = entries(&model)
        .iter()
        .filter(|entry| entry.object == "public.customers" && entry.reach == Reach::Definer)
        .map(|entry| format!("{}: {}", entry.principal, entry.paths.len()))
        .collect();
    found.sort();
    found
}

#[tokio::test]
async fn functions_that_call_each_other_again_and_again_are_gone_through_once() {
    let function = |name: &str, calls: &str, back: &str| {
        format!(
            "CREATE FUNCTION {name}(n int) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS
                $$ BEGIN {calls} RETURN {back}; END $$;"
        )
    };
    let calls = "PERFORM walk(n); PERFORM turn(n); PERFORM walk(n + 1); PERFORM turn(n + 1);";
    let world = function("walk", calls, "(SELECT email FROM customers LIMIT 1)")
        + &function("turn", calls, "NULL")
        + "REVOKE EXECUTE ON FUNCTION walk, turn FROM PUBLIC;
           GRANT EXECUTE ON FUNCTION walk TO one; GRANT EXECUTE ON FUNCTION turn TO two;";
    assert_eq!(readers(&world).await, ["one: 1", "two: 1"]);
}

#[tokio::test]
async fn views_on_many_views_show_what_the_last_one_reads() {
    let mut world = "CREATE VIEW v_40 AS SELECT email FROM customers;".to_owned();
    for at in (0..40).rev() {
        world += &format!("CREATE VIEW v_{at:02} AS SELECT email FROM v_{:02};", at + 1);
    }
    world += "GRANT SELECT ON v_00 TO one; GRANT SELECT ON v_20 TO two;";
    assert_eq!(readers(&world).await, ["one: 1", "two: 1"]);
}

#[tokio::test]
async fn a_view_and_the_copy_of_it_that_it_reads_show_the_same() {
    let world = "
        CREATE VIEW all_people AS SELECT email FROM customers;
        CREATE MATERIALIZED VIEW kept AS SELECT email FROM all_people;
        CREATE OR REPLACE VIEW all_people AS SELECT email FROM customers UNION SELECT email FROM kept;
        GRANT SELECT ON all_people TO one; GRANT SELECT ON kept TO two;";
    assert_eq!(readers(world).await, ["one: 1", "two: 1"]);
}
