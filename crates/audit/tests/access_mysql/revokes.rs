//! Every statement that is to end a way to a right ends it, and all of them together end all access.

use std::collections::BTreeSet;

use dataward_audit::access::AccessModel;
use dataward_audit::access::Path;
use dataward_audit::access::Privileges;
use dataward_audit::access::Scope;
use dataward_audit::access::mysql::MysqlModel;
use dataward_testkit::graphs::mysql::Flavour;
use dataward_testkit::graphs::mysql::Graph;
use dataward_testkit::graphs::mysql_truth::Arena;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use sqlx::AssertSqlSafe;

use crate::graphs::arena;
use crate::graphs::compare;
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
    for _ in 0..worlds() {
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

/// Columns that somebody reads by several ways, tried in each world.
const SEVERAL: usize = 3;

/// A world of MariaDB in which two accounts of one user hold a role, and a client could be either; one of MySQL in
/// which lines on databases tie, and addresses among their hosts decide how the server sorts them.
const KNOWN: [u64; 2] = [4632932726107772672, 8716674736436119571];

#[tokio::test]
async fn one_way_left_of_several_still_reads_and_its_revoke_ends_it_on_mariadb() {
    close_all_but_one(Flavour::MariaDb).await;
}

#[tokio::test]
async fn one_way_left_of_several_still_reads_and_its_revoke_ends_it_on_mysql() {
    close_all_but_one(Flavour::Mysql).await;
}

/// Ends the other ways, looks what everybody really sees, ends the last one, and looks again.
async fn close_all_but_one(flavour: Flavour) {
    let (server, arena) = arena(flavour);
    let (mut left_alone, mut faults) = (0, Vec::new());
    let fresh = (0..worlds()).map(|_| rand::random_range(1_000_000..u64::MAX));
    for seed in fresh.chain(KNOWN) {
        let graph = Graph::random(flavour, seed);
        let mut dice = StdRng::seed_from_u64(seed);
        for _ in 0..if KNOWN.contains(&seed) { 4 * SEVERAL } else { SEVERAL } {
            arena.apply(&graph).await;
            let several = by_several_ways(&model(&arena).await);
            let Some((claim, ways)) = several.choose(&mut dice) else { break };
            let kept = ways.choose(&mut dice).expect("there are several");
            for way in ways.iter().filter(|way| way.revoke != kept.revoke) {
                // Another statement may have done it already.
                let _ = run(&arena, way.revoke.as_deref().expect("every way can be ended")).await;
            }
            let mut judge = async |when: &str| {
                run(&arena, "FLUSH PRIVILEGES").await.expect("root flushes");
                let now = model(&arena).await;
                let wrong = compare(&graph, &arena.look(&graph).await, &now);
                if !wrong.is_empty() {
                    faults.push(format!("seed {seed}, {claim:?} {when} `{}`: {}", kept.text, wrong.join("\n")));
                }
                paths(&now).iter().any(|(text, _)| *text == kept.text)
            };
            // A line that hid another may have brought that to light, or a view may have stopped to work.
            if !judge("with only").await {
                continue;
            }
            left_alone += 1;
            let revoke = kept.revoke.as_deref().expect("every way can be ended");
            run(&arena, revoke).await.unwrap_or_else(|error| panic!("seed {seed}: {}\n{revoke}\n{error}", kept.text));
            assert!(!judge("without").await, "seed {seed}: still there: {}\n{revoke}", kept.text);
        }
    }
    eprintln!("{flavour:?}: {left_alone} ways were left alone and then ended");
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    drop(server);
}

/// Two, or as many as `DATAWARD_GRAPHS` says divided by ten: each is made and looked at several times.
fn worlds() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "how many worlds is told by the environment")]
    let wanted = std::env::var("DATAWARD_GRAPHS").ok().and_then(|text| text.parse::<u64>().ok());
    wanted.map_or(2, |wanted| wanted / 10 + 1)
}

/// Columns that somebody other than root reads by more than one way that end by different statements.
fn by_several_ways(model: &MysqlModel) -> Vec<((String, String), Vec<Path>)> {
    let mut found = Vec::new();
    model.visit(&Scope::everything(), &mut |group| {
        let statements: BTreeSet<&Option<String>> = group.paths.iter().map(|path| &path.revoke).collect();
        if group.privileges.has(Privileges::SELECT) && !group.principal.starts_with("root@") && statements.len() > 1 {
            found.push(((group.principal.to_owned(), group.object.to_owned()), group.paths.to_vec()));
        }
    });
    found
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

#[tokio::test]
async fn what_administrators_hold_is_not_to_be_taken_away_and_what_an_application_holds_is() {
    let (server, arena) = arena(Flavour::MariaDb);
    for statement in [
        "CREATE DATABASE IF NOT EXISTS till",
        "CREATE TABLE till.people (email VARCHAR(50))",
        "CREATE USER chief@localhost IDENTIFIED BY 'x', hosted@localhost IDENTIFIED BY 'x', app@localhost IDENTIFIED BY 'x'",
        "GRANT ALL ON *.* TO chief@localhost WITH GRANT OPTION",
        "GRANT SELECT, CREATE USER ON *.* TO hosted@localhost WITH GRANT OPTION",
        "GRANT SELECT ON till.* TO app@localhost",
        "CREATE DEFINER = app@localhost SQL SECURITY DEFINER VIEW till.shown AS SELECT email FROM till.people",
    ] {
        run(&arena, statement).await.unwrap();
    }
    let ways = |model: &MysqlModel, who: &str| -> Vec<Path> {
        let mut found = Vec::new();
        let scope = Scope { principal: Some(who.to_owned()), ..Scope::everything() };
        model.visit(&scope, &mut |group| {
            found.extend(group.paths.iter().filter(|_| group.object == "till.people").cloned());
        });
        found
    };
    let model = model(&arena).await;
    for administrator in ["root@localhost", "chief@localhost", "hosted@localhost"] {
        let found = ways(&model, administrator);
        assert!(!found.is_empty() && found.iter().all(|way| way.revoke.is_none()), "{administrator}: {found:#?}");
    }
    let found = ways(&model, "app@localhost");
    let line = found.iter().find(|way| way.text.contains("GRANT SELECT ON till.*")).unwrap();
    assert_eq!(line.revoke.as_deref(), Some("REVOKE SELECT ON `till`.* FROM 'app'@'localhost';"));
    assert!(line.text.ends_with("the view till.shown runs as it, and may fail without"), "{line:?}");
    drop(server);
}
