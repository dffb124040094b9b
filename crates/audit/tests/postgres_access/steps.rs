//! What is one step away, and what becomes of new tables: each step is really tried, and rolled back.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use dataward_audit::access::AccessModel;
use dataward_audit::access::NoteKind;
use dataward_audit::access::postgres::PostgresModel;
use dataward_testkit::grant_graph::quoted;
use sqlx::PgConnection;
use sqlx::Row;

use crate::world::World;
use crate::world::run;

/// Whether each account may give each role to somebody is what the notes say.
pub(crate) async fn giving_roles(world: &World, model: &PostgresModel) -> (usize, Vec<String>) {
    let mut connection = world.server.connect(&world.database).await;
    run(&mut connection, "BEGIN").await.unwrap();
    run(&mut connection, "CREATE ROLE witness").await.unwrap();
    let (mut tried, mut faults) = (0, Vec::new());
    for principal in model.principals().iter().filter(|one| !one.superuser && world.graph.roles.contains(&one.name)) {
        let notes = model.notes().iter().filter(|note| {
            note.kind == NoteKind::Escalation && note.principal.as_deref() == Some(principal.name.as_str())
        });
        let notes: Vec<&str> = notes.map(|note| note.text.as_str()).collect();
        for role in world.graph.roles.iter().filter(|role| **role != principal.name) {
            tried += 1;
            let is_superuser = model.principals().iter().any(|one| one.superuser && one.name == *role);
            let said = notes.iter().any(|text| text.starts_with(&format!("gives the role {role} to")))
                || notes.iter().any(|text| text.starts_with("gives itself any role")) && !is_superuser;
            run(&mut connection, "SAVEPOINT s").await.unwrap();
            run(&mut connection, &format!("SET SESSION AUTHORIZATION {}", quoted(&principal.name))).await.unwrap();
            let really = run(&mut connection, &format!("GRANT {} TO witness", quoted(role))).await.is_ok();
            run(&mut connection, "ROLLBACK TO s").await.unwrap();
            if said != really {
                faults.push(format!("{} gives {role} away: {really}, and we say {said}: {notes:?}", principal.name));
            }
        }
    }
    (tried, faults)
}

/// Who reads a new table is whom the notes name, for every owner and schema.
pub(crate) async fn new_tables(world: &World, model: &PostgresModel) -> (usize, Vec<String>) {
    let mut connection = world.server.connect(&world.database).await;
    run(&mut connection, "BEGIN").await.unwrap();
    let schemas: BTreeSet<&String> = world.graph.relations.iter().map(|(schema, ..)| schema).collect();
    let owners = world.graph.roles.iter().map(String::as_str).chain(["postgres"]);
    let (mut tried, mut faults) = (0, Vec::new());
    for owner in owners {
        for schema in &schemas {
            run(&mut connection, "SAVEPOINT s").await.unwrap();
            let place = format!("{}.new_table", quoted(schema));
            // Made by the superuser in its name: who may make tables there is another question.
            let made =
                run(&mut connection, &format!("GRANT USAGE, CREATE ON SCHEMA {} TO PUBLIC", quoted(schema))).await;
            made.unwrap();
            run(&mut connection, &format!("SET ROLE {}", quoted(owner))).await.unwrap();
            run(&mut connection, &format!("CREATE TABLE {place} (a int)")).await.unwrap();
            run(&mut connection, "RESET ROLE").await.unwrap();
            let really = readers(&mut connection, &place, owner).await;
            run(&mut connection, "ROLLBACK TO s").await.unwrap();
            let said = said(&mut connection, model, owner, schema).await;
            for (role, reads) in really {
                tried += 1;
                if said.contains(&role) != reads {
                    faults.push(format!(
                        "{role} reads a new table of {owner} in {schema}: {reads}, and we say otherwise"
                    ));
                }
            }
        }
    }
    (tried, faults)
}

/// Every role that is not built in, and whether it may read `place`. Not those who have the owner's rights: what
/// default privileges take from them they give themselves again.
async fn readers(connection: &mut PgConnection, place: &str, owner: &str) -> BTreeMap<String, bool> {
    let ask = "SELECT rolname::text, has_table_privilege(oid, $1::regclass, 'SELECT') FROM pg_roles
               WHERE rolname !~ '^pg_' AND NOT pg_has_role(oid, $2::name, 'USAGE')";
    let rows = sqlx::query(ask).bind(place).bind(owner).fetch_all(connection).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// Those whom our notes name: owners and superusers, readers of everything, and those named for new tables
/// of this owner here, each with all who have their rights.
async fn said(connection: &mut PgConnection, model: &PostgresModel, owner: &str, schema: &str) -> BTreeSet<String> {
    let mut named = vec![owner.to_owned()];
    let all = model.notes().iter().filter(|note| note.kind == NoteKind::Future);
    for note in all {
        for place in [String::new(), format!(" in the schema {schema}")] {
            let before = format!("a new table of {owner}{place} would be readable by ");
            named.extend(note.text.strip_prefix(&before).map(str::to_owned));
        }
    }
    let everything = model.notes().iter().any(|note| note.text.contains("(pg_read_all_data)"));
    if everything {
        named.push("pg_read_all_data".to_owned());
    }
    let ask = "SELECT r.rolname::text FROM pg_roles r WHERE r.rolsuper OR 'everybody' = ANY ($1)
               OR EXISTS (SELECT FROM pg_roles n WHERE n.rolname = ANY ($1) AND pg_has_role(r.oid, n.oid, 'USAGE'))";
    let rows = sqlx::query(ask).bind(&named).fetch_all(connection).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// `pg_has_role` for each pair of roles: belonging, having the rights, being able to switch.
pub(crate) async fn memberships(world: &World, model: &PostgresModel) -> (usize, Vec<String>) {
    let may_switch = if world.version >= 16 { "'SET'" } else { "'MEMBER'" };
    let ask = format!(
        "SELECT r.rolname::text, o.rolname::text, pg_has_role(r.oid, o.oid, 'USAGE'), pg_has_role(r.oid, o.oid, {may_switch})
         FROM pg_roles r, pg_roles o WHERE r.rolname !~ '^pg_'"
    );
    let mut connection = world.server.connect(&world.database).await;
    let rows = sqlx::query(sqlx::AssertSqlSafe(ask)).fetch_all(&mut connection).await.unwrap();
    let mut faults = Vec::new();
    for row in &rows {
        let (role, other): (String, String) = (row.get(0), row.get(1));
        for (word, ours, really) in [
            ("has the rights of", model.has_rights_of(&role, &other), row.get::<bool, _>(2)),
            ("may switch to", model.may_become(&role, &other), row.get::<bool, _>(3)),
        ] {
            if ours != really {
                faults.push(format!("{role} {word} {other}: {really}, and we say {ours}"));
            }
        }
    }
    (rows.len() * 2, faults)
}
