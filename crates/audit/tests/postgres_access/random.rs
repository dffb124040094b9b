//! Random worlds. Each run takes fresh seeds and prints them; `DATAWARD_GRANT_SEED=N` runs one again,
//! `DATAWARD_GRANT_GRAPHS=N` makes more, and `DATAWARD_GRANT_ASK=N` further ones that are only asked of the
//! server's own functions.

#![expect(clippy::disallowed_methods, reason = "a test is told by the environment where its tools are")]

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use dataward_audit::access::AccessModel;
use dataward_audit::access::Entry;
use dataward_audit::access::NoteKind;
use dataward_audit::access::Privileges;
use dataward_audit::access::Reach;
use dataward_audit::access::Rows;
use dataward_audit::access::postgres::PostgresModel;
use dataward_testkit::grant_graph::GrantGraph;
use dataward_testkit::grant_graph::ROWS;
use dataward_testkit::server::postgres::PostgresServer;
use sqlx::Row;

use crate::alone;
use crate::steps;
use crate::world::Observed;
use crate::world::Seen;
use crate::world::World;
use crate::world::entries;
use crate::world::run;
use crate::world::unit_name;

/// Worlds for each version of the server in an ordinary run: that everybody really looks at, and that are
/// only asked of the server's functions.
const GRAPHS: (u64, u64) = (5, 10);

/// Worlds of PostgreSQL 15 that were once judged wrongly: a function that runs as its caller and reads a view that
/// runs as its owner; a copy made through a view that asks whoever reads it; a right given by somebody who lost the
/// right to give it and belongs to the owner; a role whose members a restrictive policy holds, who see more when they
/// are taken out of it.
const ONCE_WRONG: (u32, [u64; 5]) = (15, [1_324_544_112, 1_324_544_155, 1_324_544_279, 4_232_241_650, 1_532_194_614]);

#[tokio::test]
async fn what_is_worked_out_is_what_everybody_really_sees() {
    let variable = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = variable("DATAWARD_GRANT_SEED");
    let (looked_at, asked) = match first {
        Some(_) => (1, 0),
        None => {
            let number = |name: &str, usual| variable(name).unwrap_or(usual);
            (number("DATAWARD_GRANT_GRAPHS", GRAPHS.0), number("DATAWARD_GRANT_ASK", GRAPHS.1))
        }
    };
    let start = first.unwrap_or_else(|| u64::from(rand::random::<u32>()));
    let mut versions = PostgresServer::versions();
    if let Some(only) = variable("DATAWARD_GRANT_VERSION") {
        versions.retain(|version| u64::from(*version) == only);
    }
    let mut faults = Vec::new();
    for version in versions {
        let mut totals = Totals::default();
        let mut server = PostgresServer::private_of(version);
        let looked = start + asked;
        let known = if first.is_none() && version == ONCE_WRONG.0 { &ONCE_WRONG.1[..] } else { &[] };
        let worlds = (looked..looked + looked_at)
            .chain(known.iter().copied())
            .map(|seed| (seed, true))
            .chain((start..start + asked).map(|seed| (seed, false)));
        for (seed, by_looking) in worlds {
            let (database, prefix) = (format!("g{seed}"), format!("r{seed}_"));
            let graph = GrantGraph::new(seed, version, &prefix, &database);
            let world = World::make(server, version, &database, graph).await;
            let found = judge(&world, seed, by_looking, &mut totals).await;
            for fault in found {
                // At once: a long run may be cut off.
                eprintln!("wrong: version {version}, seed {seed}: {fault}");
                faults.push(format!("version {version}, seed {seed}: {fault}"));
            }
            server = world.end().await;
        }
        eprintln!(
            "PostgreSQL {version}, seeds {looked}..{} looked at, {start}..{} asked: {totals:?}",
            looked + looked_at,
            start + asked
        );
    }
    assert!(faults.is_empty(), "{} wrong:\n{}", faults.len(), faults.join("\n"));
}

#[derive(Debug, Default)]
struct Totals {
    decisions: usize,
    memberships: usize,
    steps: usize,
    new_tables: usize,
    cells: usize,
    logins: usize,
    closed: usize,
    alone: usize,
}

