//! Each way is a way by itself: with the statements of all the others run, the cell is still seen.

use dataward_audit::access::Entry;
use dataward_audit::access::Privileges;
use dataward_audit::access::Reach;
use dataward_testkit::grant_graph::quoted;
use sqlx::Row;

use crate::world::World;
use crate::world::run;

/// Ways that are tried in each world.
const MOST: usize = 12;

/// Tries ways of people who read a table under their own name by several. Ways through views, functions and
/// other roles need things of their own that another way's end may take away, and are left to the canaries.
pub(crate) async fn ways_alone(world: &World, entries: &[Entry]) -> (usize, Vec<String>) {
    let (mut tried, mut faults) = (0, Vec::new());
    let with_row_security = row_security(world).await;
    let several = entries.iter().filter(|entry| {
        entry.reach == Reach::Direct
            && entry.privileges.has(Privileges::SELECT)
            && entry.paths.len() > 1
            && world.graph.roles.contains(&entry.principal)
            && !with_row_security.contains(&entry.object)
            && entry.paths.iter().all(|path| path.revoke.as_ref().is_some_and(|text| !text.contains("CASCADE")))
    });
    for entry in several {
        let Some((schema, name, _)) =
            world.graph.tables.iter().find(|(schema, name, _)| crate::world::unit_name(schema, name) == entry.object)
        else {
            continue;
        };
        for (at, kept) in entry.paths.iter().enumerate() {
            let plain =
                |text: &str| [" reads ", "SET ROLE", "owner of", "which holds"].iter().all(|word| !text.contains(word));
            // Names of roles and tables may hold the word too: what is granted stands between them.
            let rights = kept.text.rsplit(": ").next().and_then(|text| text.split(" ON ").next()).unwrap_or_default();
            let rights = rights.split(" on ").next().unwrap_or_default();
            let reads = rights.contains("SELECT") || rights.contains("select");
            if !plain(&kept.text) || !reads || tried >= MOST {
                continue;
            }
            // Several ways may end with one statement, and taking a right on a table takes those on its columns.
            let others = || entry.paths.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, other)| other);
            let of_column = kept.text.contains("SELECT (");
            let whole = |text: &str| text.contains(" ON TABLE ") && !text.contains("SELECT (");
            if others()
                .any(|other| other.revoke == kept.revoke || of_column && other.revoke.as_deref().is_some_and(whole))
            {
                continue;
            }
            let mut connection = world.server.connect(&world.database).await;
            run(&mut connection, "BEGIN").await.unwrap();
            for other in others() {
                run(&mut connection, "SAVEPOINT s").await.unwrap();
                // One may have closed another already.
                if run(&mut connection, other.revoke.as_deref().unwrap_or_default()).await.is_err() {
                    run(&mut connection, "ROLLBACK TO s").await.unwrap();
                }
            }
            run(&mut connection, &format!("SET SESSION AUTHORIZATION {}", quoted(&entry.principal))).await.unwrap();
            let usage = sqlx::query("SELECT has_schema_privilege($1, 'USAGE')").bind(schema).fetch_one(&mut connection);
            if !usage.await.unwrap().get::<bool, _>(0) {
                // What let it look the table up went with another way.
                continue;
            }
            let select = format!("SELECT {} FROM {}.{}", quoted(&entry.column), quoted(schema), quoted(name));
            tried += 1;
            if let Err(error) = run(&mut connection, &select).await {
                faults.push(format!("`{}` alone gives nothing ({error}); of {:?}", kept.text, entry.paths));
            }
        }
    }
    (tried, faults)
}

async fn row_security(world: &World) -> Vec<String> {
    let mut connection = world.server.connect(&world.database).await;
    let ask = "SELECT n.nspname::text, c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE c.relrowsecurity";
    let rows = sqlx::query(ask).fetch_all(&mut connection).await.unwrap();
    rows.iter().map(|row| crate::world::unit_name(&row.get::<String, _>(0), &row.get::<String, _>(1))).collect()
}
