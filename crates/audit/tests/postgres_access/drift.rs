//! A change of rights between two looks is named, and nothing else is: random changes, and what everybody
//! really sees before and after. `DATAWARD_DRIFT_GRAPHS=N` makes more, `DATAWARD_DRIFT_SEED=N` begins with that world.

#![expect(clippy::disallowed_methods, reason = "a test is told by the environment how much to do")]

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use dataward_audit::access::AccessSnapshot;
use dataward_audit::access::Privileges;
use dataward_audit::access::Scope;
use dataward_audit::access::diff::compare;
use dataward_testkit::grant_graph::GrantGraph;
use dataward_testkit::grant_graph::quoted;
use dataward_testkit::server::postgres::PostgresServer;
use rand::Rng;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use sqlx::Row;

use crate::world::World;
use crate::world::run;
use crate::world::unit_name;

/// Principal, object, column.
type Cell = (String, String, String);

/// A world in which row security is switched on after a materialised view copied the rows.
const COPIED_BEFORE: u64 = 1_071_901_524;

/// Changes of each world.
const CHANGES: usize = 6;

#[tokio::test]
async fn every_change_is_named_and_no_other() {
    let graphs = std::env::var("DATAWARD_DRIFT_GRAPHS").ok().and_then(|text| text.parse().ok()).unwrap_or(2_u64);
    let version = PostgresServer::versions().into_iter().max().unwrap();
    let mut server = PostgresServer::private_of(version);
    let start = std::env::var("DATAWARD_DRIFT_SEED").ok().and_then(|text| text.parse().ok());
    let start = start.unwrap_or_else(|| u64::from(rand::random::<u32>()));
    eprintln!("seeds {start}..{}", start + graphs);
    let (mut named, mut changes) = (0, 0);
    for seed in [COPIED_BEFORE].into_iter().chain(start..start + graphs) {
        let (database, prefix) = (format!("d{seed}"), format!("d{seed}_"));
        let world = World::make(server, version, &database, GrantGraph::new(seed, version, &prefix, &database)).await;
        let mut random = StdRng::seed_from_u64(seed);
        let mut before = look(&world).await;
        for _ in 0..CHANGES {
            let statement = change(&world, &mut random);
            let mut connection = world.server.connect(&world.database).await;
            if run(&mut connection, &statement).await.is_err() {
                continue;
            }
            changes += 1;
            fill_empty_copies(&world).await;
            let after = look(&world).await;
            let found = compare(&before.snapshot, &after.snapshot);
            assert_eq!(reading(&before, &after), really(&before.seen, &after.seen), "seed {seed}: {statement}");
            let written: BTreeMap<Cell, Privileges> = found
                .iter()
                .filter(|change| change.reach.as_str() == "direct")
                .map(|change| {
                    let rights = |side: Option<dataward_audit::access::diff::Reached>| {
                        side.map_or(Privileges::NONE, |side| side.privileges.without(Privileges::SELECT))
                    };
                    let (old, new) = (rights(change.before), rights(change.after));
                    let cell = (change.principal.clone(), change.object.clone(), change.column.clone());
                    (cell, old.without(new).with(new.without(old)))
                })
                .filter(|(_, rights)| !rights.is_none())
                .collect();
            assert_eq!(written, really_written(&before.held, &after.held), "seed {seed}: {statement}");
            named += found.len();
            before = after;
        }
        server = world.end().await;
    }
    eprintln!("{changes} changes, {named} lines, all named, nothing else");
    assert!(changes > 2, "hardly anything could be changed");
}

/// Materialised views that hold no row are filled anew, as their owners would: what these may see now counts.
async fn fill_empty_copies(world: &World) {
    let mut connection = world.server.connect(&world.database).await;
    const EMPTY: &str = "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'm' AND pg_relation_size(oid) = 0";
    for view in sqlx::query_scalar::<_, String>(EMPTY).fetch_all(&mut connection).await.unwrap() {
        // Refused where the owner may not read.
        let _ = run(&mut connection, &format!("REFRESH MATERIALIZED VIEW {view}")).await;
    }
}

/// What is worked out and what is so at one time.
struct Look {
    snapshot: AccessSnapshot,
    /// Cells of which somebody reads anything, in whatever way: worked out.
    reads: BTreeSet<Cell>,
    /// The same, really.
    seen: BTreeSet<Cell>,
    /// The server's own word on the other rights.
    held: BTreeMap<Cell, Privileges>,
}

