//! Random grant graphs: the model against the truth, column by column.

use std::collections::BTreeSet;

use dataward_audit::access::AccessModel;
use dataward_audit::access::Privileges;
use dataward_audit::access::Reach;
use dataward_audit::access::Scope;
use dataward_audit::access::mysql::MysqlModel;
use dataward_connect::GrantFacts;
use dataward_connect::Grants;
use dataward_connect::mysql::Mysql;
use dataward_model::Redacted;
use dataward_testkit::graphs::mysql::Flavour;
use dataward_testkit::graphs::mysql::Graph;
use dataward_testkit::graphs::mysql::Relation;
use dataward_testkit::graphs::mysql_truth::Arena;
use dataward_testkit::graphs::mysql_truth::How;
use dataward_testkit::graphs::mysql_truth::Truth;
use dataward_testkit::graphs::mysql_truth::What;
use dataward_testkit::server::certificates::Certificate;
use dataward_testkit::server::mariadb;
use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::mysql;
use dataward_testkit::server::mysql::MysqlServer;

/// Clients that this machine can be to a server that does not resolve names.
const PLACES: [(Option<&str>, Option<&str>); 2] = [(Some("localhost"), None), (None, Some("127.0.0.1"))];

#[tokio::test]
async fn the_model_says_what_accounts_of_mariadb_really_get_to_see() {
    judge(Flavour::MariaDb).await;
}

#[tokio::test]
async fn the_model_says_what_accounts_of_mysql_really_get_to_see() {
    judge(Flavour::Mysql).await;
}

async fn judge(flavour: Flavour) {
    let (server, arena) = arena(flavour);
    let (mut log_ins, mut tries, mut decisions) = (0, 0, 0);
    let mut faults = Vec::new();
    let seeds = seeds();
    eprintln!("{flavour:?}, {} worlds, seeds {:?}…", seeds.len(), &seeds[..seeds.len().min(10)]);
    for seed in seeds {
        let graph = Graph::random(flavour, seed);
        arena.apply(&graph).await;
        let truth = arena.look(&graph).await;
        let model = model(&arena).await;
        let wrong = compare(&graph, &truth, &model);
        if !wrong.is_empty() {
            let statements = graph.statements.join(";\n");
            // At once: a long run may be cut off.
            eprintln!("seed {seed}: {} wrong", wrong.len());
            faults.push(format!("seed {seed}: {} wrong\n{}\n{statements}", wrong.len(), wrong.join("\n")));
        }
        log_ins += truth.log_ins;
        tries += truth.tries;
        decisions +=
            truth.principals.len() * graph.relations.iter().map(|relation| relation.columns.len() * 3).sum::<usize>();
    }
    eprintln!("{log_ins} log-ins, {tries} tries, {decisions} decisions, wrong in {} graphs", faults.len());
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    drop(server);
}

/// A server of our own, as long as it is held.
#[expect(dead_code, reason = "held, not read")]
pub(crate) enum Running {
    MariaDb(MariaDbServer),
    Mysql(MysqlServer),
}

/// A server of our own.
pub(crate) fn arena(flavour: Flavour) -> (Running, Arena) {
    let (running, socket, port, root_password) = match flavour {
        Flavour::MariaDb => {
            let server = MariaDbServer::private(Certificate::Good);
            let (socket, port) = (server.socket(), server.server().port());
            (Running::MariaDb(server), socket, port, mariadb::PASSWORD)
        }
        Flavour::Mysql => {
            let server = MysqlServer::private(&[]);
            let (socket, port) = (server.socket(), server.server().port());
            (Running::Mysql(server), socket, port, mysql::PASSWORD)
        }
    };
    (running, Arena { socket, port, root_password: root_password.to_owned(), flavour })
}

/// Worlds that were told wrongly before a rule of the server was found.
const ONCE_WRONG: [u64; 13] = [
    8614796820915419735,
    9120629901889090456,
    10588996725135825324,
    2320234202332287321,
    17916803843003846448,
    1817961745313014497,
    14957782151783177464,
    4966163663365533808,
    2688160866332869338,
    3735341868160637571,
    // Of MariaDB.
    16077275223375310780,
    18365615137958269026,
    12096787954645649441,
];

/// Fresh ones each time, printed. `DATAWARD_GRAPHS=first..last` or `seed,seed` gives others, `DATAWARD_GRAPHS=N` as many.
fn seeds() -> Vec<u64> {
    #[expect(clippy::disallowed_methods, reason = "how many graphs is told by the environment")]
    let wanted = std::env::var("DATAWARD_GRAPHS").ok();
    let Some(wanted) = wanted else {
        let fresh = (0..6).map(|_| rand::random_range(1_000_000..u64::MAX));
        return fresh.chain(ONCE_WRONG).collect();
    };
    if wanted.contains(',') {
        return wanted.split(',').map(|seed| seed.parse().unwrap()).collect();
    }
    match wanted.split_once("..") {
        Some((first, last)) => (first.parse().unwrap()..last.parse().unwrap()).collect(),
        None => (0..wanted.parse().unwrap()).map(|_| rand::random_range(1_000_000..u64::MAX)).collect(),
    }
}