async fn judge(world: &World, seed: u64, by_looking: bool, totals: &mut Totals) -> Vec<String> {
    let model = world.model().await;
    assert_eq!(model.missing(), [], "seed {seed}");
    let entries = entries(&model);
    let mut faults = against_the_servers_functions(world, &entries, totals).await;
    let (tried, wrong) = steps::memberships(world, &model).await;
    totals.memberships += tried;
    faults.extend(wrong);
    if !by_looking {
        return faults;
    }
    let (tried, wrong) = steps::giving_roles(world, &model).await;
    totals.steps += tried;
    faults.extend(wrong);
    let (tried, wrong) = steps::new_tables(world, &model).await;
    totals.new_tables += tried;
    faults.extend(wrong);
    faults.extend(logins(world, &model, totals).await);
    for principal in &world.graph.roles {
        // A session of its own: from version 18 on a function in SQL that was run once is not looked up again
        // when another role of the same session runs it.
        let mut connection = world.server.connect(&world.database).await;
        let observed = world.observe(&mut connection, principal, false).await;
        faults.extend(against_canaries(world, &entries, principal, &observed, totals));
    }
    faults.extend(revokes_close(world, &model, &entries, seed, totals).await);
    let (tried, wrong) = alone::ways_alone(world, &entries).await;
    totals.alone += tried;
    faults.extend(wrong);
    faults
}

/// `has_column_privilege` with `has_schema_privilege`, for each principal, column and right. Reading is
/// judged by what is seen where row security, views and inheritance come in.
async fn against_the_servers_functions(world: &World, entries: &[Entry], totals: &mut Totals) -> Vec<String> {
    const ASK: &str = "
        SELECT r.rolname::text AS principal, n.nspname::text AS schema, c.relname::text AS name,
               a.attname::text AS column, p.word,
               has_column_privilege(r.oid, c.oid, a.attnum, p.word) AND has_schema_privilege(r.oid, n.oid, 'USAGE') AS has,
               c.relkind IN ('r', 'p', 'f') AND NOT c.relrowsecurity
                   AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid) AS plain
        FROM pg_roles r, pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped,
        unnest(ARRAY['select', 'insert', 'update', 'references']) p (word)
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
          AND n.nspname !~ '^pg_' AND r.rolname !~ '^pg_'";
    let mut held: BTreeMap<(&str, &str, &str), Privileges> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.reach == Reach::Direct) {
        let key = (entry.principal.as_str(), entry.object.as_str(), entry.column.as_str());
        assert!(held.insert(key, entry.privileges).is_none(), "two entries for {key:?}");
    }
    let mut connection = world.server.connect(&world.database).await;
    let rows = sqlx::query(ASK).fetch_all(&mut connection).await.unwrap();
    let mut faults = Vec::new();
    for row in rows {
        let text = |column: &str| row.get::<String, _>(column);
        let (principal, object, column) =
            (text("principal"), unit_name(&text("schema"), &text("name")), text("column"));
        let (right, has, plain) = (text("word"), row.get::<bool, _>("has"), row.get::<bool, _>("plain"));
        if right == "select" && !plain {
            continue;
        }
        totals.decisions += 1;
        let key = (principal.as_str(), object.as_str(), column.as_str());
        let ours = held.get(&key).is_some_and(|held| held.has(Privileges::from_words([right.as_str()])));
        if ours != has {
            faults.push(format!("{principal} {right} {object}.{column}: the server says {has}, we say {ours}"));
        }
    }
    faults
}

/// Whether each account can log in is as it is when it tries.
async fn logins(world: &World, model: &dyn AccessModel, totals: &mut Totals) -> Vec<String> {
    let mut faults = Vec::new();
    for principal in model.principals().iter().filter(|one| world.graph.roles.contains(&one.name)) {
        let really = world.server.try_connect(&world.database, &principal.name).await.is_ok();
        totals.logins += 1;
        if really != principal.login {
            faults.push(format!("{principal:?} logs in: {really}"));
        }
    }
    faults
}

