//! What MariaDB holds back until it reads its tables again.

use dataward_audit::access::AccessModel;
use dataward_audit::access::NoteKind;
use dataward_testkit::graphs::mysql::Flavour;
use dataward_testkit::graphs::mysql::Graph;

use crate::graphs::arena;
use crate::graphs::compare;
use crate::graphs::model;

/// A world in which the server forgets something: a role holds a role with rights on everything, and is then
/// granted something on a table.
const FORGETFUL: u64 = 303;

/// Fresh worlds beside it, unless `DATAWARD_FLUSHES` says how many.
const FRESH: u64 = 3;

#[tokio::test]
async fn what_the_server_forgets_until_a_flush_is_noted_and_counted() {
    #[expect(clippy::disallowed_methods, reason = "how many worlds is told by the environment")]
    let fresh = std::env::var("DATAWARD_FLUSHES").ok().map_or(FRESH, |text| text.parse().unwrap());
    let (server, arena) = arena(Flavour::MariaDb);
    let mut faults = Vec::new();
    for seed in std::iter::once(FORGETFUL).chain((0..fresh).map(|_| rand::random_range(1_000_000..u64::MAX))) {
        let mut graph = Graph::random(Flavour::MariaDb, seed);
        assert_eq!(graph.statements.pop().as_deref(), Some("FLUSH PRIVILEGES"));
        arena.apply(&graph).await;
        let (truth, model) = (arena.look(&graph).await, model(&arena).await);
        let noted = model
            .notes()
            .iter()
            .any(|note| note.kind == NoteKind::Weakness && note.text.contains("until FLUSH PRIVILEGES or a restart"));
        let wrong = compare(&graph, &truth, &model);
        assert!(seed != FORGETFUL || !wrong.is_empty(), "the server forgets nothing any more: the note can go");
        let mut root = arena.root().await;
        sqlx::raw_sql("FLUSH PRIVILEGES").execute(&mut root).await.unwrap();
        let after = compare(&graph, &arena.look(&graph).await, &model);
        let more = wrong.iter().filter(|one| !one.contains("falsely")).count();
        if more > 0 || !after.is_empty() || (!wrong.is_empty() && !noted) {
            let fault = format!(
                "seed {seed}, noted {noted}:\n{}\nand after a flush:\n{}\n{}",
                wrong.join("\n"),
                after.join("\n"),
                graph.statements.join(";\n")
            );
            eprintln!("{fault}");
            faults.push(fault);
        }
    }
    assert!(faults.is_empty(), "{} worlds differ:\n{}", faults.len(), faults.join("\n\n"));
    drop(server);
}