async fn look(world: &World) -> Look {
    let model = world.model().await;
    let snapshot = AccessSnapshot::of(&model, &Scope::everything());
    let cells = world.cells();
    let mut reads = BTreeSet::new();
    for entry in crate::world::entries(&model) {
        let is_base = cells.contains_key(&(entry.object.clone(), entry.column.clone()));
        if is_base && entry.privileges.has(Privileges::SELECT) && world.graph.roles.contains(&entry.principal) {
            reads.insert((entry.principal, entry.object, entry.column));
        }
    }
    let mut seen = BTreeSet::new();
    for principal in &world.graph.roles {
        let mut connection = world.server.connect(&world.database).await;
        let observed = world.observe(&mut connection, principal, false).await;
        let all: BTreeSet<(usize, usize)> =
            observed.by_reach.values().flatten().map(|(table, column, _)| (*table, *column)).collect();
        for ((object, column), place) in &cells {
            if all.contains(place) {
                seen.insert((principal.clone(), object.clone(), column.clone()));
            }
        }
    }
    Look { snapshot, reads, seen, held: held(world).await }
}

async fn held(world: &World) -> BTreeMap<Cell, Privileges> {
    const ASK: &str = "
        SELECT r.rolname::text, n.nspname::text, c.relname::text, a.attname::text, p.word
        FROM pg_roles r, pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped,
        unnest(ARRAY['insert', 'update', 'references']) p (word)
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^(pg_|information_schema)' AND r.rolname !~ '^pg_'
          AND has_column_privilege(r.oid, c.oid, a.attnum, p.word) AND has_schema_privilege(r.oid, n.oid, 'USAGE')";
    let mut connection = world.server.connect(&world.database).await;
    let mut found: BTreeMap<Cell, Privileges> = BTreeMap::new();
    for row in sqlx::query(ASK).fetch_all(&mut connection).await.unwrap() {
        let text = |at: usize| row.get::<String, _>(at);
        let rights = found.entry((text(0), unit_name(&text(1), &text(2)), text(3))).or_default();
        *rights = rights.with(Privileges::from_words([text(4).as_str()]));
    }
    found
}

fn reading(before: &Look, after: &Look) -> BTreeSet<Cell> {
    before.reads.symmetric_difference(&after.reads).cloned().collect()
}

fn really(before: &BTreeSet<Cell>, after: &BTreeSet<Cell>) -> BTreeSet<Cell> {
    before.symmetric_difference(after).cloned().collect()
}

fn really_written(
    before: &BTreeMap<Cell, Privileges>,
    after: &BTreeMap<Cell, Privileges>,
) -> BTreeMap<Cell, Privileges> {
    let cells: BTreeSet<&Cell> = before.keys().chain(after.keys()).collect();
    let rights = |side: &BTreeMap<Cell, Privileges>, cell: &Cell| side.get(cell).copied().unwrap_or_default();
    cells
        .into_iter()
        .map(|cell| {
            let (old, new) = (rights(before, cell), rights(after, cell));
            (cell.clone(), old.without(new).with(new.without(old)))
        })
        .filter(|(_, rights)| !rights.is_none())
        .collect()
}

fn change(world: &World, random: &mut StdRng) -> String {
    let roles = &world.graph.roles;
    let role = quoted(roles.choose(random).unwrap());
    let other = quoted(roles.choose(random).unwrap());
    let (schema, name, columns) = world.graph.relations.choose(random).unwrap();
    let place = format!("{}.{}", quoted(schema), quoted(name));
    let column = quoted(columns.choose(random).unwrap());
    match random.random_range(0..13) {
        0 => format!("GRANT SELECT ON {place} TO {role}"),
        1 => format!("GRANT UPDATE, SELECT ({column}) ON {place} TO {role}"),
        2 => format!("REVOKE ALL ON {place} FROM {role} CASCADE"),
        3 => format!("GRANT {role} TO {other}"),
        4 => format!("REVOKE {role} FROM {other} CASCADE"),
        5 => format!(
            "ALTER ROLE {role} {}",
            ["SUPERUSER", "NOSUPERUSER", "BYPASSRLS", "NOINHERIT"].choose(random).unwrap()
        ),
        6 => format!("ALTER TABLE {place} OWNER TO {role}"),
        7 => {
            format!("ALTER TABLE {place} {} ROW LEVEL SECURITY", ["ENABLE", "DISABLE", "FORCE"].choose(random).unwrap())
        }
        8 => format!("GRANT USAGE ON SCHEMA {} TO {role}", quoted(schema)),
        9 => format!("REVOKE USAGE ON SCHEMA {} FROM PUBLIC, {role}", quoted(schema)),
        10 => format!("GRANT SELECT ON {place} TO PUBLIC"),
        11 => format!("GRANT pg_read_all_data TO {role}"),
        _ => format!("GRANT INSERT ({column}), REFERENCES ON {place} TO {role}"),
    }
}