/// The model of what root sees by the socket: over TCP an anonymous account may stand before root's.
pub(crate) async fn model(arena: &Arena) -> MysqlModel {
    let url = format!("mysql://root@localhost/?socket={}", arena.socket.display());
    let password = Redacted::new(arena.root_password.clone());
    let facts = Mysql::new(&url, Some(password)).unwrap().grants().await.unwrap();
    let GrantFacts::Mysql(facts) = facts else { panic!("other facts") };
    assert_eq!(facts.missing, []);
    MysqlModel::seen_from(*facts, &PLACES)
}

type Claim = (String, String, String, What);

/// What the model and the truth disagree on.
pub(crate) fn compare(graph: &Graph, truth: &Truth, model: &MysqlModel) -> Vec<String> {
    let views: BTreeSet<String> =
        graph.relations.iter().filter(|relation| relation.is_view).map(|relation| relation.shown()).collect();
    // What can be written through a view depends on more than rights.
    let counts = |object: &str, what: What| what == What::Read || !views.contains(object);
    let mut direct: BTreeSet<Claim> = BTreeSet::new();
    let mut as_somebody: BTreeSet<Claim> = BTreeSet::new();
    let mut reads: BTreeSet<Claim> = BTreeSet::new();
    // Of whom the answer says that it is not complete.
    let said = |principal: &str| model.missing().iter().any(|missing| missing.what.contains(&format!("`{principal}`")));
    // Views that run as one of them.
    let unsure: BTreeSet<String> = graph
        .relations
        .iter()
        .filter(|relation| {
            let view = format!(" VIEW `{}`.`{}` ", relation.database, relation.name.replace('`', "``"));
            let made = graph.statements.iter().find(|sql| sql.contains(&view));
            let definers = model.missing().iter().filter_map(|missing| missing.what.split('`').nth(1));
            made.is_some_and(|sql| {
                definers.filter_map(|definer| definer.rsplit_once('@')).any(|(user, host)| {
                    sql.contains(&format!("DEFINER = '{}'@'{host}' SQL SECURITY DEFINER", user.replace('\'', "''")))
                })
            })
        })
        .map(Relation::shown)
        .collect();
    model.visit(&Scope::everything(), &mut |group| {
        assert!(!group.paths.is_empty());
        if !truth.principals.contains(group.principal) || said(group.principal) || unsure.contains(group.object) {
            return;
        }
        for (column, _) in group.columns {
            for (privilege, what) in [
                (Privileges::SELECT, What::Read),
                (Privileges::INSERT, What::Insert),
                (Privileges::UPDATE, What::Update),
            ] {
                if group.privileges.has(privilege) && counts(group.object, what) {
                    let claim = (group.principal.to_owned(), group.object.to_owned(), (*column).to_owned(), what);
                    if group.reach == Reach::Direct {
                        direct.insert(claim.clone());
                    }
                    if group.reach != Reach::Definer {
                        as_somebody.insert(claim.clone());
                    }
                    if what == What::Read {
                        reads.insert(claim);
                    }
                }
            }
        }
    });
    let really = |how: &[How], what: &[What]| -> BTreeSet<Claim> {
        let done = truth.done.iter().filter(|done| how.contains(&done.how) && what.contains(&done.what));
        done.filter(|done| counts(&done.object, done.what) && !said(&done.principal) && !unsure.contains(&done.object))
            .map(|done| (done.principal.clone(), done.object.clone(), done.column.clone(), done.what))
            .collect()
    };
    let all = [What::Read, What::Insert, What::Update];
    let mut wrong = differences("direct", &direct, &really(&[How::Direct], &all));
    wrong.extend(differences("as somebody", &as_somebody, &really(&[How::Direct, How::SetRole], &all)));
    wrong.extend(differences("by any way", &reads, &really(&[How::Direct, How::SetRole, How::Through], &[What::Read])));
    wrong
}

fn differences(name: &str, claimed: &BTreeSet<Claim>, true_ones: &BTreeSet<Claim>) -> Vec<String> {
    let over = claimed.difference(true_ones).map(|claim| format!("{name}: falsely {claim:?}"));
    let missed = true_ones.difference(claimed).map(|claim| format!("{name}: missed {claim:?}"));
    over.chain(missed).collect()
}
