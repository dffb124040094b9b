//! Every statement that is to end a way to a right ends it, and all of them together end all access.

use std::collections::BTreeSet;

use dataward_audit::access::AccessModel;
use dataward_audit::access::Scope;
use dataward_audit::access::mysql::MysqlModel;
use dataward_testkit::graphs::mysql::Flavour;
use dataward_testkit::graphs::mysql::Graph;
use dataward_testkit::graphs::mysql_truth::Arena;
use sqlx::AssertSqlSafe;

use crate::graphs::arena;
use crate::graphs::model;

/// Ways that are ended one by one before the rest goes together.
const ONE_BY_ONE: usize = 40;

#[tokio::test]
async fn every_revoke_ends_its_path_and_all_of_them_end_all_access_on_mariadb() {
    close_everything(Flavour::MariaDb).await;
}

#[tokio::test]
async fn every_revoke_ends_its_path_and_all_of_them_end_all_access_on_mysql() {
    close_everything(Flavour::Mysql).await;
}

async fn close_everything(flavour: Flavour) {
    let (server, arena) = arena(flavour);
    for _ in 0..2 {
        let seed: u64 = rand::random();
        let graph = Graph::random(flavour, seed);
        arena.apply(&graph).await;
        for _ in 0..ONE_BY_ONE {
            let Some((path, revoke)) = paths(&model(&arena).await).into_iter().next() else { break };
            run(&arena, &revoke).await.unwrap_or_else(|error| panic!("seed {seed}: {path}\n{revoke}\n{error}"));
            let after = paths(&model(&arena).await);
            assert!(!after.iter().any(|(other, _)| *other == path), "seed {seed}: still there: {path}\n{revoke}");
        }
        // What a line hid comes to light once it is gone, so that the script may be needed again.
        for _ in 0..6 {
            for (_, revoke) in paths(&model(&arena).await) {
                // Another statement may have done it already.
                let _ = run(&arena, &revoke).await;
            }
        }
        let truth = arena.look(&graph).await;
        assert_eq!(truth.done, BTreeSet::new(), "seed {seed}");
    }
    drop(server);
}

/// Every way of everybody but root, with its statement.
fn paths(model: &MysqlModel) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    model.visit(&Scope::everything(), &mut |group| {
        if !group.principal.starts_with("root@") {
            let ways = group.paths.iter();
            found.extend(ways.map(|way| (way.text.clone(), way.revoke.clone().expect("every way can be ended"))));
        }
    });
    found
}

async fn run(arena: &Arena, statement: &str) -> Result<(), sqlx::Error> {
    let mut root = arena.root().await;
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut root).await.map(|_| ())
}