/// What was seen, way by way: a cell that an easier way shows does not count for a harder one.
fn against_canaries(
    world: &World,
    entries: &[Entry],
    principal: &str,
    observed: &Observed,
    totals: &mut Totals,
) -> Vec<String> {
    let nothing = Seen::new();
    let mut faults = Vec::new();
    for ((object, column), (table, place)) in world.cells() {
        let mut before: BTreeSet<usize> = BTreeSet::new();
        for reach in [Reach::Direct, Reach::SetRole, Reach::Definer] {
            totals.cells += ROWS;
            let seen = observed.by_reach.get(&reach).unwrap_or(&nothing);
            let rows: BTreeSet<usize> =
                seen.iter().filter(|(t, c, _)| (*t, *c) == (table, place)).map(|cell| cell.2).collect();
            let entry = entries.iter().find(|entry| {
                entry.principal == principal
                    && entry.object == object
                    && entry.column == column
                    && entry.reach == reach
                    && entry.privileges.has(Privileges::SELECT)
            });
            let more = if before.is_empty() { !rows.is_empty() } else { rows.len() == ROWS && before.len() < ROWS };
            let fault = match (entry, more) {
                (None, false) => None,
                // What a filter lets through may be what was seen before.
                (Some(entry), false)
                    if matches!(entry.rows, Rows::Some(_)) && !before.is_empty() && !rows.is_empty() =>
                {
                    None
                }
                (None, true) => Some(format!("sees {rows:?} and we say nothing")),
                (Some(entry), false) => {
                    Some(format!("sees no more than {before:?} and we say {:?} by {:?}", entry.rows, entry.paths))
                }
                (Some(entry), true) if entry.rows == Rows::All && rows.len() < ROWS => {
                    Some(format!("sees only {rows:?} and we say all, by {:?}", entry.paths))
                }
                // A filter may let every row through; row security on the way does not.
                (Some(_), true) => None,
            };
            faults.extend(fault.map(|fault| format!("{principal} {} {object}.{column}: {fault}", reach.as_str())));
            before.extend(rows);
        }
    }
    faults
}

fn is_same_cell(one: &Entry, other: &Entry) -> bool {
    (&one.principal, &one.object, &one.column) == (&other.principal, &other.object, &other.column)
}

/// For some entries: after all their statements nothing is left of what they gave.
async fn revokes_close(
    world: &World,
    model: &PostgresModel,
    entries: &[Entry],
    seed: u64,
    totals: &mut Totals,
) -> Vec<String> {
    let cells = world.cells();
    let reading: Vec<&Entry> = entries
        .iter()
        .filter(|entry| entry.privileges.has(Privileges::SELECT) && world.graph.roles.contains(&entry.principal))
        .filter(|entry| cells.contains_key(&(entry.object.clone(), entry.column.clone())))
        .filter(|entry| entry.paths.iter().all(|path| path.revoke.is_some()))
        // Where one way shows some rows and another all, each entry is about its own.
        .filter(|entry| entries.iter().filter(|other| is_same_cell(entry, other)).count() == 1)
        .collect();
    let mut faults = Vec::new();
    for number in 0..4usize {
        let Some(entry) =
            reading.get((seed as usize).wrapping_mul(31).wrapping_add(number * 97) % reading.len().max(1))
        else {
            break;
        };
        if entry.paths.is_empty() {
            faults.push(format!("an entry without a path: {entry:?}"));
            continue;
        }
        let mut connection = world.server.connect(&world.database).await;
        run(&mut connection, "BEGIN").await.unwrap();
        for path in &entry.paths {
            let statement = path.revoke.as_deref().unwrap_or_default();
            run(&mut connection, "SAVEPOINT s").await.unwrap();
            if let Err(error) = run(&mut connection, statement).await {
                faults.push(format!("`{statement}` is refused: {error}"));
            }
            run(&mut connection, "ROLLBACK TO s").await.unwrap();
        }
        for path in &entry.paths {
            // One may have closed another already.
            run(&mut connection, "SAVEPOINT s").await.unwrap();
            if run(&mut connection, path.revoke.as_deref().unwrap_or_default()).await.is_err() {
                run(&mut connection, "ROLLBACK TO s").await.unwrap();
            }
        }
        let observed = world.observe(&mut connection, &entry.principal, true).await;
        let (table, column) = cells[&(entry.object.clone(), entry.column.clone())];
        let left: Vec<Reach> = observed
            .by_reach
            .iter()
            .filter(|(_, seen)| seen.iter().any(|(t, c, _)| (*t, *c) == (table, column)))
            .map(|(reach, _)| *reach)
            .collect();
        totals.closed += 1;
        if !left.is_empty() && !lifts_a_policy(model, entry) {
            faults.push(format!("after all its statements {entry:?} is still seen: {left:?}"));
        }
    }
    faults
}

/// Whether a statement takes somebody out of a role whose members a restrictive policy of the table keeps from its
/// rows: that one way is closed opens another then, which the answer notes beforehand.
fn lifts_a_policy(model: &PostgresModel, entry: &Entry) -> bool {
    let leaves_a_role = entry.paths.iter().any(|path| path.revoke.as_deref().is_some_and(|sql| !sql.contains(" ON ")));
    let table = format!(" sees more of {}: ", entry.object);
    let is_noted = model.notes().iter().any(|note| note.kind == NoteKind::Weakness && note.text.contains(&table));
    leaves_a_role && is_noted
}
