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

#[tokio::test]
async fn what_the_server_forgets_until_a_flush_is_noted_and_counted() {
    let (server, arena) = arena(Flavour::MariaDb);
    // No fresh worlds: seeds 18365615137958269026 and 16077275223375310780 differ for reasons not found yet.
    let seed = FORGETFUL;
    let mut graph = Graph::random(Flavour::MariaDb, seed);
    assert_eq!(graph.statements.pop().as_deref(), Some("FLUSH PRIVILEGES"));
    arena.apply(&graph).await;
    let (truth, model) = (arena.look(&graph).await, model(&arena).await);
    let noted = model
        .notes()
        .iter()
        .any(|note| note.kind == NoteKind::Weakness && note.text.contains("until FLUSH PRIVILEGES or a restart"));
    let wrong = compare(&graph, &truth, &model);
    assert!(!wrong.is_empty(), "seed {seed}: the server forgets nothing any more: the note can go");
    assert!(wrong.iter().all(|one| one.contains("falsely")), "seed {seed}: {}", wrong.join("\n"));
    assert!(noted, "seed {seed}: nothing is noted\n{}", wrong.join("\n"));
    let mut root = arena.root().await;
    sqlx::raw_sql("FLUSH PRIVILEGES").execute(&mut root).await.unwrap();
    assert_eq!(compare(&graph, &arena.look(&graph).await, &model), Vec::<String>::new(), "seed {seed}");
    drop(server);
}
